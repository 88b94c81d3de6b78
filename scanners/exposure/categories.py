"""The type of a weakness of exposure, beside its gravity: reports of CERT Santé give both.

It follows from what a rule reads and from what it refers to: the kind of weakness (CWE), the way in (ATT&CK). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scanners.model import Rule, Text

_FLAW: Final = Text("Vulnérabilité connue ou logiciel périmé", "Known vulnerability or outdated software")
_CLEAR: Final = Text("Échanges en clair", "Exchanges in clear text")
_EXPOSED: Final = Text("Service exposé", "Exposed service")
_READ: Final[Mapping[str, Text]] = {
    "tls": Text("Chiffrement et certificats (TLS)", "Encryption and certificates (TLS)"),
    "ssh": Text("Chiffrement (SSH)", "Encryption (SSH)"),
    "mail": Text("Messagerie", "Mail"),
    "dns": Text("DNS", "DNS"),
    "names": Text("Noms de domaine", "Domain names"),
}
"""What a rule reads besides services -> the type of what it finds."""
_REFERRED: Final[Mapping[str, Text]] = {
    "cwe:1395": _FLAW,
    "cwe:1104": _FLAW,
    "cwe:306": Text("Accès sans authentification", "Access without authentication"),
    "cwe:319": _CLEAR,
    "cwe:523": _CLEAR,
    "cwe:284": _EXPOSED,
    "attack:T1133": _EXPOSED,
    "attack:T1190": _EXPOSED,
}
"""What it refers to -> the type, the first that applies in this order."""
_WEB: Final = Text("Site web", "Web site")


def category_of_rule(rule: Rule[Any]) -> Text:
    """The type of what a rule of exposure finds."""
    read = next((_READ[section] for section in rule.reads if section in _READ), None)
    if read is not None:
        return read
    referred = {str(ref) for ref in rule.refs}
    other = _WEB if "http" in rule.reads else _EXPOSED
    return next((words for ref, words in _REFERRED.items() if ref in referred), other)
