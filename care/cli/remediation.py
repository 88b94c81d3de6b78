"""`care remediation`: the sheets and the playbooks, with no database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from care.adapters.kits import PackagedKits
from care.cli.context import Cli, pass_cli, read_text, write_bytes
from care.domain.playbooks import MAX_MACHINES, Machine, Recipe, asked_machines
from care.domain.remediation import RISK_NAMES, WHO_NAMES, Sheet, Step
from care.services.playbook_bundle import make_bundle
from scanners.model import Lang


@click.group("remediation")
def command() -> None:
    """Les fiches de remédiation / remediation sheets."""


@command.command("list")
@click.option("--rule", help="La fiche qui traite une règle / the sheet that treats a rule.")
@pass_cli
def list_sheets(cli: Cli, rule: str | None) -> None:
    """Les fiches, leur effort et leur risque pour le soin / the sheets, their effort and their risk for care."""
    kits = PackagedKits()
    sheets = [_treating(cli, rule)] if rule else sorted(kits.sheets.by_id.values(), key=lambda sheet: sheet.id)
    table = Table(box=None, pad_edge=False)
    french = ("fiche", "jours", "risque", "playbook", "titre")
    for heading in french if cli.lang == "fr" else ("sheet", "days", "risk", "playbook", "title"):
        table.add_column(heading, no_wrap=heading in ("fiche", "sheet"))
    for sheet in sheets:
        risk, title = RISK_NAMES[sheet.risk].render(cli.lang), sheet.title.render(cli.lang)
        table.add_row(sheet.id, _days(sheet.effort.days, cli.lang), risk, sheet.playbook, title)
    Console().print(table)


@command.command("show")
@click.argument("sheet")
@pass_cli
def show(cli: Cli, sheet: str) -> None:
    """Une fiche en entier, par son nom ou une règle / a whole sheet, by its name or a rule."""
    found = PackagedKits().sheets.by_id.get(sheet) or _treating(cli, sheet)
    Console(soft_wrap=True, highlight=False).print(_as_text(found, cli.lang), markup=False)


@command.command("playbook")
@click.option("--rule", "rules", required=True, multiple=True, help="Règle à fermer, plusieurs fois / rule to close.")
@click.option("--hosts", help="Machines, séparées par des virgules / machines, separated by commas.")
@click.option("--hosts-file", type=click.Path(path_type=Path), help="Une machine par ligne / one machine a line.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.zip")
@pass_cli
def playbook(cli: Cli, rules: tuple[str, ...], hosts: str | None, hosts_file: Path | None, output: Path) -> None:
    """Le playbook Ansible de règles pour des machines / the Ansible playbook of rules for machines."""
    recipe = _recipe(cli, rules)
    machines = _machines(cli, f"{hosts or ''}\n{read_text(cli, hosts_file) if hosts_file else ''}")
    bundle = make_bundle(recipe, sorted(set(rules)), machines)
    write_bytes(cli, output, bundle.content)
    cli.say(
        f"Playbook « {recipe.title.fr} » pour {bundle.machines} machine(s) écrit dans {output} ; lisez LISEZMOI.md.",
        f"Playbook “{recipe.title.en}” for {bundle.machines} machine(s) written to {output}; read README.md.",
    )


def _treating(cli: Cli, rule: str) -> Sheet:
    found = PackagedKits().sheets.treating(rule)
    if found is None:
        cli.refuse(
            f"Ni fiche ni règle ne s’appelle {rule} ; « care remediation list » donne les fiches.",
            f"No sheet or rule is called {rule}; `care remediation list` gives the sheets.",
        )
    return found


def _recipe(cli: Cli, rules: tuple[str, ...]) -> Recipe:
    """The one playbook that closes all these rules."""
    kits = PackagedKits()
    names = {_treating(cli, rule).playbook for rule in rules}
    recipe = kits.recipes.by_name.get(names.pop()) if len(names) == 1 else None
    if recipe is None or not all(recipe.closes(rule) for rule in rules):
        cli.refuse(
            "Aucun playbook ne traite toutes ces règles ensemble ; demandez-les une par une, ou suivez la fiche.",
            "No playbook treats all these rules together; ask for them one by one, or follow the sheet.",
        )
    return recipe


def _machines(cli: Cli, text: str) -> tuple[Machine, ...]:
    machines, wrong = asked_machines(text)
    if wrong or not machines or len(machines) > MAX_MACHINES:
        seen = repr(wrong[0]) if wrong else str(len(machines))
        cli.refuse(
            f"Donnez de 1 à {MAX_MACHINES} noms ou adresses de machines par --hosts ou --hosts-file ({seen}).",
            f"Give 1 to {MAX_MACHINES} machine names or addresses with --hosts or --hosts-file ({seen}).",
        )
    return machines


def _as_text(sheet: Sheet, lang: Lang) -> str:
    """The sheet as plain text, one paragraph a line."""
    says = _FR if lang == "fr" else _EN
    title = sheet.title.render(lang)
    lines = [title, "=" * len(title), "", sheet.why.render(lang), "", sheet.applies_to.render(lang), ""]
    lines += [says["effort"].format(days=_days(sheet.effort.days, lang), basis=sheet.effort.basis.render(lang))]
    lines += [says["care"].format(risk=RISK_NAMES[sheet.risk].render(lang), text=sheet.care.render(lang)), ""]
    lines += [f"- {one.render(lang)}" for one in sheet.prerequisites]
    for number, step in enumerate(sheet.steps, 1):
        lines += ["", *_step(number, step, lang, says)]
    lines += ["", sheet.verification.render(lang)]
    lines += ["", sheet.communication.render(lang)] if sheet.communication else []
    return "\n".join(lines)


def _days(days: float, lang: str) -> str:
    """A number of days as people write it."""
    return f"{days:g}".replace(".", ",") if lang == "fr" else f"{days:g}"


def _step(number: int, step: Step, lang: Lang, says: Mapping[str, str]) -> list[str]:
    who = ", ".join(WHO_NAMES[one].render(lang) for one in step.who)
    lines = [f"{number}. [{who}] {step.do.render(lang)}", *(f"       {line}" for line in step.run.splitlines())]
    lines += [says["check"].format(text=step.check.render(lang))]
    return [*lines, says["back"].format(text=step.back.render(lang))] if step.back else lines


_FR = {
    "effort": "Effort : {days} jours-personne, estimation de CaRE. {basis}",
    "care": "Risque pour le soin : {risk}. {text}",
    "check": "   Vérifier : {text}",
    "back": "   Revenir : {text}",
}
_EN = {
    "effort": "Effort: {days} person-days, CaRE’s estimate. {basis}",
    "care": "Risk for care: {risk}. {text}",
    "check": "   Check: {text}",
    "back": "   Go back: {text}",
}
