"""A source that suddenly halves was emptied or is no longer mounted; one that doubles may have been encrypted beside.

Bytes (else files) of the newest point against the median of up to 14 before it, of the same source: under a half, or
over twice (ours). Figures are those of the tool, or of the list of files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from scanners.backup.facts import BackupFacts, Repository, Snapshot
from scanners.backup.strategy import in_future
from scanners.backup.telling import opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

COMPARED = 14
LEAST, MOST = 0.5, 2.0
_DOUBT = Text(
    "La taille des sauvegardes n’a pas encore de point de comparaison ; laissez les audits se suivre.",
    "The size of backups has nothing to be compared with yet; let audits follow one another.",
)


def check(facts: BackupFacts) -> Verdict:
    """Repositories whose newest backup of a source changed too much at once."""
    holding = [one for one in opened(facts) if one.snapshots]
    found, unknown = [], []
    for one in holding:
        compared = list(_compared(facts, one))
        worst = max(compared, key=lambda pair: _ratio(*pair), default=(0.0, 0.0))
        if compared and _ratio(*worst) > MOST:
            found.append(Finding(one.name, {"former": round(worst[1]), "size": round(worst[0])}))
        elif not compared or _newest_unsized(facts, one):
            unknown.append(one.name)
    return judged(len(holding), found, unknown, _DOUBT if unknown else None)


def _newest_unsized(facts: BackupFacts, one: Repository) -> bool:
    """Whether the newest point of a source tells no size where those before did."""
    series: dict[str, list[Snapshot]] = defaultdict(list)
    for point in sorted(one.snapshots, key=lambda point: (point.time, point.id)):
        if not in_future(facts, point):
            series[point.series].append(point)
    return any(
        points[-1].size is None and any(point.size is not None for point in points) for points in series.values()
    )


def _compared(facts: BackupFacts, one: Repository) -> Iterator[tuple[float, float]]:
    """(newest, median before) of each source that has both."""
    series: dict[str, list[Snapshot]] = defaultdict(list)
    for point in sorted(one.snapshots, key=lambda point: (point.time, point.id)):
        if point.size is not None and not in_future(facts, point):
            series[point.series].append(point)
    for points in series.values():
        *before, newest = (float(point.size or 0) for point in points)
        if before:
            yield newest, median(before[-COMPARED:])


def _ratio(newest: float, before: float) -> float:
    """How many times larger, or smaller; an empty source is infinitely smaller."""
    low, high = sorted((newest, before))
    return 1.0 if high == 0 else float("inf") if low == 0 else high / low


RULE = Rule(
    id="backup.source_size_changed",
    title=Text("Taille des données sauvegardées changée d’un coup", "Size of the backed-up data changed at once"),
    message=Text(
        "Dans le dépôt {subject}, la dernière sauvegarde d’une source fait {size} octets, contre {former} d’habitude : "
        "source vidée, non montée, ou données chiffrées à côté.",
        "In repository {subject}, the last backup of a source is {size} bytes, against {former} usually: an emptied or "
        "unmounted source, or data encrypted beside.",
    ),
    remediation=Text(
        "Regardez la source tout de suite : volume monté, fichiers présents, extensions inconnues. Tant que ce n’est "
        "pas expliqué, suspendez la purge pour garder les points d’avant.",
        "Look at the source right away: volume mounted, files present, unknown extensions. Until it is explained, "
        "suspend pruning so that the points before are kept.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("repositories", "restore"),
)
