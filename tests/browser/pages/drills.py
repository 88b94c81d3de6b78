"""The pages of restore drills: their list, one that proved something, one that failed, the form of a new one."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(site: Site) -> dict[str, object]:
    return dict(zip(("proved", "failed"), site.drills, strict=True))


SUBJECT = Subject(
    known,
    visits(
        "stranger",
        drills="{far}/drills",
        drill_proved="{far}/drills/{proved}",
        drill_failed="{far}/drills/{failed}",
        drill_run="{far}/runs/{failed}",
        drill_target="{far}/targets/new/restore",
    )
    | visits("ciso", drills_none="{valley}/drills"),
)
