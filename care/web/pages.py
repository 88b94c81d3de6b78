"""Sorting and paging of lists, as plain query parameters: every list works as a simple GET."""

from __future__ import annotations

from flask import request, url_for


def link_with(**changes: str | int | None) -> str:
    """The address of this page with some query parameters changed; None removes one."""
    asked = {**request.args.to_dict(flat=True), **changes}
    kept = {name: value for name, value in asked.items() if value not in (None, "")}
    return url_for(request.endpoint or "static", **{**(request.view_args or {}), **kept})


def asked_page() -> int:
    """The page number of the address, 1 when absent or senseless."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and int(text[:9]) > 0 else 1
