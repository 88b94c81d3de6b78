"""Where the page of an activity or a resource leads: the pages of other subjects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _

from care.domain.continuity import Nature
from care.services.node_rows import NodeLink

PAGES = {Nature.ACTIVITY: "continuity.activity", Nature.RESOURCE: "continuity.resource"}


@dataclass(frozen=True)
class Way:
    """A link of the page of a node; `argument` takes the number of the node."""

    endpoint: str
    words: Any
    icon: str
    argument: str = "node_id"


ACTIVITY_WAYS = (
    Way("bia.of_activity", _("Bilan d’impact (BIA)"), "clipboard-pulse"),
    Way("degraded.of_activity", _("Modes dégradés"), "file-medical"),
    Way("whatif.answer", _("Et si elle tombe ?"), "lightning-charge", "lost"),
)
RESOURCE_WAYS = (Way("whatif.answer", _("Et si elle tombe ?"), "lightning-charge", "lost"),)
"""Each subject writes its own line here."""


def ways(nature: Nature, establishment_id: int, node_id: int) -> list[tuple[str, Any, str]]:
    """The links of a node that lead somewhere: address, words, icon."""
    known = ACTIVITY_WAYS if nature is Nature.ACTIVITY else RESOURCE_WAYS
    return [
        (url_for(one.endpoint, **_values(establishment_id, one.argument, node_id)), one.words, one.icon)
        for one in known
    ]


def _values(establishment_id: int, argument: str, node_id: int) -> dict[str, Any]:
    return {"establishment_id": establishment_id, argument: node_id}


def node_address(establishment_id: int, node: NodeLink) -> str:
    """The page of a node."""
    return url_for(PAGES[node.nature], establishment_id=establishment_id, node_id=node.id)
