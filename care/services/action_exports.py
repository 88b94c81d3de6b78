"""Actions handed out: spreadsheet, CSV, JSON, calendar, printed plan. The filters are those of the screen.

A line of a table is an action in one establishment, since state, closure and part of the cost are said per
establishment. Only the establishments where the reader may export are handed out; each file leaves a trace.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.actions import ActionSource, CareCriticality
from care.domain.funding import funding_name
from care.services.action_query import ActionFilter, establishments_in, today
from care.services.actions import ActionLine, SiteLine, all_actions, next_five
from care.services.audit_report import DocumentError
from care.services.investment import site_costs
from care.services.notices import address
from care.services.place_choices import read_place_name
from care.services.places import within
from care.services.platform import Platform
from care.services.rule_texts import titles_of
from care.services.trail import Thing, record
from care.store.actions import Action, ActionFinding, ActionSite
from care.store.findings import FindingRow
from care.store.registry import Establishment
from reports.calendar import Entry, calendar, uid_of
from reports.errors import ReportError
from reports.plan_actions import MOST_FINDINGS, STATE_NAMES, ActionPlan, PlanAction, PlanSite, Progress, render_plan
from reports.spreadsheets import Cell, Euros, Sheet, csv_bytes, sound, xlsx_bytes
from reports.words import SEVERITY_NAMES, Severity
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text

JSON_FORMAT = "care-actions/1"
CRITICALITIES: Mapping[CareCriticality, Text] = {
    CareCriticality.VITAL: Text("Vitale", "Vital"),
    CareCriticality.MAJOR: Text("Majeure", "Major"),
    CareCriticality.MODERATE: Text("Modérée", "Moderate"),
    CareCriticality.MINOR: Text("Mineure", "Minor"),
}
SOURCES: Mapping[ActionSource, Text] = {
    ActionSource.FINDING: Text("Constat d’un audit", "Finding of an audit"),
    ActionSource.QUESTION: Text("Question ou auto-évaluation", "Question or self-assessment"),
    ActionSource.EXERCISE: Text("Exercice de crise", "Crisis exercise"),
    ActionSource.INCIDENT: Text("Incident", "Incident"),
    ActionSource.CONTINUITY_TEST: Text("Test de continuité", "Continuity test"),
    ActionSource.REQUIREMENT: Text("Exigence d’un référentiel", "Requirement of a framework"),
    ActionSource.VISIT: Text("Visite de certification", "Certification visit"),
    ActionSource.OTHER: Text("Autre origine", "Another origin"),
}
_TITLE = Text("Actions", "Actions")
_PRICED = {True: Text("oui", "yes"), False: Text("non chiffré", "not priced")}
_HEADER = (
    Text("Numéro", "Number"),
    Text("Intitulé", "Title"),
    Text("Établissement", "Establishment"),
    Text("FINESS", "FINESS"),
    Text("État", "State"),
    Text("Gravité", "Severity"),
    Text("Importance pour les soins", "Care criticality"),
    Text("Échéance", "Due"),
    Text("Retard (jours)", "Late (days)"),
    Text("Responsable", "Owner"),
    Text("Effort (jours)", "Effort (days)"),
    Text("Financement", "Funding"),
    Text("Coût", "Cost"),
    Text("Chiffrée", "Priced"),
    Text("Constats à fermer", "Findings to close"),
    Text("Priorité (0 à 100)", "Priority (0 to 100)"),
    Text("Pourquoi", "Why"),
    Text("Origine", "Origin"),
    Text("Règle", "Rule"),
    Text("Description", "Description"),
    Text("Créée le", "Created"),
    Text("Modifiée le", "Changed"),
    Text("Terminée le", "Ended"),
)


@dataclass(frozen=True, slots=True)
class _Book:
    """What every file is made from; `costs` holds cents by action and site, an action without any is not priced."""

    name: str
    finess: str
    lines: tuple[ActionLine, ...]
    descriptions: Mapping[int, str]
    costs: Mapping[int, Mapping[int, int]]
    finess_of: Mapping[int, str]
    lang: Lang
    zone: ZoneInfo
    day: date

    def rows(self) -> Iterator[tuple[ActionLine, SiteLine]]:
        """Each action in each of its establishments."""
        return ((line, site) for line in self.lines for site in line.sites)

    def cents(self, line: ActionLine) -> int | None:
        """What the sites handed out bear of an action; None when nobody priced it."""
        borne = self.costs.get(line.id)
        return None if borne is None else sum(borne.get(site.establishment_id, 0) for site in line.sites)


def actions_csv(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> bytes:
    """The actions of a filter as CSV. NotFound, Forbidden as lists of actions."""
    book = _read(platform, scope, place, wanted)
    _handed_out(platform, scope, place, "csv", len(book.lines))
    return csv_bytes(_header(book.lang), (_row(book, line, site) for line, site in book.rows()))


def actions_xlsx(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> bytes:
    """The same as a workbook, the cost summed. DocumentError when it is too long for one."""
    book = _read(platform, scope, place, wanted)
    rows = [_row(book, line, site) for line, site in book.rows()]
    title = _TITLE.render(book.lang)
    sheet = Sheet(title, _header(book.lang), rows, total="Total")
    try:
        content = xlsx_bytes([sheet], f"{title} – {book.name}")
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error
    _handed_out(platform, scope, place, "xlsx", len(book.lines))
    return content


def actions_json(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> bytes:
    """The same as JSON, format `care-actions/1`: values of the domain, not words."""
    book = _read(platform, scope, place, wanted)
    content = {
        "format": JSON_FORMAT,
        "place": book.name,
        "day": book.day.isoformat(),
        "actions": [_json(book, line) for line in book.lines],
    }
    _handed_out(platform, scope, place, "json", len(book.lines))
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", errors="replace")


def actions_calendar(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> bytes:
    """The due dates of the open actions of a filter as iCalendar: one entry per action, the same from one day on."""
    book = _read(platform, scope, place, wanted)
    entries = [_entry(platform, book, line) for line in book.lines if not line.state.over]
    _handed_out(platform, scope, place, "ics", len(entries))
    return calendar(f"CaRE – {book.name}", entries)


def plan_pdf(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter, narrowed: str = "") -> bytes:
    """The remediation plan as an accessible PDF; `narrowed` says in words what the filter leaves out.

    NotFound, Forbidden as lists of actions; DocumentError when it cannot be typeset.
    """
    book = _read(platform, scope, place, wanted)
    first = next_five(platform, scope, place, Right.EXPORT)
    with platform.database.read() as session:
        inside = establishments_in(session, scope, place, Right.EXPORT)
        findings = _findings(session, scope, inside, book.lang)
        several = (session.scalar(select(func.count()).select_from(inside.subquery())) or 0) > 1
    plan = ActionPlan(
        lang=cast(ReportLang, book.lang),
        issued_at=platform.clock.now().astimezone(book.zone),
        day=book.day,
        place=book.name,
        finess=book.finess,
        actions=tuple(_planned(book, line, findings) for line in book.lines),
        first=tuple(_planned(book, line, {}) for line in first),
        several_sites=several,
        narrowed=narrowed,
    )
    try:
        content = render_plan(plan)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error
    _handed_out(platform, scope, place, "pdf", len(book.lines))
    return content


def _read(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> _Book:
    """Everything in a handful of statements, whatever the number of actions."""
    lines = all_actions(platform, scope, place, wanted, Right.EXPORT)
    with platform.database.read() as session:
        inside = establishments_in(session, scope, place, Right.EXPORT)
        mine = select(ActionSite.action_id).where(ActionSite.establishment_id.in_(inside))
        texts = session.execute(select(Action.id, Action.description).where(Action.id.in_(mine))).all()
        numbers = session.execute(select(Establishment.id, Establishment.finess).where(Establishment.id.in_(inside)))
        finess_of = dict(numbers.all())
        return _Book(
            name=read_place_name(session, scope, place, Right.EXPORT),
            finess=finess_of[place.id] if place.level is Level.ESTABLISHMENT else "",
            lines=lines,
            descriptions=dict(texts),
            costs=site_costs(session, inside),
            finess_of=finess_of,
            lang=scope.lang,
            zone=ZoneInfo(platform.settings.timezone),
            day=today(platform),
        )


def _header(lang: Lang) -> list[str]:
    return [name.render(lang) for name in _HEADER]


def _row(book: _Book, line: ActionLine, site: SiteLine) -> list[Cell]:
    lang = cast(ReportLang, book.lang)
    priced = line.id in book.costs
    late = line.late_days if line.late and not site.state.over else None
    return [
        line.id,
        line.title,
        site.name,
        book.finess_of[site.establishment_id],
        STATE_NAMES[lang][Progress(site.state.value)],
        SEVERITY_NAMES[lang][Severity(line.severity.value)],
        CRITICALITIES[line.criticality].render(book.lang),
        line.due_on,
        late,
        line.owner,
        line.effort_days,
        funding_name(line.funding, book.lang) if line.funding else "",
        Euros(book.costs[line.id].get(site.establishment_id, 0)) if priced else None,
        _PRICED[priced].render(book.lang),
        line.findings,
        line.score,
        line.reason,
        SOURCES[line.source].render(book.lang),
        line.rule,
        book.descriptions.get(line.id, ""),
        line.created_at.astimezone(book.zone),
        line.changed_at.astimezone(book.zone),
        site.closed_at.astimezone(book.zone) if site.closed_at else None,
    ]


def _json(book: _Book, line: ActionLine) -> dict[str, object]:
    return {
        "id": line.id,
        "title": line.title,
        "description": book.descriptions.get(line.id, ""),
        "state": line.state.value,
        "severity": line.severity.value,
        "criticality": line.criticality.value,
        "due_on": line.due_on.isoformat(),
        "due_chosen": line.due_chosen,
        "late_days": line.late_days if line.late else None,
        "owner": line.owner,
        "effort_days": line.effort_days,
        "funding": line.funding,
        "cost_cents": book.cents(line),
        "findings": line.findings,
        "score": line.score,
        "reason": line.reason,
        "source": line.source.value,
        "rule": line.rule or None,
        "sheet": line.sheet or None,
        "created_at": _instant(line.created_at),
        "changed_at": _instant(line.changed_at),
        "sites": [
            {
                "finess": book.finess_of[site.establishment_id],
                "name": site.name,
                "state": site.state.value,
                "closed_at": _instant(site.closed_at) if site.closed_at else None,
                "cost_cents": book.costs[line.id].get(site.establishment_id, 0) if line.id in book.costs else None,
            }
            for site in line.sites
        ],
    }


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")


def _entry(platform: Platform, book: _Book, line: ActionLine) -> Entry:
    """A due date, the same entry as in the calendar of deadlines. Names of people stay out: such files travel."""
    sites = [book.finess_of[site.establishment_id] for site in line.sites]
    severity = SEVERITY_NAMES[cast(ReportLang, book.lang)][Severity(line.severity.value)]
    return Entry(
        uid=uid_of(min(sites), f"action:{line.id}"),
        title=sound(line.title),
        starts=line.due_on,
        changed_at=line.changed_at,
        details=f"{severity} – {', '.join(site.name for site in line.sites)}",
        address=address(platform, f"/actions/{line.id}"),
        category="CaRE",
    )


def _planned(book: _Book, line: ActionLine, findings: Mapping[int, tuple[str, ...]]) -> PlanAction:
    return PlanAction(
        number=line.id,
        title=line.title,
        severity=Severity(line.severity.value),
        criticality=CRITICALITIES[line.criticality].render(book.lang),
        state=Progress(line.state.value),
        sites=tuple(
            PlanSite(
                site.name,
                Progress(site.state.value),
                site.closed_at.astimezone(book.zone).date() if site.closed_at else None,
            )
            for site in line.sites
        ),
        due_on=line.due_on,
        late_days=line.late_days,
        owner=line.owner,
        cents=book.cents(line),
        effort_days=line.effort_days,
        funding=funding_name(line.funding, book.lang),
        findings=findings.get(line.id, ()),
        finding_count=line.findings,
        reason=line.reason,
        description=book.descriptions.get(line.id, ""),
    )


def _findings(session: Session, scope: Scope, inside: Select[int], lang: Lang) -> Mapping[int, tuple[str, ...]]:
    """The first findings of each action, named by rule and subject, where the reader sees findings."""
    rank = (
        func.row_number()
        .over(partition_by=ActionFinding.action_id, order_by=(FindingRow.severity, FindingRow.id))
        .label("rank")
    )
    columns = (ActionFinding.action_id, FindingRow.establishment_id, FindingRow.rule, FindingRow.subject, rank)
    ranked = (
        select(*columns)
        .join(FindingRow, FindingRow.id == ActionFinding.finding_id)
        .where(FindingRow.establishment_id.in_(inside), within(scope, Right.SEE_FINDINGS, FindingRow.establishment_id))
        .subquery()
    )
    rows = session.execute(
        select(ranked).where(ranked.c.rank <= MOST_FINDINGS).order_by(ranked.c.action_id, ranked.c.rank)
    ).all()
    titles = titles_of(session, {(row.establishment_id, row.rule) for row in rows}, lang)
    named: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        named[row.action_id].append(f"{titles[row.establishment_id, row.rule]} – {row.subject}")
    return {action_id: tuple(names) for action_id, names in named.items()}


def _handed_out(platform: Platform, scope: Scope, place: Place, form: str, count: int) -> None:
    """The trace of a file: who took what, where."""
    with platform.database.write() as session:
        establishment_id = place.id if place.level is Level.ESTABLISHMENT else None
        thing = Thing("place", f"{place.level}-{place.id}", establishment_id)
        record(session, scope, "actions.exported", thing, platform.clock.now(), {"format": form, "actions": count})
