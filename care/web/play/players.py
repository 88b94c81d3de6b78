"""The pages of a player: what the cell received, one stimulus and its answers, the exchange with the facilitation."""

from __future__ import annotations

import secrets
from mimetypes import guess_type

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from care.domain.exercises import Seat
from care.services.errors import NotFound
from care.services.exercises import playing
from care.services.exercises.playing import Message, answer, standing
from care.web.evidence.routes import FILE_HEADERS
from care.web.people import platform
from care.web.play.blueprint import pages
from care.web.play.cell_news import hot, inbox_here, news_at
from care.web.play.forms import MessageForm
from care.web.play.guests import here, seated
from care.web.play.waiting import Entry, taken


@pages.get("/play")
@seated(Seat.PLAYER)
def inbox() -> str:
    """What the cell received, the latest first; the mission before the start, thanks after the end."""
    return render_template("play/inbox.html", inbox=inbox_here(), sitting=here(), hot=hot())


@pages.get("/play/news")
@seated(Seat.PLAYER)
def news() -> ResponseReturnValue:
    """The list of the inbox, or the bar of the other pages; 204 while nothing changed since `since`."""
    number, last = standing(platform(), here())
    mark = f"{number}.{last}"
    return Response(status=204) if request.args.get("since") == mark else news_at(mark)


@pages.get("/play/stimuli/<key>")
@seated(Seat.PLAYER)
def stimulus(key: str) -> str:
    """One stimulus, what the cell answered, and the form to answer."""
    return _stimulus(key, MessageForm(key=secrets.token_hex(16)))


@pages.post("/play/stimuli/<key>")
@seated(Seat.PLAYER)
def answer_stimulus(key: str) -> ResponseReturnValue:
    """Answer a stimulus."""
    form = MessageForm(request.form)
    code = form.saved(lambda: answer(platform(), here(), form.message(key)))
    return (_stimulus(key, form), code) if code else redirect(url_for("play.stimulus", key=key))


def _stimulus(key: str, form: MessageForm) -> str:
    found = inbox_here()
    one = next((one for one in found.received if one.id == key), None)
    if one is None:
        raise NotFound
    return render_template("play/stimulus.html", inbox=found, one=one, form=form, sitting=here())


@pages.get("/play/talk")
@seated(Seat.PLAYER)
def talk() -> str:
    """What the cell asked, what the facilitation told it, and the form to ask."""
    return _talk(MessageForm(key=secrets.token_hex(16)))


@pages.post("/play/talk")
@seated(Seat.PLAYER)
def ask() -> ResponseReturnValue:
    """Ask the facilitation something."""
    form = MessageForm(request.form)
    code = form.saved(lambda: answer(platform(), here(), form.message()))
    return (_talk(form), code) if code else redirect(url_for("play.talk"))


def _talk(form: MessageForm) -> str:
    return render_template("play/talk.html", inbox=inbox_here(), form=form, sitting=here())


@pages.get("/play/booklet")
@seated(Seat.PLAYER, Seat.OBSERVER)
def booklet() -> str:
    """The booklet of this seat."""
    title, text = playing.booklet(platform(), here())
    inbox = inbox_here() if here().seat is Seat.PLAYER else None
    return render_template("play/booklet.html", title=title, text=text, inbox=inbox, sitting=here())


@pages.get("/play/documents/<name>")
@seated(Seat.PLAYER, Seat.OBSERVER)
def document(name: str) -> Response:
    """A document that came with a stimulus: sent to be kept, never a page of CaRE."""
    content = playing.document(platform(), here(), name)
    answer = Response(content, mimetype=guess_type(name)[0] or "application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers.update(FILE_HEADERS)
    return answer


@pages.post("/play/send")
@seated(Seat.PLAYER)
def receive() -> ResponseReturnValue:
    """Messages that waited on a device."""
    return taken(_take)


def _take(entry: Entry) -> None:
    stimulus = entry.text("stimulus") or None
    answer(platform(), here(), Message(entry.text("body"), entry.key, stimulus, entry.ago))
