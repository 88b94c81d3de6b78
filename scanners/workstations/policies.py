"""What rules share to judge what group policies give to workstations, unit by unit. Pure.

A policy that does not show, a condition that decides, a setting without which nobody knows what a machine does: the
unit stays in doubt, it never passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scanners.exchange import LocalAdministrator, PolicyReach, StationPolicies
from scanners.model import Finding, NotAssessable, Scalar, Text, Verdict, judged
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_list

MAX_PERCENT, MIN_PEOPLE = 5, 10
Evidence = Mapping[str, Scalar]
Good = Callable[[str | None], bool]
Judge = Callable[[PolicyReach], Evidence | None]
"""What is wrong in one part of a unit, None when nothing is; NotAssessable when it cannot be told."""


@dataclass(slots=True)
class _Found:
    """What was found so far: by unit, how many workstations are at fault and why."""

    evidence: dict[str, Evidence] = field(default_factory=dict)
    machines: dict[str, int] = field(default_factory=dict)
    doubts: dict[str, Text] = field(default_factory=dict)


def need_policies(facts: WorkstationFacts) -> StationPolicies:
    """What policies give to workstations; NotAssessable when they were not read, or reach none."""
    need_list(facts, "directory")
    policies = facts.background.policies
    if policies is None:
        raise NotAssessable(
            "L’audit de l’annuaire n’a pas lu les stratégies de groupe des postes ; activez la lecture de SYSVOL dans "
            "sa cible (ou l’option --sysvol), relancez-le, puis donnez-le à cet audit.",
            "The audit of the directory did not read the group policies of workstations; enable the reading of SYSVOL "
            "in its target (or the option --sysvol), run it again, then give it to this audit.",
        )
    if not policies.stations:
        reason = policies.gap or Text(
            "L’annuaire ne montre aucun poste Windows activé ; vérifiez ce que le compte d’audit peut lire.",
            "The directory shows no enabled Windows workstation; check what the audit account can read.",
        )
        raise NotAssessable(reason.fr, reason.en)
    return policies


def measured_by_policies(facts: WorkstationFacts) -> bool:
    """Whether policies can be judged: what people declare of the same subject then counts only where they are
    silent."""
    policies = facts.background.policies
    return facts.source("directory") is not None and policies is not None and bool(policies.stations)


def by_unit(facts: WorkstationFacts, judge: Judge) -> Verdict:
    """A finding per unit of which some workstations are at fault, with how many; units that cannot be told in doubt."""
    policies = need_policies(facts)
    found = _Found()
    for reach in policies.stations:
        try:
            _need_sure(reach)
            wrong = judge(reach)
        except NotAssessable as doubt:
            found.doubts.setdefault(reach.unit, doubt.reason)
            continue
        if wrong is not None:
            found.evidence.setdefault(reach.unit, wrong)
            found.machines[reach.unit] = found.machines.get(reach.unit, 0) + reach.members
    return _verdict(policies, found)


def _need_sure(reach: PolicyReach) -> None:
    if reach.doubt is not None:
        raise NotAssessable(reach.doubt.fr, reach.doubt.en)


def _verdict(policies: StationPolicies, found: _Found) -> Verdict:
    findings = (Finding(unit, {**told, "machines": found.machines[unit]}) for unit, told in found.evidence.items())
    unsure = [unit for unit in found.doubts if unit not in found.evidence]
    reasons = list(dict.fromkeys(found.doubts[unit] for unit in unsure))
    if policies.gap is not None:  # more may apply, to any unit
        reasons, unsure = [policies.gap, *reasons], []
    doubt = Text(" ".join(one.fr for one in reasons), " ".join(one.en for one in reasons)) if reasons else None
    return judged(sum(reach.members for reach in policies.stations), findings, unsure, doubt)


def value_of(reach: PolicyReach, name: str, good: Good) -> tuple[str | None, str]:
    """The value that wins and the policy that sets it; None when none does. NotAssessable when a condition decides
    whether it is good."""
    setting = next((one for one in reach.settings if one.name == name), None)
    if setting is None:
        return None, ""
    if len({good(value) for value in setting.values}) > 1:
        raise NotAssessable(
            f"Une condition décide de ce que « {setting.policy} » donne à {reach.unit} (filtre WMI, préférence ciblée "
            "ou stratégie de site) ; vérifiez sur un poste avec « gpresult /scope computer /h rapport.html ».",
            f"A condition decides what “{setting.policy}” gives to {reach.unit} (WMI filter, targeted preference or "
            "policy of a site); check on a workstation with `gpresult /scope computer /h report.html`.",
        )
    return setting.values[-1], setting.policy


def unset(reach: PolicyReach, fr: str, en: str) -> NotAssessable:
    """The refusal to judge what no policy sets: another means may, or nothing."""
    return NotAssessable(
        f"Aucune stratégie lue ne règle {fr} pour {reach.unit} ; vérifiez sur un poste (gpresult, gestion moderne) "
        "ou posez le réglage par stratégie.",
        f"No policy that was read sets {en} for {reach.unit}; check on a workstation (gpresult, modern management) or "
        "set it by policy.",
    )


def need_no_loopback(reach: PolicyReach) -> None:
    """NotAssessable when workstations apply, to whoever works there, policies of their own: those of people then do not
    hold there, or not alone."""
    mode = next((one for one in reach.settings if one.name == "loopback"), None)
    if mode is not None and any(value not in (None, "0") for value in mode.values):
        raise NotAssessable(
            f"« {mode.policy} » met les postes de {reach.unit} en boucle de rappel : les stratégies des personnes n’y "
            "valent pas telles quelles ; réglez la machine elle-même, ou vérifiez avec gpresult.",
            f"“{mode.policy}” sets loopback on the workstations of {reach.unit}: the policies of people do not hold "
            f"there "
            "as they are; set the machine itself, or check with gpresult.",
        )


def given_too_widely(one: LocalAdministrator, total: int) -> bool:
    """Whether a policy makes ordinary people administrators: everybody, or more than 5 % of the enabled accounts and
    more than 10 of them (ours: a support team is smaller)."""
    people = one.people or 0
    return not one.usual and (one.everybody or (people > MIN_PEOPLE and 100 * people > MAX_PERCENT * total))


def number(value: str | None) -> int | None:
    """A value as a number, None when it is none."""
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 19 else None


def share_of_people(policies: StationPolicies, good: Callable[[PolicyReach], bool | None]) -> tuple[int, int, int]:
    """Of the people of the domain: how many a policy serves, how many it surely does not, and how many in all."""
    served = refused = total = 0
    for reach in policies.people:
        total += reach.members
        says = None if reach.doubt is not None else good(reach)
        served += reach.members if says is True else 0
        refused += reach.members if says is False else 0
    return served, refused, total
