"""What somebody quicker took in between our reading and our writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from care.services.errors import Invalid
from scanners.model import Text


@contextmanager
def invalid_when_taken(field: str, text: Text) -> Iterator[None]:
    """Around a transaction: a unique constraint broken by someone who was quicker is said on its field."""
    try:
        yield
    except IntegrityError as error:
        raise Invalid({field: text}) from error
