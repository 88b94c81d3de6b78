"""The gaps of a test, one a line: each may become an action, which points back to its test."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from care.domain.access import Lineage, Right, Scope
from care.domain.actions import ActionSource, ActionState
from care.domain.continuity import TestState
from care.services.action_writing import ActionDraft, create_action, short_title
from care.services.continuity_test_rows import visible_test
from care.services.errors import NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.actions import Action, ActionSite
from care.store.continuity import ContinuityTest
from care.store.exercises import Exercise
from scanners.model import Severity, Text

_PREFIX = "test"
EXERCISE_PREFIX = "exercise"
_KEY_LENGTH = 12


@dataclass(frozen=True, slots=True)
class GapAction:
    """An action born of a test. `gap` is the key of the gap it mends."""

    id: int
    title: str
    state: ActionState
    due_on: date
    owner: str
    gap: str


@dataclass(frozen=True, slots=True)
class GapLine:
    """One gap, and the action that mends it if there is one that the reader sees."""

    key: str
    words: str
    action: GapAction | None = None


@dataclass(frozen=True, slots=True)
class TestRef:
    """The test an action comes from."""

    __test__ = False

    id: int
    establishment_id: int
    title: str
    on: date


def gap_lines(text: str) -> tuple[GapLine, ...]:
    """The gaps of a text, one a line; the same words twice are one gap."""
    words = dict.fromkeys(line.strip().lstrip("-*• ").strip() for line in text.splitlines())
    return tuple(GapLine(gap_key(one), one) for one in words if one)


def gap_key(words: str) -> str:
    """What tells a gap from the others of its test: the beginning of the SHA-256 of its words."""
    return hashlib.sha256(words.encode()).hexdigest()[:_KEY_LENGTH]


def actions_of_test(session: Session, scope: Scope, row: ContinuityTest, where: Lineage) -> tuple[GapAction, ...]:
    """The actions born of a test, for who sees actions there; none otherwise."""
    if not scope.allows(Right.SEE_ACTIONS, where):
        return ()
    rows = session.execute(
        select(Action, ActionSite.state)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(_born_of(session, row), ActionSite.establishment_id == row.establishment_id)
        .order_by(Action.id)
    )
    return tuple(
        GapAction(one.id, one.title, state, one.due_on, one.owner, one.source_ref.rpartition(":")[2])
        for one, state in rows
    )


def _born_of(session: Session, row: ContinuityTest) -> ColumnElement[bool]:
    """The actions of a test: its own, and those of the crisis exercise that it is."""
    own = (Action.source == ActionSource.CONTINUITY_TEST) & Action.source_ref.startswith(f"{_PREFIX}:{row.id}:")
    exercise = session.scalar(select(Exercise.id).where(Exercise.test_id == row.id))
    if exercise is None:
        return own
    theirs = (Action.source == ActionSource.EXERCISE) & Action.source_ref.startswith(f"{EXERCISE_PREFIX}:{exercise}:")
    return own | theirs


def act_on_gap(platform: Platform, scope: Scope, test_id: int, key: str) -> int:
    """The action that mends a gap, created unless there is one already; its number.

    NotFound when the test has no such gap (anymore); Forbidden for who does not manage actions there.
    """
    with platform.database.read() as session:
        row = visible_test(session, scope, test_id)
        place = visible_establishment(session, scope, row.establishment_id, Right.MANAGE_ACTIONS)
        gap = next((one for one in gap_lines(row.gaps) if one.key == key), None)
        if gap is None:
            raise NotFound(_GONE)
        if row.state is not TestState.DONE:
            raise Refused(Text("Cet essai n’a pas encore de résultat.", "This test has no result yet."))
        known = {one.gap: one.id for one in actions_of_test(session, scope, row, place.lineage)}
        draft, site = _draft(row, gap), row.establishment_id
    return known[key] if key in known else create_action(platform, scope, [site], draft)


_GONE = Text(
    "Cet écart n’est plus sur la fiche de l’essai : il vient d’être corrigé. Rechargez la page.",
    "This gap is no longer on the sheet of the test: it has just been corrected. Reload the page.",
)


def _draft(row: ContinuityTest, gap: GapLine) -> ActionDraft:
    title = short_title(gap.words)
    return ActionDraft(
        title=title,
        description=gap.words if title != gap.words else "",
        source=ActionSource.CONTINUITY_TEST,
        source_ref=f"{_PREFIX}:{row.id}:{gap.key}",
        severity=Severity.MEDIUM,
    )


def origin_test(platform: Platform, scope: Scope, source: ActionSource, source_ref: str) -> TestRef | None:
    """The test that an action comes from; None when it comes from something else, or is not the reader's to see."""
    parts = source_ref.split(":")
    if source is not ActionSource.CONTINUITY_TEST or len(parts) != 3 or parts[0] != _PREFIX or not parts[1].isdecimal():
        return None
    with platform.database.read() as session:
        try:
            row = visible_test(session, scope, int(parts[1]))
        except NotFound:
            return None
        return TestRef(row.id, row.establishment_id, row.title, row.done_on or row.planned_on)


def with_actions(gaps: tuple[GapLine, ...], actions: tuple[GapAction, ...]) -> tuple[GapLine, ...]:
    """The gaps, each with its action."""
    known: Mapping[str, GapAction] = {one.gap: one for one in actions}
    return tuple(GapLine(one.key, one.words, known.get(one.key)) for one in gaps)
