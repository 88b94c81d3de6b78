"""The questionnaires of the debrief: answered by anyone who holds the link, hot at FINEX and cold some weeks later.

Nothing tells who answered: no name, no address, no hour. A device counts once, by a random key of its own that is kept
under a hash of its own for each questionnaire; to answer again from it replaces what it said.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import ExerciseStage, Round
from care.services.brakes import count_attempt
from care.services.errors import Invalid, NotFound, Refused, Throttled
from care.services.exercises.answer_sheets import counted, mark_of, said_in, sheets_of, shown, why_aside
from care.services.exercises.rooms import exercise_row, kit_of_row
from care.services.exercises.versions import thing_of
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import length_faults, lines_of
from care.store.exercises import Exercise, ExerciseAnswer, ExerciseGuest, ExerciseParticipant
from exercises.kit import Measure, Question, QuestionKind
from exercises.scoring import SCALE_TOP, Answered, answered, mean_of
from scanners.model import Text

HOT_FOR = timedelta(days=7)
"""How long the hot questionnaire stays open after FINEX: those on leave the next day still remember (our choice)."""
COLD_AFTER = timedelta(weeks=3)
"""When the cold one opens: late enough for distance, in time for a report within 30 days (crisis maturity 3.1)."""
COLD_FOR = timedelta(days=30)
MAX_ANSWERS = 1_000
"""Several times the largest exercise (150 people): more is somebody playing with the link."""
FREE_AN_HOUR = 300
"""New devices on one questionnaire before everyone waits."""
FREE_FROM_ADDRESS = 50
"""New devices from one network address before it waits, or as many as the people listed when they are more: a whole
hospital may stand behind one address (our choice)."""
MAX_WORDS = 2_000
_PLACE = "exercise questionnaire"
_TOKEN = re.compile(r"([1-9][0-9]{0,9})([hc])-([a-z2-7]{20})\Z")
_LETTER = {Round.HOT: "h", Round.COLD: "c"}
_DEGREES = {str(degree): degree for degree in range(1, SCALE_TOP + 1)}

Answers = Mapping[str, int | bool | str]


@dataclass(frozen=True, slots=True)
class Opening:
    """When a questionnaire may be answered: None while the exercise is not over."""

    since: datetime | None
    until: datetime | None

    def open_at(self, now: datetime) -> bool:
        """Whether it is open."""
        return self.since is not None and self.since <= now and not self.over_at(now)

    def over_at(self, now: datetime) -> bool:
        """Whether it is closed for good."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire as those who fill it in see it; `before` is what this device said already, `settled` whether that
    is among the results, and does not change any more."""

    title: str
    round: Round
    questions: tuple[Question, ...]
    opening: Opening
    is_open: bool
    is_over: bool
    before: Answers | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What was answered to one question; `words` come in an order that tells nothing of who wrote them. `aside` are the
    reasons for which words were set aside."""

    question: Question
    answered: Answered
    aside: tuple[str, ...] = ()

    @property
    def marked_words(self) -> tuple[tuple[str, str], ...]:
        """The words, each once, with what stands for them in a form."""
        return tuple((mark_of(one), one) for one in dict.fromkeys(self.answered.words))


@dataclass(frozen=True, slots=True)
class RoundResult:
    """One questionnaire as the debrief shows it: `filled` answers, of which the results rest on `shown`
    (`answer_sheets`). `questions` is empty when these are none. `satisfaction` and `objectives` lie between 0 and 1."""

    round: Round
    token: str
    opening: Opening
    is_open: bool
    is_over: bool
    filled: int
    shown: int
    questions: tuple[QuestionResult, ...]
    satisfaction: float | None
    objectives: float | None

    @property
    def too_few(self) -> bool:
        """Whether there are answers, too few to be shown."""
        return self.filled > 0 and not self.shown


def token_of(platform: Platform, exercise_id: int, which: Round) -> str:
    """What stands in the link of a questionnaire, not to be guessed."""
    return f"{exercise_id}{_LETTER[which]}-{_marks(platform, exercise_id, which)[0]}"


def _marks(platform: Platform, exercise_id: int, which: Round) -> list[str]:
    """100 bits for each key of the installation, the present one first: a link made with a former key still leads."""
    keys = platform.secrets.derive(f"{_PLACE}:{exercise_id}:{which}")
    return [base64.b32encode(key)[:20].decode().lower() for key in keys]


def _of_token(platform: Platform, session: Session, token: str) -> tuple[Exercise, Round]:
    found = _TOKEN.match(token)
    if found is None:
        raise NotFound(_NO_LINK)
    number, letter, mark = int(found[1]), found[2], found[3]
    which = next(one for one, sign in _LETTER.items() if sign == letter)
    if not any(hmac.compare_digest(mark, one) for one in _marks(platform, number, which)):
        raise NotFound(_NO_LINK)
    row = session.get(Exercise, number)
    if row is None or not _questions(row, which):
        raise NotFound(_NO_LINK)
    return row, which


