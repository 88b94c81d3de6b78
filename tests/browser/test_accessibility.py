"""Every page: no violation for axe-core (WCAG 2.1 A and AA) in light and in dark, no sideways scroll at 320 px.

A person goes from page to page in one and the same tab, where axe is made ready once; in dark, where nothing but
colours changes (`test_dark_changes_colours_only`), the rules that read colours are enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from care.web import STATIC, create_app
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.pages import NAMES, addresses
from tests.browser.pages.visit import Visit
from tests.web.seats import PLACES

pytestmark = pytest.mark.browser
VENDOR = Path(__file__).parent / "vendor"
AXE = (VENDOR / "axe.min.js").read_text(encoding="utf-8")
FRENCH = (VENDOR / "axe.fr.json").read_text(encoding="utf-8")
READY = f"{AXE};axe.configure({{locale: {FRENCH}}});"
EVERY_RULE = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""The rules of `EVERY_RULE` that read colours: `test_no_other_rule_reads_colours`."""
RUN = """async (rules) => {
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const found = await axe.run(document, {runOnly: rules});
  return found.violations.map((one) => `${one.id}: ${one.help} ${one.nodes.map((node) => node.html).join(" | ")}`);
}"""
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 320, "height": 900}


NOT_PAGES = {
    "static", "home.health", "health.live", "health.ready", "health.show",
    "home.start", "setup.first_run", "second_factor.ask",  # the first run and the code have their journeys
    "actions.any_one",  # leads to the page of the action
    "directory.export_paths", "exposure.assets_file", "exposure.document", "exposure.workbook",
    "facilitation.live", "runs.events", "runs.progress", "imports.events", "imports.progress", "lists.faults",
    "territory.figures_events", "territory.figures_progress", "profile_files.file",  # parts of pages
    "play.document", "play.live", "play.news", "play.observed", "play.worker", "play.screen_now", "play.token",
    "campaigns.report", "trail.export", "trail.signed", "deadlines.calendar",
    "weaknesses.export", "weaknesses.export_sites",
    "drills.sheet", "machines.list_file", "machines.workbook", "questions.find", "questions.paper_pdf",
    "findings.export", "plans.plan", "plans.everywhere_plan", "plans.export", "plans.everywhere_export",
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
    "federation_entry.campaigns_entry", "installations.letter",
    "alerts.follow_up", "federation_entry.alerts_entry", "region_links.document", "region_links.preview_file",
    "regional_exposures.table", "regional_questionnaires.answers", "regional_reports.file", "support.table",
    "support.workbook", "territory.index",  # leads to the first territory
    "backup_copies.file", "backup_copies.index", "backup_steps.file", "backup_steps.index", "backup_systems.file",
    "backup_systems.index", "backups.printed", "isolation.file",
    "remote_accesses.cuts", "remote_accesses.file", "remote_accesses.sheet",
    "hosting.file", "applications.take", "frameworks.export", "frameworks.manual_template", "socle.workbook",
}  # fmt: skip
"""The addresses that give a file or a part of a page."""


def violations(page: Page, scheme: str) -> list[str]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    found: list[str] = page.evaluate(RUN, EVERY_RULE if scheme == "light" else COLOUR_RULES)
    return found


Tab = Callable[[str], Page]


@pytest.fixture(scope="module")
def tabs(browser: Browser, site: Site) -> Iterator[tuple[dict[str, Page], list[str]]]:
    """The tab of each person, and what went wrong in any of them."""
    opened: dict[str, Page] = {}
    faults: list[str] = []
    yield opened, faults
    for page in opened.values():
        page.context.close()
    assert faults == []


