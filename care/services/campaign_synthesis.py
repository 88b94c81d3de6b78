"""What a campaign, or one audit, says to people: its level, what to do first, what changed, what was not looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.assets import AssetChange
from care.domain.jobs import JobState
from care.domain.restraints import StopCause
from care.services.audit_exclusions import BY_MANDATE
from care.services.exposure.unreported import Unreported
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.priority_plan import FailedRule
from care.services.runs import CampaignView, RunLine
from care.services.synthesis import Synthesis, synthesis_of
from care.store.assets import Asset, AssetEvent
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from scanners.model import Lang, Status, Text

MOST_THINGS, MOST_REASONS = 15, 4
_UNRECORDED: Mapping[JobState, Text] = {
    JobState.QUEUED: Text("L’audit n’a pas encore commencé.", "The audit has not begun yet."),
    JobState.RUNNING: Text("L’audit est en cours.", "The audit is under way."),
    JobState.CANCELLED: Text("L’audit a été annulé.", "The audit was cancelled."),
}
_NO_RESULT = Text("L’audit n’a pas donné de résultat.", "The audit gave no result.")


@dataclass(frozen=True, slots=True)
class ChangedThing:
    """A thing of the exposure that an audit saw appear, change, go or come back."""

    asset_id: int
    key: str
    what: AssetChange


@dataclass(frozen=True, slots=True)
class SparedPlace:
    """What an exclusion kept out of an audit, why and until when; one of the mandate says neither."""

    what: str
    reason: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """What one audit did not look at. `lost` says why it gave nothing at all; else `cause` and `left_over` tell where
    it stopped, `gaps` what it could not read (`more` are not repeated), `unanswered` the rules without an answer."""

    run_id: int
    target: str
    lost: str = ""
    cause: StopCause | None = None
    left_over: int = 0
    gaps: tuple[str, ...] = ()
    more: int = 0
    unanswered: int = 0
    spared: tuple[SparedPlace, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether there is something to tell."""
        return bool(self.lost or self.cause or self.left_over or self.gaps or self.unanswered or self.spared)


@dataclass(frozen=True)
class CampaignSynthesis:
    """One campaign, or one audit. `recorded` audits gave a result; `first`: none of their targets was audited before,
    so that nothing is compared.

    `things` are the first that changed, `by_change` counts them all; `absent` are targets in use that were not asked.
    """

    said: Synthesis
    recorded: int
    first: bool
    new: int
    still: int
    fixed: int
    things: tuple[ChangedThing, ...]
    by_change: Mapping[AssetChange, int]
    unseen: tuple[Unseen, ...]
    absent: tuple[str, ...]


def unrecorded_reason(run: RunLine, lang: Lang) -> str:
    """Why an audit gave no result."""
    return run.error or _UNRECORDED.get(run.state, _NO_RESULT).render(lang)


def synthesis_of_campaign(platform: Platform, scope: Scope, campaign: CampaignView) -> CampaignSynthesis:
    """Its audits together, and the targets that were left out of it. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, campaign.establishment_id, Right.SEE_FINDINGS)
        absent = _absent(session, campaign.establishment_id, campaign.runs)
        return _read(platform, session, campaign.establishment_id, campaign.runs, absent, scope.lang)


def synthesis_of_run(platform: Platform, scope: Scope, run: RunLine) -> CampaignSynthesis:
    """One audit alone. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, run.establishment_id, Right.SEE_FINDINGS)
        return _read(platform, session, run.establishment_id, (run,), (), scope.lang)


def _read(
    platform: Platform,
    session: Session,
    establishment_id: int,
    lines: Sequence[RunLine],
    absent: tuple[str, ...],
    lang: Lang,
) -> CampaignSynthesis:
    recorded = [line for line in lines if line.counts is not None]
    failed, answered, unanswered = _outcomes(session, [line.id for line in recorded])
    compared = _compared(session, [line.id for line in recorded])
    hidden = Unreported(session, establishment_id, today(platform))
    things, by_change = _changed(session, compared, hidden)
    counts = [line.counts for line in recorded if line.counts is not None]
    return CampaignSynthesis(
        said=synthesis_of(failed, platform.kits.sheets, lang, assessed=answered),
        recorded=len(recorded),
        first=not compared,
        new=sum(one.new + one.back for one in counts),
        still=sum(one.still for one in counts),
        fixed=sum(one.fixed for one in counts),
        things=things,
        by_change=by_change,
        unseen=tuple(one for one in _unseen(session, lines, unanswered, lang) if one.anything),
        absent=absent,
    )


