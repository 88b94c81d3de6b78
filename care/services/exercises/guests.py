"""Who is invited to an exercise: typed, taken from the crisis directory; then invited by mail."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import ExerciseStage, GuestAnswer, GuestRole
from care.domain.mail import MailState, deliverable
from care.domain.node_names import folded
from care.services.crisis_contacts import directory_rows
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.invitation_letters import invitation
from care.services.exercises.rooms import cell_names, exercise_row
from care.services.exercises.seats import hashed
from care.services.exercises.versions import thing_of, to_change
from care.services.exercises.words import ROLES
from care.services.notices import address
from care.services.outbox import Letter, post
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, length_faults, line_of
from care.store.exercises import Exercise, ExerciseCheck, ExerciseGuest
from care.store.outbox import Mail
from care.store.registry import Establishment
from scanners.model import Text

MAX_GUESTS = 400
"""More than twice the largest exercise the platform conducts (150 people)."""
MAX_MAIL, MAX_PHONE = 320, 40
_PLACE = "exercise-guest"


@dataclass(frozen=True, slots=True)
class GuestDraft:
    """Someone to invite. `cell` is an id of the kit, for players; a mail or a telephone may be missing."""

    name: str
    function: str = ""
    mail: str = ""
    phone: str = ""
    role: GuestRole = GuestRole.PLAYER
    cell: str = ""


@dataclass(frozen=True, slots=True)
class GuestLine:
    """Someone invited. `mail_state` is where his last invitation stands (None: never sent, or too long ago to say),
    `trouble` why it did not leave."""

    id: int
    draft: GuestDraft
    cell_name: str
    invited_at: datetime | None
    mail_state: MailState | None
    trouble: str
    answer: GuestAnswer | None
    version: int


@dataclass(frozen=True, slots=True)
class Guests:
    """Everyone invited, by role and cell. `relayed`: mail leaves from here. `open`: the list still changes."""

    lines: tuple[GuestLine, ...]
    cells: Mapping[str, str]
    relayed: bool
    open: bool

    @property
    def waiting(self) -> int:
        """How many could be sent an invitation and were not."""
        return sum(bool(one.draft.mail) and one.invited_at is None for one in self.lines)

    def of(self, role: GuestRole) -> tuple[GuestLine, ...]:
        """Those of one role."""
        return tuple(one for one in self.lines if one.draft.role is role)

    @property
    def coming(self) -> int:
        """How many said that they come."""
        return sum(one.answer is GuestAnswer.COMES for one in self.lines)


def list_guests(platform: Platform, scope: Scope, exercise_id: int) -> Guests:
    """Who is invited. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        return guests_of(platform, session, row, scope.lang)


def guests_of(platform: Platform, session: Session, row: Exercise, lang: str) -> Guests:
    """The same, in the caller's transaction."""
    cells = cell_names(row)
    rows = session.scalars(select(ExerciseGuest).where(ExerciseGuest.exercise_id == row.id)).all()
    keys = {one.id: letter_key(one) for one in rows if one.letters}
    mails = {one.purpose_key: one for one in session.scalars(select(Mail).where(Mail.purpose_key.in_(keys.values())))}
    order = [*GuestRole]
    ranks = {key: n for n, key in enumerate(cells)}
    lines = [_line(one, cells, mails.get(keys.get(one.id)), lang) for one in rows]
    lines.sort(key=lambda one: (order.index(one.draft.role), ranks.get(one.draft.cell, 99), folded(one.draft.name)))
    return Guests(tuple(lines), cells, bool(platform.settings.smtp_host), row.stage is ExerciseStage.PREPARED)


def _line(row: ExerciseGuest, cells: Mapping[str, str], mail: Mail | None, lang: str) -> GuestLine:
    trouble = Text(mail.trouble_fr, mail.trouble_en).render(lang) if mail else ""
    state = mail.state if mail else None
    return GuestLine(
        row.id, draft_of(row), cells.get(row.cell, ""), row.invited_at, state, trouble, row.answer, row.version
    )


def draft_of(row: ExerciseGuest) -> GuestDraft:
    """What is known of someone."""
    return GuestDraft(row.name, row.function, row.mail, row.phone, row.role, row.cell)


def letter_key(row: ExerciseGuest) -> str:
    """What makes the last invitation of someone unique in the outbox."""
    return f"exercise-guest:{row.id}:{row.letters}"


