"""Which flaws a product seen may have: ranges, names, and what a distribution corrected without changing the number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanners.exchange import NamedProduct
from scanners.vulnerabilities.announced import Announced, announced
from scanners.vulnerabilities.matching import compare_products
from scanners.vulnerabilities.model import MAX_FLAWS, MAX_SUBJECTS, Compared, Confidence, KnownFlaws, Range
from scanners.vulnerabilities.names import family
from scanners.vulnerabilities.store import Store
from scanners.vulnerabilities.versions import debian_upstream, holds
from tests.unit.vulnerabilities.data import NOW, NVD, TRACKER, api_page, everything, imported, match, nvd_record

PLACE = "192.0.2.1:22/tcp"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(everything(tmp_path))
    yield opened
    opened.close()


def compared(store: Store, *seen: NamedProduct) -> KnownFlaws:
    return compare_products(seen, store, NOW)


def only(store: Store, product: str, version: str) -> Compared:
    (one,) = compared(store, NamedProduct(product, version, "", PLACE)).products
    return one


def answers(store: Store, product: str, version: str) -> dict[str, Confidence]:
    return {flaw.cve: flaw.confidence for flaw in only(store, product, version).flaws}


@pytest.mark.parametrize(
    ("version", "number", "distribution", "build", "release"),
    [
        ("9.2p1 Debian-2+deb12u10", "9.2p1", "debian", "9.2p1-2+deb12u10", "bookworm"),
        ("9.2p1 Debian 2+deb12u3", "9.2p1", "debian", "9.2p1-2+deb12u3", "bookworm"),
        ("9.2p1 Debian-2", "9.2p1", "debian", "9.2p1-2", ""),
        ("8.9p1 Ubuntu-3ubuntu0.10", "8.9p1", "ubuntu", "", ""),
        ("2.4.62 (Debian)", "2.4.62", "debian", "", ""),
        ("2.4.37 (Red Hat)", "2.4.37", "red hat", "", ""),
        ("8.0p1-19.el8_9.2", "8.0p1", ".el8_9", "", ""),
        ("5.5.5-10.11.6-MariaDB-0+deb12u1", "10.11.6", "debian", "10.11.6-0+deb12u1", "bookworm"),
        ("1.0.2k", "1.0.2k", "", "", ""),
        ("7.4.1", "7.4.1", "", "", ""),
        ("", "", "", "", ""),
        ("protocol", "", "", "", ""),
    ],
)
def test_what_an_announced_version_says(version: str, number: str, distribution: str, build: str, release: str) -> None:
    assert announced(version) == Announced(number, distribution, build, release)


@pytest.mark.parametrize(
    ("versions", "inside", "outside"),
    [
        (Range(start="8.6", end="9.8"), ("8.6", "9.7p1", "8.6p1"), ("8.5p1", "9.8", "9.8p1", "10.0")),
        (Range(start="8", start_included=False, end="9", end_included=True), ("8.6.1", "9", "9.0"), ("8", "9.0.1")),
        (Range(exact="2.4.49"), ("2.4.49",), ("2.4.4", "2.4.490", "2.4.50")),
        (Range(exact="9.2p1"), ("9.2p1",), ("9.2", "9.2p2")),
        (Range(end="1.0.2"), ("1.0.1k", "1.0.2-beta1"), ("1.0.2", "1.0.2k")),
        (Range(), ("1", "99.9"), ()),
    ],
)  # fmt: skip
def test_ranges_at_their_limits(versions: Range, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    assert [number for number in inside if not holds(versions, number)] == []
    assert [number for number in outside if holds(versions, number)] == []


@pytest.mark.parametrize(
    ("package", "upstream"),
    [("1:9.2p1-2+deb12u3", "9.2p1"), ("2.4.62-1~deb12u2", "2.4.62"), ("7.0.15", "7.0.15"), ("5.1.0+dfsg-2", "5.1.0")],
)
def test_the_makers_number_of_a_package(package: str, upstream: str) -> None:
    assert debian_upstream(package) == upstream


@pytest.mark.parametrize("name", ["igor_sysoev:nginx", "nginx", "nginx:nginx", "f5:nginx"])
def test_a_product_is_found_whatever_its_maker_is_called(store: Store, name: str) -> None:
    assert list(answers(store, name, "1.22.0")) == ["CVE-2022-41741"]
    assert answers(store, name, "1.22.1") == {}


def test_no_name_is_in_two_families() -> None:
    assert family("grafana:grafana") == ("grafana:grafana",)
    assert family("unheard:of") == ("unheard:of",)
    names = [name for name in family("nginx") if family(name) != family("nginx")]
    assert names == []


def test_a_patched_debian_is_no_finding_and_an_unpatched_one_is_confirmed(store: Store) -> None:
    patched = only(store, "openbsd:openssh", "9.2p1 Debian-2+deb12u10")
    assert (patched.flaws, patched.corrected) == ((), 1)
    assert only(store, "openbsd:openssh", "9.2p1 Debian-2+deb12u3").flaws == ()
    (flaw,) = only(store, "openbsd:openssh", "9.2p1 Debian-2+deb12u2").flaws
    assert (flaw.confidence, flaw.fixed_in, flaw.sure) == (Confidence.CONFIRMED, "1:9.2p1-2+deb12u3", True)
    (first,) = only(store, "openbsd:openssh", "9.2p1 Debian-2").flaws
    assert first.confidence is Confidence.CONFIRMED


def test_a_build_that_no_tracker_answers_for_is_to_confirm(store: Store) -> None:
    for version in ("8.9p1 Ubuntu-3ubuntu0.10", "8.7p1 (Red Hat)", "9.2p1 (Debian)", "9.2p1"):
        assert answers(store, "openbsd:openssh", version) == {"CVE-2024-6387": Confidence.TO_CONFIRM}, version


def test_without_the_tracker_a_debian_is_to_confirm_never_critical(tmp_path: Path) -> None:
    imported(tmp_path, "nvd.json", api_page(*NVD))
    store = Store(tmp_path / "store.sqlite3")
    found = answers(store, "openbsd:openssh", "9.2p1 Debian-2+deb12u10")
    store.close()
    assert found == {"CVE-2024-6387": Confidence.TO_CONFIRM}


def test_what_debian_holds_for_no_flaw_is_not_told_as_confirmed(tmp_path: Path) -> None:
    imported(tmp_path, "nvd.json", api_page(*NVD))
    imported(tmp_path, "debian.json", TRACKER, dated=NOW)
    store = Store(tmp_path / "store.sqlite3")
    found = [one.release for one in store.tracked(["nginx"], ["CVE-2022-41741"])]
    store.close()
    assert found == ["bookworm"]


def test_a_product_that_no_distribution_ships_is_taken_at_its_word(store: Store) -> None:
    (flaw,) = only(store, "fortinet:fortios", "7.4.2").flaws
    assert (flaw.cve, flaw.confidence, flaw.exploited_since, flaw.ransomware) == (
        "CVE-2024-21762",
        Confidence.ANNOUNCED,
        "2024-02-09",
        True,
    )
    assert (flaw.versions, flaw.epss, flaw.notice) == ("≥ 7.4.0, < 7.4.3", 0.93, "CERTFR-2024-ALE-009")
    assert answers(store, "fortinet:fortios", "7.4.3") == {}


def test_on_windows_no_distribution_stands_between(store: Store) -> None:
    apache = NamedProduct("apache:http_server", "2.4.49", "", PLACE)
    windows = NamedProduct("microsoft:windows", "", "cpe:/o:microsoft:windows", PLACE)
    (alone,) = compared(store, apache).products
    (there,) = compared(store, apache, windows).products
    assert (alone.flaws[0].confidence, there.flaws[0].confidence) == (Confidence.TO_CONFIRM, Confidence.ANNOUNCED)


def test_all_versions_a_platform_or_a_number_cut_short_are_to_confirm(tmp_path: Path) -> None:
    both = {"operator": "AND", "nodes": [
        {"operator": "OR", "cpeMatch": [match("fortinet:fortios", versionEndExcluding="8.0", part="o")]},
        {"operator": "OR", "cpeMatch": [{**match("fortinet:fortigate", part="h"), "vulnerable": False}]},
    ]}  # fmt: skip
    imported(tmp_path, "nvd.json", api_page(
        nvd_record("CVE-2024-0001", configurations=[both]),
        nvd_record("CVE-2024-0002", match("grafana:grafana")),
        nvd_record("CVE-2024-0003", match("grafana:grafana", versionEndExcluding="10.2.3")),
        nvd_record("CVE-2024-0004", match("grafana:grafana", "-")),
    ))  # fmt: skip
    store = Store(tmp_path / "store.sqlite3")
    assert answers(store, "fortinet:fortios", "7.4.2") == {"CVE-2024-0001": Confidence.TO_CONFIRM}
    assert answers(store, "grafana:grafana", "10.2") == {
        "CVE-2024-0002": Confidence.TO_CONFIRM,
        "CVE-2024-0003": Confidence.TO_CONFIRM,
    }
    assert answers(store, "grafana:grafana", "10.2.2")["CVE-2024-0003"] is Confidence.ANNOUNCED
    store.close()


def test_without_a_version_the_exploited_flaws_are_counted(store: Store) -> None:
    one = only(store, "fortinet:fortios", "")
    assert (one.flaws, one.exploited, one.exploited_last) == ((), 1, "2024-02-09")
    assert only(store, "grafana:grafana", "").exploited == 0


def test_a_port_that_names_its_server_twice_is_compared_once_by_what_says_more(store: Store) -> None:
    seen = [NamedProduct("openbsd:openssh", version, "", PLACE) for version in ("", "9.2p1", "9.2p1 Debian-2+deb12u10")]
    assert [one.version for one in compared(store, *seen).products] == ["9.2p1 Debian-2+deb12u10"]
    twice = [NamedProduct(name, "1.22.0", "", PLACE) for name in ("nginx", "igor_sysoev:nginx")]
    assert [one.product for one in compared(store, *twice).products] == ["igor_sysoev:nginx"]


def test_what_nobody_saw_or_the_data_does_not_name_is_not_judged(store: Store) -> None:
    known = compared(
        store,
        NamedProduct("fortinet:fortios", "7.4.2", "", PLACE, declared=True),
        NamedProduct("wallix:bastion", "10.0", "", PLACE),
    )
    assert (known.products, known.unknown, known.population) == ((), ("wallix:bastion",), 0)


def test_exploited_come_first_then_likely_then_severe(tmp_path: Path) -> None:
    imported(tmp_path, "nvd.json", api_page(
        nvd_record("CVE-2024-0001", match("x:y", "1"), score=9.9),
        nvd_record("CVE-2024-0002", match("x:y", "1"), score=5.0),
        nvd_record("CVE-2024-0003", match("x:y", "1"), score=4.0, cisaExploitAdd="2024-01-01"),
        nvd_record("CVE-2024-0004", match("x:y", "1"), score=9.8),
    ))  # fmt: skip
    imported(tmp_path, "epss.csv", "CVE-2024-0002,0.9,0.9\n", dated=NOW)
    store = Store(tmp_path / "store.sqlite3")
    order = [flaw.cve[-1] for flaw in only(store, "x:y", "1").flaws]
    store.close()
    assert order == ["3", "2", "1", "4"]


def many(folder: Path, *records: dict[str, object]) -> Compared:
    """What is known of x:y 1 when the NVD holds these records."""
    imported(folder, "nvd.json", api_page(*records))
    store = Store(folder / "store.sqlite3")
    one = only(store, "x:y", "1")
    store.close()
    return one


def ranked(first: int, count: int, score: float, **more: str) -> list[dict[str, object]]:
    return [nvd_record(f"CVE-2024-{first + n}", match("x:y", "1"), score=score, **more) for n in range(count)]


@pytest.mark.parametrize(("mild", "kept", "more"), [(99, 100, 0), (100, 100, 1), (101, 100, 2)])
def test_a_critical_flaw_is_kept_whatever_its_rank(tmp_path: Path, mild: int, kept: int, more: int) -> None:
    likely = "".join(f"CVE-2024-{1000 + n},0.9,0.9\n" for n in range(mild))
    imported(tmp_path, "epss.csv", likely, dated=NOW)
    one = many(tmp_path, *ranked(1000, mild, 5.0), *ranked(5000, 1, 9.0))
    last = one.flaws[-1]
    assert (len(one.flaws), one.more, last.cve) == (kept, more, "CVE-2024-5000")


def test_all_that_are_critical_or_exploited_are_kept_and_one_of_each_other_kind(tmp_path: Path) -> None:
    unsure = match("x:y")
    one = many(
        tmp_path,
        *ranked(1000, MAX_FLAWS, 9.8),
        *ranked(2000, 3, 4.0, cisaExploitAdd="2024-01-01"),
        *ranked(3000, 5, 5.0),
        nvd_record("CVE-2024-4000", unsure, score=4.0),
        nvd_record("CVE-2024-4001", unsure, score=3.0),
    )
    others = [flaw.cve for flaw in one.flaws if not flaw.critical and not flaw.exploited_since]
    assert others == ["CVE-2024-3000", "CVE-2024-4000"]
    assert (len(one.flaws), one.more) == (MAX_FLAWS + 3 + 2, 5)


@pytest.mark.parametrize("beyond", [0, 1])
def test_places_beyond_those_told_one_by_one_are_kept_apart(store: Store, beyond: int) -> None:
    places = [f"192.0.2.1:{1000 + n}/tcp" for n in range(MAX_SUBJECTS + beyond)]
    known = compared(store, *(NamedProduct("fortinet:fortios", "7.4.2", "", place) for place in places))
    (one,) = known.products
    assert (one.subjects, one.further) == (tuple(places[:MAX_SUBJECTS]), tuple(places[MAX_SUBJECTS:]))
    assert known.population == MAX_SUBJECTS + beyond
