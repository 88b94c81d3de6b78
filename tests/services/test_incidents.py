"""Incidents: registered in a minute, completed without losing a word, declared in time, closed when settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.actions import ActionSource
from care.domain.crisis import Confidence
from care.domain.deadlines import DeadlineKind
from care.domain.declaration_clocks import Called, ClockState
from care.domain.incidents import Happening
from care.domain.programme import Extent, Gravity, IncidentKind, IncidentState, PatientImpact
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.declaration_duties import DutyDraft, StepDraft, add_duty
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.incidents.chain import chain_pdf, open_chain
from care.services.incidents.clocks import (
    Clock,
    DutyClocks,
    NoticeAct,
    NoticeDraft,
    open_declaration,
    record_notice,
)
from care.services.incidents.closing import (
    act_on_lesson,
    close_incident,
    open_ending,
    origin_incident,
    reopen_incident,
    write_lessons,
)
from care.services.incidents.figures import incident_figures, register_file
from care.services.incidents.reading import (
    IncidentFilter,
    IncidentView,
    incidents_of_logbook,
    list_incidents,
    open_incident,
    start_of,
)
from care.services.incidents.texts import BLANK, FILLED, declaration_file, fresh_text, prepared_text
from care.services.incidents.writing import (
    EventDraft,
    FirstWords,
    change_incident,
    decide_gravity,
    note_event,
    open_logbook_of,
    register_incident,
    tie_logbook,
)
from care.services.logbooks.writing import open_logbook
from care.services.platform import Platform
from care.services.trail import verify
from care.store.actions import Action
from care.store.incidents import Incident
from tests.support.clock import FixedClock
from tests.support.crisis import plant_contacts
from tests.support.people import MACHINE, Hospitals, person
from tests.web.incidents import plant_incidents

pytestmark = pytest.mark.both_databases
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def director(hospitals: Hospitals) -> Scope:
    return person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)


@pytest.fixture
def stranger(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)


@pytest.fixture
def incident(platform: Platform, hospitals: Hospitals, ciso: Scope) -> int:
    words = FirstWords("Messagerie muette", NOW - timedelta(hours=1), "Tous les services")
    return register_incident(platform, ciso, hospitals.valley, words)


def view(platform: Platform, number: int, scope: Scope = MACHINE) -> IncidentView:
    return open_incident(platform, scope, number)


def duty(platform: Platform, number: int, name: str) -> DutyClocks:
    return next(one for one in view(platform, number).duties if one.duty.id == name)


def clock(platform: Platform, number: int, name: str, step: int = 0) -> Clock:
    return duty(platform, number, name).clocks[step]


def test_first_words_are_enough(platform: Platform, hospitals: Hospitals, ciso: Scope, incident: int) -> None:
    found = view(platform, incident, ciso)
    assert (found.number, found.state, found.gravity) == (1, IncidentState.OPEN, Gravity.UNKNOWN)
    assert [one.what for one in found.timeline] == [Happening.STATE]
    same = FirstWords("Messagerie  muette", NOW - timedelta(hours=1))
    assert register_incident(platform, ciso, hospitals.valley, same) == incident
    other = register_incident(platform, ciso, hospitals.valley, FirstWords("Une autre", NOW))
    assert view(platform, other).number == 2
    assert verify(platform).sound


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (FirstWords(" ", NOW), "title"),
        (FirstWords("x" * 201, NOW), "title"),
        (FirstWords("Panne", NOW + timedelta(minutes=6)), "detected_at"),
        (FirstWords("Panne", NOW - timedelta(days=30 * 365)), "detected_at"),
        (FirstWords("Panne", NOW, "x" * 5001), "services"),
    ],
)
def test_first_words_that_cannot_be(
    platform: Platform, hospitals: Hospitals, ciso: Scope, words: FirstWords, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        register_incident(platform, ciso, hospitals.valley, words)
    assert set(refused.value.fields) == {field}


def test_who_may(platform: Platform, hospitals: Hospitals, incident: int, director: Scope, stranger: Scope) -> None:
    assert not view(platform, incident, director).may_change
    quality = person(Role.QUALITY, Level.ESTABLISHMENT, hospitals.valley)
    assert view(platform, incident, quality).number == 1
    with pytest.raises(Forbidden):
        register_incident(platform, director, hospitals.valley, FirstWords("Panne", NOW))
    with pytest.raises(Forbidden):
        note_event(platform, director, incident, EventDraft(Happening.FACT, "Lu"))
    with pytest.raises(Forbidden):
        close_incident(platform, director, incident, "Fini", 1)
    with pytest.raises(Forbidden):
        view(platform, incident, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley))
    for refused in (
        lambda: view(platform, incident, stranger),
        lambda: list_incidents(platform, stranger, hospitals.valley),
        lambda: note_event(platform, stranger, incident, EventDraft(Happening.FACT, "Lu")),
        lambda: prepared_text(platform, stranger, incident, "cnil", 0),
        lambda: register_file(platform, stranger, hospitals.valley, "csv"),
        lambda: open_ending(platform, stranger, incident),
        lambda: open_chain(platform, stranger, hospitals.valley),
        lambda: view(platform, 999),
    ):
        with pytest.raises(NotFound):
            refused()


def test_the_sheet_is_completed_by_two_people(platform: Platform, ciso: Scope, incident: int) -> None:
    draft = replace(view(platform, incident).draft, kind=IncidentKind.MALICIOUS, integrity=True)
    change_incident(platform, ciso, incident, draft, 1)
    late = replace(draft, title="Autre titre")
    with pytest.raises(Refused, match="changed the origin, integrity"):
        change_incident(platform, ciso, incident, late, 1)
    change_incident(platform, ciso, incident, late, 2)
    change_incident(platform, ciso, incident, late, 3)  # nothing new: nothing counted
    assert view(platform, incident).version == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"began_at": NOW}, "began_at"),
        ({"began_at": NOW + timedelta(days=1)}, "began_at"),
        ({"contained_at": NOW - timedelta(hours=2)}, "contained_at"),
        ({"contained_at": NOW + timedelta(hours=1)}, "contained_at"),
        ({"degraded_minutes": 30}, "degraded_minutes"),
        ({"degraded_mode": False, "degraded_minutes": 30}, "degraded_minutes"),
        ({"degraded_mode": True, "degraded_minutes": 0}, "degraded_minutes"),
        ({"degraded_mode": True, "degraded_minutes": 10**9}, "degraded_minutes"),
        ({"people_concerned": -1}, "people_concerned"),
        ({"people_concerned": 3, "personal_data": False}, "people_concerned"),
        ({"cause": "x" * 61}, "cause"),
        ({"description": "x" * 5001}, "description"),
    ],
)
def test_a_sheet_that_cannot_be(platform: Platform, incident: int, changes: dict[str, object], field: str) -> None:
    draft = replace(view(platform, incident).draft, **changes)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        change_incident(platform, MACHINE, incident, draft, 1)
    assert set(refused.value.fields) == {field}


def test_what_is_written_holds_the_sheet(platform: Platform, incident: int) -> None:
    note_event(platform, MACHINE, incident, EventDraft(Happening.FACT, "Première alerte", NOW - timedelta(hours=3)))
    record_notice(platform, MACHINE, incident, "cert_sante", 0, NoticeDraft(NoticeAct.SENT, NOW), 0)
    draft = view(platform, incident).draft
    with pytest.raises(Invalid) as refused:
        change_incident(platform, MACHINE, incident, replace(draft, began_at=NOW - timedelta(hours=2)), 1)
    assert "began_at" in refused.value.fields
    platform.clock.forward(hours=5)  # type: ignore[attr-defined]
    with pytest.raises(Invalid) as refused:
        change_incident(platform, MACHINE, incident, replace(draft, detected_at=NOW + timedelta(hours=2)), 1)
    assert "detected_at" in refused.value.fields


def test_contained_then_not(platform: Platform, incident: int) -> None:
    draft = view(platform, incident).draft
    change_incident(platform, MACHINE, incident, replace(draft, contained_at=NOW), 1)
    found = view(platform, incident)
    assert found.state is IncidentState.CONTAINED
    assert found.timeline[0].text == "Incident contenu."
    change_incident(platform, MACHINE, incident, draft, 2)
    assert view(platform, incident).state is IncidentState.OPEN


def test_the_timeline_is_corrected_by_another_line(platform: Platform, ciso: Scope, incident: int) -> None:
    first = note_event(platform, ciso, incident, EventDraft(Happening.MEASURE, "42 postes", NOW - timedelta(minutes=9)))
    note_event(platform, ciso, incident, EventDraft(Happening.FACT, "24 postes", corrects=first))
    lines = view(platform, incident).timeline
    corrected = next(one for one in lines if one.id == first)
    correction = next(one for one in lines if one.corrects == corrected.number)
    assert corrected.text == "42 postes"
    assert (correction.what, correction.happened_at) == (Happening.CORRECTION, corrected.happened_at)
    assert corrected.corrected_by == correction.number
    with pytest.raises(Refused, match="corrected by another"):
        note_event(platform, ciso, incident, EventDraft(Happening.FACT, "25 postes", corrects=first))
    stage = next(one for one in lines if one.what is Happening.STATE)
    with pytest.raises(Refused, match="sheet"):
        note_event(platform, ciso, incident, EventDraft(Happening.FACT, "Faux", corrects=stage.id))


def test_lines_that_cannot_be(platform: Platform, hospitals: Hospitals, incident: int) -> None:
    draft = replace(view(platform, incident).draft, began_at=NOW - timedelta(hours=2))
    change_incident(platform, MACHINE, incident, draft, 1)
    other = register_incident(platform, MACHINE, hospitals.far, FirstWords("Ailleurs", NOW))
    there = note_event(platform, MACHINE, other, EventDraft(Happening.FACT, "Là-bas"))
    for line, field in (
        (EventDraft(Happening.FACT, " "), "text"),
        (EventDraft(Happening.FACT, "x" * 5001), "text"),
        (EventDraft(Happening.STATE, "Clos"), "what"),
        (EventDraft(Happening.FACT, "Demain", NOW + timedelta(hours=1)), "hour"),
        (EventDraft(Happening.FACT, "Avant", NOW - timedelta(hours=3)), "hour"),
    ):
        with pytest.raises(Invalid) as refused:
            note_event(platform, MACHINE, incident, line)
        assert set(refused.value.fields) == {field}
    with pytest.raises(NotFound):
        note_event(platform, MACHINE, incident, EventDraft(Happening.FACT, "Volé", corrects=there))


def test_gravity_is_confirmed_or_decided_with_a_reason(platform: Platform, ciso: Scope, incident: int) -> None:
    draft = replace(view(platform, incident).draft, integrity=True, extent=Extent.LOCAL)
    change_incident(platform, ciso, incident, draft, 1)
    assert view(platform, incident).gravity is Gravity.GRAVE
    decide_gravity(platform, ciso, incident, Gravity.GRAVE, "", 2)
    assert view(platform, incident).decided
    with pytest.raises(Invalid):
        decide_gravity(platform, ciso, incident, Gravity.MINOR, " ", 3)
    with pytest.raises(Refused):
        decide_gravity(platform, ciso, incident, Gravity.MINOR, "Un poste de test.", 2)
    decide_gravity(platform, ciso, incident, Gravity.MINOR, "Un poste de test.", 3)
    found = view(platform, incident)
    assert (found.gravity, found.drifted, found.gravity_why) == (Gravity.MINOR, True, "Un poste de test.")
    assert clock(platform, incident, "cert_sante").state is ClockState.NOT_CALLED
    decide_gravity(platform, ciso, incident, Gravity.UNKNOWN, "", 4)
    assert (view(platform, incident).gravity, view(platform, incident).decided) == (Gravity.GRAVE, False)


def test_clocks_run_until_something_is_recorded(
    platform: Platform, clock_: FixedClock, ciso: Scope, incident: int
) -> None:
    assert clock(platform, incident, "cert_sante").state is ClockState.AT_ONCE
    cnil = clock(platform, incident, "cnil")
    assert (cnil.state, cnil.left) == (ClockState.RUNNING, "il reste 2 j 23 h")
    clock_.forward(hours=71)
    assert clock(platform, incident, "cnil").left == "il reste 0 min"
    clock_.forward(minutes=1)
    late = clock(platform, incident, "cnil")
    assert (late.state, late.left) == (ClockState.LATE, "dépassé de 1 min")
    sent = NoticeDraft(NoticeAct.SENT, None, "CNIL-77", "Bonjour")
    record_notice(platform, ciso, incident, "cnil", 0, sent, 0)
    done = clock(platform, incident, "cnil")
    assert done.state is ClockState.SENT_LATE
    assert done.settled is not None
    assert (done.settled.reference, done.left) == ("CNIL-77", "1 min après le délai")
    with pytest.raises(Refused, match="noted something"):
        record_notice(platform, ciso, incident, "cnil", 0, NoticeDraft(NoticeAct.NOT_DUE, note="Non"), 0)
    record_notice(platform, ciso, incident, "cnil", 0, NoticeDraft(NoticeAct.WITHDRAW, note="Erreur"), done.seen)
    again = clock(platform, incident, "cnil")
    assert again.state is ClockState.LATE
    assert len(again.notices) == 2
    with pytest.raises(Refused, match="nothing to take back"):
        record_notice(platform, ciso, incident, "cnil", 0, NoticeDraft(NoticeAct.WITHDRAW, note="x"), again.seen)
    assert duty(platform, incident, "nis2").to_confirm
    assert duty(platform, incident, "nis2").called is Called.UNKNOWN


@pytest.fixture
def clock_(clock: FixedClock) -> FixedClock:
    """The clock, where a test already uses its name."""
    return clock


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (NoticeDraft(NoticeAct.SENT, NOW + timedelta(hours=1)), "sent_at"),
        (NoticeDraft(NoticeAct.SENT, NOW - timedelta(hours=2)), "sent_at"),
        (NoticeDraft(NoticeAct.SENT, reference="x" * 101), "reference"),
        (NoticeDraft(NoticeAct.NOT_DUE, note=" "), "note"),
        (NoticeDraft(NoticeAct.NOT_DUE, note="x" * 501), "note"),
        (NoticeDraft(NoticeAct.KEEP, text=" "), "text"),
        (NoticeDraft(NoticeAct.KEEP, text="x" * 20_001), "text"),
    ],
)
def test_records_that_cannot_be(platform: Platform, incident: int, draft: NoticeDraft, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        record_notice(platform, MACHINE, incident, "cnil", 0, draft, 0)
    assert set(refused.value.fields) == {field}
    for name, step in (("cnil", 1), ("cnil", -1), ("nulle-part", 0)):
        with pytest.raises(NotFound):
            record_notice(platform, MACHINE, incident, name, step, NoticeDraft(NoticeAct.SENT), 0)
        with pytest.raises(NotFound):
            open_declaration(platform, MACHINE, incident, name, step)


def test_texts_say_what_is_known_and_leave_the_rest_blank(
    platform: Platform, hospitals: Hospitals, incident: int
) -> None:
    text = prepared_text(platform, MACHINE, incident, "cert_sante", 0)
    assert "Hôpital de la Vallée (FINESS 01000003" in text
    assert "Détecté le : lundi 2 mars 2026 à 08:00" in text
    assert f"Origine : {BLANK}" in text
    assert f"Mode dégradé : {BLANK}" in text
    assert "inconnu" not in text
    draft = replace(
        view(platform, incident).draft,
        kind=IncidentKind.MALICIOUS,
        degraded_mode=True,
        degraded_minutes=90,
        patient_impact=PatientImpact.PROVEN,
        people_concerned=0,
    )
    change_incident(platform, MACHINE, incident, draft, 1)
    note_event(platform, MACHINE, incident, EventDraft(Happening.MEASURE, "Relais\ncoupé"))
    text = prepared_text(platform, MACHINE, incident, "cert_sante", 0)
    assert "Mode dégradé : oui, pendant 1 h 30" in text
    assert "– 02/03/2026 09:00 : Relais coupé" in text
    assert "– Conséquences pour les patients (aucune, possible, avérée) : avérées" in text
    assert "Personnes concernées (nombre) : 0" in text
    record_notice(platform, MACHINE, incident, "cert_sante", 0, NoticeDraft(NoticeAct.KEEP, text="À nous"), 0)
    assert prepared_text(platform, MACHINE, incident, "cert_sante", 0) == "À nous"
    assert "Relais coupé" in fresh_text(platform, MACHINE, incident, "cert_sante", 0)
    assert clock(platform, incident, "cert_sante").state is ClockState.AT_ONCE
    assert declaration_file(platform, MACHINE, incident, "cnil", 0, "pdf").startswith(b"%PDF")
    assert declaration_file(platform, MACHINE, incident, "cert_sante", 0, "txt").decode("utf-8-sig") == "À nous"
    with pytest.raises(NotFound):
        declaration_file(platform, MACHINE, incident, "cnil", 0, "docx")


def test_a_duty_of_their_own_is_left_to_them(platform: Platform, hospitals: Hospitals, incident: int) -> None:
    mine = DutyDraft(
        "Prévenir l’assureur", "Assureur", "", "", "", (StepDraft("Appel", 60),), ("Numéro du contrat",), "",
        Confidence.READ,
    )  # fmt: skip
    name = add_duty(platform, MACHINE, hospitals.valley, mine)
    assert clock(platform, incident, name).state is ClockState.RUNNING
    assert f"– Numéro du contrat : {BLANK}" in prepared_text(platform, MACHINE, incident, name, 0)


def test_every_answer_prepared_is_asked_by_the_kit(platform: Platform) -> None:
    kit = {one.id: one for one in platform.kits.crisis.duties}
    assert all(rank < len(kit[name].needs) for name, rank in FILLED)


def test_logbooks_and_incidents_open_one_another(
    platform: Platform, hospitals: Hospitals, ciso: Scope, incident: int
) -> None:
    number = open_logbook_of(platform, ciso, incident)
    assert open_logbook_of(platform, ciso, incident) == number
    found = view(platform, incident, ciso)
    assert found.logbook is not None
    assert found.logbook.title == "Messagerie muette"
    assert [one.id for one in incidents_of_logbook(platform, ciso, hospitals.valley, number)] == [incident]
    begun = start_of(platform, ciso, hospitals.valley, number)
    assert begun is not None
    assert begun[0] == "Messagerie muette"
    other = register_incident(platform, ciso, hospitals.valley, FirstWords("Suite", NOW, logbook_id=number))
    assert view(platform, other, ciso).logbook is not None
    far = open_logbook(platform, MACHINE, hospitals.far, "Ailleurs")
    assert start_of(platform, ciso, hospitals.valley, far) is None
    with pytest.raises(NotFound):
        tie_logbook(platform, ciso, incident, far)
    with pytest.raises(NotFound):
        register_incident(platform, ciso, hospitals.valley, FirstWords("Vol", NOW, logbook_id=far))
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    assert incidents_of_logbook(platform, stranger, hospitals.valley, number) == ()


def test_two_who_open_the_logbook_share_it(platform: Platform, hospitals: Hospitals, incident: int) -> None:
    already = open_logbook(platform, MACHINE, hospitals.valley, "Crise en cours")
    assert open_logbook_of(platform, MACHINE, incident) == already


def test_lessons_become_actions_once(platform: Platform, hospitals: Hospitals, ciso: Scope, incident: int) -> None:
    write_lessons(platform, ciso, incident, "Nommer les comptes\n- Nommer les comptes\nSegmenter", 1)
    lines = open_ending(platform, ciso, incident).lines
    assert [one.words for one in lines] == ["Nommer les comptes", "Segmenter"]
    first = act_on_lesson(platform, ciso, incident, lines[0].key)
    assert act_on_lesson(platform, ciso, incident, lines[0].key) == first
    with platform.database.read() as session:
        row = session.scalars(select(Action)).one()
        assert (row.source, row.title) == (ActionSource.INCIDENT, "Nommer les comptes")
        source_ref = row.source_ref
    ref = origin_incident(platform, ciso, ActionSource.INCIDENT, source_ref)
    assert ref is not None
    assert ref.id == incident
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    assert origin_incident(platform, stranger, ActionSource.INCIDENT, source_ref) is None
    assert origin_incident(platform, ciso, ActionSource.OTHER, source_ref) is None
    with pytest.raises(NotFound):
        act_on_lesson(platform, ciso, incident, "0" * 12)
    with pytest.raises(Refused):
        write_lessons(platform, ciso, incident, "Autre", 1)


def test_closed_when_all_is_settled_or_with_a_reason(platform: Platform, ciso: Scope, incident: int) -> None:
    with pytest.raises(Invalid) as refused:
        close_incident(platform, ciso, incident, "", 1)
    assert "reason" in refused.value.fields
    close_incident(platform, ciso, incident, "Fausse alerte.", 1)
    found = view(platform, incident)
    assert found.state is IncidentState.CLOSED
    assert found.timeline[0].text == "Incident clos. Fausse alerte."
    for write in (
        lambda: note_event(platform, ciso, incident, EventDraft(Happening.FACT, "Trop tard")),
        lambda: change_incident(platform, ciso, incident, replace(found.draft, title="x"), 2),
        lambda: decide_gravity(platform, ciso, incident, Gravity.GRAVE, "x", 2),
        lambda: record_notice(platform, ciso, incident, "cnil", 0, NoticeDraft(NoticeAct.SENT), 0),
        lambda: close_incident(platform, ciso, incident, "x", 2),
    ):
        with pytest.raises(Refused, match="closed"):
            write()
    with pytest.raises(Refused):
        reopen_incident(platform, ciso, incident, 1)
    reopen_incident(platform, ciso, incident, 2)
    with pytest.raises(Refused, match="not closed"):
        reopen_incident(platform, ciso, incident, 3)
    quiet = replace(
        view(platform, incident).draft,
        kind=IncidentKind.ACCIDENTAL,
        patient_impact=PatientImpact.NONE,
        confidentiality=False,
        integrity=False,
        availability=False,
        degraded_mode=False,
        personal_data=False,
        extent=Extent.LOCAL,
        others_exposed=False,
    )
    change_incident(platform, ciso, incident, quiet, 3)
    write_lessons(platform, ciso, incident, "Changer l’onduleur.", 4)
    assert open_ending(platform, ciso, incident).left == ()
    close_incident(platform, ciso, incident, "", 5)
    assert view(platform, incident).closed


def test_the_register(platform: Platform, hospitals: Hospitals, director: Scope) -> None:
    planted = plant_incidents(platform, hospitals.valley)
    found = list_incidents(platform, director, hospitals.valley)
    assert [one.id for one in found.open] == [planted.open]
    assert [one.id for one in found.closed] == [planted.closed]
    assert found.years == (2026, 2025)
    assert (found.open[0].late, found.open[0].waiting) == (1, 6)  # NIS2 early warning, at 24 h
    wanted = IncidentFilter(search="RANCONGICIEL labo", year=2026, gravity=Gravity.GRAVE)
    assert [one.id for one in list_incidents(platform, director, hospitals.valley, wanted).open] == [planted.open]
    assert not list_incidents(platform, director, hospitals.valley, IncidentFilter(year=2024)).open
    closed = list_incidents(platform, director, hospitals.valley, IncidentFilter(state=IncidentState.CLOSED))
    assert (len(closed.open), len(closed.closed)) == (0, 1)


def test_figures_and_exports(platform: Platform, hospitals: Hospitals, director: Scope) -> None:
    plant_incidents(platform, hospitals.valley)
    figures = incident_figures(platform, director, hospitals.valley)
    year = next(one for one in figures.years if one.year == 2026)
    assert year.here is not None
    assert (year.here.total, year.here.malicious.percent, year.few) == (1, 100, True)
    assert {one.year for one in figures.years if one.country} == {2022, 2023, 2024}
    book = load_workbook(BytesIO(register_file(platform, director, hospitals.valley, "xlsx")))
    assert book.sheetnames == ["Registre des incidents", "Chronologies", "Déclarations", "Chiffres"]
    assert book["Registre des incidents"]["B3"].value == "Rançongiciel au laboratoire"
    text = register_file(platform, director, hospitals.valley, "csv").decode("utf-8-sig")
    assert "Coupure électrique" in text
    assert "non renseigné" in text
    with pytest.raises(NotFound):
        register_file(platform, director, hospitals.valley, "pdf")
    facilitator = person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        register_file(platform, facilitator, hospitals.valley, "csv")


def test_deadlines(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    planted = plant_incidents(platform, hospitals.valley)
    wanted = DeadlineFilter(kind=DeadlineKind.DECLARATION)
    titles = [one.title for one in list_deadlines(platform, MACHINE, hospitals.valley, wanted).page.lines]
    assert "Notifier la violation de données à la CNIL : « Rançongiciel au laboratoire »" in titles
    assert not any("CERT Santé" in one for one in titles)  # sent; what follows goes on with the incident
    old = DeadlineFilter(kind=DeadlineKind.INCIDENT)
    lines = list_deadlines(platform, MACHINE, hospitals.valley, old).page.lines
    assert [one.due_on for one in lines] == [
        (clock.now() - timedelta(hours=30) + timedelta(days=30)).astimezone(ZoneInfo("Europe/Paris")).date()
    ]
    mine = DutyDraft("Prévenir l’ARS", "ARS", "", "", "", (StepDraft("Appel", 60),), (), "", Confidence.READ)
    add_duty(platform, MACHINE, hospitals.valley, mine)
    titles = [one.title for one in list_deadlines(platform, MACHINE, hospitals.valley, wanted).page.lines]
    assert "Prévenir l’ARS : « Rançongiciel au laboratoire »" in titles
    close_incident(platform, MACHINE, planted.open, "Fini.", view(platform, planted.open).version)
    assert not list_deadlines(platform, MACHINE, hospitals.valley, wanted).page.lines
    assert not list_deadlines(platform, MACHINE, hospitals.hill, wanted).page.lines


def test_the_alert_chain(platform: Platform, hospitals: Hospitals, director: Scope) -> None:
    empty = open_chain(platform, director, hospitals.valley)
    assert [one.missing for one in empty.links] == [True] * 4
    plant_contacts(platform, hospitals.valley)
    chain = open_chain(platform, director, hospitals.valley)
    assert [one.name for one in chain.links[:2]] == ["Paul Reeves", "Jeanne Roux"]
    assert [one.function for one in chain.links[4:]] == ["CERT Santé", "SAMU – centre 15"]
    assert [one.missing for one in chain.links] == [False, False, True, True, False, False]
    assert chain_pdf(platform, director, hospitals.valley).startswith(b"%PDF")
    with pytest.raises(Forbidden):
        open_chain(platform, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley)


def test_a_number_is_never_given_twice(platform: Platform, hospitals: Hospitals) -> None:
    for rank in range(3):
        register_incident(platform, MACHINE, hospitals.valley, FirstWords(f"Panne {rank}", NOW))
    register_incident(platform, MACHINE, hospitals.hill, FirstWords("Panne", NOW))
    with platform.database.read() as session:
        rows = session.execute(select(Incident.establishment_id, Incident.number)).all()
    assert len(rows) == len(set(rows)) == 4
