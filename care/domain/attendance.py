"""Who took part, from the functions that people typed when they came in: a proposal that a person confirms. Pure.

The yearly duty asks for the general management and at least one business directorate (`care.domain.eligibility`). Words
are matched as hospitals write them; whoever stands in for the director (on duty, deputy) is the general management.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_MANAGEMENT = re.compile(
    r"^(directeur|directrice)( adjointe?| deleguee?)?$|"
    r"\b(dg|dga|direction generale|direction de garde|(directeur|directrice) general\w*|"
    r"(directeur|directrice|administrateur|administratrice)( adjointe?)? (de |d')garde|"
    r"(directeur|directrice|chef\w*)( adjointe?| deleguee?)? "
    r"(d'etablissement|de l'etablissement|de l'hopital|du centre hospitalier|du chu?|du site)|"
    r"chief executive|general manager|managing director|duty manager)\b"
)
_TECHNICAL = re.compile(
    r"\b(dsi|dsio|dsin|rssi|ciso|informatiques?|systemes? d'information|information systems?|(du|des) si|numeriques?|"
    r"(?<!medico-)(?<!medico )(?<!plateau )(?<!plateaux )techniques?|it|sih)\b"
)
"""Care’s own technical platforms (pharmacy, imaging, laboratory) are no technical services."""
_DIRECTORATE = re.compile(
    r"\b(daf|drh|dsirmt|director of|"
    r"(direction|directeur|directrice)s?( (adjoint|delegue)\w*)?\W+"
    r"(du|des|de|d'\w+|aux?|a la|(en )?charge\w*|qualite|achats|soins|ressources|financ\w+|administrati\w+))\b"
)


@dataclass(frozen=True, slots=True)
class Attendance:
    """Whether the general management came, and the business directorates that did, as they wrote it."""

    management: bool
    directorates: tuple[str, ...]


def attendance_of(functions: Iterable[str]) -> Attendance:
    """What the functions of the players tell. The directorates of information systems and of technical
    services are not business ones; a deputy director in charge of a domain is the directorate of this domain."""
    named = {plain(one): " ".join(one.split()) for one in functions if one.strip()}
    general = [key for key in named if _MANAGEMENT.search(key)]
    business = [
        words
        for key, words in named.items()
        if key not in general and not _TECHNICAL.search(key) and _DIRECTORATE.search(key)
    ]
    return Attendance(bool(general), tuple(sorted(business, key=str.casefold)))


def plain(words: str) -> str:
    """Without accents, capitals or typographic apostrophes: as functions are compared."""
    bare = "".join(one for one in unicodedata.normalize("NFD", words) if not unicodedata.combining(one))
    return " ".join(bare.replace("’", "'").casefold().split())
