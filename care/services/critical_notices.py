"""Telling those in charge of an establishment that an audit found something critical that was not there before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right
from care.domain.findings import Written
from care.services import notices
from care.services.in_charge import People
from care.services.no_report import NoReport
from care.services.platform import Platform
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.targets import Target
from scanners.model import Outcome, Text

MOST_LINES = 10
"""More are counted: the page holds them all."""


def tell_criticals(
    platform: Platform,
    session: Session,
    run: Run,
    written: Written,
    outcomes: Iterable[Outcome],
    unreported: Sequence[NoReport] = (),
    told: Collection[tuple[str, str]] = (),
) -> None:
    """One letter a person and a run, in the transaction that records it, at the hours that each person chose; nothing
    of what exclusions leave `unreported`, nor of the rules and subjects that another letter has `told`."""
    found = [
        one
        for one in sorted(written.criticals)
        if one not in told and not any(exclusion.concerns(one[1]) for exclusion in unreported)
    ]
    if not found or not notices.relayed(platform):
        return
    titles = {outcome.rule.id: outcome.rule.title for outcome in outcomes}
    place = Place(Level.ESTABLISHMENT, run.establishment_id)
    people = People(session, platform.clock.now()).in_charge(session, place, Right.DECIDE_FINDING)
    site, target = session.get_one(Establishment, run.establishment_id), session.get_one(Target, run.target_id)
    path = f"/establishments/{run.establishment_id}/findings?severity=critical&scanner={run.scanner}"
    for account_id in sorted(people):
        notices.tell(
            platform,
            session,
            account_id,
            "critical",
            purpose_key=f"critical:{run.id}:{account_id}",
            establishment_id=run.establishment_id,
            site=site.name,
            target=target.name,
            count=len(found),
            lines=_lines(found[:MOST_LINES], titles),
            more=max(0, len(found) - MOST_LINES),
            address=notices.address(platform, path),
        )


def _lines(found: Iterable[tuple[str, str]], titles: Mapping[str, Text]) -> list[dict[str, str]]:
    unknown = Text("", "")
    return [
        {"fr": titles.get(rule, unknown).fr or rule, "en": titles.get(rule, unknown).en or rule, "subject": subject}
        for rule, subject in found
    ]
