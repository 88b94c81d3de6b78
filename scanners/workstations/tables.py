"""Lists as they were read, ready to be put together: columns that products tell differently become one. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scanners.workstations.facts import NEVER, NO, UNKNOWN, YES, MachineList

Flags = npt.NDArray[np.int8]


def ready(kind: MachineList, frame: pd.DataFrame) -> pd.DataFrame:
    """The lines of a list of machines, numbered from 0."""
    frame = frame.reset_index(drop=True)
    if kind == "antivirus" and "outdated" in frame:
        outdated = frame["outdated"].to_numpy()
        frame = frame.assign(
            fresh=np.where(outdated == YES, NO, np.where(outdated == NO, YES, UNKNOWN)).astype(np.int8)
        )
    if kind == "patches":
        frame = frame.assign(compliant=_compliant(frame))
    return frame


def _compliant(frame: pd.DataFrame) -> Flags:
    """What a patch report says of each machine: no as soon as a patch is missing or it says no."""
    said = _column(frame, "compliant", UNKNOWN).astype(np.int8)
    missing = _column(frame, "missing", NEVER)
    none_missing = (said == YES) | ((said == UNKNOWN) & (missing == 0))
    return np.where((said == NO) | (missing > 0), NO, np.where(none_missing, YES, UNKNOWN)).astype(np.int8)


def _column(frame: pd.DataFrame, name: str, absent: int) -> npt.NDArray[np.int64]:
    if name not in frame:
        return np.full(len(frame), absent, dtype=np.int64)
    return frame[name].to_numpy(dtype=np.int64)
