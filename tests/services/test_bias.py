"""Impact analyses: begun, answered, proposed, put into force, compared; two people at once; who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from care.domain.access import Grant, Level, Place, Role, Scope
from care.domain.actions import CareCriticality
from care.domain.bia import Objective
from care.domain.bia_content import Stage
from care.domain.bia_scale import DEFAULT_SCALE, SAFETY
from care.domain.continuity import ResourceKind, SheetState
from care.domain.deadlines import DeadlineKind
from care.services import accounts
from care.services.action_query import today
from care.services.bia_compare import compare_bias
from care.services.bia_list import Situation, bias_of_activity, list_bias
from care.services.bia_models import list_models, open_model
from care.services.bia_needs import offer_needs, take_needs
from care.services.bia_scales import AxisText, ScaleDraft, forget_scale, open_scale, set_scale
from care.services.bia_view import open_bia
from care.services.bias import (
    About,
    Entry,
    Impact,
    Minimum,
    Source,
    Times,
    give_up_bia,
    propose_bia,
    put_into_force,
    save_bia,
    start_bia,
)
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.resources import ResourceDraft, create_resource
from care.store.continuity import Activity, Bia, Dependency
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.continuity import plant_activity
from tests.support.people import MACHINE, Hospitals, person

HOUR = 60
STEPS = DEFAULT_SCALE.steps
AXES = [one.key for one in DEFAULT_SCALE.axes]


@pytest.fixture
def head(platform: Platform, hospitals: Hospitals) -> Scope:
    """The head nurse of the valley hospital, with an account."""
    grant = Grant(Role.ACTIVITY_OWNER, Place(Level.ESTABLISHMENT, hospitals.valley))
    draft = accounts.AccountDraft("a.roy", "Anne Roy", "une phrase de passe solide", (grant,))
    account = accounts.open_account(platform, MACHINE, draft)
    return Scope("a.roy", "fr", frozenset({grant}), account.id, "Anne Roy")


@pytest.fixture
def emergency(platform: Platform, hospitals: Hospitals, head: Scope) -> int:
    """An activity the head nurse owns."""
    return plant_activity(
        platform, hospitals.valley, "Urgences adultes", owner="Anne Roy", owner_account_id=head.account_id
    )


def save(platform: Platform, scope: Scope, bia_id: int, *entries: Entry) -> None:
    for entry in entries:
        save_bia(platform, scope, bia_id, entry, open_bia(platform, scope, bia_id).version)


def answer_all(platform: Platform, scope: Scope, bia_id: int) -> None:
    save(
        platform,
        scope,
        bia_id,
        About("Anne Roy, cadre", "L’hiver"),
        *(Impact(key, {60: 1, 1440: 2}, "Parce que.") for key in AXES),
        Times({Objective.DMIA: "4 h", Objective.RTO: "2h30"}),
        Times({Objective.PDMA: "30 min", Objective.DMARD: "2 h"}),
        Minimum("Trier tous les patients.", "60 %", ""),
    )


@pytest.mark.both_databases
def test_a_head_nurse_fills_and_proposes_and_the_ciso_puts_into_force(
    platform: Platform, hospitals: Hospitals, head: Scope, ciso: Scope, emergency: int
) -> None:
    bia = start_bia(platform, head, emergency)
    nothing = open_bia(platform, head, bia)
    assert (nothing.number, nothing.state, len(nothing.lacks)) == (1, SheetState.DRAFT, 1 + len(AXES) + 4 + 1)
    with pytest.raises(Refused, match="not complete"):
        propose_bia(platform, head, bia, nothing.version)
    answer_all(platform, head, bia)
    view = open_bia(platform, head, bia)
    assert view.lacks == ()
    assert [cell.level for cell in view.axes[0].cells] == [1, 1, 1, 2, 2, 2, 2, 2, 2]
    assert (view.durations[Objective.RTO].minutes, view.durations[Objective.RTO].written) == (150, "2 h 30")
    assert (view.minimum_percent, view.may_fill, view.may_validate) == (60, True, False)
    with pytest.raises(Forbidden):
        put_into_force(platform, head, bia, view.version)
    propose_bia(platform, head, bia, view.version)
    (line,) = list_bias(platform, ciso, hospitals.valley).lines
    assert (line.situation, line.may_validate) == (Situation.PROPOSED, True)
    put_into_force(platform, ciso, bia, open_bia(platform, ciso, bia).version)
    (line,) = list_bias(platform, ciso, hospitals.valley).lines
    assert line.situation is Situation.CURRENT
    assert line.current is not None
    assert line.current.durations[Objective.DMIA] == "4 h"
    with pytest.raises(Refused, match="no longer a draft"):
        save_bia(platform, head, bia, Minimum("Autre"), open_bia(platform, head, bia).version)
    with platform.database.read() as session:
        row = session.get_one(Bia, bia)
        assert (row.dmia_minutes, row.impacts[SAFETY]["60"], row.validated_by) == (240, 1, ciso.actor)
        told = [
            one.action
            for one in session.scalars(select(TrailEvent).order_by(TrailEvent.number))
            if one.thing_kind == "bia"
        ]
    assert told[0] == "bia.started"
    assert told[-2:] == ["bia.proposed", "bia.put_into_force"]


@pytest.mark.both_databases
def test_a_second_version_starts_from_the_last_and_replaces_it(
    platform: Platform, head: Scope, ciso: Scope, emergency: int, clock: FixedClock
) -> None:
    first = start_bia(platform, ciso, emergency)
    answer_all(platform, ciso, first)
    put_into_force(platform, ciso, first, open_bia(platform, ciso, first).version)
    clock.forward(days=400)
    (old,) = list_bias(platform, ciso, open_bia(platform, ciso, first).establishment_id).lines
    assert (old.situation, old.age_days) == (Situation.OLD, 400)
    second = start_bia(platform, ciso, emergency, Source.LAST)
    again = open_bia(platform, ciso, second)
    assert (again.number, [one.stage for one in again.lacks]) == (2, [Stage.ABOUT])
    save(platform, ciso, second, About("Équipe de nuit"), Impact("staff", {60: 2}), Times({Objective.DMIA: "2 h 30"}))
    put_into_force(platform, ciso, second, open_bia(platform, ciso, second).version)
    versions = bias_of_activity(platform, head, emergency)
    assert [(one.number, one.state) for one in versions.versions] == [
        (2, SheetState.CURRENT),
        (1, SheetState.REPLACED),
    ]
    found = compare_bias(platform, head, second, first)
    assert (found.before.number, found.after.number) == (1, 2)
    assert [one.name for one in found.axes if one.changed] == ["Équipes"]
    assert [(one.before, one.after) for one in found.durations if one.changed] == [("4 h", "2 h 30")]
    assert [one.name for one in found.texts if one.changed] == [
        "Moments les plus difficiles",
        "Personnes qui ont répondu",
    ]


@pytest.mark.both_databases
def test_two_people_answer_two_questions_and_collide_only_on_the_same(
    platform: Platform, head: Scope, ciso: Scope, emergency: int
) -> None:
    bia = start_bia(platform, head, emergency)
    seen = open_bia(platform, head, bia).version
    save_bia(platform, head, bia, Impact("staff", {60: 1}, "Fatigue"), seen)
    save_bia(platform, ciso, bia, Minimum("Le tri"), seen)
    save_bia(platform, ciso, bia, Impact("image", {60: 1}), seen)
    with pytest.raises(Refused) as refusal:
        save_bia(platform, ciso, bia, Impact("staff", {60: 4}), seen)
    assert "a.roy a modifié « Équipes »" in refusal.value.text.fr
    view = open_bia(platform, ciso, bia)
    staff, image = view.axis("staff"), view.axis("image")
    assert staff is not None
    assert image is not None
    assert (staff.cells[0].level, image.cells[0].level, view.minimum_service) == (1, 1, "Le tri")
    with pytest.raises(Refused, match=r"In the meantime, ciso-establishment, a\.roy changed"):
        give_up_bia(platform, head, bia, seen)
    with pytest.raises(Refused):
        save_bia(platform, ciso, bia, Minimum("Rien"), view.version + 5)
    before = open_bia(platform, ciso, bia).version
    save_bia(platform, ciso, bia, Minimum("Le tri"), before)
    assert open_bia(platform, ciso, bia).version == before


def test_a_proposal_falls_when_the_draft_changes(platform: Platform, head: Scope, emergency: int) -> None:
    bia = start_bia(platform, head, emergency)
    answer_all(platform, head, bia)
    propose_bia(platform, head, bia, open_bia(platform, head, bia).version)
    assert open_bia(platform, head, bia).proposed_by == "a.roy"
    save(platform, head, bia, Minimum("Plus que le tri"))
    assert open_bia(platform, head, bia).proposed_at is None


@pytest.mark.both_databases
def test_one_draft_at_most_and_one_given_up_is_kept(platform: Platform, head: Scope, emergency: int) -> None:
    bia = start_bia(platform, head, emergency)
    with pytest.raises(Refused, match=r"already open, begun by a\.roy"):
        start_bia(platform, head, emergency, Source.LAST)
    give_up_bia(platform, head, bia, open_bia(platform, head, bia).version)
    start_bia(platform, head, emergency)
    names = [one.state_name for one in bias_of_activity(platform, head, emergency).versions]
    assert names == ["Brouillon", "Abandonné"]


def test_a_draft_from_a_model_only_lacks_who_answered(platform: Platform, head: Scope, emergency: int) -> None:
    assert bias_of_activity(platform, head, emergency).likely_model == "urgences"
    bia = start_bia(platform, head, emergency, Source.MODEL, "urgences")
    view = open_bia(platform, head, bia)
    assert (view.model_title, [one.stage for one in view.lacks]) == ("Urgences", [Stage.ABOUT])
    assert view.durations[Objective.DMIA].written == "2 h"
    with platform.database.read() as session:
        assert session.get_one(Activity, emergency).model == "urgences"
    give_up_bia(platform, head, bia, view.version)
    with pytest.raises(Invalid):
        start_bia(platform, head, emergency, Source.MODEL, "cirque")


@pytest.mark.parametrize(
    ("entry", "field", "said"),
    [
        (Times({Objective.DMIA: "0"}), "dmia", "interruption nulle"),
        (Times({Objective.DMIA: "10 ans"}), "dmia", "Plus d’un an"),
        (Times({Objective.DMIA: "4 h", Objective.RTO: "bientôt"}), "rto", "« bientôt » n’est pas une durée"),
        (Times({Objective.PDMA: "-1 h"}), "pdma", "n’est pas une durée"),
        (Impact("staff", {61: 1}), "levels", "niveau de l’échelle"),
        (Impact("staff", {60: 5}), "levels", "niveau de l’échelle"),
        (Impact("staff", {60: 1}, "x" * 1001), "why", "1000 signes"),
        (Minimum("x", "0"), "minimum_percent", "de 1 à 100"),
        (Minimum("x", "la moitié"), "minimum_percent", "de 1 à 100"),
        (Minimum("x" * 10_001), "minimum_service", "10000 signes"),
        (About("x" * 301), "interviewed", "300 signes"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_written(
    platform: Platform, head: Scope, emergency: int, entry: Entry, field: str, said: str
) -> None:
    bia = start_bia(platform, head, emergency)
    before = open_bia(platform, head, bia)
    with pytest.raises(Invalid) as refusal:
        save_bia(platform, head, bia, entry, before.version)
    assert said in refusal.value.fields[field].fr
    assert open_bia(platform, head, bia) == before


def test_a_contradiction_is_kept_in_a_draft_but_not_put_into_force(
    platform: Platform, ciso: Scope, emergency: int
) -> None:
    bia = start_bia(platform, ciso, emergency)
    answer_all(platform, ciso, bia)
    save(platform, ciso, bia, Times({Objective.RTO: "8 h"}))
    view = open_bia(platform, ciso, bia)
    assert "dépasse l’interruption admissible" in view.durations[Objective.RTO].remarks[0]
    with pytest.raises(Refused) as refusal:
        put_into_force(platform, ciso, bia, view.version)
    assert "La reprise visée (8 h)".lower() in refusal.value.text.fr.lower()


def test_who_may_do_what(platform: Platform, hospitals: Hospitals, head: Scope, ciso: Scope, emergency: int) -> None:
    other = plant_activity(platform, hospitals.valley, "Paie")
    direction = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for scope, activity in ((head, other), (direction, emergency), (visitor, emergency)):
        with pytest.raises(Forbidden):
            start_bia(platform, scope, activity)
    with pytest.raises(NotFound):
        start_bia(platform, stranger, emergency)
    bia = start_bia(platform, ciso, emergency)
    answer_all(platform, ciso, bia)
    view = open_bia(platform, visitor, bia)
    assert (view.may_fill, view.may_validate) == (False, False)
    for read in (lambda: open_bia(platform, stranger, bia), lambda: bias_of_activity(platform, stranger, emergency)):
        with pytest.raises(NotFound):
            read()
    with pytest.raises(NotFound):
        list_bias(platform, stranger, hospitals.valley)
    with pytest.raises(NotFound):
        save_bia(platform, stranger, bia, Minimum("x"), view.version)
    with pytest.raises(Forbidden):
        save_bia(platform, direction, bia, Minimum("x"), view.version)
    put_into_force(platform, direction, bia, view.version)


def test_an_activity_that_ended_is_read_and_no_longer_answered(
    platform: Platform, hospitals: Hospitals, ciso: Scope, emergency: int, clock: FixedClock
) -> None:
    bia = start_bia(platform, ciso, emergency)
    with platform.database.write() as session:
        session.get_one(Activity, emergency).ended_on = clock.now().date()
    view = open_bia(platform, ciso, bia)
    assert (view.may_fill, view.may_validate) == (False, False)
    with pytest.raises(Forbidden):
        save_bia(platform, ciso, bia, Minimum("x"), view.version)
    assert list_bias(platform, ciso, hospitals.valley).total == 0


def test_the_list_begins_with_what_is_vital_and_counts_situations(
    platform: Platform, hospitals: Hospitals, ciso: Scope
) -> None:
    plant_activity(platform, hospitals.valley, "Blanchisserie", criticality=CareCriticality.MINOR)
    plant_activity(platform, hospitals.valley, "SAMU", criticality=CareCriticality.VITAL, dmia=10)
    start_bia(platform, ciso, plant_activity(platform, hospitals.valley, "Paie"))
    found = list_bias(platform, ciso, hospitals.valley)
    assert [one.activity for one in found.lines] == ["SAMU", "Paie", "Blanchisserie"]
    assert found.counts == {
        Situation.PROPOSED: 0, Situation.NONE: 1, Situation.DRAFT: 1, Situation.OLD: 0, Situation.CURRENT: 1,
    }  # fmt: skip
    (only,) = list_bias(platform, ciso, hospitals.valley, Situation.NONE).lines
    assert only.activity == "Blanchisserie"


def put_now(platform: Platform, scope: Scope, activity: int) -> int:
    """A complete analysis in force, as of the clock."""
    bia = start_bia(platform, scope, activity)
    answer_all(platform, scope, bia)
    put_into_force(platform, scope, bia, open_bia(platform, scope, bia).version)
    return bia


@pytest.mark.both_databases
def test_the_age_of_an_analysis_is_counted_in_days_of_the_installation(
    platform: Platform, hospitals: Hospitals, ciso: Scope, emergency: int, clock: FixedClock
) -> None:
    clock.forward(hours=23.75 - clock.now().hour)  # 23:45 UTC: past midnight in Paris
    put_now(platform, ciso, emergency)
    clock.forward(days=366)
    (line,) = list_bias(platform, ciso, hospitals.valley).lines
    assert (line.age_days, line.situation) == (366, Situation.OLD)
    clock.forward(hours=-2)  # the evening before in Paris, the same day in UTC
    (line,) = list_bias(platform, ciso, hospitals.valley).lines
    assert (line.age_days, line.situation) == (365, Situation.CURRENT)


def due(platform: Platform, scope: Scope, where: int, kind: DeadlineKind) -> list[tuple[str, date, str]]:
    page = list_deadlines(platform, scope, where, DeadlineFilter(kind)).page
    return [(line.title, line.due_on, line.owner) for line in page.lines]


@pytest.mark.both_databases
def test_a_proposal_falls_due_for_who_decides_and_an_old_analysis_for_its_owner(
    platform: Platform, hospitals: Hospitals, head: Scope, ciso: Scope, emergency: int, clock: FixedClock
) -> None:
    valley, day = hospitals.valley, today(platform)
    put_now(platform, ciso, emergency)
    review = ("Reprendre le bilan d’impact de « Urgences adultes »", day + timedelta(days=365), "Anne Roy")
    assert due(platform, head, valley, DeadlineKind.BIA_REVIEW) == [review]
    clock.forward(days=370)
    assert list_deadlines(platform, ciso, valley, DeadlineFilter(DeadlineKind.BIA_REVIEW)).late == 1
    bia = start_bia(platform, head, emergency, Source.LAST)
    save(platform, head, bia, About("Anne Roy"))
    assert due(platform, ciso, valley, DeadlineKind.BIA_REVIEW) == [review]  # a draft begun is not an answer
    propose_bia(platform, head, bia, open_bia(platform, head, bia).version)
    assert due(platform, ciso, valley, DeadlineKind.BIA_REVIEW) == []
    ((title, due_on, owner),) = due(platform, ciso, valley, DeadlineKind.BIA_DECISION)
    assert (title.startswith("Bilan d’impact proposé"), due_on, owner) == (True, day + timedelta(days=384), "")
    assert due(platform, MACHINE, hospitals.hill, DeadlineKind.BIA_DECISION) == []
    put_into_force(platform, ciso, bia, open_bia(platform, ciso, bia).version)
    assert due(platform, ciso, valley, DeadlineKind.BIA_DECISION) == []
    ((_title, due_on, _owner),) = due(platform, ciso, valley, DeadlineKind.BIA_REVIEW)
    assert due_on == day + timedelta(days=370 + 365)


def test_a_draft_is_taken_up_where_an_answer_lacks(
    platform: Platform, hospitals: Hospitals, ciso: Scope, emergency: int
) -> None:
    bia = start_bia(platform, ciso, emergency)
    seen = []
    for entry in (
        About("Anne Roy"),
        *(Impact(key, {60: 1}) for key in AXES),
        Times({Objective.DMIA: "4 h", Objective.RTO: "2 h"}),
    ):
        save(platform, ciso, bia, entry)
        (line,) = list_bias(platform, ciso, hospitals.valley).lines
        assert line.draft
        seen.append(line.draft.resume)
    assert list(dict.fromkeys(seen)) == [Stage.IMPACTS, Stage.INTERRUPTION, Stage.DATA]
    known = bias_of_activity(platform, ciso, emergency)
    assert known.draft
    assert (known.draft.resume, known.draft.missing) == (Stage.DATA, 3)


def typed(draft: ScaleDraft, **changes: object) -> ScaleDraft:
    return replace(draft, **changes)  # type: ignore[arg-type]


@pytest.mark.both_databases
def test_a_scale_of_ones_own_changes_new_versions_and_never_old_answers(
    platform: Platform, hospitals: Hospitals, ciso: Scope, emergency: int
) -> None:
    first = start_bia(platform, ciso, emergency)
    answer_all(platform, ciso, first)
    put_into_force(platform, ciso, first, open_bia(platform, ciso, first).version)
    known = open_scale(platform, ciso, hospitals.valley)
    assert (known.own, known.version, known.draft.steps.split(", ")[0]) == (False, 0, "1 h")
    axes = (
        replace(known.draft.axes[0], name="Sécurité des soins"),
        *known.draft.axes[2:],
        AxisText("", "Recherche", "Que perd la recherche ?"),
    )
    set_scale(platform, ciso, hospitals.valley, typed(known.draft, axes=axes, steps="1 h\n1,5 j ; 1 sem."), 0)
    own = open_scale(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley)
    assert (own.own, own.version, own.steps) == (True, 1, ("1 h", "1 j 12 h", "1 sem."))
    assert [len(one.cells) for one in open_bia(platform, ciso, first).axes] == [9] * 6
    second = open_bia(platform, ciso, start_bia(platform, ciso, emergency, Source.LAST))
    assert second.axes[0].name == "Sécurité des soins"
    assert second.axes[-1].key == "recherche"
    assert [cell.level for cell in second.axes[0].cells] == [1, None, 2]
    found = compare_bias(platform, ciso, first, second.id)
    assert (found.same_scale, found.changed) == (False, True)
    with pytest.raises(Refused, match="changed this scale"):
        set_scale(platform, ciso, hospitals.valley, known.draft, 0)
    forget_scale(platform, ciso, hospitals.valley, 1)
    assert open_scale(platform, ciso, hospitals.valley).own is False


def test_a_text_left_as_it_was_keeps_its_two_languages(platform: Platform, hospitals: Hospitals, ciso: Scope) -> None:
    known = open_scale(platform, ciso, hospitals.valley).draft
    axes = (replace(known.axes[0], name="Les malades"), *known.axes[1:])
    set_scale(platform, ciso, hospitals.valley, typed(known, axes=axes), 0)
    english = open_scale(platform, replace(ciso, lang="en"), hospitals.valley).draft
    assert (english.axes[0].name, english.axes[1].name, english.levels[3]) == (
        "Les malades",
        "Continuity of care",
        "Critical",
    )


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"steps": "4 h, 1 h"}, "steps", "1 h vient après 4 h"),
        ({"steps": "1 h, demain"}, "steps", "« demain » n’est pas une durée"),
        ({"steps": ""}, "steps", "celle-ci en a 0"),
        ({"levels": ("a", "b")}, "axes", "exemples pour 2 niveaux"),
        ({"levels": ("a", "b"), "axes": (AxisText(SAFETY, "S", "?"), AxisText("", "E", "?"))}, "levels", "en a 2"),
        ({"axes": (AxisText("", "Équipe", "?"), AxisText(SAFETY, "S", "?"))}, "axes", "vient en premier"),
        ({"axes": (AxisText(SAFETY, "S", "?"), AxisText("", "", "?"))}, "axes", "manque"),
        ({"axes": (AxisText(SAFETY, "S", "?"), AxisText("", "É q", "?"), AxisText("", "e Q", "?"))}, "axes", "deux"),
    ],
)
def test_a_scale_that_cannot_be_used_is_refused_on_its_part(
    platform: Platform, hospitals: Hospitals, ciso: Scope, changes: Mapping[str, object], field: str, said: str
) -> None:
    known = open_scale(platform, ciso, hospitals.valley).draft
    with pytest.raises(Invalid) as refusal:
        set_scale(platform, ciso, hospitals.valley, typed(known, **changes), 0)
    assert said in refusal.value.fields[field].fr
    assert open_scale(platform, ciso, hospitals.valley).own is False


def test_only_who_manages_continuity_edits_the_scale(platform: Platform, hospitals: Hospitals, head: Scope) -> None:
    known = open_scale(platform, head, hospitals.valley)
    assert known.may_change is False
    with pytest.raises(Forbidden):
        set_scale(platform, head, hospitals.valley, known.draft, 0)
    with pytest.raises(NotFound):
        open_scale(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley)


def test_rows_without_a_scale_are_read_with_ours(platform: Platform, hospitals: Hospitals, ciso: Scope) -> None:
    activity = plant_activity(platform, hospitals.valley, "SAMU", dmia=10)
    with platform.database.write() as session:
        session.execute(update(Bia).values(impacts={SAFETY: {"60": 9, "240": 4}, "gone": {"60": 1}}))
    (version,) = bias_of_activity(platform, ciso, activity).versions
    view = open_bia(platform, ciso, version.id)
    assert [cell.level for cell in view.axes[0].cells][:3] == [None, 4, None]
    assert view.suggested == "4 h"


def test_models_are_found_by_their_words_and_shown_in_both_languages(platform: Platform, ciso: Scope) -> None:
    assert [one.id for one in list_models(platform, ciso, "stérilisation dispositifs")] == ["sterilisation"]
    assert list_models(platform, ciso, "xylophone") == ()
    assert len(list_models(platform, ciso)) >= 24
    english = open_model(platform, replace(ciso, lang="en"), "urgences")
    assert (english.line.title, english.impacts[0].cells[1]) == ("Emergency department", ("4 h", 3, "Serious", True))
    with pytest.raises(NotFound):
        open_model(platform, ciso, "cirque")


@pytest.mark.both_databases
def test_the_needs_of_a_model_are_offered_unticked_created_and_tied_once(
    platform: Platform, hospitals: Hospitals, head: Scope, ciso: Scope, emergency: int
) -> None:
    draft = ResourceDraft("PACS et visionneuse d’imagerie", ResourceKind.APPLICATION)
    record = create_resource(platform, ciso, hospitals.valley, draft)
    offers = offer_needs(platform, ciso, emergency, "urgences")
    by_name = {one.name: one for one in offers}
    pacs = by_name["PACS et visionneuse d’imagerie"]
    assert (pacs.known, pacs.tied, pacs.holds) == (True, False, "1 h")
    people = by_name["IOA, infirmiers et médecins de garde"]
    assert (people.known, people.holds) == (False, "")
    done = take_needs(platform, ciso, emergency, "urgences", [pacs.number, people.number, 999])
    assert (done.created, done.tied) == (1, 2)
    again = take_needs(platform, replace(ciso, lang="en"), emergency, "urgences", [pacs.number, people.number])
    assert (again.created, again.tied) == (0, 0)
    with platform.database.read() as session:
        ties = session.scalars(select(Dependency).where(Dependency.dependent_id == emergency)).all()
        assert {(one.needed_id == record, one.holds_minutes) for one in ties} == {(True, 60), (False, 0)}
    with pytest.raises(Invalid):
        take_needs(platform, ciso, emergency, "urgences", [])
    with pytest.raises(Forbidden):
        take_needs(platform, head, emergency, "urgences", [0])
    with pytest.raises(NotFound):
        offer_needs(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), emergency, "urgences")
    with pytest.raises(NotFound):
        offer_needs(platform, ciso, emergency, "cirque")
