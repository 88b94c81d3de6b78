"""Which of the establishment's own words may stand for the variables of a kit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exercises.kit import Source, Variable

SHORT_WORD = 4
"""Up to this length a word is an abbreviation (DPI, PACS): it must stand alone, not inside another."""
_ARTICLE = re.compile(r"(l’|l'|le |la |les |un |une |des )(.+)\Z", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something the establishment recorded. `about` are more words to find it by; they are not said."""

    source: Source
    word: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may stand for one variable: the best match, "" when nothing fits, and everything of its kind, best first."""

    variable: Variable
    best: str
    others: tuple[str, ...]


def proposals(variables: Iterable[Variable], candidates: Sequence[Candidate]) -> tuple[Proposal, ...]:
    """A proposal for each variable, in their order. One word is not the best of two variables."""
    taken: set[str] = set()
    found = []
    for variable in variables:
        ranked = _ranked(variable, candidates)
        best = next((word for word, fits in ranked if fits and word not in taken), "")
        taken.add(best)
        found.append(Proposal(variable, best, tuple(dict.fromkeys(word for word, _fits in ranked))))
    return tuple(found)


def _ranked(variable: Variable, candidates: Sequence[Candidate]) -> list[tuple[str, bool]]:
    """The words of this source, best first, and whether each fits."""
    named = variable.source is Source.ESTABLISHMENT
    scored = [
        (_score(variable, one), folded(one.word), in_a_sentence(one.word, variable.default))
        for one in candidates
        if one.source is variable.source
    ]
    return [(word, named or score is not None) for score, _name, word in sorted(scored, key=_by_score)]


def _by_score(one: tuple[tuple[int, int] | None, str, str]) -> tuple[bool, tuple[int, int], str]:
    score, name, _word = one
    return (score is None, score or (0, 0), name)


def _score(variable: Variable, candidate: Candidate) -> tuple[int, int] | None:
    """Where the first fitting word of the variable stands: in the name before elsewhere, the first words before others.
    None when no word fits."""
    for rank, text in enumerate((candidate.word, candidate.about)):
        for position, word in enumerate(variable.words):
            if _stands_in(word, text):
                return (rank, position)
    return None


def _stands_in(word: str, text: str) -> bool:
    sought, there = folded(word), folded(text)
    if len(sought) > SHORT_WORD:
        return sought in there
    return re.search(rf"(?<!\w){re.escape(sought)}(?!\w)", there) is not None


def folded(text: str) -> str:
    """A text without case nor accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def in_a_sentence(name: str, default: str) -> str:
    """A name as the texts of a kit will say it: when the kit says “la réanimation”, `Réanimation adulte` becomes
    “la réanimation adulte”; other names stay as they are."""
    found = _ARTICLE.match(default)
    first = name.partition(" ")[0]
    if not found or not first[1:].islower() or folded(found[2].partition(" ")[0]) != folded(first):
        return name
    return f"{found[1]}{name[0].lower()}{name[1:]}"
