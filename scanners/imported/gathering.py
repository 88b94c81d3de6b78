"""Gathers checks and findings as a reader meets them, and gives them back sorted, without doubles, bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from scanners.exchange import NamedProduct
from scanners.imported.model import Check, ForeignRef
from scanners.imported.read_bounded import Limits, too_many
from scanners.imported.wording import MAX_REFS
from scanners.model import Finding, Scalar
from scanners.named_products import MAX_PRODUCTS, bounded


class Gathering:
    """The checks of one file in the making: the first texts of a check are kept, and its worst severity."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._checks: dict[str, Check] = {}
        self._found: dict[str, dict[str, Finding]] = {}
        self._count = 0
        self._products: set[NamedProduct] = set()

    def names(self, product: NamedProduct) -> None:
        """A product that the file says is there; beyond what is kept of one file the others are left out."""
        if product.product and len(self._products) < MAX_PRODUCTS:
            self._products.add(product)

    def products(self) -> tuple[NamedProduct, ...]:
        """The products named, each once, in order."""
        return bounded(self._products)

    def knows(self, check: str) -> bool:
        """Whether a check of that id was met, so that its texts need not be read again."""
        return check in self._checks

    def meet(self, check: Check) -> None:
        """A check that the file tells of, whatever it found."""
        known = self._checks.get(check.id)
        if known is None:
            self._checks[check.id] = check
            if len(self._checks) > self.limits.checks:
                raise too_many("contrôles différents", "different checks", self.limits.checks)
            return
        worst = min(known.severity, check.severity, key=lambda severity: severity.rank)
        refs = known.refs if set(check.refs) <= set(known.refs) else _merged(known.refs, check.refs)
        if worst is not known.severity or refs is not known.refs:
            self._checks[check.id] = replace(known, severity=worst, refs=refs)

    def find(self, check: Check, subject: str, evidence: Mapping[str, Scalar]) -> None:
        """One weakness; of two on one subject (case apart) the first is kept."""
        self.meet(check)
        found = self._found.setdefault(check.id, {})
        if subject.casefold() in found:
            return
        found[subject.casefold()] = Finding(
            subject, {key: value for key, value in evidence.items() if value is not None and value != ""}
        )
        self._count += 1
        if self._count > self.limits.findings:
            raise too_many("constats", "findings", self.limits.findings)

    def checks(self, conclusive: Callable[[Check], bool] = lambda _check: False) -> tuple[Check, ...]:
        """All checks by id, their findings by subject; `conclusive` tells which ones the file proves."""
        return tuple(self._whole(self._checks[name], conclusive) for name in sorted(self._checks))

    def _whole(self, check: Check, conclusive: Callable[[Check], bool]) -> Check:
        found = self._found.get(check.id, {})
        return replace(check, findings=tuple(found[subject] for subject in sorted(found)), conclusive=conclusive(check))


def _merged(one: Iterable[ForeignRef], other: Iterable[ForeignRef]) -> tuple[ForeignRef, ...]:
    return tuple(sorted({*one, *other}))[:MAX_REFS]


class Hosts:
    """The hosts a file tells of, bounded."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.hosts
        self._ways: dict[str, set[str]] = {}

    def see(self, host: str, way: str = "") -> None:
        """A host that was looked at, in a way that limits what could be seen there (ports, credentials)."""
        self._ways.setdefault(host, set()).update({way} - {""})
        self.bound(len(self._ways))

    def bound(self, count: int) -> None:
        """Stops at more machines, or things counted as machines, than a file may hold."""
        if count > self._limit:
            raise too_many("machines", "machines", self._limit)

    def names(self) -> tuple[str, ...]:
        """The hosts in order."""
        return tuple(sorted(self._ways))

    def ways(self) -> dict[str, str]:
        """How each was looked at, those with nothing to say left out."""
        return {host: " ".join(sorted(ways)) for host, ways in self._ways.items() if ways}
