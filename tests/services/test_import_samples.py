"""Every sample file of another tool through the whole path: read in its child, recorded, shown, imported again."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.findings import Change
from care.services import findings, import_now, runs
from care.services.findings import FindingFilter
from care.services.import_drafts import Upload
from care.services.import_now import upload
from care.services.platform import Platform
from care.store.findings import FindingEvent, FindingRow
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.unit.imported.files import LOOKED_AT, TOOLS, content, read

MIB = 1 << 20


@pytest.fixture
def ciso(hospitals: Hospitals, clock: FixedClock) -> Scope:
    clock.forward(days=300)  # the samples look at November 2026
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


def brought(platform: Platform, scope: Scope, hospitals: Hospitals, name: str) -> int:
    sent = Upload(name, io.BytesIO(content(name)), MIB, at=LOOKED_AT)
    return import_now.confirm(platform, scope, upload(platform, scope, hospitals.valley, sent), "Siège")


@pytest.mark.parametrize("name", TOOLS)
def test_a_sample_becomes_findings_shown_in_both_languages(
    platform: Platform, ciso: Scope, hospitals: Hospitals, name: str
) -> None:
    expected = read(name)
    run = runs.open_run(platform, ciso, brought(platform, ciso, hospitals, name))
    count = sum(len(check.findings) for check in expected.checks)
    assert (run.line.counts.new, run.line.scanner) == (count, TOOLS[name].value)
    for lang in ("fr", "en"):
        reader = replace(ciso, lang=lang)
        lines = findings.list_findings(platform, reader, hospitals.valley, FindingFilter(per_page=100)).page.lines
        titles = {check.id: check.title.render(lang) for check in expected.checks}
        assert len(lines) == count
        assert {line.rule: line.title for line in lines} == {line.rule: titles[line.rule] for line in lines}
        assert all(findings.open_finding(platform, reader, line.id).line.subject for line in lines)

    before = written(platform)
    again = runs.open_run(platform, ciso, brought(platform, ciso, hospitals, name))
    assert written(platform) == before, "the same file again writes no finding"
    assert again.line.counts.new == again.line.counts.fixed == 0


def written(platform: Platform) -> tuple[int, int]:
    with platform.database.read() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (FindingRow, FindingEvent)]
    return counts[0], counts[1]


def test_what_is_mended_closes_where_the_file_proves_it(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    """A week later Nessus finds nothing more on its three machines: the one never scanned whole keeps its finding."""
    brought(platform, ciso, hospitals, "nessus.nessus")
    clock.forward(days=7)
    text = content("nessus.nessus").decode()
    later = text.replace("17951616", "17957664").replace("17951622", "17957670").replace("17951625", "17957673")
    for severity in "1234":
        later = later.replace(f'severity="{severity}"', 'severity="0"')
    sent = Upload("suite.nessus", io.BytesIO(later.encode()), MIB)
    draft = upload(platform, ciso, hospitals.valley, sent)
    assert import_now.preview(platform, ciso, draft).counts[Change.FIXED] == 3
    import_now.confirm(platform, ciso, draft, "Siège")
    lines = findings.list_findings(platform, ciso, hospitals.valley, FindingFilter(per_page=100)).page.lines
    assert {line.subject: line.state.value for line in lines} == {
        "192.0.2.60:445/tcp": "fixed",
        "192.0.2.60:443/tcp": "fixed",
        "192.0.2.61:23/tcp": "fixed",
        "192.0.2.62:80/tcp": "open",
    }
