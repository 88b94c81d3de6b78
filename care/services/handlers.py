"""What is done for each kind of job."""

from __future__ import annotations

from collections.abc import Mapping

from care.domain.jobs import JobKind
from care.services import (
    audits,
    books,
    evidence,
    import_sorts,
    outbox,
    pack_making,
    reminders,
    rhythms,
    seal,
    trail_search,
    work,
)
from care.services.access_links import reviews
from care.services.alerts import telling
from care.services.application_files import dossier
from care.services.federation import sending
from care.services.frameworks import standings
from care.services.indicators import figures, measuring_job
from care.services.instance import drilling
from care.services.regional import planning
from care.services.regional_reports import making, ordered
from care.services.visits import closing
from care.services.vulnerabilities import importing as vulnerabilities
from care.services.work import Handler

HANDLERS: Mapping[JobKind, Handler] = {
    JobKind.ALERT: telling.tell,
    JobKind.AUDIT: audits.audit,
    JobKind.MAIL: outbox.send_waiting,
    JobKind.PURGE: work.purge,
    JobKind.VERIFY_EVIDENCE: evidence.verify,
    JobKind.CHECKPOINT: seal.checkpoint,
    JobKind.BOOK: books.make,
    JobKind.DOSSIER: dossier.make,
    JobKind.REMIND: reminders.remind,
    JobKind.VERIFY_TRAIL: trail_search.verify_chain,
    JobKind.READ_IMPORT: import_sorts.read,
    JobKind.COMPARE_IMPORT: import_sorts.compare,
    JobKind.RECORD_IMPORT: import_sorts.record,
    JobKind.VULNERABILITIES: vulnerabilities.run,
    JobKind.CRISIS_PACK: pack_making.make,
    JobKind.CRISIS_PACKS: pack_making.make_what_is_due,
    JobKind.ASSESS: standings.assess_due,
    JobKind.CLOSE_VISITS: closing.close_visits,
    JobKind.ACCESS_REVIEWS: reviews.remind_owners,
    JobKind.CAMPAIGN_AUDITS: planning.ask_due,
    JobKind.FIGURES: figures.keep_figures,
    JobKind.PUSH: sending.push,
    JobKind.MEASURE: measuring_job.measure_all,
    JobKind.REPORT: making.make,
    JobKind.REPORT_ORDERS: ordered.make_what_is_due,
    JobKind.RHYTHM: rhythms.ask_due,
    JobKind.INSTANCE_DRILL: drilling.drill,
}
