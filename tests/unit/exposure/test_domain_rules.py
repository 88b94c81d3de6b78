"""Rules about domains and sites at their limits: what is judged, and what nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scanners.catalog import rules_of
from scanners.exposure.domain_facts import (
    DkimKey,
    DmarcRecord,
    Domain,
    FoundName,
    MailServer,
    MtaSts,
    NameOrigin,
    NameServer,
    Policy,
    Signature,
    SpfRecord,
)
from scanners.exposure.facts import Cookie, ExposureFacts, Http, Port, SecurityText, Service, Site, Tls
from scanners.exposure.mail_policy import SpfReading, read_dmarc, read_spf, spf_references, sts_allows, sts_mode
from scanners.exposure.providers import provider_of
from scanners.model import Outcome, Rule, Status
from scanners.runner import run_rule
from tests.unit.exposure.specimens import (
    CONTACT,
    GOOD_PAGE,
    MODERN,
    NOW,
    PROTECTED,
    SAFE_DOMAIN,
    SESSION,
    SOUND,
    facts,
    host,
    web,
)

RULES = {rule.id.partition(".")[2]: rule for rule in rules_of("exposure")}
ABOUT_DOMAINS = [rule for rule in RULES.values() if not {"mail", "dns"}.isdisjoint(rule.reads)]
PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.NOT_ASSESSABLE


def judge(name: str, seen: ExposureFacts) -> Outcome:
    return run_rule(RULES[name], seen)


def of_domain(name: str, **changes: Any) -> Status:
    return judge(name, facts(domains=(replace(SAFE_DOMAIN, **changes),))).status


def of_page(name: str, page: Http, secure: bool = True) -> Status:
    tls = Tls(MODERN, (), SOUND) if secure else None
    return judge(name, facts(host("192.0.2.1", web(443 if secure else 80, page, tls)))).status


@pytest.mark.parametrize("rule", ABOUT_DOMAINS, ids=lambda rule: rule.id)
def test_no_known_domain_is_never_a_pass(rule: Rule[Any]) -> None:
    outcome = run_rule(rule, facts(domains=()))
    assert outcome.status is UNKNOWN
    assert outcome.reason is not None
    assert "domaine" in outcome.reason.fr


# ---------------------------------------------------------------- SPF


def spf(*texts: str, **included: str) -> tuple[SpfRecord, ...]:
    names = (SpfRecord(name.replace("_", "."), (text,) if text else ()) for name, text in included.items())
    return (SpfRecord("hopital.test", texts), *names)


@pytest.mark.parametrize(
    ("records", "reading"),
    [
        (spf("v=spf1 -all"), SpfReading(0, end="-")),
        (spf("v=spf1 all"), SpfReading(0, "+all", "+")),
        (spf("v=spf1 ?all"), SpfReading(0, end="?")),
        (spf("v=spf1 ip4:0.0.0.0/0 -all"), SpfReading(0, "ip4:0.0.0.0/0", "-")),
        (spf("v=spf1 ip4:128.0.0.0/7 -all"), SpfReading(0, "ip4:128.0.0.0/7", "-")),
        (spf("v=spf1 ip4:10.0.0.0/8 ip6:2001:db8::/32 -all"), SpfReading(0, end="-")),
        (spf("v=spf1 include:a.test ~all", a_test="v=spf1 mx +all"), SpfReading(2, "+all", "~")),
        (spf("v=spf1 include:a.test -all", a_test=""), SpfReading(1, end="-", missing="a.test")),
        (spf("v=spf1 include:a.test -all", a_test="v=spf1 include:hopital.test -all"),
         SpfReading(2, end="-", loop="hopital.test")),
        (spf("v=spf1 redirect=a.test", a_test="v=spf1 a -all"), SpfReading(2, end="-")),
        (spf("v=spf1 mx ipv4:192.0.2.1 -all"), SpfReading(1, end="-", wrong="ipv4:192.0.2.1")),
        (spf("v=spf1 exists:%{i}.a.test include:%{d}.b.test -all"), SpfReading(2, end="-")),
        (spf("V=SPF1 A:mail.test/28//64 PTR -ALL"), SpfReading(2, end="-")),
        (spf("v=spf1 exp=why.test mx"), SpfReading(1)),
        (spf("v=spf1 redirect=%{d}.b.test"), SpfReading(1, elsewhere=True)),
        (spf("v=spf1 ip4:mail.hopital.test -all"), SpfReading(0, end="-", wrong="ip4:mail.hopital.test")),
        (spf("v=spf1 ip6:192.0.2.1 -all"), SpfReading(0, end="-", wrong="ip6:192.0.2.1")),
    ],
)  # fmt: skip
def test_what_an_spf_policy_comes_to(records: tuple[SpfRecord, ...], reading: SpfReading) -> None:
    assert read_spf(records) == reading


def test_includes_are_followed_save_those_built_from_the_message() -> None:
    text = "v=spf1 include:A.test. include:%{d}.b.test a:c.test redirect=d.test"
    assert spf_references(text) == ("a.test", "d.test")


@pytest.mark.parametrize(
    ("policy", "missing", "everyone", "neutral", "invalid"),
    [
        (spf(), FAILED, PASSED, PASSED, PASSED),
        (spf("v=spf1 " + "a " * 10 + "-all"), PASSED, PASSED, PASSED, PASSED),
        (spf("v=spf1 " + "a " * 11 + "-all"), PASSED, PASSED, PASSED, FAILED),
        (spf("v=spf1 mx"), PASSED, PASSED, FAILED, PASSED),
        (spf("v=spf1 redirect=%{d}.b.test"), PASSED, PASSED, PASSED, PASSED),
        (spf("v=spf1 ip4:mail.hopital.test"), PASSED, PASSED, PASSED, FAILED),
        (spf("v=spf1 mx", "v=spf1 -all"), PASSED, PASSED, PASSED, FAILED),
        (spf("v=spf1 +all"), PASSED, FAILED, PASSED, PASSED),
        (spf("v=spf1 include:a.test ~all", a_test=""), PASSED, PASSED, PASSED, FAILED),
    ],
)
def test_spf_rules_at_their_limits(
    policy: tuple[SpfRecord, ...], missing: Status, everyone: Status, neutral: Status, invalid: Status
) -> None:
    names = ("spf_missing", "spf_allows_everyone", "spf_neutral", "spf_invalid")
    assert [of_domain(name, spf=policy) for name in names] == [missing, everyone, neutral, invalid]


# ---------------------------------------------------------------- DMARC, DKIM


@pytest.mark.parametrize(
    ("record", "missing", "lax", "mute"),
    [
        (None, FAILED, PASSED, PASSED),
        (("hopital.test", "v=DMARC1; p=reject; rua=mailto:a@b.test"), PASSED, PASSED, PASSED),
        (("hopital.test", "v=DMARC1;p=quarantine"), PASSED, PASSED, FAILED),
        (("hopital.test", "v=DMARC1; p=reject; pct=99; rua=mailto:a@b.test"), PASSED, FAILED, PASSED),
        (("hopital.test", "v=DMARC1; p=none; rua=mailto:a@b.test"), PASSED, FAILED, PASSED),
        (("hopital.test", "v=DMARC1; p=bloquer"), FAILED, PASSED, PASSED),
        (("hopital.test", "v=DMARC10; p=reject"), FAILED, PASSED, PASSED),
        (("test", "v=DMARC1; p=reject; sp=none; rua=mailto:a@b.test"), PASSED, FAILED, PASSED),
        (("hopital.test", "v=DMARC1; p=reject; sp=none; rua=mailto:a@b.test"), PASSED, FAILED, PASSED),
        (("hopital.test", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:a@b.test"), PASSED, PASSED, PASSED),
    ],
)
def test_dmarc_rules_at_their_limits(
    record: tuple[str, str] | None, missing: Status, lax: Status, mute: Status
) -> None:
    found = DmarcRecord(record[0], (record[1],)) if record else None
    names = ("dmarc_missing", "dmarc_not_enforced", "dmarc_without_reports")
    assert [of_domain(name, dmarc=found) for name in names] == [missing, lax, mute]


def test_two_dmarc_records_are_none() -> None:
    two = DmarcRecord("hopital.test", ("v=DMARC1; p=reject", "v=DMARC1; p=none"))
    assert read_dmarc(two, "hopital.test").policy == ""


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (DkimKey("s", "rsa", 2047), FAILED),
        (DkimKey("s", "rsa", 2048), PASSED),
        (DkimKey("s", "ed25519", 256), PASSED),
        (DkimKey("s", "rsa", revoked=True), UNKNOWN),
        (DkimKey("s", "rsa", 0), UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_dkim_keys_at_their_limits(key: DkimKey | None, status: Status) -> None:
    assert of_domain("dkim_weak_key", dkim=(key,) if key else ()) is status


def test_a_domain_that_receives_no_mail_needs_no_key() -> None:
    assert of_domain("dkim_weak_key", dkim=(), mail_servers=()) is PASSED


# ---------------------------------------------------------------- transport

MX = MailServer("mx.hopital.test", 10, ("192.0.2.2",))
STS = "version: STSv1\nmode: {mode}\nmx: {mx}"


@pytest.mark.parametrize(
    ("sts", "servers", "enforced", "broken"),
    [
        (MtaSts(), (MX,), FAILED, PASSED),
        (MtaSts(("v=STSv1",), Policy.UNREAD), (MX,), FAILED, FAILED),
        (MtaSts(("v=STSv1",), Policy.OUTSIDE), (MX,), UNKNOWN, UNKNOWN),
        (MtaSts(("v=STSv1",), Policy.UNASKED), (MX,), UNKNOWN, UNKNOWN),
        (
            MtaSts(("v=STSv1",), Policy.READ, STS.format(mode="testing", mx="mx.hopital.test"), ""),
            (MX,),
            FAILED,
            PASSED,
        ),
        (
            MtaSts(("v=STSv1",), Policy.READ, STS.format(mode="enforce", mx="mx.hopital.test"), ""),
            (MX,),
            PASSED,
            PASSED,
        ),
        (MtaSts(("v=STSv1",), Policy.READ, STS.format(mode="enforce", mx="*.test"), ""), (MX,), PASSED, FAILED),
        (MtaSts(), (replace(MX, tlsa=("3 1 1 00",), signed=True),), PASSED, PASSED),
        (MtaSts(), (replace(MX, tlsa=("3 1 1 00",), signed=False),), FAILED, PASSED),
        (MtaSts(), (replace(MX, tlsa=("3 1 1 00",), signed=True), MX), FAILED, PASSED),
        (MtaSts(), (), PASSED, PASSED),
    ],
)
def test_transport_rules_at_their_limits(
    sts: MtaSts, servers: tuple[MailServer, ...], enforced: Status, broken: Status
) -> None:
    assert of_domain("mail_transport_not_enforced", mta_sts=sts, mail_servers=servers) is enforced
    assert of_domain("mta_sts_broken", mta_sts=sts, mail_servers=servers) is broken


def test_policies_of_mta_sts() -> None:
    assert sts_mode("<html>mode: enforce</html>") == ""
    assert sts_mode("mode: enforce") == "", "without its version it is no policy"
    assert sts_allows(("*.hopital.test",), "mx.hopital.test")
    assert not sts_allows(("*.hopital.test",), "a.mx.hopital.test")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"dane_matches": True}, PASSED),
        ({"dane_matches": False}, FAILED),
        ({"dane_matches": None}, UNKNOWN),
        ({"dane_matches": True, "signed": False}, FAILED),
        ({"dane_matches": True, "signed": None}, UNKNOWN),
        ({"dane_matches": False, "signed": None}, FAILED),
        ({"tlsa": (), "dane_matches": None}, PASSED),
    ],
)
def test_dane_at_its_limits(changes: dict[str, Any], status: Status) -> None:
    server = replace(MX, **{"tlsa": ("3 1 1 00",), "signed": True, **changes})
    assert of_domain("dane_broken", mail_servers=(server,)) is status


@pytest.mark.parametrize(
    ("server", "lost", "claimable", "alias"),
    [
        (MX, PASSED, PASSED, PASSED),
        (MailServer(""), FAILED, PASSED, PASSED),
        (MailServer("mx.hopital.test"), FAILED, PASSED, PASSED),
        (MailServer("mx.hopital.test", missing="mx.hopital.test"), FAILED, PASSED, PASSED),
        (MailServer("mx.parti.example", missing="mx.parti.example"), PASSED, FAILED, PASSED),
        (MailServer("mx.hopital.test", alias=True, missing="x.azurewebsites.net"), PASSED, FAILED, PASSED),
        (MailServer("mx.fauxhopital.test", missing="mx.fauxhopital.test"), PASSED, FAILED, PASSED),
        (MailServer("mx.ailleurs.example"), FAILED, PASSED, PASSED),
        (replace(MX, alias=True), PASSED, PASSED, FAILED),
    ],
)
def test_mail_servers_must_be_somewhere_and_ours(
    server: MailServer, lost: Status, claimable: Status, alias: Status
) -> None:
    rules = ("mail_server_lost", "mail_server_claimable", "mail_server_alias")
    assert [of_domain(name, mail_servers=(server,)) for name in rules] == [lost, claimable, alias]


@pytest.mark.parametrize("name", ["mail_server_lost", "mail_server_claimable", "mail_server_alias"])
def test_a_mail_server_that_dns_did_not_tell_of_is_not_sound(name: str) -> None:
    silent = {"mail_servers": (MX, MailServer("mx2.hopital.test")), "unread": ("A mx2.hopital.test",)}
    assert of_domain(name, **silent) is UNKNOWN


@pytest.mark.parametrize(
    ("target", "foreign", "own"),
    [
        ("x.azurewebsites.net", FAILED, PASSED),
        ("hopital.test", PASSED, FAILED),
        ("parti.hopital.test", PASSED, FAILED),
        ("faux-hopital.test", FAILED, PASSED),
    ],
)
def test_who_can_take_what_an_alias_leads_to(target: str, foreign: Status, own: Status) -> None:
    seen = facts(names=(FoundName("a.hopital.test", NameOrigin.FILE, alias=target, gone=True),))
    assert [judge(name, seen).status for name in ("dangling_name", "dangling_own_name")] == [foreign, own]


@pytest.mark.parametrize(
    ("fault", "broken", "enforced"),
    [("", PASSED, PASSED), (None, UNKNOWN, PASSED), ("dates", FAILED, FAILED), ("name", FAILED, FAILED),
     ("untrusted", FAILED, FAILED)],
)  # fmt: skip
def test_a_policy_under_a_certificate_that_senders_refuse_is_none(
    fault: str | None, broken: Status, enforced: Status
) -> None:
    sts = MtaSts(("v=STSv1",), Policy.READ, STS.format(mode="enforce", mx="mx.hopital.test"), fault)
    changes = {"mta_sts": sts, "mail_servers": (MX,)}
    assert [of_domain(name, **changes) for name in ("mta_sts_broken", "mail_transport_not_enforced")] == [
        broken, enforced,
    ]  # fmt: skip


# ---------------------------------------------------------------- DNS


@pytest.mark.parametrize(
    ("signature", "missing", "broken"),
    [
        (Signature.NONE, FAILED, PASSED),
        (Signature.NO_DS, FAILED, PASSED),
        (Signature.BROKEN, PASSED, FAILED),
        (Signature.SOUND, PASSED, PASSED),
        (Signature.UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_signatures(signature: Signature, missing: Status, broken: Status) -> None:
    assert of_domain("dnssec_missing", signature=signature) is missing
    assert of_domain("dnssec_broken", signature=signature) is broken


ONE, TWO = NameServer("ns1.a.test", ("192.0.2.3",), False), NameServer("ns2.a.test", ("192.0.2.4",), False)


@pytest.mark.parametrize(
    ("servers", "fragile", "transfer"),
    [
        ((ONE, TWO), PASSED, PASSED),
        ((ONE,), FAILED, PASSED),
        ((replace(ONE, addresses=("192.0.2.3", "2001:db8::3")),), FAILED, PASSED),
        ((replace(ONE, addresses=("10.0.0.3",), transfer=True), TWO), PASSED, UNKNOWN),
        ((replace(ONE, addresses=("127.0.0.3",), transfer=True), TWO), PASSED, FAILED),
        ((ONE, replace(ONE, name="ns2.a.test")), FAILED, PASSED),
        ((ONE, replace(TWO, addresses=())), FAILED, PASSED),
        ((replace(ONE, transfer=None), replace(TWO, transfer=None)), PASSED, UNKNOWN),
        ((replace(ONE, transfer=None), replace(TWO, transfer=True)), PASSED, FAILED),
        ((ONE, replace(TWO, transfer=None, unheard=True)), PASSED, UNKNOWN),
        ((ONE, replace(TWO, unheard=True)), PASSED, UNKNOWN),
        ((replace(ONE, transfer=True), replace(TWO, transfer=None, unheard=True)), PASSED, FAILED),
    ],
)
def test_name_servers(servers: tuple[NameServer, ...], fragile: Status, transfer: Status) -> None:
    assert of_domain("delegation_fragile", name_servers=servers) is fragile
    assert of_domain("zone_transfer_open", name_servers=servers) is transfer


EMPTY = Domain("hopital.test", signature=Signature.NONE)


@pytest.mark.parametrize(
    ("name", "question", "changes"),
    [
        ("spf_missing", "TXT hopital.test", {"spf": spf()}),
        ("spf_invalid", "TXT a.test", {"spf": spf("v=spf1 include:a.test -all", a_test="")}),
        ("dmarc_missing", "TXT _dmarc.hopital.test", {"dmarc": None}),
        ("dmarc_not_enforced", "TXT _dmarc.hopital.test", {"dmarc": DmarcRecord("test", ("v=DMARC1; p=none",))}),
        ("caa_missing", "CAA hopital.test", {"caa": ()}),
        ("tls_reports_missing", "TXT _smtp._tls.hopital.test", {"tls_rpt": ()}),
        ("mail_transport_not_enforced", "TXT _mta-sts.hopital.test", {"mail_servers": (MX,), "mta_sts": MtaSts()}),
        ("mail_transport_not_enforced", "TLSA _25._tcp.mx.hopital.test", {"mail_servers": (MX,), "mta_sts": MtaSts()}),
        ("mta_sts_broken", "A mta-sts.hopital.test", {"mta_sts": MtaSts(("v=STSv1",), Policy.UNREAD)}),
        ("mail_server_lost", "A mx.hopital.test", {"mail_servers": (replace(MX, addresses=()),)}),
        ("delegation_fragile", "A ns1.a.test", {"name_servers": (replace(ONE, addresses=()), TWO)}),
    ],
)
def test_what_the_name_server_did_not_answer_is_no_fault(name: str, question: str, changes: dict[str, Any]) -> None:
    assert of_domain(name, **changes) is FAILED
    assert of_domain(name, **changes, unread=("SRV other.test", question)) is UNKNOWN


def test_dane_records_that_dns_did_not_tell_of_are_not_sound() -> None:
    assert of_domain("dane_broken", mail_servers=(MX,), unread=("TLSA _25._tcp.mx.hopital.test",)) is UNKNOWN


def test_a_server_that_is_gone_is_told_beside_one_that_was_not_read() -> None:
    lost = (replace(MX, addresses=()), MailServer("gone.hopital.test"), MailServer(""))
    outcome = judge(
        "mail_server_lost", facts(domains=(replace(SAFE_DOMAIN, mail_servers=lost, unread=("A mx.hopital.test",)),))
    )
    assert outcome.findings[0].evidence["host"] == "gone.hopital.test, –"


@pytest.mark.parametrize("name", ["spf_missing", "dmarc_missing", "caa_missing", "dnssec_missing"])
def test_the_inside_view_and_a_domain_that_was_not_read_are_not_judged(name: str) -> None:
    inside = replace(ONE, addresses=("10.0.0.3", "fd00::3"))
    assert judge(name, facts(domains=(EMPTY,))).status is FAILED
    for unseen in (replace(EMPTY, name_servers=(inside,)), replace(EMPTY, unread=("SOA hopital.test",))):
        assert judge(name, facts(domains=(unseen,))).status is UNKNOWN
    for seen in ((inside, TWO), (replace(ONE, addresses=("127.0.0.3",)),)):
        assert judge(name, facts(domains=(replace(EMPTY, name_servers=seen),))).status is FAILED


@pytest.mark.parametrize(
    ("signature", "status"),
    [(Signature.SOUND, PASSED), (Signature.NONE, FAILED), (Signature.BROKEN, FAILED), (Signature.UNKNOWN, UNKNOWN)],
)
def test_dane_needs_the_signature_of_the_domain_too(signature: Signature, status: Status) -> None:
    server = replace(MX, tlsa=("3 1 1 00",), signed=True)
    changes = {"mail_servers": (server,), "mta_sts": MtaSts(), "signature": signature}
    assert of_domain("mail_transport_not_enforced", **changes) is status


def test_signatures_that_the_resolver_strips_prove_no_lack_of_dane() -> None:
    servers = (replace(MX, tlsa=("3 1 1 00",), signed=None),)
    for signature, status in ((Signature.SOUND, UNKNOWN), (Signature.UNKNOWN, UNKNOWN), (Signature.NONE, FAILED)):
        changes = {"mail_servers": servers, "mta_sts": MtaSts(), "signature": signature}
        assert of_domain("mail_transport_not_enforced", **changes) is status


@pytest.mark.parametrize(
    ("spared", "address", "words"),
    [
        ((), "192.0.2.12, 203.0.113.9", "hors du mandat"),
        (("192.0.2.12",), "203.0.113.9", "hors du mandat"),
        (("192.0.2.12", "203.0.113.9"), "192.0.2.12, 203.0.113.9", "qu’une exclusion épargne"),
    ],
)
def test_an_address_that_is_excluded_is_not_said_to_be_outside_the_mandate(
    spared: tuple[str, ...], address: str, words: str
) -> None:
    name = FoundName("rh.hopital.test", NameOrigin.FILE, outside=("192.0.2.12", "203.0.113.9"), spared=spared)
    (found,) = judge("name_outside_mandate", facts(names=(name,))).findings
    (rule,) = (rule for rule in rules_of("exposure") if rule.id == "exposure.name_outside_mandate")
    assert f"mène à {address}, {words}" in rule.describe(found, "fr")


@pytest.mark.parametrize("name", ["dangling_name", "dangling_own_name", "name_outside_mandate"])
def test_names_nobody_looked_for_are_not_sound(name: str) -> None:
    assert judge(name, facts(domains=())).status is UNKNOWN
    assert judge(name, facts()).status is PASSED


@pytest.mark.parametrize(
    ("name", "port"),
    [
        ("open_relay", Port(25, Service("smtp", traits=("relay_open",)))),
        ("open_resolver", Port(53, Service("dns", traits=("recursion_open",)), protocol="udp")),
    ],
)
def test_who_serves_an_inside_address_may_be_allowed_to(name: str, port: Port) -> None:
    assert judge(name, facts(host("10.0.0.25", port))).status is UNKNOWN
    assert judge(name, facts(host("127.0.0.25", port))).status is FAILED
    both = judge(name, facts(host("10.0.0.25", port), host("192.0.2.25", port)))
    assert [finding.subject.partition(":")[0] for finding in both.findings] == ["192.0.2.25"]


def test_an_unread_domain_elsewhere_does_not_hide_a_finding() -> None:
    unknown, bad = replace(SAFE_DOMAIN, signature=Signature.UNKNOWN), Domain("b.test", signature=Signature.BROKEN)
    outcome = judge("dnssec_broken", facts(domains=(unknown, bad)))
    assert [finding.subject for finding in outcome.findings] == ["b.test"]


@pytest.mark.parametrize(
    ("name", "provider"),
    [("a.azurewebsites.net", "Microsoft Azure App Service"), ("fauxgithub.io", ""), ("github.io", "GitHub Pages")],
)
def test_providers_are_known_by_whole_labels(name: str, provider: str) -> None:
    assert provider_of(name) == provider


# ---------------------------------------------------------------- sites


def test_every_name_of_an_address_is_judged() -> None:
    port = replace(web(443, GOOD_PAGE, Tls(MODERN, (), SOUND)), sites=(Site("b.ght.test", Http(200, "x"), SOUND),))
    seen = facts(host("192.0.2.1", port, names=("a.ght.test", "b.ght.test")))
    assert [found.subject for found in judge("hsts_missing", seen).findings] == ["192.0.2.1:443/tcp (b.ght.test)"]
    assert judge("hsts_missing", seen).population == 2
    assert judge("certificate_expired", seen).population == 1, "one certificate under two names is one"
    assert judge("certificate_name_mismatch", seen).population == 2
    assert judge("telnet_exposed", seen).population == 1, "a port is one port under all its names"


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("max-age=15724800", PASSED),
        ("max-age=15724799", FAILED),
        ('max-age="31536000"; includeSubDomains', PASSED),
        ("includeSubDomains", FAILED),
        ("max-age=0", FAILED),
    ],
)
def test_hsts_must_last_half_a_year(value: str, status: Status) -> None:
    assert of_page("hsts_short", Http(200, headers=(("strict-transport-security", value),))) is status


@pytest.mark.parametrize(
    ("dropped", "missing"),
    [
        ((), None),
        (("x-content-type-options",), "X-Content-Type-Options"),
        (("referrer-policy",), "Referrer-Policy"),
        (("content-security-policy",), "Content-Security-Policy, X-Frame-Options"),
    ],
)
def test_protective_headers(dropped: tuple[str, ...], missing: str | None) -> None:
    page = Http(200, "x", headers=tuple((key, value) for key, value in PROTECTED if key not in dropped))
    outcome = judge("security_headers_missing", facts(host("192.0.2.1", web(80, page))))
    assert [found.evidence["missing"] for found in outcome.findings] == ([missing] if missing else [])


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        ("default-src 'self'", PASSED),
        ("default-src *; script-src 'self'", PASSED),
        ("script-src 'self' 'unsafe-inline'", FAILED),
        ("script-src 'unsafe-inline' 'nonce-abc'", PASSED),
        ("script-src 'nonce-abc' 'strict-dynamic' https: 'unsafe-inline'", PASSED),
        ("script-src 'nonce-abc' https:", FAILED),
        ("script-src 'strict-dynamic' https:", FAILED),
        ("script-src https:", FAILED),
        ("frame-ancestors 'none'", FAILED),
        ("script-src 'self'; script-src *", PASSED),
    ],
)
def test_content_policies(policy: str, status: Status) -> None:
    page = Http(200, "x", headers=(("content-security-policy", policy),))
    assert of_page("content_policy_permissive", page) is status


@pytest.mark.parametrize(
    ("cookie", "secure", "session"),
    [
        (Cookie("JSESSIONID", True, True, "Lax"), PASSED, PASSED),
        (Cookie("JSESSIONID", False, True, "Strict"), FAILED, PASSED),
        (Cookie("JSESSIONID", True, False, "Lax"), PASSED, FAILED),
        (Cookie("JSESSIONID", True, True, "None"), PASSED, FAILED),
        (Cookie("connect.sid", True, True, ""), PASSED, FAILED),
        (Cookie("csrf_token", True, False, "Lax"), PASSED, PASSED),
        (Cookie("lang", True, False, ""), PASSED, PASSED),
        (Cookie("cote_residence", True, False, ""), PASSED, PASSED),
        (Cookie("author", True, False, ""), PASSED, PASSED),
        (Cookie("cookie_consent_session", True, False, ""), PASSED, PASSED),
        (Cookie("ASP.NET_SessionId", True, False, "Lax"), PASSED, FAILED),
        (Cookie(".ASPXAUTH", True, False, "Lax"), PASSED, FAILED),
        (Cookie("laravel_session", True, False, "Lax"), PASSED, FAILED),
        (Cookie("MRHSession", True, False, "Lax"), PASSED, FAILED),
        (Cookie("SVPNCOOKIE", True, False, "Lax"), PASSED, FAILED),
        (Cookie("NSC_AAAC", True, False, "Lax"), PASSED, FAILED),
        (Cookie("webvpn", True, False, "Lax"), PASSED, FAILED),
    ],
)
def test_cookies(cookie: Cookie, secure: Status, session: Status) -> None:
    page = Http(200, "x", cookies=(cookie,))
    assert of_page("cookie_without_secure", page) is secure
    assert of_page("session_cookie_unprotected", page) is session
    assert of_page("cookie_without_secure", page, secure=False) is PASSED


@pytest.mark.parametrize(("left", "status"), [(timedelta(seconds=1), PASSED), (timedelta(0), FAILED), (None, FAILED)])
def test_a_security_contact_expires(left: timedelta | None, status: Status) -> None:
    text = replace(CONTACT, expires=None if left is None else NOW + left)
    assert of_page("security_text_missing", Http(200, security_text=text)) is status


def test_a_security_contact_that_was_not_asked_for_is_not_judged() -> None:
    assert of_page("security_text_missing", Http(200)) is PASSED
    assert of_page("security_text_missing", Http(200, security_text=SecurityText())) is FAILED


def test_a_site_that_waits_for_its_cookie_is_not_a_loop() -> None:
    """The audit sends no cookie back, so that gateways that check it redirect without end."""
    loop = Http(302, location="/a", redirects=("/a", "/"), loops=True)
    assert of_page("redirect_loop", loop) is FAILED
    assert of_page("redirect_loop", replace(loop, cookies=(SESSION,))) is PASSED


def test_only_a_page_over_tls_redirects_in_clear() -> None:
    page = Http(301, location="http://www.h.test/", redirects=("http://www.h.test/",))
    assert of_page("redirect_in_clear", page) is FAILED
    assert of_page("redirect_in_clear", page, secure=False) is PASSED


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("https://care-audit.invalid/", FAILED),
        ("//CARE-audit.invalid:8080/x", FAILED),
        ("https://cas.hopital.test/login?service=https://care-audit.invalid/", PASSED),
        ("https://www.care-audit.invalid.hopital.test/", PASSED),
        ("http://[care-audit.invalid", PASSED),
        ("", PASSED),
    ],
)
def test_an_invented_name_counts_only_as_the_host(location: str, status: Status) -> None:
    page = Http(302, redirects=("/x",), invented=location)
    assert of_page("redirect_by_host_header", page) is status


@pytest.mark.parametrize(
    ("changes", "subjects"),
    [
        ({}, ["192.0.2.1:443/tcp"]),
        ({"headers": (("date", "demain"),)}, ["192.0.2.1:443/tcp"]),
        ({"headers": (("server", "x"),)}, ["192.0.2.1:443/tcp", "192.0.2.1:443/tcp (b.ght.test)"]),
        ({"title": "Autre"}, ["192.0.2.1:443/tcp", "192.0.2.1:443/tcp (b.ght.test)"]),
        ({"text": "Autre"}, ["192.0.2.1:443/tcp", "192.0.2.1:443/tcp (b.ght.test)"]),
    ],
)
def test_the_default_site_is_judged_once_whatever_its_names(changes: dict[str, Any], subjects: list[str]) -> None:
    page = Http(200, "x", headers=(("date", "hier"),), invented="")
    site = Site("b.ght.test", replace(page, invented=None, **changes), SOUND)
    port = replace(web(443, page, Tls(MODERN, (), SOUND)), sites=(site,))
    seen = facts(host("192.0.2.1", port, names=("a.ght.test", "b.ght.test")))
    assert [found.subject for found in judge("hsts_missing", seen).findings] == subjects


def test_another_certificate_makes_another_site() -> None:
    page = Http(200, "x")
    site = Site("b.ght.test", page, replace(SOUND, sha256="22" * 32))
    port = replace(web(443, page, Tls(MODERN, (), SOUND)), sites=(site,))
    assert judge("hsts_missing", facts(host("192.0.2.1", port, names=("a.ght.test", "b.ght.test")))).population == 2
