"""Which group policy applies where, and what the rules about SYSVOL share.

A setting counts when its policy is linked in force. On a controller, the resultant is computed: site, domain, then
organisational units, order of the links, disabled and enforced links, blocked inheritance, disabled half, and who may
apply the policy. A WMI filter cannot be computed: where it decides, the rule is not assessable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import MISSING, Kind
from scanners.ad.control_paths.graph import parent_dn
from scanners.ad.descriptors import (
    ALLOW,
    ALLOW_OBJECT,
    CONTROL_ACCESS,
    DACL_PRESENT,
    DENY,
    DENY_OBJECT,
    GENERIC_ALL,
    GENERIC_WRITE,
    INHERIT_ONLY,
    WRITE_DACL,
    WRITE_OWNER,
    Descriptors,
)
from scanners.ad.entries import anybody
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.ad.rights import TRUSTED_SIDS
from scanners.ad.subjects.controllers import standing
from scanners.ad.subjects.policy_links import blocking, links_in_force
from scanners.ad.sysvol import SECTION, Setting, SharedFile, Source, Sysvol, is_policy_root, policy_of
from scanners.model import Finding, NotAssessable, Scalar, Text, Verdict, judged

_UNC = re.compile(r"\\\\([^\\]+)\\")
_USER_DISABLED, _MACHINE_DISABLED = 1, 2
_APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
_EVERY_CONTROLLER = (sids.EVERYONE, sids.AUTHENTICATED_USERS, sids.ENTERPRISE_DOMAIN_CONTROLLERS)
_FILE_WRITES = 0x2 | 0x4 | 0x40 | 0x10000 | WRITE_DACL | WRITE_OWNER | GENERIC_ALL | GENERIC_WRITE
"""Write, append, delete, delete what is inside, change permissions, take ownership."""
_EVERYBODY_NAMES = frozenset(
    (
        "everyone",
        "tout le monde",
        "authenticated users",
        "utilisateurs authentifiés",
        "users",
        "utilisateurs",
        "domain users",
        "utilisateurs du domaine",
        "utilisa. du domaine",
        "anonymous logon",
        "anonymous",
        "guests",
        "invités",
    )
)

Good = Callable[[str | None], bool]
Wrong = Callable[[Setting], str]


@dataclass(frozen=True, slots=True)
class Link:
    """A policy in force on a container. `conditional` when a WMI filter decides."""

    policy: str
    row: int
    enforced: bool
    conditional: bool


# ── what was read ───────────────────────────────────────────────────────────────────────────────────────────────────


def sysvol_of(facts: DirectoryFacts) -> Sysvol:
    """What was read of SYSVOL; NotAssessable when nobody asked for it."""
    if facts.sysvol is None:
        raise NotAssessable(
            "Les fichiers des stratégies de groupe n’ont pas été lus ; activez la lecture de SYSVOL dans la cible "
            "(ou l’option --sysvol), puis relancez l’audit.",
            "The files of group policies were not read; enable the reading of SYSVOL in the target (or the option "
            "--sysvol), then run the audit again.",
        )
    return facts.sysvol


def whole_sysvol(facts: DirectoryFacts) -> None:
    """NotAssessable when SYSVOL was not read to its end: for rules whose other half the directory tells."""
    gap = next((gap for gap in facts.gaps if gap.section == SECTION), None)
    if gap is not None:
        raise NotAssessable(gap.reason.fr, gap.reason.en)
    sysvol_of(facts)


def policy_rows(facts: DirectoryFacts) -> Mapping[str, int]:
    """The object of each policy, by its GUID in braces and capitals."""
    rows = np.flatnonzero(facts.objects.of(Kind.GPO)).tolist()
    return {facts.objects.dn[row].partition(",")[0].partition("=")[2].upper(): row for row in rows}


def shown(facts: DirectoryFacts, path: str) -> str:
    """A path below the domain's folder as people write it."""
    return f"\\\\{facts.naming.domain}\\SYSVOL\\{facts.naming.domain}\\{path}"


# ── which policies are in force ─────────────────────────────────────────────────────────────────────────────────────


def links_of(facts: DirectoryFacts, container: int) -> Iterator[Link]:
    """The policies in force that a container links, from the weakest to the strongest."""
    objects = facts.objects
    for link in links_in_force(objects, container):
        guid = objects.dn[link.row].partition(",")[0].partition("=")[2].upper()
        conditional = bool(objects.text("gPCWQLFilter", link.row).strip())
        yield Link(guid, link.row, link.enforced, conditional)


