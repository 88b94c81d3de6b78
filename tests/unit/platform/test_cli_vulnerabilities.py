"""`care vulnerabilities` and `care judge --vulnerabilities`: on a laptop, without a database."""

from __future__ import annotations

import json
from pathlib import Path

from scanners.archive import Manifest, write_archive
from tests.unit.exposure.specimens import NOW
from tests.unit.exposure.test_known_flaws import seen
from tests.unit.platform.test_cli import Run, run
from tests.unit.vulnerabilities.data import EPSS, NVD, TRACKER, api_page, kev_document, written

__all__ = ["run"]


def files(folder: Path) -> list[str]:
    return [
        str(written(folder, name, content))
        for name, content in (
            ("nvd.json.xz", api_page(*NVD)),
            ("kev.json", kev_document()),
            ("epss.csv.gz", EPSS),
            ("debian.json", TRACKER),
        )
    ]


def test_files_are_imported_each_whole_and_the_state_says_their_age(run: Run, tmp_path: Path) -> None:
    nothing = run("vulnerabilities", "state")
    assert "NVD: nothing is imported, rules cannot conclude" in nothing.err
    broken = written(tmp_path, "broken.json", '{"format": "NVD_CVE", "vulnerabilities": [')
    done = run("vulnerabilities", "import", str(broken), *files(tmp_path))
    assert done.code == 3
    assert "broken.json is damaged" in done.err
    assert "kev.json: KEV of 2026-06-14, 2 records (2 new, 0 changed, 0 removed)" in done.err
    state = json.loads(run("vulnerabilities", "state", "--json").out)["sources"]
    assert [(one["source"], one["records"]) for one in state] == [("nvd", 5), ("kev", 2), ("epss", 2), ("debian", 3)]
    assert not (tmp_path / "var/care.sqlite3").exists()
    assert "missing years: 2002" in run("vulnerabilities", "state").err
    assert "trop anciennes" in run("--lang", "fr", "vulnerabilities", "state").err


def test_a_dry_run_writes_nothing_and_a_date_may_be_given(run: Run, tmp_path: Path) -> None:
    tried = run("vulnerabilities", "import", "--dry-run", "--json", *files(tmp_path))
    assert [one["added"] for one in json.loads(tried.out)["imported"]] == [5, 2, 2, 3]
    assert json.loads(run("vulnerabilities", "state", "--json").out)["sources"] == []
    other = str(tmp_path / "elsewhere.sqlite3")
    dated = run("vulnerabilities", "import", str(tmp_path / "debian.json"), "--dated", "2026-05-01", "--store", other)
    assert "DEBIAN of 2026-05-01" in dated.err


def test_a_file_that_is_not_there_is_one_sentence(run: Run, tmp_path: Path) -> None:
    refused = run("vulnerabilities", "import", str(tmp_path / "none.json"))
    assert (refused.code, refused.err.count("\n")) == (3, 1)
    assert "none.json cannot be read (not found)" in refused.err


def test_facts_of_the_past_are_judged_with_the_data_of_today(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "expo.care"
    moment = NOW.isoformat()
    write_archive(archive, Manifest("exposure", 1, "192.0.2.0/28", moment, moment, "care"), seen())
    empty = run("judge", str(archive), "--vulnerabilities")
    assert (empty.code, "No data of vulnerabilities is imported" in empty.err) == (3, True)
    run("vulnerabilities", "import", *files(tmp_path))
    before = run("judge", str(archive), "--json", "-")
    assert "CVE-2021-41773" not in before.out
    after = json.loads(run("judge", str(archive), "--vulnerabilities", "--json", "-").out)
    (told,) = [one for one in after["outcomes"] if one["rule"] == "exposure.exploited_vulnerability"]
    subjects = [finding["subject"] for finding in told["findings"]]
    assert subjects == ["192.0.2.3:80/tcp apache:http_server CVE-2021-41773"]


def test_the_option_is_for_exposure_only(run: Run, tmp_path: Path) -> None:
    from tests.unit.backup.specimens import HEALTHY

    archive, moment = tmp_path / "plan.care", NOW.isoformat()
    write_archive(archive, Manifest("backup", 1, "plan", moment, moment, "care"), HEALTHY)
    refused = run("judge", str(archive), "--vulnerabilities")
    assert refused.code == 2
    assert "exposure audit only" in refused.err
