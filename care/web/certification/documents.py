"""Documents of certification: the evidence book and its sealed archive, reports of an establishment, an EJ or a GHT."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level, Place, Right, Scope
from care.services.audit_report import DocumentError
from care.services.certification import documents as makers
from care.services.certification.documents import Paper
from care.services.certification.over_sites import read_over_sites
from care.services.errors import NotFound, Refused
from care.services.platform import Platform
from care.web.certification.blueprint import HERE, pages, place_of
from care.web.files import attachment
from care.web.people import platform, scope
from care.web.place import may

OVER = "/certification/<any(ght, legal_entity):level>/<int:place_id>"
_REPORTS: Mapping[str, Callable[[Platform, Scope, Place], Paper]] = {
    "pdf": makers.report_pdf,
    "xlsx": makers.report_xlsx,
}


@pages.get(f"{HERE}/documents")
def papers(establishment_id: int) -> str:
    """What can be handed out, and what each holds."""
    if not may(Right.SEE_PROGRAMME):
        raise NotFound
    return render_template(
        "certification/papers.html",
        may_export=may(Right.EXPORT),
        may_seal=may(Right.EXPORT) and may(Right.ADD_EVIDENCE),
    )


@pages.get(f"{HERE}/evidence-book.pdf")
def book(establishment_id: int) -> Response:
    """The evidence book."""
    return _handed(lambda: makers.book_pdf(platform(), scope(), establishment_id, request.args.get("manual", "")))


@pages.post(f"{HERE}/evidence-book")
def seal(establishment_id: int) -> ResponseReturnValue:
    """File the evidence book and have its sealed archive made."""
    try:
        makers.seal_book(platform(), scope(), establishment_id)
    except DocumentError as error:
        raise Refused(error.text) from error
    flash(_("Livre déposé parmi les preuves ; son archive scellée se prépare."))
    return redirect(url_for("evidence.book_list", establishment_id=establishment_id))


@pages.get(f"{HERE}/report.<any(pdf, xlsx):paper_form>")
def report(establishment_id: int, paper_form: str) -> Response:
    """The certification report of the establishment."""
    return _handed(lambda: _REPORTS[paper_form](platform(), scope(), place_of(establishment_id)))


@pages.get(OVER)
def over(level: str, place_id: int) -> str:
    """The establishments of an EJ or a GHT side by side."""
    return render_template(
        "certification/over.html", found=read_over_sites(platform(), scope(), _place(level, place_id))
    )


@pages.get(f"{OVER}/report.<any(pdf, xlsx):paper_form>")
def report_over(level: str, place_id: int, paper_form: str) -> Response:
    """The certification report of an EJ or a GHT."""
    return _handed(lambda: _REPORTS[paper_form](platform(), scope(), _place(level, place_id)))


def _place(level: str, place_id: int) -> Place:
    if not place_id:
        raise NotFound
    return Place(Level(level), place_id)


def _handed(make: Callable[[], Paper]) -> Response:
    try:
        paper = make()
    except DocumentError as error:
        raise Refused(error.text) from error
    return attachment(paper.content, paper.name)
