"""Is this installation sound? What a check answers, and the checks of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from care.config import Settings
from care.domain.jobs import MOST_APART
from care.services.platform import Clock
from care.store import schema
from care.store.base import UtcDateTime
from care.store.engine import Database, open_database
from care.store.tallies import differences
from care.store.trail import TrailEvent
from scanners.errors import SaidError
from scanners.model import Text

# Less than the clock of two machines of one hospital usually differ by.
CLOCK_TOLERANCE = timedelta(minutes=5)
NO_CURE = Text("", "")


class State(StrEnum):
    """What a check says."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the diagnosis: what was looked at, what was found, and the cure when there is something to do."""

    name: Text
    state: State
    found: Text
    cure: Text = NO_CURE


DATABASE = Text("Base de données", "Database")
CLOCK = Text("Horloge", "Clock")
SET_THE_CLOCK = Text("remettez la machine à l’heure (NTP)", "set the machine’s clock (NTP)")
COUNTS = Text("Comptes des constats", "Counts of findings")


def check_database(settings: Settings, clock: Clock) -> tuple[Check, ...]:
    """Whether the database answers and stands at the program's revision, and what the clock is worth."""
    if settings.database_url.startswith("sqlite") and not Path(urlsplit(settings.database_url).path[1:]).exists():
        return (_not_made(),)
    try:
        database = open_database(settings.database_url)
        try:
            return _revision(database), *_clock(database, clock), *_counts(database)
        finally:
            database.close()
    except SaidError as trouble:
        return (Check(DATABASE, State.PROBLEM, trouble.text),)
    except SQLAlchemyError as error:
        said = str(error).splitlines()[0]
        return (Check(DATABASE, State.PROBLEM, Text(said, said)),)


def _not_made() -> Check:
    return Check(
        DATABASE,
        State.WARNING,
        Text("pas encore créée", "not made yet"),
        Text("lancez « care db upgrade »", "run “care db upgrade”"),
    )


def _revision(database: Database) -> Check:
    found = schema.revision(database)
    kind = "SQLite" if database.embedded else "PostgreSQL"
    if found.up_to_date:
        said = f"{kind}, {found.head}"
        return Check(DATABASE, State.OK, Text(f"{said} (à jour)", f"{said} (up to date)"))
    if not found.known:
        return Check(DATABASE, State.PROBLEM, schema.newer(found).text)
    return Check(
        DATABASE,
        State.PROBLEM,
        Text(f"{kind}, révision {found.current or 'aucune'}", f"{kind}, revision {found.current or 'none'}"),
        Text("lancez « care db upgrade »", "run “care db upgrade”"),
    )


def clock_gap(database: Database, clock: Clock) -> timedelta:
    """How far the clock of this machine is ahead of that of the database server; zero when they share a machine."""
    if database.embedded:
        return timedelta(0)
    with database.read() as session:
        before = clock.now()
        there = session.scalars(select(func.clock_timestamp(type_=UtcDateTime()))).one()
        return before + (clock.now() - before) / 2 - there


def clocks_apart(gap: timedelta) -> Text | None:
    """What to say of the clock of a machine that works on a database elsewhere, when it is too far from the other."""
    if abs(gap) <= MOST_APART:
        return None
    seconds = round(abs(gap).total_seconds())
    return Text(
        f"{seconds} s d’écart avec l’horloge de la base de données : des tâches passeraient pour abandonnées",
        f"{seconds} s away from the clock of the database: jobs would be taken for abandoned",
    )


def _clock(database: Database, clock: Clock) -> tuple[Check, ...]:
    if not schema.revision(database).up_to_date:
        return ()
    found, now = [clocks_apart(clock_gap(database, clock))], clock.now()
    with database.read() as session:
        last = session.scalar(select(func.max(TrailEvent.at)))
    if last is not None and now < last - CLOCK_TOLERANCE:
        found.append(
            Text(
                f"{now:%d/%m/%Y %H:%M} UTC, avant le dernier événement du journal ({last:%d/%m/%Y %H:%M})",
                f"{now:%Y-%m-%d %H:%M} UTC, before the last event of the trail ({last:%Y-%m-%d %H:%M})",
            )
        )
    return tuple(Check(CLOCK, State.PROBLEM, said, SET_THE_CLOCK) for said in found if said is not None)


def _counts(database: Database) -> tuple[Check, ...]:
    """Whether the counts kept beside the findings are those of a full recount."""
    if not schema.revision(database).up_to_date:
        return ()
    with database.read() as session:
        wrong = differences(session)
    if not wrong:
        return (Check(COUNTS, State.OK, Text("exacts", "exact")),)
    return (
        Check(
            COUNTS,
            State.PROBLEM,
            Text(f"{wrong} lignes fausses", f"{wrong} wrong rows"),
            Text("lancez « care db recount »", "run “care db recount”"),
        ),
    )
