"""What is told of known vulnerabilities: silence only of whole and recent data, findings with the age of theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Manifest, read_archive, write_archive
from scanners.catalog import rules_of
from scanners.exposure.collect_vulnerabilities import compared, with_vulnerabilities
from scanners.exposure.facts import ExposureFacts, Http, Port, Service
from scanners.model import Outcome, Rule, Severity, Status
from scanners.runner import run_rule
from scanners.vulnerabilities.model import Compared, Confidence, Flaw, KnownFlaws, Source, SourceState
from tests.unit.exposure.specimens import BROKEN, HEALTHY, NOW, RECENT, facts, host, web
from tests.unit.vulnerabilities import data

RULES = {rule.id.partition(".")[2]: rule for rule in rules_of("exposure")}
TOLD = (
    "exploited_vulnerability",
    "exploited_vulnerability_to_confirm",
    "critical_vulnerability",
    "critical_vulnerability_to_confirm",
    "known_vulnerability",
    "vulnerability_to_confirm",
    "exploited_product_version_unknown",
)
EVERY = pytest.mark.parametrize("rule", [RULES[name] for name in TOLD], ids=TOLD)
ONE_PORT = facts(host("192.0.2.1", Port(22, Service("ssh"))))


def judged(rule: Rule[Any], known: KnownFlaws | None) -> Outcome:
    return run_rule(rule, replace(ONE_PORT, vulnerabilities=known))


def known(*sources: SourceState) -> KnownFlaws:
    return KnownFlaws(NOW, sources)


@EVERY
def test_without_data_nothing_is_judged_and_the_cure_is_said(rule: Rule[Any]) -> None:
    outcome = judged(rule, None)
    assert outcome.status is Status.NOT_ASSESSABLE
    assert outcome.reason is not None
    assert "care vulnerabilities import" in outcome.reason.fr
    assert "care vulnerabilities import" in outcome.reason.en


@EVERY
def test_silence_is_believed_of_whole_and_recent_data_only(rule: Rule[Any]) -> None:
    nvd, kev, *others = RECENT
    assert judged(rule, known(nvd, kev)).status is Status.PASSED
    for lacking in ((nvd, *others), (kev, *others), ()):
        assert judged(rule, known(*lacking)).status is Status.NOT_ASSESSABLE
    at_limit = replace(kev, dated=NOW - timedelta(days=30))
    assert judged(rule, known(nvd, at_limit)).status is Status.PASSED
    outcome = judged(rule, known(nvd, replace(kev, dated=NOW - timedelta(days=30, seconds=1))))
    assert outcome.status is Status.NOT_ASSESSABLE
    assert outcome.reason is not None
    assert "16/05/2026" in outcome.reason.fr
    holes = judged(rule, known(replace(nvd, missing_years=(2002, 2003, 2004, 2010)), kev))
    assert holes.reason is not None
    assert "2002–2004, 2010" in holes.reason.en


@EVERY
def test_old_scores_hide_nothing(rule: Rule[Any]) -> None:
    old = [replace(one, dated=NOW - timedelta(days=400)) for one in RECENT if one.source is Source.EPSS]
    assert judged(rule, known(*RECENT[:2], *old)).status is Status.PASSED


@EVERY
def test_what_was_found_is_told_whatever_the_age_of_the_data(rule: Rule[Any]) -> None:
    assert BROKEN.vulnerabilities is not None
    old = tuple(replace(one, dated=NOW - timedelta(days=90)) for one in RECENT)
    outcome = run_rule(rule, replace(BROKEN, vulnerabilities=replace(BROKEN.vulnerabilities, sources=old)))
    assert outcome.status is Status.FAILED
    (finding, *_) = outcome.findings
    assert (finding.evidence["data_date"], finding.evidence["data_stale"]) == ("2026-03-17", True)
    assert "trop anciennes" in rule.describe(finding, "fr")


@pytest.mark.parametrize(
    ("flaw", "named"),
    [
        (Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 9.0), "critical_vulnerability"),
        (Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 8.9), "known_vulnerability"),
        (Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*"), "known_vulnerability"),
        (Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 2.0, "2024-01-01"), "exploited_vulnerability"),
        (Flaw("CVE-2024-1", Confidence.CONFIRMED, "*", 2.0, "2024-01-01"), "exploited_vulnerability"),
        (Flaw("CVE-2024-1", Confidence.TO_CONFIRM, "*", 10.0, "2024-01-01"), "exploited_vulnerability_to_confirm"),
        (Flaw("CVE-2024-1", Confidence.TO_CONFIRM, "*", 9.0), "critical_vulnerability_to_confirm"),
        (Flaw("CVE-2024-1", Confidence.TO_CONFIRM, "*", 8.9), "vulnerability_to_confirm"),
        (Flaw("CVE-2024-1", Confidence.TO_CONFIRM, "*"), "vulnerability_to_confirm"),
    ],
)
def test_each_flaw_is_told_by_one_rule(flaw: Flaw, named: str) -> None:
    found = KnownFlaws(NOW, RECENT, (Compared("x:y", "1", ("192.0.2.1:22/tcp",), (flaw,)),))
    assert [name for name in TOLD if judged(RULES[name], found).findings] == [named]


@pytest.mark.parametrize(
    ("product", "told"),
    [("fortinet:fortios", True), ("apache:http_server", False), ("microsoft:windows", False)],
)
def test_only_a_gateway_or_a_console_is_reproached_with_hiding_its_version(product: str, told: bool) -> None:
    one = Compared(product, "", ("192.0.2.1:443/tcp",), exploited=3, exploited_last="2026-05-30")
    found = judged(RULES["exploited_product_version_unknown"], KnownFlaws(NOW, RECENT, (one,)))
    assert bool(found.findings) is told


def test_a_critical_flaw_weighs_even_to_confirm() -> None:
    assert RULES["critical_vulnerability_to_confirm"].severity is Severity.MEDIUM


def test_a_population_is_what_could_be_compared() -> None:
    places = ("192.0.2.1:22/tcp", "192.0.2.2:22/tcp")
    found = KnownFlaws(NOW, RECENT, (Compared("x:y", "1", places), Compared("x:z", "", places[:1])), ("unheard:of",))
    assert judged(RULES["exploited_vulnerability"], found).population == 3


@pytest.mark.parametrize(
    ("flaw", "rule", "subject"),
    [
        (Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 9.8), "critical_vulnerability", "{} x:y CVE-2024-1"),
        (Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 5.0), "known_vulnerability", "{} x:y"),
    ],
)
def test_places_beyond_those_told_one_by_one_are_in_doubt_by_name(flaw: Flaw, rule: str, subject: str) -> None:
    one = Compared("x:y", "1", ("192.0.2.1:22/tcp",), (flaw,), further=("192.0.2.2:22/tcp", "192.0.2.3:22/tcp"))
    told = judged(RULES[rule], KnownFlaws(NOW, RECENT, (one,)))
    assert [finding.subject for finding in told.findings] == [subject.format("192.0.2.1:22/tcp")]
    assert told.unjudged == tuple(subject.format(f"192.0.2.{number}:22/tcp") for number in (2, 3))
    assert (told.conclusive, told.population) == (True, 3)
    assert told.reason is not None
    assert "2 more" in told.reason.en
    within = judged(RULES[rule], KnownFlaws(NOW, RECENT, (replace(one, further=()),)))
    assert (within.unjudged, within.reason, within.partial) == ((), None, False)
    others = [name for name in TOLD if name != rule]
    assert [name for name in others if judged(RULES[name], KnownFlaws(NOW, RECENT, (one,))).partial] == []
    old = judged(RULES[rule], KnownFlaws(NOW, RECENT[:1], (one,)))
    assert not old.conclusive, "data that is not whole leaves everything in doubt"


def test_places_of_a_console_that_hides_its_version_are_in_doubt_beyond_those_told() -> None:
    one = Compared("fortinet:fortios", "", ("192.0.2.1:443/tcp",), exploited=3, exploited_last="2026-05-30")
    more = replace(one, further=("192.0.2.2:443/tcp",))
    told = judged(RULES["exploited_product_version_unknown"], KnownFlaws(NOW, RECENT, (more,)))
    assert told.unjudged == ("192.0.2.2:443/tcp fortinet:fortios",)


def seen() -> ExposureFacts:
    """An OpenSSH of a patched Debian, one of an unpatched Debian, and an Apache on Windows."""
    apache = Http(200, headers=(("server", "Apache/2.4.49 (Win64)"),))
    return facts(
        host("192.0.2.1", Port(22, Service("ssh", "OpenSSH", "9.2p1 Debian-2+deb12u10"))),
        host("192.0.2.2", Port(22, Service("ssh", "OpenSSH", "9.2p1 Debian-2+deb12u1"))),
        host("192.0.2.3", web(80, apache)),
    )


def test_last_months_facts_are_judged_again_with_todays_data(tmp_path: Path) -> None:
    store, later = data.everything(tmp_path), datetime(2026, 8, 1, tzinfo=UTC)
    before = with_vulnerabilities(seen(), tmp_path / "none.sqlite3", NOW)
    assert before == seen()
    fresh = with_vulnerabilities(before, store, NOW)
    exploited = run_rule(RULES["exploited_vulnerability"], fresh)
    assert [finding.subject for finding in exploited.findings] == ["192.0.2.3:80/tcp apache:http_server CVE-2021-41773"]
    confirmed = run_rule(RULES["known_vulnerability"], fresh)
    assert [finding.subject for finding in confirmed.findings] == ["192.0.2.2:22/tcp openbsd:openssh"]
    assert confirmed.findings[0].evidence["confirmed"] is True
    again = run_rule(RULES["exploited_vulnerability"], with_vulnerabilities(fresh, store, later))
    assert again.findings[0].evidence["data_stale"] is True


def test_a_store_that_cannot_be_read_costs_no_audit_and_is_said(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite3"
    store.write_bytes(b"x" * 4096)
    kept = compared(seen(), str(store), NOW)
    assert kept.hosts == seen().hosts
    outcome = run_rule(RULES["exploited_vulnerability"], kept)
    assert outcome.status is Status.NOT_ASSESSABLE
    assert outcome.reason is not None
    assert "cannot be read" in outcome.reason.en
    assert compared(seen(), "", NOW) == compared(seen(), str(tmp_path / "none"), NOW) == seen()


def test_the_comparison_survives_the_archive_and_former_archives_still_read(tmp_path: Path) -> None:
    manifest = Manifest("exposure", 1, "x", NOW.isoformat(), NOW.isoformat(), "care")
    write_archive(tmp_path / "x.care", manifest, BROKEN)
    assert read_archive(tmp_path / "x.care").facts == BROKEN
    write_archive(tmp_path / "x.care", manifest, replace(HEALTHY, vulnerabilities=None))
    assert read_archive(tmp_path / "x.care").facts.vulnerabilities is None
