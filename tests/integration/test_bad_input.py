"""The command line as a hurried or hostile person calls it: each bad input is one sentence and the right exit code.

Two jobs on one target at once, and kill -9 of a worker in the middle of an audit, are in tests/services
(`test_jobs.py`, `test_worker.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest

from care.cli.audit import AUTHENTICATIONS, DRILL_MODES, PROFILES
from scanners.ad.ldap.collect_sasl import Authentication
from scanners.archive import read_archive
from scanners.catalog import SCANNERS, rules_of
from scanners.exposure.collect_profiles import PROFILES as EXPOSURE_PROFILES
from scanners.restore.facts import Mode
from tests.integration.conftest import Lab
from tests.lab.stage import Description
from tests.support.machine import eventually, silent_server

pytestmark = pytest.mark.lab

CARE = (str(Path(sys.executable).with_name("care")),)
STRANGE_NAMES = ("-oProxyCommand=id", "dc 1;id", "$(id)", "dc1\nid")
OK, FINDINGS, USAGE, COULD_NOT_RUN = 0, 1, 2, 3


@dataclass(frozen=True)
class Answer:
    """What the command said. `sentence` is the one line a person reads."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        assert "Value error" not in self.err
        return lines[0]

    def refused(self, *words: str, code: int = COULD_NOT_RUN) -> None:
        """One sentence, exit code `code`, nothing on standard output, and these words."""
        assert (self.code, self.out) == (code, ""), self
        for word in words:
            assert word in self.sentence


