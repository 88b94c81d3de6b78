"""A real Chromium in front of a running platform: its own server, worker and database on a free loopback port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import generate_adhoc_ssl_context, make_server

from care import config
from care.adapters.passwords import Argon2Passwords
from care.services.handlers import HANDLERS
from care.services.platform import Clock, OwnAuthority, Platform
from care.services.setup import prepare_database
from care.web import create_app
from care.wiring import build_platform
from care.worker import Worker
from tests.support.backups import plant_backups
from tests.support.crisis import make_pack, plant_organisation
from tests.support.hospital_graph import plant_hospital_graph
from tests.support.isolation import plant_isolations
from tests.support.people import Hospitals, plant_hospitals
from tests.support.ports import JudgeHere, MemoryDoorbell
from tests.web.access_links import PlantedLinks, plant_access_links
from tests.web.alerts import plant_alert
from tests.web.applications import plant_application, plant_group_files
from tests.web.awareness import plant_awareness
from tests.web.backup_year import plant_backup_year
from tests.web.bia import plant_bia
from tests.web.catalogue import plant_catalogue
from tests.web.certification import plant_certification
from tests.web.continuity import plant_continuity, plant_files
from tests.web.continuity_tests import plant_tests
from tests.web.degraded import plant_degraded
from tests.web.drills import plant_drills
from tests.web.exercises import plant_debriefs, plant_exercises
from tests.web.governance import plant_governance
from tests.web.incidents import plant_incidents
from tests.web.installations import plant_federation
from tests.web.logbooks import plant_logbooks
from tests.web.machines import plant_machines
from tests.web.maturity import plant_maturity
from tests.web.needs import plant_needs
from tests.web.people import People, plant_people
from tests.web.plans import plant_check, plant_plans
from tests.web.profiles import plant_profile
from tests.web.region import plant_region
from tests.web.region_links import plant_links
from tests.web.regional_campaigns import plant_exposure, plant_questionnaire, plant_regional
from tests.web.regional_reports import plant_order, plant_told_region
from tests.web.registers import plant_registers
from tests.web.remote_accesses import plant_accesses
from tests.web.restraints import plant_restraints
from tests.web.seats import PLACES, plant_seats, seat_of
from tests.web.seeds import (
    Seeds,
    SpecimenCollect,
    plant_actions,
    plant_audits,
    plant_collection,
    plant_directory,
    plant_draft,
    plant_import,
    plant_import_jobs,
)
from tests.web.support import plant_support
from tests.web.visits import PlantedVisit, plant_visit

# Chromium without its windows: the same engine, less than half of the processor time.
CHROMIUM = Path("/usr/bin/chromium-headless-shell")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Site:
    """A platform that runs. `people`, `hospitals`, `seeds` and `seats` (the number of an exercise), `visit` are None on
    an empty one; `directory` and `machines` are the runs on those of the far hospital."""

    url: str
    platform: Platform
    people: People | None = None
    hospitals: Hospitals | None = None
    seeds: Seeds | None = None
    seats: int | None = None
    visit: PlantedVisit | None = None
    access_links: PlantedLinks | None = None
    directory: tuple[int, ...] = ()
    machines: tuple[int, ...] = ()
    drills: tuple[int, ...] = ()

    def cookie(self, who: str) -> dict[str, str]:
        """What the browser of somebody holds: of someone with an account, or with a seat in the exercise planted."""
        if who == "guest":
            assert self.visit is not None
            return {"name": "care_visit", "value": self.visit.cookie, "url": self.url}
        if who in PLACES:
            assert self.seats is not None
            return {"name": "care_seat", "value": seat_of(self.platform, self.seats, who), "url": self.url}
        assert self.people is not None
        return {"name": "care_session", "value": self.people.token(who), "url": self.url}

    @property
    def valley(self) -> str:
        """The address of the valley hospital."""
        assert self.hospitals is not None
        return f"{self.url}/establishments/{self.hospitals.valley}"


@contextmanager
def running(
    folder: Path, plant: Callable[[Platform], dict[str, object]], clock: Clock | None = None, *, tls: bool = False
) -> Iterator[Site]:
    """A platform served and worked for, until the end of the block; by a clock of the test’s own when it is given, over
    TLS as https://localhost when asked for."""
    port = _free_port() if tls else 0
    reached = {"CARE_BASE_URL": f"https://localhost:{port}"} if tls else {}
    built = build_platform(config.load({"CARE_DATA_DIR": str(folder), **reached}, folder))
    cheap = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    platform = replace(
        built, passwords=cheap, collect=SpecimenCollect(), judge_directory=JudgeHere(), doorbell=MemoryDoorbell()
    )
    platform = replace(platform, authority=OwnAuthority(b"certificate", "http://127.0.0.1:8080"))
    platform = replace(platform, clock=clock or platform.clock)
    prepare_database(platform)
    planted = plant(platform)
    app = create_app(platform, platform.settings)
    context = generate_adhoc_ssl_context() if tls else None
    server = make_server("127.0.0.1", port, app, threaded=True, ssl_context=context)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    worker = Worker(platform, HANDLERS, audits=1, bastions=1)
    thread.start()
    worker.start()
    try:
        address = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{server.port}"
        yield Site(address, platform, **planted)  # type: ignore[arg-type]
    finally:
        worker.stop()
        server.shutdown()
        server.server_close()
        platform.database.close()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _plant(platform: Platform) -> dict[str, object]:
    hospitals = plant_hospitals(platform)
    people = plant_people(platform, hospitals)
    seeds = plant_audits(platform, hospitals.valley)
    directory = plant_directory(platform, hospitals.far)
    machines = plant_machines(platform, hospitals.far)
    plant_backup_year(platform, hospitals.far)
    drills = plant_drills(platform, hospitals.far)
    plant_actions(platform, hospitals)
    plant_awareness(platform, hospitals.valley)
    plant_backups(platform, hospitals.valley)
    plant_isolations(platform, hospitals.valley)
    plant_accesses(platform, hospitals.valley, plant_registers(platform, hospitals.valley).contract)
    access_links = plant_access_links(platform, hospitals.valley)
    plant_restraints(platform, hospitals.valley)
    plant_profile(platform, hospitals)
    plant_import(platform, hospitals.far)
    plant_draft(platform, hospitals.far)
    plant_collection(platform, hospitals.far)
    plant_import_jobs(platform, hospitals.far)
    planted = plant_continuity(platform, hospitals.valley)
    plant_degraded(platform, planted)
    plant_tests(platform, hospitals, planted)
    exercises = plant_exercises(platform, hospitals.valley)
    plant_debriefs(platform, hospitals.valley)
    plant_logbooks(platform, hospitals.valley, exercises.live)
    plant_incidents(platform, hospitals.valley)
    federation = plant_federation(platform, hospitals)
    plant_governance(platform, hospitals)
    plant_support(platform, hospitals, plant_catalogue(platform, hospitals))
    plant_maturity(platform, hospitals.valley, exercises.over)
    plant_needs(platform, hospitals)
    plant_regional(platform, hospitals)
    plant_told_region(platform, hospitals)
    plant_order(platform, hospitals)
    plant_questionnaire(platform, hospitals, federation.sender)
    plant_links(platform, hospitals)
    plant_region(platform, months=3)
    plant_exposure(platform, hospitals)
    plant_alert(platform, hospitals)
    plant_group_files(platform, hospitals)
    plant_application(platform, hospitals.valley_entity)
    plant_bia(platform, planted.emergency)
    plant_files(platform, hospitals.valley)
    plant_plans(platform, hospitals.valley)
    plant_check(platform, hospitals.valley)
    plant_hospital_graph(platform, hospitals.valley)
    plant_organisation(platform, hospitals.valley)
    make_pack(platform, hospitals.valley)
    plant_certification(platform, hospitals.valley)
    seats = plant_seats(platform, hospitals.valley)
    visit = plant_visit(platform, hospitals.valley)
    return {
        "hospitals": hospitals,
        "people": people,
        "seeds": seeds,
        "seats": seats,
        "visit": visit,
        "access_links": access_links,
        "directory": directory,
        "machines": machines,
        "drills": drills,
    }


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A platform with a history; tests only read it."""
    with running(tmp_path_factory.mktemp("site"), _plant) as one:
        yield one


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    """A platform nobody has used yet."""
    with running(tmp_path, lambda _platform: {}) as one:
        yield one


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail("The browser tests need Chromium: apt install chromium-headless-shell fonts-liberation")
    expect.set_options(timeout=PATIENCE_MS)  # what is awaited comes at the pace of the pages that ask every few seconds
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """`open_page("ciso", width=320)` gives a page of that person's browser; errors of the page fail the test."""
    contexts, faults = [], []

    def open_one(who: str = "anonymous", width: int = 1280, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="fr-FR", **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if who != "anonymous":
            context.add_cookies([site.cookie(who)])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []
