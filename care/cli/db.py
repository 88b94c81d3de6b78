"""`care db`: the database of the installation."""

from __future__ import annotations

import click

from care.cli.context import Cli, ExitCode, fail, pass_cli
from care.cli.installation import installation
from care.services import seal
from care.services.findings import recount_findings
from care.services.logbooks.verifying import faults_of_chains
from care.services.setup import check_database, prepare_database


@click.group("db")
def command() -> None:
    """La base de données / the database."""


@command.command("upgrade")
@pass_cli
def upgrade(cli: Cli) -> None:
    """Créer la base, ou la mettre à jour / create the database, or upgrade it."""
    with installation(cli, upgrading=True) as platform:
        before = prepare_database(platform)
    if before.current is None:
        cli.say(f"Base créée (révision {before.head}).", f"Database created (revision {before.head}).")
    elif before.up_to_date:
        cli.say(f"Base déjà à jour (révision {before.head}).", f"Database already up to date (revision {before.head}).")
    else:
        cli.say(
            f"Base mise à jour de la révision {before.current} à {before.head}.",
            f"Database upgraded from revision {before.current} to {before.head}.",
        )


@command.command("status")
@pass_cli
def status(cli: Cli) -> None:
    """Où en est la base / where the database stands."""
    with installation(cli, upgrading=True) as platform:
        found = check_database(platform)
    current = found.current or "–"
    cli.say(
        f"Révision {current}, le programme attend {found.head}.",
        f"Revision {current}, the program expects {found.head}.",
    )
    if not found.up_to_date:
        raise SystemExit(ExitCode.FINDINGS)


@command.command("verify-trail")
@pass_cli
def verify_trail(cli: Cli) -> None:
    """Relire le journal d’audit, les exercices et les mains courantes / read trail, exercises and logbooks again."""
    with installation(cli) as platform:
        report = seal.verify_seal(platform, seal.TRAIL)
        faults = [*filter(None, [report.fault]), *faults_of_chains(platform)]
    if faults:
        fail("\n".join(fault.render(cli.lang) for fault in faults), ExitCode.FINDINGS)
    cli.say(
        f"Journal intact : {report.links} événements, {report.checkpoints} signatures."
        " Exercices et mains courantes : rien d’altéré.",
        f"Trail intact: {report.links} events, {report.checkpoints} signatures."
        " Exercises and logbooks: nothing altered.",
    )


@command.command("recount")
@pass_cli
def recount(cli: Cli) -> None:
    """Recompter les constats des listes / count again the findings that lists show."""
    with installation(cli) as platform:
        wrong = recount_findings(platform)
    if wrong:
        cli.say(f"Comptes refaits : {wrong} lignes étaient fausses.", f"Counts made again: {wrong} rows were wrong.")
    else:
        cli.say("Comptes exacts, rien n’a été changé.", "Counts are exact, nothing was changed.")