_NO_LINK = Text(
    "Ce lien ne mène à aucun questionnaire : scannez de nouveau le QR, ou recopiez l’adresse entière.",
    "This link leads to no questionnaire: scan the QR again, or copy the whole address.",
)


def opening_of(row: Exercise, which: Round) -> Opening:
    """When a questionnaire of an exercise is open."""
    if row.ended_at is None or row.stage is ExerciseStage.CANCELLED:
        return Opening(None, None)
    if which is Round.HOT:
        return Opening(row.ended_at, row.ended_at + HOT_FOR)
    return Opening(row.ended_at + COLD_AFTER, row.ended_at + COLD_AFTER + COLD_FOR)


def _questions(row: Exercise, which: Round) -> tuple[Question, ...]:
    kit = kit_of_row(row)
    return kit.hot if which is Round.HOT else kit.cold


def open_form(platform: Platform, token: str, device: str) -> Form:
    """The questionnaire behind a link, for anyone. NotFound when the link leads nowhere."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row, which = _of_token(platform, session, token)
        opening = opening_of(row, which)
        mine = _mine(session, row.id, which, _key(device, token)) if device else None
        questions = _questions(row, which)
        is_open, is_over = opening.open_at(now), opening.over_at(now)
        before = said_in(mine) if mine else None
        settled = mine is not None and mine in counted(sheets_of(session, row.id, which))
        return Form(row.title, which, questions, opening, is_open, is_over, before, settled)


def new_device() -> str:
    """A random name for a browser, for its cookie."""
    return secrets.token_urlsafe(18)


def fill_in(platform: Platform, token: str, device: str, typed: Mapping[str, str], address: str = "") -> None:
    """Record what a device answers, in place of what it said before. `typed` holds texts by question.

    Refused when it is not open, full, or when what it said before is among the results; Throttled when too many arrive
    at once, or from one `address`; Invalid names each faulty question.
    """
    now = platform.clock.now()
    with platform.database.read() as session:
        row, which = _of_token(platform, session, token)
        if not opening_of(row, which).open_at(now):
            raise Refused(_CLOSED)
        answers = _checked(_questions(row, which), typed)
        key, number = _key(device, token), row.id
        known = _mine(session, number, which, key) is not None
        # hashed with the secret of the link: who reads the database does not find from where somebody answered
        limits = {
            f"questionnaire:{number}:{which}": FREE_AN_HOUR,
            f"questionnaire:{_key(address, token)[:32]}": max(FREE_FROM_ADDRESS, _listed(session, number)),
        }
    if not known:
        _hold_back(platform, limits, now)
    with platform.database.write() as session:
        _write(platform, session, number, which, key, answers)


def _listed(session: Session, exercise_id: int) -> int:
    """How many took a seat or were invited: whoever did both is counted twice, which leaves room for those unlisted."""
    kinds = (ExerciseParticipant, ExerciseGuest)
    return sum(session.scalar(select(func.count()).where(one.exercise_id == exercise_id)) or 0 for one in kinds)


def _hold_back(platform: Platform, limits: Mapping[str, int], now: datetime) -> None:
    try:
        with platform.database.write() as session:
            count_attempt(session, limits, now)
    except Throttled as waiting:
        seconds = max(1, round(waiting.retry_after.total_seconds()))
        text = Text(
            f"Beaucoup de réponses arrivent en même temps : renvoyez la vôtre dans {seconds} secondes, ou donnez-la "
            "sur papier à l’animateur.",
            f"Many answers arrive at once: send yours again in {seconds} seconds, or give it on paper to the "
            "facilitator.",
        )
        raise Throttled(text, waiting.retry_after) from waiting


def type_in(platform: Platform, scope: Scope, exercise_id: int, which: Round, typed: Mapping[str, str]) -> None:
    """Copy a questionnaire filled in on paper. Refused before FINEX; Invalid names each faulty question."""
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        if row.ended_at is None or row.stage is ExerciseStage.CANCELLED:
            raise Refused(_CLOSED)
        _write(platform, session, row.id, which, new_device(), _checked(_questions(row, which), typed))
        thing = thing_of(row)
        record(session, scope, "exercise.answer_typed", thing, platform.clock.now(), {"round": which})


_CLOSED = Text(
    "Ce questionnaire n’est pas ouvert : rien n’a été enregistré.",
    "This questionnaire is not open: nothing was recorded.",
)
_FULL = Text(
    "Ce questionnaire a reçu trop de réponses : prévenez l’animateur, il les notera.",
    "This questionnaire has received too many answers: tell the facilitator, who will note yours.",
)


_SETTLED = Text(
    "Votre première réponse est déjà dans les résultats, où la changer la trahirait : elle reste telle quelle. Dites à "
    "l’animateur ce que vous vouliez corriger.",
    "Your first answer is already among the results, where changing it would tell which one it is: it stays as it was. "
    "Tell the facilitator what you meant to correct.",
)


def _key(device: str, token: str) -> str:
    """The name of a device on one questionnaire: another one on each, so that answers cannot be put side by side."""
    return hashlib.sha256(f"{token}\0{device}".encode()).hexdigest()


def _mine(session: Session, exercise_id: int, which: Round, key: str) -> ExerciseAnswer | None:
    return session.scalars(
        select(ExerciseAnswer).where(
            ExerciseAnswer.exercise_id == exercise_id, ExerciseAnswer.round == which, ExerciseAnswer.key == key
        )
    ).one_or_none()


def _write(platform: Platform, session: Session, exercise_id: int, which: Round, key: str, answers: Answers) -> None:
    """The exercise's row is held: two posts of one device, or the last free place, are settled one after the other."""
    session.get_one(Exercise, exercise_id, with_for_update=True)
    row = _mine(session, exercise_id, which, key)
    if row is not None:
        if row in counted(sheets_of(session, exercise_id, which)):
            raise Refused(_SETTLED)
        row.answers = dict(answers)
        return
    if _filled(session, exercise_id, which) >= MAX_ANSWERS:
        raise Refused(_FULL)
    day = platform.clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    session.add(ExerciseAnswer(exercise_id=exercise_id, round=which, answers=dict(answers), key=key, at=day))


