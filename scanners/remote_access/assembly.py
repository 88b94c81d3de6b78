"""From the collector's report to facts: each section to its reader, each failure to a gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from scanners.foreign_text import clean
from scanners.model import Gap, Text
from scanners.remote_access.facts import PrivateKeyFile, RemoteAccessFacts, SshdSettings, SudoRule, is_person
from scanners.remote_access.read_frames import Report, Section
from scanners.remote_access.read_register import ReadRegister
from scanners.remote_access.read_system import (
    read_aliases,
    read_clock,
    read_groups,
    read_idle_stop,
    read_interfaces,
    read_journal,
    read_key_file,
    read_keys,
    read_listeners,
    read_log_targets,
    read_pam,
    read_passwd,
    read_private_keys,
    read_processes,
    read_rotation,
    read_sessions,
    read_shell_timeout,
    read_sources,
    read_sshd,
    read_sudo_includes,
    read_sudoers,
    read_unasked,
    with_ageing,
    with_logins,
)
from scanners.ssh_offer import Ssh

EXPECTED: Mapping[str, str] = {
    "passwd": "accounts",
    "group": "accounts",
    "shadow": "ageing",
    "sshd": "sshd",
    "sshd_account": "sshd",
    "sudoers": "sudo",
    "pam": "pam",
    "lastlog": "lastlog",
    "last": "wtmp",
    "listening": "listening",
    "private": "private_keys",
    "processes": "processes",
    "addresses": "addresses",
}
"""Section of the report -> section of the facts that has a gap without it."""

ROOT_ONLY: Mapping[str, str] = {
    "shadow": "ageing",
    "sshd": "sshd",
    "keys": "keys",
    "sudoers": "sudo",
    "private": "private_keys",
}
"""What an ordinary account cannot read."""

_OPTIONAL: Mapping[str, str] = {
    "keys": "keys",
    "syslog": "syslog",
    "logrotate": "logrotate",
    "profile": "profile",
    "logind": "profile",
}
"""Sections that a gateway may rightly lack."""

_CUTS: Mapping[str, Text] = {
    "": Text(
        "La réponse de la passerelle a été coupée avant sa fin ; relancez l’audit.",
        "The gateway’s answer was cut before its end; run the audit again.",
    ),
    "time": Text(
        "La passerelle s’est arrêtée de répondre au milieu de la collecte ; cherchez sur elle la commande qui attend "
        "(annuaire injoignable, disque), puis relancez l’audit.",
        "The gateway stopped answering in the middle of the collection; find the command that waits there "
        "(unreachable directory, disk), then run the audit again.",
    ),
    "size": Text(
        "La réponse de la passerelle dépasse 16 Mio et n’a été lue qu’en partie ; retirez les comptes inutiles.",
        "The gateway’s answer is over 16 MiB and was read in part only; remove unneeded accounts.",
    ),
}
"""Why an answer stops before its end."""

_TIMED_OUT = 124
"""What `timeout` ends with when it had to end its command."""

_ASKED_TOO_LITTLE = ("not in connection test specification", "Invalid test mode specification")

_VISITED = 200
"""Accounts the collector visits at most (`accounts_kept`)."""

_PLACES = 4
"""Places where sshd listens at which the collector asks what it would do (`places_kept`)."""

_UID = 2
"""Field of passwd with the number of an account."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who was asked, when, and what the register says; `as_root` when the root collector answered.

    `offer` is what the SSH server proposes, `host_key` the fingerprint of its key; `cut` says what ended the answer
    before its end.
    """

    now: datetime
    gateway: str
    audit_account: str
    as_root: bool
    register: ReadRegister | None
    offer: Ssh | None = None
    cut: Literal["", "time", "size"] = ""
    host_key: str = ""


def assemble(report: Report, visit: Visit) -> RemoteAccessFacts:
    """The facts of one visit. Never raises: what is missing or broken is a gap."""
    passwd, group = _lines(report, "passwd"), _lines(report, "group")
    accounts = read_passwd(passwd, read_groups(passwd, group))
    accounts = with_logins(with_ageing(accounts, _lines(report, "shadow")), _lines(report, "lastlog"))
    meta = dict(line.split(" ", 1) for line in _lines(report, "meta") if " " in line)
    system = dict(line.split("=", 1) for line in _lines(report, "os") if "=" in line)
    keys = report.named("keys")
    return RemoteAccessFacts(
        collected_at=visit.now,
        gateway=visit.gateway,
        audit_account=visit.audit_account,
        hostname=clean(meta.get("hostname", ""), 255),
        system=clean(system.get("PRETTY_NAME", "").strip('"'), 255),
        accounts=accounts,
        sshd=tuple(_settings(report)),
        key_files=tuple(read_key_file(*_owner(section), section.lines, section.code) for section in keys),
        keys=tuple(
            key for section in keys if section.code == 0 for key in read_keys(*_owner(section), section.lines[1:])
        ),
        sudo=tuple(_sudo(report, read_groups(passwd, group))),
        pam=tuple(line for part in report.named("pam") for line in read_pam(part.argument, part.lines)),
        listeners=tuple(read_listeners(_lines(report, "listening"))),
        log_targets=tuple(dict.fromkeys(read_log_targets(_lines(report, "syslog")))),
        rotation_days=read_rotation(_lines(report, "logrotate")),
        shell_timeout=read_shell_timeout(_lines(report, "profile")),
        idle_stop=read_idle_stop(_lines(report, "logind")),
        register=visit.register.register if visit.register else None,
        private_keys=tuple(key for part in report.named("private") for key in _private(part)),
        shell_sessions=tuple(read_sessions(_lines(report, "last"))),
        processes=read_processes(_lines(report, "processes")),
        interfaces=read_interfaces(_lines(report, "addresses")),
        journal=read_journal(_lines(report, "journal")),
        clock_offset=read_clock(meta.get("date", ""), visit.now),
        offer=visit.offer,
        host_key=visit.host_key,
        gaps=tuple(dict.fromkeys(_gaps(report, visit))),
    )


def unreviewed(visit: Visit, reason: Text) -> RemoteAccessFacts:
    """The facts of a gateway that could not be entered: what it offers, what the register says, and the reason."""
    sections = dict.fromkeys((*EXPECTED.values(), *_OPTIONAL.values()))
    unmeasured = () if visit.offer is not None and visit.offer.audited else (_not_measured(visit),)
    return RemoteAccessFacts(
        collected_at=visit.now,
        gateway=visit.gateway,
        audit_account=visit.audit_account,
        register=visit.register.register if visit.register else None,
        offer=visit.offer,
        host_key=visit.host_key,
        gaps=(
            *(Gap(section, reason) for section in sections),
            *unmeasured,
            *(visit.register.gaps if visit.register else ()),
        ),
    )


def _lines(report: Report, name: str) -> list[str]:
    return [line for section in report.named(name) for line in section.lines]


def _owner(section: Section) -> tuple[str, str]:
    account, _, path = section.argument.partition(" ")
    return account, path


def _settings(report: Report) -> Iterator[SshdSettings]:
    """Without the general answer, what sshd said of each account is the same refusal again: one gap tells it.

    An account is asked about at each place where sshd listens; what it answers alike everywhere is kept once.
    """
    general = report.named("sshd")
    accounts = report.named("sshd_account") if any(part.code == 0 for part in general) else ()
    told: dict[tuple[str, str], list[tuple[str, SshdSettings]]] = {}
    for section in (*general, *accounts):
        account, _, rest = section.argument.partition(" ")
        address, _, place = rest.partition(" ")
        if not _asked_too_little(section):
            entry = read_sshd(account, address, section.lines, section.code)
            same = told.setdefault((account, address), [])
            if all(entry != known for _, known in same):
                same.append((place, entry))
    for entries in told.values():
        if len(entries) == 1:
            yield entries[0][1]
        else:
            yield from (replace(entry, address=_by_way_of(entry.address, place)) for place, entry in entries)


def _by_way_of(address: str, place: str) -> str:
    """Where a connection comes from and which address and port of the gateway it reaches, where that matters."""
    reached = dict(part.partition("=")[::2] for part in place.split(","))
    host, port = reached.get("laddr", ""), reached.get("lport", "")
    shown = f"[{host}]" if ":" in host else host
    return clean(f"{address} → {shown}:{port}", 100)


def _asked_too_little(part: Section) -> bool:
    """Whether sshd did not answer because a Match block wants to know more than the collector tells (LocalPort,
    RDomain), or is too old to be told it: that is no fault of its configuration."""
    return part.code != 0 and any(words in part.last_words for words in _ASKED_TOO_LITTLE)


def _sudo(report: Report, groups: Mapping[str, tuple[str, ...]]) -> Iterator[SudoRule]:
    lines = _lines(report, "sudoers")
    aliases, unasked = read_aliases(lines), read_unasked(lines, groups)
    for part in report.named("sudoers"):
        yield from read_sudoers(part.argument, part.lines, aliases, unasked)


def _private(part: Section) -> Iterator[PrivateKeyFile]:
    return read_private_keys(part.argument, part.lines)


def _gaps(report: Report, visit: Visit) -> Iterator[Gap]:
    if not visit.as_root:
        yield from (_not_root(section) for section in ROOT_ONLY.values())
    seen = {section.name for section in report.sections}
    for name, section in EXPECTED.items():
        if name not in seen and (visit.as_root or section not in ROOT_ONLY.values()):
            yield _missing(section, name, report.done, visit.cut)
    if not report.done:
        yield from (_missing(section, name, False, visit.cut) for name, section in _OPTIONAL.items())
    for part in report.sections:
        yield from _gaps_of(part)
    yield from _places_left_out(report)
    yield from _keys_elsewhere(report, visit)
    yield from _directories(report, visit)
    yield from _sudo_elsewhere(report)
    if visit.as_root:
        yield from _unvisited(report)
    if visit.offer is None or not visit.offer.audited:
        yield _not_measured(visit)
    if visit.register is not None:
        yield from visit.register.gaps


def _not_measured(visit: Visit) -> Gap:
    """Names of algorithms are known from our own connection; the sizes of keys and groups are not."""
    return Gap(
        "algorithms",
        Text(
            "ssh-audit n’a pas pu interroger le serveur SSH : la taille de ses clés et de ses groupes est inconnue ; "
            "vérifiez qu’il n’a pas banni l’adresse de CaRE, puis relancez l’audit.",
            "ssh-audit could not question the SSH server: the size of its keys and groups is unknown; check that it "
            "has not banned the address of CaRE, then run the audit again.",
        ),
        truncated=visit.offer is not None,
    )


def _places_left_out(report: Report) -> Iterator[Gap]:
    places = _lines(report, "places")
    if len(places) > _PLACES:
        yield Gap(
            "sshd",
            Text(
                f"sshd écoute à {len(places)} adresses et ports ; ce qu’il ferait n’a été demandé que pour les "
                f"{_PLACES} premiers. Limitez ListenAddress, ou relisez les blocs Match LocalAddress et LocalPort.",
                f"sshd listens at {len(places)} addresses and ports; what it would do was asked for the first "
                f"{_PLACES} only. Limit ListenAddress, or read the Match LocalAddress and LocalPort blocks by hand.",
            ),
            truncated=True,
        )


def _keys_elsewhere(report: Report, visit: Visit) -> Iterator[Gap]:
    """Accounts whose keys a command delivers (a directory, most often): they were not read."""
    commands = {
        entry.account: command
        for entry in _settings(report)
        if (command := entry.values.get("authorizedkeyscommand", "none")) != "none"
    }
    if "" in commands:
        yield _delivered(commands[""], "")
        return
    yield from (_delivered(command, f"{visit.gateway}/{account}") for account, command in sorted(commands.items()))


_LOCAL_ACCOUNTS = frozenset({"files", "compat", "systemd", "mymachines", "db", "altfiles", "extrausers"})
_LOCAL_SUDO = frozenset({"files"})
_NAMED = 10
"""Names written out in a sentence."""


def _directories(report: Report, visit: Visit) -> Iterator[Gap]:
    """Accounts that a directory holds: none is sure to be listed, and the machine says so in nsswitch.conf only."""
    if not any(part.code == 0 for part in report.named("nsswitch")):
        reason = _UNTOLD_SOURCES if report.done else _CUTS[visit.cut]
        yield from (Gap(section, reason, truncated=True) for section in ("accounts", "sudo"))
        return
    lines = _lines(report, "nsswitch")
    if elsewhere := [one for one in read_sources(lines, "passwd") if one not in _LOCAL_ACCOUNTS]:
        yield Gap("accounts", _unlisted(clean(", ".join(elsewhere), 100), _unlisted_names(report)), truncated=True)
    if elsewhere := [one for one in read_sources(lines, "sudoers") if one not in _LOCAL_SUDO]:
        yield _rights_elsewhere(clean(", ".join(elsewhere), 100))


def _unlisted_names(report: Report) -> str:
    """Who came in, by wtmp, without being among the accounts that were listed."""
    listed = {line.partition(":")[0] for line in _lines(report, "passwd")}
    names = sorted({one.account for one in read_sessions(_lines(report, "last"))} - listed)
    more = f" (+{len(names) - _NAMED})" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _unlisted(sources: str, names: str) -> Text:
    fr = f" Sont entrés sans être dans la liste : {names}." if names else ""
    en = f" Came in without being on the list: {names}." if names else ""
    return Text(
        f"La passerelle prend aussi des comptes dans un annuaire (nsswitch.conf : {sources}), qui ne les énumère pas "
        f"tous : relisez là-bas qui peut entrer.{fr}",
        f"The gateway also takes accounts from a directory (nsswitch.conf: {sources}), which does not list them all: "
        f"go through those who may come in over there.{en}",
    )


def _sudo_elsewhere(report: Report) -> Iterator[Gap]:
    """Files that sudoers includes and the collector does not read: it knows /etc/sudoers and /etc/sudoers.d."""
    read = {part.argument for part in report.named("sudoers")}
    for part in report.named("sudoers"):
        for place in read_sudo_includes(part.lines, part.argument):
            if place != "/etc/sudoers.d" and place not in read:
                yield _rights_elsewhere(clean(place, 200))


def _rights_elsewhere(place: str) -> Gap:
    return Gap(
        "sudo",
        Text(
            f"Des droits sudo viennent aussi d’ailleurs ({place}) : CaRE ne les a pas lus ; relisez-les.",
            f"Sudo rights also come from elsewhere ({place}): CaRE has not read them; go through them.",
        ),
        truncated=True,
    )


_UNTOLD_SOURCES = Text(
    "Le collecteur de la passerelle n’a pas dit si des comptes ou des droits sudo viennent d’un annuaire ; mettez-le à "
    "jour (rôle care_audit_account), puis relancez l’audit.",
    "The collector of the gateway did not say whether accounts or sudo rights come from a directory; update it (role "
    "care_audit_account), then run the audit again.",
)


def _delivered(command: str, subject: str) -> Gap:
    shown = clean(command.split()[0] if command.split() else "", 100)
    return Gap(
        "keys",
        Text(
            f"sshd demande aussi des clés à une commande (AuthorizedKeysCommand {shown}) : CaRE ne les a pas lues ; "
            "relisez-les dans l’annuaire qui les détient.",
            f"sshd also asks a command for keys (AuthorizedKeysCommand {shown}): CaRE has not read them; go through "
            "them in the directory that holds them.",
        ),
        truncated=True,
        subject=subject,
    )


def _unvisited(report: Report) -> Iterator[Gap]:
    """Accounts whose keys and sshd settings the collector did not ask for.

    It asks for none when a command it needs is absent, and for the first 200 only: without this, no key read would mean
    no weak key.
    """
    visited = {section.argument.partition(" ")[0] for section in report.named("sshd_account")}
    if not visited:
        yield _missing("keys", "keys", report.done)
    elif len(visited) >= _VISITED and len(_people(report)) > len(visited):
        text = Text(
            f"Le collecteur lit les clés et les réglages sshd de {_VISITED} comptes au plus, sur "
            f"{len(_people(report))} ici ; retirez les comptes inutiles.",
            f"The collector reads the keys and sshd settings of {_VISITED} accounts at most, of {len(_people(report))} "
            "here; remove unneeded accounts.",
        )
        yield from (Gap(section, text, truncated=True) for section in ("keys", "sshd"))


def _people(report: Report) -> set[str]:
    """The accounts the collector visits: root, or those of people."""
    passwd = [line.split(":") for line in _lines(report, "passwd")]
    return {words[0] for words in passwd if len(words) > _UID and _person(words[_UID])}


def _person(uid: str) -> bool:
    return uid.isdecimal() and (int(uid) == 0 or is_person(int(uid)))


def _gaps_of(part: Section) -> Iterator[Gap]:
    section = EXPECTED.get(part.name) or _OPTIONAL.get(part.name)
    if section is None:
        return
    if part.name == "sshd_account" and _asked_too_little(part):
        yield _unanswered(part)
    elif part.truncated:
        yield _cut(section, part.name)
    elif part.code == _TIMED_OUT and part.name not in {"keys", "private"}:  # these ask no directory
        yield _waited(section, part.name)
    elif part.code != 0 and part.name not in {"sshd_account", "keys"}:
        yield _failed(section, part)
    elif part.code != 0 and part.name == "keys" and "denied" not in part.last_words.lower():
        yield _failed(section, part)  # what its owner may not read opens nothing; anything else hides keys


def _unanswered(part: Section) -> Gap:
    said = part.last_words
    return Gap(
        "sshd",
        Text(
            f"sshd n’a pas dit ce qu’il ferait de chaque compte ({said}) ; mettez à jour le collecteur (rôle "
            "care_audit_account), puis relancez l’audit. Sinon, relisez ce bloc Match à la main.",
            f"sshd did not say what it would do for each account ({said}); update the collector (role "
            "care_audit_account), then run the audit again. Otherwise read that Match block by hand.",
        ),
        truncated=True,
    )


def _not_root(section: str) -> Gap:
    return Gap(
        section,
        Text(
            "Le compte d’audit n’a pas le droit de lancer le collecteur sur la passerelle ; appliquez le rôle "
            "care_audit_account, puis relancez l’audit.",
            "The audit account may not run the collector on the gateway; apply the role care_audit_account, then run "
            "the audit again.",
        ),
    )


def _missing(section: str, name: str, done: bool, cut: str = "") -> Gap:
    if done:
        text = Text(
            f"La passerelle n’a pas livré « {name} » ; mettez à jour le collecteur ou installez la commande absente.",
            f"The gateway did not deliver “{name}”; update the collector or install the missing command.",
        )
    else:
        text = _CUTS[cut]
    return Gap(section, text)


def _cut(section: str, name: str) -> Gap:
    return Gap(
        section,
        Text(
            f"« {name} » dépasse 256 Kio sur la passerelle et n’a été lu qu’en partie.",
            f"“{name}” is over 256 KiB on the gateway and was read in part only.",
        ),
        truncated=True,
    )


def _waited(section: str, name: str) -> Gap:
    return Gap(
        section,
        Text(
            f"« {name} » n’a pas fini de répondre sur la passerelle : un annuaire est sans doute injoignable. Ce qui "
            "est arrivé est jugé ; rétablissez l’annuaire et relancez l’audit pour le reste.",
            f"“{name}” did not finish answering on the gateway: a directory is probably out of reach. What arrived is "
            "judged; bring the directory back and run the audit again for the rest.",
        ),
        truncated=True,
    )


def _failed(section: str, part: Section) -> Gap:
    what = clean(f"{part.name} {part.argument}".strip(), 300)
    return Gap(
        section,
        Text(
            f"« {what} » n’a pas pu être lu sur la passerelle ({part.last_words}) ; corrigez-en la cause et relancez "
            "l’audit.",
            f"“{what}” could not be read on the gateway ({part.last_words}); correct the cause and run the audit "
            "again.",
        ),
    )
