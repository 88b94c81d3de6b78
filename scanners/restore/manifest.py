"""A manifest of `sha256sum`: what was saved, told by whoever saved it. Pure.

Lines are `<64 hex>  <path>` (` *` for binary, a `\\` before for escaped names) or, with `--tag`, `SHA256 (<path>) = <64
hex>`. Paths there are relative or absolute, and repositories keep them under other roots: those of the snapshot are
looked up by their ends, all under the same root.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanners.errors import CollectError

MAX_LINES = 2_000_000
_PLAIN = re.compile(r"(\\?)([0-9a-fA-F]{64})[ \t][ *](.+)")
_TAGGED = re.compile(r"(\\?)SHA256 \((.+)\) = ([0-9a-fA-F]{64})")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
_ESCAPE = re.compile(r"\\[\\nr]")


@dataclass(frozen=True)
class Manifest:
    """The digest of each path."""

    digests: Mapping[str, str]

    def expected(self, paths: Iterable[str]) -> dict[str, str]:
        """The digests of paths of a snapshot; those that it does not name, under the root most have, are left out."""
        kept = list(paths)
        roots: Counter[str] = Counter()
        for path in kept:
            roots.update(self._roots(path))
        if not roots:
            return {}
        most = max(roots.values())
        root = max((one for one, count in roots.items() if count == most), key=len, default="")
        ends = {path: _relative(path)[len(root) :] for path in kept if _relative(path).startswith(root)}
        return {path: self.digests[end] for path, end in ends.items() if end in self.digests}

    def _roots(self, path: str) -> Iterable[str]:
        """What could stand before the path of the manifest in that of the snapshot."""
        whole = _relative(path)
        starts = [0, *(place + 1 for place, sign in enumerate(whole) if sign == "/")]
        return [whole[:start] for start in starts if whole[start:] in self.digests]


def parse_manifest(text: str, name: str) -> Manifest:
    """The manifest of a text; CollectError names the line that is none. Empty lines and `#` are skipped."""
    digests: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith(("#", "\ufeff#")):
            continue
        read = _line(line.removeprefix("\ufeff").rstrip("\r"))
        if read is None or number > MAX_LINES:
            raise CollectError(
                f"Le manifeste {name} est refusé, ligne {number} : une empreinte SHA-256 puis un chemin sont attendus, "
                "comme « sha256sum » les écrit.",
                f"The manifest {name} is refused, line {number}: a SHA-256 digest then a path are expected, as "
                "`sha256sum` writes them.",
            )
        path, digest = read
        if digests.setdefault(path, digest) != digest:
            raise CollectError(
                f"Le manifeste {name} est refusé, ligne {number} : ce chemin y figure déjà avec une autre empreinte.",
                f"The manifest {name} is refused, line {number}: this path is there already with another digest.",
            )
    if not digests:
        raise CollectError(
            f"Le manifeste {name} est vide : donnez celui qui a été écrit au moment de la sauvegarde.",
            f"The manifest {name} is empty: give the one written when the backup was made.",
        )
    return Manifest(digests)


def _line(line: str) -> tuple[str, str] | None:
    if (plain := _PLAIN.fullmatch(line)) is not None:
        escaped, digest, path = plain.groups()
    elif (tagged := _TAGGED.fullmatch(line)) is not None:
        escaped, path, digest = tagged.groups()
    else:
        return None
    whole = _ESCAPE.sub(lambda found: _ESCAPES[found[0]], path) if escaped else path
    return _relative(whole), digest.lower()


def _relative(path: str) -> str:
    return path.removeprefix("./").lstrip("/")
