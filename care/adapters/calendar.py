"""The calendar, on APScheduler with its jobs in memory: it only rings at the time, the job table does the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from care.domain.schedule import Appointment, Slot
from scanners.errors import SaidError

log = logging.getLogger(__name__)

_REFRESH_SECONDS = 30
_GRACE = timedelta(minutes=10)
"""An appointment missed by more (machine asleep, service stopped) waits for its next time."""


class Calendar:
    """Rings `submit` at each slot of the appointments, which are read again every half minute.

    Appointments follow the clock on the wall of the hospital, in `timezone`, summer time included.
    """

    def __init__(
        self, appointments: Callable[[], Iterable[Appointment]], submit: Callable[[Slot], None], timezone: str
    ) -> None:
        self._timezone = timezone
        self._appointments = appointments
        self._submit = submit
        self._scheduler: Any = BackgroundScheduler(timezone=timezone)
        self._known: dict[str, str] = {}

    def start(self) -> None:
        """Begin; returns at once."""
        self.refresh()
        self._scheduler.add_job(self.refresh, "interval", seconds=_REFRESH_SECONDS)
        self._scheduler.start()

    def stop(self) -> None:
        """Stop, letting a submission that is going on end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def refresh(self) -> None:
        """Follow the table: new appointments come in, changed ones move, removed ones go."""
        try:
            wanted = {one.name: one.cron for one in self._appointments()}
        except SaidError:
            log.warning("the calendar could not be read and stays as it is", exc_info=True)
            return
        for name in self._known.keys() - wanted.keys():
            self._scheduler.remove_job(name)
        for name, cron in wanted.items():
            if self._known.get(name) != cron:
                trigger = CronTrigger.from_crontab(cron, timezone=self._timezone)
                self._scheduler.add_job(
                    self._ring,
                    trigger,
                    args=(name, trigger),
                    id=name,
                    replace_existing=True,
                    coalesce=True,
                    misfire_grace_time=int(_GRACE.total_seconds()),
                )
        self._known = wanted

    def _ring(self, name: str, trigger: CronTrigger) -> None:
        due = last_due(trigger, datetime.now(UTC))
        if due is None:
            return
        try:
            self._submit(Slot(name, due))
        except SaidError:
            log.warning("the appointment %s of %s could not be submitted", name, due, exc_info=True)


def last_due(trigger: CronTrigger, now: datetime) -> datetime | None:
    """When the appointment was last due, at most `_GRACE` ago: the same for two calendars that ring a little apart."""
    due: datetime | None = None
    following = trigger.get_next_fire_time(None, now - _GRACE)
    while following is not None and following <= now:
        due = following
        following = trigger.get_next_fire_time(due, due + timedelta(seconds=1))
    return due
