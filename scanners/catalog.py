"""Finds scanners and rules by their place in the tree; a wrong or double id stops the program.

A scanner is a package of `scanners` holding `facts.py` and `rules/`. A rule is a module of `rules/` with one `RULE`
whose id is `<scanner>.<module>`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from scanners.model import Rule

SCANNERS: tuple[str, ...] = ("exposure", "ad", "remote_access", "workstations", "backup", "restore", "continuity")


class CatalogError(RuntimeError):
    """A rule is misplaced, misnamed or declared twice. The message names the module."""


@cache
def rules_of(scanner: str) -> tuple[Rule[Any], ...]:
    """All the rules of one scanner, sorted by id."""
    if scanner not in SCANNERS:
        raise CatalogError(f"no scanner is called {scanner!r}; there are {', '.join(SCANNERS)}")
    package = importlib.import_module(f"scanners.{scanner}.rules")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(_rule_in(scanner, name) for name in names if not name.startswith("_"))


@cache
def all_rules() -> Mapping[str, Rule[Any]]:
    """Every rule by id, scanners in the order of `SCANNERS`."""
    return _unique(rule for scanner in SCANNERS for rule in rules_of(scanner))


def rule_by_id(rule_id: str) -> Rule[Any] | None:
    """The rule of that id or alias, or None when this version does not know it."""
    known = all_rules()
    if rule_id in known:
        return known[rule_id]
    return next((rule for rule in known.values() if rule_id in rule.aliases), None)


def _rule_in(scanner: str, name: str) -> Rule[Any]:
    module = importlib.import_module(f"scanners.{scanner}.rules.{name}")
    rule = getattr(module, "RULE", None)
    if not isinstance(rule, Rule):
        raise CatalogError(f"{module.__name__} holds no RULE")
    if rule.id != f"{scanner}.{name}":
        raise CatalogError(f"{module.__name__} declares {rule.id!r}; its place makes it {scanner}.{name}")
    return rule


def _unique(rules: Iterable[Rule[Any]]) -> Mapping[str, Rule[Any]]:
    found: dict[str, Rule[Any]] = {}
    for rule in rules:
        for name in (rule.id, *rule.aliases):
            if any(name == other.id or name in other.aliases for other in found.values()):
                raise CatalogError(f"rule id {name!r} is declared twice")
        found[rule.id] = rule
    return found
