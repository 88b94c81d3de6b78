"""What the registers of the platform show of an establishment for a certification: one function a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.actions import OPEN_STATES
from care.domain.certification import Freshness, SourceKind
from care.domain.continuity import PlanState, SheetState, TestKind, TestState
from care.domain.evidence import EvidenceKind
from care.domain.exercises import PLAYED, STAGE_NAMES
from care.domain.governance import FigureGroup
from care.domain.plans import months_later
from care.domain.programme import IncidentState
from care.services.awareness import results_of
from care.services.frameworks.ground import Ground
from care.services.platform import Platform
from care.store.actions import Action, ActionSite
from care.store.bulk import among
from care.store.continuity import Activity, ContinuityTest, DegradedMode, PaperKit, PaperKitCheck, Plan
from care.store.exercises import Exercise
from care.store.governance import AwarenessSession, Committee, MonthlyFigure, SecurityRole
from care.store.incidents import Incident
from scanners.model import Lang, Text
from scanners.vocabulary import SCANNER_NAMES

MOST_READ = 200
"""Lines read of one register, the latest: enough for a book."""
PLAN_MONTHS = 12


class Seen(NamedTuple):
    """Something that a register shows. `freshness` None: by its day and the rhythm of the source."""

    id: int
    title: str
    said: str
    day: date | None
    until: date | None = None
    freshness: Freshness | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Where one looks, in which language. `hidden`: kinds of evidence that the reader may not see."""

    platform: Platform
    session: Session
    establishment_id: int
    ground: Ground
    lang: Lang
    hidden: frozenset[EvidenceKind] = frozenset()

    def say(self, fr: str, en: str) -> str:
        """A sentence in the reader's language."""
        return Text(fr, en).render(self.lang)

    @property
    def holders(self) -> list[str]:
        """The written places whose registers hold for this establishment."""
        return [one.key for one in (self.ground.holder.place, *self.ground.holder.above)]


Reader = Callable[[Look], Sequence[Seen]]


def security_roles(look: Look) -> Sequence[Seen]:
    """Who is CISO, named in a register of the establishment or of a place above it."""
    rows = look.session.scalars(
        select(SecurityRole)
        .where(SecurityRole.holder.in_(look.holders), SecurityRole.function == "rssi")
        .where(SecurityRole.ended_on.is_(None) | (SecurityRole.ended_on > look.ground.day))
        .order_by(SecurityRole.id)
    )
    undated = look.say("nommé, sans date", "appointed, no date")
    named = look.say("nommé", "appointed")
    return [
        Seen(0, row.name, named if row.appointed_on else undated, row.appointed_on)
        if row.name
        else Seen(0, look.say("Fonction sans titulaire", "Function nobody holds"), "", None, None, Freshness.ABSENT)
        for row in rows
    ]


def committees(look: Look) -> Sequence[Seen]:
    """Meetings that were held."""
    rows = look.session.scalars(
        select(Committee)
        .where(Committee.holder.in_(look.holders), Committee.held.is_(True), Committee.held_on <= look.ground.day)
        .order_by(Committee.held_on.desc(), Committee.id)
        .limit(MOST_READ)
    )
    without = look.say("aucune décision notée", "no decision noted")
    kinds = look.platform.kits.governance.committees
    return [
        Seen(
            0,
            kinds[row.kind].title.render(look.lang) if row.kind in kinds else row.kind,
            _cut(row.decisions) or without,
            row.held_on,
        )
        for row in rows
    ]


def _sessions(look: Look, kinds: Sequence[str]) -> Sequence[AwarenessSession]:
    return look.session.scalars(
        select(AwarenessSession)
        .where(
            AwarenessSession.establishment_id == look.establishment_id,
            AwarenessSession.kind.in_(kinds),
            AwarenessSession.cancelled_at.is_(None),
            AwarenessSession.planned.is_(False),
            AwarenessSession.digital_risk.is_(True),
            AwarenessSession.held_on <= look.ground.day,
        )
        .order_by(AwarenessSession.held_on.desc(), AwarenessSession.id)
        .limit(MOST_READ)
    ).all()


def awareness(look: Look) -> Sequence[Seen]:
    """Sessions and campaigns that were held."""
    return [Seen(row.id, row.title, _came(row, look), row.held_on) for row in _sessions(look, ("session", "campaign"))]


