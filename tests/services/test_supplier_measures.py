"""What a supplier says by its link, against the lists and gateways that were reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from care.domain.access import Scope
from care.services.access_links import by_link, comparing
from care.services.access_links.by_link import SupplierReply
from care.services.platform import Platform
from care.services.remote_access.own_target import keep_audited, own_target
from care.services.remote_access.supplier_sheet import supplier_sheet
from care.store.findings import FindingRow
from scanners.archive import Archive, Manifest, read_archive, write_archive
from scanners.remote_access.facts import FORMAT, RemoteAccessFacts
from scanners.remote_access.listed import Listed, ListedAccount, ListedSession, RemoteList
from tests.support.audits import run_audit
from tests.support.clock import FixedClock
from tests.support.pdf import text_of
from tests.support.people import Hospitals
from tests.support.ports import PlannedCollect
from tests.web.access_links import PlantedLinks, add_finding, plant_access_links


@pytest.fixture
def planted(platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock) -> PlantedLinks:
    """The accounts of a list and the log of their sessions, as the audit of the register was given them."""

    def collected(_scanner: str, _request: Mapping[str, Any], out: Path, *_: object) -> Archive[Any]:
        now, today = clock.now(), clock.now().date()
        accounts = (
            ListedAccount(2, "tm_armor", "Imagerie Armor SA", enabled=True, last_login=today - timedelta(days=200)),
            ListedAccount(3, "H\\tm_oublie", "Imagerie Armor SA", enabled=True),
            ListedAccount(4, "tm_clos", "Imagerie Armor SA", enabled=False),
            ListedAccount(5, "tm_autre", "Biolab", enabled=True),
        )
        listed = Listed(
            (RemoteList("listed_accounts", "comptes.csv", ("account", "company", "enabled"), 4, 4, today),),
            accounts,
            (ListedSession(2, "H\\tm_armor", now - timedelta(days=150), source="198.51.100.9"),),
        )
        stamp = now.isoformat()
        facts = RemoteAccessFacts(now, "", "", listed=listed)
        write_archive(out, Manifest("remote_access", FORMAT.schema, "Registre", stamp, stamp, "tests"), facts)
        return read_archive(out)

    made = plant_access_links(platform, hospitals.valley)
    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = collected
    with platform.database.write() as session:
        keep_audited(session, machine, hospitals.valley, clock.now())
        target = own_target(session, hospitals.valley)
        assert target is not None
        number = target.id
    run_audit(platform, machine, number)
    return made


def lines(platform: Platform, machine: Scope, site: int, link: int) -> dict[str, str]:
    found = comparing.read_answers(platform, machine, site, link)
    scanner = next(one for one in found.accesses if one.equipment == "Scanner 2")
    return {one.asked.name: " ".join(text.fr for text in one.measured) for one in scanner.lines if one.measured}


def say(platform: Platform, planted: PlantedLinks, **answers: str) -> None:
    asked = {one.shown["equipment"]: one.answer_id for one in by_link.open_link(platform, planted.link_token).accesses}
    by_link.reply(platform, planted.link_token, SupplierReply("Paul", {asked["Scanner 2"]: answers}))


def test_answers_are_compared_with_lists_and_sessions(
    platform: Platform, machine: Scope, hospitals: Hospitals, planted: PlantedLinks
) -> None:
    say(platform, planted, accounts="tm_armor\ntm_clos\ntm_rien", sources="192.0.2.0/24", technology="modem")
    assert lines(platform, machine, hospitals.valley, planted.link) == {
        "accounts": "« tm_armor » n’a pas servi depuis le 03/10/2025. « tm_clos » est fermé (comptes.csv). "
        "« tm_rien » n’est pas dans comptes.csv.",
        "sources": "« tm_armor » est venu de 198.51.100.9 (comptes.csv).",
        "technology": "« tm_armor » est ouvert sur comptes.csv.",
    }
    found = comparing.read_answers(platform, machine, hospitals.valley, planted.link)
    assert [one.name for one in found.unsaid] == ["H\\tm_oublie"]


def test_a_supplier_that_names_no_account_leaves_none_unsaid(
    platform: Platform, machine: Scope, hospitals: Hospitals, planted: PlantedLinks
) -> None:
    say(platform, planted, second_factor="yes")
    assert comparing.read_answers(platform, machine, hospitals.valley, planted.link).unsaid == ()


def test_reports_that_do_not_come_belie_the_clause(
    platform: Platform, machine: Scope, hospitals: Hospitals, planted: PlantedLinks
) -> None:
    number = add_finding(platform, hospitals.valley, "remote_access.intervention_without_report", "ticket/INT-7")
    other = add_finding(platform, hospitals.valley, "remote_access.intervention_without_report", "ticket/INT-8")

    with platform.database.write() as session:
        session.get_one(FindingRow, number).evidence = {"supplier": "IMAGERIE ARMOR SA"}
        session.get_one(FindingRow, other).evidence = {"supplier": "Biolab"}
    say(platform, planted, report_clause="yes")
    found = comparing.read_answers(platform, machine, hospitals.valley, planted.link)
    (line,) = [one for access in found.accesses for one in access.lines if one.asked.name == "report_clause"]
    assert [one.finding_id for one in line.against] == [number]


def test_the_sheet_tells_the_supplier_what_does_not_agree(
    platform: Platform, machine: Scope, hospitals: Hospitals, planted: PlantedLinks
) -> None:
    say(platform, planted, accounts="tm_armor", sources="192.0.2.0/24", second_factor="yes")
    text = " ".join(text_of(supplier_sheet(platform, machine, planted.scanner_access)[1]).split())
    assert "VOS RÉPONSES QUI NE CONCORDENT PAS AVEC NOS MESURES" in text
    assert "« tm_armor » est venu de 198.51.100.9" in text
    assert "que vous ne citez pas : H\\tm_oublie (comptes.csv)" in text
    assert "tm_autre" not in text
    say(platform, planted, attested_on="2026-02-03")
    text = " ".join(text_of(supplier_sheet(platform, machine, planted.scanner_access)[1]).split())
    assert "NE CONCORDENT PAS" not in text
