"""What a “yes” of the plan is worth: immutable and encrypted, as declared, as proved, as disproved."""

from __future__ import annotations

from typing import Literal

from scanners.backup.facts import BackupFacts, Copy, Lock, Medium, Protection, System

Standing = Literal["measured", "declared", "unproved", "short", "contradicted", "no", "unsaid"]
"""Read by CaRE; said with what makes it true; said alone; true for less long than wanted; untrue; no; nobody said."""

HOLDING: tuple[Lock, ...] = ("compliance", "worm")
"""Locks that hold against an administrator, who can undo a read-only snapshot, GOVERNANCE and append-only."""
UNPLUGGED: tuple[Medium, ...] = ("tape", "removable", "optical")
"""Media that nothing writes to once they are offline."""
BELIEVED: tuple[Standing, ...] = ("measured", "declared", "unproved")
"""Standings that count as a yes: what is declared counts until something disproves it."""
CLEAR_MODES = ("none", "authenticated")
"""Modes of borg whose content anyone can read."""


def immutability(facts: BackupFacts, system: System, copy: Copy) -> Standing:
    """What “immutable” is worth for a copy: by what was measured of its repository, else by what it holds."""
    protection = protection_of(facts, copy)
    if protection is not None:
        if protection.immutable:
            return "short" if lock_too_short(protection, retention_asked(system, copy)) else "measured"
        return "contradicted" if copy.immutable or _holds(copy) else "no"
    if copy.immutable is None:
        return "declared" if _holds(copy) else "unsaid"
    if not copy.immutable:
        return "no"
    if copy.lock is not None:
        return "declared" if _holds(copy) else "contradicted"
    return "declared" if copy.offline is True and copy.medium in UNPLUGGED else "unproved"


def protection_of(facts: BackupFacts, copy: Copy) -> Protection | None:
    """What was measured of the locks of the repository of a copy."""
    repository = facts.repository(copy.repository)
    return repository.protection if repository is not None else None


def retention_asked(system: System, copy: Copy) -> float | None:
    """How many days a copy has to be kept: its own retention, else that of its system."""
    return copy.retention_days or system.retention_days


def lock_too_short(protection: Protection, asked: float | None) -> bool:
    """Whether a lock ends before the retention does: from then on an administrator may erase what is still wanted."""
    return asked is not None and (protection.days or 0) < asked


def _holds(copy: Copy) -> bool:
    return copy.lock in HOLDING


def unchangeable(facts: BackupFacts, system: System, copy: Copy) -> bool:
    """Whether a copy counts as immutable."""
    return immutability(facts, system, copy) in BELIEVED


def said(answer: bool | None) -> Standing:
    """A yes, a no or nothing, that no measure can tell."""
    return "unsaid" if answer is None else "declared" if answer else "no"


def encryption(facts: BackupFacts, copy: Copy) -> Standing:
    """What “encrypted” is worth: the mode of the repository says more than the plan."""
    repository = facts.repository(copy.repository)
    if repository is None or not (repository.opened and repository.encryption):
        return said(copy.encrypted)
    if not repository.encryption.startswith(CLEAR_MODES):
        return "measured"
    return "contradicted" if copy.encrypted else "no"
