"""The evidence library: filing, newer versions, corrections, withdrawal, ties, lists, and the chain behind them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select, update

from care.domain.access import Level, Role, Scope
from care.domain.evidence import EvidenceKind, Standing, ThingKind, ThingRef
from care.services import evidence, evidence_chain, library, trail
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import Details, EvidenceDraft, Upload
from care.services.library import EvidenceFilter, EvidenceSort
from care.services.platform import Platform
from care.store.evidence import Evidence, EvidenceChain
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.queries import counted

both = pytest.mark.both_databases
POLICY = Details(EvidenceKind.POLICY, "PSSI signée", owner="RSSI")
PDF = b"%PDF-1.7 une politique"
LIST_STATEMENTS = 20


def upload(content: bytes = PDF, name: str = "pssi.pdf") -> Upload:
    return Upload(name, BytesIO(content))


def add(platform: Platform, scope: Scope, hospitals: Hospitals, details: Details = POLICY, **about: object) -> int:
    source = about.pop("source", None) or upload()
    return evidence.add_evidence(platform, scope, hospitals.valley, details, source, **about)  # type: ignore[arg-type]


def facts(platform: Platform, establishment_id: int, kind: EvidenceKind = EvidenceKind.FACTS) -> int:
    """What an audit files in its own transaction."""
    stored = evidence.keep_content(platform, BytesIO(b"facts"))
    with platform.database.write() as session:
        draft = EvidenceDraft(establishment_id, kind, "ad.care", evidence.FACTS_MEDIA_TYPE)
        return evidence.add(session, stored, draft, platform.clock.now(), "CaRE").id


@both
def test_a_file_becomes_evidence_and_the_trail_knows(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    number = add(platform, ciso, hospitals, replace(POLICY, effective_from=date(2026, 1, 1)))
    found = library.open_evidence(platform, ciso, number)
    assert (found.line.title, found.line.name, found.line.media_type) == ("PSSI signée", "pssi.pdf", "application/pdf")
    assert (found.line.size, found.line.sound, found.line.standing) == (len(PDF), True, Standing.CURRENT)
    assert found.place is not None
    assert (found.place.number, found.place.length, found.place.signed_at) == (1, 1, None)
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "evidence.added")).one()
    assert event.detail == {"title": "PSSI signée", "number": 1, "hash": found.place.hash}
    assert trail.verify(platform).sound


def test_an_address_is_evidence_too(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    number = add(platform, ciso, hospitals, source="https://ged.hopital.fr/pssi/12")
    line = library.open_evidence(platform, ciso, number).line
    assert (line.link, line.size, line.sound, line.name) == (
        "https://ged.hopital.fr/pssi/12",
        None,
        None,
        "ged.hopital.fr",
    )
    with pytest.raises(NotFound):
        evidence.open_content(platform, ciso, number)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://u:secret@ged/x", "ftp://x/y", "https://", "https://a/\n", "https://[", "x"]
)
def test_an_address_is_a_plain_web_one(platform: Platform, ciso: Scope, hospitals: Hospitals, link: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(platform, ciso, hospitals, source=link)
    assert set(refused.value.fields) == {"link"}


def test_every_fault_is_said_at_once_and_nothing_is_kept(
    platform: Platform, ciso: Scope, hospitals: Hospitals, tmp_path: Path
) -> None:
    wrong = Details(
        EvidenceKind.FACTS, " \n", effective_from=date(2026, 2, 1), effective_to=date(2026, 1, 1), note="\x00"
    )
    with pytest.raises(Invalid) as refused:
        add(platform, ciso, hospitals, wrong, source=upload(b""))
    assert set(refused.value.fields) == {"kind", "title", "effective_to", "note", "file"}
    assert library.list_evidence(platform, ciso, hospitals.valley, EvidenceFilter()).page.total == 0
    assert list((tmp_path / "evidence").rglob("*")) == []


def test_a_file_above_the_limit_or_a_program_is_refused(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    small = replace(platform, settings=replace(platform.settings, upload_mb=1))
    for source, said in (
        (upload(PDF + bytes(1 << 20)), "dépasse la limite de 1 Mio"),
        (upload(b"MZ\x90"), "programme"),
    ):
        with pytest.raises(Invalid) as refused:
            evidence.add_evidence(small, ciso, hospitals.valley, POLICY, source)
        assert said in refused.value.fields["file"].fr


@both
def test_a_file_kept_once_serves_a_form_sent_again(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    kept = evidence.keep_upload(platform, ciso, hospitals.valley, upload(name="../../x"))
    assert kept.name == "x.pdf"
    with pytest.raises(Invalid):
        add(platform, ciso, hospitals, replace(POLICY, title=""), source=kept)
    number = add(platform, ciso, hospitals, source=kept)
    assert evidence.open_content(platform, ciso, number).path.read_bytes() == PDF


@both
def test_a_newer_version_takes_over_with_its_ties(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    goal = ThingRef(ThingKind.REQUIREMENT, "care-d2:O3.A")
    first = add(platform, ciso, hospitals, things=(goal,))
    second = evidence.new_version(platform, ciso, first, POLICY, upload(PDF + b" 2"), 1)
    third = evidence.new_version(platform, ciso, second, POLICY, "https://ged/pssi", 1)
    found = library.open_evidence(platform, ciso, second)
    assert [one.id for one in found.versions] == [third, second, first]
    assert [one.current for one in found.versions] == [True, False, False]
    assert [one.id for one in library.evidence_of(platform, ciso, hospitals.valley, goal)] == [third]
    assert not found.may_change
    with pytest.raises(Refused) as refused:
        evidence.new_version(platform, ciso, first, POLICY, upload(PDF + b" 3"), 1)
    assert "n° 2" in refused.value.text.fr
    assert evidence_chain.verify_chain(platform, hospitals.valley).number == 3


def test_the_same_file_is_no_newer_version(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    number = add(platform, ciso, hospitals)
    with pytest.raises(Invalid) as refused:
        evidence.new_version(platform, ciso, number, POLICY, upload(), 1)
    assert "identique" in refused.value.fields["file"].fr


@both
def test_two_people_replacing_one_piece_leave_one_newer_version(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    number = add(platform, ciso, hospitals)
    start, said = threading.Barrier(2), []

    def replace_it(words: bytes) -> None:
        start.wait()
        try:
            said.append(evidence.new_version(platform, ciso, number, POLICY, upload(PDF + words), 1))
        except Refused as refused:
            said.append(refused.text.fr)

    threads = [threading.Thread(target=replace_it, args=(words,)) for words in (b" A", b" B")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(isinstance(one, int) for one in said) == 1
    assert any("plus récente" in str(one) for one in said)
    assert evidence_chain.verify_chain(platform, hospitals.valley).number == 2


@both
def test_a_correction_made_meanwhile_is_not_lost(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    number = add(platform, ciso, hospitals)
    evidence.change(platform, ciso, number, replace(POLICY, title="PSSI 2026", effective_to=date(2026, 12, 31)), 1)
    with pytest.raises(Refused) as refused:
        evidence.change(platform, ciso, number, replace(POLICY, owner="Direction"), 1)
    assert "PSSI 2026" in refused.value.text.fr
    found = library.open_evidence(platform, ciso, number)
    assert (found.line.title, found.line.effective_to, found.filed_to) == ("PSSI 2026", date(2026, 12, 31), None)
    assert (found.version, found.changed_by) == (2, ciso.actor)
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "evidence.changed")).one()
    assert (event.detail["title_before"], event.detail["title"]) == ("PSSI signée", "PSSI 2026")
    assert evidence_chain.verify_chain(platform, hospitals.valley).fault is None


def test_a_correction_that_changes_nothing_leaves_no_mark(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    number = add(platform, ciso, hospitals)
    evidence.change(platform, ciso, number, POLICY, 1)
    assert library.open_evidence(platform, ciso, number).version == 1


def test_withdrawing_erases_nothing(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    number = add(platform, ciso, hospitals)
    with pytest.raises(Invalid):
        evidence.withdraw(platform, ciso, number, " ", 1)
    evidence.withdraw(platform, ciso, number, "Déposée par erreur.", 1)
    found = library.open_evidence(platform, ciso, number)
    assert (found.withdrawn_by, found.withdrawn_why, found.line.current) == (ciso.actor, "Déposée par erreur.", False)
    assert evidence.open_content(platform, ciso, number).path.read_bytes() == PDF
    assert library.list_evidence(platform, ciso, hospitals.valley, EvidenceFilter()).page.total == 0
    assert library.list_evidence(platform, ciso, hospitals.valley, EvidenceFilter(former=True)).page.total == 1
    with pytest.raises(Refused, match="withdrew"):
        evidence.withdraw(platform, ciso, number, "Encore.", 2)


def test_what_an_audit_wrote_stays(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    number = facts(platform, hospitals.valley)
    assert not library.open_evidence(platform, ciso, number).may_replace
    for attempt in (
        lambda: evidence.withdraw(platform, ciso, number, "Non.", 1),
        lambda: evidence.new_version(platform, ciso, number, POLICY, upload(), 1),
    ):
        with pytest.raises(Refused, match="audit"):
            attempt()


def test_a_visitor_reads_the_library_but_no_technical_piece(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    policy = add(platform, ciso, hospitals)
    hidden = [facts(platform, hospitals.valley, kind) for kind in (EvidenceKind.FACTS, EvidenceKind.IMPORT)]
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    found = library.list_evidence(platform, visitor, hospitals.valley, EvidenceFilter())
    assert [line.id for line in found.page.lines] == [policy]
    assert found.by_kind == {EvidenceKind.POLICY: 1}
    for number in hidden:
        with pytest.raises(NotFound):
            library.open_evidence(platform, visitor, number)
        with pytest.raises(NotFound):
            evidence.open_content(platform, visitor, number)
    for attempt in (
        lambda: evidence.add_evidence(platform, visitor, hospitals.valley, POLICY, upload()),
        lambda: evidence.change(platform, visitor, policy, POLICY, 1),
        lambda: evidence.tie(platform, visitor, policy, ThingRef(ThingKind.REQUIREMENT, "has:1")),
    ):
        with pytest.raises(Forbidden):
            attempt()


@both
def test_ties_come_and_go(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    number = add(platform, ciso, hospitals)
    goal = ThingRef(ThingKind.REQUIREMENT, "care-d2:O3.A")
    for _ in range(2):
        evidence.tie(platform, ciso, number, goal)
    named = "L’authentification des sauvegardes est indépendante, ses droits sont fins (care-d2:O3.A)"
    assert [tie.title for tie in library.open_evidence(platform, ciso, number).ties] == [named]
    with platform.database.read() as session:
        assert list(evidence.proofs_of(session, hospitals.valley, goal)) == [number]
        assert list(evidence.proofs_of(session, hospitals.hill, goal)) == []
    evidence.untie(platform, ciso, number, goal)
    assert library.open_evidence(platform, ciso, number).ties == ()
    with platform.database.read() as session:
        told = session.scalars(select(TrailEvent.action).order_by(TrailEvent.number)).all()
    assert [one for one in told if "tied" in one] == ["evidence.tied", "evidence.untied"]


@pytest.mark.parametrize(
    "ref",
    [
        ThingRef(ThingKind.FINDING, "999"),
        ThingRef(ThingKind.ACTION, "1 OR 1=1"),
        ThingRef(ThingKind.RUN, "99999999999999999999"),
        ThingRef(ThingKind.REQUIREMENT, "<script>"),
        ThingRef(ThingKind.REQUIREMENT, "care-d2:O9.Z"),
        ThingRef(ThingKind.REQUIREMENT, "care-d2:O3"),  # a section asks for nothing itself
        ThingRef(ThingKind.VISIT, "1"),
    ],
)
def test_a_tie_leads_to_something(platform: Platform, ciso: Scope, hospitals: Hospitals, ref: ThingRef) -> None:
    with pytest.raises(Invalid):
        add(platform, ciso, hospitals, things=(ref,))
    assert library.list_evidence(platform, ciso, hospitals.valley, EvidenceFilter()).page.total == 0


@both
def test_the_library_is_searched_and_sorted(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    day = clock.now().date()
    ended = add(
        platform, ciso, hospitals, replace(POLICY, title="Ancien contrat", effective_to=day - timedelta(days=1))
    )
    soon = add(
        platform, ciso, hospitals, replace(POLICY, title="Certificat 100 %", effective_to=day + timedelta(days=30))
    )
    coming = add(platform, ciso, hospitals, replace(POLICY, title="Avenant", effective_from=day + timedelta(days=1)))
    plain = add(
        platform, ciso, hospitals, replace(POLICY, kind=EvidenceKind.MINUTES, title="Réunion", owner="Direction")
    )

    def found(**asked: object) -> list[int]:
        wanted = EvidenceFilter(**asked)  # type: ignore[arg-type]
        return [line.id for line in library.list_evidence(platform, ciso, hospitals.valley, wanted).page.lines]

    assert found() == [plain, coming, soon, ended]
    assert found(sort=EvidenceSort.TITLE) == [ended, coming, soon, plain]
    assert found(sort=EvidenceSort.ENDS_SOON)[:2] == [ended, soon]
    assert found(standing=Standing.EXPIRED) == [ended]
    assert found(standing=Standing.EXPIRING) == [soon]
    assert found(standing=Standing.COMING) == [coming]
    assert found(standing=Standing.CURRENT) == [plain]
    assert found(kinds=(EvidenceKind.MINUTES,)) == [plain]
    assert found(words="100 %") == [soon]
    assert found(words="pssi.pdf ancien") == [ended]
    assert found(owner="direc") == [plain]
    counts = library.attention(platform, ciso, hospitals.valley)
    assert (counts.expired, counts.expiring, counts.unsound) == (1, 1, 0)


def test_a_page_costs_a_bounded_number_of_statements(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    goal = ThingRef(ThingKind.REQUIREMENT, "care-d2:O3.A")
    number = 0
    for version in range(60):
        number = add(platform, ciso, hospitals, things=(goal,), source=upload(PDF + str(version).encode()))
    for version in range(5):
        source = upload(PDF + b"v" + str(version).encode())
        number = evidence.new_version(platform, ciso, number, POLICY, source, 1)
    with counted(platform.database) as listing:
        found = library.list_evidence(platform, ciso, hospitals.valley, EvidenceFilter(words="pssi", per_page=50))
    assert len(found.page.lines) == 50
    assert len(listing) <= LIST_STATEMENTS
    with counted(platform.database) as one:
        assert len(library.open_evidence(platform, ciso, number).versions) == 6
    assert len(one) <= LIST_STATEMENTS


@both
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "autre.pdf"),
        ("media_type", "text/plain"),
        ("kind", EvidenceKind.CONTRACT),
        ("filed_from", date(2020, 1, 1)),
        ("added_by", "quelqu’un"),
        ("link", "https://x/y"),
        ("number", 9),
    ],
)
def test_a_changed_row_breaks_the_chain(
    platform: Platform, ciso: Scope, hospitals: Hospitals, column: str, value: object
) -> None:
    for version in range(3):
        add(platform, ciso, hospitals, source=upload(PDF + str(version).encode()))
    facts(platform, hospitals.hill)
    with platform.database.write() as session:
        mine = Evidence.establishment_id == hospitals.valley
        session.execute(update(Evidence).where(mine, Evidence.number == 2).values({column: value}))
    broken = evidence_chain.verify_chain(platform, hospitals.valley)
    assert broken.fault is not None
    assert "n° 2" in broken.fault.fr
    assert evidence_chain.verify_chain(platform, hospitals.hill).fault is None


def test_a_cut_tail_is_missed(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    add(platform, ciso, hospitals)
    add(platform, ciso, hospitals)
    with platform.database.write() as session:
        last = session.scalars(select(Evidence).where(Evidence.number == 2)).one()
        session.delete(last)
    assert evidence_chain.verify_chain(platform, hospitals.valley).fault is not None


@both
def test_what_was_stored_before_the_chains_is_chained_in_order(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    old = [facts(platform, hospitals.valley) for _ in range(3)]
    with platform.database.write() as session:
        session.execute(update(Evidence).values(number=None, chain_hash=None))
        session.execute(update(EvidenceChain).values(number=0, hash="0" * 64))
        assert evidence_chain.unchained_places(session) == [hospitals.valley]
        assert evidence_chain.adopt_unchained(session, hospitals.valley) == 3
    with platform.database.read() as session:
        numbers = session.execute(select(Evidence.id, Evidence.number).order_by(Evidence.number)).all()
    assert [row.id for row in numbers] == old
    assert evidence_chain.verify_chain(platform, hospitals.valley).number == 3


@both
def test_evidence_filed_at_once_by_several_makes_one_chain(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    start = threading.Barrier(4)

    def file_some(words: str) -> None:
        start.wait()
        for turn in range(5):
            if turn % 2:
                facts(platform, hospitals.valley)
            else:
                add(platform, ciso, hospitals, source=upload(PDF + f"{words}{turn}".encode()))

    threads = [threading.Thread(target=file_some, args=(words,)) for words in "abcd"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    report = evidence_chain.verify_chain(platform, hospitals.valley)
    assert (report.fault, report.number) == (None, 20)
