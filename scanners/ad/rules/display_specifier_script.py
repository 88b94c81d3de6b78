"""A menu of the administration console that starts a script from a file server runs code as the administrator.

CERT-FR, vuln_display_specifier: UNC paths outside of SYSVOL in the context menus. A share that a server
which is no controller calls SYSVOL is none; addresses of the web count.
"""

from __future__ import annotations

import re

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import need_some, verdict
from scanners.ad.naming import domain_name
from scanners.model import Rule, Severity, Text, Verdict, refs

MENUS = ("adminContextMenu", "shellContextMenu")
SHARES = ("sysvol", "netlogon")
"""What every controller shares; the second is inside the first."""
VARIABLES = ("%logonserver%", "%userdnsdomain%")
_UNC = re.compile(r"(?<!\\)\\\\([^\\]+)\\+([^\\]+)")
_WEB = re.compile("(?:https?|ftp)://", re.IGNORECASE)


def check(facts: DirectoryFacts) -> Verdict:
    """Display specifiers of all languages."""
    scripts: dict[int, str] = {}
    places = _domains_and_controllers(facts)
    for menu in MENUS:
        for row, values in facts.objects.texts(menu).items():
            paths = [value for value in values if _is_remote(value, places)]
            if paths:
                scripts[row] = paths[0]
    specifiers = facts.objects.of(Kind.DISPLAY)
    need_some(specifiers, f"CN=DisplaySpecifiers,{facts.naming.configuration_dn}")
    return verdict(facts, specifiers, facts.mask(scripts), lambda row: {"menu": scripts[row]})


def _domains_and_controllers(facts: DirectoryFacts) -> frozenset[str]:
    """The names, in small letters, under which a share is that of a controller."""
    objects, forest = facts.objects, facts.naming.forest
    domains = {facts.naming.domain, facts.naming.netbios, *(one.netbios for one in forest)}
    domains |= {domain_name(dn) for dn in (facts.naming.forest_dn, *(one.dn for one in forest))}
    rows = np.flatnonzero(facts.controllers).tolist()
    machines = {objects.text("dNSHostName", row) for row in rows}
    machines |= {objects.text("sAMAccountName", row).rstrip("$") for row in rows}
    return frozenset(name.lower() for name in (*domains, *machines, *VARIABLES) if name)


def _is_remote(menu: str, places: frozenset[str]) -> bool:
    """Whether an entry starts something from a web site, or from a share other than those of the controllers."""
    if _WEB.search(menu):
        return True
    path = menu.lower().replace("/", "\\")
    shares = _UNC.findall(path)
    return any(host not in places or share not in SHARES for host, share in shares) or (not shares and "\\\\" in path)


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
        "Notez la valeur (Get-ADObject '<DN>' -Properties adminContextMenu,shellContextMenu), puis retirez "
        "l’entrée citée : ADSI Edit, Configuration, DisplaySpecifiers, ou Set-ADObject '<DN>' -Remove "
        "@{adminContextMenu='<valeur>'} ; si le menu est utile, remettez-le avec un script copié dans SYSVOL. "
        "Effet : le menu disparaît des consoles d’administration à leur réouverture. Retour : la même commande "
        "avec -Add et la valeur notée.",
        "Note the value (Get-ADObject '<DN>' -Properties adminContextMenu,shellContextMenu), then remove the "
        "entry named: ADSI Edit, Configuration, DisplaySpecifiers, or Set-ADObject '<DN>' -Remove "
        "@{adminContextMenu='<value>'}; if the menu is useful, put it back with a script copied to SYSVOL. "
        "Effect: the menu leaves the administration consoles when they are opened again. To go back: the same "
        "command with -Add and the noted value.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_display_specifier@1", "pingcastle:P-DisplaySpecifier", "attack:T1569"),
    check=check,
    reads=("configuration",),
)