def _filled(session: Session, exercise_id: int, which: Round) -> int:
    query = select(func.count()).where(ExerciseAnswer.exercise_id == exercise_id, ExerciseAnswer.round == which)
    return session.scalar(query) or 0


def _checked(questions: Sequence[Question], typed: Mapping[str, str]) -> Answers:
    """What was answered, by question; those left empty are left out. Invalid when nothing was answered at all."""
    faults: dict[str, Text] = {}
    found: dict[str, int | bool | str] = {}
    for one in questions:
        text = lines_of(typed.get(one.id, ""))
        if not text:
            continue
        value = _value(one.kind, text)
        if value is None:
            faults[one.id] = Text("Choisissez l’une des réponses proposées.", "Choose one of the answers offered.")
        else:
            found[one.id] = value
    faults |= length_faults({key: (value, MAX_WORDS) for key, value in found.items() if isinstance(value, str)})
    if faults:
        raise Invalid(faults)
    if not found:
        raise Invalid({"": Text("Répondez au moins à une question.", "Answer at least one question.")})
    return found


def _value(kind: QuestionKind, text: str) -> int | bool | str | None:
    if kind is QuestionKind.WORDS:
        return text
    if kind is QuestionKind.YES_NO:
        return {"yes": True, "no": False}.get(text)
    return _DEGREES.get(text)


def questions_of(platform: Platform, scope: Scope, exercise_id: int, which: Round) -> tuple[Question, ...]:
    """The questions of one round, none when the kit asks nothing. NotFound, Forbidden."""
    with platform.database.read() as session:
        return _questions(exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES), which)


def count_answers(platform: Platform, scope: Scope, exercise_id: int, which: Round) -> int:
    """How many have answered so far, for the page that is projected. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES)
        return _filled(session, row.id, which)


def results_of(platform: Platform, session: Session, row: Exercise, now: datetime) -> tuple[RoundResult, ...]:
    """The questionnaires of an exercise that have questions, hot first."""
    rounds = [which for which in Round if _questions(row, which)]
    return tuple(_result(platform, session, row, which, now) for which in rounds)


def _result(platform: Platform, session: Session, row: Exercise, which: Round, now: datetime) -> RoundResult:
    sheets = sheets_of(session, row.id, which)
    told = shown(sheets)
    questions = [_answered(one, told, sheets) for one in _questions(row, which)] if told else []
    opening = opening_of(row, which)
    return RoundResult(
        round=which,
        token=token_of(platform, row.id, which),
        opening=opening,
        is_open=opening.open_at(now),
        is_over=opening.over_at(now),
        filled=len(sheets),
        shown=len(told),
        questions=tuple(questions),
        satisfaction=_mean(Measure.SATISFACTION, questions),
        objectives=_mean(Measure.OBJECTIVES, questions),
    )


def _answered(question: Question, told: Iterable[ExerciseAnswer], sheets: Iterable[ExerciseAnswer]) -> QuestionResult:
    kept = (said_in(one) for one in told if why_aside(one, question.id) is None)
    said = [one[question.id] for one in kept if question.id in one]
    aside = tuple(why for one in sheets if (why := why_aside(one, question.id)) is not None)
    return QuestionResult(question, answered(question.kind, _shuffled(question.id, said)), aside)


def _shuffled(question: str, said: Iterable[int | bool | str]) -> list[int | bool | str]:
    """In an order that says nothing of who came first, another one for each question: two texts of one person do not
    stand at the same place."""
    return sorted(said, key=lambda one: hashlib.sha256(f"{question}\0{one}".encode()).digest())


def _mean(measure: Measure, questions: Iterable[QuestionResult]) -> float | None:
    return mean_of(measure, ((one.question.measures, one.answered) for one in questions))
