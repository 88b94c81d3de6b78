"""A crisis exercise before 150 people: opening it, what reaches their screens and when, a whole region at once.

    .venv/bin/python -m bench.exercise [--database sqlite postgresql] [--stimuli 260] [--people 150] [--rounds 20]
        [--region 80] [--visits 30]

Everything is asked over HTTP of a real `care serve`. *Opening*: the page of the facilitation and the inbox of a player
of an exercise half played, beside a page of CaRE that shows no list (the floor of the same run), and the first opening
after a start, when every event is replayed. *To the screen*: each player keeps a stream open, on which the
news of his cell come, while somebody opens pages, some five a second; stimuli are played by another process than the
server, so that its own doorbell helps nothing; every fourth goes to all cells at once. *Back again*: from the start of
the command, after a kill, to a page with the clock kept again. *A region*: the clocks of 80 such exercises, kept by one
process. Exit code 1 when a gate is passed over.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from bench.findings import Report, _get, _processor_seconds, each_database, platform_on, settle
from care.domain.exercises import MessageKind
from care.services import sessions
from care.services.exercises.conducting import Conductor, obey
from care.services.exercises.memory import Rooms
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseEvent, ExerciseMessage
from exercises.decide import Add, Play, Start
from exercises.kit import Channel, Stimulus
from tests.support import postgresql
from tests.support.big_exercise import CELLS, plant_big_exercise, play_some, player_token
from tests.support.machine import care, eventually
from tests.support.people import MACHINE, plant_hospitals
from tests.web.people import PASSWORD, plant_people

MOST_OPEN_MS = 300.0
MOST_TO_SCREEN = 1.0
MOST_PAGE_MS = 200.0
MOST_BACK_SECONDS = 5.0
MOST_TICK_MS = 250.0
"""The clocks tick four times a second (`care.worker`)."""
EVERYONE = 4
"""One stimulus in so many goes to all the cells."""
BETWEEN_SECONDS = 1.5
PAUSE_SECONDS = 0.2
MESSAGES = 300


@dataclass(frozen=True)
class Planted:
    """An exercise under way, and who asks."""

    platform: Platform
    folder: Path
    url: str
    here: str
    exercise: int
    token: str

    @property
    def board(self) -> str:
        """The page of the facilitation."""
        return f"{self.here}/exercises/{self.exercise}/facilitation"


def main() -> int:
    """Measure each database; exit code 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--stimuli", type=int, default=260)
    parser.add_argument("--people", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--region", type=int, default=80)
    parser.add_argument("--visits", type=int, default=30)
    chosen = parser.parse_args()
    return each_database(chosen.database, partial(measure, chosen))


def measure(chosen: argparse.Namespace, folder: Path, url: str) -> Report:
    """Plant, open, play, multiply."""
    report, platform = Report(), platform_on(folder, url)
    hospitals = plant_hospitals(platform)
    plant_people(platform, hospitals)
    exercise = plant_big_exercise(platform, MACHINE, hospitals.valley, chosen.stimuli, chosen.people)
    play_some(platform, MACHINE, exercise, chosen.stimuli // 2)
    _talk(platform, exercise)
    settle(platform)
    token = sessions.sign_in(platform, "ciso", PASSWORD, "127.0.0.1", "bench").token
    planted = Planted(platform, folder, url, f"/establishments/{hospitals.valley}", exercise, token)
    for part in (
        partial(measure_opening, planted, chosen.visits, report),
        partial(measure_crowd, planted, chosen.people, chosen.rounds, report),
        partial(measure_return, planted, report),
        partial(measure_region, planted, hospitals.valley, chosen.region, chosen.stimuli, report),
    ):
        part()
        print(*report.lines, sep="\n", flush=True)
        report.lines.clear()
    platform.doorbell.close()
    platform.database.close()
    return report


def _talk(platform: Platform, exercise_id: int) -> None:
    """What cells have answered so far."""
    now = platform.clock.now()
    with platform.database.write() as session:
        for n in range(MESSAGES):
            session.add(
                ExerciseMessage(
                    exercise_id=exercise_id, cell=f"cell{n % CELLS + 1}", kind=MessageKind.ANSWER,
                    stimulus=f"S{n % 100 + 1:03}", author=f"Joueur {n}", body="Nous passons au papier. " * 5,
                    at=now - timedelta(seconds=MESSAGES - n), key=f"bench-{n}",
                )
            )  # fmt: skip


@contextmanager
def served(planted: Planted) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`care serve` on a free port, once it answers."""
    port = postgresql.free_port()
    settings = {"CARE_PORT": str(port), "CARE_WORKERS": "0", "CARE_DATABASE_URL": planted.url}
    with care(planted.folder, "serve", **settings) as server:
        eventually(lambda: _get(port, "/health", "")[1] == 200, "the server answers", 60)
        yield port, server


def late(seconds: Sequence[float]) -> float:
    """The time that 95 % do not pass."""
    ordered = sorted(seconds)
    return ordered[math.ceil(len(ordered) * 0.95) - 1]


# -- opening ------------------------------------------------------------------------------------------------------


def measure_opening(planted: Planted, visits: int, report: Report) -> None:
    """The page of the facilitation and what refreshes it, and the inbox of a player, alone."""
    pages = {
        "no list at all (the floor)": (f"{planted.here}/crisis/contacts/import", "care_session", planted.token),
        "the board of the facilitation": (planted.board, "care_session", planted.token),
        "its refreshing": (f"{planted.board}/live", "care_session", planted.token),
        "the inbox of a player": ("/play", "care_seat", player_token(0)),
        "its refreshing, something new": ("/play/news", "care_seat", player_token(0)),
    }
    report.lines += [
        f"| page | first after a start, ms | p50 ms | p95 ms (≤ {MOST_OPEN_MS:.0f}) | CPU ms | p50 / floor |",
        "|---|---|---|---|---|---|",
    ]
    firsts: dict[str, float] = {}
    for name, (path, cookie, token) in pages.items():  # each on a server that has served nothing else
        with served(planted) as (port, _server):
            firsts[name] = _fetch(port, path, cookie, token)
    with served(planted) as (port, server):
        floor = 0.0
        for name, (path, cookie, token) in pages.items():
            for _ in range(3):
                _fetch(port, path, cookie, token)
            begun = _processor_seconds(server.pid)
            took = [_fetch(port, path, cookie, token) for _ in range(visits)]
            cpu = (_processor_seconds(server.pid) - begun) / visits
            middle = statistics.median(took)
            floor = floor or middle
            figures = " | ".join(f"{one * 1000:.0f}" for one in (firsts[name], middle, late(took), cpu))
            report.lines.append(f"| {name} | {figures} | {middle / floor:.1f} |")
            report.gate(late(took) * 1000 <= MOST_OPEN_MS, f"{name}: p95 {late(took) * 1000:.0f} ms")
    report.lines.append("")


def _fetch(port: int, path: str, cookie: str, token: str) -> float:
    """Seconds to the last byte; RuntimeError for anything but the page."""
    seconds, status = _get(port, path, f"{token}" if cookie == "care_session" else f"; {cookie}={token}")
    if status != 200:
        raise RuntimeError(f"{path} answered {status}")
    return seconds


# -- to the screen ------------------------------------------------------------------------------------------------


@dataclass
class Visits:
    """How long the pages took of somebody who works while the exercise goes on."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def measure_crowd(planted: Planted, people: int, rounds: int, report: Report) -> None:
    """Play stimuli before the crowd while somebody opens pages."""
    played: dict[str, tuple[float, set[str]]] = {}
    visits, over = Visits(), threading.Event()
    with served(planted) as (port, server):
        crowd = _crowd(port, people)
        walker = threading.Thread(target=_walk, args=(planted, port, visits, over))
        walker.start()
        begun, began = _processor_seconds(server.pid), time.monotonic()
        for number in range(rounds):
            begin = time.monotonic()
            played[str(number)] = (begin, _play(planted, number))
            time.sleep(max(0.0, BETWEEN_SECONDS - (time.monotonic() - begin)))
        time.sleep(2 * BETWEEN_SECONDS)
        busy = (_processor_seconds(server.pid) - begun) / (time.monotonic() - began)
        over.set()
        walker.join()
        answer = _end(crowd)
    _tell_crowd(planted, people, played, answer, visits, busy, report)


def _crowd(port: int, people: int) -> subprocess.Popen[str]:
    players = [(player_token(n), f"cell{n % CELLS + 1}") for n in range(people)]
    crowd = subprocess.Popen(
        [sys.executable, "-m", "bench.exercise_crowd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    crowd.stdin.write(json.dumps({"port": port, "players": players}) + "\n")
    crowd.stdin.flush()
    assert crowd.stdout.readline() == "ready\n"
    return crowd


def _end(crowd: subprocess.Popen[str]) -> dict[str, object]:
    said, _ = crowd.communicate("\n", timeout=60)
    answer: dict[str, object] = json.loads(said)
    return answer


def _play(planted: Planted, number: int) -> set[str]:
    """Bring a stimulus that is new to everyone, and play it; the cells it goes to."""
    cells = [f"cell{n + 1}" for n in range(CELLS)]
    to = cells if number % EVERYONE == EVERYONE - 1 else [cells[number % CELLS], cells[(number + 5) % CELLS]]
    one = Stimulus(
        id=f"Z{number + 1:02}", sender="Bench", to=tuple(to), channel=Channel.SCREEN, title=f"[bench {number}]",
        body="Le standard ne répond plus.",
    )  # fmt: skip
    obey(planted.platform, MACHINE, planted.exercise, Add(one))
    obey(planted.platform, MACHINE, planted.exercise, Play(one.id))
    return set(to)


def _walk(planted: Planted, port: int, visits: Visits, over: threading.Event) -> None:
    pages = [planted.board, f"{planted.here}/exercises", f"{planted.board}/live", f"{planted.here}/actions"]
    number = 0
    while not over.is_set():
        path = pages[number % len(pages)]
        seconds, status = _get(port, path, planted.token)
        visits.seconds.append(seconds)
        if status != 200:
            visits.faults.append(f"{path} answered {status}")
        number += 1
        over.wait(PAUSE_SECONDS)


def _tell_crowd(
    planted: Planted,
    people: int,
    played: dict[str, tuple[float, set[str]]],
    answer: dict[str, object],
    visits: Visits,
    busy: float,
    report: Report,
) -> None:
    seen: dict[str, list[tuple[str, float]]] = answer["seen"]  # type: ignore[assignment]
    some = [at - played[mark][0] for rows in seen.values() for mark, at in rows if len(played[mark][1]) < CELLS]
    everyone = [at - played[mark][0] for rows in seen.values() for mark, at in rows if len(played[mark][1]) == CELLS]
    per_cell = {f"cell{n + 1}": len(range(n, people, CELLS)) for n in range(CELLS)}
    expected = sum(per_cell[cell] for _, cells in played.values() for cell in cells)
    report.lines += [
        f"| {people} players on a stream, {len(played)} stimuli | p50 s | p95 s (≤ {MOST_TO_SCREEN:.0f}) | longest s |",
        "|---|---|---|---|",
    ]
    for name, took in (("a stimulus for two cells", some), ("a stimulus for everyone", everyone)):
        if took:
            report.lines.append(f"| {name} | {statistics.median(took):.2f} | {late(took):.2f} | {max(took):.2f} |")
    both = [*some, *everyone]
    middle, slow = statistics.median(visits.seconds) * 1000, late(visits.seconds) * 1000
    report.lines += [
        "",
        f"{len(both)} of {expected} stimuli reached their screens, p95 {late(both):.2f} s together;",
        f"streams refused: {answer['refused']}; the server: {busy * 100:.0f} % of a core.",
        f"{len(visits.seconds)} pages meanwhile: p50 {middle:.0f} ms, p95 {slow:.0f} ms (≤ {MOST_PAGE_MS:.0f}).",
        "",
    ]
    report.gate(late(both) <= MOST_TO_SCREEN, f"stimulus to screen: p95 {late(both):.2f} s")
    report.gate(len(both) == expected, f"{expected - len(both)} screens never showed their stimulus")
    report.gate(not answer["refused"], f"{answer['refused']} streams refused")
    report.gate(late(visits.seconds) * 1000 <= MOST_PAGE_MS, f"pages: p95 {late(visits.seconds) * 1000:.0f} ms")
    report.gate(not visits.faults, "; ".join(visits.faults[:3]))


# -- back again ---------------------------------------------------------------------------------------------------


def measure_return(planted: Planted, report: Report) -> None:
    """Kill the server, start it again: how long until a page answers and the clock is kept again."""
    took: list[float] = []
    for _ in range(3):
        with served(planted) as (_port, server):
            os.killpg(server.pid, signal.SIGKILL)
        killed_at = planted.platform.clock.now()
        begin = time.monotonic()
        with served(planted) as (port, _server):
            _fetch(port, f"{planted.board}/live", "care_session", planted.token)
            eventually(lambda since=killed_at: _kept_since(planted, since), "the clock is kept again")  # type: ignore[misc]
            took.append(time.monotonic() - begin)
    longest = max(took)
    report.lines += [f"Back after a kill: {longest:.1f} s at most of {len(took)} (≤ {MOST_BACK_SECONDS:.0f}).", ""]
    report.gate(longest <= MOST_BACK_SECONDS, f"back after {longest:.1f} s")


def _kept_since(planted: Planted, since: object) -> bool:
    with planted.platform.database.read() as session:
        at = session.get_one(Exercise, planted.exercise).pulse_at
    return at is not None and at > since  # type: ignore[operator]


# -- a region -----------------------------------------------------------------------------------------------------


def measure_region(planted: Planted, establishment_id: int, count: int, stimuli: int, report: Report) -> None:
    """Keep the clocks of a region’s exercises in one process, then open a page of the server that keeps them."""
    platform = planted.platform
    for _ in range(count - 1):
        exercise = plant_big_exercise(platform, MACHINE, establishment_id, stimuli, 0)
        obey(platform, MACHINE, exercise, Start())
    settle(platform)
    fresh = replace(platform, rooms=Rooms())
    conductor = Conductor(fresh)
    first = _timed(conductor)
    rest = [_timed(conductor) for _ in range(100)]
    before, started = _events(platform), platform.clock.now()
    with served(planted) as (port, server):
        eventually(lambda: _kept_since(planted, started), "the clocks are kept again")
        begun, began = _processor_seconds(server.pid), time.monotonic()
        took = [_paced(port, planted) for _ in range(40)]
        busy = (_processor_seconds(server.pid) - begun) / (time.monotonic() - began)
    tick, slow, page = (f"{one * 1000:.0f}" for one in (statistics.median(rest), late(rest), late(took)))
    report.lines += [
        f"| {count} exercises of {stimuli} stimuli under way, one process | | at most |",
        "|---|---|---|",
        f"| a tick of all their clocks, p50 ms | {tick} | |",
        f"| the same, p95 ms | {slow} | {MOST_TICK_MS:.0f} |",
        f"| the first tick after a start, s | {first:.1f} | {MOST_BACK_SECONDS:.0f} |",
        f"| the board of one on the server that keeps all, p95 ms | {page} | {MOST_PAGE_MS:.0f} |",
        f"| processor of that server, % of a core | {busy * 100:.0f} | |",
        f"| events that it wrote meanwhile | {_events(platform) - before} | |",
        "",
    ]
    report.gate(late(rest) * 1000 <= MOST_TICK_MS, f"a tick of {count} clocks: p95 {late(rest) * 1000:.0f} ms")
    report.gate(first <= MOST_BACK_SECONDS, f"the first tick of {count} clocks: {first:.1f} s")
    report.gate(late(took) * 1000 <= MOST_PAGE_MS, f"the board among {count}: p95 {late(took) * 1000:.0f} ms")


def _timed(conductor: Conductor) -> float:
    begin = time.perf_counter()
    conductor.tick()
    return time.perf_counter() - begin


def _paced(port: int, planted: Planted) -> float:
    time.sleep(PAUSE_SECONDS)
    return _fetch(port, planted.board, "care_session", planted.token)


def _events(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(ExerciseEvent)) or 0


if __name__ == "__main__":
    sys.exit(main())
