"""The TLS prober against servers set in every way, good and bad: for each, the rules expected and no other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanners.catalog import rules_of
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_tls import trust
from scanners.exposure.collect_wire import Pace, Reach
from scanners.exposure.facts import ExposureFacts, Host, Port
from scanners.model import Gap, Status
from scanners.runner import run_rule
from tests.lab import stage
from tests.lab.exposure import tls_servers
from tests.lab.exposure.tls_servers import SERVERS, STUBS, Server

pytestmark = pytest.mark.lab

TLS_RULES = [rule for rule in rules_of("exposure") if "tls" in rule.reads]
UNVERIFIED = {"certificate_untrusted", "certificate_chain_incomplete"}
Seen = dict[str, tuple[Port, tuple[Gap, ...]]]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Every server, questioned as an audit does."""
    folder = tmp_path_factory.mktemp("tls")
    with stage.own_octet() as octet:
        try:
            placed = tls_servers.start(folder, octet)
            authorities = trust(tls_servers.authority(folder))

            def one(server: Server) -> tuple[str, tuple[Port, tuple[Gap, ...]]]:
                reach = Reach(server.address, server.port, Pace(0), server.name)
                identification = Identification(reach, authorities=authorities)
                return server.id, (identification.run(), tuple(identification.gaps))

            with ThreadPoolExecutor(8) as pool:
                found = dict(pool.map(one, placed))
            (strict,) = (replace(server, id="nameless", name="") for server in placed if server.strict)
            yield {**found, **dict([one(strict)])}
        finally:
            stage.stop_all(folder)


def verdicts(port: Port) -> tuple[set[str], set[str]]:
    """The rules on TLS that speak about this port, and those that cannot tell."""
    facts = ExposureFacts(
        collected_at=datetime.now(UTC),
        targets=(),
        mandate_reference="",
        authorised_by="",
        profile="standard",
        ports="",
        hosts=(Host("192.0.2.1", (tls_servers.NAME,), (port,)),),
    )
    outcomes = {rule.id.partition(".")[2]: run_rule(rule, facts).status for rule in TLS_RULES}
    assert Status.ERROR not in outcomes.values()
    failed = {name for name, status in outcomes.items() if status is Status.FAILED}
    return failed - {"hsts_missing"}, {name for name, status in outcomes.items() if status is Status.NOT_ASSESSABLE}


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.id)
def test_real_servers_get_the_verdicts_expected(seen: Seen, server: Server) -> None:
    port, gaps = seen[server.id]
    assert not gaps
    assert port.tls is not None
    assert port.tls.started_by == server.starttls
    assert verdicts(port) == (set(server.rules), set())


@pytest.mark.parametrize("server", STUBS, ids=lambda server: server.id)
def test_servers_of_another_age_get_the_verdicts_expected(seen: Seen, server: Server) -> None:
    port, gaps = seen[server.id]
    assert not gaps
    assert verdicts(port) == (set(server.rules), UNVERIFIED), "what OpenSSL cannot verify is never said to be sound"


def test_every_rule_on_tls_is_shown_by_a_server() -> None:
    shown = {rule for server in (*SERVERS, *STUBS) for rule in server.rules}
    assert shown == {rule.id.partition(".")[2] for rule in TLS_RULES} - {"hsts_missing"}


def test_weak_suites_are_named_by_kind(seen: Seen) -> None:
    named = {name: port.tls.weak_ciphers for name, (port, _gaps) in seen.items() if port.tls is not None}
    assert named["modern"] == ()
    assert named["null"] == ("TLS_ECDHE_ECDSA_WITH_NULL_SHA",)
    assert named["anonymous"] == ("TLS_ECDH_anon_WITH_AES_128_CBC_SHA",)
    assert named["rc4"] == ("TLS_RSA_WITH_RC4_128_SHA",)
    assert named["export"] == ("TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",)


def test_a_service_that_nmap_named_has_its_starttls_read_too(tmp_path: Path) -> None:
    with stage.own_octet() as octet:
        try:
            (placed,) = (one for one in tls_servers.start(tmp_path, octet) if one.starttls == "postgresql")
            authorities = trust(tls_servers.authority(tmp_path))
            reach = Reach(placed.address, placed.port, Pace(0), placed.name)
            port = Identification(reach, authorities=authorities).ask("postgresql")
        finally:
            stage.stop_all(tmp_path)
    assert port is not None
    assert port.tls is not None
    assert (port.tls.started_by, port.tls.trusted) == ("postgresql", True)


def test_a_server_with_two_certificates_has_both_judged(seen: Seen) -> None:
    port, _gaps = seen["two_keys"]
    assert port.tls is not None
    shown = (port.tls.certificate, port.tls.second)
    assert [one.key_type for one in shown if one is not None] == ["EC", "RSA"]


def test_names_in_certificates_are_there_for_discovery(seen: Seen) -> None:
    port, _gaps = seen["other_name"]
    assert port.tls is not None
    assert port.tls.certificate is not None
    assert port.tls.certificate.names == ("autre.hopital.test",)


def test_a_relay_that_only_knows_its_names_is_not_taken_for_a_server_without_tls(seen: Seen) -> None:
    port, gaps = seen["nameless"]
    assert (port.service.name, port.http) == ("tls", None)
    assert [gap.section for gap in gaps] == ["tls", "http"]
    assert all("sans nom" in gap.reason.fr and "ajoutez à la cible un nom qu’il sert" in gap.reason.fr for gap in gaps)
    failed, _unsure = verdicts(port)
    assert failed == set(), "nothing is reproached to what was not read"
