"""Contracts and hostings of health data, for the tests of pages: healthy, faulty, unknown, over; clauses read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.programme import AnswerVerdict
from care.services import contracts, hostings
from care.services.action_query import today
from care.services.contract_clauses import answer_clauses
from care.services.contracts import ContractDraft
from care.services.frameworks.answering import AnswerDraft
from care.services.hostings import HostingDraft
from care.services.platform import Platform
from tests.support.people import MACHINE

CLAUSES = "clausier-sante"


@dataclass(frozen=True)
class PlantedRegisters:
    """The numbers of a contract with clauses read, of one barely known, and of two hostings."""

    contract: int
    other: int
    hosting: int
    abroad: int


def plant_registers(platform: Platform, establishment_id: int) -> PlantedRegisters:
    day = today(platform)
    draft = ContractDraft(
        "Dédalis Santé", "Maintenance du dossier patient", "MAR-2024-12", critical=True, health_data=True,
        remote_access=True, contact="rssi@dedalis.test", starts_on=day - timedelta(days=700),
        ends_on=day + timedelta(days=150), notice_days=90, note="Reconduction **tacite**.",
    )  # fmt: skip
    contract = contracts.REGISTER.add(platform, MACHINE, establishment_id, draft)
    other = contracts.REGISTER.add(
        platform, MACHINE, establishment_id, ContractDraft("Labexpert", "Automate de biologie")
    )
    over = contracts.REGISTER.add(
        platform, MACHINE, establishment_id, ContractDraft("Ancien", "Messagerie", critical=False)
    )
    contracts.REGISTER.close(platform, MACHINE, over, day, 1)
    answers = (
        AnswerDraft("O-2.3", AnswerVerdict.YES, note="Article 7"),
        AnswerDraft("O-2.7", AnswerVerdict.PARTLY, note="Audit sans préavis fixé"),
        AnswerDraft("O-7.2", AnswerVerdict.NO, note="Aucun délai de correction"),
    )
    answer_clauses(platform, MACHINE, contract, CLAUSES, answers)
    hosting = hostings.REGISTER.add(
        platform, MACHINE, establishment_id,
        HostingDraft("DPI en mode SaaS", "Dossiers patients", "Dédalis Cloud", internal=False, hds_certified=True,
                     hds_certificate="HDS-2023-001", hds_until=day + timedelta(days=40), location="Lyon, France",
                     outside_eea=False, foreign_control=False, secnumcloud=False, contract_id=contract),
    )  # fmt: skip
    abroad = hostings.REGISTER.add(
        platform, MACHINE, establishment_id,
        HostingDraft("Télésuivi", "Mesures à domicile", "CloudFar", internal=False, hds_certified=False,
                     location="Oregon", outside_eea=True, foreign_control=True, migrate_by=day + timedelta(days=30)),
    )  # fmt: skip
    hostings.REGISTER.add(platform, MACHINE, establishment_id, HostingDraft("Imagerie"))
    gone = hostings.REGISTER.add(platform, MACHINE, establishment_id, HostingDraft("Ancien PACS", internal=True))
    hostings.REGISTER.close(platform, MACHINE, gone, day, 1)
    return PlantedRegisters(contract, other, hosting, abroad)
