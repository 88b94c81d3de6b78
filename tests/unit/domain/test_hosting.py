"""Hosting of health data and contracts: boundaries, and what is unknown stays unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from care.domain.contracts import ClauseState, ContractFacts, contract_alerts, coverage_of, denounce_by
from care.domain.hosting import HostingFacts, Tone, hosting_alerts

DAY = date(2026, 3, 2)
SOUND = HostingFacts(
    internal=False,
    host="Hébergeur",
    data="Dossiers",
    hds_certified=True,
    hds_certificate="HDS-1",
    hds_until=DAY + timedelta(days=91),
    location="Lyon",
    outside_eea=False,
    foreign_control=False,
)
KNOWN = ContractFacts(
    critical=True, health_data=True, remote_access=False, ends_on=DAY + timedelta(days=400), notice_days=90,
    filed=True, hosted=True,
)  # fmt: skip


def tones(facts: HostingFacts) -> list[Tone]:
    return [one.tone for one in hosting_alerts(facts, DAY)]


def said(facts: HostingFacts) -> str:
    return " ".join(one.said.fr for one in hosting_alerts(facts, DAY))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"hds_until": DAY + timedelta(days=90)}, [Tone.HIGH]),
        ({"hds_until": DAY}, [Tone.HIGH]),
        ({"hds_until": DAY - timedelta(days=1)}, [Tone.CRITICAL]),
        ({"hds_until": None}, [Tone.UNKNOWN]),
        ({"hds_certificate": ""}, [Tone.UNKNOWN]),
        ({"hds_certified": False}, [Tone.CRITICAL]),
        ({"hds_certified": None}, [Tone.UNKNOWN]),
        ({"outside_eea": True}, [Tone.CRITICAL]),
        ({"outside_eea": True, "mitigation": "Clé chez nous"}, [Tone.HIGH]),
        ({"foreign_control": True}, [Tone.HIGH]),
        ({"foreign_control": True, "mitigation": "Clé chez nous"}, []),
        ({"foreign_control": None}, [Tone.UNKNOWN]),
        ({"outside_eea": None, "location": ""}, [Tone.UNKNOWN]),
        ({"migrate_by": DAY + timedelta(days=91)}, []),
        ({"migrate_by": DAY + timedelta(days=90)}, [Tone.HIGH]),
        ({"migrate_by": DAY - timedelta(days=1)}, [Tone.CRITICAL]),
        ({"secnumcloud": True, "secnumcloud_until": DAY - timedelta(days=1)}, [Tone.HIGH]),
        ({"secnumcloud": True, "secnumcloud_until": DAY + timedelta(days=90)}, [Tone.MEDIUM]),
        ({"contract_over": True}, [Tone.HIGH]),
    ],
)
def test_what_a_hosting_calls_for(changes: dict[str, object], expected: list[Tone]) -> None:
    assert tones(replace(SOUND, **changes)) == expected  # type: ignore[arg-type]


def test_inside_the_hospital_neither_certificate_nor_place_is_asked_for() -> None:
    assert tones(HostingFacts(internal=True, data="Dossiers")) == []


def test_nothing_known_is_asked_for_and_never_called_a_fault() -> None:
    assert set(tones(HostingFacts())) == {Tone.UNKNOWN}
    assert "interne ou externe" in said(HostingFacts())
    assert all(one.said.fr.strip().endswith(".") for one in hosting_alerts(HostingFacts(), DAY))


def test_the_most_pressing_comes_first() -> None:
    worst = replace(SOUND, hds_certified=False, foreign_control=True, location="")
    assert tones(worst) == [Tone.CRITICAL, Tone.HIGH, Tone.UNKNOWN]


@pytest.mark.parametrize(
    ("ends", "notice", "expected"),
    [(None, 90, None), (DAY, None, None), (date(2026, 6, 30), 90, date(2026, 4, 1)), (DAY, 0, DAY)],
)
def test_the_last_day_to_give_notice(ends: date | None, notice: int | None, expected: date | None) -> None:
    assert denounce_by(ends, notice) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"ends_on": DAY - timedelta(days=1)}, [Tone.HIGH]),
        ({"ends_on": DAY + timedelta(days=181)}, []),
        ({"ends_on": DAY + timedelta(days=180)}, [Tone.HIGH]),
        ({"ends_on": DAY + timedelta(days=89)}, [Tone.MEDIUM]),
        ({"ends_on": DAY + timedelta(days=180), "notice_days": None}, [Tone.HIGH]),
        ({"ends_on": DAY + timedelta(days=181), "notice_days": None}, []),
        ({"ends_on": None}, [Tone.UNKNOWN]),
        ({"critical": None}, [Tone.UNKNOWN]),
        ({"filed": False}, [Tone.UNKNOWN]),
        ({"hosted": False}, [Tone.UNKNOWN]),
        ({"lacking": 3}, [Tone.HIGH]),
        ({"lacking": 3, "critical": False}, [Tone.MEDIUM]),
        ({"lacking": 3, "critical": False, "health_data": False}, []),
        ({"unanswered": 118}, [Tone.UNKNOWN]),
    ],
)
def test_what_a_contract_calls_for(changes: dict[str, object], expected: list[Tone]) -> None:
    assert [one.tone for one in contract_alerts(replace(KNOWN, **changes), DAY)] == expected  # type: ignore[arg-type]


def test_a_clause_not_read_is_neither_covered_nor_absent() -> None:
    assert coverage_of([ClauseState.UNANSWERED] * 3).rate is None
    assert coverage_of([ClauseState.NOT_APPLICABLE]).rate is None
    mixed = coverage_of([ClauseState.COVERED, ClauseState.ABSENT, ClauseState.UNANSWERED, ClauseState.NOT_APPLICABLE])
    assert (mixed.rate, mixed.holding, mixed.lacking) == (1 / 3, 3, 1)
