"""Continuity and recovery plans (PCRA): their sections, how they stand, what they lack before validation. Pure.

Sources: ANS, CaRE domain 2 (a plan validated by the legal representative, on hypotheses of total loss or very degraded
digital services and of a long outage, phase by phase). The list of sections and the bounds are our choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from care.domain.continuity import PLAN_STATES, PlanState
from scanners.model import Text

MOST_MONTHS = 24
"""A plan is read again within two years at most: our choice; HAS visitors ask for a yearly review."""
USUAL_MONTHS = 12


class SectionKey(StrEnum):
    """The parts of a plan that people write."""

    GOVERNANCE = "governance"
    SCOPE = "scope"
    HYPOTHESES = "hypotheses"
    ALERT = "alert"
    DEGRADED = "degraded"
    RECOVERY = "recovery"
    NORMAL = "normal"
    COMMUNICATION = "communication"
    UPKEEP = "upkeep"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a plan: its title, and what to write there in plain words. `needed` before it is validated."""

    key: SectionKey
    title: Text
    hint: Text
    needed: bool = True


SECTIONS: tuple[Section, ...] = (
    Section(
        SectionKey.GOVERNANCE,
        Text("Gouvernance et rôles", "Governance and roles"),
        Text(
            "Qui décide de déclencher le plan, de jour comme de nuit ; qui compose la cellule de crise ; qui remplace "
            "qui. Écrivez des fonctions : les noms et les numéros sont dans l’annuaire de crise.",
            "Who decides to start the plan, day or night; who sits in the crisis cell; who replaces whom. Write "
            "functions: names and numbers are in the crisis directory.",
        ),
    ),
    Section(
        SectionKey.SCOPE,
        Text("Périmètre", "Scope"),
        Text(
            "Les services, les sites et les systèmes que ce plan couvre, et ceux qu’il ne couvre pas, avec la raison.",
            "The services, sites and systems this plan covers, and those it does not, with the reason.",
        ),
    ),
    Section(
        SectionKey.HYPOTHESES,
        Text("Hypothèses", "Hypotheses"),
        Text(
            "Ce que l’on suppose perdu et pendant combien de temps. Le plan envisage au moins la perte totale ou la "
            "très forte dégradation des services numériques, et une interruption longue : plusieurs semaines, pas "
            "quelques heures. Dites aussi ce que l’on suppose encore disponible (téléphones, électricité, personnel).",
            "What is supposed lost, and for how long. The plan considers at least the total loss or a very heavy "
            "degradation of digital services, and a long outage: several weeks, not a few hours. Say as well what is "
            "supposed still there (telephones, power, staff).",
        ),
    ),
    Section(
        SectionKey.ALERT,
        Text("Alerte et déclenchement", "Alert and activation"),
        Text(
            "Qui donne l’alerte et à qui ; les signes qui font déclencher ; les gestes de la première heure : isoler, "
            "couper les accès distants, prévenir.",
            "Who raises the alarm and to whom; the signs that start the plan; the first hour: isolate, cut remote "
            "accesses, warn.",
        ),
    ),
    Section(
        SectionKey.DEGRADED,
        Text("Fonctionnement dégradé", "Degraded operation"),
        Text(
            "Comment les soins continuent sans outils : priorités, déprogrammation, renforts, relève du papier. Les "
            "fiches de mode dégradé en vigueur s’ajoutent d’elles-mêmes au document.",
            "How care goes on without tools: priorities, postponed surgery, extra staff, paper. The degraded-mode "
            "sheets in force join the document by themselves.",
        ),
    ),
    Section(
        SectionKey.RECOVERY,
        Text("Reprise", "Recovery"),
        Text(
            "Comment les systèmes reviennent : d’où l’on restaure, qui donne le feu vert à chaque étape, comment on "
            "vérifie qu’un système est sain avant de le rendre. L’ordre de redémarrage s’ajoute de lui-même.",
            "How systems come back: what is restored from where, who gives the go-ahead at each step, how a system is "
            "found sound before it is given back. The restart order joins by itself.",
        ),
    ),
    Section(
        SectionKey.NORMAL,
        Text("Retour à la normale", "Back to normal"),
        Text(
            "Qui déclare la fin de la crise ; comment la saisie est rattrapée et contrôlée ; quand le retour "
            "d’expérience a lieu.",
            "Who declares the end of the crisis; how what is on paper is entered and checked; when lessons are drawn.",
        ),
    ),
    Section(
        SectionKey.COMMUNICATION,
        Text("Communication", "Communication"),
        Text(
            "Ce que l’on dit, à qui et par quel moyen sans réseau : équipes, patients et familles, ARS, autres "
            "hôpitaux, presse ; qui parle au nom de l’établissement.",
            "What is said, to whom, and by what means without a network: teams, patients and families, regional "
            "agency, other hospitals, press; who speaks for the establishment.",
        ),
    ),
    Section(
        SectionKey.UPKEEP,
        Text("Tenue à jour", "Upkeep"),
        Text(
            "Qui relit ce plan et quand ; quels essais le mettent à l’épreuve ; où sont les exemplaires papier et qui "
            "remplace les anciens.",
            "Who reads this plan again and when; which tests try it; where the paper copies are and who replaces the "
            "old ones.",
        ),
    ),
)
BY_KEY: Mapping[SectionKey, Section] = {section.key: section for section in SECTIONS}


