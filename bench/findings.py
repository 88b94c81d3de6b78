"""A region's findings: pages, memory and recording, with 300 establishments and 1,000,000 findings planted.

    .venv/bin/python -m bench.findings [--database sqlite postgresql] [--findings 1000000] [--establishments 300]
        [--visits 40] [--rounds 5]

Pages are asked over HTTP of a real `care serve`. Beside each stands the bare SQL of its rows: one SELECT written by
hand, through the driver, on the same database in the same run. Recording 10,000 findings stands beside the driver's
`executemany` of as many rows into the same table. Exit code 1 when a gate is passed over.

A page may take five times its bare SQL *and the page of the same run that shows no list*: `FLOOR`, with the
session, the layout, the navigation and one field. Taken alone, the bare SQL of 25 indexed rows is 0.03 to 0.3 ms, and
five times that is less than Python needs to answer anything at all: the ratio to it is printed in the last column and
judges nothing.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from bench.region import Region300, Size, plant
from care import config
from care.adapters.passwords import Argon2Passwords
from care.domain.findings import Judged, Observed, canonical
from care.services import sessions
from care.services.platform import Platform
from care.services.recording import Place, record_findings
from care.services.setup import prepare_database
from care.store.findings import FindingRow
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.targets import Target
from care.web import create_app
from care.wiring import build_platform
from scanners.model import Finding, Severity
from tests.support import postgresql
from tests.support.machine import care, eventually
from tests.support.people import valid_finess
from tests.support.queries import counted
from tests.web.people import PASSWORD

MOST_STATEMENTS = 20
MOST_MS = 150.0
MOST_TIMES_FLOOR = 5.0
FLOOR = "no list at all"
MOST_TIMES_BULK = 3.0
MOST_MIB = 300.0
CLIENTS = 8
CROWD_SECONDS = 20.0
RECORDED = 10_000
AT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """One page, who asks for it, and the bare SQL of its rows (`?` for parameters)."""

    name: str
    who: str
    path: str
    sql: str
    values: tuple[object, ...] = ()


@dataclass
class Measured:
    """What was measured of one page. `cpu` is the mean of the server's processor time, seconds."""

    page: Page
    statements: int
    cpu: float = 0.0
    seconds: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """Median of the server's time."""
        return statistics.median(self.seconds) * 1000

    @property
    def late(self) -> float:
        """The time that 95 % of the visits do not pass."""
        ordered = sorted(self.seconds)
        return ordered[math.ceil(len(ordered) * 0.95) - 1] * 1000

    @property
    def sql(self) -> float:
        """Median of the bare SQL."""
        return statistics.median(self.bare) * 1000


LINE = "SELECT id, rule, subject, severity, state, first_seen_at, decided_until, evidence FROM finding"
RULE_LINE = "SELECT rule, min(severity), count(*), min(first_seen_at) FROM finding"
SPREAD = "SELECT rule, min(severity), count(DISTINCT establishment_id), count(*), min(first_seen_at) FROM finding"
RUN_LINE = (
    "SELECT run.*, target.name, job.state, job.finished_at FROM run JOIN target ON target.id = run.target_id"
    " LEFT JOIN job ON job.id = run.job_id WHERE run.establishment_id = ? ORDER BY run.id DESC LIMIT 25"
)


