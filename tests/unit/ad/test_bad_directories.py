"""Directories that misbehave: each is said in words, and none is ever judged as if it had been read to its end."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import TypeAdapter

from scanners.ad.collect import Request, clock_ahead, collect
from scanners.ad.control_paths.graph import build_graph
from scanners.ad.facts import DirectoryFacts
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_connect import peer
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.model import Status
from scanners.runner import run_rules
from tests.support.ldap_recorder import BIND, EXTENDED, SEARCH, Asked
from tests.support.ldap_script import (
    BASE,
    CONFIG,
    ROOT,
    SID,
    Answer,
    Attributes,
    Directory,
    Hook,
    domain,
    entry,
    reference,
    result,
    serving,
    user,
)

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
DOMAIN_RULES = [rule for rule in rules_of("ad") if "domain" in rule.reads]
Reply = Callable[[int], Answer]


def read(directory: Directory, **changes: object) -> DirectoryFacts:
    with serving(directory):
        asked: dict[str, Any] = {"server": directory.url, "user": "u", "allow_clear_text": True, "seconds": 5}
        request = TypeAdapter(Request).validate_python(asked | changes)
        return collect(request, Context({"password": "secret"}, lambda _share, _text: None, NOW))


def refused(directory: Directory, **changes: object) -> str:
    with pytest.raises(CollectError) as failure:
        read(directory, **changes)
    assert failure.value.text.fr != failure.value.text.en
    assert "secret" not in failure.value.text.en
    return failure.value.text.en


def dump_of(base: str, reply: Reply, page: int = 0) -> Hook:
    """Answers so to the dump of a naming context, at its n-th page."""
    pages: list[Asked] = []

    def hook(asked: Asked, message_id: int) -> Answer | str:
        if asked.operation != SEARCH or asked.base != base or asked.scope != ber.SCOPE_SUBTREE:
            return ""
        pages.append(asked)
        return reply(message_id) if len(pages) == page + 1 else ""

    return hook


def code(number: int) -> Reply:
    return lambda message_id: result(message_id, number, "why")


def closing(_message_id: int) -> Answer:
    return None


def never_judged_whole(facts: DirectoryFacts) -> None:
    """No rule that reads the domain calls it healthy."""
    assert "domain" in {gap.section for gap in facts.gaps}
    assert all(gap.reason.fr != gap.reason.en for gap in facts.gaps)
    outcomes = run_rules(DOMAIN_RULES, facts)
    assert not [outcome.rule.id for outcome in outcomes if outcome.status in {Status.PASSED, Status.ERROR}]
    assert all(outcome.partial for outcome in outcomes if outcome.status is Status.FAILED)


MANY = [user(f"agent{number}", 2000 + number) for number in range(1, 30)]


def test_the_smallest_domain_is_read() -> None:
    directory = Directory()
    facts = read(directory)
    assert facts.gaps == ()
    assert facts.naming.sid == SID
    assert f"CN=agent0,{BASE}" in facts.objects.dn


def test_pages_follow_each_other() -> None:
    assert len(read(Directory(domain(*MANY), page_size=7)).objects) == 36


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (4, "lower the page size"),
        (11, "lower the page size"),
        (10, "follows no referral"),
        (51, "too busy"),
        (52, "too busy"),
        (12, "page by page"),
        (53, "page by page"),
        (50, "refused the reading"),
        (1, "refused the reading"),
    ],
)
def test_a_domain_refused_from_the_first_page_is_no_audit(number: int, words: str) -> None:
    assert words in refused(Directory(hook=dump_of(BASE, code(number))))


@pytest.mark.parametrize("number", [1, 4, 10, 11, 50, 51, 53])
def test_a_domain_refused_later_is_partial(number: int) -> None:
    """The second page: a limit, or a cookie that the server no longer wants."""
    facts = read(Directory(domain(*MANY), hook=dump_of(BASE, code(number), page=1), page_size=10))
    assert facts.objects.dn[:2] == (BASE, f"CN=agent0,{BASE}")
    never_judged_whole(facts)


def test_another_context_refused_is_a_gap_of_its_own() -> None:
    facts = read(Directory(hook=dump_of(CONFIG, code(53))))
    assert [gap.section for gap in facts.gaps] == ["configuration"]


def test_a_page_larger_than_the_server_wants_is_only_cut_by_it() -> None:
    """Active Directory gives its own size (1,000) when more is asked."""
    assert len(read(Directory(domain(*MANY), page_size=10), page_size=5000).objects) == 36


@pytest.mark.parametrize("page", [1, 2])
def test_a_connection_cut_in_the_middle_is_partial_and_said(page: int) -> None:
    facts = read(Directory(domain(*MANY), hook=dump_of(BASE, closing, page), page_size=10))
    assert {gap.section for gap in facts.gaps} >= {"domain", "configuration", "schema"}
    assert "run the audit again" in facts.gaps[0].reason.en
    never_judged_whole(facts)


def test_a_connection_cut_before_anything_is_no_audit() -> None:
    assert "run the audit again" in refused(Directory(hook=dump_of(BASE, closing)))


def test_an_answer_cut_in_the_middle_of_an_entry_is_partial() -> None:
    half: Reply = lambda number: (entry(number, *user("x", 1200)) + result(number))[:-9]  # noqa: E731

    def hook(asked: Asked, message_id: int) -> Answer | str:
        if stopped and asked.base != BASE:
            return None
        stopped.extend([asked] if asked.cookie else [])
        return half(message_id) if asked.cookie else ""

    stopped: list[Asked] = []
    facts = read(Directory(domain(*MANY), hook=hook, page_size=10), seconds=1)
    never_judged_whole(facts)


def test_referrals_are_not_followed() -> None:
    """Another server is named, in the middle of answers and instead of one: nobody calls it."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.0)
        url = f"ldap://127.0.0.1:{elsewhere.getsockname()[1]}/{BASE}"

        def hook(asked: Asked, message_id: int) -> Answer | str:
            if asked.operation == SEARCH and asked.base == BASE and asked.scope == ber.SCOPE_SUBTREE:
                people = b"".join(entry(message_id, *one) for one in domain()[BASE])
                return reference(message_id, url) + people + reference(message_id, url) + result(message_id)
            if asked.operation == SEARCH and asked.base == CONFIG:
                return result(message_id, 10, url)
            return ""

        facts = read(Directory(hook=hook))
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert [gap.section for gap in facts.gaps] == ["configuration"]
    assert "CN=agent0" in " ".join(facts.objects.dn)