Run = Callable[..., Answer]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The temporary folder of the commands: empty again after each of them."""
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


@pytest.fixture
def care(scratch: Path) -> Run:
    def run(*arguments: str | Path, lang: str = "en", wrap: Sequence[str] = (), expect_clean: bool = True) -> Answer:
        environment = {**os.environ, "TMPDIR": str(scratch), "LANG": "C.UTF-8"}
        command = [*wrap, *CARE, "--lang", lang, "--quiet", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
        if expect_clean:
            assert list(scratch.iterdir()) == []
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="module")
def ad(lab: Lab) -> Description:
    return lab.part("ad")


@pytest.fixture(scope="module")
def zone(lab: Lab) -> Description:
    return lab.part("exposure")


@pytest.fixture(scope="module")
def bastion(lab: Lab) -> Description:
    return lab.part("bastion")


def directory(ad: Description, **changes: str | Path) -> list[str | Path]:
    """The arguments of an audit of the lab's directory."""
    auditor = ad["accounts"]["auditor"]
    given = {
        "server": ad["server"],
        "user": auditor["user"],
        "password-file": auditor["password_file"],
        "ca": ad["ca"],
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    return ["audit", "ad", *(word for name, value in given.items() if value for word in (f"--{name}", value))]


def gateway(lab: Description, **changes: str | Path) -> list[str | Path]:
    """The arguments of an audit of the lab's bastion."""
    given = {"bastion": lab["bastion"], "key": lab["key"], "known-hosts": lab["known_hosts"], **changes}
    return ["audit", "remote-access", *(f"--{name}={value}" for name, value in given.items())]


def exposure(zone: Description, *targets: str, mandate: Path | None = None) -> list[str | Path]:
    """The arguments of an audit of these targets, under the lab's mandate unless told otherwise."""
    return ["audit", "exposure", "--mandate", mandate or zone["mandate"], *(f"--targets={one}" for one in targets)]


@pytest.fixture(scope="module")
def facts(bastion: Description, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of facts made by the command line."""
    out = tmp_path_factory.mktemp("facts") / "bastion.care"
    arguments = [*CARE, "--quiet", *map(str, gateway(bastion)), "--facts-out", str(out), "--json", f"{out}.json"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == FINDINGS, done.stderr
    return out


# ------------------------------------------------------------------------------------------------ the contract


def test_judge_gives_the_same_document_offline(care: Run, facts: Path) -> None:
    judged = care("judge", facts, "--json", "-", wrap=("unshare", "--net"))
    assert judged.code == FINDINGS
    first, again = json.loads(Path(f"{facts}.json").read_text()), json.loads(judged.out)
    messages = [finding.pop("message", "") for outcome in again["outcomes"] for finding in outcome["findings"]]
    assert all(messages)
    assert [(one["rule"], one["status"]) for one in again["outcomes"]] == [
        (one["rule"], one["status"]) for one in first["outcomes"]
    ]
    asks = read_archive(facts).facts.asks  # no list was given: rules of lists were not asked
    asked = sorted(rule.id for rule in rules_of("remote_access") if asks(rule))
    assert sorted(one["rule"] for one in again["outcomes"]) == asked
    assert "remote_access.root_login" in asked


@pytest.mark.parametrize("scanner", SCANNERS)
def test_the_catalogue_has_its_published_shape(care: Run, scanner: str) -> None:
    rules = json.loads(care("rules", "--scanner", scanner, "--json").out)["rules"]
    assert {rule["id"] for rule in rules} == {rule.id for rule in rules_of(scanner)}
    assert all({"id", "scanner", "title", "severity", "refs", "kind"} <= rule.keys() for rule in rules)


def test_fail_on_decides_the_exit_code(care: Run, zone: Description) -> None:
    """A good web server: nothing high, and what is only informative fails on `info` alone."""
    arguments = [*exposure(zone, zone["targets"][1]), "--ports", "443"]
    assert care(*arguments).code == OK


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_accepted(care: Run, zone: Description, profile: str) -> None:
    done = care(*exposure(zone, zone["targets"][0]), "--ports", "443", "--profile", profile, "--json", "-")
    assert done.code == (COULD_NOT_RUN if profile == "fragile" else FINDINGS)  # fragile leaves services unread
    assert json.loads(done.out)["schema"] == "care-audit/1"


def test_the_choices_are_those_of_the_scanners() -> None:
    assert set(PROFILES) == set(EXPOSURE_PROFILES)
    assert set(AUTHENTICATIONS) == set(Authentication)
    assert set(DRILL_MODES) == set(get_args(Mode))


def test_a_command_called_wrongly_is_a_usage_error_in_the_language_asked(care: Run) -> None:
    assert care("audit", "ad").code == USAGE
    assert care("audit", "workstations").code == USAGE
    assert "Donnez --password-file" in care("audit", "ad", lang="fr").err
    assert "obligatoire" in care("audit", "exposure", lang="fr").err
    assert "inconnue" in care("judge", "x", "--nothing", lang="fr").err


# ------------------------------------------------------------------------------------------------ active directory


def test_a_wrong_password(care: Run, ad: Description, tmp_path: Path) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("wrong\n")
    out = tmp_path / "facts.care"
    care(*directory(ad, password_file=wrong), "--facts-out", out).refused("wrong name or password", "lock")
    care(*directory(ad, password_file=wrong), lang="fr").refused("mot de passe incorrect")
    assert not out.exists()
    wrong.write_text("")
    care(*directory(ad, password_file=wrong)).refused("is empty", code=USAGE)


def test_an_unreachable_host(care: Run, ad: Description, bastion: Description) -> None:
    care(*directory(ad, server="ldaps://127.0.0.1:9")).refused("127.0.0.1:9", "connection refused", "firewall")
    care(*directory(ad, server="ldaps://127.0.0.1:9"), lang="fr").refused("connexion refusée", "pare-feu")
    care(*directory(ad, server="ldaps://dc1.hopital.invalid")).refused("dc1.hopital.invalid", "DNS")
    care(*gateway(bastion, bastion="audit@127.0.0.1:9"), lang="fr").refused("connexion refusée", "vérifiez")
    care(*gateway(bastion, bastion="audit@nowhere.invalid"), lang="fr").refused("DNS")


def test_tls_that_is_not_trusted(care: Run, ad: Description, zone: Description, tmp_path: Path) -> None:
    care(*directory(ad, ca="")).refused("signed by no known authority", "--ca")
    care(*directory(ad, ca=zone["ca"])).refused("signed by no known authority")
    care(*directory(ad, ca=ad["accounts"]["auditor"]["password_file"])).refused("PEM")
    care(*directory(ad, server=f"ldaps://{zone['targets'][0]}:443")).refused("too weak", "2048")


def test_a_port_that_does_not_speak_tls(care: Run, ad: Description, bastion: Description) -> None:
    said = care(*directory(ad, server=f"ldaps://{bastion['address']}:{bastion['port']}"))
    said.refused("wrong version number", "port")
    assert "((" not in said.sentence


@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_a_name_that_could_be_an_option_or_a_command(
    care: Run, ad: Description, zone: Description, bastion: Description, name: str
) -> None:
    care(*directory(ad, server=f"ldaps://{name}"), lang="fr").refused("est refusée", "ldaps://")
    care(*exposure(zone, name), lang="fr").refused("est refusée")
    care(*gateway(bastion, bastion=f"audit@{name}"), lang="fr").refused("est refusée")


def test_a_port_out_of_range(care: Run, ad: Description, zone: Description) -> None:
    care(*directory(ad, server="ldaps://127.0.0.1:99999"), lang="fr").refused("est refusée", "[:port]")
    care(*exposure(zone, zone["targets"][0]), "--ports", "0-70000").refused("22,443")


# ------------------------------------------------------------------------------------------------ bastion


def test_a_host_key_that_changed(care: Run, bastion: Description, tmp_path: Path) -> None:
    place = Path(bastion["known_hosts"]).read_text().split()[0]
    known = tmp_path / "known_hosts"
    known.write_text(f"{place} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n")
    care(*gateway(bastion, **{"known-hosts": known})).refused("has changed", "SHA256:", "nothing was sent")
    known.write_text("")
    care(*gateway(bastion, **{"known-hosts": known})).refused("is unknown", "SHA256:", "ssh-ed25519 AAAA")


# ------------------------------------------------------------------------------------------------ exposure


def test_nmap_absent(care: Run, zone: Description, tmp_path: Path) -> None:
    """Hidden in a mount namespace of our own: python-nmap also looks in /usr/bin when PATH is empty."""
    (tmp_path / "nothing").touch()
    nmap = shutil.which("nmap")
    hide = ("unshare", "--mount", "sh", "-c", f'mount --bind "{tmp_path}/nothing" "{nmap}" && exec "$@"', "sh")
    care(*exposure(zone, zone["targets"][0]), wrap=hide).refused("nmap", "apt install nmap")


@pytest.mark.parametrize("targets", [(), ("",), ("  ", "")])
def test_an_empty_target(care: Run, zone: Description, tmp_path: Path, targets: tuple[str, ...]) -> None:
    care(*exposure(zone, *targets)).refused("No target is given", code=USAGE)
    listed = tmp_path / "targets.txt"
    listed.write_text("# nothing yet\n\n")
    care(*exposure(zone), "--targets-file", listed, lang="fr").refused("Aucune cible", code=USAGE)


def mandate(zone: Description, folder: Path, changes: Mapping[str, str]) -> Path:
    """The lab's mandate with some of its lines changed."""
    lines = [
        f"{key}: {changes[key]}" if (key := line.partition(":")[0]) in changes else line
        for line in Path(zone["mandate"]).read_text().splitlines()
    ]
    path = folder / "mandate.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "does not cover 127.0.0.1"),
        ({"valid_from": "2019-01-01", "valid_to": "2020-01-01"}, "expired on 2020-01-01"),
        ({"valid_from": "2098-01-01", "valid_to": "2099-01-01"}, "not valid yet"),
        ({"valid_to": "demain"}, "field valid_to"),
        ({"authorised_by": ""}, "field authorised_by"),
    ],
)
def test_a_target_outside_the_mandate(
    care: Run, zone: Description, tmp_path: Path, changes: Mapping[str, str], words: str
) -> None:
    changed = mandate(zone, tmp_path, changes)
    care(*exposure(zone, "127.0.0.1", mandate=changed)).refused(words)


