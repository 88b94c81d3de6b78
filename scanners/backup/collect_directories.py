"""The directories that backups depend on, read in the archives of their audits: the one people sign in to, and those
that open backup consoles apart from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from scanners.archive import read_directory
from scanners.backup.facts import DedicatedDirectory, Plan, ProductionDirectory
from scanners.exchange import Directory
from scanners.model import Gap, Text

_SID = re.compile(r"\bS-1-[0-9]+(?:-[0-9]+)+\b", re.IGNORECASE)
_OF_DOMAIN = re.compile(r"(S-1-5-21(?:-[0-9]+){3})-[0-9]+")
"""The SID of an account of a domain, or of one machine: that of its domain, and a number."""
_Level = Annotated[int, Field(ge=0, le=5)]


@dataclass(frozen=True, slots=True)
class AuditedDirectory:
    """The archive of an audit of a directory. Its level is between `lowest` and `level`, as we estimate it; 0: not
    judged."""

    path: str
    level: _Level = 0
    lowest: _Level = 0


@dataclass(frozen=True, slots=True)
class ReadDirectories:
    """What was read: the production directory, None when none was given or none is it, and the dedicated ones."""

    production: ProductionDirectory | None
    dedicated: tuple[DedicatedDirectory, ...]
    gaps: tuple[Gap, ...]


def read_directories(audited: Iterable[AuditedDirectory], plan: Plan) -> ReadDirectories:
    """The directories of a plan among those audited. ArchiveError when one of the archives cannot be read."""
    found = [(one, read_directory(Path(one.path))) for one in audited]
    production = _production([directory for _one, directory in found], plan)
    dedicated = tuple(
        DedicatedDirectory(directory.domain, directory.netbios, one.level, one.lowest, directory.collected_at)
        for one, directory in found
        if directory is not production and one.level and _opens_consoles(directory, plan)
    )
    if production is None:
        return ReadDirectories(None, dedicated, tuple(_not_there([directory for _one, directory in found], plan)))
    gaps = [Gap("directory", gap.reason, gap.truncated) for gap in production.gaps if gap.section == "domain"]
    found_there = [(name, _administrator(production, name)) for name in plan.administrators or ()]
    gaps += _untold([name for name, account in found_there if account is None and _SID.search(name)])
    gaps += _groups([name for name, account in found_there if account is None and not _SID.search(name)])
    accounts = tuple(dict.fromkeys(account for _name, account in found_there if account))
    seen = ProductionDirectory(production.domain, production.netbios, production.collected_at, accounts)
    return ReadDirectories(seen, dedicated, tuple(gaps))


def _names(directory: Directory) -> set[str]:
    return {directory.netbios.casefold(), directory.domain.casefold()}


def _production(directories: list[Directory], plan: Plan) -> Directory | None:
    """The one the plan names; the only one given when it names none. Another would make its accounts look absent."""
    if not plan.production_domain:
        return directories[0] if len(directories) == 1 else None
    return next((one for one in directories if plan.production_domain.casefold() in _names(one)), None)


def _not_there(directories: list[Directory], plan: Plan) -> Iterator[Gap]:
    if not directories:
        return
    known = ", ".join(one.netbios or one.domain for one in directories)
    name = plan.production_domain
    reason = (
        Text(
            f"Aucun annuaire audité n’est celui de production, {name} (audités : {known}) ; auditez-le, ou corrigez "
            "« production_domain » dans le plan.",
            f"No audited directory is the production one, {name} (audited: {known}); audit it, or correct "
            "“production_domain” in the plan.",
        )
        if name
        else Text(
            f"Plusieurs annuaires sont audités ({known}) ; dites lequel est celui de production "
            "(« production_domain » du plan).",
            f"Several directories are audited ({known}); tell which is the production one (“production_domain” of the "
            "plan).",
        )
    )
    yield Gap("directory", reason, truncated=False)


def _administrator(directory: Directory, written: str) -> str | None:
    """The account that an administrator is there, "" when none, None when nothing tells.

    A SID says more than a name: it follows an account that was renamed, and tells two of one name apart.
    """
    number = _SID.search(written)
    if number is None:
        return account_in(directory, written)
    sid = number[0].upper()
    known = directory.principal(sid)
    if known is not None:
        return known.name if known.active else ""
    domain = _OF_DOMAIN.fullmatch(sid)
    if domain is None or not directory.sid or domain[1] == directory.sid.upper():
        return None
    name = _SID.sub("", written).strip(" \t()[]")
    qualified = "\\" in name or "@" in name
    return account_in(directory, name) if qualified else ""


def _groups(names: list[str]) -> Iterator[Gap]:
    """Administrators whose bare name is that of a group there, and of no account: perhaps that group, perhaps not."""
    if names:
        text = Text(
            f"Des administrateurs des sauvegardes ont le nom d’un groupe de l’annuaire de production, sans son SID ni "
            f"son domaine ({names[0]}) : écrivez le SID, ou « DOMAINE\\nom ».",
            f"Backup administrators bear the name of a group of the production directory, without its SID or domain "
            f"({names[0]}): write the SID, or “DOMAIN\\name”.",
        )
        yield Gap("directory", text, truncated=True)


def _untold(numbers: list[str]) -> Iterator[Gap]:
    """Administrators whose SID no object read has, although it may be one of that domain: they would look absent."""
    if numbers:
        text = Text(
            f"Le SID d’administrateurs des sauvegardes n’a pas été lu dans l’annuaire de production ({numbers[0]}) : "
            "compte supprimé ou illisible ; vérifiez-le, ou donnez le nom du compte.",
            f"The SID of backup administrators was not read in the production directory ({numbers[0]}): deleted or "
            "unreadable account; check it, or write the name of the account.",
        )
        yield Gap("directory", text, truncated=True)


def _opens_consoles(directory: Directory, plan: Plan) -> bool:
    names = _names(directory)
    return any(copy.authentication.casefold() in names for system in plan.systems for copy in system.copies)


def account_in(directory: Directory, name: str) -> str | None:
    """The account or group an administrator is there (written `name`, `DOMAIN\\name` or `name@domain`), "" when none,
    None when a bare name is that of a group alone."""
    domain, _, account = name.rpartition("\\")
    account, _, suffix = account.partition("@")
    ours = {"", *_names(directory)}
    said, word = (domain or suffix).casefold(), account.casefold()
    if said not in ours:
        return ""
    if word in directory.account_names:
        return account
    if word not in directory.group_names:
        return ""
    return account if said else None
