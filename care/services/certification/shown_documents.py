"""The documents that people tied to a theme, or to a requirement that asks the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from care.domain.certification import Freshness, Theme, freshness
from care.domain.evidence import EVIDENCE_NAMES
from care.domain.frameworks import Expected
from care.domain.plans import months_later
from care.services.certification.shown_registers import Look, Seen
from care.services.frameworks.ground import Piece


def documents(theme: Theme, look: Look) -> Sequence[Seen]:
    """What is filed for a theme: each document that is expected, absent ones too, then the others."""
    tied = (piece for ref in _refs(theme, look) for piece in look.ground.pieces.get(ref, ()))
    pieces = {piece.id: piece for piece in tied if piece.kind not in look.hidden}
    found: list[Seen] = []
    taken: set[int] = set()
    for expected in _expected(theme, look):
        fitting = [one for one in pieces.values() if one.kind is expected.kind]
        taken |= {one.id for one in fitting}
        found += [_seen(one, expected, look) for one in fitting] or [_absent(expected, look)]
    return [*found, *(_seen(one, None, look) for one in pieces.values() if one.id not in taken)]


def _refs(theme: Theme, look: Look) -> Iterator[str]:
    """Where its documents may be tied: the theme, what asks the same, and what manuals tie to it."""
    for ref in sorted(theme.refs):
        yield ref
        yield from look.ground.equivalents.get(ref, ())


def _expected(theme: Theme, look: Look) -> Iterator[Expected]:
    """The documents expected of the theme itself, one a kind."""
    kinds = set()
    for ref in sorted(theme.refs):
        name, _, item = ref.partition(":")
        framework = look.ground.frameworks.get(name)
        if framework is None or item not in framework.by_id:
            continue
        for one in framework.by_id[item].expects if name == "has" else ():
            if one.kind not in kinds:
                kinds.add(one.kind)
                yield one


def _seen(piece: Piece, expected: Expected | None, look: Look) -> Seen:
    aged = months_later(piece.day, expected.months) if expected and expected.months else None
    until = min((one for one in (piece.until, aged) if one is not None), default=None)
    kind = EVIDENCE_NAMES[piece.kind].render(look.lang)
    state = freshness(until, piece.day, False, look.ground.day)
    return Seen(piece.id, piece.title, kind, piece.day, until, state)


def _absent(expected: Expected, look: Look) -> Seen:
    kind = EVIDENCE_NAMES[expected.kind].render(look.lang)
    return Seen(0, expected.what.render(look.lang), kind, None, None, Freshness.ABSENT)
