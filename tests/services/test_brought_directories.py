"""Collections of a directory made elsewhere: sent, read apart, shown, recorded as audits of their directory."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.findings import Change, State
from care.domain.import_steps import Step
from care.domain.jobs import Lane
from care.services import audits, import_preview, import_recording, imports, jobs, runs, targets
from care.services.dashboard import open_dashboard
from care.services.directory import brought
from care.services.directory.reading import latest_directory
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.handlers import HANDLERS
from care.services.import_drafts import DraftView, Upload, open_draft, receive
from care.services.platform import Platform
from care.services.work import Hold
from care.store.evidence import Evidence, EvidenceTie
from care.store.findings import FindingRow
from care.store.runs import DirectorySummary, Run
from care.store.targets import Target
from care.store.trail import TrailEvent
from scanners.ad.facts import DirectoryFacts
from scanners.archive import Manifest, format_of, read_archive, write_archive
from scanners.errors import SaidError
from scanners.lifecycle import read_lifecycle
from scanners.model import Facts, Status
from scanners.read_lifecycle import keep_imported
from tests.support.audits import add_directory, claimed, run_audit
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.unit.ad import specimens as ad
from tests.unit.ad.test_bloodhound import SECRET, hospital, packed
from tests.unit.exposure import specimens as exposure
from tests.unit.test_lifecycle import NEW, table
from tests.web.seeds import SpecimenCollect

MIB = 1 << 20
DOMAIN = ad.HEALTHY.naming.domain


@pytest.fixture
def platform(platform: Platform) -> Platform:
    return replace(platform, collect=SpecimenCollect())


def archive(folder: Path, facts: Facts, at: datetime, scanner: str = "ad", **changed: Any) -> bytes:
    """What `care audit` writes on an isolated machine."""
    fields: dict[str, Any] = {
        "scanner": scanner,
        "schema": format_of(scanner).schema,
        "target": "ldaps://dc1.isole.test",
        "started_at": (at - timedelta(minutes=3)).isoformat(),
        "finished_at": at.isoformat(),
        "tool": "care 1.2",
    }
    path = folder / "facts.care"
    write_archive(path, Manifest(**fields), facts)
    return rewritten(path.read_bytes(), changed) if changed else path.read_bytes()


def rewritten(content: bytes, changed: Mapping[str, Any]) -> bytes:
    """The archive with another manifest."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            raw = old.read(member)
            new.writestr(member, json.dumps(json.loads(raw) | changed) if member == "manifest.json" else raw)
    return out.getvalue()


def do_next(platform: Platform) -> None:
    """Do the next job of an import, as a worker does."""
    claim = claimed(platform, Lane.IMPORT)
    try:
        HANDLERS[claim.kind](platform, Hold(platform, claim))
    except (SaidError, Invalid, NotFound, Refused) as error:
        jobs.fail(platform, claim, error.text)


def read(
    platform: Platform, scope: Scope, establishment_id: int, content: bytes, name: str = "annuaire.care"
) -> DraftView:
    """A collection sent, read, and compared when it could be read."""
    draft = receive(platform, scope, establishment_id, Upload(name, io.BytesIO(content), 64 * MIB))
    do_next(platform)
    if open_draft(platform, scope, draft).step is Step.COMPARING:
        do_next(platform)
    return open_draft(platform, scope, draft)


def recorded(platform: Platform, scope: Scope, draft: DraftView) -> int:
    """The run of a draft confirmed as it was previewed."""
    seen = brought.open_preview(platform, scope, draft.id)
    import_recording.confirm(platform, scope, draft.id, seen.target)
    do_next(platform)
    view = open_draft(platform, scope, draft.id)
    assert view.run_id is not None, view.error
    return view.run_id


def count(platform: Platform, table: Any, *conditions: Any) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def opened(platform: Platform) -> int:
    return count(platform, FindingRow, FindingRow.state == State.OPEN)


