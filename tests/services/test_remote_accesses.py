"""The register of remote accesses: review order, files shown before they change it and undone, its audit, cuts."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter
from pypdf import PdfReader
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.access_links import LinkKind
from care.domain.findings import State
from care.domain.remote_access import Service, Technology
from care.services import audits, contracts
from care.services.contracts import ContractDraft
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.findings import FindingFilter, list_findings
from care.services.pack_content import gather
from care.services.platform import Platform
from care.services.register_files import Fate, sent_table
from care.services.remote_access import cutting, reading
from care.services.remote_access.cutting import print_cuts
from care.services.remote_access.handing import handed_over, left_to_register
from care.services.remote_access.own_audit import ask_check
from care.services.remote_access.own_target import own_target
from care.services.remote_access.reading import AccessFilter
from care.services.remote_access.register import REGISTER, AccessDraft, cleaned
from care.services.remote_access.supplier_sheet import supplier_sheet
from care.services.supplier_accesses import accesses_of
from care.services.targets import list_targets
from care.services.work import Hold
from care.store.access_links import AccessAnswer, AccessLink
from care.store.findings import FindingRow
from care.store.governance import RegisterImport
from care.store.jobs import Schedule
from care.store.registry import Establishment
from care.store.remote_access import RemoteAccess
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from care.store.trail import TrailEvent
from scanners.collect import Context
from scanners.collection import collect_to
from scanners.model import Severity, Status
from scanners.remote_access.collect import Request, collect, target_name
from scanners.remote_access.facts import RemoteAccessFacts
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.pdf import text_of
from tests.support.people import MACHINE, Hospitals, person
from tests.web.access_links import add_finding
from tests.web.registers import plant_registers
from tests.web.remote_accesses import PlantedAccesses, plant_accesses

both = pytest.mark.both_databases
FRENCH, ENGLISH = replace(MACHINE, lang="fr"), replace(MACHINE, lang="en")


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


@pytest.fixture
def day(clock: FixedClock) -> date:
    return clock.now().date()


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedAccesses:
    contract = plant_registers(platform, hospitals.valley).contract
    return plant_accesses(platform, hospitals.valley, contract)


@both
def test_the_worst_door_comes_first(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    register = reading.read_accesses(platform, ciso(hospitals), hospitals.valley)
    assert [(one.id, one.rank.score) for one in register.page.lines] == [
        (planted.unknown, 16),
        (planted.bad, 16),
        (planted.good, 3),
    ]
    assert [one.id for one in register.ended] == [planted.over]
    assert (register.lines, register.first, register.without_factor) == (3, 2, 2)
    assert (register.uncuttable, register.late_review) == (2, 2)
    assert register.page.lines[0].assumed == ("la criticité de l’équipement", "la technologie")
    found = reading.read_accesses(platform, MACHINE, hospitals.valley, AccessFilter("biologie labo"))
    assert [one.id for one in found.page.lines] == [planted.bad]


@both
def test_a_page_says_what_its_audit_would(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    good = reading.open_access(platform, MACHINE, planted.good)
    assert (good.lacks, good.worst, good.contract) == ((), None, "Dédalis Santé – Maintenance du dossier patient")
    bad = reading.open_access(platform, MACHINE, planted.bad)
    assert {"remote_access.register_ended", "remote_access.register_tunnel"} <= {one.rule for one in bad.lacks}
    assert bad.worst is Severity.HIGH
    assert bad.over
    assert reading.open_access(platform, MACHINE, planted.over).lacks == ()


@both
def test_who_may_do_what(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    draft, file = AccessDraft("X", "Y"), sent_table(b"Fournisseur;Equipement\nA;B\n")
    writes: list[Any] = [
        lambda who: REGISTER.add(platform, who, hospitals.valley, draft),
        lambda who: REGISTER.change(platform, who, planted.good, draft, 1),
        lambda who: REGISTER.close(platform, who, planted.good, None, 1),
        lambda who: REGISTER.preview(platform, who, hospitals.valley, file),
        lambda who: REGISTER.undo_import(platform, who, hospitals.valley, 1),
        lambda who: ask_check(platform, who, hospitals.valley),
    ]
    reads: list[Any] = [
        lambda who: reading.read_accesses(platform, who, hospitals.valley),
        lambda who: reading.open_access(platform, who, planted.good),
        lambda who: REGISTER.export(platform, who, hospitals.valley, "csv"),
        lambda who: print_cuts(platform, who, hospitals.valley),
        lambda who: supplier_sheet(platform, who, planted.bad),
    ]
    for write in writes:
        with pytest.raises(Forbidden):
            write(director)
        with pytest.raises(NotFound):
            write(stranger)
    for read in reads:
        read(director)
        with pytest.raises(NotFound):
            read(stranger)
        with pytest.raises((Forbidden, NotFound)):
            read(visitor)
    assert REGISTER.last_import(platform, director, hospitals.valley) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"supplier": " "}, "supplier"),
        ({"equipment": "x" * 301}, "equipment"),
        ({"owner_email": "pas une adresse"}, "owner_email"),
        ({"criticality": 5}, "criticality"),
        ({"criticality": 0}, "criticality"),
        ({"level": 3}, "level"),
        ({"trace_days": -1}, "trace_days"),
        ({"trace_days": 36_501}, "trace_days"),
        ({"sources": ("203.0.113.0/28", "vpn.fournisseur.fr")}, "sources"),
        ({"accounts": tuple(f"a{number}" for number in range(51))}, "accounts"),
        ({"accounts": ("x" * 101,)}, "accounts"),
        ({"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 1)}, "ends_on"),
        ({"reviewed_on": date(2026, 1, 2)}, "reviewed_on"),
        ({"attested_on": date(2026, 1, 2)}, "attested_on"),
    ],
)
def test_an_access_that_cannot_be(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        cleaned(replace(AccessDraft("A", "B"), **changes), date(2026, 1, 1))
    assert set(refusal.value.fields) == {field}


def test_yes_under_gateway_speaks_of_a_dedicated_one() -> None:
    on = date(2026, 1, 1)
    said = cleaned(AccessDraft("A", "B", gateway=" Oui "), on)
    assert (said.gateway, said.dedicated_gateway) == ("", True)
    named = cleaned(AccessDraft("A", "B", gateway="WALLIX", accounts=("a ", "a", "b")), on)
    assert (named.gateway, named.dedicated_gateway, named.accounts) == ("WALLIX", None, ("a", "b"))


def test_an_access_is_tied_to_a_contract_of_its_own_hospital(platform: Platform, hospitals: Hospitals) -> None:
    contract = contracts.REGISTER.add(platform, MACHINE, hospitals.far, ContractDraft("A", "B"))
    with pytest.raises(Invalid) as refusal:
        REGISTER.add(platform, MACHINE, hospitals.valley, AccessDraft("A", "B", contract_id=contract))
    assert set(refusal.value.fields) == {"contract_id"}


# Files


@both
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_read_back_changes_nothing(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses, form: str
) -> None:
    for who in (ENGLISH, FRENCH):
        content = REGISTER.export(platform, who, hospitals.valley, form)
        seen = REGISTER.preview(platform, who, hospitals.valley, sent_table(content))
        assert (seen.faults, seen.ignored, seen.untouched, seen.useful) == ((), (), 0, False)
        assert seen.count(Fate.SAME) == 4


def test_a_register_as_hospitals_keep_it(platform: Platform, hospitals: Hospitals) -> None:
    text = (
        "Prestataire;Application;Référent;Mode d’accès;Passerelle;Comptes;MFA;Palier;PAS;Durée de conservation;"
        "Criticité;Type de service;Inconnue\n"
        "Medimage;IRM 3T;Dr Lefèvre;VPN SSL;oui;tm_a, tm_b;?;Palier 2;15/01/2024;13 mois;forte;télémaintenance;z\n"
    )
    seen = REGISTER.preview(platform, FRENCH, hospitals.valley, sent_table(text.encode("cp1252")))
    assert (seen.faults, seen.ignored) == ((), ("Inconnue",))
    assert seen.lines[0].draft == AccessDraft(
        "Medimage", "IRM 3T", owner="Dr Lefèvre", technology=Technology.TLS_VPN, dedicated_gateway=True,
        accounts=("tm_a", "tm_b"), level=2, security_plan_on=date(2024, 1, 15), trace_days=395, criticality=3,
        service=Service.MAINTENANCE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("Technologie", "VPN", "« VPN IPsec »"),
        ("Criticité", "5", "un de ces mots est attendu"),
        ("Adresses admises", "partout", "« partout » n’est ni une adresse ni un réseau"),
        ("Conservation des traces", "longtemps", "une durée est attendue"),
        ("Fin", "31/02/2026", "une date est attendue"),
        ("Courriel du responsable", "x", "mal écrite"),
    ],
)
def test_faults_of_a_file_name_line_and_column(
    platform: Platform, hospitals: Hospitals, column: str, cell: str, said: str
) -> None:
    text = f"Fournisseur;Équipement;{column}\nA;B;{cell}\n"
    seen = REGISTER.preview(platform, FRENCH, hospitals.valley, sent_table(text.encode()))
    assert seen.faults[0].startswith("Ligne 2, colonne « ")
    assert said in seen.faults[0]
    assert not seen.useful


def take_in(platform: Platform, scope: Scope, establishment_id: int, text: str) -> None:
    seen = REGISTER.preview(platform, scope, establishment_id, sent_table(text.encode()))
    assert seen.faults == ()
    REGISTER.take_in(platform, scope, establishment_id, seen.carried, seen.seen)


CHANGES = (
    "Fournisseur;Équipement;Responsable;Comptes;Fin;Criticité;Second facteur\n"
    "LaboTech;Automate de biologie;Mme Côté;tm_labo;31/12/2027;2;oui\n"
    "Medimage;IRM 3T;Dr Lefèvre;tm_irm;;4;\n"
)


@both
def test_an_import_undone_puts_everything_back(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses
) -> None:
    here = hospitals.valley

    def everything() -> dict[int, AccessDraft]:
        with platform.database.read() as session:
            return {row.id: REGISTER.draft_of(row) for row in session.scalars(select(RemoteAccess))}

    before = everything()
    take_in(platform, ciso(hospitals), here, CHANGES)
    after = everything()
    assert len(after) == len(before) + 1
    assert after[planted.bad].accounts == ("tm_labo",)
    last = REGISTER.last_import(platform, ciso(hospitals), here)
    assert last is not None
    assert (last.added, last.changed) == (1, 1)
    REGISTER.undo_import(platform, ciso(hospitals), here, last.number)
    assert everything() == before
    assert REGISTER.last_import(platform, MACHINE, here) is None
    with pytest.raises(Refused, match="no longer the last"):
        REGISTER.undo_import(platform, MACHINE, here, last.number)
    with platform.database.read() as session:
        told = session.scalars(select(TrailEvent.action).where(TrailEvent.thing_kind == "remote_access_register"))
        assert list(told) == ["remote_access.imported", "remote_access.import_undone"]


@both
def test_an_import_that_somebody_followed_is_not_undone(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses
) -> None:
    take_in(platform, MACHINE, hospitals.valley, CHANGES)
    view = reading.open_access(platform, MACHINE, planted.bad)
    later = replace(view.draft, owner="M. Petit")
    REGISTER.change(platform, ciso(hospitals), planted.bad, later, view.version)
    last = REGISTER.last_import(platform, MACHINE, hospitals.valley)
    assert last is not None
    with pytest.raises(Refused) as refusal:
        REGISTER.undo_import(platform, MACHINE, hospitals.valley, last.number)
    assert "« LaboTech – Automate de biologie »" in refusal.value.text.fr
    assert ciso(hospitals).actor in refusal.value.text.fr
    assert reading.open_access(platform, MACHINE, planted.bad).draft.owner == "M. Petit"
    assert REGISTER.last_import(platform, MACHINE, hospitals.valley) == last  # it may still be, once put right


def test_only_the_last_import_is_kept(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    take_in(platform, MACHINE, hospitals.valley, CHANGES)
    first = REGISTER.last_import(platform, MACHINE, hospitals.valley)
    take_in(platform, MACHINE, hospitals.valley, CHANGES.replace("Dr Lefèvre", "Dr Née"))
    last = REGISTER.last_import(platform, MACHINE, hospitals.valley)
    assert first is not None
    assert last is not None
    assert (last.added, last.changed) == (0, 1)
    assert (first.number, last.number) == (1, 2)
    take_in(platform, MACHINE, hospitals.valley, CHANGES.replace("Dr Lefèvre", "Dr Née"))  # changes nothing
    assert REGISTER.last_import(platform, MACHINE, hospitals.valley) == last
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RegisterImport)) == 1
    with pytest.raises(Refused):
        REGISTER.undo_import(platform, MACHINE, hospitals.far, last.number)


# Its audit


@both
def test_the_first_line_makes_the_audit_of_every_night(platform: Platform, hospitals: Hospitals) -> None:
    with pytest.raises(Refused, match="no open access"):
        ask_check(platform, MACHINE, hospitals.valley)
    take_in(platform, MACHINE, hospitals.valley, CHANGES)
    REGISTER.add(platform, MACHINE, hospitals.valley, AccessDraft("A", "B"))
    with platform.database.read() as session:
        target = own_target(session, hospitals.valley)
        assert target is not None
        crons = session.scalars(select(Schedule.cron).where(Schedule.target_id == target.id))
        assert list(crons) == ["40 4 * * *"]
        assert own_target(session, hospitals.far) is None
    assert list_targets(platform, MACHINE, hospitals.valley) == ()  # nobody described it
    started = ask_check(platform, ciso(hospitals), hospitals.valley)
    assert started is not None


def facts_of(platform: Platform, establishment_id: int, request: dict[str, Any]) -> RemoteAccessFacts:
    """What the collector makes of a request, that reaches it as JSON."""
    with platform.database.read() as session:
        given = handed_over(platform, session, establishment_id, request)
    asked = TypeAdapter(Request).validate_python(json.loads(json.dumps(given)))
    return collect(asked, Context({}, lambda _share, _text: None, platform.clock.now()))


@both
def test_an_audit_of_the_register_alone(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    facts = facts_of(platform, hospitals.valley, {})
    assert facts.register is not None
    assert (facts.gateway, facts.gaps, facts.register_apart) == ("", (), False)
    rows = {row.line: row for row in facts.register.rows}
    assert set(rows) == {planted.good, planted.bad, planted.unknown}
    assert rows[planted.good].technology == "Bastion (WALLIX 12)"
    assert rows[planted.good].contract == "Dédalis Santé – Maintenance du dossier patient"
    assert rows[planted.good].clauses == {"O-9.7": "unanswered", "O-9.13": "unanswered"}
    assert target_name(Request(register=facts.register)) == "Registre des accès distants"


def test_two_accesses_alike_are_two_subjects(platform: Platform, hospitals: Hospitals) -> None:
    numbers = [REGISTER.add(platform, MACHINE, hospitals.valley, AccessDraft("A", "IRM")) for _ in range(2)]
    facts = facts_of(platform, hospitals.valley, {})
    assert facts.register is not None
    assert [row.equipment for row in facts.register.rows] == [f"IRM (n° {number})" for number in numbers]


def test_an_empty_register_is_no_pass(platform: Platform, hospitals: Hospitals) -> None:
    facts = facts_of(platform, hospitals.valley, {})
    assert [gap.section for gap in facts.gaps] == ["register"]


@both
def test_a_bastion_compares_and_leaves_the_register_to_its_own_audit(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses
) -> None:
    with platform.database.read() as session:
        given = handed_over(platform, session, hospitals.valley, {"bastion": "audit@192.0.2.1"})
        assert given["register_apart"] is True
        assert handed_over(platform, session, hospitals.far, {"bastion": "audit@192.0.2.1"}) == {}
    apart = RemoteAccessFacts(platform.clock.now(), "192.0.2.1", "audit", register_apart=True)
    left = left_to_register(apart)
    assert "remote_access.register_review" in left
    assert "remote_access.unregistered_account" not in left
    assert all(one.conclusive and not one.seen for one in left.values())
    assert left_to_register(replace(apart, register_apart=False)) == {}
    assert left_to_register(replace(apart, gateway="")) == {}
    assert left_to_register(None) == {}


# Cuts, sheet, deadlines, contracts


@both
def test_the_list_of_cuts(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    text = text_of(print_cuts(platform, FRENCH, hospitals.valley))
    assert text.index("Ascenseurs du Nord") < text.index("LaboTech") < text.index("Dédalis Santé")
    assert "TeamViewer" in text
    assert "Astreinte DSI" in text
    assert "personne désignée : à nommer" in text
    assert "3 accès, dont 2 sans personne ou sans geste pour les couper" in text
    assert "Aucun bastion n’a été audité" in text
    assert "Scanner 2012" not in text


def add_bastion(platform: Platform, establishment_id: int, name: str, status: Status | None) -> None:
    """A bastion of the establishment, audited now and compared with the register unless `status` is None."""
    now = platform.clock.now()
    asked = {"establishment_id": establishment_id, "scanner": "remote_access"}
    request = {"bastion": f"audit@{name}"}
    with platform.database.write() as session:
        target = Target(**asked, name=name, request=request, created_at=now, created_by="t", changed_at=now)
        session.add(target)
        session.flush()
        if status is None:
            return
        run = Run(
            **asked, target_id=target.id, asked_at=now, asked_by="t", collected_from=now, collected_to=now,
            recorded_at=now, complete=True,
        )  # fmt: skip
        session.add(run)
        session.flush()
        said = {"status": status, "conclusive": True, "severity": Severity.HIGH, "reason_fr": "", "reason_en": ""}
        session.add(
            RuleOutcome(run_id=run.id, rule="remote_access.unregistered_account", population=3, findings=0, **said)
        )


@both
def test_a_bastion_that_no_audit_compared_is_named_beside_the_others(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses
) -> None:
    add_bastion(platform, hospitals.valley, "bastion-a", Status.PASSED)
    add_bastion(platform, hospitals.valley, "bastion-b", None)
    add_bastion(platform, hospitals.hill, "bastion-c", None)
    text = text_of(print_cuts(platform, FRENCH, hospitals.valley))
    assert "tous ses comptes sont au registre" in text
    assert "« bastion-b », sans audit abouti" in text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "bastion-c" not in text


@both
def test_accounts_that_no_line_cuts_are_on_the_list(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses
) -> None:
    add_finding(platform, hospitals.valley, "remote_access.listed_unregistered", "vpn/tm_passage")
    add_finding(platform, hospitals.valley, "remote_access.unregistered_account", "bastion.test/tm_vieux")
    add_finding(platform, hospitals.valley, "remote_access.listed_to_close", "vpn/tm_ancien")
    fixed = add_finding(platform, hospitals.valley, "remote_access.listed_unregistered", "vpn/tm_parti")
    add_finding(platform, hospitals.hill, "remote_access.listed_unregistered", "vpn/tm_ailleurs")
    with platform.database.write() as session:
        session.get_one(FindingRow, fixed).state = State.FIXED
        session.flush()
        place = session.get_one(Establishment, hospitals.valley)
        lines = gather(platform, session, place, "fr").pack.cuts[3:]
    assert [(one.supplier, one.access, one.lost) for one in lines] == [
        ("fournisseur inconnu", "compte ouvert d’un accès clos ou à fermer · tm_ancien", True),
        ("fournisseur inconnu", "compte VPN hors du registre · tm_passage", True),
        ("fournisseur inconnu", "compte de bastion hors du registre · tm_vieux · bastion.test", True),
    ]
    text = text_of(print_cuts(platform, FRENCH, hospitals.valley))
    assert "tm_passage" in text
    assert "tm_parti" not in text
    assert "tm_ailleurs" not in text
    assert text.count("À PRÉPARER") == 5, "these three, and the two lines that nobody could cut"
    assert "Aucune liste des comptes du VPN n’a été comparée au registre" in text


@both
def test_the_list_of_cuts_is_worked_through_by_hand(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "MOST_OUTSIDE", 2)
    for number in range(4):
        add_finding(platform, hospitals.valley, "remote_access.listed_unregistered", f"vpn/tm_{number}")
    text = text_of(print_cuts(platform, FRENCH, hospitals.valley))
    assert "tm_1" in text
    assert "tm_2" not in text
    assert "2 autres comptes hors du registre" in text


@both
def test_the_crisis_pack_holds_the_register(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    with platform.database.read() as session:
        place = session.get_one(Establishment, hospitals.valley)
        pack = gather(platform, session, place, "fr").pack
    assert [line.supplier for line in pack.cuts] == ["Ascenseurs du Nord", "LaboTech", "Dédalis Santé"]
    assert "non encore mesuré" not in pack.cuts_note


@both
def test_what_a_supplier_is_asked(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    REGISTER.add(
        platform, MACHINE, hospitals.valley, AccessDraft("labotech", "Congélateurs", technology=Technology.MODEM)
    )
    name, content = supplier_sheet(platform, FRENCH, planted.bad)
    text = text_of(content)
    assert name == f"fiche-fournisseur-{planted.bad}.pdf"
    assert "1. Automate de biologie" in text
    assert "2. Congélateurs" in text
    assert "Un second facteur pour chaque personne qui se connecte" in text
    assert "Dédalis" not in text
    assert "couper" not in text  # that is for the hospital
    text = text_of(supplier_sheet(platform, FRENCH, planted.good)[1])
    assert "Rien à demander" in text
    assert "O-7.2" in text  # absent from its contract
    assert len(PdfReader(io.BytesIO(content)).pages) == 1


@both
def test_reviews_and_ends_are_deadlines(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses, day: date
) -> None:
    lines = list_deadlines(platform, MACHINE, hospitals.valley, DeadlineFilter()).page.lines
    found = {(line.title, line.due_on) for line in lines if line.kind == "remote_access"}
    assert found == {
        ("Accès distant à revoir : Dédalis Santé – Serveur du dossier patient", day + timedelta(days=25)),
        ("Accès distants : prochaine revue", day + timedelta(days=90)),
        ("Fin de l’accès distant : LaboTech – Automate de biologie", day - timedelta(days=10)),
    }


@both
def test_a_contract_shows_its_accesses(platform: Platform, hospitals: Hospitals, planted: PlantedAccesses) -> None:
    contract = reading.open_access(platform, MACHINE, planted.good).draft.contract_id
    assert contract is not None
    REGISTER.add(platform, MACHINE, hospitals.valley, AccessDraft("DEDALIS SANTE", "Messagerie"))
    found = accesses_of(platform, ciso(hospitals), contract)
    assert [(one.what, one.tied) for one in found] == [("Serveur du dossier patient", True), ("Messagerie", False)]


@both
def test_an_import_that_a_supplier_was_asked_about_is_not_undone(platform: Platform, hospitals: Hospitals) -> None:
    take_in(platform, MACHINE, hospitals.valley, CHANGES)
    now = platform.clock.now()
    with platform.database.write() as session:
        access = session.scalars(select(RemoteAccess).order_by(RemoteAccess.id)).first()
        assert access is not None
        link = AccessLink(
            establishment_id=hospitals.valley, kind=LinkKind.SUPPLIER, name="LaboTech", token_hash="x", created_at=now,
            created_by="A", expires_at=now,
        )  # fmt: skip
        session.add(link)
        session.flush()
        session.add(AccessAnswer(link_id=link.id, access_id=access.id, shown={}, said={}))
    with pytest.raises(Refused, match="is in use elsewhere"):
        REGISTER.undo_import(platform, MACHINE, hospitals.valley, 1)
    assert REGISTER.last_import(platform, MACHINE, hospitals.valley) is not None


def test_the_night_finds_what_a_line_lacks_and_closes_it_once_corrected(
    platform: Platform, hospitals: Hospitals, planted: PlantedAccesses
) -> None:
    real = replace(platform, collect=collect_to)

    def audited() -> set[str]:
        started = ask_check(real, MACHINE, hospitals.valley)
        assert started is not None
        audits.audit(real, Hold(real, claimed(real)))
        wanted = FindingFilter(rule="remote_access.register_emergency_cut", states=(State.OPEN,))
        return {one.subject for one in list_findings(real, MACHINE, hospitals.valley, wanted).page.lines}

    assert audited() == {"Ascenseurs du Nord/Ascenseurs", "LaboTech/Automate de biologie"}
    view = reading.open_access(real, MACHINE, planted.bad)
    REGISTER.change(real, MACHINE, planted.bad, replace(view.draft, emergency_contact="Astreinte"), view.version)
    assert audited() == {"Ascenseurs du Nord/Ascenseurs"}
