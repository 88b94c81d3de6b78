"""Remote accesses, a link answered by a supplier and a review begun, for the tests of services and pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from care.domain.access_links import ReviewVerdict
from care.domain.findings import State
from care.domain.remote_access import Technology
from care.services.access_links.by_link import Decision, SupplierReply, decide, open_link, reply
from care.services.access_links.reviews import ReviewDraft, open_review
from care.services.access_links.rows import LINK, Made
from care.services.access_links.supplier_links import LinkDraft, make_link
from care.services.library import today
from care.services.platform import Platform
from care.store.findings import FindingRow
from care.store.remote_access import RemoteAccess
from scanners.model import Severity
from tests.support.people import MACHINE

SUPPLIER = "Imagerie Armor"


@dataclass(frozen=True)
class PlantedLinks:
    """The numbers of two accesses of one supplier, of its link and review, and what opens them without an account."""

    scanner_access: int
    archive_access: int
    link: int
    link_token: str
    review: int
    owner_link: int
    owner_token: str


def add_access(platform: Platform, establishment_id: int, **values: Any) -> int:
    known: dict[str, Any] = {
        "supplier": SUPPLIER, "equipment": "Scanner 2", "purpose": "Maintenance corrective", "accounts": [],
        "sources": [], "owner": "Maud Le Gall", "owner_email": "maud@hopital.test",
    }  # fmt: skip
    with platform.database.write() as session:
        row = RemoteAccess(
            establishment_id=establishment_id, changed_at=platform.clock.now(), changed_by="tests", **known | values
        )
        session.add(row)
        session.flush()
        return row.id


def add_finding(platform: Platform, establishment_id: int, rule: str, subject: str) -> int:
    with platform.database.write() as session:
        values = {
            "establishment_id": establishment_id, "scanner": "remote_access", "rule": rule, "subject": subject,
            "subject_key": subject, "severity": Severity.HIGH, "evidence": {"methods": "any", "address": "192.0.2.1"},
            "state": State.OPEN, "first_seen_at": platform.clock.now(),
        }  # fmt: skip
        return session.execute(insert(FindingRow).values(values).returning(FindingRow.id)).scalar_one()


def token_of(made: Made) -> str:
    return made.link.rpartition(LINK)[2]


def plant_access_links(platform: Platform, establishment_id: int) -> PlantedLinks:
    """A supplier says that a second factor is asked for; an audit saw that it is not."""
    first = add_access(
        platform, establishment_id, accounts=["tm_armor"], technology=Technology.BASTION, second_factor=True
    )
    second = add_access(platform, establishment_id, equipment="Archivage des images", owner="", owner_email="")
    add_finding(platform, establishment_id, "remote_access.single_factor", "bastion.test/tm_armor")
    made = make_link(platform, MACHINE, establishment_id, LinkDraft(SUPPLIER, "support@armor.test"))
    asked = {one.shown["equipment"]: one.answer_id for one in open_link(platform, token_of(made)).accesses}
    said = {
        asked["Scanner 2"]: {
            "technology": "ipsec_vpn", "accounts": "tm_armor\ntm_armor_2", "second_factor": "yes", "on_demand": "no",
            "attested_on": "2026-02-03", "note": "Deux techniciens se relaient.",
        }
    }  # fmt: skip
    reply(platform, token_of(made), SupplierReply("Paul Kermarec", said))
    due = today(platform) + timedelta(days=21)
    review, links = open_review(platform, MACHINE, establishment_id, ReviewDraft("Revue annuelle", due))
    owner = token_of(links[0])
    (asked_owner,) = open_link(platform, owner).accesses
    decide(
        platform, owner, "Maud Le Gall", {asked_owner.answer_id: Decision(ReviewVerdict.REVOKED, "Scanner remplacé.")}
    )
    return PlantedLinks(first, second, made.link_id, token_of(made), review, links[0].link_id, owner)
