"""A crisis pack of a small hospital, for the tests of its documents."""

from __future__ import annotations

from datetime import UTC, date, datetime

from care.adapters.continuity_kits import CONTINUITY
from care.adapters.crisis_kits import crisis_kit_of
from reports.crisis_model import (
    ActivityLine,
    CrisisPack,
    CutLine,
    DutyLimit,
    FirstLine,
    MessageLine,
    PackCell,
    PackContact,
    PackDuty,
    PackMode,
    PaperField,
    PaperKitLine,
    RestartLine,
)
from reports.words import Lang

KIT = crisis_kit_of(CONTINUITY)
STEPS = """1. **Sortez** le kit papier du placard de la pharmacie.
2. Recopiez à la main :
   - les allergies ;
   - les traitements en cours.
3. Faites relire par un second soignant."""


def pack(lang: Lang = "fr") -> CrisisPack:
    """Every sheet has something to say."""
    return CrisisPack(
        lang=lang,
        establishment="Hôpital de la Vallée",
        finess="010000034",
        made_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
        expires_on=date(2026, 12, 27),
        cells=(
            PackCell(
                "Cellule décisionnelle",
                (
                    PackContact(
                        "Directeur de crise",
                        "Jeanne Roux",
                        phone="01 99 00 00 01",
                        fallback="+33 6 39 98 00 01",
                        mail="jeanne.roux@exemple.test",
                        deputy="Marc Diallo, 06 39 98 00 02",
                        lead=True,
                    ),
                    PackContact("Directeur des soins", "Awa Ndiaye", phone="01 99 00 00 02"),
                ),
            ),
            PackCell("Cellule communication", ()),
            PackCell("Hors cellule", (PackContact("CERT Santé", organisation="ANS", phone="01 99 00 12 34"),)),
        ),
        modes=(
            PackMode(
                "Urgences",
                "Prescrire sans le dossier patient",
                trigger="Le dossier patient ne répond plus depuis **10 minutes**.",
                steps=STEPS,
                limits="Pas de contrôle d’interaction : *appelez la pharmacie*.",
                back_to_normal="Ressaisie par binôme.",
                who_to_call="Pharmacien d’astreinte",
                holds="3 j",
                capacity="60 %",
                owner="Léa Martin",
                covers=("Dossier patient",),
                kits=(PaperKitLine("Kit urgences", "Placard rouge, salle de soins 2", "Léa Martin", "2 j"),),
            ),
            PackMode("Laboratoire", "Rendre les résultats urgents", steps="1. Téléphonez.\n2. Notez.", holds="1 j"),
        ),
        restart=(
            RestartLine(1, "Active Directory", "Infrastructure", "4 h, pour Urgences", (), "2 h", "Équipe systèmes"),
            RestartLine(2, "Dossier patient", "Application", "4 h, pour Urgences", ("Active Directory",), "4 h"),
        ),
        restart_note="Tout ce qui est numérique est supposé arrêté.",
        cuts=(
            CutLine(
                "Éditeur du dossier patient", "VPN nominatif", "Désactiver le groupe VPN-EDITEUR", "01 99 00 55 66"
            ),
            CutLine("Mainteneur du scanner", "Modem 4G", "", lost=True),
        ),
        cuts_note="Aucun bastion n’a été audité : des accès peuvent manquer à cette liste.",
        activities=(
            ActivityLine("Urgences", "Vitale", "Léa Martin", "4 h", 1),
            ActivityLine("Paie", "Modérée", "", "", 0),
        ),
        duties=tuple(
            PackDuty(
                one.title.render(lang),
                one.authority.render(lang),
                one.who.render(lang),
                one.what.render(lang),
                one.where.render(lang),
                tuple(
                    DutyLimit(step.label.render(lang), "72 h", "mardi 24 novembre 2026 à 08:00") for step in one.steps
                ),
                tuple(need.render(lang) for need in one.needs),
                one.source.render(lang),
                "À confirmer avant de s’y fier." if one.id == "nis2" else "",
            )
            for one in KIT.duties
        ),
        detected="samedi 21 novembre 2026 à 08:00",
        form=tuple(
            PaperField(one.label.render(lang), one.kind.value, tuple(option.render(lang) for option in one.options))
            for one in KIT.form
        ),
        first_hour=tuple(
            FirstLine(one.until.render(lang), one.who.render(lang), one.do.render(lang)) for one in KIT.first_hour
        ),
        messages=tuple(MessageLine(one.title.render(lang), one.text.render(lang)) for one in KIT.messages),
    )
