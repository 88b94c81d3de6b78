"""Sorting and paging of lists, as plain query parameters: every list works as a simple GET."""

from __future__ import annotations

from flask import request, url_for

MAX_ROW = 2**31 - 1
"""The largest key of a table, and the largest number an address may hold: above, there is no such page."""


def link_with(**changes: str | int | None) -> str:
    """The address of this page with some query parameters changed; None removes one."""
    asked = {**request.args.to_dict(flat=True), **changes}
    kept = {name: value for name, value in asked.items() if value not in (None, "")}
    return url_for(request.endpoint or "static", **{**(request.view_args or {}), **kept})


def asked_page() -> int:
    """The page number of the address, 1 when absent or senseless."""
    try:
        return max(1, row_number(request.args.get("page", "1")))
    except ValueError:
        return 1


def row_number(text: object) -> int:
    """A number that may be that of a row, ValueError above what databases hold; for `coerce` and `type`."""
    number = int(str(text))
    if not 0 <= number <= MAX_ROW:
        raise ValueError("not the number of a row")
    return number


def seen_version() -> int:
    """The version of what a form shows, as it was when the form was filled."""
    return request.form.get("version", 0, type=row_number)
