"""Of which establishments an indicator speaks on a day: all of them, operators of essential services, candidates.

The others are not asked, hence never “not answering”. Read for the whole platform in a few queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level
from care.domain.application_files import APPLIED, FileState
from care.domain.indicators import Audience, IndicatorDefinition
from care.domain.months import month_of
from care.services.former_places import places_then, profiles_then
from care.services.indicators.marks import valued_indicators
from care.store.indicators import EstablishmentProfile, IndicatorHolder, IndicatorValue
from care.store.programme import ApplicationFile
from care.store.registry import Establishment, LegalEntity

CANDIDACY = "CARE-CAND:"
"""How the codes of indicators of candidacy begin; the framework follows."""
CANDIDATES = APPLIED - {FileState.CANDIDATE_TURNED_DOWN}
"""The states of a file whose candidate is one: who was turned down has nothing to declare."""


@dataclass(frozen=True, slots=True)
class Audiences:
    """The establishments (ids) that are operators of essential services, and those of candidates by framework."""

    ose: frozenset[int]
    candidates: Mapping[str, frozenset[int]]

    def concerned(self, definition: IndicatorDefinition) -> frozenset[int] | None:
        """The establishments that an indicator asks; None for all of them."""
        if definition.audience is Audience.OSE:
            return self.ose
        if definition.audience is Audience.CANDIDATES:
            return self.candidates.get(definition.domain, frozenset())
        return None


def read_audiences(session: Session, day: date) -> Audiences:
    """Who is asked on a day: by files kept here, and by what other installations told of the month of that day."""
    candidates: dict[str, set[int]] = defaultdict(set)
    for (establishment, framework), file in files_by_site(session, day).items():
        if was_candidate(file, day):
            candidates[framework].add(establishment)
    for code, establishment in _told(session, day):
        candidates[code.removeprefix(CANDIDACY)].add(establishment)
    return Audiences(_operators(session, day), {name: frozenset(found) for name, found in sorted(candidates.items())})


def _operators(session: Session, day: date) -> frozenset[int]:
    """The operators of essential services on a day: those of now, but those that answered otherwise then."""
    now = session.scalars(select(EstablishmentProfile.establishment_id).where(EstablishmentProfile.ose.is_(True))).all()
    then = profiles_then(session, day)
    return frozenset(now) - then.keys() | {number for number, one in then.items() if one.ose}


def was_candidate(file: ApplicationFile, day: date) -> bool:
    """Whether a file was that of a candidate on a day, as far as its days tell."""
    return file.state in CANDIDATES and (file.candidacy_on is None or file.candidacy_on <= day)


def files_by_site(session: Session, day: date) -> Mapping[tuple[int, str], ApplicationFile]:
    """The file that counts for each (establishment, framework): that of its legal entity, else that of its GHT, those
    that it had on a day."""
    files = {(one.holder, one.framework): one for one in session.scalars(select(ApplicationFile))}
    frameworks = sorted({framework for _holder, framework in files})
    sites = session.execute(
        select(Establishment.id, LegalEntity.id, LegalEntity.ght_id).join(
            LegalEntity, LegalEntity.id == Establishment.legal_entity_id
        )
    )
    then = places_then(session, day)
    found: dict[tuple[int, str], ApplicationFile] = {}
    for site, *now in sites:
        entity, ght = (then[site].legal_entity_id, then[site].ght_id) if site in then else now
        for framework in frameworks:
            own = files.get((f"{Level.LEGAL_ENTITY}:{entity}", framework))
            file = own or files.get((f"{Level.GHT}:{ght}", framework))
            if file is not None:
                found[site, framework] = file
    return found


def _told(session: Session, day: date) -> list[tuple[str, int]]:
    """The candidates that indicators tell: the only word of those whose files are kept elsewhere."""
    # By their whole names: neither database looks for a beginning in the index of millions of values.
    codes = [code for code in valued_indicators(session) if code.startswith(CANDIDACY)]
    rows = session.execute(
        select(IndicatorValue.indicator, IndicatorHolder.establishment_id)
        .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
        .where(
            IndicatorValue.month == month_of(day),
            IndicatorValue.indicator.in_(codes),
            IndicatorValue.numerator > 0,
            IndicatorValue.bundle_id.is_not(None),
            IndicatorHolder.establishment_id.is_not(None),
        )
    )
    return [(code, site) for code, site in rows if site is not None]