@dataclass(frozen=True, slots=True)
class Added:
    """How many people were put on the list, and the names of those who were on it already."""

    count: int
    skipped: tuple[str, ...] = ()


def add_guests(platform: Platform, scope: Scope, exercise_id: int, drafts: Sequence[GuestDraft]) -> Added:
    """Put people on the list. The same name with the same mail is on it already: colleagues share the mail of a ward.

    Invalid by field, or on `lines` when there are several; nothing is then added.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        cells = {one["id"] for one in row.content["cells"]}
        known = {_same_person(one) for one in _rows(session, row.id)}
        fresh: dict[tuple[str, str], GuestDraft] = {}
        skipped = []
        for one in (checked(draft, cells) for draft in drafts):
            if (key := _same_person(one)) in known or key in fresh:
                skipped.append(one.name)
            else:
                fresh[key] = one
        if len(known) + len(fresh) > MAX_GUESTS:
            raise Refused(Text(f"{MAX_GUESTS} personnes au plus.", f"{MAX_GUESTS} people at most."))
        for draft in fresh.values():
            session.add(_new_row(platform, row.id, draft, scope.actor, now))
        if fresh:
            session.flush()
            record(session, scope, "exercise.guests_added", thing_of(row), now, {"count": len(fresh)})
        return Added(len(fresh), tuple(skipped))


def _rows(session: Session, exercise_id: int) -> Sequence[ExerciseGuest]:
    return session.scalars(select(ExerciseGuest).where(ExerciseGuest.exercise_id == exercise_id)).all()


def _same_person(one: ExerciseGuest | GuestDraft) -> tuple[str, str]:
    return one.mail.casefold(), folded(one.name)


def _new_row(platform: Platform, exercise_id: int, draft: GuestDraft, actor: str, now: datetime) -> ExerciseGuest:
    token = secrets.token_urlsafe(24)
    return ExerciseGuest(
        exercise_id=exercise_id,
        **asdict(draft),
        sealed=platform.secrets.seal(token, _PLACE),
        token_hash=hashed(token),
        created_at=now,
        created_by=actor,
        changed_at=now,
        changed_by=actor,
    )


def checked(draft: GuestDraft, cells: Iterable[str]) -> GuestDraft:
    """What was typed of a guest, cleaned; Invalid by field."""
    one = GuestDraft(
        line_of(draft.name), line_of(draft.function), line_of(draft.mail), line_of(draft.phone), draft.role,
        draft.cell if draft.role is GuestRole.PLAYER else "",
    )  # fmt: skip
    faults = length_faults(
        {
            "name": (one.name, MAX_LINE),
            "function": (one.function, MAX_LINE),
            "mail": (one.mail, MAX_MAIL),
            "phone": (one.phone, MAX_PHONE),
        }
    )
    if not one.name:
        faults["name"] = Text("Dites le nom.", "Say the name.")
    if one.mail and not deliverable(one.mail):
        faults["mail"] = Text(f"« {one.mail} » n’est pas une adresse.", f"“{one.mail}” is no address.")
    if one.role is GuestRole.PLAYER and one.cell not in cells:
        faults["cell"] = Text("Choisissez la cellule de ce joueur.", "Choose the cell of this player.")
    if faults:
        raise Invalid(faults)
    return one


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """Someone of the crisis directory who could be invited; `there` when already on the list."""

    contact_id: int
    name: str
    function: str
    mail: str
    there: bool


def directory_people(platform: Platform, scope: Scope, exercise_id: int) -> tuple[DirectoryPerson, ...]:
    """The named people of the crisis directory. Forbidden without the right to see contacts."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        visible_establishment(session, scope, row.establishment_id, Right.SEE_CONTACTS)
        known = {_same_person(one) for one in _rows(session, row.id)}
        contacts = [one for one in directory_rows(session, row.establishment_id) if one.name]
        return tuple(
            DirectoryPerson(
                one.id, one.name, one.function, one.mail,
                _same_person(GuestDraft(one.name, mail=one.mail)) in known,
            )
            for one in contacts
        )  # fmt: skip