def test_a_bind_that_refers_elsewhere_is_refused() -> None:
    hook: Hook = lambda asked, number: result(number, 10, "x", ber.BIND_RESPONSE) if asked.operation == BIND else ""  # noqa: E731
    assert "refused" in refused(Directory(hook=hook))


def root(**changes: object) -> Attributes:
    return {**ROOT, **changes}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"namingContexts": [b"dc=slapd"]}, "not an Active Directory controller"),
        ({}, "not an Active Directory controller"),
        (root(configurationNamingContext=[]), "not an Active Directory controller"),
        (root(supportedCapabilities=[b"1.2.840.113556.1.4.1851"]), "AD LDS"),
        (root(supportedCapabilities=[b"1.2.840.113556.1.4.800", b"1.2.840.113556.1.4.1920"]), "RODC"),
        (root(isSynchronized=[b"FALSE"]), "replication"),
        (root(currentTime=[b"20260228025959.0Z"]), "differ by 24 h"),
        (root(currentTime=[b"20360301030000.0Z"]), "differ by 87672 h"),
    ],
)
def test_the_password_is_not_given_to_what_is_no_controller(attributes: Attributes, words: str) -> None:
    directory = Directory(root=attributes)
    assert words in refused(directory)
    logged_in = [asked for asked in directory.asked if asked.operation == BIND]
    assert bool(logged_in) is ("differ by" in words)


@pytest.mark.parametrize("told", [b"20260301030000.0Z", b"20260302025959.0Z", b"20260228030001.0Z", b"whatever", b""])
def test_clocks_less_than_a_day_apart_do_not_stop_an_audit(told: bytes) -> None:
    assert read(Directory(root=root(currentTime=[told]))).collected_at == NOW


@pytest.mark.parametrize(
    ("told", "took", "ahead"),
    [
        (b"20260301030000.0Z", 0, 0),
        (b"20260301031000.0Z", 0, 600),
        (b"20260301025000.0Z", 0, -600),
        (b"20260301030040.0Z", 60, 0),
        (b"20260301031000.0Z", 60, 540),
        (b"20260301025000.0Z", 60, -600),
        (b"whatever", 60, None),
    ],
)
def test_the_time_an_answer_takes_is_no_difference_of_clocks(told: bytes, took: int, ahead: int | None) -> None:
    read_there = {**dict.fromkeys(ROOT, ()), "currentTime": (told.decode(),)}
    found = clock_ahead(read_there, NOW, timedelta(seconds=took))
    assert found == (None if ahead is None else timedelta(seconds=ahead))


@pytest.mark.parametrize(
    ("told", "least", "most"), [(b"20260301032000.0Z", 1190, 1200), (b"20260301024000.0Z", -1200, -1200)]
)
def test_a_difference_of_clocks_is_a_fact(told: bytes, least: int, most: int) -> None:
    ahead = read(Directory(root=root(currentTime=[told]))).clock_ahead
    assert ahead is not None
    assert least <= ahead <= most


@pytest.mark.parametrize("port", [3268, 3269])
def test_the_global_catalogue_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="global catalogue"):
        Request(server=f"ldaps://dc1.hopital.test:{port}", user="u")


