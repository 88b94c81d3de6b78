"""Which of the audited directories is the production one, which are dedicated to backups, and what their level says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanners.backup import collect_directories
from scanners.backup.collect_directories import AuditedDirectory, read_directories
from scanners.backup.facts import Answer, BackupFacts, DedicatedDirectory, Plan
from scanners.catalog import rules_of
from scanners.exchange import Directory, Principal
from scanners.model import Gap, Status, Text
from scanners.runner import run_rule
from tests.unit.backup.specimens import HEALTHY, NOW, PLAN, SYSTEM

PRODUCTION = Directory("hopital.test", "HOPITAL", NOW, (), None, frozenset({"sauve.adm"}), None, ())
BACKUPS = Directory("sauve.test", "SAUVE", datetime(2026, 3, 2, tzinfo=UTC), (), None, frozenset({"x"}), None, ())
CONSOLE = replace(SYSTEM, copies=(replace(SYSTEM.copies[0], authentication="Sauve"), SYSTEM.copies[1]))


@pytest.fixture(autouse=True)
def archives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Directories by the name of their archive."""
    known = {"ad": PRODUCTION, "backups": BACKUPS}
    monkeypatch.setattr(collect_directories, "read_directory", lambda path: known[Path(path).name])


def audited(*names: str, level: int = 3, lowest: int = 3) -> list[AuditedDirectory]:
    return [AuditedDirectory(name, level, lowest) for name in names]


def plan(domain: str = "HOPITAL") -> Plan:
    return replace(PLAN, systems=(CONSOLE,), production_domain=domain)


@pytest.mark.parametrize("domain", ["HOPITAL", "hopital.test"])
def test_the_plan_names_the_production_directory_whatever_was_audited_last(domain: str) -> None:
    found = read_directories(audited("backups", "ad", level=4), plan(domain))
    assert found.production is not None
    assert (found.production.domain, found.production.administrators) == ("hopital.test", ("sauve.adm",))
    assert [(one.domain, one.level) for one in found.dedicated] == [("sauve.test", 4)]
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("names", "domain", "said"),
    [(("backups",), "HOPITAL", "HOPITAL"), (("ad", "backups"), "", "HOPITAL, SAUVE")],
)
def test_another_directory_never_stands_for_the_production_one(names: tuple[str, ...], domain: str, said: str) -> None:
    found = read_directories(audited(*names), plan(domain))
    assert found.production is None
    (gap,) = found.gaps
    assert (gap.section, gap.truncated) == ("directory", False)
    assert said in gap.reason.fr


def test_one_directory_alone_is_the_production_one_when_the_plan_names_none() -> None:
    found = read_directories(audited("ad"), plan(""))
    assert found.production is not None
    assert read_directories([], plan()) == collect_directories.ReadDirectories(None, (), ())


def test_a_doubt_on_accounts_goes_with_the_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    gap = Gap("domain", Text("x", "x"), truncated=True)
    read = replace(PRODUCTION, gaps=(gap, replace(gap, section="schema")))
    monkeypatch.setattr(collect_directories, "read_directory", lambda _path: read)
    assert [one.section for one in read_directories(audited("ad"), plan()).gaps] == ["directory"]


def test_an_administrator_given_by_number_is_a_doubt_and_never_absent() -> None:
    asked = replace(plan(), administrators=("S-1-5-21-1-2-3-1104", "autre"))
    found = read_directories(audited("ad"), asked)
    assert [(one.section, one.truncated) for one in found.gaps] == [("directory", True)]
    rule = next(one for one in rules_of("backup") if one.id == "backup.administrators_in_production_directory")
    facts = replace(HEALTHY, plan=asked, directory=found.production, gaps=found.gaps)
    assert run_rule(rule, facts).status is Status.NOT_ASSESSABLE


DOMAIN = "S-1-5-21-1-2-3"
KNOWN = {
    f"{DOMAIN}-1104": Principal("sauve.renomme", active=True),
    f"{DOMAIN}-1105": Principal("parti", active=False),
    f"{DOMAIN}-1200": Principal("Admins sauvegarde", active=True),
}


