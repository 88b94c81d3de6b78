"""Application files: who applies, steps and their days, corrections, the one date of a declaration, deadlines."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select

from care.domain.access import Grant, Level, Place, Role, Scope
from care.domain.application_files import NEXT, FileState
from care.domain.deadlines import DeadlineKind
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.frameworks import Method
from care.domain.judging import RequirementStatus
from care.domain.programme import AnswerVerdict
from care.services import evidence
from care.services.application_files.moving import (
    FileDraft,
    Standpoint,
    Step,
    correct_file,
    edit_file,
    move_file,
    open_file,
)
from care.services.application_files.reading import FileView, list_files, read_at, read_candidate, read_file
from care.services.application_files.standing import Ready, readiness
from care.services.coverage_rule import read_coverage
from care.services.coverage_weights import set_declared
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import Details, Upload
from care.services.platform import Platform
from care.store.continuity import CandidatePhase
from care.store.frameworks import AssessmentMark, RequirementAnswer
from care.store.programme import ApplicationEvent, ApplicationFile
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
S = FileState
D2 = "care-d2"
NOW = date(2026, 3, 2)  # FixedClock


@pytest.fixture
def ght(hospitals: Hospitals) -> Place:
    return Place(Level.GHT, hospitals.ght)


@pytest.fixture
def ciso(ght: Place) -> Scope:
    return person(Role.CISO, ght.level, ght.id)


def seen(platform: Platform, scope: Scope, place: Place, framework: str = D2) -> FileView:
    return read_file(platform, scope, place, framework)


def states(platform: Platform) -> list[tuple[str, str]]:
    with platform.database.read() as session:
        rows = session.scalars(select(ApplicationEvent).order_by(ApplicationEvent.id))
        return [(row.what, row.detail["to"]) for row in rows]


def walk(platform: Platform, scope: Scope, place: Place, *steps: tuple[FileState, date], framework: str = D2) -> None:
    for state, on in steps:
        version = seen(platform, scope, place, framework).version
        move_file(platform, scope, place, framework, Step(state, on), version)


@both
def test_a_file_goes_from_its_opening_to_its_payment(
    platform: Platform, ciso: Scope, ght: Place, clock: FixedClock
) -> None:
    assert seen(platform, ciso, ght).state is None
    assert open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_IN_PREPARATION)) == ()
    walk(platform, ciso, ght, (S.CANDIDACY_FILED, date(2025, 10, 31)), (S.CANDIDATE_RETAINED, date(2025, 12, 1)))
    walk(platform, ciso, ght, (S.OPERATIONAL_PHASE, date(2025, 12, 1)), (S.DECLARATION_FILED, date(2026, 1, 16)))
    view = seen(platform, ciso, ght)
    assert (view.candidacy_on, view.declaration_on, view.remarks) == (date(2025, 10, 31), date(2026, 1, 16), ())
    assert view.next == NEXT[S.DECLARATION_FILED]
    walk(platform, ciso, ght, (S.ARS_CHECK, date(2026, 1, 20)), (S.OPERATIONAL_PHASE, date(2026, 1, 25)))
    assert seen(platform, ciso, ght).declaration_on is None  # sent back: it has to declare again
    walk(platform, ciso, ght, (S.DECLARATION_FILED, date(2026, 2, 1)), (S.ARS_CHECK, date(2026, 2, 2)))
    walk(
        platform, ciso, ght, (S.ANS_CHECK, date(2026, 2, 3)), (S.ACHIEVED, date(2026, 2, 4)), (S.PAID, date(2026, 2, 5))
    )
    view = seen(platform, ciso, ght)
    assert (view.state, view.paid_on, view.next, view.version) == (S.PAID, date(2026, 2, 5), (), 12)
    assert [one.on for one in view.events][:2] == [date(2026, 2, 5), date(2026, 2, 4)]
    assert states(platform)[-2:] == [("state", "achieved"), ("state", "paid")]
    with platform.database.read() as session:
        told = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc())).first()
        assert told is not None
        assert (told.action, told.detail["state"], told.detail["version"]) == ("application_file.moved", "paid", 12)
        assert session.get_one(AssessmentMark, f"ght:{ght.id}").due_since == clock.now()


@both
def test_a_step_that_may_not_follow_says_which_may(platform: Platform, ciso: Scope, ght: Place) -> None:
    open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_IN_PREPARATION))
    with pytest.raises(Refused) as refused:
        move_file(platform, ciso, ght, D2, Step(S.PAID, NOW), 1)
    assert "« Candidature déposée », « Non candidat »" in refused.value.text.fr
    assert "“Candidacy filed”, “Not applying”" in refused.value.text.en
    correct_file(platform, ciso, ght, D2, Standpoint(S.REFUSED, why="reprise"), 1)
    with pytest.raises(Refused) as refused:
        move_file(platform, ciso, ght, D2, Step(S.PAID, NOW), 2)
    assert "rien ne suit" in refused.value.text.fr


@both
def test_days_in_the_future_or_out_of_order_are_refused(platform: Platform, ciso: Scope, ght: Place) -> None:
    open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_IN_PREPARATION))
    with pytest.raises(Invalid) as wrong:
        move_file(platform, ciso, ght, D2, Step(S.CANDIDACY_FILED, date(2026, 3, 3)), 1)
    assert "n’est pas encore là" in wrong.value.fields["on"].fr
    move_file(platform, ciso, ght, D2, Step(S.CANDIDACY_FILED, NOW), 1)
    with pytest.raises(Invalid) as wrong:
        move_file(platform, ciso, ght, D2, Step(S.CANDIDATE_RETAINED, date(2026, 3, 1)), 2)
    assert "02/03/2026" in wrong.value.fields["on"].fr
    assert seen(platform, ciso, ght).state is S.CANDIDACY_FILED


def test_what_is_outside_the_windows_is_recorded_and_said(platform: Platform, ciso: Scope, ght: Place) -> None:
    open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_IN_PREPARATION))
    said = move_file(platform, ciso, ght, D2, Step(S.CANDIDACY_FILED, date(2025, 11, 1)), 1)
    assert [one.fr for one in said] == [
        "La candidature du 01/11/2025 suit la fin de sa fenêtre, le 31/10/2025 (date à vérifier)."
    ]
    early = Standpoint(S.DECLARATION_FILED, date(2025, 9, 2), date(2026, 1, 15), why="dates relues")
    said = correct_file(platform, ciso, ght, D2, early, 2)
    assert ["précède l’ouverture de sa fenêtre, le 16/01/2026" in one.fr for one in said] == [True]
    edit_file(platform, ciso, ght, D2, FileDraft(declare_until=date(2026, 1, 10)), 3)
    assert len(seen(platform, ciso, ght).remarks) == 1
    late = Standpoint(S.DECLARATION_FILED, date(2025, 9, 2), date(2026, 1, 20), why="dates relues")
    said = correct_file(platform, ciso, ght, D2, late, 4)
    assert ["La déclaration du 20/01/2026 suit la fin de sa fenêtre, le 10/01/2026" in one.fr for one in said] == [True]
    said = correct_file(platform, ciso, ght, D2, Standpoint(S.OPERATIONAL_PHASE, date(2025, 9, 1), why="x"), 5)
    assert ["précède" in one.fr for one in said] == [True]


@both
def test_a_correction_keeps_both_and_says_why(platform: Platform, ciso: Scope, ght: Place) -> None:
    open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_FILED, date(2025, 10, 1)))
    with pytest.raises(Invalid) as wrong:
        correct_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_FILED, date(2026, 3, 3), date(2026, 1, 20)), 1)
    assert set(wrong.value.fields) == {"candidacy_on", "declaration_on", "why"}
    correct_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_FILED, date(2025, 10, 2), why="accusé relu"), 1)
    event = seen(platform, ciso, ght).events[0]
    assert event.detail == ("le jour de la candidature : 01/10/2025 → 02/10/2025", "accusé relu")
    assert event.words == "Correction – Candidature déposée"


@both
def test_a_day_put_right_no_longer_holds_the_next_step_back(platform: Platform, ciso: Scope, ght: Place) -> None:
    open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_IN_PREPARATION))
    walk(platform, ciso, ght, (S.CANDIDACY_FILED, date(2026, 3, 1)))
    with pytest.raises(Invalid):
        move_file(platform, ciso, ght, D2, Step(S.CANDIDATE_RETAINED, date(2025, 12, 1)), 2)
    correct_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_FILED, date(2025, 10, 1), why="année"), 2)
    walk(platform, ciso, ght, (S.CANDIDATE_RETAINED, date(2025, 12, 1)))
    with pytest.raises(Invalid):
        move_file(platform, ciso, ght, D2, Step(S.OPERATIONAL_PHASE, date(2025, 11, 30)), 4)


@both
def test_two_people_lose_nothing(platform: Platform, ciso: Scope, ght: Place) -> None:
    open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_IN_PREPARATION))
    draft = FileDraft("eCaRE-42", "Mme Roux", date(2026, 9, 30), "120 000", "100 k€", "", "à suivre")
    edit_file(platform, ciso, ght, D2, draft, 1)
    view = seen(platform, ciso, ght)
    assert (view.asked, view.obtained, view.paid) == (120_000, 100_000, None)
    assert (view.reference, view.owner, view.until, view.left) == ("eCaRE-42", "Mme Roux", date(2026, 9, 30), 212)
    with pytest.raises(Refused, match=r"ciso-ght changed .*the amount asked for, the amount obtained"):
        edit_file(platform, ciso, ght, D2, FileDraft(), 1)
    with pytest.raises(Refused, match="In the meantime"):
        move_file(platform, ciso, ght, D2, Step(S.CANDIDACY_FILED, NOW), 1)
    with pytest.raises(Invalid) as wrong:
        edit_file(platform, ciso, ght, D2, FileDraft(reference="x" * 101, asked="12,50", paid="beaucoup"), 2)
    assert set(wrong.value.fields) == {"reference", "asked", "paid"}
    with pytest.raises(Refused, match="already open"):
        open_file(platform, ciso, ght, D2, Standpoint(S.NOT_APPLYING))


@both
def test_a_legal_entity_of_a_ght_has_no_file_of_its_own(platform: Platform, hospitals: Hospitals, ght: Place) -> None:
    entity = Place(Level.LEGAL_ENTITY, hospitals.valley_entity)
    who = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Refused) as refused:
        open_file(platform, who, entity, D2, Standpoint(S.CANDIDACY_IN_PREPARATION))
    assert "celui du GHT des Deux Rives" in refused.value.text.fr
    assert "Stratégie de continuité et de reprise d’activité" in refused.value.text.fr
    assert seen(platform, who, entity).held_by == refused.value.text.fr
    said = open_file(platform, who, entity, "hospiconnect", Standpoint(S.CANDIDACY_IN_PREPARATION))
    assert ["Aucun texte lu" in one.fr for one in said] == [True]
    alone = Place(Level.LEGAL_ENTITY, hospitals.far_entity)
    far = person(Role.QUALITY, Level.ESTABLISHMENT, hospitals.far)
    assert open_file(platform, far, alone, D2, Standpoint(S.CANDIDACY_IN_PREPARATION)) == ()
    page = read_at(platform, who, hospitals.valley)
    assert (page.place, page.seen_whole) == (ght, False)
    with pytest.raises(NotFound):
        read_candidate(platform, who, ght)


@both
def test_strangers_and_readers(platform: Platform, hospitals: Hospitals, ght: Place, ciso: Scope) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    half = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    reader = person(Role.DIRECTION, Level.GHT, ght.id)
    open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_IN_PREPARATION))
    for who in (stranger, half):
        with pytest.raises(NotFound):
            seen(platform, who, ght)
        with pytest.raises(NotFound):
            move_file(platform, who, ght, D2, Step(S.CANDIDACY_FILED, NOW), 1)
    assert seen(platform, reader, ght).may_manage is False
    with pytest.raises(Forbidden):
        edit_file(platform, reader, ght, D2, FileDraft(), 1)
    with pytest.raises(NotFound):
        seen(platform, ciso, ght, "pgssi-s")
    with pytest.raises(NotFound):
        edit_file(platform, ciso, ght, "care-d1", FileDraft(), 0)
    facilitator = person(Role.FACILITATOR, Level.GHT, ght.id)
    with pytest.raises(Forbidden):
        seen(platform, facilitator, ght)
    assert list_files(platform, facilitator) == ()
    assert [one.name for one in list_files(platform, ciso)] == ["GHT des Deux Rives"]
    assert {one.name for one in list_files(platform, MACHINE)} == {"GHT des Deux Rives", "CH du Lointain"}
    states = {one.framework: one.state for one in list_files(platform, ciso)[0].domains}
    assert states == {"care-d1": None, "care-d1bis": None, D2: S.CANDIDACY_IN_PREPARATION, "hospiconnect": None}


@both
def test_the_66_rule_and_the_file_always_agree(platform: Platform, ciso: Scope, ght: Place) -> None:
    def told() -> date | None:
        with platform.database.read() as session:
            return session.get_one(CandidatePhase, f"ght:{ght.id}").declared_on

    set_declared(platform, ciso, ght, date(2026, 2, 1), 0)
    with pytest.raises(Refused) as refused:
        open_file(platform, ciso, ght, D2, Standpoint(S.CANDIDACY_IN_PREPARATION))
    assert "01/02/2026" in refused.value.text.fr
    open_file(platform, ciso, ght, D2, Standpoint(S.ARS_CHECK, None, date(2026, 2, 1)))
    assert seen(platform, ciso, ght).remarks == ("La candidature est déposée, mais sa date n’est pas renseignée.",)
    assert read_coverage(platform, ciso, ght).by_file
    with pytest.raises(Refused, match="Domain 2"):
        set_declared(platform, ciso, ght, None, 1)
    move_file(platform, ciso, ght, D2, Step(S.OPERATIONAL_PHASE, date(2026, 2, 20)), 1)
    assert told() is None
    move_file(platform, ciso, ght, D2, Step(S.DECLARATION_FILED, date(2026, 3, 1)), 2)
    assert told() == read_coverage(platform, ciso, ght).phase.end == date(2026, 3, 1)
    correct_file(platform, ciso, ght, D2, Standpoint(S.ARS_CHECK, None, date(2026, 2, 28), why="accusé"), 3)
    assert told() == date(2026, 2, 28)
    open_file(platform, ciso, ght, "care-d1", Standpoint(S.PAID, None, date(2025, 3, 1), date(2025, 12, 1)))
    assert told() == date(2026, 2, 28)


def test_ready_only_when_every_objective_is_met() -> None:
    met, out, unsure = RequirementStatus.MET, RequirementStatus.NOT_APPLICABLE, RequirementStatus.TO_CONFIRM
    assert readiness([met, met]) is Ready.YES
    assert readiness([met, out]) is Ready.RESERVED
    for statuses in (
        [],
        [out],
        [met, unsure],
        [met, RequirementStatus.EVIDENCE_FILED],
        [met, RequirementStatus.NOT_MET],
    ):
        assert readiness(statuses) is Ready.NO


def say_yes(platform: Platform, place: Place, framework: str, items: tuple[str, ...]) -> None:
    with platform.database.write() as session:
        for item in items:
            session.add(
                RequirementAnswer(
                    holder=f"{place.level}:{place.id}",
                    framework=framework,
                    item=item,
                    framework_version="2026.01",
                    item_hash=platform_item(platform, framework, item),
                    method=Method.DECLARATION,
                    verdict=AnswerVerdict.YES,
                    given_on=NOW,
                    answered_at=platform.clock.now(),
                    answered_by="ciso",
                )
            )


def platform_item(platform: Platform, framework: str, item: str) -> str:
    return next(one for one in platform.kits.frameworks if one.id == framework).by_id[item].wording


def test_completeness_lists_what_lacks_and_a_word_is_not_enough(
    platform: Platform, ciso: Scope, ght: Place, hospitals: Hospitals
) -> None:
    found = seen(platform, ciso, ght).completeness
    assert (found.ready, found.met, len(found.lines)) == (Ready.NO, 0, 13)
    assert [one.number for one in found.lines][:4] == ["D2.P1", "D2.P2", "D2.O1.A", "D2.O1.B"]
    assert all(one.lacks and one.missing for one in found.lines)
    assert [(one.met, one.total) for one in found.sections][:2] == [(0, 2), (0, 4)]
    say_yes(platform, ght, D2, ("P2",))
    assert seen(platform, ciso, ght).completeness.met == 0  # a document is asked for
    goal = ThingRef(ThingKind.REQUIREMENT, "care-d2:P2")
    local = person(Role.CISO, Level.ESTABLISHMENT, hospitals.hill)
    details = Details(EvidenceKind.PROCEDURE, "Note d’organisation")
    evidence.add_evidence(platform, local, hospitals.hill, details, Upload("n.pdf", BytesIO(b"%PDF")), (goal,))
    found = seen(platform, ciso, ght).completeness
    assert [one.number for one in found.lines if not one.lacks] == ["D2.P2"]
    # Slots that no text fills can never be met: nothing there is ready, whatever people say.
    say_yes(platform, ght, "care-d1bis", ("P", "O1", "O2"))
    bis = seen(platform, ciso, ght, "care-d1bis").completeness
    assert (bis.ready, {one.status for one in bis.lines}) == (Ready.NO, {RequirementStatus.TO_CONFIRM})


def test_the_calendar_says_what_no_text_gives(platform: Platform, ciso: Scope, ght: Place) -> None:
    lines = seen(platform, ciso, ght, "care-d1").calendar
    assert [one.day for one in lines] == sorted(one.day for one in lines if one.day)
    assert lines[-1].day == date(2026, 6, 30)
    bis = seen(platform, ciso, ght, "care-d1bis").calendar
    assert [one.day for one in bis] == [date(2026, 2, 13), None, None, None, None]
    assert "à saisir" in bis[1].source


@both
def test_deadlines_follow_the_step(platform: Platform, ciso: Scope, ght: Place, hospitals: Hospitals) -> None:
    def due() -> list[tuple[date, str, str]]:
        asked = DeadlineFilter(DeadlineKind.APPLICATION)
        lines = list_deadlines(platform, ciso, hospitals.valley, asked).page.lines
        return [(one.due_on, one.title, one.address) for one in lines]

    open_file(platform, ciso, ght, D2, Standpoint(S.OPERATIONAL_PHASE, date(2025, 10, 1)))
    assert due() == []  # no text gives the date
    edit_file(platform, ciso, ght, D2, FileDraft(owner="Mme Roux", declare_until=date(2026, 6, 1)), 1)
    title = "Déclaration à déposer : Domaine 2 – Stratégie de continuité et de reprise d’activité"
    assert due() == [(date(2026, 6, 1), title, f"/establishments/{hospitals.valley}/applications")]
    move_file(platform, ciso, ght, D2, Step(S.DECLARATION_FILED, date(2026, 2, 1)), 2)
    assert due() == []


@both
def test_a_declaration_keeps_what_stood(platform: Platform, ciso: Scope, ght: Place) -> None:
    open_file(platform, ciso, ght, D2, Standpoint(S.OPERATIONAL_PHASE, date(2025, 10, 1)))
    move_file(platform, ciso, ght, D2, Step(S.DECLARATION_FILED, date(2026, 2, 1), "portail eCaRE"), 1)
    with platform.database.read() as session:
        event = session.scalars(select(ApplicationEvent).order_by(ApplicationEvent.id.desc())).first()
        row = session.scalars(select(ApplicationFile)).one()
    assert event is not None
    assert event.file_id == row.id
    stood = event.detail["stood"]
    assert (stood["version"], stood["ready"], len(stood["requirements"])) == ("2025.07", "no", 13)
    assert stood["parameters"]["coverage_percent"]["value"] == 66
    assert stood["requirements"]["P1"]["missing"][0]["fr"]
    assert event.detail["note"] == "portail eCaRE"


def test_several_grants_make_a_whole(platform: Platform, hospitals: Hospitals, ght: Place) -> None:
    grants = frozenset(Grant(Role.CISO, Place(Level.ESTABLISHMENT, one)) for one in (hospitals.valley, hospitals.hill))
    who = Scope("both", "fr", grants)
    assert seen(platform, who, ght).may_manage
