"""Two network namespaces, the scanner's and the zone's, and the one link between them.

Nothing of the machine's own network is seen from either: whatever an audit sends, wherever it is meant to go, crosses
the link and is counted by the kernel at the zone's door (`touched`), before any filter. The link is a plain pair of
interfaces, or a relay that delays every packet (`zone_relay.py`; this kernel has no netem).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from tests.lab import stage

T = TypeVar("T")

PACKAGES = {"ip": "iproute2", "nft": "nftables"}
LINK, _HOUSE = "care0", "hosts0"
SCANNER, SCANNER6 = "203.0.113.1", "2001:db8:ffff::1"
GATEWAY, GATEWAY6 = "203.0.113.2", "2001:db8:ffff::2"
RESOLVER = "203.0.113.53"
"""Where the zone's name server answers: outside every mandate, so that it is never taken for a target."""

_CLONE_NEWNS, _CLONE_NEWNET = 0x00020000, 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_PR_CAPBSET_DROP, _CAP_NET_RAW = 24, 13
_TABLE = "inet care"
_HALF_CLOSED_SECONDS = 3


@dataclass(frozen=True)
class Door:
    """What the zone's door lets in. `services` are the (address, protocol, port) open on the hosts of `dropping`.

    Hosts of `dropping` lose every other packet, those of `unpinged` every echo request too; the others refuse in the
    ordinary way. Every TCP port of `tarpits` leads to `tarpit_port` of the same address; the kernel answers for
    `syn_proxies` before asking them.
    """

    services: Sequence[tuple[str, str, int]] = ()
    dropping: Sequence[str] = ()
    unpinged: Sequence[str] = ()
    tarpits: Sequence[str] = ()
    tarpit_port: int = 9
    syn_proxies: Sequence[str] = ()


def names(octet: int) -> tuple[str, str]:
    """The scanner's namespace and the zone's."""
    return f"care-{octet}-scan", f"care-{octet}-zone"


def require() -> None:
    """LabError when this machine lets nobody make network namespaces, or lacks the programs."""
    stage.require_root("zone")
    stage.require_programs(PACKAGES)
    tried = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        raise NamespacesRefusedError(f"This machine refuses network namespaces ({tried.stderr.strip()}).")


class NamespacesRefusedError(stage.LabError):
    """The kernel or the container refuses network namespaces: no zone can be made here."""


# ---------------------------------------------------------------- making and unmaking


def make(folder: Path, octet: int, addresses: Iterable[str], door: Door, round_trip_ms: float) -> None:
    """Both namespaces, their link, every address of the zone and its door."""
    scan, zone = names(octet)
    (folder / "namespaces").write_text(f"{scan}\n{zone}\n")
    for name in (scan, zone):
        stage.run(["ip", "netns", "add", name])
        _settle(name)
    if round_trip_ms:
        _relay(folder, scan, zone, round_trip_ms)
    else:
        stage.run(["ip", "link", "add", LINK, "netns", scan, "type", "veth", "peer", "name", LINK, "netns", zone])
    _address(scan, [f"{SCANNER}/30", f"{SCANNER6}/126"], GATEWAY, GATEWAY6)
    _address(zone, [f"{GATEWAY}/30", f"{GATEWAY6}/126", f"{RESOLVER}/32"])
    _house(zone, addresses)
    stage.run(["ip", "netns", "exec", zone, "nft", "-f", "-"], _rules(door).encode())


def unmake(folder: Path) -> None:
    """Remove both namespaces, after what still runs in them (`stop_all` has ended what was recorded)."""
    note = folder / "namespaces"
    if not note.exists():
        return
    present = {line.split()[0] for line in stage.run(["ip", "netns", "list"]).decode().splitlines() if line.strip()}
    for name in note.read_text().split():
        if name in present:
            _end_all(name)
            stage.run(["ip", "netns", "del", name])
    note.unlink()


def _settle(name: str) -> None:
    """Loopback up; no wait for duplicate IPv6 addresses; no limit on refusals by ICMP; half-closed lines die soon."""
    stage.run(["ip", "-n", name, "link", "set", "lo", "up"])
    settings = (
        *("net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0"),
        *("net.ipv4.icmp_ratelimit=0", f"net.ipv4.tcp_fin_timeout={_HALF_CLOSED_SECONDS}"),
    )
    for setting in settings:
        path, _, value = setting.partition("=")
        inside(name, lambda path=path, value=value: Path("/proc/sys", *path.split(".")).write_text(value))


def _address(name: str, addresses: Sequence[str], gateway: str = "", gateway6: str = "") -> None:
    lines = [f"link set {LINK} up txqueuelen 10000"]
    lines += [f"addr add {address} dev {LINK}{' nodad' if ':' in address else ''}" for address in addresses]
    if gateway:
        lines += [f"route add default via {gateway} dev {LINK}", f"route add ::/0 via {gateway6} dev {LINK}"]
    stage.run(["ip", "-n", name, "-batch", "-"], "\n".join(lines).encode())


