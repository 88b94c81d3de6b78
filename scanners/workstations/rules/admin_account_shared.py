"""An account that reads mail by day and administers by night gives both to whoever steals it.

Indicator OSE-4e: share of machines administered from an account that is not kept for that, by the column
`dedicated_admin` of the inventory. Where the inventory has no such column, group policies tell of workstations only:
those where a policy makes ordinary people administrators, out of those whose list of administrators a policy imposes or
widens. Margin of uncertainty: every other machine, in `unknown`.
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.administered import counted, told_by_inventory
from scanners.workstations.coverage import listed
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.policies import given_too_widely, measured_by_policies, need_policies


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when some machines are administered so or nobody knows."""
    if facts.tells("dedicated_admin", "inventory") or not measured_by_policies(facts):
        return told_by_inventory(facts, "dedicated_admin")
    return _by_policies(facts)


def _by_policies(facts: WorkstationFacts) -> Verdict:
    policies = need_policies(facts)
    total = sum(reach.members for reach in policies.people)
    wide = [reach for reach in policies.stations if any(given_too_widely(one, total) for one in reach.administrators)]
    part = sum(reach.members for reach in wide)
    known = part + sum(reach.members for reach in policies.stations if reach.imposed and reach not in wide)
    unknown = max(0, int(listed(facts).sum()) - known)
    units = ", ".join(dict.fromkeys(reach.unit for reach in wide))
    return Verdict(known, (counted(facts, part, known, unknown, units[:1_000]),) if part or unknown else ())


RULE = Rule(
    id="workstations.admin_account_shared",
    title=Text("Administration depuis un compte non dédié", "Administration from an account that is not dedicated"),
    message=Text(
        "{subject} : {concerned} machines sur {total} s’administrent depuis un compte qui n’est pas réservé à cela "
        "({percent} % ; {unknown} dont on ne sait rien) : {without:=—}.",
        "{subject}: {concerned} of {total} machines are administered from an account that is not kept for that "
        "({percent} %; {unknown} of which nothing is known): {without:=—}.",
    ),
    remediation=Text(
        "Donnez à chaque administrateur un compte réservé à l’administration, sans messagerie ni Internet, et retirez "
        "ses droits au compte de tous les jours, un service à la fois.",
        "Give each administrator an account kept for administration, without mail or Internet, and take its rights "
        "from the everyday account, one ward at a time.",
    ),
    severity=Severity.INFO,
    refs=refs("nis1:OSE-4e", "attack:T1078.002"),
    check=check,
    reads=("directory", "inventory"),
    kind=Kind.COMPUTED,
)
