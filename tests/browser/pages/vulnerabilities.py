"""The pages of known vulnerabilities."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scanners.vulnerabilities.importing import Asked, import_file
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.unit.vulnerabilities.data import EPSS, NVD, TRACKER, api_page, kev_document, match, nvd_record, written


def known(site: Site) -> dict[str, object]:
    """Data that names the products that the seeds saw."""
    # Of the day of the samples but the tracker: what is too old is seen as such.
    now, store = site.platform.clock.now(), site.platform.settings.vulnerabilities_file
    old = nvd_record("CVE-2010-4478", match("openbsd:openssh", versionEndIncluding="5.6"))
    gateway = nvd_record("CVE-2024-21762", match("fortinet:fortios"), cisaExploitAdd="2024-02-09", score=9.8)
    contents = (
        ("nvd.json", api_page(*NVD, old, gateway)),
        ("kev.json", kev_document()),
        ("epss.csv", EPSS),
        ("debian.json", TRACKER),
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, content in contents:
            import_file(store, written(Path(folder), name, content), Asked(now, dated=now))
    return {}


SUBJECT = Subject(
    known,
    visits("administrator", vulnerability_lists="/vulnerabilities", life_cycles="/vulnerabilities/lifecycle")
    | visits("ciso", own_vulnerabilities="{valley}/vulnerabilities"),
)
