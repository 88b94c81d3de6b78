"""The first page of an exercise: what it is, where it stands, what is next to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.exercises import ExerciseStage
from care.services.exercises.overview import Overview, open_overview
from care.web.continuity.links import PAGES
from care.web.exercises.blueprint import ONE, pages
from care.web.exercises.forms import CancelForm
from care.web.people import platform, scope
from care.web.place import of_this_place


@dataclass(frozen=True)
class Step:
    """One thing to do next: where, what, why. `tone` colours what should not wait."""

    address: str
    icon: str
    what: str
    why: str
    tone: str = ""


@pages.get(ONE)
def one(establishment_id: int, exercise_id: int) -> str:
    """One exercise."""
    return one_page(exercise_id, CancelForm())


def one_page(exercise_id: int, cancel: CancelForm) -> str:
    """The first page of an exercise, with the form that cancels it."""
    found = open_overview(platform(), scope(), exercise_id)
    of_this_place(found.line)
    return render_template(
        "exercises/one.html",
        exercise=found.line,
        found=found,
        cancel=cancel,
        steps=list(_steps(found)),
        node_pages=PAGES,
        base=platform().settings.at(""),
    )


def _steps(found: Overview) -> Iterator[Step]:
    """What is next, for who conducts the exercise."""
    if not found.line.may_run:
        return
    if found.line.stage is ExerciseStage.PREPARED:
        yield from _to_prepare(found)
    elif found.line.stage is ExerciseStage.LIVE:
        yield _step(found, "facilitation.board", "play-fill", _("Animer l’exercice"), _("Il est en cours."), "high")
        why = _("Pour qui arrive en retard, ou a perdu son badge.")
        yield _step(found, "play.codes", "qr-code", _("Montrer les badges"), why)
    elif found.line.stage is ExerciseStage.DEBRIEF:
        why = _("Les questionnaires, les écarts et leurs actions, puis la clôture : tant que c’est frais.")
        yield _step(found, "debrief.index", "clipboard-check", _("Débriefer"), why, "high")


def _to_prepare(found: Overview) -> Iterator[Step]:
    if found.unsaid:
        why = ngettext(
            "%(num)s mot est encore celui du kit : « le logiciel du laboratoire » ne réveille personne.",
            "%(num)s mots sont encore ceux du kit : « le logiciel du laboratoire » ne réveille personne.",
            found.unsaid,
        )
        yield _step(found, "exercises.words", "pencil", _("Choisir les mots de l’établissement"), why)
    if not found.plan_title and not found.nodes:
        why = _("Un exercice qui n’éprouve aucun plan ni aucune activité ne compte pas pour D2.O1.D.")
        yield _step(found, "exercises.edit", "calendar-check", _("Dire ce qui est mis à l’épreuve"), why, "medium")
    if not found.line.director or not found.line.place:
        why = _("Les invitations et les documents les donnent.")
        yield _step(found, "exercises.edit", "geo-alt", _("Compléter le lieu et le directeur de l’exercice"), why)
    why = _("Ce qui est dit, à qui, à quelle minute.")
    yield _step(found, "chronogram.index", "table", _("Relire le chronogramme"), why)
    why = _("Étape par étape, jusqu’au feu vert.")
    yield _step(found, "preparation.index", "list-check", _("Suivre la préparation"), why)
    why = _("Chronogramme, cartes, livrets et badges : le jour venu, le réseau peut manquer.")
    yield _step(found, "prints.index", "printer", _("Imprimer"), why)
    why = _("Les joueurs s’installent, puis vous donnez le départ.")
    yield _step(found, "facilitation.board", "play-fill", _("Ouvrir la salle"), why)


def _step(found: Overview, endpoint: str, icon: str, what: str, why: str, tone: str = "") -> Step:
    line = found.line
    address = url_for(endpoint, establishment_id=line.establishment_id, exercise_id=line.id)
    return Step(address, icon, what, why, tone)
