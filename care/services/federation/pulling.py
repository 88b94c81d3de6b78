"""What a region sends, asked for by the job that sends to it: a signed question, a signed document taken in. Its alerts
and its campaigns come apart, so that nothing wrong with one keeps the other from arriving."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.federation import DeliveryState
from care.domain.signed_documents import BadSignatureError, DocumentError
from care.services.alerts import federating as alerts
from care.services.couriers import Answer, Question, UnreachedError
from care.services.federation.links import bundles_of, locked_link
from care.services.federation.refusals import UNKNOWN_KEY, told_in
from care.services.platform import Platform
from care.services.regional import federating as campaigns
from care.store.federation import RegionLink
from scanners.model import Text

log = logging.getLogger(__name__)

Take = Callable[[Platform, Session, Scope, RegionLink, bytes], int]
Unheard = Callable[[Platform, int, Text], int]


def pull_alerts(platform: Platform, scope: Scope, link_id: int) -> int:
    """Take in the alerts of a region; how many are new or changed. What goes wrong waits for the next time.

    A region that was just out of reach is not asked, nor one that does not know our key yet.
    """
    return _pull(platform, scope, link_id, alerts.PATH, hear, _unheard)


def pull_campaigns(platform: Platform, scope: Scope, link_id: int) -> int:
    """Take in what a region asks, likewise; how many campaigns are new or changed."""
    return _pull(platform, scope, link_id, campaigns.PATH, campaigns.take_campaigns, _unasked)


def hear(platform: Platform, session: Session, scope: Scope, link: RegionLink, document: bytes) -> int:
    """Take in alerts, in the caller's write transaction, and note that they were read; how many are new or changed."""
    taken = alerts.take_alerts(platform, session, scope, link, document)
    link.heard_at, link.unheard_since = platform.clock.now(), None
    link.unheard_fr = link.unheard_en = ""
    return taken


def _pull(platform: Platform, scope: Scope, link_id: int, path: str, take: Take, unheard: Unheard) -> int:
    question = _question(platform, link_id, path)
    if question is None:
        return 0
    try:
        answer = platform.courier.ask(question)
        if answer.status != 200:
            return unheard(platform, link_id, _refused(answer))
        with platform.database.write() as session:
            return take(platform, session, scope, locked_link(session, link_id), answer.body)
    except UnreachedError as silence:
        return unheard(platform, link_id, silence.text)
    except BadSignatureError:
        return unheard(platform, link_id, UNKNOWN_KEY)
    except DocumentError as wrong:
        return unheard(platform, link_id, wrong.text)


def _unheard(platform: Platform, link_id: int, why: Text) -> int:
    """Alerts could not be read: since when, and why, is kept for people, who are told when it lasts."""
    log.warning("alerts of region link %d: %s", link_id, why.en)
    with platform.database.write() as session:
        link = locked_link(session, link_id)
        link.unheard_since = link.unheard_since or platform.clock.now()
        link.unheard_fr, link.unheard_en = why.fr, why.en
    return 0


def _unasked(platform: Platform, link_id: int, why: Text) -> int:
    """Campaigns could not be read: why is shown on the page of the region, until they can."""
    log.warning("campaigns of region link %d: %s", link_id, why.en)
    with platform.database.write() as session:
        link = locked_link(session, link_id)
        link.wrong_fr, link.wrong_en = why.fr, why.en
    return 0


def _refused(answer: Answer) -> Text:
    told = told_in(answer.body)
    fr, en = (f" : {told.fr}", f": {told.en}") if told else (".", ".")
    return Text(
        f"La région n’a pas donné ses alertes ou ses campagnes (code {answer.status}){fr}",
        f"The region did not give its alerts or its campaigns (code {answer.status}){en}",
    )


def _question(platform: Platform, link_id: int, path: str) -> Question | None:
    with platform.database.read() as session:
        link = session.get(RegionLink, link_id)
        latest = session.scalars(bundles_of(link_id).limit(1)).first()
        if link is None or link.our_key != platform.signer.key_id:
            return None
        if latest is not None and latest.state is DeliveryState.WAITING and latest.attempts:
            return None
        fields = alerts.question(platform, link)
    return Question(f"{link.url}{path}?{urlencode(fields)}", trusted_pem=link.trusted_pem)
