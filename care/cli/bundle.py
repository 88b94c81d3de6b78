"""`care bundle`: the bundles of indicators that installations send to their region."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from care.cli.context import Cli, ExitCode, fail, pass_cli, read_bytes, write_bytes, write_json
from care.cli.installation import installation, operator
from care.domain.bundles import MAX_BYTES, Bundle, read_bundle
from care.domain.federation import BundleVerdict
from care.domain.signed_documents import DocumentError
from care.services.books import grouped
from care.services.federation import exporting, letters
from care.services.federation.links import find_link
from care.services.federation.receiving import Received, receive_files
from scanners.model import Text

_VERDICTS = {
    BundleVerdict.TAKEN: Text("pris", "taken"),
    BundleVerdict.ALREADY: Text("déjà pris", "already taken"),
    BundleVerdict.REFUSED: Text("refusé", "refused"),
}


@click.group("bundle")
def command() -> None:
    """Les lots d’indicateurs d’une fédération / the bundles of indicators of a federation."""


@command.command("export")
@click.option("--region", "called", default="", help="son numéro ou son nom / its number or name")
@click.option("--out", type=click.Path(path_type=Path), help="fichier ou dossier / file or folder")
@click.option("--show", is_flag=True, help="montrer ce qui partirait, sans rien faire / show what would leave, only")
@pass_cli
def export(cli: Cli, called: str, out: Path | None, show: bool) -> None:
    """Écrire un lot pour une région, ou montrer ce qui partirait / write a bundle, or show what would leave."""
    if show == (out is not None):
        cli.refuse(
            "Donnez --out ou --show, l’un des deux seulement.", "Give either --out or --show, one of the two only."
        )
    scope = operator(cli)
    with installation(cli) as platform:
        link_id = find_link(platform, scope, called)
        if out is None:
            click.echo(exporting.preview(platform, scope, link_id).document)
            return
        made = exporting.export(platform, scope, link_id)
    destination = out / made.name if out.is_dir() else out
    write_bytes(cli, destination, made.document)
    cli.say(
        f"Lot n° {made.number} écrit dans {destination} : portez-le à la région.",
        f"Bundle no. {made.number} written to {destination}: take it to the region.",
    )


@command.command("letter")
@click.option("--installation", "number", type=int, required=True, help="son numéro dans la liste / its number")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="fichier / file")
@pass_cli
def letter(cli: Cli, number: int, out: Path) -> None:
    """Écrire ce que la région demande à une installation / write what the region asks of an installation."""
    with installation(cli) as platform:
        content = letters.letter_for(platform, operator(cli), number)
    write_bytes(cli, out, content)
    cli.say(
        f"Alertes et campagnes écrites dans {out} : à déposer chez elle avec « care region letter ».",
        f"Alerts and campaigns written to {out}: to be taken there with “care region letter”.",
    )


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", metavar="EMPREINTE", help="Empreinte attendue de la clé / expected fingerprint of the key.")
@click.option("--json", "json_out", metavar="OUT", help="Fichier ou « - » / file or `-`.")
@pass_cli
def verify(cli: Cli, file: Path, key: str | None, json_out: str | None) -> None:
    """Vérifier un lot, sans base ni réseau / verify a bundle, without database or network."""
    try:
        bundle = read_bundle(_content(cli, file))
    except DocumentError as wrong:
        fail(wrong.text.render(cli.lang), ExitCode.FINDINGS)
    if key is not None and "".join(key.split()).lower() != bundle.key_id:
        said = Text(
            f"Le lot est intact, mais signé par une autre clé ({grouped(bundle.key_id)}) que celle attendue.",
            f"The bundle is sound, but signed by another key ({grouped(bundle.key_id)}) than the one expected.",
        )
        fail(said.render(cli.lang), ExitCode.FINDINGS)
    if json_out:
        write_json(cli, json_out, _document(bundle))
        return
    for line in _summary(bundle):
        click.echo(line.render(cli.lang))
    if key is None:
        cli.say(
            "Intact. Comparez l’empreinte de la clé avec celle que l’établissement vous a dite.",
            "Sound. Compare the fingerprint of the key with the one the establishment told you.",
        )


@command.command("import")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--receipts", type=click.Path(path_type=Path, file_okay=False), help="Dossier des accusés / folder.")
@click.option("--json", "json_out", metavar="OUT", help="Fichier ou « - » / file or `-`.")
@pass_cli
def import_files(cli: Cli, files: tuple[Path, ...], receipts: Path | None, json_out: str | None) -> None:
    """Prendre des lots reçus par fichier / take bundles that came as files."""
    refused, lines = 0, []
    with installation(cli) as platform:
        contents = (_content(cli, file) for file in files)
        for file, received in zip(files, receive_files(platform, operator(cli), contents), strict=True):
            refused += received.verdict is BundleVerdict.REFUSED
            lines.append(_line(file, received))
            if not json_out:
                click.echo(_told(file, received).render(cli.lang))
            if receipts is not None:
                receipts.mkdir(parents=True, exist_ok=True)
                write_bytes(cli, receipts / f"{file.stem}.receipt.json", received.receipt)
    if json_out:
        write_json(cli, json_out, {"schema": "care-bundle-import/1", "files": lines})
    if refused:
        said = Text(f"{refused} sur {len(files)} refusés.", f"{refused} of {len(files)} refused.")
        fail(said.render(cli.lang), ExitCode.FINDINGS)


def _content(cli: Cli, file: Path) -> bytes:
    """A file, not read when it is too large to be a bundle: its beginning says enough to refuse it."""
    try:
        if file.is_file() and file.stat().st_size > MAX_BYTES:
            with file.open("rb") as opened:
                return opened.read(MAX_BYTES + 1)
    except OSError:
        pass  # said by what follows, in its own words
    return read_bytes(cli, file)


def _summary(bundle: Bundle) -> Iterator[Text]:
    first, last = _month(bundle.months[0]), _month(bundle.months[-1])
    campaigns = len(bundle.campaigns)
    alerts, named = len(bundle.alerts), "sous pseudonymes" if bundle.pseudonymous else "par leur FINESS"
    named_en = "under pseudonyms" if bundle.pseudonymous else "by FINESS"
    yield Text(f"Lot n° {bundle.number} ({bundle.sha256})", f"Bundle no. {bundle.number} ({bundle.sha256})")
    yield Text(
        f"Fait le {bundle.made_at:%d/%m/%Y à %H:%M} UTC par l’installation {bundle.installation}",
        f"Made on {bundle.made_at:%Y-%m-%d at %H:%M} UTC by installation {bundle.installation}",
    )
    yield Text(f"Clé de l’établissement : {grouped(bundle.key_id)}", f"Key of the sender: {grouped(bundle.key_id)}")
    if bundle.rotation is not None:
        former = grouped(bundle.rotation.former)
        yield Text(f"Clé nouvelle, présentée par : {former}", f"New key, presented by: {former}")
    yield Text(
        f"Pour la région de clé : {grouped(bundle.audience)}", f"For the region of key: {grouped(bundle.audience)}"
    )
    yield Text(
        f"De {first} à {last}, {len(bundle.holders)} établissements ({named}), {bundle.values} valeurs, {alerts}"
        f" réponses à des alertes, {campaigns} à des campagnes",
        f"From {first} to {last}, {len(bundle.holders)} establishments ({named_en}), {bundle.values} values, {alerts}"
        f" answers to alerts, {campaigns} to campaigns",
    )


def _month(month: int) -> str:
    return f"{month // 100}-{month % 100:02}"


def _document(bundle: Bundle) -> dict[str, Any]:
    return {
        "schema": "care-bundle-verify/1",
        "sha256": bundle.sha256,
        "format": bundle.format,
        "installation": bundle.installation,
        "number": bundle.number,
        "made_at": bundle.made_at.isoformat(),
        "key": bundle.key_id,
        "presented_by": bundle.rotation.former if bundle.rotation else None,
        "for": bundle.audience,
        "pseudonymous": bundle.pseudonymous,
        "months": list(bundle.months),
        "holders": [{"name": one.name, "values": len(one.values)} for one in bundle.holders],
        "alerts": len(bundle.alerts),
        "campaigns": len(bundle.campaigns),
    }


def _told(file: Path, received: Received) -> Text:
    name, verdict, number = file.name, _VERDICTS[received.verdict], received.number
    who = f"{received.installation}, n° {number}" if received.installation else "?"
    return Text(
        f"{name} : {verdict.fr} ({who}). {received.reason.fr}",
        f"{name}: {verdict.en} ({who}). {received.reason.en}",
    )


def _line(file: Path, received: Received) -> dict[str, Any]:
    return {
        "file": file.name,
        "verdict": received.verdict.value,
        "installation": received.installation,
        "number": received.number,
        "values": received.values,
        "written": received.written,
        "set_aside": received.aside,
        "reason_fr": received.reason.fr,
        "reason_en": received.reason.en,
    }
