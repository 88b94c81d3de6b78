"""A crisis exercise before 150 people: opening it, what reaches their screens and when, a whole region at once.

    .venv/bin/python -m bench.exercise [--database sqlite postgresql] [--stimuli 260] [--people 150] [--rounds 20]
        [--region 80] [--each 5] [--visits 30] [--parts opening crowd return region]

Everything is asked over HTTP of a real `care serve`. *Opening*: the page of the facilitation and the inbox of a player
of an exercise half played, beside a page of CaRE that shows no list (the floor of the same run), and the first opening
after a start, when every event is replayed. *To the screen*: each player keeps a stream open, on which the
news of his cell come, while somebody opens pages, some five a second; stimuli are played by another process than the
server, so that its own doorbell helps nothing; every fourth goes to all cells at once. *Back again*: from the start of
the command, after a kill, to a page with the clock kept again. *A region*: the clocks of 80 such exercises, kept by one
process; then by a server on which five players of each are connected (who finds no stream free asks every three
seconds, as pages do), while one exercise after the other receives a stimulus, each one a minute. The region alone is
`--parts region`, three minutes. Exit code 1 when a gate is passed over.
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
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.findings import Report, _get, _processor_seconds, each_database, platform_on, settle
from care.domain.exercises import MessageKind
from care.services import sessions
from care.services.exercises.conducting import Conductor, obey
from care.services.exercises.memory import Rooms
from care.services.platform import Platform
from care.services.registry import EstablishmentDraft, create_establishment
from care.store.exercises import Exercise, ExerciseMessage
from exercises.decide import Add, Play, Start
from exercises.kit import Channel, Stimulus
from tests.support import postgresql
from tests.support.big_exercise import CELLS, plant_big_exercise, play_some, player_token
from tests.support.machine import care, eventually
from tests.support.people import MACHINE, plant_hospitals, valid_finess
from tests.web.people import PASSWORD, plant_people

MOST_OPEN_MS = 300.0
MOST_TO_SCREEN = 1.0
MOST_PAGE_MS = 200.0
MOST_BACK_SECONDS = 5.0
MOST_ASKED = 4.0
"""Without a stream a page asks every three seconds (`ASK_EVERY` of care.js), then the answer comes."""
MOST_TICK_MS = 250.0
TICK_SECONDS = 0.25
"""The clocks tick four times a second (`care.worker`)."""
EVERYONE = 4
"""One stimulus in so many goes to all the cells."""
BETWEEN_SECONDS = 1.5
MINUTE_SECONDS = 60.0
"""In a region each exercise receives one stimulus in so long: 260 in four hours."""
PAUSE_SECONDS = 0.2
MESSAGES = 300


PARTS = ("opening", "crowd", "return", "region")


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
    parser.add_argument("--each", type=int, default=5, help="players of each exercise of the region")
    parser.add_argument("--visits", type=int, default=30)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
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
    parts = {
        "opening": partial(measure_opening, planted, chosen.visits, report),
        "crowd": partial(measure_crowd, planted, chosen.people, chosen.rounds, report),
        "return": partial(measure_return, planted, report),
        "region": partial(measure_region, planted, hospitals.valley_entity, chosen, report),
    }
    for part in chosen.parts:
        parts[part]()
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
class Meanwhile:
    """What went on while players were told: the titles played with their instant and who was to see them, how long the
    pages took of somebody at work, what the server used of a core."""

    played: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    pages: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    busy: float = 0.0
    answer: Mapping[str, Any] = field(default_factory=dict)

    def took(self, told: Callable[[int], bool] = lambda _places: True, how: str = "streamed") -> list[float]:
        """Seconds from the order to each screen, of the stimuli that went to so many places."""
        return [
            at - self.played[mark][0]
            for seen in self.answer[how].values()
            for mark, at in seen
            if told(len(self.played[mark][1]))
        ]

    def expected(self, places: Counter[str]) -> int:
        """Screens that should have shown something, so many players in each place."""
        return sum(places[place] for _, to in self.played.values() for place in to)


def measure_crowd(planted: Planted, people: int, rounds: int, report: Report) -> None:
    """Play stimuli before the crowd while somebody opens pages."""
    players = [(player_token(n), f"{planted.exercise} cell{n % CELLS + 1}") for n in range(people)]
    with served(planted) as (port, server):
        seen = _play_before(planted, port, server.pid, players, [planted.exercise] * rounds, BETWEEN_SECONDS)
    _tell_crowd(players, seen, report)


def _play_before(
    planted: Planted, port: int, server: int, players: Sequence[tuple[str, str]], exercises: Sequence[int], apart: float
) -> Meanwhile:
    """A stimulus in one exercise after the other, so many seconds apart, with all the players connected and somebody
    who opens pages."""
    seen, over = Meanwhile(), threading.Event()
    crowd = _crowd(port, players)
    walker = threading.Thread(target=_walk, args=(planted, port, seen, over))
    walker.start()
    begun, began = _processor_seconds(server), time.monotonic()
    for number, exercise in enumerate(exercises):
        begin = time.monotonic()
        seen.played[str(number)] = (begin, _play(planted.platform, exercise, number))
        over.wait(max(0.0, apart - (time.monotonic() - begin)))
    over.wait(2 * MOST_ASKED)  # what was played last comes too
    seen.busy = (_processor_seconds(server) - begun) / (time.monotonic() - began)
    over.set()
    walker.join()
    seen.answer = _end(crowd)
    return seen


def _crowd(port: int, players: Sequence[tuple[str, str]]) -> subprocess.Popen[str]:
    crowd = subprocess.Popen(
        [sys.executable, "-m", "bench.exercise_crowd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    crowd.stdin.write(json.dumps({"port": port, "players": players}) + "\n")
    crowd.stdin.flush()
    assert crowd.stdout.readline() == "ready\n"
    return crowd


def _end(crowd: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = crowd.communicate("\n", timeout=60)
    answer: dict[str, Any] = json.loads(said)
    return answer


def _play(platform: Platform, exercise: int, number: int) -> frozenset[str]:
    """Bring a stimulus that is new to everyone, and play it; the places it goes to."""
    cells = [f"cell{n + 1}" for n in range(CELLS)]
    to = cells if number % EVERYONE == EVERYONE - 1 else [cells[number % CELLS], cells[(number + 5) % CELLS]]
    one = Stimulus(
        id=f"Z{number + 1:02}", sender="Bench", to=tuple(to), channel=Channel.SCREEN, title=f"[bench {number}]",
        body="Le standard ne répond plus.",
    )  # fmt: skip
    obey(platform, MACHINE, exercise, Add(one))
    obey(platform, MACHINE, exercise, Play(one.id))
    return frozenset(f"{exercise} {cell}" for cell in to)


def _walk(planted: Planted, port: int, seen: Meanwhile, over: threading.Event) -> None:
    pages = [planted.board, f"{planted.here}/exercises", f"{planted.board}/live", f"{planted.here}/actions"]
    while not over.wait(PAUSE_SECONDS):
        path = pages[len(seen.pages) % len(pages)]
        seconds, status = _get(port, path, planted.token)
        seen.pages.append(seconds)
        if status != 200:
            seen.faults.append(f"{path} answered {status}")


def _tell_crowd(players: Sequence[tuple[str, str]], seen: Meanwhile, report: Report) -> None:
    report.lines += [
        f"| {len(players)} players, {len(seen.played)} stimuli | p50 s | p95 s (≤ {MOST_TO_SCREEN:.0f}) | longest s |",
        "|---|---|---|---|",
        _row("a stimulus for two cells", seen.took(lambda places: places < CELLS)),
        _row("a stimulus for everyone", seen.took(lambda places: places == CELLS)),
        "",
    ]
    report.gate(not seen.answer["refused"], f"{seen.answer['refused']} streams refused")
    _judge(players, seen, report)


def _row(name: str, took: Sequence[float]) -> str:
    if not took:
        return f"| {name} | nobody | | |"
    return f"| {name} | {statistics.median(took):.2f} | {late(took):.2f} | {max(took):.2f} |"


def _judge(players: Sequence[tuple[str, str]], seen: Meanwhile, report: Report) -> None:
    """What holds for the crowd of one exercise as for that of a region."""
    streamed, asked = seen.took(), seen.took(how="asked")
    expected = seen.expected(Counter(place for _, place in players))
    middle, slow = statistics.median(seen.pages) * 1000, late(seen.pages) * 1000
    report.lines += [
        f"{len(streamed) + len(asked)} of {expected} reached their screens, p95 {late(streamed):.2f} s by stream;",
        f"streams refused: {seen.answer['refused']}; the server: {seen.busy * 100:.0f} % of a core.",
        f"{len(seen.pages)} pages meanwhile: p50 {middle:.0f} ms, p95 {slow:.0f} ms (≤ {MOST_PAGE_MS:.0f}).",
        "",
    ]
    report.gate(late(streamed) <= MOST_TO_SCREEN, f"stimulus to screen: p95 {late(streamed):.2f} s")
    missing = expected - len(streamed) - len(asked)
    report.gate(not missing, f"{missing} screens never showed their stimulus")
    report.gate(slow <= MOST_PAGE_MS, f"pages: p95 {slow:.0f} ms")
    report.gate(not seen.faults, "; ".join(seen.faults[:3]))


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


def measure_region(planted: Planted, entity_id: int, chosen: argparse.Namespace, report: Report) -> None:
    """Keep the clocks of a region’s exercises, one an establishment, in one process; then connect players of each to a
    server that does."""
    platform, count, each = planted.platform, chosen.region, chosen.each
    exercises: list[int] = []
    for number in range(1, count + 1):
        draft = EstablishmentDraft(valid_finess(f"01{number + 100:06}"), f"Établissement {number}", entity_id)
        site = create_establishment(platform, MACHINE, draft).id
        exercises.append(plant_big_exercise(platform, MACHINE, site, chosen.stimuli, each, number * chosen.people))
        obey(platform, MACHINE, exercises[-1], Start())
    settle(platform)
    conductor = Conductor(replace(platform, rooms=Rooms()))
    first_tick = _timed(conductor)
    alone = [_timed(conductor) for _ in range(100)]
    players = [
        (player_token(number * chosen.people + n), f"{exercise} cell{n % CELLS + 1}")
        for n in range(each)
        for number, exercise in enumerate(exercises, 1)
    ]
    started, over, ticks = platform.clock.now(), threading.Event(), list[float]()
    with served(planted) as (port, server):
        eventually(lambda: _kept_since(planted, started), "the clocks are kept again")
        beside = threading.Thread(target=_tick, args=(conductor, over, ticks))
        beside.start()
        seen = _play_before(planted, port, server.pid, players, exercises, MINUTE_SECONDS / count)
        over.set()
        beside.join()
    report.lines += [
        f"| {count} exercises of {chosen.stimuli} stimuli under way, one process | p50 | p95 | at most |",
        "|---|---|---|---|",
        _ticks("a tick of all their clocks, nobody connected, ms", alone),
        _ticks(f"a tick of a second process, {len(players)} players connected, ms", ticks),
        f"| the first tick after a start, s | {first_tick:.1f} | | {MOST_BACK_SECONDS:.0f} |",
        "",
        f"| {len(players)} players, {each} of each exercise, {count} stimuli a minute | p50 s | p95 s | longest s |",
        "|---|---|---|---|",
        _row(f"on a stream (p95 ≤ {MOST_TO_SCREEN:.0f})", seen.took()),
        _row(f"no stream was free: asks every 3 s (p95 ≤ {MOST_ASKED:.0f})", asked := seen.took(how="asked")),
        "",
    ]
    for name, took in (("nobody connected", alone), ("players connected", ticks)):
        report.gate(late(took) * 1000 <= MOST_TICK_MS, f"a tick of {count} clocks, {name}: {late(took) * 1000:.0f} ms")
    report.gate(first_tick <= MOST_BACK_SECONDS, f"the first tick of {count} clocks: {first_tick:.1f} s")
    report.gate(
        not asked or late(asked) <= MOST_ASKED, f"stimulus to screen without a stream: {late(asked or [0]):.2f} s"
    )
    _judge(players, seen, report)


def _ticks(name: str, took: Sequence[float]) -> str:
    return f"| {name} | {statistics.median(took) * 1000:.0f} | {late(took) * 1000:.0f} | {MOST_TICK_MS:.0f} |"


def _tick(conductor: Conductor, over: threading.Event, took: list[float]) -> None:
    """Keep the clocks beside the server, as a `care worker` does, and note how long each tick took."""
    while not over.wait(TICK_SECONDS):
        took.append(_timed(conductor))


def _timed(conductor: Conductor) -> float:
    begin = time.perf_counter()
    conductor.tick()
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