class PlanStanding(StrEnum):
    """Where a plan stands for a reader: its state, or “to revise” once its review date is past."""

    DRAFT = "draft"
    IN_VALIDATION = "in_validation"
    VALIDATED = "validated"
    TO_REVISE = "to_revise"
    ARCHIVED = "archived"


PLAN_STANDINGS: Mapping[PlanStanding, Text] = {
    **{PlanStanding(state.value): words for state, words in PLAN_STATES.items()},
    PlanStanding.TO_REVISE: Text("À réviser", "To be revised"),
}


def standing(state: PlanState, review_on: date | None, today: date) -> PlanStanding:
    """How a plan stands: a validated one is to be revised from the day after its review date."""
    if state is PlanState.VALIDATED and review_on is not None and review_on < today:
        return PlanStanding.TO_REVISE
    return PlanStanding(state.value)


def months_later(day: date, months: int) -> date:
    """The same day of the month, `months` later; the last one of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(months)


@dataclass(frozen=True, slots=True)
class Covered:
    """What is known of an activity that a plan covers."""

    name: str
    critical: bool
    ended: bool = False
    dmia: bool = False
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """A sentence on what is missing; `blocking` when the plan cannot be sent to validation without it."""

    text: Text
    blocking: bool
    section: SectionKey | None = None


def lacks(sections: Mapping[str, str], activities: Sequence[Covered]) -> tuple[Lack, ...]:
    """What a plan lacks before it is validated, what blocks first."""
    found = [
        Lack(
            Text(
                f"La partie « {one.title.fr} » est vide.",
                f"The part “{one.title.en}” is empty.",
            ),
            one.needed,
            one.key,
        )
        for one in SECTIONS
        if not sections.get(one.key, "").strip()
    ]
    if not activities:
        found.append(
            Lack(Text("Le plan ne couvre aucune activité : choisissez-les.", "The plan covers no activity."), True)
        )
    found += [lack for activity in activities for lack in _of_activity(activity)]
    return tuple(sorted(found, key=lambda one: not one.blocking))


def _of_activity(activity: Covered) -> Sequence[Lack]:
    name = activity.name
    if activity.ended:
        text = Text(
            f"L’activité « {name} » a pris fin : retirez-la du plan.",
            f"The activity “{name}” has ended: take it out of the plan.",
        )
        return (Lack(text, True),)
    found = []
    if not activity.dmia:
        text = Text(
            f"« {name} » n’a pas de bilan d’impact en vigueur avec une DMIA : le plan ne sait pas sous combien de "
            "temps la rétablir.",
            f"“{name}” has no impact analysis in force with a DMIA: the plan cannot say how soon to bring it back.",
        )
        found.append(Lack(text, True))
    if activity.critical and not activity.degraded:
        text = Text(
            f"« {name} » est critique et n’a pas de mode dégradé en vigueur.",
            f"“{name}” is critical and has no degraded mode in force.",
        )
        found.append(Lack(text, False))
    return found


def validation_faults(name: str, title: str, on: date | None, review_on: date | None, today: date) -> dict[str, Text]:
    """What is wrong with a signature, by field."""
    faults: dict[str, Text] = {}
    if not name.strip():
        faults["name"] = Text("Dites qui valide.", "Say who validates.")
    if not title.strip():
        faults["title"] = Text("Dites en quelle qualité : directeur, par exemple.", "Say in what capacity.")
    if on is None or on > today:
        faults["validated_on"] = Text(
            "Donnez le jour de la validation, aujourd’hui au plus tard.", "Give the day of validation, today at latest."
        )
        return faults
    last = months_later(on, MOST_MONTHS)
    if review_on is None or not max(on, today) < review_on <= last:
        faults["review_on"] = Text(
            f"Choisissez une date à venir, au plus tard le {last:%d/%m/%Y} ({MOST_MONTHS} mois après la validation, "
            "notre choix).",
            f"Choose a date to come, {last} at the latest ({MOST_MONTHS} months after validation, our choice).",
        )
    return faults
