"""Browsers where somebody has signed in before: a signed cookie holds a mark for each of the last logins.

A mark opens nothing. It only lets the failures of this browser count apart from those of strangers, who could otherwise
keep a person out by guessing at their account all day long.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

LASTS = timedelta(days=90)
PEOPLE = 8
"""How many people a browser remembers, the last ones: a workstation of a ward is shared."""


def mark_of(login: str) -> str:
    """The mark this browser holds for a login; empty when nobody has signed in with it here lately."""
    nonce, marks = _held()
    mark = _mark(nonce, login)
    return mark if mark in marks else ""


def remember(answer: Response, login: str) -> None:
    """Leave the mark of a login that has just opened a session here."""
    nonce, marks = _held()
    mark = _mark(nonce, login)
    kept = [*(other for other in marks if other != mark), mark][-PEOPLE:]
    answer.set_cookie(
        _name(),
        str(_signer().dumps([nonce, kept])),
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )


def _held() -> tuple[str, list[str]]:
    """What the cookie says, a new browser when it is missing, too old or not ours."""
    try:
        nonce, marks = _signer().loads(request.cookies.get(_name(), ""), max_age=int(LASTS.total_seconds()))
    except BadSignature:
        return secrets.token_urlsafe(16), []
    return nonce, marks


def _mark(nonce: str, login: str) -> str:
    return hashlib.sha256(f"{nonce} {login}".encode()).hexdigest()[:32]


def _name() -> str:
    return "__Host-care_browser" if current_app.config["SESSION_COOKIE_SECURE"] else "care_browser"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="known browser")
