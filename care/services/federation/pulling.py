"""The alerts of a region, asked for by the job that sends to it: a signed question, a signed document taken in."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from care.domain.access import Scope
from care.domain.federation import DeliveryState
from care.domain.signed_documents import BadSignatureError, DocumentError
from care.services.alerts import federating
from care.services.couriers import Answer, Question, UnreachedError
from care.services.federation.links import bundles_of, locked_link
from care.services.federation.refusals import UNKNOWN_KEY, told_in
from care.services.platform import Platform
from care.store.federation import RegionLink
from scanners.model import Text

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
        if answer.status != 200:
            return _unheard(platform, link_id, _refused(answer))
        with platform.database.write() as session:
            link = locked_link(session, link_id)
            taken = federating.take_alerts(platform, session, scope, link, answer.body)
            link.heard_at, link.unheard_since = platform.clock.now(), None
            link.unheard_fr = link.unheard_en = ""
            return taken
    except UnreachedError as silence:
        return _unheard(platform, link_id, silence.text)
    except BadSignatureError:
        return _unheard(platform, link_id, UNKNOWN_KEY)
    except DocumentError as wrong:
        return _unheard(platform, link_id, wrong.text)


def _unheard(platform: Platform, link_id: int, why: Text) -> int:
    """Alerts could not be read: since when, and why, is kept for people, who are told when it lasts."""
    log.warning("alerts of region link %d: %s", link_id, why.en)
    with platform.database.write() as session:
        link = locked_link(session, link_id)
        link.unheard_since = link.unheard_since or platform.clock.now()
        link.unheard_fr, link.unheard_en = why.fr, why.en
    return 0


def _refused(answer: Answer) -> Text:
    told = told_in(answer.body)
    fr, en = (f" : {told.fr}", f": {told.en}") if told else (".", ".")
    return Text(
        f"La région n’a pas donné ses alertes (code {answer.status}){fr}",
        f"The region did not give its alerts (code {answer.status}){en}",
    )


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
