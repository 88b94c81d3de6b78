"""What is told beside the differences of a version: checks, equivalences and profiles that no longer fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.frameworks import Framework, Method, parameter_value
from care.services.frameworks.ground import ref_of, rules_by_requirement
from care.services.frameworks.library import entered_values, frameworks_in_use
from care.services.platform import Platform
from care.store.frameworks import FrameworkChoice
from scanners.model import Text

_SHOWN = 8


def warnings_of(
    platform: Platform, session: Session, before: Framework | None, after: Framework, day: date
) -> tuple[Text, ...]:
    """Sentences, each about something that would no longer fit; none of them prevents the import."""
    return (
        *_checks(after),
        *_equivalences(platform, session, after, day),
        *_profiles(session, before, after),
        *_values(session, after),
    )


def _checks(after: Framework) -> Iterator[Text]:
    rules = rules_by_requirement()
    checked = [item for item in after.requirements if Method.RULE in item.assessed_by]
    if named := _some([item.id for item in checked if not rules.get(ref_of(after, item))]):
        yield Text(
            f"Exigences à contrôler automatiquement qu’aucune règle de cette version de CaRE ne vise : {named}. "
            "Seule une réponse pourra les dire atteintes.",
            f"Requirements to be checked automatically that no rule of this version of CaRE refers to: {named}. "
            "Only an answer can make them met.",
        )
    here = [ref.partition(":")[2] for ref in rules if ref.startswith(f"{after.id}:")]
    if named := _some([item for item in here if item not in after.by_id]):
        yield Text(
            f"Exigences que des règles de CaRE contrôlent, absentes de cette version : {named}.",
            f"Requirements that rules of CaRE check, missing from this version: {named}.",
        )


def _equivalences(platform: Platform, session: Session, after: Framework, day: date) -> Iterator[Text]:
    known = {**frameworks_in_use(platform, session, day), after.id: after}
    asked = {str(ref) for one in known.values() for item in one.items for ref in (f"{one.id}:{item.id}",)}
    mapped = sorted({str(ref) for item in after.items for ref in item.maps})
    if named := _some([ref for ref in mapped if ref not in asked]):
        yield Text(
            f"Équivalences vers des exigences que CaRE n’a pas : {named}.",
            f"Equivalences to requirements that CaRE does not have: {named}.",
        )


def _profiles(session: Session, before: Framework | None, after: Framework) -> Iterator[Text]:
    gone = sorted(set(before.profiles if before else ()) - set(after.profiles))
    places = select(func.count()).where(FrameworkChoice.framework == after.id, FrameworkChoice.profile.in_(gone))
    count = session.scalar(places) if gone else 0
    if count:
        named = ", ".join(gone)
        yield Text(
            f"Structures dont le profil ({named}) n’existe plus dans cette version, à choisir de nouveau : {count}.",
            f"Places whose profile ({named}) is no longer in this version and must be chosen again: {count}.",
        )


def _values(session: Session, after: Framework) -> Iterator[Text]:
    """Values entered hide what a new text says, or no longer fit it."""
    for name, row in entered_values(session).get(after.id, {}).items():
        parameter = after.parameters.get(name)
        value = parameter_value(parameter.kind, row.value) if parameter else None
        if not row.value or (parameter and value is not None and parameter.value in (None, value)):
            continue
        if parameter is None or value is None:
            yield Text(
                f"Valeur saisie « {row.value} » ({name}) : elle ne comptera plus, ce paramètre disparaît ou s’écrit "
                "autrement.",
                f"Value entered “{row.value}” ({name}): it will no longer count, the parameter is gone or is written "
                "otherwise.",
            )
            continue
        yield Text(
            f"Valeur saisie « {row.value} » pour « {parameter.title.fr} » : elle continuera de compter au lieu de ce "
            "que dit ce texte ; reprenez-la si le texte suffit.",
            f"Value entered “{row.value}” for “{parameter.title.en}”: it will go on counting instead of what this text "
            "says; take it back if the text is enough.",
        )


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many there are; empty when there is none."""
    shown = ", ".join(names[:_SHOWN])
    return f"{shown}… ({len(names)})" if len(names) > _SHOWN else shown
