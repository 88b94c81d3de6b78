"""Domains and names read from a real name server on loopback: nothing invented, nothing contacted outside."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.errors import CollectError
from scanners.exposure import collect_around, collect_discovery, collect_dns, collect_domains
from scanners.exposure.collect_around import Around, checked_domains, covers_domain, parse_domains, strictly_inside
from scanners.exposure.collect_discovery import Discovery
from scanners.exposure.collect_dns import Answer, Resolver, State
from scanners.exposure.collect_domains import DomainOrder, DomainReading, read_domain, read_key
from scanners.exposure.collect_names import Perimeter, is_avoided, perimeter
from scanners.exposure.collect_wire import Pace
from scanners.exposure.domain_facts import DkimKey, FoundName, NameOrigin, Policy, Signature
from scanners.exposure.exclusions import ExclusionAsked, Exclusions
from scanners.exposure.facts import Host, Port, Tls
from scanners.exposure.mandate import Mandate, MandateError, parse_mandate
from scanners.exposure.read_names import MAX_NAMES, read_names
from scanners.exposure.targets import Address, parse_targets
from scanners.stopping import Stop
from tests.unit.exposure.name_server import Zones, name_server
from tests.unit.exposure.specimens import SOUND

KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the fault to find
KEY_TEXT = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
HOSPITAL = f"""\
@ 300 IN SOA ns1 admin 1 3600 900 604800 300
@ 300 IN NS ns1
@ 300 IN NS ns.ailleurs.test.
@ 300 IN MX 10 mx1
@ 300 IN MX 20 perdu
@ 300 IN TXT "v=spf1 mx include:_spf.envoi.test" " ~all"
@ 300 IN TXT "une-autre-verification=1"
@ 300 IN CAA 0 issue "autorite.test"
ns1 300 IN A 127.0.0.1
mx1 300 IN A 192.0.2.25
_25._tcp.mx1 300 IN TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
_dmarc 300 IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@hopital.test"
s2026._domainkey 300 IN TXT "v=DKIM1; k=rsa; p={KEY_TEXT[:100]}" "{KEY_TEXT[100:]}"
default._domainkey 300 IN TXT "v=DKIM1; p="
_mta-sts 300 IN TXT "v=STSv1; id=1"
mta-sts 300 IN A 203.0.113.80
_smtp._tls 300 IN TXT "v=TLSRPTv1; rua=mailto:tls@hopital.test"
www 300 IN A 192.0.2.10
portail 300 IN A 192.0.2.11
agenda 300 IN CNAME portail
ancien 300 IN CNAME ancien-hopital.azurewebsites.net.
rh 300 IN A 203.0.113.9
mixte 300 IN A 192.0.2.12
mixte 300 IN A 203.0.113.12
secret-projet 300 IN A 192.0.2.13
"""
SENDER = """\
@ 300 IN SOA ns1.envoi.test. admin 1 3600 900 604800 300
_spf 300 IN TXT "v=spf1 ip4:192.0.2.0/28 -all"
"""
ELSEWHERE = "@ 300 IN SOA ns admin 1 3600 900 604800 300\nns 300 IN A 203.0.113.53\n"
WILD = """\
@ 300 IN SOA ns1.joker.test. admin 1 3600 900 604800 300
* 300 IN A 192.0.2.77
vpn 300 IN A 192.0.2.78
"""
REVERSE = """\
@ 300 IN SOA ns.hopital.test. admin 1 3600 900 604800 300
10 300 IN PTR www.hopital.test.
13 300 IN PTR secret-projet.hopital.test.
"""
ZONES = {
    "hopital.test": HOSPITAL,
    "envoi.test": SENDER,
    "ailleurs.test": ELSEWHERE,
    "joker.test": WILD,
    "2.0.192.in-addr.arpa": REVERSE,
}
MANDATE = parse_mandate(
    {
        "authorised_by": "Claire Durand",
        "role": "Directrice générale",
        "reference": "CONV-2026-17",
        "scope": ["192.0.2.0/24", "127.0.0.0/8", "hopital.test", "*.hopital.test", "*.joker.test"],
        "excluded": ["192.0.2.12"],
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
    }
)
INSIDE = strictly_inside(MANDATE, lambda _: False)


def zones(**changes: bool) -> Zones:
    return Zones(ZONES, **changes)


@contextmanager
def resolver(served: Zones) -> Iterator[Resolver]:
    with name_server(served) as port:
        yield Resolver(f"127.0.0.1:{port}")


def reading(served: Zones, name: str = "hopital.test", *selectors: str) -> DomainReading:
    with resolver(served) as asked:
        return read_domain(DomainOrder(name, selectors), asked, INSIDE)


# ---------------------------------------------------------------- domains


def test_a_domain_is_read_whole() -> None:
    found = reading(zones(), "hopital.test", "s2026")
    domain = found.domain
    assert found.gaps == []
    assert [record.name for record in domain.spf] == ["hopital.test", "_spf.envoi.test"]
    assert domain.spf[0].texts == ("v=spf1 mx include:_spf.envoi.test ~all",), "parts are put together, others left out"
    assert domain.dmarc is not None
    assert domain.dmarc.texts == ("v=DMARC1; p=none; rua=mailto:dmarc@hopital.test",)
    assert domain.dkim == (DkimKey("s2026", "rsa", 1024), DkimKey("default", "rsa", revoked=True))
    assert [(server.name, server.addresses) for server in domain.mail_servers] == [
        ("mx1.hopital.test", ("192.0.2.25",)),
        ("perdu.hopital.test", ()),
    ]
    assert domain.mail_servers[0].tlsa[0].startswith("3 1 1 0123")
    assert domain.mail_servers[0].signed is None, "nothing says that this resolver passes signatures on"
    assert domain.caa == ('0 issue "autorite.test"',)
    assert [server.name for server in domain.name_servers] == ["ns.ailleurs.test", "ns1.hopital.test"]
    assert (domain.signature, domain.wildcard) == (Signature.NONE, False)
    assert domain.tls_rpt == ("v=TLSRPTv1; rua=mailto:tls@hopital.test",)


def test_a_policy_server_outside_the_mandate_is_not_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_domains, "fetch_policy", pytest.fail)
    domain = reading(zones()).domain
    assert (domain.mta_sts.texts, domain.mta_sts.state) == (("v=STSv1; id=1",), Policy.OUTSIDE)


def test_the_policy_is_fetched_at_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def fetch(address: str, name: str, _pace: Pace) -> str:
        asked.append((address, name))
        return "version: STSv1\nmode: testing"

    monkeypatch.setattr(collect_domains, "fetch_policy", fetch)
    served = Zones(ZONES | {"hopital.test": HOSPITAL.replace("203.0.113.80", "192.0.2.80")})
    assert reading(served).domain.mta_sts.state is Policy.READ
    assert asked == [("192.0.2.80", "mta-sts.hopital.test")]


def test_without_a_pace_nothing_but_the_resolver_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_domains, "fetch_policy", pytest.fail)
    monkeypatch.setattr(collect_domains, "transfer", pytest.fail)
    served = Zones(ZONES | {"hopital.test": HOSPITAL.replace("203.0.113.80", "192.0.2.80")})
    with resolver(served) as asked:
        found = read_domain(DomainOrder("hopital.test"), asked, INSIDE, None)
    assert found.domain.mta_sts.state is Policy.UNASKED
    assert [(server.transfer, server.unheard) for server in found.domain.name_servers] == [(None, False), (None, True)]
    assert [(gap.section, gap.truncated) for gap in found.gaps] == [("mail", True), ("dns", True)]
    assert {gap.subject for gap in found.gaps} == {"hopital.test"}


def test_no_zone_is_asked_for_once_the_audit_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_domains, "transfer", pytest.fail)
    with resolver(zones()) as asked:
        found = read_domain(DomainOrder("hopital.test"), asked, INSIDE, lambda _: Pace(0, stopped()))
    assert [server.unheard for server in found.domain.name_servers] == [False, True]


@pytest.mark.parametrize("open_transfer", [True, False])
def test_the_zone_is_asked_for_inside_the_mandate_only(monkeypatch: pytest.MonkeyPatch, open_transfer: bool) -> None:
    served = zones(open_transfer=open_transfer)
    asked: list[str] = []
    whole = collect_domains.transfer

    def transfer(address: str, zone: str) -> tuple[str, ...] | None:
        asked.append(address)
        return whole(address, zone)

    with name_server(served) as port:
        monkeypatch.setattr(collect_domains, "DNS_PORT", port)
        monkeypatch.setattr(collect_domains, "transfer", transfer)
        found = read_domain(DomainOrder("hopital.test"), Resolver(f"127.0.0.1:{port}"), INSIDE)
    given = {server.name: server.transfer for server in found.domain.name_servers}
    assert given == {"ns.ailleurs.test": None, "ns1.hopital.test": open_transfer}
    assert asked == ["127.0.0.1"]
    assert ("secret-projet.hopital.test" in found.transferred) is open_transfer


def test_a_name_server_that_does_not_listen_refused_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_domains, "DNS_PORT", 1)
    servers = reading(zones()).domain.name_servers
    assert {server.transfer for server in servers} == {None}
    assert [server.unheard for server in servers] == [False, True], "the first one is outside the mandate"


@pytest.mark.parametrize(
    ("until", "own_ds", "drop_ds", "signature"),
    [
        (timedelta(days=10), True, False, Signature.SOUND),
        (timedelta(days=-1), True, False, Signature.BROKEN),
        (timedelta(days=10), False, False, Signature.BROKEN),
        (timedelta(days=10), True, True, Signature.NO_DS),
    ],
)
def test_signatures_are_checked_for_real(until: timedelta, own_ds: bool, drop_ds: bool, signature: Signature) -> None:
    served = zones()
    served.sign("hopital.test", until=datetime.now(UTC) + until, own_ds=own_ds)
    if drop_ds:
        served.ds.clear()
    domain = reading(served).domain
    assert domain.signature is signature
    assert bool(domain.signature_detail) is (signature is Signature.BROKEN)
    assert domain.mail_servers[0].signed is True


@pytest.mark.parametrize(("ds_signed", "signature"), [(False, Signature.UNKNOWN), (True, Signature.BROKEN)])
def test_a_resolver_that_strips_signatures_breaks_no_domain(ds_signed: bool, signature: Signature) -> None:
    served = zones()
    served.sign("hopital.test")
    whole = served.answer

    def stripped(asked: dns.message.Message) -> dns.message.Message:
        told = whole(asked)
        if asked.question[0].rdtype == dns.rdatatype.DS and ds_signed:
            told.answer += whole(dns.message.make_query("hopital.test", "SOA", want_dnssec=True)).answer[1:]
        else:
            told.answer = [found for found in told.answer if found.rdtype != dns.rdatatype.RRSIG]
        return told

    served.answer = stripped  # type: ignore[method-assign]
    assert reading(served).domain.signature is signature


@pytest.mark.parametrize(("root_signed", "signed"), [(True, False), (False, None)])
def test_only_a_resolver_that_passes_signatures_on_says_that_there_are_none(
    root_signed: bool, signed: bool | None
) -> None:
    """Behind one that strips them, a sound record would be said to be unsigned, and removed."""
    served = Zones(
        {**ZONES, ".": "@ 300 IN SOA a.racine.test. admin 1 3600 900 604800 300\n@ 300 IN NS a.racine.test.\n"}
    )
    if root_signed:
        served.sign(".")
    assert reading(served).domain.mail_servers[0].signed is signed


def test_questions_without_an_answer_are_named() -> None:
    served = zones()
    whole = served.answer

    def deaf(asked: dns.message.Message) -> dns.message.Message:
        told = whole(asked)
        if asked.question[0].rdtype in {dns.rdatatype.CAA, dns.rdatatype.TLSA}:
            told.answer.clear()
            told.set_rcode(dns.rcode.SERVFAIL)
        return told

    served.answer = deaf  # type: ignore[method-assign]
    found = reading(served)
    assert found.domain.unread == (
        "CAA hopital.test",
        "TLSA _25._tcp.mx1.hopital.test",
        "TLSA _25._tcp.perdu.hopital.test",
    )
    assert [gap.section for gap in found.gaps] == ["dns"]
    assert reading(zones(), "absent.test").domain.unread == ("SOA absent.test",)


def test_a_domain_that_does_not_exist_is_a_gap_in_each_section() -> None:
    found = reading(zones(), "absent.test")
    assert [gap.section for gap in found.gaps] == ["dns", "mail"]
    assert "absent.test" in found.gaps[0].reason.fr
    assert {gap.subject for gap in found.gaps} == {"absent.test"}


def test_a_domain_that_receives_no_mail_says_so() -> None:
    served = Zones({"muet.test": "@ 300 IN SOA ns admin 1 2 3 4 5\n@ 300 IN MX 0 .\n"})
    domain = reading(served, "muet.test").domain
    assert (domain.null_mx, domain.mail_servers, domain.spf[0].texts) == (True, (), ())


def test_an_include_that_leads_back_is_fetched_once() -> None:
    served = Zones({"a.test": '@ 300 IN SOA ns admin 1 2 3 4 5\n@ 300 IN TXT "v=spf1 include:a.test -all"\n'})
    assert [record.name for record in reading(served, "a.test").domain.spf] == ["a.test"]


@pytest.mark.parametrize("text", ["v=DKIM1; p=pas de la base 64 !", "v=DKIM1; k=rsa; p=AAAA", "p=" + "A" * 5000])
def test_an_unreadable_key_has_no_length(text: str) -> None:
    assert read_key("s", text) == DkimKey("s", "rsa")


def test_a_key_of_an_unknown_kind_has_no_length() -> None:
    """SubjectPublicKeyInfo of an algorithm nobody knows: `cryptography` raises no ValueError for it."""
    odd = bytes.fromhex("300c300506032a0304030300ffff")
    assert read_key("s", "p=" + base64.b64encode(odd).decode()) == DkimKey("s", "rsa")


# ---------------------------------------------------------------- resolver


@pytest.mark.parametrize("servers", ["ns.hopital.test", "192.0.2.300", "-oN /tmp/x", "192.0.2.1:99999", "[::1", "1;2"])
def test_a_resolver_is_an_address(servers: str) -> None:
    with pytest.raises(CollectError, match="is not an address"):
        Resolver(servers)


@pytest.mark.parametrize(
    "servers",
    [
        "10.1.2.3:47808", "192.0.2.53:5353", "[2001:db8::53]:5353", "239.255.255.250:1900", "239.255.255.250",
        "255.255.255.255", "0.0.0.0", "127.0.0.1:9100", "::ffff:255.255.255.255",
    ],
)  # fmt: skip
def test_a_resolver_is_one_machine_at_the_port_of_dns(servers: str) -> None:
    with pytest.raises(CollectError, match="is refused: it must be the address of one machine, at port 53"):
        Resolver(servers)


@pytest.mark.parametrize(
    "servers", ["192.0.2.53", "192.0.2.53:53", "[2001:db8::53]:53", "127.0.0.1:5353", "[::1]:5353"]
)
def test_resolvers_that_may_be_asked(servers: str) -> None:
    assert Resolver(servers).given


def test_ipv4_written_in_ipv6_is_ipv4() -> None:
    served = Zones({"a.test": "@ 300 IN SOA ns admin 1 2 3 4 5\n@ 300 IN AAAA ::ffff:203.0.113.4\n"})
    with resolver(served) as asked:
        assert asked.addresses("a.test") == (ip_address("203.0.113.4"),)
        assert asked.addresses("b.test") == ()
    assert Resolver("127.0.0.1:1", stopped()).addresses("a.test") is None


def stopped() -> Stop:
    stop = Stop()
    stop.ask()
    return stop


def test_a_resolver_that_is_down_is_found_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_dns, "QUESTION_SECONDS", 0.4)
    down = Resolver("127.0.0.1:1")
    assert not down.alive()
    around = Around(MANDATE, INSIDE, down, (DomainOrder("hopital.test"),))
    around.before(Perimeter(), lambda *_: None)
    assert [gap.section for gap in around.gaps] == ["dns", "mail", "names"]
    assert "127.0.0.1" in around.gaps[0].reason.fr
    assert down.ask("hopital.test", "MX").state is State.FAILED


class Dying(Zones):
    """Answers nothing any more but, when it is only its own servers that are mute, whether it is there."""

    def __init__(self, there: bool) -> None:
        super().__init__({})
        self._there, self.questions = there, set[str]()

    def answer(self, asked: dns.message.Message) -> dns.message.Message:
        name = asked.question[0].name.to_text()
        self.questions.add(name)
        if name == "." and self._there:
            return super().answer(asked)
        raise TimeoutError


@pytest.mark.parametrize("there", [False, True])
def test_a_resolver_that_dies_meanwhile_is_not_asked_about_thousands_of_names(
    monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """One that is there goes on being asked: it is the domain that is mute."""
    monkeypatch.setattr(collect_dns, "QUESTION_SECONDS", 0.05)
    dying = Dying(there)
    names = [f"n{number}.hopital.test" for number in range(80)]
    with resolver(dying) as asked:
        found = discovery(asked)
        found.add(names, NameOrigin.FILE)
        assert asked.ask("autre.test", "A").state is State.FAILED
    assert len(dying.questions - {"."}) == (81 if there else pytest.approx(32, abs=20))
    (gap,) = found.take_gaps()
    assert (gap.section, gap.truncated) == ("names", True)
    assert gap.reason.en.endswith("n3.hopital.test, n4.hopital.test, … (80); run the audit again.")
    assert found.take_gaps() == []
    found.unanswered = dict.fromkeys(names[:2])
    assert [gap.subject for gap in found.take_gaps()] == names[:2], "a few are told one by one"


def test_a_resolver_that_refuses_is_alive() -> None:
    with resolver(Zones({})) as asked:
        assert asked.alive()


@pytest.mark.parametrize(
    ("name", "zone"),
    [("www.hopital.test", "hopital.test"), ("hopital.test", "hopital.test"), ("a.inconnu.test", ""), ("seul", "")],
)
def test_the_domain_of_a_name_is_its_zone(name: str, zone: str) -> None:
    with resolver(zones()) as asked:
        assert asked.zone_of(name) == zone


# ---------------------------------------------------------------- mandate


@pytest.mark.parametrize(
    ("domain", "covered"),
    [("hopital.test", True), ("joker.test", True), ("a.hopital.test", True), ("test", False), ("autre.test", False)],
)
def test_domains_are_held_to_the_mandate(domain: str, covered: bool) -> None:
    assert covers_domain(MANDATE, domain) is covered


def test_a_domain_outside_the_mandate_is_refused() -> None:
    with pytest.raises(MandateError, match=r"does not cover the domain autre\.test"):
        checked_domains(parse_domains(["autre.test"]), MANDATE)


@pytest.mark.parametrize(
    ("name", "address", "inside"),
    [
        ("www.hopital.test", "192.0.2.10", True),
        ("www.hopital.test", "203.0.113.9", False),
        ("hopital.test", "203.0.113.9", True),
        ("www.hopital.test", "192.0.2.12", False),
    ],
)
def test_a_suffix_does_not_open_the_machines_of_others(name: str, address: str, inside: bool) -> None:
    assert INSIDE(name, ip_address(address)) is inside


def test_what_people_spare_is_never_inside() -> None:
    strict = strictly_inside(MANDATE, lambda what: what in {"www.hopital.test", ip_address("192.0.2.11")})
    assert not strict("www.hopital.test", ip_address("192.0.2.10"))
    assert not strict("portail.hopital.test", ip_address("192.0.2.11"))


@pytest.mark.parametrize(
    ("lines", "orders"),
    [
        (["Hopital.fr. s2024, brevo", "", "# note", "ght.fr"],
         (DomainOrder("hopital.fr", ("s2024", "brevo")), DomainOrder("ght.fr"))),
        (["hopital.fr 20230601"], (DomainOrder("hopital.fr", ("20230601",)),)),
    ],
)  # fmt: skip
def test_domains_as_written(lines: list[str], orders: tuple[DomainOrder, ...]) -> None:
    assert parse_domains(lines) == orders


@pytest.mark.parametrize(
    "line", ["fr", "hopital.fr -oN", "-x.fr", "hopital.fr a;b", "hop ital.fr $(id)", "h.fr " + "s " * 21]
)
def test_malformed_domains_are_refused(line: str) -> None:
    with pytest.raises(CollectError, match="malformed"):
        parse_domains([line])


def test_too_many_domains_are_refused() -> None:
    with pytest.raises(CollectError, match="limit is 50"):
        parse_domains([f"d{number}.fr" for number in range(51)])


# ---------------------------------------------------------------- discovery


def discovery(asked: Resolver, *domains: str) -> Discovery:
    return Discovery(asked, INSIDE, domains or ("hopital.test",))


def test_usual_words_find_what_exists_and_nothing_else() -> None:
    with resolver(zones()) as asked:
        found = discovery(asked)
        wild = found.try_words()
    assert wild == ()
    assert set(found.names) == {f"{word}.hopital.test" for word in ("www", "portail", "agenda", "rh", "ns1", "mx1")}
    assert found.names["agenda.hopital.test"].alias == "portail.hopital.test"
    assert found.names["rh.hopital.test"] == FoundName("rh.hopital.test", NameOrigin.WORDLIST, outside=("203.0.113.9",))
    assert ip_address("203.0.113.9") not in found.pinned


def test_a_wildcard_invents_no_name() -> None:
    with resolver(zones()) as asked:
        found = discovery(asked, "joker.test")
        assert found.try_words() == ("joker.test",)
    assert {name: found.names[name].addresses for name in found.names} == {"vpn.joker.test": ("192.0.2.78",)}


def test_names_of_a_file_are_resolved_and_held_to_the_mandate() -> None:
    names = (
        "secret-projet.hopital.test",
        "mixte.hopital.test",
        "ancien.hopital.test",
        "rien.hopital.test",
        "a.autre.test",
    )
    with resolver(zones()) as asked:
        found = discovery(asked)
        found.add(names, NameOrigin.FILE)
    assert set(found.names) == {"secret-projet.hopital.test", "mixte.hopital.test", "ancien.hopital.test"}
    assert found.names["mixte.hopital.test"].outside == ("192.0.2.12", "203.0.113.12"), "excluded, and not covered"
    gone = found.names["ancien.hopital.test"]
    assert (gone.gone, gone.alias) == (True, "ancien-hopital.azurewebsites.net")
    assert set(found.pinned) == {ip_address("192.0.2.13")}


def test_reverse_names_are_kept_when_they_lead_back() -> None:
    with resolver(zones()) as asked:
        found = discovery(asked)
        found.ask_reverse([ip_address("192.0.2.10"), ip_address("192.0.2.13"), ip_address("192.0.2.99")])
    assert {name: entry.source for name, entry in found.names.items()} == {
        "www.hopital.test": NameOrigin.REVERSE,
        "secret-projet.hopital.test": NameOrigin.REVERSE,
    }


@pytest.mark.parametrize(("most", "said"), [(3, 0), (2, 1)])
def test_addresses_whose_reverse_name_was_not_asked_for_are_told(
    monkeypatch: pytest.MonkeyPatch, most: int, said: int
) -> None:
    monkeypatch.setattr(collect_discovery, "MAX_REVERSE", most)
    with resolver(zones()) as asked:
        found = discovery(asked)
        found.ask_reverse([ip_address("192.0.2.99"), ip_address("192.0.2.10"), ip_address("192.0.2.13")])
    gaps = found.take_gaps()
    assert [(gap.section, gap.truncated) for gap in gaps] == [("names", True)] * said
    assert ("secret-projet.hopital.test" in found.names) is (said == 0)


def around(asked: Resolver, area: Perimeter, file: str = "", names: tuple[str, ...] = ()) -> Around:
    made = Around(MANDATE, INSIDE, asked, (DomainOrder("hopital.test"),), file, names)
    made.before(area, lambda *_: None)
    return made


def test_names_found_inside_join_the_perimeter_and_the_others_are_told() -> None:
    area = Perimeter({ip_address("192.0.2.10"): ["www.hopital.test"]})
    with resolver(zones()) as asked:
        made = around(asked, area, "name_value\nsecret-projet.hopital.test\n", ("www.hopital.test",))
    assert area.addresses[ip_address("192.0.2.13")] == ["secret-projet.hopital.test"]
    assert set(area.addresses[ip_address("192.0.2.11")]) == {"portail.hopital.test", "agenda.hopital.test"}
    assert all(MANDATE.scope.holds(address) and not MANDATE.excluded.holds(address) for address in area.addresses)
    (out,) = (name for name in made.found_names() if name.outside)
    assert (out.name, out.spared) == ("rh.hopital.test", ())
    (kept,) = (name for name in made.found_names(lambda what: what == "rh.hopital.test") if name.outside)
    assert kept.spared == ("203.0.113.9",)


def test_a_name_that_changes_its_answer_is_scanned_where_it_was_checked() -> None:
    """The zone moves right after the check: what is pinned stays, and the name is not asked again for its address."""
    served = zones()
    with resolver(served) as asked:
        mandate: Mandate = MANDATE
        area = perimeter(
            parse_targets(["www.hopital.test"]), mandate, look_up=lambda name: asked.locate(name).addresses
        )
        moved = Zones(ZONES | {"hopital.test": HOSPITAL.replace("192.0.2.10", "203.0.113.66")})
        served.zones = moved.zones
        made = around(asked, area, names=("www.hopital.test",))
    assert area.addresses[ip_address("192.0.2.10")] == ["www.hopital.test"]
    assert ip_address("203.0.113.66") not in area.addresses
    told = {name.name: name for name in made.found_names()}
    assert told["www.hopital.test"].addresses == ("192.0.2.10",)


def test_a_target_that_moved_out_is_told() -> None:
    area = Perimeter({ip_address("192.0.2.10"): ["www.hopital.test"]})
    area.outside["vieux.example.test"] = [ip_address("203.0.113.7")]
    with resolver(zones()) as asked:
        made = around(asked, area, names=("www.hopital.test", "vieux.example.test"))
    told = {name.name: name for name in made.found_names()}
    assert told["vieux.example.test"] == FoundName("vieux.example.test", NameOrigin.TARGET, outside=("203.0.113.7",))


def test_names_of_former_audits_are_asked_again_whatever_led_to_them() -> None:
    """The zone is no longer handed over: without asking, nobody would learn what became of its names."""
    known = ("secret-projet.hopital.test", "disparu.hopital.test", "sans-adresse.hopital.test", "www.autre.test")
    area = Perimeter({ip_address("192.0.2.10"): ["www.hopital.test"]})
    served = Zones(ZONES | {"hopital.test": HOSPITAL + 'sans-adresse 300 IN TXT "x"\n', "2.0.192.in-addr.arpa": ""})
    with resolver(served) as asked:
        made = Around(MANDATE, INSIDE, asked, (DomainOrder("hopital.test"),), known_names=known)
        made.before(area, lambda *_: None)
    told = {name.name: name.source for name in made.found_names()}
    assert told["secret-projet.hopital.test"] is NameOrigin.KNOWN
    assert area.addresses[ip_address("192.0.2.13")] == ["secret-projet.hopital.test"]
    assert made.absent_names() == ("disparu.hopital.test", "sans-adresse.hopital.test")


def test_a_target_that_dns_says_nothing_of_is_a_gap_about_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with resolver(zones()) as asked:
        ask = asked.ask

        def fails(name: str, kind: str) -> Answer:
            return Answer(State.FAILED) if name == "muet.example.test" else ask(name, kind)

        monkeypatch.setattr(asked, "ask", fails)
        made = around(asked, Perimeter(), names=("muet.example.test",))
    gaps = [(gap.section, gap.subject) for gap in made.gaps if gap.subject]
    assert gaps == [("dns", "muet.example.test"), ("mail", "muet.example.test"), ("names", "muet.example.test")]
    assert "muet.example.test" not in {name.name for name in made.found_names()}


# ---------------------------------------------------------------- excluded names

IMAGING = "pacs.imagerie 300 IN A 192.0.2.40\nvieux 300 IN CNAME pacs.imagerie\nautre 300 IN A 192.0.2.40\n"


def sparing(asked: Resolver, area: Perimeter, what: str, file: str = "", names: tuple[str, ...] = ()) -> Around:
    exclusions = Exclusions.of([ExclusionAsked(what, "no_scan", "Scanner ancien", "2026-12-31")])
    made = Around(
        MANDATE,
        strictly_inside(MANDATE, lambda one: exclusions.from_contact(one) or one in area.behind),
        asked,
        (DomainOrder("hopital.test"),),
        file,
        names,
        avoided=lambda name: is_avoided(name, MANDATE, exclusions),
    )
    made.before(area, lambda *_: None)
    return made


@pytest.mark.parametrize(
    ("what", "file", "reverse", "number"),
    [
        ("*.imagerie.hopital.test", "pacs.imagerie.hopital.test", "", 40),
        ("*.imagerie.hopital.test", "pacs.imagerie.hopital.test autre.hopital.test", "", 40),
        ("*.imagerie.hopital.test", "autre.hopital.test pacs.imagerie.hopital.test", "", 40),
        ("*.imagerie.hopital.test", "vieux.hopital.test", "", 40),
        ("*.imagerie.hopital.test", "", "40 300 IN PTR pacs.imagerie.hopital.test.\n", 40),
        ("*.hopital.test", "", "", 10),
    ],
)
def test_the_address_behind_a_name_found_that_a_pattern_excludes_leaves_the_perimeter(
    what: str, file: str, reverse: str, number: int
) -> None:
    """Whatever led to the name: the file, an alias, the reverse of the address, the words of the list."""
    address, other = ip_address(f"192.0.2.{number}"), ip_address("192.0.2.99")
    area = Perimeter({address: [], other: []})
    served = Zones(ZONES | {"hopital.test": HOSPITAL + IMAGING, "2.0.192.in-addr.arpa": REVERSE + reverse})
    with resolver(served) as asked:
        made = sparing(asked, area, what, file)
    assert address not in area.addresses
    assert other in area.addresses
    assert str(address) in area.left_out
    assert address in area.behind
    applied = Exclusions.of([ExclusionAsked(what, "no_scan", "S", "2026-12-31")]).applied({}, area.excluded)
    assert applied[0].addresses == (str(address),), "the list of what was applied says it"
    assert not [name.name for name in made.found_names() if made.avoided(name.name) and name.addresses]


def test_a_target_whose_alias_is_excluded_is_spared() -> None:
    address, other = ip_address("192.0.2.40"), ip_address("192.0.2.99")
    area = Perimeter({address: ["vieux.hopital.test"], other: []})
    with resolver(Zones(ZONES | {"hopital.test": HOSPITAL + IMAGING})) as asked:
        sparing(asked, area, "*.imagerie.hopital.test", names=("vieux.hopital.test",))
    assert address not in area.addresses
    assert area.excluded == {address: ["vieux.hopital.test", "pacs.imagerie.hopital.test"]}


def test_an_audit_stopped_while_names_are_looked_for_is_not_refused() -> None:
    stop = Stop()
    with name_server(zones()) as port:
        asked = Resolver(f"127.0.0.1:{port}", stop)
        found = Discovery(asked, INSIDE, ("hopital.test",), avoided=lambda _: True)
        stop.ask()
        found.add(("pacs.imagerie.hopital.test",), NameOrigin.FILE)
    assert found.names == {}


def test_an_audit_that_an_excluded_name_leaves_with_nothing_is_refused() -> None:
    with resolver(Zones(ZONES | {"hopital.test": HOSPITAL + IMAGING})) as asked:
        area = Perimeter({ip_address("192.0.2.40"): []})
        with pytest.raises(CollectError, match="Every address asked for is excluded"):
            sparing(asked, area, "*.hopital.test", "pacs.imagerie.hopital.test")


def test_an_excluded_name_of_the_file_that_dns_does_not_place_refuses_the_audit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, area = "pacs.imagerie.hopital.test", Perimeter({ip_address("192.0.2.40"): []})
    with resolver(zones()) as asked:
        ask = asked.ask
        monkeypatch.setattr(asked, "ask", lambda one, kind: Answer(State.FAILED) if one == name else ask(one, kind))
        with pytest.raises(MandateError, match=r"pacs\.imagerie\.hopital\.test is excluded.*nothing was sent"):
            sparing(asked, area, "*.imagerie.hopital.test", name)
        monkeypatch.setattr(asked, "alive", lambda: False)
        with pytest.raises(MandateError, match=r"pacs\.imagerie\.hopital\.test is excluded"):
            sparing(asked, area, "*.imagerie.hopital.test", name)


def test_a_certificate_that_shows_an_excluded_name_ends_the_questions_to_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its name is first read there, after the ports: the second look stops, and the next audit spares the address."""
    asked_of: list[str] = []

    def relay(host: Host, _: Pace) -> Host:
        asked_of.append(host.address)
        return host

    monkeypatch.setattr(collect_around, "asked_to_relay", relay)
    shown = Tls((), certificate=replace(SOUND, names=("pacs.imagerie.hopital.test",)))
    hosts = (Host("192.0.2.40", ports=(Port(443, tls=shown),)), Host("192.0.2.99"))
    area = Perimeter({ip_address(host.address): [] for host in hosts})
    with resolver(Zones(ZONES | {"hopital.test": HOSPITAL + IMAGING})) as asked:
        made = sparing(asked, area, "*.imagerie.hopital.test")
        assert len(area.addresses) > 1
        made.after(hosts, {host.address: Pace(0) for host in hosts}, lambda *_: None)
    assert asked_of == ["192.0.2.99"]
    assert "pacs.imagerie.hopital.test" in {name.name for name in made.found_names()}, "asked again by the next audit"


