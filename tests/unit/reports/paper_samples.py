"""An exercise on paper: a small one with every channel, and one as large and as wordy as the format allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from reports.sheets.badges import Way
from reports.sheets.exercise_paper import (
    Cell,
    Channel,
    Criterion,
    Decision,
    PaperExercise,
    Phase,
    Reaction,
    Stimulus,
)

WORDS = "Ceci est une phrase assez longue pour remplir plusieurs lignes du document. "
CARE, TECHNICAL = "Cellule soins", "Cellule technique"


def stimulus(rank: int, channel: Channel) -> Stimulus:
    return Stimulus(
        f"S{rank:02}",
        rank * 5,
        f"14:{rank * 5:02}",
        f"Émetteur {rank}",
        (CARE,) if rank % 2 else (CARE, TECHNICAL),
        channel,
        channel.value,
        f"Titre {rank}",
        f"EXERCICE EXERCICE EXERCICE\n\nLe **corps** du stimulus {rank}.",
        attachments=("plan.txt",) if rank == 1 else (),
        hint=f"Conseil {rank}.",
        reactions=(Reaction(f"Réaction {rank}.", rank + 2, TECHNICAL if rank == 2 else CARE),),
        conditions=("S01.a non observée",) if rank == 3 else (),
        mandatory=rank == 1,
    )


STIMULI = tuple(stimulus(rank, channel) for rank, channel in enumerate(Channel, 1))
SMALL = PaperExercise(
    lang="fr",
    establishment="Hôpital de la Vallée",
    title="Nuit noire",
    when="03/12/2026, 14:00",
    place="Salle du conseil",
    director="Anne Martin",
    cells=(Cell(CARE, "Soigner sans écran."), Cell(TECHNICAL, "Contenir.")),
    phases=(Phase("Signaux", 0, "14:00", STIMULI[:4]), Phase("Crise", 20, "14:20", STIMULI[4:])),
    reserve=(replace(STIMULI[0], id="R1", minute=None, clock="", title="Renfort"),),
    decisions=(Decision("Coupent-ils le réseau ?", ("Oui → S08", "Non → S09")),),
    criteria=(Criterion("Sait où est le kit.", "Le papier.", CARE), Criterion("Note les heures.", "Tracer.")),
    printed_on=date(2026, 11, 22),
)


def _wordy(rank: int) -> Stimulus:
    return replace(
        STIMULI[rank % 7],
        id=f"Z{rank:04}",
        sender=WORDS * 2,
        cells=tuple(f"Cellule {each} {WORDS}" for each in range(19)),
        title=WORDS * 2,
        body=f"{WORDS * 25}\n\nfin{rank}. " + "x" * 400,
        hint=WORDS * 7,
        attachments=tuple(f"piece-{each}.pdf" for each in range(5)),
        reactions=tuple(Reaction(WORDS * 7 + f"réaction{rank}-{each}.", 5, WORDS * 2) for each in range(10)),
        conditions=(WORDS,) * 5,
    )


LARGE = replace(
    SMALL,
    title="Titre interminable " * 10,
    establishment="É" * 200,
    cells=tuple(Cell(f"Cellule {each} {WORDS}", WORDS * 7) for each in range(20)),
    phases=(Phase(WORDS * 2, 0, "14:00", tuple(map(_wordy, range(4)))),),
    reserve=(_wordy(99),),
    decisions=(Decision(WORDS * 7, (WORDS * 2,) * 6),),
    criteria=tuple(Criterion(WORDS * 7, WORDS * 7) for _each in range(3)),
)
HOSTILE = replace(
    SMALL,
    title="<b>a</b> & \u202e\x00 日本",
    reserve=(replace(STIMULI[0], body="</para><img src='/etc/passwd'/>\n\n**gras", title="<i>x", sender="</font>"),),
)
LINK = "https://care.hopital.example/x/" + "Ab3_" * 8
WAYS = (
    Way(CARE, "4F7K2P", "482910", LINK, "https://care.hopital.example/x", "Soigner sans écran."),
    Way("Écran de la salle", "4F7K2P", "000111", LINK, "https://care.hopital.example/x", copies=1),
)
