"""Asking for a regional report: who may have which form of it, the reports made lately, their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope, place_at
from care.domain.jobs import JobKind, JobState
from care.domain.months import Month
from care.domain.regional_reports import LEVELS, ReportForm, allowed_forms, has_public_form
from care.services import jobs
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.places import place_lineage, place_name, preload, visible_establishment
from care.services.platform import Platform
from care.services.regional_reports.reading import Wanted, months_with_figures
from care.services.territories import check_territory, territories_in
from care.services.trail import Thing, record
from care.services.work import REPORTS_FOLDER
from care.store.jobs import Job
from reports.region_words import month_name
from scanners.model import Lang, Scalar, Text

_LOOKED_AT = 300
"""Reports made lately of which a list is drawn: they are forgotten after seven days."""
_NOT_PUBLIC = Text(
    "Les chiffres de ce territoire ne sont jamais publics : par soustraction, ils en laisseraient deviner d’autres.",
    "Figures of this place are never public: subtracted from others, they would give some away.",
)
_NO_FORM = Text("Choisissez au moins une forme que ce rapport a.", "Choose at least one form that this report has.")


@dataclass(frozen=True, slots=True)
class ReportAsk:
    """A report as asked for: of what, for which month, written as what, in its public form or not."""

    place: Place
    month: Month
    forms: tuple[ReportForm, ...]
    public: bool

    def wanted(self, lang: Lang) -> Wanted:
        """What the makers read."""
        return Wanted(self.place, self.month, self.public, lang)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file of a report that was made."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report that was asked for; no file until it is made, nor once it is gone."""

    job_id: int
    place: str
    month: Month
    public: bool
    asked_at: datetime
    asked_by: str
    state: JobState
    share: float
    said: str
    files: tuple[ReportFile, ...]


@dataclass(frozen=True, slots=True)
class ReportPlaces:
    """The places to choose from, with their names, and the months, the latest first."""

    places: tuple[tuple[Place, str], ...]
    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """A place of which the reader may have a report, and the months it can tell, the latest first."""

    place: Place
    name: str
    months: tuple[Month, ...]


def month_words(month: Month, lang: str) -> str:
    """November 2026."""
    return month_name(month, "en" if lang == "en" else "fr")


def check_right(session: Session, scope: Scope, place: Place) -> None:
    """Whether the reader may have reports on a place: who sees the region there, or the findings of an establishment
    (its own line is made of them), and may take files away. NotFound for a stranger, else Forbidden."""
    if place.level not in LEVELS:
        raise NotFound
    if place.level is Level.ESTABLISHMENT:
        visible_establishment(session, scope, place.id, Right.SEE_FINDINGS)
    else:
        check_territory(session, scope, place, Right.SEE_REGION)
    if not scope.allows(Right.EXPORT, place_lineage(session, place)):
        raise Forbidden


def places_to_report(platform: Platform, scope: Scope) -> ReportPlaces:
    """The nation, regions and GHT of which the reader may have a report, the widest first, and the months told there;
    none without any figure.

    Months are those of the widest places: a narrower one has no other, and there may be hundreds.
    """
    if not scope.allows_somewhere(Right.EXPORT):
        return ReportPlaces((), ())
    with platform.database.read() as session:
        places = tuple(territories_in(session, scope, Right.SEE_REGION, inhabited=True))
        widest = [place for place, _name in places if place.level is places[0][0].level]
        months = {month for place in widest for month in months_with_figures(session, place)}
    return ReportPlaces(places if months else (), tuple(sorted(months, reverse=True)))


def report_place(platform: Platform, scope: Scope, place: Place) -> ReportPlace:
    """One place and its months. NotFound, Forbidden."""
    with platform.database.read() as session:
        check_right(session, scope, place)
        return ReportPlace(place, place_name(session, place, scope.lang), months_with_figures(session, place))


def check_ask(session: Session, ask: ReportAsk) -> None:
    """Whether a report exists in these forms. Invalid, by field."""
    faults: dict[str, Text] = {}
    if ask.public and not has_public_form(ask.place.level):
        faults["public"] = _NOT_PUBLIC
    allowed = allowed_forms(ask.place.level, public=ask.public)
    if not ask.forms or not set(ask.forms) <= set(allowed):
        faults["forms"] = _NO_FORM
    if ask.month not in months_with_figures(session, ask.place):
        faults["month"] = Text("Aucun chiffre n’est gardé pour ce mois.", "No figure is kept for this month.")
    if faults:
        raise Invalid(faults)


