"""Files of every source are read in the shapes their publishers give them, kept whole or not at all."""

from __future__ import annotations

import gzip
import lzma
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.vulnerabilities import read_stream
from scanners.vulnerabilities.importing import Asked, import_file
from scanners.vulnerabilities.model import Source, VulnerabilityError
from scanners.vulnerabilities.store import opened_store, states_of
from tests.unit.vulnerabilities.data import (
    EPSS,
    KEV,
    NOTICE,
    NOW,
    NVD,
    TRACKER,
    api_page,
    everything,
    imported,
    kev_document,
    match,
    nvd_record,
    written,
)

KEV_CSV = (
    "cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,"
    "knownRansomwareCampaignUse,notes,cwes\n"
    + "\n".join(f'{one[0]},{one[1]},{one[2]},"A, flaw",{one[3]},x,y,2026-01-01,{one[4]},,' for one in KEV)
)


def flaws(folder: Path, *products: str) -> list[tuple[str, float | None, str, float | None]]:
    with opened_store(folder / "store.sqlite3") as store:
        assert store is not None
        return [(one.cve, one.score, one.exploited_since, one.epss) for one in store.flaws(products)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.json", api_page(*NVD)),
        ("page.json.gz", api_page(*NVD)),
        ("CVE-2024.json.xz", {"timestamp": "2026-06-14T08:00:00Z", "cve_items": list(NVD)}),
        ("list.json", list(NVD)),
        ("joined.json", {"cve_items": [{"cve": one} for one in NVD]}),
    ],
)
def test_the_nvd_in_every_shape(tmp_path: Path, name: str, content: object) -> None:
    done = imported(tmp_path, name, content)
    assert (done.source, done.records, done.added) == (Source.NVD, len(NVD), len(NVD))
    assert flaws(tmp_path, "openbsd:openssh") == [("CVE-2024-6387", 8.1, "", None)]
    assert flaws(tmp_path, "fortinet:fortios") == [("CVE-2024-21762", 9.8, "2024-02-09", None)]


CWE_787 = [{"type": "Secondary", "description": [{"lang": "en", "value": "CWE-20"}]},
           {"type": "Primary", "description": [{"lang": "en", "value": "CWE-787"}]}]  # fmt: skip


@pytest.mark.parametrize(
    ("weaknesses", "kind"),
    [(CWE_787, "CWE-787"), (CWE_787[:1], "CWE-20"), ([], ""), ("x", ""),
     ([{"description": [{"value": "NVD-CWE-noinfo"}]}], ""), ([{"description": [{"value": "CWE-1<b>"}]}], "")],
)  # fmt: skip
def test_a_flaw_tells_its_kind(tmp_path: Path, weaknesses: object, kind: str) -> None:
    record = nvd_record("CVE-2024-6387", match("openbsd:openssh", versionEndExcluding="9.8"), weaknesses=weaknesses)
    imported(tmp_path, "nvd.json", api_page(record))
    with opened_store(tmp_path / "store.sqlite3") as store:
        assert store is not None
        assert [one.weakness for one in store.flaws(("openbsd:openssh",))] == [kind]


def test_a_store_of_before_is_read_and_the_next_import_completes_it(tmp_path: Path) -> None:
    record = nvd_record("CVE-2024-6387", match("openbsd:openssh", versionEndExcluding="9.8"), weaknesses=CWE_787)
    imported(tmp_path, "nvd.json", api_page(record))
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as database:
        database.executescript("ALTER TABLE cve DROP COLUMN weakness; PRAGMA user_version = 1;")
    assert kinds(tmp_path) == [""]
    imported(tmp_path, "epss.csv", EPSS)
    assert kinds(tmp_path) == [""]
    again = imported(tmp_path, "nvd.json", api_page(record))
    assert (again.added, again.changed) == (0, 1), "the same file completes what a former version had left out"
    assert kinds(tmp_path) == ["CWE-787"]


def kinds(folder: Path) -> list[str]:
    with opened_store(folder / "store.sqlite3") as store:
        assert store is not None
        return [one.weakness for one in store.flaws(("openbsd:openssh",))]


def test_one_record_of_the_mirror_alone(tmp_path: Path) -> None:
    done = imported(tmp_path, "CVE-2024-6387.json", NVD[0])
    assert (done.records, done.dated) == (1, datetime(2026, 6, 1, 10, tzinfo=UTC))


def test_the_same_file_again_changes_nothing_and_a_newer_record_wins_whatever_the_order(tmp_path: Path) -> None:
    imported(tmp_path, "nvd.json", api_page(*NVD))
    again = imported(tmp_path, "nvd.json", api_page(*NVD))
    assert (again.records, again.added, again.changed) == (len(NVD), 0, 0)
    newer = nvd_record(
        "CVE-2024-6387", match("openbsd:openssh", versionEndExcluding="4.4"), modified="2026-06-10T00:00:00"
    )
    assert imported(tmp_path, "modified.json", api_page(newer)).changed == 1
    assert imported(tmp_path, "nvd.json", api_page(*NVD)).changed == 0
    assert flaws(tmp_path, "openbsd:openssh") == [("CVE-2024-6387", 7.5, "", None)]
    rejected = {**newer, "vulnStatus": "Rejected", "lastModified": "2026-06-12T00:00:00"}
    imported(tmp_path, "modified.json", api_page(rejected))
    assert flaws(tmp_path, "openbsd:openssh") == []


