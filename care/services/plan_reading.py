"""Continuity plans to read: the list of an establishment, one version in full, two versions compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import PlanState
from care.domain.durations import written
from care.domain.evidence import EvidenceKind
from care.domain.plans import SECTIONS, Lack, PlanStanding, SectionKey, standing
from care.domain.text_changes import TextChange, changed_lines
from care.services.action_query import today
from care.services.continuity_graph import load_graph
from care.services.errors import NotFound
from care.services.places import visible_establishment
from care.services.plan_content import document_of, moment_of, plan_lacks
from care.services.plan_rows import KIND, PENDING, activity_ids, series_of, visible_plan
from care.services.platform import Platform
from care.store.bulk import among
from care.store.continuity import Node, Plan, PlanActivity
from care.store.evidence import Evidence
from care.store.trail import TrailEvent
from reports.pcra_model import PlanDocument
from scanners.model import Lang, Text


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in a list, by the version that counts: the validated one, else the latest.

    `pending_id` is its next version, being written or validated.
    """

    id: int
    series: int
    number: int
    title: str
    standing: PlanStanding
    validated_on: date | None
    validated_by: str
    validator_title: str
    review_on: date | None
    activities: int
    changed_at: datetime
    changed_by: str
    pending_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlanList:
    """The plans of an establishment: those that live, then those archived."""

    lines: tuple[PlanLine, ...]
    archived: tuple[PlanLine, ...]
    may_manage: bool


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of a plan: its title, what to write there, what is written (Markdown)."""

    key: SectionKey
    title: str
    hint: str
    text: str


@dataclass(frozen=True, slots=True)
class CoveredActivity:
    """An activity that a plan covers; `dmia` in words, "" when unknown."""

    id: int
    name: str
    ended: bool
    critical: bool
    dmia: str
    degraded: bool


@dataclass(frozen=True, slots=True)
class LackLine:
    """What is missing before validation, in the reader's language."""

    text: str
    blocking: bool
    section: SectionKey | None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Why the plan came back from validation, who said so and when."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanView:
    """One version in full; `versions` are all of them, the latest first. `evidence_id` is its document in the library.

    `may_manage` lets write and send, `may_validate` lets validate.
    """

    line: PlanLine
    establishment_id: int
    state: PlanState
    sections: tuple[SectionView, ...]
    activities: tuple[CoveredActivity, ...]
    lacks: tuple[LackLine, ...]
    versions: tuple[PlanLine, ...]
    given_back: GivenBack | None
    sha256: str
    evidence_id: int | None
    version: int
    may_manage: bool
    may_validate: bool

    @property
    def blocked(self) -> bool:
        """Whether something must be written before it is sent."""
        return any(one.blocking for one in self.lacks)

    def section(self, key: SectionKey) -> SectionView:
        """One of its parts."""
        return next(one for one in self.sections if one.key is key)


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """Two versions of one plan, the older first."""

    establishment_id: int
    before: PlanLine
    after: PlanLine
    changes: tuple[TextChange, ...]


