"""What a product that was seen says of an alert."""

from __future__ import annotations

import pytest

from care.domain.alerts import (
    Criterion,
    Exposure,
    Kinship,
    criteria_of,
    exposure_by,
    is_product,
    kinship,
    speaks_of_systems,
)
from scanners.versions import Span


@pytest.mark.parametrize(
    ("wanted", "seen", "related"),
    [
        ("openbsd:openssh", "openbsd:openssh", Kinship.SAME),
        ("openbsd:openssh", "openssh", Kinship.SAME),
        ("f5:nginx", "igor_sysoev:nginx", Kinship.NAMESAKE),
        ("apache:tomcat", "apache:tomcat_native", Kinship.OTHER),
        ("apache:tomcat", "apache:http_server", Kinship.OTHER),
        ("nginx", "igor_sysoev:nginx", Kinship.SAME),
        ("windows server 2016", "microsoft:windows_server_2016", Kinship.SAME),
        ("windows server 2016", "windows server 2016 standard", Kinship.SAME),
        ("windows server 2016", "microsoft:windows_server_2019", Kinship.OTHER),
        ("ssh", "openssh", Kinship.OTHER),
    ],
)
def test_kinship(wanted: str, seen: str, related: Kinship) -> None:
    assert kinship(wanted, seen) is related


FORTIOS = (Criterion("fortinet:fortios", Span("7.0", "7.0.14")), Criterion("fortinet:fortios", Span("7.2", "7.2.7")))


@pytest.mark.parametrize(
    ("product", "version", "said"),
    [
        ("fortinet:fortios", "7.0.3", Exposure.EXPOSED),
        ("fortinet:fortios", "7.2.7", None),
        ("fortinet:fortios", "7.1.1", None),
        ("fortinet:fortios", "", Exposure.SUSPECTED),
        ("other:fortios", "7.2.1", Exposure.SUSPECTED),
        ("fortinet:fortimail", "7.0.3", None),
    ],
)
def test_several_branches_of_one_product(product: str, version: str, said: Exposure | None) -> None:
    assert exposure_by(FORTIOS, product, version) is said


def test_every_version_of_a_product_needs_no_version() -> None:
    assert exposure_by((Criterion("telnetd"),), "gnu:telnetd", "") is Exposure.EXPOSED


def test_criteria_are_kept_and_read_again() -> None:
    assert criteria_of([one.as_json() for one in FORTIOS]) == FORTIOS


@pytest.mark.parametrize(
    "kept",
    [
        [],
        [{"product": "x", "from": "", "before": ""}],
        [{"product": "a b", "from": ""}],
        [{"product": "openssh", "from": 3, "before": ""}],
        [{"product": "openssh", "from": "", "before": "1" * 101}],
        [{"product": "openssh", "from": "", "before": "", "more": ""}],
        [{"product": f"openssh{number}", "from": "", "before": ""} for number in range(41)],
    ],
)
def test_what_is_no_criterion_is_refused(kept: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match="criteri"):
        criteria_of(kept)


@pytest.mark.parametrize("text", ["", ":", "a:b", "php:", ":php", "…", "a:b:c", "x" * 201])
def test_what_names_no_product(text: str) -> None:
    assert not is_product(text)


def test_lists_of_machines_know_windows_only() -> None:
    assert speaks_of_systems([Criterion("microsoft:windows_server_2016"), Criterion("windows 11")])
    assert not speaks_of_systems([Criterion("microsoft:windows_10"), Criterion("openssh")])
