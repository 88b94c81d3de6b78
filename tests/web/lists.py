"""A list waiting for its confirmation."""

from __future__ import annotations

import io

from care.services.action_query import today
from care.services.lists import bringing
from care.services.lists.bringing import Sent
from care.services.platform import Platform
from scanners.lists.kinds import ListKind
from tests.support.people import MACHINE

ACCOUNTS = (
    "Compte;Société;Second facteur;Dernière connexion;Actif\n"
    "tm_imagerie;Medimage;non;2026-01-01;oui\n"
    "tm_pharma;PharmaSoft;peut-être;2026-01-02;oui\n"
)


def plant_list(
    platform: Platform,
    establishment_id: int,
    text: str = ACCOUNTS,
    kind: ListKind = ListKind.ACCOUNTS,
    name: str = "comptes.csv",
) -> int:
    """The list, not confirmed."""
    sent = Sent(kind, name, io.BytesIO(text.encode()), today(platform))
    return bringing.bring(platform, MACHINE, establishment_id, sent)
