"""What several rules need to know: whom to judge, how they may come in, how a subject is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import islice
from typing import TypeVar

from scanners.model import NotAssessable, Text
from scanners.remote_access.columns import headings
from scanners.remote_access.facts import (
    Access,
    Account,
    AuthorizedKey,
    PamLine,
    RemoteAccessFacts,
    ShellSession,
    SshdSettings,
    SudoRule,
    is_person,
)

T = TypeVar("T")

_NO_SHELL = ("/nologin", "/false", "/sync", "/shutdown", "/halt")

_SECOND_FACTOR_MODULES = ("google_authenticator", "oath", "duo", "yubico", "u2f", "radius", "privacyidea", "fido")
_PASSWORD_MODULES = ("pam_unix", "pam_sss", "pam_ldap", "pam_krb5", "pam_winbind")
_RADIUS = "radius"
"""A server of its own decides what it asks: it may well be a password alone."""
_RECORDERS = {"tlog-rec-session", "tlog-rec", "script", "asciinema", "snoopy", "sudosh", "rootsh"}
_LONGEST_RANGE = 21
"""Two numbers of 32 bits and a colon."""
_POSSESSION = {"publickey", "hostbased", "gssapi-with-mic"}


def subject(facts: RemoteAccessFacts, account: str) -> str:
    """How an account of the gateway is written."""
    return f"{facts.gateway}/{account}"


def remote_accounts(facts: RemoteAccessFacts) -> tuple[Account, ...]:
    """The accounts a person may come in with: own uid range, and a shell or a key; not the one that audits."""
    keyed = {key.account for key in facts.keys}
    return tuple(
        account
        for account in facts.accounts
        if is_person(account.uid)
        and account.name != facts.audit_account
        and (account.name in keyed or not account.shell.endswith(_NO_SHELL))
    )


def keys_of(facts: RemoteAccessFacts, account: Account) -> tuple[AuthorizedKey, ...]:
    """The keys of one account."""
    return tuple(key for key in facts.keys if key.account == account.name)


def remote_keys(facts: RemoteAccessFacts) -> tuple[AuthorizedKey, ...]:
    """Every key but those of the account that audits."""
    return tuple(key for key in facts.keys if key.account != facts.audit_account)


def settings_of(facts: RemoteAccessFacts, account: str) -> tuple[SshdSettings, ...]:
    """What sshd would do for an account, one entry per source address; those it refuses to tell are left out."""
    return tuple(entry for entry in facts.sshd if entry.account == account and not entry.error)


def global_settings(facts: RemoteAccessFacts) -> SshdSettings:
    """The global configuration; NotAssessable when sshd would not tell it."""
    found = next((entry for entry in facts.sshd if not entry.account and not entry.error), None)
    if found is None:
        raise NotAssessable(
            "sshd n’a pas livré sa configuration ; lancez « sshd -T » sur la passerelle pour en voir la cause.",
            "sshd did not deliver its configuration; run `sshd -T` on the gateway to see why.",
        )
    return found


def asked_settings(facts: RemoteAccessFacts) -> Mapping[str, tuple[SshdSettings, ...]]:
    """What sshd would do for each account that may come in, by account: not the one that audits, nor root where sshd
    refuses it."""
    found: dict[str, list[SshdSettings]] = {}
    for entry in facts.sshd:
        shut = entry.account == "root" and entry.values.get("permitrootlogin") == "no"
        if entry.account and not entry.error and not shut and entry.account != facts.audit_account:
            found.setdefault(entry.account, []).append(entry)
    return {account: tuple(entries) for account, entries in found.items()}


def effective_faults(
    facts: RemoteAccessFacts, faults: Callable[[SshdSettings], Iterable[str]], whole: str = "sshd"
) -> Iterator[tuple[str, list[str]]]:
    """Subjects at fault with what is wrong: the gateway (`whole`) for what its general configuration says and Match
    blocks do not mend for every account, then each account for which a Match block says worse."""
    of_accounts = {
        account: list(dict.fromkeys(one for entry in entries for one in faults(entry)))
        for account, entries in asked_settings(facts).items()
    }
    all_told = bool(of_accounts) and not any(entry.error for entry in facts.sshd)
    general = [
        one
        for one in faults(global_settings(facts))
        if not all_told or any(one in found for found in of_accounts.values())
    ]
    if general:
        yield subject(facts, whole), general
    for account, found in of_accounts.items():
        if own := [one for one in found if one not in general]:
            yield subject(facts, account), own


def may_log_in(account: Account, facts: RemoteAccessFacts) -> bool:
    """Whether the account is still open at the date of the collection."""
    return account.expires is None or account.expires > facts.collected_at.date()


def pam_lines(facts: RemoteAccessFacts) -> tuple[PamLine, ...]:
    """The PAM lines that sshd goes through: none under `UsePAM no`, whatever its files say."""
    return () if any(entry.values.get("usepam") == "no" for entry in facts.sshd) else facts.pam


def password_is_enough(entry: SshdSettings, facts: RemoteAccessFacts) -> bool:
    """Whether a password alone opens a session, asked by sshd or by PAM: `PasswordAuthentication no` does not keep
    `keyboard-interactive` from asking for it."""
    enough = {"password"} if entry.is_on("passwordauthentication") else set[str]()
    if entry.is_on("kbdinteractiveauthentication") and _pam_asks_a_password_alone(facts):
        enough.add("keyboard-interactive")
    ways = entry.values.get("authenticationmethods", "any").split()
    return bool(enough) and any(way == "any" or way.partition(":")[0] in enough for way in ways)


def _pam_asks_a_password_alone(facts: RemoteAccessFacts) -> bool:
    asks = any(line.type == "auth" and line.module.startswith(_PASSWORD_MODULES) for line in pam_lines(facts))
    return asks and _asks_for_codes(facts) is False


def asks_two_factors(entry: SshdSettings, facts: RemoteAccessFacts) -> bool | None:
    """Whether every way in asks for two factors of different kinds; None when the PAM stack does not tell for sure.

    A list `publickey,password` is a key and a secret; `keyboard-interactive` counts for two with a PAM module of
    one-time codes that must succeed, for one without.
    """
    methods = entry.values.get("authenticationmethods", "any").split()
    if not methods or "any" in methods:
        return False
    codes = _asks_for_codes(facts)
    sure, perhaps = (
        all(_factors(way.split(","), counted) >= 2 for way in methods)
        for counted in (codes is True, codes is not False)
    )
    return True if sure else None if perhaps else False


def _asks_for_codes(facts: RemoteAccessFacts) -> bool | None:
    """Whether the PAM stack insists on a one-time code beside the password; None when it cannot be told.

    What sshd's file includes is read at the place where it is included. A file that it does not name proves nothing:
    it may be another program's.
    """
    files: dict[str, list[PamLine]] = {}
    for line in pam_lines(facts):
        if line.type == "auth":
            files.setdefault(line.file, []).append(line)
    stack = _unfolded(_PAM_OF_SSHD, files)
    told = _told(stack, files)
    reached = {_PAM_OF_SSHD} | {line.file for line in stack}
    for place, line in enumerate(stack):
        if line.control == "substack" and (file := _named_file(line)) in files:
            below = _unfolded(file, files)
            reached |= {line.file for line in below}
            skipped = any(_may_skip(one, place - index) for index, one in enumerate(stack[:place]))
            told |= _doubtful(_told(below, files)) if skipped else _told(below, files)
    for file in files.keys() - reached:
        told |= _doubtful(_told(_unfolded(file, files), files))
    return True if True in told else None if None in told else False


_PAM_OF_SSHD = "/etc/pam.d/sshd"
_DEEPEST = 8
"""Files within files: PAM itself stops at 16."""
_MOST_LINES = 2_000
"""Of one stack: files that include each other many times would never end."""


def _unfolded(file: str, files: Mapping[str, list[PamLine]]) -> list[PamLine]:
    """The lines of a PAM file, those of the files that it includes in their place; a file that was not read keeps its
    line, which leaves a doubt on what comes after."""
    return list(islice(_lines_of(file, files, 0), _MOST_LINES))


def _lines_of(file: str, files: Mapping[str, list[PamLine]], depth: int) -> Iterator[PamLine]:
    for line in files.get(file, ()):
        if line.control == "include" and _named_file(line) in files and depth < _DEEPEST:
            yield from _lines_of(_named_file(line), files, depth + 1)
        else:
            yield line


def _named_file(line: PamLine) -> str:
    return f"/etc/pam.d/{line.module}"


def _told(stack: list[PamLine], files: Mapping[str, list[PamLine]]) -> set[bool | None]:
    """What each second factor of a stack tells."""
    return {_counts(stack, place, files) for place, line in enumerate(stack) if _is_second_factor(line)}


def _doubtful(told: set[bool | None]) -> set[bool | None]:
    """The same where nothing proves that sshd goes through that stack."""
    return {None if one else one for one in told}


def _counts(stack: list[PamLine], place: int, stacks: Mapping[str, list[PamLine]]) -> bool | None:
    """Whether a module of a second factor is one indeed, and nobody comes in without it."""
    insists = _must_succeed(stack, place)
    if not insists or _RADIUS not in stack[place].module:
        return insists
    beside = [
        _must_succeed(stack, other)
        for other, line in enumerate(stack)
        if _RADIUS not in line.module and (_is_second_factor(line) or line.module.startswith(_PASSWORD_MODULES))
    ]
    if True in beside:
        return True
    elsewhere = any(line.module.startswith(_PASSWORD_MODULES) for other in stacks.values() for line in other)
    return None if elsewhere else False


def _is_second_factor(line: PamLine) -> bool:
    return any(name in line.module for name in _SECOND_FACTOR_MODULES)


def _must_succeed(stack: list[PamLine], place: int) -> bool | None:
    """Whether nobody comes in unless the module says yes; None when its control or a line before leaves a doubt."""
    line = stack[place]
    after = stack[place + 1] if place + 1 < len(stack) else None
    denied_after = after is not None and after.module == "pam_deny.so" and after.control in _INSISTING
    asked = line.control in _INSISTING or (line.control == "sufficient" and denied_after)
    if line.control.startswith("["):
        actions = dict(word.split("=", 1) for word in line.control.strip("[]").split() if "=" in word)
        success, default = actions.pop("success", "ignore"), actions.pop("default", "ignore")
        refuses = default in _REFUSING and all(
            action in _REFUSING or (value, action) in _HARMLESS for value, action in actions.items()
        )
        asked = (refuses and success in {"ok", "done"}) or (
            denied_after and success in {"1", "done"} and default == "ignore" and not actions
        )
        if not asked:
            return None
    if not asked:
        return False
    return None if any(_may_skip(one, place - index) for index, one in enumerate(stack[:place])) else True


_INSISTING = frozenset({"required", "requisite"})
_REFUSING = frozenset({"bad", "die"})
_HARMLESS = frozenset({("new_authtok_reqd", "ok"), ("new_authtok_reqd", "done"), ("ignore", "ignore")})


def _may_skip(line: PamLine, distance: int) -> bool:
    """Whether a line may end the stack with a yes, or jump over the one that stands `distance` below."""
    if line.control in {"sufficient", "include"}:  # an included file may end the stack as well
        return True
    actions = [word.partition("=")[2] for word in line.control.strip("[]").split()]
    return line.control.startswith("[") and any(
        action == "done" or (action.isdecimal() and int(action) >= distance) for action in actions
    )


def _factors(way: Iterable[str], codes: bool) -> int:
    names = {name.partition(":")[0] for name in way}
    knowledge = bool(names & {"password", "keyboard-interactive"})
    possession = bool(names & _POSSESSION) or ("keyboard-interactive" in names and codes)
    return int(knowledge) + int(possession)


def second_factor_modules(facts: RemoteAccessFacts) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """PAM modules of a second factor in the authentication stack: (module, arguments)."""
    return tuple((line.module, line.arguments) for line in facts.pam if line.type == "auth" and _is_second_factor(line))


def is_recorded(account: Account, facts: RemoteAccessFacts) -> bool:
    """Whether sessions of the account are recorded: by its shell, a forced command or PAM."""
    if _records(account.shell):
        return True
    if any(line.type == "session" and _recorded_by(line, account) for line in pam_lines(facts)):
        return True
    forced = [entry.values.get("forcecommand", "none") for entry in settings_of(facts, account.name)]
    return bool(forced) and all(map(_records, forced))


def _recorded_by(line: PamLine, account: Account) -> bool:
    """Whether a PAM module records an account. pam_tty_audit follows those that its options name, the last word
    deciding: `disable=* enable=root` follows no supplier, and without any option it follows nobody."""
    if line.module != "pam_tty_audit.so":
        return line.module == "pam_tlog.so"
    options = [option.partition("=") for option in line.arguments]
    said = [
        verb
        for verb, _, patterns in options
        if verb in {"enable", "disable"} and any(_is_named(account, one) for one in patterns.split(","))
    ]
    return bool(said) and said[-1] == "enable"


def _is_named(account: Account, pattern: str) -> bool:
    """By a glob or by numbers: `1000:2000`, `1000:` for those above too, `:1000` for that one alone."""
    least, colon, most = pattern.partition(":")
    if not colon:
        return fnmatchcase(account.name, pattern)
    if len(pattern) > _LONGEST_RANGE or not (least + most).isdecimal():
        return False
    first = int(least or most)
    return first <= account.uid and (not most or account.uid <= int(most))


def _records(command: str) -> bool:
    program = command.split(maxsplit=1)[0] if command.strip() else ""
    return program.rpartition("/")[2] in _RECORDERS


def granted(facts: RemoteAccessFacts) -> tuple[SudoRule, ...]:
    """Sudo rights but those of root and of the account that audits."""
    return tuple(right for right in facts.sudo if right.who not in {"root", facts.audit_account})


def accesses(facts: RemoteAccessFacts, *columns: str) -> tuple[Access, ...]:
    """The rows of the register; NotAssessable when there is no register or when it lacks one of the columns."""
    if facts.register is None:
        raise NotAssessable(
            "Aucun registre des accès distants n’a été fourni ; tenez-le dans CaRE ou joignez-le en CSV.",
            "No register of remote accesses was given; keep it in CaRE or attach it as CSV.",
        )
    missing = [column for column in columns if column not in facts.register.columns]
    if missing:
        names = headings(missing)
        raise NotAssessable(
            f"Le registre n’a pas de colonne pour répondre ({names}) ; ajoutez-la.",
            f"The register has no column to answer with ({names}); add it.",
        )
    return facts.register.rows


def access_subject(facts: RemoteAccessFacts, access: Access) -> str:
    """How a row of the register is written: supplier/equipment, or its place when one of them is missing."""
    if access.supplier and access.equipment:
        return f"{access.supplier}/{access.equipment}"
    name = facts.register.name if facts.register else ""
    return f"{name}:{access.line}"


def living(rows: Iterable[Access], facts: RemoteAccessFacts) -> Iterator[Access]:
    """Accesses that have not ended at the date of the collection, or are open all the same."""
    today = facts.collected_at.date()
    return (row for row in rows if row.ends is None or row.ends >= today or row.enabled)


def asked_for(value: T | None) -> T:
    """What a newer collector reads; NotAssessable on the facts of one that did not ask for it yet."""
    if value is None:
        raise NotAssessable(
            "Cette collecte est antérieure à la règle ; relancez l’audit avec le collecteur à jour.",
            "This collection is older than the rule; run the audit again with the present collector.",
        )
    return value


WATCHED = timedelta(days=90)
"""How far back sessions are looked at: that of `unused_account`."""


def recent_sessions(facts: RemoteAccessFacts) -> list[ShellSession]:
    """Sessions of the last 90 days, of accounts of people but the one that audits."""
    names = {account.name for account in remote_accounts(facts)}
    since = facts.collected_at - WATCHED
    return [one for one in asked_for(facts.shell_sessions) if one.account in names and one.started >= since]


LONGEST_OVERLAP = timedelta(minutes=5)
"""What a change of network leaves between two sessions of one person."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A session as far as it matters whether two were open at once."""

    source: str
    began: datetime
    ended: datetime


