"""Addresses that come from the browser, made harmless."""

from __future__ import annotations

from flask import url_for


def inside(address: str) -> str:
    """`address` when it is a path of this site, else the first page: never a way out to another site."""
    local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address.rstrip("?") if local else url_for("home.start")