def ask_report(platform: Platform, scope: Scope, ask: ReportAsk) -> int:
    """Have a report made; returns the job to watch. Invalid, NotFound, Forbidden."""
    with platform.database.write() as session:
        check_right(session, scope, ask.place)
        check_ask(session, ask)
        job_id = jobs.submit(platform, session, order_of(ask, scope.lang), scope.actor)
        if job_id is None:
            raise Refused(Text("Ce rapport est déjà demandé.", "This report is already asked for."))
        thing = Thing("regional_report", job_id, _establishment(ask.place))
        detail: dict[str, Scalar] = {
            "place": ask.place.key,
            "month": ask.month,
            "public": ask.public,
            "forms": _listed(ask.forms),
        }
        record(session, scope, "regional_report.asked", thing, platform.clock.now(), detail)
    return job_id


def order_of(ask: ReportAsk, lang: str, order_id: int = 0, slot_key: str | None = None) -> jobs.Order:
    """The job of a report."""
    args: Mapping[str, Any] = {
        "place": ask.place.key,
        "month": ask.month,
        "forms": [one.value for one in ask.forms],
        "public": ask.public,
        "lang": lang,
        "order": order_id,
    }
    return jobs.Order(JobKind.REPORT, args, establishment_id=_establishment(ask.place), slot_key=slot_key)


def asked_in(args: Mapping[str, Any]) -> ReportAsk:
    """What the job of a report was asked."""
    forms = tuple(ReportForm(one) for one in args["forms"])
    return ReportAsk(place_at(str(args["place"])), int(args["month"]), forms, bool(args["public"]))


def _establishment(place: Place) -> int | None:
    return place.id if place.level is Level.ESTABLISHMENT else None


def _listed(forms: Sequence[ReportForm]) -> str:
    return ", ".join(one.value for one in forms)


def list_reports(platform: Platform, scope: Scope, establishment_id: int | None = None) -> tuple[ReportView, ...]:
    """The reports asked for lately that the reader may have, the latest first: of one establishment, or of wider
    places. NotFound, Forbidden."""
    with platform.database.read() as session:
        if establishment_id is not None:
            check_right(session, scope, Place(Level.ESTABLISHMENT, establishment_id))
        mine = Job.establishment_id.is_(None) if establishment_id is None else Job.establishment_id == establishment_id
        rows = session.scalars(
            select(Job).where(Job.kind == JobKind.REPORT, mine).order_by(Job.id.desc()).limit(_LOOKED_AT)
        ).all()
        _places = preload(session, {asked_in(row.args).place for row in rows})  # held: names are read from memory
        return tuple(_view(platform, session, row, scope.lang) for row in rows if _may_have(session, scope, row))


def _may_have(session: Session, scope: Scope, row: Job) -> bool:
    try:
        check_right(session, scope, asked_in(row.args).place)
    except (NotFound, Forbidden):
        return False
    return True


def open_file(platform: Platform, scope: Scope, job_id: int, name: str) -> Path:
    """Where a file of a report is, noted in the trail as taken away. NotFound outside the scope or once gone."""
    with platform.database.write() as session:
        row = session.scalars(select(Job).where(Job.id == job_id, Job.kind == JobKind.REPORT)).one_or_none()
        if row is None or not _may_have(session, scope, row):
            raise NotFound
        if name not in {one.name for one in _view(platform, session, row, scope.lang).files}:
            raise NotFound
        thing = Thing("regional_report", job_id, row.establishment_id)
        record(session, scope, "regional_report.taken", thing, platform.clock.now(), {"file": name})
    return folder_of(platform, job_id) / name


def folder_of(platform: Platform, job_id: int) -> Path:
    """Where the files of a report are."""
    return platform.settings.evidence_dir / REPORTS_FOLDER / f"report-{job_id}"


def _view(platform: Platform, session: Session, row: Job, lang: str) -> ReportView:
    ask, folder = asked_in(row.args), folder_of(platform, row.id)
    made = sorted(folder.iterdir()) if row.state is JobState.DONE and folder.is_dir() else []
    return ReportView(
        job_id=row.id,
        place=place_name(session, ask.place, lang),
        month=ask.month,
        public=ask.public,
        asked_at=row.submitted_at,
        asked_by=row.submitted_by,
        state=row.state,
        share=row.share,
        said=Text(row.error_fr or "", row.error_en or "").render("en" if lang == "en" else "fr"),
        files=tuple(ReportFile(one.name, one.stat().st_size) for one in made),
    )
