"""Users who administer their workstation install what an attacker sends them, on all machines at once when a policy did
it.

Whom group policies put in the local Administrators: everybody, or a group that holds more than 5 % of the enabled
accounts and more than 10 of them (ours: a support team is smaller). Machines keep their own list unless a policy
imposes it: a unit without such a policy is in doubt, it never passes.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanners.exchange import LocalAdministrator, StationPolicies
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.policies import given_too_widely, need_policies

_NAMED = 20


def check(facts: WorkstationFacts) -> Verdict:
    """Those whom a policy makes administrators and who are too many, with the units where they are."""
    policies = need_policies(facts)
    total = sum(reach.members for reach in policies.people)
    wide: dict[str, list[tuple[str, int, LocalAdministrator]]] = {}
    for reach in policies.stations:
        for one in reach.administrators:
            if given_too_widely(one, total):
                wide.setdefault(one.name, []).append((reach.unit, reach.members, one))
    findings = (_finding(name, held, total) for name, held in wide.items())
    return judged(sum(reach.members for reach in policies.stations), findings, doubt=_doubt(policies))


def _finding(name: str, held: Iterable[tuple[str, int, LocalAdministrator]], total: int) -> Finding:
    parts = list(held)
    units = list(dict.fromkeys(unit for unit, _, _ in parts))
    first = parts[0][2]
    return Finding(
        name,
        {
            "policy": first.policy,
            "people": total if first.everybody or first.people is None else first.people,
            "total": total,
            "machines": sum(members for _, members, _ in parts),
            "units": "; ".join(units[:_NAMED]),
        },
    )


def _doubt(policies: StationPolicies) -> Text | None:
    """Why the list of local administrators is not known everywhere."""
    for reason in (policies.gap, *(reach.doubt for reach in policies.stations)):
        if reason is not None:
            return reason
    stranger = next((one for reach in policies.stations for one in reach.administrators if _unknown(one)), None)
    if stranger is not None:
        return Text(
            f"« {stranger.policy} » rend administrateur local {stranger.name}, que cet annuaire ne connaît pas : son "
            "nombre de membres est inconnu ; vérifiez-le dans son domaine.",
            f"“{stranger.policy}” makes {stranger.name} a local administrator, whom this directory does not know: how "
            "many are in it is unknown; check it in its domain.",
        )
    free = sum(reach.members for reach in policies.stations if not reach.imposed)
    if not free:
        return None
    return Text(
        f"Aucune stratégie n’impose la liste des administrateurs locaux de {free} postes : chacun garde la sienne, que "
        "l’annuaire ne montre pas ; imposez-la par « Groupes restreints », ou relevez-la sur les postes.",
        f"No policy imposes the list of local administrators of {free} workstations: each keeps its own, which the "
        "directory does not show; impose it by “Restricted Groups”, or read it on the workstations.",
    )


def _unknown(one: LocalAdministrator) -> bool:
    return one.people is None and not one.usual and not one.everybody


RULE = Rule(
    id="workstations.local_administrators",
    title=Text("Administration locale donnée trop largement", "Local administration given too widely"),
    message=Text(
        "{subject} ({people} personnes sur {total}) administre {machines} postes par la stratégie « {policy} » "
        "({units}).",
        "{subject} ({people} people out of {total}) administers {machines} workstations by the policy “{policy}” "
        "({units}).",
    ),
    remediation=Text(
        "Mettez à sa place un groupe du support limité aux postes, en commençant par un service pilote : un logiciel "
        "qui ne marche qu’en administrateur se corrige ou s’isole. Retour : Restore-GPO depuis la sauvegarde prise "
        "avant.",
        "Put a support group limited to workstations in its place, one pilot ward first: software that only works as "
        "administrator is corrected or isolated. To go back: Restore-GPO from the backup taken before.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-11", "pgssi-s:4.5.3.11", "anssi-hygiene:29", "attack:T1078.003"),
    check=check,
    reads=("directory",),
)
