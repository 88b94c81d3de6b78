"""What the outside sees of an establishment, as things that appear, change and go: addresses, services, names,
mail domains. Pure.

A thing is gone only when an audit looked where it was: silence elsewhere says nothing. Where nothing at all answers,
not even to refuse, two audits in a row are wanted: a lost datagram or a route that was down looks the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AssetKind(StrEnum):
    """What sort of thing is seen; its key is `192.0.2.7`, `192.0.2.7:443/tcp`, `portail.hopital.fr` or `hopital.fr`."""

    ADDRESS = "address"
    SERVICE = "service"
    NAME = "name"
    DOMAIN = "domain"


class AssetChange(StrEnum):
    """What an audit says of a thing, compared with the one before."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    BACK = "back"


Traits = Mapping[str, str]
"""What is known of a thing, as texts by name; what an audit could not read is absent or empty."""


@dataclass(frozen=True, slots=True)
class SeenAsset:
    """A thing as an audit saw it; `proof` is what was seen, kept as it is and not followed."""

    kind: AssetKind
    key: str
    traits: Traits
    proof: Traits = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownAsset:
    """A thing as former audits of its target left it; `silent`: the last that looked there heard nothing at all."""

    id: int
    kind: AssetKind
    key: str
    traits: Traits
    gone: bool
    silent: bool = False


@dataclass(frozen=True, slots=True)
class AssetStep:
    """What an audit changes of one thing. `known` None: never seen before; `change` None: seen again, the same.

    `traits` are those to keep, `differences` the traits that changed, before and after; `proof` is that of this audit,
    empty when it did not see the thing. `silent`: it heard nothing at all there, for the first time.
    """

    kind: AssetKind
    key: str
    known: KnownAsset | None
    change: AssetChange | None
    traits: Traits
    differences: Mapping[str, tuple[str, str]]
    proof: Traits = field(default_factory=dict)
    silent: bool = False


def confront_assets(
    known: Iterable[KnownAsset],
    seen: Iterable[SeenAsset],
    looked_at: Callable[[str, str], bool],
    mute: Callable[[str], bool],
) -> tuple[AssetStep, ...]:
    """Each thing seen, then each thing that is no longer there although the audit looked at its key.

    Where nothing at all answers (`mute`), one audit is not believed: two in a row are.
    """
    before = {(one.kind, one.key): one for one in known}
    now = {(one.kind, one.key): one for one in seen}
    met = (_met(one, before.get(place)) for place, one in now.items())
    return (*met, *_gone((one for place, one in before.items() if place not in now), looked_at, mute))


def _met(seen: SeenAsset, known: KnownAsset | None) -> AssetStep:
    if known is None:
        return AssetStep(seen.kind, seen.key, None, AssetChange.NEW, dict(seen.traits), {}, seen.proof)
    told = {name: value for name, value in seen.traits.items() if value}
    differences = {
        name: (former, value)
        for name, value in told.items()
        if (former := known.traits.get(name, "")) not in ("", value)
    }
    change = AssetChange.BACK if known.gone else AssetChange.CHANGED if differences else None
    return AssetStep(seen.kind, seen.key, known, change, {**known.traits, **told}, differences, seen.proof)


def _gone(
    missing: Iterable[KnownAsset], looked_at: Callable[[str, str], bool], mute: Callable[[str], bool]
) -> Iterator[AssetStep]:
    for one in missing:
        if one.gone or not looked_at(one.kind, one.key):
            continue
        if one.silent or not mute(one.key):
            yield AssetStep(one.kind, one.key, one, AssetChange.GONE, one.traits, {})
        else:
            yield AssetStep(one.kind, one.key, one, None, one.traits, {}, silent=True)
