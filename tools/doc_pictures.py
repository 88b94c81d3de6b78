"""Pictures of the regional pages and reports in `docs/images`, drawn anew from the simulated nation.

`.venv/bin/python -m tools.doc_pictures`; needs Chromium, pdftoppm and the packages of development; some minutes.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from care.config import load
from care.domain.access import PLATFORM, Level, Place
from care.domain.regional_reports import ReportForm
from care.services.platform import Platform
from care.services.regional_reports.asking import ReportAsk
from care.services.regional_reports.making import files_of, report_of
from care.web import create_app
from care.wiring import build_platform
from tools import demo_region
from tools.demo_region import REGION, Simulated, hosted
from tools.served import ROOT, Where

IMAGES = ROOT / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium-headless-shell")
COLOURS, HEAVIEST = 96, 150_000


@dataclass(frozen=True)
class Shot:
    """A picture of a page: its file, where it is, who looks, and how tall it is."""

    name: str
    path: str
    who: str = "grades"
    height: int = 900


def main() -> int:
    """Draw every picture; exit code 1 when one is too heavy for the docs."""
    with tempfile.TemporaryDirectory() as folder:
        place = Where(Path(folder), 8001)
        platform = build_platform(load(demo_region.environment(place), ROOT))
        made = demo_region.simulate(platform, place.folder)
        _pages(platform, made)
        _reports(platform, made)
        platform.database.close()
    heavy = [one.name for one in IMAGES.glob("*.png") if one.stat().st_size > HEAVIEST]
    if heavy:
        print(f"Trop lourdes pour la documentation : {', '.join(heavy)}.", file=sys.stderr)
    return 1 if heavy else 0


def _shots(made: Simulated) -> list[Shot]:
    establishment = hosted(made.nation).id
    return [
        Shot("territoire-nation", "/regions/national/map", "admin", 1180),
        Shot("territoire-tableau", made.address, height=1000),
        Shot("territoire-carte", f"{made.address}/map", height=1240),
        Shot("territoire-indicateur", f"{made.address}/indicators/EXO-TX", height=1200),
        Shot("alerte-suivi", "/alerts/1", height=1050),
        Shot("alerte-reponse", f"/establishments/{establishment}/alerts/1", "rssi", 1000),
        Shot("federation-installations", "/installations", height=900),
    ]


def _pages(platform: Platform, made: Simulated) -> None:
    with _served(platform) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        for shot in _shots(made):
            page = browser.new_page(viewport={"width": 1180, "height": shot.height}, locale="fr-FR")
            _sign_in(page, url, shot.who, made.accounts[shot.who])
            answer = page.goto(url + shot.path)
            if answer is None or not answer.ok:
                raise RuntimeError(f"{shot.path} did not open")  # a picture of an error would look like one of a page
            _keep(shot.name, page.screenshot())
            page.close()
        browser.close()


@contextmanager
def _served(platform: Platform) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(platform, platform.settings), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()


def _sign_in(page: Page, url: str, login: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "/sign-in" not in address)


def _reports(platform: Platform, made: Simulated) -> None:
    """Two pages of the reserved report of the region, and one picture for slides of the public national one."""
    month = made.nation.months[-2]
    region = ReportAsk(Place(Level.REGION, made.nation.regions[REGION]), month, (ReportForm.PDF,), public=False)
    document = next(content for _name, content in files_of(report_of(platform, region, "fr"), region))
    _keep("rapport-regional", _page_of(document, 1))
    _keep("rapport-regional-indicateur", _page_of(document, 3))
    nation = ReportAsk(PLATFORM, month, (ReportForm.PICTURES,), public=True)
    pictures = next(content for _name, content in files_of(report_of(platform, nation, "fr"), nation))
    with zipfile.ZipFile(io.BytesIO(pictures)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("exo-tx-regions.png"))
        _keep("rapport-regional-image", archive.read(name), width=960)


def _page_of(document: bytes, number: int) -> bytes:
    command = ["pdftoppm", "-r", "75", "-f", str(number), "-l", str(number), "-png", "-"]
    return subprocess.run(command, input=document, capture_output=True, check=True).stdout


def _keep(name: str, png: bytes, width: int | None = None) -> None:
    """Few colours weigh little, and pages have few."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    if width is not None:
        picture = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
