"""Every page: no violation for axe-core (WCAG 2.1 A and AA) in light and in dark, no sideways scroll at 320 px."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from care.web import create_app
from tests.browser.conftest import Open, Site
from tests.browser.pages import NAMES, addresses
from tests.browser.pages.visit import Visit

pytestmark = pytest.mark.browser
VENDOR = Path(__file__).parent / "vendor"
AXE = (VENDOR / "axe.min.js").read_text(encoding="utf-8")
FRENCH = json.loads((VENDOR / "axe.fr.json").read_text(encoding="utf-8"))
CHECKED = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RUN = """async ([locale, tags]) => {
  axe.configure({locale});
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}});
  return found.violations.map((one) => `${one.id}: ${one.help} ${one.nodes.map((node) => node.html).join(" | ")}`);
}"""


NOT_PAGES = {
    "static", "home.health", "home.start", "setup.first_run",  # the first run has its journey
    "actions.any_one",  # leads to the page of the action
    "facilitation.live", "runs.events", "runs.progress", "imports.events", "imports.progress",  # parts of pages
    "play.document", "play.live", "play.news", "play.observed", "play.worker", "play.screen_now", "play.token",
    "campaigns.report", "trail.export", "deadlines.calendar", "weaknesses.export", "weaknesses.export_sites",
    "plans.plan", "plans.everywhere_plan", "plans.export", "plans.everywhere_export",
    "investment.document", "investment.everywhere_document", "investment.workbook", "investment.everywhere_workbook",
    "remediation.finding_playbook", "remediation.rule_playbook",
    "evidence.file", "evidence.book_file", "evidence.book_script",
    "continuity.export_file", "coverage.table", "coverage.workbook", "pcra.markdown", "pcra.pdf",
    "degraded.poster", "degraded.cards", "degraded.all_cards", "degraded.label",
    "crisis.checklist_pdf", "crisis.contacts_csv", "crisis.contacts_pdf", "crisis.contacts_vcard", "crisis.duties_pdf",
    "crisis.pack_file", "certification.book", "certification.report", "certification.report_over",
    "chronogram.document", "chronogram.workbook_file", "debrief.attestation", "debrief.attestations", "debrief.count",
    "debrief.report", "debrief.workbook", "exercise_kits.document", "exercise_kits.export", "live.of_exercise",
    "governance.figures_csv", "governance.file", "installations.answer", "installations.receipt",
    "incidents.chain_file", "incidents.clocks", "incidents.declaration_text", "incidents.register",
    "logbooks.file", "logbooks.file_of_exercise", "logbooks.lines", "logbooks.lines_of_exercise", "logbooks.script",
    "logbooks.stream", "maturity.file", "preparation.calendar_file", "preparation.channel_lines", "prints.everything",
    "prints.paper", "regional_campaigns.follow_up", "trust.certificate", "trust.profile",
    "visits.elsewhere", "visits.file", "visits.preview_file", "visits.record_csv", "visits.record_pdf",
    "visits.record_xlsx",
    "needs.attach", "needs.file",
    "awareness.plan_file", "awareness.sign_in", "contracts.clauses_file", "contracts.compare_file", "contracts.file",
    "alerts.follow_up", "federation_entry.alerts_entry", "region_links.document", "region_links.preview_file",
    "regional_exposures.table", "regional_questionnaires.answers", "regional_reports.file", "support.table",
    "support.workbook", "territory.index",  # leads to the first territory
    "hosting.file", "applications.take", "frameworks.export", "frameworks.manual_template", "socle.workbook",
}  # fmt: skip
"""The addresses that give a file or a part of a page."""


def violations(page: Page, scheme: str) -> list[str]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    found: list[str] = page.evaluate(RUN, [FRENCH, CHECKED])
    return found


@pytest.fixture(scope="module")
def listed(site: Site) -> dict[str, Visit]:
    """The pages of the list, with their addresses: worked out once."""
    return addresses(site)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_and_fits_a_phone(open_page: Open, listed: dict[str, Visit], name: str) -> None:
    expected = listed[name]
    page = open_page(expected.who, bypass_csp=True)
    answer = page.goto(expected.path)
    assert answer is not None
    assert (answer.status, page.url) == (expected.status, expected.path)
    page.evaluate(AXE)
    assert violations(page, "light") == []
    assert violations(page, "dark") == []
    page.set_viewport_size({"width": 320, "height": 900})
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_page_is_in_the_list(site: Site, listed: dict[str, Visit]) -> None:
    rules = create_app(site.platform, site.platform.settings).url_map
    match = rules.bind("127.0.0.1").match
    seen = {match(urlsplit(one.path).path)[0] for one in listed.values() if one.status == 200}
    rest = {rule.endpoint for rule in rules.iter_rules() if "GET" in (rule.methods or ())} - seen
    assert (sorted(rest - NOT_PAGES), sorted(NOT_PAGES - rest)) == ([], [])


def test_the_check_itself_sees_a_fault(open_page: Open, site: Site) -> None:
    page = open_page(bypass_csp=True)
    page.goto(f"{site.url}/sign-in")
    page.evaluate(AXE)
    page.evaluate("document.querySelector('label').remove()")
    assert any(one.startswith("label:") for one in violations(page, "light"))
