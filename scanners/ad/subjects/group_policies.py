"""Which group policy applies where, and what the rules about SYSVOL share.

A setting counts when its policy is linked in force. On a controller, the resultant is computed: site, domain, then
organisational units, order of the links, disabled and enforced links, blocked inheritance, disabled half, and who may
apply the policy. Extensions run one after the other, whatever the links: administrative templates (Registry.pol), then
security templates, then preferences; the last that writes a value wins. Conditions cannot be computed: WMI filters,
item-level targeting of preferences, policies whose object does not show. Where one decides, the rule is not assessable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

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
from scanners.ad.judging import names_shown, of_domain, provided, read_whole
from scanners.ad.rights import TRUSTED_SIDS
from scanners.ad.subjects.controllers import standing
from scanners.ad.subjects.hidden_policies import files_read, hidden_links, unseen
from scanners.ad.subjects.policy_links import all_links, blocking
from scanners.ad.sysvol import SECTION, Setting, SharedFile, Source, Sysvol, is_policy_root, policy_of
from scanners.model import Finding, NotAssessable, Scalar, Text, Verdict, judged

_UNC = re.compile(r"\\\\([^\\]+)\\")
USER_HALF, MACHINE_HALF = 1, 2
"""Halves of a policy, each as the bit of its `flags` that disables it."""
_APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
_EVERY_ACCOUNT = (sids.EVERYONE, sids.AUTHENTICATED_USERS)
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
Identities = Callable[[int], set[str]]
Wrong = Callable[[Setting], str]


@dataclass(frozen=True, slots=True)
class Link:
    """A policy in force on a container; `row` is -1 when its object does not show. `conditional` when a WMI filter
    decides, or what does not show."""

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
    read_whole(facts, SECTION)
    sysvol_of(facts)


def policies_read(facts: DirectoryFacts) -> None:
    """NotAssessable when a policy may set what none that was read sets: SYSVOL, or the sites that link policies, were
    not read to their end."""
    whole_sysvol(facts)
    read_whole(facts, "configuration")


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
    for link in all_links(objects, container):
        hidden = link.row < 0 or bool(objects.kind[link.row] == Kind.OPAQUE)
        conditional = hidden or bool(objects.text("gPCWQLFilter", link.row).strip())
        yield Link(link.guid, link.row, link.enforced, conditional)


def in_force(facts: DirectoryFacts) -> frozenset[str]:
    """The policies that something links in force."""
    containers = facts.objects.texts("gPLink")
    return frozenset(link.policy for container in containers for link in links_of(facts, container))


def applied_to(
    facts: DirectoryFacts, row: int, half: int = MACHINE_HALF, identities: Identities | None = None
) -> tuple[Link, ...]:
    """The policies whose half applies to a computer or to a person, from the weakest to the strongest.

    Only controllers tell their site: to all others, policies of any site are conditional. `identities`
    tells the SIDs of the groups of an account, for whoever asks of many.
    """
    who = identities or partial(_identities, facts)
    normal: list[Link] = []
    enforced: list[Link] = []
    refuses = blocking(facts.objects)
    for container in _above(facts, row):
        if refuses[container]:
            normal = []
        for hidden in hidden_links(facts, container):
            if not files_read(facts, hidden.guid):
                raise unseen(facts, container, hidden)
        links = [link for link in links_of(facts, container) if _applies(facts, link, row, half, who)]
        if facts.objects.kind[container] == Kind.SITE and not facts.controllers[row]:
            links = [replace(link, conditional=True) for link in links]
        normal += [link for link in links if not link.enforced]
        enforced = [link for link in links if link.enforced] + enforced
    return (*normal, *enforced)


def _above(facts: DirectoryFacts, row: int) -> list[int]:
    """What may link policies that apply to an account: its site, the domain, then the units down to its own."""
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
    """The site of a controller: its server object names it and stands below `CN=Servers` of the site. Every site that
    links something, for another account."""
    objects = facts.objects
    if not facts.controllers[row]:
        yield from (site for site in np.flatnonzero(objects.of(Kind.SITE)).tolist() if site in objects.texts("gPLink"))
        return
    for server, (computer, *_) in objects.texts("serverReference").items():
        site = objects.row_by_dn.get(parent_dn(parent_dn(objects.dn[server])).lower(), -1)
        if computer.lower() == objects.dn[row].lower() and site >= 0:
            yield site


def _applies(facts: DirectoryFacts, link: Link, row: int, half: int, identities: Identities) -> bool:
    """Whether this half is enabled and the account may apply the policy; supposed of one that does not show."""
    if link.row < 0:
        return True
    flags = int(facts.objects.ints("flags")[link.row])
    if flags != MISSING and flags & half:
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
    own = {facts.objects.sid(row), *_EVERY_ACCOUNT}
    if facts.controllers[row]:
        own.add(sids.ENTERPRISE_DOMAIN_CONTROLLERS)
    if not denied and allowed & own:
        return True
    who = identities(row) | own
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
            row = rows.get(setting.policy, -1)
            off = int(flags[row]) if row >= 0 else MISSING
            half = USER_HALF if setting.user else MACHINE_HALF
            if off == MISSING or not off & half:
                yield setting


def wrong_settings(facts: DirectoryFacts, settings: Iterable[Setting], wrong: Wrong) -> Verdict:
    """A finding per policy that holds a wrong setting; `wrong` says what is, or nothing.

    A doubt about all of them when a policy is linked that does not show, and whose files were not read.
    """
    sysvol_of(facts)
    rows = policy_rows(facts)
    found: dict[str, list[tuple[Setting, str]]] = {}
    for setting in settings:
        if detail := wrong(setting):
            found.setdefault(setting.policy, []).append((setting, detail))
    findings = (_of_policy(facts, policy, rows.get(policy, -1), faults) for policy, faults in found.items())
    return provided(judged(len(rows), findings), lambda: _all_read(facts))


def _all_read(facts: DirectoryFacts) -> None:
    """NotAssessable when a policy is linked that neither shows nor has files that were read, or may be to a site."""
    read_whole(facts, "configuration")
    for container in facts.objects.texts("gPLink"):
        for link in hidden_links(facts, container):
            if not files_read(facts, link.guid):
                raise unseen(facts, container, link)


def _of_policy(facts: DirectoryFacts, policy: str, row: int, faults: list[tuple[Setting, str]]) -> Finding:
    details = "; ".join(dict.fromkeys(detail for _, detail in faults))
    told: dict[str, Scalar] = {"policy": policy, "setting": details, "file": shown(facts, faults[0][0].file)}
    if all(setting.conditional for setting, _ in faults):
        told["conditional"] = True
    if row < 0:
        return Finding(shown(facts, f"Policies\\{policy}"), told)
    name = facts.objects.text("displayName", row) or policy
    return Finding(facts.objects.dn[row], told | {"policy": name})


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
    """A finding on the domain when no policy in force has the wanted setting.

    NotAssessable when only a targeted preference has it, or perhaps a policy that does not show.
    """
    having = [each for each in active(facts, *(sources or (Source.REGISTRY,))) if wanted(each)]
    if not having:
        _all_read(facts)
    elif all(each.conditional for each in having):
        raise _targeted(facts, having[0], setting)
    return of_domain(facts, not having, setting=setting)


def somewhere(remediation: Text) -> Text:
    """What to do about a finding of `nowhere`, with what its silence is worth."""
    return Text(
        f"{remediation.fr} « Conforme » ne dit ici que cela : au moins une stratégie en vigueur, quelque part, porte "
        "ce réglage ; vérifiez à quelles machines elle s’applique (Get-GPOReport, gpresult).",
        f"{remediation.en} “Passed” only says here that at least one policy in force, somewhere, has this setting; "
        "check which machines it applies to (Get-GPOReport, gpresult).",
    )


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

    def judge(row: int) -> Iterator[Finding]:
        value, policy = settled(facts, row, applied_to(facts, row), source, name, good)
        if good(value):
            return
        if value is None:  # what was not read may set it
            policies_read(facts)
        evidence: dict[str, Scalar] = {
            "policy": policy_name(facts, policy),
            "setting": name,
            "value": value,
            "expected": expected,
        }
        yield Finding(facts.subject(row), facts.evidence(row, **evidence))

    return each_controller(facts, judge)


def each_controller(facts: DirectoryFacts, judge: Callable[[int], Iterable[Finding]]) -> Verdict:
    """What is told of each controller. Those that could not be judged stay in doubt; all, when sites were not read."""
    rows = controllers(facts)
    findings: list[Finding] = []
    doubts: dict[int, Text] = {}
    for row in rows:
        try:
            findings += judge(row)
        except NotAssessable as doubt:
            doubts[row] = doubt.reason
    unjudged = [facts.subject(row) for row in doubts] if names_shown(facts, doubts) else []
    found = judged(len(rows), findings, unjudged, next(iter(doubts.values()), None))
    return provided(found, lambda: read_whole(facts, "configuration"))


def controllers(facts: DirectoryFacts) -> list[int]:
    """The controllers that apply policies; NotAssessable without SYSVOL."""
    sysvol_of(facts)
    rows: list[int] = np.flatnonzero(standing(facts) & facts.enabled).tolist()
    return rows


def settled(
    facts: DirectoryFacts, row: int, chain: tuple[Link, ...], source: Source, name: str, good: Good
) -> tuple[str | None, str]:
    """The value that wins on a controller and the policy that sets it; None when none does. NotAssessable when a
    condition decides whether it is good."""
    found = _may_win(facts, chain, source, name)
    if len({good(value) for value, _ in found}) > 1:
        raise conditional_on(facts.subject(row))
    return found[-1]


def _may_win(facts: DirectoryFacts, chain: tuple[Link, ...], source: Source, name: str) -> list[tuple[str | None, str]]:
    """The strongest value that surely applies (None when there is none), then those that would win over it under a
    condition, with the policies that set them."""
    found: list[tuple[str | None, str]] = [(None, "")]
    for link, setting in in_turn(facts, chain):
        same = setting.name == name.lower() or setting.name.endswith(f"\\{name.lower()}")
        if setting.source is source and not setting.user and same:
            one = ("; ".join(setting.values) if setting.values else None, link.policy)
            found = [*found, one] if link.conditional or setting.conditional else [one]
    return found


def strongest(facts: DirectoryFacts, chain: tuple[Link, ...], source: Source, name: str) -> str | None:
    """The value that wins among these policies, their conditions fulfilled."""
    return _may_win(facts, chain, source, name)[-1][0]


def in_turn(facts: DirectoryFacts, chain: tuple[Link, ...]) -> list[tuple[Link, Setting]]:
    """The settings of these policies in the order in which they are applied: extension by extension."""
    by_policy = sysvol_of(facts).by_policy
    linked = [(link, setting) for link in chain for setting in by_policy.get(link.policy, ())]
    return sorted(linked, key=lambda one: _turn(one[1]))


def _turn(setting: Setting) -> int:
    if setting.preference:
        return 2
    return 0 if setting.file.lower().endswith("\\registry.pol") else 1


def policy_name(facts: DirectoryFacts, policy: str) -> str | None:
    """How people know a policy, None when its object does not show."""
    row = policy_rows(facts).get(policy, -1)
    return (facts.objects.text("displayName", row) or policy) if row >= 0 else None


def conditional_on(controller: str) -> NotAssessable:
    """Why the value that wins on a controller is not known."""
    return NotAssessable(
        f"Une condition décide de ce qui s’applique à {controller} (filtre WMI, préférence ciblée, ou stratégie dont "
        "l’objet n’est pas visible) ; vérifiez-le sur place avec « gpresult /scope computer /h rapport.html ».",
        f"A condition decides what applies to {controller} (WMI filter, targeted preference, or policy whose object "
        "does not show); check it there with `gpresult /scope computer /h report.html`.",
    )


def _targeted(facts: DirectoryFacts, setting: Setting, wanted: str) -> NotAssessable:
    file = shown(facts, setting.file)
    return NotAssessable(
        f"Seule une préférence ciblée pose {wanted} ({file}) : elle ne vaut que pour une partie des machines ; "
        "vérifiez son ciblage (onglet Commun de l’élément), ou posez la valeur par un modèle d’administration.",
        f"Only a targeted preference sets {wanted} ({file}): it is for a part of the machines; check its targeting "
        "(Common tab of the item), or set the value by an administrative template.",
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
