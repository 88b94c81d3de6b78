"""The playbook that closes a finding, or all the open findings of a rule in an establishment, as a file to download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import State
from care.domain.playbooks import MAX_MACHINES, Machine, Recipe, System, Targets, aim, asked_machines
from care.services.errors import NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Kits, Platform
from care.services.playbook_bundle import Bundle, make_bundle
from care.store.findings import FindingRow
from scanners.model import Text

_MOST_FINDINGS = 20 * MAX_MACHINES
"""Findings read for one bundle: a machine may have several accounts."""

NO_PLAYBOOK = Text("Aucun playbook ne traite cette règle.", "No playbook treats this rule.")


@dataclass(frozen=True, slots=True)
class PlaybookOffer:
    """A playbook that can be made for a rule. `asks` when a person must name the machines (domain controllers…)."""

    name: str
    title: str
    windows: bool
    asks: bool
    notes: tuple[str, ...]


def offer_for(platform: Platform, scope: Scope, rule_id: str) -> PlaybookOffer | None:
    """The playbook that closes the findings of a rule, or None."""
    recipe = recipe_for(platform.kits, rule_id)
    return _offer(recipe, scope.lang) if recipe else None


def sheet_playbook(platform: Platform, scope: Scope, sheet_id: str) -> PlaybookOffer | None:
    """The playbook a sheet goes with, or None."""
    sheet = platform.kits.sheets.by_id.get(sheet_id)
    recipe = platform.kits.recipes.by_name.get(sheet.playbook) if sheet else None
    return _offer(recipe, scope.lang) if recipe else None


def recipe_for(kits: Kits, rule_id: str) -> Recipe | None:
    """The recipe that knows what to do about a rule."""
    sheet = kits.sheets.treating(rule_id)
    recipe = kits.recipes.by_name.get(sheet.playbook) if sheet else None
    return recipe if recipe and recipe.closes(rule_id) else None


def finding_playbook(platform: Platform, scope: Scope, establishment_id: int, finding_id: int, typed: str) -> Bundle:
    """The bundle for one finding. NotFound for a stranger or when nothing treats it; Refused without a machine."""
    with platform.database.read() as session:
        _may_make(session, scope, establishment_id)
        row = session.get(FindingRow, finding_id)
        if row is None or row.establishment_id != establishment_id:
            raise NotFound
        found = [(row.rule, row.subject)]
    return _bundle(platform, found[0][0], found, typed)


def rule_playbook(platform: Platform, scope: Scope, establishment_id: int, rule_id: str, typed: str) -> Bundle:
    """The bundle for all the open findings of a rule in one establishment."""
    with platform.database.read() as session:
        _may_make(session, scope, establishment_id)
        subjects = session.scalars(
            select(FindingRow.subject)
            .where(
                FindingRow.establishment_id == establishment_id,
                FindingRow.rule == rule_id,
                FindingRow.state == State.OPEN,
            )
            .order_by(FindingRow.id)
            .limit(_MOST_FINDINGS)
        ).all()
    return _bundle(platform, rule_id, [(rule_id, subject) for subject in subjects], typed)


def _may_make(session: Session, scope: Scope, establishment_id: int) -> None:
    """A playbook tells findings and plans work: both rights are asked."""
    for right in (Right.SEE_FINDINGS, Right.MANAGE_ACTIONS):
        visible_establishment(session, scope, establishment_id, right)


def _bundle(platform: Platform, rule_id: str, found: Sequence[tuple[str, str]], typed: str) -> Bundle:
    recipe = recipe_for(platform.kits, rule_id)
    if recipe is None:
        raise NotFound(NO_PLAYBOOK)
    if recipe.targets is Targets.ASKED:
        return make_bundle(recipe, [rule_id], read_typed(typed))
    aimed = aim(found)
    return make_bundle(recipe, [rule_id], _some(aimed.machines), aimed.left_out)


def read_typed(typed: str) -> tuple[Machine, ...]:
    """The machines a person named. Refused when a word is none, or when there are none."""
    machines, wrong = asked_machines(typed)
    if wrong:
        shown = "".join(sign if sign.isprintable() else "?" for sign in wrong[0])[:80]
        raise Refused(
            Text(
                f"« {shown} » n’est ni un nom de machine ni une adresse ; corrigez la liste.",
                f"“{shown}” is neither a machine name nor an address; correct the list.",
            )
        )
    return _some(machines)


def _some(machines: tuple[Machine, ...]) -> tuple[Machine, ...]:
    if not machines:
        raise Refused(
            Text(
                "Aucune machine à traiter : nommez-les, ou suivez la fiche à la main.",
                "No machine to treat: name them, or follow the sheet by hand.",
            )
        )
    if len(machines) > MAX_MACHINES:
        raise Refused(
            Text(
                f"Un playbook traite {MAX_MACHINES} machines au plus ; procédez service par service.",
                f"A playbook treats {MAX_MACHINES} machines at most; go ward by ward.",
            )
        )
    return machines


def _offer(recipe: Recipe, lang: str) -> PlaybookOffer:
    return PlaybookOffer(
        name=recipe.name,
        title=recipe.title.render(lang),
        windows=recipe.system is System.WINDOWS,
        asks=recipe.targets is Targets.ASKED,
        notes=tuple(note.render(lang) for note in recipe.notes),
    )
