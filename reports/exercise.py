"""The report (RETEX) and the attestation of a crisis exercise, as accessible PDF."""

from __future__ import annotations

from reports.exercise_attestation import compose_attestation
from reports.exercise_document import compose
from reports.exercise_model import Attestation, ExerciseReport
from reports.press import DEFAULT_LIMITS, PressLimits, typeset


def render_exercise(report: ExerciseReport, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The report as PDF/UA-1 and PDF/A-2a; the same report gives the same bytes.

    ReportError when it cannot be typeset within `limits`.
    """
    return typeset("exercise", compose(report), report.issued_at, limits)


def render_attestation(attestation: Attestation, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The attestation, one page or one for each person, as PDF/UA-1 and PDF/A-2a. ReportError as above."""
    return typeset("attestation", compose_attestation(attestation), attestation.issued_at, limits)
