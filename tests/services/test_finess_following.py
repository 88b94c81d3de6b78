"""What a newer extract says otherwise, followed down to what is published: history kept, nothing counted twice."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pytest
from sqlalchemy import select

from bench.finess_import import number
from care.domain.access import Level, Place, Scope
from care.domain.months import Month
from care.domain.regional_reports import ReportForm
from care.services import finess, registry
from care.services.errors import Invalid
from care.services.establishment_moves import Move, close_establishment, move_establishment
from care.services.finess import ImportReport, import_extract
from care.services.finess_following import Change, Field
from care.services.indicators.definitions import definitions, read_definitions
from care.services.indicators.figuring import Maker
from care.services.indicators.marks import mark_months
from care.services.platform import Platform
from care.services.profiles import open_profile
from care.services.regional_reports.asking import ReportAsk
from care.services.regional_reports.making import report_of
from care.services.trail import verify
from care.store.indicators import FormerPlace, IndicatorFigure, IndicatorMark
from care.store.registry import Establishment, Region
from care.store.trail import TrailEvent
from reports.region_open import open_json
from tests.support.clock import FixedClock
from tests.support.indicators import plant_holder, plant_value

both = pytest.mark.both_databases
BEFORE, MOVED, SINCE = 202512, 202601, 202602
FIRST, NEXT = "2025-06-01", "2026-01-20"
AIN, FINISTERE = "01", "29"
CATEGORY = "Centre Hospitalier (C.H.)"
PLAYED = "EXO-TX"


@dataclass(frozen=True)
class Line:
    """An establishment of an extract."""

    rank: int
    department: str = AIN
    name: str = ""
    category: str = CATEGORY
    entity: str = number(AIN, 900)

    @property
    def finess(self) -> str:
        return number(AIN, self.rank)

    def __str__(self) -> str:
        fields = ["structureet", self.finess, self.entity, "SITE", self.name or f"SITE {self.rank}", *[""] * 26]
        fields[13:16] = [self.department, "DEPARTEMENT", "01000 BOURG"]
        fields[18:20] = ["355", self.category]
        fields[28], fields[30] = "1979-02-13", "2025-11-01"
        return ";".join(fields) + "\n"


LINES = tuple(Line(rank) for rank in range(8)) + tuple(
    Line(rank, FINISTERE, entity=number(FINISTERE, 900)) for rank in range(8, 14)
)


def load(platform: Platform, scope: Scope, dated: str, *lines: Line, try_out: bool = False) -> ImportReport:
    content = f"finess;etalab;93;{dated}\n" + "".join(map(str, lines))
    return import_extract(platform, scope, "e.csv", io.BytesIO(content.encode()), try_out=try_out)


def changed(rank: int, **what: str) -> list[Line]:
    return [replace(line, **what) if line.rank == rank else line for line in LINES]  # type: ignore[arg-type]


@pytest.fixture
def sites(platform: Platform, machine: Scope) -> list[int]:
    """Fourteen establishments registered from a first extract, each with an exercise played in three months, and the
    figures of these months."""
    load(platform, machine, FIRST, *LINES)
    made = [finess.register_from_finess(platform, machine, line.finess).id for line in LINES]
    with platform.database.write() as session:
        for one in made:
            holder = plant_holder(session, one)
            for month in (BEFORE, MOVED, SINCE):
                plant_value(session, definitions(platform, session, month)[PLAYED], month, holder, 1)
        mark_months(session, (BEFORE, MOVED, SINCE), platform.clock.now())
    work(platform)
    return made


def work(platform: Platform) -> None:
    """Make the figures of the marked months, as the job does."""
    with platform.database.read() as session:
        maker = Maker(platform, session, read_definitions(platform, session))
    assert all(maker.make(month) for month in marks(platform))


def code_of(platform: Platform, code: str) -> int:
    with platform.database.read() as session:
        return session.scalars(select(Region.id).where(Region.code == code)).one()


def asked(platform: Platform, month: Month) -> Mapping[tuple[str, str], tuple[int, int]]:
    """How many establishments each place counts, and how many played, by place and category."""
    query = select(IndicatorFigure).where(IndicatorFigure.indicator == PLAYED, IndicatorFigure.month == month)
    with platform.database.read() as session:
        return {(one.place, one.category): (one.asked, one.numerator) for one in session.scalars(query)}


def marks(platform: Platform) -> list[Month]:
    with platform.database.read() as session:
        return list(session.scalars(select(IndicatorMark.month).order_by(IndicatorMark.month)))


def published(platform: Platform, region: int, month: Month) -> int:
    """The establishments of a region in its public file of a month."""
    ask = ReportAsk(Place(Level.REGION, region), month, (ReportForm.JSON,), public=True)
    document = json.loads(open_json(report_of(platform, ask, "fr")))
    written = f"{month // 100}-{month % 100:02}"
    figures = [one for one in document["figures"] if (one["month"], one["indicator"]) == (written, PLAYED)]
    return next(int(one["asked"]) for one in figures if not one["category"])


@both
def test_a_change_of_region_moves_the_figures_since_and_not_those_before(
    platform: Platform, machine: Scope, sites: list[int]
) -> None:
    alps, brittany = code_of(platform, "84"), code_of(platform, "53")
    before = asked(platform, BEFORE)
    report = load(platform, machine, NEXT, *changed(0, department=FINISTERE))
    assert report.changed == (Change(LINES[0].finess, "SITE 0", Field.REGION, "84", "53"),)
    assert marks(platform) == [MOVED, SINCE]
    work(platform)
    assert asked(platform, BEFORE) == before
    for month, here, there in ((BEFORE, 8, 6), (MOVED, 7, 7), (SINCE, 7, 7)):
        found = asked(platform, month)
        assert (found[f"region:{alps}", ""], found[f"region:{brittany}", ""]) == ((here, here), (there, there))
        assert found["platform:0", ""] == (14, 14)
        assert (published(platform, alps, month), published(platform, brittany, month)) == (here, there)
    with platform.database.write() as session:  # a late value of a month past: made again, it does not move
        mark_months(session, [BEFORE], platform.clock.now())
    work(platform)
    assert asked(platform, BEFORE) == before
    then = open_profile(platform, machine, sites[0]).former
    assert [(one.until, one.region, one.name) for one in then] == [
        (date(2026, 1, 19), "Auvergne-Rhône-Alpes", "SITE 0")
    ]


@both
def test_a_category_an_entity_and_a_name_are_followed_at_once(
    platform: Platform, machine: Scope, sites: list[int]
) -> None:
    ght = registry.create_ght(platform, machine, registry.GhtDraft("GHT", code_of(platform, "84"))).id
    entity = registry.find_establishment(platform, machine, sites[0]).legal_entity_id
    registry.join_ght(platform, machine, entity, ght, since=date(2025, 1, 1))
    work(platform)
    new = changed(0, category="Clinique", name="SITE NEUF", entity=number(AIN, 950))
    report = load(platform, machine, NEXT, *new)
    assert {(one.field, one.before, one.after, one.without_ght) for one in report.changed} == {
        (Field.NAME, "SITE 0", "SITE NEUF", False),
        (Field.CATEGORY, CATEGORY, "Clinique", False),
        (Field.LEGAL_ENTITY, number(AIN, 900), number(AIN, 950), True),
    }
    assert report.left == ()
    work(platform)
    then, now = asked(platform, BEFORE), asked(platform, MOVED)
    assert (then[f"ght:{ght}", ""], now[f"ght:{ght}", ""]) == ((8, 8), (7, 7))
    assert (then["platform:0", CATEGORY], now["platform:0", CATEGORY]) == ((14, 14), (13, 13))
    assert (("platform:0", "Clinique") in then, now["platform:0", "Clinique"]) == (False, (1, 1))
    seen = open_profile(platform, machine, sites[0])
    assert (seen.name, seen.category, seen.ght) == ("SITE NEUF", "Clinique", "")
    assert [(one.name, one.category, one.ght) for one in seen.former][:1] == [("SITE 0", CATEGORY, "GHT")]
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "establishment.listed")).one()
    assert (event.establishment_id, event.detail["fields"]) == (sites[0], "name, place")
    assert verify(platform).sound


@both
def test_a_name_alone_marks_no_figure(platform: Platform, machine: Scope, sites: list[int]) -> None:
    load(platform, machine, NEXT, *changed(0, name="SITE NEUF"))
    assert marks(platform) == []
    assert [one.name for one in open_profile(platform, machine, sites[0]).former] == ["SITE 0"]


@both
def test_a_try_out_says_the_same_and_writes_nothing(platform: Platform, machine: Scope, sites: list[int]) -> None:
    new = [line for line in changed(0, department=FINISTERE, entity=number(AIN, 950)) if line.rank != 1]
    tried = load(platform, machine, NEXT, *new, try_out=True)
    assert marks(platform) == []
    assert open_profile(platform, machine, sites[0]).former == ()
    state = finess.finess_state(platform, machine)
    assert state is not None
    assert state.dated == date(2025, 6, 1)
    assert load(platform, machine, NEXT, *new) == tried
    assert [(one.field, one.after) for one in tried.changed if one.finess == LINES[1].finess] == [
        (Field.CLOSED_ON, NEXT)
    ]


@both
def test_what_a_person_wrote_is_left_and_told(platform: Platform, machine: Scope, sites: list[int]) -> None:
    """The first was made a clinic by a person since; the second was moved on a later day than the extract's."""
    first, second = (registry.find_establishment(platform, machine, one) for one in sites[:2])
    written = Move(first.region_id, first.legal_entity_id, "Clinique", date(2026, 1, 5))
    move_establishment(platform, machine, first.id, written, 0)
    brittany = code_of(platform, "53")
    late = Move(brittany, second.legal_entity_id, second.category, date(2026, 2, 1))
    move_establishment(platform, machine, second.id, late, 0)
    new = [
        replace(line, category="Hôpital") if line.rank == 0 else replace(line, category="E") if line.rank == 1 else line
        for line in LINES
    ]
    report = load(platform, machine, NEXT, *new)
    assert report.changed == ()
    assert {(one.finess, one.field, one.before, one.after) for one in report.left} == {
        (LINES[0].finess, Field.CATEGORY, "Clinique", "Hôpital"),
        (LINES[1].finess, Field.CATEGORY, CATEGORY, "E"),
        (LINES[1].finess, Field.REGION, "53", "84"),
    }
    with platform.database.read() as session:
        assert session.get_one(Establishment, sites[0]).category == "Clinique"


