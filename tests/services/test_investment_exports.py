"""The investment plan handed out: the workbook sums as the plan does, the document too, only to who may export."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.services.errors import Forbidden, NotFound
from care.services.investment import Period, investment_plan
from care.services.investment_exports import investment_pdf, investment_xlsx
from care.services.platform import Platform
from care.store.trail import TrailEvent
from tests.support.costs import plant_action
from tests.support.pdf import failures_of, text_of
from tests.support.people import Hospitals, person, valid_finess

ALL = Period()


@pytest.fixture
def group(platform: Platform, hospitals: Hospitals) -> Place:
    """A shared action with an odd cent, a running one, one that nobody priced."""
    plant_action(platform, [hospitals.valley, hospitals.hill], "Bastion", [(2026, 100_001)], funding="care-d2")
    plant_action(platform, [hospitals.valley], "=1+1", [(2027, 500), (2028, 1)], funding="@SUM(A1)")
    plant_action(platform, [hospitals.valley], "Segmenter le réseau", effort_days=3.0)
    return Place(Level.GHT, hospitals.ght)


def sheets(content: bytes, *, computed: bool = True) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=computed)
    return {page.title: [tuple(cell.value for cell in row) for row in page.iter_rows()] for page in book.worksheets}


@pytest.mark.both_databases
def test_every_sheet_sums_as_the_plan_does(platform: Platform, machine: Scope, group: Place) -> None:
    plan = investment_plan(platform, machine, group, ALL)
    found = sheets(investment_xlsx(platform, machine, group, ALL))
    assert list(found) == [
        "Par établissement",
        "Par financement",
        "Par nature",
        "Par action",
        "Détail",
        "Non chiffrées",
    ]
    for name, rows in found.items():
        if name != "Non chiffrées":
            assert (rows[-1][0], rows[-1][-1]) == ("Total", plan.total / 100), name
            amounts = [row[-1] for row in rows[1:-1]]
            assert sum(round(amount * 100) for amount in amounts) == plan.total, name
    assert [row[1] for row in found["Non chiffrées"][1:]] == ["Segmenter le réseau"]
    assert found["Par établissement"][0] == ("Établissement", "2026", "2027", "2028", "Total")
    assert found["Détail"][1][2:6] == ("Hôpital de la Colline", valid_finess("01000004"), 1, "Bastion")


def test_no_text_is_a_formula_and_totals_are(platform: Platform, machine: Scope, group: Place) -> None:
    book = openpyxl.load_workbook(io.BytesIO(investment_xlsx(platform, machine, group, ALL)))
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    assert formulas
    assert all(formula.startswith("=SUBTOTAL(109,") for formula in formulas)
    assert {"=1+1", "@SUM(A1)"} <= {cell.value for cell in cells if cell.data_type == "s"}


def test_an_empty_plan_is_a_workbook_and_a_document(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    place = Place(Level.ESTABLISHMENT, hospitals.hill)
    assert [len(rows) for rows in sheets(investment_xlsx(platform, machine, place, ALL)).values()] == [1] * 6
    assert failures_of(investment_pdf(platform, machine, place, ALL)) == []


def test_the_document_says_the_same(platform: Platform, machine: Scope, group: Place) -> None:
    text = text_of(investment_pdf(platform, machine, group, ALL)).replace("\u202f", " ")
    for wanted in ("GHT des Deux Rives", "1 005,02", "Hôpital de la Colline", "500,00", "Segmenter le réseau", "=1+1"):
        assert wanted in text, wanted


def test_the_ciso_of_one_site_hands_out_its_share_alone(platform: Platform, hospitals: Hospitals, group: Place) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    found = sheets(investment_xlsx(platform, ciso, group, ALL))
    assert {row[2] for row in found["Détail"][1:-1]} == {"Hôpital de la Vallée"}
    assert "1 établissement, parmi les 2" in text_of(investment_pdf(platform, ciso, group, ALL))


@pytest.mark.parametrize("export", [investment_xlsx, investment_pdf])
class TestRights:
    def test_a_stranger_finds_nothing(
        self, platform: Platform, hospitals: Hospitals, group: Place, export: Any
    ) -> None:
        with pytest.raises(NotFound):
            export(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), group, ALL)

    def test_a_facilitator_may_not(self, platform: Platform, hospitals: Hospitals, group: Place, export: Any) -> None:
        with pytest.raises(Forbidden):
            export(platform, person(Role.FACILITATOR, Level.GHT, hospitals.ght), group, ALL)

    def test_a_director_may_and_it_leaves_a_trace(
        self, platform: Platform, hospitals: Hospitals, group: Place, export: Any
    ) -> None:
        director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
        assert export(platform, director, Place(Level.ESTABLISHMENT, hospitals.valley), ALL)
        with platform.database.read() as session:
            last = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc())).first()
            assert last is not None
            assert (last.action, last.establishment_id) == ("investment.exported", hospitals.valley)
