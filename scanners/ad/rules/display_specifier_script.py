"""A menu of the administration console that starts a script from a file server runs code as the administrator.

CERT-FR, vuln_display_specifier: UNC paths outside of SYSVOL in the context menus.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

MENUS = ("adminContextMenu", "shellContextMenu")


def check(facts: DirectoryFacts) -> Verdict:
    """Display specifiers of all languages."""
    scripts: dict[int, str] = {}
    for menu in MENUS:
        for row, values in facts.objects.texts(menu).items():
            paths = [value for value in values if "\\\\" in value and "\\sysvol\\" not in value.lower()]
            if paths:
                scripts[row] = paths[0]
    return verdict(facts, facts.objects.of(Kind.DISPLAY), facts.mask(scripts), lambda row: {"menu": scripts[row]})


RULE = Rule(
    id="ad.display_specifier_script",
    title=Text(
        "Menu d’administration lançant un script distant",
        "Administration menu starting a remote script",
    ),
    message=Text(
        "Le menu {menu} de {subject} lance un programme hors de SYSVOL.",
        "The menu {menu} of {subject} starts a program outside of SYSVOL.",
    ),
    remediation=Text(
        "Retirez l’entrée (ADSI Edit, Configuration, DisplaySpecifiers) ou déplacez le script dans SYSVOL ; notez "
        "l’ancienne valeur.",
        "Remove the entry (ADSI Edit, Configuration, DisplaySpecifiers) or move the script to SYSVOL; keep the "
        "old value.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_display_specifier@1", "pingcastle:P-DisplaySpecifier", "attack:T1569"),
    check=check,
    reads=("configuration",),
)
