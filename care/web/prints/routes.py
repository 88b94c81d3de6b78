"""Everything of an exercise to print: the list, each paper, all of them in one archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import lazy_gettext as _

from care.services.exercises.prints import COPIES, MOST_COPIES, open_prints, print_everything, print_paper
from care.web import labels
from care.web.exercises.routes import ONE, the_exercise
from care.web.files import attachment
from care.web.people import platform, scope
from exercises.kit import Booklet

pages = Blueprint("prints", __name__, template_folder="templates")
HERE = f"{ONE}/prints"


@dataclass(frozen=True)
class Paper:
    """A paper in the list: its name in addresses, its words, how it is printed, other sizes of it."""

    name: str
    words: Any
    how: Any
    sizes: tuple[tuple[str, str], ...] = ()


GROUPS = (
    (
        _("Pour l’animation"),
        (
            Paper(
                "chronogram-a3",
                _("Chronogramme"),
                _("Une ligne par stimulus, une case à cocher, l’heure réelle à écrire. Pour la salle d’animation."),
                (("chronogram-a3", "A3"), ("chronogram-a4", "A4")),
            ),
            Paper(
                "facilitator-cards",
                _("Fiches de l’animateur"),
                _("Ce qu’il faut dire et attendre, deux par feuille à découper. À ne remettre à personne."),
            ),
            Paper("booklet-facilitators", labels.BOOKLET[Booklet.FACILITATORS], _("Un par animateur.")),
        ),
    ),
    (
        _("Pour les joueurs"),
        (
            Paper("booklet-players", labels.BOOKLET[Booklet.PLAYERS], _("Un par joueur, à donner avant le début.")),
            Paper(
                "cards",
                _("Cartes à remettre"),
                _("Mails, écrans, presse : ce qui se remet en main propre si le réseau manque. Un jeu par cellule."),
            ),
            Paper("attachments", _("Pièces jointes"), _("Chacune sur sa feuille, à joindre à sa carte.")),
            Paper("badges", _("Badges"), _("Un par personne : code, PIN et QR pour rejoindre sa cellule.")),
            Paper("table-signs", _("Chevalets de table"), _("Un par cellule, lisible de loin.")),
            Paper("messages", _("Fiches message"), _("Pour répondre sur papier. À photocopier, vingt par cellule.")),
            Paper("logbook", _("Main courante vierge"), _("À photocopier, cinq par cellule.")),
        ),
    ),
    (
        _("Pour les observateurs"),
        (
            Paper("booklet-observers", labels.BOOKLET[Booklet.OBSERVERS], _("Un par observateur.")),
            Paper(
                "observation", _("Grilles d’observation"), _("Une par cellule : critères, puis réactions attendues.")
            ),
        ),
    ),
    (
        _("Pour la preuve"),
        (Paper("attendance", _("Feuille de présence"), _("À faire signer : la direction y figure.")),),
    ),
)


@pages.get(HERE)
def index(establishment_id: int, exercise_id: int) -> str:
    """What there is to print."""
    exercise = the_exercise(exercise_id)
    found = open_prints(platform(), scope(), exercise_id)
    return render_template(
        "prints/index.html", exercise=exercise, prints=found, groups=GROUPS, copies=COPIES, most=MOST_COPIES
    )


@pages.get(f"{HERE}/<sheet>.pdf")
def paper(establishment_id: int, exercise_id: int, sheet: str) -> Response:
    """One paper."""
    the_exercise(exercise_id)
    cell = request.args.get("cell", "")
    printed = print_paper(platform(), scope(), exercise_id, sheet, cell=cell, copies=_copies())
    return attachment(printed.content, printed.name)


@pages.get(f"{HERE}/all.zip")
def everything(establishment_id: int, exercise_id: int) -> Response:
    """All papers, and the attachments as they are."""
    the_exercise(exercise_id)
    printed = print_everything(platform(), scope(), exercise_id, copies=_copies())
    return attachment(printed.content, printed.name)


def _copies() -> int:
    """How many badges of each cell; what is no number is the usual one."""
    return request.args.get("copies", COPIES, type=int)
