"""The account of somebody who left keeps opening doors, and nobody notices who uses it.

People whom the list of departures says gone for more than 7 days (`settings.leaver_days`: ReCyF 10.A.5 gives it as an
example, the policy of the establishment decides) and whose account is still enabled in the directory. An account that
is no longer there was closed. When the directory knows few of the accounts that the list writes (under half, ours), the
list may not write them as it does: nothing is then concluded from its silence.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_list

LEAST_KNOWN_PERCENT = 50


def check(facts: WorkstationFacts) -> Verdict:
    """Accounts of people who left that are still enabled."""
    need_list(facts, "leavers")
    need_list(facts, "directory")
    told, background = facts.background.leavers, facts.background
    if told is None or not told.gone:
        raise NotAssessable(
            "La liste des départs ne dit personne de parti à ce jour ; donnez celle des douze derniers mois.",
            "The list of departures tells nobody gone by this day; give that of the last twelve months.",
        )
    today = background.collected_at.date()
    late = [(one, (today - one.left).days) for one in told.still]
    findings = (
        Finding(one.account, {"left": one.left.isoformat(), "days": days, "threshold": background.settings.leaver_days})
        for one, days in late
        if days > background.settings.leaver_days
    )
    doubt = (
        Text(
            f"L’annuaire ne connaît que {told.known} des {told.gone} comptes de la liste des départs ; vérifiez "
            "qu’elle donne l’identifiant de session, ou faites-la compléter.",
            f"The directory knows only {told.known} of the {told.gone} accounts of the list of departures; check that "
            "it gives the session identifier, or have it completed.",
        )
        if 100 * told.known < LEAST_KNOWN_PERCENT * told.gone
        else None
    )
    return judged(told.gone, findings, (), doubt)


RULE = Rule(
    id="workstations.leavers_enabled",
    title=Text("Compte d’une personne partie encore actif", "Account of somebody who left still enabled"),
    message=Text(
        "{subject} est encore actif {days} jours après le départ ({left}), pour {threshold} admis.",
        "{subject} is still enabled {days} days after the departure ({left}), where {threshold} are allowed.",
    ),
    remediation=Text(
        "Faites confirmer le départ par les ressources humaines, désactivez le compte, coupez ses sessions et ses "
        "accès distants, puis videz-le de ses groupes. Retour : réactivez-le si la personne est encore là.",
        "Have human resources confirm the departure, disable the account, cut its sessions and remote accesses, then "
        "take it out of its groups. To go back: enable it again when the person is still there.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-19", "recyf:10.A.5", "attack:T1078.002"),
    check=check,
    reads=("leavers", "directory"),
    kind=Kind.COMPUTED,
)
