"""What the import contracts cannot say: broad excepts, laptops without a database, names that clash."""

import ast
import subprocess
import sys
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


@pytest.mark.parametrize("name", ["audit", "judge", "rules", "report"])
def test_an_auditors_laptop_never_loads_the_store(name: str) -> None:
    program = (
        "import importlib, sys, care.cli\n"
        f"importlib.import_module('care.cli.{name}')\n"
        "from scanners.catalog import all_rules\nall_rules()\n"
        "heavy = {'sqlalchemy', 'flask', 'alembic', 'care.store', 'nmap'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_no_module_is_called_utils() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [path for path in sources() if path.stem in vague] == []
