"""The alerts of a region, asked for by the job that sends to it: a signed question, a signed document taken in."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from care.domain.access import Scope
from care.domain.federation import DeliveryState
from care.domain.signed_documents import DocumentError
from care.services.alerts import federating
from care.services.couriers import Question, UnreachedError
from care.services.federation.links import bundles_of, locked_link
from care.services.platform import Platform
from care.store.federation import RegionLink

log = logging.getLogger(__name__)


def pull_alerts(platform: Platform, scope: Scope, link_id: int) -> int:
    """Take in the alerts of a region; how many are new or changed. What goes wrong waits for the next time.

    A region that was just out of reach is not asked, nor one that does not know our key yet.
    """
    question = _question(platform, link_id)
    if question is None:
        return 0
    try:
        answer = platform.courier.ask(question)
    except UnreachedError as silence:
        log.warning("alerts of region link %d: %s", link_id, silence)
        return 0
    if answer.status != 200:
        log.warning("alerts of region link %d: status %d", link_id, answer.status)
        return 0
    try:
        with platform.database.write() as session:
            return federating.take_alerts(platform, session, scope, locked_link(session, link_id), answer.body)
    except DocumentError as wrong:
        log.warning("alerts of region link %d: %s", link_id, wrong)
        return 0


def _question(platform: Platform, link_id: int) -> Question | None:
    with platform.database.read() as session:
        link = session.get(RegionLink, link_id)
        latest = session.scalars(bundles_of(link_id).limit(1)).first()
        if link is None or link.our_key != platform.signer.key_id:
            return None
        if latest is not None and latest.state is DeliveryState.WAITING and latest.attempts:
            return None
        fields = federating.question(platform, link)
    return Question(f"{link.url}{federating.PATH}?{urlencode(fields)}", trusted_pem=link.trusted_pem)