def in_force(facts: DirectoryFacts) -> frozenset[str]:
    """The policies that something links in force."""
    containers = facts.objects.texts("gPLink")
    return frozenset(link.policy for container in containers for link in links_of(facts, container))


def applied_to(facts: DirectoryFacts, row: int) -> tuple[Link, ...]:
    """The policies whose machine half applies to a computer, from the weakest to the strongest."""
    normal: list[Link] = []
    enforced: list[Link] = []
    refuses = blocking(facts.objects)
    for container in _above(facts, row):
        if refuses[container]:
            normal = []
        links = [link for link in links_of(facts, container) if _applies(facts, link, row)]
        normal += [link for link in links if not link.enforced]
        enforced = [link for link in links if link.enforced] + enforced
    return (*normal, *enforced)


def _above(facts: DirectoryFacts, row: int) -> list[int]:
    """What may link policies that apply to a computer: its site, the domain, then the units down to its own."""
    objects = facts.objects
    units: list[int] = []
    dn = parent_dn(objects.dn[row])
    while dn:
        container = objects.row_by_dn.get(dn.lower(), -1)
        if container >= 0:
            units.append(container)
        dn = parent_dn(dn)
    return [*_sites(facts, row), *reversed(units)]


def _sites(facts: DirectoryFacts, row: int) -> Iterator[int]:
    """The site of a controller: its server object names it and stands below `CN=Servers` of the site."""
    objects = facts.objects
    for server, (computer, *_) in objects.texts("serverReference").items():
        site = objects.row_by_dn.get(parent_dn(parent_dn(objects.dn[server])).lower(), -1)
        if computer.lower() == objects.dn[row].lower() and site >= 0:
            yield site


def _applies(facts: DirectoryFacts, link: Link, row: int) -> bool:
    """Whether the machine half is enabled and the computer may apply the policy."""
    flags = int(facts.objects.ints("flags")[link.row])
    if flags != MISSING and flags & _MACHINE_DISABLED:
        return False
    index = int(facts.objects.descriptor[link.row])
    if index < 0:
        name = facts.objects.dn[link.row]
        raise NotAssessable(
            f"Les autorisations de {name} ne sont pas lisibles : qui applique cette stratégie reste inconnu ; "
            "accordez leur lecture au compte d’audit.",
            f"The permissions of {name} are not readable: who applies this policy stays unknown; grant their reading "
            "to the audit account.",
        )
    allowed, denied = filtered_by(facts.descriptors, index)
    own = {facts.objects.sid(row), *_EVERY_CONTROLLER}
    if not denied and allowed & own:
        return True
    who = _identities(facts, row) | own
    return bool(allowed & who) and not denied & who


def filtered_by(table: Descriptors, index: int) -> tuple[set[str], set[str]]:
    """Who is allowed, and who is denied, the right “Apply group policy”."""
    allowed: set[str] = set()
    denied: set[str] = set()
    for ace in table.entries_of(index).tolist():
        about = table.object_guid(ace) in ("", _APPLY) and table.ace_mask[ace] & (CONTROL_ACCESS | GENERIC_ALL)
        if about and not table.ace_flags[ace] & INHERIT_ONLY:
            kind = int(table.ace_type[ace])
            held = denied if kind in (DENY, DENY_OBJECT) else allowed if kind in (ALLOW, ALLOW_OBJECT) else set()
            held.add(table.trustee_sid(ace))
    return allowed, denied


def _identities(facts: DirectoryFacts, row: int) -> set[str]:
    """The SIDs of the groups of an account, nested or not."""
    groups, members = facts.membership
    held = facts.mask([row])
    while True:
        grown = held.copy()
        grown[groups[held[members]]] = True
        if bool((grown == held).all()):
            return {facts.objects.sid(each) for each in np.flatnonzero(held).tolist()}
        held = grown


# ── verdicts about settings ─────────────────────────────────────────────────────────────────────────────────────────


def active(facts: DirectoryFacts, *sources: Source) -> Iterator[Setting]:
    """The settings of these kinds of the policies in force, those of a disabled half left out."""
    rows, linked, flags = policy_rows(facts), in_force(facts), facts.objects.ints("flags")
    for setting in sysvol_of(facts).of(*sources):
        if setting.policy in linked:
            off = int(flags[rows[setting.policy]])
            half = _USER_DISABLED if setting.user else _MACHINE_DISABLED
            if off == MISSING or not off & half:
                yield setting


