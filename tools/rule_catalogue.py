"""Writes `docs/regles.md` and `docs/pingcastle.md`, the catalogue of rules: `python -m tools.rule_catalogue`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanners.catalog import SCANNERS, rules_of
from scanners.model import Kind, Rule, Severity
from scanners.vocabulary import SCANNER_NAMES
from tools import pingcastle_catalogue

PAGE = Path(__file__).parent.parent / "docs" / "regles.md"
SEVERITIES = {
    Severity.CRITICAL: "critique",
    Severity.HIGH: "élevée",
    Severity.MEDIUM: "moyenne",
    Severity.LOW: "faible",
    Severity.INFO: "information",
}
KINDS = {Kind.MEASURED: "mesurée", Kind.COMPUTED: "calculée", Kind.DECLARED: "déclarée"}
INTRODUCTION = """\
# Les règles

Cette page est écrite par `python -m tools.rule_catalogue` à partir des règles ; ne la modifiez pas à la main.
`care rules` donne la même liste, et `care rules --json` ce qu’il faut faire pour chacune.

Une règle *mesurée* lit le système, une règle *calculée* croise plusieurs sources, une règle *déclarée* attend la
réponse d’une personne.
"""


def page() -> str:
    """The whole page."""
    return INTRODUCTION + "".join(_section(scanner) for scanner in SCANNERS)


def _section(scanner: str) -> str:
    rules = sorted(rules_of(scanner), key=lambda rule: (rule.severity.rank, rule.id))
    head = f"\n## {SCANNER_NAMES[scanner].fr} (`{scanner}`) : {len(rules)} règles\n\n"
    return head + "\n".join(_table(rules)) + "\n"


def _table(rules: list[Rule[Any]]) -> Iterator[str]:
    yield "| gravité | règle | identifiant | nature | références |"
    yield "| --- | --- | --- | --- | --- |"
    for rule in rules:
        references = ", ".join(f"`{reference}`" for reference in rule.refs)
        yield f"| {SEVERITIES[rule.severity]} | {rule.title.fr} | `{rule.id}` | {KINDS[rule.kind]} | {references} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    pingcastle_catalogue.PAGE.write_text(pingcastle_catalogue.page(), "utf-8")
