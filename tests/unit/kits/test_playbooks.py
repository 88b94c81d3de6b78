"""Playbooks as data: which machines a finding names, what a bundle holds, and that nothing else gets in."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from care.adapters.kits import KitError, PackagedKits, read_recipe
from care.domain.playbooks import Machine, Recipe, Targets, aim, asked_machines, machine_of, named
from care.services.playbook_bundle import make_bundle

KITS = PackagedKits()
RECIPES = KITS.recipes.by_name


@pytest.mark.parametrize(
    ("rule", "subject", "machine"),
    [
        ("remote_access.root_login", "127.0.20.1/root", Machine("127.0.20.1", frozenset({"root"}))),
        (
            "remote_access.remote_logging",
            "bastion.hopital.fr/syslog",
            Machine("bastion.hopital.fr", frozenset({"syslog"})),
        ),
        ("exposure.ssh_weak_mac", "127.0.20.1:2222/tcp", Machine("127.0.20.1", port=2222)),
        ("exposure.ssh_weak_mac", "127.0.20.1:22/tcp", Machine("127.0.20.1")),
        ("exposure.smb1_enabled", "127.0.20.1:445/tcp", Machine("127.0.20.1")),
        ("exposure.tls_weak_cipher", "[2001:db8::1]:443/tcp", Machine("2001:db8::1")),
        ("nessus.57608", "192.0.2.10:445/tcp", Machine("192.0.2.10")),
        ("testssl.SSLv3", "192.0.2.10:443/tcp /admin", Machine("192.0.2.10")),
        ("ad.laps_coverage", "HOPITAL\\POSTE-12$", Machine("poste-12")),
        ("workstations.laps_missing", "POSTE-12", Machine("poste-12")),
    ],
)
def test_a_subject_names_its_machine(rule: str, subject: str, machine: Machine) -> None:
    assert machine_of(rule, subject) == machine


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "CN=Serveur,DC=hopital,DC=local",
        "{{ lookup('pipe', 'id') }}",
        "host[0:9]",
        "-oProxyCommand=id",
        "a/b; rm -rf /",
        "10.0.0.1/Tm Labo",
        "10.0.0.1/../../etc",
        "300.1.2.3",
        "a\nb",
        "a" * 300,
        "é.hopital.fr",
        "Medimage SA/IRM 3T",
        "10.0.0.1:99999999/tcp",
    ],
)
def test_what_names_no_machine_is_left_out(subject: str) -> None:
    found = aim([("remote_access.root_login", subject)])
    assert found.machines == ()
    assert found.left_out == (subject,)


@given(st.text(max_size=80))
def test_any_text_gives_a_plain_host_or_nothing(text: str) -> None:
    machine = machine_of("remote_access.root_login", text)
    if machine is not None:
        assert named(machine.host) == machine.host
        assert set(machine.alias) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
        assert all((account.isascii() and account.islower()) or "_" in account for account in machine.accounts)


def test_machines_are_met_once_with_all_their_accounts() -> None:
    found = aim([("r.a", "10.0.0.2/tm_b"), ("r.a", "10.0.0.2/tm_a"), ("r.b", "10.0.0.1"), ("r.b", "?")])
    assert found.machines == (Machine("10.0.0.1"), Machine("10.0.0.2", frozenset({"tm_a", "tm_b"})))
    assert found.left_out == ("?",)


def test_asked_machines_are_read_as_people_type_them() -> None:
    machines, wrong = asked_machines("dc1.hopital.local, DC2\n10.0.0.1;10.0.0.1  $(id)")
    assert machines == (Machine("10.0.0.1"), Machine("dc1.hopital.local"), Machine("dc2"))
    assert wrong == ("$(id)",)


def opened(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def every_bundle() -> list[tuple[Recipe, dict[str, str]]]:
    machines = [Machine("10.0.0.1", frozenset({"tm_labo"}), 2222), Machine("2001:db8::1")]
    return [
        (recipe, opened(make_bundle(recipe, sorted(recipe.rules), machines, ["odd `one`\n"]).content))
        for recipe in RECIPES.values()
    ]


@pytest.mark.parametrize(("recipe", "files"), every_bundle(), ids=lambda one: getattr(one, "name", ""))
def test_a_bundle_is_whole_guarded_and_holds_no_secret(recipe: Recipe, files: dict[str, str]) -> None:
    assert {"inventory.yml", "playbook.yml", "LISEZMOI.md", "README.md"} <= set(files)
    assert f"roles/{recipe.name}/tasks/main.yml" in files
    (play,) = yaml.safe_load(files["playbook.yml"])
    guard = play["pre_tasks"][0]["ansible.builtin.assert"]["that"]
    assert guard.startswith("ansible_check_mode or care_confirm")
    assert (play["serial"], play["any_errors_fatal"], play["gather_facts"]) == (1, True, False)
    for text in files.values():
        assert "ansible_password" not in text
        assert "BEGIN OPENSSH" not in text
    for name in ("LISEZMOI.md", "README.md"):
        assert "--check --diff" in files[name]
        assert "-e care_confirm=yes --limit '10.0.0.1'" in files[name]
        assert "`odd ?one??`" in files[name]
        for variable in recipe.variables:
            assert f"`{variable.name}`" in files[name]


def test_the_inventory_holds_what_findings_named_and_nothing_more() -> None:
    machines = [Machine("10.0.0.1", frozenset({"tm_labo"}), 2222), Machine("2001:db8::1")]
    files = opened(make_bundle(RECIPES["sshd"], ["remote_access.root_login"], machines).content)
    hosts = yaml.safe_load(files["inventory.yml"])["all"]["children"]["care_targets"]["hosts"]
    assert hosts == {
        "10.0.0.1": {"ansible_port": 2222, "care_accounts": ["tm_labo"]},
        "ip6-2001-db8--1": {"ansible_host": "2001:db8::1"},
    }


def test_the_same_input_gives_the_same_bytes() -> None:
    machines = [Machine("10.0.0.1"), Machine("srv")]
    first = make_bundle(RECIPES["tls_web"], ["exposure.ssl3_enabled"], machines).content
    assert make_bundle(RECIPES["tls_web"], ["exposure.ssl3_enabled"], machines).content == first


def test_rules_join_their_settings() -> None:
    sshd = RECIPES["sshd"]
    one = sshd.settings(["remote_access.root_login"])
    two = sshd.settings(["remote_access.root_login", "remote_access.user_environment", "exposure.ssh_weak_mac"])
    assert one["care_sshd_settings"] == {"PermitRootLogin": "no"}
    assert two["care_sshd_settings"] == {"PermitRootLogin": "no", "PermitUserEnvironment": "no"}
    assert (one["care_sshd_lists"], two["care_sshd_lists"]) == ([], ["MACs"])


def test_sheets_and_playbooks_name_each_other() -> None:
    sheets = KITS.sheets
    assert {sheet.playbook for sheet in sheets.by_id.values()} - {""} == set(RECIPES)
    for recipe in RECIPES.values():
        for rule in recipe.rules:
            sheet = sheets.treating(rule)
            assert sheet is not None, rule
            assert sheet.playbook == recipe.name, rule
    assert sheets.by_id["ad_krbtgt"].playbook == ""  # watched by a person between its two halves


RECIPE: dict[str, Any] = {
    "title": {"fr": "Fermer", "en": "Close"},
    "system": "linux",
    "targets": "subjects",
    "rules": {"exposure.telnet_exposed": {"care_x": 1}},
    "variables": [{"name": "care_x", "default": 0, "fr": "Un.", "en": "One."}],
}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"system": "macos"}, "system"),
        ({"targets": None}, "targets"),
        ({"rules": {}}, "rules"),
        ({"rules": {"exposure.none": {}}}, "rules"),
        ({"rules": {"exposure.telnet_exposed": {"care_unknown": 1}}}, "*"),
        ({"variables": [{"name": "x", "default": 0, "fr": "a", "en": "b"}]}, "variables[1].name"),
        ({"variables": [{"name": "care_x", "fr": "a", "en": "b"}]}, "variables[1]"),
        ({"colour": 1}, "*"),
    ],
)
def test_a_faulty_recipe_names_the_key(tmp_path: Path, changes: dict[str, Any], key: str) -> None:
    folder = tmp_path / "close"
    folder.mkdir()
    (folder / "tasks.yml").write_text("- name: x\n  ansible.builtin.ping:\n")
    document = {name: value for name, value in {**RECIPE, **changes}.items() if value is not None}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(KitError) as fault:
        read_recipe(folder)
    assert f"close/recipe.yaml cannot be read: {key}, " in fault.value.text.en


def test_a_recipe_needs_tasks_that_are_a_list(tmp_path: Path) -> None:
    folder = tmp_path / "close"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    with pytest.raises(KitError, match=r"close/tasks\.yml"):
        read_recipe(folder)
    (folder / "tasks.yml").write_text("name: x\n")
    with pytest.raises(KitError, match=r"close/tasks\.yml"):
        read_recipe(folder)
    (folder / "tasks.yml").write_text("- name: x\n  ansible.builtin.ping:\n")
    assert read_recipe(folder).targets is Targets.SUBJECTS
