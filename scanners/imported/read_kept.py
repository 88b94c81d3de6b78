"""A report kept between its reading and its recording: one compressed JSON file of ours, never one of a stranger."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from scanners.exchange import NamedProduct
from scanners.imported.model import Check, ForeignRef, Report, Tool
from scanners.model import Finding, Gap, Severity, Text

_LEVEL = 3


def write_report(path: Path, report: Report) -> None:
    """Write `report` to `path`."""
    with gzip.open(path, "wt", compresslevel=_LEVEL, encoding="utf-8", errors="surrogatepass") as file:
        json.dump(_document(report), file, ensure_ascii=False)


def load_report(path: Path) -> Report:
    """The report that `write_report` wrote."""
    with gzip.open(path, "rt", encoding="utf-8", errors="surrogatepass") as file:
        return _report(json.load(file))


def _document(report: Report) -> dict[str, Any]:
    return {
        "tool": report.tool.value,
        "version": report.version,
        "started_at": report.started_at.isoformat(),
        "finished_at": report.finished_at.isoformat(),
        "hosts": report.hosts,
        "scope": report.scope,
        "ways": dict(report.ways),
        "gaps": [{"section": gap.section, "reason": _both(gap.reason), "truncated": gap.truncated}
                 for gap in report.gaps],
        "covers": sorted(report.covers),
        "covers_all": report.covers_all,
        "left_out": report.left_out,
        "products": products_document(report.products),
        "names_products": report.names_products,
        "checks": [_of_check(check) for check in report.checks],
    }  # fmt: skip


def products_document(products: Iterable[NamedProduct]) -> list[list[str]]:
    """Products as JSON keeps them."""
    return [[one.product, one.version, one.cpe, one.subject] for one in products]


def products_in(document: Iterable[Sequence[str]]) -> tuple[NamedProduct, ...]:
    """What `products_document` gave."""
    return tuple(NamedProduct(product, version, cpe, subject) for product, version, cpe, subject in document)


def _of_check(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "title": _both(check.title),
        "severity": check.severity.value,
        "description": _both(check.description),
        "remediation": _both(check.remediation),
        "refs": [[ref.kind, ref.value] for ref in check.refs],
        "findings": [[finding.subject, dict(finding.evidence)] for finding in check.findings],
        "conclusive": check.conclusive,
    }


def _both(text: Text) -> list[str]:
    return [text.fr] if text.fr == text.en else [text.fr, text.en]


def _report(document: Mapping[str, Any]) -> Report:
    return Report(
        tool=Tool(document["tool"]),
        version=document["version"],
        started_at=datetime.fromisoformat(document["started_at"]),
        finished_at=datetime.fromisoformat(document["finished_at"]),
        hosts=tuple(document["hosts"]),
        checks=tuple(_check(check) for check in document["checks"]),
        scope=document["scope"],
        ways=document["ways"],
        gaps=tuple(Gap(gap["section"], _text(gap["reason"]), gap["truncated"]) for gap in document["gaps"]),
        covers=frozenset(document["covers"]),
        covers_all=document["covers_all"],
        left_out=document["left_out"],
        products=products_in(document["products"]),
        names_products=document["names_products"],
    )


def _check(document: Mapping[str, Any]) -> Check:
    return Check(
        id=document["id"],
        title=_text(document["title"]),
        severity=Severity(document["severity"]),
        description=_text(document["description"]),
        remediation=_text(document["remediation"]),
        refs=tuple(ForeignRef(kind, value) for kind, value in document["refs"]),
        findings=tuple(Finding(subject, evidence) for subject, evidence in document["findings"]),
        conclusive=document["conclusive"],
    )


def _text(both: list[str]) -> Text:
    return Text(both[0], both[-1])
