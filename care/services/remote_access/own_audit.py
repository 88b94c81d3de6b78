"""An audit of the register and of the lists of remote accesses, asked for now."""

from __future__ import annotations

from care.domain.access import Right, Scope
from care.services.audits import Started, submit_audit
from care.services.errors import Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.remote_access.own_target import holds_something, keep_audited, own_target
from scanners.model import Text

_EMPTY = Text(
    "Le registre n’a pas d’accès ouvert : notez-en un d’abord.",
    "The register holds no open access: write one down first.",
)


def ask_check(platform: Platform, scope: Scope, establishment_id: int) -> Started | None:
    """Audit the register and the lists now. Refused when there are none, or when an audit of them goes on already."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        keep_audited(session, scope, establishment_id, now)
        target = own_target(session, establishment_id)
        if target is None or not holds_something(session, establishment_id):
            raise Refused(_EMPTY)
        return submit_audit(platform, session, scope, target)
