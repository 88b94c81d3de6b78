"""Reads a plan file and the password files it names, for the command line. The platform keeps secrets by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanners.errors import CollectError, system_reason
from scanners.read_yaml import load_mapping

MAX_PLAN_BYTES = 4 << 20
MAX_PASSWORD_BYTES = 16 << 10
_OTHERS = 0o077


def read_plan(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The plan as a mapping ready for `collect.Request`, and the secrets of its repositories.

    `password_file` and `access_file` are taken out of each repository; they are relative to the plan. CollectError
    when a file cannot be read or when a password file can be read by others.
    """
    plan = load_mapping(_text(path, MAX_PLAN_BYTES), path.name)
    secrets: dict[str, str] = {}
    for repository in _repositories(plan):
        for field, secret in (("password_file", "repository"), ("access_file", "access")):
            if (file := repository.pop(field, None)) is not None:
                secrets[f"{secret}.{repository.get('name')}"] = _password(path.parent / str(file))
    return plan, secrets


def _repositories(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    listed = plan.get("repositories")
    return (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else iter(())


def _password(path: Path) -> str:
    text = _text(path, MAX_PASSWORD_BYTES)
    if path.stat().st_mode & _OTHERS:
        raise CollectError(
            f"Le fichier de mot de passe {path} est lisible par d’autres comptes ; faites « chmod 600 {path} ».",
            f"The password file {path} can be read by other accounts; run `chmod 600 {path}`.",
        )
    return text.strip("\r\n")


def _text(path: Path, limit: int) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
        if len(raw) > limit:
            raise _unreadable(path, f"> {limit} o", f"> {limit} B")
        return raw.decode("utf-8-sig")
    except OSError as error:
        reason = system_reason(error)
        raise _unreadable(path, reason.fr, reason.en) from error
    except UnicodeDecodeError as error:
        raise CollectError(
            f"{path} n’est pas un texte en UTF-8 ; enregistrez-le de nouveau en choisissant l’encodage UTF-8.",
            f"{path} is not UTF-8 text; save it again and choose the UTF-8 encoding.",
        ) from error


def _unreadable(path: Path, fr: str, en: str) -> CollectError:
    return CollectError(
        f"{path} ne peut pas être lu ({fr}) ; vérifiez le chemin et les droits.",
        f"{path} cannot be read ({en}); check the path and the permissions.",
    )
