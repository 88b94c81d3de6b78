"""The sheets in the browser, and the playbook of a finding as a file."""

from __future__ import annotations

import io
import zipfile

import yaml
from flask.testing import FlaskClient

from care.services.findings import FindingFilter, FindingLine, list_findings
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.seeds import Seeds

RDP = "exposure.rdp_without_nla"


def finding(platform: Platform, hospitals: Hospitals, rule: str) -> FindingLine:
    return list_findings(platform, MACHINE, hospitals.valley, FindingFilter(rule=rule)).page.lines[0]


def inventory(content: bytes) -> dict[str, object]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        group = yaml.safe_load(archive.read("inventory.yml"))["all"]["children"]["care_targets"]
    hosts: dict[str, object] = group["hosts"]
    return hosts


def test_the_list_filters_and_leads_to_a_sheet(ciso: FlaskClient) -> None:
    page = ciso.get("/remediation").text
    assert "Renouveler le mot de passe de krbtgt" in page
    assert "/remediation/ad_krbtgt" in page
    found = ciso.get("/remediation?q=isolement&scanner=backup").text
    assert "/remediation/backup_isolation" in found
    assert "/remediation/ad_krbtgt" not in found
    assert "Aucune fiche ne correspond" in ciso.get("/remediation?q=zzzz").text


def test_a_sheet_says_who_what_check_back_and_which_rules(ciso: FlaskClient) -> None:
    page = ciso.get("/remediation/ad_krbtgt").text
    for words in (
        "Administrateur de l’annuaire",
        "repadmin /replsummary",
        "Rien à défaire.",
        "Estimation de CaRE, sans source extérieure.",
        "/rules/ad.krbtgt_password_age",
        "pas automatisé par un playbook",
    ):
        assert words in page, words
    assert ciso.get("/remediation/none").status_code == 404


def test_a_finding_shows_its_sheet_and_its_playbook_to_who_may_act(
    browse: Browse, platform: Platform, hospitals: Hospitals, here: str, seeds: Seeds
) -> None:
    line = finding(platform, hospitals, RDP)
    address = f"{here}/findings/{line.id}"
    page = browse("ciso").get(address).text
    assert "/remediation/exposure_rdp" in page
    assert f"{address}/playbook" in page
    read_only = browse("director").get(address).text
    assert "/remediation/exposure_rdp" in read_only
    assert "/playbook" not in read_only


def test_the_playbook_of_a_finding_names_its_machine_alone(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals, here: str, seeds: Seeds
) -> None:
    line = finding(platform, hospitals, RDP)
    answer = ciso.get(f"{here}/findings/{line.id}/playbook")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="care-windows_rdp_nla.zip"'
    assert list(inventory(answer.data)) == [line.subject.rpartition(":")[0]]
    assert ciso.get(f"{here}/findings/{line.id}/playbook").data == answer.data


def test_the_playbook_of_a_rule_names_every_open_machine(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals, here: str, seeds: Seeds
) -> None:
    rule = "exposure.ssh_weak_mac"
    lines = list_findings(platform, MACHINE, hospitals.valley, FindingFilter(rule=rule)).page.lines
    hosts = inventory(ciso.get(f"{here}/playbooks/{rule}").data)
    assert set(hosts) == {line.subject.rpartition(":")[0] for line in lines}


def test_machines_are_asked_where_findings_name_none(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    address = f"{here}/playbooks/backup.pdma_exceeded"
    assert set(inventory(ciso.get(f"{address}?machines=srv1%0Asrv2").data)) == {"srv1", "srv2"}
    empty, wrong = ciso.get(address), ciso.get(f"{address}?machines=srv1+<b>")
    assert "Aucune machine à traiter" in empty.text
    assert "n’est ni un nom de machine ni une adresse" in wrong.text
    assert "<b>" not in wrong.text.partition("<main")[2]
    assert {empty.status_code, wrong.status_code} == {409}


def test_no_playbook_for_a_rule_that_a_person_must_watch(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    assert ciso.get(f"{here}/playbooks/ad.krbtgt_password_age").status_code == 404
    assert ciso.get(f"{here}/playbooks/no.such").status_code == 404


def test_a_stranger_and_a_reader_get_no_playbook(browse: Browse, here: str, seeds: Seeds) -> None:
    address = f"{here}/playbooks/{RDP}"
    assert browse("stranger").get(address).status_code == 404
    assert browse("director").get(address).status_code == 403


def test_a_rule_page_leads_to_its_sheet(ciso: FlaskClient) -> None:
    assert "/remediation/exposure_rdp" in ciso.get(f"/rules/{RDP}").text


def test_a_weakness_of_several_establishments_leads_to_the_same_sheet(ciso: FlaskClient, seeds: Seeds) -> None:
    assert "/remediation/exposure_rdp" in ciso.get(f"/weaknesses/{RDP}").text