def list_plans(platform: Platform, scope: Scope, establishment_id: int) -> PlanList:
    """The plans of an establishment, by title."""
    day = today(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        rows = session.scalars(
            select(Plan).where(Plan.establishment_id == establishment_id).order_by(Plan.number.desc())
        ).all()
        by_series: dict[int, list[Plan]] = {}
        for row in rows:
            by_series.setdefault(row.series, []).append(row)
        counts = _counts(session, [row.id for row in rows])
        found = sorted(
            (_counting(versions, counts, day) for versions in by_series.values()),
            key=lambda one: (one.title.casefold(), one.id),
        )
        return PlanList(
            tuple(one for one in found if one.standing is not PlanStanding.ARCHIVED),
            tuple(one for one in found if one.standing is PlanStanding.ARCHIVED),
            scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
        )


def open_plan(platform: Platform, scope: Scope, plan_id: int) -> PlanView:
    """One version of a plan; NotFound outside the scope."""
    day = today(platform)
    with platform.database.read() as session:
        row, place = visible_plan(session, scope, plan_id)
        versions = series_of(session, row.series)
        counts = _counts(session, [one.id for one in versions])
        pending = next((one.id for one in versions if one.state in PENDING and one.id != row.id), None)
        missing = plan_lacks(session, row, day) if row.state in PENDING else ()
        return PlanView(
            line=_line(row, counts, day, pending),
            establishment_id=place.id,
            state=row.state,
            sections=tuple(_sections(row, scope.lang)),
            activities=_activities(session, row, day, scope.lang),
            lacks=tuple(_lack(one, scope.lang) for one in missing),
            versions=tuple(_line(one, counts, day) for one in versions),
            given_back=_given_back(session, row) if row.state is PlanState.DRAFT else None,
            sha256=row.sha256,
            evidence_id=_evidence(session, row),
            version=row.version,
            may_manage=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
            may_validate=scope.allows(Right.VALIDATE_PLAN, place.lineage),
        )


def compare_plans(platform: Platform, scope: Scope, plan_id: int, other_id: int) -> PlanComparison:
    """Two versions of one plan, a version not yet validated as it stands today. NotFound when not of the same."""
    at = moment_of(platform, scope.lang)
    with platform.database.read() as session:
        pair = [visible_plan(session, scope, number) for number in (plan_id, other_id)]
        if pair[0][0].series != pair[1][0].series:
            raise NotFound
        (first, place), (last, _same) = sorted(pair, key=lambda one: one[0].number)
        counts = _counts(session, [first.id, last.id])
        old, new = (_texts(document_of(session, row, place, at), scope.lang) for row in (first, last))
        changes = tuple(TextChange(name, old[name][0], changed_lines(old[name][1], new[name][1])) for name in old)
        return PlanComparison(place.id, _line(first, counts, at.day), _line(last, counts, at.day), changes)


_PARTS: Mapping[str, Text] = {
    "title": Text("Titre", "Title"),
    "activities": Text("Activités et objectifs", "Activities and objectives"),
    "resources": Text("Dépendances", "Dependencies"),
    "restart": Text("Ordre de redémarrage", "Restart order"),
    "modes": Text("Modes dégradés", "Degraded modes"),
    "tests": Text("Essais", "Tests"),
}


def _texts(document: PlanDocument, lang: Lang) -> dict[str, tuple[str, str]]:
    """The name and the lines of each part of a plan."""
    colon = "\u00a0: " if lang == "fr" else ": "

    def joined(*values: str) -> str:
        return " · ".join(value for value in values if value)

    def times(**named: str) -> str:
        return joined(*(f"{name.upper()} {value}" for name, value in named.items() if value))

    lines: Mapping[str, Iterable[str]] = {
        "title": (document.title,),
        "activities": (
            joined(f"{one.name}{colon}{one.criticality}", times(dmia=one.dmia, rto=one.rto, pdma=one.pdma))
            for one in document.activities
        ),
        "resources": (
            joined(f"{one.name}{colon}{one.kind}", one.asked_dmia, times(rto=one.rto, pdma=one.pdma))
            for one in document.resources
        ),
        "restart": (f"{one.number}. {one.name}" for one in document.restart),
        "modes": (
            text
            for one in document.modes
            for text in (joined(f"{one.activity}{colon}{one.title}", one.holds), *one.steps.splitlines())
        ),
        "tests": (joined(one.title, one.on.isoformat(), one.state, one.result) for one in document.tests),
    }
    chapters = {one.key: (one.title, one.text) for one in document.chapters}
    parts = {name: (_PARTS[name].render(lang), "\n".join(found)) for name, found in lines.items()}
    return {"title": parts.pop("title"), **chapters, **parts}


def _counts(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(PlanActivity.plan_id, func.count())
        .where(among(session, PlanActivity.plan_id, ids))
        .group_by(PlanActivity.plan_id)
    )
    return dict(rows.all())


def _counting(versions: Sequence[Plan], counts: Mapping[int, int], day: date) -> PlanLine:
    """The version of a plan that counts, the latest first in `versions`."""
    pending = next((one for one in versions if one.state in PENDING), None)
    chosen = next((one for one in versions if one.state is PlanState.VALIDATED), pending or versions[0])
    return _line(chosen, counts, day, pending.id if pending and pending is not chosen else None)


def _line(row: Plan, counts: Mapping[int, int], day: date, pending_id: int | None = None) -> PlanLine:
    return PlanLine(
        id=row.id,
        series=row.series,
        number=row.number,
        title=row.title,
        standing=standing(row.state, row.review_on, day),
        validated_on=row.validated_on,
        validated_by=row.validated_by,
        validator_title=row.validator_title,
        review_on=row.review_on,
        activities=counts.get(row.id, 0),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        pending_id=pending_id,
    )


def _sections(row: Plan, lang: Lang) -> Iterable[SectionView]:
    for one in SECTIONS:
        text = str(row.sections.get(one.key.value, ""))
        yield SectionView(one.key, one.title.render(lang), one.hint.render(lang), text)


def _activities(session: Session, row: Plan, day: date, lang: Lang) -> tuple[CoveredActivity, ...]:
    ids = activity_ids(session, row.id)
    graph = load_graph(session, row.establishment_id, day)
    names = dict(session.execute(select(Node.id, Node.name).where(among(session, Node.id, ids))).all())
    found = []
    for number in ids:
        node = graph.node(number) if number in graph.position else None
        found.append(
            CoveredActivity(
                id=number,
                name=names[number],
                ended=node is None,
                critical=node is not None and node.critical,
                dmia=written(node.dmia, lang) if node and node.dmia is not None else "",
                degraded=node is not None and bool(node.fallbacks),
            )
        )
    return tuple(sorted(found, key=lambda one: (not one.critical, one.name.casefold())))


def _lack(one: Lack, lang: Lang) -> LackLine:
    return LackLine(one.text.render(lang), one.blocking, one.section)


def _given_back(session: Session, row: Plan) -> GivenBack | None:
    """The last word of who was to validate, as long as the plan was not sent again."""
    event = session.scalars(
        select(TrailEvent)
        .where(
            TrailEvent.thing_kind == KIND,
            TrailEvent.thing_id == str(row.id),
            TrailEvent.action.in_(("plan.given_back", "plan.sent")),
        )
        .order_by(TrailEvent.number.desc())
        .limit(1)
    ).one_or_none()
    if event is None or event.action != "plan.given_back":
        return None
    return GivenBack(str(event.detail.get("reason", "")), event.actor, event.at)


def _evidence(session: Session, row: Plan) -> int | None:
    if not row.sha256:
        return None
    query = select(func.max(Evidence.id)).where(
        Evidence.establishment_id == row.establishment_id,
        Evidence.kind == EvidenceKind.PLAN,
        Evidence.sha256 == row.sha256,
    )
    return session.scalar(query)
