"""Logbooks: those of the real crises of an establishment, and that of an exercise; one page writes in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services import books
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exercises.reading import ExerciseLine
from care.services.logbooks.files import logbook_csv, logbook_json, logbook_pdf
from care.services.logbooks.reading import LogbookView, LogFilter, list_logbooks, mark_of, read_logbook
from care.services.logbooks.rows import OfCrisis, OfExercise, Which
from care.services.logbooks.writing import close_logbook, open_logbook, reopen_logbook, write_line
from care.web import labels
from care.web.exercises.routes import the_exercise
from care.web.files import attachment
from care.web.live import stream_of_logbook
from care.web.logbooks.forms import LineForm
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused

pages = Blueprint("logbooks", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/logbooks"
ONE = f"{HERE}/<int:logbook_id>"
OF_EXERCISE = "/establishments/<int:establishment_id>/exercises/<int:exercise_id>/logbook"
_MAKERS = {"csv": logbook_csv, "json": logbook_json, "pdf": logbook_pdf}


@dataclass(frozen=True)
class Ways:
    """The addresses of one logbook."""

    page: str
    lines: str
    write: str
    file: str
    stream: str
    values: dict[str, Any]

    def to(self, name: str, **more: Any) -> str:  # noqa: ANN401 - as url_for takes them
        """An address of this logbook."""
        return url_for(getattr(self, name), **self.values, **more)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The logbooks of the real crises, open and closed."""
    return render_template("logbooks/index.html", found=list_logbooks(platform(), scope(), establishment_id))


@pages.post(HERE)
def open_one(establishment_id: int) -> ResponseReturnValue:
    """Open one, at once; the one already open when no title is given."""
    title = request.form.get("title", "")
    with said_as_refused(Refused):
        number = open_logbook(platform(), scope(), establishment_id, title)
        return redirect(url_for("logbooks.one", establishment_id=establishment_id, logbook_id=number))
    return redirect(url_for("logbooks.index", establishment_id=establishment_id))


@pages.get(ONE)
def one(establishment_id: int, logbook_id: int) -> str:
    """A logbook of a real crisis: the form, then the lines."""
    return _page(OfCrisis(logbook_id))


@pages.get(f"{ONE}/lines")
def lines(establishment_id: int, logbook_id: int) -> ResponseReturnValue:
    """Its lines alone, for a page that is open."""
    return _lines(OfCrisis(logbook_id))


@pages.get(f"{ONE}/live")
def stream(establishment_id: int, logbook_id: int) -> Response:
    """News of it, for a page that is open."""
    of_this_place(read_logbook(platform(), scope(), OfCrisis(logbook_id)))
    return stream_of_logbook(logbook_id)


@pages.post(ONE)
def write(establishment_id: int, logbook_id: int) -> ResponseReturnValue:
    """Write a line."""
    return _write(OfCrisis(logbook_id))


@pages.post(f"{ONE}/close")
def close(establishment_id: int, logbook_id: int) -> ResponseReturnValue:
    """Close it."""
    return _turn(logbook_id, closing=True)


@pages.post(f"{ONE}/reopen")
def reopen(establishment_id: int, logbook_id: int) -> ResponseReturnValue:
    """Open it again."""
    return _turn(logbook_id, closing=False)


@pages.get(f"{ONE}/file.<form>")
def file(establishment_id: int, logbook_id: int, form: str) -> Response:
    """Take it away: CSV, JSON with its chain, PDF."""
    return _file(OfCrisis(logbook_id), form)


@pages.get(OF_EXERCISE)
def of_exercise(establishment_id: int, exercise_id: int) -> str:
    """The logbook of an exercise, its events between the lines."""
    return _page(OfExercise(exercise_id), the_exercise(exercise_id))


