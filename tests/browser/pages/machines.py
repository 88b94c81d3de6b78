"""The pages of machines: what protects how many, the list of those that something is missing from."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(site: Site) -> dict[str, object]:
    return dict(zip(("healthy", "broken"), site.machines, strict=True))


COVERAGE = visits(
    "stranger",
    machines="{far}/machines",
    machines_before="{far}/machines/{healthy}",
    machines_list="{far}/machines/{broken}/list",
    machines_missing="{far}/machines/{broken}/list?missing=edr&kind=server",
    machines_nothing="{far}/machines/{broken}/list?q=introuvable",
    machines_run="{far}/runs/{broken}",
)
NONE = visits("ciso", machines_none="{valley}/machines")

SUBJECT = Subject(known, COVERAGE | NONE)
