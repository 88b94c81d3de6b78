"""Dates and thresholds of frameworks: what a text gives, what no text read gives, and the values that an administrator
enters with where they were read. A value holds for the whole platform; the last one counts, all are kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.frameworks import MOST_INTEGER, Confidence, Framework, Parameter, ParameterKind, parameter_value
from care.domain.jobs import JobKind
from care.services import jobs
from care.services.errors import Invalid, NotFound, Refused
from care.services.frameworks.library import frameworks_in_use
from care.services.frameworks.shelf import check_manager, check_reader, kept_in_use
from care.services.frameworks.standings import EVERYTHING
from care.services.library import today
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.frameworks import AssessmentMark, ParameterValue
from scanners.model import Lang, Scalar, Text

MAX_SOURCE = 300
MAX_LINK = 500
_LINK = re.compile(r"https://[^\s<>\"]+\Z")


@dataclass(frozen=True, slots=True)
class EnteredValue:
    """A value that somebody entered; an empty one took back the value before."""

    id: int
    value: str
    source: str
    link: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ParameterView:
    """A date or a threshold. `text_value` is what the framework itself gives, empty when no text read gives it; `value`
    is what counts. `seen` is given back with a change. `history` is the latest first."""

    framework: str
    id: str
    title: str
    kind: ParameterKind
    value: str
    text_value: str
    text_source: str
    confidence: Confidence
    proves: bool
    entered: EnteredValue | None
    history: tuple[EnteredValue, ...]
    seen: int

    @property
    def empty(self) -> bool:
        """Whether nothing gives it: nothing can be met on it."""
        return not self.value

    @property
    def told(self) -> str:
        """What a form shows of what counts: `66`, `2026-03-01`."""
        return self.entered.value if self.entered else ""


@dataclass(frozen=True, slots=True)
class ValueDraft:
    """A value as typed, and where it was read; `seen` is the id of the last value that was shown, 0 when there was
    none."""

    value: str
    source: str
    link: str = ""
    seen: int = 0


def list_parameters(platform: Platform, scope: Scope, framework_id: str) -> tuple[ParameterView, ...]:
    """The parameters of the version in use: those that nothing gives first, then those that prove nothing. NotFound,
    Forbidden."""
    check_reader(scope)
    with platform.database.read() as session:
        written, counted = _framework(platform, session, framework_id)
        history = _history(session, framework_id)
        found = [
            _view(written, one, counted.parameters[one.id], history.get(one.id, ()), scope.lang)
            for one in written.parameters.values()
        ]
    return tuple(sorted(found, key=lambda one: (not one.empty, one.proves)))


def enter_value(platform: Platform, scope: Scope, framework_id: str, parameter_id: str, draft: ValueDraft) -> None:
    """Enter a value with where it was read. Invalid names the field; Refused when somebody entered one since it was
    shown. NotFound, Forbidden."""
    check_manager(scope)
    with platform.database.write() as session:
        parameter = _parameter(platform, session, framework_id, parameter_id)
        _check_seen(platform, session, framework_id, parameter_id, draft.seen)
        value, source, link = _checked(parameter, draft)
        _write(platform, session, scope, (framework_id, parameter_id), value, source, link)


def take_back(platform: Platform, scope: Scope, framework_id: str, parameter_id: str, seen: int) -> None:
    """Take back the value entered: what the text gives counts again, if it gives one. Refused when nothing is entered,
    or when somebody entered another value since. NotFound, Forbidden."""
    check_manager(scope)
    with platform.database.write() as session:
        _parameter(platform, session, framework_id, parameter_id)
        last = _check_seen(platform, session, framework_id, parameter_id, seen)
        if last is None or not last.value:
            raise Refused(Text("Aucune valeur saisie à reprendre.", "No value was entered, none to take back."))
        _write(platform, session, scope, (framework_id, parameter_id), "", "", "")


def _framework(platform: Platform, session: Session, framework_id: str) -> tuple[Framework, Framework]:
    """The framework in use as it is written, and with the values entered."""
    day = today(platform)
    written = kept_in_use(platform, session, framework_id, day)
    if written is None:
        raise NotFound
    return written.framework, frameworks_in_use(platform, session, day)[framework_id]


def _parameter(platform: Platform, session: Session, framework_id: str, parameter_id: str) -> Parameter:
    found = _framework(platform, session, framework_id)[0].parameters.get(parameter_id)
    if found is None:
        raise NotFound
    return found


def _history(session: Session, framework_id: str) -> Mapping[str, Sequence[ParameterValue]]:
    found: dict[str, list[ParameterValue]] = defaultdict(list)
    query = select(ParameterValue).where(ParameterValue.framework == framework_id).order_by(ParameterValue.id.desc())
    for row in session.scalars(query):
        found[row.parameter].append(row)
    return found


def _view(
    framework: Framework, written: Parameter, counted: Parameter, rows: Sequence[ParameterValue], lang: Lang
) -> ParameterView:
    history = tuple(
        EnteredValue(row.id, row.value, row.source, row.link, row.entered_at, row.entered_by) for row in rows
    )
    last = history[0] if history and parameter_value(written.kind, history[0].value) is not None else None
    return ParameterView(
        framework=framework.id,
        id=written.id,
        title=written.title.render(lang),
        kind=written.kind,
        value=shown_value(counted, lang),
        text_value=shown_value(written, lang),
        text_source=written.source,
        confidence=counted.confidence,
        proves=counted.proves,
        entered=last,
        history=history,
        seen=history[0].id if history else 0,
    )


def shown_value(parameter: Parameter, lang: Lang) -> str:
    """A value as people read it; empty when there is none."""
    value = parameter.value
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}" if lang == "fr" else value.isoformat()
    space = "\u00a0" if lang == "fr" else ""
    return f"{value}{space}%" if parameter.kind is ParameterKind.PERCENT else str(value)


def _check_seen(
    platform: Platform, session: Session, framework_id: str, parameter_id: str, seen: int
) -> ParameterValue | None:
    """The last value, locked; Refused when it is not the one that was shown."""
    last = session.scalars(
        select(ParameterValue)
        .where(ParameterValue.framework == framework_id, ParameterValue.parameter == parameter_id)
        .order_by(ParameterValue.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if (last.id if last else 0) == seen:
        return last
    if last is None:
        raise NotFound
    at, who = last.entered_at.astimezone(ZoneInfo(platform.settings.timezone)), last.entered_by
    when = Text(f"le {at:%d/%m/%Y à %H:%M}", f"on {at:%Y-%m-%d at %H:%M}")
    if not last.value:
        raise Refused(
            Text(
                f"{who} a repris la valeur de ce paramètre {when.fr} : relisez, puis recommencez.",
                f"{who} took back the value of this parameter {when.en}: read it again, then start over.",
            )
        )
    raise Refused(
        Text(
            f"{who} a saisi « {last.value} » pour ce paramètre {when.fr} : relisez, puis recommencez.",
            f"{who} entered “{last.value}” for this parameter {when.en}: read it again, then start over.",
        )
    )


def _checked(parameter: Parameter, draft: ValueDraft) -> tuple[str, str, str]:
    faults: dict[str, Text] = {}
    value = parameter_value(parameter.kind, _plain(draft.value))
    if value is None:
        faults["value"] = _EXPECTED[parameter.kind]
    source, link = line_of(draft.source), draft.link.strip()
    if not source or len(source) > MAX_SOURCE:
        faults["source"] = Text(
            f"Dites dans quel texte cette valeur se lit (article, page), en {MAX_SOURCE} signes au plus.",
            f"Say in which text this value is read (article, page), in {MAX_SOURCE} characters at most.",
        )
    if link and (len(link) > MAX_LINK or not _LINK.match(link)):
        faults["link"] = Text("Une adresse https:// est attendue.", "An https:// address is expected.")
    if faults or value is None:
        raise Invalid(faults)
    return (value.isoformat() if isinstance(value, date) else str(value)), source, link


def _plain(typed: str) -> str:
    """What was typed without spaces nor a percent sign; a French day turned round."""
    text = "".join(typed.split()).removesuffix("%")
    parts = text.split("/")
    return "-".join(reversed(parts)) if len(parts) == 3 else text


_EXPECTED: Mapping[ParameterKind, Text] = {
    ParameterKind.INTEGER: Text(
        f"Un nombre entier est attendu, de 0 à {MOST_INTEGER}.",
        f"A whole number is expected, from 0 to {MOST_INTEGER}.",
    ),
    ParameterKind.PERCENT: Text(
        "Un pourcentage entier est attendu, de 0 à 100.", "A whole percentage is expected, from 0 to 100."
    ),
    ParameterKind.DATE: Text(
        "Une date est attendue : choisissez-la, ou écrivez 2026-03-12.",
        "A date is expected: choose it, or write 2026-03-12.",
    ),
}


def _write(
    platform: Platform, session: Session, scope: Scope, which: tuple[str, str], value: str, source: str, link: str
) -> None:
    framework_id, parameter_id = which
    now = platform.clock.now()
    session.add(
        ParameterValue(
            framework=framework_id,
            parameter=parameter_id,
            value=value,
            source=source,
            link=link,
            entered_at=now,
            entered_by=scope.actor,
        )
    )
    session.execute(update(AssessmentMark).values(due_since=now))
    jobs.submit(platform, session, jobs.Order(JobKind.ASSESS, {EVERYTHING: True}), scope.actor)
    detail: dict[str, Scalar] = {"parameter": parameter_id, "value": value, "source": source}
    action = "framework.value_entered" if value else "framework.value_taken_back"
    record(session, scope, action, Thing("framework", framework_id), now, detail)
