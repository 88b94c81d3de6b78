"""Making a regional report: each form as one file, whole or not at all; what an order asked for then leaves by mail."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from care.domain.access import Level, Scope, machine_scope
from care.domain.regional_reports import ReportForm
from care.services.platform import Platform
from care.services.regional_reports.asking import ReportAsk, asked_in, check_ask, check_right, folder_of
from care.services.regional_reports.mailing import mail_order
from care.services.regional_reports.reading import read_report
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.jobs import Job
from reports.errors import ReportError
from reports.region_document import render_region
from reports.region_model import RegionReport
from reports.region_open import definitions_csv, figures_csv, open_json
from reports.region_pictures import region_pictures
from reports.region_words import month_code
from reports.region_workbook import region_workbook
from scanners.collection import Cancelled
from scanners.errors import SaidError
from scanners.model import Lang, Scalar, Text

Maker = Callable[[RegionReport], bytes]
_MAKERS: Mapping[ReportForm, tuple[tuple[str, Maker], ...]] = {
    ReportForm.PDF: ((".pdf", render_region),),
    ReportForm.XLSX: ((".xlsx", region_workbook),),
    ReportForm.PICTURES: (("-images.zip", region_pictures),),
    ReportForm.CSV: ((".csv", figures_csv), ("-definitions.csv", definitions_csv)),
    ReportForm.JSON: ((".json", open_json),),
}
"""The files of each form: how their names end, and who makes them."""


class RegionReportError(SaidError):
    """A report could not be made: too large, or a full disk."""


def make(platform: Platform, hold: Hold) -> None:
    """The job: read the figures once, write every file, then tell who ordered it."""
    args, job_id = hold.claim.args, hold.claim.job_id
    ask, lang = asked_in(args), _lang(args["lang"])
    report = report_of(platform, ask, lang)
    target = folder_of(platform, job_id)
    temporary = target.with_name(f".{target.name}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(mode=0o700, parents=True)
        for rank, (name, content) in enumerate(files_of(report, ask), start=1):
            _stop_if_asked(hold)
            (temporary / name).write_bytes(content)
            hold.progress(rank / (len(ask.forms) + 2), Text(f"Écrit : {name}", f"Written: {name}"))
        shutil.rmtree(target, ignore_errors=True)  # of an attempt that was cut short
        temporary.rename(target)
    except OSError as error:
        raise _no_room(error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _record(platform, hold, ask, target)


def report_of(platform: Platform, ask: ReportAsk, lang: Lang) -> RegionReport:
    """The read-model of a report. Rights were checked when it was asked for."""
    with platform.database.read() as session:
        return read_report(platform, session, ask.wanted(lang))


def report_now(platform: Platform, scope: Scope, ask: ReportAsk, lang: Lang) -> list[tuple[str, bytes]]:
    """The files of a report at once, for the command line; the trail says who took them. Invalid, NotFound, Forbidden,
    RegionReportError."""
    with platform.database.read() as session:
        check_right(session, scope, ask.place)
        check_ask(session, ask)
    files = list(files_of(report_of(platform, ask, lang), ask))
    site = ask.place.id if ask.place.level is Level.ESTABLISHMENT else None
    detail: dict[str, Scalar] = {
        "place": ask.place.key,
        "month": ask.month,
        "public": ask.public,
        "file": ", ".join(name for name, _content in files),
    }
    with platform.database.write() as session:
        thing = Thing("regional_report", ask.place.key, site)
        record(session, scope, "regional_report.taken", thing, platform.clock.now(), detail)
    return files


def files_of(report: RegionReport, ask: ReportAsk) -> Iterator[tuple[str, bytes]]:
    """The files of the forms asked for, with their names. RegionReportError when one cannot be made in bounds."""
    stem = file_stem(report)
    for form in ask.forms:
        for ending, maker in _MAKERS[form]:
            try:
                yield stem + ending, maker(report)
            except ReportError as error:
                raise RegionReportError(error.fr, error.en) from error


def file_stem(report: RegionReport) -> str:
    """How the files of a report begin: what, of what, when, for whom."""
    place = unicodedata.normalize("NFKD", report.establishment or report.place).encode("ascii", "ignore").decode()
    words = "-".join("".join(sign if sign.isalnum() else " " for sign in place.lower()).split())[:60]
    form = "public" if report.public else "reserve"
    return f"care-{words or report.extent.value}-{month_code(report.month)}-{form}"


def _stop_if_asked(hold: Hold) -> None:
    if hold.cancelled():
        raise Cancelled


def _record(platform: Platform, hold: Hold, ask: ReportAsk, folder: Path) -> None:
    now, order_id = platform.clock.now(), int(str(hold.claim.args.get("order", 0)))
    with platform.database.write() as session:
        job = session.get_one(Job, hold.claim.job_id)
        sent = mail_order(platform, session, order_id, ask, folder) if order_id else 0
        hold.finish(session, Text("Rapport prêt.", "Report ready."))
        thing = Thing("regional_report", job.id, job.establishment_id)
        detail: dict[str, Scalar] = {
            "place": ask.place.key,
            "month": ask.month,
            "public": ask.public,
            "letters": sent,
        }
        record(session, machine_scope(job.submitted_by), "regional_report.made", thing, now, detail)


def _no_room(error: OSError) -> RegionReportError:
    return RegionReportError(
        f"Le rapport n’a pas pu être écrit ({error.strerror}) ; libérez de l’espace, puis redemandez-le : rien n’a été "
        "gardé à moitié.",
        f"The report could not be written ({error.strerror}); free some space, then ask for it again: nothing was half "
        "kept.",
    )


def _lang(given: object) -> Lang:
    return "en" if given == "en" else "fr"
