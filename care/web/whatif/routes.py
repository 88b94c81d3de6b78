"""“What if this falls at 02:00?”: the question, its answer at an address one may keep, the points of fragility."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from care.domain.continuity import ResourceKind
from care.domain.durations import minutes_of
from care.services import what_if
from care.services.errors import Invalid, NotFound
from care.services.fragility import fragility as read_fragility
from care.services.graph_pictures import open_map
from care.services.what_if import Question
from care.services.what_if_choices import families
from care.web.language import current_language
from care.web.pages import row_number
from care.web.people import platform, scope
from scanners.model import Text

pages = Blueprint(
    "whatif", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/what-if"
)
ASKED = ("lost", "kind", "at", "for")
_NO_TIME = Text(
    "Cette date ne se lit pas : écrivez-la comme 2026-11-22T02:00.",
    "This date cannot be read: write it like 2026-11-22T02:00.",
)
_NO_DURATION = Text(
    "Cette durée ne se lit pas : écrivez par exemple « 4 h », « 90 min » ou « 2 j ».",
    "This duration cannot be read: write for instance “4 h”, “90 min” or “2 d”.",
)


@pages.get("")
def index(establishment_id: int) -> str:
    """What to lose, when, for how long."""
    return _ask(establishment_id, {})


@pages.get("/answer")
def answer(establishment_id: int) -> ResponseReturnValue:
    """What happens then. Without anything to lose, or with a time that is none, the question again."""
    try:
        question = asked()
        if not (question.lost or question.kinds):
            return _ask(establishment_id, {})
        found = what_if.answer(platform(), scope(), establishment_id, question)
    except Invalid as refusal:
        return _ask(establishment_id, refusal.fields), 400
    kept = kept_question()
    again = url_for("whatif.index", establishment_id=establishment_id, **kept)
    whole = url_for("whatif.answer", establishment_id=establishment_id, **kept, whole=1)
    return render_template("whatif/answer.html", found=found, question=question, again=again, whole=whole)


@pages.get("/fragility")
def fragility(establishment_id: int) -> str:
    """Single points of failure, loops, what is tied to nothing."""
    found = read_fragility(platform(), scope(), establishment_id, bool(request.args.get("whole")))
    return render_template("whatif/fragility.html", found=found)


@pages.get("/map")
def show_map(establishment_id: int) -> str:
    """The map of dependencies: whole when it can be read, else around one node."""
    asked_node = chosen()[:1]
    found = open_map(platform(), scope(), establishment_id, asked_node[0] if asked_node else None)
    return render_template("whatif/map.html", found=found)


def asked() -> Question:
    """The question in the address. Invalid for a time or a duration that cannot be read, NotFound for no number."""
    faults: dict[str, Text] = {}
    at, outage = None, None
    try:
        typed = request.args.get("at", "").strip()
        at = datetime.fromisoformat(typed) if typed else None
    except ValueError:
        faults["at"] = _NO_TIME
    try:
        typed = request.args.get("for", "").strip()
        outage = minutes_of(typed) if typed else None
    except ValueError:
        faults["for"] = _NO_DURATION
    lost = chosen()
    if faults:
        raise Invalid(faults)
    kinds = tuple(kind for kind in ResourceKind if kind in request.args.getlist("kind"))
    return Question(lost, kinds, at, outage, bool(request.args.get("whole")))


def chosen() -> tuple[int, ...]:
    """The nodes of the address, each once; NotFound for what is no number."""
    try:
        return tuple(dict.fromkeys(row_number(one) for one in request.args.getlist("lost")))
    except ValueError as error:
        raise NotFound from error


def kept_question() -> dict[str, Any]:
    """The question as it was asked, for the address of another view of it."""
    return {name: request.args.getlist(name) for name in ASKED if any(request.args.getlist(name))}


def _ask(establishment_id: int, faults: Any) -> str:  # noqa: ANN401 - a mapping of sentences
    words = request.args.get("q", "")
    return render_template(
        "whatif/index.html",
        families=families(platform(), scope(), establishment_id, words, chosen()),
        kinds=request.args.getlist("kind"),
        words=words,
        at=request.args.get("at", "") or f"{what_if.next_night(platform()):%Y-%m-%dT%H:%M}",
        duration=request.args.get("for", ""),
        faults={name: text.render(current_language()) for name, text in faults.items()},
    )
