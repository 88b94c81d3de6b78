"""One port's trouble is about that port: the rules conclude on all the rest, and never on nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scanners.catalog import rules_of
from scanners.exposure.collect_unseen import Unseen
from scanners.exposure.facts import Host, Http, Port, Service, Tls
from scanners.exposure.gaps import told_apart
from scanners.model import Gap, Status, Text
from scanners.runner import run_rules
from scanners.stopping import Stop
from tests.unit.exposure.specimens import HEALTHY, SAFE_DOMAIN, host

WHY = Text("Muet.", "Silent.")
A, B = "192.0.2.1:443/tcp", "192.0.2.1:8443/tcp"
WEB = Port(443, Service("http", encrypted=True), http=Http(200), tls=Tls(("TLS 1.3",)))


def gap(section: str, subject: str) -> Gap:
    return Gap(section, WHY, truncated=True, subject=subject)


def left(gaps: Sequence[Gap], *hosts: Host, domains: Sequence[str] = ()) -> list[str]:
    """The subjects of what an audit tells as not read."""
    return [one.subject for one in told_apart(gaps, hosts, [replace(SAFE_DOMAIN, name=name) for name in domains])]


@pytest.mark.parametrize("section", ["services", "http", "tls"])
def test_a_gap_keeps_its_subject_while_another_place_was_read(section: str) -> None:
    both = host("192.0.2.1", WEB, replace(WEB, number=8443))
    assert left([gap(section, A)], both) == [A]
    assert left([gap(section, A), gap(section, B)], both) == [""], "nothing was read: nothing passes"
    assert left([gap(section, "192.0.2.1")], both) == [""], "its only host"
    assert left([gap(section, "192.0.2.1")], both, host("192.0.2.2", WEB)) == ["192.0.2.1"]


def test_a_port_that_was_asked_and_said_nothing_is_no_gap_of_another() -> None:
    unnamed = host("192.0.2.1", WEB, Port(9000, Service()))
    assert left([gap("services", A)], unnamed) == [A]
    assert left([gap("ssh", "192.0.2.1:22/tcp")], unnamed) == [""], "no other SSH server was compared"


def test_domains_alike() -> None:
    assert left([gap("mail", "a.test")], domains=("a.test", "b.test")) == ["a.test"]
    assert left([gap("mail", "a.test")], domains=("a.test",)) == [""]
    lost = [gap("hosts", "lost.test"), gap("names", "lost.test")]
    assert left(lost, host("192.0.2.1", WEB)) == ["lost.test", "lost.test"]
    assert left(lost) == ["", "lost.test"], "no address at all was looked at"


def test_each_gap_is_told_once() -> None:
    assert len(told_apart([gap("hosts", "lost.test")] * 2, (), ())) == 1


def test_one_port_in_trouble_leaves_the_rules_their_answers() -> None:
    """As a proxy with strict SNI that is audited by its address shows it: no TLS, and no service."""
    place = "192.0.2.250:443/tcp"
    proxy = host("192.0.2.250", Port(443, Service("tls")))
    hosts = (*HEALTHY.hosts, proxy)
    gaps = told_apart([gap("tls", place), gap("services", place)], hosts, HEALTHY.domains)
    whole = run_rules(rules_of("exposure"), HEALTHY)
    found = run_rules(rules_of("exposure"), replace(HEALTHY, hosts=hosts, gaps=gaps))
    assert [one.status for one in found] == [one.status for one in whole]
    about = [one for one in found if {"tls", "services"} & set(one.rule.reads)]
    assert about
    assert all(place in one.unjudged for one in about if one.status is Status.PASSED)


def test_what_an_audit_did_not_see_names_its_place() -> None:
    unseen = Unseen(Stop())
    unseen.late("192.0.2.1", (22, 443))
    unseen.late("192.0.2.2", range(1, 7))
    unseen.unnamed("192.0.2.3", (9000,))
    unseen.everywhere(["192.0.2.4"])
    unseen.unread("192.0.2.5:443/tcp", "tls")
    unseen.unsent("192.0.2.6", WHY)
    assert [one.subject for one in unseen.gaps] == [
        "192.0.2.1:22/tcp", "192.0.2.1:443/tcp", "192.0.2.2", "192.0.2.3:9000/tcp", "192.0.2.4",
        "192.0.2.5:443/tcp", "192.0.2.6",
    ]  # fmt: skip
