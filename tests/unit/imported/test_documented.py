"""What docs/formats.md says of imported files is true."""

from pathlib import Path

import pytest

from scanners.imported.model import Tool
from scanners.imported.read import LIMITS
from tests.unit.imported.files import read, subjects

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
SECTIONS = {
    Tool.NMAP: "### nmap",
    Tool.TESTSSL: "### testssl.sh",
    Tool.SSLYZE: "### SSLyze",
    Tool.SSH_AUDIT: "### ssh-audit",
    Tool.NUCLEI: "### Nuclei",
    Tool.NESSUS: "### Nessus",
    Tool.OPENVAS: "### OpenVAS",
    Tool.PINGCASTLE: "### PingCastle",
    Tool.GENERIC: "### Format générique",
    Tool.ADS: "### Résultat ADS",
}


@pytest.mark.parametrize("tool", Tool)
def test_every_tool_has_its_section(tool: Tool) -> None:
    assert PAGE.count(SECTIONS[tool]) == 1


def test_the_generic_example_is_read() -> None:
    example = PAGE.split("```json\n", 1)[1].split("```", 1)[0]
    found = subjects(read("generic.json", example.encode(), at=None))
    assert found == {"generic.PT-7": ["192.0.2.80:8080/tcp", "portail.hopital.test:443/tcp /recherche"]}


def test_the_bounds_are_those_of_the_page() -> None:
    assert f"{LIMITS.bytes >> 20} Mio, {LIMITS.depth} niveaux, " in PAGE
    for bound in (LIMITS.findings, LIMITS.hosts, LIMITS.checks):
        assert f"{bound:,}".replace(",", " ") in PAGE
