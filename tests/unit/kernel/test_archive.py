import errno
import io
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

import scanners.archive as archive_module
from scanners.archive import (
    Archive,
    CollectedAt,
    DataclassFormat,
    Manifest,
    Parts,
    parse_archive,
    read_archive,
    write_archive,
)
from scanners.errors import ArchiveError
from scanners.model import Gap
from tests.unit.kernel.samples import UNREAD, Facts

MANIFEST = Manifest("ad", 1, "ldaps://dc", "2026-01-01T00:00:00+00:00", "2026-01-01T00:01:00+00:00", "care test")
FACTS = Facts(("krbtgt", "éloïse"), (Gap("groups", UNREAD, truncated=True),))


@pytest.fixture(autouse=True)
def sample_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "format_of", lambda _scanner: DataclassFormat(Facts, schema=1))


def test_facts_come_back_as_they_were(tmp_path: Path) -> None:
    sha256 = write_archive(tmp_path / "f.care", MANIFEST, FACTS)
    assert read_archive(tmp_path / "f.care") == Archive(MANIFEST, FACTS, sha256)


def test_the_same_facts_give_the_same_bytes(tmp_path: Path) -> None:
    assert write_archive(tmp_path / "a", MANIFEST, FACTS) == write_archive(tmp_path / "b", MANIFEST, FACTS)


def rewritten(tmp_path: Path, **members: bytes) -> bytes:
    write_archive(tmp_path / "f.care", MANIFEST, FACTS)
    buffer = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "f.care") as source, zipfile.ZipFile(buffer, "w") as target:
        contents = {name: source.read(name) for name in source.namelist()}
        for name, content in {**contents, **{key.replace("_", "."): value for key, value in members.items()}}.items():
            target.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 truncated", b'{"schema": 1}'])
def test_a_file_that_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"f\.care is not a readable facts archive"):
        parse_archive(content, "f.care")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    write_archive(tmp_path / "f.care", MANIFEST, FACTS)
    whole = (tmp_path / "f.care").read_bytes()
    for length in range(0, len(whole), 17):
        with pytest.raises(ArchiveError):
            parse_archive(whole[:length], "f.care")


@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_changes_nothing_in_the_facts(
    position: int, value: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("archive") / "f.care"
    write_archive(path, MANIFEST, FACTS)
    content = bytearray(path.read_bytes())
    content[position % len(content)] = value
    try:
        facts = parse_archive(bytes(content), "f.care").facts
    except ArchiveError:
        return
    assert facts == FACTS


def test_facts_of_a_schema_that_never_existed_are_refused(tmp_path: Path) -> None:
    never = json.dumps({**json.loads(_manifest_json()), "schema": 0}).encode()
    with pytest.raises(ArchiveError, match="never existed"):
        parse_archive(rewritten(tmp_path, manifest_json=never), "f.care")


def test_facts_of_a_newer_schema_say_to_update(tmp_path: Path) -> None:
    newer = json.dumps({**json.loads(_manifest_json()), "schema": 2}).encode()
    with pytest.raises(ArchiveError, match="newer version of CaRE"):
        parse_archive(rewritten(tmp_path, manifest_json=newer), "f.care")


def test_an_unknown_scanner_says_to_update(tmp_path: Path) -> None:
    unknown = json.dumps({**json.loads(_manifest_json()), "scanner": "quantum"}).encode()
    with pytest.raises(ArchiveError, match="newer version of CaRE"):
        parse_archive(rewritten(tmp_path, manifest_json=unknown), "f.care")


def test_wrong_facts_name_the_place(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"accounts\.1"):
        parse_archive(rewritten(tmp_path, facts_json=b'{"accounts": ["a", 3], "gaps": []}'), "f.care")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = rewritten(tmp_path)
    monkeypatch.setattr(archive_module, "MAX_UNPACKED_BYTES", 10)
    with pytest.raises(ArchiveError, match="too large once unpacked"):
        parse_archive(content, "f.care")


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    source = rewritten(tmp_path)
    with zipfile.ZipFile(io.BytesIO(source)) as old:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
            new.writestr("arrays/evil.npy", buffer.getvalue())
    with pytest.raises(ArchiveError, match=r"f\.care is not a readable"):
        parse_archive(target.getvalue(), "f.care")


@dataclass(frozen=True)
class Columns:
    ages: np.ndarray
    gaps: tuple[Gap, ...] = ()


@pytest.mark.parametrize("header", [b"'", b"{'descr': '<i8', 'fortran_order': False, 'shape': (999999999999999,), }"])
def test_a_column_with_an_absurd_header_is_refused(tmp_path: Path, header: bytes) -> None:
    column = b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header + b"\n"
    with pytest.raises(ArchiveError, match=r"f\.care is not a readable"):
        parse_archive(rewritten(tmp_path, **{"arrays/x_npy": column}), "f.care")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_data_of_any_compression_is_refused(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "f.care", "w", method) as bundle:
        bundle.writestr("manifest.json", _manifest_json())
    content = bytearray((tmp_path / "f.care").read_bytes())
    content[50:60] = bytes(10)
    with pytest.raises(ArchiveError, match=r"f\.care is not a readable"):
        parse_archive(bytes(content), "f.care")


def test_a_date_of_collection_of_another_age_is_refused() -> None:
    adapter = TypeAdapter(CollectedAt)
    assert adapter.validate_python("2026-03-01T00:00:00+00:00").year == 2026
    for text in ("0001-01-01T00:00:00+00:00", "9999-12-31T00:00:00+00:00", "2026-03-01T00:00:00"):
        with pytest.raises(ValueError, match=r"our time|timezone"):
            adapter.validate_python(text)


class ColumnsFormat:
    schema = 1

    def pack(self, facts: Columns) -> Parts:
        return Parts({}, {"ages": facts.ages})

    def unpack(self, parts: Parts) -> Columns:
        return Columns(parts.arrays["ages"])


def test_columns_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "format_of", lambda _scanner: ColumnsFormat())
    ages = np.arange(1000, dtype=np.int64)
    write_archive(tmp_path / "c.care", MANIFEST, Columns(ages))
    assert np.array_equal(read_archive(tmp_path / "c.care").facts.ages, ages)


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write_archive(tmp_path / "f.care", MANIFEST, FACTS)
    before = (tmp_path / "f.care").read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="disk full") as refusal:
        write_archive(tmp_path / "f.care", MANIFEST, Facts())
    assert "disque plein" in refusal.value.text.fr
    assert (tmp_path / "f.care").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["f.care"]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="not found") as refusal:
        read_archive(tmp_path / "nowhere.care")
    assert "introuvable" in refusal.value.text.fr


def _manifest_json() -> str:
    return json.dumps(asdict(MANIFEST))