@pytest.mark.both_databases
def test_an_archive_becomes_an_audit_of_a_new_directory(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    at = clock.now() - timedelta(days=2)
    content = archive(tmp_path, ad.BROKEN, at)
    draft = read(platform, ciso, hospitals.valley, content)
    assert (draft.step, draft.tool, count(platform, Run)) == (Step.READY, "ad", 0)
    seen = brought.open_preview(platform, ciso, draft.id)
    assert (seen.target, seen.new, seen.targets, seen.sent) == (DOMAIN, True, (DOMAIN,), "")
    assert (seen.file.domain, seen.file.bloodhound, seen.file.finished_at) == (DOMAIN, False, at)
    assert (seen.file.objects, seen.file.source) == (len(ad.BROKEN.objects), "ldaps://dc1.isole.test")
    assert "au mieux niveau 1" in seen.level
    assert seen.counts[Change.NEW] > 100
    assert seen.statuses[Status.NOT_ASSESSABLE] == sum(len(one.rules) for one in seen.untold) + seen.untold_more
    assert seen.untold_more == 0

    run_id = recorded(platform, ciso, draft)
    view = latest_directory(platform, ciso, hospitals.valley)
    assert view is not None
    assert (view.head.run_id, view.level, view.head.at, view.moved.new) == (run_id, 1, at, seen.counts[Change.NEW])
    run = runs.open_run(platform, ciso, run_id)
    assert (run.brought, run.facts_sha256) == ("annuaire.care", hashlib.sha256(content).hexdigest())
    assert run.line.asked_by == ciso.actor
    (line,) = imports.list_imports(platform, ciso, hospitals.valley).lines
    assert (line.run_id, line.tool, line.file_name, line.hosts > 0) == (run_id, "ad", "annuaire.care", True)
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "import.recorded")).one()
        tied = session.scalars(select(EvidenceTie.thing_id)).all()
    assert (event.actor, event.detail["sha256"], event.detail["domain"]) == (ciso.actor, run.facts_sha256, DOMAIN)
    assert list(tied) == [str(run_id)]
    with pytest.raises(Refused, match="imported collections only"):
        audits.start_audit(platform, ciso, view.head.target_id)
    assert not targets.open_target(platform, ciso, view.head.target_id).auditable


