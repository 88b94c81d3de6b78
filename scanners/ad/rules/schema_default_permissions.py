"""The default permissions of a class are those of every new object: a right added there opens the accounts of tomorrow.

CERT-FR, warning_schema_default_sd: default permissions compared with those that Microsoft publishes for the same
class, from Windows Server 2008 to 2016; later schemas changed none of them. Classes of other products are not
compared.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import in_doubt, verdict
from scanners.ad.sddl import digest
from scanners.ad.subjects.published_schema import CLASSES, PUBLISHED
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Classes of the schema that Microsoft publishes."""
    objects = facts.objects
    names = {row: values[0] for row, values in objects.texts("lDAPDisplayName").items()}
    classes = facts.mask(row for row, name in names.items() if name.lower() in CLASSES) & objects.of(Kind.CLASS)
    written = {row: values[0] for row, values in objects.texts("defaultSecurityDescriptor").items() if classes[row]}
    changed = facts.mask(row for row, text in written.items() if (names[row].lower(), digest(text)) not in PUBLISHED)
    found = verdict(facts, facts.mask(written), changed, lambda row: {"name": names[row], "value": written[row]})
    return in_doubt(facts, found, classes & ~facts.mask(written)) if not written else found


RULE = Rule(
    id="ad.schema_default_permissions",
    title=Text(
        "Autorisations par défaut du schéma modifiées",
        "Default permissions of the schema changed",
    ),
    message=Text(
        "Les autorisations par défaut de la classe {name} ne sont pas celles que Microsoft publie.",
        "The default permissions of the class {name} are not those that Microsoft publishes.",
    ),
    remediation=Text(
        "Comparez la valeur à celle de la page de la classe (learn.microsoft.com, win32/adschema/c-<classe>) et "
        "cherchez le produit ou la personne qui l’a changée. Pour la rétablir : adsiedit, partition Schéma, "
        "attribut defaultSecurityDescriptor, avec un compte d’Administrateurs du schéma ajouté pour l’occasion ; "
        "seuls les objets créés ensuite changent. Gardez l’ancienne valeur pour revenir.",
        "Compare the value with the one on the page of the class (learn.microsoft.com, win32/adschema/c-<class>) "
        "and look for the product or the person that changed it. To restore it: adsiedit, Schema partition, "
        "attribute defaultSecurityDescriptor, with an account put in Schema Admins for the occasion; only objects "
        "created afterwards change. Keep the old value to go back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_schema_default_sd@1", "attack:T1222.001"),
    check=check,
    reads=("schema",),
)
