"""Playbooks that close a family of findings on the machines they were found on: which machines, with which settings.

Nothing of a finding reaches Ansible but a host name, an address, a port or an account name, each checked here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from scanners.model import Text

MAX_MACHINES = 1_000
"""Machines of one bundle: beyond, a campaign is split by ward. Our choice."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}\Z")
_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):(?P<port>\d{1,5})(?:/[a-z]+)?\Z")
_SSH_RULES = "exposure.ssh_"


class System(StrEnum):
    """What a playbook knows how to set up."""

    LINUX = "linux"
    WINDOWS = "windows"


class Targets(StrEnum):
    """Where its machines come from: the subjects of findings, or a person who names them (domain controllers…)."""

    SUBJECTS = "subjects"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Variable:
    """A setting of a playbook that people may change with `-e`; a required one has no default."""

    name: str
    text: Text
    default: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """One packaged playbook: `files` are those of its role, by path, shipped as they are.

    `rules` gives the settings that each rule it closes asks for.
    """

    name: str
    title: Text
    system: System
    targets: Targets
    rules: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, str]
    variables: tuple[Variable, ...] = ()
    notes: tuple[Text, ...] = ()
    accounts: bool = False

    def closes(self, rule_id: str) -> bool:
        """Whether the playbook knows what to do about a rule."""
        return rule_id in self.rules

    def settings(self, rule_ids: Iterable[str]) -> dict[str, Any]:
        """The variables for these rules: defaults, then what each rule asks for, dictionaries and lists joined."""
        values = {one.name: one.default for one in self.variables if not one.required}
        for rule_id in sorted(set(rule_ids)):
            for name, value in self.rules.get(rule_id, {}).items():
                values[name] = _joined(values.get(name), value)
        return dict(sorted(values.items()))


def _joined(before: Any, value: Any) -> Any:  # noqa: ANN401 - values of a YAML file
    if isinstance(before, dict) and isinstance(value, dict):
        return dict(sorted({**before, **value}.items()))
    if isinstance(before, list) and isinstance(value, list):
        return sorted({*before, *value})
    return value


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of the inventory. `host` is a name or an address; `port` is that of SSH when it was seen elsewhere."""

    host: str
    accounts: frozenset[str] = frozenset()
    port: int | None = None

    @property
    def alias(self) -> str:
        """How the inventory calls it: IPv6 addresses have signs that Ansible reads as ranges and ports."""
        return "ip6-" + self.host.replace(":", "-") if ":" in self.host else self.host


@dataclass(frozen=True, slots=True)
class Aim:
    """The machines found in subjects, and the subjects that name none."""

    machines: tuple[Machine, ...]
    left_out: tuple[str, ...] = ()


def aim(found: Iterable[tuple[str, str]]) -> Aim:
    """The machines of findings given as (rule, subject), each once, sorted; what names no machine is left out."""
    machines: dict[str, Machine] = {}
    left_out = set()
    for rule_id, subject in found:
        machine = machine_of(rule_id, subject)
        if machine is None:
            left_out.add(subject)
            continue
        known = machines.get(machine.host, machine)
        machines[machine.host] = Machine(machine.host, known.accounts | machine.accounts, known.port or machine.port)
    return Aim(tuple(machines[host] for host in sorted(machines)), tuple(sorted(left_out)))


def machine_of(rule_id: str, subject: str) -> Machine | None:
    """The machine a canonical subject names: `10.0.0.1:22/tcp`, `10.0.0.1/account`, `HOPITAL\\SRV01$`, `srv01`…

    What follows a space is a detail, but only after an address, a port or a dotted name: `Medimage SA/IRM` is none.
    """
    first, space, _detail = subject.partition(" ")
    if match := _PORT.match(first):
        host = named(match["host"].strip("[]"))
        return Machine(host, port=_ssh_port(rule_id, int(match["port"]))) if host else None
    place, slash, account = first.partition("/")
    host = named(place.rpartition("\\")[2].removesuffix("$"))
    if host is None or (slash and account and not _ACCOUNT.match(account)) or (space and not {".", ":"} & set(host)):
        return None
    return Machine(host, frozenset({account}) if account else frozenset())


def named(text: str) -> str | None:
    """A host name or an address as written in an inventory, or None when it is neither."""
    text = text.strip()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    plain = len(text) <= 253 and _HOST.match(text) is not None
    return text.lower() if plain and not text.replace(".", "").isdigit() else None


def _ssh_port(rule_id: str, port: int) -> int | None:
    return port if rule_id.startswith(_SSH_RULES) and port != 22 and port < 65536 else None


def asked_machines(text: str) -> tuple[tuple[Machine, ...], tuple[str, ...]]:
    """The machines a person typed, one a line or separated by spaces, commas or semicolons; and what is no machine."""
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    hosts = {word: named(word) for word in words}
    machines = tuple(Machine(host) for host in sorted({host for host in hosts.values() if host}))
    return machines, tuple(word for word, host in hosts.items() if host is None)


@dataclass(frozen=True, slots=True)
class Recipes:
    """Every packaged playbook by name."""

    by_name: Mapping[str, Recipe] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType(dict(self.by_name)))