def training(look: Look) -> Sequence[Seen]:
    """Trainings on digital risk."""
    return [Seen(row.id, row.title, _came(row, look), row.held_on) for row in _sessions(look, ("training",))]


def _came(row: AwarenessSession, look: Look) -> str:
    """Who came of whom was asked, as far as anybody counted."""
    counts = [one for one in row.people.values() if isinstance(one, dict)]
    came = [one["came"] for one in counts if isinstance(one.get("came"), int)]
    asked = [one["asked"] for one in counts if isinstance(one.get("asked"), int)]
    if not came:
        return look.say("présence non renseignée", "attendance not filled in")
    if len(asked) == len(came) and sum(asked):
        return look.say(f"{sum(came)} présents sur {sum(asked)} conviés", f"{sum(came)} came of {sum(asked)} asked")
    return look.say(f"{sum(came)} présents", f"{sum(came)} came")


def phishing(look: Look) -> Sequence[Seen]:
    """Tests of phishing: counts alone."""
    return [Seen(row.id, row.title, _clicked(row, look), row.held_on) for row in _sessions(look, ("phishing",))]


def _clicked(row: AwarenessSession, look: Look) -> str:
    found = results_of(row.results)
    if found is None or found.all.clicked is None:
        return look.say("résultats non renseignés", "results not filled in")
    sent, clicked = found.all.sent, found.all.clicked
    return look.say(f"{clicked} clics sur {sent} envois", f"{clicked} clicks of {sent} sent")


def plans(look: Look) -> Sequence[Seen]:
    """Continuity and recovery plans in force: fresh until their review, a year after validation unless they say."""
    rows = look.session.scalars(
        select(Plan)
        .where(Plan.establishment_id == look.establishment_id, Plan.state == PlanState.VALIDATED)
        .order_by(Plan.validated_on.desc(), Plan.id)
        .limit(MOST_READ)
    )
    return [
        Seen(
            row.id,
            row.title,
            look.say(f"version {row.number}, validée", f"version {row.number}, validated"),
            row.validated_on,
            _sooner(row.review_on, row.validated_on),
        )
        for row in rows
    ]


def _sooner(review_on: date | None, since: date | None) -> date | None:
    """The last day before a review that is due, or a year after when it comes first."""
    ends = [review_on, months_later(since, PLAN_MONTHS) if since else None]
    return min((one for one in ends if one is not None), default=None)


def degraded_modes(look: Look) -> Sequence[Seen]:
    """Degraded-mode sheets in force."""
    rows = look.session.execute(
        select(DegradedMode, Activity.name)
        .join(Activity, Activity.id == DegradedMode.activity_id)
        .where(Activity.establishment_id == look.establishment_id, Activity.ended_on.is_(None))
        .where(DegradedMode.state == SheetState.CURRENT, DegradedMode.ended_on.is_(None))
        .order_by(DegradedMode.id)
        .limit(MOST_READ)
    )
    return [
        Seen(row.id, row.title, activity, row.in_force_on, _sooner(row.review_on, row.in_force_on))
        for row, activity in rows
    ]


def paper_kits(look: Look) -> Sequence[Seen]:
    """Paper kits, at the interval each announces; one never checked is undated, one found incomplete is stale."""
    kits = look.session.execute(
        select(PaperKit, Activity.name)
        .join(Activity, Activity.id == PaperKit.activity_id)
        .where(Activity.establishment_id == look.establishment_id, Activity.ended_on.is_(None))
        .where(PaperKit.retired_on.is_(None))
        .order_by(PaperKit.id)
        .limit(MOST_READ)
    ).all()
    last = _last_checks(look, [kit.id for kit, _ in kits])
    return [_kit(kit, activity, last.get(kit.id), look) for kit, activity in kits]


def _last_checks(look: Look, kits: Sequence[int]) -> Mapping[int, PaperKitCheck]:
    rows = look.session.scalars(
        select(PaperKitCheck)
        .where(among(look.session, PaperKitCheck.kit_id, kits))
        .order_by(PaperKitCheck.checked_on, PaperKitCheck.id)
    )
    return {row.kit_id: row for row in rows}