@pytest.mark.parametrize(
    ("name", "content"), [("kev.json", kev_document()), ("kev.csv.gz", KEV_CSV), ("kev.csv", "\ufeff" + KEV_CSV)]
)
def test_kev_in_both_forms_gives_the_same(tmp_path: Path, name: str, content: object) -> None:
    imported(tmp_path, "nvd.json", api_page(*NVD))
    done = imported(tmp_path, name, content)
    assert (done.source, done.records, done.added) == (Source.KEV, 2, 2)
    assert flaws(tmp_path, "apache:http_server") == [("CVE-2021-41773", 9.8, "2021-11-03", None)]


@pytest.mark.parametrize(
    ("content", "dated"),
    [
        (EPSS, datetime(2026, 6, 14, 12, tzinfo=UTC)),
        (EPSS.replace(",", ";").replace("v2025.03.14;", "v2025.03.14,"), datetime(2026, 6, 14, 12, tzinfo=UTC)),
        ("CVE-2024-6387;0.41;0.97\n", datetime(2026, 6, 13, tzinfo=UTC)),
    ],
)
def test_epss_with_comma_or_semicolon_with_or_without_head(tmp_path: Path, content: str, dated: datetime) -> None:
    imported(tmp_path, "nvd.json", api_page(*NVD))
    done = imported(tmp_path, "epss.csv.gz", content, dated=datetime(2026, 6, 13, tzinfo=UTC))
    assert (done.source, done.dated) == (Source.EPSS, dated)
    assert flaws(tmp_path, "openbsd:openssh") == [("CVE-2024-6387", 8.1, "", 0.41)]


def test_notices_add_up_and_the_alert_comes_first(tmp_path: Path) -> None:
    imported(tmp_path, "nvd.json", api_page(*NVD))
    later = {**NOTICE, "reference": "CERTFR-2025-AVI-0001", "initial_release_date": "2025-01-02T00:00:00"}
    assert imported(tmp_path, "certfr.json", NOTICE).added == 1
    assert imported(tmp_path, "more.json", [NOTICE, later]).added == 1
    with opened_store(tmp_path / "store.sqlite3") as store:
        assert store is not None
        assert [one.notice for one in store.flaws(["openbsd:openssh"])] == ["CERTFR-2024-ALE-009"]


def test_the_state_says_what_is_there_of_what_day_and_what_is_missing(tmp_path: Path) -> None:
    states = {one.source: one for one in states_of(everything(tmp_path))}
    assert set(states) == set(Source)
    nvd = states[Source.NVD]
    assert (nvd.dated, nvd.imported_at) == (datetime(2026, 6, 14, 8, tzinfo=UTC), NOW)
    assert (nvd.first, nvd.last, nvd.missing_years[0], nvd.missing_years[-1]) == (2017, 2024, 2002, 2023)
    assert not nvd.stale(nvd.dated + timedelta(days=30))
    assert nvd.stale(nvd.dated + timedelta(days=30, seconds=1))


def test_a_year_counts_as_covered_from_its_five_hundredth_flaw(tmp_path: Path) -> None:
    few = [nvd_record(f"CVE-2002-{number:04}", match("x:y")) for number in range(1, 500)]
    imported(tmp_path, "nvd.json", api_page(*few, nvd_record("CVE-2003-0001", match("x:y"))))
    assert states_of(tmp_path / "store.sqlite3")[0].missing_years == (2002,)
    imported(tmp_path, "more.json", api_page(nvd_record("CVE-1999-0001", match("x:y"))))
    assert states_of(tmp_path / "store.sqlite3")[0].missing_years == ()


def test_trying_out_says_the_counts_and_writes_nothing(tmp_path: Path) -> None:
    assert imported(tmp_path, "kev.json", kev_document(), keep=False).added == 2
    assert states_of(tmp_path / "store.sqlite3") == ()
    imported(tmp_path, "kev.json", kev_document(KEV[:1]))
    assert imported(tmp_path, "kev.json", kev_document(), keep=False).added == 1
    assert states_of(tmp_path / "store.sqlite3")[0].records == 1


