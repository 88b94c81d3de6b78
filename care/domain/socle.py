"""The yearly cyber base: whether an establishment is eligible in a year, from where its prerequisites stand. Pure.

No text that opens a yearly funding was read: as long as a prerequisite has no text, nobody is said eligible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from care.domain.judging import RequirementStatus
from scanners.model import Text

FRAMEWORK = "socle-cyber"
FIRST_YEAR = 2025
"""The year of the first text that was read: instruction DNS/2025/12 of 22 January 2025."""


class Eligibility(StrEnum):
    """What the prerequisites of a year say."""

    YES = "yes"
    TO_CONFIRM = "to_confirm"
    INCOMPLETE = "incomplete"
    NO = "no"


ELIGIBILITIES: Mapping[Eligibility, Text] = {
    Eligibility.YES: Text("Éligible", "Eligible"),
    Eligibility.TO_CONFIRM: Text("À confirmer", "To confirm"),
    Eligibility.INCOMPLETE: Text("Incomplet", "Incomplete"),
    Eligibility.NO: Text("Non éligible", "Not eligible"),
}
EXPLAINED: Mapping[Eligibility, Text] = {
    Eligibility.YES: Text("Chaque prérequis de l’année est atteint.", "Every prerequisite of the year is met."),
    Eligibility.TO_CONFIRM: Text(
        "Ce que les textes lus demandent est atteint ; le reste n’a pas de texte ou pas de seuil, et personne ne peut "
        "encore conclure.",
        "What the texts read ask for is met; the rest has no text or no threshold, and nobody can conclude yet.",
    ),
    Eligibility.INCOMPLETE: Text(
        "Il manque de quoi montrer un prérequis au moins : non renseigné ne veut pas dire non.",
        "What would show at least one prerequisite is missing: not said does not mean no.",
    ),
    Eligibility.NO: Text("Un prérequis au moins n’est pas tenu.", "At least one prerequisite is not held."),
}


def eligibility(statuses: Iterable[RequirementStatus]) -> Eligibility:
    """What the statuses of the prerequisites of a year amount to; what is not applicable asks for nothing."""
    said = set(statuses) - {RequirementStatus.NOT_APPLICABLE}
    if RequirementStatus.NOT_MET in said:
        return Eligibility.NO
    if said == {RequirementStatus.MET}:
        return Eligibility.YES
    if said and said <= {RequirementStatus.MET, RequirementStatus.TO_CONFIRM}:
        return Eligibility.TO_CONFIRM
    return Eligibility.INCOMPLETE
