"""Without these objects the audit cannot tell anything sure: somebody hid them, or the account lacks rights.

CERT-FR, vuln_critical_objects: AdminSDHolder, krbtgt, the built-in administrator, Domain, Schema and Enterprise
Admins. The last two live in the root domain of the forest.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

RIDS = {
    sids.RID_KRBTGT: "krbtgt",
    sids.RID_ADMINISTRATOR: "Administrator",
    sids.RID_DOMAIN_ADMINS: "Domain Admins",
}
FOREST_RIDS = {sids.RID_SCHEMA_ADMINS: "Schema Admins", sids.RID_ENTERPRISE_ADMINS: "Enterprise Admins"}
HOLDER = "AdminSDHolder"
"""The names of a directory in English: what does not show does not tell its own."""


def check(facts: DirectoryFacts) -> Verdict:
    """Objects that every domain has, looked for by SID."""
    facts.need_whole()
    naming = facts.naming
    rids = RIDS | (FOREST_RIDS if naming.forest_dn.lower() == naming.root_dn.lower() else {})
    wanted = {f"{naming.sid}-{rid}": name for rid, name in rids.items()}
    absent = {sid: name for sid, name in wanted.items() if facts.row_of(sid) < 0}
    holder = f"CN={HOLDER},{naming.system_dn}"
    row = facts.objects.row_by_dn.get(holder.lower(), -1)
    absent |= {holder: HOLDER} if row < 0 or facts.objects.kind[row] == Kind.OPAQUE else {}
    return judged(len(rids) + 1, (Finding(place, {"sid_or_dn": place, "name": name}) for place, name in absent.items()))


RULE = Rule(
    id="ad.critical_objects_unreadable",
    title=Text(
        "Objet indispensable illisible",
        "Essential object unreadable",
    ),
    message=Text(
        "{name:krbtgt=Le compte krbtgt|Administrator=L’administrateur intégré|Domain Admins=Le groupe Admins du "
        "domaine|Schema Admins=Le groupe Administrateurs du schéma|Enterprise Admins=Le groupe Administrateurs de "
        "l’entreprise|AdminSDHolder=L’objet AdminSDHolder} ({subject}) n’est pas lisible par le compte d’audit.",
        "{name:krbtgt=The account krbtgt|Administrator=The built-in administrator|Domain Admins=The group Domain "
        "Admins|Schema Admins=The group Schema Admins|Enterprise Admins=The group Enterprise Admins|AdminSDHolder=The "
        "object AdminSDHolder} ({subject}) is not readable by the audit account.",
    ),
    remediation=Text(
        'Notez les autorisations de l’objet avec un compte qui les lit ((Get-Acl "AD:\\<DN>").Sddl) ; dsacls "<DN>" '
        "montre les refus. Retirez le refus (onglet Sécurité, Avancé) et rendez la lecture aux utilisateurs "
        "authentifiés ; pour un compte ou groupe protégé, faites-le sur AdminSDHolder, recopié dans l’heure. Effet : "
        "l’objet redevient visible de tous, comme à l’installation. Retour : remettez l’entrée notée. Sinon, "
        "relancez l’audit avec un compte qui peut le lire.",
        'Write down the permissions of the object with an account that reads them ((Get-Acl "AD:\\<DN>").Sddl); '
        'dsacls "<DN>" shows refusals. Remove the refusal (Security tab, Advanced) and give reading back to '
        "authenticated users; for a protected account or group, do it on AdminSDHolder, copied within the hour. "
        "Effect: everybody sees the object again, as installed. Back: put back the entry written down. Otherwise, "
        "run the audit again with an account that can read it.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_critical_objects@1"),
    check=check,
    reads=("domain",),
)
