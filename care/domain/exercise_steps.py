"""The preparation of an exercise, step by step of the method: what to have done, and what forbids to start.

The four steps are those of the ANSSI guide “Organiser un exercice de gestion de crise cyber” (design, prepare, conduct,
learn); the items are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanners.model import Text


class Step(StrEnum):
    """The steps of the method."""

    DESIGN = "design"
    PREPARE = "prepare"
    CONDUCT = "conduct"
    LEARN = "learn"


STEP_NAMES: Mapping[Step, Text] = {
    Step.DESIGN: Text("Concevoir", "Design"),
    Step.PREPARE: Text("Préparer", "Prepare"),
    Step.CONDUCT: Text("Dérouler", "Conduct"),
    Step.LEARN: Text("Tirer les enseignements", "Learn"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """Something to have done. `blocking`: without it one does not start. `told`: the platform sees it by itself.

    `field`: only for an exercise on the ward itself.
    """

    id: str
    step: Step
    words: Text
    why: Text
    blocking: bool = False
    told: bool = False
    field: bool = False


ITEMS: tuple[Item, ...] = (
    Item(
        "kit",
        Step.DESIGN,
        Text("Le chronogramme est jouable", "The chronogram can be played"),
        Text(
            "Chaque cellule reçoit quelque chose, chaque objectif se mesure, rien ne tombe après la fin.",
            "Every cell receives something, every objective is measured, nothing falls after the end.",
        ),
        blocking=True,
        told=True,
    ),
    Item(
        "objectives",
        Step.DESIGN,
        Text("La direction a validé les objectifs", "The management agreed the objectives"),
        Text(
            "Un exercice sans commanditaire ne change rien ensuite.",
            "An exercise that nobody asked for changes nothing afterwards.",
        ),
    ),
    Item(
        "plan",
        Step.DESIGN,
        Text("Un plan ou des activités sont mis à l’épreuve", "A plan or activities are put to the test"),
        Text("L’exercice compte alors comme un essai de ce plan.", "The exercise then counts as a test of that plan."),
        told=True,
    ),
    Item(
        "counts",
        Step.DESIGN,
        Text("Le kit peut compter comme exercice de l’année", "The kit can count as the yearly exercise"),
        Text(
            "Il faut un déclencheur cyber et un mode dégradé ; la direction et les métiers doivent aussi y être.",
            "It takes a cyber trigger and a degraded mode; management and business directorates must take part too.",
        ),
        told=True,
    ),
    Item(
        "date",
        Step.PREPARE,
        Text("La date est fixée et à venir", "The date is set and still to come"),
        Text("Chacun doit pouvoir se libérer.", "Everyone must be able to come."),
        blocking=True,
        told=True,
    ),
    Item(
        "place",
        Step.PREPARE,
        Text("Le lieu est dit", "The place is told"),
        Text("Il figure dans les invitations.", "It stands in the invitations."),
        told=True,
    ),
    Item(
        "director",
        Step.PREPARE,
        Text("Le directeur de l’exercice est nommé", "The director of the exercise is named"),
        Text("C’est lui qui peut tout arrêter.", "The one who can stop everything."),
        told=True,
    ),
    Item(
        "words",
        Step.PREPARE,
        Text("Les mots de l’établissement sont choisis", "The words of the establishment are chosen"),
        Text("Un stimulus qui nomme le vrai logiciel est cru.", "A stimulus that names the real software is believed."),
        told=True,
    ),
    Item(
        "players",
        Step.PREPARE,
        Text("Chaque cellule a ses joueurs", "Every cell has its players"),
        Text("Une cellule vide ne répond à rien.", "An empty cell answers nothing."),
        blocking=True,
        told=True,
    ),
    Item(
        "facilitators",
        Step.PREPARE,
        Text("Un animateur au moins est désigné", "One facilitator at least is named"),
        Text(
            "Il appelle, relance, et joue ceux qui ne sont pas là.", "They call, prompt, and act those who are absent."
        ),
        told=True,
    ),
    Item(
        "observers",
        Step.PREPARE,
        Text("Des observateurs sont invités", "Observers are invited"),
        Text("Sans eux, les réactions ne sont vues par personne.", "Without them nobody sees the reactions."),
        told=True,
    ),
    Item(
        "invitations",
        Step.PREPARE,
        Text("Toutes les invitations sont parties", "Every invitation has left"),
        Text("Une invitation restée dans la file n’a prévenu personne.", "An invitation still queued told nobody."),
        told=True,
    ),
    Item(
        "channels",
        Step.PREPARE,
        Text("Chaque canal a été essayé", "Every channel was tried"),
        Text("Le jour venu, un courriel bloqué arrête l’exercice.", "On the day a blocked mail stops the exercise."),
        blocking=True,
        told=True,
    ),
    Item(
        "badges",
        Step.PREPARE,
        Text("Les badges sont faits", "The badges are made"),
        Text("Ils ouvrent les pages des joueurs sans compte.", "They open the pages of players without an account."),
        told=True,
    ),
    Item(
        "materials",
        Step.PREPARE,
        Text("Le matériel du kit est réuni", "The material of the kit is there"),
        Text(
            "Cartes, feuilles, téléphones, écran : voyez la liste du kit.",
            "Cards, sheets, telephones, screen: see the list of the kit.",
        ),
    ),
    Item(
        "warned",
        Step.PREPARE,
        Text(
            "Le standard, la sécurité et les partenaires savent que c’est un exercice",
            "The switchboard, security and partners know that it is an exercise",
        ),
        Text(
            "Personne ne doit appeler la police, l’ARS ou le CERT Santé pour de bon.",
            "Nobody must call the police or the authorities for real.",
        ),
        blocking=True,
    ),
    Item(
        "stop",
        Step.PREPARE,
        Text("Le mot d’arrêt est connu de tous", "Everyone knows the stop word"),
        Text(
            "Une urgence réelle passe avant tout : chacun doit savoir suspendre l’exercice.",
            "A real emergency comes first: anyone must know how to suspend the exercise.",
        ),
        blocking=True,
    ),
    Item(
        "care",
        Step.PREPARE,
        Text("Les soins réels restent assurés", "Real care goes on"),
        Text(
            "Un soignant au moins n’est pas joueur, et rien de réel n’est débranché.",
            "One caregiver at least does not play, and nothing real is unplugged.",
        ),
        blocking=True,
        field=True,
    ),
    Item(
        "room",
        Step.CONDUCT,
        Text("La salle est prête", "The room is ready"),
        Text(
            "Tables par cellule, prises, écran, réseau de secours.", "Tables by cell, sockets, screen, spare network."
        ),
    ),
    Item(
        "briefing",
        Step.CONDUCT,
        Text("Les règles du jeu ont été dites", "The rules of play were told"),
        Text(
            "On joue sa fonction, on n’appelle personne hors de l’exercice.",
            "One plays one’s own function and calls nobody outside the exercise.",
        ),
    ),
    Item(
        "grids",
        Step.CONDUCT,
        Text("Les observateurs ont leur grille", "Observers have their grid"),
        Text("Sur leur téléphone, ou imprimée.", "On their phone, or printed."),
    ),
    Item(
        "hot",
        Step.LEARN,
        Text("Le débriefing à chaud est réservé", "Time is kept for the hot debrief"),
        Text("Vingt minutes, dans la foulée, avec tout le monde.", "Twenty minutes, at once, with everyone."),
    ),
    Item(
        "cold",
        Step.LEARN,
        Text("La date du débriefing à froid est prise", "The day of the cold debrief is set"),
        Text("Dans les trente jours, pour que les actions suivent.", "Within thirty days, so that actions follow."),
    ),
    Item(
        "report",
        Step.LEARN,
        Text("Quelqu’un écrira le compte rendu", "Somebody will write the report"),
        Text("Nommé d’avance, il prend des notes.", "Named beforehand, they take notes."),
    ),
)
BY_ID: Mapping[str, Item] = {one.id: one for one in ITEMS}
