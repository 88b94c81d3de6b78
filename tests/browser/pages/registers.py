"""The pages of the registers of hosting of health data and of contracts."""

from __future__ import annotations

from care.services import contracts, hostings
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    held = hostings.read_register(site.platform, MACHINE, site.hospitals.valley)
    signed = contracts.read_register(site.platform, MACHINE, site.hospitals.valley)
    contract = next(one.id for one in signed.lines if one.draft.critical)
    return {"hosting": held.lines[0].id, "contract": contract}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        hostings="{valley}/hosting",
        hosting="{valley}/hosting/{hosting}",
        hosting_edit="{valley}/hosting/{hosting}/edit",
        hosting_new="{valley}/hosting/new",
        hosting_import="{valley}/hosting/import",
        contracts="{valley}/contracts",
        contract="{valley}/contracts/{contract}",
        contract_new="{valley}/contracts/new",
        contract_edit="{valley}/contracts/{contract}/edit",
        contract_clauses="{valley}/contracts/{contract}/clauses/clausier-sante",
        contract_clauses_section="{valley}/contracts/{contract}/clauses/clausier-sante?section=2",
        contracts_compared="{valley}/contracts/compare",
        contracts_import="{valley}/contracts/import",
    )
    | visits("visitor", visitor_clauses="{valley}/contracts/{contract}/clauses/hds?state=to_ask&section=7")
    | visits("administrator", no_hosting="{hill}/hosting", no_contract="{hill}/contracts"),
)