def pages_of(region: Region300) -> list[Page]:
    """Every list a person meets, on the largest establishment and on the whole region."""
    place = region.establishments[0]
    here, first, ght = f"/establishments/{place}", "WHERE establishment_id = ?", region.ghts[0]
    by_severity = "ORDER BY severity, first_seen_at, id LIMIT 25"
    rule = region.rules[0][0]
    found = [
        Page(FLOOR, "ciso", f"{here}/crisis/contacts/import", "SELECT 1"),
        Page("home", "ciso", here, f"SELECT state, severity, count(*) FROM finding {first} GROUP BY 1, 2", (place,)),
        Page(
            "findings by rule",
            "ciso",
            f"{here}/findings",
            f"{RULE_LINE} {first} AND state = 'open' GROUP BY rule ORDER BY 2, 3 DESC LIMIT 25",
            (place,),
        ),
        Page(
            "one by one",
            "ciso",
            f"{here}/findings?view=one",
            f"{LINE} {first} AND state = 'open' {by_severity}",
            (place,),
        ),
        Page(
            "one by one, page 900",
            "ciso",
            f"{here}/findings?view=one&page=900",
            f"{LINE} {first} AND state = 'open' {by_severity} OFFSET 22475",
            (place,),
        ),
        Page(
            "every state, page 1300",
            "ciso",
            f"{here}/findings?view=one&state=all&page=1300",
            f"{LINE} {first} ORDER BY CASE state WHEN 'open' THEN 0 WHEN 'postponed' THEN 1 WHEN 'accepted' THEN 2"
            " WHEN 'false_positive' THEN 3 ELSE 4 END, severity, first_seen_at, id LIMIT 25 OFFSET 32475",
            (place,),
        ),
        Page(
            "high, one audit",
            "ciso",
            f"{here}/findings?view=one&severity=high&scanner=ad",
            f"{LINE} {first} AND state = 'open' AND severity = 1 AND scanner = 'ad' {by_severity}",
            (place,),
        ),
        Page(
            "newest first",
            "ciso",
            f"{here}/findings?view=one&sort=newest",
            f"{LINE} {first} AND state = 'open' ORDER BY first_seen_at DESC, id LIMIT 25",
            (place,),
        ),
        Page(
            "by subject, page 900",
            "ciso",
            f"{here}/findings?view=one&sort=subject&page=900",
            f"{LINE} {first} AND state = 'open' ORDER BY subject_key, id LIMIT 25 OFFSET 22475",
            (place,),
        ),
        Page(
            "search",
            "ciso",
            f"{here}/findings?view=one&q=compte_0001",
            f"{LINE} {first} AND state = 'open' AND subject_key LIKE '%compte\\_0001%' ESCAPE '\\' {by_severity}",
            (place,),
        ),
        Page(
            "one rule",
            "ciso",
            f"{here}/findings?rule={rule}",
            f"{LINE} {first} AND state = 'open' AND rule = ? {by_severity}",
            (place, rule),
        ),
        Page(
            "new in a run",
            "ciso",
            f"{here}/findings?view=one&run={region.last_run}",
            f"{LINE} {first} AND state = 'open' AND id IN (SELECT finding_id FROM finding_event WHERE run_id = ?"
            f" AND what IN ('new', 'back')) {by_severity}",
            (place, region.last_run),
        ),
        Page(
            "one target",
            "ciso",
            f"{here}/findings?view=one&target={region.biggest_target}",
            f"{LINE} {first} AND state = 'open' AND id IN (SELECT finding_id FROM sighting WHERE target_id = ?)"
            f" {by_severity}",
            (place, region.biggest_target),
        ),
        Page("runs", "ciso", f"{here}/runs", RUN_LINE, (place,)),
        Page("runs, last page", "ciso", f"{here}/runs?page=4", f"{RUN_LINE} OFFSET 75", (place,)),
        Page(
            "one run", "ciso", f"{here}/runs/{region.last_run}", "SELECT * FROM rule_outcome WHERE run_id = ?",
            (region.last_run,),
        ),
        Page(
            "weaknesses, platform",
            "administrator",
            "/weaknesses",
            f"{SPREAD} WHERE state = 'open' GROUP BY rule ORDER BY 2, 3 DESC LIMIT 25",
        ),
        Page(
            "weaknesses, every state, last page",
            "regional",
            "/weaknesses?state=all&page=12",
            f"{SPREAD} GROUP BY rule ORDER BY 2, 3 DESC LIMIT 25 OFFSET 275",
        ),
        Page(
            "weaknesses, one GHT",
            "group",
            "/weaknesses",
            f"{SPREAD} WHERE state = 'open' AND establishment_id IN (SELECT establishment.id FROM establishment JOIN"
            " legal_entity ON legal_entity.id = legal_entity_id WHERE ght_id = ?)"
            " GROUP BY rule ORDER BY 2, 3 DESC LIMIT 25",
            (ght,),
        ),
        Page(
            "one weakness",
            "regional",
            f"/weaknesses/{rule}",
            "SELECT establishment_id, state, min(severity), count(*), min(first_seen_at) FROM finding WHERE rule = ?"
            " GROUP BY 1, 2",
            (rule,),
        ),
        Page(
            "establishments",
            "regional",
            "/establishments",
            "SELECT establishment.*, legal_entity.name, region.name FROM establishment JOIN legal_entity ON"
            " legal_entity.id = legal_entity_id JOIN region ON region.id = establishment.region_id"
            " ORDER BY establishment.name LIMIT 25",
        ),
    ]  # fmt: skip
    return [*found, *_actions_and_evidence(place, here)]