# ---------------------------------------------------------------- files of names

CRT_SH = """\
"id","common_name","name_value","issuer_name"
1,"www.hopital.test","www.hopital.test
*.hopital.test
api.hopital.test","C=US, O=Let's Encrypt, CN=R3"
2,"faux-hopital.test","faux-hopital.test","CN=R3"
"""
BIND = """\
$ORIGIN hopital.test.
$INCLUDE /etc/passwd
$GENERATE 1-4000000000 poste$ A 192.0.2.$
@   3600 IN SOA ns1 admin 1 2 3 4 5
vpn 3600 IN A 192.0.2.1
intra.rh IN CNAME vpn
"""


@pytest.mark.parametrize(
    ("content", "names", "others"),
    [
        (CRT_SH, ("www.hopital.test", "hopital.test", "api.hopital.test"), 1),
        (BIND, ("vpn.hopital.test", "intra.rh.hopital.test"), 1),
        ("nom;ip\nA.Hopital.TEST;192.0.2.1\n-x.hopital.test;1\n", ("a.hopital.test",), 0),
        ("", (), 0),
    ],
)
def test_names_are_read_from_whatever_export(content: str, names: tuple[str, ...], others: int) -> None:
    read = read_names(content, ("hopital.test",))
    assert set(read.names) == set(names)
    assert read.others == others


def test_a_names_file_is_bounded() -> None:
    many = "\n".join(f"a{number}.hopital.test" for number in range(MAX_NAMES + 1))
    with pytest.raises(CollectError, match="the limit is 5000"):
        read_names(many, ("hopital.test",))
    with pytest.raises(CollectError, match="too large"):
        read_names("x" * 20_000_001, ("hopital.test",))


def test_addresses_are_of_both_families() -> None:
    served = Zones({"a.test": "@ 300 IN SOA ns admin 1 2 3 4 5\n@ 300 IN A 192.0.2.1\n@ 300 IN AAAA 2001:db8::1\n"})
    with resolver(served) as asked:
        place = asked.locate("a.test")
    expected: tuple[Address, ...] = (ip_address("192.0.2.1"), ip_address("2001:db8::1"))
    assert (place.addresses, place.state) == (expected, State.FOUND)
