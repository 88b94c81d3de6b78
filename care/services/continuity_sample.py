"""Loads the sample hospital into an empty establishment, through the services that people use.

One thing, one transaction: what a failure leaves behind stays, the sentence says so, and loading again goes on from
there. What tells a sample begun from a real establishment is the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import PlanState, SheetState, TestState
from care.domain.node_names import folded
from care.domain.sample_hospital import (
    SampleActivity,
    SampleHospital,
    SampleKit,
    SampleMode,
    SampleNeed,
    SamplePlan,
    SampleResult,
    SampleTest,
)
from care.services import (
    activities,
    bias,
    checklists,
    continuity_tests,
    crisis_contacts,
    degraded_modes,
    dependencies,
    paper_kits,
    plan_validation,
    plans,
    resources,
)
from care.services.action_query import today
from care.services.bias import About, Entry, Minimum, Source, Times
from care.services.dependencies import DependencyDraft
from care.services.errors import Refused, ServiceError
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.continuity import Bia, ContinuityTest, DegradedMode, Dependency, Node, PaperKit, PaperKitCheck, Plan
from care.store.crisis import ChecklistAnswer, CrisisContact
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from scanners.model import Lang, Text

STARTED, STOPPED, LOADED = "sample.started", "sample.stopped", "sample.loaded"
KIND = "sample"
ABANDONED_AFTER = timedelta(minutes=5)
"""A load that neither ended nor said why within five minutes died: our choice, a hundred times what it takes."""
_CONTENTS: tuple[tuple[type[Node | CrisisContact | ContinuityTest | Plan], Text], ...] = (
    (Node, Text("des activités ou des ressources", "activities or resources")),
    (CrisisContact, Text("des contacts de crise", "crisis contacts")),
    (ContinuityTest, Text("des essais", "tests")),
    (Plan, Text("des plans", "plans")),
)


@dataclass(frozen=True, slots=True)
class Offered:
    """What the sample brings, in numbers; `name` is that of the fictitious hospital. `refusal` "" when it may load."""

    name: str
    activities: int
    resources: int
    dependencies: int
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class _Load:
    """One load going on. `ids` maps the ids of the kit to nodes, `series` to plans; `doing` says what is being
    loaded."""

    platform: Platform
    scope: Scope
    place: int
    hospital: SampleHospital
    ids: dict[str, int] = field(default_factory=dict)
    series: dict[str, int] = field(default_factory=dict)
    doing: list[str] = field(default_factory=list)

    @property
    def lang(self) -> Lang:
        """The language of what is written."""
        return self.scope.lang

    def say(self, text: Text) -> str:
        """A text of the kit in that language; what is being done, should it fail."""
        return text.render(self.lang)

    def begin(self, what: Text) -> None:
        """Note what is being loaded."""
        self.doing[:] = [self.say(what)]

    def read(self, query: Select[int]) -> list[int]:
        """The numbers a query finds."""
        with self.platform.database.read() as session:
            return list(session.scalars(query))


def load_sample(platform: Platform, scope: Scope, establishment_id: int) -> Offered:
    """Load the sample hospital, or go on with a load that stopped half way.

    Refused, with what to do, when the establishment already holds something of its own, when the sample is already
    there, while another load goes on, and when something goes wrong on the way.
    """
    hospital = platform.kits.hospital
    lang = _begin(platform, scope, establishment_id)
    load = _Load(platform, replace(scope, lang=lang), establishment_id, hospital)
    with _told(load):
        for part in PARTS:
            part(load)
    with platform.database.write() as session:
        thing = Thing(KIND, establishment_id, establishment_id)
        record(session, scope, LOADED, thing, platform.clock.now(), {"activities": len(hospital.activities)})
    return Offered(
        hospital.name.render(scope.lang), len(hospital.activities), len(hospital.resources), hospital.dependencies
    )


def preview(platform: Platform, scope: Scope, establishment_id: int) -> Offered:
    """What the sample would bring, and why it cannot be loaded here if it cannot."""
    hospital = platform.kits.hospital
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        refusal = _refusal(session, establishment_id, _last(session, establishment_id), platform.clock.now())
    said = refusal.render(scope.lang) if refusal else ""
    return Offered(
        hospital.name.render(scope.lang),
        len(hospital.activities),
        len(hospital.resources),
        hospital.dependencies,
        said,
    )


def may_load(platform: Platform, scope: Scope, establishment_id: int) -> bool:
    """Whether this person may load the sample here: the establishment is empty, or a load stopped half way."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        if not scope.allows(Right.MANAGE_CONTINUITY, place.lineage):
            return False
        return _refusal(session, establishment_id, _last(session, establishment_id), platform.clock.now()) is None


