"""The reader against a server that speaks badly: split packets, ranges, absurd sizes, closing in the middle."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ad import collect
from scanners.ad.archived import pack, unpack
from scanners.ad.collect import Reading
from scanners.ad.columns import Kind
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_dump import PagedReader, Search
from scanners.ad.ldap.collect_errors import BrokenAnswer
from scanners.ad.ldap.collect_pace import Pace, parse_hours
from scanners.ad.sids import encode_sid
from scanners.ad.sources.collect_extras import NO_ATTRIBUTES, Extra
from scanners.ad.sources.collect_table import TableBuilder
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.model import NotAssessable
from tests.support.ldap_script import entry, message, result

SEARCH = Search("DC=hopital,DC=test", ber.present("objectClass"), ["cn"])
Attributes = dict[str, list[bytes]]


def done(message_id: int, cookie: bytes = b"", code: int = 0) -> bytes:
    return result(message_id, code, "why", cookie=cookie)


class Wire:
    """A channel that gives its bytes in chunks; what is asked is kept."""

    def __init__(self, content: bytes, chunk: int = 7) -> None:
        self.content = content
        self.chunk = chunk
        self.sent: list[bytes] = []

    def recv(self, _size: int, /) -> bytes:
        part, self.content = self.content[: self.chunk], self.content[self.chunk :]
        return part

    def sendall(self, data: bytes, /) -> None:
        self.sent.append(data)


def read(
    content: bytes, chunk: int = 7, limit: int = 1 << 20
) -> tuple[list[tuple[bytes, list[ber.Attribute]]], ber.Done]:
    found: list[tuple[bytes, list[ber.Attribute]]] = []
    end = PagedReader(Wire(content, chunk), 10, limit).dump(SEARCH, lambda dn, values: found.append((dn, values)))
    return found, end


@pytest.mark.parametrize("chunk", [1, 3, 64, 100_000])
def test_pages_are_read_whatever_the_packets(chunk: int) -> None:
    first = entry(1000, "CN=a", {"cn": [b"a"]}) + message(1000, ber.REFERENCE, b"\x04\x00") + done(1000, b"more")
    second = entry(1001, "CN=b", {"cn": [b"x" * 300, b""], "empty": []}) + done(1001)
    found, end = read(first + second, chunk)
    assert found == [(b"CN=a", [(b"cn", [b"a"])]), (b"CN=b", [(b"cn", [b"x" * 300, b""]), (b"empty", [])])]
    assert end == ber.Done(0, "why", b"")


def test_the_next_page_is_asked_before_the_entries_are_decoded() -> None:
    wire = Wire(entry(1000, "CN=a", {}) + done(1000, b"more") + done(1001), 10_000)
    asked: list[int] = []
    PagedReader(wire, 10).dump(SEARCH, lambda _dn, _values: asked.append(len(wire.sent)))
    assert asked == [2]
    assert b"more" in wire.sent[1]


def test_a_limit_of_the_server_ends_the_search() -> None:
    found, end = read(entry(1000, "CN=a", {}) + done(1000, b"more", code=4))
    assert (len(found), end.code) == (1, 4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        entry(1000, "CN=a", {"cn": [b"a"]})[:-3],
        entry(1000, "CN=a", {"cn": [b"a"]}),
        b"\x04\x03abc",
        b"\x30\x80\x02\x01",
        b"\x30\x85\x01\x01\x01\x01\x01",
        b"\x30\x84\x7f\xff\xff\xff",
        done(999),
        message(1000, 0x61, b""),
        message(0, ber.EXTENDED, b""),
        ber.tlv(0x30, b"\x02\x01"),
        message(1000, ber.ENTRY, b"\x04\x05abc") + done(1000),
        message(1000, ber.ENTRY, b"\x04\x01a\x30\x09\x30\x07\x04\x02cn\x31\x09\x04") + done(1000),
        message(1000, ber.ENTRY, b"\x04\x01a\x30\x0a\x30\x08\x04\x02cn\x31\x02\x04\x05") + done(1000),
    ],
)
def test_broken_answers_are_refused(content: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read(content)


def test_oversized_messages_are_refused() -> None:
    with pytest.raises(BrokenAnswer, match="absurd size"):
        read(entry(1000, "CN=a", {"cn": [b"x" * 2000]}) + done(1000), limit=1000)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_refusal(content: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read(content)


@given(st.binary(max_size=120))
def test_any_entry_is_read_or_refused(body: bytes) -> None:
    try:
        found, _ = read(message(1000, ber.ENTRY, body) + done(1000))
    except BrokenAnswer:
        return
    assert len(found) == 1


names = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=12)


@given(st.lists(st.tuples(names, st.dictionaries(names, st.lists(st.binary(max_size=200), max_size=4), max_size=4))))
def test_what_is_sent_is_what_is_read(entries: list[tuple[str, Attributes]]) -> None:
    content = b"".join(entry(1000, dn, attributes) for dn, attributes in entries) + done(1000)
    found, _ = read(content, 4096)
    sent = [(dn.encode(), [(name.encode(), values) for name, values in given.items()]) for dn, given in entries]
    assert found == sent


def test_integers_are_written_with_their_sign() -> None:
    assert ber.integer(127) == b"\x02\x01\x7f"
    assert ber.integer(128) == b"\x02\x02\x00\x80"
    assert ber.integer(1000) == b"\x02\x02\x03\xe8"


# ── the whole domain, through a real socket ─────────────────────────────────────────────────────────────────────

ROOT = {
    "defaultNamingContext": ("DC=h",),
    "configurationNamingContext": ("CN=Configuration,DC=h",),
    "schemaNamingContext": ("CN=Schema,DC=h",),
    "namingContexts": ("DC=h", "DC=DomainDnsZones,DC=h"),
}
DYNAMIC_ZONE = b"\0" * 16 + b"\2\0\0\0" + b"\1"
USER: Attributes = {"objectClass": [b"top", b"user"], "cn": [b"u"]}
Answer = Callable[[int], bytes]


@pytest.fixture
def serve() -> Iterator[Callable[[Sequence[Answer]], socket.socket]]:
    """A server that answers each request with the next answer, then closes."""
    opened: list[socket.socket] = []
    threads: list[Thread] = []

    def start(answers: Sequence[Answer]) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(5)

        def run() -> None:
            with theirs:
                for number, answer in enumerate(answers):
                    if not theirs.recv(65536):
                        return
                    theirs.sendall(answer(1000 + number))

        threads.append(Thread(target=run))
        threads[-1].start()
        opened.append(ours)
        return ours

    yield start
    for ours in opened:
        ours.close()
    for thread in threads:
        thread.join(10)


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SILENT = Context({}, lambda _share, _text: None, NOON)


def reading(channel: socket.socket) -> Reading:
    return Reading(PagedReader(channel, 1000), SILENT, "dc1")


def users(number: int) -> bytes:
    return entry(number, "CN=u,DC=h", USER) + done(number)


Serve = Callable[[Sequence[Answer]], socket.socket]


def test_all_naming_contexts_are_read(serve: Serve) -> None:
    whole = reading(serve([users, done, done, done]))
    whole.everything(ROOT)
    assert (len(whole.builder), whole.gaps) == (1, [])


def test_closing_in_the_middle_is_never_taken_for_the_end(serve: Serve) -> None:
    first: Answer = lambda number: entry(number, "CN=u,DC=h", USER) + done(number, b"more")  # noqa: E731
    cut = reading(serve([first, lambda number: entry(number, "CN=v,DC=h", USER) + done(number)[:-2]]))
    cut.everything(ROOT)
    assert len(cut.builder) == 1
    assert [(gap.section, gap.truncated) for gap in cut.gaps] == [
        ("domain", True),
        ("configuration", False),
        ("schema", False),
        ("dns", False),
    ]


def test_closing_between_two_contexts_leaves_gaps(serve: Serve) -> None:
    cut = reading(serve([users, done]))
    cut.everything(ROOT)
    assert [(gap.section, gap.truncated) for gap in cut.gaps] == [("schema", False), ("dns", False)]


def test_a_refused_context_leaves_a_gap(serve: Serve) -> None:
    refused = reading(serve([users, lambda number: done(number, code=50), done, done]))
    refused.everything(ROOT)
    assert [gap.section for gap in refused.gaps] == ["configuration"]


def test_a_limited_domain_is_truncated(serve: Serve) -> None:
    limited = reading(serve([lambda n: entry(n, "CN=u,DC=h", USER) + done(n, code=4), done, done, done]))
    limited.everything(ROOT)
    assert [(gap.section, gap.truncated) for gap in limited.gaps] == [("domain", True)]


@pytest.mark.parametrize(
    ("answers", "words"),
    [([done], "No account"), ([lambda n: done(n, code=50)], "refused"), ([lambda _n: b""], "connection ended")],
)
def test_nothing_to_judge_is_said(serve: Serve, answers: Sequence[Answer], words: str) -> None:
    with pytest.raises(CollectError, match=words):
        reading(serve(answers)).everything(ROOT)


def test_members_sent_in_ranges_are_all_asked_for(serve: Serve) -> None:
    people = [f"CN=u{number},DC=h".encode() for number in range(5)]
    group: Attributes = {"objectClass": [b"top", b"group"], "member": [], "member;range=0-1": people[:2]}

    def domain(number: int) -> bytes:
        accounts = b"".join(entry(number, dn.decode(), USER) for dn in people)
        return accounts + entry(number, "CN=g,DC=h", group) + done(number)

    def part(attribute: str, members: list[bytes]) -> Answer:
        return lambda number: entry(number, "CN=g,DC=h", {attribute: members}) + done(number)

    ranges = [part("member;range=2-3", people[2:4]), part("member;range=4-*", people[4:])]
    whole = reading(serve([domain, done, done, done, *ranges]))
    whole.everything(ROOT)
    objects, _ = whole.builder.tables()
    assert sorted(objects.member.tolist()) == [0, 1, 2, 3, 4]
    assert set(objects.member_of.tolist()) == {5}
    assert whole.gaps == []


def test_other_lists_sent_in_ranges_are_all_asked_for(serve: Serve) -> None:
    """A read-only controller that holds the secrets of 300 accounts says so in more than 1,500 values."""
    names = [f"B:4:0001:CN=u{number},DC=h".encode() for number in range(5)]
    machine: Attributes = {"objectClass": [b"top", b"computer"], "msDS-RevealedUsers;range=0-1": names[:2]}

    def domain(number: int) -> bytes:
        return entry(number, "CN=u,DC=h", USER) + entry(number, "CN=r,DC=h", machine) + done(number)

    def part(attribute: str, values: list[bytes]) -> Answer:
        return lambda number: entry(number, "CN=r,DC=h", {"cn": [b"r"], attribute: values}) + done(number)

    more = [part("msDS-RevealedUsers;range=2-3", names[2:4]), part("msds-revealedusers;range=4-*", names[4:])]
    whole = reading(serve([domain, done, done, done, *more]))
    whole.everything(ROOT)
    objects, _ = whole.builder.tables()
    assert objects.texts("msDS-RevealedUsers") == {1: tuple(name.decode() for name in names)}
    assert whole.gaps == []


def test_members_cut_in_the_middle_of_ranges_are_a_gap(serve: Serve) -> None:
    group: Attributes = {"objectClass": [b"top", b"group"], "member;range=0-0": [b"CN=u,DC=h"]}
    domain: Answer = lambda number: entry(number, "CN=u,DC=h", USER) + entry(number, "CN=g,DC=h", group) + done(number)  # noqa: E731
    cut = reading(serve([domain, done, done, done]))
    cut.everything(ROOT)
    assert {(gap.section, gap.truncated) for gap in cut.gaps} == {("domain", True)}


def group_of_ranges(serve: Serve, *ranges: Answer) -> Reading:
    """Three accounts, and a group of which the first comes with the domain; what follows is asked for."""
    people = [f"CN=u{number},DC=h" for number in range(3)]
    group: Attributes = {"objectClass": [b"top", b"group"], "member;range=0-0": [people[0].encode()]}

    def domain(number: int) -> bytes:
        accounts = b"".join(entry(number, dn, USER) for dn in people)
        return accounts + entry(number, "CN=g,DC=h", group) + done(number)

    whole = reading(serve([domain, done, done, done, *ranges]))
    whole.everything(ROOT)
    return whole


def further(attributes: Attributes) -> Answer:
    return lambda number: entry(number, "CN=g,DC=h", attributes) + done(number)


NOT_FURTHER: list[Answer] = [
    done,
    further({}),
    further({"member;range=1-*": []}),
    further({"member;range=0-0": [b"CN=u0,DC=h"]}),
    further({"member;range=0-*": [b"CN=u0,DC=h"]}),
    further({"member;range=1-0": [b"CN=u1,DC=h"]}),
    further({"member;range=2-*": [b"CN=u2,DC=h"]}),
    further({"cn": [b"g"]}),
]


@pytest.mark.parametrize("answer", NOT_FURTHER)
def test_a_range_that_does_not_go_on_is_a_gap_and_never_asked_again(serve: Serve, answer: Answer) -> None:
    whole = group_of_ranges(serve, answer)
    assert [(gap.section, gap.truncated) for gap in whole.gaps if "CN=g,DC=h" in gap.reason.fr] == [("domain", True)]
    assert whole.gaps[0].reason.en.startswith("The controller did not give the rest of member of CN=g,DC=h")
    assert len(whole.gaps) == 1
    assert whole.builder.tables()[0].member.tolist() == [0]


def test_a_refused_range_is_one_gap(serve: Serve) -> None:
    whole = group_of_ranges(serve, lambda number: done(number, code=50))
    assert [gap.truncated for gap in whole.gaps] == [True]
    assert "refused" in whole.gaps[0].reason.en


def test_ranges_before_the_lost_one_are_kept(serve: Serve) -> None:
    whole = group_of_ranges(serve, further({"member;range=1-1": [b"CN=u1,DC=h"]}), done)
    assert whole.builder.tables()[0].member.tolist() == [0, 1]
    assert "from value 2" in whole.gaps[0].reason.en


def test_what_comes_twice_leaves_an_archive_that_can_be_read() -> None:
    """Lists are added up, the second of two single values is left out and said."""
    builder = TableBuilder()
    builder.add(b"CN=z,DC=h", [(b"msDS-KeyCredentialLink;range=0-1", [b"a", b"b"]), (b"pwdLastSet", [b"12"])])
    builder.add(
        b"CN=y,DC=h",
        [
            (b"msDS-KeyCredentialLink", [b"c"]),
            (b"mail", [b"a"]),
            (b"mail", [b"b"]),
            (b"description", [b"mdp : x"]),
            (b"info", [b"mdp : x"]),
            (b"pwdLastSet", [b"13"]),
            (b"PwdLastSet", [b"14"]),
            (b"objectClass", [b"user"]),
            (b"objectClass", [b"group"]),
            (b"sIDHistory;range=0-0", [encode_sid("S-1-5-21-1-1-1-500")]),
            (b"dNSProperty", [DYNAMIC_ZONE]),
            (b"dNSProperty", [DYNAMIC_ZONE]),
        ],
    )
    builder.add_more(0, [(b"msDS-KeyCredentialLink;range=2-*", [b"d"]), (b"description;range=0-*", [b"mdp : y"])])
    builder.add_more(1, [(b"sIDHistory;range=1-*", [encode_sid("S-1-5-21-1-1-1-501")])])
    objects, descriptors = builder.tables()
    kept = {name: (one.rows.tolist(), one.values.tolist()) for name, one in objects.int_columns.items()}
    assert kept == {
        "keyCredentials": ([0, 1], [3, 1]),
        "hasMail": ([1], [2]),
        "tellsPassword": ([0, 1], [1, 1]),
        "pwdLastSet": ([0, 1], [12, 13]),
        "dnsAllowUpdate": ([1], [1]),
    }
    assert objects.kind.tolist() == [Kind.OPAQUE, Kind.USER]
    assert objects.texts("sIDHistory") == {1: ("S-1-5-21-1-1-1-500", "S-1-5-21-1-1-1-501")}
    assert builder.rejected == 3
    document, arrays = pack(objects, descriptors)
    assert unpack(json.loads(json.dumps(document)), arrays)[0].dn == objects.dn


def test_rows_stay_in_order_when_the_first_range_could_not_be_decoded() -> None:
    builder = TableBuilder()
    sid = encode_sid("S-1-5-21-1-1-1-500")
    builder.add(b"CN=a,DC=h", [(b"sIDHistory;range=0-0", [b"x"])])
    builder.add(b"CN=b,DC=h", [(b"sIDHistory", [sid])])
    builder.add_more(0, [(b"sIDHistory;range=1-*", [sid])])
    assert list(builder.tables()[0].texts("sIDHistory")) == [0, 1]


def test_links_of_policies_are_never_cut() -> None:
    """An organisational unit with 60 policies; what is longer than any real one is left out, and said."""
    link = b"[LDAP://cn={31B2F340-016D-11D2-945F-00C04FB984F9},cn=policies,cn=system,DC=hopital,DC=test;0]"
    builder = TableBuilder()
    builder.add(b"OU=a,DC=h", [(b"gPLink", [link * 60])])
    builder.add(b"OU=b,DC=h", [(b"gPLink", [link * 1000])])
    objects, _ = builder.tables()
    assert objects.texts("gPLink") == {0: ((link * 60).decode(),)}
    assert (builder.rejected, builder.last_rejected) == (1, "OU=b,DC=h")


def test_a_password_is_looked_for_in_the_beginning_of_a_text() -> None:
    builder = TableBuilder()
    builder.add(b"CN=a,DC=h", [(b"description", [b"mot de passe : x" + b"pass " * 10_000])])
    builder.add(b"CN=b,DC=h", [(b"description", [b"a" * 5000 + b" mdp : x"])])
    assert builder.tables()[0].int_columns["tellsPassword"].rows.tolist() == [0]


def test_what_was_read_is_looked_through_once() -> None:
    """Rows of a kind and domains of SIDs are kept until more is read: a search asks for them again and again."""
    builder = TableBuilder()
    group = [(b"objectClass", [b"top", b"group"]), (b"objectSid", [encode_sid("S-1-5-21-1-2-3-512")])]
    builder.add(b"CN=a,DC=h", group)
    assert builder.rows_of(Kind.GROUP) is builder.rows_of(Kind.GROUP)
    assert builder.sid_of(0) == "S-1-5-21-1-2-3-512"
    builder.add(b"CN=b,DC=h", [(b"objectClass", [b"group"]), (b"objectSid", [encode_sid("S-1-5-32-544")])])
    assert builder.rows_of(Kind.GROUP) == [0, 1]
    assert builder.sid_of(1) == "S-1-5-32-544"


def test_the_end_of_the_hours_leaves_gaps(serve: Serve) -> None:
    moments = iter([NOON, NOON, NOON + timedelta(hours=1)])
    pace = Pace(0, parse_hours("11:30-12:30", "UTC"), lambda: next(moments))
    late = Reading(PagedReader(serve([users, done]), 1000, may_ask=pace), SILENT, "dc1")
    late.everything(ROOT)
    assert [(gap.section, gap.truncated) for gap in late.gaps] == [("schema", False), ("dns", False)]
    assert "11:30-12:30" in late.gaps[0].reason.fr


def test_values_that_cannot_be_decoded_are_left_out() -> None:
    builder = TableBuilder()
    builder.add(
        b"CN=\xff,DC=h",
        [
            (b"objectSid", [b"short"]),
            (b"pwdLastSet", [b"never"]),
            (b"whenCreated", [b"20261399000000.0Z"]),
            (b"nTSecurityDescriptor", [b"\x00"]),
            (b"sIDHistory", [b"x"]),
            (b"uSNChanged", [b"12"]),
        ],
    )
    objects, _ = builder.tables()
    assert (builder.rejected, builder.last_rejected) == (5, "CN=\ufffd,DC=h")
    assert (objects.int_columns, objects.text_columns, objects.descriptor.tolist()) == ({}, {}, [-2])


def test_a_tombstone_is_no_account() -> None:
    builder = TableBuilder()
    builder.add(b"CN=u,DC=h", [(b"objectClass", [b"top", b"user"]), (b"isDeleted", [b"TRUE"])])
    objects, _ = builder.tables()
    assert objects.kind.tolist() == [Kind.DELETED]


def test_only_the_count_of_mail_addresses_is_kept() -> None:
    builder = TableBuilder()
    builder.add(b"CN=u,DC=h", [(b"objectClass", [b"top", b"user"]), (b"mail", [b"u@hopital.test"])])
    objects, _ = builder.tables()
    assert objects.ints("hasMail").tolist() == [1]
    assert "u@hopital.test" not in repr(objects)


KEPT = Extra(
    ("keyCredentials",),
    lambda builder, _root: [
        Search(builder.dn_of(row), SEARCH.match, NO_ATTRIBUTES) for row in builder.rows_of(Kind.USER)
    ],
    lambda builder, dn, _attributes: builder.note("keyCredentials", builder.row_of(dn), 7),
)


def test_an_extra_notes_what_it_finds(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "EXTRAS", (KEPT,))
    found: Answer = lambda number: entry(number, "cn=U,dc=h", {}) + done(number)  # noqa: E731
    whole = reading(serve([users, done, done, done, found]))
    whole.everything(ROOT)
    objects, _ = whole.builder.tables()
    assert objects.ints("keyCredentials").tolist() == [7]


@pytest.mark.parametrize("answers", [[lambda number: done(number, code=50)], []])
def test_what_a_failed_extra_was_to_tell_is_unknown(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, answers: list[Answer]
) -> None:
    monkeypatch.setattr(collect, "EXTRAS", (KEPT,))
    whole = reading(serve([users, done, done, done, *answers]))
    whole.everything(ROOT)
    objects, _ = whole.builder.tables()
    assert whole.gaps == []
    with pytest.raises(NotAssessable):
        objects.ints("keyCredentials")