def wrong_settings(facts: DirectoryFacts, settings: Iterable[Setting], wrong: Wrong) -> Verdict:
    """A finding per policy that holds a wrong setting; `wrong` says what is, or nothing."""
    sysvol_of(facts)
    rows = policy_rows(facts)
    found: dict[str, list[tuple[Setting, str]]] = {}
    for setting in settings:
        if detail := wrong(setting):
            found.setdefault(setting.policy, []).append((setting, detail))
    findings = (_of_policy(facts, policy, rows.get(policy, -1), faults) for policy, faults in found.items())
    return judged(len(rows), findings)


def _of_policy(facts: DirectoryFacts, policy: str, row: int, faults: list[tuple[Setting, str]]) -> Finding:
    details = "; ".join(dict.fromkeys(detail for _, detail in faults))
    file = shown(facts, faults[0][0].file)
    if row < 0:
        return Finding(shown(facts, f"Policies\\{policy}"), {"policy": policy, "setting": details, "file": file})
    name = facts.objects.text("displayName", row) or policy
    return Finding(facts.objects.dn[row], {"policy": name, "setting": details, "file": file})


def registry(name: str, bad: Good) -> Wrong:
    """Wrong when the registry value of this name is bad."""

    def wrong(setting: Setting) -> str:
        value = setting.values[0] if setting.values else None
        matches = setting.source is Source.REGISTRY and setting.name.endswith(f"\\{name.lower()}")
        return f"{name} = {value}" if matches and value is not None and bad(value) else ""

    return wrong


def one_of(*values: str) -> Good:
    """A value among these."""
    return lambda value: value in values


def at_least(floor: int) -> Good:
    """A number not below this one."""
    return lambda value: value is not None and value.isdigit() and int(value) >= floor


def nowhere(facts: DirectoryFacts, wanted: Callable[[Setting], bool], setting: str, *sources: Source) -> Verdict:
    """A finding on the domain when no policy in force has the wanted setting."""
    missing = not any(wanted(each) for each in active(facts, *(sources or (Source.REGISTRY,))))
    return of_domain(facts, missing, setting=setting)


def named(name: str, good: Good) -> Callable[[Setting], bool]:
    """Whether a setting is the registry value of this name, well set."""
    end = f"\\{name.lower()}"
    return lambda setting: setting.name.endswith(end) and bool(setting.values) and good(setting.values[0])


def on_controllers(
    facts: DirectoryFacts,
    source: Source,
    name: str,
    good: Good,
    expected: str,
) -> Verdict:
    """A finding per controller on which the setting that wins is not good; no policy at all counts as None."""
    rows = controllers(facts)
    findings = []
    for row in rows:
        chain = applied_to(facts, row)
        sure = tuple(link for link in chain if not link.conditional)
        value, policy = winner(facts, chain, source, name)
        if good(value) != good(winner(facts, sure, source, name)[0]):
            raise _filtered(facts.subject(row))
        if not good(value):
            evidence: dict[str, Scalar] = {
                "policy": _policy_name(facts, policy),
                "setting": name,
                "value": value,
                "expected": expected,
            }
            findings.append(Finding(facts.subject(row), facts.evidence(row, **evidence)))
    return judged(len(rows), findings)


def controllers(facts: DirectoryFacts) -> list[int]:
    """The controllers that apply policies; NotAssessable without SYSVOL."""
    sysvol_of(facts)
    rows: list[int] = np.flatnonzero(standing(facts) & facts.enabled).tolist()
    return rows


def winner(facts: DirectoryFacts, chain: tuple[Link, ...], source: Source, name: str) -> tuple[str | None, str]:
    """The value that wins among policies and the policy that sets it; None when none does."""
    found: tuple[str | None, str] = (None, "")
    by_policy = sysvol_of(facts).by_policy
    for link in chain:
        for setting in by_policy.get(link.policy, ()):
            same = setting.name == name.lower() or setting.name.endswith(f"\\{name.lower()}")
            if setting.source is source and not setting.user and same:
                found = ("; ".join(setting.values) if setting.values else None, link.policy)
    return found


def _policy_name(facts: DirectoryFacts, policy: str) -> str | None:
    row = policy_rows(facts).get(policy, -1)
    return (facts.objects.text("displayName", row) or policy) if row >= 0 else None


def _filtered(controller: str) -> NotAssessable:
    return NotAssessable(
        f"Un filtre WMI décide de la stratégie qui s’applique à {controller} ; vérifiez-la sur place avec "
        "« gpresult /scope computer /h rapport.html ».",
        f"A WMI filter decides which policy applies to {controller}; check it there with "
        "`gpresult /scope computer /h report.html`.",
    )


# ── who is meant, who may write ─────────────────────────────────────────────────────────────────────────────────────


