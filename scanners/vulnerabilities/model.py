"""The words of known vulnerabilities: sources and their age, ranges of versions, what a comparison found. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scanners.errors import SaidError
from scanners.model import Text

STALE_AFTER = timedelta(days=30)
"""Our choice: exploited flaws are added every few days; a month without an import is too long to be believed."""
CRITICAL_SCORE = 9.0
"""CVSS's own limit of “critical”."""
MAX_FLAWS = 100
"""Flaws kept of one product at one version, the most pressing first; the others are counted. Those that are critical
or exploited are always kept: from one day to the next, a rank must not hide one."""
MAX_SUBJECTS = 200
"""Places of one product at one version whose flaws are told one by one."""


class VulnerabilityError(SaidError):
    """A file of vulnerabilities, or the store made of them, that cannot be used."""


class Source(StrEnum):
    """Where data comes from. The first two are needed to judge; the others make the verdict finer."""

    NVD = "nvd"
    KEV = "kev"
    EPSS = "epss"
    DEBIAN = "debian"
    CERTFR = "certfr"


NEEDED = (Source.NVD, Source.KEV)


class Confidence(StrEnum):
    """How sure a match is; a version read in a banner is never a proof.

    `confirmed`: the tracker of the distribution says that this very build has the flaw. `announced`: the software
    announces a version of the range, and its maker does not correct without changing the number. `to_confirm`: the
    number is in the range, but a distribution may have corrected it, or the flaw needs a platform that nobody saw.
    """

    CONFIRMED = "confirmed"
    ANNOUNCED = "announced"
    TO_CONFIRM = "to_confirm"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What was imported of one source. `dated` is when its publisher made it; `first` and `last` are years of CVEs."""

    source: Source
    dated: datetime
    imported_at: datetime
    records: int
    files: int = 1
    name: str = ""
    first: int = 0
    last: int = 0
    missing_years: tuple[int, ...] = ()

    def stale(self, now: datetime) -> bool:
        """Whether the data is too old for its silence to be believed."""
        return now - self.dated > STALE_AFTER

    @property
    def missing(self) -> str:
        """The years that are missing, those that follow each other told together: `2002–2010, 2014`."""
        spans: list[list[int]] = []
        for year in self.missing_years:
            if spans and spans[-1][-1] == year - 1:
                spans[-1].append(year)
            else:
                spans.append([year])
        return ", ".join(str(one[0]) if len(one) == 1 else f"{one[0]}–{one[-1]}" for one in spans)


@dataclass(frozen=True, slots=True)
class Range:
    """Versions that have a flaw: one (`exact`), or from `start` to `end`; without any of them, all.

    `conditional` when the flaw also needs another product, or a platform, that a banner does not tell.
    """

    exact: str = ""
    start: str = ""
    start_included: bool = True
    end: str = ""
    end_included: bool = False
    conditional: bool = False

    @property
    def everything(self) -> bool:
        """Whether it has no bound at all."""
        return not (self.exact or self.start or self.end)

    def __str__(self) -> str:
        """As people write it: `≥ 8.6, < 9.8`; `*` for all versions."""
        if self.exact:
            return f"= {self.exact}"
        low = f"{'≥' if self.start_included else '>'} {self.start}" if self.start else ""
        high = f"{'≤' if self.end_included else '<'} {self.end}" if self.end else ""
        return ", ".join(filter(None, (low, high))) or "*"


@dataclass(frozen=True, slots=True)
class Known:
    """A flaw as the store knows it, with the ranges of one product. `score` is CVSS's, None when nobody rated it."""

    cve: str
    score: float | None
    ranges: tuple[Range, ...]
    exploited_since: str = ""
    ransomware: bool = False
    epss: float | None = None
    notice: str = ""
    weakness: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A flaw that a product seen may have. `exploited_since` is the day CISA added it, empty when it did not.

    `versions` is the range that holds the version; `notice` the latest notice of CERT-FR that names the flaw;
    `weakness` its kind, as a CWE (`CWE-787`), empty when nobody said.
    """

    cve: str
    confidence: Confidence
    versions: str
    score: float | None = None
    exploited_since: str = ""
    ransomware: bool = False
    epss: float | None = None
    fixed_in: str = ""
    notice: str = ""
    weakness: str = ""

    @property
    def critical(self) -> bool:
        """Whether CVSS calls it critical."""
        return self.score is not None and self.score >= CRITICAL_SCORE

    @property
    def sure(self) -> bool:
        """Whether nothing speaks against it."""
        return self.confidence is not Confidence.TO_CONFIRM


def pressing(flaw: Flaw) -> tuple[bool, float, float, str]:
    """The order of work: exploited first, then likely to be (EPSS), then severe, then the oldest name."""
    return not flaw.exploited_since, -(flaw.epss or 0.0), -(flaw.score or 0.0), flaw.cve


@dataclass(frozen=True, slots=True)
class Compared:
    """One product at one version, where it was seen, and the flaws it may have; `more` were left out of `flaws`.

    `further` are the places beyond those whose flaws are told one by one: it was seen there all the same.
    `corrected` counts those that its distribution corrected. Without a version, `exploited` counts the flaws of the
    product that are being exploited, and `exploited_last` is the day of the latest.
    """

    product: str
    version: str
    subjects: tuple[str, ...]
    flaws: tuple[Flaw, ...] = ()
    more: int = 0
    corrected: int = 0
    exploited: int = 0
    exploited_last: str = ""
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownFlaws:
    """What comparing products with imported data gave, on what day and with which data.

    `unknown` lists the products that the data does not name: nothing can be said of them. `trouble` says why the data
    that is there could not be read.
    """

    compared_at: datetime
    sources: tuple[SourceState, ...]
    products: tuple[Compared, ...] = ()
    unknown: tuple[str, ...] = ()
    trouble: Text | None = None

    def source(self, wanted: Source) -> SourceState | None:
        """The state of one source, None when nothing of it was imported."""
        return next((one for one in self.sources if one.source is wanted), None)

    @property
    def population(self) -> int:
        """How many times a product that the data names was seen."""
        return sum(len(one.subjects) + len(one.further) for one in self.products)
