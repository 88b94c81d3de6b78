"""What a flaw lets an attacker do, from its kind (CWE): a few categories in words of ours, for who decides. Pure.

The NVD gives most flaws one CWE of MITRE's list; the table holds those that are common there. Any other is told by its
number alone: no category is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanners.model import Text

_CATEGORIES: Final[tuple[tuple[Text, tuple[int, ...]], ...]] = (
    (Text("Corruption de la mémoire", "Memory corruption"),
     (118, 119, 120, 121, 122, 124, 125, 126, 129, 131, 134, 190, 191, 415, 416, 476, 680, 763, 787, 788, 824, 843)),
    (Text("Exécution de commandes ou de code", "Command or code execution"),
     (74, 77, 78, 88, 91, 94, 95, 96, 98, 470, 502, 913, 917, 1321, 1336)),
    (Text("Injection SQL", "SQL injection"), (89, 564, 943)),
    (Text("Contenu actif glissé dans une page (XSS)", "Active content slipped into a page (XSS)"), (79, 80, 116)),
    (Text("Accès à des fichiers interdits", "Access to forbidden files"), (22, 23, 24, 35, 36, 59, 73, 434, 552, 610)),
    (Text("Contournement de l’authentification", "Bypass of authentication"),
     (287, 288, 290, 294, 302, 303, 304, 305, 306, 307, 384, 613, 620, 640)),
    (Text("Contournement des droits d’accès", "Bypass of access rights"),
     (250, 264, 266, 267, 268, 269, 273, 274, 276, 281, 284, 285, 425, 639, 668, 732, 862, 863)),
    (Text("Secret en dur ou mal protégé", "Hard-coded or poorly protected secret"),
     (256, 257, 259, 260, 312, 319, 321, 522, 538, 798)),
    (Text("Fuite d’informations", "Information leak"), (200, 201, 203, 204, 208, 209, 359, 497, 532, 548)),
    (Text("Requêtes détournées (SSRF, CSRF, redirection)", "Forged requests (SSRF, CSRF, redirection)"),
     (352, 441, 444, 601, 918)),
    (Text("Lecture de fichiers par XML", "Files read through XML"), (611, 776)),
    (Text("Cryptographie faible", "Weak cryptography"),
     (295, 297, 310, 311, 326, 327, 328, 330, 331, 338, 345, 347, 354, 757, 916)),
    (Text("Déni de service", "Denial of service"), (399, 400, 401, 404, 407, 459, 617, 674, 770, 772, 834, 835, 1333)),
)  # fmt: skip
_BY_NUMBER: Final[Mapping[str, Text]] = {f"CWE-{number}": words for words, numbers in _CATEGORIES for number in numbers}


def category_of(weakness: str) -> Text | None:
    """The category of a CWE (`CWE-787`); None for one that the table does not hold."""
    return _BY_NUMBER.get(weakness)
