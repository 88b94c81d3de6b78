"""A hospital whose machines were put together out of several lists, with something missing everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from care.domain.access import Scope
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from scanners.workstations.facts import Matching, SharedSerial, WorkstationFacts
from tests.support.audits import run_audit
from tests.support.people import MACHINE
from tests.unit.workstations.specimens import BROKEN, HEALTHY
from tests.web.seeds import SpecimenCollect

SITES = ("EHPAD Les Tilleuls", "Hôpital Nord")
SERVICES = ("Bloc opératoire", "Pharmacie", "Urgences")
MATCHING = Matching(
    by_sid=1,
    by_serial=1,
    blank=2,
    shared=(SharedSerial("VMWARE42", "inventory", ("PC-7", "PC-NU")),),
    clashes=("ACCUEIL",),
)


def spread(facts: WorkstationFacts) -> WorkstationFacts:
    """The same machines, in two sites and three services; one in four nowhere."""
    rows = np.arange(len(facts.machines), dtype=np.int32)
    site = np.where(rows % 4 == 3, -1, rows % 2).astype(np.int32)
    service = np.where(rows % 4 == 3, -1, rows % 3).astype(np.int32)
    sources = tuple(replace(one, on=date(2026, 3, 2), duplicates=1) for one in facts.background.sources)
    background = replace(facts.background, sites=SITES, services=SERVICES, matching=MATCHING, sources=sources)
    return WorkstationFacts(background, replace(facts.machines, site=site, service=service))


def plant_machines(platform: Platform, establishment_id: int, scope: Scope = MACHINE) -> tuple[int, int]:
    """The machines audited twice: in order, then with every fault; returns the runs."""
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    answers = {"establishment": "Hôpital de la Vallée"}
    draft = TargetDraft("workstations", "Postes de la Vallée", {"answers": answers})
    target = add_target(platform, scope, establishment_id, draft)
    runs = []
    for facts in (HEALTHY, BROKEN):
        collect.facts["workstations"] = spread(facts)
        runs.append(run_audit(platform, scope, target).run_id)
    return runs[0], runs[1]
