"""Writes `docs/licences.md`, what the locked packages of an installation are under: `python -m tools.licences`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licences.md"
LOCK = ROOT / "requirements" / "runtime.txt"

FREE = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU",
        "PSF-2.0", "Public-Domain", "ZPL-2.1", "Zlib",
    }
)  # fmt: skip
LESSER = frozenset({"LGPL-2.1", "LGPL-3.0", "LGPL-3.0-only", "LGPL-3.0-or-later"})
"""Used as it is published, installed beside CaRE, and free to be replaced: nothing more is asked of us."""

APART = {
    "python-nmap": "GPL-3.0 : chargé par le seul processus enfant du relevé d’exposition (décision 0002)",
}
"""What neither list allows, and why it is there all the same."""

_WRITTEN = {
    "Apache-2.0": "Apache-2.0", "Apache License, Version 2.0": "Apache-2.0", "BSD": "BSD",
    "BSD, Public Domain": "BSD AND Public-Domain",
    "BSD-2-Clause": "BSD-2-Clause", "BSD-3-Clause": "BSD-3-Clause", "GNU LGPL v3+": "LGPL-3.0-or-later",
    "LGPL v3": "LGPL-3.0", "MIT": "MIT", "PSFL": "PSF-2.0", "ZPL 2.1": "ZPL-2.1", "gpl-3.0.txt": "GPL-3.0",
}  # fmt: skip
_CLASSIFIED = {
    "License :: OSI Approved :: BSD License": "BSD",
    "License :: OSI Approved :: MIT License": "MIT",
}
_MIT_WORDS = "Permission is hereby granted, free of charge, to any person obtaining a copy"


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the lock, with the digests of the files that may be installed for it."""

    name: str
    version: str
    sha256: tuple[str, ...]


def locked(lock: Path = LOCK) -> tuple[Package, ...]:
    """The packages of the lock, in its order, which is that of names."""
    found: list[Package] = []
    for block in re.split(r"\n(?=\S)", lock.read_text("utf-8")):
        match = re.match(r"([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", block)
        if match:
            found.append(Package(match[1], match[2], tuple(sorted(re.findall(r"sha256:([0-9a-f]{64})", block)))))
    return tuple(found)


def licence(package: str) -> str:
    """The licence that a package declares, in SPDX words; empty when it says nothing that is known here."""
    found = distribution(package)
    expression = found.metadata.get("License-Expression") or _WRITTEN.get((found.metadata.get("License") or "").strip())
    if expression:
        return str(expression)
    classified = {_CLASSIFIED[one] for one in found.metadata.get_all("Classifier") or [] if one in _CLASSIFIED}
    return " AND ".join(sorted(classified)) or ("MIT" if _carries_mit(found) else "")


def _carries_mit(found: Distribution) -> bool:
    """Whether the only licence file of a package is the MIT licence."""
    texts = [Path(str(one.locate())) for one in found.files or [] if "LICEN" in one.name.upper()]
    return len(texts) == 1 and _MIT_WORDS in " ".join(texts[0].read_text("utf-8").split())


def allowed(expression: str, words: frozenset[str] = FREE | LESSER) -> bool:
    """Whether an SPDX expression can be met with these licences: every AND, one of an OR."""
    if not expression or "(" in expression:
        return False  # no package has one so far: read it, then teach this function
    return any(all(one.strip() in words for one in side.split(" AND ")) for side in expression.split(" OR "))


def page() -> str:
    """The whole page."""
    packages = locked()
    lines = [f"| {one.name} | {one.version} | {licence(one.name)} | {_note(one.name)} |" for one in packages]
    head = (
        "# Les licences de ce qui est installé\n\n"
        "Cette page est écrite par `python -m tools.licences` à partir de `requirements/runtime.txt` et de ce que\n"
        "chaque paquet déclare ; ne la modifiez pas à la main. CaRE est sous EUPL-1.2. Un paquet sans licence connue,\n"
        "sous AGPL ou hors des listes de `tools/licences.py` fait échouer les tests.\n\n"
        "Les paquets sous LGPL sont installés tels quels à côté de CaRE et peuvent être remplacés. « BSD » : la\n"
        "licence le dit sans préciser sa forme.\n\n"
    )
    table = "| paquet | version | licence | note |\n| --- | --- | --- | --- |\n"
    return head + table + "\n".join(lines) + "\n"


def _note(name: str) -> str:
    if name in APART:
        return APART[name]
    return "" if allowed(licence(name), FREE) else "LGPL : à côté, remplaçable"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
