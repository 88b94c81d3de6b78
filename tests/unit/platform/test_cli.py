from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from bench.finess_import import number, synthetic
from care.adapters.machine import ENDING_SOON, check_certificate
from care.adapters.own_addresses import reached_at
from care.adapters.own_authority import certificate_for
from care.cli import main
from care.services.diagnosis import State

Run = Callable[..., "Result"]


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("CARE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")

    def call(*arguments: str) -> Result:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        said = capsys.readouterr()
        return Result(int(end.value.code or 0), said.out, said.err)

    return call


@pytest.fixture
def ready(run: Run) -> Run:
    assert run("db", "upgrade").code == 0
    return run


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "extract.csv"
    path.write_text("".join(synthetic(50)), encoding="utf-8", newline="")
    return path


def test_the_database_is_made_then_up_to_date(run: Run, tmp_path: Path) -> None:
    assert run("db", "status").code == 1
    first = run("db", "upgrade")
    assert "created" in first.err
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var/secret.key").stat().st_mode & 0o777 == 0o600
    assert "déjà à jour" in run("--lang", "fr", "db", "upgrade").err
    assert run("db", "status").code == 0
    assert "0 events" in run("db", "verify-trail").err


def test_counts_of_findings_are_checked_and_made_again(ready: Run, tmp_path: Path) -> None:
    assert "exact" in ready("db", "recount").err
    with closing(sqlite3.connect(tmp_path / "var/care.sqlite3")) as base, base:
        base.execute(
            "INSERT INTO finding_tally VALUES ('ad.weak', 1, 'open', 1, 'ad', 3, '2026-03-01 00:00:00.000000',"
            " '2026-03-01 00:00:00.000000')"
        )
    told = json.loads(ready("doctor", "--json").out)["checks"]
    assert [one["cure"] for one in told if "recount" in one["cure"]] == ["run “care db recount”"]
    assert "1 rows were wrong" in ready("db", "recount").err
    assert "exact" in ready("db", "recount").err


def test_other_commands_want_the_database_first(run: Run) -> None:
    refused = run("user", "list")
    assert (refused.code, refused.err) == (3, "The database is not ready: run “care db upgrade” first.\n")


def test_an_administrator_is_added_with_a_drawn_password(ready: Run) -> None:
    made = ready("user", "add", "--login", "chef", "--role", "administrator", "--generate")
    assert made.code == 0
    assert len(made.out.strip()) == 24
    accounts = json.loads(ready("user", "list", "--json").out)["accounts"]
    assert [(one["login"], one["grants"][0]["role"], one["grants"][0]["level"]) for one in accounts] == [
        ("chef", "administrator", "platform")
    ]
    assert "chef" in ready("user", "list").out
    assert "1 events" in ready("db", "verify-trail").err


def test_there_is_no_second_factor_to_forget(ready: Run) -> None:
    ready("user", "add", "--login", "chef", "--role", "administrator", "--generate")
    refused = ready("user", "forget-second-factor", "--login", "chef")
    assert refused.code != 0
    assert "no second factor" in refused.err