def _kit(kit: PaperKit, activity: str, check: PaperKitCheck | None, look: Look) -> Seen:
    where = f"{activity}, {kit.place}"
    if check is None:
        never = look.say("jamais contrôlé", "never checked")
        return Seen(kit.id, kit.name, f"{where} : {never}", None, None, Freshness.UNDATED)
    until = check.checked_on + timedelta(days=kit.check_every_days)
    if check.complete:
        return Seen(kit.id, kit.name, where, check.checked_on, until)
    missing = look.say("incomplet au dernier contrôle", "incomplete when last checked")
    return Seen(kit.id, kit.name, f"{where} : {missing}", check.checked_on, until, Freshness.STALE)


def _tests(look: Look, kinds: Sequence[TestKind]) -> Sequence[Seen]:
    rows = look.session.execute(
        select(ContinuityTest)
        .outerjoin(Exercise, Exercise.test_id == ContinuityTest.id)
        .where(
            ContinuityTest.establishment_id == look.establishment_id,
            ContinuityTest.kind.in_(kinds),
            ContinuityTest.state == TestState.DONE,
            Exercise.id.is_(None),
        )
        .order_by(ContinuityTest.done_on.desc(), ContinuityTest.id)
        .limit(MOST_READ)
    ).scalars()
    gaps = look.say("écarts notés", "gaps noted")
    return [Seen(row.id, row.title, gaps if row.gaps else "", row.done_on) for row in rows]


def restore_tests(look: Look) -> Sequence[Seen]:
    """Restores and failovers that were tried."""
    return _tests(look, (TestKind.RESTORE, TestKind.FAILOVER))


def exercises(look: Look) -> Sequence[Seen]:
    """Exercises that were played; those not closed have no sealed report yet."""
    rows = look.session.scalars(
        select(Exercise)
        .where(Exercise.establishment_id == look.establishment_id, Exercise.stage.in_(PLAYED))
        .order_by(Exercise.started_at.desc(), Exercise.id)
        .limit(MOST_READ)
    )
    return [
        Seen(
            row.id,
            row.title,
            STAGE_NAMES[row.stage].render(look.lang),
            look.ground.local(row.ended_at or row.started_at or row.planned_at),
        )
        for row in rows
    ]


def audits(look: Look) -> Sequence[Seen]:
    """The last audit of each kind."""
    last: dict[str, tuple[date, int]] = {}
    for run in look.ground.latest_runs:
        day = look.ground.local(run.collected_to or run.recorded_at or run.asked_at)
        last[run.scanner] = max(last.get(run.scanner, (date.min, 0)), (day, run.id))
    names = {name: SCANNER_NAMES[name].render(look.lang) for name in last if name in SCANNER_NAMES}
    return [Seen(number, names.get(scanner, scanner), "", day) for scanner, (day, number) in sorted(last.items())]


def actions(look: Look) -> Sequence[Seen]:
    """The action plan as a whole: open actions, those that are late."""
    late = Action.due_on < look.ground.day
    open_, overdue, closed = look.session.execute(
        select(
            func.count().filter(ActionSite.state.in_(OPEN_STATES)),
            func.count().filter(ActionSite.state.in_(OPEN_STATES), late),
            func.count().filter(ActionSite.closed_at.is_not(None)),
        )
        .join(Action, Action.id == ActionSite.action_id)
        .where(ActionSite.establishment_id == look.establishment_id)
    ).one()
    if not open_ and not closed:
        return []
    title = look.say(
        f"{open_} ouvertes, {closed} closes, {overdue} en retard", f"{open_} open, {closed} closed, {overdue} overdue"
    )
    state = Freshness.STALE if overdue else Freshness.FRESH
    return [Seen(0, title, "", look.ground.day, None, state)]


def incidents(look: Look) -> Sequence[Seen]:
    """The register as a whole. An empty one does not tell whether nothing happened or nobody writes."""
    total, open_, last = look.session.execute(
        select(
            func.count(),
            func.count().filter(Incident.state != IncidentState.CLOSED),
            func.max(Incident.detected_at),
        ).where(Incident.establishment_id == look.establishment_id)
    ).one()
    if not total:
        empty = look.say("Registre vide : est-il tenu ?", "Empty register: is it kept?")
        return [Seen(0, empty, "", None, None, Freshness.UNDATED)]
    title = look.say(f"{total} incidents, dont {open_} non clos", f"{total} incidents, {open_} not closed")
    return [Seen(0, title, "", look.ground.local(last))]


