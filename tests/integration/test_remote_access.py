"""The remote-access review on a real sshd: every planted fault found, nothing written, each refusal in one sentence."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Archive
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.collection import Limits, collect_in_child
from scanners.errors import CollectError
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile
from scanners.model import Status
from scanners.remote_access import collect as collecting
from scanners.remote_access import collect_ssh
from scanners.remote_access.assembly import Visit, assemble
from scanners.remote_access.collect import Request, collect
from scanners.remote_access.collect_ordinary import SCRIPT
from scanners.remote_access.collect_ssh import parse_gateway, read_private_key, session
from scanners.remote_access.facts import OtherKey, RemoteAccessFacts
from scanners.remote_access.read_frames import is_report, parse_report
from scanners.result import judge
from scanners.runner import run_rules
from tests.integration.conftest import Lab
from tests.lab.bastion import COLLECTOR, SESSIONS
from tests.lab.stage import Description
from tests.unit.remote_access.ssh_hosts import Host, serving, stopping_after

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Bastion:
    """The lab's gateway, ready to be asked."""

    description: Description

    def read(self, name: str) -> str:
        return Path(self.description[name]).read_text()

    def request(self, **changes: Any) -> Request:
        register = Path(self.description["register"]).read_text(encoding="utf-8-sig")
        values = {
            "bastion": self.description["bastion"],
            "known_hosts": self.read("known_hosts"),
            "register_csv": register,
            "register_name": "registre.csv",
            "lists": tuple(
                ListFile(ListKind(kind), f"{kind}.csv", path, brought_on=datetime.now(UTC).date())
                for kind, path in self.description["lists"].items()
            ),
        }
        values["other_keys"] = tuple(OtherKey(**one) for one in self.description["other_keys"])
        return Request(**{**values, **changes})

    def collect(self, key: str = "key", **changes: Any) -> RemoteAccessFacts:
        return collect(self.request(**changes), self.context(key))

    def context(self, key: str = "key") -> Context:
        return Context({"private_key": self.read(key)}, lambda _share, _text: None, datetime.now(UTC))

    def refusal(self, key: str = "key", **changes: Any) -> CollectError:
        with pytest.raises(CollectError) as refusal:
            self.collect(key, **changes)
        return refusal.value


@pytest.fixture(scope="module")
def bastion(lab: Lab) -> Bastion:
    return Bastion(lab.part("bastion"))


