"""Declaration dossiers: one sealed folder with the evidence of several establishments, verified by the script alone."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.application_files import FileState
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.jobs import JobState, Lane
from care.domain.restraints import StopCause
from care.services import evidence
from care.services.application_files import dossier
from care.services.application_files.candidates import domain_of
from care.services.application_files.moving import Standpoint, open_file
from care.services.application_files.reading import read_file
from care.services.books import BookError
from care.services.errors import Forbidden, NotFound, Refused
from care.services.evidence import Details, Upload
from care.services.platform import Platform
from care.services.work import BOOKS_FOLDER, Hold
from care.store.programme import ApplicationEvent
from care.store.runs import Run
from care.store.trail import TrailEvent
from reports.seal import verifier
from scanners.collection import Cancelled
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.measured import plant_target
from tests.support.pdf import failures_of, text_of
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases
D2 = "care-d2"
SCRIPT = Path(verifier.__file__)


@pytest.fixture
def ght(hospitals: Hospitals) -> Place:
    return Place(Level.GHT, hospitals.ght)


@pytest.fixture
def ciso(ght: Place) -> Scope:
    return person(Role.CISO, ght.level, ght.id)


def file_piece(
    platform: Platform, scope: Scope, site: int, title: str, content: bytes | str, *items: str, name: str = "pièce.pdf"
) -> int:
    source = content if isinstance(content, str) else Upload(name, BytesIO(content))
    refs = [ThingRef(ThingKind.REQUIREMENT, f"care-d2:{item}") for item in items]
    return evidence.add_evidence(platform, scope, site, Details(EvidenceKind.PROCEDURE, title), source, refs)


@pytest.fixture
def pieces(platform: Platform, ciso: Scope, hospitals: Hospitals, ght: Place) -> list[int]:
    """A GHT whose file is open, with evidence in both its hospitals: one piece for two objectives, one address, one
    tied to nothing of the domain."""
    open_file(platform, ciso, ght, D2, Standpoint(FileState.OPERATIONAL_PHASE))
    valley, hill = hospitals.valley, hospitals.hill
    return [
        file_piece(platform, ciso, valley, "Autre", b"autre"),
        file_piece(platform, ciso, valley, "Gouvernance", b"%PDF-1.7 gouvernance", "O1.A", "P2"),
        file_piece(platform, ciso, hill, "Procédure <b>", b"<html>x</html>", "O1.B", name="page.html"),
        file_piece(platform, ciso, hill, "Compte rendu", "https://ged.test/cr", "O1.B"),
    ]


def written(platform: Platform, scope: Scope, ght: Place) -> bytes:
    out = BytesIO()
    dossier.write(platform, scope, ght, domain_of(D2), out)
    return out.getvalue()


def run_script(place: Path, fingerprint: str) -> tuple[int, str]:
    command = [sys.executable, "-I", str(SCRIPT), str(place), "--empreinte", fingerprint]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    return done.returncode, done.stdout


@both
def test_the_script_alone_verifies_it_and_catches_what_was_changed(
    platform: Platform, ciso: Scope, ght: Place, pieces: list[int], tmp_path: Path, clock: FixedClock
) -> None:
    content = written(platform, ciso, ght)
    clock.forward(days=400)
    place, key = tmp_path / "dossier.zip", platform.signer.key_id
    place.write_bytes(content)
    code, said = run_script(place, key)
    assert (code, "DOSSIER INTACT, signé par la clé attendue." in said) == (0, True)
    assert "Dossier de déclaration de GHT des Deux Rives, « Domaine 2 – Stratégie de continuité" in said
    changed = bytearray(content)
    changed[content.index(b"%PDF-1.7 gouvernance") + 12] ^= 1
    place.write_bytes(bytes(changed))
    code, said = run_script(place, key)
    assert (code, "Modifié : D2.P2/" in said) == (1, True)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        archive.extractall(tmp_path / "ouvert")
    assert run_script(tmp_path / "ouvert", key)[0] == 0
    (tmp_path / "ouvert" / "resultats" / "objectifs.json").write_text("{}", encoding="utf-8")
    (tmp_path / "ouvert" / "D2.O1.A" / "ajout.pdf").write_bytes(b"x")
    code, said = run_script(tmp_path / "ouvert", key)
    assert code == 1
    assert "Modifié : resultats/objectifs.json" in said
    assert "Ajouté après le scellement : 'D2.O1.A/ajout.pdf'" in said


def test_a_folder_per_objective_and_what_was_computed(
    platform: Platform, ciso: Scope, ght: Place, pieces: list[int], hospitals: Hospitals
) -> None:
    with zipfile.ZipFile(BytesIO(written(platform, ciso, ght))) as archive:
        names = [name for name in archive.namelist() if name.startswith("D2.")]
        results = json.loads(archive.read("resultats/objectifs.json"))
        rule = json.loads(archive.read("resultats/regle-66.json"))
        manifest = json.loads(archive.read("manifest.json"))
        page = archive.read("index.html").decode()
        english = archive.read("index.en.html").decode()
    valley, hill = (part["establishment"]["finess"] for part in manifest["parts"])
    assert sorted(names) == [
        f"D2.O1.A/{valley}-0002-piece.pdf",
        f"D2.O1.B/{hill}-0001-page.html.txt",
        f"D2.P2/{valley}-0002-piece.pdf",
    ]
    assert [piece["objectives"] for piece in manifest["pieces"]] == [["D2.P2", "D2.O1.A"], ["D2.O1.B"], ["D2.O1.B"]]
    assert (results["version"], results["requirements"]["O1.A"]["evidence"]) == ("2025.07", [pieces[1]])
    assert results["parameters"]["coverage_percent"]["value"] == 66
    assert {one["objective"]: one["verdict"] for one in rule["objectives"]} == {
        "care-d2:O1.C": "unknown",
        "care-d2:O1.D": "unknown",
    }
    assert [one["name"] for one in rule["units"]] == ["CH de la Colline", "CH de la Vallée"]
    assert "Pas encore prêt à déclarer" in page
    assert "Not ready to declare yet" in english
    assert "Procédure &lt;b&gt;" in page
    assert "https://ged.test/cr" in page
    assert "<script" not in page


def test_the_index_is_an_accessible_pdf(platform: Platform, ciso: Scope, ght: Place, pieces: list[int]) -> None:
    with zipfile.ZipFile(BytesIO(written(platform, ciso, ght))) as archive:
        french, english = archive.read("index.pdf"), archive.read("index.en.pdf")
    assert failures_of(french) == []
    assert "Dossier de déclaration" in text_of(french)
    assert "D2.O1.C" in text_of(french)
    assert "Declaration dossier" in text_of(english)


def test_the_same_dossier_gives_the_same_bytes(platform: Platform, ciso: Scope, ght: Place, pieces: list[int]) -> None:
    assert written(platform, ciso, ght) == written(platform, ciso, ght)


def test_without_any_evidence_it_still_says_where_things_stand(
    platform: Platform, ciso: Scope, ght: Place, tmp_path: Path
) -> None:
    place = tmp_path / "vide.zip"
    for framework in ("care-d1", "care-d1bis", "hospiconnect"):
        out = BytesIO()
        dossier.write(platform, ciso, ght, domain_of(framework), out)
        place.write_bytes(out.getvalue())
        assert verifier.verify(place, platform.signer.key_id).problems == ()
    out = BytesIO()
    dossier.write(platform, ciso, ght, domain_of("care-d1"), out)
    with zipfile.ZipFile(out) as archive:
        found = json.loads(archive.read("resultats/exposition.json"))
        assert "le niveau" in archive.read("index.html").decode()
    assert (found["interval_days"], found["max_open_critical"], found["targets"]) == ([45, 60], None, [])


@pytest.mark.parametrize("proved", [True, False])
def test_a_pair_of_audits_is_handed_over_with_what_limits_it(
    platform: Platform, ciso: Scope, ght: Place, hospitals: Hospitals, proved: bool
) -> None:
    """Whoever reads the file, or the JSON beside it, sees what the two audits did not look at."""
    now, target = platform.clock.now(), plant_target(platform, hospitals.valley, "exposure", "Périmètre")
    spared = {"what": "192.0.2.0/30", "mode": "mandate", "addresses": ["192.0.2.1"], "count": 1}
    for back in (50, 0):
        with platform.database.write() as session:
            at, whole = now - timedelta(days=back), proved or not back
            session.add(
                Run(
                    establishment_id=hospitals.valley, target_id=target, scanner="exposure", asked_at=at,
                    asked_by="tests", recorded_at=at, collected_from=at, collected_to=at, complete=whole, gaps=[],
                    spared=[spared], stopped=None if whole else StopCause.TIME,
                )
            )  # fmt: skip
    out = BytesIO()
    dossier.write(platform, ciso, ght, domain_of("care-d1"), out)
    with zipfile.ZipFile(out) as archive:
        (found,) = json.loads(archive.read("resultats/exposition.json"))["targets"]
        page = archive.read("index.html").decode()
    assert len(found["audits"]) == 1 + proved
    assert found["limits"] == (
        [{"fr": "exclu par le mandat : 192.0.2.0/30 (192.0.2.1)",
          "en": "excluded by the mandate: 192.0.2.0/30 (192.0.2.1)"}] if proved else []
    )  # fmt: skip
    assert ("exclu par le mandat : 192.0.2.0/30 (192.0.2.1)" in page) is proved


def waiting(platform: Platform, scope: Scope, ght: Place) -> tuple[int, Hold]:
    job_id = dossier.ask_dossier(platform, scope, ght, D2)
    return job_id, Hold(platform, claimed(platform, Lane.SERVICE))


@both
def test_a_job_makes_it_and_the_file_keeps_what_stood(
    platform: Platform, ciso: Scope, ght: Place, pieces: list[int], hospitals: Hospitals
) -> None:
    job_id, hold = waiting(platform, ciso, ght)
    with pytest.raises(Refused, match="already being made"):
        dossier.ask_dossier(platform, ciso, ght, D2)
    with pytest.raises(NotFound):
        dossier.open_dossier(platform, ciso, ght, D2, job_id)
    dossier.make(platform, hold)
    (listed,) = dossier.list_dossiers(platform, ciso, ght, D2)
    view, path = dossier.open_dossier(platform, ciso, ght, D2, job_id)
    assert (listed.state, view.size, view.name[:20]) == (JobState.DONE, path.stat().st_size, "declaration-care-d2-")
    assert path.stat().st_mode & 0o777 == 0o600
    assert verifier.verify(path, platform.signer.key_id).confirmed
    with platform.database.read() as session:
        event = session.scalars(select(ApplicationEvent).where(ApplicationEvent.what == "dossier")).one()
        told = session.scalars(select(TrailEvent.action).order_by(TrailEvent.number.desc()).limit(2)).all()
    assert (event.detail["pieces"], event.detail["met"], event.detail["total"]) == (3, 0, 13)
    assert event.detail["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert event.detail["stood"]["requirements"]["P2"]["evidence"] == [pieces[1]]
    assert told == ["application_file.taken", "application_file.sealed"]
    assert "3 preuves, 0 objectif atteint sur 13" in read_file(platform, ciso, ght, D2).events[0].detail[0]
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    half = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    visitor = person(Role.VISITOR, Level.GHT, ght.id)
    for who in (stranger, half):
        with pytest.raises(NotFound):
            dossier.open_dossier(platform, who, ght, D2, job_id)
    with pytest.raises(Forbidden):
        dossier.ask_dossier(platform, visitor, ght, D2)
    with pytest.raises(NotFound):
        dossier.open_dossier(platform, ciso, ght, "hospiconnect", job_id)
    with pytest.raises(Refused, match="Open the file"):
        dossier.ask_dossier(platform, ciso, ght, "hospiconnect")


def test_given_up_or_damaged_it_leaves_nothing(platform: Platform, ciso: Scope, ght: Place, pieces: list[int]) -> None:
    _, hold = waiting(platform, ciso, ght)
    with pytest.raises(Cancelled):
        dossier.make(platform, replace(hold, stopping=lambda: True))
    evidence.open_content(platform, ciso, pieces[1]).path.write_bytes(b"%PDF-1.7 gouvernancf")
    with pytest.raises(BookError, match=r"no\. 2"):
        dossier.make(platform, hold)
    assert list((platform.settings.evidence_dir / BOOKS_FOLDER).iterdir()) == []
    with platform.database.read() as session:
        assert session.scalars(select(ApplicationEvent).where(ApplicationEvent.what == "dossier")).all() == []


def problems_of(folder: Path) -> str:
    return " ".join(problem.fr for problem in verifier.verify(folder).problems)


def test_a_signed_manifest_cannot_contradict_the_chains(
    platform: Platform, ciso: Scope, ght: Place, pieces: list[int], tmp_path: Path
) -> None:
    folder = tmp_path / "dossier"
    with zipfile.ZipFile(io.BytesIO(written(platform, ciso, ght))) as archive:
        archive.extractall(folder)
    sound = json.loads((folder / "manifest.json").read_bytes())

    def resigned(change: dict[str, object]) -> str:
        content = json.dumps({**sound, **change}).encode()
        (folder / "manifest.json").write_bytes(content)
        (folder / "manifest.sig").write_bytes(platform.signer.sign(content))
        return problems_of(folder)

    assert resigned({}) == ""
    first, second = sound["parts"]
    assert "ne correspond pas" in resigned({"parts": [first]})
    swapped = [{**first, "chain": second["chain"]}, second]
    assert "ne correspond pas" in resigned({"parts": swapped})
    assert "malformé" in resigned({"parts": [first, first]})
    assert "jalon signé" in resigned({"parts": [{**first, "checkpoints": second["checkpoints"]}, second]})
    copied = [{**sound["pieces"][0], "copies": [sound["pieces"][1]["path"]]}, *sound["pieces"][1:]]
    assert "ne correspond pas" in resigned({"pieces": copied})
