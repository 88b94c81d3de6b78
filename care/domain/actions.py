"""Remediation actions: where they stand, which moves are allowed and why not the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from scanners.model import Text


class ActionState(StrEnum):
    """Where an action stands in one establishment."""

    TO_DO = "to_do"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    TO_VERIFY = "to_verify"
    CLOSED = "closed"
    ABANDONED = "abandoned"

    @property
    def over(self) -> bool:
        """Whether nothing more is expected."""
        return self in {ActionState.CLOSED, ActionState.ABANDONED}


class ActionSource(StrEnum):
    """What made an action necessary."""

    FINDING = "finding"
    QUESTION = "question"
    EXERCISE = "exercise"
    INCIDENT = "incident"
    CONTINUITY_TEST = "continuity_test"
    REQUIREMENT = "requirement"
    VISIT = "visit"
    OTHER = "other"


class CareCriticality(StrEnum):
    """What care loses when the thing fails, gravest first. Four steps, our choice."""

    VITAL = "vital"
    MAJOR = "major"
    MODERATE = "moderate"
    MINOR = "minor"

    @property
    def rank(self) -> int:
        """0 for vital up to 3 for minor."""
        return list(CareCriticality).index(self)


class CostKind(StrEnum):
    """What a cost line pays: something bought once, or something paid every year."""

    INVESTMENT = "investment"
    RUNNING = "running"


OPEN_STATES = tuple(state for state in ActionState if not state.over)
"""The states in which something is still expected."""

_BITS: Mapping[ActionState, int] = {state: 1 << rank for rank, state in enumerate(ActionState)}


def bits_of(states: Iterable[ActionState]) -> int:
    """A set of states as one number, one bit each: kept beside an action so that lists need not look at its sites."""
    return sum(_BITS[state] for state in set(states))


MOVES: Mapping[ActionState, frozenset[ActionState]] = {
    ActionState.TO_DO: frozenset({ActionState.IN_PROGRESS, ActionState.BLOCKED, ActionState.ABANDONED}),
    ActionState.IN_PROGRESS: frozenset({ActionState.TO_DO, ActionState.BLOCKED, ActionState.ABANDONED}),
    ActionState.BLOCKED: frozenset({ActionState.TO_DO, ActionState.IN_PROGRESS, ActionState.ABANDONED}),
    ActionState.TO_VERIFY: frozenset({ActionState.IN_PROGRESS}),
    ActionState.CLOSED: frozenset({ActionState.IN_PROGRESS}),
    ActionState.ABANDONED: frozenset({ActionState.TO_DO}),
}
"""What a person may say of an action by a word alone. `to_verify` and `closed` are reached by evidence only."""

_BY_EVIDENCE = Text(
    "Une action ne se clôt qu’avec une preuve : utilisez « Clôturer ».",
    "An action closes only with evidence: use “Close”.",
)
_IMPOSSIBLE = Text("Ce changement d’état n’est pas possible ici.", "This change of state is not possible here.")
_SAY_WHY = Text("Dites pourquoi en une phrase.", "Say why in one sentence.")


def needs_reason(before: ActionState, after: ActionState) -> bool:
    """Whether a move must be explained: stopping, and starting again what was over."""
    return after in {ActionState.BLOCKED, ActionState.ABANDONED} or before.over


def move_faults(before: ActionState, after: ActionState, reason: str) -> Mapping[str, Text]:
    """What is wrong with a move that a person asks for, by field (`state`, `reason`); empty when nothing is."""
    if after in {ActionState.TO_VERIFY, ActionState.CLOSED}:
        return {"state": _BY_EVIDENCE}
    if after not in MOVES[before]:
        return {"state": _IMPOSSIBLE}
    if needs_reason(before, after) and not reason.strip():
        return {"reason": _SAY_WHY}
    return {}


def closing_fault(state: ActionState, evidence: int, unsettled: int, signed: bool) -> Text | None:
    """Why an action in `state` cannot be closed now; None when it can.

    `evidence` counts its pieces of evidence there, `unsettled` its findings that no audit has seen fixed: these need a
    signature in place of the audit.
    """
    if state.over:
        return Text("Cette action est déjà terminée.", "This action is already over.")
    if not evidence:
        return Text(
            "Ajoutez une preuve de ce qui a été fait : rien ne se clôt sans preuve.",
            "Add evidence of what was done: nothing closes without evidence.",
        )
    if unsettled and not signed:
        return Text(
            "Des constats liés ne sont pas encore vus corrigés : un nouvel audit doit le vérifier.",
            "Tied findings have not been seen fixed yet: another audit must verify it.",
        )
    return None


class Retest(StrEnum):
    """What a recorded audit says of an action that waits to be verified."""

    VERIFIED = "verified"
    STILL_THERE = "still_there"
    UNSURE = "unsure"


def retest_verdict(unsettled: int, seen_again: int) -> Retest:
    """The verdict of one audit: `unsettled` findings are not known as fixed, `seen_again` of them were just seen."""
    if not unsettled:
        return Retest.VERIFIED
    return Retest.STILL_THERE if seen_again else Retest.UNSURE


def overall(states: Iterable[ActionState]) -> ActionState:
    """Where an action over many sites stands as a whole.

    Over once every site is (closed if one of them closed it); else blocked if a site is, to verify if no other site
    has more to do, to do if nobody began.
    """
    found = set(states)
    if not found:
        raise ValueError("an action has at least one site")
    pending = {one for one in found if not one.over}
    if not pending:
        return ActionState.CLOSED if ActionState.CLOSED in found else ActionState.ABANDONED
    if ActionState.BLOCKED in pending:
        return ActionState.BLOCKED
    begun = len(pending) > 1 or (pending == {ActionState.TO_DO} and ActionState.CLOSED in found)
    return ActionState.IN_PROGRESS if begun else next(iter(pending))
