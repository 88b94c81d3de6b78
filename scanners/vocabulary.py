"""The names of evidence, in the reader's language: rules share a vocabulary, and people read its words.

A key that is not listed is shown as it is written: the tests ask for every key a rule uses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from scanners.model import Finding, Lang, Scalar, Text

SCANNER_NAMES: Final[dict[str, Text]] = {
    "exposure": Text("Exposition sur Internet", "Internet exposure"),
    "ad": Text("Annuaire Active Directory", "Active Directory"),
    "remote_access": Text("Accès de télémaintenance", "Remote-maintenance access"),
    "workstations": Text("Postes de travail et détection", "Workstations and detection"),
    "backup": Text("Sauvegardes", "Backups"),
}

EVIDENCE: Final[dict[str, Text]] = {}

_YES_NO = {True: Text("oui", "yes"), False: Text("non", "no")}


def evidence_rows(finding: Finding, lang: Lang) -> tuple[tuple[str, str], ...]:
    """The evidence of a finding as label and value, in the order the rule gave it; empty values are left out."""
    return tuple(
        (evidence_label(key, lang), evidence_value(value, lang))
        for key, value in finding.evidence.items()
        if value is not None and value != ""
    )


def evidence_label(key: str, lang: Lang) -> str:
    """How people call an evidence key."""
    known = EVIDENCE.get(key)
    return known.render(lang) if known else key.replace("_", " ")


def evidence_value(value: Scalar, lang: Lang) -> str:
    """A value as people read it: yes or no, dates without the noise of the machine, numbers plain."""
    if isinstance(value, bool):
        return _YES_NO[value].render(lang)
    if isinstance(value, float):
        text = f"{value:.4g}"
        return text.replace(".", ",") if lang == "fr" else text
    if isinstance(value, str):
        return _moment(value)
    return "" if value is None else str(value)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text) if len(text) > len("2026-01-01") else None
    except ValueError:
        return text
    return f"{moment:%Y-%m-%d %H:%M}" if moment else text
