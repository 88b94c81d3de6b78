"""What a remote-access gateway and the register of accesses say, and what could not be read of them.

Sections named by gaps: `accounts`, `ageing`, `sshd`, `keys`, `sudo`, `pam`, `lastlog`, `wtmp`, `listening`, `syslog`,
`logrotate`, `profile`, `private_keys`, `processes`, `addresses`, `algorithms`, `other_keys`,
`register`; of lists: see `listed`.
No password, hash or private key is ever kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from scanners.archive import CollectedAt, DataclassFormat
from scanners.model import Gap, Rule
from scanners.remote_access.listed import LIST_SECTIONS, NOTHING_LISTED, Listed
from scanners.ssh_offer import Ssh

MAX_SECTION_BYTES = 262_144
"""What the collector keeps of one section; a longer one is read in part."""
MAX_OUTPUT_BYTES = 16 << 20
"""What is read of one session: 200 accounts take about 2 MB."""
MAX_REGISTER_BYTES = 4 << 20
MAX_REGISTER_ROWS = 20_000

PROTOCOL_CLAUSE, REPORT_CLAUSE = "O-9.7", "O-9.13"
CLAUSES = (PROTOCOL_CLAUSE, REPORT_CLAUSE)
"""Of the security clauses of health (clausier santé v2): who does what, a report after each intervention."""
REGISTER_SECTION = "register"
GATEWAY_SECTIONS = frozenset(
    {"accounts", "ageing", "sshd", "keys", "sudo", "pam", "lastlog", "wtmp", "listening", "syslog"}
    | {"logrotate", "profile", "private_keys", "processes", "addresses", "algorithms"}
)
"""What is read on a gateway."""
OTHER_KEYS = "other_keys"
"""What was read on the others."""

TO_CLOSE, TO_CORRECT, CONFIRMED = "revoked", "changed", "confirmed"
"""What the last review decided of an access."""

OUTSIDE, INSIDE = "203.0.113.10", "10.0.0.10"
"""The two source addresses for which sshd is asked what it would do: Internet (RFC 5737) and the hospital's network."""


def is_person(uid: int) -> bool:
    """Whether a number is one of people: below 1000 are the system's accounts (Debian and Red Hat), from 65000 to 65535
    reserved ones (65534 is nobody); directories number theirs above. The last two are nobody of 32 bits."""
    return 1000 <= uid < 65_000 or 65_536 <= uid < 4_294_967_294


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the gateway. `password`: `none` is an empty one; ageing is unknown without the root collector."""

    name: str
    uid: int
    shell: str
    home: str
    groups: tuple[str, ...] = ()
    password: Literal["set", "locked", "none", "unknown"] = "unknown"  # noqa: S105 - a state
    password_changed: date | None = None
    expires: date | None = None
    last_login: datetime | None = None


@dataclass(frozen=True, slots=True)
class SshdSettings:
    """Effective configuration of sshd (`sshd -T`), keywords in lower case, for an account coming from an address.

    `account` and `address` are empty for the global one; `error` is what sshd says when it refuses to answer.
    """

    account: str
    address: str
    values: Mapping[str, str]
    error: str = ""

    def is_on(self, keyword: str) -> bool:
        """Whether a keyword is set to something other than `no` or `none`."""
        return self.values.get(keyword, "no") not in {"no", "none", ""}


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One file of authorized keys. `mode` is the permission bits; `error` is set when its owner cannot read it.

    `modified` is the last day it was written (None: unknown).
    """

    account: str
    path: str
    kind: str
    owner: str
    mode: int
    error: str = ""
    modified: date | None = None


@dataclass(frozen=True, slots=True)
class AuthorizedKey:
    """One key an account may log in with; `bits` is None for an unknown type, options in lower case."""

    account: str
    path: str
    line: int
    type: str
    bits: int | None
    fingerprint: str
    options: Mapping[str, str]
    comment: str = ""

    @property
    def restricted(self) -> bool:
        """Whether the key itself forbids port forwarding."""
        return ("restrict" in self.options and "port-forwarding" not in self.options) or (
            "no-port-forwarding" in self.options
        )

    @property
    def without_x11(self) -> bool:
        """Whether the key itself forbids X11 forwarding: `no-port-forwarding` does not."""
        return ("restrict" in self.options and "x11-forwarding" not in self.options) or (
            "no-x11-forwarding" in self.options
        )

    @property
    def confined(self) -> bool:
        """Whether the key may only reach destinations named one by one."""
        return bool(named := self.options.get("permitopen", "")) and not any(
            place.startswith("*") for place in named.replace(",", " ").split()
        )

    def ended(self, today: date) -> bool:
        """Whether `expiry-time=` is over: sshd takes the key no more."""
        return (last := self.last_day) is not None and last < today

    @property
    def last_day(self) -> date | None:
        """The day of `expiry-time=` (`YYYYMMDD` and perhaps an hour); None without one, or when it cannot be read."""
        written = self.options.get("expiry-time", "")[:8]
        try:
            return date(int(written[:4]), int(written[4:6]), int(written[6:]))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class OtherKey:
    """A key that another gateway of the establishment accepted when it was last looked at, and for which account.

    `machine` is what that gateway was known by (`RemoteAccessFacts.machine`): two targets may be one machine.
    """

    fingerprint: str
    gateway: str
    account: str
    machine: str = ""


@dataclass(frozen=True, slots=True)
class PrivateKeyFile:
    """A private key kept on the gateway, in the folder of an account; `protected` by a passphrase, or in clear."""

    account: str
    path: str
    protected: bool


