"""The sentences of an outage: what falls, what comes of it, which ties the order of restart does without. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from care.domain.actions import CareCriticality
from care.domain.continuity import ResourceKind
from care.domain.durations import written
from care.domain.graph import Graph
from care.domain.restart import IgnoredTie
from care.domain.what_if import Course, Effect
from scanners.model import Lang, Text

MOST_NAMES = 3
_WHOLE: dict[ResourceKind, Text] = {
    ResourceKind.APPLICATION: Text("toutes les applications", "every application"),
    ResourceKind.INFRASTRUCTURE: Text("toute l’infrastructure", "all infrastructure"),
    ResourceKind.SUPPLIER: Text("tous les fournisseurs", "every supplier"),
    ResourceKind.PREMISES: Text("tous les locaux", "all premises"),
    ResourceKind.PEOPLE: Text("toutes les équipes", "every team"),
}


def summary(graph: Graph, course: Course, kinds: Sequence[ResourceKind], at: datetime, lang: Lang) -> str:
    """The outage in two or three sentences; `at` is local."""
    lost = lost_words(graph, course, kinds, lang)
    if not course.lost:
        return Text("Rien n’est perdu : choisissez ce qui tombe.", "Nothing is lost: choose what falls.").render(lang)
    stopped = [one for one in course.activities if one.stops is not None]
    told = [_what_stops(stopped, lost, clock(at, at, lang), lang)]
    if stopped:
        told.append(_first_ones(stopped, at, lang))
    told += _what_goes_on(course, lang)
    return " ".join(told)


def lost_words(graph: Graph, course: Course, kinds: Sequence[ResourceKind], lang: Lang) -> str:
    """What is lost: whole families, then names, then a number."""
    names = [node.name for one in course.lost if (node := graph.node(one)).kind not in kinds]
    quoted = [f"«\u00a0{name}\u00a0»" if lang == "fr" else f"“{name}”" for name in names[:MOST_NAMES]]
    more = len(names) - MOST_NAMES
    rest = [Text(f"{more} autre{'s' * (more > 1)}", f"{more} more").render(lang)] if more > 0 else []
    return listed([*(_WHOLE[kind].render(lang) for kind in kinds), *quoted, *rest], lang)


def listed(parts: Sequence[str], lang: Lang) -> str:
    """`a, b et c`."""
    joint = " et " if lang == "fr" else " and "
    return joint.join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def clock(moment: datetime, start: datetime, lang: Lang) -> str:
    """A local time as one says it: the day is told when it is not that of `start`."""
    hour, days = f"{moment:%H:%M}", (moment.date() - start.date()).days
    if days == 0:
        return hour
    if days == 1:
        return Text(f"{hour} le lendemain", f"{hour} the next day").render(lang)
    year = f"{moment:/%Y}" if moment.year != start.year else ""
    return Text(f"{hour} le {moment:%d/%m}{year}", f"{hour} on {moment:%d/%m}{year}").render(lang)


def _what_stops(stopped: Sequence[Effect], lost: str, hour: str, lang: Lang) -> str:
    number = len(stopped)
    if not number:
        return Text(
            f"À {hour}, la perte de {lost} n’arrête aucune activité.", f"At {hour}, losing {lost} stops no activity."
        ).render(lang)
    vital = sum(one.node.criticality is CareCriticality.VITAL for one in stopped)
    if number == 1:
        return Text(
            f"À {hour}, la perte de {lost} arrête une activité{', vitale' * vital}.",
            f"At {hour}, losing {lost} stops one {'vital ' * vital}activity.",
        ).render(lang)
    fr = f", dont {vital} vitale{'s' * (vital > 1)}" if vital else ""
    en = f", {vital} of them vital" if vital else ""
    return Text(
        f"À {hour}, la perte de {lost} arrête {number} activités{fr}.",
        f"At {hour}, losing {lost} stops {number} activities{en}.",
    ).render(lang)


def _first_ones(stopped: Sequence[Effect], at: datetime, lang: Lang) -> str:
    """When the first one stops, and the first one passes its DMIA."""
    first = min(stopped, key=lambda one: (one.stops or 0, one.node.id))
    late = min(
        (one for one in stopped if one.past_dmia is not None),
        key=lambda one: (one.past_dmia or 0, one.node.id),
        default=None,
    )
    stops = after(at, first.stops or 0, lang)
    name = first.node.name
    if len(stopped) == 1:
        begin = Text(f"«\u00a0{name}\u00a0» s’arrête à {stops}", f"“{name}” stops at {stops}")
        end = Text(" et ne passe pas de DMIA connue.", " and passes no known DMIA.")
        if late is not None:
            over = after(at, late.past_dmia or 0, lang)
            end = Text(f" et passe sa DMIA à {over}.", f" and passes its DMIA at {over}.")
        return begin.render(lang) + end.render(lang)
    begin = Text(f"La première, «\u00a0{name}\u00a0», s’arrête à {stops}", f"The first, “{name}”, stops at {stops}")
    end = Text("aucune ne passe de DMIA connue.", "none passes a known DMIA.")
    if late is not None:
        over, name = after(at, late.past_dmia or 0, lang), late.node.name
        fr = f"la première à passer sa DMIA est «\u00a0{name}\u00a0», à {over}."
        end = Text(fr, f"the first to pass its DMIA is “{name}”, at {over}.")
    return f"{begin.render(lang)}{Text(' ; ', '; ').render(lang)}{end.render(lang)}"


def after(at: datetime, minutes: int, lang: Lang) -> str:
    """The local time some minutes later, as one says it."""
    return clock((at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(at.tzinfo), at, lang)


def _what_goes_on(course: Course, lang: Lang) -> list[str]:
    held = sum(one.stops is None and one.hit is not None for one in course.activities)
    hampered = sum(one.stops is None and one.hit is None for one in course.activities)
    found = []
    if held:
        found.append(
            Text(
                f"{held} activité{'s tiennent' if held > 1 else ' tient'} en mode dégradé jusqu’au retour.",
                f"{held} activit{'ies hold' if held > 1 else 'y holds'} out in degraded mode until all is back.",
            ).render(lang)
        )
    if hampered:
        found.append(
            Text(
                f"{hampered} activité{'s continuent, gênées' if hampered > 1 else ' continue, gênée'}.",
                f"{hampered} activit{'ies go' if hampered > 1 else 'y goes'} on with trouble.",
            ).render(lang)
        )
    return found


def ignored_reason(graph: Graph, tie: IgnoredTie, lang: Lang) -> str:
    """Which tie the order does without, and why."""
    names = {one: graph.node(one).name for one in (tie.dependent, tie.needed, *tie.loop)}
    fr, en = _quoted(names[tie.dependent], names[tie.needed])
    if tie.dependent == tie.needed:
        said = Text(f"{fr[0]} a besoin de lui-même : ce lien est ignoré.", f"{en[0]} needs itself: this is ignored.")
        return said.render(lang)
    around = [names[one] for one in (*tie.loop, *tie.loop[:1])]
    loop = f" ({' → '.join(around)})" if around else ""
    if tie.holds:
        return Text(
            f"Boucle{loop} : {fr[0]} redémarre avant {fr[1]}, sans lequel il tient {written(tie.holds, 'fr')}.",
            f"Loop{loop}: {en[0]} restarts before {en[1]}, and holds {written(tie.holds, 'en')} without it.",
        ).render(lang)
    return Text(
        f"Boucle{loop} : rien n’y tient sans le reste. {fr[0]} est redémarré avant {fr[1]}, donc sans lui : vérifiez"
        " que c’est possible.",
        f"Loop{loop}: nothing in it holds without the rest. {en[0]} is restarted before {en[1]}, so without it: check"
        " that this can be done.",
    ).render(lang)


def _quoted(*names: str) -> tuple[list[str], list[str]]:
    """Names between the quotation marks of each language."""
    return [f"«\u00a0{name}\u00a0»" for name in names], [f"“{name}”" for name in names]
