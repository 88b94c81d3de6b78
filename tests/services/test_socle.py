"""The yearly cyber base: what counts in which year, who is said eligible, amounts, the list with its totals."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest

from care.domain.access import Level, Role, Scope
from care.domain.continuity import TestKind, TestResult
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.frameworks import Method
from care.domain.judging import RequirementStatus
from care.domain.programme import AnswerVerdict
from care.domain.socle import Eligibility, eligibility
from care.services import evidence
from care.services.continuity_tests import ResultDraft, TestDraft, plan_test, record_result
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import Details, Upload
from care.services.platform import Platform
from care.services.socle.amounts import AmountsDraft, set_amounts
from care.services.socle.exports import socle_xlsx
from care.services.socle.reading import SoclePage, list_year, read_year
from care.store.frameworks import ParameterValue, RequirementAnswer
from care.store.registry import Establishment
from tests.services.test_frameworks_engine import audit
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
R = RequirementStatus


def exercise(platform: Platform, site: int, on: date) -> None:
    number = plan_test(platform, MACHINE, site, TestDraft(TestKind.TABLE_TOP, "Écran noir", on))
    draft = ResultDraft(
        on, TestResult.PASSED, cyber_triggered=True, degraded_played=True, management_present=True, directorates="DRH"
    )
    record_result(platform, MACHINE, number, draft, 1)


def report(platform: Platform, scope: Scope, site: int, item: str, since: date) -> None:
    details = Details(EvidenceKind.REPORT, f"Rapport {item}", effective_from=since)
    ref = ThingRef(ThingKind.REQUIREMENT, f"socle-cyber:{item}")
    evidence.add_evidence(platform, scope, site, details, Upload("r.pdf", BytesIO(b"%PDF-1")), (ref,))


def answer(platform: Platform, site: int, item: str, on: date, verdict: AnswerVerdict = AnswerVerdict.YES) -> None:
    framework = next(one for one in platform.kits.frameworks if one.id == "socle-cyber")
    with platform.database.write() as session:
        session.add(
            RequirementAnswer(
                holder=f"establishment:{site}",
                framework=framework.id,
                item=item,
                framework_version=framework.version,
                item_hash=framework.by_id[item].wording,
                method=Method.DECLARATION,
                verdict=verdict,
                given_on=on,
                answered_at=platform.clock.now(),
                answered_by="ciso",
            )
        )


def said(page: SoclePage) -> dict[str, RequirementStatus]:
    return {one.id: one.status for one in page.prerequisites}


@both
def test_an_exercise_counts_in_its_civil_year_only(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    site = hospitals.valley
    exercise(platform, site, date(2025, 12, 31))
    report(platform, ciso, site, "S1", date(2025, 12, 31))
    answer(platform, site, "S1", date(2025, 12, 31))
    assert said(read_year(platform, ciso, site, 2025))["S1"] is R.MET
    now = read_year(platform, ciso, site)
    assert (now.year, now.years, now.day) == (2026, (2026, 2025), date(2026, 3, 2))
    assert said(now)["S1"] is R.NOT_STARTED
    assert "Un exercice de crise cyber de 2026 qui compte pour l’année" in now.prerequisites[0].missing
    exercise(platform, site, date(2026, 1, 1))
    assert said(read_year(platform, ciso, site))["S1"] is R.IN_PROGRESS
    report(platform, ciso, site, "S1", date(2026, 1, 1))
    answer(platform, site, "S1", date(2026, 1, 2))
    assert said(read_year(platform, ciso, site))["S1"] is R.MET
    assert said(read_year(platform, ciso, site, 2025))["S1"] is R.MET  # what was answered since changes nothing
    answer(platform, site, "S1", date(2026, 2, 1), AnswerVerdict.NO)
    assert read_year(platform, ciso, site).eligibility is Eligibility.NO
    assert said(read_year(platform, ciso, site, 2025))["S1"] is R.MET


@both
def test_regular_audits_stay_to_confirm_until_their_delay_is_entered(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    site = hospitals.valley
    assert said(read_year(platform, ciso, site))["S3"] is R.NOT_STARTED
    audit(platform, site, datetime(2025, 6, 1, 9, tzinfo=UTC), ())
    report(platform, ciso, site, "S3", date(2026, 1, 10))
    page = read_year(platform, ciso, site)
    assert said(page)["S3"] is R.TO_CONFIRM
    third = next(one for one in page.prerequisites if one.id == "S3")
    assert third.why[0] == "Exposition sur Internet : audit du 01/06/2025"
    assert "en mois" in third.missing[0]
    with platform.database.write() as session:
        session.add(
            ParameterValue(
                framework="socle-cyber",
                parameter="audit_months",
                value="12",
                source="Texte lu le 1er mars",
                entered_at=platform.clock.now(),
                entered_by="admin",
            )
        )
    assert said(read_year(platform, ciso, site))["S3"] is R.EVIDENCE_FILED
    answer(platform, site, "S3", date(2026, 3, 1))
    assert said(read_year(platform, ciso, site))["S3"] is R.MET
    assert next(one.value for one in read_year(platform, ciso, site).values) == "12"


def test_nobody_is_eligible_while_a_prerequisite_has_no_text(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    page = read_year(platform, ciso, hospitals.valley)
    assert page.eligibility is Eligibility.INCOMPLETE
    assert {one.id for one in page.prerequisites if one.without_text} == {"S2", "S4", "S5", "S6", "S7", "F1", "F2"}
    for item in said(page):
        answer(platform, hospitals.valley, item, date(2026, 1, 5))
    page = read_year(platform, ciso, hospitals.valley)
    assert (page.met, page.eligibility) == (0, Eligibility.INCOMPLETE)
    assert said(page)["F1"] is R.TO_CONFIRM


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ([R.MET, R.MET], Eligibility.YES),
        ([R.MET, R.NOT_APPLICABLE], Eligibility.YES),
        ([R.MET, R.TO_CONFIRM], Eligibility.TO_CONFIRM),
        ([R.MET, R.EVIDENCE_FILED], Eligibility.INCOMPLETE),
        ([R.MET, R.NOT_STARTED], Eligibility.INCOMPLETE),
        ([R.MET, R.NOT_MET, R.NOT_STARTED], Eligibility.NO),
        ([], Eligibility.INCOMPLETE),
    ],
)
def test_what_statuses_amount_to(statuses: list[RequirementStatus], found: Eligibility) -> None:
    assert eligibility(statuses) is found


@both
def test_amounts_are_kept_and_two_people_lose_nothing(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    site = hospitals.valley
    draft = AmountsDraft("30 000", date(2026, 1, 15), "35 000", date(2026, 1, 10), "à vérifier")
    set_amounts(platform, ciso, site, 2026, draft, 0)
    page = read_year(platform, ciso, site)
    assert (page.amounts.asked, page.amounts.obtained, page.amounts.version) == (30_000, 35_000, 1)
    assert len(page.remarks) == 2
    assert read_year(platform, ciso, site, 2025).amounts.version == 0
    with pytest.raises(Refused, match="ciso-establishment changed the amount asked for"):
        set_amounts(platform, ciso, site, 2026, AmountsDraft("1"), 0)
    with pytest.raises(Invalid) as wrong:
        set_amounts(platform, ciso, site, 2026, AmountsDraft("x", date(2026, 3, 3), "12,50"), 1)
    assert set(wrong.value.fields) == {"asked", "asked_on", "obtained"}
    for year in (2024, 2027):
        with pytest.raises(NotFound):
            set_amounts(platform, ciso, site, year, AmountsDraft(), 0)
        with pytest.raises(NotFound):
            read_year(platform, ciso, site, year)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, site)
    assert read_year(platform, director, site).may_manage is False
    with pytest.raises(Forbidden):
        set_amounts(platform, director, site, 2026, AmountsDraft(), 1)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        read_year(platform, stranger, site)
    with pytest.raises(NotFound):
        set_amounts(platform, stranger, site, 2026, AmountsDraft(), 0)


@both
def test_the_list_of_what_one_sees_with_its_totals(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    group = person(Role.CISO, Level.GHT, hospitals.ght)
    set_amounts(platform, group, hospitals.valley, 2026, AmountsDraft("30 000", None, "20 000"), 0)
    set_amounts(platform, group, hospitals.hill, 2026, AmountsDraft("12 000"), 0)
    set_amounts(platform, MACHINE, hospitals.far, 2026, AmountsDraft("99 000"), 0)
    found = list_year(platform, group)
    assert [one.name for one in found.page.lines] == ["Hôpital de la Colline", "Hôpital de la Vallée"]
    totals = found.totals
    assert (totals.establishments, totals.asking, totals.asked, totals.obtaining, totals.obtained) == (
        2,
        2,
        42_000,
        1,
        20_000,
    )
    assert list_year(platform, group, words="VALLEE").totals.asked == 30_000
    assert list_year(platform, group, 2025).totals.asked == 0
    assert [one.name for one in list_year(platform, ciso).page.lines] == ["Hôpital de la Vallée"]
    with platform.database.write() as session:
        session.get_one(Establishment, hospitals.hill).closed_on = date(2026, 1, 1)
    assert list_year(platform, group).totals.asked == 30_000


def test_the_workbook(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    set_amounts(platform, ciso, hospitals.valley, 2026, AmountsDraft("30 000", date(2026, 1, 15)), 0)
    book = openpyxl.load_workbook(BytesIO(socle_xlsx(platform, ciso, 2026)))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[2]][:6] == [
        "Hôpital de la Vallée", sheet[2][1].value, "CH de la Vallée", "Incomplet", 0, 9,
    ]  # fmt: skip
    assert sheet[2][7].value == 30_000
    quality = person(Role.QUALITY, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        socle_xlsx(platform, quality, 2026)
    with pytest.raises(NotFound):
        socle_xlsx(platform, ciso, 2024)
