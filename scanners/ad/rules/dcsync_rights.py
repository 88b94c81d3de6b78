"""Replication rights give every password hash of the domain, with no trace on the machines (DCSync).

CERT-FR, vuln_permissions_naming_context: DS-Replication-Get-Changes-All, or in filtered set, on the head of the
domain, outside of privileged groups and controllers. What nobody can use today (disabled accounts, deleted ones) is at
level 2.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.control_paths.control import acting
from scanners.ad.descriptors import CONTROL_ACCESS
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import carrying, readable
from scanners.ad.rights import GET_CHANGES_ALL, GET_CHANGES_FILTERED, grants
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

RIGHTS = (GET_CHANGES_ALL, GET_CHANGES_FILTERED)


def check(facts: DirectoryFacts) -> Verdict:
    """Everyone allowed to replicate secrets, and able to act."""
    index = int(facts.objects.descriptor[facts.domain_row])
    readable(facts, facts.mask([facts.domain_row]) & (facts.objects.descriptor < 0))
    table = facts.permissions
    allowed = {table.trustee_sid(ace) for ace in carrying(table, grants(table, CONTROL_ACCESS, *RIGHTS), index)}
    allowed -= {sids.SYSTEM, sids.ENTERPRISE_DOMAIN_CONTROLLERS, *facts.forest_privileged}
    rows = {sid: facts.row_of(sid) for sid in sorted(allowed)}
    trusted = facts.privileged | facts.controllers
    acts = acting(facts, 1)
    strangers = [sid for sid, row in rows.items() if acts[facts.graph.node_of(sid)] and (row < 0 or not trusted[row])]
    findings = (
        Finding(facts.name_of(sid), {"dn": facts.objects.dn[rows[sid]] if rows[sid] >= 0 else "", "sid": sid})
        for sid in strangers
    )
    return judged(len(allowed), findings)


RULE = Rule(
    id="ad.dcsync_rights",
    title=Text(
        "Droit de répliquer les secrets (DCSync)",
        "Right to replicate secrets (DCSync)",
    ),
    message=Text(
        "{subject} peut copier tous les mots de passe hachés du domaine.",
        "{subject} can copy every password hash of the domain.",
    ),
    remediation=Text(
        'Notez d’abord (Get-Acl "AD:\\DC=hopital,DC=local").Sddl, puis retirez le droit « Réplication de toutes les '
        "modifications de l’annuaire » à la racine du domaine (Utilisateurs et ordinateurs AD, Fonctionnalités "
        "avancées, Sécurité, Avancé). S’il sert à Entra Connect, gardez-le au seul compte MSOL_ dédié, traitez ce "
        "serveur comme un contrôleur, et acceptez le risque par écrit. Effet : la synchronisation ou l’outil qui "
        "s’en servait s’arrête. Retour : remettez l’entrée notée.",
        'First write down (Get-Acl "AD:\\DC=hospital,DC=local").Sddl, then remove the right “Replicating Directory '
        "Changes All” at the head of the domain (AD Users and Computers, Advanced Features, Security, Advanced). If "
        "Entra Connect uses it, keep it for its own MSOL_ account only, treat that server as a controller, and "
        "accept the risk in writing. Effect: the synchronisation or the tool that used it stops. Back: put back the "
        "entry written down.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_naming_context@1", "attack:T1003.006"),
    check=check,
    reads=("domain",),
)
