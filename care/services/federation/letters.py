"""What a region asks, carried as a file: its alerts and its campaigns, each a signed line, for one installation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.federation import InstallationState
from care.domain.signed_documents import BadSignatureError, DocumentError
from care.services.alerts.federating import alerts_for
from care.services.couriers import MAX_ANSWER_BYTES
from care.services.errors import Refused
from care.services.federation.links import allow, locked_link
from care.services.federation.places import installation_row
from care.services.federation.pulling import Take, hear
from care.services.federation.refusals import UNKNOWN_KEY
from care.services.platform import Platform
from care.services.regional.federating import campaigns_for, take_campaigns
from care.services.trail import Thing, record
from care.store.federation import Installation, ReceivedBundle
from scanners.model import Text

MAX_BYTES = 2 * MAX_ANSWER_BYTES
SUFFIX = ".care-letter"
_CLOSED = Text(
    "Rien n’est pris de cette région : comparez d’abord l’empreinte de sa clé, puis activez l’envoi.",
    "Nothing is taken from this region: compare the fingerprint of its key first, then enable sending.",
)
_WITHDRAWN = Text("Cette installation n’est plus inscrite.", "This installation is no longer enrolled.")
_NO_LETTER = Text(
    "Ce fichier n’est pas le courrier d’une région : il fait deux lignes, ses alertes puis ses campagnes."
    " Redemandez-le.",
    "This file is no letter of a region: it has two lines, its alerts then its campaigns. Ask for it again.",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many alerts and campaigns of a letter were new or changed."""

    alerts: int
    campaigns: int


def letter_for(platform: Platform, scope: Scope, installation_id: int) -> bytes:
    """The letter for an installation, by who manages its territory. NotFound; Refused when it is withdrawn."""
    with platform.database.write() as session:
        row = installation_row(session, scope, installation_id)
        if row.state is not InstallationState.ENROLLED:
            raise Refused(_WITHDRAWN)
        # Its alerts are signed with the key it knows, which presents the present one: that one signs the rest.
        content = alerts_for(platform, session, row, _known(session, row)) + campaigns_for(platform, session, row)
        thing = Thing("installation", row.id)
        record(session, scope, "installation.letter", thing, platform.clock.now(), {"name": row.name})
    return content


def _known(session: Session, row: Installation) -> str:
    """The key of ours for which the installation made its last bundle, empty when none came."""
    query = select(ReceivedBundle.audience).where(ReceivedBundle.installation_id == row.id)
    return session.scalars(query.order_by(ReceivedBundle.id.desc()).limit(1)).first() or ""


def take_letter(platform: Platform, scope: Scope, link_id: int, content: bytes) -> Taken:
    """Take in a letter that came as a file. Its alerts are taken first, and stay whatever is wrong with the rest.

    Refused, with why, when it is not this region's, not for us, older than what was taken, or nothing is enabled.
    """
    allow(scope)
    lines = content.splitlines()
    if len(content) > MAX_BYTES or len(lines) != 2:
        raise Refused(_NO_LETTER)
    alerts = _taken(platform, scope, link_id, hear, lines[0])
    return Taken(alerts, _taken(platform, scope, link_id, take_campaigns, lines[1]))


def _taken(platform: Platform, scope: Scope, link_id: int, take: Take, line: bytes) -> int:
    try:
        with platform.database.write() as session:
            link = locked_link(session, link_id)
            if link.ended_at is not None or not link.enabled:
                raise Refused(_CLOSED)
            return take(platform, session, scope, link, line)
    except BadSignatureError as wrong:
        raise Refused(UNKNOWN_KEY) from wrong
    except DocumentError as wrong:
        raise Refused(wrong.text) from wrong
