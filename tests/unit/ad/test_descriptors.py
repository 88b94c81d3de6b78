"""Descriptors made by hand, malformed ones, and a property: what is written is what is read."""

from __future__ import annotations

import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ad.descriptors import (
    ALLOW,
    ALLOW_OBJECT,
    DACL_PRESENT,
    DENY,
    MALFORMED,
    WRITE_DACL,
    DescriptorReader,
)
from scanners.ad.sids import decode_sid, encode_sid
from tests.unit.ad.forge import Ace, descriptor

ADMIN = "S-1-5-21-1-2-3-512"
MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"


def test_owner_control_and_entries_are_read() -> None:
    reader = DescriptorReader()
    raw = descriptor(
        ADMIN, [Ace("S-1-5-11", WRITE_DACL), Ace("S-1-1-0", 0x20, kind=DENY, guid=""), Ace(ADMIN, 0x20, guid=MEMBER)]
    )
    assert reader.add(raw) == 0
    table = reader.table()
    assert table.owner_sid(0) == ADMIN
    assert table.control[0] & DACL_PRESENT
    first, second, third = (int(ace) for ace in table.entries_of(0))
    assert (table.trustee_sid(first), table.ace_mask[first], table.ace_type[first]) == ("S-1-5-11", WRITE_DACL, ALLOW)
    assert table.ace_type[second] == DENY
    assert (table.ace_type[third], table.object_guid(third)) == (ALLOW_OBJECT, MEMBER)


def test_equal_descriptors_and_entries_are_kept_once() -> None:
    reader = DescriptorReader()
    one = descriptor(ADMIN, [Ace("S-1-5-11", 1), Ace("S-1-1-0", 2)])
    other = descriptor(ADMIN, [Ace("S-1-1-0", 2), Ace("S-1-5-11", 1)])
    assert [reader.add(one), reader.add(other), reader.add(one)] == [0, 1, 0]
    table = reader.table()
    assert len(table) == 2
    assert len(table.ace_mask) == 2
    assert list(table.entries) == [0, 1, 1, 0]


def test_allowed_trustees_leave_out_denials() -> None:
    raw = descriptor(ADMIN, [Ace("S-1-1-0", 1, kind=DENY), Ace("S-1-5-11", 1)])
    assert DescriptorReader().trustees(raw) == ("S-1-5-11",)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x01" * 8,
        struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 4096),
        struct.pack("<BBHIIII", 1, 0, 0x8004, 4096, 0, 0, 0),
        descriptor(ADMIN, [Ace("S-1-5-11", 1)])[:-4],
        struct.pack("<BBHIIIIBBHHH", 1, 0, 0x8004, 0, 0, 0, 20, 2, 0, 8, 3, 0),
        b"\x01" * 200_000,
    ],
)
def test_malformed_descriptors_are_marked_and_do_not_raise(raw: bytes) -> None:
    assert DescriptorReader().add(raw) == MALFORMED


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_marked(raw: bytes) -> None:
    reader = DescriptorReader()
    index = reader.add(raw)
    assert len(reader.table()) == (0 if index == MALFORMED else 1)


sids = st.builds(
    lambda authority, parts: "-".join(["S", "1", str(authority), *map(str, parts)]),
    st.integers(0, 2**32),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=15),
)
aces = st.builds(
    Ace,
    sids,
    st.integers(0, 2**32 - 1),
    kind=st.sampled_from([ALLOW, DENY]),
    flags=st.integers(0, 255),
    guid=st.one_of(st.just(""), st.uuids().map(str)),
)


@given(sids, st.lists(aces, max_size=12))
def test_what_is_written_is_what_is_read(owner: str, entries: list[Ace]) -> None:
    reader = DescriptorReader()
    assert reader.add(descriptor(owner, entries)) == 0
    table = reader.table()
    seen = [
        (table.trustee_sid(ace), table.ace_mask[ace], table.ace_flags[ace], table.object_guid(ace))
        for ace in map(int, table.entries_of(0))
    ]
    assert table.owner_sid(0) == owner
    assert seen == [(ace.trustee, ace.mask, ace.flags, str(UUID(ace.guid)) if ace.guid else "") for ace in entries]


@given(sids)
def test_sids_round_trip(sid: str) -> None:
    assert decode_sid(encode_sid(sid)) == sid
