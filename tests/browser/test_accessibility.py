"""Every page: no violation for axe-core (WCAG 2.1 A and AA) in light and in dark, no sideways scroll at 320 px."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Site
from tests.browser.pages import NAMES, address

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


def violations(page: Page, scheme: str) -> list[str]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    found: list[str] = page.evaluate(RUN, [FRENCH, CHECKED])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_and_fits_a_phone(open_page: Open, site: Site, name: str) -> None:
    who, url = address(site, name)
    page = open_page(who, bypass_csp=True)
    page.goto(url)
    page.evaluate(AXE)
    assert violations(page, "light") == []
    assert violations(page, "dark") == []
    page.set_viewport_size({"width": 320, "height": 900})
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_check_itself_sees_a_fault(open_page: Open, site: Site) -> None:
    page = open_page(bypass_csp=True)
    page.goto(f"{site.url}/sign-in")
    page.evaluate(AXE)
    page.evaluate("document.querySelector('label').remove()")
    assert any(one.startswith("label:") for one in violations(page, "light"))
