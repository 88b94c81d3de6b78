"""The certification of the establishments of a legal entity or a GHT, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from care.domain.access import Level, Place, Right, Scope
from care.domain.certification import Freshness
from care.domain.has_score import NOTICE
from care.services.certification.self_assessment import SelfAssessment, assessment_in
from care.services.certification.theme_evidence import EvidenceByTheme, themes_in
from care.services.frameworks.holders import seen_holder
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One establishment: its self-assessment, its sources by state."""

    establishment_id: int
    assessment: SelfAssessment
    evidence: EvidenceByTheme

    def count(self, state: str) -> int:
        """How many sources stand so."""
        return len(self.evidence.to_mend(Freshness(state)))


@dataclass(frozen=True, slots=True)
class OverSites:
    """The establishments of a place. `notice` says what scores are worth."""

    place: Place
    name: str
    notice: str
    sites: tuple[SiteLine, ...]
    may_export: bool


def read_over_sites(platform: Platform, scope: Scope, place: Place) -> OverSites:
    """NotFound for who does not see all of the place, Forbidden without SEE_PROGRAMME there."""
    with platform.database.read() as session:
        holder = seen_holder(session, scope, place, today(platform))
        lines = []
        for number in holder.sites:
            site = visible_establishment(session, scope, number, Right.SEE_PROGRAMME)
            where = Place(Level.ESTABLISHMENT, number)
            assessment = assessment_in(platform, session, scope, where)
            lines.append(SiteLine(number, assessment, themes_in(platform, session, scope, site)))
        return OverSites(
            place=place,
            name=holder.name,
            notice=NOTICE.render(scope.lang),
            sites=tuple(lines),
            may_export=scope.allows(Right.EXPORT, holder.lineage),
        )
