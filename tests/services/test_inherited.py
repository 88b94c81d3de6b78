"""What resources inherit, as pages read it."""

from __future__ import annotations

import pytest

from care.domain.access import Level, Role
from care.services.errors import NotFound
from care.services.inherited import Demand, inherited_objectives
from care.services.platform import Platform
from tests.support.continuity import plant_activity, plant_need, plant_resource
from tests.support.people import MACHINE, Hospitals, person


@pytest.mark.both_databases
def test_the_strictest_demand_and_who_makes_it(platform: Platform, hospitals: Hospitals) -> None:
    here = hospitals.valley
    care = plant_activity(platform, here, "Urgences", 60, pdma_minutes=240)
    pay = plant_activity(platform, here, "Paie", 4320, pdma_minutes=15)
    record, directory = plant_resource(platform, here, "DPI"), plant_resource(platform, here, "Annuaire")
    unused = plant_resource(platform, here, "Fax")
    for dependent, needed in ((care, record), (record, directory), (pay, directory)):
        plant_need(platform, here, dependent, needed)
    found = inherited_objectives(platform, MACHINE, here)
    assert found[directory].dmia == Demand(60, care, "Urgences", ("Urgences", "DPI", "Annuaire"), spare=False)
    assert found[directory].pdma == Demand(15, pay, "Paie", ("Paie", "Annuaire"), spare=False)
    assert unused not in found
    with pytest.raises(NotFound):
        inherited_objectives(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), here)