@both
def test_one_merged_here_is_not_moved_by_the_list(platform: Platform, machine: Scope, sites: list[int]) -> None:
    close_establishment(platform, machine, sites[0], date(2026, 1, 1), sites[1], 0)
    work(platform)
    report = load(platform, machine, NEXT, *changed(0, department=FINISTERE))
    assert (report.changed, report.left) == ((), ())
    work(platform)
    assert [asked(platform, month)["platform:0", ""] for month in (BEFORE, MOVED)] == [(14, 14), (13, 13)]


@both
def test_one_that_left_the_list_and_is_back_counts_again(platform: Platform, machine: Scope, sites: list[int]) -> None:
    load(platform, machine, NEXT, *LINES[1:])
    work(platform)
    assert [asked(platform, month)["platform:0", ""] for month in (BEFORE, MOVED)] == [(14, 14), (13, 13)]
    report = load(platform, machine, "2026-02-10", *LINES)
    assert [(one.field, one.before, one.after) for one in report.changed] == [(Field.CLOSED_ON, NEXT, "")]
    work(platform)
    assert asked(platform, MOVED)["platform:0", ""] == (14, 14)


@both
def test_a_number_twice_in_the_list_changes_no_figure(platform: Platform, machine: Scope, sites: list[int]) -> None:
    before = {month: asked(platform, month) for month in (BEFORE, MOVED, SINCE)}
    with pytest.raises(Invalid, match="already higher up"):
        load(platform, machine, NEXT, *changed(0, department=FINISTERE), LINES[0])
    assert marks(platform) == []
    with platform.database.read() as session:
        assert session.scalars(select(FormerPlace)).all() == []
    assert {month: asked(platform, month) for month in before} == before


def test_an_extract_dated_tomorrow_counts_from_today(
    platform: Platform, machine: Scope, sites: list[int], clock: FixedClock
) -> None:
    load(platform, machine, "2026-05-12", *changed(0, department=FINISTERE))
    assert [one.until for one in open_profile(platform, machine, sites[0]).former] == [date(2026, 3, 1)]


def test_an_entity_with_a_wrong_number_is_left(platform: Platform, machine: Scope, sites: list[int]) -> None:
    report = load(platform, machine, NEXT, *changed(0, entity="010000901"))
    assert report.changed == ()
    assert [(one.field, one.after) for one in report.left] == [(Field.LEGAL_ENTITY, "010000901")]
