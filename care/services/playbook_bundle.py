"""A playbook as a zip: inventory, play, role, and how to run it safely. Same input, same bytes; never a secret.

Plays and inventories are data written by a YAML library, never texts put together. The play refuses to change anything
until it was run in check mode and confirmed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from care.domain.playbooks import Machine, Recipe, System, Variable
from scanners.model import Lang

CONFIRM = "care_confirm"
GROUP = "care_targets"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date a zip can hold: a bundle does not change from one day to the next."""

_CONNECTION: dict[System, dict[str, Any]] = {
    System.LINUX: {"ansible_python_interpreter": "/usr/bin/python3"},
    System.WINDOWS: {
        "ansible_connection": "winrm",
        "ansible_port": 5986,
        "ansible_winrm_transport": "kerberos",
        "ansible_winrm_server_cert_validation": "validate",
    },
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A file to download."""

    name: str
    content: bytes
    machines: int


def make_bundle(
    recipe: Recipe, rule_ids: Sequence[str], machines: Sequence[Machine], left_out: Sequence[str] = ()
) -> Bundle:
    """The zip of `recipe` for these rules and machines. `left_out`: subjects that name no machine, told to people."""
    settings = recipe.settings(rule_ids)
    files = {
        "inventory.yml": _yaml(_inventory(recipe, machines)),
        "playbook.yml": _yaml([_play(recipe, settings)]),
        "LISEZMOI.md": _readme(recipe, rule_ids, machines, left_out, "fr"),
        "README.md": _readme(recipe, rule_ids, machines, left_out, "en"),
        **{f"roles/{recipe.name}/{path}": text for path, text in recipe.files.items()},
    }
    return Bundle(f"care-{recipe.name}.zip", _zip(files), len(machines))


def _inventory(recipe: Recipe, machines: Iterable[Machine]) -> dict[str, Any]:
    hosts = {machine.alias: _host(recipe, machine) for machine in machines}
    return {"all": {"children": {GROUP: {"hosts": hosts, "vars": _CONNECTION[recipe.system]}}}}


def _host(recipe: Recipe, machine: Machine) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if machine.alias != machine.host:
        values["ansible_host"] = machine.host
    if machine.port is not None and recipe.system is System.LINUX:
        values["ansible_port"] = machine.port
    if recipe.accounts and machine.accounts:
        values["care_accounts"] = sorted(machine.accounts)
    return values


def _play(recipe: Recipe, settings: Mapping[str, Any]) -> dict[str, Any]:
    play: dict[str, Any] = {
        "name": f"CaRE: {recipe.title.en}",
        "hosts": GROUP,
        "gather_facts": False,
        "serial": 1,
        "any_errors_fatal": True,
        "vars": dict(settings),
        "pre_tasks": [_guard(), *_required(recipe), {"name": "Learn the machine", "ansible.builtin.setup": None}],
        "roles": [recipe.name],
    }
    if recipe.system is System.LINUX:
        play["become"] = True
    return play


def _guard() -> dict[str, Any]:
    return {
        "name": "Refuse to change anything before check mode was read and confirmed",
        "ansible.builtin.assert": {
            "that": f"ansible_check_mode or {CONFIRM} | default('no') | string | lower in ['yes', 'true']",
            "fail_msg": f"Run with --check --diff first, read it, then add -e {CONFIRM}=yes.",
            "quiet": True,
        },
    }


def _required(recipe: Recipe) -> list[dict[str, Any]]:
    names = [one.name for one in recipe.variables if one.required]
    if not names:
        return []
    return [
        {
            "name": "Refuse to go on without what a person must decide",
            "ansible.builtin.assert": {
                "that": [f"{name} is defined" for name in names],
                "fail_msg": f"Give {', '.join(names)} (see README.md).",
                "quiet": True,
            },
        }
    ]


class _Indented(yaml.SafeDumper):
    """Lists stand two spaces in, as Ansible's linter wants them; a value used twice is written twice."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _yaml(document: object) -> str:
    return "---\n" + yaml.dump(document, Dumper=_Indented, allow_unicode=True, sort_keys=False, width=110)


def _zip(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name].encode())
    return content.getvalue()


