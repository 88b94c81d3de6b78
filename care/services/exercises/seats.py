"""Ways into an exercise without an account: a code and a PIN, or a QR, for each cell, the observers and the screen.

They open nothing but this exercise, and stop working a day after its end.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count
from string import digits

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import ExerciseStage, Seat
from care.domain.mail import deliverable
from care.domain.node_names import folded
from care.services.brakes import address_key, count_attempt, give_back
from care.services.errors import Invalid, NotFound, Refused, Throttled
from care.services.exercises.rooms import enter, exercise_row
from care.services.exercises.versions import thing_of
from care.services.platform import Platform
from care.services.sessions import ADDRESS_LENGTH
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, line_of
from care.store.exercises import Exercise, ExerciseParticipant, ExerciseSeat
from care.store.registry import Establishment
from scanners.model import Scalar, Text

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without what people mix up on paper: I and 1, O and 0."""
CODE_LENGTH = 6
PIN_DIGITS = 8
"""In two groups of four. Twelve seats and 300 wrong codes an hour: one day of guessing in 1,100 finds one."""
OPEN_AFTER_END = timedelta(days=1)
FREE_FOR_BROWSER = 10
"""Wrong codes from one browser: who guesses by hand waits alone, and his attempts then count against nobody else."""
FREE_FOR_ROOM = 100
"""Wrong codes from one network, where a whole hospital comes from; counted apart from sign-ins."""
FREE_FOR_EXERCISE = 300
"""Wrong codes of one exercise, from everywhere: no single network shuts the exercise to the others. A QR, whose token
nobody guesses, opens whatever waits."""
MAX_SITTING = 600
"""People of one exercise: several times the largest room; a QR seen outside does not fill the database."""
MOST_WRITTEN = 2_000
"""Messages, lines and observations of one seat: every reaction of the largest exercise noted twice over; a script meets
it."""
TOUCH_EVERY = timedelta(seconds=30)
_PLACE = "exercise-seat"
_WRONG = Text(
    "Ce code n’ouvre aucun exercice en cours : vérifiez-le sur votre badge.",
    "This code opens no exercise under way: check it on your badge.",
)
_PUT_OUT = Text(
    "L’animation a fermé votre place ; ce que vous avez écrit est conservé, et si c’est une erreur, dites-le-lui.",
    "The facilitators closed your seat; what you wrote is kept, and if this is a mistake, tell them.",
)
_TOO_MUCH = Text(
    f"Cette place a déjà écrit {MOST_WRITTEN} fois, le plus qu’elle peut : dites la suite à l’animation.",
    f"This seat has already written {MOST_WRITTEN} times, which is the most it can: tell the facilitators the rest.",
)
_SITS = ExerciseParticipant.left_at.is_(None)
RESERVED = frozenset({"horloge", "clock", "care", "animation", "facilitation"})
"""Names under which CaRE and the facilitation write, folded."""
_NUMBER = re.compile(r" \(\d+\)$")
_SIGNED = 190
"""Characters of a name in a signature, which has 200."""
_FULL = Text(
    "Toutes les places de cet exercice sont prises : parlez-en à l’animation.",
    "Every seat of this exercise is taken: speak to the facilitators.",
)


@dataclass(frozen=True, slots=True)
class Badge:
    """What is printed for one seat. `token` goes into the QR; `cell` is a name, empty for observers and the screen;
    `key` is that of the cell."""

    seat: Seat
    cell: str
    code: str
    pin: str
    token: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Sitting:
    """Someone in an exercise: what his cookie says of him."""

    participant_id: int
    exercise_id: int
    seat: Seat
    cell: str
    name: str

    @property
    def signature(self) -> str:
        """How he signs what others read later: a badge was read, nobody proved to be of that name."""
        return f"{self.name[:_SIGNED]} (badge)"


