"""Versions as packages and vendors write them: which comes first, and whether one lies in a range. Pure.

The order is that of Debian's packages (`deb-version(7)`), with three differences that the field asks for: words of a
version under test (`rc`, `beta`…) come before the version itself, as in semantic versioning; a missing number counts as
zero, so that `7.2` and `7.2.0` are one; an epoch counts only when both sides write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest

MAX_VERSION = 100
"""Characters of a version that are read."""

_PIECE = re.compile(r"~|\d+|[ab](?=\d)|[a-z]+")
_BEFORE_RELEASE = {"dev": -9, "snapshot": -9, "alpha": -8, "beta": -7, "pre": -6, "preview": -6, "rc": -5, "cr": -5}
_BEFORE_RELEASE_NUMBERED = {"a": -8, "b": -7}
"""Only before a number: `15.0b5` comes before `15.0`, while the `1.0.2b` of OpenSSL comes after `1.0.2`."""
_TILDE = -10
_END = 0
_NUMBER = 1
_WORD = 2
_DISTRIBUTION = re.compile(
    r"deb\d|dfsg|ubuntu|debian|\bel\d|\.el\d|\.fc\d|amzn|centos|red ?hat|suse|mga\d|alpine|build"
)
_EPOCH = re.compile(r"(\d+):(.+)")
_PLAIN = re.compile(r"\d+(?:\.\d+)*")
_TO_PLAIN = re.compile(r"^(?:version|ver\.?|v)\s*(?=\d)")

Key = tuple[tuple[int, int, str], ...]


class Inside(StrEnum):
    """Whether a version lies in a range. `perhaps`: what was seen of it is not enough to tell."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of versions: from `since` (included) to `before` (excluded); an empty bound is no bound."""

    since: str = ""
    before: str = ""


def compare(left: str, right: str) -> int:
    """Below, at or above zero as `left` comes before, with or after `right`."""
    one, other = _split(left), _split(right)
    if one[0] and other[0] and one[0] != other[0]:
        return -1 if int(one[0]) < int(other[0]) else 1
    return _order(one[1], other[1]) or _order(one[2], other[2])


def inside(version: str, span: Span) -> Inside:
    """Whether `version`, as a scanner saw it, lies in the range.

    An unknown version is `PERHAPS`, unless the range has no bound. A version cut short (`7.2` for a range that begins
    at `7.2.4`), one that a distribution may have corrected without changing its number (`9.2p1 Debian 2+deb12u3`) and a
    range of versions (`8.3.0 - 8.3.7`) are at most `PERHAPS`.
    """
    if not span.since and not span.before:
        return Inside.YES
    said = _TO_PLAIN.sub("", version[:MAX_VERSION].strip().lower())
    if not said[:1].isdigit():
        return Inside.PERHAPS
    first, _space, rest = said.partition(" ")
    found = _first_inside(first.removesuffix(".x").removesuffix(".*"), span)
    if found is Inside.NO and _last_of_range(rest):
        found = _first_inside(_last_of_range(rest), span)
    certain = not rest and not (_DISTRIBUTION.search(first) and not _DISTRIBUTION.search(f"{span.since} {span.before}"))
    return Inside.PERHAPS if found is Inside.YES and not certain else found


def _last_of_range(rest: str) -> str:
    return rest.removeprefix("- ").split(" ")[0] if rest.startswith("- ") else ""


def _first_inside(version: str, span: Span) -> Inside:
    low = _not_below(version, span.since)
    high = _below(version, span.before)
    if Inside.NO in {low, high}:
        return Inside.NO
    return Inside.PERHAPS if Inside.PERHAPS in {low, high} else Inside.YES


def _not_below(version: str, bound: str) -> Inside:
    if not bound:
        return Inside.YES
    if compare(version, bound) >= 0:
        return Inside.YES
    return Inside.PERHAPS if cut_short(version, bound) else Inside.NO


def _below(version: str, bound: str) -> Inside:
    if not bound:
        return Inside.YES
    if compare(version, bound) >= 0:
        return Inside.NO
    return Inside.PERHAPS if cut_short(version, bound) else Inside.YES


def cut_short(version: str, bound: str) -> bool:
    """Whether `version` is only the beginning of `bound`: what follows it was not seen."""
    rest = bound.strip().lower().removeprefix(version)
    return bool(_PLAIN.fullmatch(version)) and rest != bound.strip().lower() and rest[:1] in {".", "-"}


@lru_cache(maxsize=65_536)
def _split(version: str) -> tuple[str, Key, Key]:
    """The epoch, the upstream version and the revision, as Debian cuts them."""
    text = _TO_PLAIN.sub("", version[:MAX_VERSION].strip().lower())
    match = _EPOCH.fullmatch(text)
    epoch, rest = (match[1], match[2]) if match else ("", text)
    upstream, _dash, revision = rest.rpartition("-") if _revised(rest) else (rest, "", "")
    return epoch, _key(upstream), _key(revision)


def _revised(text: str) -> bool:
    """Whether the last dash is that of a revision: it is followed by a number."""
    before, dash, after = text.rpartition("-")
    return bool(dash and before and after[:1].isdigit())


def _key(text: str) -> Key:
    pieces = _PIECE.findall(text)
    return tuple(_piece(one, following) for one, following in zip_longest(pieces, pieces[1:], fillvalue=""))


def _piece(text: str, following: str) -> tuple[int, int, str]:
    if text == "~":
        return _TILDE, 0, ""
    if text.isdigit():
        return _NUMBER, int(text), ""
    early = _BEFORE_RELEASE.get(text)
    if early is None and following.isdigit():
        early = _BEFORE_RELEASE_NUMBERED.get(text)
    return (early, 0, text) if early is not None else (_WORD, 0, text)


_NOTHING = (_END, 0, "")
_ZERO = (_NUMBER, 0, "")


def _order(left: Key, right: Key) -> int:
    """The order of two keys; what is missing counts as zero against a number, as the end against the rest."""
    for place in range(max(len(left), len(right))):
        one = left[place] if place < len(left) else _NOTHING
        other = right[place] if place < len(right) else _NOTHING
        if one == _NOTHING and other[0] == _NUMBER:
            one = _ZERO
        if other == _NOTHING and one[0] == _NUMBER:
            other = _ZERO
        if one != other:
            return -1 if one < other else 1
    return 0
