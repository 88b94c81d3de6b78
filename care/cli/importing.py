"""`care import`: the result of another tool, shown first, then recorded like an audit."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from care.cli.context import Cli, ExitCode, fail, pass_cli, printable, write_json
from care.cli.installation import installation, operator
from care.domain.access import Level, Scope
from care.domain.findings import Change
from care.services.errors import Invalid
from care.services.import_drafts import Upload, give_up
from care.services.import_now import confirm, preview, upload
from care.services.import_preview import ImportPreview
from care.services.places import find_place
from care.services.platform import Platform
from scanners.errors import system_reason
from scanners.imported.model import Tool
from scanners.imported.read_bounded import LIMITS
from scanners.model import Severity, Text

AUTO = "auto"
_TOOLS = [AUTO, *(tool.value for tool in Tool if tool is not Tool.ADS)]
_CHANGES = {
    Change.NEW: Text("nouveaux", "new"),
    Change.BACK: Text("revenus", "back"),
    Change.STILL: Text("toujours là", "still there"),
    Change.FIXED: Text("corrigés", "fixed"),
}
_SEVERITIES = {
    Severity.CRITICAL: Text("critiques", "critical"),
    Severity.HIGH: Text("élevés", "high"),
    Severity.MEDIUM: Text("moyens", "medium"),
    Severity.LOW: Text("faibles", "low"),
    Severity.INFO: Text("informations", "info"),
}


@click.command("import")
@click.argument("tool", type=click.Choice(_TOOLS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--establishment", required=True, metavar="FINESS", help="Établissement / establishment.")
@click.option("--target", metavar="NOM", help="Nom du périmètre / name of the scope.")
@click.option("--at", metavar="AAAA-MM-JJ[THH:MM]", help="Date de l’analyse si le fichier ne la donne pas / scan date.")
@click.option("--complete", is_flag=True, help="Déclarer ce rapport complet pour ce périmètre / declare it complete.")
@click.option("--yes", is_flag=True, help="Ne pas demander de confirmation / do not ask.")
@click.option("--json", "json_out", metavar="OUT", help="Fichier ou « - » / file or `-`.")
@pass_cli
def command(
    cli: Cli,
    tool: str,
    file: Path,
    establishment: str,
    target: str | None,
    at: str | None,
    complete: bool,
    yes: bool,
    json_out: str | None,
) -> None:
    """Importer le résultat d’un autre outil (ou « auto ») / import the result of another tool (or `auto`)."""
    with installation(cli) as platform:
        scope = operator(cli)
        place = find_place(platform, scope, Level.ESTABLISHMENT, establishment)
        when = _moment(cli, platform, at)
        draft = _read(cli, platform, scope, place.id, tool, file, when)
        run_id = None
        try:
            seen = preview(platform, scope, draft, target)
            _show(cli, seen, complete)
            _agree(cli, yes)
            run_id = confirm(platform, scope, draft, seen.target, complete)
        finally:
            if run_id is None:
                give_up(platform, scope, draft)
        if json_out:
            write_json(cli, json_out, _document(seen, run_id, complete))
        cli.say(f"Import enregistré (audit n° {run_id}).", f"Import recorded (run {run_id}).")


def _moment(cli: Cli, platform: Platform, typed: str | None) -> datetime | None:
    if typed is None:
        return None
    try:
        when = datetime.fromisoformat(typed)
    except ValueError:
        cli.refuse(
            f"La date « {typed} » n’est pas écrite AAAA-MM-JJ ou AAAA-MM-JJTHH:MM.",
            f"The date “{typed}” is not written YYYY-MM-DD or YYYY-MM-DDTHH:MM.",
        )
    local = when if when.tzinfo else when.replace(tzinfo=ZoneInfo(platform.settings.timezone))
    return local.astimezone(UTC)


def _read(
    cli: Cli, platform: Platform, scope: Scope, establishment_id: int, tool: str, file: Path, at: datetime | None
) -> int:
    chosen = None if tool == AUTO else Tool(tool)
    try:
        with file.open("rb") as content, cli.console.status(file.name):
            return upload(platform, scope, establishment_id, Upload(file.name, content, LIMITS.bytes, chosen, at))
    except OSError as error:
        reason = system_reason(error)
        cli.stop(
            f"Le fichier {file} ne peut pas être lu ({reason.fr}) ; vérifiez le chemin et les droits.",
            f"The file {file} cannot be read ({reason.en}); check the path and the permissions.",
        )
    except Invalid as malformed:  # the file is at fault, not the way the command was called
        cli.stop(malformed.text.fr, malformed.text.en)


def _agree(cli: Cli, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        cli.refuse(
            "Rien n’a été enregistré : ajoutez --yes pour importer sans confirmation.",
            "Nothing was recorded: add --yes to import without a confirmation.",
        )
    question = Text("Importer ?", "Import?").render(cli.lang)
    if not click.confirm(question, default=False, err=True):
        fail(
            Text("Import abandonné : rien n’a été enregistré.", "Import given up: nothing was recorded.").render(
                cli.lang
            ),
            ExitCode.COULD_NOT_RUN,
        )


def _show(cli: Cli, seen: ImportPreview, complete: bool) -> None:
    def said(fr: str, en: str) -> str:
        return Text(fr, en).render(cli.lang)

    counts = seen.if_complete if complete else seen.counts
    rows = [
        (said("Outil", "Tool"), f"{seen.tool.label.render(cli.lang)} {seen.version}".strip()),
        (said("Analyse", "Scan"), f"{seen.finished_at:%Y-%m-%d %H:%M} UTC"),
        (said("Machines ou domaines", "Machines or domains"), f"{seen.hosts} : {', '.join(seen.first_hosts)}"),
        (said("Périmètre", "Scope"), seen.target),
        (said("Constats du fichier", "Findings in the file"), _counted(cli, _SEVERITIES, seen.by_severity)),
        (said("Changements", "Changes"), _counted(cli, _CHANGES, counts)),
        (said("Contrôles prouvés", "Checks proven"), _proven(cli, seen)),
    ]
    if seen.before:
        rows.append((said("Déjà importé", "Imported before"), f"{seen.before.at:%Y-%m-%d %H:%M} UTC, {seen.before.by}"))
    if seen.newer:
        rows.append((said("Plus récent importé", "Newer one imported"), f"{seen.newer:%Y-%m-%d %H:%M} UTC"))
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in rows:
        table.add_row(name, printable(value))
    cli.console.print(table, markup=False)
    for gap in seen.gaps:
        cli.console.print(f"! {printable(gap.reason)}", markup=False, style="yellow")


def _counted(cli: Cli, names: dict[Any, Text], counts: Any) -> str:  # noqa: ANN401 - a mapping by enumeration
    return ", ".join(f"{counts.get(key, 0)} {name.render(cli.lang)}" for key, name in names.items())


def _proven(cli: Cli, seen: ImportPreview) -> str:
    if seen.proves_all:
        return Text("tous", "all").render(cli.lang)
    return Text(f"{seen.proven} sur {seen.checks}", f"{seen.proven} of {seen.checks}").render(cli.lang)


def _document(seen: ImportPreview, run_id: int, complete: bool) -> dict[str, Any]:
    counts = seen.if_complete if complete else seen.counts
    return {
        "schema": "care-import/1",
        "run": run_id,
        "tool": seen.tool.value,
        "version": seen.version,
        "target": seen.target,
        "sha256": seen.draft.sha256,
        "started_at": seen.started_at.isoformat(),
        "finished_at": seen.finished_at.isoformat(),
        "hosts": seen.hosts,
        "checks": seen.checks,
        "proven": seen.proven,
        "proves_all": seen.proves_all,
        "declared_complete": complete,
        "severities": {severity.value: count for severity, count in seen.by_severity.items()},
        "changes": {change.value: counts.get(change, 0) for change in Change},
        "gaps": [gap.reason for gap in seen.gaps],
    }
