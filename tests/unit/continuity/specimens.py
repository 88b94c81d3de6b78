"""One hospital whose continuity holds together, one with every contradiction a rule knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from scanners.continuity.facts import Activity, ContinuityFacts, Kit, Measure, Mode, Objectives, Plan, Resource

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
GOALS = Objectives(dmia=240, rto=120, pdma=60, dmard=90)

EMERGENCY = Activity(
    "Urgences",
    critical=True,
    owner="Cadre des urgences",
    perimeter="care",
    objectives=GOALS,
    inherited=Objectives(dmia=120, pdma=60, dmia_by="Réanimation", pdma_by="Réanimation"),
    answered_on=date(2026, 1, 15),
    needs=2,
    plan="PCRA urgences",
    tested_on=date(2025, 11, 4),
    modes=(Mode("Dossier papier", holds=480, review_on=date(2026, 12, 1)),),
    kits=(Kit("Armoire du poste de soins", 90, date(2026, 1, 20)),),
    measures=(
        Measure("recovery", 110, date(2025, 11, 4), "Exercice de terrain"),
        Measure("held", 500, date(2025, 11, 4), "Exercice de terrain"),
    ),
)
PAY = replace(EMERGENCY, name="Paie", critical=False, perimeter="administrative", owner="", measures=())
LABORATORY = replace(EMERGENCY, name="Laboratoire", perimeter="technical", measures=())
RECORDS = Resource(
    "application",
    "Dossier patient",
    critical=True,
    declared=Objectives(rto=120, pdma=60, dmard=90),
    inherited=Objectives(dmia=240, rto=120, pdma=60, dmard=90, dmia_by="Urgences", pdma_by="Urgences"),
    backup_every=60,
    measures=(
        Measure("restore", 80, date(2025, 12, 1), "Essai de restauration"),
        Measure("data_loss", 30, date(2025, 12, 1), "Essai de restauration"),
    ),
)
PLAN = Plan("PCRA urgences", date(2025, 10, 1), date(2026, 10, 1))

HEALTHY = ContinuityFacts((EMERGENCY, PAY, LABORATORY), (RECORDS,), (PLAN,), NOW, NOW.date())

_LATE = date(2026, 2, 1)
BROKEN = ContinuityFacts(
    activities=(
        replace(
            EMERGENCY,
            owner=" ",
            perimeter=None,
            objectives=Objectives(dmia=240, rto=300, pdma=60, dmard=360),
            inherited=Objectives(dmia=299, pdma=59, dmia_by="Réanimation", pdma_by="Réanimation"),
            answered_on=date(2023, 1, 1),
            needs=0,
            plan="",
            tested_on=date(2023, 1, 1),
            modes=(Mode("Dossier papier", holds=240),),
            kits=(Kit("Armoire", 90, date(2025, 1, 1)), Kit("Chariot", 90), Kit("Valise", 90, _LATE, complete=False)),
            measures=(
                Measure("recovery", 301, _LATE, "Exercice"),
                Measure("held", 239, _LATE, "Exercice"),
                Measure("data_loss", 61, _LATE, "Exercice"),
            ),
        ),
        Activity("Bloc opératoire", critical=True, needs=1),
        PAY,
    ),
    resources=(
        replace(
            RECORDS,
            declared=Objectives(rto=241, pdma=61),
            backup_every=61,
            measures=(Measure("restore", 91, _LATE, "Audit des sauvegardes"),),
        ),
        Resource("infrastructure", "Cœur de réseau", critical=True, inherited=Objectives(dmia=60)),
        Resource("supplier", "Éditeur", critical=True),
    ),
    plans=(replace(PLAN, review_on=date(2026, 3, 9)), replace(PLAN, title="PCRA paie", review_on=None)),
    collected_at=NOW,
    today=NOW.date(),
    cycles=(("Annuaire", "Virtualisation"),),
    absent=("technical",),
)

BROKEN_SUBJECTS: dict[str, set[str]] = {
    "activity_rto_over_dmia_of_another": {"Urgences"},
    "activity_untested": {"Urgences", "Bloc opératoire"},
    "activity_without_bia": {"Bloc opératoire"},
    "activity_without_degraded_mode": {"Bloc opératoire"},
    "activity_without_need": {"Urgences"},
    "activity_without_owner": {"Urgences", "Bloc opératoire"},
    "activity_without_plan": {"Urgences", "Bloc opératoire"},
    "backup_interval_over_pdma": {"Dossier patient"},
    "bia_stale": {"Urgences"},
    "circular_dependency": {"Annuaire → Virtualisation → Annuaire"},
    "declared_loss_over_pdma": {"Urgences", "Dossier patient"},
    "degraded_mode_held_less": {"Urgences"},
    "degraded_mode_too_short": {"Urgences"},
    "dmard_over_rto": {"Urgences"},
    "measured_loss_over_pdma": {"Urgences"},
    "measured_recovery_over_rto": {"Urgences"},
    "measured_restore_over_dmard": {"Dossier patient"},
    "paper_kit_overdue": {"Urgences / Armoire", "Urgences / Chariot", "Urgences / Valise"},
    "perimeter_missing": {"care"},
    "plan_review_overdue": {"PCRA urgences", "PCRA paie"},
    "resource_objectives_missing": {"Cœur de réseau"},
    "resource_rto_over_dmia": {"Dossier patient"},
    "rto_over_dmia": {"Urgences"},
}
