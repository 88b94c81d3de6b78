"""Remediation playbooks with a real Ansible: all are read, and two are run on a throw-away gateway until the audit
closes their findings.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from care.adapters.kits import PackagedKits
from care.domain.playbooks import Machine, aim
from care.services.playbook_bundle import Bundle, make_bundle
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.remote_access import collect as collecting
from scanners.remote_access.collect import Request, collect
from scanners.remote_access.collect_ssh import parse_gateway, read_private_key, session
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.runner import run_rules
from tests.lab import __main__ as lab_command
from tests.lab import stage
from tests.unit.remote_access.ssh_hosts import private_key

pytestmark = pytest.mark.lab
RECIPES = PackagedKits().recipes.by_name
ADMINISTRATOR = "adm_ansible"


@pytest.fixture(scope="module", autouse=True)
def programs() -> None:
    stage.require_programs({"ansible-playbook": "ansible"})


def unpacked(bundle: Bundle, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
        archive.extractall(folder)
    return folder


def ansible(folder: Path, *options: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """Ansible in that folder; `path` comes first among the folders of programs."""
    settings = {
        "PATH": f"{path}:{os.environ['PATH']}",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_ASYNC_DIR": str(folder / "async"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_SSH_TRANSFER_METHOD": "piped",
        "LC_ALL": "C.UTF-8",
    }
    command = ["/usr/bin/ansible-playbook", "-i", "inventory.yml", "playbook.yml", *options]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_ansible_reads_every_playbook(name: str, tmp_path: Path) -> None:
    machines = [Machine("192.0.2.10", frozenset({"tm_labo"}))]
    folder = unpacked(make_bundle(RECIPES[name], sorted(RECIPES[name].rules), machines), tmp_path)
    read = ansible(folder, "--syntax-check")
    assert (read.returncode, read.stderr) == (0, "")


def test_ansible_finds_every_machine_of_the_inventory(tmp_path: Path) -> None:
    machines = [Machine("192.0.2.10"), Machine("2001:db8::1", port=2222), Machine("srv-dpi.hopital.local")]
    listed = ansible(unpacked(make_bundle(RECIPES["sshd"], ["x"], machines), tmp_path), "--list-hosts")
    assert "hosts (3)" in listed.stdout
    for machine in machines:
        assert machine.alias in listed.stdout


@pytest.fixture(scope="module", autouse=True)
def _in_a_hurry() -> Iterator[None]:
    """The lab bans nobody: ssh-audit need not pause between its connections."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collecting, "PAUSE_SECONDS", 0.0)
        yield


