"""A repository of the inventory as a backup plan describes it: where it is, never what opens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from care.domain.backups import Reach, RepositoryTool
from care.store.backups import BackupRepository


@dataclass(frozen=True, slots=True)
class RepositoryDraft:
    """A repository as typed in. What its way does not use is left aside."""

    name: str
    tool: RepositoryTool | None = None
    reach: Reach = Reach.LOCAL
    path: str = ""
    host: str = ""
    port: int | None = None
    account: str = ""
    bucket: str = ""
    region: str = ""
    host_keys: str = ""
    tls: bool = True
    ca: str = ""
    pattern: str = "*"
    identity: str = ""
    note: str = ""


Located = BackupRepository | RepositoryDraft
"""What says where a repository is: a line of the inventory, or what somebody typed."""
_FIELDS: dict[Reach, dict[str, str]] = {
    Reach.SSH: {"host": "host", "user": "account", "path": "path", "host_keys": "host_keys"},
    Reach.REST: {"host": "host", "path": "path", "user": "account", "tls": "tls", "ca": "ca"},
    Reach.S3: {
        "host": "host", "bucket": "bucket", "access_key": "account", "prefix": "path", "region": "region",
        "tls": "tls", "ca": "ca",
    },
}  # fmt: skip
"""What a plan calls each of our fields, by way to the repository."""
OPENED_BY_PASSWORD = frozenset({RepositoryTool.RESTIC, RepositoryTool.BORG})


def described(one: Located) -> dict[str, Any]:
    """The repository as a plan writes it."""
    plan: dict[str, Any] = {
        "name": one.name, "tool": str(one.tool), "pattern": one.pattern or "*", "identity": one.identity,
    }  # fmt: skip
    if one.reach is Reach.LOCAL:
        return {**plan, "location": one.path}
    place = {theirs: getattr(one, ours) for theirs, ours in _FIELDS[one.reach].items()}
    port = {} if one.port is None else {"port": one.port}
    return {**plan, "remote": {"kind": str(one.reach), **place, **port}}


def our_fields(reach: Reach) -> Mapping[str, str]:
    """Our fields by what a plan calls them, for one way to a repository."""
    return _FIELDS[reach]


def our_field(reach: Reach, theirs: str) -> str:
    """The field of ours behind a field of a plan."""
    if theirs in ("location", "remote"):
        return "path" if theirs == "location" else "reach"
    return _FIELDS.get(reach, {}).get(theirs, theirs)


def secrets_asked(one: Located) -> tuple[str, ...]:
    """The secrets without which it cannot be read: `repository` (its password), `access` (what opens its machine)."""
    asked = ["repository"] if one.tool in OPENED_BY_PASSWORD else []
    if one.reach in (Reach.SSH, Reach.S3) or (one.reach is Reach.REST and one.account):
        asked.append("access")
    return tuple(asked)


def where_is(one: Located) -> str:
    """Its place in one line, for people."""
    if one.reach is Reach.LOCAL:
        return str(one.path)
    port = f":{one.port}" if one.port else ""
    who = f"{one.account}@" if one.account and one.reach is not Reach.S3 else ""
    parts = [part for part in (one.bucket if one.reach is Reach.S3 else "", str(one.path).lstrip("/")) if part]
    return "/".join([f"{who}{one.host}{port}", *parts])
