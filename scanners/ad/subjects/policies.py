"""Which password policy applies to whom: that of the domain, or a fine-grained one (a PSO).

A PSO named on the account wins over those named on its groups; among several the lowest precedence wins (MS-ADTS
3.1.1.4.5.36). Where two have the same precedence the directory compares identifiers; here the weaker one counts.
An ordinary account cannot read PSO unless it is given their reading: what depends on them is then not assessable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from scanners.ad.columns import MISSING, Ints, Kind, Mask
from scanners.ad.facts import TICKS_PER_DAY, DirectoryFacts
from scanners.ad.judging import domain_setting
from scanners.model import Finding, NotAssessable, Text, Verdict

MIN_LENGTH: Final = 8
MAX_DAYS: Final = 3 * 365
"""ANSSI for privileged accounts (CERT-FR, vuln_privileged_members_password)."""
OF_DOMAIN: Final = -1
"""Instead of the row of a PSO: the policy of the domain applies."""

COLUMNS: Final = ("msDS-PSOApplied", "msDS-PSOAppliesTo")
"""What a source must have looked at to know PSO."""

_GLOBAL, _SECURITY = 0x2, 0x80000000
_LEVEL_2008 = 3
_NO_RANK = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class Policy:
    """The least length of a password, and after how many days it must be changed (0: never)."""

    length: int
    days: int

    @property
    def weak(self) -> bool:
        """Whether it is below what ANSSI asks for privileged accounts."""
        return self.length < MIN_LENGTH or not 0 < self.days <= MAX_DAYS


def domain_policy(facts: DirectoryFacts) -> Policy:
    """The policy of the domain. A maximum age of 0 or of the least 64-bit integer means none."""
    return Policy(domain_setting(facts, "minPwdLength"), _days(facts, "maxPwdAge", facts.domain_row))


def pso_policy(facts: DirectoryFacts, row: int) -> Policy:
    """The policy that one PSO gives."""
    length = int(facts.objects.ints("msDS-MinimumPasswordLength")[row])
    return Policy(length, _days(facts, "msDS-MaximumPasswordAge", row))


def why_unreadable(facts: DirectoryFacts) -> Text | None:
    """Why the PSO of the domain are not all known, None when they are."""
    objects = facts.objects
    try:
        applied, _ = (objects.texts(name) for name in COLUMNS)
    except NotAssessable as not_asked:
        return not_asked.reason
    container = container_dn(facts)
    row = objects.row_by_dn.get(container.lower(), -1)
    if row < 0 or objects.kind[row] == Kind.OPAQUE:
        return _unreadable(container)
    known = set(_psos(facts))
    if any(objects.ints("msDS-MinimumPasswordLength")[pso] == MISSING for pso in known):
        return _unreadable(container)
    hidden = np.flatnonzero(objects.of(Kind.OPAQUE)).tolist()
    if any(objects.dn[one].lower().endswith(f",{container.lower()}") for one in hidden):
        return _unreadable(container)
    named = {dn.lower() for values in applied.values() for dn in values}
    return None if all(objects.row_by_dn.get(dn, -1) in known for dn in named) else _unreadable(container)


def pso_rows(facts: DirectoryFacts) -> list[int]:
    """The PSO, first the one that wins over all others; NotAssessable when they are not all readable."""
    reason = why_unreadable(facts)
    if reason is not None:
        raise NotAssessable(reason.fr, reason.en)
    return sorted(_psos(facts), key=lambda row: _rank(facts, row))


def container_dn(facts: DirectoryFacts) -> str:
    """Where PSO are kept."""
    return f"CN=Password Settings Container,{facts.naming.system_dn}"


def effective(facts: DirectoryFacts, users: Mask) -> Ints:
    """For each object the row of the PSO that applies, `OF_DOMAIN` if none does. Sure for these users only."""
    psos = pso_rows(facts)
    rank = _ranks(facts, users, psos)
    rows = np.array([*psos, OF_DOMAIN], dtype=np.int64)
    return rows[np.minimum(rank, len(psos))]


def under_domain(facts: DirectoryFacts, users: Mask) -> Mask:
    """Those of these users to whom the policy of the domain applies.

    When PSO are not readable, as ANSSI does: all but those that show the sign of one.
    """
    if why_unreadable(facts) is not None:
        return users & ~carrying_unread(facts, users)
    under: Mask = users & (effective(facts, users) == OF_DOMAIN)
    return under


def named_by(facts: DirectoryFacts, users: Mask) -> Mask:
    """The PSO that name one of these users or a group above it, whether they win or not."""
    above, _, _ = _above(facts, users)
    return facts.mask(pso for pso in _psos(facts) if any(above[row] for row in _applies_to(facts, pso)))


def carrying_unread(facts: DirectoryFacts, users: Mask) -> Mask:
    """Those of these users that say of themselves, or whose group says, that a PSO applies, when it was not read."""
    if "msDS-PSOApplied" not in facts.objects.asked:
        return facts.mask(())
    said = facts.mask(facts.objects.texts("msDS-PSOApplied"))
    _, parents, children = _above(facts, users)
    while True:
        grown = said.copy()
        grown[children[said[parents]]] = True
        if bool((grown == said).all()):
            return users & said
        said = grown


def weak_ones(facts: DirectoryFacts, psos: Iterable[int]) -> Verdict:
    """A finding for each of these PSO that is short, long-lived, or keeps passwords in reversible form."""
    rows = list(psos)
    kept = facts.objects.ints("msDS-PasswordReversibleEncryptionEnabled")
    findings = [
        _weak(facts, row, bool(kept[row] == 1)) for row in rows if pso_policy(facts, row).weak or bool(kept[row] == 1)
    ]
    return Verdict(len(rows), tuple(findings))


def _weak(facts: DirectoryFacts, row: int, reversible: bool) -> Finding:
    policy, dn = pso_policy(facts, row), facts.objects.dn[row]
    limits = {"min_length": MIN_LENGTH, "max_days": MAX_DAYS}
    return Finding(dn, {"dn": dn, "length": policy.length, "days": policy.days, "reversible": reversible, **limits})


def _psos(facts: DirectoryFacts) -> list[int]:
    return [int(row) for row in np.flatnonzero(facts.objects.of(Kind.PSO))]


def _rank(facts: DirectoryFacts, row: int) -> tuple[int, int, int]:
    policy = pso_policy(facts, row)
    return int(facts.objects.ints("msDS-PasswordSettingsPrecedence")[row]), policy.length, -policy.days


def _ranks(facts: DirectoryFacts, users: Mask, psos: list[int]) -> Ints:
    """For each object the position, among these PSO, of the one that wins."""
    direct = np.full(len(facts.objects), _NO_RANK, dtype=np.int64)
    through_groups = direct.copy()
    if facts.naming.domain_level is not None and facts.naming.domain_level < _LEVEL_2008:
        return direct
    groups = facts.objects.of(Kind.GROUP)
    for rank, pso in enumerate(psos):
        for row in _applies_to(facts, pso):
            ranks = through_groups if groups[row] else direct
            ranks[row] = min(ranks[row], rank)
    _, parents, children = _above(facts, users)
    while True:
        before = through_groups.copy()
        np.minimum.at(through_groups, children, before[parents])
        if bool((before == through_groups).all()):
            break
    return np.where(direct < _NO_RANK, direct, through_groups)


def _applies_to(facts: DirectoryFacts, pso: int) -> Iterator[int]:
    """The users and the global security groups that a PSO names; it has no effect on anything else."""
    kinds, scope = facts.objects.kind, facts.objects.ints("groupType")
    for dn in facts.objects.texts("msDS-PSOAppliesTo").get(pso, ()):
        row = facts.objects.row_by_dn.get(dn.lower(), -1)
        if row < 0:
            continue
        asked = int(scope[row])
        works = asked == MISSING or (asked & _GLOBAL and asked & _SECURITY)
        if kinds[row] == Kind.USER or (kinds[row] == Kind.GROUP and works):
            yield row


def _above(facts: DirectoryFacts, users: Mask) -> tuple[Mask, Ints, Ints]:
    """These users with all the groups above them, and the memberships (groups, members) between those."""
    parents, children = facts.membership
    inside = users.copy()
    while True:
        grown = inside.copy()
        grown[parents[inside[children]]] = True
        if bool((grown == inside).all()):
            kept = inside[children]
            return inside, parents[kept], children[kept]
        inside = grown


def _days(facts: DirectoryFacts, attribute: str, row: int) -> int:
    age = int(facts.objects.ints(attribute)[row])
    return 0 if age == MISSING else -age // TICKS_PER_DAY


def _unreadable(container: str) -> Text:
    return Text(
        f"Les politiques de mots de passe affinées (PSO) de {container} ne sont pas lisibles par le compte d’audit, "
        "comme pour tout compte ordinaire ; donnez-lui leur lecture : dsacls "
        f'"{container}" /I:T /G "DOMAINE\\compte:GR".',
        f"The fine-grained password policies (PSO) of {container} are not readable by the audit account, as for any "
        f'ordinary account; grant it their reading: dsacls "{container}" /I:T /G "DOMAIN\\account:GR".',
    )
