"""A continuity plan handed out: accessible PDF, editable Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from care.domain.access import Scope
from care.services.errors import Refused
from care.services.plan_content import document_of, moment_of
from care.services.plan_rows import visible_plan
from care.services.platform import Platform
from reports.errors import ReportError
from reports.pcra import render_pcra
from reports.pcra_markdown import pcra_markdown
from reports.pcra_model import PlanDocument
from scanners.errors import SaidError
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A file and its name."""

    name: str
    content: bytes


def plan_pdf(platform: Platform, scope: Scope, plan_id: int) -> PlanFile:
    """The document of a version. A validated one is the very file that was signed, as long as it can be read."""
    document, sha256 = _document(platform, scope, plan_id)
    name = f"pcra-{plan_id}-v{document.number}.pdf"
    signed = _signed(platform, sha256)
    if signed is not None:
        return PlanFile(name, signed)
    try:
        return PlanFile(name, render_pcra(document))
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error


def plan_markdown(platform: Platform, scope: Scope, plan_id: int) -> PlanFile:
    """The same content as Markdown, UTF-8."""
    document, _sha256 = _document(platform, scope, plan_id)
    return PlanFile(f"pcra-{plan_id}-v{document.number}.md", pcra_markdown(document).encode())


def _document(platform: Platform, scope: Scope, plan_id: int) -> tuple[PlanDocument, str]:
    at = moment_of(platform, scope.lang)
    with platform.database.read() as session:
        row, place = visible_plan(session, scope, plan_id)
        return document_of(session, row, place, at), row.sha256


def _signed(platform: Platform, sha256: str) -> bytes | None:
    """The file of that hash; None when there is none, or when the library no longer holds it whole."""
    if not sha256:
        return None
    try:
        return platform.evidence.path(sha256).read_bytes()
    except (SaidError, OSError):
        return None
