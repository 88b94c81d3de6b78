"""Where the import of a file of another tool stands: it follows from the last job asked for it."""

from __future__ import annotations

from enum import StrEnum

from care.domain.jobs import JobKind, JobState


class Step(StrEnum):
    """From the file to the run. A draft STOPPED was never compared: its reading failed or was cut short."""

    READING = "reading"
    COMPARING = "comparing"
    READY = "ready"
    RECORDING = "recording"
    RECORDED = "recorded"
    STOPPED = "stopped"

    @property
    def busy(self) -> bool:
        """Whether a worker deals with it, now or soon."""
        return self in _BUSY.values()


_BUSY = {
    JobKind.READ_IMPORT: Step.READING,
    JobKind.COMPARE_IMPORT: Step.COMPARING,
    JobKind.RECORD_IMPORT: Step.RECORDING,
}


def step_of(kind: JobKind | None, state: JobState | None, *, previewed: bool, recorded: bool) -> Step:
    """The step of a draft whose last job is of that kind and state (None: it never had any)."""
    if recorded:
        return Step.RECORDED
    if kind is not None and state is not None and not state.over:
        return _BUSY[kind]
    return Step.READY if previewed else Step.STOPPED
