"""Actions from their creation to their closure, by a person, by evidence, by an audit; in one hospital or in many."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from care.domain.access import PLATFORM, Grant, Level, Place, Role, Scope
from care.domain.actions import ActionSource, ActionState, CareCriticality, bits_of
from care.domain.findings import Verdict
from care.domain.jobs import JobKind, JobState
from care.services import action_query, audits, findings, jobs
from care.services.action_closing import Closing, Proof, ask_retest, close_action, sign_off
from care.services.action_query import EVERYTHING, ActionFilter, ActionSort
from care.services.action_view import ActionView, SiteView, actions_of_finding, findings_of_action, open_action
from care.services.action_writing import (
    ActionDraft,
    Chosen,
    add_sites,
    change_action,
    comment,
    create_action,
    move,
    possible_owners,
    tie_findings,
    untie_finding,
)
from care.services.actions import count_actions, list_actions, next_five
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import Upload, open_content, withdraw
from care.services.findings import DecisionDraft
from care.services.platform import Platform
from care.services.targets import archive_target
from care.services.work import Hold
from care.store.actions import Action, ActionEvent, ActionFinding, ActionSite
from care.store.engine import open_database
from care.store.findings import FindingRow
from care.store.targets import Target
from care.store.trail import TrailEvent
from scanners.model import Severity
from tests.support.audits import (
    PlannedAudits,
    add_directory,
    claimed,
    planned_rule,
    result,
    run_audit,
    write_facts,
)
from tests.support.clock import FixedClock
from tests.support.costs import plant_action
from tests.support.people import Hospitals, person
from tests.support.ports import JudgeHere, PlannedCollect
from tests.support.queries import counted

both = pytest.mark.both_databases
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
DRAFT = ActionDraft("Renouveler le compte krbtgt", "Deux fois, à dix heures d’intervalle.")
PAPER = b"compte rendu de l'intervention"
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def what_actions_keep_of_their_sites_stays_true(platform: Platform) -> Iterator[None]:
    yield
    found: dict[int, set[ActionState]] = {}
    with platform.database.read() as session:
        for number, state in session.execute(select(ActionSite.action_id, ActionSite.state)):
            found.setdefault(number, set()).add(state)
        kept = dict(session.execute(select(Action.id, Action.site_states)).all())
    assert kept == {number: bits_of(states) for number, states in found.items()}


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> PlannedAudits:
    plan = PlannedAudits()
    assert isinstance(platform.judge_directory, JudgeHere)
    platform.judge_directory.plan = plan.judge_directory
    for reader in ("findings", "runs", "rule_texts"):
        monkeypatch.setattr(f"care.services.{reader}.rule_by_id", lambda rule: planned_rule(rule.partition(".")[2]))
    monkeypatch.setattr("care.services.rule_texts.all_rules", dict)
    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = write_facts
    return plan


@pytest.fixture
def target(platform: Platform, machine: Scope, hospitals: Hospitals) -> int:
    return add_directory(platform, machine, hospitals.valley)


def see(
    platform: Platform,
    machine: Scope,
    target: int,
    planned: PlannedAudits,
    answers: dict[str, Sequence[str] | None],
    at: datetime = BEFORE,
    *,
    partial: bool = False,
    severity: Severity = Severity.HIGH,
) -> int:
    """An audit of the target that sees these subjects."""
    planned.results.append(result(at, answers, partial=partial, severity=severity))
    return run_audit(platform, machine, target).run_id


def retest(
    platform: Platform, clock: FixedClock, planned: PlannedAudits, answers: dict[str, Sequence[str] | None], **how: bool
) -> None:
    """Do the waiting audit an hour later."""
    clock.forward(hours=1)
    planned.results.append(result(clock.now(), answers, **how))
    audits.audit(platform, Hold(platform, claimed(platform)))


def ids(platform: Platform, *subjects: str) -> tuple[int, ...]:
    with platform.database.read() as session:
        found = dict(session.execute(select(FindingRow.subject, FindingRow.id)).all())
    return tuple(found[subject] for subject in subjects)


def paper() -> Proof:
    return Proof(Upload("intervention.txt", io.BytesIO(PAPER)), title="Compte rendu")


def the_site(platform: Platform, scope: Scope, action_id: int) -> SiteView:
    (site,) = open_action(platform, scope, action_id).sites
    return site


def whats(view: ActionView) -> list[str]:
    return [event.what for event in view.events]


def number_of(platform: Platform, table: type[object]) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def trail(platform: Platform) -> list[str]:
    with platform.database.read() as session:
        return list(session.scalars(select(TrailEvent.action).order_by(TrailEvent.number)))


# Creating


@both
def test_an_action_takes_its_weight_from_its_findings_and_its_date_from_the_policy(
    platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    see(platform, machine, target, planned, {"a": ["x", "y"], "b": ["z"]})
    with platform.database.write() as session:
        session.get_one(Target, target).criticality = CareCriticality.VITAL
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(ids(platform, "x", "y")))
    view = open_action(platform, ciso, action)
    line = view.line
    assert (line.severity, line.criticality, line.rule) == (Severity.HIGH, CareCriticality.VITAL, "ad.a")
    assert (line.due_on, line.due_chosen) == (date(2026, 4, 1), False)
    assert (line.state, line.findings, line.others) == (ActionState.TO_DO, 2, 0)
    assert line.reason == "Gravité élevée, vital pour les soins, à faire dans 30 jours, ferme 2 constats."
    assert [one.subject for one in findings_of_action(platform, ciso, action).lines] == ["x", "y"]
    assert [one.id for one in actions_of_finding(platform, ciso, ids(platform, "x")[0])] == [action]
    assert actions_of_finding(platform, ciso, ids(platform, "z")[0]) == ()
    assert whats(view) == ["created"]
    assert trail(platform)[-1] == "action.created"


@both
def test_a_whole_rule_is_taken_without_its_settled_findings(
    platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    see(platform, machine, target, planned, {"a": [f"s{n}" for n in range(30)]})
    findings.decide(platform, ciso, ids(platform, "s3")[0], DecisionDraft(Verdict.FALSE_POSITIVE, "Compte de test."))
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    assert open_action(platform, ciso, action).line.findings == 29


def test_an_action_from_nothing_needs_a_severity_and_may_close_on_evidence_alone(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    draft = replace(DRAFT, source=ActionSource.EXERCISE, source_ref="Exercice du 12 février")
    with pytest.raises(Invalid) as refusal:
        create_action(platform, ciso, [hospitals.valley], draft)
    assert set(refusal.value.fields) == {"severity"}
    assert number_of(platform, Action) == 0
    action = create_action(platform, ciso, [hospitals.valley], replace(draft, severity=Severity.MEDIUM))
    done = close_action(platform, ciso, action, hospitals.valley, paper())
    assert done == Closing(ActionState.CLOSED, (), ())
    assert the_site(platform, ciso, action).closed_by == ciso.actor


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"description": "x" * 10_001}, "description"),
        ({"effort_days": -1.0}, "effort_days"),
        ({"effort_days": 0.0}, "effort_days"),
        ({"due_on": date(2020, 1, 1)}, "due_on"),
        ({"due_on": date(2040, 1, 1)}, "due_on"),
        ({"funding": "x" * 101}, "funding"),
        ({"owner_account_id": 99_999}, "owner_account"),
    ],
)
def test_a_wrong_value_is_said_beside_its_field(
    platform: Platform, ciso: Scope, hospitals: Hospitals, wrong: dict[str, object], field: str
) -> None:
    draft = replace(DRAFT, severity=Severity.LOW, **wrong)
    with pytest.raises(Invalid) as refusal:
        create_action(platform, ciso, [hospitals.valley], draft)
    assert set(refusal.value.fields) == {field}
    assert number_of(platform, Action) == 0


def test_nobody_ties_the_findings_of_another_hospital(
    platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals, planned: PlannedAudits
) -> None:
    far = add_directory(platform, machine, hospitals.far)
    see(platform, machine, far, planned, {"a": ["x"]})
    with pytest.raises(NotFound):
        create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(ids(platform, "x")))
    with pytest.raises(NotFound):
        create_action(platform, ciso, [hospitals.far], DRAFT, Chosen(rule="ad.a"))
    assert number_of(platform, Action) == number_of(platform, ActionFinding) == 0


def test_who_only_reads_creates_nothing(platform: Platform, hospitals: Hospitals) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        create_action(platform, director, [hospitals.valley], replace(DRAFT, severity=Severity.LOW))
    with pytest.raises(Forbidden):
        possible_owners(platform, director, [hospitals.valley])


# Changing, two people at once


@both
def test_two_people_editing_one_action_learn_who_changed_what(
    platform: Platform, ciso: Scope, machine: Scope, hospitals: Hospitals
) -> None:
    draft = replace(DRAFT, severity=Severity.LOW, owner="Claire")
    action = create_action(platform, ciso, [hospitals.valley], draft)
    seen = open_action(platform, ciso, action).version
    change_action(platform, machine, action, replace(draft, title="Changer krbtgt", owner="Paul"), seen)
    with pytest.raises(Refused) as refusal:
        change_action(platform, ciso, action, replace(draft, funding="CaRE D1"), seen)
    assert refusal.value.text.fr == (
        "Entre-temps, tests a modifié l’intitulé, le responsable (le 02/03/2026 à 09:00). Rien n’est perdu : comparez "
        "avec ce que vous avez saisi, corrigez si besoin, puis enregistrez de nouveau."
    )
    after = open_action(platform, ciso, action)
    assert (after.line.title, after.line.owner, after.line.funding) == ("Changer krbtgt", "Paul", "")
    assert after.version == seen + 1
    assert "intitulé (Renouveler le compte krbtgt → Changer krbtgt)" in after.events[-1].text


def test_saving_without_a_change_writes_nothing(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    draft = replace(DRAFT, severity=Severity.LOW, criticality=CareCriticality.MINOR, owner="Claire")
    action = create_action(platform, ciso, [hospitals.valley], draft)
    before = number_of(platform, ActionEvent), trail(platform)
    change_action(platform, ciso, action, draft, 1)
    assert (number_of(platform, ActionEvent), trail(platform)) == before
    assert open_action(platform, ciso, action).version == 1


def test_a_date_chosen_stays_and_a_date_of_the_policy_follows_the_severity(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    draft = replace(DRAFT, severity=Severity.LOW, criticality=CareCriticality.MODERATE)
    action = create_action(platform, ciso, [hospitals.valley], draft)
    assert open_action(platform, ciso, action).line.due_on == date(2026, 3, 2) + timedelta(days=270)
    change_action(platform, ciso, action, replace(draft, severity=Severity.CRITICAL), 1)
    assert open_action(platform, ciso, action).line.due_on == date(2026, 4, 1)
    chosen = replace(draft, severity=Severity.CRITICAL, due_on=date(2026, 5, 5))
    change_action(platform, ciso, action, chosen, 2)
    clock.forward(days=90)
    change_action(platform, ciso, action, replace(chosen, title="Autre"), 3)  # its own date, now past, is no fault
    assert open_action(platform, ciso, action).line.due_on == date(2026, 5, 5)


@both
def test_a_move_is_explained_and_refused_when_somebody_moved_it(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    action, here = (
        create_action(platform, ciso, [hospitals.valley], replace(DRAFT, severity=Severity.LOW)),
        hospitals.valley,
    )
    with pytest.raises(Invalid):
        move(platform, ciso, action, here, ActionState.BLOCKED)
    move(platform, ciso, action, here, ActionState.BLOCKED, "Attend le fournisseur.", ActionState.TO_DO)
    with pytest.raises(Refused):
        move(platform, ciso, action, here, ActionState.IN_PROGRESS, "", ActionState.TO_DO)
    with pytest.raises(Invalid):
        move(platform, ciso, action, here, ActionState.CLOSED, "Fait.")
    move(platform, ciso, action, here, ActionState.ABANDONED, "Le serveur est éteint.")
    view = open_action(platform, ciso, action)
    assert view.line.state is ActionState.ABANDONED
    assert view.line.late_days is None
    assert view.events[-1].words == "Le serveur est éteint."
    move(platform, ciso, action, here, ActionState.TO_DO, "Rallumé.")
    assert the_site(platform, ciso, action).closed_at is None


def test_the_owner_moves_his_action_and_another_reader_does_not(
    platform: Platform, ciso: Scope, hospitals: Hospitals, machine: Scope
) -> None:
    from care.services import accounts

    grant = Grant(Role.DIRECTION, Place(Level.ESTABLISHMENT, hospitals.valley))
    drafted = accounts.AccountDraft("paul", "Paul Reeves", "une phrase de passe solide", (grant,))
    number = accounts.open_account(platform, machine, drafted).id
    assert [one.name for one in possible_owners(platform, ciso, [hospitals.valley])] == ["Paul Reeves"]
    draft = replace(DRAFT, severity=Severity.LOW, owner_account_id=number)
    action = create_action(platform, ciso, [hospitals.valley], draft)
    paul = replace(person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), account_id=number)
    other = replace(paul, account_id=number + 1)
    with pytest.raises(Forbidden):
        move(platform, other, action, hospitals.valley, ActionState.IN_PROGRESS)
    move(platform, paul, action, hospitals.valley, ActionState.IN_PROGRESS)
    with pytest.raises(Forbidden):
        change_action(platform, paul, action, draft, 1)
    comment(platform, other, action, "Et le budget ?")
    assert count_actions(platform, paul, Place(Level.ESTABLISHMENT, hospitals.valley)).mine == 1
    done = close_action(platform, paul, action, hospitals.valley, paper())
    assert done.state is ActionState.CLOSED


# Closing


@both
def test_closing_asks_for_evidence_then_for_an_audit_which_closes(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
) -> None:
    see(platform, machine, target, planned, {"a": ["x", "y"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    with pytest.raises(Invalid) as refusal:
        close_action(platform, ciso, action, hospitals.valley, Proof())
    assert set(refusal.value.fields) == {"evidence"}
    assert the_site(platform, ciso, action).state is ActionState.TO_DO
    done = close_action(platform, ciso, action, hospitals.valley, paper(), "Mot de passe changé deux fois.")
    site = the_site(platform, ciso, action)
    assert (done.state, len(done.run_ids), done.refused) == (ActionState.TO_VERIFY, 1, ())
    assert site.retest is not None
    assert (site.retest.run_id, site.retest.state) == (done.run_ids[0], JobState.QUEUED)
    assert [one.title for one in site.evidence] == ["Compte rendu"]
    retest(platform, clock, planned, {"a": []})
    view = open_action(platform, ciso, action)
    assert view.line.state is ActionState.CLOSED
    assert whats(view) == ["created", "proof", "retest_asked", "retest"]
    assert view.events[1].words == "Mot de passe changé deux fois."
    assert view.events[-1].run_id == done.run_ids[0]
    assert view.sites[0].closed_by == "CaRE"
    assert "action.verified" in trail(platform)


@both
def test_an_audit_that_still_sees_a_finding_sends_the_action_back_with_the_list(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
) -> None:
    see(platform, machine, target, planned, {"a": ["x", "y"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    close_action(platform, ciso, action, hospitals.valley, paper())
    retest(platform, clock, planned, {"a": ["y"]})
    view = open_action(platform, ciso, action)
    assert view.line.state is ActionState.IN_PROGRESS
    assert [subject for _, subject in view.events[-1].subjects] == ["y"]
    assert (view.sites[0].findings, view.sites[0].unsettled) == (2, 1)
    reader = person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.valley)
    assert open_action(platform, reader, action).events[-1].subjects == ()


@both
@pytest.mark.parametrize("how", ["not_assessable", "partial", "absent"])
def test_an_audit_that_could_not_tell_leaves_the_action_waiting_and_says_why(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
    how: str,
) -> None:
    see(platform, machine, target, planned, {"a": ["x", "y"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    close_action(platform, ciso, action, hospitals.valley, paper())
    answers: dict[str, dict[str, Sequence[str] | None]] = {
        "not_assessable": {"a": None},
        "partial": {"a": ["z"]},
        "absent": {"b": []},
    }
    retest(platform, clock, planned, answers[how], partial=how == "partial")
    view = open_action(platform, ciso, action)
    assert view.line.state is ActionState.TO_VERIFY
    reasons = {
        "not_assessable": "Faiblesse a : Droits insuffisants.",
        "partial": "Faiblesse a : la cible n’a été lue qu’en partie.",
        "absent": "Faiblesse a : cette règle n’a pas été appliquée.",
    }
    assert view.events[-1].reasons == (reasons[how],)
    again = ask_retest(platform, ciso, action, hospitals.valley)
    assert len(again.run_ids) == 1
    retest(platform, clock, planned, {"a": []})
    assert open_action(platform, ciso, action).line.state is ActionState.CLOSED


def test_an_audit_begun_before_the_evidence_sends_nothing_back(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
) -> None:
    see(platform, machine, target, planned, {"a": ["x"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    running = audits.start_audit(platform, machine, target)
    claim = claimed(platform)
    began = clock.now() - timedelta(minutes=5)
    done = close_action(platform, ciso, action, hospitals.valley, paper())
    assert done.run_ids == ()
    assert done.refused[0].startswith("Annuaire : Un audit de cette cible est déjà en attente ou en cours")
    assert running is not None
    planned.results.append(result(began, {"a": ["x"]}))
    audits.audit(platform, Hold(platform, claim))
    view = open_action(platform, ciso, action)
    assert view.line.state is ActionState.TO_VERIFY
    assert whats(view)[-2:] == ["retest_refused", "retest"]
    assert ask_retest(platform, ciso, action, hospitals.valley).run_ids


@both
def test_a_waiting_audit_serves_as_the_verification(
    platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    see(platform, machine, target, planned, {"a": ["x"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    waiting = audits.start_audit(platform, machine, target)
    assert waiting is not None
    assert close_action(platform, ciso, action, hospitals.valley, paper()).run_ids == (waiting.run_id,)


@both
def test_several_targets_close_it_only_once_all_have_answered(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
) -> None:
    other = add_directory(platform, machine, hospitals.valley, "Second domaine")
    see(platform, machine, target, planned, {"a": ["x"]})
    see(platform, machine, other, planned, {"a": ["y"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    assert len(close_action(platform, ciso, action, hospitals.valley, paper()).run_ids) == 2
    retest(platform, clock, planned, {"a": []})
    view = open_action(platform, ciso, action)
    assert (view.line.state, whats(view)[-1]) == (ActionState.TO_VERIFY, "retest_asked")
    retest(platform, clock, planned, {"a": []})
    assert open_action(platform, ciso, action).line.state is ActionState.CLOSED


def test_findings_already_seen_fixed_need_no_other_audit(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
) -> None:
    see(platform, machine, target, planned, {"a": ["x"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    see(platform, machine, target, planned, {"a": []}, BEFORE + timedelta(days=1))
    assert open_action(platform, ciso, action).line.state is ActionState.TO_DO  # seen, but no evidence was given
    assert close_action(platform, ciso, action, hospitals.valley, paper()) == Closing(ActionState.CLOSED, (), ())


@both
def test_a_target_that_no_audit_can_reach_is_said_and_signed_for(
    platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    see(platform, machine, target, planned, {"a": ["x"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    with pytest.raises(Refused):
        sign_off(platform, ciso, action, hospitals.valley, "Jeanne Roux", "Vu sur place.")
    archive_target(platform, machine, target)
    done = close_action(platform, ciso, action, hospitals.valley, paper())
    assert (done.state, done.run_ids) == (ActionState.TO_VERIFY, ())
    assert done.refused[0].endswith("cette cible est archivée")
    with pytest.raises(Refused) as refusal:
        ask_retest(platform, ciso, action, hospitals.valley)
    assert "archivée" in refusal.value.text.fr
    with pytest.raises(Invalid) as missing:
        sign_off(platform, ciso, action, hospitals.valley, " ", "")
    assert set(missing.value.fields) == {"signatory", "reason"}
    sign_off(platform, ciso, action, hospitals.valley, "Jeanne Roux, directrice", "Contrôleur éteint, vu sur place.")
    view = open_action(platform, ciso, action)
    assert view.line.state is ActionState.CLOSED
    assert view.events[-1].text.endswith("signée par Jeanne Roux, directrice")
    assert trail(platform)[-1] == "action.signed_off"


def test_nobody_signs_while_the_audit_runs(
    platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    see(platform, machine, target, planned, {"a": ["x"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    close_action(platform, ciso, action, hospitals.valley, paper())
    with pytest.raises(Refused) as refusal:
        sign_off(platform, ciso, action, hospitals.valley, "Jeanne Roux", "Vu sur place.")
    assert "en attente ou en cours" in refusal.value.text.fr
    jobs.cancel(platform, ciso, claimed_job(platform))
    sign_off(platform, ciso, action, hospitals.valley, "Jeanne Roux", "Vu sur place.")
    assert open_action(platform, ciso, action).line.state is ActionState.CLOSED


def claimed_job(platform: Platform) -> int:
    from care.store.jobs import Job

    with platform.database.read() as session:
        waiting = select(Job.id).where(Job.state == JobState.QUEUED, Job.kind == JobKind.AUDIT)
        return session.scalars(waiting).one()


def test_evidence_withdrawn_meanwhile_closes_nothing(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
) -> None:
    see(platform, machine, target, planned, {"a": ["x"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    close_action(platform, ciso, action, hospitals.valley, paper())
    (proof,) = the_site(platform, ciso, action).evidence
    withdraw(platform, ciso, proof.id, "Mauvais fichier.", 1)
    retest(platform, clock, planned, {"a": []})
    view = open_action(platform, ciso, action)
    assert view.line.state is ActionState.TO_VERIFY
    assert "la preuve a été retirée" in view.events[-1].text
    assert close_action(platform, ciso, action, hospitals.valley, paper()).state is ActionState.CLOSED


@both
def test_a_finding_that_comes_back_reopens_nothing_silently(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
) -> None:
    see(platform, machine, target, planned, {"a": ["x", "y"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    close_action(platform, ciso, action, hospitals.valley, paper())
    retest(platform, clock, planned, {"a": []})
    see(platform, machine, target, planned, {"a": ["x"]}, clock.forward(days=7))
    view = open_action(platform, ciso, action)
    assert (view.line.state, view.sites[0].back) == (ActionState.CLOSED, 1)
    assert view.events[-1].text == "Un constat clos par cette action est revenu"
    assert [subject for _, subject in view.events[-1].subjects] == ["x"]


def test_an_action_closed_by_an_address_or_by_evidence_already_there(
    platform: Platform, ciso: Scope, machine: Scope, hospitals: Hospitals
) -> None:
    first = create_action(platform, ciso, [hospitals.valley], replace(DRAFT, severity=Severity.LOW))
    with pytest.raises(Invalid):
        close_action(platform, ciso, first, hospitals.valley, Proof("javascript:alert(1)"))
    close_action(platform, ciso, first, hospitals.valley, Proof("https://ged.hopital.test/42", title="GED"))
    (proof,) = the_site(platform, ciso, first).evidence
    second = create_action(platform, machine, [hospitals.valley, hospitals.far], replace(DRAFT, severity=Severity.LOW))
    with pytest.raises(Invalid):
        close_action(platform, machine, second, hospitals.far, Proof(evidence_id=proof.id))
    close_action(platform, machine, second, hospitals.valley, Proof(evidence_id=proof.id))
    states = {site.name: site.state for site in open_action(platform, machine, second).sites}
    assert set(states.values()) == {ActionState.CLOSED, ActionState.TO_DO}


def test_a_reopened_action_asks_for_new_evidence(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    here = hospitals.valley
    action = create_action(platform, ciso, [here], replace(DRAFT, severity=Severity.LOW))
    close_action(platform, ciso, action, here, paper())
    clock.forward(days=30)
    move(platform, ciso, action, here, ActionState.IN_PROGRESS, "Le compte est revenu.")
    with pytest.raises(Invalid):
        close_action(platform, ciso, action, here, Proof())
    clock.forward(days=1)
    assert close_action(platform, ciso, action, here, Proof("https://ged.hopital.test/2")).state is ActionState.CLOSED


@both
def test_a_recorder_killed_before_its_end_loses_nothing_and_closes_nothing(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Kill -9 between the observation and the closure, in another process on the same database."""
    see(platform, machine, target, planned, {"a": ["x"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    close_action(platform, ciso, action, hospitals.valley, paper())
    clock.forward(hours=1)
    claim = claimed(platform)
    planned.results.append(result(clock.now(), {"a": []}))
    child = os.fork()
    if child == 0:  # the worker: dies once the finding is written as fixed, before the action is closed
        try:
            monkeypatch.setattr("care.services.retests._judge", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            own = replace(platform, database=open_database(platform.settings.database_url))
            audits.audit(own, Hold(own, claim))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    view = open_action(platform, ciso, action)
    assert (view.line.state, view.sites[0].unsettled, whats(view)[-1]) == (ActionState.TO_VERIFY, 1, "retest_asked")
    clock.forward(minutes=5)
    assert jobs.reap(platform) == 1
    audits.audit(platform, Hold(platform, claimed(platform)))
    assert open_action(platform, ciso, action).line.state is ActionState.CLOSED


# Shared actions


@both
def test_one_action_over_the_sites_of_a_ght_closes_site_by_site(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
) -> None:
    hill = add_directory(platform, machine, hospitals.hill)
    see(platform, machine, target, planned, {"a": ["x", "y"]})
    see(platform, machine, hill, planned, {"a": ["z"]})
    sites = [hospitals.valley, hospitals.hill]
    with pytest.raises(NotFound):
        create_action(platform, ciso, sites, DRAFT, Chosen(rule="ad.a"))
    support = person(Role.CISO, Level.GHT, hospitals.ght)
    action = create_action(platform, support, sites, DRAFT, Chosen(rule="ad.a"))
    whole = open_action(platform, support, action)
    assert {site.name: site.findings for site in whole.sites} == {"Hôpital de la Colline": 1, "Hôpital de la Vallée": 2}
    mine = open_action(platform, ciso, action)
    assert ([site.name for site in mine.sites], mine.line.others) == (["Hôpital de la Vallée"], 1)
    assert mine.line.findings == 2
    assert not mine.may_change
    assert [one.subject for one in findings_of_action(platform, ciso, action).lines] == ["x", "y"]
    with pytest.raises(NotFound):
        move(platform, ciso, action, hospitals.hill, ActionState.IN_PROGRESS)
    close_action(platform, ciso, action, hospitals.valley, paper())
    retest(platform, clock, planned, {"a": []})
    assert {site.state for site in open_action(platform, support, action).sites} == {
        ActionState.CLOSED,
        ActionState.TO_DO,
    }
    assert open_action(platform, support, action).line.state is ActionState.IN_PROGRESS
    assert open_action(platform, ciso, action).line.state is ActionState.CLOSED
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        open_action(platform, stranger, action)
    with pytest.raises(NotFound):
        comment(platform, stranger, action, "Bonjour")


@both
def test_an_action_is_extended_to_another_site_with_its_findings(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    hill = add_directory(platform, machine, hospitals.hill)
    see(platform, machine, target, planned, {"a": ["x"]}, severity=Severity.MEDIUM)
    see(platform, machine, hill, planned, {"a": ["z"]}, severity=Severity.CRITICAL)
    action = create_action(platform, machine, [hospitals.valley], DRAFT, Chosen(rule="ad.a"))
    assert add_sites(platform, machine, action, [hospitals.valley, hospitals.hill]) == 1
    view = open_action(platform, machine, action)
    assert (len(view.sites), view.line.findings, view.line.severity) == (2, 2, Severity.CRITICAL)
    assert view.line.due_on == date(2026, 4, 1)
    assert add_sites(platform, machine, action, [hospitals.hill]) == 0
    local = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        add_sites(platform, local, action, [hospitals.far])


@both
def test_new_findings_of_the_rule_join_by_choice(
    platform: Platform,
    machine: Scope,
    ciso: Scope,
    hospitals: Hospitals,
    target: int,
    planned: PlannedAudits,
    clock: FixedClock,
) -> None:
    see(platform, machine, target, planned, {"a": ["x", "left out"]})
    action = create_action(platform, ciso, [hospitals.valley], DRAFT, Chosen(ids(platform, "x")))
    later = clock.forward(days=1)
    see(platform, machine, target, planned, {"a": ["x", "left out", "new"]}, later)
    site = the_site(platform, ciso, action)
    assert (site.findings, site.joining) == (1, 1)
    assert tie_findings(platform, ciso, action, hospitals.valley, Chosen(ids(platform, "new"))) == 1
    assert tie_findings(platform, ciso, action, hospitals.valley, Chosen(ids(platform, "new"))) == 0
    assert the_site(platform, ciso, action).joining == 0
    assert tie_findings(platform, ciso, action, hospitals.valley, Chosen(rule="ad.a")) == 1
    untie_finding(platform, ciso, action, ids(platform, "left out")[0])
    with pytest.raises(NotFound):
        untie_finding(platform, ciso, action, ids(platform, "left out")[0])
    view = open_action(platform, ciso, action)
    assert (view.line.findings, view.version, whats(view)) == (2, 4, ["created", "tied", "tied", "untied"])


# Lists


def many(platform: Platform, scope: Scope, sites: Sequence[int], count: int) -> None:
    severities, cares = list(Severity), list(CareCriticality)
    for n in range(count):
        draft = ActionDraft(
            f"Action {n}",
            severity=severities[n % 5],
            criticality=cares[n % 4],
            due_on=date(2026, 3, 2) + timedelta(days=(n * 13) % 120),
            effort_days=(None, 0.5, 3, 12, 40)[n % 5],
            funding=("", "CaRE D1")[n % 2],
            owner=("Élodie", "Paul")[n % 2],
        )
        create_action(platform, scope, sites[: 1 + n % len(sites)], draft)


@both
def test_the_order_of_priority_in_sql_is_that_of_the_domain(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    many(platform, machine, [hospitals.valley, hospitals.hill, hospitals.far], 60)
    clock.forward(days=45)
    listed = list_actions(platform, machine, PLATFORM, ActionFilter(per_page=200)).page.lines
    assert len(listed) == 60
    assert [one.id for one in listed] == [
        one.id for one in sorted(listed, key=lambda one: (-one.score, one.due_on, one.id))
    ]
    assert len({one.score for one in listed}) > 15
    five = next_five(platform, machine, PLATFORM)
    assert [one.id for one in five] == [one.id for one in listed[:5]]


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_actions_the_first_by_priority_are_those_of_the_domain(
    platform: Platform, machine: Scope, hospitals: Hospitals, data: st.DataObject
) -> None:
    """Random actions, ties included, read through the index and by a sort, whole and page by page."""
    columns = st.fixed_dictionaries(
        {
            "severity": st.sampled_from(Severity),
            "criticality": st.sampled_from(CareCriticality),
            "due_on": st.dates(TODAY - timedelta(days=40), TODAY + timedelta(days=40)),
            "effort_days": st.none() | st.sampled_from((0.5, 1.0, 1.5, 5.0, 20.0, 21.0)),
            "findings": st.sampled_from((0, 1, 2, 9, 10, 49, 50, 600)),
            "sites": st.sampled_from((1, 2, 4, 5, 90)),
        }
    )
    planted = data.draw(st.lists(columns, max_size=12))
    with platform.database.write() as session:
        session.execute(delete(Action))
    numbers = [plant_action(platform, [hospitals.valley]) for _ in planted]
    with platform.database.write() as session:
        for number, values in zip(numbers, planted, strict=True):
            action = session.get_one(Action, number)
            for name, value in values.items():
                setattr(action, name, value)
    everything = list_actions(platform, machine, PLATFORM, ActionFilter(per_page=200)).page.lines
    first = sorted(everything, key=lambda one: (-one.score, one.due_on, one.id))
    assert [one.id for one in everything] == [one.id for one in first]
    here = Place(Level.ESTABLISHMENT, hospitals.valley)
    for place, size in ((PLATFORM, 3), (here, 200), (here, 5)):
        read = [
            one.id
            for number in range(1, 2 + len(first) // size)
            for one in list_actions(platform, machine, place, ActionFilter(number=number, per_page=size)).page.lines
        ]
        assert read == [one.id for one in first]


@both
def test_who_sees_every_site_reads_the_same_without_looking_at_sites(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = [hospitals.valley, hospitals.hill, hospitals.far]
    many(platform, machine, everywhere, 24)
    clock.forward(days=45)
    for number, state in ((3, ActionState.BLOCKED), (3, ActionState.ABANDONED), (6, ActionState.ABANDONED)):
        site = open_action(platform, machine, number).sites[-1 if state is ActionState.ABANDONED else 0]
        move(platform, machine, number, site.establishment_id, state, "pour voir")
    add_sites(platform, machine, 1, everywhere[1:])
    filters = (
        ActionFilter(),
        EVERYTHING,
        ActionFilter(late=True),
        ActionFilter(states=(ActionState.ABANDONED,)),
        ActionFilter(states=(ActionState.TO_DO, ActionState.BLOCKED), severities=(Severity.HIGH, Severity.LOW)),
        ActionFilter(mine=True),
        ActionFilter(words="action 1", sort=ActionSort.DUE, number=2, per_page=3),
    )

    def answers() -> list[object]:
        lists = [list_actions(platform, machine, PLATFORM, one) for one in filters]
        return [*lists, count_actions(platform, machine, PLATFORM), next_five(platform, machine, PLATFORM)]

    whole = answers()
    with counted(platform.database) as said:
        count_actions(platform, machine, PLATFORM)
    assert not any("action_site" in one.replace("action.site_states", "") for one in said)
    looked = action_query.sites_in
    monkeypatch.setattr("care.services.actions.sites_in", lambda *asked: replace(looked(*asked), all=False))
    assert answers() == whole


@both
def test_lists_are_filtered_sorted_paged_and_take_few_statements(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    many(platform, machine, [hospitals.valley, hospitals.hill], 30)
    here = Place(Level.ESTABLISHMENT, hospitals.hill)
    with counted(platform.database) as statements:
        first = list_actions(platform, machine, here, ActionFilter(per_page=10))
    assert len(statements) <= 12
    assert (first.page.total, len(first.page.lines), first.fundings) == (15, 10, ("CaRE D1",))
    assert first.by_state[ActionState.TO_DO] == 15
    seen = {
        one.id
        for n in (1, 2)
        for one in list_actions(platform, machine, here, ActionFilter(number=n, per_page=10)).page.lines
    }
    assert len(seen) == 15

    def total(**wanted: object) -> int:
        return list_actions(platform, machine, PLATFORM, ActionFilter(**wanted)).page.total  # type: ignore[arg-type]

    assert total(severities=(Severity.CRITICAL,)) == 6
    assert total(funding="CaRE D1") == 15
    assert total(owner="paul") == 15
    assert total(owner="Élo") == 15
    assert total(words="ACTION 7") == 1
    assert total(words="100%") == 0
    assert total(sources=(ActionSource.EXERCISE,)) == 0
    assert total(states=(ActionState.CLOSED,)) == 0
    assert total(late=True) == 0
    clock.forward(days=60)
    assert 0 < total(late=True) < 30
    assert count_actions(platform, machine, PLATFORM).late == total(late=True)
    for sort in ActionSort:
        lines = list_actions(platform, machine, PLATFORM, ActionFilter(sort=sort, per_page=200)).page.lines
        assert len({one.id for one in lines}) == 30
    due = [
        one.due_on for one in list_actions(platform, machine, PLATFORM, ActionFilter(sort=ActionSort.DUE)).page.lines
    ]
    assert due == sorted(due)


def test_a_list_shows_what_its_reader_may_see_and_no_more(
    platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals
) -> None:
    create_action(
        platform, machine, [hospitals.valley, hospitals.hill, hospitals.far], replace(DRAFT, severity=Severity.LOW)
    )
    create_action(platform, machine, [hospitals.hill], replace(DRAFT, severity=Severity.LOW, title="À côté"))
    ght = Place(Level.GHT, hospitals.ght)
    (line,) = list_actions(platform, ciso, ght, ActionFilter()).page.lines
    assert ([site.name for site in line.sites], line.others) == (["Hôpital de la Vallée"], 2)
    assert len(list_actions(platform, machine, ght, ActionFilter()).page.lines) == 2
    for place in (Place(Level.ESTABLISHMENT, hospitals.hill), Place(Level.REGION, hospitals.other_region)):
        with pytest.raises(NotFound):
            list_actions(platform, ciso, place, ActionFilter())
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    for place in (Place(Level.ESTABLISHMENT, hospitals.valley), ght, PLATFORM):
        with pytest.raises(Forbidden):
            list_actions(platform, visitor, place, ActionFilter())
        with pytest.raises(Forbidden):
            next_five(platform, visitor, place)
    with pytest.raises(NotFound):
        open_action(platform, visitor, line.id)


def test_opening_a_large_shared_action_takes_few_statements(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    see(platform, machine, target, planned, {"a": [f"s{n}" for n in range(300)]})
    sites = [hospitals.valley, hospitals.hill, hospitals.far]
    action = create_action(platform, machine, sites, DRAFT, Chosen(rule="ad.a"))
    for n in range(30):
        comment(platform, machine, action, f"Note {n}")
    with counted(platform.database) as statements:
        open_action(platform, machine, action)
        page = findings_of_action(platform, machine, action)
    assert len(statements) <= 20
    assert (page.total, len(page.lines)) == (300, 25)


def test_the_evidence_can_be_read_again(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    action = create_action(platform, ciso, [hospitals.valley], replace(DRAFT, severity=Severity.LOW))
    close_action(platform, ciso, action, hospitals.valley, paper())
    (proof,) = the_site(platform, ciso, action).evidence
    assert open_content(platform, ciso, proof.id).path.read_bytes() == PAPER
    assert trail(platform)[-2:] == ["evidence.added", "action.proved"]
