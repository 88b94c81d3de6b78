"""The restore sheet (PGSSI-S 7.4.5.3): one page to read and keep, filed in the evidence library with its drill."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.services import evidence
from care.services.audit_report import DocumentError
from care.services.drills.reading import DrillView, Limit, open_drill
from care.services.errors import Invalid, Refused
from care.services.evidence_details import Details
from care.services.evidence_files import Upload
from care.services.frameworks.marks import mark_establishment
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.registry import Establishment
from care.store.restore_drills import RestoreDrill
from reports.errors import ReportError
from reports.typed_sheet import TypedSheet, render_typed_sheet
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text, spoken

SHEET_RULE = ThingRef(ThingKind.REQUIREMENT, "care-rules:SAV-28")
TEST_RULE = ThingRef(ThingKind.REQUIREMENT, "care-rules:SAV-25")
"""A sheet is kept of every drill; only one that brought a whole point back is a restore test."""
_MOST_PATHS = 12
_MOST_TABLES = 12
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class SheetDraft:
    """What people add to what was measured: who did it, who asked, who checked the access rights, what they say."""

    operator: str
    requester: str
    rights_by: str
    remark: str = ""


def print_sheet(platform: Platform, scope: Scope, run_id: int) -> tuple[str, bytes]:
    """The sheet of a drill as it stands, and its name. NotFound, DocumentError."""
    view = open_drill(platform, scope, run_id)
    line = view.line
    draft = SheetDraft(line.operator, line.requester, line.rights_by, line.remark)
    return _name(view), _printed(platform, scope, view, draft, line.filed_at or platform.clock.now())


def file_sheet(platform: Platform, scope: Scope, run_id: int, draft: SheetDraft) -> int:
    """File the sheet of a drill; the number of the evidence.

    Refused once it is filed, and for a drill that could not be made. Invalid names each faulty field. NotFound,
    Forbidden, DocumentError.
    """
    view = open_drill(platform, scope, run_id)
    tidy = _checked(draft)
    _check_open(view.line.good is None and view.facts.drill is None, view.line.evidence_id is not None)
    now = platform.clock.now()
    content = _printed(platform, scope, view, tidy, now)
    details = Details(EvidenceKind.REPORT, _title(view, scope.lang), effective_from=view.line.done_at.date())
    upload = Upload(_name(view), io.BytesIO(content))
    prepared = evidence.prepare(platform, view.establishment_id, details, upload)
    things = [ThingRef(ThingKind.RUN, str(run_id)), SHEET_RULE, *([TEST_RULE] if _proves_test(view) else [])]
    with platform.database.write() as session:
        visible_establishment(session, scope, view.establishment_id, Right.ADD_EVIDENCE)
        row = session.get_one(RestoreDrill, run_id, with_for_update=True)
        _check_open(False, row.evidence_id is not None)
        filed = evidence.file_prepared(session, prepared, things, now, scope.actor)
        _write(row, tidy, filed.id, now, scope)
        mark_establishment(session, view.establishment_id, now)
        evidence.tell_filed(session, scope, filed, now)
        thing = Thing("run", run_id, view.establishment_id)
        record(session, scope, "restore_sheet.filed", thing, now, {"good": view.line.good, "evidence": filed.id})
        return filed.id


def _proves_test(view: DrillView) -> bool:
    """A sample or named files are signs of life: only a whole point is a full restore test."""
    return view.line.good is True and view.facts.asked.mode == "whole"


def _write(row: RestoreDrill, draft: SheetDraft, evidence_id: int, now: datetime, scope: Scope) -> None:
    row.operator, row.requester = draft.operator, draft.requester
    row.rights_by, row.remark = draft.rights_by, draft.remark
    row.evidence_id, row.filed_at, row.filed_by = evidence_id, now, scope.actor


def _check_open(unmade: bool, filed: bool) -> None:
    if unmade:
        raise Refused(
            Text(
                "Cet essai n’a rien pu restaurer : il n’y a pas de fiche à classer. Corrigez la cause, puis "
                "relancez-le.",
                "This drill could restore nothing: there is no sheet to file. Correct the cause, then run it again.",
            )
        )
    if filed:
        raise Refused(Text("La fiche de cet essai est déjà classée.", "The sheet of this drill is already filed."))


def _checked(draft: SheetDraft) -> SheetDraft:
    """The six fields of PGSSI-S 7.4.5.3 that a machine cannot fill."""
    named = {"operator": draft.operator, "requester": draft.requester, "rights_by": draft.rights_by}
    tidy = {name: " ".join(value.split()) for name, value in named.items()}
    faults = {
        name: Text("Ce champ est obligatoire.", "This field is required.")
        if not value
        else Text("Ce texte est trop long.", "This text is too long.")
        for name, value in tidy.items()
        if not value or len(value) > _LONGEST
    }
    if len(draft.remark) > 4_000:
        faults["remark"] = Text("Ce texte est trop long.", "This text is too long.")
    if faults:
        raise Invalid(faults)
    return SheetDraft(**tidy, remark=draft.remark.strip())


# ---------------------------------------------------------------- the page


def _printed(platform: Platform, scope: Scope, view: DrillView, draft: SheetDraft, now: datetime) -> bytes:
    with platform.database.read() as session:
        name, finess = _place(session, view.establishment_id)
    zone = ZoneInfo(platform.settings.timezone)
    lang: ReportLang = "en" if scope.lang == "en" else "fr"
    words = _WORDS[lang]
    sheet = TypedSheet(
        lang=lang,
        issued_at=now.astimezone(zone),
        title=words["title"],
        place=name,
        finess=finess,
        about=view.line.name,
        text=verdict(view, lang),
        header=(words["field"], words["value"]),
        rows=rows_of(view, draft, lang, zone),
        after=words["assumption"] if view.line.full and view.line.extrapolated else "",
    )
    try:
        return render_typed_sheet(sheet)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _place(session: Session, establishment_id: int) -> tuple[str, str]:
    row = session.get_one(Establishment, establishment_id)
    return row.name, row.finess or ""


def verdict(view: DrillView, lang: Lang) -> str:
    """What the drill proves, in one sentence."""
    words, line = _WORDS[lang], view.line
    if line.good is None:
        return words["unproved"]
    return words["proved" if line.good else "failed"].format(compared=line.compared, sampled=line.sampled)


def rows_of(view: DrillView, draft: SheetDraft, lang: Lang, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """The lines of the sheet: those of PGSSI-S 7.4.5.3 first."""
    words, line, facts = _WORDS[lang], view.line, view.facts
    drill = facts.drill
    found: list[tuple[str, str]] = [
        (words["operator"], draft.operator),
        (words["requester"], draft.requester),
        (words["files"], files_said(view, lang)),
        (words["backup_date"], _moment(line.point_at, lang, zone)),
        (words["restore_date"], _moment(line.done_at, lang, zone)),
        (words["verification"], proof_said(view, lang)),
        (words["rights"], draft.rights_by),
        (words["source"], source_said(view, lang)),
        (words["time"], time_said(view, lang)),
        (words["dmard"], _against(view, view.dmard, lang)),
        (words["dmia"], _against(view, view.dmia, lang)),
        *((words["database"], one) for one in databases_said(view, lang)),
    ]
    if drill and drill.oddities:
        found.append((words["oddities"], ", ".join(f"{kind} : {count}" for kind, count in drill.oddities.items())))
    if facts.asked.purpose:
        found.append((words["purpose"], facts.asked.purpose))
    if draft.remark:
        found.append((words["remark"], draft.remark))
    found.append((words["facts"], view.facts_sha256))
    return tuple(found)


def files_said(view: DrillView, lang: Lang) -> str:
    """What was asked for: what a person typed is shown, a name of a drawn file never."""
    line, asked, words = view.line, view.facts.asked, _WORDS[lang]
    said = f"{line.sampled} ({line.mode}, {_size(line.size, lang)})"
    if asked.paths:
        more = len(asked.paths) - _MOST_PATHS
        return said + " : " + ", ".join(asked.paths[:_MOST_PATHS]) + (f" (+{more})" if more > 0 else "")
    drill = view.facts.drill
    if drill is None:
        return said
    seed = words["seed"].format(seed=drill.sample.seed, listed=drill.listed)
    return f"{said} {seed}" if asked.mode == "sample" else said


def proof_said(view: DrillView, lang: Lang) -> str:
    """How it was verified, and what came of it."""
    drill, words = view.facts.drill, _WORDS[lang]
    if drill is None:
        return words["nothing"] + (f" ({view.facts.damaged})" if view.facts.damaged else "")
    proof = words[drill.proof].format(manifest=view.facts.asked.manifest)
    counted = words["counted"].format(
        compared=drill.sample.compared, sampled=drill.sample.sampled, wrong=drill.sample.wrong
    )
    unlisted = f" {words['unlisted'].format(count=drill.unlisted)}" if drill.unlisted else ""
    return f"{counted}, {proof}.{unlisted}"


def source_said(view: DrillView, lang: Lang) -> str:
    """Repository, point, machine."""
    asked, drill, words = view.facts.asked, view.facts.drill, _WORDS[lang]
    said = f"{asked.repository} ({asked.tool})"
    if drill is None:
        return said
    machine = f", {words['machine']} {drill.point_host}" if drill.point_host else ""
    return f"{said}, {words['point']} {drill.sample.snapshot}{machine}"


def time_said(view: DrillView, lang: Lang) -> str:
    """What was measured, and what all of the point would take."""
    line, words = view.line, _WORDS[lang]
    said = words["measured"].format(seconds=spoken(round(line.seconds, 1), lang))
    if not line.full:
        return said
    return f"{said} ; {words['extrapolated' if line.extrapolated else 'whole'].format(full=line.full)}"


def databases_said(view: DrillView, lang: Lang) -> list[str]:
    """Each database, its tables and rows, what it answered."""
    words = _WORDS[lang]
    said = []
    for one in view.facts.databases:
        shown = one.tables[:_MOST_TABLES]
        tables = ", ".join(f"{table.name} {'?' if table.rows is None else table.rows}" for table in shown)
        more = len(one.tables) - _MOST_TABLES
        text = words["loaded" if one.good else "unloaded"].format(
            tables=len(one.tables), rows=one.rows, errors=one.errors, server=one.server
        )
        if one.answer is not None:
            value = spoken(one.answer.value, lang) if one.answer.value is not None else ""
            text += " " + words["answered"].format(rows=one.answer.rows) + (f" ({value})" if value else "")
        said.append(f"{text} {tables}{f' (+{more})' if more > 0 else ''}".strip())
    return said


def _against(view: DrillView, limit: Limit | None, lang: Lang) -> str:
    words = _WORDS[lang]
    if limit is None:
        return words["unsaid"]
    over = view.over(limit)
    told = words["unknown"] if over is None else words["over" if over else "kept"]
    return f"{limit.said}{f' ({limit.by})' if limit.by else ''} : {told}"


def _moment(moment: datetime | None, lang: Lang, zone: ZoneInfo) -> str:
    return spoken(moment.astimezone(zone).isoformat(timespec="minutes"), lang) if moment else ""


def _size(size: int, lang: Lang) -> str:
    mebibytes = max(1, round(size / (1 << 20)))
    return f"{mebibytes} Mio" if lang == "fr" else f"{mebibytes} MiB"


def _title(view: DrillView, lang: Lang) -> str:
    title = Text(f"Fiche de restauration : {view.line.name}", f"Restore sheet: {view.line.name}")
    return title.render(lang)[: evidence.MAX_TITLE]


def _name(view: DrillView) -> str:
    return f"fiche-restauration-{view.line.done_at:%Y%m%d}-{view.line.run_id}.pdf"


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Fiche de restauration",
        "field": "Rubrique",
        "value": "Ce qui a été fait",
        "proved": "Essai réussi : les {sampled} fichiers demandés sont revenus, et leur contenu est celui qui a été "
        "sauvegardé.",
        "failed": "Essai en échec : ce qui devait revenir n’est pas revenu comme il a été sauvegardé ({compared} "
        "fichiers "
        "comparés sur {sampled}).",
        "unproved": "Essai sans conclusion : tout n’a pas pu être comparé. Il ne compte pas comme un essai réussi.",
        "operator": "Opérateur",
        "requester": "Demandeur",
        "files": "Fichiers restaurés",
        "backup_date": "Date de la sauvegarde",
        "restore_date": "Date de la restauration",
        "verification": "Vérification",
        "rights": "Droits d’accès vérifiés par",
        "source": "Dépôt et point",
        "time": "Durée",
        "dmard": "DMARD",
        "dmia": "DMIA",
        "database": "Base rechargée",
        "oddities": "Fichiers spéciaux",
        "purpose": "Motif",
        "remark": "Remarque",
        "facts": "Empreinte des faits (SHA-256)",
        "seed": "parmi {listed}, graine {seed}",
        "nothing": "rien n’est revenu",
        "manifest": "par les empreintes du manifeste {manifest}",
        "repository": "par les empreintes du dépôt",
        "counted": "{compared} comparés sur {sampled}, {wrong} faux",
        "unlisted": "{count} absents du manifeste.",
        "point": "point",
        "machine": "machine",
        "measured": "restauration en {seconds} s",
        "extrapolated": "tout le point : {full}, extrapolé",
        "whole": "tout le point : {full}, mesuré",
        "assumption": "HYPOTHÈSE DE L’EXTRAPOLATION\nLe débit de cet essai, sur cette machine et son disque, est "
        "supposé "
        "constant pour tous les fichiers du point. Seule une restauration complète chronométrée le confirme.",
        "loaded": "{rows} lignes dans {tables} tables, PostgreSQL {server}.",
        "unloaded": "ne se recharge pas comme il faut : {errors} erreur(s), {rows} lignes dans {tables} tables, "
        "PostgreSQL "
        "{server}.",
        "answered": "Question posée : {rows} ligne(s) rendue(s)",
        "unsaid": "non renseignée",
        "unknown": "durée complète inconnue",
        "over": "dépassée",
        "kept": "tenue",
    },
    "en": {
        "title": "Restore sheet",
        "field": "Field",
        "value": "What was done",
        "proved": "Successful drill: the {sampled} files asked for came back, with the content that was saved.",
        "failed": "Failed drill: what had to come back did not come back as it was saved ({compared} files compared of "
        "{sampled}).",
        "unproved": "Drill without a conclusion: not everything could be compared. It does not count as a success.",
        "operator": "Operator",
        "requester": "Requester",
        "files": "Files restored",
        "backup_date": "Date of the backup",
        "restore_date": "Date of the restore",
        "verification": "Verification",
        "rights": "Access rights checked by",
        "source": "Repository and point",
        "time": "Time",
        "dmard": "DMARD (target restore time)",
        "dmia": "DMIA (longest interruption)",
        "database": "Database loaded",
        "oddities": "Special files",
        "purpose": "Reason",
        "remark": "Remark",
        "facts": "Digest of the facts (SHA-256)",
        "seed": "of {listed}, seed {seed}",
        "nothing": "nothing came back",
        "manifest": "by the digests of the manifest {manifest}",
        "repository": "by the digests of the repository",
        "counted": "{compared} compared of {sampled}, {wrong} wrong",
        "unlisted": "{count} not in the manifest.",
        "point": "point",
        "machine": "machine",
        "measured": "restored in {seconds} s",
        "extrapolated": "the whole point: {full}, extrapolated",
        "whole": "the whole point: {full}, measured",
        "assumption": "ASSUMPTION OF THE EXTRAPOLATION\nThe rate of this drill, on this machine and its disk, is "
        "assumed "
        "constant for all the files of the point. Only a timed full restore confirms it.",
        "loaded": "{rows} rows in {tables} tables, PostgreSQL {server}.",
        "unloaded": "does not load as it should: {errors} errors, {rows} rows in {tables} tables, PostgreSQL {server}.",
        "answered": "Question asked: {rows} rows given",
        "unsaid": "not filled in",
        "unknown": "full time unknown",
        "over": "exceeded",
        "kept": "kept",
    },
}