def means_anybody(facts: DirectoryFacts, trustee: str) -> bool:
    """Whether a name or a SID of a policy means `anybody`: policies hold either."""
    return trustee in anybody(facts) or trustee.rpartition("\\")[2].lower() in _EVERYBODY_NAMES


def writers(facts: DirectoryFacts, file: SharedFile) -> list[str]:
    """The SIDs that may change a file or folder, its owner first; everybody when it has no DACL."""
    table = sysvol_of(facts).descriptors
    if file.descriptor < 0:
        return []
    if not table.control[file.descriptor] & DACL_PRESENT:
        return [sids.EVERYONE]
    owner = table.owner_sid(file.descriptor)
    allowed = (
        table.trustee_sid(ace)
        for ace in table.entries_of(file.descriptor).tolist()
        if table.ace_type[ace] == ALLOW
        and not table.ace_flags[ace] & INHERIT_ONLY
        and table.ace_mask[ace] & _FILE_WRITES
    )
    found = dict.fromkeys((owner, *allowed) if owner else allowed)
    return [sid for sid in found if sid and sid not in TRUSTED_SIDS]


def policy_files(facts: DirectoryFacts) -> Iterator[SharedFile]:
    """All that is below the folders of the policies."""
    return (file for file in sysvol_of(facts).files if policy_of(file.path) and not is_policy_root(file.path))


def outside(facts: DirectoryFacts, path: str, machines: Callable[[], set[str]]) -> bool:
    """Whether a path leads to a server that is neither of this domain nor one of its `machines`."""
    found = _UNC.match(path.replace("/", "\\"))
    if found is None:
        return False
    host, domain = found[1].lower(), facts.naming.domain
    short = host.removesuffix(f".{domain}")
    if host in (domain, facts.naming.netbios.lower(), "localhost") or "%" in host or short != host:
        return False
    return "." in host or f"{short}$" not in machines()


def wrong_places(facts: DirectoryFacts, source: Source) -> Verdict:
    """A finding per policy in force whose settings of this kind name a path outside of the domain."""
    machines = cache(lambda: _machines(facts))

    def elsewhere(setting: Setting) -> str:
        return next((path for path in setting.values if outside(facts, path, machines)), "")

    return wrong_settings(facts, active(facts, source), elsewhere)


def _machines(facts: DirectoryFacts) -> set[str]:
    names = facts.objects.texts("sAMAccountName")
    return {names[row][0].lower() for row in np.flatnonzero(facts.objects.of(Kind.COMPUTER)).tolist() if row in names}


OPEN_FILES_REMEDIATION = Text(
    'Notez d’abord les droits : icacls "<dossier>" /save droits.txt /T ; retour : icacls "<dossier parent>" /restore '
    'droits.txt. Retirez l’écriture à ce groupe : icacls "<fichier ou dossier>" /remove:g "<groupe>" (une entrée '
    'héritée se retire sur le dossier qui la porte) puis, si la lecture est nécessaire, /grant "*S-1-5-11:(RX)", ou '
    '"*S-1-5-11:(OI)(CI)(RX)" pour un dossier. Ouvrez aussi le contenu : il a pu être modifié par n’importe qui.',
    'First save the rights: icacls "<folder>" /save rights.txt /T; to go back: icacls "<parent folder>" /restore '
    'rights.txt. Take writing away from that group: icacls "<file or folder>" /remove:g "<group>" (an inherited '
    'entry is removed on the folder that bears it) then, if reading is needed, /grant "*S-1-5-11:(RX)", or '
    '"*S-1-5-11:(OI)(CI)(RX)" for a folder. Read the content too: anyone may have changed it.',
)


def open_files(facts: DirectoryFacts, chosen: Callable[[str], bool]) -> Verdict:
    """The files and folders of chosen paths that everybody may modify."""
    files = [file for file in sysvol_of(facts).files if chosen(file.path)]

    def open_to(file: SharedFile) -> list[str]:
        return [facts.name_of(sid) for sid in writers(facts, file) if means_anybody(facts, sid)]

    return file_findings(facts, files, open_to)


def file_findings(
    facts: DirectoryFacts, files: Iterable[SharedFile], faulty: Callable[[SharedFile], Iterable[str]]
) -> Verdict:
    """A finding per file of which something is to be told."""
    sysvol_of(facts)
    kept = list(files)
    told = ((file, "; ".join(faulty(file))) for file in kept)
    findings = (Finding(shown(facts, file.path), {"permissions": words}) for file, words in told if words)
    return judged(len(kept), findings)
