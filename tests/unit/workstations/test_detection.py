"""Log sources of a SIEM: three formats read, families and silences told, retention against each text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, read_list
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from scanners.workstations.collect import Request, collect
from scanners.workstations.facts import LOG_SOURCES, YES, Answers, ListedSource, Source, WorkstationFacts
from scanners.workstations.log_families import families_of
from scanners.workstations.log_list import listed_sources
from scanners.workstations.retention import RETENTION_TEXTS, texts_met, texts_missed, to_justify
from tests.unit.workstations.specimens import ANSWERS, BACKGROUND, HEALTHY, NOT_LISTED, NOW, SERVER, machines

SAMPLES = Path(__file__).parent / "siem"
COLUMNS = ("name", "kind", "host", "last_event", "retention_days")


def sources(name: str) -> tuple[ListedSource, ...]:
    table = read_list(ListFile(ListKind.LOG_SOURCES, name, str(SAMPLES / name), brought_on=NOW.date()))
    assert table.unread == {}
    assert set(table.columns) == set(COLUMNS)
    return listed_sources(table)


def outcome(
    name: str, listed: tuple[ListedSource, ...] | None, answers: Answers = ANSWERS, columns: tuple[str, ...] = COLUMNS
) -> Outcome:
    given = tuple(one for one in BACKGROUND.sources if one.kind != "log_sources")
    if listed is not None:
        given = (*given, Source("log_sources", "siem.csv", columns, len(listed)))
    rule = next(rule for rule in rules_of("workstations") if rule.id == f"workstations.{name}")
    return run_rule(
        rule,
        WorkstationFacts(replace(BACKGROUND, sources=given, log_list=listed, answers=answers), HEALTHY.machines),
    )


def subjects(result: Outcome) -> set[str]:
    return {finding.subject for finding in result.findings}


def one(**changes: object) -> ListedSource:
    return replace(ListedSource("DC1", "Active Directory", "DC1", NOW, 365), **changes)


# ---------------------------------------------------------------- three formats


def test_a_french_list_is_read() -> None:
    listed = sources("collecteur.csv")
    assert len(listed) == 8
    assert listed[0] == ListedSource(
        "Contrôleur DC1", "Active Directory", "DC1", datetime(2026, 3, 10, 5, 45, tzinfo=UTC), 365
    )
    assert subjects(outcome("silent_log_sources", listed)) == {"Serveur DPI"}
    assert subjects(outcome("log_retention", listed)) == {"Commutateurs cœur", "Automate labo"}
    assert outcome("log_sources", listed).status is Status.PASSED


def test_an_english_list_is_read() -> None:
    listed = sources("console.csv")
    assert listed[0].last_event == datetime(2026, 3, 10, 5, 58, 12, tzinfo=UTC)
    assert subjects(outcome("silent_log_sources", listed)) == {"HOPITAL - Linux servers"}
    assert outcome("log_retention", listed).status is Status.PASSED
    assert outcome("log_sources", listed).status is Status.PASSED


def test_a_short_list_lacks_families_and_dates() -> None:
    listed = sources("index.csv")
    assert listed[2].last_event is None
    (found,) = outcome("log_sources", listed).findings
    assert found.evidence["missing"] == "network equipment, directory, DNS and DHCP, antivirus and EDR"
    assert (found.evidence["count"], found.evidence["unknown"], found.evidence["origin"]) == (3, 1, "list")
    silent = outcome("silent_log_sources", listed)
    assert silent.status is Status.NOT_ASSESSABLE
    assert silent.reason is not None
    assert "fw-dmz" in silent.reason.fr
    assert len(outcome("log_retention", listed).findings) == 3


# ---------------------------------------------------------------- sources


@pytest.mark.parametrize(
    ("kind", "families"),
    [
        ("Serveur DNS", {"servers", "directory"}),
        ("Pare-feu / VPN", {"firewalls"}),
        ("Routeur", {"network"}),
        ("Windows Defender", {"antivirus"}),
        ("Observerteur", set()),
        ("", set()),
    ],
)
def test_families_are_told_by_whole_words(kind: str, families: set[str]) -> None:
    assert families_of(kind) == families


def test_every_family_can_be_told() -> None:
    kinds = ("serveur", "switch", "pare-feu", "annuaire", "antivirus")
    assert {family for kind in kinds for family in families_of(kind)} == set(LOG_SOURCES)


def test_a_list_wins_over_the_answer() -> None:
    assert set(ANSWERS.log_sources or ()) == set(LOG_SOURCES)
    assert outcome("log_sources", (one(),)).status is Status.FAILED
    assert outcome("log_sources", None).status is Status.PASSED
    assert outcome("log_sources", None, Answers()).status is Status.NOT_ASSESSABLE


def test_a_list_without_types_tells_no_family() -> None:
    assert outcome("log_sources", (one(kind=""),), columns=("name",)).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("hours", "status"),
    [
        (24, Status.PASSED),
        (24.01, Status.FAILED),
        (-2, Status.PASSED),
        (-24, Status.PASSED),
        (-24.01, Status.NOT_ASSESSABLE),
    ],
)
def test_a_source_is_silent_after_a_day(hours: float, status: Status) -> None:
    listed = (one(last_event=NOW - timedelta(hours=hours)),)
    assert outcome("silent_log_sources", listed).status is status


def test_without_a_list_no_source_is_judged_silent() -> None:
    for name in ("silent_log_sources", "server_without_logs"):
        assert outcome(name, None).status is Status.NOT_ASSESSABLE
        assert outcome(name, (one(),), columns=("name",)).status is Status.NOT_ASSESSABLE


def test_a_server_that_no_source_names_is_told() -> None:
    background = replace(
        BACKGROUND,
        sources=(*BACKGROUND.sources[:1], Source("log_sources", "siem.csv", COLUMNS, 1)),
        log_list=(one(host="SRV-IMAGERIE-PACS01"),),
    )
    park = machines(
        SRV_IMAGERIE_PA=SERVER,
        SRV_AUTRE=SERVER,
        PC_1={},
        SRV_MORT={**SERVER, **NOT_LISTED, "directory": True, "enabled": False},
    )
    rule = next(rule for rule in rules_of("workstations") if rule.id == "workstations.server_without_logs")
    result = run_rule(rule, WorkstationFacts(background, park))
    assert (subjects(result), result.population) == ({"SRV-AUTRE"}, 2)
    assert int((park.server == YES).sum()) == 3


# ---------------------------------------------------------------- retention


def names(texts: object) -> list[str]:
    return [text.name.en.partition(":")[0] for text in texts]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("days", "missed", "to_write"),
    [
        (89, 5, []),
        (90, 4, []),
        (182, 4, []),
        (183, 2, []),
        (184, 2, []),
        (185, 2, ["PGSSI-S 7.2.2.5"]),
        (364, 2, ["PGSSI-S 7.2.2.5"]),
        (365, 0, ["PGSSI-S 7.2.2.5"]),
    ],
)
def test_each_duration_satisfies_its_texts(days: int, missed: int, to_write: list[str]) -> None:
    assert len(texts_missed(days)) == missed
    assert names(to_justify(days)) == to_write
    assert len(texts_met(days)) == len(RETENTION_TEXTS) - missed - len(to_write)


def test_the_cnil_is_not_told_as_official() -> None:
    assert not any("CNIL" in text.name.fr for text in RETENTION_TEXTS)


@pytest.mark.parametrize(("days", "status"), [(365, Status.PASSED), (364, Status.FAILED)])
def test_a_source_kept_too_short_is_told_with_the_texts_it_misses(days: int, status: Status) -> None:
    result = outcome("log_retention", (one(retention_days=days),))
    assert result.status is status
    for finding in result.findings:
        assert "EXP-CONS-JOUR" in str(finding.evidence["missed"])
        assert "NIS 1" in str(finding.evidence["met"])
        assert "PGSSI-S 7.2.2.5 (to justify)" in str(finding.evidence["met"])


def test_a_source_of_unsaid_retention_stays_in_doubt_and_the_answer_does_not_hide_it() -> None:
    assert outcome("log_retention", (one(), one(name="FW", retention_days=None))).status is Status.NOT_ASSESSABLE


def test_without_that_column_the_answer_counts() -> None:
    listed, columns = (one(retention_days=None),), ("name", "kind")
    assert outcome("log_retention", listed, columns=columns).status is Status.PASSED
    short = replace(ANSWERS, log_retention_days=100)
    assert outcome("log_retention", listed, short, columns).findings[0].evidence["days"] == 100


# ---------------------------------------------------------------- systems


def test_systems_without_a_date_are_the_margin() -> None:
    park = machines(PC_1={"system": -1}, PC_2={}, SRV_1={**SERVER, "system": -1})
    rule = next(rule for rule in rules_of("workstations") if rule.id == "workstations.system_unknown")
    result = run_rule(rule, WorkstationFacts(BACKGROUND, park))
    (found,) = result.findings
    assert (found.subject, found.evidence["machines"], found.evidence["servers"]) == ("—", 2, 1)
    assert result.population == 3


def test_the_list_reaches_the_facts_and_what_it_does_not_say_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "sources.csv"
    path.write_text("Source;Type;Dernier événement\nDC1;Active Directory;hier\n", encoding="utf-8")
    file = ListFile(ListKind.LOG_SOURCES, "sources.csv", str(path))
    facts = collect(Request(lists=(file,)), Context({}, lambda _share, _text: None, NOW))
    assert facts.background.log_list == (ListedSource("DC1", "Active Directory"),)
    source = facts.source("log_sources")
    assert source is not None
    assert source.columns == ("name", "kind", "last_event")
    assert [gap.section for gap in facts.gaps] == ["log_sources"]
    assert "ligne 2" in facts.gaps[0].reason.fr
