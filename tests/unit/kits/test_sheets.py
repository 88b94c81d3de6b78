"""Remediation sheets as files: what is wrong is named with its file and key, and every grave rule has its sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from care.adapters import kit_reading, kits
from care.adapters.kits import REMEDIATION, KitError, PackagedKits, read_sheet, read_sheets
from care.domain.remediation import CareRisk, Sheet, Who
from scanners.catalog import all_rules
from scanners.model import Text

UNCOVERED = REMEDIATION / "uncovered.txt"
SAMPLE: dict[str, Any] = {
    "title": {"fr": "Fermer Telnet", "en": "Close Telnet"},
    "rules": ["exposure.telnet_exposed"],
    "foreign": ["nessus.42263", "pingcastle.A-Cert*"],
    "applies_to": {"fr": "Tout serveur.", "en": "Any server."},
    "why": {"fr": "En clair.", "en": "Clear text."},
    "effort": {"days": 0.5, "basis": {"fr": "Un serveur.", "en": "One server."}},
    "cost": {"low": 100, "high": 300, "source": {"fr": "Marché X.", "en": "Contract X."}},
    "care_risk": {"level": "low", "text": {"fr": "Aucun.", "en": "None."}},
    "prerequisites": [{"fr": "Une session.", "en": "A session."}],
    "steps": [
        {
            "who": ["network"],
            "do": {"fr": "Fermez.", "en": "Close."},
            "run": "ss -lnt",
            "check": {"fr": "F", "en": "C"},
        },
        {
            "who": ["systems", "supplier"],
            "do": {"fr": "Ôtez.", "en": "Remove."},
            "check": {"fr": "Rien.", "en": "Nothing."},
            "back": {"fr": "Remettez.", "en": "Put back."},
        },
    ],
    "verification": {"fr": "Audit.", "en": "Audit."},
    "communication": {"fr": "Dites.", "en": "Say."},
    "references": [{"fr": "Guide", "en": "Guide", "url": "https://example.org/guide"}],
    "playbook": "sshd",
}


def written(folder: Path, name: str = "close_telnet", **changes: Any) -> Path:
    path = folder / f"{name}.yaml"
    document = {key: value for key, value in {**SAMPLE, **changes}.items() if value is not None}
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


def test_a_sheet_is_read_in_full(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path))
    assert (sheet.id, sheet.rules, sheet.playbook) == ("close_telnet", ("exposure.telnet_exposed",), "sshd")
    assert sheet.effort.days == 0.5
    assert sheet.cost is not None
    assert (sheet.cost.low, sheet.cost.high, sheet.risk) == (100, 300, CareRisk.LOW)
    assert sheet.steps[1].who == (Who.SYSTEMS, Who.SUPPLIER)
    assert sheet.steps[0].run == "ss -lnt"
    assert sheet.steps[0].back is None
    assert sheet.references[0].url == "https://example.org/guide"


def test_a_sheet_is_found_by_our_rule_by_another_tools_and_by_prefix(tmp_path: Path) -> None:
    written(tmp_path)
    sheets = read_sheets(tmp_path)
    for rule in ("exposure.telnet_exposed", "nessus.42263", "NESSUS.42263", "pingcastle.A-CertROCA"):
        assert sheets.treating(rule) is sheets.by_id["close_telnet"], rule
    assert sheets.treating("nessus.4226") is None
    assert sheets.treating("ad.krbtgt_password_age") is None


def test_a_rule_of_another_tool_is_known_by_the_references_of_ours() -> None:
    sheets = PackagedKits().sheets
    assert sheets.treating("pingcastle.A-Krbtgt") is sheets.treating("ad.krbtgt_password_age")
    assert sheets.treating("pingcastle.A-Krbtgt") is not None


def step(**changes: Any) -> dict[str, Any]:
    return {"steps": [SAMPLE["steps"][0], {**SAMPLE["steps"][1], **changes}]}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"title": None}, "title"),
        ({"title": {"fr": "Seul"}}, "title.en"),
        ({"title": {"fr": "a", "en": "b", "de": "c"}}, "title"),
        ({"title": {"fr": " ", "en": "b"}}, "title.fr"),
        ({"title": {"fr": "a", "en": 3}}, "title.en"),
        ({"title": "a"}, "title"),
        ({"why": {"fr": "x" * 2001, "en": "b"}}, "why.fr"),
        ({"rules": ["exposure.no_such"]}, "rules[1]"),
        ({"rules": "exposure.telnet_exposed"}, "rules"),
        ({"rules": None, "foreign": None}, "rules"),
        ({"foreign": ["exposure.telnet_exposed"]}, "foreign[1]"),
        ({"foreign": ["Nessus 42"]}, "foreign[1]"),
        ({"effort": {"days": 0, "basis": {"fr": "a", "en": "b"}}}, "effort.days"),
        ({"effort": {"days": True, "basis": {"fr": "a", "en": "b"}}}, "effort.days"),
        ({"effort": {"days": 1}}, "effort.basis"),
        ({"cost": {"low": 3, "high": 1, "source": {"fr": "a", "en": "b"}}}, "cost"),
        ({"cost": {"low": 1, "high": 3}}, "cost.source"),
        ({"care_risk": {"level": "grave", "text": {"fr": "a", "en": "b"}}}, "care_risk.level"),
        ({"steps": SAMPLE["steps"][:1]}, "steps"),
        (step(who=["wizard"]), "steps[2].who[1]"),
        (step(who=[]), "steps[2].who"),
        (step(check=None), "steps[2].check"),
        (step(rollback={"fr": "a", "en": "b"}), "steps[2]"),
        (step(run="x" * 6001), "steps[2].run"),
        ({"references": [{"fr": "a", "en": "b", "url": "javascript:alert(1)"}]}, "references[1].url"),
        ({"playbook": "../../etc"}, "playbook"),
        ({"colour": "red"}, "*"),
    ],
)
def test_a_fault_names_the_file_the_key_and_the_reason(tmp_path: Path, changes: dict[str, Any], key: str) -> None:
    with pytest.raises(KitError) as fault:
        read_sheet(written(tmp_path, **changes))
    assert f"La fiche close_telnet.yaml ne peut pas être lue : {key}, " in fault.value.text.fr
    assert f"The sheet close_telnet.yaml cannot be read: {key}, " in fault.value.text.en


@pytest.mark.parametrize("content", [b"\xff\xfe", b"- a list", b"a: &x 1\nb: *x", b"", b"!!python/object:os.system {}"])
def test_what_is_not_a_plain_sheet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    with pytest.raises(KitError, match=r"odd\.yaml"):
        read_sheet(path)


def test_bounds_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KitError, match="id, lower case"):
        read_sheet(written(tmp_path, "Close-Telnet"))
    (tmp_path / "Close-Telnet.yaml").unlink()
    written(tmp_path)
    monkeypatch.setattr(kits, "MAX_SHEETS", 0)
    with pytest.raises(KitError, match="more than 0 sheets"):
        read_sheets(tmp_path)
    monkeypatch.setattr(kit_reading, "MAX_FILE_BYTES", 10)
    with pytest.raises(KitError, match="more than 10 bytes"):
        read_sheet(tmp_path / "close_telnet.yaml")


def test_a_rule_is_treated_by_one_sheet_only(tmp_path: Path) -> None:
    written(tmp_path, "a_sheet")
    written(tmp_path, "b_sheet", foreign=None)
    with pytest.raises(KitError, match=r"b_sheet\.yaml.*a_sheet treats exposure\.telnet_exposed too"):
        read_sheets(tmp_path)


def listed() -> list[str]:
    lines = UNCOVERED.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_list_of_rules_without_a_sheet_is_exact() -> None:
    assert list(PackagedKits().sheets.untreated(all_rules())) == listed()


def test_no_rule_is_without_a_sheet_and_the_list_stays_empty() -> None:
    """It may only fall, and it is at zero: a new rule comes with its sheet, or joins one."""
    assert listed() == []
    assert PackagedKits().sheets.untreated(rule.id for rule in all_rules().values()) == ()


def sheets() -> list[Sheet]:
    return list(PackagedKits().sheets.by_id.values())


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.id)
def test_every_sheet_can_be_followed_and_undone(sheet: Sheet) -> None:
    """A step that runs a command that changes something says how to go back, or that it cannot."""
    assert len(sheet.steps) >= 3
    assert any(step.run for step in sheet.steps) or sheet.id in ON_PAPER
    assert any(step.back for step in sheet.steps) or sheet.id in ON_PAPER
    for step in sheet.steps:
        changes = CHANGING.search(step.run)
        assert not changes or step.back, (sheet.id, step.do.fr, changes and changes[0])


ON_PAPER = {"ra_contracts", "backup_policy", "continuity_analysis", "continuity_degraded"}
CHANGING = re.compile(
    r"^\s*(reg add|Set-AD|Add-AD(?!ServiceAccount)|Remove-AD|Disable-|nft (insert|add rule)"
    r"|systemctl (disable|stop|restart)|apt-get (install|purge)|Set-Smb|Set-NetFirewall|netdom trust|Set-Dns"
    r"|Stop-Service)",
    re.MULTILINE,
)
FRENCH = re.compile(r"[àâçéèêëîïôûœ]| (le|la|les|de|des|une|est) ")
STRAIGHT = re.compile(r"(?<=\w)'(?=\w)")


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.id)
def test_texts_are_whole_in_both_languages(sheet: Sheet) -> None:
    for text in texts(sheet):
        assert text.fr != text.en or not FRENCH.search(text.fr), text
        assert not STRAIGHT.search(text.fr), text.fr
        assert text.fr.count("«") == text.fr.count("»"), text.fr
        assert text.en.count("“") == text.en.count("”"), text.en
        assert "\n" not in text.fr + text.en


def texts(sheet: Sheet) -> Iterator[Text]:
    yield from (sheet.title, sheet.applies_to, sheet.why, sheet.effort.basis, sheet.care, sheet.verification)
    yield from sheet.prerequisites
    yield from (source.text for source in sheet.references)
    if sheet.communication:
        yield sheet.communication
    for step in sheet.steps:
        yield from (one for one in (step.do, step.check, step.back) if one is not None)


def test_a_foreign_rule_goes_where_the_rule_of_ours_it_stands_for_goes() -> None:
    kits = PackagedKits().sheets
    astray = [
        (name, sheet.id)
        for sheet in sheets()
        for name in sheet.foreign
        if (ours := kits.known_as.get(name.casefold())) and getattr(kits.treating(ours), "id", None) != sheet.id
    ]
    assert astray == []


def test_what_may_be_a_care_device_is_not_probed() -> None:
    """A port that the audit left in peace gets this sheet too: it must not undo that."""
    sheet = PackagedKits().sheets.by_id["exposure_unknown"]
    assert not [step.run for step in sheet.steps if re.search(r"nmap|telnet|curl|nc ", step.run)]


def test_closing_a_port_to_the_internet_cuts_no_node_and_no_probe_of_a_cluster() -> None:
    commands = "\n".join(step.run for step in PackagedKits().sheets.by_id["exposure_containers"].steps)
    assert "filter input" not in commands, "nodes and sensors stand inside, beside the administration network"
    assert "--anonymous-auth" not in commands, "the health probes of kube-apiserver are anonymous"


def test_the_next_dane_key_is_published_beside_the_one_in_service() -> None:
    """The certificate in service alone is what cuts mail on the day it is renewed."""
    told = all_rules()["exposure.dane_broken"].remediation
    assert "celle de la suivante" in told.fr
    assert "next one" in told.en
