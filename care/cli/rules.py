"""`care rules`: the catalogue, on screen or as JSON."""

from __future__ import annotations

from collections.abc import Mapping

import click
from rich.console import Console
from rich.table import Table

from care.adapters.asked_requirements import Asked, asked_requirements
from care.adapters.frameworks import FOLDER, framework_of
from care.cli.context import Cli, pass_cli, write_json
from scanners.catalog import SCANNERS, all_rules, rules_of
from scanners.imported.read_pingcastle import known_rules
from scanners.model import Kind, Lang, Text
from scanners.result import rule_as_json


@click.command("rules")
@click.option("--scanner", type=click.Choice(SCANNERS), help="Un seul scanner / one scanner only.")
@click.option("--json", "as_json", is_flag=True, help="JSON sur la sortie standard / to standard output.")
@pass_cli
def command(cli: Cli, scanner: str | None, as_json: bool) -> None:
    """Le catalogue des règles / the catalogue of rules."""
    rules = rules_of(scanner) if scanner else tuple(all_rules().values())
    if as_json:
        document: dict[str, object] = {"rules": [rule_as_json(rule, cli.lang) for rule in rules]}
        if scanner in (None, "ad"):
            document["catalogues"] = catalogues()
        if scanner is None:
            document["questions"] = [_question(one, cli.lang) for one in asked_requirements()]
        write_json(cli, "-", document)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "gravité", "titre") if cli.lang == "fr" else ("id", "severity", "title"):
        table.add_column(heading, no_wrap=heading == "id")
    for rule in rules:
        table.add_row(rule.id, rule.severity.value, rule.title.render(cli.lang))
    for one in asked_requirements() if scanner is None else ():
        table.add_row(one.ref, _KINDS[one.kind].render(cli.lang), one.item.title.render(cli.lang))
    Console().print(table)


_KINDS: Mapping[Kind, Text] = {
    Kind.MEASURED: Text("mesurée", "measured"),
    Kind.COMPUTED: Text("calculée", "computed"),
    Kind.DECLARED: Text("question", "question"),
}


def _question(one: Asked, lang: Lang) -> dict[str, object]:
    """One requirement of ours: how it is seen, by which rules, and the question that a person answers."""
    value, condition = one.question.value, one.question.condition
    return {
        "id": one.ref,
        "kind": one.kind.value,
        "title": one.item.title.render(lang),
        "help": one.question.look.render(lang),
        "section": one.section,
        "condition": condition.ask.render(lang) if condition else None,
        "value": value.kind.value if value else None,
        "rules": list(one.rules),
    }


def catalogues() -> Mapping[str, Mapping[str, list[str]]]:
    """What others ask of a directory, item by item, with our rules that look at it: none for what is not seen."""
    points = framework_of(FOLDER / "anssi-ad.yaml").requirements
    asked = {"anssi-ad": [item.id for item in points], "pingcastle": list(known_rules())}
    found: dict[str, dict[str, list[str]]] = {name: {item: [] for item in items} for name, items in asked.items()}
    for rule in rules_of("ad"):
        for ref in rule.refs:
            name, _, item = str(ref).partition(":")
            if name in found:
                found[name][item].append(rule.id)
    return found
