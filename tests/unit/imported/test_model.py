"""The words of the readers: ids, subjects, perimeters, a report split by host."""

from datetime import UTC, datetime

import pytest

from scanners.imported.model import MAX_ID, MAX_PERIMETER, Check, Report, Tool, check_id, host_of, subject_of
from scanners.model import Finding, Severity, Text

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
A, B = "192.0.2.10", "192.0.2.11"


def check(name: str, *subjects: str, conclusive: bool = True) -> Check:
    found = tuple(Finding(subject) for subject in subjects)
    return Check(f"nessus.{name}", Text(name, name), Severity.HIGH, findings=found, conclusive=conclusive)


def report(**changes: object) -> Report:
    fields: dict[str, object] = {
        "tool": Tool.NESSUS,
        "version": "10.8",
        "started_at": NOW,
        "finished_at": NOW,
        "hosts": (A, B),
        "checks": (check("1", f"{A}:445/tcp"), check("2", B, conclusive=False)),
        "scope": "ports=1-1024",
    }
    return Report(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("native", "expected"),
    [("19506", "nessus.19506"), ("A-Krbtgt", "nessus.A-Krbtgt"), ("1.3.6.1.4", "nessus.1.3.6.1.4")],
)
def test_ids_keep_the_tools_own_id(native: str, expected: str) -> None:
    assert check_id(Tool.NESSUS, native) == expected


def test_ids_that_do_not_fit_are_told_apart() -> None:
    odd = [
        check_id(Tool.GENERIC, native) for native in ("a b", "a\nb", "a  b", "", "é", "x" * 500, "x" * 501, "\ud800")
    ]
    assert len(set(odd)) == len(odd)
    assert all(len(one) <= MAX_ID and one.isascii() and one.startswith("generic.") for one in odd)


@pytest.mark.parametrize(
    ("host", "port", "detail", "subject"),
    [
        (A, None, "", A),
        (A, 443, "", f"{A}:443/tcp"),
        (A, 443, "/admin:8080/x", f"{A}:443/tcp /admin:8080/x"),
        ("2001:db8::1", None, "", "2001:db8::1"),
        ("2001:db8::1", 22, "", "[2001:db8::1]:22/tcp"),
        ("web.hopital.test", 80, "", "web.hopital.test:80/tcp"),
    ],
)
def test_a_subject_tells_its_host(host: str, port: int | None, detail: str, subject: str) -> None:
    assert subject_of(host, port, detail=detail) == subject
    assert host_of(subject) == host


def test_a_perimeter_says_hosts_scope_and_ways_and_is_bounded() -> None:
    assert report().perimeter == f"nessus ports=1-1024 {A},{B}"
    assert report(ways={B: "credentials"}).perimeter == f"nessus ports=1-1024 {A},{B}(credentials)"
    many = report(hosts=tuple(f"192.0.2.{n}" for n in range(255)))
    more = report(hosts=tuple(f"192.0.2.{n}" for n in range(254)))
    assert len(many.perimeter) <= MAX_PERIMETER
    assert many.perimeter != more.perimeter


def test_only_what_is_covered_is_proved_absent() -> None:
    assert not report().proves_absent("nessus.3")
    assert report(covers=frozenset({"nessus.3"})).proves_absent("nessus.3")
    assert report(covers_all=True).proves_absent("nessus.4")