@dataclass(frozen=True, slots=True)
class Seated:
    """Someone who sits, as the facilitation sees him; `cell` is a key."""

    id: int
    seat: Seat
    cell: str
    name: str
    function: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """The seat behind a QR, told before anyone sits: `cell` is a key, `cell_name` what people call it; both are empty
    for observers and for the screen."""

    exercise_id: int
    title: str
    establishment: str
    planned_at: datetime
    seat: Seat
    cell: str
    cell_name: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes in. `mail` receives the stimuli sent by mail; it may be left empty."""

    name: str
    function: str = ""
    mail: str = ""


def new_code() -> str:
    """A code for an exercise, to be read aloud."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def badges(platform: Platform, scope: Scope, exercise_id: int) -> tuple[Badge, ...]:
    """The ways in, made when first asked for, in the order of the cells. NotFound, Forbidden."""
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
        names = enter(session, platform.rooms, row).state.kit.cell_names
        wanted = [(Seat.PLAYER, key) for key in names] + [(Seat.OBSERVER, ""), (Seat.SCREEN, "")]
        known = {(one.seat, one.cell): one for one in _seats(session, row.id)}
        pins = {_opened(platform, one)["pin"] for one in known.values()}
        for seat, cell in wanted:
            if (seat, cell) not in known:
                known[seat, cell] = _new_seat(platform, session, row, (seat, cell), pins)
        return tuple(_badge(platform, row, known[one], names) for one in wanted)


def renew_badge(platform: Platform, scope: Scope, exercise_id: int, seat: Seat, cell: str) -> None:
    """The same for the badge of one cell (a key), of the observers or of the screen: the others stay good."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
        own = ExerciseSeat.exercise_id == row.id, ExerciseSeat.seat == seat, ExerciseSeat.cell == cell
        session.execute(delete(ExerciseSeat).where(*own))
        record(session, scope, "exercise.badge_renewed", thing_of(row), now, {"seat": seat.value, "cell": cell})


def people(platform: Platform, scope: Scope, exercise_id: int) -> tuple[Seated, ...]:
    """Who sits, in the order in which they came. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        query = select(ExerciseParticipant).where(ExerciseParticipant.exercise_id == row.id, _SITS)
        return tuple(
            Seated(one.id, one.seat, one.cell, one.name, one.function, one.joined_at)
            for one in session.scalars(query.order_by(ExerciseParticipant.id))
        )


def put_out(platform: Platform, scope: Scope, exercise_id: int, participant_id: int) -> str:
    """Close the seat of somebody who should not sit there; his name. What he wrote stays. His badge still opens: it is
    renewed apart. NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        who = session.get(ExerciseParticipant, participant_id, with_for_update=True)
        if who is None or who.exercise_id != row.id:
            raise NotFound
        who.left_at, who.put_out, who.mail = who.left_at or now, True, ""
        detail: dict[str, Scalar] = {"name": who.name, "seat": who.seat.value, "cell": who.cell}
        record(session, scope, "exercise.put_out", thing_of(row), now, detail)
        return who.name


def why_closed(platform: Platform, token: str) -> Text | None:
    """Why a cookie opens nothing any more, and what to do; None when nobody decided it."""
    mine = ExerciseParticipant.token_hash == hashed(token)
    with platform.database.read() as session:
        put = session.scalars(select(ExerciseParticipant.put_out).where(mine)).one_or_none()
    return _PUT_OUT if put else None


def who_sits(platform: Platform, exercise_id: int) -> frozenset[int]:
    """The participants who sit in an exercise: those who have neither left nor been put out."""
    query = select(ExerciseParticipant.id).where(ExerciseParticipant.exercise_id == exercise_id, _SITS)
    with platform.database.read() as session:
        return frozenset(session.scalars(query))


def count_written(session: Session, who: Sitting) -> None:
    """Count something new that came from a seat. Refused over what nobody writes in a day."""
    own = ExerciseParticipant.id == who.participant_id, ExerciseParticipant.written < MOST_WRITTEN
    more = update(ExerciseParticipant).where(*own).values(written=ExerciseParticipant.written + 1)
    if session.scalars(more.returning(ExerciseParticipant.id)).one_or_none() is None:
        raise Refused(_TOO_MUCH)


def renew_badges(platform: Platform, scope: Scope, exercise_id: int) -> None:
    """Make every badge printed so far useless: a code has been seen by who should not. Who sits stays."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
        for seat in _seats(session, row.id):
            session.delete(seat)
        record(session, scope, "exercise.badges_renewed", thing_of(row), now)


