"""The file of a candidate for one domain of the programme: from not applying to paid. Pure.

States and their order follow what was seen of the programme (candidacy, operational phase, declaration, checks by the
ARS then by the ANS, payment); the words of the portals may differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

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
