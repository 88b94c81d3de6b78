"""The control graph at the size of a region: built, searched, every shortest path written, and its choke points.

    python -m bench.ad_graph [--nodes 100000] [--edges 1000000] [--objects 100000] [--runs 5] [--seed 1]

First a random typed graph, the same arrays for all: ours, plain Python lists (the floor), networkx, rustworkx, and
scipy when it is installed. Each builds its structure, finds the shortest way of every node to the nearest of 10
targets, and writes all these paths out; all must agree on how many arrive and on the sum of their lengths. Dominators,
of which choke points are made, are beside those of networkx.

Then the analysis of a domain made by hand (`bench.ad_domain`), with 5 % and 100 % of descriptors like no other: maps,
graph, every rule, paths and choke points, and the path of everyone as it is kept, from facts just read. Each measure
is a process of its own, in turn. Processor seconds and the growth of peak memory are told. Exit code 1 when a gate is
passed over: 1 s and 100 MB for our graph, 1.5 s and 350 MB in all for the analysis.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scanners.ad.columns import Ints, Objects
from scanners.ad.control_paths.dominators import ROOT, dominators
from scanners.ad.control_paths.everyone import everyone
from scanners.ad.control_paths.graph import ControlGraph
from scanners.ad.control_paths.paths import survey
from scanners.ad.descriptors import DescriptorReader
from scanners.ad.facts import FORMAT
from scanners.ad.rights import Right
from scanners.archive import Manifest, read_archive, write_archive
from scanners.catalog import rules_of
from scanners.model import Status
from scanners.runner import run_rules

MOST_SECONDS, MOST_MB = 1.0, 100.0
MOST_ANALYSIS_SECONDS, MOST_ANALYSIS_MB = 1.5, 350.0
TARGETS = 10
Answer = tuple[int, int]
"""How many nodes arrive, and the sum of the lengths of their paths."""


def main() -> int:
    """Measure in turn, print; 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(_measured(options)))
        return 0
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.runs} runs\n")
    print(f"### {options.nodes} nodes, {options.edges} edges\n")
    kept = _compare(options, SEARCHES, ("CaRE, numpy", MOST_SECONDS, MOST_MB))
    print("\n### dominators of the same graph\n")
    _compare(options, DOMINATORS, None)
    print(f"\n### analysis of {options.objects} objects\n")
    return int(not (_analyses(options) and kept))


def _compare(options: argparse.Namespace, works: Mapping[str, Any], gate: tuple[str, float, float] | None) -> bool:
    spent: dict[str, list[Any]] = {name: [] for name in works}
    for _ in range(options.runs):
        for name in works:
            spent[name].append(_child(options, name))
    answers = {tuple(run["answer"]) for runs in spent.values() for run in runs}
    assert len(answers) == 1, answers
    ours = next(iter(works))
    print("| | CPU s (median) | peak memory MB | times ours (median) |\n|---|---|---|---|")
    for name, runs in spent.items():
        seconds, peak = (statistics.median(run[key] for run in runs) for key in ("seconds", "peak"))
        times = statistics.median(run["seconds"] / own["seconds"] for run, own in zip(runs, spent[ours], strict=True))
        print(f"| {name} | {seconds:.2f} | {peak:.0f} | {times:.1f} |")
    print(f"\nall agree: {answers.pop()}")
    if gate is None:
        return True
    name, most, mb = gate
    seconds, peak = (statistics.median(run[key] for run in spent[name]) for key in ("seconds", "peak"))
    return _told(f"{name}: {seconds:.2f} s, {peak:.0f} MB", seconds <= most and peak <= mb)


def _analyses(options: argparse.Namespace) -> bool:
    """The analysis of a domain of which some or all descriptors are like no other.

    Libraries of peers and of specimens are imported where they are used: the memory of the analysis is its own.
    """
    from bench.ad_domain import NOW, domain

    kept = True
    print("| descriptors | maps and graph | rules | paths | path of everyone | CPU s in all | peak MB |")
    print("|---|---|---|---|---|---|---|")
    lines = []
    with tempfile.TemporaryDirectory(prefix="care-bench-") as folder:
        for distinct in (0.05, 1.0):
            path = Path(folder) / f"{distinct}.care"
            manifest = Manifest("ad", FORMAT.schema, "ldaps://dc1", NOW.isoformat(), NOW.isoformat(), "bench")
            write_archive(path, manifest, domain(options.objects, distinct, options.seed))
            runs = [_child(options, str(path)) for _ in range(options.runs)]
            parts = [statistics.median(run["parts"][part] for run in runs) for part in range(4)]
            seconds, peak = (statistics.median(run[key] for run in runs) for key in ("seconds", "peak"))
            shown = " | ".join(f"{part:.2f}" for part in (*parts, seconds))
            print(f"| {distinct:.0%} like no other | {shown} | {peak:.0f} |", flush=True)
            good = seconds <= MOST_ANALYSIS_SECONDS and peak <= MOST_ANALYSIS_MB
            lines.append((f"analysis, {distinct:.0%}: {seconds:.2f} s, {peak:.0f} MB", good))
    print()
    for line, good in lines:
        kept = _told(line, good) and kept
    return kept


