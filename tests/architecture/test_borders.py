"""What the import contracts cannot say: broad excepts, laptops without a database, names that clash."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("care", "scanners", "exercises", "kits", "reports")
BROAD_EXCEPTS = {"scanners/runner.py", "care/worker.py", "care/cli/__init__.py"}


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))] + [ROOT / "app.py"]


def is_broad(handler: ast.ExceptHandler) -> bool:
    names = ast.walk(handler.type) if handler.type is not None else []
    caught = {node.id for node in names if isinstance(node, ast.Name)}
    return handler.type is None or bool(caught & {"Exception", "BaseException"})


def test_broad_excepts_stand_only_where_the_design_puts_them() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.exists()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]
    assert len(found) == len(set(found))
    assert set(found) <= BROAD_EXCEPTS


@pytest.mark.parametrize("name", ["audit", "judge", "rules", "remediation", "report"])
def test_an_auditors_laptop_never_loads_the_store(name: str) -> None:
    program = (
        "import importlib, sys, care.cli\n"
        f"importlib.import_module('care.cli.{name}')\n"
        "from scanners.catalog import all_rules\nall_rules()\n"
        "heavy = {'sqlalchemy', 'flask', 'alembic', 'care.store', 'nmap'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_no_module_is_called_utils() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [path for path in sources() if path.stem in vague] == []


NETWORK_OR_PROCESS = {"socket", "ssl", "subprocess", "asyncio", "ldap3", "paramiko", "nmap", "dns", "http", "urllib"}
FILES = {"tempfile", "shutil", "glob", "sqlite3"}


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def scanner_modules() -> list[Path]:
    return [path for path in sources() if path.is_relative_to(ROOT / "scanners")]


def test_only_collect_modules_reach_the_network_or_start_a_process() -> None:
    reaching = [
        str(path.relative_to(ROOT))
        for path in scanner_modules()
        if not path.stem.startswith("collect")
        and {name.partition(".")[0] for name in imports_of(path)} & NETWORK_OR_PROCESS
    ]
    assert reaching == []


def test_rules_are_strangers_to_each_other_and_touch_no_file() -> None:
    for path in scanner_modules():
        if path.parent.name != "rules" or path.stem == "__init__":
            continue
        imported = imports_of(path)
        assert not any(".rules" in name for name in imported), path
        assert not {name.partition(".")[0] for name in imported} & (FILES | {"os", "pathlib", "random", "time"}), path


def test_only_readers_of_imported_files_touch_files() -> None:
    """What a report means is decided without a disk: the readers take streams, and only their data is a file."""
    opening = FILES | {"os", "io", "pathlib", "gzip", "csv", "importlib", "defusedxml", "ijson"}
    touching = [
        path.name
        for path in sorted((ROOT / "scanners/imported").glob("*.py"))
        if not path.stem.startswith(("read_", "collect"))
        and {name.partition(".")[0] for name in imports_of(path)} & opening
    ]
    assert touching == []


def test_readers_of_imported_files_are_strangers_to_each_other() -> None:
    shared = {"read_bounded", "read_xml", "read_json", "read_points"}
    for path in sorted((ROOT / "scanners/imported").glob("read_*.py")):
        readers = {name.rpartition(".")[2] for name in imports_of(path) if name.startswith("scanners.imported.read_")}
        assert readers <= shared, path


def test_nothing_under_agpl_is_locked() -> None:
    """SSLyze is AGPL: its files are read, it is never installed beside us."""
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        assert "sslyze" not in lock.read_text(), lock


def test_every_file_of_the_kits_is_packaged() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = [*settings["package-data"]["*"], "*.py"]
    files = [path for path in (ROOT / "kits").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(files) > 100
    assert [str(path) for path in files if not any(path.match(pattern) for pattern in patterns)] == []
    assert "kits*" in settings["packages"]["find"]["include"]
