"""The sample hospital holds together: ids and names are told apart, and whatever names something names what there is.

Each raises KitError at the first fault.
"""

from __future__ import annotations

from care.adapters.kit_reading import Node
from care.domain.crisis import Checklist
from care.domain.sample_hospital import SampleHospital, SampleNeed


def check_ids(node: Node, hospital: SampleHospital) -> None:
    """Two things of one id, or of one name, could not be told apart."""
    things = hospital.things
    for what in ([one.id for one in things], [one.name.fr for one in things], [one.name.en for one in things]):
        double = next((one for place, one in enumerate(what) if one in what[:place]), None)
        if double is not None:
            raise node.fault(f"« {double} » est écrit deux fois", f"“{double}” is written twice")


def check_ties(node: Node, hospital: SampleHospital) -> None:
    """Every need and every cover names something there is; a resource needs no activity, and nothing needs itself."""
    resources = {one.id for one in hospital.resources}
    known = resources | {one.id for one in hospital.activities}
    for resource in hospital.resources:
        _check_needs(node, resource.id, resource.needs, resources)
    for activity in hospital.activities:
        _check_needs(node, activity.id, activity.needs, known)
        covers = {one for mode in activity.modes for one in mode.covers}
        _check_known(node, activity.id, covers, known - {activity.id})


def _check_needs(node: Node, of: str, needs: tuple[SampleNeed, ...], known: set[str]) -> None:
    asked = [need.what for need in needs]
    _check_known(node, of, set(asked), known - {of})
    if len(set(asked)) < len(asked):
        raise node.fault(f"{of} nomme deux fois le même besoin", f"{of} names one need twice")


def _check_known(node: Node, of: str, asked: set[str], known: set[str]) -> None:
    unknown = sorted(asked - known)
    if unknown:
        raise node.fault(f"{of} nomme {unknown[0]}, qui ne convient pas", f"{of} names {unknown[0]}, which does not do")


def check_plans(node: Node, hospital: SampleHospital) -> None:
    """Every activity that a plan covers is one."""
    known = {one.id for one in hospital.activities}
    for plan in hospital.plans:
        _check_known(node, plan.id, set(plan.covers), known)


def check_tests(node: Node, hospital: SampleHospital) -> None:
    """A test names things and plans there are."""
    known, plans = {one.id for one in hospital.things}, {one.id for one in hospital.plans}
    for test in hospital.tests:
        _check_known(node, test.title.fr, {one.what for one in test.tested}, known)
        _check_known(node, test.title.fr, {test.plan} - {""}, plans)


def check_answers(node: Node, hospital: SampleHospital, checklist: Checklist) -> None:
    """An answer is to an item of the checklist."""
    known = {one.id for one in checklist.items}
    _check_known(node, checklist.id, {one.item for one in hospital.answers}, known)
