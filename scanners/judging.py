"""A directory judged in a process of its own, and what is kept of it.

The facts of 100,000 objects weigh hundreds of megabytes once opened, and whoever does jobs may serve pages at the same
time: the archive is opened, judged and searched for paths elsewhere, and only what is recorded comes back.
`scanners.judge` is the other end.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scanners.ad.columns import Kind
from scanners.ad.control_paths.everyone import everyone
from scanners.ad.control_paths.paths import as_json, survey
from scanners.ad.facts import DirectoryFacts
from scanners.ad.level import Treatment, level_report
from scanners.archive import Archive
from scanners.catalog import rules_of
from scanners.collection import Ended, Limits, TooLong, run_child
from scanners.errors import CollectError
from scanners.exchange import NamedProduct
from scanners.model import Finding, Gap, NotAssessable, Outcome, Status, Text
from scanners.named_products import products_of
from scanners.result import AuditResult

LIMITS = Limits(seconds=1800.0, memory_bytes=4 << 30)
"""Bounds of one judgement. Our choice: 100,000 objects take some seconds and less than a tenth of that memory."""

_LANG_OF_ROWS = "fr"
"""Reasons are not kept with the work: a run keeps them in both languages with its outcomes."""
_NOT_A_DIRECTORY = Text("Ces faits ne sont pas ceux d’un annuaire.", "These facts are not those of a directory.")


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of a run beside its findings: the work that its level asks for, its domain, its paths of control.

    `paths` is compressed, and `everyone` the table of the path of each; None for the reason of `unread`.
    """

    work: dict[str, Any]
    paths: bytes | None
    unread: Text
    everyone: bytes | None = None


@dataclass(frozen=True, slots=True)
class DirectoryJudged:
    """What a directory's archive says: the outcomes of its rules, the products it names, what is kept besides."""

    result: AuditResult
    products: tuple[NamedProduct, ...]
    summary: Summary


def _never() -> bool:
    return False


def judge_in_child(
    facts: Path,
    treatments: Mapping[str, Treatment],
    folder: Path,
    limits: Limits = LIMITS,
    cancelled: Callable[[], bool] = _never,
) -> DirectoryJudged:
    """Judge the archive of a directory at `facts`; `treatments` are the remediation sheets by rule. What it says passes
    through a file in `folder`.

    ArchiveError when it cannot be read, CollectError when it could not be judged within the limits, `Cancelled` when
    `cancelled()` became true; no process is left behind.
    """
    out = folder / "judged.jsonl"
    sheets = {rule: [one.id, one.days] for rule, one in treatments.items()}
    order = {"facts": str(facts), "out": str(out), "sheets": sheets, "memory_bytes": limits.memory_bytes}
    try:
        ended = run_child("scanners.judge", order, limits, cancelled=cancelled)
    except TooLong as error:
        raise _too_long(limits) from error
    if "failed" in ended.final:
        raise CollectError(ended.final["failed"]["fr"], ended.final["failed"]["en"])
    if "done" not in ended.final:
        raise _crashed(ended)
    with out.open(encoding="utf-8") as lines:
        return heard(lines)


@dataclass(frozen=True, slots=True)
class DirectoryRead:
    """What is kept of the archive of a directory besides what rules say of it."""

    domain: dict[str, Any] | None
    products: tuple[NamedProduct, ...]
    paths: bytes | None
    everyone: bytes | None
    unread: Text


def directory_read(archive: Archive[Any]) -> DirectoryRead:
    """What is kept of an archive. Takes seconds on a large directory: never in a page; and much memory, given back
    before rules find anything when this is called first."""
    paths, each, unread = _paths(archive.facts)
    return DirectoryRead(domain_told(archive.facts), products_of(archive), paths, each, unread)


def directory_judged(read: DirectoryRead, result: AuditResult, treatments: Mapping[str, Treatment]) -> DirectoryJudged:
    """The same with what its rules say."""
    level = level_report(result.outcomes, treatments.get).as_json(_LANG_OF_ROWS)
    work = {"next": level["next"], "actions": level["actions"], "domain": read.domain}
    return DirectoryJudged(result, read.products, Summary(work, read.paths, read.unread, read.everyone))


def domain_told(facts: object) -> dict[str, Any] | None:
    """The domain of a directory, as it is kept with a run."""
    if not isinstance(facts, DirectoryFacts):
        return None
    naming, objects = facts.naming, facts.objects
    return {"name": naming.domain, "sid": naming.sid, "computers": int(objects.of(Kind.COMPUTER).sum())}


