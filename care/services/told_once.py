"""Work done again and again on a database that may not answer: the log says so once, and once more when it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from scanners.errors import SaidError

log = logging.getLogger(__name__)


class ToldOnce:
    """Trouble of one thing that is tried again anyway. `what` names it in the log."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._troubled = False

    def attempt(self, work: Callable[[], object]) -> None:
        """Do it; trouble of the machine is no exception here, a defect is."""
        try:
            work()
        except (SaidError, SQLAlchemyError):
            if not self._troubled:
                log.warning("%s: trouble, will be tried again until it is over", self._what, exc_info=True)
            self._troubled = True
        else:
            if self._troubled:
                log.warning("%s: in order again", self._what)
            self._troubled = False
