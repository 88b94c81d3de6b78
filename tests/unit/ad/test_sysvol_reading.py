"""The walk over a share that answers badly: what ends it, what it tells then, and when it may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from smbprotocol.exceptions import SMBResponseException
from smbprotocol.header import NtStatus, SMB2HeaderResponse
from smbprotocol.open import FileAttributes, SMB2QueryInfoResponse

from scanners.ad.ldap.collect_errors import WindowClosed
from scanners.ad.sources import collect_sysvol
from scanners.ad.sources.collect_sysvol import Bounds, Share, read_sysvol
from scanners.ad.sources.policy_files import MAX_BYTES
from scanners.ad.sysvol import Source, Sysvol
from scanners.model import Gap, Text
from tests.unit.ad import specimens_sysvol as files
from tests.unit.ad.forge import descriptor

Tree = dict[str, bytes | int | None]
"""Paths below the domain’s folder: the content of a file, only the size that it pretends, or None for a folder."""
CHANGED = datetime(2026, 1, 5, tzinfo=UTC)


def value(of: object) -> SimpleNamespace:
    return SimpleNamespace(get_value=lambda: of)


def told(_share: float, _text: Text) -> None:
    return None


class Server:
    """A share held in memory, in place of the library’s connection, session, tree and openings."""

    def __init__(self, tree: Tree, endless: bool = False, trickle: int = 1 << 20) -> None:
        self.tree = {"Policies": None, "scripts": None, **tree}
        self.endless = endless
        self.trickle = trickle
        self.opened: list[str] = []
        self.connected = 0

    def opening(self, _tree: object, path: str) -> Opening:
        return Opening(self, path.partition("\\")[2])

    def connection(self, _share: Share) -> Any:
        def connect(timeout: int) -> None:
            self.connected += 1

        return SimpleNamespace(connect=connect, disconnect=lambda close: None)

    def session(self, *_args: object, **_options: object) -> Any:
        return SimpleNamespace(connect=lambda: None)

    def at(self, _session: object, _name: str) -> Any:
        answer = SMB2QueryInfoResponse()
        answer["buffer"] = descriptor("S-1-5-32-544", [])
        packed = {"data": value(answer.pack())}
        connection = SimpleNamespace(send=lambda *_: None, receive=lambda _: packed)
        session = SimpleNamespace(connection=connection, session_id=1)
        return SimpleNamespace(connect=lambda: None, session=session, tree_connect_id=1)


class Opening:
    """A file or folder that is open."""

    def __init__(self, server: Server, path: str) -> None:
        self._server = server
        self._path = path
        self._pages = self._listing()
        self.file_id = b"\0" * 16

    def create(self, *_args: object) -> None:
        self._server.opened.append(self._path)

    def close(self, get_attributes: bool) -> None:
        assert not get_attributes

    def read(self, at: int, length: int) -> bytes:
        content = self._server.tree[self._path]
        assert isinstance(content, bytes)
        return content[at : at + min(length, self._server.trickle)]

    def query_directory(self, _pattern: str, _kind: object, flags: int) -> list[dict[str, Any]]:
        page = next(self._pages, None)
        if page is None:
            header = SMB2HeaderResponse()
            header["status"] = NtStatus.STATUS_NO_MORE_FILES
            raise SMBResponseException(header)
        return page

    def _listing(self) -> Iterator[list[dict[str, Any]]]:
        while self._server.endless:
            yield [self._entry(".", None)]
        below = [(path, held) for path, held in self._server.tree.items() if path.rpartition("\\")[0] == self._path]
        yield [self._entry(path.rpartition("\\")[2], held) for path, held in below]

    @staticmethod
    def _entry(name: str, held: bytes | int | None) -> dict[str, Any]:
        attributes = FileAttributes.FILE_ATTRIBUTE_DIRECTORY if held is None else FileAttributes.FILE_ATTRIBUTE_NORMAL
        size = held if isinstance(held, int) else len(held or b"")
        return {
            "file_name": value(name.encode("utf-16-le")),
            "last_write_time": value(CHANGED),
            "end_of_file": value(size),
            "file_attributes": value(attributes),
        }


Reading = Callable[..., tuple[Sysvol | None, tuple[Gap, ...]]]


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    def read(
        server: Server, may_ask: Callable[[], None] = lambda: None, **bounds: float
    ) -> tuple[Sysvol | None, tuple[Gap, ...]]:
        monkeypatch.setattr(collect_sysvol, "_ReadOnly", server.connection)
        monkeypatch.setattr(collect_sysvol, "Session", server.session)
        monkeypatch.setattr(collect_sysvol, "TreeConnect", server.at)
        monkeypatch.setattr(collect_sysvol, "Open", server.opening)
        share = Share("dc1", "hopital.test", "HOPITAL\\auditeur", "x", 5, bounds=Bounds(**bounds))  # type: ignore[arg-type]
        return read_sysvol(share, told, may_ask)

    return read


def policies(**others: bytes | int) -> Tree:
    """Policies of one file each, Registry.pol, by the order of their names."""
    tree: Tree = {}
    for name, held in others.items():
        tree[f"Policies\\{{{name}}}"] = None
        tree[f"Policies\\{{{name}}}\\Registry.pol"] = held
    return tree


POL = files.pol(files.GOOD_REGISTRY)


def registry_of(sysvol: Sysvol | None) -> set[str]:
    assert sysvol is not None
    return {setting.policy for setting in sysvol.of(Source.REGISTRY)}


def test_a_share_is_read_to_its_end(reading: Reading) -> None:
    sysvol, gaps = reading(Server(policies(A=POL, B=POL)))
    assert gaps == ()
    assert registry_of(sysvol) == {"{A}", "{B}"}


@pytest.mark.parametrize("size", [300 << 20, MAX_BYTES + 1])
def test_a_huge_file_hides_no_other(reading: Reading, size: int) -> None:
    sysvol, gaps = reading(Server(policies(A=size, B=POL)), total_bytes=len(POL))
    assert registry_of(sysvol) == {"{B}"}
    assert [gap.truncated for gap in gaps] == [True]
    assert "{A}" in gaps[0].reason.en
    assert "1 file(s) of SYSVOL exceed the size read" in gaps[0].reason.en


def test_a_file_too_many_is_told_and_a_smaller_one_is_still_read(reading: Reading) -> None:
    small = files.pol({"System\\CurrentControlSet\\Control\\Lsa\\NoLMHash": 1})
    sysvol, gaps = reading(Server(policies(A=POL, B=POL, C=small)), total_bytes=len(POL) + len(small))
    assert registry_of(sysvol) == {"{A}", "{C}"}
    assert "{B}" in gaps[0].reason.en


def test_the_pace_is_kept_before_the_connection_and_at_each_opening(reading: Reading) -> None:
    server, asked = Server(policies(A=POL)), []

    def may_ask() -> None:
        asked.append((server.connected, len(server.opened)))

    reading(server, may_ask)
    assert server.opened == ["Policies", "scripts", "Policies\\{A}", "Policies\\{A}\\Registry.pol"]
    assert asked == [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3)]


def test_outside_of_the_hours_nobody_logs_on(reading: Reading) -> None:
    server = Server({})

    def closed() -> None:
        raise WindowClosed("22:00-06:00")

    sysvol, (gap,) = reading(server, closed)
    assert (sysvol, server.connected, gap.section, gap.truncated) == (None, 0, "sysvol", False)
    assert "22:00-06:00" in gap.reason.en


def test_hours_that_end_among_the_files_of_a_folder_end_the_reading(reading: Reading) -> None:
    server = Server({f"scripts\\{number}.bat": b"" for number in range(9)})

    def until_five() -> None:
        if len(server.opened) == 5:
            raise WindowClosed("22:00-06:00")

    sysvol, (gap,) = reading(server, until_five)
    assert sysvol is not None
    assert (len(sysvol.files), gap.truncated) == (5, True)


def test_waits_of_the_pace_are_no_time_of_the_share(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(collect_sysvol, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def wait() -> None:
        clock[0] += 600

    sysvol, gaps = reading(Server(policies(A=POL, B=POL)), wait, seconds=1)
    assert gaps == ()
    assert registry_of(sysvol) == {"{A}", "{B}"}


def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock takes a second."""
    clock = iter(range(1 << 30))
    monkeypatch.setattr(collect_sysvol, "time", SimpleNamespace(monotonic=lambda: next(clock)))


