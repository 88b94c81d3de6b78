"""What regional figures want to know of an establishment beside the registry. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanners.model import Text


class Status(StrEnum):
    """The legal status of an establishment, as the programme's funding distinguishes it."""

    PUBLIC = "public"
    NOT_FOR_PROFIT = "ebnl"
    FOR_PROFIT = "for_profit"


LEGAL_STATUS_NAMES: Mapping[Status, Text] = {
    Status.PUBLIC: Text("Public", "Public"),
    Status.NOT_FOR_PROFIT: Text("Privé à but non lucratif", "Private, not for profit"),
    Status.FOR_PROFIT: Text("Privé à but lucratif", "Private, for profit"),
}
