"""The pages of the directory: its level over time, its control points, who could take it over."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(site: Site) -> dict[str, object]:
    return dict(zip(("first", "mended", "last"), site.directory, strict=True))


LEVEL = visits(
    "stranger",
    directory="{far}/directory",
    directory_before="{far}/directory/{mended}",
    directory_first="{far}/directory/{first}",
    directory_points="{far}/directory/{last}/points",
    directory_points_failed="{far}/directory/{last}/points?status=failed&kind=1",
    directory_paths="{far}/directory/{last}/paths",
    directory_path_of="{far}/directory/{last}/paths?from=agent4&page=2",
    directory_no_path="{far}/directory/{mended}/paths?from=personne",
    directory_run="{far}/runs/{last}",
    directory_findings="{far}/findings?rule=ad.control_path_to_tier_zero",
)
NONE = visits("ciso", directory_none="{valley}/directory")

SUBJECT = Subject(known, LEVEL | NONE)
