"""What a line of the log may hold beside its sentence: names and numbers of ours, never a person nor a key."""

from __future__ import annotations

REQUESTS = "care.requests"
"""The logger of requests."""
FIELDS = "care_fields"
"""The attribute of a record that holds its fields, for logs in JSON."""
