"""What the browser loads is ours, complete, and exactly what was published."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "care/web"
FOLDERS = (WEB / "static/vendor", ROOT / "tests/browser/vendor")


def entries(folder: Path) -> list[dict[str, object]]:
    return json.loads((folder / "VENDOR.json").read_text())


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_vendored_file_is_declared_and_unchanged(folder: Path) -> None:
    declared = {name: digest for entry in entries(folder) for name, digest in entry["files"].items()}
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    del present["VENDOR.json"]
    assert present == declared


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_package_has_a_version_and_a_licence(folder: Path) -> None:
    for entry in entries(folder):
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
        assert entry["licence"] in {"MIT", "0BSD", "MPL-2.0"}
        assert any(name.endswith(".LICENSE.txt") for name in entry["files"])


def test_no_page_asks_another_site() -> None:
    own = [*WEB.rglob("*.html"), *WEB.glob("static/*")]
    foreign = re.compile(r"""(?:src|href|action|url)\s*[=(]\s*["']?(?:https?:)?//""")
    assert [path for path in own if path.is_file() and foreign.search(path.read_text())] == []


def test_no_page_holds_inline_script_or_style() -> None:
    inline = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|hx-on|javascript:", re.IGNORECASE)
    assert [path for path in WEB.rglob("*.html") if inline.search(path.read_text())] == []


def test_every_icon_used_is_in_the_sprite() -> None:
    sprite = (WEB / "static/vendor/icons.svg").read_text()
    sources = [path.read_text() for suffix in ("html", "py") for path in WEB.rglob(f"*.{suffix}")]
    used = {name for text in sources for name in re.findall(r"""icon(?:\(|=)"([a-z0-9-]+)\"""", text)}
    assert used
    assert {name for name in used if f'id="{name}"' not in sprite} == set()