def _readme(
    recipe: Recipe, rule_ids: Sequence[str], machines: Sequence[Machine], left_out: Sequence[str], lang: Lang
) -> str:
    says = _FR if lang == "fr" else _EN
    first = machines[0].alias if machines else "HOST"
    lines = [f"# {recipe.title.render(lang)}", "", says["rules"].format(rules=", ".join(f"`{r}`" for r in rule_ids))]
    lines += ["", *(f"- {note.render(lang)}" for note in recipe.notes)]
    lines += ["", says["before"], "", says[recipe.system.value], "", says["run"].format(first=first, confirm=CONFIRM)]
    if recipe.variables:
        lines += ["", says["variables"], ""]
        lines += [_variable(one, lang, says) for one in recipe.variables]
    if left_out:
        lines += ["", says["left_out"], "", *(f"- {_inert(subject)}" for subject in left_out[:200])]
    return "\n".join(lines) + "\n"


def _variable(one: Variable, lang: Lang, says: Mapping[str, str]) -> str:
    value = yaml.safe_dump(one.default, default_flow_style=True, width=1_000).split("\n")[0]
    shown = says["required"] if one.required else says["default"].format(value=value)
    return says["variable"].format(name=one.name, text=one.text.render(lang), shown=shown)


def _inert(subject: str) -> str:
    """A subject as text that no reader of Markdown takes for anything else."""
    return "`" + "".join(sign if sign.isprintable() and sign != "`" else "?" for sign in subject)[:200] + "`"


_FR = {
    "rules": "Playbook Ansible produit par CaRE pour : {rules}.",
    "before": "## Avant\n\nLisez la fiche de remédiation, relisez `inventory.yml` et retirez les machines qui ne sont "
    "pas concernées (dispositif médical sans accord de son fournisseur, équipement réseau). Aucun secret n’est dans "
    "cette archive ; n’en ajoutez pas.",
    "linux": "Connexion : compte nominatif, clé SSH et droits sudo (`--user`, `--ask-become-pass`).",
    "windows": "Connexion : WinRM en HTTPS avec Kerberos. Faites `kinit administrateur@DOMAINE` avec un compte "
    "d’administration nominatif, puis ajoutez `--user administrateur@DOMAINE`. Collections nécessaires : "
    "`ansible.windows` et `community.windows`.",
    "run": "## Trois temps\n\n1. Simulation, sur toutes les machines, rien n’est changé :\n\n"
    "       ansible-playbook -i inventory.yml playbook.yml --check --diff\n\n"
    "2. Pour de vrai, sur une seule machine, quelqu’un devant elle :\n\n"
    "       ansible-playbook -i inventory.yml playbook.yml --diff -e {confirm}=yes --limit '{first}'\n\n"
    "3. Après l’essai de l’application et du fournisseur, toutes les autres, une à la fois :\n\n"
    "       ansible-playbook -i inventory.yml playbook.yml --diff -e {confirm}=yes\n\n"
    "Puis relancez l’audit : le constat se ferme quand la règle ne le voit plus.",
    "variables": "## Réglages (`-e nom=valeur`)",
    "variable": "- `{name}` : {text} {shown}",
    "required": "**Obligatoire.**",
    "default": "Par défaut : `{value}`.",
    "left_out": "## Sujets qui ne nomment pas une machine, laissés de côté",
}
_EN = {
    "rules": "Ansible playbook made by CaRE for: {rules}.",
    "before": "## Before\n\nRead the remediation sheet, read `inventory.yml` again and remove the machines that are "
    "not concerned (medical device without its supplier’s agreement, network device). There is no secret in this "
    "archive; add none.",
    "linux": "Connection: named account, SSH key and sudo rights (`--user`, `--ask-become-pass`).",
    "windows": "Connection: WinRM over HTTPS with Kerberos. Run `kinit administrator@DOMAIN` with a named "
    "administration account, then add `--user administrator@DOMAIN`. Collections needed: `ansible.windows` "
    "and `community.windows`.",
    "run": "## Three steps\n\n1. Simulation, on all machines, nothing is changed:\n\n"
    "       ansible-playbook -i inventory.yml playbook.yml --check --diff\n\n"
    "2. For real, on one machine, with someone in front of it:\n\n"
    "       ansible-playbook -i inventory.yml playbook.yml --diff -e {confirm}=yes --limit '{first}'\n\n"
    "3. Once the application and the supplier were tried, all the others, one at a time:\n\n"
    "       ansible-playbook -i inventory.yml playbook.yml --diff -e {confirm}=yes\n\n"
    "Then run the audit again: the finding closes when the rule no longer sees it.",
    "variables": "## Settings (`-e name=value`)",
    "variable": "- `{name}`: {text} {shown}",
    "required": "**Required.**",
    "default": "Default: `{value}`.",
    "left_out": "## Subjects that name no machine, left out",
}