@pytest.fixture
def tab(browser: Browser, site: Site, tabs: tuple[dict[str, Page], list[str]]) -> Iterator[Tab]:
    """`tab("ciso")` gives the tab of that person, wherever it was; errors of the page fail the test."""
    opened, faults = tabs
    faults.clear()

    def tab_of(who: str) -> Page:
        if who in PLACES and who in opened:  # its browser keeps pages for when the network is down
            opened.pop(who).context.close()
        if who not in opened:
            context = browser.new_context(viewport=PHONE, locale="fr-FR", bypass_csp=True)  # type: ignore[arg-type]
            context.set_default_timeout(PATIENCE_MS)
            context.add_init_script(READY)
            if who != "anonymous":
                context.add_cookies([site.cookie(who)])  # type: ignore[list-item]
            opened[who] = context.new_page()
            opened[who].on("pageerror", lambda error: faults.append(str(error)))
        return opened[who]

    yield tab_of
    assert faults == []


@pytest.fixture(scope="module")
def listed(site: Site) -> dict[str, Visit]:
    """The pages of the list, with their addresses: worked out once."""
    return addresses(site)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_and_fits_a_phone(tab: Tab, listed: dict[str, Visit], name: str) -> None:
    expected = listed[name]
    page = tab(expected.who)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    answer = page.goto(expected.path)
    assert answer is not None
    assert (answer.status, page.url) == (expected.status, expected.path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert violations(page, "light") == []
    assert violations(page, "dark") == []


def test_every_page_is_in_the_list(site: Site, listed: dict[str, Visit]) -> None:
    rules = create_app(site.platform, site.platform.settings).url_map
    match = rules.bind("127.0.0.1").match
    seen = {match(urlsplit(one.path).path)[0] for one in listed.values() if one.status == 200}
    rest = {rule.endpoint for rule in rules.iter_rules() if "GET" in (rule.methods or ())} - seen
    assert (sorted(rest - NOT_PAGES), sorted(NOT_PAGES - rest)) == ([], [])


def test_the_check_itself_sees_a_fault(tab: Tab, site: Site) -> None:
    page = tab("anonymous")
    page.goto(f"{site.url}/sign-in")
    page.evaluate("document.querySelector('label').remove()")
    assert any(one.startswith("label:") for one in violations(page, "light"))


def test_the_check_itself_sees_what_only_dark_hides(tab: Tab, site: Site) -> None:
    page = tab("anonymous")
    page.goto(f"{site.url}/sign-in")
    page.add_style_tag(content="@media (prefers-color-scheme: dark) { label { color: #223 !important; } }")
    assert violations(page, "light") == []
    assert any(one.startswith("color-contrast:") for one in violations(page, "dark"))


def test_no_other_rule_reads_colours(tab: Tab, site: Site) -> None:
    page = tab("anonymous")
    page.goto(f"{site.url}/sign-in")
    about = page.evaluate(
        "(tags) => axe.getRules(tags).filter((one) => /colou?r|contrast/i.test(one.ruleId + one.description)"
        " || one.tags.includes('cat.color')).map((one) => one.ruleId)",
        EVERY_RULE["values"],
    )
    assert sorted(about) == COLOUR_RULES["values"]


def test_dark_changes_colours_only() -> None:
    """Nothing is shown, hidden, moved or resized: what the other rules said in light holds in dark."""
    sheets = [path for path in STATIC.rglob("*.css") if "prefers-color-scheme" in path.read_text(encoding="utf-8")]
    text = re.sub(r"/\*.*?\*/", "", "".join(path.read_text(encoding="utf-8") for path in sheets), flags=re.DOTALL)
    blocks = re.findall(r"@media[^{]*prefers-color-scheme[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", text)
    assert len(blocks) == text.count("prefers-color-scheme") > 0
    declared = {
        line.partition(":")[0].strip()
        for block in blocks
        for inside in re.findall(r"\{([^{}]*)\}", block)
        for line in inside.split(";")
        if line.strip()
    }
    rest = {name for name in declared if not name.startswith("--")} - {"fill", "stroke", "filter"}
    assert rest == set()
    tokens = {name for name in declared if name.startswith("--")}
    values = {value.strip() for name, value in re.findall(r"(--[a-z-]+):([^;}]*)", text) if name in tokens}
    assert [value for value in values if not re.fullmatch(r"#[0-9a-f]{3,8}|rgb\(.*\)|color-mix\(.*\)", value)] == []
