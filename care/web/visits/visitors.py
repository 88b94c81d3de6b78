"""What visitors read, and its preview by the establishment: the same pages, one noted and marked, the other marked."""

from __future__ import annotations

from typing import Any

from flask import Response, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from care.services.errors import Gone, NotFound, Throttled
from care.services.visits import entering, files, pieces, requirements
from care.services.visits.files import NotGiven
from care.services.visits.reading import preview
from care.services.visits.requirements import RequirementShown
from care.web.files import attachment
from care.web.language import current_language
from care.web.pages import asked_page
from care.web.people import address, open_to_all, platform, scope
from care.web.visits.blueprint import DOOR, ONE, pages
from care.web.visits.guard import OTHER, let_in, looked, see_out, visited

LINK = f"{DOOR}/link/<token>"
SHOWN_HERE = ("image/png", "image/jpeg")
# A file is never a page of CaRE: it runs nothing, loads nothing, and opens nothing in our name.
FILE_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
_PREVIEWED = {
    "visits.summary": "visits.preview_summary",
    "visits.framework": "visits.preview_framework",
    "visits.requirement": "visits.preview_requirement",
    "visits.evidence": "visits.preview_evidence",
    "visits.piece": "visits.preview_piece",
    "visits.file": "visits.preview_file",
}


# ---- Coming in and leaving -------------------------------------------------------------------------------------------


@pages.get(LINK)
@open_to_all
def link(token: str) -> ResponseReturnValue:
    """Where a link leads. Nothing opens until somebody asks: the preview of a mail enters nowhere."""
    return _door(token)


@pages.post(LINK)
@open_to_all
def come_in(token: str) -> ResponseReturnValue:
    """Exchange the link for the cookie of this browser."""
    try:
        cookie, ends_at = entering.enter(platform(), current_language(), token, address())
    except (NotFound, Gone, Throttled):
        return _door(token)
    return let_in(cookie, ends_at)


def _door(token: str) -> ResponseReturnValue:
    lang = current_language()
    try:
        way = entering.way_in(platform(), lang, token, address())
    except Throttled as refusal:
        wait = {"Retry-After": str(round(refusal.retry_after.total_seconds()))}
        return render_template("visits/shut.html", why=refusal.text.render(lang)), 429, wait
    except Gone as refusal:
        return render_template("visits/shut.html", why=refusal.text.render(lang)), 410
    except NotFound:
        return render_template("visits/nobody.html"), 404
    return render_template("visits/door.html", way=way)


@pages.post(f"{DOOR}/leave")
@open_to_all
def go_out() -> ResponseReturnValue:
    """Leave; the link opens again while the visit is open."""
    return see_out()


@pages.get(f"{DOOR}/left")
@open_to_all
def left() -> str:
    """What is said to who left."""
    return render_template("visits/left.html")


# ---- Reading ---------------------------------------------------------------------------------------------------------


@pages.get(DOOR)
@visited("summary")
def summary() -> str:
    """The visit, its frameworks and where they stand."""
    return _summary()


@pages.get(f"{DOOR}/frameworks/<framework_shown>")
@visited("framework", lambda framework_shown: framework_shown)
def framework(framework_shown: str) -> str:
    """The requirements of a framework."""
    return _framework(framework_shown)


@pages.get(f"{DOOR}/frameworks/<framework_shown>/<item_shown>")
@visited("requirement", lambda framework_shown, item_shown: f"{framework_shown}:{item_shown}")
def requirement(framework_shown: str, item_shown: str) -> str:
    """One requirement, on what grounds it stands, and its evidence."""
    return _requirement(framework_shown, item_shown)


@pages.get(f"{DOOR}/evidence")
@visited("pieces")
def evidence() -> str:
    """Every piece of the visit."""
    return _evidence()


@pages.get(f"{DOOR}/evidence/<int:piece_id>")
@visited("piece", lambda piece_id: f"evidence:{piece_id}")
def piece(piece_id: int) -> str:
    """The sheet of a piece."""
    return _piece(piece_id)


@pages.get(f"{DOOR}/evidence/<int:piece_id>/file")
@visited("file", lambda piece_id: f"evidence:{piece_id}")
def file(piece_id: int) -> Response:
    """The file of a piece, marked with the visitor’s name where it can be."""
    return _file(piece_id)


@pages.get(f"{DOOR}/<path:rest>")
@visited(OTHER, lambda rest: rest)
def elsewhere(rest: str) -> str:
    """Any other address: as if it did not exist, and noted."""
    raise NotFound


# ---- The same, previewed ---------------------------------------------------------------------------------------------


