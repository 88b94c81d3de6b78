"""Holding the products that facts name against what is known: which flaws each version may have, and how sure it is.

Pure: what is known comes from a `Knowledge`, a store in practice. A distribution corrects without changing the maker's
number, so a number in a range convicts nobody by itself: the distribution's tracker answers when the build is known,
else the flaw is “to confirm”.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from scanners.exchange import NamedProduct
from scanners.versions import compare
from scanners.vulnerabilities.announced import Announced, announced
from scanners.vulnerabilities.model import (
    MAX_FLAWS,
    MAX_SUBJECTS,
    Compared,
    Confidence,
    Flaw,
    Known,
    KnownFlaws,
    Range,
    SourceState,
    pressing,
)
from scanners.vulnerabilities.names import debian_packages, family, packaged
from scanners.vulnerabilities.versions import debian_upstream, holds, too_short

_WINDOWS = "microsoft:windows"


@dataclass(frozen=True, slots=True)
class Tracked:
    """What Debian's tracker says of one flaw in one package of one release.

    `fixed` is empty while it is not corrected, and `0` when the package never had it.
    """

    cve: str
    package: str
    release: str
    fixed: str
    resolved: bool


class Knowledge(Protocol):
    """Where known flaws are looked up."""

    def states(self) -> tuple[SourceState, ...]:
        """What was imported."""

    def named(self, products: Sequence[str]) -> bool:
        """Whether the data names one of these products."""

    def flaws(self, products: Sequence[str]) -> tuple[Known, ...]:
        """The flaws of a product under all its names."""

    def exploited(self, products: Sequence[str]) -> tuple[int, str]:
        """How many of its flaws are being exploited, and the day of the latest."""

    def tracked(self, packages: Sequence[str], cves: Sequence[str]) -> tuple[Tracked, ...]:
        """What Debian's tracker says of these flaws in these packages."""

    def packages(self) -> Mapping[str, Mapping[str, str]]:
        """The version that each release of Debian ships, by source package then release."""


def compare_products(seen: Iterable[NamedProduct], knowledge: Knowledge, now: datetime) -> KnownFlaws:
    """What is known of every product that was seen; nobody's word is taken for products that nobody saw."""
    looked_at = [one for one in seen if not one.declared]
    windows = {one.subject for one in looked_at if one.product.startswith(_WINDOWS)}
    known, unknown = [], set()
    for (product, version), subjects in sorted(_places(looked_at).items()):
        if not knowledge.named(family(product)):
            unknown.add(product)
            continue
        for makers_own in (False, True):
            some = tuple(sorted(subject for subject in subjects if (subject in windows) is makers_own))
            if some:
                one = _compared(knowledge, _Seen(product, version, some[:MAX_SUBJECTS], makers_own))
                known.append(replace(one, further=some[MAX_SUBJECTS:]))
    return KnownFlaws(now, knowledge.states(), tuple(known), tuple(sorted(unknown)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """One product at one version. `makers_own` where no distribution stands between the maker and us: on Windows."""

    product: str
    version: str
    subjects: tuple[str, ...]
    makers_own: bool


def _places(seen: Iterable[NamedProduct]) -> dict[tuple[str, str], set[str]]:
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in seen:
        places[one.product, one.version].add(one.subject)
    _drop_less_precise(places)
    return places


def _drop_less_precise(places: dict[tuple[str, str], set[str]]) -> None:
    """Of one product at one place, what says more speaks: a port often names its server several times."""
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (product, version), subjects in places.items():
        for subject in subjects:
            told[family(product)[0], subject].append(version)
    for (product, version), subjects in list(places.items()):
        known = family(product)[0]
        kept = {one for one in subjects if not any(_more_precise(other, version) for other in told[known, one])}
        if kept:
            places[product, version] = kept
        else:
            del places[product, version]
    _keep_one_name(places)


def _keep_one_name(places: dict[tuple[str, str], set[str]]) -> None:
    """The same version at the same place under two names of a family is one product."""
    taken: set[tuple[str, str, str]] = set()
    for product, version in sorted(places, key=lambda one: (":" not in one[0], one)):
        kept = {subject for subject in places[product, version] if (family(product)[0], version, subject) not in taken}
        taken |= {(family(product)[0], version, subject) for subject in kept}
        if kept:
            places[product, version] = kept
        else:
            del places[product, version]


def _more_precise(other: str, version: str) -> bool:
    return other != version and other.startswith(version)


def _compared(knowledge: Knowledge, seen: _Seen) -> Compared:
    told, names = announced(seen.version), family(seen.product)
    if not told.number:
        exploited, last = knowledge.exploited(names)
        return Compared(seen.product, seen.version, seen.subjects, exploited=exploited, exploited_last=last)
    hits = [(one, held) for one in knowledge.flaws(names) if (held := _held(one.ranges, told.number))]
    tracker = _Tracker.about(knowledge, seen.product, [one.cve for one, _held in hits])
    weighed = [_weighed(one, held, seen, told, tracker) for one, held in hits]
    flaws = sorted((flaw for flaw in weighed if flaw is not None), key=pressing)
    kept = _kept(flaws)
    return Compared(
        seen.product,
        seen.version,
        seen.subjects,
        kept,
        more=len(flaws) - len(kept),
        corrected=len(hits) - len(flaws),
    )


def _kept(flaws: Sequence[Flaw]) -> tuple[Flaw, ...]:
    """The most pressing flaws. No rule may fall silent for what is left out: all that are told one by one are kept,
    and of the others, told by product, the first that is sure and the first to confirm.
    """
    named = {flaw for flaw in flaws if flaw.critical or flaw.exploited_since}
    others = [flaw for flaw in flaws if flaw not in named]
    firsts = {flaw.sure: flaw for flaw in reversed(others)}.values()
    wanted = named.union(others[: max(0, MAX_FLAWS - len(named))], firsts)
    return tuple(flaw for flaw in flaws if flaw in wanted)


def _held(ranges: Sequence[Range], number: str) -> Range | None:
    """The surest range that holds a version: a bounded one without condition first."""
    held = [one for one in ranges if holds(one, number)]
    return min(held, key=lambda one: (one.conditional, one.everything), default=None)


def _weighed(known: Known, held: Range, seen: _Seen, told: Announced, tracker: _Tracker) -> Flaw | None:
    """A flaw with how sure it is, None when the distribution says that this build does not have it."""
    fixed_in, confidence = "", Confidence.ANNOUNCED
    answer = tracker.answer(known.cve, told)
    if answer is not None:
        if answer.corrected:
            return None
        fixed_in, confidence = answer.fixed_in, Confidence.CONFIRMED
    elif _doubtful(held, told.number) or told.distribution or (packaged(seen.product) and not seen.makers_own):
        confidence = Confidence.TO_CONFIRM
    return Flaw(
        cve=known.cve,
        confidence=confidence,
        versions=str(held),
        score=known.score,
        exploited_since=known.exploited_since,
        ransomware=known.ransomware,
        epss=known.epss,
        fixed_in=fixed_in,
        notice=known.notice,
        weakness=known.weakness,
    )


def _doubtful(held: Range, number: str) -> bool:
    return held.conditional or held.everything or too_short(held, number)


@dataclass(frozen=True, slots=True)
class _Answer:
    corrected: bool
    fixed_in: str = ""


@dataclass(frozen=True, slots=True)
class _Tracker:
    """What Debian's tracker says of some flaws of one product."""

    by_cve: Mapping[str, Sequence[Tracked]]
    shipped: Mapping[str, Mapping[str, str]]

    @classmethod
    def about(cls, knowledge: Knowledge, product: str, cves: Sequence[str]) -> _Tracker:
        """The tracker as far as it knows these flaws in the packages of a product."""
        pattern = debian_packages(product)
        shipped = {name: where for name, where in knowledge.packages().items() if pattern and pattern.fullmatch(name)}
        by_cve: dict[str, list[Tracked]] = defaultdict(list)
        for one in knowledge.tracked(sorted(shipped), cves):
            by_cve[one.cve].append(one)
        return cls(by_cve, shipped)

    def answer(self, cve: str, told: Announced) -> _Answer | None:
        """Whether a build has a flaw; None when the tracker cannot tell."""
        if told.distribution != "debian":
            return None
        said = [one for one in self.by_cve.get(cve, ()) if self._may_be(one, told)]
        if told.build:
            return _of_build(said, told.build)
        corrected = bool(said) and all(_corrected_before(one, told.number) for one in said)
        return _Answer(corrected=True) if corrected else None

    def _may_be(self, one: Tracked, told: Announced) -> bool:
        """Whether a line of the tracker may be about that build: its release, and the same maker's number."""
        if told.release:
            return one.release == told.release
        shipped = self.shipped.get(one.package, {}).get(one.release, "")
        return bool(shipped) and compare(debian_upstream(shipped), told.number) == 0


def _of_build(said: Sequence[Tracked], build: str) -> _Answer | None:
    """The tracker on one build; when several releases may have made it, only what they agree on."""
    answers = {
        _Answer(corrected=True) if _has(one, build) else _Answer(corrected=False, fixed_in=one.fixed) for one in said
    }
    return answers.pop() if len(answers) == 1 else None


def _has(one: Tracked, build: str) -> bool:
    return one.resolved and (one.fixed == "0" or compare(build, one.fixed) >= 0)


def _corrected_before(one: Tracked, number: str) -> bool:
    """Whether a release corrected it in a version older than the announced number: every build of it is then sound."""
    return one.resolved and (one.fixed == "0" or compare(debian_upstream(one.fixed), number) < 0)
