"""How long a whole restore would take, told from a part that was timed. Pure.

Assumption, to be written wherever the figure is shown: the rate of the part holds for the whole volume, on this
machine.
"""

from __future__ import annotations

MIN_SAMPLE_BYTES = 8 << 20
"""Below, nothing is told (ours): the fixed cost of starting the tool would dominate."""


def hours_for(volume: float, size: float, seconds: float) -> float:
    """Hours to restore `volume` bytes, when `size` bytes took `seconds`."""
    return volume / (size / seconds) / 3600
