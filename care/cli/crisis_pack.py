"""`care crisis-pack`: a crisis pack made here and now, in a folder or locked for a removable medium."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from care.cli.context import Cli, pass_cli, read_secret
from care.cli.installation import installation, operator
from care.domain.access import Level
from care.services import crisis_pack, pack_making
from care.services.crisis_pack import Lock
from care.services.places import find_place
from scanners.errors import system_reason


@click.command("crisis-pack")
@click.option("--establishment", "finess", required=True, help="numéro FINESS / FINESS number")
@click.option("-o", "--output", "folder", required=True, type=click.Path(path_type=Path, file_okay=False),
              metavar="FOLDER", help="dossier où écrire / folder to write into")  # fmt: skip
@click.option("--encrypt", type=click.Choice([lock.value for lock in Lock]), help="zip (AES-256) | age")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="sinon demandée / otherwise asked for")
@pass_cli
def command(cli: Cli, finess: str, folder: Path, encrypt: str | None, passphrase_file: Path | None) -> None:
    """Faire la mallette de crise / make the crisis pack."""
    scope = operator(cli)
    passphrase = _passphrase(cli, passphrase_file) if encrypt else ""
    with installation(cli) as platform:
        if encrypt:
            crisis_pack.check_passphrase(scope, passphrase, passphrase)
        place = find_place(platform, scope, Level.ESTABLISHMENT, finess)
        name, files = pack_making.folder_now(platform, scope, place.id)
        if encrypt:
            made_at = pack_making.now_here(platform)
            name, content = crisis_pack.locked(name, files, made_at, Lock(encrypt), passphrase)
            files = {name: content}
            target = _written(cli, folder, folder / name, files)
        else:
            target = _written(cli, folder, folder / name, {f"{name}/{path}": one for path, one in files.items()})
    cli.say(f"Mallette de crise écrite : {target}.", f"Crisis pack written: {target}.")


def _passphrase(cli: Cli, path: Path | None) -> str:
    if path is not None:
        return read_secret(cli, path)
    words = "Phrase de passe" if cli.lang == "fr" else "Passphrase"
    return str(click.prompt(words, hide_input=True, confirmation_prompt=True, err=True))


def _written(cli: Cli, folder: Path, target: Path, files: Mapping[str, bytes]) -> Path:
    """Write everything beside its place, then move it there: whole or not at all; what was there stays."""
    if target.exists():
        cli.refuse(
            f"{target} existe déjà : choisissez un autre dossier, ou effacez-le.",
            f"{target} already exists: choose another folder, or erase it.",
        )
    temporary: Path | None = None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".mallette-"))
        for name, content in files.items():
            place = temporary / name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
        (temporary / target.name).rename(target)
    except OSError as error:
        reason = system_reason(error)
        cli.stop(
            f"La mallette n’a pas pu être écrite dans {folder} ({reason.fr}) ; choisissez un autre dossier.",
            f"The pack could not be written into {folder} ({reason.en}); choose another folder.",
        )
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return target
