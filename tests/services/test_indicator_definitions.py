"""Which indicators are in force for a month, and whom each asks."""

from __future__ import annotations

from datetime import date

import pytest

from care.domain.access import Level, Place
from care.domain.application_files import FileState
from care.domain.indicators import Audience, Family, Measure
from care.services.indicators.audiences import read_audiences
from care.services.indicators.definitions import definitions, read_definitions
from care.services.platform import Platform
from care.store.indicators import EstablishmentProfile
from care.store.programme import ApplicationFile
from care.store.registry import Establishment, LegalEntity
from tests.support.people import Hospitals

both = pytest.mark.both_databases


def plant_file(
    platform: Platform, place: Place, framework: str, state: FileState, candidacy_on: date | None = None
) -> None:
    now = platform.clock.now()
    with platform.database.write() as session:
        session.add(
            ApplicationFile(
                holder=f"{place.level}:{place.id}",
                framework=framework,
                state=state,
                candidacy_on=candidacy_on,
                created_at=now,
                changed_at=now,
                changed_by="tests",
            )
        )


def test_every_assessed_requirement_of_the_programme_is_an_indicator(platform: Platform) -> None:
    with platform.database.read() as session:
        known = definitions(platform, session, 202611)
    one = known["care-d2:O3.A"]
    assert (one.version, one.measure, one.family) == ("2025.07", Measure.REACHED, Family.PROGRAMME)
    assert (one.audience, one.domain) == (Audience.CANDIDATES, "care-d2")
    assert known["socle-cyber:S1"].audience is Audience.ALL
    assert "socle-cyber:S2" not in known  # nothing assesses what no text read says
    assert not any(code.startswith("has:") for code in known)


def test_a_requirement_is_not_measured_before_its_framework_begins(platform: Platform) -> None:
    with platform.database.read() as session:
        library = read_definitions(platform, session)
    assert "care-d2:O1.C" not in library.of(202506)
    assert library.of(202507)["care-d2:O1.C"].since == 202507
    assert "EXO-TX" in library.of(202506)
    assert [one.version for one in library.versions("care-d2:O1.C")] == ["2025.07"]
    assert library.versions("no-such") == ()


@both
def test_candidates_are_the_establishments_of_who_applies(platform: Platform, hospitals: Hospitals) -> None:
    with platform.database.read() as session:
        entity = session.get_one(LegalEntity, session.get_one(Establishment, hospitals.valley).legal_entity_id)
        ght, own = Place(Level.GHT, entity.ght_id or 0), Place(Level.LEGAL_ENTITY, entity.id)
        neighbours = {
            row.id
            for row in session.query(Establishment).all()
            if row.legal_entity.ght_id == entity.ght_id and row.legal_entity_id != entity.id
        }
    plant_file(platform, ght, "care-d2", FileState.OPERATIONAL_PHASE, date(2025, 10, 1))
    plant_file(platform, own, "care-d2", FileState.CANDIDATE_TURNED_DOWN, date(2025, 10, 1))
    with platform.database.write() as session:
        session.add(
            EstablishmentProfile(
                establishment_id=hospitals.valley, ose=True, changed_at=platform.clock.now(), changed_by="tests"
            )
        )
    with platform.database.read() as session:
        library = read_definitions(platform, session)
        after, before = read_audiences(session, date(2026, 3, 31)), read_audiences(session, date(2025, 9, 30))
    candidates = library.of(202611)["PCRA-66"]
    assert neighbours
    assert after.concerned(candidates) == neighbours  # the entity that was turned down has its own file
    assert before.concerned(candidates) == frozenset()
    assert after.concerned(library.of(202611)["EXO-OSE"]) == {hospitals.valley}
    assert after.concerned(library.of(202611)["EXO-TX"]) is None
