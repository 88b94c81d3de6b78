"""Files read: the candidates that one sees, the domains of one of them, one file with its steps and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.application_files import APPLIED, DECLARED, NEXT, OVER, STATE_NAMES, FileState
from care.domain.frameworks import Confidence, Framework, ParameterKind
from care.domain.funded_domains import DOMAINS, FundedDomain, Window, bounds_of, remarks
from care.services.action_query import today
from care.services.application_files.candidates import (
    candidate_of,
    domain_of,
    find_file,
    ght_above,
    not_its_own,
    perhaps_not_its_own,
    sites_of,
)
from care.services.application_files.moving import FIELDS, dates_of
from care.services.application_files.standing import Completeness, completeness
from care.services.coverage_candidates import Candidate, holds, list_candidates
from care.services.errors import Forbidden, NotFound
from care.services.frameworks.library import frameworks_in_use
from care.services.places import place_name, visible_establishment
from care.services.platform import Platform
from care.store.programme import ApplicationEvent, ApplicationFile
from care.store.registry import Ght
from reports.words import counted
from scanners.model import Lang, Text

_OPENED = Text("Dossier ouvert", "File opened")
_CORRECTED = Text("Correction", "Correction")
_DOSSIER = Text("Dossier scellé", "Sealed dossier")
_NONE_YET = Text("Pas de dossier ouvert", "No file opened")


@dataclass(frozen=True, slots=True)
class DomainLine:
    """One domain of a candidate. `state` is None when no file was opened, `held_by` why it cannot be.

    `until` is the day until which it declares, None when unknown or no longer a matter; `left` are the days to it.
    """

    framework: str
    name: str
    numbering: str
    state: FileState | None
    words: str
    held_by: str
    candidacy_on: date | None
    declaration_on: date | None
    until: date | None
    left: int | None


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """A candidate with its domains."""

    place: Place
    name: str
    ght: str
    domains: tuple[DomainLine, ...]


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """The domains of one candidate. `seen_whole` is False for who sees one establishment of it only."""

    place: Place
    name: str
    domains: tuple[DomainLine, ...]
    seen_whole: bool


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A date of a domain's calendar; `day` is None when no text read gives it. `confidence` as frameworks say it."""

    title: str
    day: date | None
    source: str
    confidence: Confidence
    past: bool


@dataclass(frozen=True, slots=True)
class EventLine:
    """What happened to a file, the latest first: what, on which day, said when and by whom."""

    id: int
    words: str
    on: date | None
    detail: tuple[str, ...]
    at: datetime
    by: str
    stood: bool


@dataclass(frozen=True, slots=True)
class FileView:
    """One file as pages show it, or the place where one may be opened (`state` None).

    `held_by` says whose GHT files instead, `held_at` is that GHT for who sees it; `site_id` is an establishment of the
    candidate.
    """

    place: Place
    name: str
    framework: str
    title: str
    numbering: str
    source: str
    source_url: str
    state: FileState | None
    next: tuple[FileState, ...]
    held_by: str
    held_at: Place | None
    site_id: int | None
    doubt: str
    candidacy_on: date | None
    declaration_on: date | None
    paid_on: date | None
    declare_until: date | None
    until: date | None
    until_source: str
    left: int | None
    reference: str
    owner: str
    asked: int | None
    obtained: int | None
    paid: int | None
    note: str
    remarks: tuple[str, ...]
    calendar: tuple[CalendarLine, ...]
    events: tuple[EventLine, ...]
    completeness: Completeness
    version: int
    changed_at: datetime | None
    changed_by: str
    may_manage: bool
    may_export: bool
    rule_66: bool


def list_files(platform: Platform, scope: Scope) -> tuple[CandidateLine, ...]:
    """The candidates that the reader sees whole, GHTs first, each with its domains.

    A legal entity of a GHT is left out when the GHT itself is there.
    """
    known = list_candidates(platform, scope, Right.SEE_PROGRAMME)
    groups = {one.name for one in known if one.place.level is Level.GHT}
    found = [one for one in known if not one.ght or one.ght not in groups]
    day = today(platform)
    with platform.database.read() as session:
        in_use = frameworks_in_use(platform, session, day)
        files = _files(session, [one.place for one in found])
        return tuple(_candidate_line(one, files, in_use, day, scope.lang) for one in found)


def _candidate_line(
    one: Candidate,
    files: Mapping[tuple[str, str], ApplicationFile],
    in_use: Mapping[str, Framework],
    day: date,
    lang: Lang,
) -> CandidateLine:
    lines = _domains(one.place, one.ght, files, in_use, day, lang)
    return CandidateLine(one.place, one.name, one.ght, lines)


def read_candidate(platform: Platform, scope: Scope, place: Place) -> CandidatePage:
    """The domains of a candidate. NotFound for who does not see all of it."""
    with platform.database.read() as session:
        sites_of(session, scope, place)
        return _page(platform, session, scope, place, seen_whole=True)


