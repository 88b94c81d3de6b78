"""Names of a file the establishment already has: certificate-transparency or provider export, zone file, mere list.

Whatever the columns are called, only what is written like a name under one of its domains is taken. Nothing is
executed: `$INCLUDE` and `$GENERATE` of a zone file are passed over. Pure: the file's content is given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from scanners.errors import CollectError
from scanners.exposure.targets import is_name

MAX_FILE = 20_000_000
"""Characters of a names file."""
MAX_NAMES = 5000
"""Names taken from one file."""
_WORD = re.compile(r"[A-Za-z0-9_*.-]{1,255}")
_ORIGIN = re.compile(r"\$ORIGIN[ \t]+([A-Za-z0-9_.-]{1,255})", re.IGNORECASE)
_RECORD = re.compile(
    r"(?P<owner>[A-Za-z0-9_*@.-]{1,255})[ \t]+(?:[0-9]+[A-Za-z]?[ \t]+)?(?:IN[ \t]+)?(?:[0-9]+[ \t]+)?"
    r"(?:A|AAAA|CNAME|MX|NS)[ \t]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NamesRead:
    """The names of a file under the known domains, and how many others it holds."""

    names: tuple[str, ...] = ()
    others: int = 0


def read_names(content: str, domains: Collection[str]) -> NamesRead:
    """The names under one of `domains`, in order, without doubles; CollectError when the file is too large."""
    if len(content) > MAX_FILE:
        raise CollectError(
            f"Le fichier de noms est trop grand (limite : {MAX_FILE // 1_000_000} Mo) ; gardez-en la colonne des noms.",
            f"The names file is too large (limit: {MAX_FILE // 1_000_000} MB); keep its column of names.",
        )
    inside: dict[str, None] = {}
    others: set[str] = set()
    for name in _names(content, domains):
        if any(name == domain or name.endswith(f".{domain}") for domain in domains):
            inside[name] = None
        elif len(others) <= MAX_NAMES:
            others.add(name)
    if len(inside) > MAX_NAMES:
        raise CollectError(
            f"Le fichier contient {len(inside)} noms, la limite est de {MAX_NAMES} ; découpez-le.",
            f"The file holds {len(inside)} names, the limit is {MAX_NAMES}; split it.",
        )
    return NamesRead(tuple(inside), len(others))


def _names(content: str, domains: Collection[str]) -> Iterator[str]:
    origin = next(iter(domains), "")
    for line in content.splitlines():
        set_to = _ORIGIN.match(line)
        if set_to is not None:
            origin = set_to[1].lower().removesuffix(".")
            continue
        record = _RECORD.match(line)
        if record is not None:
            yield from _plain(_absolute(record["owner"], origin))
        for word in _WORD.findall(line):
            if "." in word:
                yield from _plain(word)


def _absolute(owner: str, origin: str) -> str:
    """The owner of a line of a zone file, which is relative unless it ends with a dot."""
    if owner == "@":
        return origin
    return owner if owner.endswith(".") or owner.lower().endswith(f".{origin}") else f"{owner}.{origin}"


def _plain(word: str) -> Iterator[str]:
    name = word.lower().strip(".").removeprefix("*.")
    if "." in name and is_name(name):
        yield name