def _paths(facts: object) -> tuple[bytes | None, bytes | None, Text]:
    if not isinstance(facts, DirectoryFacts):
        return None, None, _NOT_A_DIRECTORY
    try:
        found = survey(facts)
    except NotAssessable as refusal:
        return None, None, refusal.reason
    told = json.dumps(as_json(found.summary), ensure_ascii=False)
    return zlib.compress(told.encode()), everyone(facts, found), Text("", "")


# ── between the two processes ───────────────────────────────────────────────────────────────────────────────────────


def told(judged: DirectoryJudged) -> Iterator[str]:
    """What a judgement holds, as lines of JSON: all but its outcomes, then one outcome a line; rules by their name."""
    result, summary = judged.result, judged.summary
    head = {
        "result": {
            "scanner": result.scanner,
            "target": result.target,
            "started_at": result.started_at.isoformat(),
            "finished_at": result.finished_at.isoformat(),
            "facts_sha256": result.facts_sha256,
            "gaps": [asdict(gap) for gap in result.gaps],
        },
        "products": [asdict(one) for one in judged.products],
        "summary": {
            "work": summary.work,
            "paths": _bytes_told(summary.paths),
            "unread": asdict(summary.unread),
            "everyone": _bytes_told(summary.everyone),
        },
    }
    yield json.dumps(head)
    for outcome in result.outcomes:
        yield json.dumps(_outcome_told(outcome))


def heard(lines: Iterable[str]) -> DirectoryJudged:
    """What `told` gave, read one line at a time: at most one outcome is in memory twice, and each text once, since an
    object fails several rules under the same names."""
    reading = iter(lines)
    texts: dict[str, str] = {}
    head = json.loads(next(reading))
    said, summary = head["result"], head["summary"]
    rules = {rule.id: rule for rule in rules_of(said["scanner"])}
    result = AuditResult(
        scanner=said["scanner"],
        target=said["target"],
        started_at=datetime.fromisoformat(said["started_at"]),
        finished_at=datetime.fromisoformat(said["finished_at"]),
        facts_sha256=said["facts_sha256"],
        outcomes=tuple(_outcome(json.loads(line), rules, texts) for line in reading),
        gaps=tuple(Gap(**{**one, "reason": Text(**one["reason"])}) for one in said["gaps"]),
    )
    return DirectoryJudged(
        result,
        tuple(NamedProduct(**one) for one in head["products"]),
        Summary(summary["work"], _bytes(summary["paths"]), Text(**summary["unread"]), _bytes(summary["everyone"])),
    )


def _outcome_told(outcome: Outcome) -> dict[str, Any]:
    return {
        "rule": outcome.rule.id,
        "status": outcome.status.value,
        "findings": [[one.subject, dict(one.evidence)] for one in outcome.findings],
        "population": outcome.population,
        "reason": asdict(outcome.reason) if outcome.reason else None,
        "partial": outcome.partial,
        "unjudged": list(outcome.unjudged),
    }


def _outcome(said: Mapping[str, Any], rules: Mapping[str, Any], texts: dict[str, str]) -> Outcome:
    return Outcome(
        rule=rules[said["rule"]],
        status=Status(said["status"]),
        findings=tuple(_finding(subject, evidence, texts) for subject, evidence in said["findings"]),
        population=said["population"],
        reason=Text(**said["reason"]) if said["reason"] else None,
        partial=said["partial"],
        unjudged=tuple(said["unjudged"]),
    )


def _finding(subject: str, evidence: Mapping[str, Any], texts: dict[str, str]) -> Finding:
    one = {key: texts.setdefault(value, value) if isinstance(value, str) else value for key, value in evidence.items()}
    return Finding(texts.setdefault(subject, subject), one)


def _bytes_told(content: bytes | None) -> str | None:
    return None if content is None else b64encode(content).decode()


def _bytes(said: str | None) -> bytes | None:
    return None if said is None else b64decode(said)


def _too_long(limits: Limits) -> CollectError:
    minutes = round(limits.seconds / 60)
    return CollectError(
        f"Le jugement de l’annuaire a dépassé {minutes} min et a été arrêté ; rien n’a été enregistré. Relancez "
        "l’audit sur une machine moins chargée.",
        f"Judging the directory took more than {minutes} min and was stopped; nothing was recorded. Run the audit "
        "again on a machine with less to do.",
    )


def _crashed(ended: Ended) -> CollectError:
    detail = ended.trouble or f"code {ended.code}"
    return CollectError(
        f"Le jugement de l’annuaire s’est arrêté sans résultat ({detail}) ; relancez l’audit et signalez le défaut "
        "s’il se répète.",
        f"Judging the directory ended without a result ({detail}); run the audit again and report the defect if it "
        "comes back.",
    )
