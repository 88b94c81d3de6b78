"""Foreign lists are read whole or refused with file and line, reconciled by name and serial, in bounded memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.collect import Context
from scanners.errors import CollectError
from scanners.exchange import Directory, Machine
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile
from scanners.model import Gap, Status, Text
from scanners.result import rules_of
from scanners.runner import run_rules
from scanners.workstations import collect as collector
from scanners.workstations.collect import Request, collect, target_name
from scanners.workstations.facts import NEVER, NO, UNKNOWN, YES, WorkstationFacts, day_text

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)

GLPI = """\
"Nom";"Type";"Numéro de série";"Système d'exploitation - Nom";"Système d'exploitation - Version";"Dernier correctif"
"pc-urg-0001";"Ordinateur portable";"SN1";"Microsoft Windows 11 Entreprise";"10.0.26100";"03/03/2026"
"PC-URG-0002";"Ordinateur de bureau";"SN2";"Microsoft Windows 10 Professionnel";"10.0.19045";"2026-01-02 10:00"
"SRV-DPI01.hopital.test";"Serveur";"SN3";"Microsoft Windows Server 2019";"10.0.17763";""
"""
INTUNE = """\
Device name,OS,OS version,Serial number,Encrypted,Last update
PC-URG-0001,Windows 11 Enterprise,10.0.26100,SN1,True,2026-03-03T10:11:12Z
PC-URG-0002,Windows 10 Pro,10.0.19045,SN2,False,
"""
SCCM = (
    "sep=\t\nName\tOperating System\tBuild Number\tSerialNumber\r\nPC-URG-0001\tWindows 11 Enterprise\t26100\tSN1\r\n"
)
CONSOLE = """\
Hostname,Last Seen,Serial Number
PC-URG-0001,2026-03-09,SN1
RENOMME,2026-02-01 08:00:00,SN2
"""


def context() -> Context:
    return Context({}, lambda _share, _text: None, NOW)


def collected(**request: Any) -> WorkstationFacts:
    return collect(Request(**request), context())


def row(facts: WorkstationFacts, name: str) -> dict[str, Any]:
    place = facts.machines.names(facts.machines.name != b"").index(name)
    return {column: getattr(facts.machines, column)[place].item() for column in vars(facts.machines)}


@pytest.mark.parametrize(("text", "lines"), [(GLPI, 3), (INTUNE, 2), (SCCM, 1)])
def test_three_inventories_are_read_as_exported(text: str, lines: int) -> None:
    facts = collected(inventory_csv=text)
    assert facts.gaps == ()
    source = facts.source("inventory")
    assert source is not None
    assert source.lines == lines
    first = row(facts, "PC-URG-0001")
    assert facts.background.systems[first["system"]].name.endswith(("11 Entreprise", "11 Enterprise"))
    assert first["inventory"]


def test_glpi_columns_are_understood() -> None:
    facts = collected(inventory_csv=GLPI)
    portable, bureau, server = (row(facts, name) for name in ("PC-URG-0001", "PC-URG-0002", "SRV-DPI01"))
    assert day_text(portable["patched"]) == "2026-03-03"
    assert day_text(bureau["patched"]) == "2026-01-02"
    assert server["patched"] == NEVER
    assert (portable["laptop"], bureau["laptop"], server["server"]) == (YES, NO, YES)
    assert portable["encrypted"] == UNKNOWN


def test_an_agent_under_another_name_is_found_by_its_serial() -> None:
    facts = collected(inventory_csv=GLPI, edr_csv=CONSOLE)
    assert row(facts, "PC-URG-0002")["edr"]
    assert len(facts.machines) == 3


def test_nothing_given_is_refused() -> None:
    with pytest.raises(CollectError, match="Nothing to look at"):
        collected(inventory_csv="")


def test_a_doubtful_file_is_refused_under_its_name() -> None:
    with pytest.raises(CollectError) as refusal:
        collected(inventory_csv="Nom;OS\nA;B\nC;D;E;F\n", inventory_name="glpi.csv")
    assert "glpi.csv est refusé : ligne 3" in refusal.value.text.fr


def test_lists_given_by_path_hold_over_texts(tmp_path: Path) -> None:
    brought = tmp_path / "brought"
    brought.write_text(GLPI.replace('"Nom"', '"Actif"'), encoding="cp1252")
    file = ListFile(ListKind.INVENTORY, "parc.csv", str(brought), {"name": "Actif"})
    facts = collected(lists=(file,), inventory_csv=INTUNE, edr_csv=CONSOLE)
    source = facts.source("inventory")
    assert source is not None
    assert (source.name, source.lines, source.columns) == ("parc.csv", 3, ("name",))
    assert row(facts, "PC-URG-0001")["edr"]


def test_what_is_not_understood_is_a_gap_with_its_first_line() -> None:
    lines = (
        "Nom;Dernier correctif;Chiffré",
        "PC-1;2026-03-01;oui",
        "PC-2;hier;oui",
        "=1+1;31/02/2026;peut-être",
        "PC-3;12/31/2025;",
    )
    text = "\n".join(lines)
    facts = collected(inventory_csv=text, inventory_name="glpi.csv")
    reasons = [gap.reason.fr for gap in facts.gaps]
    assert all(gap.section == "inventory" and gap.truncated for gap in facts.gaps)
    assert reasons == [
        "glpi.csv, ligne 4 : 1 valeur(s) de la colonne « nom » non comprises, corrigez-les.",
        "glpi.csv, ligne 3 : 3 valeur(s) de la colonne « dernier correctif » non comprises, corrigez-les.",
        "glpi.csv, ligne 4 : 1 valeur(s) de la colonne « chiffré » non comprises, corrigez-les.",
    ]
    assert len(facts.machines) == 3


# ---------------------------------------------------------------- directory, answers, whole collection


def machine(name: str, **changes: Any) -> Machine:
    values: dict[str, Any] = {
        "sid": "S-1-5-21-1",
        "operating_system": "Windows 11 Entreprise",
        "operating_system_version": "10.0 (26100)",
        "enabled": True,
        "server": False,
        "created": NOW - timedelta(days=300),
        "last_logon": NOW - timedelta(days=2),
        "password_set": NOW,
        "laps_expires": NOW + timedelta(days=20),
    }
    return Machine(name=name, **{**values, **changes})


def directory(*machines: Machine, gaps: tuple[Gap, ...] = ()) -> Directory:
    return Directory("hopital.test", "HOPITAL", NOW, machines, True, frozenset(), None, gaps)


@pytest.fixture
def given_directory(monkeypatch: pytest.MonkeyPatch) -> Any:
    def give(*machines: Machine, gaps: tuple[Gap, ...] = ()) -> None:
        monkeypatch.setattr(collector, "read_directory", lambda _path: directory(*machines, gaps=gaps))

    return give


def test_lists_are_reconciled_with_the_directory(given_directory: Any) -> None:
    given_directory(machine("PC-URG-0001"), machine("PC-ACCUEIL-URGE"), machine("DC1", server=True, controller=True))
    inventory = "Nom;Type\npc-urg-0001;Portable\nPC-ACCUEIL-URGENCES-12;Bureau\nBORNE-7;Bureau\n"
    facts = collected(directory_archive="ad.care", inventory_csv=inventory)
    assert facts.machines.names(facts.machines.directory) == ["DC1", "PC-ACCUEIL-URGE", "PC-URG-0001"]
    assert facts.machines.names(facts.machines.inventory) == ["BORNE-7", "PC-ACCUEIL-URGE", "PC-URG-0001"]
    assert row(facts, "DC1")["controller"]
    assert row(facts, "PC-URG-0001")["laptop"] == YES
    assert row(facts, "BORNE-7")["server"] == NO


def test_gaps_of_the_directory_follow(given_directory: Any) -> None:
    text = Text("Lu en partie.", "Read in part.")
    given_directory(machine("PC-1"), gaps=(Gap("domain", text, True), Gap("schema", text), Gap("dns", text)))
    assert [(gap.section, gap.truncated) for gap in collected(directory_archive="x").gaps] == [
        ("directory", True),
        ("laps", False),
    ]


def test_every_rule_gets_an_outcome_on_a_whole_collection(given_directory: Any) -> None:
    given_directory(machine("PC-URG-0001"), machine("PC-URG-0002"))
    facts = collected(
        directory_archive="ad.care",
        inventory_csv=GLPI,
        edr_csv=CONSOLE,
        answers={"establishment": "CH", "isolated": ["pc-urg-0002"], "log_retention_days": 200},
        settings={"log_retention_days": 180},
    )
    found = {
        outcome.rule.id.partition(".")[2]: outcome.status for outcome in run_rules(rules_of("workstations"), facts)
    }
    assert Status.ERROR not in found.values()
    assert found["log_retention"] is Status.PASSED
    assert found["obsolete_not_isolated"] is Status.PASSED
    assert found["edr_silent"] is Status.FAILED


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ({"bouton": True}, "bouton"),
        ({"log_retention_days": "un an"}, "log_retention_days"),
        ({"local_firewall": {"value": True, "date": "15/01/2026"}}, "local_firewall.date"),
        ({"log_sources": ["imprimantes"]}, "log_sources.0"),
        ({"local_firewall": True}, "local_firewall"),
    ],
)
def test_faulty_answers_are_refused_with_their_place(answers: dict[str, Any], place: str) -> None:
    with pytest.raises(CollectError) as refusal:
        collected(answers=answers, answers_name="reponses.yaml")
    assert f"reponses.yaml est refusé : {place} :" in refusal.value.text.fr


@pytest.mark.parametrize("settings", [{"stale_dayz": 3}, {"stale_days": -1}, 5, ["stale_days"]])
def test_faulty_settings_are_refused(settings: Any) -> None:
    with pytest.raises(CollectError) as refusal:
        collected(answers={"settings": settings, "log_retention_days": 1}, answers_name="reponses.yaml")
    assert "reponses.yaml, settings est refusé" in refusal.value.text.fr


def test_what_the_platform_declares_comes_before_the_file_and_is_enough() -> None:
    told = {"log_retention_days": 90, "local_firewall": {"value": True, "date": "2026-03-02", "comment": ""}}
    both = collected(answers={"log_retention_days": 400, "session_lock_minutes": 10}, declared=told).background.answers
    assert (both.log_retention_days, both.session_lock_minutes) == (90, 10)
    alone = collected(declared=told)
    assert alone.background.answers.local_firewall is not None
    assert len(alone.machines) == 0


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        ({"declared": {"establishment": "CH"}}, "CH"),
        ({"declared": {"establishment": "CH"}, "answers": {"establishment": "Site Nord"}}, "Site Nord"),
    ],
)
def test_findings_are_named_after_the_file_then_the_establishment(request_: dict[str, Any], place: str) -> None:
    assert collected(**request_).place == place


def test_settings_of_the_answers_hold_unless_the_request_says_otherwise() -> None:
    answers = {"settings": {"stale_days": 60, "patch_days": 15}}
    held = collected(answers=answers, settings={"patch_days": 45}).background.settings
    assert (held.stale_days, held.patch_days, held.edr_silent_days) == (60, 45, 7)


def test_the_target_is_the_establishment_or_the_first_file() -> None:
    assert target_name(Request(answers={"establishment": "CH"}, directory_archive="/x/ad.care")) == "CH"
    assert target_name(Request(directory_archive="/x/ad.care")) == "ad.care"
    assert target_name(Request(edr_csv="a", edr_name="e.csv")) == "e.csv"


def test_the_documented_examples_are_accepted() -> None:
    from scanners.read_yaml import load_mapping

    page = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
    answers = load_mapping(page.split("```yaml\n", 1)[1].split("```", 1)[0], "docs/formats.md")
    inventory = page.split("```csv\n", 2)[1].split("```", 1)[0]
    edr = page.split("```csv\n", 2)[2].split("```", 1)[0]
    facts = collected(answers=answers, inventory_csv=inventory, edr_csv=edr)
    assert facts.gaps == ()
    assert set(vars(facts)) >= {"background", "machines"}
    assert len(facts.machines) >= 2


def test_an_imported_life_cycle_is_taken_and_a_wrong_one_refused() -> None:
    row = (
        '- {product: automate labo, version: "", build: 0, edition: "", end: 2030-01-01, source: "x", seen: 2026-01-05}'
    )
    facts = collected(inventory_csv=GLPI, lifecycle_yaml=row)
    assert any(one.product == "automate labo" for one in facts.background.lifecycle)
    with pytest.raises(CollectError, match=r"lifecycle\.yaml"):
        collected(inventory_csv=GLPI, lifecycle_yaml="- {product: x}")
