"""What a service may answer instead of its result, with sentences in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from scanners.model import Text


class ServiceError(Exception):
    """An expected refusal; `text` is shown to people."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class NotFound(ServiceError):
    """No such object, or one of another establishment: the same answer, so that a stranger learns nothing."""

    def __init__(self, text: Text | None = None) -> None:
        super().__init__(text or Text("Cet élément n’existe pas.", "There is no such item."))


class Forbidden(ServiceError):
    """The object may be seen, but this person may not do that to it."""

    def __init__(self, text: Text | None = None) -> None:
        super().__init__(text or Text("Votre rôle ne permet pas cette action.", "Your role does not allow this."))


class Refused(ServiceError):
    """The request is understood but cannot be done now; the sentence says why and what to do."""


class SignInRequired(ServiceError):
    """Nobody is signed in, or the session is over."""

    def __init__(self) -> None:
        super().__init__(Text("Connectez-vous pour continuer.", "Sign in to continue."))


class Gone(Refused):
    """What was open for a time to whoever held its link is over."""


class Throttled(Refused):
    """Too many attempts; `retry_after` is the time to wait."""

    def __init__(self, text: Text, retry_after: timedelta) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Invalid(ServiceError):
    """One or several fields cannot be used as given: `fields` maps a field's name to its sentence."""

    def __init__(self, fields: Mapping[str, Text]) -> None:
        first = next(iter(fields.values()))
        super().__init__(first)
        self.fields = MappingProxyType(dict(fields))