def add_from_directory(
    platform: Platform, scope: Scope, exercise_id: int, contact_ids: Sequence[int], role: GuestRole, cell: str
) -> Added:
    """Put contacts of the crisis directory on the list. Forbidden without the right to see
    contacts."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        visible_establishment(session, scope, row.establishment_id, Right.SEE_CONTACTS)
        chosen = [one for one in directory_rows(session, row.establishment_id) if one.id in set(contact_ids)]
        drafts = [
            GuestDraft(one.name, one.function, one.mail if deliverable(one.mail) else "", one.phone, role, cell)
            for one in chosen
            if one.name
        ]
    if not drafts:
        raise Refused(Text("Choisissez au moins une personne.", "Choose at least one person."))
    return add_guests(platform, scope, exercise_id, drafts)


def open_guest(platform: Platform, scope: Scope, exercise_id: int, guest_id: int) -> GuestLine:
    """Someone invited. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        found = next((one for one in guests_of(platform, session, row, scope.lang).lines if one.id == guest_id), None)
    if found is None:
        raise NotFound
    return found


def change_guest(
    platform: Platform, scope: Scope, exercise_id: int, guest_id: int, draft: GuestDraft, version: int
) -> None:
    """Correct what is known of someone. Invalid by field; Refused when somebody was quicker."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        guest = _guest(session, row.id, guest_id)
        if guest.version != version:
            raise Refused(
                Text(
                    f"Entre-temps, {guest.changed_by} a modifié cette personne. Rien n’est perdu : comparez avec ce "
                    "que vous avez saisi, puis enregistrez de nouveau.",
                    f"In the meantime, {guest.changed_by} changed this person. Nothing is lost: compare with what you "
                    "typed, then save again.",
                )
            )
        for name, value in asdict(checked(draft, {one["id"] for one in row.content["cells"]})).items():
            setattr(guest, name, value)
        guest.version, guest.changed_at, guest.changed_by = guest.version + 1, now, scope.actor
        record(session, scope, "exercise.guest_changed", thing_of(row), now)


def remove_guest(platform: Platform, scope: Scope, exercise_id: int, guest_id: int) -> None:
    """Take someone off the list: the link of the invitation no longer opens anything."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        guest = _guest(session, row.id, guest_id)
        session.execute(delete(ExerciseCheck).where(ExerciseCheck.guest_id == guest.id))
        session.delete(guest)
        record(session, scope, "exercise.guest_removed", thing_of(row), now)


def _guest(session: Session, exercise_id: int, guest_id: int) -> ExerciseGuest:
    guest = session.get(ExerciseGuest, guest_id, with_for_update=True)
    if guest is None or guest.exercise_id != exercise_id:
        raise NotFound
    return guest


def invite(platform: Platform, scope: Scope, exercise_id: int, guest_id: int | None = None) -> int:
    """Send their invitation to all who have a mail and none yet, or once more to one; how many letters were posted.

    Refused without a relay: a letter that would leave months later helps nobody.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        if not platform.settings.smtp_host:
            raise Refused(NO_RELAY)
        asked = [_guest(session, row.id, guest_id)] if guest_id is not None else list(_rows(session, row.id))
        chosen = [one for one in asked if one.mail and (guest_id is not None or one.invited_at is None)]
        for guest in chosen:
            guest.letters, guest.invited_at = guest.letters + 1, now
            post(platform, session, _invitation(platform, session, row, guest, scope.lang))
        if chosen:
            record(session, scope, "exercise.invited", thing_of(row), now, {"count": len(chosen)})
        return len(chosen)


NO_RELAY = Text(
    "Aucun relais de messagerie n’est réglé : rien ne peut partir. Invitez de vive voix, ou faites régler "
    "CARE_SMTP_HOST par l’administrateur.",
    "No mail relay is set: nothing can leave. Invite by word of mouth, or ask the administrator to set CARE_SMTP_HOST.",
)


def _invitation(platform: Platform, session: Session, row: Exercise, guest: ExerciseGuest, lang: str) -> Letter:
    place = session.get_one(Establishment, row.establishment_id)
    names = cell_names(row)
    link = address(platform, f"/exercise-guest/{token_of(platform, guest)}")
    role = ROLES[guest.role].render(lang).lower()
    cell = names.get(guest.cell, "")
    written = invitation(
        lang, row, place.name, guest.name, f"{role} ({cell})" if cell else role, link, platform.settings.timezone
    )
    return Letter(guest.mail, written[0], written[1], row.establishment_id, letter_key(guest))


def token_of(platform: Platform, guest: ExerciseGuest) -> str:
    """The token of someone's link."""
    return platform.secrets.open(guest.sealed, _PLACE)