@dataclass(frozen=True)
class Gateway:
    """A gateway of the lab that this module may change."""

    description: stage.Description
    options: tuple[str, ...]

    @property
    def etc(self) -> Path:
        return Path(self.description["root"]) / "etc"

    @property
    def config(self) -> str:
        return (self.etc / "ssh" / "sshd_config").read_text()

    def state(self) -> dict[str, str]:
        files = [path for path in self.etc.rglob("*") if path.is_file() and not path.is_symlink()]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def findings(self, *names: str) -> list[tuple[str, str]]:
        """(rule, subject) of what the audit sees now."""
        read = {name: Path(self.description[name]).read_text() for name in ("known_hosts", "key")}
        request = Request(bastion=self.description["bastion"], known_hosts=read["known_hosts"])
        facts = collect(request, Context({"private_key": read["key"]}, lambda _share, _text: None, datetime.now(UTC)))
        outcomes = run_rules(rules_of("remote_access"), facts)
        return [
            (outcome.rule.id, finding.subject)
            for outcome in outcomes
            for finding in outcome.findings
            if outcome.rule.id.partition(".")[2] in names
        ]

    def bundle(self, recipe: str, findings: list[tuple[str, str]], folder: Path) -> Path:
        aimed = aim(findings)
        assert aimed.left_out == ()
        return unpacked(make_bundle(RECIPES[recipe], sorted({rule for rule, _ in findings}), aimed.machines), folder)

    def run(self, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return ansible(folder, *self.options, *options)

    def ask(self, command: str) -> str:
        """What a command of the administrator answers, then its exit code."""
        place = f"{ADMINISTRATOR}@{self.description['address']}:{self.description['port']}"
        key = read_private_key(Path(self.options[1].removeprefix("--private-key=")).read_text(), "")
        with session(parse_gateway(place), Path(self.description["known_hosts"]).read_text(), key) as opened:
            answer = opened.run(command)
        return f"{answer.output}{answer.errors}{answer.code}"


@pytest.fixture
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A fresh gateway with one administrator more, for Ansible: a named account, a key, sudo."""
    folder = tmp_path_factory.mktemp("playbooks")
    with stage.own_octet() as octet:
        try:
            yield _prepared(lab_command.start(folder, lab_command.DEFAULT_CACHE, octet, ["bastion"])["bastion"], folder)
        finally:
            lab_command.stop(folder)


def _prepared(description: stage.Description, folder: Path) -> Gateway:
    root = Path(description["root"])
    key = ed25519.Ed25519PrivateKey.generate()
    private = folder / "ansible_key"
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    ssh = root / "home" / ADMINISTRATOR / ".ssh"
    ssh.mkdir(parents=True, mode=0o700)
    (ssh / "authorized_keys").write_bytes(public + b"\n")
    for path in (ssh.parent, ssh, ssh / "authorized_keys"):
        shutil.chown(path, 2030, 2030)
    for name, line in {
        "passwd": f"{ADMINISTRATOR}:x:2030:2030:Lab:/home/{ADMINISTRATOR}:/bin/sh",
        "group": f"{ADMINISTRATOR}:x:2030:",
        "shadow": f"{ADMINISTRATOR}:*:19000:0:99999:7::50000:",
        "sudoers": f"{ADMINISTRATOR} ALL=(root) NOPASSWD: ALL",
    }.items():
        with (root / "etc" / name).open("a") as file:
            file.write(line + "\n")
    sshd = next((folder / "bastion" / "pids").glob("sshd*"))
    pid = sshd.read_text().split()[0]
    options = (  # the path of a socket has 107 characters at most: the port alone tells the connections apart
        f"--user={ADMINISTRATOR}",
        f"--private-key={private}",
        f"--ssh-common-args=-o UserKnownHostsFile={description['known_hosts']} -o ControlPath={folder}/%p",
        f"-eansible_port={description['port']}",
        f'-ecare_sshd_reload_command="kill -HUP {pid}"',
    )
    return Gateway(description, options)


DEBIAN_NGINX = """\
http {
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; # Dropping SSLv3, ref: POODLE
    ssl_ciphers HIGH:!aNULL;
    include sites-enabled/*;
}
"""
APACHE = "SSLProtocol all -SSLv3\nSSLCipherSuite HIGH\n"


@dataclass(frozen=True)
class Web:
    """Configurations of nginx and Apache that are nobody's, and a server whose check says what the test wants."""

    folder: Path
    bundle: Path

    def run(self, *options: str, check: int = 0) -> subprocess.CompletedProcess[str]:
        for name in ("nginx", "apachectl"):
            (self.folder / name).write_text(f"#!/bin/sh\nexit {check}\n")
            (self.folder / name).chmod(0o755)
        where = {"nginx_folder": "etc/nginx", "apache_folder": "etc/apache2", "tls_originals": "originals"}
        given = [f"-ecare_{name}={self.folder / path}" for name, path in where.items()]
        local = ("-eansible_connection=local", "-eansible_become=false")
        return ansible(self.bundle, *local, *given, *options, path=str(self.folder))

    def read(self) -> tuple[str, str]:
        return (self.folder / "etc/nginx/nginx.conf").read_text(), (self.folder / "etc/apache2/ssl.conf").read_text()


@pytest.fixture
def web(tmp_path: Path) -> Web:
    for name, text in {"etc/nginx/nginx.conf": DEBIAN_NGINX, "etc/apache2/ssl.conf": APACHE}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    made = make_bundle(RECIPES["tls_web"], ["exposure.tls_obsolete_version"], [Machine("127.0.0.1")])
    return Web(tmp_path, unpacked(made, tmp_path / "bundle"))


def test_the_tls_profile_is_shown_first_in_check_mode(web: Web) -> None:
    shown = web.run("--check", "--diff")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "+    ssl_protocols TLSv1.2 TLSv1.3;" in shown.stdout
    assert "+    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:" in shown.stdout
    assert "+SSLProtocol -all +TLSv1.2 +TLSv1.3" in shown.stdout
    assert web.read() == (DEBIAN_NGINX, APACHE)
    assert not (web.folder / "originals").exists()


def test_a_tls_profile_that_does_not_check_is_taken_back(web: Web) -> None:
    failed = web.run("-ecare_confirm=yes", check=1)
    assert failed.returncode != 0
    assert "did not check or reload; the original files are back" in failed.stdout
    assert web.read() == (DEBIAN_NGINX, APACHE)


SETTINGS = ("root_login", "user_environment", "strict_modes_off", "login_limits_off", "weak_algorithms")
RULES = (*SETTINGS, "password_authentication")
CLOSED = {f"remote_access.{name}" for name in SETTINGS}


def test_sshd_is_hardened_and_the_audit_closes_the_findings(gateway: Gateway, tmp_path: Path) -> None:
    before = gateway.findings(*RULES)
    assert {rule for rule, _ in before} == CLOSED | {"remote_access.password_authentication"}
    folder, state = gateway.bundle("sshd", before, tmp_path), gateway.state()

    refused = gateway.run(folder)
    assert refused.returncode != 0
    assert "Run with --check --diff first" in refused.stdout
    simulated = gateway.run(folder, "--check", "--diff")
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    assert "+PermitRootLogin no" in simulated.stdout
    assert gateway.state() == state

    done = gateway.run(folder, "--diff", "-ecare_confirm=yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tm_imagerie: a Match block still gives another value than PasswordAuthentication no" in done.stdout
    after = gateway.findings(*RULES)
    assert CLOSED & {rule for rule, _ in after} == set()
    assert {rule for rule, _ in after} == {"remote_access.password_authentication"}  # its Match block, told above

    again = gateway.run(folder, "-ecare_confirm=yes")
    assert "changed=0" in again.stdout, again.stdout + again.stderr


def test_a_setting_that_shuts_the_administrator_out_undoes_itself(gateway: Gateway, tmp_path: Path) -> None:
    config = gateway.config
    folder = gateway.bundle("sshd", gateway.findings("root_login"), tmp_path)
    done = gateway.run(
        folder,
        "-ecare_confirm=yes",
        '-e{"care_sshd_settings": {"DenyUsers": "adm_ansible"}, "care_sshd_undo_seconds": 3}',
    )
    assert done.returncode != 0
    assert "the former sshd_config is back and in force" in done.stdout
    assert gateway.config == config
    assert gateway.run(folder, "--check").returncode == 0


def test_a_configuration_that_sshd_refuses_is_never_written(gateway: Gateway, tmp_path: Path) -> None:
    config = gateway.config
    folder = gateway.bundle("sshd", gateway.findings("root_login"), tmp_path)
    done = gateway.run(folder, "-ecare_confirm=yes", '-e{"care_sshd_settings": {"NoSuchKeyword": "yes"}}')
    assert done.returncode != 0
    assert "failed to validate" in done.stdout
    assert gateway.config == config


def test_supplier_accounts_get_an_end_and_empty_passwords_are_locked(gateway: Gateway, tmp_path: Path) -> None:
    rules = ("account_without_expiry", "empty_password")
    before = gateway.findings(*rules)
    assert {rule.partition(".")[2] for rule, _ in before} == set(rules)
    folder = gateway.bundle("supplier_accounts", before, tmp_path)
    assert gateway.run(folder, "-ecare_confirm=yes").returncode != 0  # no date
    done = gateway.run(folder, "-ecare_confirm=yes", f"-ecare_account_end={datetime.now(UTC).year + 1}-06-30")
    assert done.returncode == 0, done.stdout + done.stderr
    assert gateway.findings(*rules) == []


AUDITOR = "auditeur-care"
ROLES = Path(__file__).parents[2] / "ansible" / "roles"


@dataclass(frozen=True)
class Role:
    """The role of the audit account, aimed at a gateway that has neither account nor collector."""

    gateway: Gateway
    folder: Path
    key: str

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        done = self.gateway.run(self.folder, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def files(self) -> dict[str, str]:
        root = Path(self.gateway.description["root"])
        kept = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
        own = (root / "log", root / "home" / ADMINISTRATOR)  # logins, and what Ansible works with
        return {str(path): path.read_text("latin-1") for path in kept if not any(map(path.is_relative_to, own))}

    def collect(self) -> RemoteAccessFacts:
        place = f"{AUDITOR}@{self.gateway.description['address']}:{self.gateway.description['port']}"
        request = Request(place, Path(self.gateway.description["known_hosts"]).read_text())
        return collect(request, Context({"private_key": self.key}, lambda _share, _text: None, datetime.now(UTC)))


@pytest.fixture
def role(gateway: Gateway, tmp_path: Path) -> Role:
    root = Path(gateway.description["root"])
    (root / "sbin" / "care-collect").unlink()
    with (root / "etc" / "sudoers").open("a") as sudoers:
        sudoers.write("@includedir /etc/sudoers.d\n")
    with (root / "etc" / "group").open("a") as groups:
        groups.write("acces-passerelle:x:3100:\n")
    key = private_key()
    public = serialization.load_ssh_private_key(key.encode(), None).public_key()
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    given = {
        "care_audit_account_name": AUDITOR,
        "care_audit_account_public_key": line,
        "care_audit_account_sources": ["127.0.0.0/8"],
        "care_audit_account_groups": ["acces-passerelle"],
    }
    play = {"hosts": "all", "become": True, "roles": [{"role": str(ROLES / "care_audit_account"), "vars": given}]}
    (tmp_path / "playbook.yml").write_text(yaml.safe_dump([play]))
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": {gateway.description["address"]: {}}}}))
    return Role(gateway, tmp_path, key)


def test_the_audit_account_is_shown_made_once_and_reviews_the_gateway(role: Role) -> None:
    before = role.files()
    assert "changed=0" not in role.run("--check", "--diff").stdout
    assert role.files() == before

    role.run()
    made = role.files()
    assert "changed=0" in role.run().stdout
    assert "changed=0" in role.run("--check").stdout
    assert role.files() == made

    facts = role.collect()
    assert facts.gaps == ()
    assert facts.audit_account == AUDITOR
    account = next(one for one in facts.accounts if one.name == AUDITOR)
    assert (account.password, account.groups) == ("locked", (AUDITOR, "acces-passerelle"))


def test_the_audit_account_may_run_one_command_without_arguments_and_nothing_else(role: Role) -> None:
    role.run()
    granted = [line.strip() for line in role.gateway.ask(f"sudo -n -l -U {AUDITOR}").splitlines() if "NOPASSWD" in line]
    assert granted == ['(root) NOPASSWD: /usr/local/sbin/care-collect ""']
    become = f"sudo -n /usr/sbin/runuser -u {AUDITOR} --"
    assert role.gateway.ask(f"{become} id -un") == f"{AUDITOR}\n0"
    assert role.gateway.ask(f"{become} sudo -n /usr/local/sbin/care-collect").startswith("care-collect 1\n")
    for command in ("/usr/local/sbin/care-collect --x", "cat /etc/shadow", "sh -c id", "-u tm_labo id"):
        assert role.gateway.ask(f"{become} sudo -n {command}") == "sudo: a password is required\n1", command
    assert "denied" in role.gateway.ask(f"{become} sh -c 'echo x >> /home/{AUDITOR}/.ssh/authorized_keys'")


def test_another_right_of_the_audit_account_stops_the_role(role: Role) -> None:
    root = Path(role.gateway.description["root"])
    (root / "etc" / "sudoers.d" / "old").write_text("%acces-passerelle ALL=(ALL) NOPASSWD: ALL\n")
    (root / "etc" / "sudoers.d" / "old").chmod(0o440)
    done = role.gateway.run(role.folder)
    assert done.returncode != 0
    assert "instead of the collector alone" in done.stdout
