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

_SID = re.compile(r"S-1-[0-9-]+", re.IGNORECASE)
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
    gaps += _by_number(plan)
    accounts = tuple(filter(None, (account_in(production, name) for name in plan.administrators or ())))
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


def _by_number(plan: Plan) -> Iterator[Gap]:
    """Administrators written as a SID: no name is found by it, and they would look absent."""
    numbers = [name for name in plan.administrators or () if _SID.fullmatch(name.strip())]
    if numbers:
        text = Text(
            f"Des administrateurs des sauvegardes sont donnés par leur SID ({numbers[0]}) ; donnez le nom des comptes.",
            f"Backup administrators are given by their SID ({numbers[0]}); write the names of their accounts.",
        )
        yield Gap("directory", text, truncated=True)


def _opens_consoles(directory: Directory, plan: Plan) -> bool:
    names = _names(directory)
    return any(copy.authentication.casefold() in names for system in plan.systems for copy in system.copies)


def account_in(directory: Directory, name: str) -> str:
    """The account an administrator is there (written `name`, `DOMAIN\\name` or `name@domain`), "" when none."""
    domain, _, account = name.rpartition("\\")
    account, _, suffix = account.partition("@")
    ours = {"", *_names(directory)}
    here = (domain or suffix).casefold() in ours and account.casefold() in directory.account_names
    return account if here else ""
