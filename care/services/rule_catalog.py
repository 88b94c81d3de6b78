"""The catalogue of rules, in the reader's language: what CaRE checks, why it can be trusted, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from care.domain.access import Scope
from care.domain.node_names import folded
from care.services.errors import NotFound
from care.services.platform import Platform
from scanners.catalog import SCANNERS, all_rules, rule_by_id
from scanners.model import Lang, Ref, Rule, Severity, Text

_PLACEHOLDER = re.compile(r"\{[a-z_]+(?:[:!][^}]*)?\}")


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """What a reader asked to see; an empty string asks for everything."""

    scanner: str = ""
    severity: str = ""
    framework: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule. `message` is the sentence of a finding, its variable parts written as “…”."""

    id: str
    scanner: str
    title: str
    message: str
    remediation: str
    severity: Severity
    kind: str
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class RuleList:
    """The rules asked for, with what the filters can be set to."""

    rules: tuple[RuleView, ...]
    total: int
    scanners: tuple[str, ...]
    frameworks: tuple[str, ...]


def list_rules(platform: Platform, scope: Scope, wanted: RuleFilter) -> RuleList:
    """The rules that match, by scanner then worst first. The catalogue is the same for everyone signed in."""
    known = tuple(_view(rule, scope.lang) for rule in all_rules().values())
    kept = sorted((rule for rule in known if _matches(rule, wanted)), key=_order)
    return RuleList(tuple(kept), len(known), SCANNERS, _frameworks(known))


def open_rule(platform: Platform, scope: Scope, rule_id: str) -> RuleView:
    """One rule by its id or a former id; NotFound when this version does not know it."""
    rule = rule_by_id(rule_id)
    if rule is None:
        raise NotFound(
            Text(
                "Cette règle n’existe pas dans cette version de CaRE.", "This version of CaRE does not have this rule."
            )
        )
    return _view(rule, scope.lang)


def _view(rule: Rule[Any], lang: Lang) -> RuleView:
    return RuleView(
        id=rule.id,
        scanner=rule.scanner,
        title=rule.title.render(lang),
        message=_PLACEHOLDER.sub("…", rule.message.render(lang)),
        remediation=rule.remediation.render(lang),
        severity=rule.severity,
        kind=rule.kind.value,
        refs=rule.refs,
    )


def _matches(rule: RuleView, wanted: RuleFilter) -> bool:
    return (
        wanted.scanner in ("", rule.scanner)
        and wanted.severity in ("", rule.severity.value)
        and (not wanted.framework or any(ref.framework == wanted.framework for ref in rule.refs))
        and folded(wanted.words) in folded(f"{rule.id} {rule.title} {' '.join(map(str, rule.refs))}")
    )


def _order(rule: RuleView) -> tuple[int, int, str]:
    return SCANNERS.index(rule.scanner), rule.severity.rank, rule.title


def _frameworks(rules: Iterable[RuleView]) -> tuple[str, ...]:
    return tuple(sorted({ref.framework for rule in rules for ref in rule.refs}))
