"""The 66 % rule over what is recorded: at its boundaries, unit by unit, closed units, rights, files handed out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.continuity import Perimeter, PlanState, TestKind, TestResult
from care.domain.share_rule import Verdict
from care.services.continuity_tests import ResultDraft, TestDraft, plan_test, record_result
from care.services.coverage_candidates import list_candidates
from care.services.coverage_exports import coverage_csv, coverage_xlsx
from care.services.coverage_rule import Coverage, Objective, ObjectiveView, read_coverage
from care.services.coverage_weights import WeightDraft, set_declared, set_weights
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.perimeters import say_absent
from care.services.platform import Platform
from care.services.registry import EstablishmentDraft, create_establishment
from care.store.continuity import UnitWeight
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from tests.support.continuity import end_node, plant_activity, plant_plan
from tests.support.people import MACHINE, Hospitals, person, valid_finess

both = pytest.mark.both_databases
TODAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Ght:
    """A GHT of two legal entities: the valley is covered for both objectives, the hill for none."""

    place: Place
    valley: str
    hill: str
    plan: int
    activities: tuple[int, ...]


@pytest.fixture
def ght(platform: Platform, hospitals: Hospitals) -> Ght:
    names = {Perimeter.CARE: "Urgences", Perimeter.ADMINISTRATIVE: "Paie", Perimeter.TECHNICAL: "Imagerie"}
    activities = tuple(
        plant_activity(platform, hospitals.valley, name, 240, perimeter=one) for one, name in names.items()
    )
    plan = plant_plan(platform, hospitals.valley, "PCRA", activities)
    play(platform, hospitals.valley, plan, activities[0])
    place = Place(Level.GHT, hospitals.ght)
    return Ght(
        place, f"legal_entity:{hospitals.valley_entity}", f"legal_entity:{hospitals.hill_entity}", plan, activities
    )


def play(platform: Platform, establishment_id: int, plan: int, activity: int) -> int:
    """A field exercise done today."""
    draft = TestDraft(TestKind.FIELD, "Nuit sans DPI", TODAY, plan_series=plan, node_ids=(activity,))
    number = plan_test(platform, MACHINE, establishment_id, draft)
    record_result(platform, MACHINE, number, ResultDraft(TODAY, TestResult.PASSED), 1)
    return number


def weigh(platform: Platform, ght: Ght, valley: str, hill: str) -> Coverage:
    known = {one.key: one.version for one in read_coverage(platform, MACHINE, ght.place).units}
    drafts = [
        WeightDraft(ght.valley, valley, "SAE 2025" if valley else "", known[ght.valley]),
        WeightDraft(ght.hill, hill, "SAE 2025" if hill else "", known[ght.hill]),
    ]
    set_weights(platform, MACHINE, ght.place, drafts)
    return read_coverage(platform, MACHINE, ght.place)


def of(found: Coverage, objective: Objective) -> ObjectiveView:
    return next(one for one in found.objectives if one.objective is objective)


@pytest.mark.parametrize(
    ("valley", "hill", "verdict", "value", "to_add"),
    [
        ("66", "34", Verdict.MET, "66,00\u00a0%", ()),
        ("66,00", "34,00", Verdict.MET, "66,00\u00a0%", ()),
        ("65.99", "34.01", Verdict.NOT_MET, "65,99\u00a0%", ("CH de la Colline",)),
        ("65,999999999999999999999999", "34,000000000000000000000001", Verdict.NOT_MET, "65,99\u00a0%",
         ("CH de la Colline",)),
        ("65,6", "34,4", Verdict.NOT_MET, "65,60\u00a0%", ("CH de la Colline",)),
        ("1980", "1020", Verdict.MET, "66,00\u00a0%", ()),
        ("1979", "1021", Verdict.NOT_MET, "65,96\u00a0%", ("CH de la Colline",)),
        ("2", "1", Verdict.MET, "66,66\u00a0%", ()),
        ("0", "12", Verdict.NOT_MET, "0,00\u00a0%", ("CH de la Colline",)),
        ("12", "0", Verdict.MET, "100,00\u00a0%", ()),
    ],
)  # fmt: skip
@both
def test_the_rule_at_its_boundaries(
    platform: Platform, ght: Ght, valley: str, hill: str, verdict: Verdict, value: str, to_add: tuple[str, ...]
) -> None:
    found = weigh(platform, ght, valley, hill)
    for objective in Objective:
        view = of(found, objective)
        assert (view.verdict, view.value, view.to_add) == (verdict, value, to_add)


@both
def test_the_fraction_is_exact_and_every_line_explained(platform: Platform, ght: Ght, hospitals: Hospitals) -> None:
    found = weigh(platform, ght, "1 979", "1021")
    plans = of(found, Objective.O1_C)
    assert (plans.sums, plans.fraction) == ("1\u202f979 / 3\u202f000", "1979/3000")
    hill, valley = found.units
    assert (valley.part, valley.exact, valley.weight, valley.origin) == (
        "65,96\u00a0%",
        "1979/3000",
        "1 979",
        "SAE 2025",
    )
    assert valley.judged[Objective.O1_C].lacks == ()
    assert [one.words for one in hill.judged[Objective.O1_C].lacks] == [
        "Service de soins à impact majeur sur la prise en charge : aucune activité désignée",
        "Processus administratif le plus critique : aucune activité désignée",
        "Plateau technique du parcours de soins : aucune activité désignée",
    ]
    assert {one.establishment_id for one in hill.judged[Objective.O1_C].lacks} == {hospitals.hill}
    assert hill.judged[Objective.O1_D].lacks[0].words == (
        "aucun exercice de terrain d’un plan dans la phase opérationnelle"
    )


@both
def test_weights_that_are_missing_or_sum_to_nothing_leave_it_unknown(platform: Platform, ght: Ght) -> None:
    found = weigh(platform, ght, "10", "")
    view = of(found, Objective.O1_C)
    assert (view.verdict, view.value, view.without_weight) == (Verdict.UNKNOWN, "", ("CH de la Colline",))
    view = of(weigh(platform, ght, "0", "0"), Objective.O1_C)
    assert (view.verdict, view.without_weight, view.sums) == (Verdict.UNKNOWN, (), "0 / 0")


@both
def test_a_weight_wants_an_origin_and_is_a_number(platform: Platform, ght: Ght) -> None:
    with pytest.raises(Invalid) as refusal:
        set_weights(
            platform, MACHINE, ght.place, [WeightDraft(ght.valley, "12", " ", 0), WeightDraft(ght.hill, "-3", "SAE", 0)]
        )
    assert set(refusal.value.fields) == {f"origin-{ght.valley}", f"weight-{ght.hill}"}
    with pytest.raises(Invalid) as refusal:
        set_weights(platform, MACHINE, ght.place, [WeightDraft("establishment:1", "12", "SAE", 0)])
    assert set(refusal.value.fields) == {"units"}
    with platform.database.read() as session:
        assert session.scalars(select(UnitWeight)).all() == []


@both
def test_two_people_weighing_one_unit_lose_nothing(platform: Platform, ght: Ght, hospitals: Hospitals) -> None:
    other = person(Role.CISO, Level.GHT, hospitals.ght)
    set_weights(platform, other, ght.place, [WeightDraft(ght.valley, "12", "SAE", 0)])
    late = [WeightDraft(ght.hill, "5", "SAE", 0), WeightDraft(ght.valley, "13", "PMSI", 0)]
    with pytest.raises(Refused) as refusal:
        set_weights(platform, MACHINE, ght.place, late)
    assert other.actor in refusal.value.text.fr
    with platform.database.read() as session:
        assert [row.weight for row in session.scalars(select(UnitWeight))] == ["12"]
    assert set_weights(platform, MACHINE, ght.place, [WeightDraft(ght.valley, "12", "SAE", 0)]) == 0


@both
def test_a_plan_must_be_validated_a_bia_in_force_and_the_activity_in_use(platform: Platform, ght: Ght) -> None:
    assert read_coverage(platform, MACHINE, ght.place).units[1].judged[Objective.O1_C].covered
    end_node(platform, ght.activities[2], TODAY)
    (lack,) = read_coverage(platform, MACHINE, ght.place).units[1].judged[Objective.O1_C].lacks
    assert lack.words == "Plateau technique du parcours de soins : aucune activité désignée"


@both
def test_what_is_near_the_aim_is_named(platform: Platform, hospitals: Hospitals) -> None:
    care = plant_activity(platform, hospitals.far, "Urgences", 240, perimeter=Perimeter.CARE)
    plant_activity(platform, hospitals.far, "Paie", perimeter=Perimeter.ADMINISTRATIVE)
    say_absent(platform, MACHINE, hospitals.far, Perimeter.TECHNICAL, "Pas de plateau : tout est confié au GHT.")
    plant_plan(platform, hospitals.far, "En cours", (care,), PlanState.IN_VALIDATION)
    found = read_coverage(platform, MACHINE, Place(Level.LEGAL_ENTITY, hospitals.far_entity))
    judged = found.units[0].judged[Objective.O1_C]
    assert [one.words for one in judged.lacks] == [
        "Service de soins à impact majeur sur la prise en charge : Urgences, pas de plan validé",
        "Processus administratif le plus critique : Paie, ni BIA en vigueur ni plan validé",
    ]
    assert judged.lacks[0].activity_id == care
    assert [one.words for one in judged.shows] == ["Plateau technique du parcours de soins : dit absent"]
    assert (found.single, found.objectives[0].verdict, found.objectives[0].value) == (True, Verdict.NOT_MET, "")


@both
def test_a_plan_without_a_test_to_come_breaks_the_schedule(platform: Platform, ght: Ght, hospitals: Hospitals) -> None:
    other = plant_plan(platform, hospitals.valley, "PCRA de la paie")
    judged = read_coverage(platform, MACHINE, ght.place).units[1].judged[Objective.O1_D]
    assert not judged.covered
    assert [(one.words, one.plan_id) for one in judged.lacks] == [
        ("plan « PCRA de la paie » : aucun essai prévu", other)
    ]
    draft = TestDraft(TestKind.TABLE_TOP, "Paie", TODAY + timedelta(days=90), plan_series=other)
    plan_test(platform, MACHINE, hospitals.valley, draft)
    assert read_coverage(platform, MACHINE, ght.place).units[1].judged[Objective.O1_D].covered


@both
def test_the_phase_ends_with_the_declaration(platform: Platform, ght: Ght) -> None:
    with pytest.raises(Invalid):
        set_declared(platform, MACHINE, ght.place, date(2025, 7, 15), 0)
    set_declared(platform, MACHINE, ght.place, date(2026, 3, 1), 0)
    found = read_coverage(platform, MACHINE, ght.place)
    assert (found.phase.start, found.phase.end, found.declared_version) == (date(2025, 7, 16), date(2026, 3, 1), 1)
    assert not found.units[1].judged[Objective.O1_D].covered
    with pytest.raises(Refused, match="the date of the declaration"):
        set_declared(platform, MACHINE, ght.place, None, 0)
    set_declared(platform, MACHINE, ght.place, None, 1)
    assert read_coverage(platform, MACHINE, ght.place).units[1].judged[Objective.O1_D].covered


@both
def test_a_unit_closed_in_the_phase_is_shown_and_one_closed_before_is_not(
    platform: Platform, ght: Ght, hospitals: Hospitals
) -> None:
    def close(day: date) -> None:
        with platform.database.write() as session:
            row = session.get(Establishment, hospitals.hill)
            assert row is not None
            row.closed_on = day

    weigh(platform, ght, "60", "40")
    close(date(2025, 9, 1))
    found = read_coverage(platform, MACHINE, ght.place)
    assert [one.closed_on for one in found.units] == [None, date(2025, 9, 1)]
    view = found.objectives[0]
    assert (found.single, view.verdict, view.with_closed) == (True, Verdict.TO_CONFIRM, "60,00\u00a0%")
    weigh(platform, ght, "70", "30")
    assert read_coverage(platform, MACHINE, ght.place).objectives[0].verdict is Verdict.MET
    close(date(2025, 7, 1))
    assert [one.name for one in read_coverage(platform, MACHINE, ght.place).units] == ["CH de la Vallée"]
    close(TODAY + timedelta(days=1))
    assert read_coverage(platform, MACHINE, ght.place).closed == ()


@both
def test_when_a_closed_unit_decides_a_person_does(platform: Platform, hospitals: Hospitals) -> None:
    where = Place(Level.LEGAL_ENTITY, hospitals.far_entity)
    finess = [valid_finess(start) for start in ("35000003", "35000004")]
    bare, closed = (
        create_establishment(platform, MACHINE, EstablishmentDraft(number, name, hospitals.far_entity)).id
        for number, name in zip(finess, ("Annexe", "Fermé"), strict=True)
    )
    with platform.database.write() as session:
        row = session.get(Establishment, closed)
        assert row is not None
        row.closed_on = date(2026, 1, 1)
    numbers = tuple(plant_activity(platform, hospitals.far, str(one), 60, perimeter=one) for one in Perimeter)
    plant_plan(platform, hospitals.far, "PCRA", numbers)
    weights = {hospitals.far: "70", bare: "30", closed: "20"}
    set_weights(
        platform, MACHINE, where, [WeightDraft(f"establishment:{one}", w, "SAE", 0) for one, w in weights.items()]
    )
    view = of(read_coverage(platform, MACHINE, where), Objective.O1_C)
    assert (view.verdict, view.value, view.with_closed) == (Verdict.TO_CONFIRM, "70,00\u00a0%", "58,33\u00a0%")


@both
def test_who_sees_a_candidate_sees_all_of_it(platform: Platform, ght: Ght, hospitals: Hospitals) -> None:
    group = person(Role.CISO, Level.GHT, hospitals.ght)
    regional = person(Role.REGIONAL, Level.REGION, hospitals.region)
    one_site = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    visitor = person(Role.VISITOR, Level.GHT, hospitals.ght)
    assert read_coverage(platform, group, ght.place).may_manage
    assert (
        read_coverage(platform, regional, ght.place).may_manage,
        read_coverage(platform, regional, ght.place).may_export,
    ) == (False, True)
    drafts = [WeightDraft(ght.valley, "1", "SAE", 0)]
    assert set_weights(platform, group, ght.place, drafts) == 1
    for who, error in ((regional, Forbidden), (visitor, Forbidden), (one_site, NotFound), (stranger, NotFound)):
        with pytest.raises(error):
            set_weights(platform, who, ght.place, drafts)
        with pytest.raises(error):
            set_declared(platform, who, ght.place, TODAY, 0)
    with pytest.raises(Forbidden):
        coverage_csv(platform, visitor, ght.place)
    entity = Place(Level.LEGAL_ENTITY, hospitals.valley_entity)
    assert read_coverage(platform, one_site, entity).single
    for hidden in (ght.place, Place(Level.LEGAL_ENTITY, hospitals.hill_entity), Place(Level.REGION, hospitals.region)):
        with pytest.raises(NotFound):
            read_coverage(platform, one_site, hidden)

    def names(who: Scope) -> list[str]:
        return [one.name for one in list_candidates(platform, who)]

    assert names(group) == ["GHT des Deux Rives", "CH de la Colline", "CH de la Vallée"]
    assert names(one_site) == ["CH de la Vallée"]
    assert names(stranger) == ["CH du Lointain"]


@both
def test_the_computation_is_handed_out(platform: Platform, ght: Ght) -> None:
    weigh(platform, ght, "65.99", "34.01")
    text = coverage_csv(platform, MACHINE, ght.place).decode("utf-8-sig")
    header, hill, valley = text.splitlines()
    assert header.startswith(
        "Unité;FINESS;Fermée le;Poids;Origine du poids;Part (tronquée);Part exacte;D2.O1.C couvert"
    )
    assert ";65.99;SAE 2025;65,99\u00a0%;6599/10000;oui;" in valley
    assert "aucune activité désignée" in hill
    book = load_workbook(io.BytesIO(coverage_xlsx(platform, MACHINE, ght.place)))
    assert book.sheetnames == ["Unités", "Résultat"]
    assert [cell.value for cell in book["Résultat"][2]][1:5] == [
        "Pas atteint", "65,99\u00a0%", "65,99 / 100", "6599/10000",
    ]  # fmt: skip
    with platform.database.read() as session:
        handed = session.scalars(select(TrailEvent).where(TrailEvent.action == "coverage.exported")).all()
        assert [one.detail["form"] for one in handed] == ["csv", "xlsx"]