@pytest.mark.parametrize(
    ("written", "found", "told"),
    [
        (f"{DOMAIN}-1104", ("sauve.renomme",), True),
        (f"SAUVE\\adm ({DOMAIN.lower()}-1104)", ("sauve.renomme",), True),
        (f"{DOMAIN}-1200", ("Admins sauvegarde",), True),
        (f"sauve.adm {DOMAIN}-1105", (), True),
        ("sauve.adm S-1-5-21-9-9-9-500", (), True),
        ("HOPITAL\\sauve.adm S-1-5-21-9-9-9-500", ("sauve.adm",), True),
        ("sauve.adm@hopital.test S-1-5-21-9-9-9-500", ("sauve.adm",), True),
        (f"sauve.adm {DOMAIN}-9999", (), False),
        ("S-1-5-32-551", (), False),
        ("sauve.adm", ("sauve.adm",), True),
    ],
)
def test_a_sid_says_more_than_a_name(
    monkeypatch: pytest.MonkeyPatch, written: str, found: tuple[str, ...], told: bool
) -> None:
    """Renamed, disabled, of another domain, of a group; one of this domain that nothing read has is a doubt."""
    known = replace(PRODUCTION, sid=DOMAIN, principal=KNOWN.get)
    monkeypatch.setattr(collect_directories, "read_directory", lambda _path: known)
    read = read_directories(audited("ad"), replace(plan(), administrators=(written,)))
    assert read.production is not None
    assert read.production.administrators == found
    assert (read.gaps == ()) is told


@pytest.mark.parametrize(
    ("level", "lowest", "status"),
    [(3, 3, Status.PASSED), (5, 3, Status.PASSED), (2, 1, Status.FAILED), (3, 2, Status.NOT_ASSESSABLE)],
)
def test_the_level_of_a_dedicated_directory_is_measured(level: int, lowest: int, status: Status) -> None:
    """Whatever was answered."""
    rule = next(one for one in rules_of("backup") if one.id == "backup.dedicated_directory_level")
    measured = DedicatedDirectory("sauve.test", "SAUVE", level, lowest, NOW)
    answers = {**PLAN.answers, "dedicated_directory_level": Answer(5.0 if level < 3 else 1.0)}
    facts: BackupFacts = replace(HEALTHY, plan=replace(PLAN, answers=answers), dedicated=(measured,))
    found = run_rule(rule, facts)
    assert found.status is status
    assert [one.subject for one in found.findings] == (["sauve.test"] if status is Status.FAILED else [])


@pytest.mark.parametrize(
    ("written", "found", "status"),
    [
        ("Admins Sauvegarde", (), Status.NOT_ASSESSABLE),
        ("HOPITAL\\Admins Sauvegarde", ("Admins Sauvegarde",), Status.FAILED),
        ("Admins Sauvegarde@hopital.test", ("Admins Sauvegarde",), Status.FAILED),
        ("SAUVE\\Admins Sauvegarde", (), Status.PASSED),
        ("Autre groupe", (), Status.PASSED),
    ],
)
def test_a_group_given_by_its_name_is_never_silent(
    monkeypatch: pytest.MonkeyPatch, written: str, found: tuple[str, ...], status: Status
) -> None:
    known = replace(PRODUCTION, group_names=frozenset({"admins sauvegarde"}))
    monkeypatch.setattr(collect_directories, "read_directory", lambda _path: known)
    asked = replace(plan(), administrators=(written,))
    read = read_directories(audited("ad"), asked)
    assert read.production is not None
    assert read.production.administrators == found
    rule = next(one for one in rules_of("backup") if one.id == "backup.administrators_in_production_directory")
    told = run_rule(rule, replace(HEALTHY, plan=asked, directory=read.production, gaps=read.gaps))
    assert told.status is status
    if status is Status.NOT_ASSESSABLE:
        assert told.reason is not None
        assert "Admins Sauvegarde" in told.reason.fr
