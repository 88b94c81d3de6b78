"""An exercise as its report tells it: small, and as large as one gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from reports.exercise_model import (
    ActionRow,
    Asked,
    Attendee,
    Attestation,
    CellRow,
    Condition,
    CriterionRow,
    Eligibility,
    ExerciseReport,
    Figure,
    Integrity,
    LessonRow,
    Moment,
    Previous,
    Questionnaire,
    QuestionRow,
    ReactionRow,
    ScoreRow,
    StimulusRow,
    Timing,
)
from reports.words import Lang

START = datetime(2026, 11, 20, 14, 2, tzinfo=timezone(timedelta(hours=1), "CET"))
PROOF = Integrity(112, "5f" * 32, whole=True)
WORDS = "Ceci est une phrase assez longue pour remplir plusieurs lignes du document. "


def stimulus(rank: int, fate: str = "joué") -> StimulusRow:
    """A stimulus planned every seven minutes, played one minute later each time, with a reaction of each timing."""
    planned = 7.0 * rank
    timing = list(Timing)[rank % 4]
    seen = timing in (Timing.IN_TIME, Timing.LATE)
    reaction = ReactionRow(
        f"Isole le poste {rank} du réseau sans l’éteindre, et le dit.",
        "Cellule technique",
        within=5,
        timing=timing,
        partial=rank % 8 == 1,
        minutes=(3.2 if timing is Timing.IN_TIME else 5.4) if seen else None,
        weight=3,
        note="Le câble n’était pas repéré." if rank % 5 == 0 else "",
    )
    return StimulusRow(
        f"S{rank:02}",
        f"Le fichier numéro {rank} ne s’ouvre plus",
        "Téléphone",
        ("Cellule technique", "Cellule stratégique"),
        fate,
        planned=planned,
        played=planned + rank if fate == "joué" else None,
        played_at=START + timedelta(minutes=planned + rank) if fate == "joué" else None,
        why="" if fate == "joué" else "La condition n’était pas remplie.",
        reactions=(reaction,) if fate == "joué" else (),
    )


def sample(lang: Lang = "fr") -> ExerciseReport:
    """A short exercise with something of everything."""
    stimuli = (
        *(stimulus(rank) for rank in range(1, 9)),
        stimulus(9, "sauté"),
        replace(stimulus(10), id="R1", planned=None),
    )
    return ExerciseReport(
        lang=lang,
        issued_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
        establishment="Hôpital de la Vallée",
        finess="010000123",
        title="Nuit noire",
        kit="Rançongiciel, la nuit",
        kit_version="1.0.0",
        level="Intermédiaire",
        format="En salles",
        summary="Une nuit d’hiver, un rançongiciel chiffre les serveurs de l’hôpital.",
        place="Salle du conseil",
        director="Anne Martin",
        started_at=START,
        ended_at=START + timedelta(minutes=105),
        duration=90,
        lasted=97.0,
        participants=23,
        observers=3,
        overall=ScoreRow("Ensemble", 0.625, 0.75, 9),
        timings=dict(zip(Timing, ("À temps", "En retard", "Manquée", "Non observée"), strict=True)),
        reactions_median=4.3,
        cells=(
            CellRow("Cellule stratégique", "Décider, prioriser, porter la parole.", 9),
            CellRow("Cellule technique", "Contenir, comprendre, restaurer.", 14),
        ),
        objectives=(
            ScoreRow("Alerter les bonnes personnes sans ordinateur.", 0.8, 0.9, 5, ("D2.O1.D", "Maturité 8.1")),
            ScoreRow("Soigner en mode dégradé.", 0.333, 0.4, 3, ("HAS : modes dégradés",)),
            ScoreRow("Communiquer.", None, 0.0, 1),
        ),
        by_cell=(
            ScoreRow("Cellule stratégique", 0.7, 0.8, 4),
            ScoreRow("Cellule technique", 0.55, 0.7, 5),
        ),
        stimuli=stimuli,
        moments=(
            Moment(START, 0, "Début de l’exercice (DEBEX)", "Anne Martin"),
            Moment(START + timedelta(minutes=40), 40, "Pause", "Anne Martin"),
            Moment(START + timedelta(minutes=48), 40, "Reprise", "Anne Martin"),
            Moment(START + timedelta(minutes=105), 97, "Fin de l’exercice (FINEX)", "Anne Martin"),
        ),
        criteria=(
            CriterionRow("Isole sans éteindre, et sait montrer où.", "Cellule technique", 2.33, 3, ("Deux câbles.",)),
            CriterionRow("Une seule personne parle à la presse.", "Cellule stratégique", None, 0),
        ),
        questionnaires=(
            Questionnaire(
                "À chaud",
                19,
                0.82,
                0.64,
                (
                    QuestionRow("Cet exercice vous a-t-il été utile ?", Asked.SCALE, 19, mean=4.28),
                    QuestionRow("Saviez-vous où est le kit papier ?", Asked.YES_NO, 18, share=0.39),
                    QuestionRow("Que manque-t-il ?", Asked.WORDS, 2, words=("Un annuaire papier.", "Des stylos !")),
                ),
            ),
        ),
        lessons=(
            LessonRow(
                strength=False,
                text="Le numéro de l’astreinte n’était écrit nulle part.",
                about="Alerter",
                action=ActionRow(
                    12, "Afficher le numéro dans chaque poste", "Jeanne Roux", date(2026, 12, 18), "Ouverte"
                ),
            ),
            LessonRow(strength=False, text="Personne ne tient la main courante."),
            LessonRow(strength=True, text="Les soins ont ouvert le classeur rouge en deux minutes.", about="Soins"),
        ),
        eligibility=(
            Eligibility(
                "Exercice annuel",
                True,
                "Compte : incident cyber, mode dégradé, direction et directions métiers présentes.",
                (
                    Condition("Déclenché par un incident cyber", True, "Kit"),
                    Condition("Direction générale présente", True, "Anne Martin, directrice"),
                    Condition("Directions métiers présentes", None),
                ),
            ),
            Eligibility("D2.O1.D", False, "Ne compte pas encore : aucun plan ne lui est lié."),
        ),
        previous=Previous(
            "Écran noir",
            date(2025, 11, 3),
            (Figure("Score", "54\u00a0%", "63\u00a0%"), Figure("À temps", "–", "3 sur 9")),
        ),
        integrity=PROOF,
    )


def large(lang: Lang = "fr") -> ExerciseReport:
    """Twenty cells, 260 stimuli, 150 people, long texts."""
    small = sample(lang)
    wide = tuple(replace(one, title=one.title + " " + WORDS, cells=("Cellule " + WORDS,) * 3) for one in small.stimuli)
    many = tuple(replace(one, id=f"A{rank:03}", planned=rank * 1.8) for rank, one in enumerate(wide * 26))
    return replace(
        small,
        title="Titre interminable " * 10,
        participants=150,
        stimuli=many,
        cells=tuple(CellRow(f"Cellule {rank} {WORDS}", WORDS * 6, rank) for rank in range(20)),
        by_cell=tuple(ScoreRow(f"Cellule {rank} {WORDS}", rank / 20, 0.5, rank) for rank in range(20)),
        objectives=tuple(ScoreRow(f"{rank}. {WORDS * 5}", rank / 20, 0.5, rank) for rank in range(20)),
        criteria=small.criteria * 60,
        lessons=tuple(replace(one, text=WORDS * 10) for one in small.lessons * 10),
        moments=small.moments * 20,
        questionnaires=tuple(replace(one, filled=150) for one in small.questionnaires * 2),
    )


def attestation(lang: Lang = "fr", people: tuple[Attendee, ...] = ()) -> Attestation:
    """That of the small exercise."""
    found = sample(lang)
    return Attestation(
        lang=lang,
        issued_at=found.issued_at,
        establishment=found.establishment,
        finess=found.finess,
        title=found.title,
        kit=found.kit,
        kit_version=found.kit_version,
        level=found.level,
        format=found.format,
        place=found.place,
        director=found.director,
        started_at=found.started_at,
        ended_at=found.ended_at,
        lasted=found.lasted,
        participants=found.participants,
        cells=tuple(one.name for one in found.cells),
        objectives=tuple(one.name for one in found.objectives),
        verdicts=tuple(f"{one.name} : {one.verdict}" for one in found.eligibility),
        people=people,
        integrity=PROOF,
    )


PERSON = Attendee("Claire Petit", "Cadre de santé", "Joueuse", "Cellule soins")
