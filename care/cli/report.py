"""`care report`: documents made from facts, with no database."""

from __future__ import annotations

from pathlib import Path

import click

from care.adapters.kits import PackagedKits
from care.cli.context import Cli, pass_cli, write_bytes
from care.services.audit_report import audit_pdf
from scanners.archive import read_archive
from scanners.model import LANGS
from scanners.result import judge


@click.group("report")
def command() -> None:
    """Écrire un document / write a document."""


@command.command("audit")
@click.argument("facts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--lang", "document_lang", type=click.Choice(LANGS), help="Langue du document / of the document.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.pdf")
@pass_cli
def report_audit(cli: Cli, facts: tuple[Path, ...], document_lang: str | None, output: Path) -> None:
    """Le rapport PDF d’audits, à partir de leurs FACTS / the PDF report of audits, from their FACTS."""
    results = [judge(read_archive(path)) for path in facts]
    # The document bears the date of its last collection: the same facts give the same bytes.
    issued_at = max(result.finished_at for result in results)
    write_bytes(cli, output, audit_pdf(results, issued_at, document_lang or cli.lang, PackagedKits().sheets))
    cli.say(f"Rapport écrit dans {output}.", f"Report written to {output}.")