def _figures(group: FigureGroup) -> Reader:
    def read(look: Look) -> Sequence[Seen]:
        """The last month of each indicator of a core service."""
        indicators = look.platform.kits.governance.indicators
        known = {one.id: one.title.render(look.lang) for one in indicators.values() if one.group is group}
        rows = look.session.scalars(
            select(MonthlyFigure)
            .where(MonthlyFigure.establishment_id == look.establishment_id, MonthlyFigure.code.in_(known))
            .order_by(MonthlyFigure.month.desc(), MonthlyFigure.code)
            .limit(MOST_READ)
        )
        latest: dict[str, MonthlyFigure] = {}
        for row in rows:
            latest.setdefault(row.code, row)
        return [Seen(0, known[row.code], _share(row, look), row.month) for row in latest.values()]

    return read


def _share(row: MonthlyFigure, look: Look) -> str:
    source = row.source or look.say("source non renseignée", "source not filled in")
    if not row.whole:
        return f"{row.part} / {row.whole}, {source}"
    percent = row.part * 100 // row.whole
    said = look.say(f"{percent}\u00a0%", f"{percent}%")
    return f"{said} ({row.part} / {row.whole}), {source}"


def _cut(words: str, longest: int = 90) -> str:
    line = " ".join(words.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


READERS: Mapping[SourceKind, Reader] = {
    SourceKind.SECURITY_ROLES: security_roles,
    SourceKind.COMMITTEES: committees,
    SourceKind.AWARENESS: awareness,
    SourceKind.PHISHING: phishing,
    SourceKind.TRAINING: training,
    SourceKind.PLANS: plans,
    SourceKind.DEGRADED_MODES: degraded_modes,
    SourceKind.PAPER_KITS: paper_kits,
    SourceKind.RESTORE_TESTS: restore_tests,
    SourceKind.EXERCISES: lambda look: [*exercises(look), *_tests(look, (TestKind.TABLE_TOP, TestKind.FIELD))],
    SourceKind.AUDITS: audits,
    SourceKind.ACTIONS: actions,
    SourceKind.INCIDENTS: incidents,
    SourceKind.FIGURE_INS: _figures(FigureGroup.INS),
    SourceKind.FIGURE_MES: _figures(FigureGroup.MES),
    SourceKind.FIGURE_MSS: _figures(FigureGroup.MSS),
}
"""Documents are read by theme: `shown_documents`."""
EACH = frozenset(
    {
        SourceKind.SECURITY_ROLES,
        SourceKind.PLANS,
        SourceKind.DEGRADED_MODES,
        SourceKind.PAPER_KITS,
        SourceKind.ACTIONS,
        SourceKind.INCIDENTS,
        SourceKind.FIGURE_INS,
        SourceKind.FIGURE_MES,
        SourceKind.FIGURE_MSS,
        SourceKind.DOCUMENTS,
    }
)
"""Sources of which each thing must be fresh; of the others the last one is enough."""
RIGHTS: Mapping[SourceKind, Right] = {
    SourceKind.SECURITY_ROLES: Right.SEE_PROGRAMME,
    SourceKind.COMMITTEES: Right.SEE_PROGRAMME,
    SourceKind.AWARENESS: Right.SEE_PROGRAMME,
    SourceKind.PHISHING: Right.SEE_PROGRAMME,
    SourceKind.TRAINING: Right.SEE_PROGRAMME,
    SourceKind.PLANS: Right.SEE_CONTINUITY,
    SourceKind.DEGRADED_MODES: Right.SEE_CONTINUITY,
    SourceKind.PAPER_KITS: Right.SEE_CONTINUITY,
    SourceKind.RESTORE_TESTS: Right.SEE_CONTINUITY,
    SourceKind.EXERCISES: Right.SEE_EXERCISES,
    SourceKind.AUDITS: Right.SEE_PROGRAMME,
    SourceKind.ACTIONS: Right.SEE_ACTIONS,
    SourceKind.INCIDENTS: Right.SEE_INCIDENTS,
    SourceKind.FIGURE_INS: Right.SEE_PROGRAMME,
    SourceKind.FIGURE_MES: Right.SEE_PROGRAMME,
    SourceKind.FIGURE_MSS: Right.SEE_PROGRAMME,
    SourceKind.DOCUMENTS: Right.SEE_EVIDENCE,
}
"""Of audits a certification shows the kind and the day alone."""