def test_a_listing_without_end_ends_at_the_deadline_and_is_told(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticking(monkeypatch)
    sysvol, (gap,) = reading(Server({}, endless=True), seconds=50)
    assert sysvol is not None
    assert gap.truncated
    assert "reached its limit" in gap.reason.en


def test_a_file_that_comes_byte_after_byte_ends_at_the_deadline_and_is_told(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticking(monkeypatch)
    sysvol, (gap,) = reading(Server(policies(A=POL, B=POL), trickle=1), seconds=50)
    assert registry_of(sysvol) == set()
    assert "reached its limit" in gap.reason.en


def test_more_folders_than_the_bound_are_told(reading: Reading) -> None:
    folders: Tree = {f"scripts\\{number}": None for number in range(20)}
    for bound, truncated in ((22, []), (21, [True]), (10, [True])):
        sysvol, gaps = reading(Server(folders), files=bound)
        assert sysvol is not None
        assert len(sysvol.files) == bound
        assert [gap.truncated for gap in gaps] == truncated


def test_more_values_than_the_bound_are_told(reading: Reading) -> None:
    count = len(files.GOOD_REGISTRY)
    sysvol, gaps = reading(Server(policies(A=POL, B=POL, C=POL)), values=2 * count)
    assert registry_of(sysvol) == {"{A}", "{B}"}
    assert "reached its limit" in gaps[0].reason.en
    assert reading(Server(policies(A=POL, B=POL)), values=2 * count)[1] == ()
