"""Crisis packs: what they say, read back from the document; when they are made; who takes them, in clear or locked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyrage
import pytest
import pyzipper
from sqlalchemy import select

from care.domain.access import Level, Right, Role
from care.domain.continuity import CellKind
from care.domain.crisis import CALM, MOST_PATIENT, PACK_EVERY, Changes, PackWhy, pack_due
from care.domain.deadlines import DeadlineKind
from care.domain.jobs import JobKind, JobState, Lane
from care.domain.schedule import Slot
from care.services import checklists, contact_files, crisis_contacts, crisis_pack, jobs, pack_making, schedules
from care.services.crisis_contacts import ContactDraft, open_directory
from care.services.crisis_pack import Form, Lock, list_packs
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.handlers import HANDLERS
from care.services.platform import Platform
from care.services.work import Hold
from care.store.crisis import CrisisPack
from care.store.jobs import Job
from care.store.trail import TrailEvent
from reports.errors import ReportError
from tests.support.clock import FixedClock
from tests.support.crisis import do_service_jobs, make_pack, plant_contacts, plant_continuity, plant_crisis
from tests.support.pdf import squeezed, text_of
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PHRASE = "le café du lundi matin"


@pytest.mark.parametrize(
    ("made", "first", "last", "why"),
    [
        (None, None, None, PackWhy.FIRST),
        (timedelta(days=1), None, None, None),
        (PACK_EVERY, None, None, PackWhy.WEEK),
        (PACK_EVERY - timedelta(seconds=1), None, None, None),
        (timedelta(hours=1), CALM, CALM, PackWhy.CHANGE),
        (timedelta(hours=1), CALM, CALM - timedelta(seconds=1), None),
        (timedelta(days=1), MOST_PATIENT, timedelta(0), PackWhy.CHANGE),
        (timedelta(days=1), MOST_PATIENT - timedelta(seconds=1), timedelta(0), None),
        (PACK_EVERY, CALM, timedelta(minutes=1), None),
    ],
)
def test_when_a_pack_is_due(
    made: timedelta | None, first: timedelta | None, last: timedelta | None, why: PackWhy | None
) -> None:
    changes = Changes(NOW - first, NOW - last) if first is not None and last is not None else None
    assert pack_due(None if made is None else NOW - made, changes, NOW) is why


def document(platform: Platform, place: int) -> bytes:
    latest = list_packs(platform, MACHINE, place).latest
    assert latest is not None
    return crisis_pack.take(platform, MACHINE, latest.id, Form.PDF).path.read_bytes()


@both
def test_the_pack_says_everything(platform: Platform, hospitals: Hospitals) -> None:
    plant_crisis(platform, hospitals.valley)
    make_pack(platform, hospitals.valley)
    text = squeezed(text_of(document(platform, hospitals.valley)))
    for contact in open_directory(platform, MACHINE, hospitals.valley).contacts:
        for said in (contact.draft.function, contact.draft.name, contact.draft.phone, contact.draft.fallback):
            assert squeezed(said) in text, said
    for wanted in (
        "PÉRIMÉE APRÈS LE 6 avril 2026",  # 35 days after 2 March
        "Urgences – Prescrire sans le dossier patient",
        "3 j", "60 %", "Placard rouge, salle de soins 2",
        "Désactiver le groupe VPN-EDITEUR sur le pare-feu nord",
        "Aucun accès n’est inscrit au registre des accès distants",
        "Active Directory", "Urgences, 4 h au plus",
        "Au mieux, en démarrant tout dès que possible : 6 h.",
        "signalement.social-sante.gouv.fr",
    ):  # fmt: skip
        assert squeezed(wanted) in text, wanted


@both
def test_an_edited_duty_is_in_the_next_pack_and_an_ended_supplier_is_not(
    platform: Platform, hospitals: Hospitals
) -> None:
    plant_crisis(platform, hospitals.valley)
    make_pack(platform, hospitals.valley)
    assert not list_packs(platform, MACHINE, hospitals.valley).changed
    crisis_contacts.add_contact(platform, MACHINE, hospitals.valley, ContactDraft(CellKind.CARE, "Pharmacie", "Ada Lo"))
    assert list_packs(platform, MACHINE, hospitals.valley).changed
    make_pack(platform, hospitals.valley)
    found = list_packs(platform, MACHINE, hospitals.valley)
    assert (len(found.packs), found.changed) == (2, False)
    assert "AdaLo" in squeezed(text_of(document(platform, hospitals.valley)))


def test_what_the_pack_does_not_say_makes_no_new_one(platform: Platform, hospitals: Hospitals) -> None:
    plant_crisis(platform, hospitals.valley)
    make_pack(platform, hospitals.valley)
    checklists.act_on(platform, MACHINE, hospitals.valley, "cells")
    crisis_contacts.check_contacts(
        platform,
        MACHINE,
        hospitals.valley,
        [one.id for one in open_directory(platform, MACHINE, hospitals.valley).contacts][:1],
    )
    assert list_packs(platform, MACHINE, hospitals.valley).changed  # the date of a check is in the spreadsheet


@both
def test_same_content_and_time_give_the_same_bytes(platform: Platform, hospitals: Hospitals) -> None:
    plant_crisis(platform, hospitals.valley)
    first, second = make_pack(platform, hospitals.valley), make_pack(platform, hospitals.valley)
    with platform.database.read() as session:
        one, two = session.get_one(CrisisPack, first), session.get_one(CrisisPack, second)
        assert (one.pdf_sha256, one.zip_sha256, one.fingerprint) == (two.pdf_sha256, two.zip_sha256, two.fingerprint)


def tick(platform: Platform, clock: FixedClock, **span: float) -> None:
    """Let time pass, then do what the calendar and the worker do."""
    clock.forward(**span)
    schedules.submit_slot(platform, Slot("crisis_packs", clock.now()))
    do_service_jobs(platform)


@both
def test_packs_are_made_by_themselves(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    plant_contacts(platform, hospitals.valley)

    def made() -> list[str]:
        return [pack.why for pack in reversed(list_packs(platform, MACHINE, hospitals.valley).packs)]

    tick(platform, clock, minutes=10)
    assert made() == ["first"]
    tick(platform, clock, days=1)
    assert made() == ["first"]
    crisis_contacts.add_contact(platform, MACHINE, hospitals.valley, ContactDraft(CellKind.CARE, "Pharmacie"))
    tick(platform, clock, minutes=9)
    assert made() == ["first"]
    tick(platform, clock, minutes=1)
    assert made() == ["first", "change"]
    tick(platform, clock, days=6, hours=23)
    assert made() == ["first", "change"]
    tick(platform, clock, hours=1)
    assert made() == ["first", "change", "week"]
    assert list_packs(platform, MACHINE, hospitals.hill).packs == ()


def test_what_packs_do_not_say_neither_makes_one_nor_hurries_it(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    plant_contacts(platform, hospitals.valley)
    tick(platform, clock, minutes=10)
    clock.forward(hours=1)
    checklists.act_on(platform, MACHINE, hospitals.valley, "cells")
    contact_files.contacts_csv(platform, MACHINE, hospitals.valley)
    tick(platform, clock, hours=3)
    crisis_contacts.add_contact(platform, MACHINE, hospitals.valley, ContactDraft(CellKind.CARE, "Pharmacie"))
    tick(platform, clock, minutes=9)
    assert len(list_packs(platform, MACHINE, hospitals.valley).packs) == 1
    tick(platform, clock, minutes=1)
    assert len(list_packs(platform, MACHINE, hospitals.valley).packs) == 2


def test_a_change_taken_back_makes_no_new_pack(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    plant_contacts(platform, hospitals.valley)
    tick(platform, clock, minutes=10)
    draft = ContactDraft(CellKind.CARE, "Pharmacie")
    number = crisis_contacts.add_contact(platform, MACHINE, hospitals.valley, draft)
    crisis_contacts.remove_contact(platform, MACHINE, number, 1)
    tick(platform, clock, minutes=30)
    assert len(list_packs(platform, MACHINE, hospitals.valley).packs) == 1


def test_the_calendar_holds_the_appointment(platform: Platform) -> None:
    assert "crisis_packs" in {one.name for one in schedules.appointments(platform)}
    assert {JobKind.CRISIS_PACK, JobKind.CRISIS_PACKS} <= set(HANDLERS)


@both
def test_the_last_ones_are_kept_and_the_files_of_others_erased(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    few = replace(platform, settings=replace(platform.settings, crisis_packs_kept=2))
    plant_contacts(few, hospitals.valley)
    plant_contacts(few, hospitals.hill)
    files = []
    for place in (hospitals.valley, hospitals.hill, hospitals.valley, hospitals.valley):
        number = make_pack(few, place)
        files.append(crisis_pack.take(few, MACHINE, number, Form.PDF).path)
        clock.forward(hours=1)
    assert [path.exists() for path in files] == [False, True, True, True]
    assert len(list_packs(few, MACHINE, hospitals.valley).packs) == 2


def test_one_at_a_time(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    pack_making.ask_pack(platform, MACHINE, hospitals.valley)
    assert list_packs(platform, MACHINE, hospitals.valley).busy
    with pytest.raises(Refused):
        pack_making.ask_pack(platform, MACHINE, hospitals.valley)


def failing(platform: Platform, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> dict[str, bytes]:
        raise ReportError("Plus de papier.", "Out of paper.")

    monkeypatch.setattr(pack_making, "folder_of", refuse)
    pack_making.ask_pack(platform, MACHINE, place)
    claim = jobs.claim(platform, Lane.SERVICE, "tests")
    assert claim is not None
    with pytest.raises(pack_making.DocumentError) as refused:
        HANDLERS[claim.kind](platform, Hold(platform, claim))
    jobs.fail(platform, claim, refused.value.text)
    monkeypatch.undo()


@both
def test_a_failure_is_told_on_the_page_and_among_deadlines_until_one_is_made(
    platform: Platform, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    plant_contacts(platform, hospitals.valley)
    failing(platform, hospitals.valley, monkeypatch)
    assert list_packs(platform, MACHINE, hospitals.valley).failure == "Plus de papier."

    def told() -> list[str]:
        wanted = DeadlineFilter(kind=DeadlineKind.CRISIS_PACK)
        return [line.title for line in list_deadlines(platform, MACHINE, hospitals.valley, wanted).page.lines]

    assert told() == ["La mallette de crise n’a pas pu être faite"]
    clock.forward(minutes=1)
    make_pack(platform, hospitals.valley)
    assert list_packs(platform, MACHINE, hospitals.valley).failure == ""
    assert told() == ["Fin de validité de la mallette de crise"]


def test_a_failed_attempt_is_made_again_the_next_day_only(
    platform: Platform, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    plant_contacts(platform, hospitals.valley)
    clock.forward(minutes=10)
    schedules.submit_slot(platform, Slot("crisis_packs", clock.now()))
    scan = jobs.claim(platform, Lane.SERVICE, "tests")
    assert scan is not None
    HANDLERS[scan.kind](platform, Hold(platform, scan))
    first = jobs.claim(platform, Lane.SERVICE, "tests")
    assert first is not None
    jobs.fail(platform, first, crisis_pack.DAMAGED)
    tick(platform, clock, minutes=10)
    assert list_packs(platform, MACHINE, hospitals.valley).packs == ()
    tick(platform, clock, days=1)
    assert len(list_packs(platform, MACHINE, hospitals.valley).packs) == 1


@both
def test_deadlines_of_the_directory(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    plant_contacts(platform, hospitals.valley)
    wanted = DeadlineFilter(kind=DeadlineKind.CONTACTS)
    (line,) = list_deadlines(platform, MACHINE, hospitals.valley, wanted).page.lines
    assert line.title == "Appeler pour vérifier l’annuaire de crise (7 contacts)"
    assert line.late  # one was last tried 250 days ago
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    assert list_deadlines(platform, visitor, hospitals.valley, wanted).page.lines == ()


@both
def test_who_takes_a_pack_and_the_trail_of_it(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    number = make_pack(platform, hospitals.valley)
    for role in (Role.VISITOR, Role.REGIONAL):
        scope = person(role, Level.ESTABLISHMENT, hospitals.valley)
        found = list_packs(platform, scope, hospitals.valley)
        assert (len(found.packs), found.may_take, found.may_make) == (1, False, False)
        with pytest.raises(Forbidden):
            crisis_pack.take(platform, scope, number, Form.PDF)
        with pytest.raises(Forbidden):
            pack_making.folder_now(platform, scope, hospitals.valley)
    with pytest.raises(NotFound):
        crisis_pack.take(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), number, Form.PDF)
    nurse = person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, hospitals.valley)
    taken = crisis_pack.take(platform, nurse, number, Form.ZIP)
    assert taken.name == f"mallette-{platform_finess(platform, hospitals)}-20260302.zip"
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "crisis_pack.taken")).one()
        assert (event.actor, event.detail["form"]) == (nurse.actor, "zip")
    with pytest.raises(Forbidden):
        pack_making.ask_pack(platform, nurse, hospitals.valley)
    assert not nurse.allows_somewhere(Right.MANAGE_CONTINUITY)


def platform_finess(platform: Platform, hospitals: Hospitals) -> str:
    from care.services.registry import find_establishment

    return find_establishment(platform, MACHINE, hospitals.valley).finess


def test_a_damaged_file_is_not_handed_over(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    number = make_pack(platform, hospitals.valley)
    path = crisis_pack.take(platform, MACHINE, number, Form.PDF).path
    path.chmod(0o600)
    path.write_bytes(b"not a document")
    with pytest.raises(Refused):
        crisis_pack.take(platform, MACHINE, number, Form.PDF)


def opened_zip(content: bytes, phrase: str) -> dict[str, bytes]:
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(phrase.encode())
        return {name: archive.read(name) for name in archive.namelist()}


def opened_age(content: bytes, phrase: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pyrage.passphrase.decrypt(content, phrase))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(("lock", "opened"), [(Lock.ZIP, opened_zip), (Lock.AGE, opened_age)])
def test_locked_with_a_passphrase_that_is_kept_nowhere(
    platform: Platform, hospitals: Hospitals, lock: Lock, opened: Callable[[bytes, str], dict[str, bytes]]
) -> None:
    plant_contacts(platform, hospitals.valley)
    number = make_pack(platform, hospitals.valley)
    archive = crisis_pack.take(platform, MACHINE, number, Form.ZIP).path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(archive)) as clear:
        files = {name: clear.read(name) for name in clear.namelist()}
    name, content = crisis_pack.take_locked(platform, MACHINE, number, lock, PHRASE, PHRASE)
    assert opened(content, PHRASE) == files
    assert b"Jeanne Roux" not in content
    assert b"Roux" in files["contacts.vcf"]
    with pytest.raises((RuntimeError, pyrage.DecryptError)):
        opened(content, "une autre phrase")
    if lock is Lock.ZIP:
        with zipfile.ZipFile(io.BytesIO(content)) as sealed:
            assert all(entry.flag_bits & 1 and entry.compress_type == 99 for entry in sealed.infolist())
    with platform.database.read() as session:
        kept = [str(event.detail) for event in session.scalars(select(TrailEvent))]
        kept += [str(job.args) for job in session.scalars(select(Job))]
    assert PHRASE not in "".join(kept)
    assert name.startswith("mallette-")


@pytest.mark.parametrize(
    ("phrase", "again", "field"),
    [("court", "court", "passphrase"), ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "passphrase"), (PHRASE, "x", "again")],
)
def test_a_weak_passphrase_is_refused(
    platform: Platform, hospitals: Hospitals, phrase: str, again: str, field: str
) -> None:
    plant_contacts(platform, hospitals.valley)
    number = make_pack(platform, hospitals.valley)
    with pytest.raises(Invalid) as refused:
        crisis_pack.take_locked(platform, MACHINE, number, Lock.ZIP, phrase, again)
    assert set(refused.value.fields) == {field}


def test_an_old_pack_is_outdated(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    plant_contacts(platform, hospitals.valley)
    make_pack(platform, hospitals.valley)
    latest = list_packs(platform, MACHINE, hospitals.valley).latest
    assert latest is not None
    clock.forward(days=35)
    assert not list_packs(platform, MACHINE, hospitals.valley).packs[0].expired
    clock.forward(days=1)
    assert list_packs(platform, MACHINE, hospitals.valley).packs[0].expired


def test_the_state_of_the_job_is_told(platform: Platform, hospitals: Hospitals) -> None:
    plant_continuity(platform, hospitals.valley)
    job_id = pack_making.ask_pack(platform, MACHINE, hospitals.valley)
    do_service_jobs(platform)
    with platform.database.read() as session:
        assert session.get_one(Job, job_id).state is JobState.DONE


def test_the_folder_holds_posters_contacts_and_every_sheet(platform: Platform, hospitals: Hospitals) -> None:
    plant_crisis(platform, hospitals.valley)
    number = make_pack(platform, hospitals.valley)
    with zipfile.ZipFile(crisis_pack.take(platform, MACHINE, number, Form.ZIP).path) as archive:
        names = archive.namelist()
        index = archive.read("index.html").decode()
        numbers = archive.read("contacts.csv").decode("utf-8-sig")
    poster = "affiches/urgences-prescrire-sans-le-dossier-patient.pdf"
    assert {poster, "modes-degrades/01-urgences-prescrire-sans-le-dossier-patient.pdf"} <= set(names)
    assert f'Urgences – Prescrire sans le dossier patient</a> · <a href="{poster}">Affiche</a>' in index
    assert "06 11 22 33 44" in numbers


def test_what_is_written_while_a_pack_is_made_makes_the_next_one(
    platform: Platform, hospitals: Hospitals, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_contacts(platform, hospitals.valley)
    gather = pack_making.gather

    def slow(*given: object) -> object:
        content = gather(*given)  # type: ignore[arg-type]
        clock.forward(seconds=2)
        draft = ContactDraft(CellKind.CARE, "Pharmacie")
        crisis_contacts.add_contact(platform, MACHINE, hospitals.valley, draft)
        clock.forward(seconds=2)
        return content

    pack_making.ask_pack(platform, MACHINE, hospitals.valley)
    with monkeypatch.context() as patched:
        patched.setattr(pack_making, "gather", slow)
        do_service_jobs(platform)
    assert list_packs(platform, MACHINE, hospitals.valley).changed
    tick(platform, clock, minutes=10)
    assert [one.why for one in list_packs(platform, MACHINE, hospitals.valley).packs] == [PackWhy.CHANGE, PackWhy.HAND]


def test_an_unchanged_place_is_not_read_again(
    platform: Platform, hospitals: Hospitals, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_contacts(platform, hospitals.valley)
    clock.forward(minutes=1)
    make_pack(platform, hospitals.valley)
    monkeypatch.delattr(crisis_pack, "gather")
    assert not list_packs(platform, MACHINE, hospitals.valley).changed
