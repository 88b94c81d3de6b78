"""What shows to be missing only once all is read: nothing was refused, and yet something did not come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scanners.ad import rights, sids
from scanners.ad.columns import Kind, Mask, Objects
from scanners.ad.control_paths.graph import parent_dn
from scanners.ad.descriptors import DACL_PRESENT, DENY, DENY_OBJECT, INHERIT_ONLY, LIST_CHILDREN, Descriptors
from scanners.ad.naming import HIDDEN_BY_DEFAULT, Naming, domain_name
from scanners.model import Gap, Text


def withheld(objects: Objects, descriptors: Descriptors, naming: Naming, contexts: Sequence[str]) -> Iterator[Gap]:
    """No descriptor at all, objects of which not even the class is readable, privileged members, controllers, what
    units hold or zones not seen.

    Quotas, DNS containers, BitLocker keys and what is in CN=System (IPsec policies, DPAPI secrets) are withheld from
    ordinary accounts by default; the last have their own rules. `contexts` are the naming contexts of the server.
    """
    if len(descriptors) == 0:
        yield Gap("domain", _NO_DESCRIPTORS, truncated=True)
    for section, hidden in _opaque(objects, naming).items():
        yield Gap(section, _hidden(len(hidden), hidden[0]), truncated=True)
    closed = _closed_units(objects, descriptors, naming)
    if closed:
        yield Gap("domain", _unlisted(len(closed), closed[0]), truncated=True)
    yield from (Gap("domain", reason, truncated=True) for reason in _powers_unseen(objects, naming))
    in_part = _seen_in_part(objects, descriptors, naming)
    if in_part:
        yield Gap("domain", _one_by_one(len(in_part), in_part[0]), truncated=True)
    expected = {"dc=domaindnszones,": naming.domain, "dc=forestdnszones,": f"_msdcs.{domain_name(naming.forest_dn)}"}
    for partition, zone in expected.items():
        if any(context.lower().startswith(partition) for context in contexts) and not _holds_zone(objects, zone):
            yield Gap("dns", _no_zone(zone, partition[3:-1]), truncated=True)


def _opaque(objects: Objects, naming: Naming) -> dict[str, list[str]]:
    """Names of the hidden objects, by section."""
    system = naming.system_dn.lower()
    hidden: dict[str, list[str]] = {}
    for row in np.flatnonzero(objects.of(Kind.OPAQUE)).tolist():
        dn = objects.dn[row].lower()
        section = naming.section_of(dn)
        if section and not dn.endswith(system) and not HIDDEN_BY_DEFAULT.match(dn):
            hidden.setdefault(section, []).append(objects.dn[row])
    return hidden


def _powers_unseen(objects: Objects, naming: Naming) -> Iterator[Text]:
    """What is missing of those who hold the domain: privileged members and controllers, which every domain has."""
    names = (*_privileged_strangers(objects, naming), *_controllers_of_sites(objects))
    unseen = [dn for dn in names if naming.owns(dn)]
    if unseen:
        yield _hidden(len(unseen), unseen[0])
    yield from (_no_member(group) for group in _without_members(objects, naming))
    if not _some_controller(objects):
        yield _NO_CONTROLLER


def _privileged_strangers(objects: Objects, naming: Naming) -> list[str]:
    """Members of privileged groups, and of the groups nested in them, that are no object read."""
    wanted = sids.privileged_group_sids(naming.sid, naming.forest_sid)
    inside = np.zeros(len(objects), dtype=np.bool_)
    inside[[objects.row_by_sid[sid] for sid in wanted if sid in objects.row_by_sid]] = True
    while True:
        grown = inside.copy()
        grown[objects.member[inside[objects.member_of]]] = True
        if bool((grown == inside).all()):
            return [dn for group, names in objects.outside.items() if inside[group] for dn in names]
        inside = grown


def _without_members(objects: Objects, naming: Naming) -> list[str]:
    """Groups that have a member in every domain, and show none, or do not show: their `member` is withheld.

    The built-in administrator cannot leave the first; a domain is created with it in the second. Who is in it by his
    primary group shows otherwise, and proves nothing.
    """
    holding = {*objects.member_of.tolist(), *objects.outside}
    found = []
    for sid in (sids.ADMINISTRATORS, f"{naming.sid}-{sids.RID_DOMAIN_ADMINS}"):
        row = objects.row_by_sid.get(sid, -1)
        if row < 0:
            found.append(sids.well_known_name(sid) or sid)
        elif row not in holding:
            found.append(objects.dn[row])
    return found


def _controllers_of_sites(objects: Objects) -> list[str]:
    """Controllers that the sites of the forest name, and that are no object read."""
    servers = objects.of(Kind.SERVER)
    named = (names[0] for row, names in objects.texts("serverReference").items() if servers[row])
    return [dn for dn in named if dn.lower() not in objects.row_by_dn]


def _some_controller(objects: Objects) -> bool:
    """Whether a controller that is not read-only was read: the one that answered is one."""
    own: Mask = objects.ints("primaryGroupID") == sids.RID_DOMAIN_CONTROLLERS
    return bool((objects.of(Kind.COMPUTER) & own).any())


def _seen_in_part(objects: Objects, descriptors: Descriptors, naming: Naming) -> list[str]:
    """In List Object mode, the places that ordinary accounts may not list: what they hold shows one by one, to whoever
    was given each. Those that may be listed hide nothing in that mode either (MS-ADTS 5.1.3.3.6)."""
    settings = objects.row_by_dn.get(naming.settings_dn.lower(), -1)
    if settings < 0 or objects.text("dSHeuristics", settings)[2:3] != "1":
        return []
    system = naming.system_dn.lower()
    places = objects.of(Kind.OU, Kind.CONTAINER, Kind.DOMAIN) & ~_listable(objects, descriptors, naming)
    names = [objects.dn[row] for row in np.flatnonzero(places).tolist()]
    return [dn for dn in names if naming.section_of(dn) == "domain" and not dn.lower().endswith(system)]


def _closed_units(objects: Objects, descriptors: Descriptors, naming: Naming) -> list[str]:
    """Units in which nothing shows although something may be: ordinary accounts may not list them, or a group has a
    member from there.

    The directory does not tell how many children it hides: to whoever may not list them it announces none.
    """
    units = objects.of(Kind.OU)
    suspects = set(np.flatnonzero(units & ~_listable(objects, descriptors, naming)).tolist())
    members = (dn for names in objects.outside.values() for dn in names if naming.owns(dn))
    suspects |= {row for row in (_nearest(objects, dn) for dn in members) if row >= 0 and units[row]}
    if not suspects:
        return []
    holding = {parent_dn(dn) for dn in objects.lower_dn}
    return [objects.dn[row] for row in sorted(suspects) if objects.lower_dn[row] not in holding]


def _listable(objects: Objects, descriptors: Descriptors, naming: Naming) -> Mask:
    """Objects whose children ordinary accounts may list, and nobody is refused to: who has which groups does not tell
    for the audit account. Those whose permissions do not show are supposed not to be."""
    everybody = {*sids.EVERYBODY, sids.USERS, f"{naming.sid}-{sids.RID_DOMAIN_USERS}"}
    legacy = objects.row_by_sid.get(sids.PRE_WINDOWS_2000, -1)
    members = {objects.sid(row) for row in objects.member[objects.member_of == legacy].tolist()}
    if members & everybody:
        everybody.add(sids.PRE_WINDOWS_2000)
    ours = np.array([sid in everybody for sid in descriptors.sids] + [False])[descriptors.ace_trustee]
    listing = rights.masks(descriptors) & LIST_CHILDREN != 0
    here = descriptors.ace_flags & INHERIT_ONLY == 0
    allowed = _carrying(descriptors, ours & listing & rights.effective(descriptors))
    denied = _carrying(descriptors, listing & here & np.isin(descriptors.ace_type, (DENY, DENY_OBJECT)))
    without_dacl = descriptors.control & DACL_PRESENT == 0
    open_to_all = np.append((allowed & ~denied) | without_dacl, False)
    listable: Mask = open_to_all[np.where(objects.descriptor >= 0, objects.descriptor, len(descriptors))]
    return listable


def _carrying(descriptors: Descriptors, entries: Mask) -> Mask:
    """The descriptors that hold one of these entries."""
    found = np.zeros(len(descriptors), dtype=np.bool_)
    places = np.flatnonzero(entries[descriptors.entries])
    found[np.searchsorted(descriptors.start, places, side="right") - 1] = True
    return found


def _nearest(objects: Objects, dn: str) -> int:
    """The row of the nearest container above a name that shows, -1 when none does."""
    above = parent_dn(dn)
    while above and above.lower() not in objects.row_by_dn:
        above = parent_dn(above)
    return objects.row_by_dn.get(above.lower(), -1)


def _holds_zone(objects: Objects, zone: str) -> bool:
    """Whether a zone was read: one that is hidden does not even show its name."""
    zones = np.flatnonzero(objects.of(Kind.DNS_ZONE)).tolist()
    return any(objects.dn[row].lower().startswith(f"dc={zone.lower()},") for row in zones)


def _hidden(count: int, example: str) -> Text:
    return Text(
        f"{count} objet(s) sont cachés au compte d’audit, dont {example} ; accordez-lui leur lecture.",
        f"{count} object(s) are hidden from the audit account, among them {example}; grant it their reading.",
    )


def _unlisted(count: int, example: str) -> Text:
    return Text(
        f"Rien ne se montre dans {count} unité(s) d’organisation, dont {example}, que le compte d’audit n’est pas sûr "
        "de pouvoir lister : donnez-lui « Lister le contenu », ou supprimez l’unité si elle est vide.",
        f"Nothing shows in {count} organisational unit(s), among them {example}, which the audit account may not be "
        "allowed to list: give it “List contents”, or delete the unit if it is empty.",
    )


def _no_member(group: str) -> Text:
    return Text(
        f"Aucun membre de {group} ne se montre au compte d’audit, alors que tout domaine en a : tous les comptes "
        "privilégiés peuvent lui échapper. Accordez-lui la lecture du groupe et de son attribut member (un groupe "
        "vraiment vide : remettez-y l’administrateur intégré, qui y est par défaut).",
        f"No member of {group} shows to the audit account, although every domain has some: all privileged accounts "
        "may escape it. Grant it the reading of the group and of its attribute member (a group that is really empty: "
        "put the built-in administrator back, who is in it by default).",
    )


def _one_by_one(count: int, example: str) -> Text:
    return Text(
        f"Le mode « liste d’objets » est actif (dSHeuristics) et {count} conteneur(s), dont {example}, ne se laissent "
        "pas lister : ce qu’ils tiennent peut être caché au compte d’audit. Donnez à tous « Lister le contenu » sur "
        "ces conteneurs, ou quittez ce mode.",
        f"The List Object mode is on (dSHeuristics) and {count} container(s), among them {example}, cannot be listed: "
        "what they hold may be hidden from the audit account. Give everybody “List contents” on these containers, or "
        "leave that mode.",
    )


def _no_zone(zone: str, partition: str) -> Text:
    return Text(
        f"La zone DNS {zone} n’est pas visible du compte d’audit, alors que l’annuaire tient des zones ; accordez-lui "
        f"la lecture de dc={partition} et de ce qu’elle contient, ou vérifiez que cette zone est tenue ailleurs.",
        f"The DNS zone {zone} does not show to the audit account, although the directory holds zones; grant it the "
        f"reading of dc={partition} and of what it holds, or check that this zone is held elsewhere.",
    )


_NO_CONTROLLER = Text(
    "Aucun contrôleur de domaine ne se montre au compte d’audit, alors que l’un d’eux lui a répondu ; accordez-lui la "
    "lecture de l’unité « Domain Controllers », des machines qu’elle contient et de leur attribut primaryGroupID.",
    "No domain controller shows to the audit account, although one of them answered it; grant it the reading of the "
    "unit “Domain Controllers”, of the machines it holds and of their attribute primaryGroupID.",
)
_NO_DESCRIPTORS = Text(
    "Le contrôleur n’a donné aucun descripteur de sécurité au compte d’audit ; accordez-lui le droit de lire les "
    "autorisations.",
    "The controller gave the audit account no security descriptor; grant it the right to read permissions.",
)