@pytest.mark.parametrize("content", [b"a: [", b"- a", b"\xff\xfe\x00\x01", b""])
def test_a_mandate_that_is_not_one(care: Run, zone: Description, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mandat.yaml"
    path.write_bytes(content)
    care(*exposure(zone, zone["targets"][0], mandate=path), lang="fr").refused("mandat.yaml", "corrigez")


# ------------------------------------------------------------------------------------------------ facts


def spoilt(source: Path, out: Path, **changes: Any) -> Path:
    """A copy of an archive whose manifest says something else; None takes a field away."""
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(out, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "manifest.json":
                fields = {**json.loads(content), **changes}
                content = json.dumps({key: value for key, value in fields.items() if value is not None}).encode()
            changed.writestr(name, content)
    return out


def test_malformed_facts(care: Run, ad: Description, facts: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.care"
    cut.write_bytes(facts.read_bytes()[:-100])
    for arguments in (["judge", cut], ["report", "audit", cut, "-o", tmp_path / "x.pdf"]):
        care(*arguments, lang="fr").refused("cut.care", "n’est pas une archive de faits lisible")
    care("audit", "workstations", "--from-ad", facts).refused("does not hold the facts of a directory")
    care("judge", spoilt(facts, tmp_path / "lie.care", scanner="backup")).refused("not a readable facts archive")
    care("judge", tmp_path / "absent.care").refused("not found")
    assert not (tmp_path / "x.pdf").exists()


@pytest.mark.parametrize(
    "changes", [{"schema": 99}, {"scanner": "cloud"}, {"container": "care-facts/2", "tool": None, "target": None}]
)
def test_facts_of_a_newer_schema(care: Run, facts: Path, tmp_path: Path, changes: Mapping[str, Any]) -> None:
    newer = spoilt(facts, tmp_path / "newer.care", **changes)
    care("judge", newer).refused("newer version of CaRE", "update")
    care("judge", newer, lang="fr").refused("version plus récente", "mettez CaRE à jour")


def test_a_full_disk_keeps_what_was_there(care: Run, bastion: Description, facts: Path, tmp_path: Path) -> None:
    """A tmpfs of 16 kB in a mount namespace; the facts of last month stay whole, and nothing lies beside them."""
    small = tmp_path / "small"
    small.mkdir()
    prepare = (
        f'mount -t tmpfs -o size=16k none "{small}" && echo before > "{small}/kept" && '
        f'{{ head -c 20000 /dev/zero > "{small}/ballast" 2>/dev/null; "$@"; code=$?; }}; '
        f'ls -A "{small}" > "{tmp_path}/left"; cat "{small}/kept" >> "{tmp_path}/left"; exit $code'
    )
    full = ("unshare", "--mount", "sh", "-c", prepare, "sh")
    kept = small / "kept"
    for arguments in (
        [*gateway(bastion), "--facts-out", kept],
        ["judge", facts, "--json", kept],
        ["report", "audit", facts, "-o", kept],
    ):
        care(*arguments, lang="fr", wrap=full).refused("disque plein")
        assert (tmp_path / "left").read_text().split() == ["ballast", "kept", "before"]


# ------------------------------------------------------------------------------------------------ interruptions


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_ending_the_command_leaves_no_process(ad: Description, tmp_path: Path, number: signal.Signals) -> None:
    """A directory that accepts and never answers; whatever ends the command, its collection ends as well."""
    with silent_server() as server:
        arguments = directory(ad, server=f"ldaps://127.0.0.1:{server.port}")
        out = tmp_path / "facts.care"
        command = [*CARE, "--quiet", *map(str, arguments), "--facts-out", str(out)]
        # A shell starts background commands deaf to SIGINT, and the tests may run in one.
        hearing = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        parent = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=hearing)  # noqa: PLW1509
        try:
            eventually(
                lambda: len(children_of(parent.pid)) == 1 and server.open_connections() == 1, "a collection under way"
            )
            child = children_of(parent.pid)
            parent.send_signal(number)
            _, said = parent.communicate(timeout=30)
            eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in child), "the collection has ended")
        finally:
            parent.kill()
            parent.wait()
    assert parent.returncode != OK
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
