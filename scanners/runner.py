"""Runs rules over facts: one outcome per rule, whatever happens inside the rule."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from scanners.model import Facts, Gap, NotAssessable, Outcome, Rule, Status, Text, Verdict

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Facts)


def run_rules(rules: Iterable[Rule[F]], facts: F) -> tuple[Outcome, ...]:
    """One outcome per rule that the collection was made for, in the order of the rules. Never raises.

    Facts of a scanner that looks at several things apart say by `asks` which rules they were made for.
    """
    asked: Callable[[Rule[Any]], bool] = getattr(facts, "asks", _every)
    return tuple(run_rule(rule, facts) for rule in rules if asked(rule))


def _every(_rule: Rule[Any]) -> bool:
    return True


def run_rule(rule: Rule[F], facts: F) -> Outcome:
    """Judge one rule.

    A `NotAssessable` keeps its reason; any other exception is a bug of ours and becomes `error`, so that one broken
    rule neither hides the others nor passes for a clean result. A gap about one subject is no doubt on the others.
    """
    gaps = tuple(gap for gap in facts.gaps if gap.section in rule.reads)
    if gaps and (rule.whole or not all(gap.truncated for gap in gaps)):
        return _not_assessable(rule, _join([gap.reason for gap in gaps]))
    try:
        verdict = rule.check(facts)
    except NotAssessable as refusal:
        return _not_assessable(rule, refusal.reason)
    except Exception as bug:
        log.exception("rule %s failed", rule.id)
        return Outcome(rule, Status.ERROR, reason=_bug(bug))
    return _outcome(rule, verdict, gaps)


def _outcome(rule: Rule[F], verdict: Verdict, gaps: tuple[Gap, ...]) -> Outcome:
    doubts = [gap.reason for gap in gaps if not gap.subject]
    everywhere = bool(doubts) or (verdict.doubt is not None and not verdict.unjudged)
    doubts += [verdict.doubt] if verdict.doubt is not None else []
    unjudged = () if everywhere else (*verdict.unjudged, *(gap.subject for gap in gaps))
    if verdict.findings:
        ordered = tuple(sorted(verdict.findings, key=lambda finding: finding.subject))
        reason = _join(doubts) if doubts else None
        return Outcome(rule, Status.FAILED, ordered, verdict.population, reason, bool(doubts), unjudged)
    if doubts:  # what the rule itself lacks says more than a gap that holds for many
        return _not_assessable(rule, verdict.doubt or _join(doubts))
    return Outcome(rule, Status.PASSED, population=verdict.population, unjudged=unjudged)


def _not_assessable(rule: Rule[Any], reason: Text) -> Outcome:
    return Outcome(rule, Status.NOT_ASSESSABLE, reason=reason)


def _join(found: Iterable[Text]) -> Text:
    reasons = list(dict.fromkeys(found))
    return Text(" ".join(reason.fr for reason in reasons), " ".join(reason.en for reason in reasons))


def _bug(bug: Exception) -> Text:
    detail = f"{type(bug).__name__}: {bug}"
    return Text(
        f"La règle a échoué à cause d’un défaut de CaRE ({detail}) ; signalez-le avec l’archive de faits.",
        f"The rule failed because of a defect of CaRE ({detail}); report it with the facts archive.",
    )
