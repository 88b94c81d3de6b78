"""The objects whose control gives the domain away, by the point of CERT-FR that watches them. Pure.

The rules of one point at two levels look at the same objects; only what is asked of the paths differs.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import below, need_some, provided, read_whole
from scanners.model import NotAssessable, Text, Verdict

_SCHEMA_OF_2012: Final = 56
CONTROL_REMEDIATION = Text(
    'Notez les autorisations : (Get-Acl "AD:\\<DN>").Sddl. Retirez l’entrée citée (Utilisateurs et ordinateurs AD, '
    "Fonctionnalités avancées, Sécurité, Avancé ; ADSI Edit pour le schéma et la Configuration, certtmpl.msc pour un "
    "modèle), ou limitez-la au droit utile. Cherchez d’abord le produit qui l’a posée : il peut s’arrêter. Retour : "
    "remettez l’entrée notée.",
    'Write the permissions down: (Get-Acl "AD:\\<DN>").Sddl. Remove the entry named (AD Users and Computers, '
    "Advanced Features, Security, Advanced; ADSI Edit for the schema and the Configuration, certtmpl.msc for a "
    "template), or limit it to the right needed. First look for the product that set it: it may stop. Back: put back "
    "the entry written down.",
)
LATENT_MESSAGE = Text(
    "{subject} pourrait prendre le contrôle de {target}, sous condition (compte désactivé, groupe vide, certificat "
    "accepté par son seul nom) : {path}",
    "{subject} could take control of {target}, on a condition (disabled account, empty group, certificate accepted by "
    "its name alone): {path}",
)
LATENT_REMEDIATION = Text(
    "Si le titulaire est désactivé ou vide, personne ne s’en sert : c’est le moment de retirer l’entrée. Notez les "
    'autorisations de l’objet (Get-Acl "AD:\\<DN>").Sddl, retirez l’entrée citée (onglet Sécurité avancé), et gardez '
    "la note pour revenir en arrière. Supprimez ensuite le compte désactivé ou le groupe vide s’il ne sert plus à "
    "rien.",
    "If the holder is disabled or empty, nobody uses it: the right time to remove the entry. Write the permissions "
    'of the object down (Get-Acl "AD:\\<DN>").Sddl, remove the entry named in the advanced Security tab, and keep '
    "the note so as to go back. Then delete the disabled account or the empty group if it is of no more use.",
)


def admin_sd_holder(facts: DirectoryFacts) -> Mask:
    """The model of the permissions of privileged accounts."""
    return facts.mask([facts.row_at(f"CN=AdminSDHolder,{facts.naming.system_dn}")])


def who_controls_replication(facts: DirectoryFacts, level: int) -> Verdict:
    """The settings by which SYSVOL is replicated; NotAssessable when none is seen, neither of DFSR nor of NTFRS."""
    settings = f"CN=DFSR-GlobalSettings,{facts.naming.system_dn}"
    seen = below(facts, settings) | facts.objects.of(Kind.NTFRS)
    return provided(who_controls(facts, sysvol_replication(facts), level=level), lambda: need_some(seen, settings))


def sysvol_replication(facts: DirectoryFacts) -> Mask:
    """The settings by which SYSVOL is replicated, those of the domain and those of each controller.

    Other replication groups and other servers are those of file shares: they are delegated by design.
    """
    objects, settings = facts.objects, f"CN=DFSR-GlobalSettings,{facts.naming.system_dn}"
    controllers = {objects.lower_dn[row] for row in np.flatnonzero(facts.controllers).tolist()}
    own = [
        row
        for row in np.flatnonzero(objects.of(Kind.OTHER, Kind.OPAQUE)).tolist()
        if objects.lower_dn[row].rpartition("cn=dfsr-localsettings,")[2] in controllers
    ]
    head = objects.row_by_dn.get(settings.lower(), -1)
    return below(facts, f"CN=Domain System Volume,{settings}") | facts.mask([*own, *([head] if head >= 0 else [])])


def who_controls_dpapi_keys(facts: DirectoryFacts, level: int) -> Verdict:
    """The backup keys of DPAPI; NotAssessable when none is seen, for every domain has some."""
    objects, system = facts.objects, facts.naming.system_dn.lower()
    opaque = np.flatnonzero(objects.of(Kind.OPAQUE)).tolist()
    named = [row for row in opaque if objects.lower_dn[row].startswith("cn=bckupkey_")]
    keys = objects.of(Kind.SECRET) | facts.mask(row for row in named if objects.lower_dn[row].endswith(system))
    if not keys.any():
        raise NotAssessable(
            "Le compte d’audit ne voit aucune clé de sauvegarde DPAPI, alors que tout domaine en a ; accordez-lui la "
            "lecture des objets CN=BCKUPKEY_… de CN=System et de leurs autorisations (dsacls <DN> /G <compte>:GR), ou "
            "lancez l’audit une fois avec un compte d’administration.",
            "The audit account sees no DPAPI backup key, although every domain has some; grant it the reading of the "
            "objects CN=BCKUPKEY_… of CN=System and of their permissions (dsacls <DN> /G <account>:GR), or run the "
            "audit once with an administration account.",
        )
    return who_controls(facts, keys, level=level)


def who_controls_managed_keys(facts: DirectoryFacts, level: int) -> Verdict:
    """The keys that passwords of managed accounts are computed from, and their containers.

    NotAssessable when none is seen in a forest prepared for Windows Server 2012 or later, whose preparation makes
    these containers, or of which the preparation does not show.
    """
    objects = facts.objects
    base = f"CN=Group Key Distribution Service,CN=Services,{facts.naming.configuration_dn}"
    keys = objects.of(Kind.KDS_KEY) | below(facts, base)
    if not keys.any():
        schema_row = facts.row_at(facts.naming.schema_dn)
        version = int(objects.ints("objectVersion")[schema_row])
        if version == MISSING or version >= _SCHEMA_OF_2012:
            raise NotAssessable(
                f"Rien ne se montre de {base}, que possède toute forêt préparée pour Windows Server 2012 ; accordez au "
                "compte d’audit sa lecture et celle de ce qu’il contient (sur Samba, samba-tool domain functionalprep "
                "le crée).",
                f"Nothing shows of {base}, which every forest prepared for Windows Server 2012 has; grant the audit "
                "account the reading of it and of what it holds (on Samba, samba-tool domain functionalprep makes it).",
            )
    return who_controls(facts, keys, level=level)


def schema(facts: DirectoryFacts) -> Mask:
    """The head of the schema, its classes and attributes."""
    return facts.mask([facts.row_at(facts.naming.schema_dn)]) | facts.objects.of(Kind.CLASS, Kind.ATTRIBUTE)


def who_controls_heads(facts: DirectoryFacts, level: int) -> Verdict:
    """Heads of the domain, of the configuration and of the DNS partitions; the schema has its own rules.

    DNS partitions that could not be read leave a doubt, but hide nothing that was found elsewhere.
    """
    naming, rows = facts.naming, facts.objects.row_by_dn
    dns = (
        rows.get(dn.lower(), -1)
        for dn in (f"DC=DomainDnsZones,{naming.root_dn}", f"DC=ForestDnsZones,{naming.forest_dn}")
    )
    heads = [facts.row_at(naming.root_dn), facts.row_at(naming.configuration_dn), *(row for row in dns if row >= 0)]
    found = who_controls(facts, facts.mask(heads), level=level)
    return provided(found, lambda: read_whole(facts, "dns"))


def who_controls_containers(facts: DirectoryFacts, level: int) -> Verdict:
    """Containers of settings that no point of its own watches: policies, sites, partitions…

    That of password settings is left out: by default an ordinary account does not see its permissions. NotAssessable
    when one does not show, for every forest has them.
    """
    system, configuration = facts.naming.system_dn, facts.naming.configuration_dn
    names = (
        system,
        f"CN=Policies,{system}",
        f"CN=SOM,CN=WMIPolicy,{system}",
        f"CN=Sites,{configuration}",
        f"CN=Services,{configuration}",
        f"CN=Partitions,{configuration}",
        f"CN=DisplaySpecifiers,{configuration}",
        f"CN=Extended-Rights,{configuration}",
        f"CN=Directory Service,CN=Windows NT,CN=Services,{configuration}",
    )
    rows = (facts.objects.row_by_dn.get(dn.lower(), -1) for dn in names)
    found = who_controls(facts, facts.mask(row for row in rows if row >= 0), level=level)
    return provided(found, *(partial(facts.row_at, dn) for dn in names))