def _told(line: str, good: bool) -> bool:
    print(f"gate {'kept' if good else 'PASSED OVER'}: {line}")
    return good


def _child(options: argparse.Namespace, name: str) -> Any:  # noqa: ANN401 - a JSON document
    words = [f"--{key}={getattr(options, key)}" for key in ("nodes", "edges", "objects", "seed")]
    command = [sys.executable, "-m", "bench.ad_graph", *words, f"--only={name}"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    """One measure, in the process made for it."""
    if options.only.endswith(".care"):
        return _analysis(Path(options.only))
    source, target = _random(options)
    work = (SEARCHES | DOMINATORS)[options.only](options.nodes, source, target)
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    started = time.process_time()
    answer = work()
    seconds = time.process_time() - started
    return {"seconds": seconds, "peak": _memory("VmHWM") - before, "answer": answer}


def _analysis(path: Path) -> dict[str, Any]:
    rules = rules_of("ad")
    facts = read_archive(path).facts
    Path("/proc/self/clear_refs").write_text("5")
    moments = [time.process_time()]
    assert facts.objects.row_by_dn
    assert len(facts.graph.by_destination[0])
    moments.append(time.process_time())
    broken = [outcome.rule.id for outcome in run_rules(rules, facts) if outcome.status is Status.ERROR]
    assert not broken, broken
    moments.append(time.process_time())
    found = survey(facts)
    assert found.summary.reaching
    moments.append(time.process_time())
    assert everyone(facts, found)
    moments.append(time.process_time())
    parts = np.diff(moments).tolist()
    return {"seconds": sum(parts), "peak": _memory("VmHWM"), "parts": parts}


def _memory(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def _random(options: argparse.Namespace) -> tuple[Ints, Ints]:
    """Edges drawn at random; half lead to the twentieth of the nodes that most control, as in a directory. Some nodes
    have no way to a target: one in 30 leads nowhere."""
    chance = np.random.default_rng(options.seed)
    source = chance.integers(0, options.nodes, options.edges)
    source[source % 30 == 0] += 1
    target = chance.integers(0, options.nodes, options.edges)
    crowded = chance.random(options.edges) < 0.5
    target[crowded] = options.nodes // 2 + target[crowded] // 20
    return source % options.nodes, target


# -- the search: built, searched, every path written -----------------------------------------------------------------


def _ours(nodes: int, source: Ints, target: Ints) -> Callable[[], Answer]:
    objects = _nameless(nodes)
    right = np.full(len(source), Right.GenericAll, dtype=np.int8)

    def work() -> Answer:
        nowhere = np.empty(0, dtype=np.int64)
        entry = np.full(len(source), -1, dtype=np.int32)
        graph = ControlGraph(
            objects, DescriptorReader().table(), (), np.full(nodes, -1), nowhere, source, target, right, entry
        )
        goals = np.arange(nodes) < TARGETS
        reach = graph.reach(goals, goals)
        written = _written(graph.destination, reach.via, reach.distance)
        return len(written), sum(map(len, written)) - len(written)

    return work


def _written(destination: Ints, via: Ints, distance: Ints) -> list[list[int]]:
    """Every path, as the nodes it passes: all walk one step at a time, together."""
    here = np.flatnonzero(distance > 0)
    here = here[np.argsort(distance[here], kind="stable")]
    steps = distance[here]
    columns = np.full((int(steps.max()) + 1, len(here)), -1, dtype=np.int32)
    columns[0] = here
    for step in range(1, len(columns)):
        going = np.searchsorted(steps, step)
        columns[step, going:] = destination[via[columns[step - 1, going:]]]
    rows = columns.T.tolist()
    return [row[: length + 1] for row, length in zip(rows, steps.tolist(), strict=True)]


def _nameless(nodes: int) -> Objects:
    nothing = np.empty(0, dtype=np.int64)
    everywhere = np.full(nodes, -1)
    return Objects(
        ("",) * nodes,
        np.zeros(nodes, dtype=np.int64),
        (),
        everywhere,
        everywhere,
        everywhere,
        nothing,
        nothing,
        {},
        {},
        {},
    )


def _lists(nodes: int, source: Ints, target: Ints) -> Callable[[], Answer]:
    pairs = list(zip(source.tolist(), target.tolist(), strict=True))

    def work() -> Answer:
        into: list[list[int]] = [[] for _ in range(nodes)]
        for one, other in pairs:
            into[other].append(one)
        paths: dict[int, list[int]] = {goal: [goal] for goal in range(TARGETS)}
        waiting = deque(paths)
        while waiting:
            here = waiting.popleft()
            for one in into[here]:
                if one not in paths:
                    paths[one] = [one, *paths[here]]
                    waiting.append(one)
        return _sum(paths.values())

    return work


def _networkx(_nodes: int, source: Ints, target: Ints) -> Callable[[], Answer]:
    import networkx

    pairs = list(zip(target.tolist(), source.tolist(), strict=True))

    def work() -> Answer:
        graph = networkx.DiGraph(pairs)
        graph.add_edges_from(("all", goal) for goal in range(TARGETS))
        paths = networkx.single_source_shortest_path(graph, "all")
        return _sum(path[1:] for name, path in paths.items() if name != "all")

    return work


def _rustworkx(nodes: int, source: Ints, target: Ints) -> Callable[[], Answer]:
    import rustworkx

    pairs = list(zip(target.tolist(), source.tolist(), strict=True))

    def work() -> Answer:
        graph: Any = rustworkx.PyDiGraph()
        graph.add_nodes_from(range(nodes + 1))
        graph.extend_from_edge_list([*pairs, *((nodes, goal) for goal in range(TARGETS))])
        paths = rustworkx.dijkstra_shortest_paths(graph, nodes, default_weight=1.0)
        return _sum(list(path)[1:] for path in paths.values())

    return work


def _scipy(nodes: int, source: Ints, target: Ints) -> Callable[[], Answer]:
    sparse: Any = importlib.import_module("scipy.sparse")
    search: Any = importlib.import_module("scipy.sparse.csgraph")

    def work() -> Answer:
        columns = np.concatenate([target, np.full(TARGETS, nodes)])
        rows = np.concatenate([source, np.arange(TARGETS)])
        matrix = sparse.csr_matrix((np.ones(len(rows), dtype=np.int8), (columns, rows)), shape=(nodes + 1,) * 2)
        order, before = search.breadth_first_order(matrix, nodes)
        paths: dict[int, list[int]] = {nodes: []}
        for node, above in zip(order[1:].tolist(), before[order[1:]].tolist(), strict=True):
            paths[node] = [node, *paths[above]]
        del paths[nodes]
        return _sum(paths.values())

    return work


def _sum(paths: Iterable[list[int]]) -> Answer:
    lengths = [len(path) - 1 for path in paths]
    arriving = [length for length in lengths if length > 0]
    return len(arriving), sum(arriving)


SEARCHES: Mapping[str, Callable[[int, Ints, Ints], Callable[[], Answer]]] = {
    "CaRE, numpy": _ours,
    "plain Python lists": _lists,
    "networkx": _networkx,
    "rustworkx": _rustworkx,
    **({"scipy csgraph": _scipy} if importlib.util.find_spec("scipy") else {}),
}


# -- dominators ------------------------------------------------------------------------------------------------------


def _rooted(nodes: int, source: Ints, target: Ints) -> tuple[int, Ints, Ints]:
    """The part that arrives, all targets in one root."""
    goals = np.arange(nodes) < TARGETS
    nowhere = np.empty(0, dtype=np.int64)
    right, entry = np.ones(len(source), dtype=np.int8), np.full(len(source), -1, dtype=np.int32)
    tables = _nameless(nodes), DescriptorReader().table()
    graph = ControlGraph(*tables, (), np.full(nodes, -1), nowhere, source, target, right, entry)
    distance = graph.reach(goals, goals).distance
    numbers = np.where(distance == 0, ROOT, np.cumsum(distance > 0))
    useful = (distance[source] > 0) & (distance[target] >= 0)
    return int((distance > 0).sum()) + 1, numbers[source[useful]], numbers[target[useful]]


def _our_dominators(nodes: int, source: Ints, target: Ints) -> Callable[[], Answer]:
    count, one, other = _rooted(nodes, source, target)

    def work() -> Answer:
        tree = dominators(count, one, other)
        return count, int(tree.size.sum())

    return work


def _networkx_dominators(nodes: int, source: Ints, target: Ints) -> Callable[[], Answer]:
    import networkx

    count, one, other = _rooted(nodes, source, target)
    graph = networkx.DiGraph(zip(other.tolist(), one.tolist(), strict=True))

    def work() -> Answer:
        above = networkx.immediate_dominators(graph, ROOT)
        sizes = 0
        for node in graph:
            here = node
            while here != ROOT:
                sizes, here = sizes + 1, above[here]
        return count, sizes + count

    return work


DOMINATORS: Mapping[str, Callable[[int, Ints, Ints], Callable[[], Answer]]] = {
    "dominators: CaRE, numpy": _our_dominators,
    "dominators: networkx": _networkx_dominators,
}


if __name__ == "__main__":
    sys.exit(main())
