"""An ADS result typed in: levels, points, contradictions."""

from datetime import UTC, datetime

import pytest

from scanners.catalog import rules_of
from scanners.imported.ads import ads_report
from scanners.imported.model import ReportError
from scanners.imported.read_pingcastle import known_rules
from scanners.imported.read_points import anssi_points
from scanners.model import Severity

AT = datetime(2026, 11, 20, tzinfo=UTC)


def test_failing_points_become_findings_of_the_domain() -> None:
    report = ads_report(
        1, AT, "Hopital.test.", ["vuln_krbtgt", "vuln_certificates_vuln@3", "vuln_dnsadmins"], anssi_points()
    )
    assert [(one.id, one.severity, one.conclusive, one.findings[0].subject) for one in report.checks] == [
        ("ads.vuln_certificates_vuln", Severity.MEDIUM, False, "hopital.test"),
        ("ads.vuln_dnsadmins", Severity.CRITICAL, False, "hopital.test"),
        ("ads.vuln_krbtgt", Severity.HIGH, False, "hopital.test"),
    ]
    assert not report.covers_all


def test_a_whole_list_passes_all_other_points() -> None:
    report = ads_report(2, AT, "hopital.test", ["vuln_krbtgt"], anssi_points(), whole=True)
    assert len(report.checks) == len(anssi_points())
    assert all(one.conclusive for one in report.checks)
    assert [one.id for one in report.checks if one.findings] == ["ads.vuln_krbtgt"]
    assert report.covers_all


@pytest.mark.parametrize(
    ("level", "failing", "said"),
    [
        (3, ["vuln_krbtgt"], "is of level 2"),
        (0, [], "from 1 to 5"),
        (6, [], "from 1 to 5"),
        (1, ["vuln_inconnu"], "no known ANSSI"),
        (1, ["vuln_krbtgt@1"], "no known ANSSI"),
        (1, ["vuln_krbtgt@x"], "no known ANSSI"),
    ],
)
def test_what_contradicts_itself_is_refused(level: int, failing: list[str], said: str) -> None:
    with pytest.raises(ReportError, match=said):
        ads_report(level, AT, "hopital.test", failing, anssi_points())


@pytest.mark.parametrize("failing", [[], ["vuln_certificates_vuln@3"]])
def test_a_whole_list_names_a_point_of_the_level(failing: list[str]) -> None:
    """Else every point would pass, and the result would look better than it is."""
    with pytest.raises(ReportError, match="at least one failing point"):
        ads_report(2, AT, "hopital.test", failing, anssi_points(), whole=True)
    assert ads_report(5, AT, "hopital.test", [], anssi_points(), whole=True).covers_all


def test_level_five_has_no_failing_point() -> None:
    assert ads_report(5, AT, "hopital.test", [], anssi_points()).checks == ()


def test_tables_know_what_our_own_rules_refer_to() -> None:
    refs = [ref for rule in rules_of("ad") for ref in rule.refs]
    points = {ref.item: ref.level for ref in refs if ref.framework == "anssi-ad" and ref.item.startswith("vuln_")}
    assert set(points) <= set(anssi_points())
    assert all(level in anssi_points()[item].levels for item, level in points.items() if level)
    assert {ref.item for ref in refs if ref.framework == "pingcastle"} <= set(known_rules())
    assert {rule.point for rule in known_rules().values()} - {""} <= set(anssi_points())
