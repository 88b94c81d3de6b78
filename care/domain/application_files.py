"""The file of a candidate for one domain of the programme: from not applying to paid. Pure.

States and their order follow what was seen of the programme (candidacy, operational phase, declaration, checks by the
ARS then by the ANS, payment); the words of the portals may differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from care.domain.funded_domains import FileDates
from scanners.model import Text


class FileState(StrEnum):
    """Where a file stands."""

    NOT_APPLYING = "not_applying"
    CANDIDACY_IN_PREPARATION = "candidacy_in_preparation"
    CANDIDACY_FILED = "candidacy_filed"
    CANDIDATE_RETAINED = "candidate_retained"
    CANDIDATE_TURNED_DOWN = "candidate_turned_down"
    OPERATIONAL_PHASE = "operational_phase"
    DECLARATION_FILED = "declaration_filed"
    ARS_CHECK = "ars_check"
    ANS_CHECK = "ans_check"
    ACHIEVED = "achieved"
    PARTLY_ACHIEVED = "partly_achieved"
    REFUSED = "refused"
    PAID = "paid"


STATE_NAMES: Mapping[FileState, Text] = {
    FileState.NOT_APPLYING: Text("Non candidat", "Not applying"),
    FileState.CANDIDACY_IN_PREPARATION: Text("Candidature en préparation", "Candidacy in preparation"),
    FileState.CANDIDACY_FILED: Text("Candidature déposée", "Candidacy filed"),
    FileState.CANDIDATE_RETAINED: Text("Candidature retenue", "Candidacy retained"),
    FileState.CANDIDATE_TURNED_DOWN: Text("Candidature non retenue", "Candidacy turned down"),
    FileState.OPERATIONAL_PHASE: Text("Phase opérationnelle", "Operational phase"),
    FileState.DECLARATION_FILED: Text("Déclaration déposée", "Declaration filed"),
    FileState.ARS_CHECK: Text("Contrôle de l’ARS", "Check by the ARS"),
    FileState.ANS_CHECK: Text("Contrôle de l’ANS", "Check by the ANS"),
    FileState.ACHIEVED: Text("Objectifs atteints", "Objectives achieved"),
    FileState.PARTLY_ACHIEVED: Text("Objectifs atteints en partie", "Objectives partly achieved"),
    FileState.REFUSED: Text("Refusé", "Refused"),
    FileState.PAID: Text("Payé", "Paid"),
}

_S = FileState
NEXT: Mapping[FileState, tuple[FileState, ...]] = {
    _S.NOT_APPLYING: (_S.CANDIDACY_IN_PREPARATION,),
    _S.CANDIDACY_IN_PREPARATION: (_S.CANDIDACY_FILED, _S.NOT_APPLYING),
    _S.CANDIDACY_FILED: (_S.CANDIDATE_RETAINED, _S.CANDIDATE_TURNED_DOWN),
    _S.CANDIDATE_RETAINED: (_S.OPERATIONAL_PHASE,),
    _S.CANDIDATE_TURNED_DOWN: (),
    _S.OPERATIONAL_PHASE: (_S.DECLARATION_FILED,),
    _S.DECLARATION_FILED: (_S.ARS_CHECK,),
    _S.ARS_CHECK: (_S.ANS_CHECK, _S.OPERATIONAL_PHASE),
    _S.ANS_CHECK: (_S.ACHIEVED, _S.PARTLY_ACHIEVED, _S.REFUSED),
    _S.ACHIEVED: (_S.PAID,),
    _S.PARTLY_ACHIEVED: (_S.PAID,),
    _S.REFUSED: (),
    _S.PAID: (),
}
"""What may follow a state. A check that asks for more sends the file back to its operational phase."""


def may_follow(before: FileState, after: FileState) -> bool:
    """Whether a file may go from one state to the other."""
    return after in NEXT[before]


DECLARED = frozenset(
    {_S.DECLARATION_FILED, _S.ARS_CHECK, _S.ANS_CHECK, _S.ACHIEVED, _S.PARTLY_ACHIEVED, _S.REFUSED, _S.PAID}
)
"""The states of a file whose declaration is at the portal: its operational phase is over."""
APPLIED = DECLARED | {_S.CANDIDACY_FILED, _S.CANDIDATE_RETAINED, _S.CANDIDATE_TURNED_DOWN, _S.OPERATIONAL_PHASE}
"""The states of a file whose candidacy was filed."""
OVER = frozenset({_S.NOT_APPLYING, _S.CANDIDATE_TURNED_DOWN, _S.REFUSED, _S.PAID})
"""The states in which nothing is awaited."""


def dates_after(state: FileState, on: date, before: FileDates) -> FileDates:
    """The days of a file that comes to `state` on that day: one sent back from a check has to declare again."""
    return FileDates(
        candidacy_on=on if state is _S.CANDIDACY_FILED else before.candidacy_on if state in APPLIED else None,
        declaration_on=on if state is _S.DECLARATION_FILED else before.declaration_on if state in DECLARED else None,
        paid_on=on if state is _S.PAID else None,
        declare_until=before.declare_until,
    )


def date_faults(state: FileState, dates: FileDates, today: date) -> dict[str, Text]:
    """What is wrong with days typed for a state, by field: in the future, or of something that has not happened."""
    said = {
        "candidacy_on": (dates.candidacy_on, state in APPLIED),
        "declaration_on": (dates.declaration_on, state in DECLARED),
        "paid_on": (dates.paid_on, state is _S.PAID),
    }
    faults = {
        field: Text(
            f"À l’étape « {STATE_NAMES[state].fr} », ce n’est pas encore fait : laissez vide, ou choisissez une étape "
            "plus avancée.",
            f"At the step “{STATE_NAMES[state].en}”, this is not done yet: leave it empty, or choose a later step.",
        )
        for field, (day, happened) in said.items()
        if day is not None and not happened
    }
    return faults | {field: in_future(day) for field, (day, _) in said.items() if day is not None and day > today}


def in_future(day: date) -> Text:
    """The sentence about a day that has not come."""
    return Text(
        f"Le {day:%d/%m/%Y} n’est pas encore là : notez une étape le jour où elle a eu lieu.",
        f"{day} has not come yet: record a step once it has happened.",
    )
