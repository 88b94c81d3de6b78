"""Bundles of indicators, `care-bundle/1`: what an installation tells its region, signed. Pure.

A bundle is a file of two lines, each ended by a line feed. The first is one JSON object in its only written form
(`canonical`); the second, the Ed25519 signature of `CONTEXT` and of the first line, in base64. There is no free text in
it, no finding and no name: codes, numbers, days and FINESS numbers, or pseudonyms. Everything is told again each time
for all the months named, so that a later bundle makes an earlier one useless.

`read_bundle` believes nothing: whatever is not exactly in this form is refused, with its reason. Whether the key is one
that may send, and whether the bundle comes in its turn, is for the region to say.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, TypeVar

from care.domain.alerts import AlertAnswer, Exposure
from care.domain.campaign_words import CampaignWord, read_words
from care.domain.indicators import CODE, Measured
from care.domain.months import Month, is_month
from care.domain.signed_documents import (
    FINESS,
    HEX64,
    MAX_NUMBER,
    MOMENT,
    UUID,
    DocumentError,
    canonical,
    canonical_or_none,
    exact_base64,
    exact_keys,
    is_signature,
    key_fingerprint,
    number_of,
    object_of,
    read_object,
    string_of,
    text_of,
    wrong_value,
)
from scanners.model import Text

FORMAT = 1
CONTEXT = b"care-bundle/1\n"
KEY_CONTEXT = b"care-key/1\n"
SUFFIX = ".care-bundle"
MAX_LINE_BYTES = 8 * 1024 * 1024
"""Of the first line: some 300 establishments with 40 indicators over 13 months fit."""
MAX_BYTES = MAX_LINE_BYTES + 100
MAX_MONTHS = 120

_PSEUDONYM = re.compile(r"[0-9a-f]{16}\Z")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,29}\Z")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}\Z")
MAX_CATEGORY = 200

_KEYS = frozenset(
    {
        "format",
        "for",
        "installation",
        "number",
        "previous",
        "made_at",
        "key",
        "public_key",
        "rotation",
        "pseudonymous",
        "months",
        "holders",
        "alerts",
        "campaigns",
    }
)
_NAMED = frozenset({"finess", "values"})
_UNNAMED = frozenset({"pseudonym", "category", "values"})
_ALERT = frozenset({"alert", "exposure", "seen", "facts_at", "answer", "answered_at"})
Kind = TypeVar("Kind")
_EXPOSURES = {one.value: one for one in Exposure}
_ANSWERS = {one.value: one for one in AlertAnswer}


class BundleError(DocumentError):
    """A bundle cannot be taken as it is: what is wrong, where, and what to do."""


class NewerFormatError(BundleError):
    """A bundle of a format that this installation does not know yet."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A new key presented by the former one: its fingerprint, and its signature over the new raw public key."""

    former: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class HolderValues:
    """What one establishment answers: named by its FINESS number, or by a pseudonym and its category."""

    finess: str | None
    pseudonym: str | None
    category: str
    values: tuple[Measured, ...]

    @property
    def name(self) -> str:
        """What it is called in the bundle."""
        return self.finess or self.pseudonym or ""


@dataclass(frozen=True, slots=True)
class AlertWord:
    """Where one establishment stands with an alert of the region."""

    alert: str
    finess: str | None
    pseudonym: str | None
    exposure: Exposure
    seen: int
    facts_at: datetime | None
    answer: AlertAnswer
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose form and signature hold. `audience` is the fingerprint of the key of the region it was made for;
    `sha256` that of its first line, `previous` that of the bundle before."""

    format: int
    audience: str
    installation: str
    number: int
    previous: str
    made_at: datetime
    key_id: str
    public_key: bytes
    rotation: Rotation | None
    pseudonymous: bool
    months: tuple[Month, ...]
    holders: tuple[HolderValues, ...]
    alerts: tuple[AlertWord, ...]
    campaigns: tuple[CampaignWord, ...]
    sha256: str

    @property
    def values(self) -> int:
        """How many values it tells."""
        return sum(len(one.values) for one in self.holders)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a file says of itself when nothing of it was checked: to tell people what was refused, never to act."""

    installation: str = ""
    number: int | None = None
    format: int | None = None
    key_id: str = ""
    made_at: datetime | None = None


# Writing