def _outcomes(session: Session, runs: Sequence[int]) -> tuple[list[FailedRule], bool, Counter[int]]:
    """The rules that failed, whether any rule has an answer, and how many have none in each run."""
    failed: list[FailedRule] = []
    unanswered: Counter[int] = Counter()
    answered = False
    rows = session.execute(
        select(RuleOutcome.run_id, RuleOutcome.rule, RuleOutcome.status, RuleOutcome.severity, RuleOutcome.findings)
        .where(RuleOutcome.run_id.in_(runs))
        .order_by(RuleOutcome.id)
    )
    for run, rule, status, severity, findings in rows:
        if status in (Status.NOT_ASSESSABLE, Status.ERROR):
            unanswered[run] += 1
            continue
        answered = True
        if status is Status.FAILED:
            failed.append(FailedRule(rule, severity, findings))
    return failed, answered, unanswered


def _compared(session: Session, runs: Sequence[int]) -> list[int]:
    """Those that another recorded audit of the same target comes before."""
    before = select(Run.target_id, func.min(Run.id).label("first")).where(Run.recorded_at.is_not(None))
    firsts = before.group_by(Run.target_id).subquery()
    query = select(Run.id).join(firsts, firsts.c.target_id == Run.target_id)
    return list(session.scalars(query.where(Run.id.in_(runs), Run.id > firsts.c.first)))


def _changed(
    session: Session, runs: Sequence[int], hidden: Unreported
) -> tuple[tuple[ChangedThing, ...], Mapping[AssetChange, int]]:
    rows = session.execute(
        select(Asset, AssetEvent.what)
        .join(AssetEvent, AssetEvent.asset_id == Asset.id)
        .where(AssetEvent.run_id.in_(runs))
        .order_by(AssetEvent.what.desc(), Asset.key)  # new, gone, changed, back
    )
    told = [ChangedThing(thing.id, thing.key, what) for thing, what in rows if hidden.of(thing) is None]
    return tuple(told[:MOST_THINGS]), Counter(one.what for one in told)


def _unseen(session: Session, lines: Iterable[RunLine], unanswered: Counter[int], lang: Lang) -> Iterable[Unseen]:
    known = list(lines)
    columns = (Run.id, Run.gaps, Run.stopped, Run.left_over, Run.spared)
    rows = {row.id: row for row in session.execute(select(*columns).where(Run.id.in_([one.id for one in known])))}
    for line in known:
        if line.counts is None:
            yield Unseen(line.id, line.target_name, lost=unrecorded_reason(line, lang))
            continue
        row = rows[line.id]
        gaps = tuple(dict.fromkeys(Text(gap["fr"], gap["en"]).render(lang) for gap in row.gaps or ()))
        yield Unseen(
            run_id=line.id,
            target=line.target_name,
            cause=row.stopped,
            left_over=row.left_over or 0,
            gaps=gaps[:MOST_REASONS],
            more=max(0, len(gaps) - MOST_REASONS),
            unanswered=unanswered[line.id],
            spared=tuple(
                SparedPlace(one["what"])
                if one["mode"] == BY_MANDATE
                else SparedPlace(one["what"], one["reason"], date.fromisoformat(one["until"]))
                for one in row.spared or ()
                if not one.get("ended")
            ),
        )


def _absent(session: Session, establishment_id: int, lines: Sequence[RunLine]) -> tuple[str, ...]:
    """Targets in use, of the domains of the campaign, that it did not ask."""
    return tuple(
        session.scalars(
            select(Target.name)
            .where(
                Target.establishment_id == establishment_id,
                Target.scanner.in_({line.scanner for line in lines}),
                Target.id.not_in({line.target_id for line in lines}),
                Target.archived_at.is_(None),
            )
            .order_by(Target.name)
        )
    )
