"""Which tool wrote a list of jobs, by the headers that only it writes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanners.lists.words import plain

PROXMOX = "Proxmox"
_MARKS: Mapping[str, tuple[str, ...]] = {
    PROXMOX: ("worker type", "upid"),
    "Commvault": ("subclient", "subclient name", "subclientname"),
    "Veeam": ("job type string", "jobtypestring", "sessiontype", "session type", "typetostring"),
    "Bacula": ("jobstatus", "jobfiles"),
}


def tool_of(headers: Iterable[str]) -> str:
    """The tool that wrote these headers, "" when nothing tells."""
    found = {plain(cell) for cell in headers}
    return next((name for name, marks in _MARKS.items() if found & set(marks)), "")