@pytest.fixture(scope="module", autouse=True)
def _in_a_hurry() -> Iterator[None]:
    """The lab bans nobody: ssh-audit need not pause between its connections."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collecting, "PAUSE_SECONDS", 0.0)
        yield


@pytest.fixture(scope="module")
def facts(bastion: Bastion) -> RemoteAccessFacts:
    return bastion.collect()


def test_every_planted_fault_is_found(bastion: Bastion, facts: RemoteAccessFacts) -> None:
    assert facts.gaps == ()
    outcomes = {outcome.rule.id: outcome for outcome in run_rules(rules_of("remote_access"), facts)}
    missed = {}
    for planted in bastion.description["expected"]:
        outcome = outcomes[f"remote_access.{planted['fault']}"]
        found = {finding.subject for finding in outcome.findings}
        if outcome.status is not Status.FAILED or not set(planted["subjects"]) <= found:
            missed[planted["fault"]] = (outcome.status, sorted(set(planted["subjects"]) - found))
    assert missed == {}
    assert not [outcome for outcome in outcomes.values() if outcome.status is Status.ERROR]


def test_the_offer_is_that_of_ssh_audit_with_its_sizes(facts: RemoteAccessFacts) -> None:
    assert facts.offer is not None
    assert (facts.offer.audited, facts.offer.protocol) == (True, "2.0")
    assert ("rsa-sha2-512", 1024) in facts.offer.host_key_bits
    assert "aes256-cbc" in {note.algorithm for note in facts.offer.notes}


def test_a_match_block_on_a_port_is_followed(bastion: Bastion, facts: RemoteAccessFacts) -> None:
    """`Match User tm_vide LocalPort 2222`: sshd answers nothing of it unless it is told where it listens."""
    empty = {entry.account for entry in facts.sshd if entry.is_on("permitemptypasswords")}
    assert empty == {"tm_vide"}
    assert {entry.account for entry in facts.sshd if entry.error} == {"tm_ascenseur"}


def test_the_same_machine_under_another_address_is_not_compared_with_itself(
    bastion: Bastion, facts: RemoteAccessFacts
) -> None:
    assert facts.machine
    (same,) = {OtherKey(key.fingerprint, "192.0.2.1", key.account, facts.machine) for key in facts.keys[:1]}
    assert bastion.collect(other_keys=(same,)).other_keys == ()


def test_sessions_of_wtmp_are_read(facts: RemoteAccessFacts) -> None:
    suppliers = [one for one in facts.shell_sessions or () if one.account.startswith("tm_")]  # ours is there too
    seen = {(one.account, one.source, one.ended is not None) for one in suppliers}
    assert seen == {(account, source, True) for account, source, _, _ in SESSIONS}


def test_an_expired_account_is_told_from_a_refused_key(bastion: Bastion) -> None:
    expired = bastion.description["bastion"].replace("care-audit@", "tm_gtb@")
    key = str(Path(bastion.description["key"]).parent / "gtb")
    context = Context({"private_key": Path(key).read_text()}, lambda _share, _text: None, datetime.now(UTC))
    file = Path(bastion.description["root"]) / "home" / "tm_gtb" / ".ssh" / "authorized_keys"
    before = file.read_text()
    file.write_text(before.partition(" ")[2])  # without its from=
    try:
        with pytest.raises(CollectError) as refusal:
            collect(bastion.request(bastion=expired), context)
    finally:
        file.write_text(before)
    assert "n’a ni expiré ni été verrouillé" in refusal.value.text.fr


def test_another_language_changes_no_answer(bastion: Bastion) -> None:
    gateway = parse_gateway(bastion.description["ordinary"])
    key = read_private_key(bastion.read("ordinary_key"), "")
    with session(gateway, bastion.read("known_hosts"), key) as opened:
        french = opened.run("LC_ALL=fr_FR.UTF-8 LANG=fr_FR.UTF-8 sh -s", SCRIPT).output
        plain = opened.run("sh -s", SCRIPT).output
    assert is_report(french)
    assert [line for line in french.splitlines() if "date " not in line and "comm" not in line][:200] == [
        line for line in plain.splitlines() if "date " not in line and "comm" not in line
    ][:200]


def test_a_directory_out_of_reach_costs_its_own_time_and_what_it_hides(tmp_path: Path) -> None:
    """`getent` that never ends, as when SSSD waits for its server: what it said is kept, the rest goes on."""
    fake = tmp_path / "getent"
    fake.write_text("#!/bin/sh\necho root:x:0:0:root:/nowhere:/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    script = (
        COLLECTOR.read_text()
        .replace("PATH=/usr/sbin", f"PATH={tmp_path}:/usr/sbin")
        .replace("patience=20", "patience=1")
    )
    began = time.monotonic()
    said = subprocess.run(["sh", "-s"], input=script, capture_output=True, text=True, timeout=60, check=False).stdout
    assert time.monotonic() - began < 30
    report = parse_report(said)
    assert report.done
    (passwd,) = report.named("passwd")
    assert (passwd.lines[0], passwd.code) == ("root:x:0:0:root:/nowhere:/bin/sh", 124)
    facts = assemble(report, Visit(datetime.now(UTC), "h", "care-audit", as_root=True, register=None))
    (gap,) = {gap for gap in facts.gaps if gap.section == "accounts" and "passwd" in gap.reason.fr}
    assert (gap.truncated, "annuaire" in gap.reason.fr) == (True, True)
    assert facts.processes


def test_the_account_in_order_has_no_fault_of_its_own(bastion: Bastion, facts: RemoteAccessFacts) -> None:
    healthy = f"{bastion.description['address']}/tm_pharma"
    outcomes = run_rules(rules_of("remote_access"), facts)
    assert [
        outcome.rule.id for outcome in outcomes for f in outcome.findings if f.subject in {healthy, "vpn/tm_pharma"}
    ] == []


def test_nothing_is_written_on_the_gateway(bastion: Bastion) -> None:
    before = _tree(Path(bastion.description["root"]))
    bastion.collect()
    bastion.collect("ordinary_key", bastion=bastion.description["ordinary"])
    assert _tree(Path(bastion.description["root"])) == before


def test_no_hash_and_no_private_key_reach_the_facts(facts: RemoteAccessFacts) -> None:
    assert "$6$" not in repr(facts)
    assert "PRIVATE KEY" not in repr(facts)


def test_the_child_process_writes_an_archive_that_judges_while_another_host_hangs(
    bastion: Bastion, tmp_path: Path
) -> None:
    """A bastion that lets in and never answers costs its own limit; the one reviewed beside it is reviewed whole."""
    over = threading.Event()
    with serving(Host(stopping_after(b"", over), over=over)) as hung, ThreadPoolExecutor() as both:
        silent = {"bastion": hung.bastion, "known_hosts": hung.known_hosts}
        began = time.monotonic()
        waiting = both.submit(_audit, silent, bastion.read("key"), tmp_path / "silent", Limits(seconds=4.0))
        request = bastion.request()
        asked = {name: getattr(request, name) for name in ("bastion", "known_hosts", "register_csv", "register_name")}
        archive = _audit(asked, bastion.read("key"), tmp_path / "facts", Limits())
        with pytest.raises(CollectError) as refusal:
            waiting.result()
        assert time.monotonic() - began < 60
    assert "went over its limit" in refusal.value.text.en
    assert not (tmp_path / "silent").exists()
    result = judge(archive)
    assert result.complete
    assert result.target == f"{bastion.description['address']}:2222"
    assert result.counts()[Status.FAILED] >= 30


def test_an_ordinary_account_reads_what_it_may_and_says_the_rest(bastion: Bastion) -> None:
    facts = bastion.collect("ordinary_key", bastion=bastion.description["ordinary"])
    assert {gap.section for gap in facts.gaps} == {"ageing", "sshd", "keys", "sudo", "private_keys"}
    assert any(account.name == "tm_imagerie" for account in facts.accounts)
    outcomes = {outcome.rule.id: outcome.status for outcome in run_rules(rules_of("remote_access"), facts)}
    assert outcomes["remote_access.sudo_everything"] is Status.NOT_ASSESSABLE
    assert outcomes["remote_access.single_factor"] is Status.NOT_ASSESSABLE
    assert outcomes["remote_access.remote_logging"] is Status.FAILED
    assert outcomes["remote_access.legacy_services"] is Status.FAILED


def test_an_unknown_host_key_is_refused_with_its_fingerprint(bastion: Bastion) -> None:
    error = bastion.refusal(known_hosts="")
    key_line = bastion.read("known_hosts").strip()
    assert "SHA256:" in error.text.fr
    assert key_line in error.text.fr
    assert bastion.collect(known_hosts=key_line).gaps == ()


def test_a_changed_host_key_is_refused_and_nothing_is_sent(bastion: Bastion) -> None:
    name, kind, _ = bastion.read("known_hosts").split()
    other = "AAAAC3NzaC1lZDI1NTE5AAAAIOnieDCU/IJLHcR1GZmHWaje0d98ytVBk/pbZbkmnwnB"
    log = Path(bastion.description["root"]).parent / "sshd.log"
    before = log.read_text().count("Accepted key")
    error = bastion.refusal(known_hosts=f"{name} {kind} {other}\n")
    assert "a changé" in error.text.fr
    assert "SHA256:SgCxR+WZ0pu5LP4Dsk9eM3KLi1w7wV5z+kJz5fUJyQA" in error.text.fr
    assert log.read_text().count("Accepted key") == before


def test_a_refused_key_is_said_with_its_fingerprint(bastion: Bastion) -> None:
    error = bastion.refusal("stranger_key")
    assert "refuse la clé SHA256:" in error.text.fr
    assert "care-audit" in error.text.fr


def test_output_is_bounded_in_size_and_time(bastion: Bastion, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = parse_gateway(bastion.description["ordinary"])
    key = read_private_key(bastion.read("ordinary_key"), "")
    with session(gateway, bastion.read("known_hosts"), key) as opened:
        flood = opened.run("yes", limit=1 << 20)
        assert (len(flood.output), flood.cut) == (1 << 20, "size")
        with monkeypatch.context() as shorter:
            shorter.setattr(collect_ssh, "SESSION_SECONDS", 0.5)
            assert opened.run("sleep 60").cut == "time"
        assert opened.run("sh -c 'echo out; echo err >&2; exit 3'") == collect_ssh.Answer("out\n", "err\n", 3)


def test_the_audit_key_opens_nothing_else(bastion: Bastion) -> None:
    gateway = parse_gateway(bastion.description["bastion"])
    key = read_private_key(bastion.read("key"), "")
    with session(gateway, bastion.read("known_hosts"), key) as opened:
        assert opened.run("cat /etc/shadow; id").output.startswith("care-collect 1\n")


def test_the_machines_own_accounts_are_untouched(bastion: Bastion) -> None:
    assert "tm_imagerie" not in Path("/etc/passwd").read_text()
    assert not Path("/home/tm_imagerie").exists()
    assert not Path("/usr/local/sbin/care-collect").exists()


def _audit(asked: dict[str, Any], key: str, out: Path, limits: Limits) -> Archive[Any]:
    return collect_in_child("remote_access", asked, {"private_key": key}, out, limits)


def _tree(root: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, size and hash of every file but the logs sshd itself keeps of logins."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            if path.is_relative_to(root / "log"):
                continue
            state = path.lstat()
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            found[str(path)] = (state.st_mode, state.st_mtime_ns, hashlib.sha256(content).hexdigest())
    return found