def _actions_and_evidence(place: int, here: str) -> list[Page]:
    actions = (
        "SELECT action.* FROM action JOIN action_site ON action_id = action.id WHERE establishment_id = ?"
        " AND state NOT IN ('closed', 'abandoned') ORDER BY due_on, action.id LIMIT 25"
    )
    evidence = "SELECT * FROM evidence WHERE establishment_id = ? AND withdrawn_at IS NULL ORDER BY id DESC LIMIT 25"
    return [
        Page("actions", "ciso", f"{here}/actions", actions, (place,)),
        Page("actions, every site", "administrator", "/actions", actions.replace("establishment_id = ?", "1 = 1")),
        Page("evidence", "ciso", f"{here}/evidence", evidence, (place,)),
    ]


@dataclass
class Report:
    """Lines to print, and the gates passed over."""

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def gate(self, kept: bool, what: str) -> None:
        """Note a gate that is passed over."""
        if not kept:
            self.faults.append(what)


def each_database(names: Sequence[str], measured: Callable[[Path, str], Report]) -> int:
    """Measure on each database, in a folder of its own, and print; exit code 1 when a gate is passed over."""
    faults: list[str] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="care-bench-") as folder, database_url(name, Path(folder)) as url:
            print(f"### {name} (load {os.getloadavg()[0]:.1f})\n", flush=True)
            report = measured(Path(folder), url)
        print(*report.lines, sep="\n", flush=True)
        faults += [f"{name}: {fault}" for fault in report.faults]
    print("\nPassed over:" if faults else "\nEvery gate is kept.", *faults, sep="\n- ")
    return 1 if faults else 0


def main() -> int:
    """Measure each database; exit code 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--findings", type=int, default=1_000_000)
    parser.add_argument("--establishments", type=int, default=300)
    parser.add_argument("--visits", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    return each_database(chosen.database, partial(measure, chosen))


@contextmanager
def database_url(name: str, folder: Path) -> Iterator[str]:
    """An empty database, gone afterwards."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'care.sqlite3'}"
        return
    with postgresql.server() as server:
        administration = create_engine(server, isolation_level="AUTOCOMMIT")
        with administration.connect() as connection:
            connection.execute(text("CREATE DATABASE care"))
        administration.dispose()
        yield make_url(server).set(database="care").render_as_string(hide_password=False)


def measure(chosen: argparse.Namespace, folder: Path, url: str) -> Report:
    """Plant, record, visit."""
    report, platform = Report(), platform_on(folder, url)
    begin = time.perf_counter()
    size = Size(chosen.establishments, chosen.findings, chosen.findings // 10, chosen.findings // 10)
    region = plant(platform, size)
    settle(platform)
    report.lines.append(f"Planted in {time.perf_counter() - begin:.0f} s: {size}\n")
    measure_recording(platform, chosen.rounds, report)
    measure_pages(folder, url, platform, region, chosen.visits, report)
    platform.doorbell.close()
    platform.database.close()
    return report


def platform_on(folder: Path, url: str) -> Platform:
    """A platform on real adapters, passwords made cheap: nothing here measures them."""
    built = build_platform(config.load({"CARE_DATA_DIR": str(folder), "CARE_DATABASE_URL": url}, folder))
    prepare_database(built)
    return replace(built, passwords=Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))


def settle(platform: Platform) -> None:
    """What time does by itself: PostgreSQL vacuums after so many rows, SQLite copies its log into the file."""
    with platform.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            "PRAGMA wal_checkpoint(TRUNCATE)" if platform.database.embedded else "VACUUM ANALYZE"
        )


# -- recording ----------------------------------------------------------------------------------------------------


def measure_recording(platform: Platform, rounds: int, report: Report) -> None:
    """Record a run of 10,000 findings in a new establishment, then the same again, beside the bulk insert."""
    bulk, first, second, wrote = [], [], [], 0
    for number in range(rounds):
        place, other = _new_place(platform, 2 * number), _new_place(platform, 2 * number + 1)
        bulk.append(_bulk_insert(platform, other.establishment_id))
        first.append(_record(platform, place, 0))
        before = _rows(platform, place.establishment_id)
        second.append(_record(platform, place, 1))
        wrote += before != _rows(platform, place.establishment_id)
    ratio = statistics.median(one / floor for one, floor in zip(first, bulk, strict=True))
    again = statistics.median(one / floor for one, floor in zip(second, bulk, strict=True))
    middle = statistics.median
    report.lines += [
        f"| {RECORDED:,} findings | seconds (median of {rounds}) | ratio (at most {MOST_TIMES_BULK:.0f}) |",
        "|---|---|---|",
        f"| the driver's `executemany` of as many rows of `finding`, one transaction | {middle(bulk):.2f} | 1 |",
        f"| a run recorded: findings, sightings, events, counts | {middle(first):.2f} | {ratio:.2f} |",
        f"| the same run again, {'SOME' if wrote else 'no'} finding row written | {middle(second):.2f} | {again:.2f} |",
        "",
    ]
    report.gate(ratio <= MOST_TIMES_BULK, f"recording costs {ratio:.2f} times the bulk insert")
    report.gate(not wrote, "a second identical run wrote findings")


