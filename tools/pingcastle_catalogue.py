"""Our rules beside those of PingCastle: `docs/pingcastle.md`, which `python -m tools.rule_catalogue` writes too."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanners.catalog import rules_of
from scanners.model import Rule

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "pingcastle.md"
DATA = ROOT / "scanners" / "imported" / "pingcastle_rules.csv"
FRAMEWORK, ANSSI = "pingcastle", "anssi-ad"
CATEGORIES = {
    "privileged": "Comptes privilégiés",
    "anomalies": "Anomalies",
    "stale": "Objets périmés",
    "trusts": "Approbations",
}
NEEDS = {
    "ldap": "annuaire",
    "sysvol": "SYSVOL",
    "probe": "sonde",
    "entra": "Entra ID",
}
WHY_NOT = {
    "sysvol": "Réglage des fichiers de stratégie : pas encore de règle.",
    "probe": "Demande d’essayer un autre service (RPC, SMB, HTTP) : CaRE ne le fait pas.",
    "entra": "Concerne Entra ID, hors de l’annuaire du domaine.",
    "ldap": "Pas encore de règle.",
}
INTRODUCTION = """\
# CaRE et PingCastle, règle par règle

Cette page est écrite par `python -m tools.rule_catalogue` à partir des règles et de
`scanners/imported/pingcastle_rules.csv` (des faits, avec nos mots) ; ne la modifiez pas à la main. PingCastle est une
marque de son éditeur ; CaRE n’en reprend ni le code ni les textes. `care rules --scanner ad --json` donne la même
correspondance à compter (`catalogues`).

Une règle **de l’annuaire** se juge par LDAP avec un compte ordinaire. **SYSVOL** veut dire que le réglage est dans les
fichiers de stratégie, lus sur demande avec le même compte (`care audit ad --sysvol`) : sans eux, la règle est dite non
évaluée, jamais conforme. **Sonde** veut dire qu’il faut essayer un service d’un contrôleur : CaRE n’essaie que LDAP,
sur demande aussi (`--probe`). Le niveau de PingCastle (1 à 5) est le sien ; celui du CERT-FR est celui du point de
contrôle que notre règle suit, et c’est lui qui fait le niveau affiché par CaRE. Sans point du CERT-FR, la règle ne
change pas le niveau.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of PingCastle, and those of ours that see the same."""

    id: str
    category: str
    looks_at: str
    needs: str
    level: str
    limit: str
    rules: tuple[Rule[Any], ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """What it reads."""
        return tuple(self.needs.split("+"))


def rows() -> list[Row]:
    """Every rule of PingCastle that we know."""
    ours = covering()
    with DATA.open(encoding="utf-8", newline="") as file:
        return [
            Row(
                row["id"],
                row["category"],
                row["title_fr"],
                row["needs"],
                row["level"],
                row["limit_fr"],
                tuple(ours.get(row["id"], ())),
            )
            for row in csv.DictReader(file)
        ]


def covering() -> Mapping[str, list[Rule[Any]]]:
    """Our rules by the rule of PingCastle that they reference."""
    found = defaultdict(list)
    for rule in sorted(rules_of("ad"), key=lambda rule: rule.id):
        for ref in rule.refs:
            if ref.framework == FRAMEWORK:
                found[ref.item].append(rule)
    return found


def page() -> str:
    """The whole page."""
    everything = rows()
    parts = [INTRODUCTION, _summary(everything)]
    for category, title in CATEGORIES.items():
        chosen = sorted((row for row in everything if row.category == category), key=lambda row: row.id.lower())
        parts.append(f"\n## {title} : {_count(chosen)}\n\n" + "\n".join(_table(chosen)) + "\n")
    return "".join(parts)


def _summary(everything: list[Row]) -> str:
    lines = ["\n| ce qu’il faut lire | règles de PingCastle | vues par CaRE |", "| --- | --- | --- |"]
    for needs in sorted({row.needs for row in everything}, key=lambda needs: (needs.count("+"), needs)):
        chosen = [row for row in everything if row.needs == needs]
        lines.append(f"| {_needs(needs)} | {len(chosen)} | {sum(bool(row.rules) for row in chosen)} |")
    lines.append(f"| **ensemble** | **{len(everything)}** | **{sum(bool(row.rules) for row in everything)}** |")
    return "\n".join(lines) + "\n"


def _count(chosen: list[Row]) -> str:
    return f"{sum(bool(row.rules) for row in chosen)} sur {len(chosen)}"


def _table(chosen: list[Row]) -> Iterator[str]:
    yield "| PingCastle | ce qu’elle regarde | à lire | son niveau | règles de CaRE | niveau CERT-FR | à savoir |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in chosen:
        rules = ", ".join(f"`{rule.id}`" for rule in row.rules) or "—"
        note = row.limit if row.rules else row.limit or WHY_NOT[row.sources[-1]]
        yield f"| `{row.id}` | {row.looks_at} | {_needs(row.needs)} | {row.level} | {rules} | {_levels(row)} | {note} |"


def _needs(needs: str) -> str:
    return ", ".join(NEEDS[one] for one in needs.split("+"))


def _levels(row: Row) -> str:
    """The levels of the points of CERT-FR that our rules follow: warnings and information have none."""
    counted = {
        ref.level
        for rule in row.rules
        for ref in rule.refs
        if ref.framework == ANSSI and ref.item.startswith("vuln_") and ref.level is not None
    }
    return ", ".join(map(str, sorted(counted))) or "—"