def test_a_role_is_given_on_a_region(ready: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("une phrase assez longue\n", encoding="utf-8")
    made = ready(
        "user", "add", "--login", "ars", "--role", "regional", "--region", "84", "--password-file", str(secret)
    )
    assert (made.code, made.out) == (0, "")
    grant = json.loads(ready("user", "list", "--json").out)["accounts"][0]["grants"][0]
    assert (grant["level"], grant["place"]) == ("region", "Auvergne-Rhône-Alpes")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--role", "ciso", "--generate"], 2, "where this role holds"),
        (["--role", "ciso", "--everywhere", "--region", "84", "--generate"], 2, "one place only"),
        (["--role", "ciso", "--everywhere"], 2, "--password-file or --generate"),
        (["--role", "king", "--generate"], 2, "king"),
        (["--role", "ciso", "--region", "00", "--generate"], 3, "“00” is not in the registry"),
        (["--role", "ciso", "--establishment", "010000024", "--generate"], 3, "not in the registry"),
        (["--role", "ciso", "--everywhere", "--email", "x", "--generate"], 2, "mail address"),
        (["--role", "ciso", "--everywhere", "--password-file", "/nowhere"], 3, "cannot be read"),
    ],
)
def test_a_wrong_account_is_refused_in_a_sentence(ready: Run, arguments: list[str], code: int, said: str) -> None:
    refused = ready("user", "add", "--login", "rssi", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err


def test_a_password_is_given_again(ready: Run) -> None:
    ready("user", "add", "--login", "chef", "--role", "administrator", "--generate")
    assert ready("user", "password", "--login", "chef", "--generate").code == 0
    unknown = ready("user", "password", "--login", "personne", "--generate")
    assert (unknown.code, unknown.err) == (3, "No account “personne”.\n")


def test_an_extract_is_imported(ready: Run, extract: Path) -> None:
    done = ready("finess", "import", str(extract), "--json")
    assert done.code == 0
    assert json.loads(done.out)["entries"] == 50
    assert number("01", 0) in extract.read_text(encoding="utf-8")


def test_what_an_extract_would_change_is_said_first(ready: Run, extract: Path, tmp_path: Path) -> None:
    finess = number("01", 0)
    tried = ready("finess", "import", str(extract), "--dry-run")
    assert (tried.code, "nothing was written" in tried.err) == (0, True)
    with closing(sqlite3.connect(tmp_path / "var/care.sqlite3")) as base:
        assert base.execute("SELECT count(*) FROM finess_entry").fetchone() == (0,)
    ready("finess", "import", str(extract))
    with closing(sqlite3.connect(tmp_path / "var/care.sqlite3")) as base, base:
        about = base.execute("SELECT name, category FROM finess_entry WHERE finess = ?", [finess]).fetchone()
        base.execute(
            "INSERT INTO legal_entity (id, finess, name, region_id, supports_ght, created_at)"
            " SELECT 1, legal_entity_finess, 'EJ', 1, 0, '2026-01-01' FROM finess_entry WHERE finess = ?",
            [finess],
        )
        base.execute(
            "INSERT INTO establishment (finess, name, category, city, legal_entity_id, region_id, created_at)"
            " SELECT ?, ?, ?, '', 1, id, '2026-01-01' FROM region WHERE code = '84'",
            [finess, *about],
        )
    text = extract.read_text(encoding="utf-8")
    extract.write_text(text.replace("ETABLISSEMENT 0 DE", "RENOMMÉ"), encoding="utf-8")
    said = ready("finess", "import", str(extract), "--dry-run")
    assert f"{finess} {about[0]}, name: {about[0]} → RENOMMÉ" in said.err
    done = json.loads(ready("finess", "import", str(extract), "--json").out)
    assert [(one["finess"], one["field"]) for one in done["changed"]] == [(finess, "name")]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_text("x", encoding="utf-8"), "extract.csv, line 1: the first line"),
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
    ],
)
def test_an_extract_that_cannot_be_imported_is_said(
    ready: Run, extract: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(extract)
    refused = ready("finess", "import", str(extract))
    assert refused.code == 3
    assert said in refused.err
    assert refused.err.count("\n") == 1


def test_a_wrong_setting_stops_every_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARE_PORT", "huit")
    refused = run("doctor")
    assert refused.code == 3
    assert "CARE_PORT=huit" in refused.err


def checks(result: Result) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["state"], one["cure"]) for one in json.loads(result.out)["checks"]}


def test_the_doctor_makes_nothing_on_an_empty_machine(run: Run, tmp_path: Path) -> None:
    found = run("doctor", "--json")
    assert found.code == 0
    assert (
        checks(found)["Database"][0] == checks(found)["Data folder"][0] == checks(found)["Secret key"][0] == "warning"
    )
    assert not (tmp_path / "var").exists()


def test_the_doctor_finds_a_sound_installation(ready: Run) -> None:
    found = ready("doctor", "--json")
    assert found.code == 0
    names = ("Database", "Data folder", "Secret key", "File system", "typst")
    assert [checks(found)[name] for name in names] == [("ok", "")] * 5
    assert "→" not in "\n".join(line for line in ready("doctor").out.splitlines() if line.startswith("ok"))


