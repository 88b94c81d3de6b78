"""Signing in and out, and the account of who is signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from care.web.people import open_to_all

pages = Blueprint("account", __name__, template_folder="templates")


@pages.get("/sign-in")
@open_to_all
def sign_in() -> str:
    """The sign-in form."""
    return render_template("account/sign_in.html")


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    return redirect(url_for("account.sign_in"))


@pages.get("/account")
def mine() -> str:
    """The account of who is signed in."""
    return render_template("account/mine.html")
