"""Offers of a region, for the tests of pages."""

from __future__ import annotations

from care.domain.catalogue import OfferKind, Theme
from care.services.catalogue import EntryDraft, add_entry
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals


def plant_catalogue(platform: Platform, hospitals: Hospitals) -> int:
    """Two offers of the region of the valley, the first part of its base, whose number is returned; one elsewhere."""
    audit = EntryDraft(
        OfferKind.SERVICE,
        "Audit d’annuaire accompagné",
        "Un auditeur du GRADeS lit le rapport avec vous.",
        "GRADeS",
        "Adhérents",
        "Compris dans l’adhésion",
        "https://grades.exemple.test/offres/audit-d-annuaire-accompagne-pour-les-etablissements-adherents",
        "Catalogue du GRADeS, mars 2026",
        (Theme.DIRECTORY,),
        ("rule:ad.*", "care-d2:O3.A"),
        base=True,
        region_id=hospitals.region,
    )
    number = add_entry(platform, MACHINE, audit)
    plain = EntryDraft(OfferKind.TOOL, "Prêt d’un poste sain", themes=(Theme.INCIDENTS,), region_id=hospitals.region)
    add_entry(platform, MACHINE, plain)
    far = EntryDraft(
        OfferKind.SERVICE, "Renfort du Lointain", themes=(Theme.INCIDENTS,), region_id=hospitals.other_region
    )
    add_entry(platform, MACHINE, far)
    return number
