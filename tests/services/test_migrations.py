"""What a migration writes into rows that were there before is what the program would have written."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select, text

from care.domain.actions import ActionSource, ActionState, CareCriticality
from care.services.mandates import refusal_of, signed_document
from care.services.platform import Platform
from care.store.actions import Action, ActionSite
from care.store.migrations.versions.v0004_continuity import RANK, SITE_STATES
from care.store.migrations.versions.v0011_things import BEFORE
from care.store.targets import Mandate
from scanners.model import Severity
from tests.support.people import Hospitals

STATES = tuple(ActionState)


@pytest.mark.both_databases
def test_actions_of_before_take_the_rank_and_the_states_that_the_program_keeps(
    platform: Platform, hospitals: Hospitals
) -> None:
    now = platform.clock.now()
    kinds = list(product(Severity, CareCriticality))
    efforts, counts = (None, 0.5, 1.0, 5.0, 6.0, 20.0, 21.0), (0, 1, 2, 9, 10, 49, 50)
    with platform.database.write() as session:
        for number, (severity, criticality) in enumerate(kinds):
            action = Action(
                title=f"Action {number}", description="", source=ActionSource.OTHER, severity=severity,
                criticality=criticality, due_on=now.date(), due_chosen=True, effort_days=efforts[number % 7],
                owner="x", findings=counts[number * 3 % 7], sites=(1, 2, 4, 5)[number % 4], created_at=now,
                created_by="x", changed_at=now, changed_by="x",
            )  # fmt: skip
            session.add(action)
            session.flush()
            places = (hospitals.valley, hospitals.hill, hospitals.far)[: number % 4]
            session.add_all(
                ActionSite(
                    action_id=action.id, establishment_id=place, state=STATES[(number + rank) % 6], changed_at=now
                )
                for rank, place in enumerate(places)
            )
    kept = select(Action.id, Action.rank, Action.site_states).order_by(Action.id)
    with platform.database.write() as session:
        expected = session.execute(kept).all()
        session.execute(text("UPDATE action SET rank = 0, site_states = 0"))
        session.execute(text(RANK))
        session.execute(text(SITE_STATES))
        assert session.execute(kept).all() == expected
    assert len({row.rank for row in expected}) > 10
    assert len({row.site_states for row in expected}) > 6


@pytest.mark.both_databases
def test_mandates_of_before_go_on_without_their_document_and_say_so(platform: Platform, hospitals: Hospitals) -> None:
    now = platform.clock.now()
    with platform.database.write() as session:
        mandate = Mandate(
            establishment_id=hospitals.valley, authorised_by="A", role="B", reference="C", scope=["192.0.2.0/24"],
            excluded=[], valid_from=now.date(), valid_to=now.date() + timedelta(days=9), hours="",
            timezone="Europe/Paris", created_at=now, created_by="Mme Roux",
        )  # fmt: skip
        session.add(mandate)
        session.flush()
        number = mandate.id
        assert refusal_of(session, mandate, now) is not None
        session.execute(text(BEFORE))
    with platform.database.read() as session:
        mandate = session.get_one(Mandate, number)
        assert (mandate.unsigned_by, mandate.unsigned_at) == ("Mme Roux", now)
        assert refusal_of(session, mandate, now) is None
        assert signed_document(session, mandate) is None