def test_no_account_at_all_is_no_audit() -> None:
    contents = domain()
    del contents[BASE][1:]
    assert "No account is readable" in refused(Directory(contents))


def test_a_domain_without_identifier_is_no_audit() -> None:
    contents = domain()
    contents[BASE][0] = (BASE, {"objectClass": [b"domainDNS"]})
    assert "No account is readable" in refused(Directory(contents))
    contents[BASE][0] = (BASE, {"objectClass": [b"domainDNS"], "objectSid": [b"\1\xff"]})
    assert "malformed" in refused(Directory(contents))


# ── values that make no sense ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wrong",
    [
        {"nTSecurityDescriptor": [b"\1\0\4\x80\xff\xff\xff\xff" + b"\0" * 12]},
        {"nTSecurityDescriptor": [b"\xff" * 200_000]},
        {"pwdLastSet": [b"yesterday"]},
        {"pwdLastSet": [b"9" * 5000]},
        {"userAccountControl": [b"1" * 30]},
        {"whenCreated": [b"20269999999999.0Z"]},
        {"sIDHistory": [b"\1\5\0"]},
        {"objectSid": [b""]},
    ],
)
def test_values_that_cannot_be_decoded_are_a_gap(wrong: Attributes) -> None:
    facts = read(Directory(domain(user("étrange", 1300, **wrong))))
    (gap,) = facts.gaps
    assert (gap.section, gap.truncated) == ("domain", True)
    assert f"CN=étrange,{BASE}" in gap.reason.fr
    never_judged_whole(facts)


def test_many_values_and_strange_encodings_are_read() -> None:
    names = [b"a/b%d" % number for number in range(9000)]
    long = {"operatingSystem": [b"x" * 65_536, b"\xff\xfe\0"], "servicePrincipalName": names}
    facts = read(Directory(domain(user("long", 1300, **long))))
    assert facts.gaps == ()
    assert len(facts.objects.text("operatingSystem", facts.row_of_rid(1300))) == 65_536
    assert not run_errors(facts)


def test_a_value_of_absurd_size_is_left_out_and_said() -> None:
    facts = read(Directory(domain(user("long", 1300, operatingSystem=[b"x" * 5_000_000]))))
    assert [(gap.section, gap.truncated) for gap in facts.gaps] == [("domain", True)]
    assert facts.objects.text("operatingSystem", facts.row_of_rid(1300)) == ""
    assert not run_errors(facts)


@pytest.mark.parametrize("number", [4, 50, 51])
@pytest.mark.parametrize("root_dn", [BASE, "DC=groupement,DC=test"])
def test_a_forest_that_is_not_told_is_never_taken_for_one_domain(number: int, root_dn: str) -> None:
    """In a child domain, the administrators of the root would look like strangers."""

    def hook(asked: Asked, message_id: int) -> Answer | str:
        return result(message_id, number, "why") if asked.base == f"CN=Partitions,{CONFIG}" else ""

    directory = Directory(root={**ROOT, "rootDomainNamingContext": [root_dn.encode()]}, hook=hook)
    if root_dn != BASE:
        assert "CN=Partitions" in refused(directory)
        return
    (gap,) = read(directory).gaps
    assert (gap.section, gap.truncated) == ("configuration", True)
    assert "CN=Partitions" in gap.reason.fr


def test_a_domain_whose_identifier_is_refused_says_why() -> None:
    def hook(asked: Asked, message_id: int) -> Answer | str:
        return result(message_id, 51, "why") if (asked.base, asked.scope) == (BASE, ber.SCOPE_BASE) else ""

    assert "too busy" in refused(Directory(hook=hook))


@pytest.mark.parametrize("number", [2, 12, 52, 53])
def test_clear_text_is_for_a_server_without_tls(number: int) -> None:
    """StartTLS is asked for first, and the password is given only once it is refused for want of TLS."""

    def hook(asked: Asked, message_id: int) -> Answer | str:
        return result(message_id, number, "no", tag=ber.EXTENDED) if asked.operation == EXTENDED else ""

    directory = Directory(hook=hook)
    assert read(directory).gaps == ()
    assert [asked.operation for asked in directory.asked[:3]] == [EXTENDED, SEARCH, BIND]


@pytest.mark.parametrize("number", [1, 50])
def test_no_clear_text_when_starttls_fails_otherwise(number: int) -> None:
    """The server refuses for a reason of its own: nobody logs in."""

    def hook(asked: Asked, message_id: int) -> Answer | str:
        return result(message_id, number, "no", tag=ber.EXTENDED) if asked.operation == EXTENDED else ""

    directory = Directory(hook=hook)
    assert "encrypted connection" in refused(directory)
    assert BIND not in {asked.operation for asked in directory.asked}


