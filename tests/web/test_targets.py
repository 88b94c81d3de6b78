"""Targets and mandates: adding, changing, archiving; secrets are never shown again."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from care.domain.findings import MAX_ACCEPTANCE
from care.services.library import today
from care.services.platform import Platform
from care.services.targets import list_targets
from care.store.trail import TrailEvent
from scanners.workstations.retention import RETENTION_TEXTS
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.seeds import MOVED, Seeds

AD = {
    "name": "Domaine HOPITAL",
    "server": "ldaps://dc1.hopital.local",
    "user": "audit@hopital.local",
    "password": "motsecret!",
    "authentication": "kerberos",
    "pages_per_second": "5.0",
    "page_size": "250",
    "hours": "22:00-06:00",
    "probe": "y",
}


def test_a_directory_is_added_and_its_password_never_shown(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    answer = ciso.post(f"{here}/targets/new/ad", data=AD)
    assert answer.location == f"{here}/targets"
    assert "Domaine HOPITAL" in ciso.get(answer.location).text
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    page = ciso.get(f"{here}/targets/{target.id}").text
    assert "ldaps://dc1.hopital.local" in page
    wanted = {"authentication": "kerberos", "pages_per_second": 5, "hours": "22:00-06:00", "time_zone": "Europe/Paris"}
    wanted |= {"probe": True, "page_size": 250}
    assert wanted.items() <= target.request.items()
    assert page.count(" selected") >= 2
    assert "motsecret!" not in page
    assert "laissez vide pour le garder" in page


def test_what_a_scanner_refuses_is_said_beside_its_field(ciso: FlaskClient, here: str) -> None:
    answer = ciso.post(f"{here}/targets/new/ad", data={**AD, "server": "--help; rm -rf /"})
    assert answer.status_code == 400
    assert 'id="server-wrong"' in answer.text
    assert "motsecret!" not in answer.text


def test_a_certificate_is_kept_when_the_form_is_sent_without_it(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    pem = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    ciso.post(f"{here}/targets/new/ad", data={**AD, "ca": (BytesIO(pem), "ca.pem")})
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    answer = ciso.post(f"{here}/targets/{target.id}", data={**AD, "password": "", "version": 1, "name": "Domaine"})
    assert answer.status_code == 302
    (kept,) = list_targets(platform, MACHINE, hospitals.valley)
    assert "BEGIN CERTIFICATE" in kept.request["ca_pem"]
    assert kept.name == "Domaine"
    assert list(kept.secrets) == ["password"]


BASTION = {
    "name": "Bastion",
    "bastion": "audit@bastion.hopital.local:22",
    "known_hosts": "bastion.hopital.local ssh-ed25519 "
    "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
}


def test_a_new_directory_needs_its_password(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    answer = ciso.post(f"{here}/targets/new/ad", data={**AD, "password": ""})
    assert answer.status_code == 400
    assert 'id="password-wrong"' in answer.text
    assert list_targets(platform, MACHINE, hospitals.valley) == ()
    page = ciso.get(f"{here}/targets/new/ad").text
    assert " required" in page.split('id="password"')[1].split(">")[0]


def test_a_new_bastion_needs_its_key_and_keeps_it(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    for missing in ({}, {"private_key": (BytesIO(b""), "audit.key")}):
        answer = ciso.post(f"{here}/targets/new/remote_access", data={**BASTION, **missing})
        assert answer.status_code == 400
        assert 'id="private_key-wrong"' in answer.text
    key = {"private_key": (BytesIO(b"-----BEGIN OPENSSH PRIVATE KEY-----\n"), "audit.key")}
    assert ciso.post(f"{here}/targets/new/remote_access", data={**BASTION, **key}).status_code == 302
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    page = f"{here}/targets/{target.id}"
    assert " required" not in ciso.get(page).text.split('id="private_key"')[1].split(">")[0]
    assert ciso.post(page, data={**BASTION, "version": 1}).status_code == 302
    (kept,) = list_targets(platform, MACHINE, hospitals.valley)
    assert list(kept.secrets) == ["private_key"]


def test_an_empty_register_is_said_and_nothing_is_recorded(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    sent = {"private_key": (BytesIO(b"-----BEGIN-----\n"), "audit.key"), "register": (BytesIO(b""), "registre.csv")}
    answer = ciso.post(f"{here}/targets/new/remote_access", data={**BASTION, **sent})
    assert answer.status_code == 400
    assert "Ce fichier est vide" in answer.text.split('id="register-wrong"')[1].split("<")[0]
    assert list_targets(platform, MACHINE, hospitals.valley) == ()


def test_two_people_editing_one_target_are_told(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    change = {"name": "Autre nom", "plan": "version: 1\nestablishment: X\nsystems: []\n"}
    page = f"{here}/targets/{seeds.backup}"
    assert ciso.post(page, data={**change, "version": 1}).status_code == 302
    late = ciso.post(page, data={**change, "version": 1})
    assert late.status_code == 409
    assert "quelqu’un d’autre" in late.text


def test_a_broken_plan_names_its_line(ciso: FlaskClient, here: str) -> None:
    answer = ciso.post(f"{here}/targets/new/backup", data={"name": "Plan", "plan": "version: 1\n  a: [\n"})
    assert answer.status_code == 400
    assert "n’est pas du YAML lisible" in answer.text


def test_the_plan_asks_for_the_password_of_each_repository(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    page = ciso.get(f"{here}/targets/{seeds.backup}").text
    assert 'name="repository.dpi-restic"' in page
    assert "secret du depot" not in page


def test_a_repository_of_another_machine_asks_for_what_opens_it(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    plan = """version: 1
establishment: X
systems: [{name: DPI, production: {site: A, medium: san}}]
repositories:
  - name: loin
    tool: restic
    remote: {kind: ssh, host: sauve.chv.test, user: care, path: /depots/dpi, host_keys: sauve ssh-ed25519 A}
  - {name: exports, tool: postgresql, location: /mnt/exports}
