"""“What if this falls?” in a large hospital: 2,000 nodes, 20,000 dependencies, loops and alternatives among them.

    .venv/bin/python -m bench.what_if [--database sqlite postgresql] [--nodes 2000] [--ties 20000] [--visits 20]
        [--rounds 9] [--seed 1]

Two things are measured. The page: the answer asked over HTTP of a real `care serve`, the outage computed, its order of
restart and its picture made, the page rendered; beside it a page without any of that, and the first answer after
something was written on the platform, for which the graph is read from the database again. Judged are the answers to
questions that follow one another, hour by hour to the end; `whole=1`, 1,900 lines of restarts, is shown beside them.
The computing alone: the course of the outage, hour by hour, beside a bare traversal of the same ties from the same
losses by networkx (Dijkstra, and breadth first), which knows no alternatives, no degraded modes and no DMIA; and by
rustworkx, which is not Python, for honesty. Exit code 1 when a gate is passed over.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import networkx
import rustworkx
from sqlalchemy import insert

from bench.findings import Page as Visit
from bench.findings import (
    Report,
    _get,
    _processor_seconds,
    _statements,
    each_database,
    platform_on,
    settle,
)
from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, ResourceKind, SheetState, Strength
from care.domain.graph import Graph
from care.domain.restart import restart_order
from care.domain.what_if import by_hour, what_if
from care.services import sessions
from care.services.continuity_graph import graph_of
from care.services.platform import Platform
from care.store.continuity import Activity, Bia, DegradedMode, DegradedModeCover, Dependency, Node, Resource
from tests.support import postgresql
from tests.support.machine import care, eventually
from tests.support.people import MACHINE, plant_hospitals
from tests.web.people import PASSWORD, plant_people

MOST_MS = 200.0
"""Server time of the page, at most."""
FIRST = "the first answer after a write"
MOST_TIMES_LIBRARY = 3.0
"""Times the traversal of networkx, at most, for the course of an outage hour by hour."""
AT = datetime(2026, 3, 1, tzinfo=UTC)
SHARES = (
    (Nature.ACTIVITY, None, 0.15),
    (Nature.RESOURCE, ResourceKind.APPLICATION, 0.35),
    (Nature.RESOURCE, ResourceKind.SUPPLIER, 0.06),
    (Nature.RESOURCE, ResourceKind.PEOPLE, 0.06),
    (Nature.RESOURCE, ResourceKind.INFRASTRUCTURE, 0.33),
    (Nature.RESOURCE, ResourceKind.PREMISES, 0.05),
)
"""From the activities down: each relies on what comes after it."""


@dataclass(frozen=True)
class Sizes:
    """How large, and from which seed."""

    nodes: int
    ties: int
    seed: int


def main() -> int:
    """Measure each database; exit code 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--nodes", type=int, default=2_000)
    parser.add_argument("--ties", type=int, default=20_000)
    parser.add_argument("--visits", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    return each_database(chosen.database, partial(measure, chosen))


def measure(chosen: argparse.Namespace, folder: Path, url: str) -> Report:
    """Plant, visit, compute."""
    report, platform = Report(), platform_on(folder, url)
    hospitals = plant_hospitals(platform)
    people = plant_people(platform, hospitals)
    sizes = Sizes(chosen.nodes, chosen.ties, chosen.seed)
    plant(platform, hospitals.valley, sizes)
    settle(platform)
    graph = graph_of(platform, MACHINE, hospitals.valley)
    lost = losses(graph)
    report.lines.append(
        f"{sizes}, {len(graph.edges)} ties, {len(graph.loops.components)} loops, {len(lost)} nodes lost\n"
    )
    assert people.ids
    measure_computing(graph, lost, chosen.rounds, report)
    measure_pages(folder, url, platform, f"/establishments/{hospitals.valley}", lost, chosen.visits, report)
    platform.doorbell.close()
    platform.database.close()
    return report


# -- the hospital -------------------------------------------------------------------------------------------------


def plant(platform: Platform, establishment_id: int, sizes: Sizes) -> None:
    """A layered hospital: each node relies on some of what lies deeper, a few ties go back up and close loops."""
    chance = random.Random(sizes.seed)
    said = {"created_at": AT, "created_by": "bench"}
    changed = {**said, "changed_at": AT, "changed_by": "bench"}
    nodes, kinds = [], []
    for nature, kind, share in SHARES:
        for _ in range(round(share * sizes.nodes)):
            number = len(nodes) + 1
            name = f"{kind or 'activity'} {number}"
            nodes.append({"id": number, "establishment_id": establishment_id, "nature": nature, "name": name,
                          "name_key": name, "description": "", "owner": "DSI", "version": 1, **changed})  # fmt: skip
            kinds.append(kind)
    activities = [row["id"] for row, kind in zip(nodes, kinds, strict=True) if kind is None]
    resources = [(row["id"], kind) for row, kind in zip(nodes, kinds, strict=True) if kind is not None]
    modes = [
        {"id": one, "activity_id": one, "series": one, "number": 1, "state": SheetState.CURRENT, "title": f"Mode {one}",
         "holds_minutes": chance.choice([None, 120, 240, 480, 1440]), "version": 1, **changed}
        for one in activities if chance.random() < 0.7
    ]  # fmt: skip
    ties = list(_ties(len(nodes), sizes.ties, chance))
    with platform.database.write() as session:
        connection = session.connection()
        for table, rows in (
            (Node, nodes),
            (Activity, [{"id": one, "kind": ActivityKind.CARE, "criticality": chance.choice(list(CareCriticality))}
                        for one in activities]),
            (Resource, [{"id": one, "kind": kind, "restart_minutes": chance.choice([None, 15, 30, 60, 120])}
                        for one, kind in resources]),
            (Bia, [{"activity_id": one, "number": 1, "state": SheetState.CURRENT, "scale": {}, "impacts": {},
                    "dmia_minutes": chance.choice([60, 240, 480, 1440, 4320]), "version": 1, **changed}
                   for one in activities]),
            (DegradedMode, modes),
            (DegradedModeCover, [{"series": mode["series"], "node_id": chance.choice(resources)[0]}
                                 for mode in modes if chance.random() < 0.4]),
            (Dependency, [{"establishment_id": establishment_id, **tie, **said} for tie in ties]),
        ):  # fmt: skip
            connection.execute(insert(table.__table__), _filled(table, rows))


def _ties(nodes: int, wanted: int, chance: random.Random) -> Sequence[dict[str, Any]]:
    """Most go down, and not far; one in ten stands in for another; one in five only helps; one in 1,000 is mutual."""
    found: dict[tuple[int, int], dict[str, Any]] = {}

    def add(one: int, other: int) -> None:
        found[one, other] = {
            "dependent_id": one,
            "needed_id": other,
            "strength": Strength.ESSENTIAL if chance.random() < 0.8 else Strength.USEFUL,
            "holds_minutes": chance.choice([0, 0, 0, 15, 60, 240, 480]),
            "alternative": chance.choice(["a", "b"]) if chance.random() < 0.1 else "",
        }

    while len(found) < wanted:
        one = chance.randrange(1, nodes)
        if chance.random() < 0.001:
            other = min(nodes, one + chance.randint(1, 3))
            add(other, one)
        else:
            other = min(nodes, one + 1 + int(chance.expovariate(6 / nodes)))
        add(one, other)
    return list(found.values())[:wanted]


def _filled(table: Any, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:  # noqa: ANN401 - any table
    """Rows with the defaults of the columns they leave out, since a bulk insert takes all rows alike."""
    defaults = {
        column.name: "" if column.default is not None and column.default.arg == "" else None
        for column in table.__table__.columns
        if column.name not in rows[0] and (column.nullable or (column.default is not None and column.default.arg == ""))
    }
    return [{**defaults, **row} for row in rows]


def losses(graph: Graph) -> list[int]:
    """What falls: three pieces of infrastructure in the middle of the layers."""
    infrastructure = [node.id for node in graph.nodes if node.kind is ResourceKind.INFRASTRUCTURE]
    return [infrastructure[len(infrastructure) * part // 4] for part in (1, 2, 3)]


# -- computing alone ----------------------------------------------------------------------------------------------


def measure_computing(graph: Graph, lost: list[int], rounds: int, report: Report) -> None:
    """The course of the outage beside traversals, in turn, on structures made before."""
    plain = networkx.DiGraph()
    rust: Any = rustworkx.PyDiGraph()
    place = dict(
        zip((node.id for node in graph.nodes), rust.add_nodes_from([node.id for node in graph.nodes]), strict=True)
    )
    for edge in graph.edges:
        if edge.essential:
            plain.add_edge(edge.needed, edge.dependent, weight=edge.holds)
            rust.add_edge(place[edge.needed], place[edge.dependent], float(edge.holds))
    assert graph.needs
    course = what_if(graph, lost)
    fallen = course.fallen
    report.lines.append(f"{len(fallen)} nodes fall, {len(course.events)} events, {len(by_hour(course))} hours\n")
    works: dict[str, Callable[[], object]] = {
        "networkx, Dijkstra from the losses": lambda: networkx.multi_source_dijkstra_path_length(plain, lost),
        "networkx, breadth first from one loss": lambda: dict(networkx.bfs_successors(plain, lost[0])),
        "rustworkx, Dijkstra from one loss": lambda: rustworkx.dijkstra_shortest_path_lengths(
            rust, place[lost[0]], float
        ),
        "the outage: what stops when, hour by hour": lambda: by_hour(what_if(graph, lost)),
        "the same with an end after 8 h": lambda: by_hour(what_if(graph, lost, 480)),
        "order of restart of what fell": lambda: restart_order(graph, fallen),
        "index of the ties, once a reading": lambda: Graph.of(graph.nodes, graph.rows).needs,
    }
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begin = time.process_time()  # processor time: what else the machine does is not counted
            work()
            spent[name].append(time.process_time() - begin)
    names = list(works)
    floor = statistics.median(spent[names[0]])
    report.lines += ["| computing alone | CPU ms (median) | times networkx’s Dijkstra |", "|---|---|---|"]
    for name in names:
        middle = statistics.median(spent[name])
        report.lines.append(f"| {name} | {middle * 1000:.1f} | {middle / floor:.2f} |")
    report.lines.append("")
    ratio = statistics.median(one / bare for one, bare in zip(spent[names[3]], spent[names[0]], strict=True))
    report.gate(ratio <= MOST_TIMES_LIBRARY, f"the outage costs {ratio:.2f} times the traversal of networkx")


# -- the page -----------------------------------------------------------------------------------------------------


def measure_pages(
    folder: Path, url: str, platform: Platform, here: str, lost: list[int], visits: int, report: Report
) -> None:
    """Ask for pages of a real server; its processor time beside the time it takes to answer."""
    question = "&".join(f"lost={one}" for one in lost) + "&at=2026-11-22T02:00"
    pages = [
        Visit("no graph at all", "ciso", "/account", ""),
        Visit(FIRST, "ciso", f"{here}/what-if/answer?{question}", ""),
        Visit("the answer", "ciso", f"{here}/what-if/answer?{question}", ""),
        Visit("the answer, an outage of 8 h", "ciso", f"{here}/what-if/answer?{question}&for=8+h", ""),
        Visit("every line of the answer", "ciso", f"{here}/what-if/answer?{question}&whole=1", ""),
        Visit("the question", "ciso", f"{here}/what-if?{question}", ""),
        Visit("points of fragility", "ciso", f"{here}/what-if/fragility", ""),
        Visit("the map", "ciso", f"{here}/what-if/map?lost={lost[0]}", ""),
    ]
    tokens = {"ciso": sessions.sign_in(platform, "ciso", PASSWORD, "127.0.0.1", "bench").token}
    statements = {page.name: _statements(platform, page, tokens) for page in pages}
    port = postgresql.free_port()
    settings = {"CARE_PORT": str(port), "CARE_WORKERS": "0", "CARE_DATABASE_URL": url}
    report.lines += ["| page | SQL statements | p50 ms | p95 ms | CPU ms of the server |", "|---|---|---|---|---|"]
    with care(folder, "serve", **settings) as server:
        eventually(lambda: _get(port, "/health", "")[1] == 200, "the server answers")
        for page in pages:
            write = partial(sessions.sign_in, platform, "ciso", PASSWORD, "127.0.0.1", "bench")
            before = write if page.name == FIRST else list
            seconds, cpu = _visited(partial(_get, port, page.path, tokens["ciso"]), visits, server.pid, before)
            middle, late = statistics.median(seconds) * 1000, sorted(seconds)[int(len(seconds) * 0.95)] * 1000
            figures = f"{statements[page.name]} | {middle:.0f} | {late:.0f} | {cpu * 1000:.0f}"
            report.lines.append(f"| {page.name} | {figures} |")
            if page.name.startswith("the answer"):
                report.gate(middle <= MOST_MS, f"{page.name}: {middle:.0f} ms")


def _visited(
    get: Callable[[], tuple[float, int]], visits: int, pid: int, before: Callable[[], object]
) -> tuple[list[float], float]:
    """Seconds of each visit, and the server's processor seconds of one; `before` is done before each."""
    for _ in range(3):
        get()
    begun, seconds = _processor_seconds(pid), []
    for _ in range(visits):
        before()
        spent, status = get()
        if status != 200:
            raise RuntimeError(f"the server answered {status}")
        seconds.append(spent)
    return seconds, (_processor_seconds(pid) - begun) / visits


if __name__ == "__main__":
    sys.exit(main())