@pages.get(f"{OF_EXERCISE}/lines")
def lines_of_exercise(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Its lines alone."""
    the_exercise(exercise_id)
    return _lines(OfExercise(exercise_id))


@pages.post(OF_EXERCISE)
def write_of_exercise(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Write a line."""
    return _write(OfExercise(exercise_id), the_exercise(exercise_id))


@pages.get(f"{OF_EXERCISE}/file.<form>")
def file_of_exercise(establishment_id: int, exercise_id: int, form: str) -> Response:
    """Take it away."""
    the_exercise(exercise_id)
    return _file(OfExercise(exercise_id), form)


@pages.get(f"{HERE}/verifier.py")
def script(establishment_id: int) -> Response:
    """The script that verifies what was taken away, from the installation itself."""
    if not (may(Right.SEE_CONTACTS) or may(Right.SEE_EXERCISES)):
        raise Forbidden
    headers = {"Content-Disposition": 'attachment; filename="verifier.py"'}
    return Response(books.script(), mimetype="text/plain", headers=headers)


def _page(which: Which, exercise: ExerciseLine | None = None, form: LineForm | None = None) -> str:
    view = of_this_place(read_logbook(platform(), scope(), which, _wanted(), checked=True))
    if form is None:
        form = LineForm()
        form.prepare(view.cells)
        form.cell.data = request.args.get("into", "")
        form.corrects.data, form.text.data = _to_correct(view)
    return render_template(
        "logbooks/one.html",
        view=view,
        exercise=exercise,
        form=form,
        ways=_ways(view.establishment_id, which),
        wanted=_wanted(),
        corrected=_corrected(view, form.corrects.data),
        kinds={key: words for key, words in labels.LOG_KIND.items() if exercise or key != "event"},
        key=books.grouped(platform().signer.key_id),
    )


def _to_correct(view: LogbookView) -> tuple[str, str]:
    """The line that the address asks to correct: its number and its words, to start from."""
    line = _corrected(view, request.args.get("corrects", ""))
    return (str(line.number), line.text.replace("\n", " ")) if line else ("", "")


def _corrected(view: LogbookView, number: str | None) -> Any:  # noqa: ANN401 - a line or None, for the template
    return next((one for one in view.lines if number and one.kind != "event" and str(one.number) == number), None)


def _lines(which: Which) -> ResponseReturnValue:
    """Nothing new costs two rows; else the lines again."""
    if request.args.get("seen") == mark_of(platform(), scope(), which):
        return "", 204
    view = of_this_place(read_logbook(platform(), scope(), which, _wanted()))
    return render_template("logbooks/lines.html", view=view, ways=_ways(view.establishment_id, which), wanted=_wanted())


def _write(which: Which, exercise: ExerciseLine | None = None) -> ResponseReturnValue:
    view = of_this_place(read_logbook(platform(), scope(), which))
    if not may(Right.SEE_CONTACTS):
        raise Forbidden
    form = LineForm(request.form)
    form.prepare(view.cells)
    now, zone = platform().clock.now(), ZoneInfo(platform().settings.timezone)
    numbers: list[int] = []
    code = form.saved(lambda: numbers.append(write_line(platform(), scope(), which, form.draft(now, zone))))
    if code:
        return _page(which, exercise, form), code
    if form.hour.data or form.day.data:
        flash(_("Ligne n° %(number)s inscrite, à son heure.", number=numbers[0]))
    return redirect(_ways(view.establishment_id, which).to("page", into=form.cell.data or None))


def _turn(logbook_id: int, *, closing: bool) -> ResponseReturnValue:
    view = of_this_place(read_logbook(platform(), scope(), OfCrisis(logbook_id)))
    with said_as_refused(Refused):
        (close_logbook if closing else reopen_logbook)(platform(), scope(), logbook_id)
    return redirect(_ways(view.establishment_id, OfCrisis(logbook_id)).to("page"))


def _file(which: Which, form: str) -> Response:
    if form not in _MAKERS:
        raise NotFound
    of_this_place(read_logbook(platform(), scope(), which))
    return attachment(_MAKERS[form](platform(), scope(), which), f"main-courante.{form}")


def _wanted() -> LogFilter:
    asked = request.args
    whole = "all" in asked or "corrects" in asked  # the line to correct may be an old one
    return LogFilter(asked.get("q", "")[:200], asked.get("kind", ""), asked.get("cell", ""), whole)


def _ways(establishment_id: int, which: Which) -> Ways:
    here: dict[str, Any] = {"establishment_id": establishment_id}
    if isinstance(which, OfExercise):
        names = ("of_exercise", "lines_of_exercise", "write_of_exercise", "file_of_exercise", "stream")
        here["exercise_id"] = which.exercise_id
    else:
        names = ("one", "lines", "write", "file", "stream")
        here["logbook_id"] = which.logbook_id
    page, lines_, write_, file_, stream_ = (f"logbooks.{name}" for name in names)
    return Ways(page, lines_, write_, file_, stream_, here)
