"""What was read of SYSVOL, the share from which group policies apply: settings, files, and who may change them.

Absent from facts when nobody asked for it. A password kept in a policy is told by the account it is for, never by its
value; registry values are kept only when a rule reads them (`policy_files.KEPT_VALUES`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from scanners.ad.descriptors import Descriptors

SECTION = "sysvol"
"""The name of the section in gaps, and in `reads` of rules."""


class Source(StrEnum):
    """Where in a policy a setting stands. Values are stored in archives: never rename."""

    REGISTRY = "registry"
    SYSTEM_ACCESS = "system_access"
    PRIVILEGE = "privilege"
    GROUP = "group"
    AUDIT = "audit"
    EVENT_AUDIT = "event_audit"
    SCRIPT = "script"
    DEPLOYED = "deployed"
    PASSWORD = "password"  # noqa: S105 - the presence of one, never its value
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of one policy.

    `policy` is its GUID in braces and capitals; `user` tells the half for people from that for machines; `name` is in
    small letters; no value at all means that the policy takes the setting away. `file` is the path below the domain's
    folder. `conditional` when it only applies to some (item-level targeting of a preference), once, or where nothing is
    set yet.
    """

    policy: str
    source: Source
    name: str
    values: tuple[str, ...]
    file: str
    user: bool = False
    conditional: bool = False

    @property
    def preference(self) -> bool:
        """Whether it is one of Group Policy preferences."""
        return "\\preferences\\" in self.file.lower()


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file or folder of SYSVOL: `changed` as Windows counts time, `descriptor` as in `Objects`."""

    path: str
    folder: bool
    size: int
    changed: int
    descriptor: int


@dataclass(frozen=True)
class Sysvol:
    """The folder of the domain in SYSVOL.

    `of_stations`: what workstations are told was kept when it was read; archives of before left it out.
    """

    settings: tuple[Setting, ...]
    files: tuple[SharedFile, ...]
    descriptors: Descriptors = field(repr=False)
    of_stations: bool = True

    @cached_property
    def by_policy(self) -> Mapping[str, tuple[Setting, ...]]:
        """The settings of each policy."""
        found: dict[str, list[Setting]] = {}
        for setting in self.settings:
            found.setdefault(setting.policy, []).append(setting)
        return {policy: tuple(settings) for policy, settings in found.items()}

    @cached_property
    def roots(self) -> tuple[SharedFile, ...]:
        """The folder of each policy."""
        return tuple(file for file in self.files if file.folder and is_policy_root(file.path))

    def of(self, *sources: Source) -> tuple[Setting, ...]:
        """The settings of these kinds, of all policies."""
        return tuple(setting for setting in self.settings if setting.source in sources)


def policy_of(path: str) -> str:
    """The GUID of the policy that a path belongs to, in braces and capitals; empty when it belongs to none."""
    parts = path.split("\\")
    inside = len(parts) > 1 and parts[0].lower() == "policies" and parts[1].startswith("{") and parts[1].endswith("}")
    return parts[1].upper() if inside else ""


def is_policy_root(path: str) -> bool:
    """Whether a path is the folder of a policy itself."""
    return path.count("\\") == 1 and bool(policy_of(path))


_SETTINGS: TypeAdapter[tuple[Setting, ...]] = TypeAdapter(tuple[Setting, ...])
_FILES: TypeAdapter[tuple[SharedFile, ...]] = TypeAdapter(tuple[SharedFile, ...])


def pack_texts(sysvol: Sysvol) -> dict[str, Any]:
    """What of it is not descriptors, as one JSON object."""
    return {
        "settings": _SETTINGS.dump_python(sysvol.settings, mode="json"),
        "files": _FILES.dump_python(sysvol.files, mode="json"),
        "of_stations": sysvol.of_stations,
    }


def unpack_texts(raw: Mapping[str, Any], descriptors: Descriptors) -> Sysvol:
    """The facts put together; ValueError when they are malformed or point outside of the descriptors."""
    files = _FILES.validate_python(tuple(raw["files"]))
    indices = np.array([file.descriptor for file in files], dtype=np.int64)
    if len(indices) and (int(indices.min()) < -2 or int(indices.max()) >= len(descriptors)):
        raise ValueError("a file of SYSVOL has a descriptor that is not there")
    settings = _SETTINGS.validate_python(tuple(raw["settings"]))
    former = tuple(map(_former, settings, raw["settings"]))
    return Sysvol(former, files, descriptors, raw.get("of_stations") is True)


def _former(setting: Setting, raw: Mapping[str, Any]) -> Setting:
    """A preference of an archive of before, which did not say whom it is for: it may be for some only."""
    return replace(setting, conditional=True) if setting.preference and "conditional" not in raw else setting
