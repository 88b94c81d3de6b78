"""What many rules share: turning masks over the table into verdicts, with the evidence that justifies them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.descriptors import Descriptors
from scanners.ad.facts import DirectoryFacts, iso_day
from scanners.model import Finding, NotAssessable, Scalar, Text, Verdict, judged

_FOREIGN = re.compile(r"cn=(s-1-[\d-]+),cn=foreignsecurityprincipals,", re.IGNORECASE)
Evidence = Callable[[int], Mapping[str, Scalar]]
_MOST_NAMED = 1000
"""Beyond, those that could not be judged are not named one by one: the doubt is then about everything. Our choice."""


def no_more(_row: int) -> Mapping[str, Scalar]:
    """No evidence besides the identity of the object."""
    return {}


def verdict(
    facts: DirectoryFacts,
    population: Mask,
    failing: Mask,
    evidence: Evidence = no_more,
    unreadable: Mask | None = None,
) -> Verdict:
    """A finding per failing object of the population.

    Those of the others that could not be examined stay in doubt: what is `unreadable` for this rule, and accounts whose
    flags were withheld.
    """
    rows = np.flatnonzero(population & failing).tolist()
    findings = (Finding(facts.subject(row), facts.evidence(row, **evidence(row))) for row in rows)
    doubtful = population & ~failing & (facts.hidden if unreadable is None else facts.hidden | unreadable)
    return in_doubt(facts, judged(int(population.sum()), findings), doubtful)


def in_doubt(facts: DirectoryFacts, found: Verdict, doubtful: Mask, why: Text | None = None) -> Verdict:
    """A verdict that could not tell of these objects: what was found on them before stays, and none of them passes.

    They are supposed withheld unless `why` says otherwise. When one does not even show the name that its findings bear,
    or they are too many, the doubt is about everything.
    """
    rows = np.flatnonzero(doubtful).tolist()
    if not rows:
        return found
    names = tuple(facts.subject(row) for row in rows) if len(rows) <= _MOST_NAMED and names_shown(facts, rows) else ()
    return together(found, Verdict(0, (), names, why or _withheld(facts, rows)), population=found.population)


def together(*verdicts: Verdict, population: int | None = None) -> Verdict:
    """Several verdicts as one, with all their findings and doubts."""
    doubts = [(one.doubt, one.unjudged) for one in verdicts if one.doubt is not None]
    reasons = list(dict.fromkeys(doubt for doubt, _ in doubts))
    everything = not all(subjects for _, subjects in doubts)
    return judged(
        sum(one.population for one in verdicts) if population is None else population,
        (finding for one in verdicts for finding in one.findings),
        () if everything else (subject for _, subjects in doubts for subject in subjects),
        Text(" ".join(one.fr for one in reasons), " ".join(one.en for one in reasons)) if reasons else None,
    )


def provided(found: Verdict, *sure: Callable[[], object]) -> Verdict:
    """What was found stands whatever a check of `sure` raises, but anything else may be there as well."""
    doubts = []
    for check in sure:
        try:
            check()
        except NotAssessable as doubt:
            doubts.append(Verdict(0, doubt=doubt.reason))
    return together(found, *doubts) if doubts else found


def names_shown(facts: DirectoryFacts, rows: Iterable[int]) -> bool:
    """Whether these accounts and groups show the name by which findings tell them."""
    names = facts.objects.texts("sAMAccountName")
    accounts = facts.accounts | facts.objects.of(Kind.GROUP)
    return all(row in names for row in rows if accounts[row])


def readable(facts: DirectoryFacts, withheld: Mask) -> None:
    """NotAssessable when something needed is withheld on one of these objects."""
    rows = np.flatnonzero(withheld).tolist()
    if rows:
        reason = _withheld(facts, rows)
        raise NotAssessable(reason.fr, reason.en)


def _withheld(facts: DirectoryFacts, rows: list[int]) -> Text:
    return Text(
        f"{len(rows)} objet(s) ne sont pas lisibles en entier par le compte d’audit, dont {facts.objects.dn[rows[0]]} "
        "; accordez-lui la lecture de leurs propriétés et de leurs autorisations.",
        f"{len(rows)} object(s) are not wholly readable by the audit account, among them {facts.objects.dn[rows[0]]}; "
        "grant it the reading of their properties and permissions.",
    )


def read_whole(facts: DirectoryFacts, *sections: str) -> None:
    """NotAssessable when one of these sections was not read, or not to its end."""
    for gap in facts.gaps:
        if gap.section in sections:
            raise NotAssessable(gap.reason.fr, gap.reason.en)


def flagged(facts: DirectoryFacts, population: Mask, bit: int) -> Verdict:
    """The accounts whose `userAccountControl` has a bit."""
    control = facts.objects.ints("userAccountControl")
    return verdict(
        facts,
        population,
        facts.flag(bit),
        lambda row: {"user_account_control": int(control[row])},
        control == MISSING,
    )


def older(facts: DirectoryFacts, population: Mask, attribute: str, max_days: int) -> Verdict:
    """The objects of which a date is more than `max_days` before the collection.

    An object without the attribute could not be examined. Nor could one whose date tells no age: 0 (password to be
    changed, whenever it was given) on an object that is older than that, or a date still to come.
    """
    days = facts.days_since(attribute)
    values = facts.objects.ints(attribute)
    found = verdict(
        facts,
        population,
        days > max_days,
        lambda row: {"date": iso_day(int(values[row])), "days": int(days[row]), "max_days": max_days},
        values == MISSING,
    )
    young = facts.days_since("whenCreated") <= max_days
    without_age = population & (((values == 0) & ~young & ~(days > max_days)) | (days < -1))
    return in_doubt(facts, found, without_age, _undated(facts, without_age, attribute))


def _undated(facts: DirectoryFacts, without_age: Mask, attribute: str) -> Text | None:
    """Why the date of these objects tells no age; None when there are none."""
    rows = np.flatnonzero(without_age).tolist()
    if not rows:
        return None
    name, value = facts.subject(rows[0]), int(facts.objects.ints(attribute)[rows[0]])
    shown = iso_day(value)
    return Text(
        f"La date {attribute} de {len(rows)} objet(s) ne dit pas leur âge, dont {name} : elle est "
        f"{shown or 'effacée'}, donc à venir, ou effacée par « l’utilisateur doit changer le mot de passe ». "
        "Faites changer ces mots de passe, ou désactivez ces comptes, puis relancez l’audit.",
        f"The date {attribute} of {len(rows)} object(s) does not tell their age, among them {name}: it is "
        f"{shown or 'erased'}, so either to come, or erased by “user must change password”. Have these passwords "
        "changed, or disable these accounts, then run the audit again.",
    )


def silent(facts: DirectoryFacts, population: Mask, max_days: int) -> Verdict:
    """The accounts that last logged on more than `max_days` before the collection.

    One that never did is as silent as it is old.
    """
    logon = facts.days_since("lastLogonTimestamp")
    days = np.where(np.isnan(logon), facts.days_since("whenCreated"), logon)
    return verdict(
        facts,
        population,
        days > max_days,
        lambda row: {
            "last_logon": facts.iso_date("lastLogonTimestamp", row),
            "days": int(days[row]),
            "max_days": max_days,
        },
        np.isnan(days),
    )


def domain_setting(facts: DirectoryFacts, attribute: str) -> int:
    """An integer of the head of the domain; NotAssessable when it was not readable."""
    value = int(facts.objects.ints(attribute)[facts.domain_row])
    if value == MISSING:
        raise NotAssessable(
            f"L’attribut {attribute} de la racine du domaine n’est pas lisible par le compte d’audit.",
            f"The attribute {attribute} of the head of the domain is not readable by the audit account.",
        )
    return value


def of_domain(facts: DirectoryFacts, failing: bool, **evidence: Scalar) -> Verdict:
    """A verdict about one setting of the domain; its subject is the DNS name of the domain."""
    finding = Finding(facts.naming.domain, {"dn": facts.naming.root_dn, **evidence})
    return Verdict(1, (finding,) if failing else ())


def group_row(facts: DirectoryFacts, sid: str) -> int | None:
    """The row of a group that every domain has, None when it is not there although all was read.

    NotAssessable when the domain was not read to its end.
    """
    row = facts.row_of(sid)
    if row >= 0:
        return row
    read_whole(facts, "domain")
    return None


def row_of_all(facts: DirectoryFacts, sid: str) -> int:
    """The row of an account or group that every domain has; NotAssessable when it does not show: it is hidden."""
    row = facts.row_of(sid)
    if row < 0 or facts.objects.kind[row] == Kind.OPAQUE:
        raise NotAssessable(
            f"L’objet {facts.name_of(sid)}, que tout domaine possède, n’est pas visible du compte d’audit ; accordez-"
            "lui sa lecture.",
            f"The object {facts.name_of(sid)}, which every domain has, does not show to the audit account; grant it "
            "its reading.",
        )
    return row


def need_some(seen: Mask, place: str) -> None:
    """NotAssessable when nothing shows of what every directory holds at this place: it is hidden."""
    if not seen.any():
        raise NotAssessable(
            f"Rien ne se montre de {place}, que tout annuaire possède ; accordez au compte d’audit la lecture de cet "
            "objet et de ce qu’il contient.",
            f"Nothing shows of {place}, which every directory has; grant the audit account the reading of that object "
            "and of what it holds.",
        )


def told_sid(dn: str) -> str:
    """The SID of a principal from elsewhere, which its name tells even when nothing else shows; empty for others."""
    found = _FOREIGN.match(dn)
    return found[1].upper() if found else ""


def members_verdict(facts: DirectoryFacts, group: int | None, expected: frozenset[str] = frozenset()) -> Verdict:
    """A finding per direct member of a group that is not among the expected SIDs."""
    if group is None:
        return Verdict(0)
    members = facts.direct_members(group).tolist()
    surprising = [row for row in members if facts.objects.sid(row) not in expected]
    held: Mapping[str, Scalar] = {"group": facts.subject(group), "group_dn": facts.objects.dn[group]}
    outside = [dn for dn in facts.objects.outside.get(group, ()) if told_sid(dn) not in expected]
    findings = [Finding(facts.subject(row), facts.evidence(row, **held)) for row in surprising]
    findings += [Finding(dn, {"dn": dn, "sid": "", **held}) for dn in outside]
    return judged(len(members) + len(outside), findings)


def members_of_any(facts: DirectoryFacts, groups: Iterable[str], expected: frozenset[str] = frozenset()) -> Verdict:
    """A finding per direct member of these groups (SIDs; one may not exist) that is not among the expected SIDs."""
    held: dict[str, tuple[int, list[str]]] = {}
    count = 0
    for group in (row for row in (group_row(facts, sid) for sid in groups) if row is not None):
        members = [(facts.subject(row), row) for row in facts.direct_members(group).tolist()]
        members += [(dn, -1) for dn in facts.objects.outside.get(group, ())]
        count += len(members)
        for name, row in members:
            if row < 0 or facts.objects.sid(row) not in expected:
                held.setdefault(name, (row, []))[1].append(facts.subject(group))
    return judged(count, (_in_groups(facts, name, row, names) for name, (row, names) in held.items()))


def _in_groups(facts: DirectoryFacts, name: str, row: int, groups: list[str]) -> Finding:
    who = facts.evidence(row) if row >= 0 else {"dn": name, "sid": ""}
    return Finding(name, {**who, "groups": ", ".join(groups)})


def below(facts: DirectoryFacts, base: str) -> Mask:
    """An object and all that is below it."""
    suffix = base.lower()
    return np.array([dn.endswith(suffix) for dn in facts.objects.lower_dn], dtype=np.bool_)


def carrying(table: Descriptors, entries: Mask, index: int) -> list[int]:
    """The entries of one descriptor that are among these."""
    return [ace for ace in table.entries_of(index).tolist() if entries[ace]] if index >= 0 else []
