"""The letters of a visit: the invitation of a visitor, and what the establishment is told."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from scanners.model import Text


def invitation(
    lang: str, title: str, holder: str, name: str, link: str, starts_at: datetime, ends_at: datetime, timezone: str
) -> tuple[str, str]:
    """Subject and body of the invitation of a visitor."""
    zone = ZoneInfo(timezone)
    opens, closes = starts_at.astimezone(zone), ends_at.astimezone(zone)
    body = Text(
        f"Bonjour {name},\n\n{holder} vous ouvre un accès en lecture à son dossier numérique pour : {title}.\n\n"
        f"Ouvert du {opens:%d/%m/%Y à %H:%M} au {closes:%d/%m/%Y à %H:%M} (heure de l’établissement), puis fermé de "
        "lui-même.\n\nVotre lien, personnel :\n"
        f"{link}\n\nAucun compte n’est créé. Ne transférez pas ce message : chaque page porte votre nom, et ce qui est "
        "consulté est noté pour l’établissement. Lien perdu, ou ouvert par quelqu’un d’autre ? Prévenez "
        "l’établissement : il vous en donnera un autre, et celui-ci ne servira plus.",
        f"Hello {name},\n\n{holder} lets you read its digital file for: {title}.\n\n"
        f"Open from {opens:%Y-%m-%d at %H:%M} to {closes:%Y-%m-%d at %H:%M} (time of the establishment), then closed "
        "by itself.\n\nYour own link:\n"
        f"{link}\n\nNo account is made. Do not forward this message: each page bears your name, and what is read is "
        "noted for the establishment. Link lost, or opened by somebody else? Tell the establishment: it will give you "
        "another one, and this one will be useless.",
    )
    subject = Text(f"Visite : {title} – votre accès", f"Visit: {title} – your access")
    return subject.render(lang), body.render(lang)


def closed(lang: str, title: str, holder: str, views: int, link: str) -> tuple[str, str]:
    """What the establishment is told when a visit closed by itself; `link` may be ""."""
    where = f"\n\n{link}" if link else ""
    body = Text(
        f"La visite « {title} » ({holder}) est arrivée à son heure de fin : tous les accès des visiteurs sont fermés. "
        f"Pages et pièces consultées : {views}. Le relevé reste lisible sur la page de la visite.{where}",
        f"The visit “{title}” ({holder}) reached its end: every access of its visitors is closed. Pages and pieces "
        f"read: {views}. The record stays on the page of the visit.{where}",
    )
    subject = Text(f"Visite terminée : {title}", f"Visit over: {title}")
    return subject.render(lang), body.render(lang)


def refusals(lang: str, title: str, holder: str, name: str, count: int, link: str) -> tuple[str, str]:
    """What the establishment is told when a visitor asked for pages that are not part of the visit."""
    where = f"\n\n{link}" if link else ""
    body = Text(
        f"{name}, qui visite {holder} (« {title} »), a demandé {count} fois des pages qui ne font pas partie de sa "
        "visite. Rien n’a été montré. Une adresse mal recopiée suffit à l’expliquer ; si ce n’est pas le cas, retirez "
        f"cet accès depuis la page de la visite.{where}",
        f"{name}, who visits {holder} (“{title}”), asked {count} times for pages that are not part of the visit. "
        "Nothing was shown. An address copied wrong is enough to explain it; if it is not that, withdraw this access "
        f"from the page of the visit.{where}",
    )
    subject = Text(f"Visite : {count} demandes refusées à {name}", f"Visit: {count} requests of {name} refused")
    return subject.render(lang), body.render(lang)