def signed_bundle(payload: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> bytes:
    """The file of a bundle, which `read_bundle` takes; DocumentError when its content would be refused."""
    line = canonical(payload)
    content = line + b"\n" + base64.b64encode(sign(CONTEXT + line)) + b"\n"
    read_bundle(content)
    return content


def bundle_sha256(content: bytes) -> str:
    """The fingerprint by which a bundle is known: SHA-256 of its first line, in hexadecimal."""
    return hashlib.sha256(content.partition(b"\n")[0]).hexdigest()


def written_moment(at: datetime) -> str:
    """An instant as bundles write it: `2026-11-23T01:30:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_value(value: Measured) -> list[Any]:
    """A value as bundles write it."""
    return [
        value.code,
        value.version,
        value.month,
        value.numerator,
        value.denominator,
        value.as_of.isoformat(),
    ]


def key_message(new_public_key: bytes) -> bytes:
    """What a former key signs to present the one that replaces it."""
    return KEY_CONTEXT + new_public_key


# Checking


def presented_by(bundle: Bundle, former_public_key: bytes) -> bool:
    """Whether the key of this bundle was presented by that former key."""
    rotation = bundle.rotation
    if rotation is None or rotation.former != key_fingerprint(former_public_key):
        return False
    return is_signature(former_public_key, key_message(bundle.public_key), rotation.signature)


def read_bundle(content: bytes) -> Bundle:
    """The bundle of a file; DocumentError says what is wrong with it."""
    line, signature = _two_lines(content)
    payload = read_object(line)
    _check_format(payload)
    exact_keys(payload, _KEYS, Text("le lot", "the bundle"))
    if canonical_or_none(payload) != line:
        raise BundleError(
            "Le lot n’est pas dans son unique forme écrite (ordre des clés, espaces) : il a été modifié après coup."
            " Redemandez le fichier.",
            "The bundle is not in its only written form (order of keys, spaces): it was changed afterwards."
            " Ask for the file again.",
        )
    bundle = _bundle(payload, hashlib.sha256(line).hexdigest())
    if not is_signature(bundle.public_key, CONTEXT + line, signature):
        raise BundleError(
            "La signature du lot ne correspond pas à son contenu : il a été modifié, ou signé par une autre clé."
            " Redemandez le fichier à l’établissement.",
            "The signature of the bundle does not match its content: it was changed, or signed by another key."
            " Ask the establishment for the file again.",
        )
    return bundle


def claims_of(content: bytes) -> Claims:
    """What a refused file says of itself, as far as it can be read; nothing of it can be believed."""
    line = content[: MAX_BYTES + 1].partition(b"\n")[0]
    try:
        payload = read_object(line) if len(line) <= MAX_LINE_BYTES else {}
    except DocumentError:
        return Claims()
    return Claims(
        installation=_claimed(payload, "installation", UUID),
        number=_claimed_number(payload.get("number")),
        format=_claimed_number(payload.get("format")),
        key_id=_claimed(payload, "key", HEX64),
        made_at=_moment_or_none(_claimed(payload, "made_at", MOMENT)),
    )


def _claimed(payload: Mapping[str, Any], field: str, pattern: re.Pattern[str]) -> str:
    told = payload.get(field)
    return told if isinstance(told, str) and pattern.match(told) else ""


def _claimed_number(told: object) -> int | None:
    return told if type(told) is int and 0 <= told <= MAX_NUMBER else None


def _two_lines(content: bytes) -> tuple[bytes, bytes]:
    if len(content) > MAX_BYTES:
        raise BundleError(
            f"Le fichier dépasse {MAX_LINE_BYTES // 1024 // 1024} Mio : ce n’est pas un lot d’indicateurs.",
            f"The file exceeds {MAX_LINE_BYTES // 1024 // 1024} MiB: this is no bundle of indicators.",
        )
    if not content.startswith(b"{"):
        raise BundleError(
            "Ce fichier n’est pas un lot d’indicateurs CaRE (« .care-bundle ») : vérifiez lequel vous avez choisi.",
            "This file is no CaRE bundle of indicators (“.care-bundle”): check which one you chose.",
        )
    if b"\r" in content:
        raise BundleError(
            "Les fins de ligne du lot ont été changées en route (messagerie, transfert en mode texte) :"
            " renvoyez-le dans une archive zip ou par HTTPS.",
            "The ends of line of the bundle were changed on the way (mail, transfer as text):"
            " send it again in a zip archive or by HTTPS.",
        )
    lines = content.split(b"\n")
    if len(lines) != 3 or lines[2]:
        raise BundleError(
            "Le lot doit faire exactement deux lignes, chacune terminée : il est coupé, ou quelque chose y a été"
            " ajouté. Redemandez le fichier.",
            "The bundle must be exactly two lines, each ended: it is cut, or something was added to it."
            " Ask for the file again.",
        )
    if len(lines[0]) > MAX_LINE_BYTES:
        raise BundleError(
            f"La première ligne du lot dépasse {MAX_LINE_BYTES // 1024 // 1024} Mio.",
            f"The first line of the bundle exceeds {MAX_LINE_BYTES // 1024 // 1024} MiB.",
        )
    return lines[0], exact_base64(lines[1], 64, Text("la signature du lot", "the signature of the bundle"))


def _check_format(payload: Mapping[str, Any]) -> None:
    told = payload.get("format")
    if type(told) is not int or told < 1:
        raise BundleError(
            "Le fichier ne dit pas de quel format il est : ce n’est pas un lot d’indicateurs CaRE.",
            "The file does not say of which format it is: this is no CaRE bundle of indicators.",
        )
    if told > FORMAT:
        raise NewerFormatError(
            f"Le lot est au format {told}, plus récent que celui connu ici ({FORMAT}) : mettez à jour l’installation"
            " de la région, puis redemandez-le.",
            f"The bundle is of format {told}, newer than the one known here ({FORMAT}): update the installation of"
            " the region, then ask for it again.",
        )


def _moment(payload: Mapping[str, Any], field: str) -> datetime:
    found = _moment_or_none(text_of(payload, field, MOMENT))
    if found is None:
        raise wrong_value(field, payload[field])
    return found


def _moment_or_none(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _bundle(payload: Mapping[str, Any], sha256: str) -> Bundle:
    public_key = exact_base64(string_of(payload, "public_key"), 32, Text("la clé publique", "the public key"))
    key_id = text_of(payload, "key", HEX64)
    if key_fingerprint(public_key) != key_id:
        raise BundleError(
            "L’empreinte « key » n’est pas celle de la clé publique du lot : il n’est pas pris.",
            "The fingerprint “key” is not that of the public key of the bundle: it is not taken.",
        )
    number, previous = number_of(payload["number"], "number", 1), string_of(payload, "previous")
    if previous and HEX64.match(previous) is None:
        raise wrong_value("previous", previous)
    if type(payload["pseudonymous"]) is not bool:
        raise wrong_value("pseudonymous", payload["pseudonymous"])
    months = _months(payload["months"])
    return Bundle(
        format=payload["format"],
        audience=text_of(payload, "for", HEX64),
        installation=text_of(payload, "installation", UUID),
        number=number,
        previous=previous,
        made_at=_moment(payload, "made_at"),
        key_id=key_id,
        public_key=public_key,
        rotation=_rotation(payload["rotation"], key_id),
        pseudonymous=payload["pseudonymous"],
        months=months,
        holders=_holders(payload["holders"], payload["pseudonymous"], frozenset(months)),
        alerts=_alerts(payload["alerts"], payload["pseudonymous"]),
        campaigns=_campaigns(payload["campaigns"], payload["pseudonymous"]),
        sha256=sha256,
    )


def _rotation(told: object, key_id: str) -> Rotation | None:
    if told is None:
        return None
    where = Text("« rotation »", "“rotation”")
    entry = object_of(told, frozenset({"former", "signature"}), where)
    former = text_of(entry, "former", HEX64)
    if former == key_id:
        raise wrong_value("rotation", former)
    return Rotation(former, exact_base64(string_of(entry, "signature"), 64, where))


def _list(told: object, field: str) -> Sequence[Any]:
    if not isinstance(told, list):
        raise wrong_value(field, told)
    return told


def _months(told: object) -> tuple[Month, ...]:
    months = _list(told, "months")
    if not 1 <= len(months) <= MAX_MONTHS:
        raise wrong_value("months", f"{len(months)}")
    for month in months:
        if type(month) is not int or not is_month(month):
            raise wrong_value("months", month)
    if any(first >= second for first, second in pairwise(months)):
        raise BundleError(
            "Les mois du lot ne se suivent pas dans l’ordre : il n’est pas pris.",
            "The months of the bundle do not follow in order: it is not taken.",
        )
    return tuple(months)


def _holders(told: object, pseudonymous: bool, months: frozenset[Month]) -> tuple[HolderValues, ...]:
    holders = tuple(_holder(one, pseudonymous, months) for one in _list(told, "holders"))
    twice = _first_twice(one.name for one in holders)
    if twice is not None:
        raise BundleError(
            f"L’établissement {twice} figure deux fois dans le lot : il n’est pas pris.",
            f"Establishment {twice} is in the bundle twice: it is not taken.",
        )
    return holders


def _first_twice(names: Iterable[object]) -> object | None:
    seen = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _holder(told: object, pseudonymous: bool, months: frozenset[Month]) -> HolderValues:
    where = Text("un établissement du lot", "an establishment of the bundle")
    entry = object_of(told, _UNNAMED if pseudonymous else _NAMED, where)
    finess, pseudonym = _who(entry, pseudonymous)
    category = _category(entry["category"]) if pseudonymous else ""
    values = _values(_list(entry["values"], "values"), months, finess or pseudonym or "")
    return HolderValues(finess, pseudonym, category, values)


def _who(entry: Mapping[str, Any], pseudonymous: bool) -> tuple[str | None, str | None]:
    if pseudonymous:
        return None, text_of(entry, "pseudonym", _PSEUDONYM)
    return text_of(entry, "finess", FINESS), None


def _category(told: object) -> str:
    if not isinstance(told, str) or len(told) > MAX_CATEGORY or not told.isprintable():
        raise wrong_value("category", told)
    return told


def _values(told: Sequence[Any], months: frozenset[Month], name: str) -> tuple[Measured, ...]:
    seen = _Seen(months, name)
    values = tuple([_value(one, seen) for one in told])
    if len({(one.code, one.month) for one in values}) != len(values):
        twice = _first_twice((one.code, one.month) for one in values)
        raise BundleError(
            f"Deux valeurs pour le même indicateur et le même mois {twice} ({name}) : le lot n’est pas pris.",
            f"Two values for the same indicator and month {twice} ({name}): the bundle is not taken.",
        )
    return values


@dataclass(slots=True)
class _Seen:
    """What values of one holder repeat, looked at once: indicators with their version, and days."""

    months: frozenset[Month]
    name: str
    indicators: set[tuple[str, str]] = field(default_factory=set)
    days: dict[str, date] = field(default_factory=dict)


def _value(told: object, seen: _Seen) -> Measured:
    """One value; called a million times by an import of a nation, hence its few steps."""
    if type(told) is not list or len(told) != 6:
        raise wrong_value(f"values ({seen.name})", told)
    code, version, month, numerator, denominator, as_of = told
    if type(code) is not str or type(version) is not str or type(as_of) is not str:
        raise wrong_value(f"values ({seen.name})", told)
    if (code, version) not in seen.indicators:
        _check_indicator(code, version, seen)
    if type(month) is not int or month not in seen.months:
        raise wrong_value(f"values ({seen.name}, {code}) : month", month)
    if type(numerator) is not int or type(denominator) is not int:
        raise wrong_value(f"values ({seen.name}, {code})", f"{numerator} / {denominator}")
    if not (0 <= numerator <= MAX_NUMBER and 0 <= denominator <= MAX_NUMBER):
        raise wrong_value(f"values ({seen.name}, {code})", f"{numerator} / {denominator}")
    return Measured(code, version, month, numerator, denominator, seen.days.get(as_of) or _day(as_of, seen.days))


def _check_indicator(code: str, version: str, seen: _Seen) -> None:
    if CODE.match(code) is None or _VERSION.match(version) is None:
        raise wrong_value(f"values ({seen.name})", f"{code} {version}")
    seen.indicators.add((code, version))


def _day(told: str, days: dict[str, date]) -> date:
    """A day, remembered: values repeat a few."""
    if _DAY.match(told) is None:
        raise wrong_value("values", told)
    try:
        days[told] = date.fromisoformat(told)
    except ValueError:
        raise wrong_value("values", told) from None
    return days[told]


def _alerts(told: object, pseudonymous: bool) -> tuple[AlertWord, ...]:
    words = tuple(_alert(one, pseudonymous) for one in _list(told, "alerts"))
    if _first_twice((one.alert, one.finess, one.pseudonym) for one in words) is not None:
        raise BundleError(
            "Deux réponses du même établissement à la même alerte : le lot n’est pas pris.",
            "Two answers of the same establishment to the same alert: the bundle is not taken.",
        )
    return words


def _alert(told: object, pseudonymous: bool) -> AlertWord:
    who = "pseudonym" if pseudonymous else "finess"
    entry = object_of(told, _ALERT | {who}, Text("une réponse à une alerte", "an answer to an alert"))
    finess, pseudonym = _who(entry, pseudonymous)
    return AlertWord(
        alert=text_of(entry, "alert", UUID),
        finess=finess,
        pseudonym=pseudonym,
        exposure=_choice(entry, "exposure", _EXPOSURES),
        seen=number_of(entry["seen"], "seen"),
        facts_at=None if entry["facts_at"] is None else _moment(entry, "facts_at"),
        answer=_choice(entry, "answer", _ANSWERS),
        answered_at=None if entry["answered_at"] is None else _moment(entry, "answered_at"),
    )


def _campaigns(told: object, pseudonymous: bool) -> tuple[CampaignWord, ...]:
    """A region asks nothing of whom it cannot name."""
    words = _list(told, "campaigns")
    if words and pseudonymous:
        raise wrong_value("campaigns", "pseudonymous")
    return read_words(words)


def _choice(entry: Mapping[str, Any], field: str, known: Mapping[str, Kind]) -> Kind:
    told = entry[field]
    if not isinstance(told, str) or told not in known:
        raise wrong_value(field, told)
    return known[told]
