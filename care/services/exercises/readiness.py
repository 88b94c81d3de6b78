"""Go or no go: the items of the preparation, those the platform sees by itself and those people tick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercise_steps import BY_ID, ITEMS, STEP_NAMES, Item, Step
from care.domain.exercises import ExerciseStage, GuestRole, Seat
from care.domain.mail import SETTLED
from care.services.errors import NotFound, Refused
from care.services.exercises.channel_checks import ChannelChecks, checks_of
from care.services.exercises.guests import Guests, guests_of
from care.services.exercises.rooms import exercise_row, kit_of_row
from care.services.exercises.versions import thing_of, to_change
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import line_of
from care.store.continuity import ContinuityTest, ContinuityTestNode
from care.store.exercises import Exercise, ExerciseSeat, ExerciseStep
from exercises.kit import Format, Kit
from exercises.kit_check import faults_of
from scanners.model import Text

MAX_NOTE = 300


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item and where it stands. `told`: seen by the platform, `said` is then what it sees. `mark` is what a form
    sends back to notice that somebody changed it."""

    id: str
    words: str
    why: str
    blocking: bool
    told: bool
    done: bool
    said: str
    note: str
    by: str
    at: datetime | None

    @property
    def mark(self) -> str:
        """When it was last changed."""
        return self.at.isoformat() if self.at else ""


@dataclass(frozen=True, slots=True)
class StepLines:
    """A step of the method with its items."""

    step: Step
    name: str
    items: tuple[ItemLine, ...]

    @property
    def done(self) -> int:
        """How many items are."""
        return sum(one.done for one in self.items)


@dataclass(frozen=True, slots=True)
class Readiness:
    """The whole preparation. `materials` is what the kit asks to bring together."""

    steps: tuple[StepLines, ...]
    materials: tuple[str, ...]
    guests: Guests
    checks: ChannelChecks
    open: bool

    @property
    def items(self) -> tuple[ItemLine, ...]:
        """Every item."""
        return tuple(one for step in self.steps for one in step.items)

    @property
    def blocking(self) -> tuple[ItemLine, ...]:
        """What forbids to start."""
        return tuple(one for one in self.items if one.blocking and not one.done)

    @property
    def missing(self) -> tuple[ItemLine, ...]:
        """What is missing and forbids nothing."""
        return tuple(one for one in self.items if not one.blocking and not one.done)

    @property
    def go(self) -> bool:
        """Whether nothing forbids to start."""
        return not self.blocking


