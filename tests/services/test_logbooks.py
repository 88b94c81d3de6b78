"""Logbooks: lines in order, once each, never changed unseen; the events of an exercise between them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from care.domain.access import Level, Role, Scope
from care.domain.exercises import EntryKind, Seat
from care.domain.jobs import JobKind, Lane
from care.services import jobs
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.exercises import seats
from care.services.exercises.conducting import obey
from care.services.exercises.seats import Arrival, Sitting, badges, sit_with_token, sitting
from care.services.logbooks.files import logbook_csv, logbook_json, logbook_pdf
from care.services.logbooks.reading import (
    EVENT,
    LogFilter,
    lines_of_seat,
    list_logbooks,
    mark_of,
    read_logbook,
)
from care.services.logbooks.rows import OfCrisis, OfExercise
from care.services.logbooks.writing import (
    LineDraft,
    close_logbook,
    open_logbook,
    reopen_logbook,
    write_from_seat,
    write_line,
)
from care.services.platform import Platform
from care.services.trail_search import verify_chain
from care.services.work import Hold
from care.store.exercises import ExerciseEvent, Logbook, LogEntry
from exercises.decide import Pause, Play, Start
from reports.seal import verifier
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.pdf import text_of
from tests.support.people import Hospitals, person

SCRIPT = Path(verifier.__file__)
EVERY = LogFilter()


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def crisis(platform: Platform, machine: Scope, hospitals: Hospitals) -> OfCrisis:
    return OfCrisis(open_logbook(platform, machine, hospitals.valley, "Nuit du 12"))


@pytest.fixture
def exercise(stage: Platform, machine: Scope, hospitals: Hospitals) -> OfExercise:
    number = prepared(stage, machine, hospitals.valley)
    obey(stage, machine, number, Start())
    return OfExercise(number)


def texts(platform: Platform, scope: Scope, which: OfCrisis | OfExercise, wanted: LogFilter = EVERY) -> list[str]:
    return [line.text for line in read_logbook(platform, scope, which, wanted).lines]


@pytest.mark.both_databases
def test_lines_are_kept_in_the_order_of_the_facts(
    platform: Platform, machine: Scope, crisis: OfCrisis, clock: FixedClock
) -> None:
    before = clock.now() - timedelta(minutes=20)
    clock.forward(minutes=1)
    assert write_line(platform, machine, crisis, LineDraft("Le laboratoire ne répond plus.")) == 2
    clock.forward(minutes=1)
    late = LineDraft("Premier appel du service.", EntryKind.CONTACT, "operations", happened_at=before)
    assert write_line(platform, machine, crisis, late) == 3
    view = read_logbook(platform, machine, crisis, checked=True)
    assert [line.number for line in view.lines] == [2, 1, 3]
    assert [(line.kind, line.cell, line.late) for line in view.lines][-1] == (
        "contact",
        "Cellule opérationnelle cyber",
        True,
    )
    assert (view.fault, view.entries, view.title) == ("", 3, "Nuit du 12")


@pytest.mark.both_databases
def test_a_line_sent_twice_is_recorded_once(platform: Platform, machine: Scope, crisis: OfCrisis) -> None:
    draft = LineDraft("Coupure du réseau décidée.", EntryKind.DECISION, key="phone-1")
    assert write_line(platform, machine, crisis, draft) == write_line(platform, machine, crisis, draft) == 2
    close_logbook(platform, machine, crisis.logbook_id)
    assert write_line(platform, machine, crisis, draft) == 2  # the phone comes back after the end: it was recorded
    assert read_logbook(platform, machine, crisis).entries == 3


@pytest.mark.both_databases
def test_several_people_write_at_once_and_no_number_is_lost(
    platform: Platform, machine: Scope, crisis: OfCrisis
) -> None:
    def write(who: int) -> None:
        for rank in range(5):
            write_line(platform, machine, crisis, LineDraft(f"{who}-{rank}", key=f"{who}-{rank}"))

    people = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    view = read_logbook(platform, machine, crisis, LogFilter(whole=True), checked=True)
    assert sorted(line.number for line in view.lines) == list(range(1, 22))
    assert view.fault == ""


def test_a_correction_names_the_line_it_corrects(platform: Platform, machine: Scope, crisis: OfCrisis) -> None:
    wrong = write_line(platform, machine, crisis, LineDraft("12 lits fermés."))
    right = write_line(platform, machine, crisis, LineDraft("21 lits fermés.", corrects=wrong))
    by_number = {line.number: line for line in read_logbook(platform, machine, crisis).lines}
    assert by_number[wrong].corrected_by == right
    assert by_number[wrong].text == "12 lits fermés."
    assert (by_number[right].kind, by_number[right].corrects) == ("correction", wrong)
    for draft in (LineDraft("x", corrects=99), LineDraft("x", EntryKind.CORRECTION)):
        with pytest.raises(Invalid):
            write_line(platform, machine, crisis, draft)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (LineDraft("  \n "), "text"),
        (LineDraft("x" * 5001), "text"),
        (LineDraft("x", cell="ailleurs"), "cell"),
        (LineDraft("x", key="k" * 65), "key"),
    ],
)
def test_what_cannot_be_written_is_said_on_its_field(
    platform: Platform, machine: Scope, crisis: OfCrisis, draft: LineDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        write_line(platform, machine, crisis, draft)
    assert list(refusal.value.fields) == [field]


def test_hours_to_come_and_of_another_year_are_refused(
    platform: Platform, machine: Scope, crisis: OfCrisis, clock: FixedClock
) -> None:
    for off in (timedelta(minutes=6), timedelta(days=-400)):
        with pytest.raises(Invalid):
            write_line(platform, machine, crisis, LineDraft("x", happened_at=clock.now() + off))
    write_line(platform, machine, crisis, LineDraft("Montre en avance", happened_at=clock.now() + timedelta(minutes=4)))
    newest = read_logbook(platform, machine, crisis).lines[0]
    assert newest.happened_at == newest.at == clock.now()


@pytest.mark.both_databases
def test_who_reacts_second_writes_in_the_logbook_already_open(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    first = open_logbook(platform, machine, hospitals.valley)
    assert open_logbook(platform, machine, hospitals.valley) == first
    other = open_logbook(platform, machine, hospitals.valley, "Autre crise")
    assert [one.id for one in list_logbooks(platform, machine, hospitals.valley).open] == [other, first]
    assert open_logbook(platform, machine, hospitals.hill) not in (first, other)


@pytest.mark.both_databases
def test_a_closed_logbook_takes_no_line_until_it_is_reopened(
    platform: Platform, machine: Scope, crisis: OfCrisis
) -> None:
    close_logbook(platform, machine, crisis.logbook_id)
    with pytest.raises(Refused, match="reopen"):
        write_line(platform, machine, crisis, LineDraft("trop tard"))
    with pytest.raises(Refused):
        close_logbook(platform, machine, crisis.logbook_id)
    assert not read_logbook(platform, machine, crisis).may_write
    reopen_logbook(platform, machine, crisis.logbook_id)
    write_line(platform, machine, crisis, LineDraft("encore"))
    assert texts(platform, machine, crisis) == [
        "encore", "Main courante rouverte", "Main courante close", "Main courante ouverte : Nuit du 12",
    ]  # fmt: skip


def test_searching_forgets_case_and_accents(platform: Platform, machine: Scope, crisis: OfCrisis) -> None:
    write_line(platform, machine, crisis, LineDraft("Rappel des équipes de nuit", EntryKind.ACTION, "care"))
    write_line(platform, machine, crisis, LineDraft("Équipe de jour prévenue", EntryKind.CONTACT))
    assert texts(platform, machine, crisis, LogFilter("EQUIPES nuit")) == ["Rappel des équipes de nuit"]
    assert texts(platform, machine, crisis, LogFilter(kind="contact")) == ["Équipe de jour prévenue"]
    assert texts(platform, machine, crisis, LogFilter(cell="care")) == ["Rappel des équipes de nuit"]


@pytest.mark.both_databases
def test_a_line_changed_in_the_database_is_named(platform: Platform, machine: Scope, crisis: OfCrisis) -> None:
    for text in ("un", "deux", "trois"):
        write_line(platform, machine, crisis, LineDraft(text))
    with platform.database.write() as session:
        session.execute(update(LogEntry).where(LogEntry.number == 3).values(text="jamais"))
    assert "n° 3" in read_logbook(platform, machine, crisis, checked=True).fault
    with platform.database.write() as session:
        session.execute(delete(LogEntry).where(LogEntry.number == 3))
    assert "n° 3 manque" in read_logbook(platform, machine, crisis, checked=True).fault


def test_a_tail_cut_off_is_seen(platform: Platform, machine: Scope, crisis: OfCrisis) -> None:
    write_line(platform, machine, crisis, LineDraft("un"))
    with platform.database.write() as session:
        session.execute(delete(LogEntry).where(LogEntry.number == 2))
    assert "n° 2 manque" in read_logbook(platform, machine, crisis, checked=True).fault


@pytest.mark.both_databases
def test_the_events_of_the_exercise_stand_between_its_lines(
    stage: Platform, machine: Scope, exercise: OfExercise, clock: FixedClock
) -> None:
    assert mark_of(stage, machine, exercise) == read_logbook(stage, machine, exercise).mark
    clock.forward(minutes=1)
    write_line(stage, machine, exercise, LineDraft("La cellule se réunit.", cell="ward"))
    clock.forward(minutes=1)
    obey(stage, machine, exercise.exercise_id, Play("S01"))
    obey(stage, machine, exercise.exercise_id, Pause())
    view = read_logbook(stage, machine, exercise, checked=True)
    assert [line.kind for line in view.lines] == [EVENT, EVENT, "fact", EVENT]
    assert [line.text.split(" ")[-1] for line in view.lines] == ["pause.", "Urgences", "réunit.", "(DEBEX)."]
    assert (view.fault, view.entries, view.lines[2].cell) == ("", 1, "Urgences")
    assert mark_of(stage, machine, exercise) == view.mark
    with stage.database.write() as session:
        session.execute(update(ExerciseEvent).where(ExerciseEvent.number == 2).values(by="personne"))
    assert "n° 2" in read_logbook(stage, machine, exercise, checked=True).fault


def seated(platform: Platform, scope: Scope, exercise_id: int, seat: Seat, rank: int = 0) -> Sitting:
    mine = [one for one in badges(platform, scope, exercise_id) if one.seat is seat]
    found = sitting(platform, sit_with_token(platform, mine[rank].token, Arrival("Aline Roux")))
    assert found is not None
    return found


def test_a_flood_of_lines_is_refused(
    stage: Platform, machine: Scope, exercise: OfExercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST_WRITTEN", 2)
    ward = seated(stage, machine, exercise.exercise_id, Seat.PLAYER)
    for key in ("a", "b", "b"):
        write_from_seat(stage, ward, LineDraft("Encore.", key=key))
    with pytest.raises(Refused, match="tell the facilitators"):
        write_from_seat(stage, ward, LineDraft("Encore.", key="c"))
    assert len(lines_of_seat(stage, ward)) == 2


def test_a_cell_writes_its_own_lines_and_sees_no_other(stage: Platform, machine: Scope, exercise: OfExercise) -> None:
    ward, it = (seated(stage, machine, exercise.exercise_id, Seat.PLAYER, rank) for rank in (0, 1))
    observer = seated(stage, machine, exercise.exercise_id, Seat.OBSERVER)
    first = write_from_seat(stage, ward, LineDraft("Mode dégradé lancé.", EntryKind.DECISION, "it", key="a"))
    assert write_from_seat(stage, ward, LineDraft("Mode dégradé lancé.", key="a")) == first
    write_from_seat(stage, observer, LineDraft("Personne ne tient le tableau."))
    assert [(one.text, one.cell, one.by) for one in lines_of_seat(stage, ward)] == [
        ("Mode dégradé lancé.", "Urgences", "Aline Roux (badge)")
    ]
    assert lines_of_seat(stage, it) == ()
    assert len(lines_of_seat(stage, observer)) == 2
    for other in (it, observer):
        with pytest.raises(NotFound):
            write_from_seat(stage, other, LineDraft("corrigé", corrects=first))


def test_who_may_read_and_write(platform: Platform, hospitals: Hospitals, crisis: OfCrisis) -> None:
    def scope(role: Role, place: int = hospitals.valley) -> Scope:
        return person(role, Level.ESTABLISHMENT, place)

    write_line(platform, scope(Role.ACTIVITY_OWNER), crisis, LineDraft("Vu du service"))
    with pytest.raises(Forbidden):
        close_logbook(platform, scope(Role.ACTIVITY_OWNER), crisis.logbook_id)
    with pytest.raises(Forbidden):
        open_logbook(platform, scope(Role.ACTIVITY_OWNER), hospitals.valley)
    with pytest.raises(Forbidden):
        read_logbook(platform, scope(Role.VISITOR), crisis)
    with pytest.raises(Forbidden):
        list_logbooks(platform, scope(Role.VISITOR), hospitals.valley)
    for stranger in (scope(Role.CISO, hospitals.far), scope(Role.DIRECTION, hospitals.hill)):
        with pytest.raises(NotFound):
            write_line(platform, stranger, crisis, LineDraft("x"))
    close_logbook(platform, scope(Role.DIRECTION), crisis.logbook_id)


def test_the_logbook_of_an_exercise_is_not_one_of_a_crisis(
    stage: Platform, machine: Scope, exercise: OfExercise, hospitals: Hospitals
) -> None:
    write_line(stage, machine, exercise, LineDraft("x"))
    with stage.database.read() as session:
        number = session.scalars(select(Logbook.id)).one()
    with pytest.raises(NotFound):
        read_logbook(stage, machine, OfCrisis(number))
    assert list_logbooks(stage, machine, hospitals.valley).open == ()


# Handed out


def run(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", str(SCRIPT), str(path), *more], capture_output=True, text=True)


def test_the_script_verifies_an_export_offline(
    stage: Platform, machine: Scope, exercise: OfExercise, tmp_path: Path
) -> None:
    write_line(stage, machine, exercise, LineDraft("Le système est à l’arrêt — « confirmé »."))
    path = tmp_path / "main-courante.json"
    path.write_bytes(logbook_json(stage, machine, exercise))
    done = run(path, "--empreinte", stage.signer.key_id)
    assert (done.returncode, done.stderr) == (0, "")
    assert "MAIN COURANTE INTACTE, signée par la clé attendue." in done.stdout
    assert "1 lignes, 1 événements" in done.stdout
    assert run(path, "--empreinte", "0" * 64).returncode == 1
    assert "elle seule répond de sa clé" in run(path).stdout
    altered = path.read_text("utf-8").replace("à l’arrêt", "en marche")
    path.write_text(altered, "utf-8")
    done = run(path)
    assert done.returncode == 1
    assert "ALTÉRÉE" in done.stdout
    assert "La ligne n° 1 ne correspond pas" in done.stdout


def test_what_was_altered_before_the_export_is_named_although_the_signature_holds(
    stage: Platform, machine: Scope, exercise: OfExercise, tmp_path: Path
) -> None:
    write_line(stage, machine, exercise, LineDraft("un"))
    write_line(stage, machine, exercise, LineDraft("deux"))
    with stage.database.write() as session:
        session.execute(update(LogEntry).where(LogEntry.number == 2).values(by="personne"))
    path = tmp_path / "log.json"
    path.write_bytes(logbook_json(stage, machine, exercise))
    problems = [one.fr for one in verifier.verify(path).problems]
    assert problems == ["La ligne n° 2 ne correspond pas à son empreinte, ou ne suit pas ce qui précède."]


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole.pop("key"),
        lambda whole: whole.update(extra=1),
        lambda whole: whole["content"]["chains"][0].update(of="autre"),
        lambda whole: whole["content"]["chains"][0]["links"].pop(),
        lambda whole: whole["content"].update(title="Autre"),
        lambda whole: whole.update(signature="00"),
        lambda whole: whole.update(format="care-log/9"),
    ],
)
def test_no_change_of_the_file_goes_unseen(
    platform: Platform,
    machine: Scope,
    crisis: OfCrisis,
    tmp_path: Path,
    change,  # type: ignore[no-untyped-def]  # noqa: ANN001
) -> None:
    whole = json.loads(logbook_json(platform, machine, crisis))
    path = tmp_path / "log.json"
    path.write_text(json.dumps(whole), "utf-8")
    assert verifier.verify(path).problems == ()
    change(whole)
    path.write_text(json.dumps(whole), "utf-8")
    assert verifier.verify(path).problems


def test_hostile_files_are_no_logbook(tmp_path: Path) -> None:
    for content in (b"{", b"{}", b'{"signature": 3}', b'{"a":1,"a":2}', b"{" + b'"a":{' * 5000, b"{\xff"):
        path = tmp_path / "x.json"
        path.write_bytes(content)
        assert verifier.verify(path).problems


def test_the_spreadsheet_tells_hours_of_the_place(platform: Platform, machine: Scope, crisis: OfCrisis) -> None:
    write_line(platform, machine, crisis, LineDraft("=HYPERLINK(1)", EntryKind.ACTION, "care"))
    rows = logbook_csv(platform, machine, crisis).decode("utf-8-sig").splitlines()
    assert rows[0].startswith("N°;Heure des faits;Écrit à;Nature;Cellule;Texte")
    assert "'=HYPERLINK(1)" in rows[2]
    assert ";Action;" in rows[2]


def test_it_prints_with_its_seal(platform: Platform, machine: Scope, crisis: OfCrisis) -> None:
    number = write_line(platform, machine, crisis, LineDraft("#let x = [typst] *gras* <b>"))
    write_line(platform, machine, crisis, LineDraft("Corrigé", corrects=number))
    said = text_of(logbook_pdf(platform, machine, crisis))
    for wanted in ("Main courante", "#let x = [typst] *gras* <b>", "corrigée par la ligne 3", "Empreinte"):
        assert wanted in said


def test_what_was_changed_in_a_chain_is_found_without_opening_its_page(
    stage: Platform, machine: Scope, hospitals: Hospitals, crisis: OfCrisis
) -> None:
    exercises = [prepared(stage, machine, hospitals.valley) for _ in range(2)]
    for one in exercises:
        obey(stage, machine, one, Start())
    for text in ("Un", "Deux"):
        write_line(stage, machine, crisis, LineDraft(text, key=text))
    with stage.database.write() as session:
        jobs.submit(stage, session, jobs.Order(JobKind.VERIFY_TRAIL), "tests")
        jobs.submit(stage, session, jobs.Order(JobKind.VERIFY_TRAIL), "tests")
    verify_chain(stage, Hold(stage, claimed(stage, Lane.SERVICE)))
    with stage.database.write() as session:
        session.execute(update(ExerciseEvent).where(ExerciseEvent.exercise_id == exercises[1]).values(by="autre"))
        session.execute(delete(LogEntry).where(LogEntry.number == 2))
    with pytest.raises(Refused) as refusal:
        verify_chain(stage, Hold(stage, claimed(stage, Lane.SERVICE)))
    assert refusal.value.text.fr == (
        f"Exercice {exercises[1]} : L’événement n° 1 de l’exercice a été modifié après coup."
        f" Main courante {crisis.logbook_id} : La ligne n° 2 manque."
    )