def read_at(platform: Platform, scope: Scope, establishment_id: int) -> CandidatePage:
    """The domains of the candidate that an establishment belongs to: their steps, for who sees the establishment."""
    with platform.database.read() as session:
        site = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        place = candidate_of(site)
        return _page(platform, session, scope, place, seen_whole=_sees(session, scope, place))


def _sees(session: Session, scope: Scope, place: Place) -> bool:
    try:
        sites_of(session, scope, place)
    except (NotFound, Forbidden):
        return False
    return True


def _page(platform: Platform, session: Session, scope: Scope, place: Place, *, seen_whole: bool) -> CandidatePage:
    day = today(platform)
    ght = ght_above(session, place)
    files = _files(session, [place])
    in_use = frameworks_in_use(platform, session, day)
    lines = _domains(place, ght.name if ght else "", files, in_use, day, scope.lang)
    return CandidatePage(place, place_name(session, place, scope.lang), lines, seen_whole)


def _files(session: Session, places: Sequence[Place]) -> Mapping[tuple[str, str], ApplicationFile]:
    keys = sorted(one.key for one in places)
    rows = session.scalars(select(ApplicationFile).where(ApplicationFile.holder.in_(keys)))
    return {(row.holder, row.framework): row for row in rows}


def _domains(
    place: Place,
    ght: str,
    files: Mapping[tuple[str, str], ApplicationFile],
    in_use: Mapping[str, Framework],
    day: date,
    lang: Lang,
) -> tuple[DomainLine, ...]:
    key = place.key
    return tuple(
        _domain_line(one, files.get((key, one.framework)), in_use[one.framework], ght, day, lang)
        for one in DOMAINS.values()
    )


def _domain_line(
    domain: FundedDomain, row: ApplicationFile | None, framework: Framework, ght: str, day: date, lang: Lang
) -> DomainLine:
    until = until_of(row, framework)
    held = not_its_own(domain, ght).render(lang) if ght and domain.one_file_per_ght and row is None else ""
    return DomainLine(
        framework=domain.framework,
        name=domain.name.render(lang),
        numbering=domain.numbering.render(lang),
        state=row.state if row else None,
        words=(STATE_NAMES[row.state] if row else _NONE_YET).render(lang),
        held_by=held,
        candidacy_on=row.candidacy_on if row else None,
        declaration_on=row.declaration_on if row else None,
        until=until,
        left=(until - day).days if until else None,
    )


def until_of(row: ApplicationFile | None, framework: Framework) -> date | None:
    """Until when a file declares: its own date, else that of the domain; None once declared or over."""
    if row is None or row.state in DECLARED or row.state in OVER:
        return None
    return row.declare_until or bounds_of(framework, Window.DECLARATION).last


def read_file(platform: Platform, scope: Scope, place: Place, framework_id: str) -> FileView:
    """One file, or what may be opened. NotFound for who does not see the whole candidate and for an unknown domain."""
    domain, day, lang = domain_of(framework_id), today(platform), scope.lang
    with platform.database.read() as session:
        sites = sites_of(session, scope, place)
        framework = frameworks_in_use(platform, session, day)[framework_id]
        row, ght = find_file(session, place, framework_id), ght_above(session, place)
        held = ght is not None and domain.one_file_per_ght
        doubtful = ght is not None and not domain.one_file_per_ght
        until = until_of(row, framework)
        return FileView(
            place=place,
            name=place_name(session, place, lang),
            framework=framework_id,
            title=domain.name.render(lang),
            numbering=domain.numbering.render(lang),
            source=framework.source.render(lang),
            source_url=framework.url,
            state=row.state if row else None,
            next=NEXT[row.state] if row else (),
            held_by=not_its_own(domain, ght.name).render(lang) if ght and held else "",
            held_at=_seen_group(session, scope, ght) if ght and held else None,
            site_id=sites[0].id if sites else None,
            doubt=perhaps_not_its_own(ght.name).render(lang) if ght and doubtful else "",
            candidacy_on=row.candidacy_on if row else None,
            declaration_on=row.declaration_on if row else None,
            paid_on=row.paid_on if row else None,
            declare_until=row.declare_until if row else None,
            until=until,
            until_source=_until_source(row, framework, until, lang),
            left=(until - day).days if until else None,
            reference=row.reference if row else "",
            owner=row.owner if row else "",
            asked=row.asked if row else None,
            obtained=row.obtained if row else None,
            paid=row.paid if row else None,
            note=row.note if row else "",
            remarks=_remarks(row, framework, lang),
            calendar=_calendar(framework, day, lang),
            events=_events(session, row, lang),
            completeness=completeness(platform, session, place, framework, day, lang),
            version=row.version if row else 0,
            changed_at=row.changed_at if row else None,
            changed_by=row.changed_by if row else "",
            may_manage=holds(session, scope, place, Right.MANAGE_PROGRAMME, sites),
            may_export=holds(session, scope, place, Right.EXPORT, sites),
            rule_66=framework_id == "care-d2",
        )


