"""The `.nessus` file that is kept: its secrets are gone, everything else is as it was."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scanners.imported.collection import EMPTIED, read_in_child
from scanners.imported.empty_nessus import empty_preferences
from scanners.imported.model import Tool
from scanners.imported.read import read_report

SAMPLES = Path(__file__).parent / "samples"
SAMPLE = (SAMPLES / "nessus.nessus").read_bytes()


def emptied(content: bytes) -> tuple[int, bytes]:
    out = io.BytesIO()
    return empty_preferences(io.BytesIO(content), out), out.getvalue()


def test_passwords_of_the_policy_are_gone_and_the_report_is_the_same() -> None:
    count, kept = emptied(SAMPLE)
    assert count == 3
    assert b"Pa55-de-la-politique" in SAMPLE
    assert b"Pa55-de-la-politique" not in kept
    assert b"Autre-secret" not in kept
    assert b"<name>SSH password (unsafe!) :</name><value></value>" in kept
    assert read_report(Tool.NESSUS, io.BytesIO(kept)) == read_report(Tool.NESSUS, io.BytesIO(SAMPLE))
    assert emptied(kept) == (0, kept), "the same file again gives the same bytes"


@pytest.mark.parametrize(
    "value",
    [
        "secret",
        "<![CDATA[secret]]>",
        "<!-- secret -->secret",
        "<?p secret?>",
        "&amp;secret&lt;",
        "\n  secret\n",
        "<b>secret</b>",
        "sécret secret",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_however_a_value_is_written(value: str, encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><NessusClientData_v2><Policy><Preferences><ServerPreferences>'
        f"<preference><name>plugin_set</name><value>1;2;</value></preference>"
        f"<preference><name>password</name><value>{value}</value></preference>"
        f"<preference><value>{value}</value><name>plugin_set</name></preference></ServerPreferences>"
        f"<PluginsPreferences><item><selectedValue>{value}</selectedValue><preferenceValues>{value}</preferenceValues>"
        "</item></PluginsPreferences></Preferences></Policy><Report name='é'/></NessusClientData_v2>"
    )
    count, kept = emptied(text.encode(encoding))
    assert (count, "secret" in kept.decode(encoding)) == (4, False)
    assert kept.decode(encoding) == text.replace(f">{value}</", "></")
    assert "1;2;" in kept.decode(encoding)


def test_a_large_file_is_copied_by_pieces() -> None:
    filler = "<!-- " + "x" * 3_000_000 + " -->"
    text = (
        f"<a>{filler}<preference><name>p</name><value>secret</value></preference>{filler}"
        "<item><selectedValue>secret</selectedValue></item></a>"
    )
    count, kept = emptied(text.encode())
    assert (count, kept.decode()) == (2, text.replace("secret", ""))


def test_the_child_writes_the_emptied_file_beside_the_report(tmp_path: Path) -> None:
    told = read_in_child(SAMPLES / "nessus.nessus", None, None, tmp_path / "report")
    assert told.emptied == 3
    assert (tmp_path / EMPTIED).read_bytes() == emptied(SAMPLE)[1]
    assert (SAMPLES / "nessus.nessus").read_bytes() == SAMPLE
    (tmp_path / EMPTIED).unlink()
    assert read_in_child(SAMPLES / "nmap.xml", None, None, tmp_path / "report").emptied == 0
    assert not (tmp_path / EMPTIED).exists()
