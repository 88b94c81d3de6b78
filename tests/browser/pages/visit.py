"""What a page of the list is: who opens it, where it stands, how it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.browser.conftest import Site

Known = Callable[[Site], dict[str, object]]


@dataclass(frozen=True)
class Visit:
    """Who opens a page, and how it answers. `path` waits for what its subject knows: `{valley}/degraded/{sheet}`."""

    who: str
    path: str
    status: int = 200


@dataclass(frozen=True)
class Subject:
    """The pages of one subject, and the words of their paths."""

    known: Known
    pages: dict[str, Visit]

    def addresses(self, site: Site) -> dict[str, Visit]:
        """The same pages, each with its whole address on that site.

        `KeyError` when a path uses a word nobody gives, `LookupError` when what a word stands for was not planted.
        """
        words = _places(site) | self.known(site)
        lost = [word for word, value in words.items() if value is None]
        if lost:
            raise LookupError(f"Nothing was planted for {', '.join(lost)}.")
        return {name: replace(one, path=site.url + one.path.format_map(words)) for name, one in self.pages.items()}


def visits(who: str, **paths: str) -> dict[str, Visit]:
    """Pages that one person opens, by name."""
    return {name: Visit(who, path) for name, path in paths.items()}


def _places(site: Site) -> dict[str, object]:
    """The words of every subject: the three hospitals."""
    assert site.hospitals is not None
    known = {"valley": site.hospitals.valley, "hill": site.hospitals.hill, "far": site.hospitals.far}
    return {name: f"/establishments/{number}" for name, number in known.items()}
