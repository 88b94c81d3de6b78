"""Reads the health check of PingCastle (`ad_hc_<domain>.xml`).

Source of the format: the published code (`HealthcheckData`, `HealthcheckRiskRule`). PingCastle lists the rules that
fail, with points and a rationale. Severity comes from the maturity level of the rule, which follows ANSSI's (level 1
critical, 2 high, 3 medium, 4 and 5 low), known for the rules in `pingcastle_rules.csv`; for others from the points: 30
and more high, 10 and more medium, else low (our choice). Details are counted, never kept: they hold accounts, paths and
passwords.

What closes: a health check always evaluates every rule of its version, on one domain, before it writes the file. A rule
that is no longer listed closes within the same domain and version (3.3 and 3.4 do not hold the same rules).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources
from xml.etree.ElementTree import Element

from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.levels import SEVERITY_OF_LEVEL
from scanners.imported.model import NO_TEXT, Check, ForeignRef, Report, ReportError, Tool, check_id
from scanners.imported.read_bounded import Source
from scanners.imported.read_xml import records, said
from scanners.imported.wording import foreign, host, moment, number, plain
from scanners.model import Scalar, Severity, Text

_FIELDS = frozenset({"EngineVersion", "GenerationDate", "DomainFQDN"})
_RECORDS = frozenset({"HealthcheckRiskRule", "RiskRules", *_FIELDS})


@dataclass(frozen=True, slots=True)
class KnownRule:
    """What we know of a rule of PingCastle: its level from 1 to 5, the ANSSI point it follows, its title."""

    level: int
    point: str
    title: Text


@dataclass(slots=True)
class _Scan:
    gathering: Gathering
    hosts: Hosts
    values: dict[str, str] = field(default_factory=dict)
    listed: bool = False


@cache
def known_rules() -> dict[str, KnownRule]:
    """The rules of PingCastle we know, by id. Facts from its published code, titles in our own words."""
    text = resources.files("scanners.imported").joinpath("pingcastle_rules.csv").read_text("utf-8")
    return {
        row["id"]: KnownRule(int(row["level"]), row["anssi"], Text(row["title_fr"], row["title_en"]))
        for row in csv.DictReader(text.splitlines())
    }


def read(source: Source, at: datetime | None) -> Report:
    """The report of a PingCastle health check; its one host is the domain."""
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    rules: list[Element] = []
    for path, element in records(source, _RECORDS):
        if element.tag in _FIELDS and path == "/HealthcheckData":
            scan.values[element.tag] = plain(element.text, 300)
        elif element.tag == "RiskRules" and path == "/HealthcheckData":
            scan.listed = True
            rules = [_copied(rule) for rule in element.findall("HealthcheckRiskRule")]
    domain, finished = scan.values.get("DomainFQDN", ""), moment(scan.values.get("GenerationDate")) or at
    if not domain or finished is None or not scan.listed:
        raise ReportError(
            "Ce fichier de PingCastle n’a pas de domaine, de date ou de règles (DomainFQDN, GenerationDate, "
            "RiskRules) ; reprenez le fichier ad_hc_….xml non chiffré, au niveau d’export « Full », « Normal » ou « "
            "Light ».",
            "This file of PingCastle has no domain, date or rules (DomainFQDN, GenerationDate, RiskRules); take the "
            "unencrypted file ad_hc_….xml again, at export level “Full”, “Normal” or “Light”.",
        )
    scan.hosts.see(host(domain))
    for rule in rules:
        _rule(scan, host(domain), rule)
    version = scan.values.get("EngineVersion", "").partition(" ")[0]
    return Report(
        tool=Tool.PINGCASTLE,
        version=version,
        started_at=finished,
        finished_at=finished,
        hosts=scan.hosts.names(),
        checks=scan.gathering.checks(lambda _check: True),
        scope=".".join(version.split(".")[:2]),
        covers_all=bool(version),
    )


def _copied(rule: Element) -> Element:
    """The rule apart from the tree, which is emptied as the file goes by."""
    copy = Element(rule.tag)
    copy.extend(list(rule))
    return copy


def _rule(scan: _Scan, domain: str, rule: Element) -> None:
    native = plain(said(rule, "RiskId"), 100)
    if not native:
        return
    points = number(said(rule, "Points")) or 0.0
    known = known_rules().get(native)
    level = known.level if known else 0
    check = Check(
        check_id(Tool.PINGCASTLE, native),
        known.title if known else Text(f"Règle {native} de PingCastle", f"PingCastle rule {native}"),
        SEVERITY_OF_LEVEL[level] if known else _of_points(points),
        foreign(said(rule, "Rationale")),
        NO_TEXT,
        (ForeignRef("anssi-ad", known.point),) if known and known.point else (),
    )
    scan.gathering.find(check, domain, _evidence(rule, points, level))


def _of_points(points: float) -> Severity:
    return Severity.HIGH if points >= 30 else Severity.MEDIUM if points >= 10 else Severity.LOW


def _evidence(rule: Element, points: float, level: int) -> dict[str, Scalar]:
    details = rule.find("Details")
    return {
        "points": points,
        "level": level or None,
        "count": len(details) if details is not None and len(details) else None,
        "kind": plain(said(rule, "Category"), 40),
    }
