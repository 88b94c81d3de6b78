"""Lists that tools write as JSON: arrays, lines, answers of interfaces; what is none is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.errors import CollectError
from scanners.lists.kinds import ListKind
from scanners.lists.read_json import MAX_COLUMNS, is_json, read_objects
from scanners.lists.reading import ListFile, Table, read_list
from scanners.lists.words import NEVER, size

Read = Callable[[str | bytes], Table]


@pytest.fixture
def place(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def of(content: str | bytes) -> Path:
        path = tmp_path / "liste.json"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return of


@pytest.fixture
def read(place: Callable[[str | bytes], Path]) -> Read:
    return lambda content: read_list(ListFile(ListKind.EDR, "liste.json", str(place(content))))


@pytest.mark.parametrize(
    "content",
    [
        '[{"hostname": "pc-1", "last seen": "2026-03-09"}, {"hostname": "pc-2"}]',
        '\ufeff[{"hostname": "pc-1", "last seen": "2026-03-09"}, {"hostname": "pc-2"}]',
        '{"hostname": "pc-1", "last seen": "2026-03-09"}\n\n{"hostname": "pc-2", "last seen": null}\n',
        '{"meta": {"total": 2}, "value": [{"hostname": "pc-1", "last seen": "2026-03-09"}, {"hostname": "pc-2"}]}',
        '{"items": [{"device": {"hostname": "pc-1", "last seen": "2026-03-09"}}, {"device": {"hostname": "pc-2"}}]}',
    ],
)
def test_every_shape_is_the_same_list(read: Read, content: str) -> None:
    table = read(content)
    assert table.frame["name"].tolist() == ["PC-1", "PC-2"]
    assert table.frame["edr_seen"].tolist() == [20521, NEVER]
    assert table.unread == {}


def test_two_paths_with_one_last_name_keep_their_paths(place: Callable[[str | bytes], Path]) -> None:
    lines = read_objects(
        place('[{"a": {"name": "x"}, "b": {"name": "y"}, "n": 1.0, "t": true, "l": [1, "z", {}]}]'), "x"
    )
    assert [list(cells) for _line, cells in lines] == [
        ["a.name", "b.name", "n", "t", "l"],
        ["x", "y", "1", "true", "1, z"],
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "no object to read"),
        ("[1, 2]", "malformed|no expected header|no object"),
        ('{"hostname": "pc-1"}\n{"hostname": ', "line 2: this JSON is malformed"),
        ('{"hostname": "pc-1"}\n[1]', "line 2: an object is expected"),
        (b'{"hostname": "\xff"}', "not in UTF-8"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "malformed|no expected header"),
        (json.dumps([{f"c{rank}": 1 for rank in range(MAX_COLUMNS + 1)}]), "different fields"),
    ],
)
def test_what_is_no_list_is_refused(read: Read, content: str | bytes, said: str) -> None:
    with pytest.raises(CollectError, match=said):
        read(content)


@pytest.mark.parametrize(
    ("content", "found"), [(b' \n{"a": 1}', True), (b"[{}]", True), (b"[]", True), (b"[a];b", False), (b"a;b", False)]
)
def test_json_is_told_by_its_first_signs(place: Callable[[str | bytes], Path], content: bytes, found: bool) -> None:
    assert is_json(place(content)) is found


@pytest.mark.parametrize(
    ("raw", "bytes_"),
    [
        ("34050", 34_050),
        ("52 428 800", 52_428_800),
        ("12.3 GB", round(12.3 * 2**30)),
        ("1,5 To", round(1.5 * 2**40)),
        ("1,234.5 MB", round(1234.5 * 2**20)),
        ("1\u202f234,5 Mo", round(1234.5 * 2**20)),
        ("1,234 KB", 1234 * 2**10),
        ("0 B", 0),
        ("0 octets", 0),
        ("3 GiB", 3 * 2**30),
        ("", NEVER),
        ("beaucoup", NEVER),
        ("-3 GB", NEVER),
        ("99999999999999 PB", NEVER),
    ],
)
def test_sizes_with_their_units(raw: str, bytes_: int) -> None:
    assert size(raw) == bytes_