def _seen_group(session: Session, scope: Scope, ght: Ght) -> Place | None:
    """The GHT as a place to go to, for who sees all of it."""
    place = Place(Level.GHT, ght.id)
    return place if _sees(session, scope, place) else None


_OWN_DATE = Text("date saisie dans ce dossier", "date typed in this file")
_NO_DATE = Text(
    "La candidature est déposée, mais sa date n’est pas renseignée.",
    "The candidacy was filed, but its day is not said.",
)
_NO_DECLARATION = Text(
    "La déclaration est déposée, mais sa date n’est pas renseignée.",
    "The declaration was filed, but its day is not said.",
)


def _until_source(row: ApplicationFile | None, framework: Framework, until: date | None, lang: Lang) -> str:
    if until is None:
        return ""
    if row is not None and row.declare_until:
        return _OWN_DATE.render(lang)
    return framework.parameters["declaration_until"].source


def _remarks(row: ApplicationFile | None, framework: Framework, lang: Lang) -> tuple[str, ...]:
    if row is None:
        return ()
    found = list(remarks(dates_of(row), framework))
    if row.state in APPLIED and row.candidacy_on is None:
        found.append(_NO_DATE)
    if row.state in DECLARED and row.declaration_on is None:
        found.append(_NO_DECLARATION)
    return tuple(one.render(lang) for one in found)


def _calendar(framework: Framework, day: date, lang: Lang) -> tuple[CalendarLine, ...]:
    """The dates of a domain in their order, those that no text gives at the end."""
    known = [
        CalendarLine(
            one.title.render(lang),
            one.value if isinstance(one.value, date) else None,
            one.source,
            one.confidence,
            isinstance(one.value, date) and one.value < day,
        )
        for one in framework.parameters.values()
        if one.kind is ParameterKind.DATE
    ]
    return tuple(sorted(known, key=lambda one: (one.day is None, one.day or date.max)))


def _events(session: Session, row: ApplicationFile | None, lang: Lang) -> tuple[EventLine, ...]:
    if row is None:
        return ()
    rows = session.scalars(
        select(ApplicationEvent).where(ApplicationEvent.file_id == row.id).order_by(ApplicationEvent.id.desc())
    )
    return tuple(_event(one, lang) for one in rows)


def _event(row: ApplicationEvent, lang: Lang) -> EventLine:
    detail: Mapping[str, Any] = row.detail
    return EventLine(
        id=row.id,
        words=" – ".join(_words(row, lang)),
        on=None if detail.get("opened") or row.what == "correction" else row.on,
        detail=tuple(_said(row, lang)),
        at=row.at,
        by=row.by,
        stood="stood" in detail,
    )


def _words(row: ApplicationEvent, lang: Lang) -> Iterable[str]:
    if row.what == "dossier":
        yield _DOSSIER.render(lang)
        return
    if row.what == "correction":
        yield _CORRECTED.render(lang)
    if row.detail.get("opened"):
        yield _OPENED.render(lang)
    yield STATE_NAMES[FileState(row.detail["to"])].render(lang)


def _said(row: ApplicationEvent, lang: Lang) -> Iterable[str]:
    """What a correction changed, the note of a step, what a dossier held."""
    detail: Mapping[str, Any] = row.detail
    if row.what == "correction":
        yield from _corrections(detail, lang)
    if detail.get("note"):
        yield str(detail["note"])
    if row.what == "dossier":
        pieces = counted(detail["pieces"], "preuve", "preuves", "fr")
        met = counted(detail["met"], "objectif atteint", "objectifs atteints", "fr")
        yield Text(
            f"{pieces}, {met} sur {detail['total']}, référentiel {detail['stood']['version']}",
            f"{detail['pieces']} pieces of evidence, {detail['met']} objectives met out of {detail['total']}, "
            f"framework {detail['stood']['version']}",
        ).render(lang)


def _corrections(detail: Mapping[str, Any], lang: Lang) -> Iterable[str]:
    arrow = " → "
    if detail["from"] != detail["to"]:
        states = (STATE_NAMES[FileState(detail[name])].render(lang) for name in ("from", "to"))
        yield arrow.join(states)
    for name in ("candidacy_on", "declaration_on", "paid_on"):
        before, after = detail[f"former_{name}"], detail[name]
        if before != after:
            joint = " : " if lang == "fr" else ": "
            yield f"{FIELDS[name].render(lang)}{joint}{_day(before, lang)}{arrow}{_day(after, lang)}"


def _day(written: str, lang: Lang) -> str:
    if not written:
        return "–"
    return f"{date.fromisoformat(written):%d/%m/%Y}" if lang == "fr" else written