def test_the_doctor_gives_each_fault_its_cure(ready: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var/secret.key").chmod(0o644)
    (tmp_path / "var").chmod(0o755)
    (tmp_path / "var/care.sqlite3").write_bytes(b"damaged" * 1000)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = ready("doctor", "--json")
    assert found.code == 1
    states = checks(found)
    assert states["Secret key"] == ("problem", f"chmod 600 {tmp_path}/var/secret.key")
    assert states["Data folder"][0] == "warning"
    assert states["nmap"] == ("warning", "apt install nmap")
    assert states["Database"][0] == "problem"


def test_the_doctor_tells_of_what_is_left_waiting(ready: Run, tmp_path: Path) -> None:
    assert [checks(ready("doctor", "--json"))[name][0] for name in ("Jobs", "Mail")] == ["ok", "ok"]
    with closing(sqlite3.connect(tmp_path / "var/care.sqlite3")) as base, base:
        base.execute(
            "INSERT INTO job (kind, lane, args, state, submitted_at, submitted_by, due_at, attempts, allowed_attempts,"
            " share) VALUES ('mail', 'service', '{}', 'queued', '2026-03-01 00:00:00.000000', 'x',"
            " '2026-03-01 00:00:00.000000', 0, 2, 0)"
        )
        base.execute(
            "INSERT INTO mail (message_id, recipient, subject, body, state, created_at, due_at, attempts, trouble_fr,"
            " trouble_en) VALUES ('m', 'secret@hopital.fr', 's', 'b', 'failed', '2026-03-01 00:00:00.000000',"
            " '2026-03-01 00:00:00.000000', 1, '', '')"
        )
    found = ready("doctor", "--json")
    states = checks(found)
    assert (found.code, states["Jobs"][0], states["Mail"][0]) == (0, "warning", "warning")
    assert "care worker" in states["Jobs"][1]
    assert "secret@" not in found.out


def test_the_doctor_wants_keys_closed_and_a_certificate_that_holds(ready: Run, tmp_path: Path) -> None:
    key, chain = tmp_path / "var/seal.key", tmp_path / "var/tls/server.crt"
    ready("seal", "public-key")
    assert checks(ready("doctor", "--json"))["Sealing key"] == ("ok", "")
    key.chmod(0o640)
    assert checks(ready("doctor", "--json"))["Sealing key"] == ("problem", f"chmod 600 {key}")
    made = certificate_for(chain.parent, reached_at("127.0.0.1", "localhost"), datetime.now(UTC))
    assert checks(ready("doctor", "--json"))["Certificate of CaRE"][0] == "ok"
    ends = x509.load_pem_x509_certificates(made.chain_file.read_bytes())[0].not_valid_after_utc
    second = timedelta(seconds=1)
    for now, state in (
        (ends - ENDING_SOON, State.OK),
        (ends - ENDING_SOON + second, State.WARNING),
        (ends - second, State.WARNING),
        (ends, State.PROBLEM),
    ):
        assert [one.state for one in check_certificate(chain, now)] == [state]
    chain.write_bytes(b"no certificate")
    assert checks(ready("doctor", "--json"))["Certificate of CaRE"][0] == "problem"


def lose_a_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as base, base:
        base.execute("DROP TABLE mail_attachment")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(b"SQLite" + file.read_bytes()[6:20].upper() + file.read_bytes()), "damaged"),
        (lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]), "damaged"),
        (lose_a_table, "tables are missing"),
    ],
)
def test_a_damaged_database_is_told_with_what_to_do(
    ready: Run, tmp_path: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(tmp_path / "var/care.sqlite3")
    refused = ready("serve")
    assert refused.code == 3
    assert said in refused.err
    assert "restore the last backup" in refused.err
    assert len(refused.err.splitlines()) == 1
    assert ready("doctor", "--json").code == 1


def test_a_clock_far_from_that_of_the_database_is_told_and_no_worker_begins(
    ready: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("care.services.diagnosis", "care.cli.worker"):
        monkeypatch.setattr(f"{module}.clock_gap", lambda _database, _clock: timedelta(seconds=-42))
    found = ready("doctor", "--json")
    assert (found.code, checks(found)["Clock"][0]) == (1, "problem")
    refused = ready("worker")
    assert refused.code == 3
    assert "42 s away from the clock of the database" in refused.err


def test_the_doctor_sees_a_clock_gone_back(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from care.adapters.clock import SystemClock

    ready("user", "add", "--login", "chef", "--role", "administrator", "--generate")
    monkeypatch.setattr(SystemClock, "now", lambda _self: datetime(2020, 1, 1, tzinfo=UTC))
    found = ready("doctor", "--json")
    clocks = [one for one in json.loads(found.out)["checks"] if one["name"] == "Clock"]
    assert clocks[-1]["state"] == "problem"
    assert found.code == 1


def test_indicators_are_listed_without_a_database(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    half = run("indicators", "list", "--month", "2024-01")
    whole = run("indicators", "list", "--month", "2024-12")
    assert (half.code, whole.code) == (0, 0)
    assert "50 %" in next(line for line in half.out.splitlines() if line.startswith("EXO-TX"))
    assert "100 %" in next(line for line in whole.out.splitlines() if line.startswith("EXO-TX"))
    assert "CARE-CAND:care-d2" not in half.out  # domain 2 had not begun
    assert run("indicators", "list", "--month", "2026-13").code == 2
    assert "is no month" in run("indicators", "list", "--month", "1/2026").err


def test_indicators_are_measured(run: Run, tmp_path: Path, extract: Path) -> None:
    assert run("indicators", "measure").code == 3
    run("db", "upgrade")
    assert run("finess", "import", str(extract)).code == 0
    measured = run("indicators", "measure")
    assert (measured.code, "0 values of indicators changed" in measured.err) == (0, True)
    assert run("indicators", "measure", "--month", "2099-01").code == 2
    again = run("indicators", "figures")
    assert (again.code, "made again (job 1)" in again.err) == (0, True)
    with closing(sqlite3.connect(tmp_path / "var/care.sqlite3")) as base:
        assert base.execute("SELECT count(*) FROM indicator_value").fetchone() == (0,)


@pytest.mark.parametrize(
    ("command", "said"),
    [(("ad", "summaries"), "Directory audits summarised: 0."), (("products", "rebuild", "--all"), "now kept: 0.")],
)
def test_what_is_kept_beside_audits_is_worked_out_again(ready: Run, command: tuple[str, ...], said: str) -> None:
    done = ready(*command)
    assert (done.code, done.out) == (0, "")
    assert said in done.err
