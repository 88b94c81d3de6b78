"""Remote-control programs as lists of software name them. The list is ours: products that let a person act from afar
through their publisher's servers or a listening port, as hospitals meet them. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from scanners.workstations.facts import RemoteTool

MOST = 20_000
_VERSION_LENGTH = 40
TOOLS: tuple[tuple[str, str], ...] = (
    ("TeamViewer", r"teamviewer"),
    ("AnyDesk", r"any ?desk"),
    ("RustDesk", r"rustdesk"),
    ("UltraVNC", r"ultra ?vnc"),
    ("TightVNC", r"tight ?vnc"),
    ("TigerVNC", r"tiger ?vnc"),
    ("RealVNC", r"real ?vnc|vnc connect|vnc server|vnc enterprise"),
    ("DameWare", r"dameware"),
    ("LogMeIn", r"logmein|gotomypc|goto ?assist|goto resolve"),
    ("Splashtop", r"splashtop"),
    ("ScreenConnect", r"screenconnect|connectwise control"),
    ("Supremo", r"\bsupremo\b"),
    ("Ammyy Admin", r"ammyy"),
    ("AeroAdmin", r"aeroadmin"),
    ("Radmin", r"\bradmin\b"),
    ("Remote Utilities", r"remote utilities"),
    ("NetSupport", r"netsupport (?:manager|client)"),
    ("ISL Online", r"\bisl (?:light|alwayson|online)"),
    ("DWAgent", r"\bdwagent\b|dwservice"),
    ("MeshCentral", r"mesh ?central|mesh ?agent"),
    ("Zoho Assist", r"zoho ?(?:assist|unattended)"),
    ("BeyondTrust", r"bomgar|beyondtrust remote support"),
    ("Atera", r"atera ?agent"),
    ("Action1", r"action1 agent"),
    ("SimpleHelp", r"simplehelp"),
    ("NoMachine", r"nomachine"),
    ("Chrome Remote Desktop", r"chrome remote desktop|bureau a distance chrome"),
    ("Iperius Remote", r"iperius ?remote"),
    ("Getscreen", r"getscreen"),
    ("Parsec", r"\bparsec\b"),
)
"""The name people know, and how lists write it (lower case)."""
_ANY = re.compile("|".join(f"(?P<t{rank}>{pattern})" for rank, (_name, pattern) in enumerate(TOOLS)))
_FORMS_OF_VIEWERS = re.compile(r"viewer|visionneuse|quicksupport plugin")


def tool_of(software: str) -> str:
    """The remote-control program that a line of software names, “” when it is another."""
    found = _ANY.search(software.casefold())
    if found is None or found.lastgroup is None:
        return ""
    name = TOOLS[int(found.lastgroup[1:])][0]
    only_views = name.endswith("VNC") and _FORMS_OF_VIEWERS.search(software.casefold())
    return "" if only_views else name


def remote_tools(frame: pd.DataFrame) -> Iterator[RemoteTool]:
    """The remote-control programs of a list of software, once a machine; each distinct program is looked at once."""
    known = {text: tool for text in frame["software"].unique().tolist() if (tool := tool_of(text))}
    named = frame[frame["software"].isin(set(known))]
    versions = named["version"].tolist() if "version" in named else [""] * len(named)
    seen: set[tuple[str, str]] = set()
    for machine, text, version in zip(named["name"].tolist(), named["software"].tolist(), versions, strict=True):
        tool = known[text]
        if (machine, tool) not in seen and len(seen) < MOST:
            seen.add((machine, tool))
            yield RemoteTool(machine, tool, version[:_VERSION_LENGTH])