def _house(zone: str, addresses: Iterable[str]) -> None:
    """The hosts' addresses, on an interface that can broadcast: Samba listens on no other kind."""
    lines = [
        f"link add {_HOUSE} type veth peer name {_HOUSE}-end",
        f"link set {_HOUSE} up",
        f"link set {_HOUSE}-end up",
    ]
    for address in addresses:
        nodad = " nodad" if ":" in address else ""
        lines.append(f"addr add {address}/{ip_address(address).max_prefixlen} dev {_HOUSE}{nodad}")
    stage.run(["ip", "-n", zone, "-batch", "-"], "\n".join(lines).encode())


def _relay(folder: Path, scan: str, zone: str, round_trip_ms: float) -> None:
    script = Path(__file__).with_name("zone_relay.py")
    ready = folder / "relay-ready"
    ready.unlink(missing_ok=True)
    words = [sys.executable, script, scan, zone, LINK, str(round_trip_ms / 2000), ready]
    process = stage.spawn(folder, "relay", words)
    stage.wait_until(ready.exists, "the relay to carry packets", process=process)


def _end_all(name: str) -> None:
    """SIGKILL to what is left in a namespace of ours (children a server forgot), and wait for its end."""
    for pid in processes(name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    stage.wait_until(lambda: not processes(name), f"the processes of {name} to end", 10)


def processes(name: str) -> list[int]:
    """The pids of the processes of a namespace."""
    return [int(pid) for pid in stage.run(["ip", "netns", "pids", name]).split()]


def commands(name: str) -> list[tuple[int, list[str]]]:
    """The processes of a namespace with their words."""
    found: list[tuple[int, list[str]]] = []
    for pid in processes(name):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            words = Path("/proc", str(pid), "cmdline").read_bytes().decode(errors="replace").split("\0")
            found.append((pid, words))
    return found


def _rules(door: Door) -> str:
    """The zone's packet filter. The watch comes first of all, the losses before the hosts' own filters."""
    door4 = [place for place in door.services if "." in place[0]]
    door6 = [place for place in door.services if ":" in place[0]]
    redirected = "\n    ".join(
        f"ip daddr {address} meta l4proto tcp dnat ip to {address}:{door.tarpit_port}" for address in door.tarpits
    )
    tracked = ", ".join((*door.tarpits, *door.syn_proxies))
    proxied = ", ".join(door.syn_proxies)
    proxy = f"""
  chain tracking {{ type filter hook prerouting priority raw + 10;
    ip daddr {{ {proxied} }} tcp flags syn notrack
    ip daddr != {{ {tracked} }} notrack
    meta nfproto ipv6 notrack
  }}
  chain answers {{ type filter hook output priority raw; ip saddr != {{ {tracked} }} notrack
    meta nfproto ipv6 notrack
  }}
  chain tarpit {{ type nat hook prerouting priority dstnat;
    {redirected}
  }}
  chain proxy {{ type filter hook input priority 10;
    ip daddr {{ {proxied} }} meta l4proto tcp ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
    ip daddr {{ {proxied} }} ct state invalid drop
  }}
"""
    return f"""table {_TABLE} {{
  set touched4 {{ type ipv4_addr; size 65536; flags dynamic; }}
  set touched6 {{ type ipv6_addr; size 65536; flags dynamic; }}
  set open4 {{ type ipv4_addr . inet_proto . inet_service; {_elements(door4)} }}
  set open6 {{ type ipv6_addr . inet_proto . inet_service; {_elements(door6)} }}
  set dropping4 {{ type ipv4_addr; {_elements(a for a in door.dropping if "." in a)} }}
  set dropping6 {{ type ipv6_addr; {_elements(a for a in door.dropping if ":" in a)} }}
  set unpinged4 {{ type ipv4_addr; {_elements(a for a in door.unpinged if "." in a)} }}
  set unpinged6 {{ type ipv6_addr; {_elements(a for a in door.unpinged if ":" in a)} }}
  chain watch {{ type filter hook prerouting priority raw;
    iifname != "{LINK}" accept
    ip6 daddr ff02::/16 icmpv6 type {{ 133, 134, 135, 136, 143 }} accept
    ip6 daddr {{ {GATEWAY6}, fe80::/10 }} icmpv6 type {{ 135, 136 }} accept
    update @touched4 {{ ip daddr }}
    update @touched6 {{ ip6 daddr }}
  }}
  chain lost_in {{ }}
  chain lost_out {{ }}
  chain input {{ type filter hook input priority filter;
    iifname != "{LINK}" accept
    icmpv6 type {{ 133, 134, 135, 136 }} accept
    jump lost_in
    ip daddr @unpinged4 icmp type echo-request drop
    ip6 daddr @unpinged6 icmpv6 type echo-request drop
    meta l4proto {{ tcp, udp }} ip daddr @dropping4 ip daddr . meta l4proto . th dport != @open4 drop
    meta l4proto {{ tcp, udp }} ip6 daddr @dropping6 ip6 daddr . meta l4proto . th dport != @open6 drop
  }}
  chain output {{ type filter hook output priority filter; oifname "{LINK}" jump lost_out
  }}{proxy if tracked else ""}
}}
"""


def _elements(members: Iterable[object]) -> str:
    written = [" . ".join(map(str, member)) if isinstance(member, tuple) else str(member) for member in members]
    return f"elements = {{ {', '.join(written)} }}" if written else ""


# ---------------------------------------------------------------- losses and the watch


def lose(octet: int, percent: int) -> None:
    """From now on this share of the packets is lost each way; 0 ends it."""
    lines = [f"flush chain {_TABLE} lost_in", f"flush chain {_TABLE} lost_out"]
    if percent:
        lines += [
            f"add rule {_TABLE} {chain} numgen random mod 100 < {percent} drop" for chain in ("lost_in", "lost_out")
        ]
    stage.run(["ip", "netns", "exec", names(octet)[1], "nft", "-f", "-"], "\n".join(lines).encode())


def forget_touched(octet: int) -> None:
    """Begin a new watch, once the connections of former audits no longer send anything."""
    scan = names(octet)[0]
    stage.wait_until(lambda: not inside(scan, _talking), "former connections to end", 30)
    lines = f"flush set {_TABLE} touched4\nflush set {_TABLE} touched6"
    stage.run(["ip", "netns", "exec", names(octet)[1], "nft", "-f", "-"], lines.encode())


def _talking() -> bool:
    """Whether a TCP connection of this thread's namespace may still send a packet by itself."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path("/proc/thread-self/net", table).read_text().splitlines()[1:]
    ]
    return any(words[3] not in _QUIET_STATES for words in lines)


_QUIET_STATES = {"06", "07", "0A"}
"""TIME_WAIT, CLOSE and LISTEN, as Linux writes them. Not FIN_WAIT2: the end of the other side is still answered."""


def touched(octet: int) -> set[str]:
    """Every address a packet of the scanner's namespace was meant for since `forget_touched`, arrived or not."""
    found: set[str] = set()
    for family in ("touched4", "touched6"):
        words = ["ip", "netns", "exec", names(octet)[1], "nft", "-j", "list", "set", *_TABLE.split(), family]
        for entry in json.loads(stage.run(words))["nftables"]:
            found.update(_member(element) for element in entry.get("set", {}).get("elem", ()))
    return found


@contextlib.contextmanager
def sent_words(octet: int) -> Iterator[Callable[[], int]]:
    """Counts, for as long as the block, the packets of the scanner's namespace that carry something over TCP: those
    longer than a header with the options that Linux gives (20 + 40 bytes, for the first of a connection)."""
    nft = ["ip", "netns", "exec", names(octet)[0], "nft"]
    rule = "meta l4proto tcp ip length > 60 counter name words"
    chain = f"chain output {{ type filter hook output priority filter; {rule}; }}"
    stage.run([*nft, "-f", "-"], f"table inet care_words {{\n  counter words {{ }}\n  {chain}\n}}\n".encode())

    def count() -> int:
        told = json.loads(stage.run([*nft, "-j", "list", "counter", "inet", "care_words", "words"]))
        return sum(entry["counter"]["packets"] for entry in told["nftables"] if "counter" in entry)

    try:
        yield count
    finally:
        stage.run([*nft, "delete", "table", "inet", "care_words"])


def _member(element: object) -> str:
    """An element of a set, bare or with what the kernel knows of it."""
    return str(element["elem"]["val"] if isinstance(element, dict) else element)


# ---------------------------------------------------------------- going in


def inside(namespace: str, call: Callable[[], T], resolver: Path | None = None) -> T:
    """The result of `call`, made in a thread of its own that has entered a namespace.

    The processes and the threads it starts are in it too. `resolver` takes the place of `/etc/resolv.conf` for them.
    """

    def entered() -> T:
        _enter(namespace)
        if resolver is not None:
            _replace_resolver(resolver)
        return call()

    with ThreadPoolExecutor(1, "inside") as pool:
        return pool.submit(entered).result()


def drop_raw_sockets() -> None:
    """For good, for this thread and the processes it will start: what a user without privileges lacks."""
    _checked(_libc.prctl(_PR_CAPBSET_DROP, _CAP_NET_RAW, 0, 0, 0), "drop raw sockets")


def _enter(namespace: str) -> None:
    with Path("/run/netns", namespace).open() as handle:
        _checked(_libc.setns(handle.fileno(), _CLONE_NEWNET), f"enter {namespace}")


def _replace_resolver(resolver: Path) -> None:
    """In a mount namespace of this thread alone, so that the rest of the process sees the usual file."""
    _checked(_libc.unshare(_CLONE_NEWNS), "unshare mounts")
    _checked(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "make mounts private")
    real = os.path.realpath("/etc/resolv.conf")
    _checked(_libc.mount(os.fsencode(resolver), os.fsencode(real), None, _MS_BIND, None), "replace resolv.conf")


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise stage.LabError(f"Could not {what}: {os.strerror(ctypes.get_errno())}.")


_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
