"""Writes `docs/regles.md` and `docs/pingcastle.md`, the catalogue of rules: `python -m tools.rule_catalogue`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from care.adapters.asked_requirements import Asked, asked_requirements
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
    return INTRODUCTION + "".join(_section(scanner) for scanner in SCANNERS) + _questions()


def _section(scanner: str) -> str:
    rules = sorted(rules_of(scanner), key=lambda rule: (rule.severity.rank, rule.id))
    head = f"\n## {SCANNER_NAMES[scanner].fr} (`{scanner}`) : {len(rules)} règles\n\n"
    return head + "\n".join(_table(rules)) + "\n"


def _questions() -> str:
    asked = sorted(asked_requirements(), key=lambda one: ("TLM PDT DET SAV".index(one.item.parent), one.ref))
    head = f"\n## Télémaintenance, postes, détection : {len(asked)} exigences et leurs questions\n\n"
    told = "Chacune est mesurée ou calculée par des règles, ou se répond dans « Questions » ; ces réponses sont jugées "
    lines = ["| exigence | nature | ce qui est demandé | condition | règles |", "| --- | --- | --- | --- | --- |"]
    return head + told + "à côté des mesures.\n\n" + "\n".join([*lines, *map(_question, asked)]) + "\n"


def _question(one: Asked) -> str:
    kind = "question" if one.kind is Kind.DECLARED else KINDS[one.kind]
    condition = one.question.condition.ask.fr if one.question.condition else ""
    rules = ", ".join(f"`{rule}`" for rule in one.rules[:_NAMED])
    more = f" et {len(one.rules) - _NAMED} autres" if len(one.rules) > _NAMED else ""
    return f"| `{one.ref}` | {kind} | {one.item.title.fr} | {condition} | {rules}{more} |"


_NAMED = 4
"""How many rules of one requirement are named: the exposure of services has over a hundred."""


def _table(rules: list[Rule[Any]]) -> Iterator[str]:
    yield "| gravité | règle | identifiant | nature | références |"
    yield "| --- | --- | --- | --- | --- |"
    for rule in rules:
        references = ", ".join(f"`{reference}`" for reference in rule.refs)
        yield f"| {SEVERITIES[rule.severity]} | {rule.title.fr} | `{rule.id}` | {KINDS[rule.kind]} | {references} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    pingcastle_catalogue.PAGE.write_text(pingcastle_catalogue.page(), "utf-8")
