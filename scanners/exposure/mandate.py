"""The mandate: who authorised an exposure audit, on what, and when. Without it no packet leaves.

Pure. The command line builds it from a YAML file, the platform from its own table; both hand a mapping to
`parse_mandate` and pass `to_mapping()` on in the request, because dates do not travel in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanners.errors import CollectError
from scanners.exposure.targets import Address, Network, is_name, network_of, unmapped

_HOURS = re.compile(r"(?P<opens>[0-2][0-9]:[0-5][0-9])-(?P<closes>[0-2][0-9]:[0-5][0-9])\Z")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}\Z")
_MAX_TEXT = 300
_MAX_SCOPE = 5000
_FIELDS = {
    "authorised_by", "role", "reference", "scope", "excluded", "valid_from", "valid_to", "hours", "timezone",
    "document", "places", "followed",
}  # fmt: skip


class MandateError(CollectError):
    """The mandate is malformed, or does not cover what was asked."""


@dataclass(frozen=True, slots=True)
class Area:
    """What a mandate names: networks, exact names, and suffixes written `*.hopital.fr`."""

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    def holds(self, what: Address | str) -> bool:
        """Whether an address or a name (lower case) is in the area."""
        if isinstance(what, str):
            return what in self.names or any(what.endswith(suffix) for suffix in self.suffixes)
        address = unmapped(what)
        return any(address.version == network.version and address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Mandate:
    """A written authorisation. `valid_from` and `valid_to` are both included; days and `hours` are those of `timezone`.

    `hours` is the pair (opens, closes) of a daily window, which may span midnight; None is all day. `document` is the
    SHA-256 of what was signed, empty when nobody gave it. `places` tells where names live, each with the addresses it
    may lead to, `followed` the names that are audited wherever they go (`known_places.py`).
    """

    authorised_by: str
    role: str
    reference: str
    scope: Area
    excluded: Area
    valid_from: date
    valid_to: date
    hours: tuple[time, time] | None = None
    timezone: str = "Europe/Paris"
    document: str = ""
    places: tuple[tuple[str, Area], ...] = ()
    followed: frozenset[str] = frozenset()

    def day_of(self, now: datetime) -> date:
        """The day of a moment (aware), where the mandate was given."""
        return now.astimezone(ZoneInfo(self.timezone)).date()

    def check_time(self, now: datetime) -> None:
        """MandateError when `now` (aware) lies outside the dates or the hours."""
        local = now.astimezone(ZoneInfo(self.timezone))
        if local.date() < self.valid_from:
            raise self._refused(
                f"n’est pas encore valable (à partir du {self.valid_from})",
                f"is not valid yet (from {self.valid_from})",
            )
        if local.date() > self.valid_to:
            raise self._refused(f"a expiré le {self.valid_to}", f"expired on {self.valid_to}")
        if self.hours is not None and not _within(local.time(), *self.hours):
            window = "-".join(f"{moment:%H:%M}" for moment in self.hours)
            raise self._refused(f"n’autorise l’audit que de {window}", f"allows the audit from {window} only")

    def allows(self, now: datetime) -> bool:
        """Whether `now` (aware) lies within the dates and the hours."""
        try:
            self.check_time(now)
        except MandateError:
            return False
        return True

    def check(self, what: Address | str) -> None:
        """MandateError when an address or a name is excluded or not in the scope."""
        if self.excluded.holds(what):
            raise self._refused(f"exclut {what}", f"excludes {what}")
        if not self.scope.holds(what):
            raise self._refused(f"ne couvre pas {what}", f"does not cover {what}")

    def covers(self, what: Address | str, now: datetime) -> bool:
        """Whether an address or a name may be contacted at that moment."""
        try:
            self.check_time(now)
            self.check(what)
        except MandateError:
            return False
        return True

    def to_mapping(self) -> dict[str, object]:
        """The mapping `parse_mandate` reads, made of JSON scalars and lists."""
        return {
            "authorised_by": self.authorised_by,
            "role": self.role,
            "reference": self.reference,
            "scope": list(self.scope.written),
            "excluded": list(self.excluded.written),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat(),
            "hours": "-".join(f"{moment:%H:%M}" for moment in self.hours) if self.hours else None,
            "timezone": self.timezone,
            "document": self.document,
            "places": {name: list(area.written) for name, area in self.places},
            "followed": sorted(self.followed),
        }

    def _refused(self, fr: str, en: str) -> MandateError:
        return MandateError(
            f"Le mandat « {self.reference} » {fr} ; faites-le étendre par {self.authorised_by}, ou retirez la cible.",
            f"The mandate “{self.reference}” {en}; have it extended by {self.authorised_by}, or remove the target.",
        )


def parse_mandate(raw: object) -> Mandate:
    """The mandate a mapping holds; MandateError names the field that is missing or wrong.

    Fields: `authorised_by`, `role`, `reference`, `scope` (addresses, networks, names, `*.suffix`), `valid_from`,
    `valid_to` (dates), and optionally `excluded`, `hours` (`20:00-06:00`), `timezone`, `document` (the SHA-256 of the
    signed document), `places` (a mapping of names to their addresses), `followed` (names).
    """
    if not isinstance(raw, Mapping):
        raise _wrong("mandate", "un tableau de champs est attendu", "a mapping of fields is expected")
    unknown = sorted(str(key) for key in raw if key not in _FIELDS)
    if unknown:
        raise _wrong(unknown[0][:_MAX_TEXT], "champ inconnu", "unknown field")
    mandate = Mandate(
        authorised_by=_text(raw, "authorised_by"),
        role=_text(raw, "role"),
        reference=_text(raw, "reference"),
        scope=_area(raw, "scope"),
        excluded=_area(raw, "excluded"),
        valid_from=_day(raw, "valid_from"),
        valid_to=_day(raw, "valid_to"),
        hours=_hours(raw),
        timezone=_timezone(raw),
        document=_digest(raw),
        places=_places(raw),
        followed=_followed(raw),
    )
    if not mandate.scope.written:
        raise _wrong("scope", "périmètre vide", "empty scope")
    if mandate.valid_to < mandate.valid_from:
        raise _wrong("valid_to", "antérieure à valid_from", "earlier than valid_from")
    return mandate


def parse_area(entries: Sequence[str], field: str = "excluded") -> Area:
    """What addresses, networks, names and `*.suffix` name; MandateError names the one that is unreadable."""
    return _area({field: list(entries)}, field)


def _text(raw: Mapping[object, object], field: str) -> str:
    value = raw.get(field)
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT:
        raise _wrong(field, "texte manquant ou trop long", "missing or too long a text")
    return value.strip()


def _area(raw: Mapping[object, object], field: str) -> Area:
    entries = raw.get(field) or ()
    if not isinstance(entries, list | tuple) or len(entries) > _MAX_SCOPE:
        raise _wrong(field, "une liste est attendue", "a list is expected")
    networks: list[Network] = []
    names: set[str] = set()
    suffixes: list[str] = []
    for entry in entries:
        text = str(entry).strip().lower().removesuffix(".")
        network = _network(text)
        if network is not None:
            networks.append(network)
        elif text.startswith("*.") and is_name(text[2:]):
            suffixes.append(text[1:])
        elif is_name(text):
            names.add(text)
        else:
            raise _wrong(field, f"entrée illisible {text[:80]!a}", f"unreadable entry {text[:80]!a}")
    return Area(tuple(networks), frozenset(names), tuple(suffixes), tuple(str(entry).strip() for entry in entries))


def _places(raw: Mapping[object, object]) -> tuple[tuple[str, Area], ...]:
    """Where names live, each with the addresses and networks it may lead to."""
    stated = raw.get("places") or {}
    if not isinstance(stated, Mapping) or len(stated) > _MAX_SCOPE:
        raise _wrong("places", "un tableau « nom : adresses » est attendu", "a mapping “name: addresses” is expected")
    return tuple((_name(name, "places"), _addresses(entries)) for name, entries in stated.items())


def _addresses(entries: object) -> Area:
    area = _area({"places": [entries] if isinstance(entries, str) else entries}, "places")
    if area.names or area.suffixes or not area.networks:
        raise _wrong("places", "des adresses ou des réseaux sont attendus", "addresses or networks are expected")
    return area


def _followed(raw: Mapping[object, object]) -> frozenset[str]:
    """The names that are audited wherever they go: each is written in full, for a person to answer for it."""
    area = _area(raw, "followed")
    if area.networks or area.suffixes:
        raise _wrong("followed", "des noms entiers sont attendus", "full names are expected")
    return area.names


def _name(written: object, field: str) -> str:
    text = str(written).strip().lower().removesuffix(".")
    if not is_name(text):
        raise _wrong(field, f"nom illisible {text[:80]!a}", f"unreadable name {text[:80]!a}")
    return text


def _network(text: str) -> Network | None:
    try:
        return network_of(text) if "%" not in text else None
    except ValueError:
        return None


def _day(raw: Mapping[object, object], field: str) -> date:
    value = raw.get(field)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _wrong(field, "une date AAAA-MM-JJ est attendue", "a date YYYY-MM-DD is expected") from None


def _hours(raw: Mapping[object, object]) -> tuple[time, time] | None:
    value = raw.get("hours")
    if value is None:
        return None
    match = _HOURS.match(value) if isinstance(value, str) else None
    try:
        if match is not None:
            return time.fromisoformat(match["opens"]), time.fromisoformat(match["closes"])
    except ValueError:
        pass
    raise _wrong("hours", "une plage HH:MM-HH:MM est attendue", "a range HH:MM-HH:MM is expected")


def _timezone(raw: Mapping[object, object]) -> str:
    value = raw.get("timezone") or "Europe/Paris"
    try:
        return ZoneInfo(str(value)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong("timezone", "fuseau horaire inconnu", "unknown time zone") from None


def _digest(raw: Mapping[object, object]) -> str:
    value = raw.get("document") or ""
    if value and not (isinstance(value, str) and _SHA256.match(value)):
        raise _wrong("document", "une empreinte SHA-256 (64 chiffres de 0 à f) est attendue", "a SHA-256 is expected")
    return str(value).lower()


def _within(moment: time, opens: time, closes: time) -> bool:
    if opens <= closes:
        return opens <= moment < closes
    return moment >= opens or moment < closes


def _wrong(field: str, fr: str, en: str) -> MandateError:
    return MandateError(
        f"Le mandat est refusé : champ {field}, {fr} ; corrigez le document de mandat.",
        f"The mandate is refused: field {field}, {en}; correct the mandate document.",
    )
