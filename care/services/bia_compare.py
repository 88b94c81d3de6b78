"""Two versions of a business impact analysis side by side, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from care.domain.access import Scope
from care.domain.bia import OBJECTIVES
from care.domain.bia_content import compare
from care.domain.durations import written
from care.services.bia_list import ActivityBrief, VersionLine, activity_brief, version_line, written_or_blank
from care.services.bia_rows import content_of, visible_bia
from care.services.errors import NotFound
from care.services.platform import Platform
from care.store.continuity import Activity, Bia
from scanners.model import Text

_TEXT_NAMES: Mapping[str, Text] = {
    "minimum_service": Text("Ce qu’il faut garder", "What must be kept"),
    "minimum_percent": Text("Part de l’activité à garder, en %", "Part of the activity to keep, %"),
    "peaks": Text("Moments les plus difficiles", "Worst times"),
    "notes": Text("Remarques", "Notes"),
    "interviewed": Text("Personnes qui ont répondu", "Who answered"),
}


@dataclass(frozen=True, slots=True)
class AxisDifference:
    """An axis in two versions: (after how long, level before, level after), and the reasons."""

    name: str
    cells: tuple[tuple[str, str, str], ...]
    reason_before: str
    reason_after: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A duration or a text in two versions."""

    name: str
    before: str
    after: str
    changed: bool


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Two versions of one activity, the older one first."""

    establishment_id: int
    activity: ActivityBrief
    before: VersionLine
    after: VersionLine
    axes: tuple[AxisDifference, ...]
    durations: tuple[Difference, ...]
    texts: tuple[Difference, ...]
    same_scale: bool
    changed: bool


def compare_bias(platform: Platform, scope: Scope, one_id: int, other_id: int) -> ComparisonView:
    """Two versions of one activity, whichever order they are given in; NotFound when they are not of one activity."""
    with platform.database.read() as session:
        one, activity = visible_bia(session, scope, one_id)
        other, _same = visible_bia(session, scope, other_id)
        if one.activity_id != other.activity_id or one.id == other.id:
            raise NotFound
        before, after = sorted((one, other), key=lambda row: row.number)
        return _comparison(before, after, activity, scope)


def _comparison(before: Bia, after: Bia, activity: Activity, scope: Scope) -> ComparisonView:
    lang = scope.lang
    found = compare(content_of(before), content_of(after))
    axes = tuple(
        AxisDifference(
            name=one.name.render(lang),
            cells=tuple(
                (written(step, lang), old.render(lang) if old else "", new.render(lang) if new else "")
                for step, old, new in zip(one.steps, one.before, one.after, strict=True)
            ),
            reason_before=one.reason_before,
            reason_after=one.reason_after,
            changed=one.changed,
        )
        for one in found.axes
    )
    return ComparisonView(
        establishment_id=activity.establishment_id,
        activity=activity_brief(activity, scope),
        before=version_line(before, lang),
        after=version_line(after, lang),
        axes=axes,
        durations=tuple(
            Difference(
                OBJECTIVES[one.objective].render(lang),
                written_or_blank(one.before, lang),
                written_or_blank(one.after, lang),
                one.changed,
            )
            for one in found.objectives
        ),
        texts=tuple(
            Difference(_TEXT_NAMES[one.field].render(lang), one.before, one.after, one.changed) for one in found.texts
        ),
        same_scale=found.same_scale,
        changed=found.changed,
    )
