"""Readers of what a Unix gateway says: passwd, shadow ageing, sshd -T, authorized_keys, sudoers, PAM, sockets, logs.

Each takes lines and returns facts; a line that cannot be read is left out. Nothing is opened here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from scanners.foreign_text import clean
from scanners.remote_access.facts import (
    Account,
    AuthorizedKey,
    KeyFile,
    Listener,
    PamLine,
    PrivateKeyFile,
    ShellSession,
    SshdSettings,
    SudoRule,
)

_EPOCH = date(1970, 1, 1)
_KEY_TYPE = re.compile(
    r"(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\S*\Z"
)
_ECDSA_BITS = {"nistp256": 256, "nistp384": 384, "nistp521": 521}
_MANY_DAYS = 3650
_REPEATED = ("acceptenv", "hostkey", "listenaddress", "allowusers", "allowgroups", "permitopen")

SSHD_KEYWORDS = frozenset(
    {
        "acceptenv",
        "allowagentforwarding",
        "allowgroups",
        "allowstreamlocalforwarding",
        "allowtcpforwarding",
        "allowusers",
        "authenticationmethods",
        "authorizedkeyscommand",
        "channeltimeout",
        "chrootdirectory",
        "disableforwarding",
        "forcecommand",
        "gatewayports",
        "kbdinteractiveauthentication",
        "listenaddress",
        "logingracetime",
        "loglevel",
        "maxauthtries",
        "passwordauthentication",
        "permitemptypasswords",
        "permitopen",
        "permitrootlogin",
        "permittunnel",
        "permituserenvironment",
        "pubkeyauthentication",
        "revokedkeys",
        "strictmodes",
        "trustedusercakeys",
        "usepam",
        "x11forwarding",
    }
)
"""What rules look at; the rest of `sshd -T` is not kept."""


# ---------------------------------------------------------------- accounts


def read_passwd(lines: Iterable[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[Account, ...]:
    """Accounts of `getent passwd`; `groups` gives the groups of each account."""
    return tuple(
        Account(fields[0], int(fields[2]), fields[6], fields[5], groups.get(fields[0], ()))
        for line in lines
        if len(fields := line.split(":")) == 7 and fields[2].isdecimal() and fields[3].isdecimal()
    )


def read_groups(passwd: Iterable[str], group: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Names of the groups of each account, its primary one first."""
    rows = [fields for line in group if len(fields := line.split(":")) == 4]
    by_gid = {fields[2]: fields[0] for fields in rows}
    found: dict[str, list[str]] = {}
    for line in passwd:
        fields = line.split(":")
        if len(fields) == 7 and fields[3] in by_gid:
            found.setdefault(fields[0], []).append(by_gid[fields[3]])
    for name, _, _, members in rows:
        for member in filter(None, members.split(",")):
            if name not in found.setdefault(member, []):
                found[member].append(name)
    return {account: tuple(names) for account, names in found.items()}


_PasswordState = Literal["set", "locked", "none", "unknown"]
_STATES: Mapping[str, _PasswordState] = {"set": "set", "locked": "locked", "none": "none"}


def with_ageing(accounts: Iterable[Account], lines: Iterable[str]) -> tuple[Account, ...]:
    """Accounts completed by `account:state:changed:min:max:warn:inactive:expires`, days since 1970."""
    rows = {fields[0]: fields for line in lines if len(fields := line.split(":")) == 8}
    return tuple(_aged(account, rows.get(account.name)) for account in accounts)


def _aged(account: Account, fields: Sequence[str] | None) -> Account:
    if fields is None:
        return account
    state: _PasswordState = _STATES.get(fields[1], "unknown")
    return replace(account, password=state, password_changed=_day(fields[2]), expires=_day(fields[7]))


def _day(text: str) -> date | None:
    if not text.isdecimal() or int(text) > 2_000_000:
        return None
    return _EPOCH + timedelta(days=int(text))


def with_logins(accounts: Iterable[Account], lines: Iterable[str]) -> tuple[Account, ...]:
    """Accounts completed by the output of `lastlog` (C locale)."""
    seen = {line.split()[0]: _login_time(line) for line in lines if line.strip()}
    return tuple(replace(account, last_login=seen.get(account.name)) for account in accounts)


