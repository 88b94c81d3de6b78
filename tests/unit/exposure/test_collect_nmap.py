"""nmap behind its fence: no target, port list or name adds a word, none of it is left running, memory stays flat."""

from __future__ import annotations

import base64
import gzip
import hashlib
import ipaddress
import os
import socket
import time
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.collect import Context
from scanners.errors import CollectError
from scanners.exposure import collect, collect_nmap
from scanners.exposure.collect_nmap import Fenced, Follow, Nmap, Rate, shards
from scanners.exposure.mandate import parse_mandate
from scanners.exposure.targets import Address, TargetError
from scanners.stopping import Stop

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ANYWHERE = parse_mandate(
    {
        "authorised_by": "D", "role": "D", "reference": "-oN /tmp/mandate", "scope": ["0.0.0.0/0", "::/0"],
        "valid_from": "2026-01-01", "valid_to": "2026-12-31",
    }
).to_mapping()  # fmt: skip

PROGRAM = """#!/bin/sh
if [ "$1" = -V ]; then echo 'Nmap version 7.93 ( https://nmap.org )'; exit 0; fi
printf '%s\\n' "$@" >> {folder}/words
printf '%s\\n' -- >> {folder}/runs
{body}
"""
XML = """cat > scan.xml <<'END'
<?xml version="1.0"?>
<nmaprun><scaninfo services="22"/>{hosts}<runstats><finished exit="success"/></runstats></nmaprun>
END
"""
HOST = (
    '<host><address addr="192.0.2.1" addrtype="ipv4"/><ports>'
    '<port protocol="tcp" portid="22"><state state="open"/></port></ports></host>'
)
WHOLE = XML.format(hosts=HOST)
A_SECOND = Follow(Stop(), 20)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a program in the place of nmap: it notes the words it is given, then does what it is told."""

    def install(body: str) -> Path:
        path = tmp_path / "nmap"
        path.write_text(PROGRAM.format(folder=tmp_path, body=body))
        path.chmod(0o755)
        monkeypatch.setattr(collect_nmap.shutil, "which", lambda *_, **__: str(path))
        return path

    return install


def words(folder: Path) -> list[str]:
    return (folder / "words").read_text().split("\n")[:-1]


# ---------------------------------------------------------------- what nmap is started with


def test_nmap_is_given_addresses_integers_and_options_of_our_table(program: Any, tmp_path: Path) -> None:
    program(WHOLE)
    nmap = Nmap()
    nmap.raw_sockets = True
    nmap.find_open([ip_address("192.0.2.1"), ip_address("192.0.2.2")], [443, 22, 23], Rate(500, 800), A_SECOND)
    assert words(tmp_path) == [
        *("-oX", "scan.xml", "-n", "-Pn", "--noninteractive", "-sS", "-T4", "--max-retries", "2"),
        *("--min-rate", "500", "--max-rate", "500", "-v", "--stats-every", "1s", "-p", "22-23,443"),
        *("--", "192.0.2.1", "192.0.2.2"),
    ]
    (tmp_path / "words").unlink()
    nmap.name_services(ip_address("192.0.2.1"), [4000], A_SECOND, gently=True, mute=True)
    assert words(tmp_path)[5:14] == [
        *("-sS", "-T2", "--max-retries", "2", "-sV", "--version-intensity", "0", "-p", "4000"),
    ]
    (tmp_path / "words").unlink()
    nmap.name_services(ip_address("2001:db8::1"), [4000], A_SECOND)
    assert words(tmp_path) == [
        *("-oX", "scan.xml", "-n", "-Pn", "--noninteractive", "-sS", "-T4", "--max-retries", "2"),
        *("-sV", "--version-light", "-6", "-p", "4000", "--", "2001:db8::1"),
    ]


def test_a_host_never_times_out_and_is_retried() -> None:
    options = " ".join((*collect_nmap._FIND_OPEN, *collect_nmap._NAME_SERVICES, *collect_nmap._QUIETLY))
    assert "--host-timeout" not in options
    assert options.count("--max-retries 2") == 2


EVIL = [
    "-oN /tmp/care-evil 192.0.2.1", "-oN", "--script=default", "-iL/etc/passwd", "192.0.2.1 -oN x", "192.0.2.1;id",
    "$(touch x)", "`touch x`", "192.0.2.1\n-oN\nx", "192.0.2.1\x00", "--", "-- -oN x", "１９２.0.2.1", "192.0.2.²",
    "fe80::1%-oN", "2001:db8::1%eth0", "\u202e1.2.0.291", "192.0.2.1,192.0.2.2", "'192.0.2.1'", "10.0.0.0/8", "::/64",
]  # fmt: skip


@pytest.mark.parametrize("evil", EVIL)
def test_a_target_is_an_address_or_nothing_is_started(program: Any, tmp_path: Path, evil: str) -> None:
    program(WHOLE)
    with pytest.raises(TargetError):
        collect.collect(collect.Request((evil,), ANYWHERE, "22"), Context({}, lambda *_: None, NOW))
    assert not (tmp_path / "words").exists()


@pytest.mark.parametrize("evil", ["22 -oN x", "-oN", "22;id", "22\n23", "２２", "²", "U:53", "22,--script=x", "$(id)"])
def test_a_port_list_is_integers_or_nothing_is_started(program: Any, tmp_path: Path, evil: str) -> None:
    program(WHOLE)
    with pytest.raises(TargetError):
        collect.collect(collect.Request(("192.0.2.1",), ANYWHERE, evil), Context({}, lambda *_: None, NOW))
    assert not (tmp_path / "words").exists()


def test_a_name_never_reaches_nmap(program: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the strangest one the grammar takes: only its addresses do."""
    program(XML.format(hosts=HOST.replace("open", "closed")))
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [entry])
    monkeypatch.setattr(collect_nmap, "_raw_sockets", lambda: True)
    order = collect.Request(("on--script.x-on", "_x.y"), ANYWHERE, "22", "standard")
    collect.collect(order, Context({}, lambda *_: None, NOW))
    given = words(tmp_path)
    assert given[given.index("--") + 1 :] == ["192.0.2.1"]
    assert not any("script" in word or "_x" in word for word in given)


