"""Every rule: silent on the healthy specimen, speaking on the broken one, honest about gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from ssh_audit.ssh2_kexdb import SSH2_KexDB

from scanners import ssh_offer
from scanners.catalog import rules_of
from scanners.exposure import crypto
from scanners.exposure.domain_facts import FoundName, NameOrigin
from scanners.exposure.facts import ExposureFacts, Http, Port, Service, Site, Ssh, Tls
from scanners.exposure.lifecycle import ENDS, end_of, ends_of
from scanners.exposure.ports import SILENT_PORTS
from scanners.lifecycle import LifeCycle
from scanners.model import Gap, Outcome, Rule, Status, Text
from scanners.runner import run_rule
from tests.unit.exposure.specimens import (
    BROKEN,
    EVIDENCE,
    EXPECTED,
    HEALTHY,
    MODERN,
    NOW,
    SAFE_SSH,
    SAFE_TLS,
    SOUND,
    facts,
    host,
    web,
)

RULES = rules_of("exposure")
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def judge(name: str, seen: ExposureFacts) -> Outcome:
    return run_rule(next(rule for rule in RULES if rule.id == f"exposure.{name}"), seen)


def subjects(name: str, *ports: Port, names: tuple[str, ...] = ()) -> list[str]:
    """The ports a rule names on a host that has these."""
    found = judge(name, facts(host("192.0.2.1", *ports, names=names)))
    assert found.status in {Status.PASSED, Status.FAILED}
    return [finding.subject.rpartition(":")[2].removesuffix("/tcp") for finding in found.findings]


def test_every_rule_is_expected_to_speak_on_the_broken_specimen() -> None:
    assert {rule.id.partition(".")[2] for rule in RULES} == set(EXPECTED)


@EVERY_RULE
def test_silent_on_the_healthy_specimen(rule: Rule[Any]) -> None:
    outcome = run_rule(rule, HEALTHY)
    assert (outcome.status, outcome.findings) == (Status.PASSED, ())
    assert outcome.population is not None


@EVERY_RULE
def test_speaks_on_the_broken_specimen_in_both_languages(rule: Rule[Any]) -> None:
    outcome = run_rule(rule, BROKEN)
    name = rule.id.partition(".")[2]
    assert outcome.status is Status.FAILED, outcome.reason
    assert {finding.subject for finding in outcome.findings} == EXPECTED[name]
    for finding in outcome.findings:
        french, english = rule.describe(finding, "fr"), rule.describe(finding, "en")
        assert finding.subject in french
        assert finding.subject in english
        assert "{" not in french + english
    assert EVIDENCE.get(name, {}).items() <= dict(outcome.findings[0].evidence).items()


@EVERY_RULE
def test_a_gap_is_never_a_pass(rule: Rule[Any]) -> None:
    for section in rule.reads:
        gap = Gap(section, Text("coupé", "cut"), truncated=True)
        assert run_rule(rule, replace(HEALTHY, gaps=(gap,))).status is Status.NOT_ASSESSABLE
        assert run_rule(rule, replace(BROKEN, gaps=(gap,))).partial
        whole = replace(gap, truncated=False)
        assert run_rule(rule, replace(BROKEN, gaps=(whole,))).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("name", "service", "answered"),
    [
        ("vnc_without_password", "vnc", {"open_access": False}),
        ("camera_without_password", "rtsp", {"open_access": False}),
        ("redis_without_password", "redis", {"open_access": False}),
        ("ftp_clear_text", "ftp", {"encrypted": True}),
        ("smtp_without_starttls", "smtp", {"encrypted": True}),
        ("smb1_enabled", "smb", {"traits": ("smb1_refused",)}),
        ("smb_signing_not_required", "smb", {"traits": ("signing_required",)}),
        ("rdp_without_nla", "rdp", {"traits": ("nla_required",)}),
    ],
)
def test_a_service_that_did_not_tell_is_not_a_pass(name: str, service: str, answered: dict[str, Any]) -> None:
    silent, sound = Port(1, Service(service)), Port(2, Service(service, **answered))
    assert judge(name, facts(host("192.0.2.1", sound))).status is Status.PASSED
    assert judge(name, facts(host("192.0.2.1", silent, sound))).status is Status.NOT_ASSESSABLE


@EVERY_RULE
def test_nothing_open_is_a_pass_of_nobody(rule: Rule[Any]) -> None:
    outcome = run_rule(rule, facts())
    about_a_domain = not {"mail", "dns"}.isdisjoint(rule.reads)
    assert (outcome.status, outcome.population) == (Status.PASSED, 1 if about_a_domain else 0)


@pytest.mark.parametrize(
    ("left", "expired", "expiring"),
    [
        (timedelta(seconds=-1), True, False),
        (timedelta(0), False, True),
        (timedelta(days=30), False, True),
        (timedelta(days=30, seconds=1), False, False),
    ],
)
def test_certificate_dates_at_their_limits(left: timedelta, expired: bool, expiring: bool) -> None:
    certificate = replace(SOUND, not_before=NOW - timedelta(days=300), not_after=NOW + left)
    port = Port(443, Service("tls"), tls=Tls(MODERN, (), certificate))
    assert bool(subjects("certificate_expired", port)) is expired
    assert bool(subjects("certificate_expiring", port)) is expiring


@pytest.mark.parametrize(
    ("life", "left", "expiring"), [(45, 15, True), (45, 16, False), (90, 30, True), (90, 31, False)]
)
def test_short_certificates_are_expiring_at_their_last_third(life: int, left: int, expiring: bool) -> None:
    until = NOW + timedelta(days=left)
    certificate = replace(SOUND, not_before=until - timedelta(days=life), not_after=until)
    assert bool(subjects("certificate_expiring", Port(443, tls=Tls(MODERN, (), certificate)))) is expiring


@pytest.mark.parametrize(
    ("kind", "bits", "weak"),
    [
        ("RSA", 2047, True),
        ("RSA", 2048, False),
        ("EC", 255, True),
        ("EC", 256, False),
        ("DSA", 1024, True),
        ("Ed25519", 0, False),
    ],
)
def test_key_sizes_at_their_limits(kind: str, bits: int, weak: bool) -> None:
    certificate = replace(SOUND, key_type=kind, key_bits=bits)
    assert bool(subjects("certificate_weak_key", Port(443, tls=Tls(MODERN, (), certificate)))) is weak


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("portail.hopital.test", True),
        ("a.ght.test", True),
        ("a.b.ght.test", False),
        ("ght.test", False),
        ("x.test", False),
    ],
)
def test_certificate_names(name: str, matches: bool) -> None:
    port = Port(443, tls=Tls(MODERN, (), SOUND))
    assert bool(subjects("certificate_name_mismatch", port, names=(name,))) is not matches


@pytest.mark.parametrize(("names", "matches"), [(("x.test", "a.ght.test"), True), (("x.test", "y.test"), False)])
def test_a_port_without_http_serves_all_the_names_of_its_host(names: tuple[str, ...], matches: bool) -> None:
    mail = Port(993, Service("imap"), tls=Tls(MODERN, (), SOUND))
    site = web(443, Http(200), Tls(MODERN, (), SOUND))
    assert bool(subjects("certificate_name_mismatch", mail, names=names)) is not matches
    assert subjects("certificate_name_mismatch", site, names=names) == ["443"], "a web port was asked under one name"


@pytest.mark.parametrize(
    ("source", "digest", "wrong"),
    [
        (NameOrigin.WORDLIST, SOUND.sha256, False),
        (NameOrigin.DNS, SOUND.sha256, False),
        (NameOrigin.TARGET, SOUND.sha256, True),
        (NameOrigin.WORDLIST, "11" * 32, True),
    ],
)
def test_a_guessed_name_on_the_default_site_is_left_alone(source: NameOrigin, digest: str, wrong: bool) -> None:
    port = replace(
        web(443, Http(200), Tls(MODERN, (), SOUND)), sites=(Site("x.test", Http(200), replace(SOUND, sha256=digest)),)
    )
    found = (FoundName("x.test", source),)
    seen = facts(host("192.0.2.1", port, names=("portail.hopital.test", "x.test")), names=found)
    assert [one.subject for one in judge("certificate_name_mismatch", seen).findings] == (
        ["192.0.2.1:443/tcp (x.test)"] if wrong else []
    )


def test_a_name_is_not_judged_when_the_target_was_an_address() -> None:
    outcome = judge("certificate_name_mismatch", facts(host("192.0.2.1", Port(443, tls=Tls(MODERN, (), SOUND)))))
    assert (outcome.status, outcome.population) == (Status.PASSED, 0)


@pytest.mark.parametrize(
    ("versions", "modern_missing", "obsolete"),
    [
        (("TLS 1.3",), False, False),
        (("TLS 1.1", "TLS 1.2"), False, True),
        (("TLS 1.0",), True, True),
        (("SSL 3.0",), True, False),
        ((), False, False),
    ],
)
def test_tls_versions(versions: tuple[str, ...], modern_missing: bool, obsolete: bool) -> None:
    port = Port(443, tls=Tls(versions))
    assert bool(subjects("tls_modern_missing", port)) is modern_missing
    assert bool(subjects("tls_obsolete_version", port)) is obsolete


def test_the_root_of_a_chain_may_be_signed_with_anything() -> None:
    root = replace(SOUND, signature_hash="md5", self_signed=True)
    assert subjects("certificate_weak_signature", Port(443, tls=Tls(MODERN, (), root))) == []


@pytest.mark.parametrize(
    ("product", "version", "prefix"),
    [
        ("apache", "2.2.15", "2.2"),
        ("apache", "2.20.1", None),
        ("apache", "2.4.62", None),
        ("php", "7.4", "7.4"),
        ("php", "7.40", None),
        ("openssl", "1.0.2k", "1.0.2"),
        ("openssl", "1.0.20", None),
        ("microsoft-iis", "7.5", "7"),
        ("microsoft-iis", "10.0", None),
        ("debian", "1", None),
    ],
)
def test_ends_of_life_are_matched_by_whole_numbers(product: str, version: str, prefix: str | None) -> None:
    end = end_of(product, version, ENDS)
    assert (end.prefix if end else None) == prefix


def row(product: str, end: date) -> LifeCycle:
    return LifeCycle(product, "", 0, "", end, "https://editeur.test", date(2026, 11, 23))


def test_an_imported_table_adds_versions_and_replaces_those_known() -> None:
    ends = ends_of(
        (row("nginx 1.24", date(2024, 4, 23)), row("php 7.4", date(2030, 1, 1)), row("php 8", date(2020, 1, 1)))
    )
    told = {(product, version): end_of(product, version, ends) for product, version in (
        ("nginx", "1.24.0"), ("nginx", "1.240"), ("php", "7.4.3"), ("php", "8.1.2"), ("php", "8.9"))}  # fmt: skip
    assert [end.day.year if end else None for end in told.values()] == [2024, None, 2030, 2025, 2020]
    windows = row("windows server 2012 r2", date(2023, 10, 10)), row("windows nt", date(2004, 12, 31))
    assert set(ends_of(windows)) == set(ENDS)


def test_the_imported_table_is_in_the_facts_and_judges() -> None:
    seen = facts(host("192.0.2.1", web(80, Http(200, headers=(("server", "nginx/1.24.0"),)))))
    assert judge("end_of_life_software", seen).status is Status.PASSED
    ended = judge("end_of_life_software", replace(seen, lifecycle=(row("nginx 1.24", date(2024, 4, 23)),)))
    (found,) = ended.findings
    assert found.evidence["ended_on"] == "2024-04-23"
    assert found.evidence["source"] == "https://editeur.test"


def test_software_past_its_end_is_told_under_the_name_that_announces_it() -> None:
    def page(server: str) -> Http:
        return Http(200, headers=(("server", server),))

    sites = (Site("old.h.fr", page("PHP/5.6.40")), Site("same.h.fr", page("Apache/2.2.3")))
    assert subjects("end_of_life_software", replace(web(80, page("Apache/2.2.3")), sites=sites)) == [
        "80", "80/tcp (old.h.fr)",
    ]  # fmt: skip


def test_every_end_of_life_has_a_source() -> None:
    assert all(end.source.startswith("https://") for end in ENDS)


def test_software_is_past_its_end_the_day_after_it() -> None:
    seen = facts(host("192.0.2.1", web(80, Http(200, headers=(("server", "x PHP/7.4.33"),)))))
    last_day = NOW.replace(year=2022, month=11, day=28)
    assert judge("end_of_life_software", replace(seen, collected_at=last_day)).status is Status.PASSED
    assert judge("end_of_life_software", replace(seen, collected_at=last_day + timedelta(1))).status is Status.FAILED


@pytest.mark.parametrize(
    ("banner", "ended"),
    [
        ("SSH-2.0-OpenSSH_7.4p1 Debian-10+deb9u7", "debian 9"),
        ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10", None),
        ("SSH-2.0-OpenSSH_5.3", None),
    ],
)
def test_distributions_are_judged_by_their_own_end(banner: str, ended: str | None) -> None:
    outcome = judge("end_of_life_software", facts(host("192.0.2.1", Port(22, Service("ssh", banner=banner)))))
    assert [finding.evidence["software"] for finding in outcome.findings] == ([ended] if ended else [])


def test_old_numbers_of_a_distribution_are_left_alone() -> None:
    headers = (("server", "Apache/2.2.15 (CentOS)"), ("x-powered-by", "PHP/5.3.3"))
    assert subjects("end_of_life_software", web(80, Http(200, headers=headers))) == []


def test_authentication_over_http_counts_as_a_login_page() -> None:
    assert subjects("login_over_http", web(80, Http(401, headers=(("www-authenticate", "Basic"),)))) == ["80"]


@pytest.mark.parametrize(("open_access", "named"), [(False, ["192.0.2.1:6379/tcp"]), (True, []), (None, [])])
def test_a_redis_with_a_password_is_still_an_exposed_database(open_access: bool | None, named: list[str]) -> None:
    redis = Port(6379, Service("redis", "Redis", open_access=open_access))
    outcome = judge("database_exposed", facts(host("192.0.2.1", redis)))
    assert [finding.subject for finding in outcome.findings] == named


def test_docker_over_tls_asks_for_a_certificate_and_passes() -> None:
    secure = web(2376, Http(400, headers=(("docker-experimental", "false"),)), Tls(MODERN))
    assert subjects("docker_api_open", secure) == []


def test_ipv6_subjects_are_bracketed() -> None:
    outcome = judge("telnet_exposed", facts(host("2001:db8::1", Port(23, Service("telnet")))))
    assert outcome.findings[0].subject == "[2001:db8::1]:23/tcp"


@pytest.mark.parametrize(
    ("kind", "weak"),
    [
        ("kex", ssh_offer.weak_key_exchanges),
        ("key", ssh_offer.weak_host_keys),
        ("enc", ssh_offer.weak_ciphers),
        ("mac", ssh_offer.weak_macs),
    ],
)
def test_what_openssh_offers_is_judged_as_ssh_audit_does(kind: str, weak: Any) -> None:
    """Every algorithm OpenSSH ever had that ssh-audit fails is weak here, NIST curves and HMAC-SHA-1 apart."""
    reasons = {name: entry[1] for name, entry in SSH2_KexDB.get_db()[kind].items() if len(entry) > 1 and entry[1]}
    openssh = (
        "diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1", "ssh-dss",
        "ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "3des-cbc", "arcfour", "arcfour128", "arcfour256", "blowfish-cbc",
        "cast128-cbc", "rijndael-cbc@lysator.liu.se", "hmac-md5", "hmac-md5-96", "hmac-sha1-96", "hmac-ripemd160",
        "hmac-md5-etm@openssh.com", "hmac-ripemd160-etm@openssh.com", "none",
    )  # fmt: skip
    failed = [name for name in openssh if name in reasons]
    assert failed
    assert weak(failed) == failed


def test_a_short_ssh_offer_is_still_judged() -> None:
    assert subjects("ssh_protocol_1", Port(22, Service("ssh"), ssh=Ssh("1.5"))) == ["22"]


def test_every_weak_suite_has_its_flaw() -> None:
    assert all(crypto.weakness(name) for name in crypto.WEAK_TLS_CIPHERS.values())
    assert not any(crypto.weakness(name) for name in crypto.STATIC_TLS_CIPHERS.values())
    assert crypto.weakness("TLS_DH_anon_WITH_RC4_128_MD5") == "anonymous"
    assert not set(crypto.WEAK_TLS_CIPHERS) & set(crypto.ORDINARY_TLS_CIPHERS)


@pytest.mark.parametrize(
    ("suite", "started_by", "weak", "short"),
    [
        ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "", True, False),
        ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "imap", True, False),
        ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "smtp", False, False),
        ("TLS_DH_anon_WITH_RC4_128_MD5", "smtp", True, False),
        ("TLS_ECDH_anon_WITH_NULL_SHA", "smtp", True, False),
        ("TLS_DH_anon_EXPORT_WITH_RC4_40_MD5", "smtp", True, False),
        ("TLS_DH_anon_WITH_3DES_EDE_CBC_SHA", "smtp", False, True),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "", False, True),
        ("TLS_RSA_WITH_IDEA_CBC_SHA", "", False, True),
        ("TLS_RSA_WITH_DES_CBC_SHA", "", True, False),
    ],
)
def test_weak_suites_by_where_they_are_offered(suite: str, started_by: str, weak: bool, short: bool) -> None:
    port = Port(25, tls=replace(SAFE_TLS, weak_ciphers=(suite,), started_by=started_by))
    assert bool(subjects("tls_weak_cipher", port)) is weak
    assert bool(subjects("tls_short_block_cipher", port)) is short


@pytest.mark.parametrize(
    ("error", "word"),
    [("unknown_root", "autorité inconnue"), ("invalid CA certificate", "pas le droit"), ("Not in our list", "refusée")],
)
def test_why_a_certificate_is_not_recognised_is_said_in_words(error: str, word: str) -> None:
    rule = next(rule for rule in RULES if rule.id == "exposure.certificate_untrusted")
    port = Port(443, tls=replace(SAFE_TLS, trusted=False, trust_error=error))
    (finding,) = run_rule(rule, facts(host("192.0.2.1", port))).findings
    assert word in rule.describe(finding, "fr")
    assert error not in rule.describe(finding, "fr")


@pytest.mark.parametrize(
    ("name", "changes", "wrong"),
    [
        ("ssl2_enabled", {"versions": ("SSL 2.0", "TLS 1.2")}, True),
        ("tls13_missing", {"versions": ("TLS 1.2",)}, True),
        ("tls13_missing", {"versions": ("TLS 1.1",)}, False),
        ("tls_weak_dh_group", {"dh_bits": 2047}, True),
        ("tls_weak_dh_group", {"dh_bits": 2048}, False),
        ("tls_weak_dh_group", {"dh_bits": 0}, False),
        ("tls_fallback_accepted", {"versions": ("TLS 1.1", "TLS 1.2"), "fallback_refused": False}, True),
        ("tls_fallback_accepted", {"versions": ("TLS 1.1", "TLS 1.2"), "fallback_refused": True}, False),
        ("tls_fallback_accepted", {"versions": MODERN, "fallback_refused": None}, False),
        ("tls_static_key_exchange", {"static_ciphers": ("x",), "forward_secrecy": False}, False),
        ("tls_cbc_only", {"authenticated_modes": False, "versions": ("TLS 1.1",)}, False),
        ("certificate_chain_incomplete", {"trusted": False, "trust_error": "unknown_root"}, False),
        ("certificate_untrusted", {"trusted": False, "trust_error": "issuer_missing"}, False),
        ("certificate_untrusted", {"trusted": False, "trust_error": "invalid CA certificate"}, True),
        ("certificate_self_signed", {"certificate": replace(SOUND, self_signed=True), "trusted": True}, False),
        ("certificate_staple_missing", {"certificate": replace(SOUND, must_staple=True), "stapled": True}, False),
        ("tls_insecure_renegotiation", {"versions": ("TLS 1.3",), "secure_renegotiation": None}, False),
        ("tls_compression", {"versions": ("TLS 1.3",), "compression": None}, False),
    ],
)
def test_tls_postures_at_their_limits(name: str, changes: dict[str, Any], wrong: bool) -> None:
    assert subjects(name, Port(443, tls=replace(SAFE_TLS, **changes))) == (["443"] if wrong else [])


@pytest.mark.parametrize(
    ("name", "unread"),
    [
        ("tls_compression", {"compression": None}),
        ("tls_insecure_renegotiation", {"secure_renegotiation": None}),
        ("tls_fallback_accepted", {"versions": ("TLS 1.1", "TLS 1.2"), "fallback_refused": None}),
        ("tls_weak_dh_group", {"forward_secrecy": None}),
        ("tls_forward_secrecy_missing", {"forward_secrecy": None}),
        ("tls_static_key_exchange", {"forward_secrecy": None}),
        ("tls_client_order", {"forward_secrecy": None}),
        ("tls_cbc_only", {"authenticated_modes": None}),
        ("certificate_chain_incomplete", {"trusted": None}),
        ("certificate_untrusted", {"trusted": None}),
        ("certificate_chain_disordered", {"chain_ordered": None}),
        ("certificate_staple_missing", {"certificate": replace(SOUND, must_staple=True), "stapled": None}),
    ],
)
def test_what_was_not_read_of_tls_is_not_a_pass(name: str, unread: dict[str, Any]) -> None:
    """Archives made before these questions were asked hold none of the answers either."""
    port = Port(443, tls=replace(SAFE_TLS, **unread))
    assert judge(name, facts(host("192.0.2.1", port))).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("name", "changes", "wrong"),
    [
        ("ssh_short_host_key", {"host_key_bits": (("rsa-sha2-256", 2047),)}, True),
        ("ssh_short_host_key", {"host_key_bits": (("rsa-sha2-256", 2048), ("ecdsa-sha2-nistp256", 256))}, False),
        ("ssh_short_host_key", {"host_key_bits": (("ssh-dss", 1024),)}, False),
        ("ssh_weak_host_key", {"host_keys": ("ssh-dss",)}, True),
        ("ssh_small_group", {"dh_bits": 2047}, True),
        ("ssh_small_group", {"dh_bits": 2048}, False),
        ("ssh_small_group", {"dh_bits": 0}, False),
        ("ssh_terrapin", {"key_exchanges": ("curve25519-sha256",)}, True),
        ("ssh_terrapin", {"key_exchanges": ("x",), "ciphers": ("aes256-ctr",)}, False),
        ("ssh_terrapin", {"key_exchanges": ("x",), "ciphers": ("aes256-cbc",), "macs": ("hmac-sha2-256",)}, False),
    ],
)
def test_ssh_keys_and_groups_at_their_limits(name: str, changes: dict[str, Any], wrong: bool) -> None:
    port = Port(22, Service("ssh"), ssh=replace(SAFE_SSH, **changes))
    assert subjects(name, port) == (["22"] if wrong else [])


@pytest.mark.parametrize("name", ["ssh_short_host_key", "ssh_small_group"])
def test_what_ssh_audit_did_not_read_is_not_a_pass(name: str) -> None:
    port = Port(22, Service("ssh"), ssh=replace(SAFE_SSH, audited=False))
    assert judge(name, facts(host("192.0.2.1", port))).status is Status.NOT_ASSESSABLE


def test_long_validity_is_judged_by_the_rule_of_its_day() -> None:
    old = NOW.replace(year=2018, month=2, day=1)
    certificate = replace(SOUND, not_before=old, not_after=old + timedelta(days=1096))
    assert subjects("certificate_long_validity", Port(443, tls=replace(SAFE_TLS, certificate=certificate))) == []
    recent = replace(SOUND, not_before=NOW, not_after=NOW + timedelta(days=825))
    assert subjects("certificate_long_validity", Port(443, tls=replace(SAFE_TLS, certificate=recent))) == []


@pytest.mark.parametrize(
    ("service", "protocol", "amplifies"),
    [
        (Service("ntp", traits=("control_open",)), "udp", True),
        (Service("ntp", traits=("control_refused",)), "udp", False),
        (Service("memcached"), "udp", True),
        (Service("memcached"), "tcp", False),
        (Service("chargen"), "udp", True),
        (Service("ike"), "udp", False),
        (Service("snmp"), "udp", False),
    ],
)
def test_what_amplifies_and_what_only_answers(service: Service, protocol: str, amplifies: bool) -> None:
    port = Port(4000, service, protocol=protocol)
    assert subjects("udp_amplifier", port) == (["4000/udp"] if amplifies else [])


def test_an_amplifier_of_the_inside_is_left_to_an_audit_from_outside() -> None:
    clock = Port(1900, Service("ssdp"), protocol="udp")
    assert judge("udp_amplifier", facts(host("10.1.2.3", clock))).status is Status.NOT_ASSESSABLE
    both = judge("udp_amplifier", facts(host("10.1.2.3", clock), host("192.0.2.1", clock)))
    assert [finding.subject for finding in both.findings] == ["192.0.2.1:1900/udp"]
    assert both.unjudged == ("10.1.2.3:1900/udp",), "what it could not tell of keeps what was found there before"


def test_a_printer_found_by_ws_discovery_is_no_camera() -> None:
    assert subjects("camera_exposed", Port(3702, Service("ws-discovery"), protocol="udp")) == []


@pytest.mark.parametrize(
    ("headers", "text", "announced"),
    [
        ((("server", "nginx/1.22.1"),), "", "nginx/1.22.1"),
        ((("server", "nginx"), ("x-powered-by", "PHP/8.2.1")), "", "nginx PHP/8.2.1"),
        (
            (("server", "Microsoft-IIS/10.0"), ("x-aspnet-version", "4.0.30319")),
            "",
            "Microsoft-IIS/10.0 x-aspnet-version: 4.0.30319",
        ),
        ((("x-aspnetmvc-version", "5.2"),), "", "x-aspnetmvc-version: 5.2"),
        ((), '<meta name="generator" content="WordPress 6.4.2" />', "WordPress 6.4.2"),
        ((), "<meta content='Joomla! 4.2.1' name='generator'>", "Joomla! 4.2.1"),
        ((("x-generator", "TYPO3 12.4 CMS"),), "", "TYPO3 12.4 CMS"),
        ((("server", "nginx"), ("x-powered-by", "ASP.NET")), "", ""),
        ((("x-generator", "Drupal 10 (https://www.drupal.org)"),), '<meta name="generator" content="Hugo">', ""),
        ((), "<p>Fait avec WordPress 6.4.2, generator</p>", ""),
    ],
)
def test_what_tells_a_version(headers: tuple[tuple[str, str], ...], text: str, announced: str) -> None:
    outcome = judge(
        "server_version_disclosed", facts(host("192.0.2.1", web(443, Http(200, headers=headers, text=text))))
    )
    assert [finding.evidence["announced"] for finding in outcome.findings] == ([announced] if announced else [])


def test_a_serial_line_is_no_dnp3_controller() -> None:
    """19999 and 20000 are Netdata's and Usermin's as well: their number alone raises no alarm."""
    ports = tuple(Port(number, Service(SILENT_PORTS[number], source="port")) for number in (4001, 10001, 19999, 20000))
    assert subjects("industrial_protocol_exposed", *ports) == []
    assert len(subjects("unidentified_service", *ports)) == len(ports), "somebody must say what they are"


def test_what_the_establishment_left_in_peace_is_not_to_be_identified() -> None:
    left = replace(facts(host("192.0.2.1", Port(8080), Port(8081))), never_written=("192.0.2.1 8080",))
    assert [found.subject for found in judge("unidentified_service", left).findings] == ["192.0.2.1:8081/tcp"]


def test_no_name_is_expected_where_nothing_was_asked() -> None:
    asked = Gap("services", Text("Rien n’a été demandé.", "Nothing was asked."), truncated=True)
    careful = replace(facts(host("192.0.2.1", Port(8080))), profile="fragile", gaps=(asked,))
    assert judge("unidentified_service", careful).status is Status.NOT_ASSESSABLE
