"""One profile of hypothesis for every test: the same examples each time, and no deadline on a shared machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("care", derandomize=True, deadline=None)
settings.load_profile("care")