ADDRESSES = st.ip_addresses()
FENCED = object.__new__(Fenced)
FENCED._nmap_path = "nmap"


@given(st.lists(ADDRESSES, min_size=1, max_size=5), st.sets(st.integers(1, 65535), min_size=1, max_size=20))
def test_after_the_two_dashes_come_addresses_and_nothing_else(hosts: list[Address], ports: set[int]) -> None:
    plain = [host for host in hosts if getattr(host, "scope_id", None) is None]
    given_words = FENCED.command(collect_nmap._FIND_OPEN, sorted(ports), plain)
    before, after = given_words[: given_words.index("--")], given_words[given_words.index("--") + 1 :]
    assert [ipaddress.ip_address(word) for word in after] == plain
    assert before[:3] == ["nmap", "-oX", "scan.xml"]
    assert set(before[before.index("-p") + 1]) <= set("0123456789,-")
    assert {word for word in before[3:] if word.startswith("-")} <= {*collect_nmap._FIND_OPEN, "-6", "-p"}


class Disguised(str):
    """A text that says it is an address."""

    version = 4


@given(st.text() | st.builds(Disguised, st.text()) | st.binary() | st.integers() | st.none())
def test_what_is_no_address_is_refused_even_by_the_fence(thing: Any) -> None:
    with pytest.raises(TypeError):
        FENCED.command((), [22], [thing])


@given(st.text() | st.floats() | st.booleans() | st.integers(max_value=0) | st.integers(min_value=65536))
def test_what_is_no_port_is_refused_even_by_the_fence(thing: Any) -> None:
    with pytest.raises(ValueError, match="ports"):
        FENCED.command((), [22, thing], [ip_address("192.0.2.1")])


def test_an_address_with_a_zone_is_refused_by_the_fence() -> None:
    with pytest.raises(TypeError):
        FENCED.command((), [22], [ipaddress.IPv6Address("fe80::1%-oN")])


def test_the_scan_of_python_nmap_is_never_run() -> None:
    with pytest.raises(NotImplementedError):
        FENCED.scan(hosts="-oN /tmp/x 127.0.0.1")


def test_nothing_is_written_where_we_are_and_nothing_stays(program: Any, tmp_path: Path, monkeypatch: Any) -> None:
    program(WHOLE)
    scratch, here = tmp_path / "scratch", tmp_path / "here"
    scratch.mkdir()
    here.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.chdir(here)
    Nmap().find_open([ip_address("192.0.2.1")], [22], Rate(5, 5), A_SECOND)
    assert (list(scratch.iterdir()), list(here.iterdir())) == ([], [])


def test_no_environment_reaches_nmap(program: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMAPDIR", "/nowhere")
    program(f"env > {tmp_path}/env\n{WHOLE}")
    Nmap().find_open([ip_address("192.0.2.1")], [22], Rate(5, 5), A_SECOND)
    assert "NMAPDIR" not in (tmp_path / "env").read_text()


# ---------------------------------------------------------------- absent, strange, killed, late


def test_an_absent_nmap_is_one_sentence_naming_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_nmap.shutil, "which", lambda *_, **__: None)
    with pytest.raises(CollectError, match="apt install nmap"):
        Nmap()


def test_another_program_called_nmap_is_refused(program: Any) -> None:
    path = program("")
    path.write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(CollectError, match="does not introduce itself as nmap"):
        Nmap()


def test_the_usual_ports_come_from_nmap_itself(program: Any) -> None:
    program(WHOLE)
    usual = Nmap().usual_ports()
    assert {22, 104, 2575} <= set(usual)
    program("exit 1")
    with pytest.raises(CollectError, match="which ports it knows"):
        Nmap().usual_ports()


