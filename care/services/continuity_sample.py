"""Loads the sample hospital into an empty establishment, through the services that people use.

All of it in one transaction: it is there whole, or not at all. What tells a sample from a real establishment is the
trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
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
from care.store.continuity import Bia, ContinuityTest, Node, Plan
from care.store.crisis import CrisisContact
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from scanners.model import Text

LOADED = "sample.loaded"
KIND = "sample"
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
    place: Establishment
    session: Session
    ids: dict[str, int] = field(default_factory=dict)
    series: dict[str, int] = field(default_factory=dict)
    doing: list[Text] = field(default_factory=list)

    @property
    def hospital(self) -> SampleHospital:
        """What is loaded."""
        return self.platform.kits.hospital

    def say(self, text: Text) -> str:
        """A text of the kit in the language of who loads it."""
        return text.render(self.scope.lang)

    def begin(self, what: Text) -> None:
        """Note what is being loaded."""
        self.doing[:] = [what]


def load_sample(platform: Platform, scope: Scope, establishment_id: int) -> Offered:
    """Load the sample hospital: all of it, or nothing.

    Refused, with what to do, when the establishment already holds something of its own, when the sample is already
    there, and when something goes wrong on the way.
    """
    platform.kits.hospital  # noqa: B018 - read before the transaction begins: it takes a while the first time
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        # Two loads at the same moment: the second waits here, then finds the first.
        session.execute(select(Establishment.id).where(Establishment.id == place.id).with_for_update())
        refusal = _refusal(session, place.id)
        if refusal is not None:
            raise Refused(refusal)
        inside = replace(platform, database=platform.database.within(session))
        load = _Load(inside, scope, place, session)
        with _told(load):
            for part in PARTS:
                part(load)
        offered = _offered(platform, scope)
        detail = {"activities": offered.activities}
        record(session, scope, LOADED, Thing(KIND, place.id, place.id), platform.clock.now(), detail)
        return offered


def preview(platform: Platform, scope: Scope, establishment_id: int) -> Offered:
    """What the sample would bring, and why it cannot be loaded here if it cannot."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        refusal = _refusal(session, place.id)
    return _offered(platform, scope, refusal.render(scope.lang) if refusal else "")


def _offered(platform: Platform, scope: Scope, refusal: str = "") -> Offered:
    hospital = platform.kits.hospital
    return Offered(
        hospital.name.render(scope.lang),
        len(hospital.activities),
        len(hospital.resources),
        hospital.dependencies,
        refusal,
    )


def may_load(platform: Platform, scope: Scope, establishment_id: int) -> bool:
    """Whether this person may load the sample here: the establishment is empty."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        return scope.allows(Right.MANAGE_CONTINUITY, place.lineage) and _refusal(session, place.id) is None


def _refusal(session: Session, establishment_id: int) -> Text | None:
    """Why the sample cannot be loaded; None when it can."""
    loaded = exists().where(
        TrailEvent.thing_kind == KIND, TrailEvent.thing_id == str(establishment_id), TrailEvent.action == LOADED
    )
    if session.scalar(select(loaded)):
        return Text(
            "L’hôpital d’exemple est déjà chargé dans cet établissement.",
            "The sample hospital is already loaded in this establishment.",
        )
    for table, what in _CONTENTS:
        if session.scalar(select(exists().where(table.establishment_id == establishment_id))):
            return Text(
                f"Cet établissement a déjà {what.fr} : l’hôpital d’exemple ne se mêle pas à de vraies données. "
                "Créez un établissement fictif et chargez-le là.",
                f"This establishment already has {what.en}: the sample hospital does not mix with real data. Create a "
                "fictitious establishment and load it there.",
            )
    return None


@contextmanager
def _told(load: _Load) -> Iterator[None]:
    """A refusal on the way says at what it came, and that nothing is left of the rest."""
    try:
        yield
    except ServiceError as error:
        what = load.doing[0] if load.doing else load.hospital.name
        raise Refused(
            Text(
                f"Le chargement s’est arrêté à « {what.fr} » : {error.text.fr} Rien n’a été chargé.",
                f"Loading stopped at “{what.en}”: {error.text.en} Nothing was loaded.",
            )
        ) from error


def _resources(load: _Load) -> None:
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
        load.ids[one.id] = resources.create_resource(load.platform, load.scope, load.place.id, draft)


def _activities(load: _Load) -> None:
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
        load.ids[one.id] = activities.create_activity(load.platform, load.scope, load.place.id, draft)


def _dependencies(load: _Load) -> None:
    for one in load.hospital.things:
        load.begin(one.name)
        for need in one.needs:
            dependencies.add_dependency(load.platform, load.scope, load.place.id, _dependency(load, one.id, need))


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
        number = bias.start_bia(load.platform, load.scope, load.ids[one.id], Source.MODEL, one.model)
        row = load.session.get_one(Bia, number)
        for entry in _entries(load, one):
            bias.save_bia(load.platform, load.scope, row.id, entry, row.version)
        bias.put_into_force(load.platform, load.scope, row.id, row.version)


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
        for mode in one.modes:
            sheet = _sheet(load, one, mode)
            number = degraded_modes.start_sheet(load.platform, load.scope, load.ids[one.id], sheet)
            degraded_modes.put_into_force(load.platform, load.scope, number, 1)


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
        for kit in one.kits:
            on = today(load.platform) - timedelta(days=kit.checked_days_ago)
            check = paper_kits.CheckDraft(complete=True, checked_on=on, checked_by=kit.checked_by)
            paper_kits.check_kit(load.platform, load.scope, _kit(load, one, kit), check)


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
        crisis_contacts.add_contact(load.platform, load.scope, load.place.id, draft)


def _plans(load: _Load) -> None:
    for one in load.hospital.plans:
        load.begin(one.title)
        draft = plans.PlanDraft(load.say(one.title), tuple(load.ids[covered] for covered in one.covers))
        row = load.session.get_one(Plan, plans.start_plan(load.platform, load.scope, load.place.id, draft))
        load.series[one.id] = row.series
        for key, text in one.sections.items():
            plans.save_section(load.platform, load.scope, row.id, key, load.say(text), row.version)


def _signatures(load: _Load) -> None:
    """After the tests, which a plan that is validated tells of."""
    for one in load.hospital.plans:
        if one.signed_by:
            load.begin(one.title)
            row = load.session.scalars(select(Plan).where(Plan.series == load.series[one.id])).one()
            plan_validation.send_plan(load.platform, load.scope, row.id, row.version)
            # Nobody signs in the name of the legal representative: who may not validate leaves the plan waiting.
            if load.scope.allows(Right.VALIDATE_PLAN, load.place.lineage):
                _validate(load, one, row)


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
        draft = _test_draft(load, one, day)
        number = continuity_tests.plan_test(load.platform, load.scope, load.place.id, draft)
        if one.done is not None:
            done = _result(load, one, one.done, day)
            continuity_tests.record_result(load.platform, load.scope, number, done, 1)


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
    load.begin(load.platform.kits.crisis.checklist.title)
    for one in load.hospital.answers:
        checklists.answer(load.platform, load.scope, load.place.id, one.item, one.state, load.say(one.note), 0)


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
    _signatures,
    _answers,
)
"""What a load does, in order."""
