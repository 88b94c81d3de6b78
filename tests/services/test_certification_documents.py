"""Documents of a certification: the book and its sealed archive, reports of a place, who may take them away."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.jobs import Lane
from care.domain.programme import AnswerVerdict
from care.services import books
from care.services.certification.documents import book_pdf, report_pdf, report_xlsx, seal_book
from care.services.errors import Forbidden, NotFound
from care.services.evidence import Details, Upload, add_evidence
from care.services.frameworks.answering import AnswerDraft, answer_requirements
from care.services.platform import Platform
from care.services.work import Hold
from care.store.evidence import Evidence
from care.store.trail import TrailEvent
from reports.seal import verifier
from tests.support.audits import claimed
from tests.support.certification import note_rehearsal, open_rehearsal, plant_registers
from tests.support.pdf import failures_of, squeezed, text_of
from tests.support.people import Hospitals, person

KIT = "pca_pra_modes_degrades"


@pytest.fixture
def prepared(platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals) -> int:
    """A hospital with answers, registers, a rehearsal, and two documents of which one is tied to nothing of the HAS."""
    here = hospitals.valley
    plant_registers(platform, here)
    place = Place(Level.ESTABLISHMENT, here)
    answer_requirements(platform, machine, place, "has", [AnswerDraft(KIT, AnswerVerdict.YES)])
    note_rehearsal(platform, machine, here, open_rehearsal(platform, machine, here))
    theme = ThingRef(ThingKind.REQUIREMENT, "has:gouvernance_ssi")
    policy = Details(EvidenceKind.POLICY, "Politique de sécurité", effective_from=date(2025, 6, 1))
    add_evidence(platform, ciso, here, policy, Upload("pssi.pdf", io.BytesIO(b"%PDF-1")), [theme])
    other = Details(EvidenceKind.CONTRACT, "Contrat de ménage")
    add_evidence(platform, ciso, here, other, Upload("c.txt", io.BytesIO(b"contrat")))
    return here


def test_the_book_says_answers_gaps_and_registers(platform: Platform, ciso: Scope, prepared: int) -> None:
    paper = book_pdf(platform, ciso, prepared)
    assert failures_of(paper.content) == []
    text = squeezed(text_of(paper.content))
    for words in (
        "la HAS seule décide",
        "Politique de sécurité",
        "Hameçonnage aux urgences",
        "Le kit papier est dans un bureau fermé la nuit",
        "sources périmées",
    ):
        assert squeezed(words) in text
    assert squeezed("Contrat de ménage") not in text
    assert "gouvernance_ssi" not in text
    assert paper.name.startswith("livre-de-preuves-")


@pytest.mark.both_databases
def test_the_sealed_archive_holds_the_book_and_its_pieces_and_is_verified_offline(
    platform: Platform, ciso: Scope, hospitals: Hospitals, prepared: int
) -> None:
    job_id = seal_book(platform, ciso, prepared)
    books.make(platform, Hold(platform, claimed(platform, Lane.SERVICE)))
    place, _view, path = books.open_book(platform, ciso, job_id)
    verdict = verifier.verify(path, platform.signer.key_id)
    assert (place, verdict.problems, verdict.confirmed) == (prepared, (), True)
    with zipfile.ZipFile(path) as archive:
        titles = [piece["title"] for piece in json.loads(archive.read("manifest.json"))["pieces"]]
        name = next(one for one in archive.namelist() if "livre-de-preuves" in one)
        assert archive.read(name).startswith(b"%PDF-")
    assert titles[0] == "Politique de sécurité"
    assert titles[1].startswith("Livre de preuves de certification")
    assert len(titles) == 2
    with platform.database.read() as session:
        filed = session.scalars(select(Evidence.kind).order_by(Evidence.id.desc()).limit(1)).one()
    assert filed is EvidenceKind.REPORT


@pytest.mark.parametrize("level", [Level.ESTABLISHMENT, Level.LEGAL_ENTITY, Level.GHT])
def test_the_report_of_each_level(
    platform: Platform, machine: Scope, hospitals: Hospitals, prepared: int, level: Level
) -> None:
    numbers = {
        Level.ESTABLISHMENT: prepared,
        Level.LEGAL_ENTITY: hospitals.valley_entity,
        Level.GHT: hospitals.ght,
    }
    place = Place(level, numbers[level])
    text = squeezed(text_of(report_pdf(platform, machine, place).content))
    assert squeezed("Hôpital de la Vallée") in text
    assert (squeezed("Hôpital de la Colline") in text) == (level is Level.GHT)
    book = load_workbook(io.BytesIO(report_xlsx(platform, machine, place).content))
    sites = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert len(sites) == (2 if level is Level.GHT else 1)
    assert "HAS seule décide" in str(sites[0][-1])
    gaps = [row[1] for row in book.worksheets[2].iter_rows(min_row=2, values_only=True)]
    assert {"Périmé", "Rien au dossier", "Sans réponse", "Visite à blanc"} <= set(gaps)
    with platform.database.read() as session:
        told = session.scalars(select(TrailEvent.action).order_by(TrailEvent.number.desc()).limit(2)).all()
    assert set(told) == {"certification.report_made"}


def test_who_may_take_them_away(platform: Platform, hospitals: Hospitals, prepared: int) -> None:
    place = Place(Level.ESTABLISHMENT, prepared)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    regional = person(Role.REGIONAL, Level.REGION, hospitals.region)
    for scope, refusal in ((visitor, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal):
            book_pdf(platform, scope, prepared)
        with pytest.raises(refusal):
            seal_book(platform, scope, prepared)
        with pytest.raises(refusal):
            report_xlsx(platform, scope, place)
    with pytest.raises(NotFound):
        report_pdf(platform, stranger, Place(Level.GHT, hospitals.ght))
    assert report_xlsx(platform, regional, Place(Level.GHT, hospitals.ght)).content
    with pytest.raises(Forbidden):
        seal_book(platform, regional, prepared)
