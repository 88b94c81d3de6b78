"""Without a replication set, policies differ from one controller to the next and nobody notices.

CERT-FR, warning_sysvol_no_repl: neither an NTFRS set nor the DFSR group of SYSVOL.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The settings of the domain."""
    sets = (
        f"CN=Domain System Volume,CN=DFSR-GlobalSettings,{facts.naming.system_dn}",
        f"CN=Domain System Volume (SYSVOL share),CN=File Replication Service,{facts.naming.system_dn}",
    )
    declared = any(dn.lower() in facts.objects.row_by_dn for dn in sets)
    return of_domain(facts, not declared, count=int(facts.controllers.sum()))


RULE = Rule(
    id="ad.sysvol_not_replicated",
    title=Text(
        "Réplication de SYSVOL non déclarée",
        "SYSVOL replication not declared",
    ),
    message=Text(
        "Ni NTFRS ni DFSR ne réplique SYSVOL dans {subject} ({count} contrôleur(s) lu(s)).",
        "Neither NTFRS nor DFSR replicates SYSVOL in {subject} ({count} controller(s) read).",
    ),
    remediation=Text(
        "Vérifiez par dfsrmig /getglobalstate et dcdiag /test:sysvolcheck. Sur un domaine Windows, recréez le "
        "groupe « Domain System Volume » (KB2218556, reconstruction autoritaire depuis le contrôleur PDC) après "
        "une sauvegarde de SYSVOL ; sur Samba, documentez la copie (rsync, osync) qui en tient lieu. Effet : "
        "pendant la reconstruction, les autres contrôleurs ne partagent plus SYSVOL et les stratégies attendent. "
        "Retour : aucun, sinon recopier SYSVOL depuis la sauvegarde sur le contrôleur PDC.",
        "Check with dfsrmig /getglobalstate and dcdiag /test:sysvolcheck. On a Windows domain, create the group "
        "“Domain System Volume” again (KB2218556, authoritative rebuild from the PDC) after a backup of SYSVOL; "
        "on Samba, document the copy (rsync, osync) that replaces it. Effect: during the rebuild the other "
        "controllers no longer share SYSVOL, and policies wait. Back: none, but copying SYSVOL from the backup to "
        "the PDC.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_sysvol_no_repl@2"),
    check=check,
    reads=("domain",),
    whole=True,
)
