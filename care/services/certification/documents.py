"""Documents of certification handed out: the evidence book and its sealed archive, the report as PDF and workbook."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.evidence import EvidenceKind
from care.services import books
from care.services.audit_report import DocumentError
from care.services.certification.printed import Dossier, dossier_of, numbers_of, printed_site
from care.services.errors import Forbidden
from care.services.evidence import Details, Upload, add_evidence
from care.services.frameworks.holders import Holder, seen_holder
from care.services.library import EvidenceFilter, today
from care.services.places import node
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.registry import Establishment, LegalEntity
from reports import certification as printed
from reports.errors import ReportError
from reports.spreadsheets import Cell, Sheet, xlsx_bytes
from reports.words import Lang as ReportLang
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class Paper:
    """A file and its name."""

    name: str
    content: bytes


_BOOK = Text("Livre de preuves de certification", "Certification evidence book")
_REPORT = Text("Rapport de certification", "Certification report")


def book_pdf(platform: Platform, scope: Scope, establishment_id: int, manual: str = "") -> Paper:
    """The evidence book of an establishment. NotFound, Forbidden without EXPORT; DocumentError when out of bounds."""
    with platform.database.read() as session:
        dossier = dossier_of(platform, session, scope, establishment_id, manual)
        report = _report(platform, session, scope, [dossier], book=True)
    content = _typeset(report)
    _handed_out(platform, scope, "certification.book_made", Place(Level.ESTABLISHMENT, establishment_id), "pdf")
    return Paper(f"livre-de-preuves-{report.finess}.pdf", content)


def seal_book(platform: Platform, scope: Scope, establishment_id: int, manual: str = "") -> int:
    """File the evidence book among the evidence, then have it sealed with every piece it names; returns the job.

    NotFound; Forbidden without EXPORT and ADD_EVIDENCE; DocumentError when it cannot be typeset.
    """
    with platform.database.read() as session:
        dossier = dossier_of(platform, session, scope, establishment_id, manual)
        if not scope.allows(Right.ADD_EVIDENCE, dossier.site.lineage):
            raise Forbidden
        report = _report(platform, session, scope, [dossier], book=True)
    content = _typeset(report)
    day = today(platform)
    details = Details(EvidenceKind.REPORT, f"{_BOOK.render(scope.lang)}, {day:%Y-%m-%d}", effective_from=day)
    upload = Upload(f"livre-de-preuves-{report.finess}.pdf", BytesIO(content))
    number = add_evidence(platform, scope, establishment_id, details, upload)
    return books.ask_book(platform, scope, establishment_id, EvidenceFilter(ids=(*sorted(dossier.pieces), number)))


def report_pdf(platform: Platform, scope: Scope, place: Place) -> Paper:
    """The certification report of an establishment, a legal entity or a GHT. NotFound, Forbidden, DocumentError."""
    report = _read_report(platform, scope, place)
    content = _typeset(report)
    _handed_out(platform, scope, "certification.report_made", place, "pdf")
    return Paper(f"certification-{_key(report, place)}.pdf", content)


def report_xlsx(platform: Platform, scope: Scope, place: Place) -> Paper:
    """The same as a workbook: establishments, elements, gaps, registers."""
    report = _read_report(platform, scope, place)
    try:
        content = xlsx_bytes(_sheets(report), f"{_REPORT.render(scope.lang)} – {report.place}")
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error
    _handed_out(platform, scope, "certification.report_made", place, "xlsx")
    return Paper(f"certification-{_key(report, place)}.xlsx", content)


def read_report(platform: Platform, scope: Scope, place: Place) -> printed.CertificationReport:
    """What the report says, for a page that shows it. NotFound, Forbidden without SEE_PROGRAMME or EXPORT."""
    return _read_report(platform, scope, place)


def _read_report(platform: Platform, scope: Scope, place: Place) -> printed.CertificationReport:
    with platform.database.read() as session:
        holder = seen_holder(session, scope, place, today(platform), Right.EXPORT)
        dossiers = [dossier_of(platform, session, scope, number) for number in holder.sites]
        return _report(platform, session, scope, dossiers, book=False, holder=holder)


def _report(
    platform: Platform,
    session: Session,
    scope: Scope,
    dossiers: list[Dossier],
    *,
    book: bool,
    holder: Holder | None = None,
) -> printed.CertificationReport:
    lang = cast("ReportLang", scope.lang)
    numbers = numbers_of(session, frozenset().union(*(one.pieces for one in dossiers)))
    name, finess = _name(session, holder, dossiers)
    return printed.CertificationReport(
        lang=lang,
        issued_at=platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)),
        place=name,
        finess=finess,
        book=book,
        sites=tuple(printed_site(one, numbers, lang) for one in dossiers),
        seen=len(dossiers),
        establishments=len(holder.sites) if holder else 1,
    )


def _name(session: Session, holder: Holder | None, dossiers: list[Dossier]) -> tuple[str, str]:
    if holder is None:
        return dossiers[0].site.name, dossiers[0].site.finess
    row = node(session, holder.place)
    return holder.name, row.finess if isinstance(row, Establishment | LegalEntity) else ""


def _typeset(report: printed.CertificationReport) -> bytes:
    try:
        return printed.render_certification(report)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _key(report: printed.CertificationReport, place: Place) -> str:
    return report.finess or f"{place.level}-{place.id}"


def _handed_out(platform: Platform, scope: Scope, action: str, place: Place, form: str) -> None:
    site = place.id if place.level is Level.ESTABLISHMENT else None
    with platform.database.write() as session:
        thing = Thing(place.level.value, place.id, site)
        record(session, scope, action, thing, platform.clock.now(), {"form": form})


_SITES = Text("Établissements", "Establishments")
_ELEMENTS = Text("Éléments", "Elements")
_GAPS = Text("Écarts", "Gaps")
_REGISTERS = Text("Registres", "Registers")
_SITE_HEADER = (
    Text("Établissement", "Establishment"),
    Text("FINESS", "FINESS"),
    Text("Manuel", "Manual"),
    Text("Score indicatif CaRE (%)", "Indicative CaRE score (%)"),
    Text("Éléments répondus", "Elements answered"),
    Text("Éléments", "Elements"),
    Text("Impératifs sans « oui »", "Imperatives without “yes”"),
    Text("Sources périmées", "Stale sources"),
    Text("Sources sans rien au dossier", "Sources with nothing on file"),
    Text("Valeur du score", "Worth of the score"),
)
_ELEMENT_HEADER = (
    _SITE_HEADER[0],
    Text("Critère", "Criterion"),
    Text("Élément", "Element"),
    Text("Intitulé", "Wording"),
    Text("Niveau", "Level"),
    Text("Réponse", "Answer"),
    Text("Donnée", "Given"),
    Text("Note", "Note"),
    Text("État", "State"),
    Text("Ce qui manque", "What is missing"),
    Text("Pièces", "Pieces"),
)
_GAP_HEADER = (
    _SITE_HEADER[0],
    Text("Nature", "Nature"),
    Text("Où", "Where"),
    Text("Quoi", "What"),
    Text("Grave", "Grave"),
)
_REGISTER_HEADER = (
    _SITE_HEADER[0],
    Text("Thème", "Theme"),
    Text("Registre", "Register"),
    Text("Ce qui est montré", "What is shown"),
    Text("Précision", "Detail"),
    Text("Du", "From"),
    Text("Valable jusqu’au", "Good until"),
    Text("Fraîcheur", "Freshness"),
)


def _sheets(report: printed.CertificationReport) -> list[Sheet]:
    lang, sites = report.lang, report.sites
    yes = Text("oui", "yes").render(lang)

    def sheet(name: Text, header: tuple[Text, ...], rows: list[list[Cell]]) -> Sheet:
        return Sheet(name.render(lang), [one.render(lang) for one in header], rows)

    return [
        sheet(_SITES, _SITE_HEADER, [_site_row(one) for one in sites]),
        sheet(
            _ELEMENTS,
            _ELEMENT_HEADER,
            [
                _element_row(site, criterion, one)
                for site in sites
                for criterion in site.criteria
                for one in criterion.elements
            ],
        ),
        sheet(
            _GAPS,
            _GAP_HEADER,
            [
                [site.name, one.sort, one.where, one.words, yes if one.grave else ""]
                for site in sites
                for one in site.gaps
            ],
        ),
        sheet(_REGISTERS, _REGISTER_HEADER, [row for site in sites for row in _register_rows(site)]),
    ]


def _site_row(one: printed.PrintedSite) -> list[Cell]:
    return [
        one.name,
        one.finess,
        one.manual,
        one.score.percent,
        one.score.answered,
        one.score.asked,
        one.alarming,
        one.stale,
        one.absent,
        one.notice,
    ]


def _element_row(
    site: printed.PrintedSite, criterion: printed.PrintedCriterion, one: printed.PrintedElement
) -> list[Cell]:
    return [
        site.name,
        f"{criterion.id} {criterion.title}".strip(),
        one.id,
        one.title,
        one.level,
        one.answer,
        one.given,
        one.note,
        one.status,
        "\n".join(one.missing),
        len(one.pieces),
    ]


def _register_rows(site: printed.PrintedSite) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for theme in site.themes:
        for source in theme.sources:
            if not source.hidden and not source.lines:
                rows.append([site.name, theme.title, source.name, "", "", None, None, source.state_name])
            rows += [
                [site.name, theme.title, source.name, line.title, line.said, line.day, line.until, line.state_name]
                for line in source.lines
            ]
    return rows
