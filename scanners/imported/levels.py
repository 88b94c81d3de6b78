"""Levels of the ANSSI scale for directories (1 to 5) and the severity a weakness of each has, as in our own rules."""

from __future__ import annotations

from typing import Final

from scanners.model import Severity

SEVERITY_OF_LEVEL: Final[dict[int, Severity]] = {
    1: Severity.CRITICAL,
    2: Severity.HIGH,
    3: Severity.MEDIUM,
    4: Severity.LOW,
    5: Severity.LOW,
}
"""Level 1 is immediate danger for the whole domain (CERT-FR, “Points de contrôle Active Directory”)."""
