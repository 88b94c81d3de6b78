"""A class that may be created below an account, and may itself hold accounts, lets any machine account create others.

CERT-FR, warning_schema_posssuperiors; PingCastle, S-ADRegistrationSchema: Exchange’s msExchStorageGroup was such a
class (CVE-2021-34470). No class of Microsoft’s own schema is, and none may be created below any object at all (top).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.classes import Classes
from scanners.model import Rule, Severity, Text, Verdict, refs

ACCOUNTS = ("user", "computer", "group")


def check(facts: DirectoryFacts) -> Verdict:
    """Every class of the schema."""
    classes = Classes.of(facts)
    holders = frozenset().union(*(classes.superiors(name) for name in ACCOUNTS))
    below = {row: sorted(classes.superiors(name) & {"top", *ACCOUNTS}) for name, row in classes.rows.items()}
    open_to_all = {
        row: parents
        for name, row in classes.rows.items()
        if (parents := below[row]) and ("top" in classes.own_superiors(name) or classes.line(name) & holders)
    }
    return verdict(
        facts,
        facts.mask(classes.rows.values()),
        facts.mask(open_to_all),
        lambda row: {"name": facts.objects.text("lDAPDisplayName", row), "names": ", ".join(open_to_all[row])},
    )


RULE = Rule(
    id="ad.schema_creatable_anywhere",
    title=Text(
        "Classe du schéma créable partout",
        "Schema class that can be created anywhere",
    ),
    message=Text(
        "La classe {name} peut être créée sous {names} et contenir des comptes.",
        "The class {name} can be created below {names} and hold accounts.",
    ),
    remediation=Text(
        "Retirez ces parents de possSuperiors (adsiedit, partition Schéma) : pour msExchStorageGroup, le correctif "
        "d’Exchange de juillet 2021 ou Setup.exe /PrepareSchema le fait. Si Exchange a été désinstallé, le script de "
        "Microsoft Test-CVE-2021-34470.ps1 -ApplyFix corrige la classe. Vérifiez ensuite qu’aucun objet de cette "
        "classe n’existe sous un compte. Compte dans Administrateurs du schéma le temps du geste ; notez "
        "possSuperiors pour revenir.",
        "Remove these parents from possSuperiors (adsiedit, Schema partition): for msExchStorageGroup, the Exchange "
        "update of July 2021 or Setup.exe /PrepareSchema does it. If Exchange was uninstalled, Microsoft’s script "
        "Test-CVE-2021-34470.ps1 -ApplyFix corrects the class. Then check that no object of that class exists below "
        "an account. The account is in Schema Admins for the time of the change; write possSuperiors down to go "
        "back.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:warning_schema_posssuperiors@2", "pingcastle:S-ADRegistrationSchema", "attack:T1136.002"),
    check=check,
    reads=("schema",),
)