def readiness(platform: Platform, scope: Scope, exercise_id: int) -> Readiness:
    """Where the preparation of an exercise stands. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        kit = Kit.model_validate(row.content)
        guests = guests_of(platform, session, row, scope.lang)
        checks = checks_of(platform, session, row, scope.lang)
        told = _told(platform, session, row, kit, guests, checks)
        ticked = {one.item: one for one in _ticked(session, row.id)}
        materials = kit_of_row(row).materials
    items = [one for one in ITEMS if not one.field or kit.format is Format.FIELD]
    lines = {one: _line(one, told.get(one.id), ticked.get(one.id), scope.lang) for one in items}
    steps = tuple(
        StepLines(step, name.render(scope.lang), tuple(lines[one] for one in items if one.step is step))
        for step, name in STEP_NAMES.items()
    )
    return Readiness(steps, materials, guests, checks, row.stage is ExerciseStage.PREPARED)


def _ticked(session: Session, exercise_id: int) -> list[ExerciseStep]:
    return list(session.scalars(select(ExerciseStep).where(ExerciseStep.exercise_id == exercise_id)))


def _line(item: Item, told: tuple[bool, Text] | None, ticked: ExerciseStep | None, lang: str) -> ItemLine:
    return ItemLine(
        id=item.id,
        words=item.words.render(lang),
        why=item.why.render(lang),
        blocking=item.blocking,
        told=item.told,
        done=told[0] if told else bool(ticked and ticked.done),
        said=told[1].render(lang) if told else "",
        note=ticked.note if ticked else "",
        by=ticked.changed_by if ticked else "",
        at=ticked.changed_at if ticked else None,
    )


def _told(
    platform: Platform, session: Session, row: Exercise, kit: Kit, guests: Guests, checks: ChannelChecks
) -> Mapping[str, tuple[bool, Text]]:
    """What the platform sees of each item, with the reason."""
    return {
        "kit": _playable(kit),
        "plan": _plan(session, row),
        "counts": _counts(kit),
        "date": _date(platform, row),
        "place": (bool(row.place), Text(row.place or "Non dit.", row.place or "Not told.")),
        "director": (bool(row.director), Text(row.director or "Personne.", row.director or "Nobody.")),
        "words": _words(kit, row),
        "players": _players(kit_of_row(row), guests),
        "facilitators": _people(guests, GuestRole.FACILITATOR),
        "observers": _people(guests, GuestRole.OBSERVER),
        "invitations": _invitations(guests),
        "channels": _channels(checks),
        "badges": _badges(session, row, kit),
    }


def _playable(kit: Kit) -> tuple[bool, Text]:
    faults = faults_of(kit)
    if faults:
        return False, Text(faults[0].fr, faults[0].en)
    count = len(kit.stimuli)
    return True, Text(f"{count} stimuli, {kit.duration} min.", f"{count} stimuli, {kit.duration} min.")


def _plan(session: Session, row: Exercise) -> tuple[bool, Text]:
    series = session.get_one(ContinuityTest, row.test_id).plan_series
    query = select(func.count()).where(ContinuityTestNode.test_id == row.test_id)
    nodes = session.scalar(query) or 0
    if series is None and not nodes:
        return False, Text("Aucun plan ni activité n’est désigné.", "No plan nor activity is named.")
    if series is None:
        return True, Text(f"Activités et ressources désignées : {nodes}.", f"Activities and resources named: {nodes}.")
    return True, Text("Un plan est désigné.", "A plan is named.")


def _counts(kit: Kit) -> tuple[bool, Text]:
    lacks = [
        text
        for held, text in (
            (kit.cyber_trigger, Text("le déclencheur n’est pas cyber", "the trigger is not cyber")),
            (kit.degraded_mode, Text("aucun mode dégradé n’est joué", "no degraded mode is played")),
        )
        if not held
    ]
    if lacks:
        return False, Text("; ".join(one.fr for one in lacks), "; ".join(one.en for one in lacks))
    return True, Text("Déclencheur cyber et mode dégradé.", "Cyber trigger and degraded mode.")


def _date(platform: Platform, row: Exercise) -> tuple[bool, Text]:
    if row.planned_at > platform.clock.now():
        return True, Text("Elle est à venir.", "It is still to come.")
    if row.stage is ExerciseStage.PREPARED:
        return False, Text("Elle est passée : changez-la.", "It is past: change it.")
    return True, Text("L’exercice a commencé.", "The exercise has begun.")


def _words(kit: Kit, row: Exercise) -> tuple[bool, Text]:
    left = [one.label for one in kit.variables if one.key not in row.words]
    if not left:
        return True, Text("Tous sont choisis.", "All are chosen.")
    some = ", ".join(left[:4]) + ("…" if len(left) > 4 else "")
    return False, Text(f"Encore les mots du kit : {some}", f"Still the words of the kit: {some}")


def _players(kit: Kit, guests: Guests) -> tuple[bool, Text]:
    played = {one.draft.cell for one in guests.of(GuestRole.PLAYER)}
    empty = [one.name for one in kit.cells if one.id not in played]
    if empty:
        names = ", ".join(empty)
        return False, Text(f"Sans joueur : {names}", f"Without a player: {names}")
    count = len(guests.of(GuestRole.PLAYER))
    return True, Text(f"Joueurs : {count}.", f"Players: {count}.")


def _people(guests: Guests, role: GuestRole) -> tuple[bool, Text]:
    found = guests.of(role)
    names = ", ".join(one.draft.name for one in found[:4]) + ("…" if len(found) > 4 else "")
    return bool(found), Text(names or "Personne.", names or "Nobody.")


def _invitations(guests: Guests) -> tuple[bool, Text]:
    """Left, or given by word of mouth to who has no address."""
    reached = [one for one in guests.lines if one.draft.mail]
    if not guests.lines:
        return False, Text("Personne n’est invité.", "Nobody is invited.")
    without = len(guests.lines) - len(reached)
    if not reached:
        return False, Text(
            f"{without} sans adresse : invitez-les de vive voix ou ajoutez une adresse.",
            f"{without} without an address: invite them by word of mouth or add an address.",
        )
    left = [one for one in reached if one.invited_at and (one.mail_state is None or one.mail_state in SETTLED)]
    said = Text(
        f"{len(left)} sur {len(reached)} parties ; {without} sans adresse, à inviter de vive voix.",
        f"{len(left)} of {len(reached)} left; {without} without an address, to be invited by word of mouth.",
    )
    return len(left) == len(reached), said


def _channels(checks: ChannelChecks) -> tuple[bool, Text]:
    left = [one.channel for one in checks.channels if not one.done]
    done = len(checks.channels) - len(left)
    total = len(checks.channels)
    without = sorted({name for one in checks.channels for name in one.unreachable})
    names = ", ".join(without[:4]) + ("…" if len(without) > 4 else "")
    return not left, Text(
        f"{done} sur {total} essayés." + (f" Sans adresse ou sans numéro : {names}" if names else ""),
        f"{done} of {total} tried." + (f" Without an address or a number: {names}" if names else ""),
    )


def _badges(session: Session, row: Exercise, kit: Kit) -> tuple[bool, Text]:
    query = select(ExerciseSeat.cell).where(ExerciseSeat.exercise_id == row.id, ExerciseSeat.seat == Seat.PLAYER)
    made = set(session.scalars(query))
    lacking = [one.name for one in kit.cells if one.id not in made]
    if not lacking:
        return True, Text("Prêts à imprimer.", "Ready to print.")
    if made:
        names = ", ".join(lacking)
        return False, Text(
            f"Sans badge : {names}. La page d’impression les fait.",
            f"Without a badge: {names}. The printing page makes them.",
        )
    return False, Text("Pas encore : la page d’impression les fait.", "Not yet: the printing page makes them.")


def tick(platform: Platform, scope: Scope, exercise_id: int, item: str, note: str, seen: str, *, done: bool) -> None:
    """Tick an item, or untick it, with a note. NotFound for one that the platform sees by itself; Refused when somebody
    changed it since `seen`."""
    now = platform.clock.now()
    if item not in BY_ID or BY_ID[item].told:
        raise NotFound
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        step = session.get(ExerciseStep, (row.id, item))
        if (step.changed_at.isoformat() if step else "") != seen:
            who = step.changed_by if step else ""
            raise Refused(
                Text(
                    f"Entre-temps, {who} a répondu à « {BY_ID[item].words.fr} » : relisez avant de répondre.",
                    f"In the meantime, {who} answered “{BY_ID[item].words.en}”: read it before you answer.",
                )
            )
        if step is None:
            step = ExerciseStep(exercise_id=row.id, item=item)
            session.add(step)
        step.done, step.note = done, line_of(note)[:MAX_NOTE]
        step.changed_at, step.changed_by = now, scope.actor
        record(session, scope, "exercise.step_ticked", thing_of(row), now, {"item": item, "done": done})