def _new_place(platform: Platform, number: int) -> Place:
    with platform.database.write() as session:
        like = session.scalars(select(Establishment).limit(1)).one()
        made = Establishment(
            finess=valid_finess(f"09{number:06}"), name=f"Nouveau {number}", legal_entity_id=like.legal_entity_id,
            region_id=like.region_id, created_at=AT,
        )  # fmt: skip
        session.add(made)
        session.flush()
        target = Target(
            establishment_id=made.id, scanner="ad", name="Annuaire", request={}, created_at=AT, created_by="bench",
            changed_at=AT,
        )  # fmt: skip
        session.add(target)
        session.flush()
        return Place(made.id, target.id, 0)


def _seen() -> dict[str, dict[str, Finding]]:
    rules: dict[str, dict[str, Finding]] = {}
    for number in range(RECORDED):
        name = f"HOPITAL\\compte_{number:06}"
        evidence = {"age_days": number % 900, "enabled": number % 3 > 0, "path": f"CN={number},OU=Services"}
        rules.setdefault(f"ad.weak_{number * 50 // RECORDED:02}", {})[canonical(name)] = Finding(name, evidence)
    return rules


def _record(platform: Platform, place: Place, day: int) -> float:
    """Seconds to record one run in its own transaction."""
    judged = {rule: Judged(Severity.HIGH, True, seen) for rule, seen in _seen().items()}
    observed = Observed(AT + timedelta(days=day), "bench", judged)
    with platform.database.write() as session:
        run = Run(
            establishment_id=place.establishment_id, target_id=place.target_id, scanner="ad", asked_at=AT,
            asked_by="bench",
        )  # fmt: skip
        session.add(run)
        session.flush()
        here = replace(place, run_id=run.id)
    begin = time.perf_counter()
    with platform.database.write() as session:
        record_findings(session, here, observed, AT + timedelta(days=day), "bench")
    return time.perf_counter() - begin


def _bulk_insert(platform: Platform, establishment_id: int) -> float:
    """Seconds for the driver to insert as many findings made of the same objects, in one transaction, its commit
    included as it is in what a recording takes."""
    seen = _seen()
    mark = "?" if platform.database.embedded else "%s"
    names = "establishment_id, scanner, rule, subject, subject_key, severity, evidence, state, first_seen_at"
    into = f"INSERT INTO finding ({names}) VALUES ({', '.join([mark] * 9)})"
    at = "2026-03-01 00:00:00.000000" if platform.database.embedded else AT
    begin = time.perf_counter()
    with platform.database.write() as session:
        driver: Any = session.connection().connection.driver_connection
        driver.cursor().executemany(
            into,
            [
                (establishment_id, "ad", rule, one.subject, key, 1, json.dumps(dict(one.evidence)), "open", at)
                for rule, found in seen.items()
                for key, one in found.items()
            ],
        )
    return time.perf_counter() - begin


def _rows(platform: Platform, establishment_id: int) -> list[Any]:
    columns = FindingRow.__table__.columns
    with platform.database.read() as session:
        query = select(*columns).where(FindingRow.establishment_id == establishment_id).order_by(FindingRow.id)
        return [tuple(row) for row in session.connection().execute(query)]


# -- pages --------------------------------------------------------------------------------------------------------


def measure_pages(folder: Path, url: str, platform: Platform, region: Region300, visits: int, report: Report) -> None:
    """Visit every page alone, then all of them by a crowd while the server's memory is watched."""
    tokens = {
        who: sessions.sign_in(platform, who, PASSWORD, "127.0.0.1", "bench").token
        for who in ("ciso", "group", "regional", "administrator")
    }
    pages = [page for page in pages_of(region) if _status(platform, page, tokens) == 200]
    measured = [Measured(page, _statements(platform, page, tokens)) for page in pages]
    port = postgresql.free_port()
    settings = {"CARE_PORT": str(port), "CARE_WORKERS": "0", "CARE_DATABASE_URL": url}
    with care(folder, "serve", **settings) as server:
        eventually(lambda: _get(port, "/health", "")[1] == 200, "the server answers")
        for one in measured:
            _visit(one, port, tokens[one.page.who], platform, visits, server.pid)
        peak = _crowd(port, [(one.page.path, tokens[one.page.who]) for one in measured], server.pid)
    _tell_pages(measured, peak, report)