@dataclass(frozen=True, slots=True)
class ShellSession:
    """One session of wtmp. `source` is the address it came from, empty on the console; `ended` is None for one that
    goes on, or whose end was not recorded."""

    account: str
    terminal: str
    source: str
    started: datetime
    ended: datetime | None = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class SudoRule:
    """One right of sudoers: who, as whom, which commands. `who` begins with `%` for a group."""

    source: str
    line: int
    who: str
    run_as: str
    no_password: bool
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PamLine:
    """One line of a PAM file; that of an `include` or a `substack` names a file as its module."""

    file: str
    type: str
    control: str
    module: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listener:
    """One listening socket; `address` is `*` for every interface."""

    protocol: Literal["tcp", "udp"]
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Access:
    """One row of the register of remote accesses. None and "" mean that the cell is empty, unless `unread` names it:
    something is written there that is not understood.

    `clauses` says where those of its contract stand (`CLAUSES`: covered, partly, absent…), as far as they were read;
    `sources` are the only addresses it is open to; `report` whether a report follows each intervention; `attested` when
    the supplier last stated its compliance; `flow_reviewed` when the opening of its flows was last approved.
    `decision` is what its last review decided and nobody carried out since (`TO_CLOSE`, `TO_CORRECT`), on the day
    `decided`; of an access that is ended, `decided` is the day it was.
    """

    line: int
    supplier: str = ""
    equipment: str = ""
    owner: str = ""
    purpose: str = ""
    technology: str = ""
    accounts: tuple[str, ...] = ()
    starts: date | None = None
    ends: date | None = None
    enabled: bool | None = None
    intervention: str = ""
    gateway: bool | None = None
    second_factor: bool | None = None
    level: int | None = None
    security_plan: date | None = None
    reviewed: date | None = None
    emergency_contact: str = ""
    trace_days: int | None = None
    unread: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    contract: str = ""
    clauses: Mapping[str, str] = field(default_factory=dict)
    report: bool | None = None
    attested: date | None = None
    flow_reviewed: date | None = None
    emergency_how: str = ""
    decision: str = ""
    decided: date | None = None

    def lacks(self, field: str) -> bool:
        """Whether the cell is really empty: one that is not understood is a gap, not a fault of its row."""
        return not getattr(self, field) and field not in self.unread


@dataclass(frozen=True, slots=True)
class Register:
    """The register of accesses; `columns` are those its file has, by the names of `Access`.

    `ended` are accesses that are over, as far as they are kept: their accounts should be too.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Access, ...]
    ended: tuple[Access, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteAccessFacts:
    """One review. `gateway` is the address connected to, `audit_account` the one used to look; both are empty when the
    register alone was read. `register_apart`: the register has its own audit, and is here to be compared with.

    `log_targets` are the remote destinations of logs, `rotation_days` how long the gateway keeps its own (None when
    no rotation is set), `shell_timeout` the seconds after which an idle shell ends (None: never), `idle_stop` those
    after which systemd-logind ends an idle session. `processes` are the names of what runs, `interfaces` those of the
    network cards that have a routable address, `clock_offset` the seconds by which its clock is ahead of ours (behind:
    negative). `offer` is what its SSH server proposes before anyone logs in. `journal` is where systemd keeps its
    own: `persistent`, `volatile`, empty when untold. None is what former collectors did not ask for.
    `listed` is what lists of accounts, sessions and tickets say. `other_keys` are those of the other gateways, as far
    as their last audits told (None: nobody compared); `unread_gateways` are those that told nothing, or not all.
    `host_key` is the fingerprint of the key that its SSH server showed us.
    """

    collected_at: CollectedAt
    gateway: str
    audit_account: str
    hostname: str = ""
    system: str = ""
    accounts: tuple[Account, ...] = ()
    sshd: tuple[SshdSettings, ...] = ()
    key_files: tuple[KeyFile, ...] = ()
    keys: tuple[AuthorizedKey, ...] = ()
    sudo: tuple[SudoRule, ...] = ()
    pam: tuple[PamLine, ...] = ()
    listeners: tuple[Listener, ...] = ()
    log_targets: tuple[str, ...] = ()
    rotation_days: int | None = None
    shell_timeout: int | None = None
    idle_stop: int | None = None
    register: Register | None = None
    private_keys: tuple[PrivateKeyFile, ...] | None = None
    shell_sessions: tuple[ShellSession, ...] | None = None
    processes: tuple[str, ...] | None = None
    interfaces: tuple[str, ...] | None = None
    clock_offset: int | None = None
    journal: str = ""
    offer: Ssh | None = None
    gaps: tuple[Gap, ...] = ()
    listed: Listed = NOTHING_LISTED
    register_apart: bool = False
    other_keys: tuple[OtherKey, ...] | None = None
    unread_gateways: tuple[str, ...] = ()
    host_key: str = ""

    @property
    def machine(self) -> str:
        """What tells this gateway from others whatever the address it was reached at: the key it shows and its own
        name, since clones often share their keys; empty when either is unknown."""
        return f"{self.hostname.casefold()} {self.host_key}" if self.hostname and self.host_key else ""

    def asks(self, rule: Rule[Any]) -> bool:
        """Whether the review was made for a rule: a gateway must have been looked at for those that read it, lists
        given for those that read them (they are of the establishment: one review is given them), a register for those
        that read nothing else, which are left to its own audit when it has one."""
        reads = set(rule.reads)
        if reads & LIST_SECTIONS:
            return bool(self.listed.lists)
        if reads == {REGISTER_SECTION}:
            return not self.register_apart if self.gateway else self.register is not None
        return bool(self.gateway) and (OTHER_KEYS not in reads or self.other_keys is not None)


FORMAT = DataclassFormat(RemoteAccessFacts, schema=1)
