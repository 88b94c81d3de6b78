"""Words of regional campaigns."""

from __future__ import annotations

from enum import StrEnum


class CampaignKind(StrEnum):
    """What a campaign asks of each establishment."""

    EXERCISE = "exercise"
