"""What every command shares: language, console, exit codes, and how a failure is said."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from scanners.archive import replace_file
from scanners.errors import system_reason
from scanners.model import Lang, Text

_SPACES = "\u00a0\u202f"
"""The unbreakable spaces of French, which Python counts among what is not printed."""


class ExitCode(IntEnum):
    """What the shell learns. The values are published; scripts depend on them."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    COULD_NOT_RUN = 3


@dataclass(frozen=True, slots=True)
class Cli:
    """The choices made before the command's name. Progress and sentences go to standard error, data to output."""

    lang: Lang
    quiet: bool

    @property
    def console(self) -> Console:
        """Where sentences and progress go."""
        return Console(stderr=True, quiet=self.quiet, highlight=False)

    def say(self, fr: str, en: str) -> None:
        """One sentence for the person at the keyboard."""
        self.console.print(Text(fr, en).render(self.lang), markup=False, soft_wrap=True)

    def stop(self, fr: str, en: str) -> NoReturn:
        """End because the work could not be done; the sentence says why and what to do."""
        fail(Text(fr, en).render(self.lang), ExitCode.COULD_NOT_RUN)

    def refuse(self, fr: str, en: str) -> NoReturn:
        """End because the command was called wrongly."""
        fail(Text(fr, en).render(self.lang), ExitCode.USAGE)


def printable(text: str) -> str:
    """Words of strangers on a terminal: no control sequence passes."""
    return "".join(sign if sign.isprintable() or sign in _SPACES else "·" for sign in text)


def fail(sentence: str, code: ExitCode) -> NoReturn:
    """Say what went wrong on standard error and end with `code`."""
    print("\n".join(map(printable, sentence.split("\n"))), file=sys.stderr)  # noqa: T201 - the command line speaks here
    sys.exit(code)


def read_text(cli: Cli, path: Path) -> str:
    """The text of a file given by the user: UTF-8 (with or without mark), UTF-16 with its mark, else Windows-1252."""
    content = read_bytes(cli, path)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_bytes(cli: Cli, path: Path) -> bytes:
    """The bytes of a file given by the user; one sentence and exit 3 when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = system_reason(error)
        cli.stop(
            f"Le fichier {path} ne peut pas être lu ({reason.fr}) ; vérifiez le chemin et les droits.",
            f"The file {path} cannot be read ({reason.en}); check the path and the permissions.",
        )


def read_secret(cli: Cli, path: Path) -> str:
    """A password kept in a file: its first line, without the end of line."""
    lines = read_text(cli, path).splitlines()
    if not lines or not lines[0]:
        cli.refuse(f"Le fichier de mot de passe {path} est vide.", f"The password file {path} is empty.")
    return lines[0]


def write_json(cli: Cli, destination: str, document: Mapping[str, Any]) -> None:
    """Write a JSON document to a file, or to standard output for `-`."""
    content = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if destination == "-":
        sys.stdout.write(content)
    else:
        write_bytes(cli, Path(destination), content.encode())


def write_bytes(cli: Cli, destination: Path, content: bytes) -> None:
    """Write a result whole, or leave what was there; one sentence and exit 3 when it cannot be written."""
    try:
        if destination.exists() and not destination.is_file():  # a device or a pipe: /dev/stdout
            destination.write_bytes(content)
        else:
            replace_file(destination, content)
    except OSError as error:
        reason = system_reason(error)
        cli.stop(
            f"Le résultat n’a pas pu être écrit dans {destination} ({reason.fr}) ; choisissez un autre fichier.",
            f"The result could not be written to {destination} ({reason.en}); choose another file.",
        )


pass_cli = click.make_pass_decorator(Cli)