@pages.get(f"{ONE}/preview")
def preview_summary(establishment_id: int, visit_id: int) -> str:
    """The first page, as visitors see it."""
    _look(establishment_id, visit_id)
    return _summary()


@pages.get(f"{ONE}/preview/frameworks/<framework_shown>")
def preview_framework(establishment_id: int, visit_id: int, framework_shown: str) -> str:
    """A framework, as visitors see it."""
    _look(establishment_id, visit_id)
    return _framework(framework_shown)


@pages.get(f"{ONE}/preview/frameworks/<framework_shown>/<item_shown>")
def preview_requirement(establishment_id: int, visit_id: int, framework_shown: str, item_shown: str) -> str:
    """A requirement, as visitors see it."""
    _look(establishment_id, visit_id)
    return _requirement(framework_shown, item_shown)


@pages.get(f"{ONE}/preview/evidence")
def preview_evidence(establishment_id: int, visit_id: int) -> str:
    """The pieces, as visitors see them."""
    _look(establishment_id, visit_id)
    return _evidence()


@pages.get(f"{ONE}/preview/evidence/<int:piece_id>")
def preview_piece(establishment_id: int, visit_id: int, piece_id: int) -> str:
    """A piece, as visitors see it."""
    _look(establishment_id, visit_id)
    return _piece(piece_id)


@pages.get(f"{ONE}/preview/evidence/<int:piece_id>/file")
def preview_file(establishment_id: int, visit_id: int, piece_id: int) -> ResponseReturnValue:
    """The file of a piece, as visitors get it."""
    _look(establishment_id, visit_id)
    try:
        return _file(piece_id)
    except NotGiven as refusal:
        return _page("visits/not_given.html", why=refusal.text.render(current_language())), 409


def _look(establishment_id: int, visit_id: int) -> None:
    """Look at the visit as its visitors do."""
    g.looked = preview(platform(), scope(), (establishment_id, visit_id))
    g.previewed = {"establishment_id": establishment_id, "visit_id": visit_id}


# ---- The pages -------------------------------------------------------------------------------------------------------


@pages.context_processor
def marked() -> dict[str, Any]:
    """What every page shown to a visitor bears."""
    seen = g.get("looked")
    if seen is None:
        return {}
    now = platform().clock.now()
    return {
        "seen": seen,
        "mark": files.mark_line(platform(), seen, current_language()),
        "left": max(0, int((seen.ends_at - now).total_seconds() // 60)),
        "to": _to,
        "previewed": g.get("previewed"),
    }


def _to(page: str, **values: Any) -> str:  # noqa: ANN401 - those of the page
    """The address of a page of the visit: the visitor’s, or its preview."""
    where: dict[str, Any] | None = g.get("previewed")
    return url_for(_PREVIEWED[page], **where, **values) if where else url_for(page, **values)


def _page(template: str, **values: Any) -> str:  # noqa: ANN401 - those of the template
    return render_template(template, **values)


def _summary() -> str:
    found = requirements.show_frameworks(platform(), looked(), current_language())
    latest = pieces.list_pieces(platform(), looked(), current_language())
    return _page("visits/summary.html", frameworks=found, pieces=latest)


def _framework(name: str) -> str:
    return _page(
        "visits/framework.html",
        framework=requirements.show_framework(platform(), looked(), current_language(), name),
    )


def _requirement(framework: str, item: str) -> str:
    lang = current_language()
    shown: RequirementShown = requirements.show_requirement(platform(), looked(), lang, framework, item)
    proofs = pieces.list_pieces(platform(), looked(), lang, asked_page(), shown.ref)
    return _page("visits/requirement.html", shown=shown, pieces=proofs)


def _evidence() -> str:
    words = request.args.get("q", "")
    found = pieces.list_pieces(platform(), looked(), current_language(), asked_page(), words=words)
    return _page("visits/evidence.html", pieces=found, words=words)


def _piece(piece_id: int) -> str:
    found = pieces.open_piece(platform(), looked(), current_language(), piece_id)
    titles = requirements.names_of(platform(), found.requirements, current_language())
    return _page("visits/piece.html", piece=found, titles=titles, shown_here=found.media_type in SHOWN_HERE)


def _file(piece_id: int) -> Response:
    given = files.give(platform(), looked(), current_language(), piece_id)
    if given.content is None:
        answer = send_file(
            given.path or "", mimetype=given.media_type, as_attachment=True, download_name=given.name, etag=False
        )
    else:
        answer = attachment(given.content, given.name)
        answer.mimetype = given.media_type
        if "show" in request.args:
            answer.headers.set("Content-Disposition", "inline", filename=given.name)
    answer.headers.update(FILE_HEADERS)
    return answer
