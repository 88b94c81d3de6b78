"""Sorting and paging of lists, as plain query parameters: every list works as a simple GET."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for


def link_with(**changes: str | int | None) -> str:
    """The address of this page with some query parameters changed; None removes one."""
    asked = {**request.args.to_dict(flat=True), **changes}
    kept = {name: value for name, value in asked.items() if value not in (None, "")}
    return url_for(request.endpoint or "static", **{**(request.view_args or {}), **kept})


@dataclass(frozen=True)
class Pager:
    """Where one page stands in a list of `total` rows."""

    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """Number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        """Rank of the first row shown, from 1; 0 when the list is empty."""
        return min((self.number - 1) * self.size + 1, self.total)

    @property
    def last_row(self) -> int:
        """Rank of the last row shown."""
        return min(self.number * self.size, self.total)


def asked_page() -> int:
    """The page number of the address, 1 when absent or senseless."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and int(text[:9]) > 0 else 1