def dump(store: Path) -> list[str]:
    with closing(sqlite3.connect(store)) as database:
        return list(database.iterdump())


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.json", cut, "damaged"),
        ("cut.json.gz", lambda raw: cut(gzip.compress(raw)), "damaged"),
        ("cut.json.xz", lambda raw: cut(lzma.compress(raw)), "damaged"),
        ("altered.json.gz", lambda raw: gzip.compress(raw)[:-6] + b"\0\0\0\0\0\0", "damaged"),
        ("holiday.jpg", lambda _raw: b"\xff\xd8\xff\xe0" + bytes(500), "not a file of vulnerabilities"),
        ("empty.json", lambda _raw: b"", "not a file of vulnerabilities"),
        ("none.json", lambda _raw: b'{"format": "NVD_CVE", "vulnerabilities": []}', "holds no record"),
        ("wrong.json", lambda _raw: b'{"format": "NVD_CVE", "cve_items": [{"cve": {"id": "x"}}]}', "without a CVE"),
        ("wrong.json", lambda _raw: b'{"format": "NVD_CVE", "vulnerabilities": [12]}', "not a CVE record"),
        ("deep.json", lambda _raw: b'{"format": "NVD_CVE", "vulnerabilities": ' + b"[" * 200_000, "damaged"),
        ("scores.csv", lambda _raw: b"cve,epss,percentile\nCVE-2024-1000,2.5,0.1\n", "line 2"),
        ("kev.csv", lambda _raw: b'cveID,dateAdded\nCVE-2024-1000,"2024-01-01\n', "damaged"),
        ("certfr.json", lambda _raw: b'{"$ref": "https://www.cert.ssi.gouv.fr/openapi.json"}', "reference of CERT-FR"),
    ],
)  # fmt: skip
def test_a_damaged_or_foreign_file_is_one_sentence_and_leaves_what_was_there(
    tmp_path: Path, name: str, content: Any, said: str
) -> None:
    store = everything(tmp_path)
    before = dump(store)
    path = tmp_path / name
    path.write_bytes(content(written(tmp_path, "sound.json", api_page(*NVD)).read_bytes()))
    with pytest.raises(VulnerabilityError) as refusal:
        import_file(store, path, Asked(NOW, dated=NOW))
    assert said in str(refusal.value)
    assert name in refusal.value.text.fr
    assert dump(store) == before


def test_a_record_or_a_file_without_end_is_refused_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_stream, "MAX_RECORD", 1 << 20)
    huge = nvd_record("CVE-2024-1000", match("x:y"), junk="x" * (2 << 20))
    with pytest.raises(VulnerabilityError, match="a record of more than 1 MiB"):
        imported(tmp_path, "huge.json.gz", api_page(NVD[0], huge))
    monkeypatch.setattr(read_stream, "MAX_RECORD", 64 << 20)
    monkeypatch.setattr(read_stream, "MAX_UNPACKED", 1 << 20)
    monkeypatch.setattr(read_stream, "HEAD_BYTES", 1 << 12)
    with pytest.raises(VulnerabilityError, match="once unpacked"):
        imported(tmp_path, "bomb.json.gz", api_page(huge))


def test_an_older_or_halved_list_is_refused_unless_it_is_meant(tmp_path: Path) -> None:
    many = tuple((f"CVE-2024-{number:05}", "V", "P", "2024-01-01", "Unknown") for number in range(600))
    imported(tmp_path, "kev.json", kev_document(many))
    with pytest.raises(VulnerabilityError, match="before the one already imported"):
        imported(tmp_path, "kev.json", kev_document(many, "2026-06-13T12:00:00Z"))
    with pytest.raises(VulnerabilityError, match="only 299 lines instead of 600"):
        imported(tmp_path, "kev.json", kev_document(many[:299]))
    assert imported(tmp_path, "kev.json", kev_document(many[:300])).removed == 300
    assert imported(tmp_path, "kev.json", kev_document(many[:10]), accept_smaller=True).records == 10


def test_a_file_without_a_date_asks_for_it_and_one_of_tomorrow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VulnerabilityError, match="does not say when it was made"):
        imported(tmp_path, "debian.json", TRACKER)
    with pytest.raises(VulnerabilityError, match="in the future"):
        imported(tmp_path, "debian.json", TRACKER, dated=NOW + timedelta(days=2))
    assert imported(tmp_path, "debian.json", TRACKER, dated=NOW).records == 3


def test_the_store_of_another_version_or_no_store_at_all_is_said(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite3"
    with opened_store(store) as nothing:
        assert nothing is None
    other = sqlite3.connect(store)
    other.execute("CREATE TABLE x(y)")
    other.commit()
    other.close()
    with pytest.raises(VulnerabilityError, match="is not a store of vulnerabilities"):
        imported(tmp_path, "kev.json", kev_document())
    with pytest.raises(VulnerabilityError, match="is not a store of vulnerabilities"):
        states_of(store)
    store.write_bytes(b"x" * 4096)
    with pytest.raises(VulnerabilityError, match="cannot be read"):
        states_of(store)
    with pytest.raises(VulnerabilityError, match="cannot be read"):
        imported(tmp_path, "kev.json", kev_document())


def test_two_imports_at_once_are_refused_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.vulnerabilities.store._BUSY_SECONDS", 0.0)
    store = everything(tmp_path)
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(VulnerabilityError, match="another import going on"):
        imported(tmp_path, "kev.json", kev_document())
    other.close()
    assert imported(tmp_path, "kev.json", kev_document()).records == 2
