"""Files of vulnerabilities sent by an administrator, tried out then imported by jobs; what an establishment shows."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.jobs import JobState, Lane
from care.services import jobs
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.handlers import HANDLERS
from care.services.platform import Platform
from care.services.targets import archive_target
from care.services.vulnerabilities.exposed import exposed
from care.services.vulnerabilities.importing import FileView, Sent, data_state, keep, receive
from care.services.work import Hold
from care.store.trail import TrailEvent
from scanners.errors import SaidError
from scanners.exposure.facts import ExposureFacts, Http, Port, Service
from scanners.vulnerabilities.importing import Asked, import_file
from tests.support.alerts import Audits
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.unit.exposure.specimens import facts, host, web
from tests.unit.vulnerabilities.data import EPSS, NVD, TRACKER, api_page, kev_document, written

MIB = 1 << 20


@pytest.fixture(autouse=True)
def later(clock: FixedClock) -> None:
    clock.forward(days=300)  # the samples are of June 2026


def sent(content: object, name: str = "kev.json", limit: int = MIB) -> Sent:
    return Sent(name, io.BytesIO(json.dumps(content).encode()), limit)


def do_next(platform: Platform) -> None:
    claim = claimed(platform, Lane.IMPORT)
    try:
        HANDLERS[claim.kind](platform, Hold(platform, claim))
    except SaidError as error:
        jobs.fail(platform, claim, error.text)


def files(platform: Platform, scope: Scope) -> list[FileView]:
    return list(data_state(platform, scope).files)


def left(platform: Platform) -> list[Path]:
    return [path for path in (platform.settings.evidence_dir / ".imports").rglob("*") if path.is_file()]


def test_a_file_is_tried_out_then_imported_and_nothing_of_it_stays(platform: Platform, machine: Scope) -> None:
    tried = receive(platform, machine, sent(kev_document()))
    assert [(one.state, one.may_keep) for one in files(platform, machine)] == [(JobState.QUEUED, False)]
    do_next(platform)
    (one,) = files(platform, machine)
    assert (one.state, one.kept, one.may_keep, data_state(platform, machine).sources) == (
        JobState.DONE,
        False,
        True,
        (),
    )
    assert "2 enregistrements, dont 2 nouveaux" in one.said
    keep(platform, machine, tried)
    with pytest.raises(Refused):
        keep(platform, machine, tried)  # asked twice
    do_next(platform)
    last, first = files(platform, machine)
    assert (last.kept, last.state, last.may_keep, first.may_keep) == (True, JobState.DONE, False, False)
    assert [(state.source, state.records) for state in data_state(platform, machine).sources] == [("kev", 2)]
    assert left(platform) == []
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc())).first()
    assert event is not None
    assert (event.action, event.detail["entries"]) == ("vulnerabilities.imported", 2)


def test_a_damaged_file_is_said_and_removed(platform: Platform, machine: Scope) -> None:
    job = receive(platform, machine, sent({"format": "NVD_CVE", "vulnerabilities": [1]}, "nvd.json"))
    do_next(platform)
    (one,) = files(platform, machine)
    assert (one.state, one.may_keep, left(platform)) == (JobState.FAILED, False, [])
    assert one.said.startswith("nvd.json ")
    with pytest.raises(Refused):
        keep(platform, machine, job)


def test_what_is_too_large_is_refused_at_once(platform: Platform, machine: Scope) -> None:
    with pytest.raises(Invalid):
        receive(platform, machine, sent(kev_document(), limit=10))
    assert left(platform) == []


def test_only_who_keeps_the_registry_everywhere_imports(platform: Platform, hospitals: Hospitals) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    for asked in (
        lambda: data_state(platform, ciso),
        lambda: receive(platform, ciso, sent(kev_document())),
        lambda: keep(platform, ciso, 1),
    ):
        with pytest.raises(Forbidden):
            asked()


def test_a_job_of_another_kind_or_none_is_not_kept(platform: Platform, machine: Scope) -> None:
    with pytest.raises(Refused):
        keep(platform, machine, 999)


def seen() -> ExposureFacts:
    gateway = Http(302, location="/remote/login?lang=fr")
    windows = Http(200, headers=(("server", "Apache/2.4.49 (Win64)"),))
    return facts(
        host("192.0.2.1", Port(22, Service("ssh", "OpenSSH", "9.2p1 Debian-2+deb12u10"))),
        host("192.0.2.2", Port(22, Service("ssh", "OpenSSH", "9.2p1 Debian-2+deb12u1"))),
        host("192.0.2.3", web(80, windows), web(443, gateway)),
        host("192.0.2.4", Port(22, Service("ssh", "OpenSSH", "8.9p1 Ubuntu-3ubuntu0.10"))),
    )


@pytest.fixture
def data(platform: Platform, tmp_path: Path) -> None:
    now = platform.clock.now()
    contents = (
        ("nvd.json", api_page(*NVD)),
        ("kev.json", kev_document()),
        ("epss.csv", EPSS),
        ("debian.json", TRACKER),
    )
    for name, content in contents:
        import_file(platform.settings.vulnerabilities_file, written(tmp_path, name, content), Asked(now, dated=now))


def test_an_establishment_shows_exploited_flaws_first_and_no_corrected_one(
    platform: Platform, machine: Scope, clock: FixedClock, hospitals: Hospitals, data: None
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    audits.run(target, seen())
    view = exposed(platform, machine, hospitals.valley)
    told = [(one.flaw.cve, one.flaw.sure, one.confirmed, one.places) for one in view.lines]
    assert told == [
        ("CVE-2021-41773", True, False, ("192.0.2.3:80/tcp",)),
        ("CVE-2024-6387", True, True, ("192.0.2.2:22/tcp",)),
        ("CVE-2024-6387", False, False, ("192.0.2.4:22/tcp",)),
    ]
    assert (view.lines[0].title, view.corrected, view.hidden) == ("Apache flaw", 1, 0)
    assert [(one.product, one.exploited) for one in view.unread] == [("fortinet:fortios", 1)]
    assert "microsoft:windows" in view.unknown
    archive_target(platform, machine, target)
    assert exposed(platform, machine, hospitals.valley).lines == ()


def test_fresher_data_speaks_without_another_audit(
    platform: Platform, machine: Scope, clock: FixedClock, hospitals: Hospitals, tmp_path: Path
) -> None:
    audits = Audits(platform, machine, clock)
    audits.run(audits.target(hospitals.valley), seen())
    before = exposed(platform, machine, hospitals.valley)
    assert (before.sources, before.lines, before.seen_at is not None) == ((), (), True)
    store = platform.settings.vulnerabilities_file
    import_file(store, written(tmp_path, "nvd.json", api_page(*NVD)), Asked(platform.clock.now()))
    assert len(exposed(platform, machine, hospitals.valley).lines) == 4
    clock.forward(days=400)
    late = exposed(platform, machine, hospitals.valley)
    assert (late.weak, late.sources[0].stale(late.now), len(late.lines)) == (True, True, 4)


def test_a_stranger_sees_nothing(platform: Platform, hospitals: Hospitals) -> None:
    with pytest.raises(NotFound):
        exposed(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.hill), hospitals.valley)