def _login_time(line: str) -> datetime | None:
    words = line.split()[-6:]
    try:
        return datetime.strptime(" ".join(words), "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
    except ValueError:
        return None


# ---------------------------------------------------------------- sshd


def read_sshd(account: str, address: str, lines: Iterable[str], code: int) -> SshdSettings:
    """`sshd -T`; its complaint becomes `error` when it ended otherwise than 0."""
    text = list(lines)
    if code != 0:
        return SshdSettings(account, address, {}, clean(text[-1] if text else f"code {code}", 200))
    values: dict[str, str] = {}
    for line in text:
        keyword, _, value = line.partition(" ")
        keyword = keyword.lower()
        if keyword not in SSHD_KEYWORDS:
            continue
        repeated = keyword in _REPEATED and keyword in values
        values[keyword] = f"{values[keyword]} {value.strip()}" if repeated else value.strip()
    return SshdSettings(account, address, values)


def read_key_file(account: str, path: str, lines: Sequence[str], code: int) -> KeyFile:
    """What the first line of a `keys` section says of the file: kind;owner;mode;modified;size."""
    fields = lines[0].split(";") if lines else []
    if len(fields) != 5:
        return KeyFile(account, path, "", "", 0, clean(lines[-1] if lines else f"code {code}", 200))
    error = clean(lines[-1], 200) if code != 0 else ""
    mode = int(fields[2], 8) if re.fullmatch("[0-7]+", fields[2]) else 0
    return KeyFile(account, path, clean(fields[0], 40), clean(fields[1], 40), mode, error, _written(fields[3]))


def _written(seconds: str) -> date | None:
    """The day of a number of seconds since 1970."""
    return _day(str(int(seconds) // 86400)) if seconds.isdecimal() and len(seconds) < 12 else None


def read_keys(account: str, path: str, lines: Iterable[str]) -> Iterator[AuthorizedKey]:
    """The keys of an authorized_keys file; lines are numbered from 1."""
    for number, line in enumerate(lines, 1):
        key = _key(account, path, number, line.strip())
        if key is not None:
            yield key


def _key(account: str, path: str, number: int, line: str) -> AuthorizedKey | None:
    if not line or line.startswith("#"):
        return None
    options, rest = ("", line) if _KEY_TYPE.match(line.split()[0]) else _options_and_rest(line)
    words = rest.split(None, 2)
    if len(words) < 2 or not _KEY_TYPE.match(words[0]):
        return None
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return None
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    comment = clean(words[2], 200) if len(words) > 2 else ""
    bits = key_bits(words[0], blob)
    return AuthorizedKey(account, path, number, words[0], bits, f"SHA256:{digest}", _options(options), comment)


def _options_and_rest(line: str) -> tuple[str, str]:
    """Options end at the first blank outside quotes."""
    quoted = False
    for place, character in enumerate(line):
        if character == '"' and (place == 0 or line[place - 1] != "\\"):
            quoted = not quoted
        elif character in " \t" and not quoted:
            return line[:place], line[place:].strip()
    return line, ""


def _options(text: str) -> dict[str, str]:
    """Options by name; the values of one that comes back are joined by commas."""
    found: dict[str, str] = {}
    for name, value in re.findall(r'([A-Za-z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?', text):
        option, shown = name.lower(), clean(value, 500)
        found[option] = f"{found[option]},{shown}" if found.get(option) else shown
    return found


def key_bits(key_type: str, blob: bytes) -> int | None:
    """Size of a public key in bits, from its SSH wire form (RFC 4253, 6.6); None when it cannot be told."""
    if "ed25519" in key_type:
        return 256
    curve = key_type.rpartition("-")[2].partition("@")[0]
    if curve in _ECDSA_BITS:
        return _ECDSA_BITS[curve]
    numbers = _wire_strings(blob)
    place = {"ssh-rsa": 2, "ssh-dss": 1}.get(key_type)
    if place is None or len(numbers) <= place:
        return None
    return int.from_bytes(numbers[place], "big").bit_length()


def _wire_strings(blob: bytes) -> list[bytes]:
    found, place = list[bytes](), 0
    while place + 4 <= len(blob):
        (size,) = struct.unpack_from(">I", blob, place)
        if place + 4 + size > len(blob):
            break
        found.append(blob[place + 4 : place + 4 + size])
        place += 4 + size
    return found


# ---------------------------------------------------------------- sudo and PAM


_MOST_ALIASES = 500
_ALIAS = re.compile(r"Cmnd_Alias\s+(.*)\Z")
_COMMAND = re.compile(r"(?:\(([^)]*)\)\s*)?((?:[A-Z_]+:\s*)*)(.*)\Z", re.DOTALL)


def read_aliases(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What each `Cmnd_Alias` of sudoers stands for, aliases inside aliases included."""
    named: dict[str, tuple[str, ...]] = {}
    for _, line in _joined(lines):
        match = _ALIAS.match(line)
        for one in re.split(r"(?<!\\):", match[1]) if match and len(named) < _MOST_ALIASES else ():
            name, _, commands = one.partition("=")
            named[name.strip()] = _listed(commands)
    return {name: _unfolded(commands, named) for name, commands in named.items()}


def _unfolded(commands: Iterable[str], named: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The commands, aliases replaced; an alias within itself, which sudo refuses, is left as it is written."""
    found, left, seen = list[str](), list(commands), set[str]()
    while left:
        command = left.pop(0)
        if command in named and command not in seen:
            seen.add(command)
            left = [*named[command], *left]
        else:
            found.append(command)
    return tuple(found)


def read_sources(lines: Iterable[str], database: str) -> tuple[str, ...]:
    """Where nsswitch.conf has a database looked up, in order, what to do of each answer left out."""
    found = list[str]()
    for line in lines:
        name, colon, rest = line.partition("#")[0].partition(":")
        if colon and name.strip() == database:
            found += re.sub(r"\[[^\]]*\]", " ", rest).split()
    return tuple(dict.fromkeys(found))


_INCLUDE = re.compile(r"[@#]include(?:dir)?\s+(.+)\Z")


def read_sudo_includes(lines: Iterable[str], source: str) -> Iterator[str]:
    """What a sudoers file includes, files and folders, by their whole path."""
    for _, line in _joined(lines):
        match = _INCLUDE.match(line)
        if match is not None:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1].strip().strip('"')))


_DEFAULTS = re.compile(r"Defaults(?:\s+|([:@>!])\s*((?:[^\s,]+\s*,\s*)*[^\s,]+)\s+)(.*)\Z")
_AUTHENTICATE = re.compile(r"(?:\A|,)\s*(!?)\s*authenticate\s*(?=,|\Z)")
EVERYBODY = "ALL"


def read_unasked(lines: Iterable[str], groups: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Whom `Defaults !authenticate` asks for no password: `ALL`, users, `%group`, and those of a group or alias.

    One that holds for a host, a command or an identity is taken for everybody: which it spares is not worked out.
    """
    named: dict[str, tuple[str, ...]] = {}
    scopes: dict[tuple[str, str], bool] = {}
    for _, line in _joined(lines):
        alias = re.match(r"User_Alias\s+(.*)\Z", line)
        for one in re.split(r"(?<!\\):", alias[1]) if alias and len(named) < _MOST_ALIASES else ():
            name, _, users = one.partition("=")
            named[name.strip()] = _listed(users)
        match = _DEFAULTS.match(line)
        said = _AUTHENTICATE.findall(match[3]) if match is not None else []
        if match is not None and said:
            scopes[(match[1] or "", match[2] or "")] = said[-1] == "!"
    found = set[str]()
    for (kind, who), spared in scopes.items():
        if spared:
            found.update(_unfolded(_listed(who), named) if kind == ":" else (EVERYBODY,))
    members = {account for account, names in groups.items() if any(f"%{name}" in found for name in names)}
    their_groups = {f"%{name}" for account in found for name in groups.get(account, ())}
    by_alias = {name for name, users in named.items() if found & set(_unfolded(users, named))}
    return frozenset(found | members | their_groups | by_alias)


def read_sudoers(
    source: str,
    lines: Iterable[str],
    aliases: Mapping[str, tuple[str, ...]] | None = None,
    unasked: frozenset[str] = frozenset(),
) -> Iterator[SudoRule]:
    """Rights of one sudoers file: `who host=(as) TAG: command, TAG: command`. Aliases of users are not unfolded.

    `unasked` are those whom sudo asks for no password unless a tag says so (`read_unasked`).
    """
    for number, line in _joined(lines):
        match = re.match(r"(\S+)\s+[^=\s]+\s*=\s*(.*)\Z", line)
        if match is None or line.startswith(("#", "Defaults", "@")) or re.match(r"[A-Z][a-z]+_Alias\b", line):
            continue
        free = EVERYBODY in unasked or bool(unasked & {match[1], *match[1].split(",")})
        yield from _rights(source, number, match[1], match[2], aliases or {}, no_password=free)


def _rights(
    source: str, number: int, who: str, rest: str, aliases: Mapping[str, tuple[str, ...]], *, no_password: bool
) -> Iterator[SudoRule]:
    """One right by way of running: an identity or a tag written before a command holds for those that follow."""
    run_as = "root"
    granted: dict[tuple[str, bool], list[str]] = {}
    for part in _listed(rest):
        match = _COMMAND.match(part)
        if match is None:
            continue
        run_as = match[1] if match[1] is not None else run_as
        tags = match[2].replace(" ", "").split(":")
        no_password = (no_password or "NOPASSWD" in tags) and "PASSWD" not in tags
        granted.setdefault((run_as, no_password), []).extend(_unfolded([match[3].strip()], aliases))
    for (identity, free), commands in granted.items():
        yield SudoRule(source, number, clean(who, 64), clean(identity, 64), free, tuple(filter(None, commands)))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"(?<!\\),", text) if part.strip())


def _joined(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, those ending in a backslash joined to the next."""
    held, first = "", 0
    for number, line in enumerate(lines, 1):
        first = first if held else number
        held += line.strip()
        if held.endswith("\\"):
            held = held[:-1] + " "
            continue
        if held:
            yield first, held
        held = ""
    if held:
        yield first, held


_PAM_TYPES = ("auth", "account", "password", "session")


def read_pam(file: str, lines: Iterable[str]) -> Iterator[PamLine]:
    """Lines of one PAM file, comments left out; `@include FILE` (Debian) is an `include` of each type."""
    for _, line in _joined(lines):
        match = re.match(r"-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(\S+)(.*)\Z", line)
        if match is not None:
            yield PamLine(file, match[1], match[2], match[3].rpartition("/")[2], tuple(match[4].split()))
        elif (named := re.match(r"@include\s+(\S+)", line)) is not None:
            yield from (PamLine(file, kind, "include", named[1].rpartition("/")[2]) for kind in _PAM_TYPES)


# ---------------------------------------------------------------- sockets, logs, shells


def read_listeners(lines: Iterable[str]) -> Iterator[Listener]:
    """Sockets of `ss -H -lntu`."""
    for line in lines:
        fields = line.split()
        if len(fields) < 5 or fields[0] not in {"tcp", "udp"}:
            continue
        address, _, port = fields[4].rpartition(":")
        address = address.partition("%")[0].strip("[]")
        if port.isdecimal():
            protocol: Literal["tcp", "udp"] = "tcp" if fields[0] == "tcp" else "udp"
            yield Listener(protocol, "*" if address in {"0.0.0.0", "::", "*"} else address, int(port))  # noqa: S104 - read


_HERE = re.compile(r"(?:https?://)?(?:127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)(?:[:/]\d*\S*)?\Z", re.IGNORECASE)


def read_log_targets(lines: Iterable[str]) -> Iterator[str]:
    """Remote destinations in rsyslog (both syntaxes), syslog-ng or systemd-journal-upload configuration; the machine
    itself is none."""
    text = "\n".join(line.partition("#")[0] for line in lines)
    found = list[str]()
    for action in re.findall(r'\(([^()]*type\s*=\s*"om(?:fwd|relp)"[^()]*)\)', text):
        found += re.findall(r'target\s*=\s*"([^"]+)"', action)
    found += re.findall(r"(?m)^\S+\s+@@?(?:\([^)]*\))?\[?([\w.:-]+)", text)
    found += re.findall(r'\b(?:network|tcp|udp|syslog)\s*\(\s*"([\w.:-]+)"', text)
    found += re.findall(r"(?m)^URL=(\S+)", text)
    return (target for target in found if not _HERE.match(target))


def read_rotation(lines: Iterable[str]) -> int | None:
    """Days of history that logrotate keeps at least: the shortest `rotate` times its period; None without any."""
    days, kept = 7, list[int]()
    for line in lines:
        word = line.strip()
        days = {"daily": 1, "weekly": 7, "monthly": 30, "yearly": 365}.get(word, days)
        match = re.match(r"rotate\s+(\d+)\Z", word)
        if match is not None:
            kept.append(min(int(match[1]) * days, _MANY_DAYS))
    return min(kept, default=None)


def read_shell_timeout(lines: Iterable[str]) -> int | None:
    """Seconds of the last TMOUT set in shell profiles; None when there is none or it is 0."""
    found = None
    for line in lines:
        match = re.match(r"\s*(?:(?:readonly|export|declare\s+-\S+|typeset\s+-\S+)\s+)*TMOUT=(\d+)", line)
        if match is not None:
            found = int(match[1]) or None
    return found


_SPAN = re.compile(r"(\d{1,9})\s*(us|ms|seconds?|sec|s|minutes?|min|m|hours?|hr|h|days?|d|)\s*")
_SPANS = {"u": 0, "s": 1, "m": 60, "h": 3600, "d": 86_400, "": 1}


def read_idle_stop(lines: Iterable[str]) -> int | None:
    """Seconds of the last `StopIdleSessionSec` of logind.conf and its drop-ins; None when it is not set, or never."""
    found = None
    for line in lines:
        name, equal, value = line.strip().partition("=")
        if equal and name.strip() == "StopIdleSessionSec":
            found = _span(value.strip())
    return found


def _span(text: str) -> int | None:
    """A time span of systemd (`15min`, `1h 30min`, `900`) in seconds; None for `infinity`, 0 or what is no span."""
    parts = _SPAN.findall(text)
    if "".join(f"{number}{unit}" for number, unit in parts) != "".join(text.split()):
        return None
    return sum(int(number) * (0 if unit == "ms" else _SPANS[unit[:1]]) for number, unit in parts) or None


def read_private_keys(account: str, lines: Iterable[str]) -> Iterator[PrivateKeyFile]:
    """Private keys in the folder of an account: `clear;PATH` or `protected;PATH`, never a line of them."""
    for line in lines:
        state, _, path = line.partition(";")
        if state in {"clear", "protected"} and path:
            yield PrivateKeyFile(account, clean(path), state == "protected")


# ---------------------------------------------------------------- sessions, processes, interfaces

_LONGEST_LINE = 500
_NOT_PEOPLE = {"reboot", "shutdown", "runlevel", "boot", "wtmp"}
_DATE = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
_SESSION = re.compile(rf"(\S+)\s+(\S+)\s+(?:(\S+)\s+)??({_DATE})\s*(?:- ({_DATE})|(still logged in))?")
_MACHINE_INSIDE = ("lo", "docker", "br-", "veth", "virbr", "cni", "flannel", "cali", "podman")
"""Interfaces that lead nowhere but to this machine and what it holds."""


def read_sessions(lines: Iterable[str]) -> Iterator[ShellSession]:
    """Sessions of `last -w -F` (C locale, UTC), the latest first; starts of the machine are left out."""
    for line in lines:
        match = _SESSION.match(line[:_LONGEST_LINE])
        started = _moment(match[4]) if match else None
        if match is None or started is None or match[1] in _NOT_PEOPLE:
            continue
        source = "" if match[3] in {None, "0.0.0.0"} else clean(match[3], 100)  # noqa: S104 - what `last` writes
        yield ShellSession(
            clean(match[1], 64), clean(match[2], 32), source, started, _moment(match[5] or ""), bool(match[6])
        )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def read_processes(lines: Iterable[str]) -> tuple[str, ...]:
    """Names of what runs, as the kernel cuts them (15 characters)."""
    return tuple(sorted({clean(line, 15) for line in lines} - {""}))


def read_interfaces(lines: Iterable[str]) -> tuple[str, ...]:
    """Network cards with an address that others reach (`ip -o addr show scope global`), those of containers apart."""
    names = {fields[1].partition("@")[0] for line in lines if len(fields := line.split()) > 1}
    return tuple(sorted(clean(name, 32) for name in names if not name.startswith(_MACHINE_INSIDE)))


def read_clock(said: str, now: datetime) -> int | None:
    """By how many seconds the gateway's clock is ahead of ours, a few seconds of travel included; None when untold."""
    try:
        theirs = datetime.strptime(said, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return round((theirs - now).total_seconds())


def read_journal(lines: Iterable[str]) -> str:
    """Where systemd keeps its journal: `persistent`, `volatile` (gone when the machine stops), empty when untold."""
    said = next(iter(lines), "").strip()
    return said if said in {"persistent", "volatile"} else ""
