"""`care ad`: what the facts of a directory tell besides its findings; summaries worked out again on a platform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from care.cli.context import Cli, ExitCode, fail, pass_cli, printable, write_json
from scanners.ad.control_paths.paths import ControlPath, PathsSummary, Step, as_json, path_from, summarize
from scanners.ad.control_paths.right_words import right_words
from scanners.ad.facts import DirectoryFacts
from scanners.archive import read_archive
from scanners.model import Lang, NotAssessable, Text

_MOST_PATHS = 20
_CHOKES = Text("Points de passage (ôter ce seul lien libère) :", "Choke points (removing this one link frees):")
_PATHS = Text("Chemins, le plus court de chacun :", "Paths, the shortest of each:")

_PRIVILEGED = Text(
    "{name} fait déjà partie du palier 0 : ce compte, ce groupe ou cette identité administre le domaine.",
    "{name} is part of tier 0 already: this account, group or identity administers the domain.",
)
_NO_PATH = Text(
    "D’après ce qui a été lu, {name} n’a pas de chemin vers le palier 0.",
    "From what was read, {name} has no path to tier 0.",
)


@click.group("ad")
def command() -> None:
    """Ce que disent les faits d’un annuaire / what the facts of a directory tell."""


@command.command("paths")
@click.argument("facts", type=click.Path(path_type=Path))
@click.option(
    "--from", "name", metavar="NOM", help="Le chemin d’un compte, d’un groupe ou d’un SID / of one principal."
)
@click.option("--json", "json_out", metavar="OUT", help="Fichier ou « - » / file or `-`.")
@pass_cli
def paths(cli: Cli, facts: Path, name: str | None, json_out: str | None) -> None:
    """Qui peut prendre le contrôle du domaine, et par où / who can take the domain over, and by which way."""
    directory = _directory(cli, facts)
    try:
        if name is not None:
            _show_one(cli, _path_from(cli, directory, name), json_out)
            return
        summary = summarize(directory)
    except NotAssessable as refusal:
        fail(refusal.reason.render(cli.lang), ExitCode.COULD_NOT_RUN)
    if json_out:
        write_json(cli, json_out, as_json(summary))
    if json_out != "-":
        _show(summary, cli.lang)


def _directory(cli: Cli, path: Path) -> DirectoryFacts:
    facts = read_archive(path).facts
    if not isinstance(facts, DirectoryFacts):
        cli.refuse(
            f"{path} ne contient pas les faits d’un annuaire ; donnez l’archive d’un audit « ad ».",
            f"{path} does not hold the facts of a directory; give the archive of an `ad` audit.",
        )
    return facts


def _path_from(cli: Cli, directory: DirectoryFacts, name: str) -> ControlPath:
    found = path_from(directory, name)
    if found is None:
        cli.refuse(
            f"Aucun compte ni groupe ne s’appelle « {name} » ; donnez son nom, son nom distinctif ou son SID.",
            f"No account or group is called “{name}”; give its name, its distinguished name or its SID.",
        )
    return found


def _show_one(cli: Cli, path: ControlPath, json_out: str | None) -> None:
    if json_out:
        write_json(cli, json_out, _as_json(path))
    if json_out == "-":
        return
    said = _PRIVILEGED if path.privileged else _NO_PATH
    _print(_lines(path, cli.lang) if path.steps else [said.render(cli.lang, {"name": path.principal.name})])


def _as_json(path: ControlPath) -> dict[str, Any]:
    steps = [
        {"source": one.source.name, "right": one.right, "target": one.target.name, "target_dn": one.target.dn}
        for one in path.steps
    ]
    who = {"principal": path.principal.name, "dn": path.principal.dn, "privileged": path.privileged}
    return {**who, "accounts": path.accounts, "steps": steps}


def _show(summary: PathsSummary, lang: Lang) -> None:
    """The numbers, the choke points, the first paths."""
    head = Text(
        "{reaching} comptes non privilégiés sur {all} ont un chemin vers le palier 0 ({targets} objets).",
        "{reaching} of {all} accounts without privilege have a path to tier 0 ({targets} objects).",
    )
    numbers = {"reaching": summary.reaching, "all": summary.principals, "targets": summary.tier_zero}
    lines = [head.render(lang, numbers)]
    if summary.choke_points:
        lines += ["", _CHOKES.render(lang)]
        lines += [f"{one.freed:>7}  {_step(one.step, lang)}" for one in summary.choke_points]
    if summary.paths:
        lines += ["", _PATHS.render(lang)]
        lines += [line for path in summary.paths[:_MOST_PATHS] for line in _lines(path, lang)]
    more = len(summary.paths) - _MOST_PATHS + summary.cut
    _print([*lines, *([f"… +{more}"] if more > 0 else [])])


def _lines(path: ControlPath, lang: Lang) -> list[str]:
    said = Text("{name} ({count} compte(s) derrière)", "{name} ({count} account(s) behind)")
    head = said.render(lang, {"name": path.principal.name, "count": path.accounts})
    return [head, *(f"    {_step(one, lang)}" for one in path.steps)]


def _step(step: Step, lang: Lang) -> str:
    return f"{step.source.name} {right_words(step.right, lang)} {step.target.name} [{step.right}]"


def _print(lines: list[str]) -> None:
    Console(soft_wrap=True, highlight=False).print("\n".join(map(printable, lines)), markup=False)


@command.command("summaries")
@click.option("--all", "everything", is_flag=True, help="Aussi ceux qui sont déjà faits / also those already made.")
@pass_cli
def summaries(cli: Cli, everything: bool) -> None:
    """Refaire les synthèses des audits enregistrés / work the summaries of recorded audits out again."""
    # Only this command opens a database: the others must work on an auditor's laptop.
    from care.cli.rebuilding import work_again
    from care.services.directory.keeping import rebuild

    work_again(
        cli,
        Text("Archives relues", "Archives read"),
        lambda platform, tell: rebuild(platform, everything=everything, tell=tell),
        Text("Audits d’annuaire dont la synthèse est faite : {n}.", "Directory audits summarised: {n}."),
        Text(
            "{n} archives n’ont pas pu être relues ; relancez ces audits pour avoir leur synthèse :",
            "{n} archives could not be read; run these audits again to have their summary:",
        ),
    )