def _tell_pages(measured: Sequence[Measured], peak: float, report: Report) -> None:
    limits = f"SQL statements (≤ {MOST_STATEMENTS}) | p50 ms | p95 ms (≤ {MOST_MS:.0f})"
    ratio = f"p50 / (bare SQL + no list) (≤ {MOST_TIMES_FLOOR:.0f})"
    header = f"| page | {limits} | CPU ms | bare SQL ms | {ratio} | p50 / bare SQL |"
    report.lines += [header, "|---|---|---|---|---|---|---|---|"]
    empty = next(one.middle for one in measured if one.page.name == FLOOR)
    for one in measured:
        times = one.middle / (one.sql + empty)
        server = f"{one.middle:.1f} | {one.late:.1f} | {one.cpu * 1000:.1f}"
        figures = f"{one.statements} | {server} | {one.sql:.2f} | {times:.1f} | {one.middle / one.sql:.1f}"
        report.lines.append(f"| {one.page.name} | {figures} |")
        report.gate(one.statements <= MOST_STATEMENTS, f"{one.page.name}: {one.statements} statements")
        report.gate(one.late <= MOST_MS, f"{one.page.name}: p95 {one.late:.0f} ms")
        report.gate(times <= MOST_TIMES_FLOOR, f"{one.page.name}: {times:.1f} times its SQL and a page without a list")
    report.lines += ["", f"Memory of the server at its peak, {CLIENTS} clients at once: {peak:.0f} MiB."]
    report.gate(peak <= MOST_MIB, f"{peak:.0f} MiB of memory")


def _status(platform: Platform, page: Page, tokens: dict[str, str]) -> int:
    client = create_app(platform, platform.settings).test_client()
    client.set_cookie("care_session", tokens[page.who])
    with client.get(page.path) as answer:
        if answer.status_code != 200:
            print(f"left out, answered {answer.status_code}: {page.path}", file=sys.stderr)
        return answer.status_code


def _statements(platform: Platform, page: Page, tokens: dict[str, str]) -> int:
    client = create_app(platform, platform.settings).test_client()
    client.set_cookie("care_session", tokens[page.who])
    with counted(platform.database) as said, client.get(page.path):
        return len(said)


def _visit(one: Measured, port: int, token: str, platform: Platform, visits: int, pid: int) -> None:
    for _ in range(3):
        _get(port, one.page.path, token)
    begun = _processor_seconds(pid)
    with platform.database.read() as session:
        driver: Any = session.connection().connection.driver_connection
        sql = one.page.sql if platform.database.embedded else one.page.sql.replace("%", "%%").replace("?", "%s")
        for _ in range(visits):
            seconds, status = _get(port, one.page.path, token)
            if status != 200:
                raise RuntimeError(f"{one.page.path} answered {status}")
            one.seconds.append(seconds)
            begin = time.perf_counter()
            driver.cursor().execute(sql, one.page.values).fetchall()
            one.bare.append(time.perf_counter() - begin)
    one.cpu = (_processor_seconds(pid) - begun) / visits


def _processor_seconds(pid: int) -> float:
    """Processor time of a process, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _get(port: int, path: str, token: str) -> tuple[float, int]:
    """Seconds from the request to the last byte, and the status; 0 when nobody answers."""
    begin = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Cookie": f"care_session={token}"} if token else {})
        answer = connection.getresponse()
        answer.read()
        return time.perf_counter() - begin, answer.status
    except OSError:
        return 0.0, 0
    finally:
        connection.close()


def _crowd(port: int, visits: Sequence[tuple[str, str]], pid: int) -> float:
    """Eight clients going round all pages; the server's highest resident memory, MiB."""
    deadline = time.monotonic() + CROWD_SECONDS

    def walk(first: int) -> None:
        number = first
        while time.monotonic() < deadline:
            path, token = visits[number % len(visits)]
            _get(port, path, token)
            number += 1

    threads = [threading.Thread(target=walk, args=(number * 3,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.exit(main())
