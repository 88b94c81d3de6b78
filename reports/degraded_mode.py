"""What every paper says of a degraded mode: the poster, the continuity plan and the crisis pack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DegradedMode:
    """A version of a degraded mode. `trigger` to `who_to_call` are Markdown, the others plain and short.

    `holds` and `capacity` are written (`48 h`, `70 %`), "" when unknown.
    """

    activity: str
    title: str
    trigger: str = ""
    steps: str = ""
    limits: str = ""
    back_to_normal: str = ""
    who_to_call: str = ""
    holds: str = ""
    capacity: str = ""
