"""Results of a test of phishing as tools export them, read into counts: who did what is forgotten once it is counted.

Three shapes are known: GoPhish's results (one line a person, its last status), GoPhish's raw events (one line an
event), and any table with columns named as here, one line a person or one line a group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from care.domain.awareness import (
    SMALLEST_GROUP,
    PhishingCounts,
    PhishingResults,
    phishing_faults,
    without_small,
)
from care.domain.node_names import folded
from care.services.errors import Invalid
from care.services.table_files import TableFile, TableLine, read_table
from care.services.typed_texts import line_of
from scanners.model import Text

MAX_GROUPS = 40
MAX_LABEL = 80
MAX_FAULTS = 20

_PERSON = frozenset({"email", "e-mail", "mail", "adresse", "adresse mail", "adresse e-mail", "adresse electronique",
                     "courriel", "email address", "username", "utilisateur", "user", "identifiant", "login",
                     "matricule", "userprincipalname", "upn"})  # fmt: skip
_GROUPS = ("profession", "metier", "categorie", "position", "fonction", "job title", "poste", "service", "department",
           "departement", "pole", "groupe", "group", "unite", "direction", "site")  # fmt: skip
"""Columns by which people are counted apart, the most telling first."""
_COLUMNS: Mapping[str, frozenset[str]] = {
    "sent": frozenset({"sent", "envoye", "envoyes", "envoi", "messages envoyes", "emails sent", "email sent",
                       "delivered", "recipients", "destinataires", "delivre", "delivres", "cibles", "targets"}),
    "opened": frozenset({"opened", "ouvert", "ouverts", "ouverture", "ouvertures", "email opened", "opens", "read"}),
    "clicked": frozenset({"clicked", "clique", "cliques", "clic", "clics", "clicks", "ayant clique", "a clique",
                          "clicked link", "link clicked", "lien clique"}),
    "submitted": frozenset({"submitted", "submitted data", "saisie", "saisies", "saisi", "donnees saisies",
                            "a saisi", "ayant saisi des donnees", "compromised", "compromis", "credentials",
                            "data entered"}),
    "reported": frozenset({"reported", "signale", "signales", "signalement", "signalements", "a signale",
                           "ayant signale", "email reported", "reports"}),
}  # fmt: skip
_YES = frozenset({"1", "oui", "yes", "true", "vrai", "x", "o", "y"})
_NO = frozenset({"", "0", "non", "no", "false", "faux", "n", "-", "–", "n/a", "na", "null", "none", "never", "jamais"})
_STAGES = ("sent", "opened", "clicked", "submitted")
_STATUS: Mapping[str, int] = {"email sent": 0, "success": 0, "email opened": 1, "clicked link": 2, "submitted data": 3}
"""GoPhish keeps the farthest stage of each person: who clicked had opened."""
_NOT_SENT = frozenset({"scheduled", "queued", "sending", "retrying", "error", "error sending email", ""})
_EVENTS: Mapping[str, str] = {
    "email sent": "sent", "email opened": "opened", "clicked link": "clicked", "submitted data": "submitted",
    "email reported": "reported",
}  # fmt: skip
_OTHER_EVENTS = frozenset(
    {"campaign created", "error sending email", "campaign completed", "email scheduled", "proxied request"}
)

_NO_COLUMNS = Text(
    "Ce fichier ne dit ni qui a cliqué ni qui a signalé. Attendu : l’export « Results » ou « Raw events » de "
    "GoPhish, ou un tableau dont la première ligne nomme les colonnes « cliqués » ou « signalés », avec une ligne par "
    "personne ou par groupe.",
    "This file says neither who clicked nor who reported. Expected: the “Results” or “Raw events” export of "
    "GoPhish, or a table whose first line names the columns “clicked” or “reported”, with one line per person "
    "or per group.",
)
_NO_LINES = Text("Ce fichier n’a que des titres de colonnes.", "This file holds column headings alone.")


@dataclass(frozen=True, slots=True)
class PhishingReading:
    """What a file says. With `faults` nothing is kept. `notes` say how it was understood; `group_column` by which
    column people are counted apart, "" when there is none."""

    results: PhishingResults | None
    held_on: date | None = None
    group_column: str = ""
    notes: tuple[Text, ...] = ()
    faults: tuple[Text, ...] = ()


@dataclass
class _Person:
    """What one person did: no name is kept here."""

    done: set[str] = field(default_factory=set)
    group: str = ""


@dataclass
class _Book:
    """What is being counted; `known` are the counts that the file speaks of."""

    known: tuple[str, ...]
    people: list[_Person] = field(default_factory=list)
    faults: list[Text] = field(default_factory=list)
    days: list[date] = field(default_factory=list)

    def blame(self, line: TableLine, heading: str, fr: str, en: str) -> None:
        """Note a fault; the cell itself is not shown, since it may hold a name."""
        self.faults.append(
            Text(
                f"Ligne {line.number}, colonne « {heading} » : {fr}.", f"Line {line.number}, column “{heading}”: {en}."
            )
        )


def read_phishing(content: bytes, name: str = "resultats.csv") -> PhishingReading:
    """The counts of a file called `name`. Invalid (`file`) when it is no such file."""
    table = read_table(content, name)
    if not table.lines:
        raise Invalid({"file": _NO_LINES})
    names = [folded(heading.replace("_", " ")) for heading in table.headings]
    if {"email", "message", "time"} <= set(names):
        return _of_events(table, names)
    if {"email", "status"} <= set(names):
        return _of_statuses(table, names)
    return _of_columns(table, names)


def _of_statuses(table: TableFile, names: Sequence[str]) -> PhishingReading:
    """GoPhish “Results”: one line a person."""
    status, reported, sent_at = names.index("status"), _at(names, {"reported"}), _at(names, {"send date"})
    book = _Book((*_STAGES, *(("reported",) if reported is not None else ())))
    group = _group_column(names)
    waiting = 0
    for line in table.lines:
        word = folded(line.cells[status])
        if word in _NOT_SENT:
            waiting += 1
            continue
        if word not in _STATUS:
            book.blame(line, table.headings[status], "état inconnu de GoPhish", "no status of GoPhish")
            continue
        person = _Person(set(_STAGES[: _STATUS[word] + 1]), line.cells[group] if group is not None else "")
        if reported is not None and folded(line.cells[reported]) in _YES:
            person.done.add("reported")
        book.people.append(person)
        _note_day(book, line.cells[sent_at] if sent_at is not None else "")
    notes = [
        Text("Export « Results » de GoPhish, une ligne par personne.", "GoPhish “Results” export, one line a person.")
    ]
    if waiting:
        notes.append(
            Text(
                f"{waiting} messages non partis (en attente ou en erreur) ne comptent pas.",
                f"{waiting} messages that did not leave (waiting or in error) do not count.",
            )
        )
    return _reading(book, notes, table.headings[group] if group is not None else "")


def _of_events(table: TableFile, names: Sequence[str]) -> PhishingReading:
    """GoPhish “Raw events”: whoever did a thing several times counts once."""
    email, message, time = names.index("email"), names.index("message"), names.index("time")
    book = _Book((*_STAGES, "reported"))
    people: dict[str, _Person] = defaultdict(_Person)
    for line in table.lines:
        word = folded(line.cells[message])
        if word in _EVENTS and line.cells[email]:
            people[folded(line.cells[email])].done.add(_EVENTS[word])
            _note_day(book, line.cells[time])
        elif word not in _OTHER_EVENTS:
            book.blame(line, table.headings[message], "événement inconnu de GoPhish", "no event of GoPhish")
    book.people = [_complete(one) for one in people.values()]
    notes = [
        Text(
            "Export « Raw events » de GoPhish, compté par personne.", "GoPhish “Raw events” export, counted by person."
        )
    ]
    return _reading(book, notes, "")


def _complete(person: _Person) -> _Person:
    """Who clicked had received and opened, even when an event was lost."""
    farthest = max((rank for rank, stage in enumerate(_STAGES) if stage in person.done), default=0)
    person.done |= set(_STAGES[: farthest + 1])
    return person


def _of_columns(table: TableFile, names: Sequence[str]) -> PhishingReading:
    columns = {key: at for key, known in _COLUMNS.items() if (at := _at(names, known)) is not None}
    if not {"clicked", "reported"} & set(columns):
        raise Invalid({"file": _NO_COLUMNS})
    group = _group_column(names)
    return _of_totals(table, columns, group) if _counts(table, columns) else _of_people(table, names, columns, group)


def _counts(table: TableFile, columns: Mapping[str, int]) -> bool:
    """Whether cells are counts of groups rather than what each person did."""
    if "sent" not in columns:
        return False
    cells = [line.cells[columns["sent"]] for line in table.lines]
    return all(cell.isdecimal() or not cell for cell in cells) and any(
        cell.isdecimal() and len(cell) < 9 and int(cell) > 1 for cell in cells
    )


def _of_people(
    table: TableFile, names: Sequence[str], columns: Mapping[str, int], group: int | None
) -> PhishingReading:
    person_at = _at(names, _PERSON)
    book = _Book(tuple(dict.fromkeys(("sent", *columns))))
    people: dict[str, _Person] = defaultdict(_Person)
    for line in table.lines:
        key = folded(line.cells[person_at]) if person_at is not None and line.cells[person_at] else f"#{line.number}"
        person = people[key]
        person.group = person.group or (line.cells[group] if group is not None else "")
        if "sent" not in columns:
            person.done.add("sent")
        for name, at in columns.items():
            answer = _answer(line.cells[at])
            if answer is None:
                book.blame(line, table.headings[at], "ni oui, ni non, ni une date", "neither yes, nor no, nor a date")
            elif answer:
                person.done.add(name)
    book.people = [one for one in people.values() if "sent" in one.done]
    notes = [Text("Une ligne par personne.", "One line a person.")]
    if "sent" not in columns:
        notes.append(Text("Chaque ligne compte pour un message envoyé.", "Each line counts for one message sent."))
    if len(people) < len(table.lines):
        notes.append(
            Text("Qui figure sur plusieurs lignes compte une fois.", "Whoever stands on several lines counts once.")
        )
    return _reading(book, notes, table.headings[group] if group is not None else "")


def _answer(cell: str) -> bool | None:
    word = folded(cell)
    if word in _NO:
        return False
    if word in _YES or _day(cell) is not None:
        return True
    return word.isdecimal() or None  # how many times it was done


def _of_totals(table: TableFile, columns: Mapping[str, int], group: int | None) -> PhishingReading:
    book = _Book(tuple(columns))
    groups: dict[str, PhishingCounts] = {}
    for line in table.lines:
        label = _label(line.cells[group]) if group is not None else ""
        if folded(label) in {"total", "totaux", "ensemble", "tous", "all", "etablissement"} and len(table.lines) > 1:
            continue
        counts = _counted(book, table, line, columns)
        if counts is not None:
            groups[label] = groups[label] + counts if label in groups else counts
    notes = [Text("Une ligne par groupe, des nombres.", "One line a group, numbers.")]
    return _summed(book, groups, notes, table.headings[group] if group is not None else "")


def _counted(book: _Book, table: TableFile, line: TableLine, columns: Mapping[str, int]) -> PhishingCounts | None:
    values: dict[str, int] = {}
    for name, at in columns.items():
        cell = line.cells[at].replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
        if cell.isdecimal() and len(cell) < 8:
            values[name] = int(cell)
        elif cell:
            book.blame(line, table.headings[at], "un nombre entier est attendu", "a whole number is expected")
    if values.get("sent") is None:
        return None
    counts = PhishingCounts(**values)
    for name, said in phishing_faults(counts):
        book.blame(line, table.headings[columns[name]], said.fr.rstrip("."), said.en.rstrip("."))
    return counts


def _reading(book: _Book, notes: Sequence[Text], column: str) -> PhishingReading:
    """The people counted, by group when there is a column for it."""
    gathered: dict[str, list[_Person]] = defaultdict(list)
    for person in book.people:
        gathered[_label(person.group)].append(person)
    groups = {label: _count(people, book.known) for label, people in gathered.items()}
    return _summed(book, groups, notes, column)


def _count(people: Sequence[_Person], known: Iterable[str]) -> PhishingCounts:
    return PhishingCounts(**{name: sum(name in one.done for one in people) for name in known})


def _summed(book: _Book, groups: Mapping[str, PhishingCounts], notes: Sequence[Text], column: str) -> PhishingReading:
    held_on = min(book.days, default=None)
    if book.faults:
        return PhishingReading(None, held_on, column, tuple(notes), _bounded(book.faults))
    if not groups:
        fault = Text("Aucun message envoyé dans ce fichier.", "No message sent in this file.")
        return PhishingReading(None, held_on, column, tuple(notes), (fault,))
    every = list(groups.values())
    whole = every[0]
    for one in every[1:]:
        whole = whole + one
    unnamed = {f"\0{rank}": counts for rank, counts in enumerate(groups[label] for label in groups if not label)}
    named = {label: counts for label, counts in groups.items() if label}
    shown, others = _told(named, unnamed) if column else ({}, None)
    extra = _apart(named, shown, others, column)
    return PhishingReading(PhishingResults(whole, shown, others), held_on, column if shown else "", (*notes, *extra))


def _told(
    named: Mapping[str, PhishingCounts], unnamed: Mapping[str, PhishingCounts]
) -> tuple[dict[str, PhishingCounts], PhishingCounts | None]:
    """The groups that may be shown; those without a name, and those beyond what a page shows, are with the others."""
    shown, others = without_small(named)
    rest = [shown.pop(label) for label in list(shown)[MAX_GROUPS:]] + list(unnamed.values())
    for one in rest:
        others = others + one if others else one
    if others is not None and others.sent < SMALLEST_GROUP:
        if not shown:
            return {}, None
        label = min(shown, key=lambda one: shown[one].sent)
        others = others + shown.pop(label)
    return (shown, others) if shown else ({}, None)


def _apart(
    named: Mapping[str, PhishingCounts], shown: Mapping[str, PhishingCounts], others: PhishingCounts | None, column: str
) -> list[Text]:
    merged = len(named) - len(shown)
    if not column or not merged:
        return []
    if not shown:
        return [
            Text(
                f"Aucun groupe de la colonne « {column} » n’atteint {SMALLEST_GROUP} personnes : seul le total est "
                "gardé.",
                f"No group of the column “{column}” reaches {SMALLEST_GROUP} people: the whole alone is kept.",
            )
        ]
    return [
        Text(
            f"{merged} groupes trop petits pour rester anonymes (moins de {SMALLEST_GROUP} personnes, ou le plus petit "
            "des autres) sont réunis sous « Autres ».",
            f"{merged} groups too small to stay anonymous (fewer than {SMALLEST_GROUP} people, or the smallest of the "
            "others) are gathered under “Others”.",
        )
    ]


def _bounded(faults: Sequence[Text]) -> tuple[Text, ...]:
    rest = len(faults) - MAX_FAULTS
    more = (Text(f"Et {rest} autres erreurs.", f"And {rest} more errors."),) if rest > 0 else ()
    return (*faults[:MAX_FAULTS], *more)


def _at(names: Sequence[str], known: Iterable[str]) -> int | None:
    wanted = set(known)
    return next((place for place, name in enumerate(names) if name in wanted), None)


def _group_column(names: Sequence[str]) -> int | None:
    return next((names.index(one) for one in _GROUPS if one in names), None)


def _label(group: str) -> str:
    """The name of a group; one that looks like somebody's address is none."""
    label = line_of(group)[:MAX_LABEL]
    return "" if "@" in label else label


def _note_day(book: _Book, cell: str) -> None:
    day = _day(cell)
    if day is not None and day.year > 2000:
        book.days.append(day)


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell[:10])
    except ValueError:
        pass
    parts = cell[:10].split("/")
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0])) if len(parts) == 3 else None
    except ValueError:
        return None
