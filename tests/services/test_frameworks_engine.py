"""Where requirements stand: audits, documents, answers, computations; by establishment and by candidate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Role
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.findings import State
from care.domain.frameworks import Method
from care.domain.held_exposure import ExposureAudit
from care.domain.judging import RequirementStatus
from care.domain.programme import AnswerVerdict
from care.domain.restraints import StopCause
from care.services.errors import Forbidden, NotFound
from care.services.evidence import Details, Upload, add_evidence
from care.services.exposure.held import HeldView, held_of
from care.services.frameworks.assessing import Assessed, assess
from care.services.frameworks.computed import COMPUTED
from care.services.frameworks.exposure_audits import Refused
from care.services.frameworks.ground import rules_by_requirement
from care.services.frameworks.holders import holder_at, holder_of, seen_holder
from care.services.frameworks.library import frameworks_in_use
from care.services.frameworks.parameters import ValueDraft, enter_value
from care.services.platform import Platform
from care.store.frameworks import FrameworkChoice, ParameterValue, RequirementAnswer
from care.store.programme import ApplicationFile
from care.store.registry import Establishment
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from scanners.model import Severity, Status, Text
from tests.support.measured import plant_finding, plant_run, plant_target
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
S = RequirementStatus
FRAMEWORKS_KNOWN = {"care-d1", "care-d2", "has", "recyf", "anssi-ad", "pgssi-s"}


@pytest.fixture
def day(platform: Platform) -> date:
    return platform.clock.now().date()


def stands(platform: Platform, place: Place, framework: str, item: str, day: date) -> Assessed:
    with platform.database.read() as session:
        holder = holder_at(session, place, day)
        known = frameworks_in_use(platform, session, day)[framework]
        return next(one for one in assess(platform, session, holder, known, day) if one.item.id == item)


def answer(
    platform: Platform,
    holder: str,
    ref: str,
    verdict: AnswerVerdict,
    on: date,
    *,
    wording: str | None = None,
    until: date | None = None,
) -> None:
    framework, item = ref.split(":")
    with platform.database.write() as session:
        known = frameworks_in_use(platform, session, on)[framework]
        session.add(
            RequirementAnswer(
                holder=holder,
                framework=framework,
                item=item,
                framework_version=known.version,
                item_hash=wording or known.by_id[item].wording,
                method=Method.DECLARATION,
                verdict=verdict,
                given_on=on,
                valid_until=until,
                answered_at=platform.clock.now(),
                answered_by="Camille Roy",
            )
        )


def file_piece(
    platform: Platform, site: int, ref: str, kind: EvidenceKind, since: date | None, until: date | None = None
) -> int:
    details = Details(kind=kind, title=f"Pièce {kind}", effective_from=since, effective_to=until)
    source = Upload("piece.pdf", BytesIO(b"%PDF-1.7 " + ref.encode()))
    return add_evidence(platform, MACHINE, site, details, source, [ThingRef(ThingKind.REQUIREMENT, ref)])


def audit(
    platform: Platform,
    site: int,
    at: datetime,
    outcomes: Iterable[tuple[str, Status, Severity, int]],
    name: str = "T",
    unread: Iterable[str] = (),
    **columns: Any,
) -> None:
    """An audit recorded; `unread` are the subjects of its gaps, empty for one about nothing in particular."""
    gaps = [
        {"section": "services", "truncated": True, "subject": one, "fr": f"Muet : {one}.", "en": f"Silent: {one}."}
        for one in unread
    ]
    with platform.database.write() as session:
        target = _target(session, site, name, at)
        run = Run(
            establishment_id=site, target_id=target.id, scanner=target.scanner, asked_at=at, asked_by="tests",
            recorded_at=at, collected_from=at, collected_to=at, complete=not gaps, gaps=gaps, **columns,
        )  # fmt: skip
        session.add(run)
        session.flush()
        for rule, status, severity, count in outcomes:
            session.add(
                RuleOutcome(
                    run_id=run.id, rule=rule, status=status, conclusive=True, severity=severity, population=1,
                    findings=count, reason_fr="Il manque un droit." if status is Status.NOT_ASSESSABLE else "",
                    reason_en="",
                )
            )  # fmt: skip


def _target(session: Session, site: int, name: str, at: datetime) -> Target:
    found = session.query(Target).filter_by(establishment_id=site, name=name).one_or_none()
    if found is None:
        found = Target(establishment_id=site, scanner="exposure", name=name, request={}, created_at=at,
                       created_by="tests", changed_at=at)  # fmt: skip
        session.add(found)
        session.flush()
    return found


def test_everything_starts_not_started_and_says_what_is_missing(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    with platform.database.read() as session:
        known = frameworks_in_use(platform, session, day)
        holder = holder_at(session, Place(Level.ESTABLISHMENT, hospitals.valley), day)
        assert set(known) >= FRAMEWORKS_KNOWN
        for framework in known.values():
            found = assess(platform, session, holder, framework, day)
            assert len(found) == len(framework.requirements)
            assert {one.status for one in found} == {S.NOT_STARTED}
            assert all(one.missing for one in found)


def test_every_computation_asked_for_is_written_and_the_other_way_round(platform: Platform) -> None:
    asked = {
        f"{framework.id}:{item.id}"
        for framework in platform.kits.frameworks
        for item in framework.requirements
        if Method.COMPUTED in item.assessed_by
    }
    assert asked == set(COMPUTED)


def test_every_rule_asked_for_exists(platform: Platform) -> None:
    index = rules_by_requirement()
    for framework in platform.kits.frameworks:
        for item in framework.requirements:
            assert (Method.RULE in item.assessed_by) == (f"{framework.id}:{item.id}" in index), item.id


@pytest.mark.parametrize(
    ("reviewed", "candidacy", "status"),
    [
        (date(2022, 7, 15), None, S.NOT_MET),
        (date(2022, 7, 16), None, S.MET),
        (date(2025, 10, 31), date(2025, 10, 31), S.MET),
        (date(2025, 11, 1), date(2025, 10, 31), S.NOT_MET),
        (None, None, S.TO_CONFIRM),
    ],
)
@both
def test_the_policy_is_reviewed_within_the_period(
    platform: Platform,
    hospitals: Hospitals,
    day: date,
    reviewed: date | None,
    candidacy: date | None,
    status: RequirementStatus,
) -> None:
    place = Place(Level.GHT, hospitals.ght)
    with platform.database.write() as session:
        now = platform.clock.now()
        session.add(
            ApplicationFile(
                holder=f"ght:{hospitals.ght}", framework="care-d2", state="operational_phase", candidacy_on=candidacy,
                created_at=now, changed_at=now, changed_by="tests",
            )
        )  # fmt: skip
    file_piece(platform, hospitals.valley, "care-d2:P1", EvidenceKind.POLICY, reviewed)
    answer(platform, f"ght:{hospitals.ght}", "care-d2:P1", AnswerVerdict.YES, day)
    assert stands(platform, place, "care-d2", "P1", day).status is status


def test_a_document_alone_is_never_enough(platform: Platform, hospitals: Hospitals, day: date) -> None:
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    file_piece(platform, hospitals.valley, "care-d2:P2", EvidenceKind.PROCEDURE, day)
    found = stands(platform, place, "care-d2", "P2", day)
    assert found.status is S.EVIDENCE_FILED
    assert [one.fr for one in found.missing] == ["La confirmation d’une personne"]
    answer(platform, f"establishment:{hospitals.valley}", "care-d2:P2", AnswerVerdict.YES, day)
    assert stands(platform, place, "care-d2", "P2", day).status is S.MET


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(timedelta(0), None, S.EVIDENCE_FILED), (timedelta(-30), timedelta(0), S.EVIDENCE_FILED),
     (timedelta(-30), timedelta(-1), S.IN_PROGRESS), (timedelta(1), None, S.IN_PROGRESS)],
)  # fmt: skip
def test_evidence_outside_its_period_does_not_count(
    platform: Platform,
    hospitals: Hospitals,
    day: date,
    since: timedelta,
    until: timedelta | None,
    expected: RequirementStatus,
) -> None:
    end = None if until is None else day + until
    file_piece(platform, hospitals.valley, "care-d2:P2", EvidenceKind.PROCEDURE, day + since, end)
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d2", "P2", day)
    assert found.status is expected


def test_an_answer_above_holds_below_and_those_below_add_up(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    valley, hill = (Place(Level.ESTABLISHMENT, one) for one in (hospitals.valley, hospitals.hill))
    answer(platform, f"ght:{hospitals.ght}", "has:mes", AnswerVerdict.YES, day)
    found = stands(platform, valley, "has", "mes", day)
    assert found.status is S.MET
    assert "GHT des Deux Rives" in found.why[0].fr
    far = stands(platform, Place(Level.ESTABLISHMENT, hospitals.far), "has", "mes", day)
    assert far.status is S.NOT_STARTED
    answer(platform, f"legal_entity:{hospitals.valley_entity}", "has:mss", AnswerVerdict.YES, day)
    ght = Place(Level.GHT, hospitals.ght)
    assert stands(platform, ght, "has", "mss", day).status is S.IN_PROGRESS
    assert stands(platform, hill, "has", "mss", day).status is S.NOT_STARTED
    answer(platform, f"legal_entity:{hospitals.hill_entity}", "has:mss", AnswerVerdict.NOT_APPLICABLE, day)
    assert stands(platform, ght, "has", "mss", day).status is S.MET
    answer(platform, f"legal_entity:{hospitals.hill_entity}", "has:mss", AnswerVerdict.NO, day)
    assert stands(platform, ght, "has", "mss", day).status is S.NOT_MET


@pytest.mark.parametrize("how", ["other words", "past"])
def test_an_answer_to_other_words_or_past_its_end_is_to_confirm(
    platform: Platform, hospitals: Hospitals, day: date, how: str
) -> None:
    holder = f"establishment:{hospitals.valley}"
    if how == "past":
        answer(platform, holder, "has:mes", AnswerVerdict.YES, day, until=day - timedelta(1))
    else:
        answer(platform, holder, "has:mes", AnswerVerdict.YES, day, wording="0" * 64)
    assert stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "has", "mes", day).status is S.TO_CONFIRM


@pytest.mark.parametrize(("days", "met"), [(44, False), (45, True), (60, True), (61, False)])
@both
def test_two_exposure_audits_45_to_60_days_apart(
    platform: Platform, hospitals: Hospitals, day: date, days: int, met: bool
) -> None:
    place, now = Place(Level.ESTABLISHMENT, hospitals.valley), platform.clock.now()
    outcomes = [("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)]
    audit(platform, hospitals.valley, now - timedelta(days=days), outcomes)
    audit(platform, hospitals.valley, now, outcomes)
    before = stands(platform, place, "care-d1", "O2.B", day)
    assert before.status is (S.TO_CONFIRM if met else S.IN_PROGRESS)
    assert any("Seuil à saisir" in one.fr for one in before.missing)
    enter(platform, "care-d1", "max_open_critical", "0")
    answer(platform, f"establishment:{hospitals.valley}", "care-d1:O2.B", AnswerVerdict.YES, day)
    after = stands(platform, place, "care-d1", "O2.B", day)
    assert after.status is (S.MET if met else S.IN_PROGRESS)
    assert any(f"{days} jours d’écart" in one.fr for one in after.why) is met


def test_a_critical_weakness_left_at_one_audit_breaks_the_pair(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    now, failed = platform.clock.now(), ("exposure.telnet_open", Status.FAILED, Severity.CRITICAL, 2)
    audit(platform, hospitals.valley, now - timedelta(days=50), [failed])
    audit(platform, hospitals.valley, now, [("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)])
    enter(platform, "care-d1", "max_open_critical", "0")
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d1", "O2.B", day)
    assert found.status is S.IN_PROGRESS
    enter(platform, "care-d1", "max_open_critical", "2")
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d1", "O2.B", day)
    assert any("2 critique(s) au plus" in one.fr for one in found.why)


MUTE = "192.0.2.1:9100/tcp"


@both
def test_a_pair_whose_audits_name_what_they_left_out_is_proved_with_its_exceptions(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    """A port that is never written to is left out of every audit: it must not keep the pair from being proved."""
    now, silent = platform.clock.now(), [("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)]
    audit(platform, hospitals.valley, now - timedelta(days=50), silent, unread=[MUTE])
    audit(platform, hospitals.valley, now, silent)
    enter(platform, "care-d1", "max_open_critical", "0")
    answer(platform, f"establishment:{hospitals.valley}", "care-d1:O2.B", AnswerVerdict.YES, day)
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d1", "O2.B", day)
    assert found.status is S.MET
    assert [MUTE in one.fr and MUTE in one.en for one in found.why if "xception" in one.fr] == [True]
    with platform.database.read() as session:
        (view,) = held_of(platform, session, hospitals.valley)
    assert (view.audits, view.exceptions, view.refused) == (2, (MUTE,), None)


def test_a_weakness_known_where_an_audit_did_not_look_is_still_counted(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    """Otherwise making a port mute would prove the level."""
    now, silent = platform.clock.now(), [("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)]
    for back in (50, 0):
        audit(platform, hospitals.valley, now - timedelta(days=back), silent, unread=[MUTE])
    with platform.database.write() as session:
        target = _target(session, hospitals.valley, "T", now).id
    seen_on, gone_on = day - timedelta(days=90), day - timedelta(days=20)
    plant_finding(platform, target, "exposure.telnet_open", seen_on, gone_on=gone_on)
    enter(platform, "care-d1", "max_open_critical", "0")
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    assert stands(platform, place, "care-d1", "O2.B", day).status is S.IN_PROGRESS, "it was there on the first day"
    enter(platform, "care-d1", "max_open_critical", "1")
    found = stands(platform, place, "care-d1", "O2.B", day)
    assert any("1 critique(s) au plus" in one.fr for one in found.why)


def test_a_weakness_that_a_complete_audit_could_not_close_is_still_counted(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    """A port that nothing named, an address taken out of the target: what is open is open, whoever looked elsewhere."""
    now, silent = platform.clock.now(), [("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)]
    for back in (50, 0):
        audit(platform, hospitals.valley, now - timedelta(days=back), silent)
    enter(platform, "care-d1", "max_open_critical", "0")
    answer(platform, f"establishment:{hospitals.valley}", "care-d1:O2.B", AnswerVerdict.YES, day)
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    assert stands(platform, place, "care-d1", "O2.B", day).status is S.MET
    with platform.database.write() as session:
        target = _target(session, hospitals.valley, "T", now).id
    plant_finding(platform, target, "exposure.telnet_open", day - timedelta(days=10))
    found = stands(platform, place, "care-d1", "O2.B", day)
    assert found.status is S.IN_PROGRESS
    assert any("1 critique(s) restai(en)t" in one.fr for one in found.missing)
    with platform.database.read() as session:
        (view,) = held_of(platform, session, hospitals.valley)
    assert (view.pair, view.fallen) == (None, ExposureAudit(day, 1))


@pytest.mark.parametrize("unread", [[""], [MUTE, ""]])
def test_an_audit_that_cannot_name_what_it_left_out_does_not_count_and_says_why(
    platform: Platform, hospitals: Hospitals, day: date, unread: list[str]
) -> None:
    now, silent = platform.clock.now(), [("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)]
    audit(platform, hospitals.valley, now - timedelta(days=50), silent)
    audit(platform, hospitals.valley, now, silent, unread=unread)
    enter(platform, "care-d1", "max_open_critical", "0")
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d1", "O2.B", day)
    assert found.status is S.IN_PROGRESS
    assert any("ne compte pas : Muet : ." in one.fr for one in found.missing)
    with platform.database.read() as session:
        (view,) = held_of(platform, session, hospitals.valley)
    assert view.refused == Refused(day, Text("Muet : .", "Silent: ."))


def shown(platform: Platform, site: int) -> HeldView:
    with platform.database.read() as session:
        (one,) = held_of(platform, session, site)
    return one


@pytest.mark.parametrize("rule", ["exposure.critical_vulnerability", "exposure.exploited_vulnerability"])
def test_an_audit_without_data_of_vulnerabilities_does_not_count_and_says_why(
    platform: Platform, hospitals: Hospitals, day: date, rule: str
) -> None:
    now, silent = platform.clock.now(), ("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)
    audit(platform, hospitals.valley, now - timedelta(days=50), [silent, (rule, Status.PASSED, Severity.CRITICAL, 0)])
    enter(platform, "care-d1", "max_open_critical", "0")
    audit(platform, hospitals.valley, now, [silent, (rule, Status.NOT_ASSESSABLE, Severity.CRITICAL, 0)])
    one = shown(platform, hospitals.valley)
    assert (one.pair, one.refused) == (None, Refused(day, Text("Il manque un droit.", "")))
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d1", "O2.B", day)
    assert any("ne compte pas : Il manque un droit." in one.fr for one in found.missing)


@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize("short", [{"stopped": StopCause.WINDOW}, {"left_over": 3}], ids=["stopped", "left"])
def test_an_audit_cut_short_is_no_half_of_a_pair(
    platform: Platform, hospitals: Hospitals, day: date, short: dict[str, Any], first: bool
) -> None:
    """Even one whose gaps name all that they are about: nobody knows what the rest would have shown."""
    now, silent = platform.clock.now(), [("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)]
    enter(platform, "care-d1", "max_open_critical", "0")
    for back, here in ((50, first), (0, not first)):
        cut: dict[str, Any] = {"unread": [MUTE], **short} if here else {}
        audit(platform, hospitals.valley, now - timedelta(days=back), silent, **cut)
    one = shown(platform, hospitals.valley)
    assert (one.pair, one.audits) == (None, 1)
    if not first:
        assert one.refused is not None
        assert "arrêté avant la fin" in one.refused.why.fr
    audit(platform, hospitals.valley, now - timedelta(days=50), silent)
    assert (shown(platform, hospitals.valley).pair is not None) is first, "a whole one beside it proves"


def test_what_was_excluded_limited_or_not_told_is_named_beside_the_pair(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    now, untold = platform.clock.now(), ("exposure.redis_without_password", Status.NOT_ASSESSABLE, Severity.CRITICAL, 0)
    spared = {"what": "192.0.2.0/30", "mode": "no_scan", "reason": "scanner IRM", "addresses": ["192.0.2.1"]}
    elsewhere = {**spared, "what": "192.0.2.99", "addresses": [], "count": 0}
    barred = {"what": "*.bloc.test", "mode": "mandate", "addresses": ["192.0.2.5", "192.0.2.6"], "count": 3}
    audit(
        platform, hospitals.valley, now - timedelta(days=50), [untold], perimeter="192.0.2.0/24 · ports 443 · fragile",
        spared=[{**spared, "count": 1}, elsewhere, barred],
    )  # fmt: skip
    audit(platform, hospitals.valley, now, [], perimeter="192.0.2.0/24 · gentle")
    enter(platform, "care-d1", "max_open_critical", "0")
    said = [limit.fr for limit in shown(platform, hospitals.valley).limits]
    assert said[:4] == [
        "exclu de l’audit : 192.0.2.0/30 (192.0.2.1), scanner IRM",
        "exclu par le mandat : *.bloc.test (192.0.2.5, 192.0.2.6, …)",
        "ports limités à 443",
        "profil fragile : connexions seules",
    ]
    assert len(said) == 5, "the rule that could not tell"
    assert said[4].startswith("non évalué : ")
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d1", "O2.B", day)
    assert set(said) <= {one.fr for one in found.why}


@both
def test_what_an_archived_target_left_open_counts_under_its_name_until_it_is_closed(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    now, silent = platform.clock.now(), [("exposure.telnet_open", Status.PASSED, Severity.CRITICAL, 0)]
    for back in (50, 0):
        audit(platform, hospitals.valley, now - timedelta(days=back), silent)
    enter(platform, "care-d1", "max_open_critical", "0")
    gone = plant_target(platform, hospitals.valley, "exposure", "Ancien accès", archived_at=now)
    plant_finding(platform, gone, "exposure.telnet_open", day - timedelta(days=90), gone_on=day - timedelta(days=60))
    assert shown(platform, hospitals.valley).pair is not None
    plant_finding(platform, gone, "exposure.redis_without_password", day - timedelta(days=90))
    one = shown(platform, hospitals.valley)
    assert (one.pair, one.fallen and one.fallen.criticals) == (None, 1)
    assert any("Ancien accès" in limit.fr for limit in one.limits)
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d1", "O2.B", day)
    assert found.status is S.IN_PROGRESS
    assert any("Ancien accès" in one.fr for one in found.missing)


def test_a_false_positive_blocks_nothing_and_is_told(platform: Platform, hospitals: Hospitals, day: date) -> None:
    now, failed = platform.clock.now(), [("exposure.telnet_open", Status.FAILED, Severity.CRITICAL, 1)]
    for back in (50, 0):
        audit(platform, hospitals.valley, now - timedelta(days=back), failed)
    with platform.database.write() as session:
        target = _target(session, hospitals.valley, "T", now).id
    enter(platform, "care-d1", "max_open_critical", "0")
    plant_finding(platform, target, "exposure.telnet_open", day - timedelta(days=90), state=State.FALSE_POSITIVE)
    one = shown(platform, hospitals.valley)
    assert one.pair is not None
    assert [limit.fr for limit in one.limits if "1 critique(s) déclaré(s) faux positif(s)" in limit.fr] != []


def test_a_second_target_never_audited_keeps_it_from_being_proved(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    now = platform.clock.now()
    for back in (50, 0):
        audit(platform, hospitals.valley, now - timedelta(days=back), [])
    with platform.database.write() as session:
        _target(session, hospitals.valley, "Site annexe", now)
    enter(platform, "care-d1", "max_open_critical", "0")
    found = stands(platform, Place(Level.ESTABLISHMENT, hospitals.valley), "care-d1", "O2.B", day)
    assert found.status is S.IN_PROGRESS
    assert any("Site annexe" in one.fr for one in found.missing)


def enter(platform: Platform, framework: str, parameter: str, value: str) -> None:
    with platform.database.write() as session:
        session.add(
            ParameterValue(
                framework=framework, parameter=parameter, value=value, source="Annexe de l’arrêté, page 4",
                entered_at=platform.clock.now(), entered_by="tests",
            )
        )  # fmt: skip


def test_a_profile_and_a_framework_that_does_not_concern(platform: Platform, hospitals: Hospitals, day: date) -> None:
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    with platform.database.write() as session:
        now = platform.clock.now()
        for framework, profile, concerned in (("recyf", "EI", True), ("hospiconnect", "", False)):
            session.add(
                FrameworkChoice(holder=f"legal_entity:{hospitals.valley_entity}", framework=framework, profile=profile,
                                concerned=concerned, reason="Pas de candidature", changed_at=now, changed_by="tests")
            )  # fmt: skip
    with platform.database.read() as session:
        holder, known = holder_at(session, place, day), frameworks_in_use(platform, session, day)
        important = assess(platform, session, holder, known["recyf"], day)
        assert 0 < len(important) < len(known["recyf"].requirements)
        others = assess(platform, session, holder, known["hospiconnect"], day)
        assert {one.status for one in others} == {S.NOT_APPLICABLE}


def test_who_sees_a_holder(platform: Platform, hospitals: Hospitals, day: date) -> None:
    ght, valley = Place(Level.GHT, hospitals.ght), Place(Level.ESTABLISHMENT, hospitals.valley)
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    with platform.database.read() as session:
        assert seen_holder(session, ciso, valley, day).sites == (hospitals.valley,)
        with pytest.raises(NotFound):
            seen_holder(session, ciso, ght, day)
        with pytest.raises(NotFound):
            seen_holder(session, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), valley, day)
        with pytest.raises(Forbidden):
            seen_holder(session, person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, hospitals.valley), valley, day)
        whole = seen_holder(session, person(Role.CISO, Level.GHT, hospitals.ght), ght, day)
        assert set(whole.sites) == {hospitals.valley, hospitals.hill}
        row = session.get_one(Establishment, hospitals.valley)
        known = frameworks_in_use(platform, session, day)
        assert holder_of(known["care-d2"], row) == ght
        assert holder_of(known["has"], row) == Place(Level.LEGAL_ENTITY, hospitals.valley_entity)
        assert holder_of(known["anssi-hygiene"], row) in (valley, Place(Level.LEGAL_ENTITY, hospitals.valley_entity))


@pytest.mark.parametrize(
    ("said", "failing", "expected"),
    [
        ({}, None, S.TO_CONFIRM),  # a level was typed and no point: nobody knows which points fail
        ({"ads.vuln_krbtgt": (Status.PASSED, 1, 0)}, None, S.IN_PROGRESS),  # its report is missing
        ({"ads.vuln_krbtgt": (Status.FAILED, 1, 1)}, 3, S.IN_PROGRESS),
        ({"ads.vuln_krbtgt": (Status.FAILED, 1, 1)}, 2, S.NOT_MET),
    ],
)
def test_an_ads_result_without_any_point_is_no_level_five(
    platform: Platform, hospitals: Hospitals, day: date, said: Any, failing: int | None, expected: RequirementStatus
) -> None:
    enter_value(platform, MACHINE, "care-d1", "ads_level", ValueDraft("3", "Annexe de l’arrêté"))
    target = plant_target(platform, hospitals.far, "ads")
    plant_run(platform, target, day, said)
    if failing:
        plant_finding(platform, target, "ads.vuln_krbtgt", day, evidence={"ads_level": failing})
    one = stands(platform, Place(Level.LEGAL_ENTITY, hospitals.far_entity), "care-d1", "O1.A", day)
    assert one.status is expected
    assert any("points en échec" in text.fr for text in one.missing) is (expected is S.TO_CONFIRM)