@pytest.mark.parametrize(
    "body", ["echo 'out of memory' >&2; exit 1", "kill -9 $$", f"{WHOLE}\ntruncate -s 100 scan.xml"]
)
def test_an_nmap_that_dies_leaves_its_addresses_unseen(program: Any, body: str) -> None:
    program(body)
    scan = Nmap().find_open([ip_address("192.0.2.1")], [22], Rate(5, 5), A_SECOND)
    assert not scan.reading.complete
    assert [str(address) for address in scan.missing()] == ["192.0.2.1"]
    assert ("out of memory" in scan.complaint) == ("memory" in body)


HANGS = "echo $$ > {folder}/pid\necho 'Discovered open port 22/tcp on 192.0.2.1'\nexec sleep 60"


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("ending", ["stop", "time"])
def test_an_nmap_that_hangs_ends_when_asked_or_when_its_time_is_over(program: Any, tmp_path: Path, ending: str) -> None:
    program(HANGS.format(folder=tmp_path))
    stop, opened = Stop(), []

    def once_open(address: str, number: int) -> None:
        opened.append((address, number))
        if ending == "stop":
            stop.ask()

    began = time.monotonic()
    follow = Follow(stop, 3.0 if ending == "time" else 20, once_open)
    scan = Nmap().find_open([ip_address("192.0.2.1")], [22], Rate(5, 5), follow)
    assert time.monotonic() - began < 15
    assert opened == [("192.0.2.1", 22)]
    assert len(scan.missing()) == 1
    assert gone(int((tmp_path / "pid").read_text()))


def test_nmap_stays_in_our_process_group(program: Any, tmp_path: Path) -> None:
    """Whoever ends the group of the collecting child ends nmap."""
    program(f"ps -o pgid= -p $$ > {tmp_path}/group || cut -d' ' -f5 /proc/$$/stat > {tmp_path}/group\n{WHOLE}")
    Nmap().find_open([ip_address("192.0.2.1")], [22], Rate(5, 5), A_SECOND)
    assert int((tmp_path / "group").read_text()) == os.getpgid(0)


def test_open_ports_are_told_as_they_answer_for_known_addresses_only(program: Any) -> None:
    lines = [
        "Discovered open port 22/tcp on 192.0.2.1", "Discovered open port 22/tcp on 198.51.100.9",
        "Discovered open port 99/udp on 192.0.2.1", "x Discovered open port 23/tcp on 192.0.2.1",
        "SYN Stealth Scan Timing: About 12.50% done; ETC: 10:43 (0:00:05 remaining)", "z" * 10000,
    ]  # fmt: skip
    program("".join(f"echo '{line}'\n" for line in lines) + WHOLE)
    opened: list[tuple[str, int]] = []
    shares: list[float] = []
    follow = Follow(Stop(), 20, lambda *found: opened.append(found), shares.append)
    scan = Nmap().find_open([ip_address("192.0.2.1")], [22], Rate(5, 5), follow)
    assert (opened, shares) == ([("192.0.2.1", 22)], [0.125])
    assert scan.reading.complete


# ---------------------------------------------------------------- evidence


def test_the_raw_xml_is_kept_whole_when_small_and_by_its_hash_when_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    xml = tmp_path / "scan.xml"
    xml.write_bytes(b"<nmaprun/>" * 1000)
    kept = collect_nmap._evidence(xml)
    assert gzip.decompress(base64.b64decode(kept.gzip_base64)) == xml.read_bytes()
    assert kept.sha256 == hashlib.sha256(xml.read_bytes()).hexdigest()
    monkeypatch.setattr(collect_nmap, "_MAX_KEPT_XML", 10)
    large = collect_nmap._evidence(xml)
    assert (large.sha256, large.gzip_base64) == (kept.sha256, "")


def test_entities_in_the_xml_are_refused(program: Any) -> None:
    bomb = WHOLE.replace("<nmaprun>", '<!DOCTYPE nmaprun [<!ENTITY a "b">]><nmaprun>')
    program(bomb)
    with pytest.raises(Exception, match="entities"):
        Nmap().find_open([ip_address("192.0.2.1")], [22], Rate(5, 5), A_SECOND)


def test_shards_hold_one_family_each_and_lose_nobody() -> None:
    mixed: list[Address] = [ip_address(f"192.0.2.{number}") for number in range(1, 120)]
    mixed += [ip_address("2001:db8::1"), ip_address("2001:db8::2")]
    groups = shards(mixed)
    assert sorted(str(found) for group in groups for found in group) == sorted(map(str, mixed))
    assert all(len({found.version for found in group}) == 1 for group in groups)
    assert max(map(len, groups)) <= 32


def test_raw_sockets_need_root_and_the_leave_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_nmap.os, "geteuid", lambda: 1000)
    assert not collect_nmap._raw_sockets()
    monkeypatch.setattr(collect_nmap.os, "geteuid", lambda: 0)

    def refused(*_: object) -> Any:
        raise PermissionError

    monkeypatch.setattr(collect_nmap.socket, "socket", refused)
    assert not collect_nmap._raw_sockets()
