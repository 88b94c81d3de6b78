"""Actions with costs, written straight into the tables: what plans and exports read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from care.domain.actions import ActionSource, ActionState, CareCriticality, CostKind
from care.services.platform import Platform
from care.store.actions import Action, ActionCost, ActionSite
from scanners.model import Severity

CREATED = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)
Line = tuple[int, int]


def plant_action(
    platform: Platform,
    sites: Sequence[int] | Mapping[int, int],
    title: str = "Changer le mot de passe krbtgt",
    costs: Sequence[Line] = (),
    *,
    funding: str = "",
    state: ActionState = ActionState.TO_DO,
    kind: CostKind = CostKind.INVESTMENT,
    **columns: Any,
) -> int:
    """One action of these establishments (with their shares, if a mapping), costing (year, cents) on each line."""
    shares = sites if isinstance(sites, Mapping) else dict.fromkeys(sites, 1)
    usual: dict[str, Any] = {
        "description": "",
        "source": ActionSource.OTHER,
        "severity": Severity.HIGH,
        "criticality": CareCriticality.MAJOR,
        "due_on": date(2026, 6, 30),
        "due_chosen": True,
        "owner": "Jeanne Roux",
        "created_at": CREATED,
        "created_by": "tests",
        "changed_at": CREATED,
        "changed_by": "tests",
    }
    with platform.database.write() as session:
        action = Action(title=title, funding=funding, **(usual | columns))
        session.add(action)
        session.flush()
        session.add_all(
            ActionSite(action_id=action.id, establishment_id=site, state=state, share=share, changed_at=CREATED)
            for site, share in shares.items()
        )
        session.add_all(ActionCost(action_id=action.id, year=year, kind=kind, cents=cents) for year, cents in costs)
        return action.id


def set_state(platform: Platform, action_id: int, establishment_id: int, state: ActionState) -> None:
    """Move one site of an action."""
    with platform.database.write() as session:
        site = session.get(ActionSite, (action_id, establishment_id))
        assert site is not None
        site.state = state
