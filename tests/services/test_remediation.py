"""The sheets as a reader sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from care.domain.access import Scope
from care.services import remediation
from care.services.errors import NotFound
from care.services.platform import Platform
from scanners.model import Severity


def test_a_rule_leads_to_its_sheet_in_the_readers_language(platform: Platform, machine: Scope) -> None:
    french = remediation.sheet_for(platform, machine, "ad.krbtgt_password_age")
    english = remediation.sheet_for(platform, replace(machine, lang="en"), "pingcastle.A-Krbtgt")
    assert french is not None
    assert english is not None
    assert (french.id, french.title) == ("ad_krbtgt", "Renouveler le mot de passe de krbtgt")
    assert (english.id, english.title) == ("ad_krbtgt", "Renew the krbtgt password")
    assert (french.severity, french.scanners, french.risk_name) == (Severity.HIGH, ("ad",), "moyen")
    assert remediation.sheet_for(platform, machine, "nessus.0") is None


def test_an_open_sheet_says_who_does_what_and_which_rules_it_closes(platform: Platform, machine: Scope) -> None:
    sheet = remediation.open_sheet(platform, machine, "ad_krbtgt")
    assert sheet.steps[0].who == ("Administrateur de l’annuaire",)
    assert "repadmin" in sheet.steps[0].run
    assert sheet.steps[0].back == ""
    assert sheet.rules[0].id == "ad.krbtgt_password_age"
    assert sheet.rules[0].title == "Mot de passe de krbtgt ancien"
    assert "cadres de santé" in sheet.communication


def test_the_list_is_searched_and_starts_with_the_gravest(platform: Platform, machine: Scope) -> None:
    lines = remediation.list_sheets(platform, machine)
    ranks = [line.severity.rank if line.severity else 9 for line in lines]
    assert ranks == sorted(ranks)
    assert [line.id for line in remediation.list_sheets(platform, machine, words="KRBTGT_password")] == ["ad_krbtgt"]
    assert remediation.list_sheets(platform, machine, words="no such words") == ()
    plain, typed = (remediation.list_sheets(platform, machine, words=words) for words in ("ACCES", "accès"))
    assert plain == typed != ()
    touched = [line.scanners for line in remediation.list_sheets(platform, machine, scanner="ad")]
    assert touched
    assert all("ad" in scanners for scanners in touched)


def test_an_unknown_sheet_is_not_found(platform: Platform, machine: Scope) -> None:
    with pytest.raises(NotFound):
        remediation.open_sheet(platform, machine, "../ad_krbtgt")