def forget_cells(session: Session, row: Exercise, cells: Mapping[str, str]) -> None:
    """Make the badges of cells that are being removed (names by key) useless. Refused while somebody sits there."""
    mine = ExerciseParticipant.exercise_id == row.id, ExerciseParticipant.cell.in_(cells), _SITS
    sat = session.scalars(select(ExerciseParticipant.cell).where(*mine).distinct().order_by(ExerciseParticipant.cell))
    names = ", ".join(cells[one] for one in sat)
    if names:
        raise Refused(
            Text(
                f"Des participants ont déjà pris place ici : {names}. Demandez-leur de quitter cette place, puis"
                " supprimez la cellule.",
                f"Participants already sit here: {names}. Ask them to leave this seat, then remove the cell.",
            )
        )
    session.execute(delete(ExerciseSeat).where(ExerciseSeat.exercise_id == row.id, ExerciseSeat.cell.in_(cells)))


def _new_seat(
    platform: Platform, session: Session, row: Exercise, where: tuple[Seat, str], pins: set[str]
) -> ExerciseSeat:
    pin = _new_pin(pins)
    pins.add(pin)
    token = secrets.token_urlsafe(24)
    sealed = platform.secrets.seal(json.dumps({"pin": pin, "token": token}), _PLACE)
    made = ExerciseSeat(
        exercise_id=row.id, seat=where[0], cell=where[1], sealed=sealed, token_hash=hashed(token),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _new_pin(taken: set[str]) -> str:
    while (pin := f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}") in taken:
        continue
    return pin


def _seats(session: Session, exercise_id: int) -> list[ExerciseSeat]:
    query = select(ExerciseSeat).where(ExerciseSeat.exercise_id == exercise_id).order_by(ExerciseSeat.id)
    return list(session.scalars(query))


def _opened(platform: Platform, seat: ExerciseSeat) -> dict[str, str]:
    opened: dict[str, str] = json.loads(platform.secrets.open(seat.sealed, _PLACE))
    return opened


def _badge(platform: Platform, row: Exercise, seat: ExerciseSeat, names: dict[str, str]) -> Badge:
    opened = _opened(platform, seat)
    return Badge(seat.seat, names.get(seat.cell, ""), row.code, opened["pin"], opened["token"], seat.cell)


def sit_with_pin(
    platform: Platform, code: str, pin: str, arrival: Arrival, address: str, browser: str = "", held: str = ""
) -> str:
    """Take the seat behind a code and a PIN; the token for the browser's cookie, which `held` another so far. `browser`
    tells it from those behind the same address, "" when nothing does.

    Throttled, before anything is looked at, after too many wrong codes from this browser, from this network or for this
    exercise. Refused with one and the same sentence whatever is wrong. What else is wrong with who comes in costs no
    attempt.
    """
    code, pin = code.strip().upper()[:CODE_LENGTH], "".join(one for one in pin if one in digits)[:PIN_DIGITS]
    limits = {
        f"exercise:{code}": FREE_FOR_EXERCISE,
        f"exercise-{address_key(address[:ADDRESS_LENGTH])}": FREE_FOR_ROOM,
    } | ({f"exercise-browser:{browser}": FREE_FOR_BROWSER} if browser else {})
    now = platform.clock.now()
    with platform.database.write() as session:
        try:
            count_attempt(session, limits, now)
        except Throttled as wait:
            raise Throttled(_or_scan(wait.retry_after), wait.retry_after) from wait
    with platform.database.write() as session:
        row = session.scalars(select(Exercise).where(Exercise.code == code)).one_or_none()
        found = [one.id for one in _seats(session, row.id) if _is(platform, one, pin)] if row else []
        if not found:
            raise Refused(_WRONG)
        give_back(session, limits)
    with platform.database.write() as session:
        seat = session.get(ExerciseSeat, found[0])
        if seat is None:
            raise Refused(_WRONG)  # new badges were made just now
        return _sit(session, session.get_one(Exercise, seat.exercise_id), seat, arrival, now, held)


def _or_scan(wait: timedelta) -> Text:
    seconds = max(1, round(wait.total_seconds()))
    return Text(
        "Trop d’essais infructueux : scannez le QR de votre badge, qui ouvre toujours, ou réessayez dans"
        f" {seconds} secondes.",
        f"Too many failed attempts: scan the QR of your badge, which always opens, or try again in {seconds} seconds.",
    )


def _is(platform: Platform, seat: ExerciseSeat, pin: str) -> bool:
    return secrets.compare_digest(_opened(platform, seat)["pin"], pin)


def way_in(platform: Platform, token: str) -> Way:
    """Where a QR leads. Refused when it opens nothing (any more)."""
    now = platform.clock.now()
    with platform.database.read() as session:
        seat = session.scalars(select(ExerciseSeat).where(ExerciseSeat.token_hash == hashed(token))).one_or_none()
        row = session.get_one(Exercise, seat.exercise_id) if seat else None
        if seat is None or row is None or not _open(row.stage, row.ended_at, now):
            raise Refused(_WRONG)
        names = enter(session, platform.rooms, row).state.kit.cell_names
        place = session.get_one(Establishment, row.establishment_id).name
        return Way(row.id, row.title, place, row.planned_at, seat.seat, seat.cell, names.get(seat.cell, ""))


def sit_with_token(platform: Platform, token: str, arrival: Arrival, held: str = "") -> str:
    """Take the seat behind a QR; the token for the browser's cookie, which `held` another so far. Refused when it opens
    nothing (any more)."""
    now = platform.clock.now()
    with platform.database.write() as session:
        seat = session.scalars(select(ExerciseSeat).where(ExerciseSeat.token_hash == hashed(token))).one_or_none()
        if seat is None:
            raise Refused(_WRONG)
        return _sit(session, session.get_one(Exercise, seat.exercise_id), seat, arrival, now, held)


def _sit(session: Session, row: Exercise, seat: ExerciseSeat, arrival: Arrival, now: datetime, held: str) -> str:
    if not _open(row.stage, row.ended_at, now):
        raise Refused(_WRONG)
    come = _checked(arrival, seat.seat)
    who = _held(session, seat, come.name, held)
    if who is None:
        _check_room(session, row)
        name = _told_apart(session, seat, come.name) if seat.seat is Seat.OBSERVER else come.name
        who = ExerciseParticipant(exercise_id=row.id, seat=seat.seat, cell=seat.cell, name=name, joined_at=now)
        session.add(who)
    token = secrets.token_urlsafe(24)
    who.function, who.mail, who.token_hash, who.seen_at = come.function, come.mail, hashed(token), now
    return token


def _checked(arrival: Arrival, seat: Seat) -> Arrival:
    """The same, cleaned; Invalid by field."""
    come = Arrival(line_of(arrival.name), line_of(arrival.function)[:MAX_LINE], line_of(arrival.mail))
    faults: dict[str, Text] = {}
    if seat is not Seat.SCREEN and not 0 < len(come.name) <= MAX_LINE:
        faults["name"] = Text("Dites votre nom.", "Say your name.")
    elif folded(come.name) in RESERVED:
        faults["name"] = Text(
            "Ce nom est celui de CaRE ou de l’animation : dites le vôtre.",
            "This name is CaRE’s or the facilitators’: give your own.",
        )
    if come.mail and not deliverable(come.mail):
        faults["mail"] = Text("Cette adresse de messagerie est mal écrite.", "This mail address is not well written.")
    if faults:
        raise Invalid(faults)
    return come


def _held(session: Session, seat: ExerciseSeat, name: str, held: str) -> ExerciseParticipant | None:
    """Who sits at this place already, under this name, in the browser that asks: he keeps what is his."""
    mine = ExerciseParticipant.token_hash == hashed(held), ExerciseParticipant.seat == seat.seat, _SITS
    here = ExerciseParticipant.exercise_id == seat.exercise_id, ExerciseParticipant.cell == seat.cell
    who = session.scalars(select(ExerciseParticipant).where(*mine, *here).with_for_update()).one_or_none()
    return who if who is not None and _NUMBER.sub("", folded(who.name)) == _NUMBER.sub("", folded(name)) else None


def _told_apart(session: Session, seat: ExerciseSeat, name: str) -> str:
    """The name of an observer, numbered while another one of that name sits: each has marks of his own."""
    session.get_one(Exercise, seat.exercise_id, with_for_update=True)  # two of one name may come at once
    here = ExerciseParticipant.exercise_id == seat.exercise_id, ExerciseParticipant.seat == seat.seat, _SITS
    taken = {folded(one) for one in session.scalars(select(ExerciseParticipant.name).where(*here))}
    names = (f"{name[:_SIGNED]} ({number})" for number in count(2))
    return next(one for one in chain((name,), names) if folded(one) not in taken)


def _check_room(session: Session, row: Exercise) -> None:
    query = select(func.count()).where(ExerciseParticipant.exercise_id == row.id)
    if session.scalars(query).one() >= MAX_SITTING:
        raise Refused(_FULL)


def _open(stage: ExerciseStage, ended_at: datetime | None, now: datetime) -> bool:
    if stage in (ExerciseStage.PREPARED, ExerciseStage.LIVE):
        return True
    return ended_at is not None and now - ended_at < OPEN_AFTER_END


def leave(platform: Platform, token: str) -> None:
    """Give a seat up: its cookie opens nothing any more and no mail follows. Before the start nobody was there; after,
    it stays known that somebody took part."""
    now = platform.clock.now()
    with platform.database.write() as session:
        who = session.scalars(
            select(ExerciseParticipant).where(ExerciseParticipant.token_hash == hashed(token)).with_for_update()
        ).one_or_none()
        if who is None:
            return
        if session.get_one(Exercise, who.exercise_id).started_at is None and not who.put_out:
            session.delete(who)
        else:
            who.token_hash, who.mail, who.left_at = hashed(secrets.token_urlsafe(24)), "", who.left_at or now


def sitting(platform: Platform, token: str) -> Sitting | None:
    """Who holds this cookie, None when nobody does or the exercise is long over. To be called at each request."""
    now = platform.clock.now()
    with platform.database.read() as session:
        found = session.execute(
            select(ExerciseParticipant, Exercise.stage, Exercise.ended_at)
            .join(Exercise, Exercise.id == ExerciseParticipant.exercise_id)
            .where(ExerciseParticipant.token_hash == hashed(token), _SITS)
        ).one_or_none()
        if found is None or not _open(found.stage, found.ended_at, now):
            return None
        who = found[0]
    due = platform.presence.note(who.id, now) if now - who.seen_at >= TOUCH_EVERY else ()
    if due:
        with platform.database.write() as session:
            session.execute(update(ExerciseParticipant).where(ExerciseParticipant.id.in_(due)).values(seen_at=now))
    return Sitting(who.id, who.exercise_id, who.seat, who.cell, who.name)


def required(found: Sitting | None, *seats: Seat) -> Sitting:
    """The sitting, when it is one of these seats; NotFound otherwise: a page of others does not exist."""
    if found is None or found.seat not in seats:
        raise NotFound
    return found


def hashed(token: str) -> str:
    """How a token is kept: 192 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
