"""Registers of hosting and of contracts: two people at once, files that change nothing unseen, clauses, deadlines."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.contracts import ClauseState
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.hosting import Tone
from care.domain.programme import AnswerVerdict
from care.domain.suppliers import same_supplier
from care.services import contract_clauses, contracts, evidence, hostings
from care.services.contract_clauses import ClauseFilter, answer_clauses, compare_contracts, open_clauses
from care.services.contracts import ContractDraft, contracts_summary
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import Details
from care.services.frameworks.answering import AnswerDraft
from care.services.governance.tiles import read_overview
from care.services.hostings import HostingDraft, hosting_summary
from care.services.platform import Platform
from care.services.register_files import Fate, carried_table, sent_table
from care.services.remote_access import register as remote_accesses
from care.services.remote_access.register import AccessDraft
from care.services.supplier_accesses import accesses_of
from care.store.frameworks import AssessmentMark, RequirementAnswer
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person
from tests.web.registers import CLAUSES, PlantedRegisters, plant_registers

both = pytest.mark.both_databases
EVERY = ClauseFilter()


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


@pytest.fixture
def day(clock: FixedClock) -> date:
    return clock.now().date()


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedRegisters:
    return plant_registers(platform, hospitals.valley)


@both
def test_what_is_unknown_stays_unknown(platform: Platform, hospitals: Hospitals, planted: PlantedRegisters) -> None:
    register = hostings.read_register(platform, ciso(hospitals), hospitals.valley)
    assert [(one.draft.name, one.worst) for one in register.lines] == [
        ("Télésuivi", Tone.CRITICAL),
        ("DPI en mode SaaS", Tone.HIGH),
        ("Imagerie", Tone.UNKNOWN),
    ]
    assert [one.draft.name for one in register.ended] == ["Ancien PACS"]
    assert [register.count(tone) for tone in Tone] == [1, 1, 0, 1]
    assert register.lines[2].draft.hds_certified is None
    summary = hosting_summary(platform, ciso(hospitals), hospitals.valley)
    assert (summary.hostings, summary.outside, summary.certified, summary.outside_eea) == (3, 2, 1, 1)
    assert (summary.pressing, summary.unknown) == (2, 1)


@both
def test_of_two_people_the_second_is_told_who_changed_what(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    hosting = hostings.open_hosting(platform, MACHINE, planted.hosting)
    hostings.REGISTER.change(platform, ciso(hospitals), hosting.id, replace(hosting.draft, location="Lille"), 1)
    with pytest.raises(Refused, match="Where it is stored"):
        hostings.REGISTER.change(platform, MACHINE, hosting.id, replace(hosting.draft, data="Rien"), 1)
    with pytest.raises(Refused):
        hostings.REGISTER.close(platform, MACHINE, hosting.id, None, 1)
    contract = contracts.open_contract(platform, MACHINE, planted.contract)
    contracts.REGISTER.change(platform, ciso(hospitals), contract.id, replace(contract.draft, notice_days=30), 1)
    with pytest.raises(Refused, match="Notice"):
        contracts.REGISTER.change(platform, MACHINE, contract.id, replace(contract.draft, critical=False), 1)


@both
def test_who_may_do_what(platform: Platform, hospitals: Hospitals, planted: PlantedRegisters) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    draft, paper = HostingDraft("X"), ContractDraft("X", "Y")
    writes: list[Callable[[Scope], object]] = [
        lambda who: hostings.REGISTER.add(platform, who, hospitals.valley, draft),
        lambda who: hostings.REGISTER.change(platform, who, planted.hosting, draft, 1),
        lambda who: hostings.REGISTER.close(platform, who, planted.hosting, None, 1),
        lambda who: contracts.REGISTER.add(platform, who, hospitals.valley, paper),
        lambda who: contracts.REGISTER.change(platform, who, planted.contract, paper, 1),
        lambda who: answer_clauses(platform, who, planted.contract, CLAUSES, []),
        lambda who: hostings.REGISTER.preview(platform, who, hospitals.valley, sent_table(b"name\nA\n")),
    ]
    for write in writes:
        with pytest.raises(Forbidden):
            write(director)
        with pytest.raises(NotFound):
            write(stranger)
    reads: list[Callable[[Scope], object]] = [
        lambda who: hostings.open_hosting(platform, who, planted.hosting),
        lambda who: contracts.open_contract(platform, who, planted.contract),
        lambda who: open_clauses(platform, who, planted.contract, CLAUSES, EVERY),
        lambda who: compare_contracts(platform, who, hospitals.valley),
        lambda who: accesses_of(platform, who, planted.contract),
        lambda who: hosting_summary(platform, who, hospitals.valley),
        lambda who: contracts_summary(platform, who, hospitals.valley),
        lambda who: contracts.REGISTER.export(platform, who, hospitals.valley, "csv"),
    ]
    for read in reads:
        read(director)
        with pytest.raises(NotFound):
            read(stranger)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"supplier": " "}, "supplier"),
        ({"subject": "x" * 301}, "subject"),
        ({"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 1)}, "ends_on"),
        ({"notice_days": -1}, "notice_days"),
        ({"notice_days": 3651}, "notice_days"),
    ],
)
def test_a_contract_that_cannot_be(
    platform: Platform, hospitals: Hospitals, changes: dict[str, object], field: str
) -> None:
    draft = replace(ContractDraft("A", "B"), **changes)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refusal:
        contracts.REGISTER.add(platform, MACHINE, hospitals.valley, draft)
    assert set(refusal.value.fields) == {field}


def test_a_hosting_is_tied_to_a_contract_of_its_own_hospital(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    with pytest.raises(Invalid) as refusal:
        hostings.REGISTER.add(platform, MACHINE, hospitals.far, HostingDraft("X", contract_id=planted.contract))
    assert set(refusal.value.fields) == {"contract_id"}
    assert contracts.open_contract(platform, MACHINE, planted.contract).hostings[0].name == "DPI en mode SaaS"


def test_evidence_counts_and_what_is_filed_is_no_longer_asked_for(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    before = contracts.open_contract(platform, MACHINE, planted.contract)
    assert any("non déposé" in one.said or "not filed" in one.said for one in before.alerts)
    details = Details(EvidenceKind.CONTRACT, "Contrat Dédalis signé")
    thing = ThingRef(ThingKind.CONTRACT, str(planted.contract))
    evidence.add_evidence(platform, MACHINE, hospitals.valley, details, "https://ged.test/12", (thing,))
    after = contracts.open_contract(platform, MACHINE, planted.contract)
    assert after.proofs == 1
    assert not any("non déposé" in one.said or "not filed" in one.said for one in after.alerts)
    stolen = ThingRef(ThingKind.CONTRACT, str(planted.contract))
    with pytest.raises(Invalid):
        evidence.add_evidence(platform, MACHINE, hospitals.far, details, "https://ged.test/12", (stolen,))


@both
def test_certificates_migrations_and_notices_are_deadlines(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters, day: date
) -> None:
    lines = list_deadlines(platform, MACHINE, hospitals.valley, DeadlineFilter()).page.lines
    found = {(line.kind.value, line.due_on) for line in lines if line.kind in ("hosting", "contract")}
    assert found == {
        ("hosting", day + timedelta(days=40)),
        ("hosting", day + timedelta(days=30)),
        ("contract", day + timedelta(days=60)),
    }
    contract = contracts.open_contract(platform, MACHINE, planted.contract)
    late = replace(contract.draft, ends_on=day + timedelta(days=30))
    contracts.REGISTER.change(platform, MACHINE, planted.contract, late, 1)
    lines = list_deadlines(platform, MACHINE, hospitals.valley, DeadlineFilter()).page.lines
    assert [line.due_on for line in lines if line.kind == "contract"] == [late.ends_on]  # too late to give notice


@both
def test_an_export_read_back_changes_nothing(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    for form in ("csv", "xlsx"):
        content = hostings.REGISTER.export(platform, MACHINE, hospitals.valley, form)
        seen = hostings.REGISTER.preview(platform, MACHINE, hospitals.valley, sent_table(content))
        assert (seen.faults, seen.ignored, seen.untouched, seen.useful) == ((), (), 0, False)
        assert seen.count(Fate.SAME) == 4
        content = contracts.REGISTER.export(platform, MACHINE, hospitals.valley, form)
        read = contracts.REGISTER.preview(platform, MACHINE, hospitals.valley, sent_table(content))
        assert (read.faults, read.useful, read.count(Fate.SAME)) == ((), False, 3)


@both
def test_a_file_adds_and_changes_what_it_showed(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    text = "Hébergement;Hébergeur;HDS;Hors EEE;HDS jusqu’au\nImagerie;;oui;?;\nPACS régional;GIP;non;;\n"
    preview = hostings.REGISTER.preview(platform, ciso(hospitals), hospitals.valley, sent_table(text.encode()))
    assert preview.faults == ()
    assert preview.ignored == ("HDS jusqu’au",)
    assert [(line.name, line.fate) for line in preview.lines] == [
        ("Imagerie", Fate.CHANGED),
        ("PACS régional", Fate.NEW),
    ]
    (difference,) = preview.lines[0].differences
    assert (difference.before, difference.after) == ("", "oui")
    assert preview.untouched == 2
    hostings.REGISTER.take_in(platform, ciso(hospitals), hospitals.valley, preview.carried, preview.seen)
    after = hostings.read_register(platform, MACHINE, hospitals.valley)
    assert {one.draft.name: one.draft.hds_certified for one in after.lines}["Imagerie"] is True
    assert len(after.lines) == 4
    with pytest.raises(Refused):  # the register is no longer the one that was shown
        hostings.REGISTER.take_in(platform, ciso(hospitals), hospitals.valley, preview.carried, preview.seen)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Fournisseur;Objet;Fin\nA;B;31/02/2026\n", "Ligne 2, colonne « Fin » : une date est attendue"),
        ("Fournisseur;Objet;Critique\nA;B;peut-être\n", "« oui », « non » ou « ? » est attendu"),
        ("Fournisseur;Objet;Préavis (jours)\nA;B;trois mois\n", "un nombre entier est attendu"),
        ("Fournisseur;Objet\nA;B\na;b\n", "Ligne 3 : la même que la ligne 2"),
        ("Fournisseur;Objet\n;B\n", "Ligne 2, colonne « Fournisseur »"),
    ],
)
def test_faults_of_a_file_name_line_and_column(platform: Platform, hospitals: Hospitals, text: str, said: str) -> None:
    who = replace(MACHINE, lang="fr")
    preview = contracts.REGISTER.preview(platform, who, hospitals.valley, sent_table(text.encode()))
    assert not preview.useful
    assert said in preview.faults[0]
    with pytest.raises(Refused):
        contracts.REGISTER.take_in(platform, MACHINE, hospitals.valley, preview.carried, preview.seen)


@pytest.mark.parametrize("content", [b"", b"Fournisseur\nA\n", b"Fournisseur;Objet\n", b"a;b\n1;2\n"])
def test_a_file_that_is_no_register(platform: Platform, hospitals: Hospitals, content: bytes) -> None:
    with pytest.raises(Invalid):
        contracts.REGISTER.preview(platform, MACHINE, hospitals.valley, sent_table(content))


@pytest.mark.parametrize("carried", ["", "{", "[]", '{"headings": ["a"], "lines": [[1, ["a", "b"]]]}', "[" * 9000])
def test_what_a_page_carries_is_checked_again(carried: str) -> None:
    with pytest.raises(Invalid):
        carried_table(carried)


@both
def test_clauses_of_a_contract(platform: Platform, hospitals: Hospitals, planted: PlantedRegisters) -> None:
    view = open_clauses(platform, ciso(hospitals), planted.contract, CLAUSES, EVERY)
    states = {line.id: line.state for line in view.lines}
    assert len(states) == 118
    assert (states["O-2.3"], states["O-2.7"], states["O-7.2"]) == (
        ClauseState.COVERED,
        ClauseState.PARTLY,
        ClauseState.ABSENT,
    )
    assert (view.coverage.covered, view.coverage.lacking, view.coverage.unanswered) == (1, 2, 115)
    missing = open_clauses(platform, MACHINE, planted.contract, CLAUSES, ClauseFilter(state="to_ask"))
    assert len(missing.lines) == 117
    chapter = open_clauses(platform, MACHINE, planted.contract, CLAUSES, ClauseFilter(section="7", words="vulnérab"))
    assert {line.id for line in chapter.lines} <= {"O-7.1", "O-7.2"}
    with pytest.raises(NotFound):
        open_clauses(platform, MACHINE, planted.contract, "care-d2", EVERY)
    with platform.database.read() as session:
        rows = session.scalars(select(RequirementAnswer)).all()
        assert {row.holder for row in rows} == {f"contract:{planted.contract}"}
        told = session.scalars(select(TrailEvent).where(TrailEvent.action == "requirement.answered")).all()
        assert {event.establishment_id for event in told} == {hospitals.valley}
        assert session.get(AssessmentMark, f"establishment:{hospitals.valley}") is not None


@both
def test_two_people_reading_one_clause(platform: Platform, hospitals: Hospitals, planted: PlantedRegisters) -> None:
    (line,) = (
        one for one in open_clauses(platform, MACHINE, planted.contract, CLAUSES, EVERY).lines if one.id == "O-7.2"
    )
    again = AnswerDraft("O-7.2", AnswerVerdict.YES, note="Avenant 2", seen=line.seen)
    assert answer_clauses(platform, ciso(hospitals), planted.contract, CLAUSES, [again]) == 1
    assert answer_clauses(platform, ciso(hospitals), planted.contract, CLAUSES, [again]) == 0  # nothing new
    other = replace(again, verdict=AnswerVerdict.NO, note="Toujours pas")
    with pytest.raises(Refused):
        answer_clauses(platform, MACHINE, planted.contract, CLAUSES, [other])
    with pytest.raises(Invalid) as refusal:
        answer_clauses(platform, MACHINE, planted.contract, CLAUSES, [AnswerDraft("O-1.1", AnswerVerdict.NO)])
    assert set(refusal.value.fields) == {"note-O-1.1"}


def test_hds_is_not_asked_of_who_touches_no_health_data(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    contract = contracts.open_contract(platform, MACHINE, planted.other)
    assert set(contract.coverage) == {CLAUSES, "hds"}  # not known: still asked
    contracts.REGISTER.change(platform, MACHINE, planted.other, replace(contract.draft, health_data=False), 1)
    assert set(contracts.open_contract(platform, MACHINE, planted.other).coverage) == {CLAUSES}


@both
def test_suppliers_side_by_side(platform: Platform, hospitals: Hospitals, planted: PlantedRegisters) -> None:
    found = compare_contracts(platform, ciso(hospitals), hospitals.valley)
    assert [one.supplier for one in found.contracts] == ["Dédalis Santé", "Labexpert"]
    assert found.contracts[1].coverage[CLAUSES].rate is None
    assert {(one.id, one.count) for one in found.missed} == {("O-2.7", 1), ("O-7.2", 1)}
    summary = contracts_summary(platform, ciso(hospitals), hospitals.valley)
    assert (summary.contracts, summary.critical, summary.read, summary.lacking) == (2, 1, 0, 2)
    book = openpyxl.load_workbook(io.BytesIO(contract_clauses.comparison_xlsx(platform, MACHINE, hospitals.valley)))
    assert len(list(book[CLAUSES].rows)) == 119
    asked = ClauseFilter(state="to_ask")
    content = contract_clauses.clauses_xlsx(platform, MACHINE, planted.contract, CLAUSES, asked)
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert len(list(page.rows)) == 118
    who = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        contract_clauses.clauses_xlsx(platform, who, planted.contract, CLAUSES, asked)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Dédalis Santé", "dedalis sante", True),
        ("Dédalis", "DEDALIS SANTE SAS", True),
        ("GE", "GE", True),
        ("GE", "GE Healthcare", False),
        ("Labo", "Laborantin", False),
        ("", "", False),
    ],
)
def test_names_of_one_supplier(one: str, other: str, same: bool) -> None:
    assert same_supplier(one, other) is same


def test_remote_accesses_of_the_same_name_are_hinted(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    for supplier, equipment in (("DEDALIS SANTE", "Serveur DPI"), ("Autre", "Scanner")):
        remote_accesses.REGISTER.add(platform, MACHINE, hospitals.valley, AccessDraft(supplier, equipment))
    found = accesses_of(platform, ciso(hospitals), planted.contract)
    assert [one.what for one in found] == ["Serveur DPI"]
    assert accesses_of(platform, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), planted.contract) == ()


def test_the_page_of_governance_shows_the_registers(
    platform: Platform, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    tiles = {one.register: one for one in read_overview(platform, ciso(hospitals), place).tiles}
    assert (tiles["hosting.index"].figure, tiles["hosting.index"].tone) == ("3", "high")
    assert (tiles["contracts.index"].figure, tiles["contracts.index"].tone) == ("2", "high")
    assert (tiles["awareness.index"].figure, tiles["awareness.index"].tone) == ("–", "unsure")
    group = read_overview(platform, MACHINE, Place(Level.GHT, hospitals.ght)).tiles
    assert not {one.register for one in group} & {"hosting.index", "contracts.index", "awareness.index"}
