"""Whether a requirement is met, why, and what is missing. Pure.

Machines (rules, computations) and people (a declaration, an interview) both speak; a document is filed, never judged by
its presence. A requirement is met when every method it asks for says yes, and a person confirmed whatever a machine
cannot read. Nothing known, something doubtful or a threshold that no text gives never make it met. A person never hides
what a rule found failing: neither a yes nor “not applicable” does, and the answer is then said to be contradicted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from care.domain.frameworks import Item, Method
from scanners.model import Text


class RequirementStatus(StrEnum):
    """Where a requirement stands."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    EVIDENCE_FILED = "evidence_filed"
    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"
    TO_CONFIRM = "to_confirm"


STATUS_NAMES: Mapping[RequirementStatus, Text] = {
    RequirementStatus.NOT_MET: Text("Non atteinte", "Not met"),
    RequirementStatus.TO_CONFIRM: Text("À confirmer", "To confirm"),
    RequirementStatus.NOT_STARTED: Text("À commencer", "Not started"),
    RequirementStatus.IN_PROGRESS: Text("En cours", "In progress"),
    RequirementStatus.EVIDENCE_FILED: Text("Preuve déposée", "Evidence filed"),
    RequirementStatus.MET: Text("Atteinte", "Met"),
    RequirementStatus.NOT_APPLICABLE: Text("Non applicable", "Not applicable"),
}
"""What lacks most first: the order of lists."""


class Say(StrEnum):
    """What one method says. `begun`: some of it; `unsure`: it cannot be told yet, and somebody has to."""

    YES = "yes"
    NO = "no"
    BEGUN = "begun"
    UNSURE = "unsure"
    NOTHING = "nothing"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Heard:
    """What one method says of a requirement, the sentences that explain it, and what it lacks."""

    method: Method
    say: Say
    why: tuple[Text, ...] = ()
    missing: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The status of a requirement, with why (a failure that was measured first) and what is missing. `contradicted`: a
    machine says no where a person says that all is well, or that it does not apply."""

    status: RequirementStatus
    why: tuple[Text, ...]
    missing: tuple[Text, ...]
    contradicted: bool = False


MACHINES = frozenset({Method.RULE, Method.COMPUTED})
PEOPLE = frozenset({Method.DECLARATION, Method.INTERVIEW})
_CONFIRM = Text("La confirmation d’une personne", "The confirmation of a person")


def judge(item: Item, heard: Iterable[Heard]) -> Judgement:
    """Where a requirement stands. Methods not heard say nothing."""
    voices = tuple(heard)
    contradicted = _contradicted(voices)
    told = sorted(voices, key=lambda voice: not (voice.method in MACHINES and voice.say is Say.NO))
    says = {voice.method: voice.say for voice in voices if voice not in contradicted or voice.say is not Say.OUT}
    missing = tuple(dict.fromkeys(one for voice in voices for one in voice.missing))
    status = _status(item, says)
    if status is RequirementStatus.EVIDENCE_FILED:
        missing = (*missing, _CONFIRM)
    why = (_against(one) if voice in contradicted else one for voice in told for one in voice.why)
    return Judgement(status, tuple(why), missing, bool(contradicted))


def _contradicted(voices: Collection[Heard]) -> tuple[Heard, ...]:
    """What people said that a machine denies. A computation only counts what the platform holds: whether a requirement
    applies stays for people to say against it, not against a rule that found something."""
    denied = {voice.method for voice in voices if voice.method in MACHINES and voice.say is Say.NO}
    words = {Say.YES} | ({Say.OUT} if Method.RULE in denied else set())
    return tuple(voice for voice in voices if denied and voice.method in PEOPLE and voice.say in words)


CONTRADICTED = Text("Contredit par ce qui est mesuré : ", "Contradicted by what is measured: ")
"""What stands before an answer that a machine denies."""


def _against(said: Text) -> Text:
    return Text(f"{CONTRADICTED.fr}{said.fr}", f"{CONTRADICTED.en}{said.en}")


def _status(item: Item, says: Mapping[Method, Say]) -> RequirementStatus:
    said = set(says.values())
    if Say.OUT in said:
        return RequirementStatus.NOT_APPLICABLE
    if Say.NO in said:
        return RequirementStatus.NOT_MET
    if Say.UNSURE in said or (not item.assessed_by and Say.YES in said):
        return RequirementStatus.TO_CONFIRM
    if _met(item, says):
        return RequirementStatus.MET
    if says.get(Method.DOCUMENT) is Say.YES:
        return RequirementStatus.EVIDENCE_FILED
    return RequirementStatus.IN_PROGRESS if said - {Say.NOTHING} else RequirementStatus.NOT_STARTED


def _met(item: Item, says: Mapping[Method, Say]) -> bool:
    """A person’s word stands for a machine with nothing to say; never for a document, never against a machine."""
    needed = frozenset(item.assessed_by)
    confirmed = any(says.get(method) is Say.YES for method in PEOPLE)
    machines = [says.get(method, Say.NOTHING) for method in needed & MACHINES]
    measured = all(say is Say.YES for say in machines)
    filed = Method.DOCUMENT not in needed or says.get(Method.DOCUMENT) is Say.YES
    if confirmed:
        return filed and Say.BEGUN not in machines
    return bool(machines) and measured and needed <= MACHINES
