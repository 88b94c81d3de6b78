"""Is this installation sound? What a check answers, and the checks of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from care.config import Settings
from care.domain.jobs import MOST_APART, JobState, Lane
from care.domain.mail import TROUBLED, MailState
from care.services.instance.standing import Standing, standing
from care.services.platform import Clock
from care.store import schema
from care.store.base import UtcDateTime
from care.store.engine import Database, open_database
from care.store.jobs import Job
from care.store.outbox import Mail
from care.store.tallies import differences
from care.store.trail import TrailEvent
from scanners.errors import SaidError
from scanners.model import Text

# Less than the clock of two machines of one hospital usually differ by.
CLOCK_TOLERANCE = timedelta(minutes=5)
NO_CURE = Text("", "")
# A lease is renewed every ten seconds, a queue is looked at every two: our choices, far above both.
SILENT = timedelta(minutes=5)
WAITED = timedelta(minutes=15)


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
RESTORE = Text(
    "arrêtez CaRE et restaurez la dernière sauvegarde (care instance restore)",
    "stop CaRE and restore the last backup (care instance restore)",
)
WORK = Text("Tâches", "Jobs")
MAILS = Text("Messages", "Mail")
START_A_WORKER = Text(
    "démarrez « care serve », ou un « care worker », et lisez son journal",
    "start “care serve”, or a “care worker”, and read its log",
)
READ_THE_LOG = Text("lisez le journal de « care serve »", "read the log of “care serve”")
SEE_THE_OUTBOX = Text(
    "vérifiez CARE_SMTP_HOST et le relais, puis la page des envois",
    "check CARE_SMTP_HOST and the relay, then the outbox",
)
BACKUP = Text("Sauvegarde de CaRE", "Backup of CaRE")
DRILL = Text("Essai de restauration de CaRE", "Restore drill of CaRE")
BACK_UP = Text(
    "lancez « care instance backup », et programmez-le", "run “care instance backup”, and have it run by itself"
)
SET_DRILLS = Text(
    "réglez CARE_BACKUP_DIR et CARE_BACKUP_KEY_FILE : un essai a lieu chaque dimanche",
    "set CARE_BACKUP_DIR and CARE_BACKUP_KEY_FILE: a drill takes place every Sunday",
)
COUNTS = Text("Comptes des constats", "Counts of findings")


def check_database(settings: Settings, clock: Clock) -> tuple[Check, ...]:
    """Whether the database answers and stands at the program's revision, and what the clock is worth."""
    if settings.database_url.startswith("sqlite") and not Path(urlsplit(settings.database_url).path[1:]).exists():
        return (_not_made(),)
    try:
        database = open_database(settings.database_url)
        try:
            return _revision(database), *(_whole(database) or _contents(database, clock))
        finally:
            database.close()
    except SaidError as trouble:
        return (Check(DATABASE, State.PROBLEM, trouble.text),)
    except SQLAlchemyError as error:
        said = str(error).splitlines()[0]
        return (Check(DATABASE, State.PROBLEM, Text(said, said)),)


def _whole(database: Database) -> tuple[Check, ...]:
    """What is wrong with the database as a whole, before anything it says is believed."""
    if (broken := schema.broken_pages(database)) is not None:
        return (Check(DATABASE, State.PROBLEM, Text(f"endommagée ({broken})", f"damaged ({broken})"), RESTORE),)
    if schema.revision(database).up_to_date and (lost := schema.missing_tables(database)):
        return (Check(DATABASE, State.PROBLEM, schema.incomplete(lost).text),)
    return ()


def _contents(database: Database, clock: Clock) -> tuple[Check, ...]:
    if not schema.revision(database).up_to_date:
        return ()
    return (
        *_clock(database, clock),
        *_counts(database),
        _work(database, clock),
        _mails(database),
        *_survival(database, clock),
    )


def _work(database: Database, clock: Clock) -> Check:
    """Whether somebody does the jobs: one that is held by nobody alive, or waits for long, says that nobody does."""
    now = clock.now()
    held = (Job.state == JobState.RUNNING, Job.lease_until < now - SILENT)
    waiting = (Job.state == JobState.QUEUED, Job.due_at < now - WAITED)
    failed = (Job.state == JobState.FAILED, Job.lane == Lane.SERVICE, Job.finished_at >= now - timedelta(days=1))
    with database.read() as session:
        silent, late, lost = (
            session.scalar(select(func.count()).select_from(Job).where(*which)) or 0
            for which in (held, waiting, failed)
        )
    if silent or late:
        found = Text(
            f"{silent} tâches tenues par un exécutant qui se tait, {late} en attente depuis plus d’un quart d’heure",
            f"{silent} jobs held by a worker that is silent, {late} waiting for more than a quarter of an hour",
        )
        return Check(WORK, State.WARNING, found, START_A_WORKER)
    if lost:
        found = Text(f"{lost} tâches de service échouées depuis hier", f"{lost} service jobs failed since yesterday")
        return Check(WORK, State.WARNING, found, READ_THE_LOG)
    return Check(WORK, State.OK, Text("aucune en souffrance", "none left waiting"))


def _mails(database: Database) -> Check:
    """Whether messages leave: a relay that refuses is heard of here before somebody misses a warning."""
    stuck = or_(Mail.state.in_(TROUBLED), and_(Mail.state == MailState.WAITING, Mail.attempts > 0))
    with database.read() as session:
        count = session.scalar(select(func.count()).select_from(Mail).where(stuck)) or 0
    if not count:
        return Check(MAILS, State.OK, Text("aucun message retenu", "no message held back"))
    found = Text(f"{count} messages que le relais n’a pas pris", f"{count} messages that the relay did not take")
    return Check(MAILS, State.WARNING, found, SEE_THE_OUTBOX)


def _survival(database: Database, clock: Clock) -> tuple[Check, ...]:
    """When the installation was last saved, and whether the last drill could restore it."""
    with database.read() as session:
        found = standing(session, clock.now())
    return _last_backup(found), _last_drill(found)


def _last_backup(found: Standing) -> Check:
    state = State.WARNING if found.late_backup else State.OK
    cure = BACK_UP if found.late_backup else NO_CURE
    if found.backup is None:
        return Check(BACKUP, state, Text("aucune", "none"), cure)
    name, at = found.backup.name, found.backup.at
    return Check(BACKUP, state, Text(f"{name}, le {at:%d/%m/%Y}", f"{name}, on {at:%Y-%m-%d}"), cure)


def _last_drill(found: Standing) -> Check:
    if found.drill is None:
        return Check(DRILL, State.WARNING, Text("aucun", "none"), SET_DRILLS)
    said, at = found.drill.said, found.drill.at
    told = Text(f"{said.fr} ({at:%d/%m/%Y})", f"{said.en} ({at:%Y-%m-%d})")
    if not found.drill.sound:
        return Check(DRILL, State.PROBLEM, told, BACK_UP)
    return Check(DRILL, State.WARNING, told, SET_DRILLS) if found.late_drill else Check(DRILL, State.OK, told)


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
