"""How grave an incident is and what it calls for: tables with their boundaries; a blank never reassures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from care.domain.declaration_clocks import (
    Called,
    ClockState,
    Settlement,
    called_for,
    clock_state,
)
from care.domain.incidents import NATIONAL, IncidentFacts, assess, figures_by_year
from care.domain.programme import Extent, Gravity, IncidentKind, PatientImpact

QUIET = IncidentFacts(
    IncidentKind.ACCIDENTAL, PatientImpact.NONE, False, False, False, False, False, Extent.LOCAL, others_exposed=False
)
"""Everything is known and nothing happened."""
DETECTED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "gravity"),
    [
        ({}, Gravity.MINOR),
        ({"patient_impact": PatientImpact.POTENTIAL}, Gravity.GRAVE),
        ({"patient_impact": PatientImpact.PROVEN}, Gravity.GRAVE),
        ({"patient_impact": PatientImpact.UNKNOWN}, Gravity.UNKNOWN),
        ({"confidentiality": True}, Gravity.GRAVE),
        ({"confidentiality": None}, Gravity.UNKNOWN),
        ({"integrity": True}, Gravity.GRAVE),
        ({"integrity": None}, Gravity.UNKNOWN),
        ({"availability": True}, Gravity.GRAVE),
        ({"availability": None}, Gravity.UNKNOWN),
        ({"degraded_mode": True}, Gravity.GRAVE),
        ({"degraded_mode": None}, Gravity.UNKNOWN),
        ({"degraded_mode": None, "availability": True}, Gravity.GRAVE),
        ({"extent": Extent.UNKNOWN}, Gravity.UNKNOWN),
        ({"others_exposed": None}, Gravity.UNKNOWN),
        ({"others_exposed": True}, Gravity.UNKNOWN),  # wide without a criterion: a person must decide
        ({"extent": Extent.DEPARTMENT}, Gravity.UNKNOWN),
        ({"integrity": True, "extent": Extent.DEPARTMENT}, Gravity.SIGNIFICANT),
        ({"integrity": True, "extent": Extent.REGION}, Gravity.SIGNIFICANT),
        ({"integrity": True, "extent": Extent.NATIONAL}, Gravity.SIGNIFICANT),
        ({"integrity": True, "others_exposed": True}, Gravity.SIGNIFICANT),
        ({"integrity": True, "others_exposed": None, "extent": Extent.UNKNOWN}, Gravity.GRAVE),
        ({"personal_data": None}, Gravity.MINOR),  # it is for the CNIL, not for the gravity
        ({"kind": IncidentKind.UNKNOWN}, Gravity.MINOR),
    ],
)
def test_gravity(changes: dict[str, object], gravity: Gravity) -> None:
    found = assess(replace(QUIET, **changes))  # type: ignore[arg-type]
    assert found.gravity is gravity
    assert found.why or found.unknown


def test_nothing_known_is_to_be_assessed_with_every_question() -> None:
    found = assess(IncidentFacts())
    assert found.gravity is Gravity.UNKNOWN
    assert not found.why
    assert len(found.unknown) == 6


def test_a_grave_one_says_what_could_make_it_significant() -> None:
    found = assess(replace(QUIET, integrity=True, extent=Extent.UNKNOWN, others_exposed=None))
    assert [one.fr for one in found.unknown] == ["l’étendue", "l’exposition d’autres structures"]


def test_a_blank_is_never_minor() -> None:
    """Over every combination of answers: minor only when each question that matters is answered."""
    answers = (None, True, False)
    minor = 0
    for confidentiality, integrity, availability, degraded, others in product(answers, repeat=5):
        for impact, extent in product(PatientImpact, Extent):
            facts = IncidentFacts(
                patient_impact=impact,
                confidentiality=confidentiality,
                integrity=integrity,
                availability=availability,
                degraded_mode=degraded,
                extent=extent,
                others_exposed=others,
            )
            if assess(facts).gravity is Gravity.MINOR:
                minor += 1
                assert (confidentiality, integrity, availability, degraded, others) == (False,) * 5
                assert (impact, extent) == (PatientImpact.NONE, Extent.LOCAL)
    assert minor == 1


@pytest.mark.parametrize(
    ("duty", "changes", "gravity", "called"),
    [
        ("cert_sante", {}, Gravity.MINOR, Called.NO),
        ("cert_sante", {}, Gravity.GRAVE, Called.YES),
        ("cert_sante", {}, Gravity.SIGNIFICANT, Called.YES),
        ("cert_sante", {}, Gravity.UNKNOWN, Called.UNKNOWN),
        ("cnil", {"personal_data": False}, Gravity.GRAVE, Called.NO),
        ("cnil", {"personal_data": None, "confidentiality": True}, Gravity.GRAVE, Called.UNKNOWN),
        ("cnil", {"personal_data": True}, Gravity.GRAVE, Called.NO),  # neither seen, altered nor lost
        ("cnil", {"personal_data": True, "confidentiality": None}, Gravity.GRAVE, Called.UNKNOWN),
        ("cnil", {"personal_data": True, "availability": True}, Gravity.MINOR, Called.YES),
        ("nis2", {}, Gravity.GRAVE, Called.UNKNOWN),  # the French text is not known
        ("nis2", {}, Gravity.MINOR, Called.NO),
        ("complaint", {}, Gravity.GRAVE, Called.NO),
        ("complaint", {"kind": IncidentKind.MALICIOUS}, Gravity.MINOR, Called.YES),
        ("complaint", {"kind": IncidentKind.UNKNOWN}, Gravity.MINOR, Called.UNKNOWN),
        ("own_1", {}, Gravity.MINOR, Called.UNKNOWN),
    ],
)
def test_what_is_called_for(duty: str, changes: dict[str, object], gravity: Gravity, called: Called) -> None:
    assert called_for(duty, replace(QUIET, **changes), gravity).called is called  # type: ignore[arg-type]


H72, MINUTE = timedelta(hours=72), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(0), ClockState.RUNNING),
        (H72 - MINUTE, ClockState.RUNNING),
        (H72, ClockState.RUNNING),
        (H72 + timedelta(seconds=1), ClockState.LATE),
    ],
)
def test_the_clock_at_its_limit(after: timedelta, state: ClockState) -> None:
    assert clock_state(0, 4320, DETECTED, DETECTED + after, Called.YES, Settlement()) is state
    assert clock_state(0, 4320, DETECTED, DETECTED + after, Called.UNKNOWN, Settlement()) is state
    assert clock_state(0, 4320, DETECTED, DETECTED + after, Called.NO, Settlement()) is ClockState.NOT_CALLED


@pytest.mark.parametrize(
    ("done", "state"),
    [
        (Settlement(sent_at=DETECTED + H72), ClockState.SENT),
        (Settlement(sent_at=DETECTED + H72 + MINUTE), ClockState.SENT_LATE),
        (Settlement(not_due=True), ClockState.NOT_DUE),
    ],
)
def test_what_was_recorded_settles_it(done: Settlement, state: ClockState) -> None:
    found = clock_state(0, 4320, DETECTED, DETECTED + 2 * H72, Called.YES, done)
    assert found is state
    assert found.settled


def test_without_delay_is_at_once_then_as_things_go() -> None:
    later = DETECTED + timedelta(days=9)
    assert clock_state(0, None, DETECTED, DETECTED, Called.YES, Settlement()) is ClockState.AT_ONCE
    assert clock_state(1, None, DETECTED, later, Called.YES, Settlement()) is ClockState.GOING_ON
    assert not ClockState.GOING_ON.settled


def test_figures_leave_out_what_is_not_known() -> None:
    malicious = replace(QUIET, kind=IncidentKind.MALICIOUS, patient_impact=PatientImpact.POTENTIAL)
    found = figures_by_year([(2025, QUIET), (2026, malicious), (2026, QUIET), (2026, IncidentFacts())])
    assert [one.year for one in found] == [2026, 2025]
    year = found[0]
    assert year.total == 3
    assert (year.malicious.percent, year.malicious.known, year.malicious.unknown) == (50, 2, 1)
    assert (year.patients.part, year.proven.part, year.degraded.percent) == (1, 0, 0)
    assert year.malicious.small
    nothing = figures_by_year([(2026, IncidentFacts())])[0]
    assert nothing.degraded.percent is None
    many = figures_by_year([(2026, QUIET)] * 10)[0]
    assert not many.malicious.small


def test_a_national_figure_that_was_not_found_is_empty() -> None:
    known = {one.year: one for one in NATIONAL}
    assert (known[2023].total, known[2023].malicious, known[2023].patients, known[2023].degraded) == (581, 50, 35, 32)
    assert known[2022].malicious is None
    assert known[2024].total is None
