"""What cuts an audit short while it goes on: a person, hours that close, an exclusion made meanwhile, the time limit.

The collector then ends within two seconds with what it has seen; the part is recorded, judged as a part, and closes
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.restraints import StopCause
from care.services.audit_exclusions import newest_exclusion
from care.services.audit_hours import closes_at
from care.services.errors import Refused
from care.services.platform import Platform
from care.services.work import Hold
from care.store.runs import Run
from care.store.targets import Target
from scanners.errors import CollectError
from scanners.model import Text

_LOOK_EVERY_SECONDS = 2.0
STALE = timedelta(days=7)
"""What was seen longer ago is looked at again rather than completed: our choice, a week of nights."""
_SPARE_SECONDS = 10.0
"""Past the time limit, before what does not end by itself is ended."""

SAID: Mapping[StopCause, Text] = {
    StopCause.PERSON: Text(
        "Arrêté à votre demande : ce qui avait été vu est gardé, et ne ferme rien.",
        "Stopped as asked: what had been seen is kept, and closes nothing.",
    ),
    StopCause.WINDOW: Text(
        "Arrêté à la fin des heures permises : ce qui avait été vu est gardé, le reste reprend à la prochaine plage.",
        "Stopped at the end of the hours allowed: what had been seen is kept, the rest goes on in the next window.",
    ),
    StopCause.EXCLUSION: Text(
        "Arrêté parce qu’une exclusion a été ajoutée : ce qui avait été vu est gardé, le reste reprend sans elle.",
        "Stopped because an exclusion was added: what had been seen is kept, the rest goes on without it.",
    ),
    StopCause.TIME: Text(
        "Arrêté à la limite de durée : ce qui avait été vu est gardé, le reste est repris.",
        "Stopped at the time limit: what had been seen is kept, the rest is taken up again.",
    ),
}


@dataclass
class Watch:
    """What cuts one audit short; of several causes the first counts. `keeps_part`: the collector ends by itself."""

    platform: Platform
    hold: Hold
    target_id: int
    newest_exclusion: int
    keeps_part: bool
    cause: StopCause | None = None
    _began: float = field(default_factory=time.monotonic, init=False)
    _looked: float = field(default=0.0, init=False)

    @property
    def hard_limit(self) -> float:
        """The seconds after which the collection is ended, whatever it does."""
        return self.platform.settings.collect_seconds + (_SPARE_SECONDS if self.keeps_part else 0.0)

    def stopped(self) -> bool:
        """Whether the collection must end now."""
        if self.cause is None:
            self.cause = self._look()
        return self.cause is not None

    def _look(self) -> StopCause | None:
        if self.hold.ending():
            return StopCause.PERSON
        now = time.monotonic()
        if self.keeps_part and now - self._began > self.platform.settings.collect_seconds:
            return StopCause.TIME
        if now - self._looked < _LOOK_EVERY_SECONDS:
            return None
        self._looked = now
        return self._held_back()

    def _held_back(self) -> StopCause | None:
        """What the establishment says meanwhile: its hours, a mandate withdrawn, a new exclusion."""
        now = self.platform.clock.now()
        with self.platform.database.read() as session:
            target = session.get_one(Target, self.target_id)
            closes = closes_at(self.platform, session, target, now)
            if closes is not None and closes <= now:
                return StopCause.WINDOW
            newer = newest_exclusion(session, target.establishment_id) > self.newest_exclusion
            return StopCause.EXCLUSION if newer and self.keeps_part else None


def check_left(session: Session, run: Run, now: datetime) -> None:
    """Refused when nothing of an audit can be taken up again, with the reason."""
    if not run.left_over or run.facts_id is None:
        raise Refused(
            Text(
                "Cet audit n’a laissé aucune adresse de côté : relancez-le en entier.",
                "This audit left no address: run it again as a whole.",
            )
        )
    newer = select(Run.id).where(Run.target_id == run.target_id, Run.id > run.id, Run.recorded_at.is_not(None))
    if run.recorded_at is None or now - run.recorded_at > STALE or session.scalar(newer.limit(1)) is not None:
        raise Refused(
            Text(
                "Cet audit est trop ancien pour être complété, ou un plus récent l’a suivi : relancez-le en entier.",
                "This audit is too old to be completed, or a later one followed it: run it again as a whole.",
            )
        )


def goes_on(session: Session, run: Run) -> bool:
    """Whether what an audit left is worth taking up by itself: it must have left less than the one before it."""
    if not run.left_over:
        return False
    before = session.get(Run, run.continues_id) if run.continues_id is not None else None
    return before is None or before.left_over is None or run.left_over < before.left_over


def too_long(seconds: float) -> CollectError:
    """The sentence for a collection that reached its time limit before it had seen anything."""
    minutes = round(seconds / 60, 1)
    return CollectError(
        f"La collecte a dépassé sa limite de {minutes} min sans rien voir ; relevez la limite ou réduisez le "
        "périmètre.",
        f"The collection went over its limit of {minutes} min and saw nothing; raise the limit or narrow the scope.",
    )