def test_an_audit_collected_here_goes_on_from_what_was_brought(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    target = add_directory(platform, ciso, hospitals.valley, "Domaine")
    draft = read(platform, ciso, hospitals.valley, archive(tmp_path, ad.BROKEN, clock.now() - timedelta(days=3)))
    seen = brought.open_preview(platform, ciso, draft.id)
    assert (seen.target, seen.new, seen.targets) == ("Domaine", False, ("Domaine", DOMAIN))
    recorded(platform, ciso, draft)
    found = opened(platform)
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    collect.facts["ad"], collect.clock = ad.HEALTHY, clock.now
    run_audit(platform, ciso, target)
    assert (found > 100, opened(platform)) == (True, 0)


def test_an_older_collection_takes_its_place_in_the_past(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    collect.facts["ad"], collect.clock = ad.HEALTHY, clock.now
    latest = run_audit(platform, ciso, add_directory(platform, ciso, hospitals.valley)).run_id
    clock.forward(hours=1)
    old = archive(tmp_path, ad.BROKEN, clock.now() - timedelta(days=90))
    draft = read(platform, ciso, hospitals.valley, old)
    seen = brought.open_preview(platform, ciso, draft.id)
    assert (seen.target, seen.newer is not None, seen.counts[Change.NEW]) == ("Annuaire", True, 0)
    recorded(platform, ciso, draft)
    assert (opened(platform), count(platform, FindingRow) > 100) == (0, True)
    view = latest_directory(platform, ciso, hospitals.valley)
    assert view is not None
    assert (view.head.run_id, [one.level for one in view.history]) == (latest, [1, 5])
    (target,) = targets.list_targets(platform, ciso, hospitals.valley)
    assert target.last_run is not None
    assert target.last_run.id == latest
    status = next(one for one in open_dashboard(platform, ciso, hospitals.valley).scanners if one.scanner == "ad")
    assert status.failed == 0


def test_an_older_collection_closes_nothing_that_is_known_since(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    collect.facts["ad"], collect.clock = ad.BROKEN, clock.now
    run_audit(platform, ciso, add_directory(platform, ciso, hospitals.valley))
    found = opened(platform)
    clock.forward(hours=1)
    healthy = archive(tmp_path, ad.HEALTHY, clock.now() - timedelta(days=90))
    draft = read(platform, ciso, hospitals.valley, healthy)
    assert brought.open_preview(platform, ciso, draft.id).counts[Change.FIXED] == 0
    recorded(platform, ciso, draft)
    assert opened(platform) == found > 100


def elsewhere() -> DirectoryFacts:
    return replace(ad.HEALTHY, naming=replace(ad.HEALTHY.naming, domain="autre.test", sid="S-1-5-21-9-9-9"))


@pytest.mark.parametrize("kept", [True, False], ids=["kept beside the run", "read in its facts"])
def test_the_collection_of_another_domain_is_refused(
    kept: bool, platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    recorded(platform, ciso, read(platform, ciso, hospitals.valley, archive(tmp_path, ad.HEALTHY, clock.now())))
    if not kept:
        with platform.database.write() as session:
            for row in session.scalars(select(DirectorySummary)):
                row.work = {name: value for name, value in row.work.items() if name != "domain"}
    clock.forward(hours=1)
    draft = read(platform, ciso, hospitals.valley, archive(tmp_path, elsewhere(), clock.now()))
    seen = brought.open_preview(platform, ciso, draft.id)
    assert (seen.target, seen.new, seen.targets) == ("autre.test", True, (DOMAIN, "autre.test"))
    with pytest.raises(Refused, match="another target"):
        import_recording.confirm(platform, ciso, draft.id, DOMAIN)
    import_preview.ask_comparison(platform, ciso, draft.id, DOMAIN)
    do_next(platform)
    view = open_draft(platform, ciso, draft.id)
    assert view.step is Step.READY
    assert view.error.startswith("Ce fichier est celui du domaine autre.test (S-1-5-21-9-9-9), et la cible")
    recorded(platform, ciso, view)
    assert count(platform, Target) == 2


def test_the_same_facts_are_recorded_once(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    content = archive(tmp_path, ad.HEALTHY, clock.now())
    recorded(platform, ciso, read(platform, ciso, hospitals.valley, content))
    again = read(platform, ciso, hospitals.valley, content)
    assert brought.open_preview(platform, ciso, again.id).before is not None
    import_recording.confirm(platform, ciso, again.id, DOMAIN)
    do_next(platform)
    view = open_draft(platform, ciso, again.id)
    assert (view.run_id, "déjà ceux d’un audit" in view.error, count(platform, Run)) == (None, True, 1)


def test_a_bloodhound_collection_leaves_only_its_facts(
    platform: Platform, ciso: Scope, hospitals: Hospitals, tmp_path: Path
) -> None:
    content = packed(tmp_path, hospital()).read_bytes()
    assert SECRET.encode() in content
    keep_imported(platform.settings.data_dir, table(NEW), "table.yaml")
    draft = read(platform, ciso, hospitals.valley, content, "20260301_BloodHound.zip")
    seen = brought.open_preview(platform, ciso, draft.id)
    assert (seen.file.bloodhound, seen.file.domain, seen.target) == (True, "hopital.test", "hopital.test")
    assert seen.file.finished_at == datetime(2026, 2, 2, 2, 0, tzinfo=UTC)  # 3:00 on a clock of Paris
    assert seen.sent == hashlib.sha256(content).hexdigest() != seen.draft.sha256
    assert (seen.statuses[Status.FAILED] > 3, seen.statuses[Status.NOT_ASSESSABLE] > 50) == (True, True)
    assert sum("BloodHound ne garde que" in gap.reason for gap in seen.gaps) == 1
    assert (len(seen.untold), seen.untold_more > 0) == (12, True)
    run_id = recorded(platform, ciso, draft)
    run = runs.open_run(platform, ciso, run_id)
    assert (run.brought, run.perimeter, run.line.complete) == ("20260301_BloodHound.care", "hopital.test", False)
    with platform.database.read() as session:
        kept = session.scalars(select(Evidence.sha256)).all()
    assert kept == [run.facts_sha256]
    facts = read_archive(platform.evidence.path(run.facts_sha256)).facts
    assert facts.lifecycle == read_lifecycle(table(NEW), "table.yaml"), "what was imported on this machine"
    for path in platform.settings.evidence_dir.rglob("*"):
        assert not path.is_file() or not holds(path.read_bytes(), SECRET)


def holds(content: bytes, secret: str) -> bool:
    if secret.encode() in content:
        return True
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return any(secret.encode() in bundle.read(member) for member in bundle.namelist())


def bomb() -> bytes:
    """A ZIP file that says of each of its members that it weighs nearly 4 GiB once unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for kind in ("domains", "users", "groups"):
            bundle.writestr(f"{kind}.json", b" " * 1000)
    return out.getvalue().replace(struct.pack("<L", 1000), struct.pack("<L", 0xF0000000))


def pickled(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            new.writestr(member, b"\x80\x04K\x01." if member.endswith("kind.npy") else old.read(member))
    return out.getvalue()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("cut", "est abîmé, ou n’est pas un fichier ZIP"),
        ("bomb", "dépasserait 8 Gio une fois décompressé"),
        ("pickled", "n’est pas une archive de faits lisible"),
        ("newer", "a été écrit par une version plus récente de CaRE"),
        ("exposure", "vient d’un audit « Exposition sur Internet »"),
        ("other", "ne contient pas le fichier « domains »"),
        ("future", "dans le futur"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_leaves_nothing(
    bad: str, words: str, platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    good = archive(tmp_path, ad.HEALTHY, clock.now())
    content = {
        "cut": lambda: good[: len(good) // 2],
        "bomb": bomb,
        "pickled": lambda: pickled(good),
        "newer": lambda: archive(tmp_path, ad.HEALTHY, clock.now(), schema=99),
        "exposure": lambda: archive(tmp_path, exposure.HEALTHY, clock.now(), "exposure"),
        "other": lambda: packed(tmp_path, {"users": []}).read_bytes(),
        "future": lambda: archive(tmp_path, ad.HEALTHY, clock.now() + timedelta(days=2)),
    }[bad]()
    draft = read(platform, ciso, hospitals.valley, content)
    assert (draft.step, draft.readable) == (Step.STOPPED, False)
    assert words in draft.error
    assert count(platform, Run) == count(platform, Target) == 0


def test_a_file_too_large_is_refused_while_it_arrives(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    with pytest.raises(Invalid, match="over the limit of 1 MiB"):
        receive(platform, ciso, hospitals.valley, Upload("x.care", io.BytesIO(b"PK\x03\x04" + b"0" * MIB), MIB))


def test_only_who_may_audit_brings_a_collection(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    content = archive(tmp_path, ad.HEALTHY, clock.now())
    draft = read(platform, ciso, hospitals.valley, content)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(NotFound):
        brought.open_preview(platform, stranger, draft.id)
    with pytest.raises(NotFound):
        import_recording.confirm(platform, stranger, draft.id, DOMAIN)
    with pytest.raises(NotFound):
        brought.open_preview(platform, director, draft.id)
    with pytest.raises(Forbidden):
        receive(platform, director, hospitals.valley, Upload("x.care", io.BytesIO(content), MIB))