def _begin(platform: Platform, scope: Scope, establishment_id: int) -> Lang:
    """Note that a load begins; the language it is written in, that of a load it goes on with if there is one."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        # Two loads at the same moment: the second waits here, then finds the first.
        session.execute(select(Establishment.id).where(Establishment.id == establishment_id).with_for_update())
        last = _last(session, establishment_id)
        refusal = _refusal(session, establishment_id, last, now)
        if refusal is not None:
            raise Refused(refusal)
        lang = str(last.detail["lang"]) if last is not None else scope.lang
        record(session, scope, STARTED, Thing(KIND, establishment_id, establishment_id), now, {"lang": lang})
        return lang


def _last(session: Session, establishment_id: int) -> TrailEvent | None:
    """The last thing said of the sample in an establishment."""
    query = select(TrailEvent).where(TrailEvent.thing_kind == KIND, TrailEvent.thing_id == str(establishment_id))
    return session.scalars(query.order_by(TrailEvent.number.desc()).limit(1)).one_or_none()


def _refusal(session: Session, establishment_id: int, last: TrailEvent | None, now: datetime) -> Text | None:
    """Why the sample cannot be loaded; None when it can."""
    if last is None:
        return _occupied(session, establishment_id)
    if last.action == LOADED:
        return Text(
            "L’hôpital d’exemple est déjà chargé dans cet établissement.",
            "The sample hospital is already loaded in this establishment.",
        )
    if last.action == STARTED and timedelta(0) <= now - last.at < ABANDONED_AFTER:
        return Text(
            f"{last.actor} est en train de charger l’hôpital d’exemple : attendez la fin, puis rechargez la page.",
            f"{last.actor} is loading the sample hospital: wait for the end, then load the page again.",
        )
    return None


def _occupied(session: Session, establishment_id: int) -> Text | None:
    for table, what in _CONTENTS:
        if session.scalar(select(func.count()).select_from(table).where(table.establishment_id == establishment_id)):
            return Text(
                f"Cet établissement a déjà {what.fr} : l’hôpital d’exemple ne se mêle pas à de vraies données. "
                "Créez un établissement fictif et chargez-le là.",
                f"This establishment already has {what.en}: the sample hospital does not mix with real data. Create a "
                "fictitious establishment and load it there.",
            )
    return None


@contextmanager
def _told(load: _Load) -> Iterator[None]:
    """Whatever stops a load is noted, so that the next one may go on at once; a refusal says where it stopped."""
    ended = False
    try:
        yield
        ended = True
    except ServiceError as error:
        what = load.doing[0] if load.doing else load.say(load.hospital.name)
        raise Refused(
            Text(
                f"Le chargement s’est arrêté à « {what} » : {error.text.fr} Ce qui est déjà chargé reste ; relancez, "
                "il reprend où il s’est arrêté.",
                f"Loading stopped at “{what}”: {error.text.en} What is already loaded stays; start again, it goes on "
                "from where it stopped.",
            )
        ) from error
    finally:
        if not ended:
            _note_stop(load)


def _note_stop(load: _Load) -> None:
    with load.platform.database.write() as session:
        thing = Thing(KIND, load.place, load.place)
        detail = {"lang": load.lang, "at": load.doing[0] if load.doing else ""}
        record(session, load.scope, STOPPED, thing, load.platform.clock.now(), detail)


def _nodes(load: _Load) -> Mapping[str, int]:
    """The nodes there are, by folded name."""
    with load.platform.database.read() as session:
        query = select(Node.name, Node.id).where(Node.establishment_id == load.place, Node.ended_on.is_(None))
        return {folded(name): number for name, number in session.execute(query)}


def _resources(load: _Load) -> None:
    known = _nodes(load)
    for one in load.hospital.resources:
        load.begin(one.name)
        draft = resources.ResourceDraft(
            name=load.say(one.name),
            kind=one.kind,
            description=load.say(one.description),
            owner=load.say(one.owner),
            place=load.say(one.place),
            contact=one.contact,
            remote_access=load.say(one.remote_access),
            cut=load.say(one.cut),
            **one.durations,
        )
        number = known.get(folded(draft.name))
        load.ids[one.id] = number or resources.create_resource(load.platform, load.scope, load.place, draft)


def _activities(load: _Load) -> None:
    known = _nodes(load)
    for one in load.hospital.activities:
        load.begin(one.name)
        draft = activities.ActivityDraft(
            name=load.say(one.name),
            kind=one.kind,
            criticality=one.criticality,
            description=load.say(one.description),
            perimeter=one.perimeter,
            owner=load.say(one.owner),
            weight=one.weight,
            weight_origin=load.say(load.hospital.weight_origin),
            correspondent=load.say(one.correspondent),
            model=one.model,
        )
        number = known.get(folded(draft.name))
        load.ids[one.id] = number or activities.create_activity(load.platform, load.scope, load.place, draft)


def _dependencies(load: _Load) -> None:
    with load.platform.database.read() as session:
        query = select(Dependency.dependent_id, Dependency.needed_id).where(Dependency.establishment_id == load.place)
        known = {(dependent, needed) for dependent, needed in session.execute(query)}
    for one in load.hospital.things:
        load.begin(one.name)
        for draft in (_dependency(load, one.id, need) for need in one.needs):
            if (draft.dependent_id, draft.needed_id) not in known:
                dependencies.add_dependency(load.platform, load.scope, load.place, draft)


def _dependency(load: _Load, dependent: str, need: SampleNeed) -> DependencyDraft:
    return DependencyDraft(
        load.ids[dependent],
        load.ids[need.what],
        need.strength,
        need.holds_minutes,
        need.instead,
        load.say(need.note),
    )


def _bias(load: _Load) -> None:
    for one in load.hospital.activities:
        load.begin(one.name)
        query = select(Bia.id).where(Bia.activity_id == load.ids[one.id])
        if load.read(query.where(Bia.state == SheetState.CURRENT)):
            continue
        drafts = load.read(query.where(Bia.state == SheetState.DRAFT))
        bia_id = drafts[0] if drafts else _started(load, one)
        for entry in _entries(load, one):
            bias.save_bia(load.platform, load.scope, bia_id, entry, _version(load, bia_id))
        bias.put_into_force(load.platform, load.scope, bia_id, _version(load, bia_id))


def _started(load: _Load, one: SampleActivity) -> int:
    return bias.start_bia(load.platform, load.scope, load.ids[one.id], Source.MODEL, one.model)


def _version(load: _Load, bia_id: int) -> int:
    return load.read(select(Bia.version).where(Bia.id == bia_id))[0]


def _entries(load: _Load, one: SampleActivity) -> Sequence[Entry]:
    """The pages of answers that differ from the model."""
    said, model = one.bia, load.platform.kits.models.by_id[one.model]
    percent = said.minimum_percent or model.minimum_percent
    about = About(
        load.say(said.interviewed),
        load.say(model.peaks),
        today(load.platform) - timedelta(days=said.answered_days_ago),
    )
    times = Times({objective: f"{minutes} min" for objective, minutes in said.durations.items()})
    return (about, times, Minimum(load.say(model.minimum_service), str(percent), load.say(said.notes)))


def _modes(load: _Load) -> None:
    for one in load.hospital.activities:
        load.begin(one.name)
        with load.platform.database.read() as session:
            query = select(DegradedMode).where(
                DegradedMode.activity_id == load.ids[one.id],
                DegradedMode.state.in_((SheetState.DRAFT, SheetState.CURRENT)),
            )
            known = {folded(row.title): (row.id, row.state, row.version) for row in session.scalars(query)}
        for mode in one.modes:
            number, state, version = known.get(folded(load.say(mode.title)), (0, SheetState.DRAFT, 1))
            number = number or degraded_modes.start_sheet(
                load.platform, load.scope, load.ids[one.id], _sheet(load, one, mode)
            )
            if state is SheetState.DRAFT:
                degraded_modes.put_into_force(load.platform, load.scope, number, version)


def _sheet(load: _Load, one: SampleActivity, mode: SampleMode) -> degraded_modes.SheetDraft:
    return degraded_modes.SheetDraft(
        title=load.say(mode.title),
        trigger=load.say(mode.trigger),
        steps=load.say(mode.steps),
        limits=load.say(mode.limits),
        back_to_normal=load.say(mode.back_to_normal),
        who_to_call=load.say(mode.who_to_call),
        covers=tuple(load.ids[covered] for covered in mode.covers),
        holds_minutes=mode.holds_minutes,
        capacity_percent=mode.capacity_percent,
        owner=load.say(one.owner),
    )


def _kits(load: _Load) -> None:
    for one in load.hospital.activities:
        load.begin(one.name)
        with load.platform.database.read() as session:
            query = select(PaperKit.name, PaperKit.id).where(PaperKit.activity_id == load.ids[one.id])
            known = {folded(name): number for name, number in session.execute(query)}
        for kit in one.kits:
            number = known.get(folded(load.say(kit.name))) or _kit(load, one, kit)
            if not load.read(select(PaperKitCheck.id).where(PaperKitCheck.kit_id == number)):
                on = today(load.platform) - timedelta(days=kit.checked_days_ago)
                check = paper_kits.CheckDraft(complete=True, checked_on=on, checked_by=kit.checked_by)
                paper_kits.check_kit(load.platform, load.scope, number, check)


def _kit(load: _Load, one: SampleActivity, kit: SampleKit) -> int:
    draft = paper_kits.KitDraft(
        name=load.say(kit.name),
        place=load.say(kit.place),
        owner=load.say(kit.owner),
        check_every_days=kit.check_every_days,
        contents=load.say(kit.contents),
        autonomy_minutes=kit.autonomy_minutes,
    )
    return paper_kits.add_kit(load.platform, load.scope, load.ids[one.id], draft)


def _contacts(load: _Load) -> None:
    with load.platform.database.read() as session:
        query = select(CrisisContact.cell, CrisisContact.function).where(CrisisContact.establishment_id == load.place)
        known = {(cell, folded(function)) for cell, function in session.execute(query)}
    for one in load.hospital.contacts:
        load.begin(one.function)
        draft = crisis_contacts.ContactDraft(
            cell=one.cell,
            function=load.say(one.function),
            name=one.name,
            organisation=one.organisation,
            phone=one.phone,
            fallback=one.fallback,
            deputy=one.deputy,
            note=load.say(one.note),
            checked_on=today(load.platform) - timedelta(days=one.checked_days_ago),
        )
        if (one.cell, folded(draft.function)) not in known:
            crisis_contacts.add_contact(load.platform, load.scope, load.place, draft)


def _plans(load: _Load) -> None:
    for one in load.hospital.plans:
        load.begin(one.title)
        row = _plan_row(load, one) or _begun(load, one)
        load.series[one.id] = row.series
        if row.state is PlanState.DRAFT:
            row = _written(load, one, row)
        if row.state is PlanState.DRAFT and one.signed_by:
            plan_validation.send_plan(load.platform, load.scope, row.id, row.version)
            row = _plan_row(load, one) or row
        if row.state is PlanState.IN_VALIDATION and _may_validate(load):
            _validate(load, one, row)


def _plan_row(load: _Load, one: SamplePlan) -> Plan | None:
    with load.platform.database.read() as session:
        query = select(Plan).where(Plan.establishment_id == load.place, Plan.state != PlanState.ARCHIVED)
        return next((row for row in session.scalars(query) if row.title == load.say(one.title)), None)


def _begun(load: _Load, one: SamplePlan) -> Plan:
    draft = plans.PlanDraft(load.say(one.title), tuple(load.ids[covered] for covered in one.covers))
    number = plans.start_plan(load.platform, load.scope, load.place, draft)
    with load.platform.database.read() as session:
        return session.get_one(Plan, number)


def _written(load: _Load, one: SamplePlan, row: Plan) -> Plan:
    for key, text in one.sections.items():
        plans.save_section(load.platform, load.scope, row.id, key, load.say(text), row.version)
        row = _plan_row(load, one) or row
    return row


def _may_validate(load: _Load) -> bool:
    """Whoever loads the sample validates only what they may: nobody signs in the name of the legal representative."""
    with load.platform.database.read() as session:
        place = visible_establishment(session, load.scope, load.place)
        return load.scope.allows(Right.VALIDATE_PLAN, place.lineage)


def _validate(load: _Load, one: SamplePlan, row: Plan) -> None:
    day = today(load.platform)
    typed = plan_validation.Validation(
        one.signed_by, load.say(one.signed_as), day, day + timedelta(days=one.review_in_days)
    )
    plan_validation.validate_plan(load.platform, load.scope, row.id, typed, row.version)


def _tests(load: _Load) -> None:
    for one in load.hospital.tests:
        load.begin(one.title)
        day = today(load.platform) + timedelta(days=one.in_days)
        number = _test_number(load, one) or continuity_tests.plan_test(
            load.platform, load.scope, load.place, _test_draft(load, one, day)
        )
        with load.platform.database.read() as session:
            row = session.get_one(ContinuityTest, number)
        if one.done is not None and row.state is TestState.PLANNED:
            done = _result(load, one, one.done, day)
            continuity_tests.record_result(load.platform, load.scope, number, done, row.version)


def _test_number(load: _Load, one: SampleTest) -> int | None:
    query = select(ContinuityTest.id).where(
        ContinuityTest.establishment_id == load.place, ContinuityTest.title == load.say(one.title)
    )
    return next(iter(load.read(query)), None)


def _test_draft(load: _Load, one: SampleTest, day: date) -> continuity_tests.TestDraft:
    return continuity_tests.TestDraft(
        kind=one.kind,
        title=load.say(one.title),
        planned_on=day,
        scope=load.say(one.scope),
        leader=one.leader,
        plan_series=load.series.get(one.plan),
        node_ids=tuple(load.ids[tested.what] for tested in one.tested),
    )


def _result(load: _Load, one: SampleTest, done: SampleResult, day: date) -> continuity_tests.ResultDraft:
    return continuity_tests.ResultDraft(
        done_on=day,
        result=done.result,
        observed=load.say(done.observed),
        gaps=load.say(done.gaps),
        participants=done.participants,
        cyber_triggered=done.cyber_triggered,
        degraded_played=done.degraded_played,
        management_present=done.management_present,
        directorates=load.say(done.directorates),
        times={load.ids[tested.what]: continuity_tests.Times(**tested.times) for tested in one.tested if tested.times},
    )


def _answers(load: _Load) -> None:
    checklist = load.platform.kits.crisis.checklist
    with load.platform.database.read() as session:
        query = select(ChecklistAnswer.item).where(
            ChecklistAnswer.establishment_id == load.place, ChecklistAnswer.checklist == checklist.id
        )
        known = set(session.scalars(query))
    load.begin(checklist.title)
    for one in load.hospital.answers:
        if one.item not in known:
            checklists.answer(load.platform, load.scope, load.place, one.item, one.state, load.say(one.note), 0)


PARTS: tuple[Callable[[_Load], None], ...] = (
    _resources,
    _activities,
    _dependencies,
    _bias,
    _modes,
    _kits,
    _contacts,
    _plans,
    _tests,
    _answers,
)
"""What a load does, in order; each leaves alone what a load before it already brought."""
