"""Telling the recipients of an order that its report is there.

The public form leaves as files, since anybody may read it. The reserved form never leaves by mail, which is read on the
way: its letter leads to the page where who is entitled takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from care.services import notices
from care.services.outbox import Attached, Letter, post
from care.services.places import place_name
from care.services.platform import Platform
from care.services.regional_reports.asking import ReportAsk
from care.store.support import ReportOrder
from reports.region_words import month_name
from reports.words import Lang
from scanners.model import Text

MOST_BYTES = 8_000_000
"""Of all the files of a letter: many relays refuse more than 10 MB once written as mail, a third longer. Our choice."""
PAGE = "/regional-reports"
_TYPES = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".json": "application/json",
    ".zip": "application/zip",
}


def mail_order(platform: Platform, session: Session, order_id: int, ask: ReportAsk, folder: Path) -> int:
    """Write to the recipients of an order, once each for a month; how many letters are new. None when it ended."""
    order = session.get(ReportOrder, order_id)
    if order is None or order.ended_at is not None or not notices.relayed(platform):
        return 0
    now = platform.clock.now()
    order.last_made_at = now
    taken, left_out = _attached(folder) if ask.public else ((), ())
    subject, body = _written(platform, session, order, ask, left_out)
    sent = 0
    for recipient in order.recipients:
        letter = Letter(
            recipient=recipient,
            subject=subject,
            body=body,
            purpose_key=f"region-report:{order.id}:{ask.month}:{recipient}"[:200],
            attached=taken,
        )
        sent += post(platform, session, letter) is not None
    return sent


def _written(
    platform: Platform, session: Session, order: ReportOrder, ask: ReportAsk, left_out: Sequence[str]
) -> tuple[str, str]:
    """Subject and body, in the language of the order."""
    lang: Lang = "en" if order.lang == "en" else "fr"
    month, place = month_name(ask.month, lang), place_name(session, ask.place, lang)
    parts = [
        _HELLO,
        _attached_words(month) if ask.public else _to_take(month, notices.address(platform, PAGE)),
        *([_too_heavy(", ".join(left_out))] if left_out else []),
        _foot(order.changed_by),
    ]
    body = "\n\n".join(one.render(lang) for one in parts) + "\n"
    subject = Text(f"{order.title} : {place}, {month}", f"{order.title}: {place}, {month}")
    return subject.render(lang), body


_HELLO = Text("Bonjour,", "Hello,")


def _attached_words(month: str) -> Text:
    return Text(
        f"Ci-joint le rapport de {month}, sous sa forme publique : aucun établissement n’y est nommé, les petits "
        "effectifs y sont masqués.",
        f"Attached is the report of {month}, in its public form: no establishment is named in it, small numbers are "
        "hidden.",
    )


def _to_take(month: str, address: str) -> Text:
    return Text(
        f"Le rapport de {month} est prêt. Sa forme réservée ne voyage pas par messagerie : elle se prend dans CaRE "
        "pendant sept jours. Ensuite, redemandez-la : les mêmes chiffres donnent le même rapport.\n\n"
        f"{address or 'Dans CaRE : Territoire, Rapports régionaux.'}",
        f"The report of {month} is ready. Its reserved form does not travel by mail: take it in CaRE within seven "
        "days, or ask for it again later: the same figures give the same report.\n\n"
        f"{address or 'In CaRE: Territory, Regional reports.'}",
    )


def _too_heavy(names: str) -> Text:
    return Text(
        f"Trop lourd pour un message, à prendre dans CaRE : {names}.",
        f"Too heavy for a message, to be taken in CaRE: {names}.",
    )


def _foot(by: str) -> Text:
    return Text(
        f"Message automatique de CaRE. Ce rapport est commandé par {by} : demandez-lui de ne plus vous l’envoyer.",
        f"Sent by CaRE itself. This report is ordered by {by}: ask them to stop sending it to you.",
    )


def _attached(folder: Path) -> tuple[tuple[Attached, ...], tuple[str, ...]]:
    """The files of a report, lightest first as long as a letter holds them, and the names of the others."""
    taken, left_out, room = list[Attached](), list[str](), MOST_BYTES
    for path in sorted(folder.iterdir(), key=lambda one: (one.stat().st_size, one.name)):
        size = path.stat().st_size
        if size > room:
            left_out.append(path.name)
            continue
        room -= size
        taken.append(Attached(path.name, _TYPES.get(path.suffix, "application/octet-stream"), path.read_bytes()))
    return tuple(taken), tuple(left_out)
