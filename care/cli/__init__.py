"""The `care` command: one lazy group, each command imported only when it is called.

`audit`, `judge`, `rules`, `remediation` and `report` work on an auditor's laptop with no database: nothing here loads
the store.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from typing import Any, NoReturn

import click

from care.cli.context import Cli, ExitCode, fail
from care.cli.usage import usage_sentence
from scanners.errors import SaidError
from scanners.model import LANGS, Text

log = logging.getLogger(__name__)

COMMANDS: dict[str, Text] = {
    "audit": Text("Collecter et juger : un scanner, une cible.", "Collect and judge: one scanner, one target."),
    "judge": Text("Rejouer les règles sur des faits enregistrés.", "Run the rules again on stored facts."),
    "ad": Text("Ce que disent les faits d’un annuaire.", "What the facts of a directory tell."),
    "rules": Text("Le catalogue des règles.", "The catalogue of rules."),
    "remediation": Text("Fiches de remédiation et playbooks.", "Remediation sheets and playbooks."),
    "report": Text("Écrire un rapport PDF accessible.", "Write an accessible PDF report."),
    "serve": Text("Démarrer la plateforme.", "Start the platform."),
    "worker": Text("Démarrer un exécutant de tâches.", "Start a job worker."),
    "db": Text("Créer ou mettre à jour la base.", "Create or upgrade the database."),
    "user": Text("Gérer les comptes.", "Manage accounts."),
    "finess": Text("Importer l’extraction FINESS.", "Import the FINESS extract."),
    "crisis-pack": Text("Faire la mallette de crise.", "Make the crisis pack."),
    "continuity": Text("L’hôpital d’exemple.", "The sample hospital."),
    "kit": Text("Les kits d’exercice de crise.", "The kits of crisis exercises."),
    "framework": Text("Les référentiels.", "The frameworks."),
    "indicators": Text("Les indicateurs des régions.", "The indicators of regions."),
    "book": Text("Dossiers de preuves scellés.", "Sealed books of evidence."),
    "seal": Text("Clé de scellement et chaînes signées.", "Sealing key and signed chains."),
    "lifecycle": Text("Cycles de vie des systèmes : importer.", "Life cycles of systems: import."),
    "vulnerabilities": Text("Vulnérabilités connues : imports, fraîcheur.", "Known vulnerabilities: imports, age."),
    "products": Text("Produits vus par les audits, pour les alertes.", "Products seen by audits, for alerts."),
    "region": Text("Les régions à qui envoyer des indicateurs.", "The regions that indicators are sent to."),
    "import": Text("Importer le résultat d’un autre outil.", "Import the result of another tool."),
    "bundle": Text("Les lots d’indicateurs d’une fédération.", "The bundles of indicators of a federation."),
    "instance": Text("Sauvegarder, vérifier, restaurer l’installation.", "Back up, verify, restore the installation."),
    "doctor": Text("Vérifier l’installation.", "Check the installation."),
}


_MODULES = {"import": "importing", "crisis-pack": "crisis_pack"}  # what cannot name a module


class LazyGroup(click.Group):
    """A group whose commands live in `care.cli.<name>` under the name `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = _imported(f"care.cli.{_MODULES.get(cmd_name, cmd_name)}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        lang = _language(ctx.params.get("lang"))
        with formatter.section("Commandes" if lang == "fr" else "Commands"):
            formatter.write_dl([(name, text.render(lang)) for name, text in COMMANDS.items()])


def _imported(name: str) -> Any:  # noqa: ANN401 - a module
    """A module of commands, imported without the collector walking again and again through what stays for ever: a
    quarter of the start."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()


def _language(chosen: str | None) -> str:
    if chosen:
        return chosen
    system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "en" if system.startswith("en") else "fr"


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lang", type=click.Choice(LANGS), envvar="CARE_LANG", help="fr | en")
@click.option("--quiet", "-q", is_flag=True, help="Sans progression / no progress.")
@click.version_option(package_name="care-resilience", prog_name="care")
@click.pass_context
def main_group(ctx: click.Context, lang: str | None, quiet: bool) -> None:
    """CaRE : cyber-résilience des établissements de santé."""
    ctx.obj = Cli(lang=_language(lang), quiet=quiet)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Entry point: every expected failure is one sentence on standard error and its exit code."""
    logging.basicConfig(level=logging.INFO if os.environ.get("CARE_DEBUG") else logging.CRITICAL + 1)
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        sys.exit(main_group.main(arguments, prog_name="care", standalone_mode=False) or ExitCode.OK)
    except click.UsageError as error:
        fail(usage_sentence(error).render(_language(_asked_language(arguments))), ExitCode.USAGE)
    except click.Abort:
        said = Text("Interrompu ; rien n’a été gardé.", "Interrupted; nothing was kept.")
    except SaidError as error:
        said = error.text
    except Exception as bug:
        log.exception("care %s", " ".join(arguments[:2]))
        said = Text(
            f"CaRE s’est arrêté sur un défaut ({type(bug).__name__}: {bug}) ; relancez avec CARE_DEBUG=1, signalez-le.",
            f"CaRE stopped on a defect ({type(bug).__name__}: {bug}); run again with CARE_DEBUG=1 and report it.",
        )
    fail(said.render(_language(_asked_language(arguments))), ExitCode.COULD_NOT_RUN)


def _asked_language(arguments: list[str]) -> str | None:
    """The value of `--lang`, also when the failure came before click made its context."""
    for position, word in enumerate(arguments):
        if word == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return os.environ.get("CARE_LANG")
