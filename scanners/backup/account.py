"""3-2-1-1-0 of one system, copy by copy: why each counts or does not, and how old its proof is.

3-2-1 is what D2.O3.C asks for; the second 1 (a copy offline or immutable) and the 0 (no error at the last restore or
check) are the usual extension of it, that no text of the programme sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from scanners.backup.facts import BackupFacts, Copy, RestoreTest, System
from scanners.backup.standing import BELIEVED, Standing, encryption, immutability, said
from scanners.backup.strategy import (
    COPIES,
    MEDIA,
    OUTSIDE,
    Strategy,
    copy_points,
    damaged,
    dated_ahead,
    in_repositories,
    outside,
    points_ahead,
    restore_ahead,
    stale,
    strategy,
    unnamed,
)

Ground = Literal["measured", "dated", "word", "unread", "whose", "empty", "damaged", "stale", "ahead"]
"""Why a copy counts: CaRE read its points, somebody dated it, nobody did, CaRE could not read it, or not tell whose the
points are. Or does not: no good point, damage, a newest point or a date that is too old, a date in the future."""
DISPROVED: tuple[Ground, ...] = ("empty", "damaged", "stale", "ahead")
"""Grounds of the copies that do not count."""
Condition = Literal["copies", "media", "outside", "apart", "verified"]
CONDITIONS: tuple[Condition, ...] = ("copies", "media", "outside", "apart", "verified")
"""3, 2, 1, 1 and 0, in that order."""
Verdict = Literal["good", "error", "never"]


@dataclass(frozen=True, slots=True)
class CopyAccount:
    """One copy in the count. `proof` is the day of its newest good point, or the day somebody gave; None: no proof."""

    copy: Copy
    counts: bool
    ground: Ground
    proof: date | None
    outside: bool
    offline: Standing
    immutable: Standing
    encrypted: Standing

    @property
    def apart(self) -> bool:
        """Whether what reaches the production cannot change it."""
        return self.counts and (self.offline == "declared" or self.immutable in BELIEVED)


@dataclass(frozen=True, slots=True)
class Verified:
    """The last restore or check of a system, and what it gave; `by` is "test", "sample", "check" or ""."""

    verdict: Verdict
    by: Literal["test", "sample", "check", ""] = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A system counted: how much there is of each condition, and which hold."""

    system: System
    strategy: Strategy
    copies: tuple[CopyAccount, ...]
    apart: int
    verified: Verified

    @property
    def met(self) -> tuple[Condition, ...]:
        """The conditions that hold."""
        one = self.strategy
        held = (
            one.copies >= COPIES,
            one.media >= MEDIA,
            one.sheltered >= OUTSIDE,
            self.apart > 0,
            self.verified.verdict == "good",
        )
        return tuple(name for name, holds in zip(CONDITIONS, held, strict=True) if holds)

    @property
    def missing(self) -> tuple[Condition, ...]:
        """Those that do not."""
        return tuple(name for name in CONDITIONS if name not in self.met)


def account(facts: BackupFacts, system: System, today: date | None = None) -> Account:
    """A system counted copy by copy; `today` is the day of the collection unless said."""
    copies = tuple(_copy(facts, system, copy) for copy in system.copies)
    apart = sum(one.apart for one in copies)
    return Account(system, strategy(facts, system), copies, apart, verified(facts, system, today))


def _copy(facts: BackupFacts, system: System, copy: Copy) -> CopyAccount:
    ground, proof = _ground(facts, copy)
    return CopyAccount(
        copy,
        ground not in DISPROVED,
        ground,
        proof,
        outside(system, copy),
        said(copy.offline),
        immutability(facts, system, copy),
        encryption(facts, copy),
    )


def _ground(facts: BackupFacts, copy: Copy) -> tuple[Ground, date | None]:
    repository, points = facts.repository(copy.repository), copy_points(facts, copy)
    if repository is not None and damaged(repository):
        return "damaged", None
    if stale(facts, copy):
        return "stale", points[-1].date() if points else copy.last_success
    if dated_ahead(facts, copy):
        return "ahead", copy.last_success
    if points is not None:
        return ("measured", points[-1].date()) if points else ("ahead" if points_ahead(facts, copy) else "empty", None)
    if unnamed(facts, copy):
        return "whose", copy.last_success
    if copy.repository is not None:
        return "unread", copy.last_success
    return ("dated", copy.last_success) if copy.last_success else ("word", None)


def verified(facts: BackupFacts, system: System, today: date | None = None) -> Verified:
    """The worst of the last restores and checks of a system, whoever made them; a test that is dated after `today`
    proves nothing."""
    day = facts.collected_at.date()
    repositories = in_repositories(facts, system)
    test = system.last_restore_test
    tests = [test] if isinstance(test, RestoreTest) and not restore_ahead(test, today or day) else []
    found = [
        *(Verified("good" if one.success else "error", "test", one.date) for one in tests),
        *(
            Verified("good" if one.restore.good else "error", "sample", day)
            for one in repositories
            if one.restore is not None
        ),
        *(
            Verified("good" if one.check.sound else "error", "check", day)
            for one in repositories
            if one.check is not None
        ),
    ]
    wrong = [one for one in found if one.verdict == "error"]
    return next(iter(wrong or found), Verified("never"))