def test_without_consent_no_clear_text() -> None:
    directory = Directory()
    assert "encrypted connection" in refused(directory, allow_clear_text=False)
    assert [asked.operation for asked in directory.asked] == [EXTENDED]


def test_a_controller_that_has_left_is_said() -> None:
    """Reset by the peer: the socket no longer knows whom it spoke to."""
    with socket.socket() as never_connected, pytest.raises(CollectError, match="run the audit again"):
        peer(SimpleNamespace(socket=never_connected), "dc1")  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [b"0\x05HELLO", b"0\x03\x02\x01\x01", b"0\x07\x02\x01\x02\x7f\x02\x04\x00"])
def test_what_is_no_ldap_server_is_said_and_left(answer: bytes) -> None:
    left: list[bytes] = []

    def hook(_asked: Asked, _message_id: int) -> Answer | str:
        left.append(answer)
        return answer

    assert "is not an LDAP server" in refused(Directory(hook=hook))  # the end of `serving` waits for our closing
    assert left == [answer]


def test_a_name_in_another_encoding_is_read() -> None:
    def hook(asked: Asked, message_id: int) -> Answer | str:
        if asked.operation == SEARCH and asked.base == BASE and asked.scope == ber.SCOPE_SUBTREE:
            people = b"".join(entry(message_id, *one) for one in domain()[BASE])
            return people + entry(message_id, b"CN=caf\xe9\xff\0," + BASE.encode(), {}) + result(message_id)
        return ""

    facts = read(Directory(hook=hook))
    assert any(re.match("CN=caf\ufffd", dn) for dn in facts.objects.dn)
    assert [gap.section for gap in facts.gaps] == ["domain"]  # not even its class is known
    never_judged_whole(facts)


def test_a_message_of_absurd_size_ends_the_reading() -> None:
    absurd: Reply = lambda _number: b"\x30\x84\x7f\xff\xff\xff"  # noqa: E731
    facts = read(Directory(domain(*MANY), hook=dump_of(BASE, absurd, 1), page_size=9))
    assert "absurd size" in facts.gaps[0].reason.en
    never_judged_whole(facts)


@pytest.mark.parametrize(
    ("name", "gaps"),
    [
        ("CN=2026-01-01T08:30:00\\+01:00{7D8A0F3C-0000-4000-8000-0123456789AB},CN=PC-1", []),
        ("CN=NTDS Quotas", []),
        ("CN=secret,CN=System", []),
        ("CN=2026-01-01", ["domain"]),
        ("OU=Prestataires", ["domain"]),
    ],
)
def test_only_what_is_hidden_by_default_may_be(name: str, gaps: list[str]) -> None:
    facts = read(Directory(domain((f"{name},{BASE}", {}))))
    assert [gap.section for gap in facts.gaps] == gaps


def test_loops_of_groups_end() -> None:
    ring = [
        (
            f"CN=g{number},{BASE}",
            {
                **user(f"g{number}", 3000 + number)[1],
                "objectClass": [b"top", b"group"],
                "member": [f"CN=g{(number + 1) % 50},{BASE}".encode(), f"CN=g{number},{BASE}".encode()],
            },
        )
        for number in range(50)
    ]
    facts = read(Directory(domain(*ring)))
    assert facts.gaps == ()
    assert not run_errors(facts)
    assert build_graph(facts.objects, facts.descriptors, facts.membership, facts.enabled)


def run_errors(facts: DirectoryFacts) -> list[str]:
    outcomes = run_rules(rules_of("ad"), facts)
    return [f"{one.rule.id}: {one.reason}" for one in outcomes if one.status is Status.ERROR]


def test_members_come_in_ranges_and_few_requests() -> None:
    """Active Directory gives 1,500 members at a time: 4,000 take two requests more, and no look-up of anybody."""
    people = [user(f"p{number}", 5000 + number) for number in range(4000)]
    names = [dn.encode() for dn, _ in people]
    group = {**user("g", 1400)[1], "objectClass": [b"top", b"group"], "member": [], "member;range=0-1499": names[:1500]}

    def hook(asked: Asked, message_id: int) -> Answer | str:
        match = re.fullmatch(r"member;range=(\d+)-\*", asked.attributes[0]) if asked.attributes else None
        if not match:
            return ""
        first = int(match[1])
        last = str(first + 1499) if first + 1500 < len(names) else "*"
        values = {f"member;range={first}-{last}": names[first : first + 1500]}
        return entry(message_id, asked.base, values) + result(message_id)

    directory = Directory(domain((f"CN=g,{BASE}", group), *people), hook=hook)
    facts = read(directory)
    assert len(facts.objects.member) == 4002
    assert len([asked for asked in directory.asked if asked.attributes[:1] and "range" in asked.attributes[0]]) == 2
    assert len(directory.asked) < 5 + 20 * 4
