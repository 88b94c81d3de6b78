"""A simulated nation: invented establishments in the 18 regions, what they answered for months, who sends it.

Everything is drawn from one seed. Names say « simulé », regions too, so that no page, document or file can be taken for
a real one; FINESS numbers start with 99, which is no department, and have a right key. Nothing here reaches a network.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from itertools import count, islice, product

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level
from care.domain.federation import BundleVerdict, InstallationState, KeyState, Way
from care.domain.indicators import Audience, IndicatorDefinition, Measure, Trend
from care.domain.months import Month, last_day, month_of, moved
from care.domain.regions import DEPARTMENTS
from care.services.indicators.audiences import CANDIDACY
from care.services.indicators.definitions import read_definitions
from care.services.indicators.figuring import Maker
from care.services.indicators.marks import mark_months
from care.services.library import today
from care.services.platform import Platform
from care.store.bulk import Same, load
from care.store.federation import Installation, InstallationEstablishment, InstallationKey, ReceivedBundle
from care.store.indicators import EstablishmentProfile, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, Ght, LegalEntity, Region
from scanners.model import Text
from tools.finess import valid_finess

SIMULATED = "simulé"
REGION_SIMULATED = "simulation"
BY = "démonstration"
SHARES: Mapping[str, int] = {
    "11": 85,
    "84": 70,
    "75": 65,
    "76": 62,
    "44": 55,
    "32": 55,
    "93": 52,
    "53": 44,
    "52": 38,
    "28": 34,
    "27": 32,
    "24": 26,
    "94": 10,
    "04": 9,
    "01": 8,
    "02": 7,
    "03": 5,
    "06": 3,
}
"""Establishments of each region (INSEE code), about as unequal as in life."""
CATEGORIES = (*["CH"] * 9, *["Clinique"] * 7, *["EHPAD"] * 5, *["SMR"] * 4, *["HAD"] * 1)
"""After the CHU, which comes first where a region is large enough."""
STATUS = {"CHU": "public", "CH": "public", "EHPAD": "public", "SMR": "ebnl", "HAD": "ebnl", "Clinique": "for_profit"}
WRITTEN = {
    "CHU": "CHU de",
    "CH": "CH de",
    "EHPAD": "EHPAD de",
    "SMR": "SMR de",
    "HAD": "HAD de",
    "Clinique": "Clinique de",
}
_AHEAD = Text(
    "Ce lot se dit fait le lendemain : l’horloge de l’établissement avance. Remettez-la à l’heure.",
    "This bundle says it was made tomorrow: the clock of the establishment is ahead. Set it right.",
)
_FRONTS = (
    *(
        "Val",
        "Clair",
        "Roche",
        "Font",
        "Mar",
        "Bel",
        "Pont",
        "Cham",
        "Cour",
        "Haut",
        "Ver",
        "Mont",
        "Sau",
        "Tré",
        "Beau",
    ),
    *(
        "Ker",
        "Grand",
        "Lor",
        "Bois",
        "Mer",
        "Plan",
        "Ville",
        "Rive",
        "Aigue",
        "Noir",
        "Vau",
        "Brou",
        "Dam",
        "Feu",
        "Cor",
    ),
)
_ENDS = (
    *("brune", "dorée", "nesse", "vigny", "lande", "mière", "selles", "court", "tenay", "zelles", "vannes", "gnac"),
    *(
        "meuil",
        "lières",
        "rancy",
        "bourgne",
        "venan",
        "quelle",
        "dreuil",
        "sange",
        "thoise",
        "laudy",
        "ménec",
        "plaine",
    ),
)


@dataclass(frozen=True, slots=True)
class Site:
    """An establishment as it was planted. `ripe` (0 to 1) is how far it was at first, `pace` what it gains a month."""

    id: int
    name: str
    category: str
    region: str
    ght: int | None
    ose: bool
    ripe: float
    pace: float


@dataclass(frozen=True, slots=True)
class Sender:
    """An installation: who it speaks for, under pseudonyms or not, from which rank of the months on, to which."""

    id: int
    sites: tuple[Site, ...]
    bundle: int
    pseudonymous: bool
    first: int
    last: int


@dataclass
class Nation:
    """What was planted: identifiers of regions by INSEE code, establishments, installations, months oldest first."""

    regions: Mapping[str, int]
    months: tuple[Month, ...]
    sites: list[Site] = field(default_factory=list)
    senders: list[Sender] = field(default_factory=list)

    def of(self, region: str) -> list[Site]:
        """The establishments of a region, by INSEE code."""
        return [one for one in self.sites if one.region == region]

    @cached_property
    def federated(self) -> frozenset[int]:
        """The establishments that an installation speaks for; the others are followed on this platform itself."""
        return frozenset(site.id for one in self.senders for site in one.sites)


def plant_nation(platform: Platform, scale: float = 1.0, months: int = 24, seed: int = 7) -> Nation:
    """Plant the registry, the installations and what they told of the packaged indicators; no figure is made yet."""
    chance = np.random.default_rng(seed)
    day = today(platform)
    asked = tuple(moved(month_of(day), -back) for back in reversed(range(months)))
    with platform.database.write() as session:
        nation = Nation(_mark_regions(session), asked)
        names = _names(chance)
        for code, many in SHARES.items():
            for site in _region(platform, session, nation, code, max(2, round(many * scale)), names, chance):
                nation.sites.append(site)
        for code in SHARES:
            nation.senders.extend(_senders(platform, session, nation, code, chance))
        _values(platform, session, nation, day, chance)
    return nation


def make_figures(platform: Platform, months: Collection[Month]) -> None:
    """Make the figures of these months from the values that are there."""
    with platform.database.write() as session:
        mark_months(session, months, platform.clock.now())
    with platform.database.read() as session:
        maker = Maker(platform, session, read_definitions(platform, session))
    for month in months:
        maker.make(month)


def _mark_regions(session: Session) -> Mapping[str, int]:
    """The regions, whose names say that they are simulated."""
    rows = session.scalars(select(Region)).all()
    for row in rows:
        row.name = f"{row.name} ({REGION_SIMULATED})"
    return {row.code: row.id for row in rows}


def _names(chance: np.random.Generator) -> Iterator[str]:
    """Invented towns, each once; then with a number."""
    found = [front + end for front, end in product(_FRONTS, _ENDS)]
    chance.shuffle(found)
    yield from found
    for number in count(2):
        yield from (f"{one}-{number}" for one in found)


def _region(
    platform: Platform,
    session: Session,
    nation: Nation,
    code: str,
    many: int,
    names: Iterator[str],
    chance: np.random.Generator,
) -> Iterator[Site]:
    now, region = platform.clock.now(), nation.regions[code]
    groups = [
        Ght(name=f"GHT {name} ({SIMULATED})", region_id=region, created_at=now)
        for name in islice(names, max(1, round(many / 9)))
    ]
    session.add_all(groups)
    session.flush()
    lead = float(chance.normal(0, 0.06))
    for rank in range(many):
        large = rank == 0 and many > 20
        category = "CHU" if large else str(chance.choice(CATEGORIES))
        town, number = next(names), len(nation.sites)
        public = STATUS[category] == "public"
        entity = LegalEntity(
            finess=valid_finess(f"990{number:05}"),
            name=f"Entité juridique de {town} ({SIMULATED})",
            region_id=region,
            ght_id=groups[rank % len(groups)].id if public else None,
            created_at=now,
        )
        session.add(entity)
        session.flush()
        row = Establishment(
            finess=valid_finess(f"991{number:05}"),
            name=f"{WRITTEN[category]} {town} ({SIMULATED})",
            legal_entity_id=entity.id,
            region_id=region,
            category=category,
            city=town,
            created_at=now,
            closed_on=today(platform) - timedelta(days=200) if rank % 60 == 33 else None,
        )
        session.add(row)
        session.flush()
        ose = large or (category == "CH" and rank % 9 == 2)
        session.add(_profile(row.id, code, category, ose, now, chance))
        ripe = float(np.clip(chance.beta(2, 3) + lead + 0.2 * large, 0.02, 0.9))
        yield Site(row.id, row.name, category, code, entity.ght_id, ose, ripe, float(chance.gamma(2, 0.006)))


def _profile(
    site: int, code: str, category: str, ose: bool, now: datetime, chance: np.random.Generator
) -> EstablishmentProfile:
    """Seven in ten know where they stand, two know their department only, one neither."""
    department = str(chance.choice(DEPARTMENTS[code]))
    known, (longitude, latitude) = chance.random(), _centres()[department]
    around = 0.05 if department in ("75", "92", "93", "94") or code in ("01", "02", "04", "06") else 0.22
    shift = chance.normal(0, around, 2)
    return EstablishmentProfile(
        establishment_id=site,
        ose=ose,
        status=STATUS[category],
        department=department if known < 0.9 else "",
        longitude=round(longitude + float(shift[0]), 4) if known < 0.7 else None,
        latitude=round(latitude + float(shift[1]) * 0.6, 4) if known < 0.7 else None,
        changed_at=now,
        changed_by=BY,
    )


def _centres() -> Mapping[str, tuple[float, float]]:
    read = json.loads(files("reports").joinpath("geography/departments-fr.json").read_text("utf-8"))
    return dict(read["centres"])


def _senders(
    platform: Platform, session: Session, nation: Nation, code: str, chance: np.random.Generator
) -> Iterator[Sender]:
    """Four GHT in five have an installation, and most private groups of six; the others stay on this platform."""
    sites = nation.of(code)
    alone = [site for site in sites if site.ght is None]
    chunks = [alone[first : first + 6] for first in range(0, len(alone), 6)]
    groups = {f"Groupe {chunk[0].name.partition(' de ')[2]}": chunk for chunk in chunks}
    for site in sites:
        if site.ght is not None:
            groups.setdefault(session.get_one(Ght, site.ght).name, []).append(site)
    for rank, (name, members) in enumerate(groups.items()):
        if rank % 5 == 3:
            continue
        late, fresh = rank % 7 == 5, chance.random() < 0.4
        last = len(nation.months) - (4 if late else 1)
        first = int(chance.integers(0, max(1, last))) if fresh else 0
        yield _sender(platform, session, nation, name, members, (first, last), rank % 11 == 7)


def _sender(
    platform: Platform,
    session: Session,
    nation: Nation,
    name: str,
    members: Sequence[Site],
    span: tuple[int, int],
    pseudonymous: bool,
) -> Sender:
    now = platform.clock.now()
    seen = now - timedelta(hours=len(nation.senders) % 20 + 1)
    if span[1] < len(nation.months) - 1:
        seen = now - timedelta(days=95)
    drawn = hashlib.sha256(name.encode()).digest()
    enrolled = datetime.combine(last_day(nation.months[span[0]]), now.timetz()) - timedelta(days=20)
    row = Installation(
        identifier=str(uuid.UUID(bytes=drawn[:16], version=4)),
        name=name,
        place=f"{Level.REGION}:{nation.regions[members[0].region]}",
        pseudonymous=pseudonymous,
        state=InstallationState.ENROLLED,
        format=1,
        last_number=90,
        last_sha256=hashlib.sha256(b"last" + drawn).hexdigest(),
        last_received_at=seen,
        contact="RSSI de permanence (nom simulé)",
        enrolled_at=enrolled,
        enrolled_by=BY,
        changed_at=enrolled,
        changed_by=BY,
    )
    session.add(row)
    session.flush()
    key = InstallationKey(
        installation_id=row.id,
        key_id=hashlib.sha256(drawn).hexdigest(),
        public_key=drawn,
        state=KeyState.ACTIVE,
        since=enrolled,
    )
    session.add(key)
    speaking = [
        InstallationEstablishment(establishment_id=one.id, installation_id=row.id, since=enrolled) for one in members
    ]
    session.add_all(speaking)
    bundles = list(_bundles(row, key.key_id, seen, len(members)))
    session.add_all(bundles)
    session.flush()
    return Sender(row.id, tuple(members), bundles[-1].id, pseudonymous, *span)


def _bundles(row: Installation, key: str, seen: datetime, members: int) -> Iterator[ReceivedBundle]:
    """The last weeks of an installation; one in six had a bundle refused, and one in four had values set aside."""
    for back in range(5, -1, -1):
        number, at = row.last_number - back, seen - timedelta(days=7 * back)
        refused = row.id % 6 == 2 and back == 2
        aside = [{"what": "future", "which": "EXO-TX", "values": 2}] if row.id % 4 == 1 and back == 1 else []
        yield ReceivedBundle(
            installation_id=row.id,
            sha256=row.last_sha256 if not back else hashlib.sha256(f"{row.identifier}{number}".encode()).hexdigest(),
            size=4200 + 900 * members,
            number=number,
            format=1,
            key_id=key,
            made_at=at - timedelta(minutes=3),
            received_at=at,
            received_by=row.name,
            way=Way.FILE if row.id % 5 == 0 else Way.PUSH,
            verdict=BundleVerdict.REFUSED if refused else BundleVerdict.TAKEN,
            reason_fr=_AHEAD.fr if refused else "",
            reason_en=_AHEAD.en if refused else "",
            written=0 if refused else members * (12 + row.id % 9),
            set_aside=aside,
        )


@dataclass(frozen=True)
class _Holders:
    """Those who answer, as columns: holder, establishment, how ripe, months they answer."""

    ids: np.ndarray
    sites: np.ndarray
    ose: np.ndarray
    ripe: np.ndarray
    pace: np.ndarray
    size: np.ndarray
    first: np.ndarray
    last: np.ndarray
    bundles: np.ndarray


def _holders(session: Session, nation: Nation, chance: np.random.Generator) -> _Holders:
    rows: list[tuple[float, ...]] = []
    for sender in nation.senders:
        for site in sender.sites:
            holder = IndicatorHolder(establishment_id=site.id)
            if sender.pseudonymous:
                hidden = hashlib.sha256(f"{sender.id}:{site.id}".encode()).hexdigest()[:32]
                holder = IndicatorHolder(
                    installation_id=sender.id,
                    pseudonym=hidden,
                    region_id=nation.regions[site.region],
                    category=site.category,
                )
            session.add(holder)
            session.flush()
            size = {"CHU": 4000, "CH": 700, "Clinique": 250, "SMR": 120}.get(site.category, 60) * chance.uniform(
                0.6, 1.6
            )
            told = (holder.id, site.id, site.ose, site.ripe, site.pace, size, sender.first, sender.last, sender.bundle)
            rows.append(told)
    columns = [np.array(one) for one in zip(*rows, strict=True)]
    return _Holders(*columns)


def _values(platform: Platform, session: Session, nation: Nation, day: date, chance: np.random.Generator) -> None:
    """An indicator after the other, a month after the other: the order of the key."""
    library = read_definitions(platform, session)
    who = _holders(session, nation, chance)
    known = library.of(nation.months[-1])
    leaning = {code: chance.random(len(who.ids)) for code in sorted(known)}
    applied = {one.removeprefix(CANDIDACY): leaning[one] < 0.75 for one in known if one.startswith(CANDIDACY)}
    never = {code: chance.random(len(who.ids)) < chance.uniform(0.0, 0.2) for code in sorted(known)}
    for code in sorted(known):
        for rank, month in enumerate(nation.months):
            definition = library.of(month).get(code)
            if definition is None:
                continue
            answering = (who.first <= rank) & (rank <= who.last) & ~never[code] & (chance.random(len(who.ids)) > 0.03)
            answering &= _concerned(definition, who, applied)
            draw = _Draw(definition, who, leaning[code], rank, len(nation.months))
            _write(session, definition, month, min(day, last_day(month)), who, answering, draw.answers(chance))


def _concerned(definition: IndicatorDefinition, who: _Holders, applied: Mapping[str, np.ndarray]) -> np.ndarray:
    if definition.audience is Audience.OSE:
        return who.ose > 0
    if definition.audience is Audience.CANDIDATES:
        return applied.get(definition.domain, np.zeros(len(who.ids), dtype=bool))
    return np.ones(len(who.ids), dtype=bool)


@dataclass(frozen=True)
class _Draw:
    """What each holder answers to one indicator in the month of this rank."""

    definition: IndicatorDefinition
    who: _Holders
    leaning: np.ndarray
    rank: int
    months: int

    def answers(self, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Numerators and denominators."""
        one, whole = self.definition, np.ones(len(self.who.ids), dtype=int)
        far = np.clip(self.who.ripe + self.who.pace * self.rank * 1.6, 0.02, 0.97)
        if one.code.startswith(CANDIDACY):
            return (self.leaning < 0.75 * min(1, 0.3 + self.rank / self.months)).astype(int), whole
        if one.measure is Measure.REACHED:
            hard = 0.75 + 0.5 * _steady(one.code)
            return (self.leaning * hard < far).astype(int), whole
        if one.measure is Measure.LEVEL:
            top = len(one.levels)
            return 1 + np.minimum((far * self.leaning * 1.9 * top).astype(int), top - 1), whole
        if one.measure is Measure.COUNT:
            return chance.poisson(0.04 + self.who.size / 9000, len(whole)), whole
        return self._shares(far, chance)

    def _shares(self, far: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        one = self.definition
        if one.code.startswith("INC-"):
            whole = chance.poisson(0.04 + self.who.size / 9000, len(far))
            return chance.binomial(whole, 0.35), whole
        scale = {"PDT-OBS": 1.0, "PDT-OBS-SRV": 0.12, "TLM-MFA": 0.03}.get(one.code, 0.05)
        whole = np.maximum(1, (self.who.size * scale).astype(int))
        good = np.clip(far * (0.6 + 0.8 * self.leaning), 0.01, 0.99)
        share = 0.45 * (1 - good) if one.trend is Trend.DOWN else good
        return np.minimum(whole, np.rint(whole * share).astype(int)), whole


def _steady(code: str) -> float:
    """How hard an indicator is (0 to 1): the same at every run."""
    return hashlib.sha256(code.encode()).digest()[0] / 255


def _write(
    session: Session,
    definition: IndicatorDefinition,
    month: Month,
    day: date,
    who: _Holders,
    answering: np.ndarray,
    told: tuple[np.ndarray, np.ndarray],
) -> None:
    order = np.flatnonzero(answering)
    load(
        session,
        IndicatorValue,
        len(order),
        {
            "indicator": Same(definition.code),
            "month": Same(month),
            "holder_id": who.ids[order].astype(int).tolist(),
            "version": Same(definition.version),
            "numerator": told[0][order].tolist(),
            "denominator": told[1][order].tolist(),
            "as_of": [day - timedelta(days=int(one) % 6) for one in who.ids[order]],
            "bundle_id": who.bundles[order].astype(int).tolist(),
        },
    )