"""
    made = ciso.post(f"{here}/targets/new/backup", data={"name": "Plan distant", "plan": plan})
    assert made.status_code == 302
    (target,) = [one for one in list_targets(platform, MACHINE, hospitals.valley) if one.name == "Plan distant"]
    page = f"{here}/targets/{target.id}"
    shown = ciso.get(page).text
    assert "Clé SSH privée pour lire le dépôt loin" in shown
    assert 'name="repository.loin"' in shown
    assert 'name="repository.exports"' not in shown
    key = "-----BEGIN OPENSSH PRIVATE KEY-----"
    sent = {"name": "Plan distant", "plan": plan, "version": target.version, "access.loin": key}
    assert ciso.post(page, data=sent).status_code == 302
    (kept,) = [one for one in list_targets(platform, MACHINE, hospitals.valley) if one.name == "Plan distant"]
    assert list(kept.secrets) == ["access.loin"]
    assert key not in ciso.get(page).text


def test_an_archived_target_is_no_longer_listed(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    ciso.post(f"{here}/targets/{seeds.backup}/archive")
    assert f"{here}/targets/{seeds.backup}" not in ciso.get(f"{here}/targets").text
    assert "est archivée" in ciso.get(f"{here}/targets/{seeds.backup}").text


def test_a_director_reads_without_buttons(browse: object, here: str, seeds: Seeds) -> None:
    page = browse("director").get(f"{here}/targets/{seeds.exposure}").text
    assert "203.0.113.10" in page
    assert "Archiver la cible" not in page


MANDATE = {
    "authorised_by": "Jeanne Roux", "role": "Directrice", "reference": "Note 7", "scope": "203.0.113.0/24",
    "excluded": "", "valid_from": "2026-01-01", "valid_to": "2099-12-31", "hours": "",
}  # fmt: skip


def test_a_mandate_is_recorded_and_withdrawn(ciso: FlaskClient, here: str) -> None:
    assert ciso.post(f"{here}/mandates/new", data=MANDATE).status_code == 302
    page = ciso.get(f"{here}/mandates").text
    assert "Incomplet : pas de document signé" in page
    assert "Inutilisable maintenant" in page
    number = page.split("/withdraw")[0].rpartition("/")[2]
    ciso.post(f"{here}/mandates/{number}/withdraw")
    assert "Retiré" in ciso.get(f"{here}/mandates").text


def test_a_mandate_is_incomplete_until_its_document_is_attached(ciso: FlaskClient, here: str) -> None:
    one = ciso.post(f"{here}/mandates/new", data=MANDATE).headers["Location"]
    page = ciso.get(one).text
    assert "n’a pas son document signé" in page
    assert "323-1" in page
    assert ciso.post(f"{one}/document", data={}).status_code == 400
    sent = {"file": (BytesIO(b"%PDF-1.7 signed\n%%EOF"), "mandat.pdf")}
    assert ciso.post(f"{one}/document", data=sent).status_code == 302
    page = ciso.get(one).text
    assert "mandat.pdf" in page
    assert "Incomplet" not in page
    assert "Valable" in page


def test_who_answers_for_a_mandate_without_its_document_is_named_on_it(
    ciso: FlaskClient, here: str, browse: Browse
) -> None:
    one = ciso.post(f"{here}/mandates/new", data=MANDATE).headers["Location"]
    assert ciso.post(f"{one}/unsigned", data={"why": " "}).status_code == 400
    assert ciso.post(f"{one}/unsigned", data={"why": "<b>Original</b> en signature"}).status_code == 302
    page = ciso.get(one).text
    assert "Incomplet : pas de document signé" in page
    assert "&lt;b&gt;Original&lt;/b&gt; en signature" in page
    assert "n’a pas son document signé" not in page
    assert "sans document signé" in ciso.get(f"{here}/targets/new/exposure").text
    assert "Joindre le document signé" not in browse("director").get(one).text
    assert browse("director").post(f"{one}/unsigned", data={"why": "x"}).status_code == 403
    assert browse("stranger").get(one).status_code == 404


def test_a_mandate_that_ends_before_it_begins_is_refused(ciso: FlaskClient, here: str) -> None:
    answer = ciso.post(f"{here}/mandates/new", data={**MANDATE, "valid_to": "2025-01-01"})
    assert answer.status_code == 400
    assert 'id="valid_to-wrong"' in answer.text


def test_an_exposure_target_asks_for_a_mandate_first(ciso: FlaskClient, here: str) -> None:
    assert "Enregistrez d’abord un mandat" in ciso.get(f"{here}/targets/new/exposure").text


def test_a_text_in_the_place_of_a_file_is_no_file(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    answer = ciso.post(f"{here}/targets/new/ad", data={**AD, "ca": "not a file"})
    assert answer.status_code == 302
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    assert target.request["ca_pem"] == ""


@pytest.mark.parametrize("plan", ["x: !!timestamp soon", "a: &x [1]\nb: *x", "- a", "[" * 3000])
def test_a_hostile_plan_is_refused_beside_its_field(ciso: FlaskClient, here: str, plan: str) -> None:
    answer = ciso.post(f"{here}/targets/new/backup", data={"name": "Plan", "plan": plan})
    assert answer.status_code == 400
    assert 'id="plan-wrong"' in answer.text


@pytest.mark.parametrize("number", ["99999999999999999999", "2147483648", "9" * 5000])
def test_numbers_no_database_holds_are_no_page_and_no_error(ciso: FlaskClient, here: str, number: str) -> None:
    assert ciso.get(f"/establishments/{number}").status_code == 404
    assert ciso.get(f"{here}/targets/{number}").status_code == 404
    assert ciso.get(f"{here}/findings?page={number}&target={number}&run={number}").status_code == 200
    form = {"name": "Façade", "targets": "203.0.113.10", "mandate": number}
    assert ciso.post(f"{here}/targets/new/exposure", data=form).status_code == 400


EXPOSURE = {"name": "Façade", "targets": "203.0.113.10", "profile": "gentle"}


def test_an_exposure_target_keeps_its_domains_and_names(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    ciso.post(f"{here}/mandates/new", data=MANDATE)
    number = ciso.get(f"{here}/targets/new/exposure").text.split('id="mandate"')[1].split('value="')[1].split('"')[0]
    names = (BytesIO(b"name_value\nvpn.hopital.fr\n"), "crt.csv")
    form = {
        **EXPOSURE, "mandate": number, "domains": "hopital.fr s2026 # le principal\n\nght.fr", "names_file": names,
        "resolver": "192.0.2.53",
    }  # fmt: skip
    answer = ciso.post(f"{here}/targets/new/exposure", data=form)
    assert answer.status_code == 302, answer.text
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    assert target.request["domains"] == ["hopital.fr s2026", "ght.fr"]
    assert "vpn.hopital.fr" in target.request["names_file"]
    page = ciso.get(f"{here}/targets/{target.id}").text
    assert "hopital.fr s2026\nght.fr" in page
    assert "Un fichier est déjà enregistré" in page
    kept = {**EXPOSURE, "mandate": number, "version": str(target.version)}
    assert ciso.post(f"{here}/targets/{target.id}", data=kept).status_code == 302
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    assert (target.request["domains"], "vpn" in target.request["names_file"]) == ([], True)


@pytest.mark.parametrize(("field", "wrong"), [("domains", "hop;ital.fr"), ("resolver", "ns.hopital.fr")])
def test_a_malformed_domain_is_refused_beside_its_field(ciso: FlaskClient, here: str, field: str, wrong: str) -> None:
    ciso.post(f"{here}/mandates/new", data=MANDATE)
    number = ciso.get(f"{here}/targets/new/exposure").text.split('id="mandate"')[1].split('value="')[1].split('"')[0]
    answer = ciso.post(f"{here}/targets/new/exposure", data={**EXPOSURE, "mandate": number, field: wrong})
    assert answer.status_code == 400
    assert f'id="{field}-wrong"' in answer.text


def test_authorities_that_cannot_be_read_are_refused_beside_their_field(ciso: FlaskClient, here: str) -> None:
    ciso.post(f"{here}/mandates/new", data=MANDATE)
    number = ciso.get(f"{here}/targets/new/exposure").text.split('id="mandate"')[1].split('value="')[1].split('"')[0]
    form = {**EXPOSURE, "mandate": number, "ca": (BytesIO(b"-----BEGIN CERTIFICATE-----\nx"), "ca.pem")}
    answer = ciso.post(f"{here}/targets/new/exposure", data=form)
    assert answer.status_code == 400
    assert 'id="ca-wrong"' in answer.text
    assert "en PEM" in answer.text


FRAGILE = {
    "never_written": "203.0.113.10 8080 # chaudière\n4242",
    "asked": ["modbus", "s7"],
    "asked_by": "J. Petit, GTB",
}


def test_what_is_never_written_to_and_what_controllers_may_be_asked_are_kept_and_traced(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    ciso.post(f"{here}/mandates/new", data=MANDATE)
    number = ciso.get(f"{here}/targets/new/exposure").text.split('id="mandate"')[1].split('value="')[1].split('"')[0]
    until = today(platform) + MAX_ACCEPTANCE
    form = {**EXPOSURE, **FRAGILE, "mandate": number, "asked_until": until.isoformat()}
    answer = ciso.post(f"{here}/targets/new/exposure", data=form)
    assert answer.status_code == 302, answer.text
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    assert target.request["never_written"] == ["203.0.113.10 8080", "4242"]
    assert target.request["permissions"] == [
        {"protocol": protocol, "until": until.isoformat(), "by": "J. Petit, GTB"} for protocol in ("modbus", "s7")
    ]
    page = ciso.get(f"{here}/targets/{target.id}").text
    assert '<details class="choice" open>' in page
    assert "J. Petit, GTB" in page
    with platform.database.read() as session:
        (event,) = session.scalars(select(TrailEvent).where(TrailEvent.action == "target.added"))
        assert event.detail["permissions"].startswith(f"modbus {until} (J. Petit, GTB), s7")
        assert event.detail["never_written"] == "203.0.113.10 8080; 4242"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"asked_by": ""}, "asked"),
        ({"asked_until": ""}, "asked"),
        ({"asked_until": "2020-01-01"}, "asked"),
        ({"asked_until": "2090-01-01"}, "asked"),
        ({"asked": ["hl7"]}, "asked"),
        ({"never_written": "pacs.hopital.fr"}, "never_written"),
    ],
)
def test_a_permission_without_an_end_or_a_name_is_refused_beside_its_field(
    ciso: FlaskClient, here: str, platform: Platform, changes: dict[str, Any], wrong: str
) -> None:
    ciso.post(f"{here}/mandates/new", data=MANDATE)
    number = ciso.get(f"{here}/targets/new/exposure").text.split('id="mandate"')[1].split('value="')[1].split('"')[0]
    form = {**EXPOSURE, **FRAGILE, "mandate": number, "asked_until": today(platform).isoformat(), **changes}
    answer = ciso.post(f"{here}/targets/new/exposure", data=form)
    assert answer.status_code == 400
    assert f'id="{wrong}-wrong"' in answer.text


def test_a_name_that_moved_waits_for_a_yes_on_the_page_of_its_mandate(
    ciso: FlaskClient, here: str, browse: Browse, seeds: Seeds
) -> None:
    one = f"{here}/mandates/{seeds.mandate}"
    page = ciso.get(one).text
    assert "Noms qui ont changé d’adresse" in page
    assert MOVED in page
    assert f'href="{one}#moved">{MOVED}</a>' in ciso.get(f"{here}/exposure").text
    told = browse("director").get(one).text
    assert "203.0.113.40" in told
    assert "Oui, l’examiner" not in told
    (place,) = re.findall(r'name="place" value="([^"]+)"', page)
    changed = place.replace("203.0.113.40", "203.0.113.41")
    assert "n’attend plus de réponse" in ciso.post(f"{one}/names/accept", data={"place": changed}).text
    assert ciso.post(f"{one}/names/accept", data={"place": place}).status_code == 302
    assert "Noms qui ont changé d’adresse" not in ciso.get(one).text
    again = ciso.post(f"{one}/names/accept", data={"place": place})
    assert "n’attend plus de réponse" in again.text
    assert browse("director").post(f"{one}/names/accept", data={"place": place}).status_code == 403


def test_a_followed_name_stays_on_the_page_until_somebody_leaves_it(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    one = f"{here}/mandates/{seeds.mandate}"
    assert ciso.post(f"{one}/names/follow", data={"name": "inconnu.test"}).status_code == 404
    assert ciso.post(f"{one}/names/follow", data={"name": MOVED}).status_code == 302
    page = ciso.get(one).text
    assert "Noms qui ont changé d’adresse" not in page
    assert "Noms suivis où qu’ils aillent" in page
    (number,) = re.findall(r"/names/(\d+)/leave", page)
    assert ciso.post(f"{one}/names/{number}/leave").status_code == 302
    assert "Noms suivis où qu’ils aillent" not in ciso.get(one).text


def test_the_retention_of_logs_is_a_setting_that_says_which_texts_it_satisfies(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    page = ciso.get(f"{here}/targets/new/workstations").text
    for text in RETENTION_TEXTS:
        assert str(text.at_least) in page
        assert text.short in page, "each text is named beside the setting"
    typed = {"name": "Postes", "answers": "establishment: CH", "log_retention_days": "183"}
    ciso.post(f"{here}/targets/new/workstations", data=typed)
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    assert target.request["settings"] == {"log_retention_days": 183}
    assert 'value="183"' in ciso.get(f"{here}/targets/{target.id}").text
    ciso.post(f"{here}/targets/{target.id}", data={**typed, "log_retention_days": "", "version": 1})
    (target,) = list_targets(platform, MACHINE, hospitals.valley)
    assert target.request["settings"] == {}
    refused = ciso.post(f"{here}/targets/new/workstations", data={**typed, "log_retention_days": "0"})
    assert refused.status_code == 400


def test_a_drill_is_described_from_a_plan_already_there(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    form = {
        "name": "Essai du DPI",
        "source": f"{seeds.backup} dpi-restic",
        "system": "DPI",
        "mode": "named",
        "paths": "/srv/dpi/conf\n\n /srv/dpi/base.dump \n",
        "databases": "/srv/dpi/base.dump",
        "max_mib": "64",
        "requester": "Dr Durand",
    }
    assert "dpi-restic" in ciso.get(f"{here}/targets/new/restore").text
    assert ciso.post(f"{here}/targets/new/restore", data=form).status_code == 302
    (target,) = [one for one in list_targets(platform, MACHINE, hospitals.valley) if one.scanner == "restore"]
    assert "backup_plan" not in target.request
    wanted = {"plan_of": seeds.backup, "repository": "dpi-restic", "max_bytes": 64 << 20, "requester": "Dr Durand"}
    assert wanted.items() <= target.request.items()
    assert target.request["paths"] == ["/srv/dpi/conf", "/srv/dpi/base.dump"]
    page = ciso.get(f"{here}/targets/{target.id}").text
    assert f'selected value="{seeds.backup} dpi-restic"' in page
    assert "secret du depot" not in page
    assert ciso.post(f"{here}/targets/new/restore", data={**form, "source": "999 x"}).status_code == 400


def test_a_drill_asks_for_a_plan_first(ciso: FlaskClient, here: str) -> None:
    assert "Enregistrez d’abord un plan de sauvegarde" in ciso.get(f"{here}/targets/new/restore").text
