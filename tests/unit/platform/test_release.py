"""A release: the same wheel twice, its digests signed by a key of the test, nothing from sources not committed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = ("care", "scanners", "exercises", "kits", "reports", "tools", "requirements")
FILES = ("pyproject.toml", "README.md", "LICENSE")


def run(*words: str | Path, cwd: Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(cwd), "CARE_BUILD_PYTHON": sys.executable}
    return subprocess.run([str(one) for one in words], cwd=cwd, env=env, input=given, capture_output=True, check=False)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our sources in a repository of their own, committed."""
    folder = tmp_path_factory.mktemp("sources")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    who = ("-c", "user.name=care", "-c", "user.email=care@localhost", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "all")):
        assert run("git", *words, cwd=folder).returncode == 0
    return folder


def test_a_release_is_the_same_twice_and_verifies(sources: Path, tmp_path: Path) -> None:
    key, out = tmp_path / "key", tmp_path / "out"
    assert run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key, cwd=tmp_path).returncode == 0
    made = run(sources / "tools" / "release.sh", out, key, cwd=tmp_path)
    assert made.returncode == 0, made.stderr.decode()
    kind, public = key.with_suffix(".pub").read_text().split()[:2]
    (tmp_path / "signers").write_text(f"care-release {kind} {public}\n")
    verify = ("ssh-keygen", "-Y", "verify", "-f", tmp_path / "signers", "-I", "care-release", "-n", "care-release")
    sums = (out / "SHA256SUMS").read_bytes()
    assert run(*verify, "-s", out / "SHA256SUMS.sig", cwd=out, given=sums).returncode == 0
    assert run(*verify, "-s", out / "SHA256SUMS.sig", cwd=out, given=sums + b"\n").returncode != 0
    assert run("sha256sum", "-c", "SHA256SUMS", cwd=out).returncode == 0
    assert len(sums.splitlines()) == 3
    assert not list(out.glob("*key*"))
    assert run(sources / "tools" / "release.sh", out, cwd=tmp_path).returncode == 1, "the folder is not empty"


def test_a_release_of_what_is_not_committed_is_refused(sources: Path, tmp_path: Path) -> None:
    (sources / "care" / "added.py").write_text("")
    try:
        refused = run(sources / "tools" / "release.sh", tmp_path / "out", cwd=tmp_path)
    finally:
        (sources / "care" / "added.py").unlink()
    assert refused.returncode == 1
    assert b"not committed" in refused.stderr
    assert list((tmp_path / "out").iterdir()) == []
