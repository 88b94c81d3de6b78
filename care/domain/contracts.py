"""Contracts with suppliers: until when one may leave, and what a contract calls for. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from care.domain.hosting import Alert, Tone
from scanners.model import Text

SOON = timedelta(days=90)
"""Time to compare offers and to write before the notice of a contract begins (our choice)."""


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """What is known of a contract in being; None is not known. `clauses`: the share answered of those that hold, None
    when none was; `lacking`: how many are answered no or partly."""

    critical: bool | None = None
    health_data: bool | None = None
    remote_access: bool | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    notice_days: int | None = None
    filed: bool = False
    hosted: bool = False
    lacking: int = 0
    unanswered: int = 0


def denounce_by(ends_on: date | None, notice_days: int | None) -> date | None:
    """The last day to give notice; None unless both the end and the notice are known."""
    if ends_on is None or notice_days is None:
        return None
    return ends_on - timedelta(days=notice_days)


def contract_alerts(facts: ContractFacts, today: date) -> tuple[Alert, ...]:
    """What a contract in being calls for, most pressing first."""
    found = [*_ending(facts, today), *_content(facts), *_unsaid(facts)]
    order = list(Tone)
    return tuple(sorted(found, key=lambda one: order.index(one.tone)))


def _ending(facts: ContractFacts, today: date) -> Iterator[Alert]:
    ends_on = facts.ends_on
    if ends_on is None:
        return
    if ends_on < today:
        yield Alert(
            Tone.HIGH,
            Text(
                f"Terme passé depuis le {_fr(ends_on)} : notez la nouvelle date s’il est reconduit, sinon clôturez-le.",
                f"Over since {ends_on}: write the new date if it was renewed, otherwise close it.",
            ),
        )
        return
    leave = denounce_by(ends_on, facts.notice_days)
    if leave is not None and leave < today:
        yield Alert(
            Tone.MEDIUM,
            Text(
                f"Le préavis devait partir avant le {_fr(leave)} : relisez la clause de reconduction.",
                f"Notice had to be given before {leave}: read the renewal clause again.",
            ),
        )
    elif leave is not None and leave - today <= SOON:
        yield Alert(
            Tone.HIGH,
            Text(
                f"À dénoncer ou à renégocier avant le {_fr(leave)} (terme le {_fr(ends_on)}).",
                f"To be ended or negotiated again before {leave} (it ends on {ends_on}).",
            ),
        )
    elif leave is None and ends_on - today <= 2 * SOON:
        yield Alert(
            Tone.HIGH,
            Text(
                f"Terme le {_fr(ends_on)}, préavis non renseigné : relisez le contrat avant qu’il ne soit trop tard.",
                f"It ends on {ends_on}, notice not filled in: read the contract before it is too late.",
            ),
        )


def _content(facts: ContractFacts) -> Iterator[Alert]:
    heavy = facts.critical is True or facts.health_data is True or facts.remote_access is True
    if facts.lacking and heavy:
        yield Alert(
            Tone.HIGH if facts.critical else Tone.MEDIUM,
            Text(
                f"{facts.lacking} clauses de sécurité absentes ou incomplètes : demandez un avenant.",
                f"{facts.lacking} security clauses absent or incomplete: ask for an amendment.",
            ),
        )
    if facts.unanswered and heavy:
        yield Alert(
            Tone.UNKNOWN,
            Text(
                f"{facts.unanswered} clauses de sécurité pas encore relues dans ce contrat.",
                f"{facts.unanswered} security clauses not read yet in this contract.",
            ),
        )
    if facts.health_data is True and not facts.hosted:
        yield Alert(
            Tone.UNKNOWN,
            Text(
                "Traite des données de santé, sans hébergement lié : dites où elles sont hébergées.",
                "Processes health data, no hosting tied: say where they are hosted.",
            ),
        )
    if not facts.filed:
        yield Alert(
            Tone.UNKNOWN,
            Text(
                "Contrat non déposé : joignez-le, avec le plan d’assurance sécurité s’il existe.",
                "Contract not filed: attach it, with the security assurance plan if there is one.",
            ),
        )


def _unsaid(facts: ContractFacts) -> Iterator[Alert]:
    known = (
        (facts.critical, "s’il est critique", "whether it is critical"),
        (facts.health_data, "s’il touche des données de santé", "whether it touches health data"),
        (facts.remote_access, "s’il ouvre un accès à distance", "whether it opens a remote access"),
        (facts.ends_on, "sa date de fin", "when it ends"),
    )
    asked = [(fr, en) for value, fr, en in known if value is None]
    if asked:
        fr, en = ", ".join(one for one, _ in asked), ", ".join(one for _, one in asked)
        yield Alert(Tone.UNKNOWN, Text(f"Non renseigné : {fr}.", f"Not filled in: {en}."))


class ClauseState(StrEnum):
    """Where a clause stands in a contract."""

    ABSENT = "absent"
    PARTLY = "partly"
    TO_CONFIRM = "to_confirm"
    UNANSWERED = "unanswered"
    COVERED = "covered"
    NOT_APPLICABLE = "not_applicable"


CLAUSE_STATES: Mapping[ClauseState, Text] = {
    ClauseState.ABSENT: Text("Absente", "Absent"),
    ClauseState.PARTLY: Text("Incomplète", "Incomplete"),
    ClauseState.TO_CONFIRM: Text("À confirmer", "To confirm"),
    ClauseState.UNANSWERED: Text("À relire", "To read"),
    ClauseState.COVERED: Text("Couverte", "Covered"),
    ClauseState.NOT_APPLICABLE: Text("Sans objet", "Not applicable"),
}
"""What lacks most first: the order of lists."""
TO_ASK = (ClauseState.ABSENT, ClauseState.PARTLY, ClauseState.TO_CONFIRM, ClauseState.UNANSWERED)
"""What is to be asked of the supplier."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The clauses of one framework in one contract, counted."""

    counts: Mapping[ClauseState, int]

    @property
    def holding(self) -> int:
        """Those that hold for the contract: all but what does not apply."""
        return sum(count for state, count in self.counts.items() if state is not ClauseState.NOT_APPLICABLE)

    @property
    def covered(self) -> int:
        """Those covered."""
        return self.counts.get(ClauseState.COVERED, 0)

    @property
    def unanswered(self) -> int:
        """Those nobody read yet."""
        return self.counts.get(ClauseState.UNANSWERED, 0)

    @property
    def lacking(self) -> int:
        """Those absent or incomplete."""
        return self.counts.get(ClauseState.ABSENT, 0) + self.counts.get(ClauseState.PARTLY, 0)

    @property
    def rate(self) -> float | None:
        """Covered out of those that hold, 0 to 1; None when none was read or none holds: not known is not zero."""
        read = self.holding - self.unanswered
        return self.covered / self.holding if read and self.holding else None


def coverage_of(states: Iterable[ClauseState]) -> Coverage:
    """Clauses counted by state."""
    return Coverage(Counter(states))


def _fr(day: date) -> str:
    return f"{day:%d/%m/%Y}"