def stays_together(stays: Iterable[Stay]) -> tuple[Stay, Stay] | None:
    """Two stays that overlap, from two addresses: each is compared with those before it that go on."""
    widest: dict[str, Stay] = {}
    for stay in sorted(stays, key=lambda one: one.began):
        widest = {source: before for source, before in widest.items() if before.ended > stay.began}
        for source, before in widest.items():
            if source != stay.source and min(before.ended, stay.ended) - stay.began > LONGEST_OVERLAP:
                return before, stay
        known = widest.get(stay.source)
        if known is None or known.ended < stay.ended:
            widest[stay.source] = stay
    return None


def clause_of(row: Access, clause: str) -> bool | None:
    """Whether a clause stands in the contract of an access; None when it was not read or is to be confirmed."""
    return {"covered": True, "partly": False, "absent": False}.get(row.clauses.get(clause, ""))


_KNOWN_WAYS = frozenset(
    {
        *("bastion", "vpn ipsec", "vpn tls", "outil de prise de main en ligne", "modem"),
        *("directement depuis internet", "autre"),
    }
)
"""The technologies that the platform knows, as it writes them before the name of the gateway or tool."""
_NO_TUNNEL = ("direct", "modem", "sans ")


def _way_in(row: Access) -> str:
    """The technology, without the name of the gateway where the platform wrote both: that name proves nothing."""
    words = row.technology.casefold().strip()
    known = words.partition(" (")[0]
    return known if known in _KNOWN_WAYS else words


def in_a_tunnel(row: Access) -> bool:
    """Whether an access is declared to come in by a VPN, IPsec or TLS."""
    way = _way_in(row)
    return not way.startswith(_NO_TUNNEL) and any(word in way for word in ("vpn", "ipsec", "tls", "ssl"))


def through_a_bastion(row: Access) -> bool:
    """Whether an access is declared to come in by a bastion."""
    way = _way_in(row)
    return not way.startswith(_NO_TUNNEL) and "bastion" in way


def old(done: date | None, longest: timedelta, facts: RemoteAccessFacts) -> bool:
    """Whether something was done too long ago, or never."""
    return done is None or facts.collected_at.date() - done > longest


UNSAID_OPEN = Text(
    "Le registre ne dit pas de tous les accès s’ils sont ouverts en ce moment ; remplissez la colonne « actif ».",
    "The register does not say of every access whether it is open now; fill in the column “actif”.",
)


def unsaid_open(row: Access) -> bool:
    """Whether nobody says if an access is open."""
    return row.enabled is None and "enabled" not in row.unread
