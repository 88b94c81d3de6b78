"""The installation itself, saved whole and put back: backups, their verification, restores, drills (ADR 0046)."""
