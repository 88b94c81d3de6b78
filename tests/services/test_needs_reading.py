"""Where a place stands: counts, what lacks and which page does it, one evidence for several requirements."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest

from care.domain.access import Level, Place, Role, Scope
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.frameworks import Method
from care.domain.judging import RequirementStatus
from care.domain.programme import AnswerVerdict
from care.services.errors import Forbidden, NotFound
from care.services.evidence import Details, Upload, add_evidence
from care.services.frameworks.answering import AnswerDraft, answer_requirement, answer_requirements
from care.services.frameworks.choosing import ChoiceDraft, choose_framework
from care.services.frameworks.exports import framework_csv, framework_xlsx
from care.services.frameworks.lacking import DUE, Lack, what_is_lacking
from care.services.frameworks.one_requirement import open_requirement
from care.services.frameworks.reading import (
    FrameworkLine,
    NeedsFilter,
    list_needs,
    open_framework,
    programmes_of,
)
from care.services.frameworks.section_reading import open_section
from care.services.frameworks.todo import Way
from care.services.library import today
from care.services.platform import Platform
from care.store.frameworks import AssessmentMark, FrameworkCount
from tests.support.people import Hospitals, person

S = RequirementStatus
YES, NO, PARTLY = AnswerVerdict.YES, AnswerVerdict.NO, AnswerVerdict.PARTLY


@pytest.fixture
def place(hospitals: Hospitals) -> Place:
    return Place(Level.ESTABLISHMENT, hospitals.valley)


@pytest.fixture
def group(hospitals: Hospitals) -> Place:
    return Place(Level.GHT, hospitals.ght)


def answered(platform: Platform, scope: Scope, place: Place, framework: str, item: str, draft: AnswerVerdict) -> None:
    note = "" if draft is YES else "Parce que"
    answer_requirement(platform, scope, place, framework, AnswerDraft(item, draft, note=note))


def filed(
    platform: Platform,
    scope: Scope,
    place: Place,
    kind: EvidenceKind,
    *refs: str,
    since: date | None = None,
    until: date | None = None,
) -> int:
    details = Details(kind, f"Pièce {kind}", effective_from=since, effective_to=until)
    upload = Upload("piece.txt", io.BytesIO(f"{kind} {refs} {since}".encode()))
    things = [ThingRef(ThingKind.REQUIREMENT, ref) for ref in refs]
    return add_evidence(platform, scope, place.id, details, upload, things)


def line(platform: Platform, scope: Scope, place: Place, framework: str) -> FrameworkLine:
    return next(one for one in list_needs(platform, scope, place).lines if one.id == framework)


@pytest.mark.both_databases
def test_counts_say_what_applies_and_what_is_met(platform: Platform, machine: Scope, place: Place) -> None:
    begun = line(platform, machine, place, "anssi-hygiene")
    assert (begun.met, begun.applicable, begun.total, begun.counts) == (0, 42, 42, {S.NOT_STARTED: 42})
    answered(platform, machine, place, "anssi-hygiene", "2", AnswerVerdict.NOT_APPLICABLE)
    answered(platform, machine, place, "anssi-hygiene", "3", PARTLY)
    found = line(platform, machine, place, "anssi-hygiene")
    assert (found.applicable, found.total) == (41, 42)
    assert found.counts == {S.NOT_STARTED: 40, S.IN_PROGRESS: 1, S.NOT_APPLICABLE: 1}
    assert list(found.counts) == [S.NOT_STARTED, S.IN_PROGRESS, S.NOT_APPLICABLE]  # what lacks most first


@pytest.mark.both_databases
def test_what_changed_is_counted_from_a_month_ago(platform: Platform, machine: Scope, place: Place) -> None:
    day, holder = today(platform), f"establishment:{place.id}"
    assert line(platform, machine, place, "anssi-hygiene").met_before is None
    with platform.database.write() as session:
        for ago, met in ((60, 1), (28, 3), (27, 9)):
            counts = {"met": met, "not_started": 42 - met}
            row = FrameworkCount(holder=holder, framework="anssi-hygiene", day=day - timedelta(days=ago), counts=counts)
            session.add(row)
    found = line(platform, machine, place, "anssi-hygiene")
    assert (found.before, found.met_before) == (day - timedelta(days=28), 3)


@pytest.mark.both_databases
def test_the_home_reads_the_last_counts_of_programmes_alone(
    platform: Platform, machine: Scope, place: Place, hospitals: Hospitals
) -> None:
    assert programmes_of(platform, machine, place.id).lines == ()
    now = platform.clock.now()
    with platform.database.write() as session:
        session.add(AssessmentMark(holder=f"establishment:{place.id}", assessed_at=now))
        for framework, ago, counts in (
            ("care-d2", 9, {"met": 1, "not_met": 12}),
            ("care-d2", 1, {"met": 4, "not_applicable": 1, "not_met": 8}),
            ("anssi-hygiene", 1, {"met": 4}),
            ("hospiconnect", 1, {"not_applicable": 17}),  # not concerned
        ):
            row = FrameworkCount(
                holder=f"establishment:{place.id}",
                framework=framework,
                day=today(platform) - timedelta(days=ago),
                counts=counts,
            )
            session.add(row)
    found = programmes_of(platform, machine, place.id)
    assert [(one.id, one.met, one.applicable) for one in found.lines] == [("care-d2", 4, 12)]
    assert found.at == now
    assert programmes_of(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), place.id).lines == ()
    owner = person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, place.id)
    assert programmes_of(platform, owner, place.id).lines == ()


def test_what_suppliers_answer_is_left_out_and_groups_answer_no_site(
    platform: Platform, machine: Scope, place: Place, group: Place
) -> None:
    here = {one.id for one in list_needs(platform, machine, place).lines}
    above = {one.id for one in list_needs(platform, machine, group).lines}
    assert not here & {"hds", "clausier-sante"}
    assert {"care-d2", "recyf", "anssi-hygiene"} <= here
    assert "care-d2" in above
    assert "anssi-hygiene" not in above
    for where, framework in ((place, "hds"), (group, "anssi-hygiene"), (place, "nothing")):
        with pytest.raises(NotFound):
            open_framework(platform, machine, where, framework, NeedsFilter())


def test_a_site_is_told_who_answers_for_all(platform: Platform, hospitals: Hospitals, place: Place) -> None:
    alone = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    found = line(platform, alone, place, "care-d2")
    assert (found.carrier, found.carrier_name, found.carrier_seen) == (
        Place(Level.GHT, hospitals.ght),
        "GHT des Deux Rives",
        False,
    )
    # The only establishment of its legal entity: who sees it sees all of that.
    assert [one.place.level for one in list_needs(platform, alone, place).around] == [
        Level.ESTABLISHMENT,
        Level.LEGAL_ENTITY,
    ]
    wide = person(Role.CISO, Level.GHT, hospitals.ght)
    assert line(platform, wide, place, "care-d2").carrier_seen
    assert len(list_needs(platform, wide, place).around) == 3


def test_a_profile_asks_for_its_own_and_who_is_not_concerned_lacks_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    entity = Place(Level.LEGAL_ENTITY, hospitals.valley_entity)
    every = line(platform, machine, entity, "recyf").total
    choose_framework(platform, machine, entity, "recyf", ChoiceDraft("EI"), 0)
    important = line(platform, machine, entity, "recyf")
    assert 0 < important.total < every
    assert (important.profile_name, important.choice_version) == ("Entité importante", 1)
    choose_framework(platform, machine, entity, "recyf", ChoiceDraft(concerned=False, reason="Trop petite"), 1)
    out = line(platform, machine, entity, "recyf")
    assert (out.concerned, out.reason, out.applicable) == (False, "Trop petite", 0)
    assert what_is_lacking(platform, machine, entity, "recyf").lacks == ()
    assert open_requirement(platform, machine, entity, "recyf", "1.1").todo == ()


def test_filters_keep_what_was_asked(platform: Platform, machine: Scope, place: Place) -> None:
    def ids(**asked: str) -> list[str]:
        view = open_framework(platform, machine, place, "care-d2", NeedsFilter(**asked))
        return [one.id for one in view.requirements]

    assert len(ids()) == 13
    assert ids(section="O3") == ["O3.A", "O3.B", "O3.C", "O3.D"]
    assert ids(words="sauvegarde isoler") == ["O3.B"]
    assert ids(words="o4") == ["O4"]
    assert ids(method="computed") == ["P1", "O1.C", "O1.D", "O2.A"]
    assert ids(status="met") == ids(section="nothing") == ids(weight="imperative") == []


def test_values_are_written_with_their_unit_or_left_empty(platform: Platform, machine: Scope, place: Place) -> None:
    view = open_framework(platform, machine, place, "care-d2", NeedsFilter())
    written = {one.title: one.value for one in view.parameters}
    assert written["Part de l’activité combinée à couvrir"] == "66\u00a0%"
    assert written["Début de la période de revue des politiques"] == "16/07/2022"
    assert written["Fin du dépôt des déclarations"] == ""


def test_a_document_alone_never_makes_it_met(platform: Platform, machine: Scope, place: Place) -> None:
    filed(platform, machine, place, EvidenceKind.PROCEDURE, "care-d2:P2", since=today(platform))
    view = open_requirement(platform, machine, place, "care-d2", "P2")
    assert view.status is S.EVIDENCE_FILED
    assert [(one.way, one.words.partition(" :")[0]) for one in view.todo] == [
        (Way.ANSWER, "La confirmation d’une personne")
    ]
    answered(platform, machine, place, "care-d2", "P2", YES)
    done = open_requirement(platform, machine, place, "care-d2", "P2")
    assert (done.status, done.todo) == (S.MET, ())


def test_what_a_no_lacks_is_to_be_done(platform: Platform, machine: Scope, place: Place) -> None:
    answered(platform, machine, place, "anssi-hygiene", "1", NO)
    view = open_requirement(platform, machine, place, "anssi-hygiene", "1")
    assert view.status is S.NOT_MET
    assert Way.ACTION in [one.way for one in view.todo]


@pytest.mark.both_databases
def test_answers_are_told_from_the_latest_with_those_from_above(
    platform: Platform, machine: Scope, place: Place, group: Place
) -> None:
    answered(platform, machine, group, "care-d2", "P2", YES)
    answered(platform, machine, place, "care-d2", "P2", NO)
    first = open_requirement(platform, machine, place, "care-d2", "P2")
    answer_requirement(
        platform, machine, place, "care-d2", AnswerDraft("P2", YES, Method.INTERVIEW, "Vu", seen=first.seen)
    )
    view = open_requirement(platform, machine, place, "care-d2", "P2")
    told = [(one.where, one.method, one.verdict, one.counts) for one in view.answers]
    assert told == [
        ("", Method.INTERVIEW, YES, True),
        ("", Method.DECLARATION, NO, True),
        ("GHT des Deux Rives", Method.DECLARATION, YES, True),
    ]
    assert view.current is not None
    assert (view.current.id, view.seen) == (view.answers[0].id, view.answers[0].id)
    above = open_requirement(platform, machine, group, "care-d2", "P2")
    assert [one.verdict for one in above.answers] == [YES]  # a site does not answer for its group
    assert above.seen == view.answers[2].id


@pytest.mark.both_databases
def test_evidence_says_whether_it_counts_and_what_else_it_may_serve(
    platform: Platform, machine: Scope, place: Place
) -> None:
    day = today(platform)
    old = filed(platform, machine, place, EvidenceKind.POLICY, "has:gouvernance_ssi", since=date(2015, 1, 1))
    view = open_requirement(platform, machine, place, "has", "gouvernance_ssi")
    assert [(one.id, one.fits, one.fresh) for one in view.pieces] == [(old, True, False)]
    assert [one.filed for one in view.expected] == [False, False, False]
    fresh = filed(platform, machine, place, EvidenceKind.POLICY, "has:gouvernance_ssi", since=day)
    other = filed(platform, machine, place, EvidenceKind.SCREENSHOT, "has:gouvernance_ssi")
    view = open_requirement(platform, machine, place, "has", "gouvernance_ssi")
    assert [(one.id, one.fits, one.fresh) for one in view.pieces] == [
        (other, False, False),
        (fresh, True, True),
        (old, True, False),
    ]
    assert [one.filed for one in view.expected] == [True, False, False]
    policy = open_requirement(platform, machine, place, "care-d2", "P1")
    assert policy.pieces == ()
    assert len(policy.todo) == 2
    assert len({one.key for one in policy.todo}) == 1  # the document, and the piece that may serve as it
    assert [(one.id, bool(one.elsewhere)) for one in policy.offered] == [(other, True), (fresh, True), (old, True)]
    same = next(one for one in policy.equivalents if one.framework == "has")
    assert (same.item, same.untied) == ("gouvernance_ssi", ())
    assert [one.id for one in next(iter(view.equivalents)).untied] == [other, fresh, old]


def test_what_must_be_given_again_is_told_before(platform: Platform, machine: Scope, place: Place) -> None:
    day = today(platform)
    until = day + timedelta(days=30)
    answer_requirement(platform, machine, place, "anssi-hygiene", AnswerDraft("1", YES, valid_until=until))
    far = AnswerDraft("2", YES, valid_until=day + timedelta(days=300))
    answer_requirement(platform, machine, place, "anssi-hygiene", far)
    found = line(platform, machine, place, "anssi-hygiene")
    assert [(one.day, one.item) for one in found.next_dates] == [(until, "1")]
    assert open_requirement(platform, machine, place, "anssi-hygiene", "2").again_on == far.valid_until


def lack(found: tuple[Lack, ...], way: Way, words: str) -> Lack:
    return next(one for one in found if one.way is way and words in one.words)


def test_one_document_that_several_texts_ask_for_is_one_thing_to_do(
    platform: Platform, machine: Scope, place: Place
) -> None:
    found = what_is_lacking(platform, machine, place, kind=DUE)
    policy = next(
        one
        for one in found.lacks
        if {"care-d2:P1", "has:gouvernance_ssi"} <= {f"{each.framework}:{each.item}" for each in one.serves}
    )
    assert policy.way is Way.EVIDENCE
    ranks = [len(one.serves) if one.way is not Way.ANSWER else 1 for one in found.lacks if one.way is not Way.FRAMEWORK]
    assert ranks == sorted(ranks, reverse=True)
    guides = what_is_lacking(platform, machine, place, kind="guidance")
    audit = lack(guides.lacks, Way.AUDIT, "Annuaire Active Directory")
    assert len(audit.serves) > 50
    assert audit.alone > 50
    before = found.open
    filed(platform, machine, place, EvidenceKind.POLICY, "care-d2:P1", "has:gouvernance_ssi", since=today(platform))
    answered(platform, machine, place, "care-d2", "P1", YES)
    after = what_is_lacking(platform, machine, place, kind=DUE)
    assert after.open == before - 1
    assert "care-d2:P1" not in {f"{each.framework}:{each.item}" for one in after.lacks for each in one.serves}


@pytest.mark.both_databases
def test_a_section_knows_its_answers_and_the_one_after(
    platform: Platform, machine: Scope, place: Place, group: Place
) -> None:
    answered(platform, machine, group, "care-d2", "O3.B", YES)
    answer_requirements(platform, machine, place, "care-d2", [AnswerDraft("O3.A", YES)])
    view = open_section(platform, machine, place, "care-d2", "O3")
    assert [one.id for one in view.questions] == ["O3.A", "O3.B", "O3.C", "O3.D"]
    first, second, third, _ = view.questions
    assert first.answer is not None
    assert (first.answer.verdict, first.seen > 0, first.above) == (YES, True, None)
    assert second.above is not None
    assert (second.above.where, second.answer, second.seen) == ("GHT des Deux Rives", None, 0)
    assert (third.answer, third.above) == (None, None)
    assert view.following == ""  # O4 stands in no section
    for unknown in ("O9", "P1"):
        with pytest.raises(NotFound):
            open_section(platform, machine, place, "care-d2", unknown)


def test_statuses_are_handed_out_as_on_the_screen(platform: Platform, machine: Scope, place: Place) -> None:
    answered(platform, machine, place, "anssi-hygiene", "1", YES)
    rows = framework_csv(platform, machine, place, "anssi-hygiene", NeedsFilter()).decode("utf-8-sig").splitlines()
    assert len(rows) == 43
    few = framework_csv(platform, machine, place, "anssi-hygiene", NeedsFilter(words="utilisateurs"))
    assert 1 < len(few.decode("utf-8-sig").splitlines()) < 43
    assert framework_xlsx(platform, machine, place, "care-d2", NeedsFilter()).startswith(b"PK")
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, place.id)
    with pytest.raises(Forbidden):
        framework_csv(platform, visitor, place, "care-d2", NeedsFilter())


def test_a_stranger_finds_nothing_and_who_may_not_is_told(
    platform: Platform, hospitals: Hospitals, place: Place
) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    owner = person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, hospitals.valley)
    for who, error in ((stranger, NotFound), (owner, Forbidden)):
        with pytest.raises(error):
            list_needs(platform, who, place)
        with pytest.raises(error):
            open_framework(platform, who, place, "care-d2", NeedsFilter())
        with pytest.raises(error):
            open_requirement(platform, who, place, "care-d2", "P1")
        with pytest.raises(error):
            what_is_lacking(platform, who, place)
        with pytest.raises(error):
            open_section(platform, who, place, "care-d2", "O3")
    group = Place(Level.GHT, hospitals.ght)
    with pytest.raises(NotFound):
        list_needs(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley), group)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    view = open_requirement(platform, reader, place, "care-d2", "P1")
    assert (view.may_answer, view.may_add_evidence, view.may_act) == (False, True, False)
