"""`care indicators`: the definitions shipped, with no database, and a measure of this platform now."""

from __future__ import annotations

from datetime import date

import click
from rich.console import Console
from rich.table import Table

from care.adapters.indicator_kit import indicators_of
from care.cli.context import Cli, pass_cli
from care.domain.frameworks import CONFIDENCE_NAMES
from care.domain.indicators import in_force
from care.domain.months import Month, is_month, last_day, month_of


@click.group("indicators")
def command() -> None:
    """Les indicateurs / the indicators."""


@command.command("list")
@click.option("--month", metavar="AAAA-MM", default="", help="mois / month")
@pass_cli
def list_indicators(cli: Cli, month: str) -> None:
    """Les définitions livrées / the definitions shipped."""
    wanted = _month(cli, month) or month_of(date.today())  # noqa: DTZ011 - the day of the person at the keyboard
    table = Table(box=None, pad_edge=False)
    french = ("indicateur", "version", "attendu", "titre", "confiance")
    english = ("indicator", "version", "expected", "title", "confidence")
    for heading in french if cli.lang == "fr" else english:
        table.add_column(heading, no_wrap=heading in ("indicateur", "indicator"))
    for one in in_force(indicators_of(), wanted).values():
        goal = one.goal_on(last_day(wanted))
        table.add_row(
            one.code,
            one.version,
            f"{goal.percent} %" if goal else "–",
            one.title.render(cli.lang),
            CONFIDENCE_NAMES[one.confidence].render(cli.lang),
        )
    Console().print(table)


@command.command("measure")
@click.option("--month", metavar="AAAA-MM", default="", help="mois ; sinon ceux encore ouverts / month, else open ones")
@pass_cli
def measure(cli: Cli, month: str) -> None:
    """Mesurer tous les établissements / measure every establishment."""
    from care.cli.installation import installation
    from care.services.indicators.measuring import open_months
    from care.services.indicators.measuring_job import measure_month
    from care.services.library import today

    asked = _month(cli, month)
    with installation(cli) as platform:
        day = today(platform)
        if asked and asked > month_of(day):
            cli.refuse(
                f"--month {month} n’est pas encore là : mesurez ce mois-ci ou un mois passé.",
                f"--month {month} has not come yet: measure this month or a past one.",
            )
        for one in (asked,) if asked else open_months(day):
            changed = measure_month(platform, one)
            written = f"{one // 100}-{one % 100:02}"
            cli.say(
                f"{written} : {changed} valeurs d’indicateurs changées.",
                f"{written}: {changed} values of indicators changed.",
            )


@command.command("figures")
@pass_cli
def figures(cli: Cli) -> None:
    """Refaire tous les chiffres à partir des valeurs / make every figure again from the values."""
    from care.cli.installation import installation, operator
    from care.services.indicators.figures import make_all_again

    with installation(cli) as platform:
        job = make_all_again(platform, operator(cli))
    cli.say(
        f"Recalcul demandé (tâche {job}) : un exécutant le fait, mois après mois.",
        f"Figures will be made again (job {job}): a worker does it, month by month.",
    )


def _month(cli: Cli, typed: str) -> Month | None:
    if not typed:
        return None
    year, _, number = typed.partition("-")
    month = int(year + number) if len(year) == 4 and len(number) == 2 and (year + number).isdecimal() else 0
    if not is_month(month):
        cli.refuse(
            f"--month {typed} n’est pas un mois : écrivez l’année et le mois, par exemple 2026-02.",
            f"--month {typed} is no month: write the year and the month, for instance 2026-02.",
        )
    return month
