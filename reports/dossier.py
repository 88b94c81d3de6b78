"""The declaration dossier of a candidate: one sealed folder for the portal that checks it.

A folder per objective with its evidence, an index to read (HTML and PDF, both languages), the results as they were
computed (JSON), the signed manifest and the script that verifies it all. It is a sealed book (`reports.book`) whose
pieces may belong to several establishments; one piece may stand in the folders of several objectives. The same dossier
gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib import resources
from typing import Any, BinaryIO

from reports.book import (
    POLICY,
    STYLE,
    BookChain,
    BookCheckpoint,
    BookPiece,
    OpenPiece,
    Sign,
    chain_entry,
    checkpoint_entry,
    file_name,
    listed,
    moment,
    piece_entry,
    seal_archive,
)
from reports.plain import SENTENCE, name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.seal import verifier
from reports.seal.verifier import Said
from reports.words import Lang, day, instant, number

RESULTS = "resultats/"
OBJECTIVES = f"{RESULTS}objectifs.json"
LANGS: tuple[Lang, ...] = ("fr", "en")
INDEX: Mapping[Lang, str] = {"fr": "index", "en": "index.en"}


@dataclass(frozen=True, slots=True)
class DossierPart:
    """The part that an establishment has in a dossier: its chain, and the signatures that cover its pieces."""

    establishment: str
    finess: str
    chain: BookChain
    checkpoints: tuple[BookCheckpoint, ...]


@dataclass(frozen=True, slots=True)
class DossierObjective:
    """One objective with what was computed of it. `tone`: `good`, `warning`, `alert` or `unknown`; `folder` is the
    name of its folder; `pieces` its evidence."""

    folder: str
    number: str
    title: Said
    status: Said
    tone: str
    why: tuple[Said, ...]
    missing: tuple[Said, ...]
    pieces: tuple[BookPiece, ...]


@dataclass(frozen=True, slots=True)
class DossierTable:
    """A computation to read: what it shows, its columns and its rows, in both languages; `name` is that of its JSON."""

    name: str
    title: Said
    note: Said
    columns: tuple[Said, ...]
    rows: tuple[tuple[Said, ...], ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier to seal. `facts` are short pairs about the file, `parameters` the values that applied with their
    source; `results` the JSON of each computation by name."""

    candidate: str
    domain: Said
    numbering: Said
    made_at: datetime
    made_by: str
    verdict: Said
    tone: str
    framework: Said
    facts: tuple[tuple[Said, Said], ...]
    objectives: tuple[DossierObjective, ...]
    tables: tuple[DossierTable, ...]
    parameters: DossierTable
    results: Mapping[str, Mapping[str, Any]]
    parts: tuple[DossierPart, ...]
    key: str
    keys: Mapping[str, bytes]
    public_pem: bytes

    def places(self) -> Mapping[tuple[str, int], tuple[BookPiece, tuple[str, ...]]]:
        """Each piece once, by establishment and number, with the folders it stands in."""
        found: dict[tuple[str, int], tuple[BookPiece, tuple[str, ...]]] = {}
        for objective in self.objectives:
            for piece in objective.pieces:
                key = (str(piece.filed["establishment"]), piece.number)
                folders = found.get(key, (piece, ()))[1]
                found[key] = (piece, (*folders, objective.folder))
        return dict(sorted(found.items()))


def piece_place(folder: str, piece: BookPiece) -> str | None:
    """Where the file of a piece stands in the folder of an objective; None for an address."""
    if not piece.sha256:
        return None
    name = file_name(str(piece.filed["name"]), piece.media_type)
    return f"{folder}/{piece.filed['establishment']}-{piece.number:04d}-{name}"


def write_dossier(
    dossier: Dossier,
    out: BinaryIO,
    open_piece: OpenPiece,
    sign: Sign,
    progress: Callable[[float], None] = lambda _share: None,
    limits: PressLimits = DEFAULT_LIMITS,
) -> None:
    """Write the sealed folder to a seekable file. ReportError when a piece is damaged or a page cannot be set."""
    front = {
        "LISEZMOI.txt": _read_me(dossier).replace("\n", "\r\n").encode("utf-8-sig"),
        **{f"{INDEX[lang]}.html": _index(dossier, lang).encode() for lang in LANGS},
        **{f"{INDEX[lang]}.pdf": render_index(dossier, lang, limits) for lang in LANGS},
        **{f"{RESULTS}{name}.json": _json(content) for name, content in dossier.results.items()},
        verifier.KEY: dossier.public_pem,
        verifier.SCRIPT: resources.files("reports.seal").joinpath("verifier.py").read_bytes(),
    }
    files = [
        (path, piece)
        for piece, folders in dossier.places().values()
        for path in (piece_place(folder, piece) for folder in folders)
        if path is not None
    ]
    seal_archive(out, front, _manifest(dossier, front, files), files, open_piece, sign, progress)


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _manifest(dossier: Dossier, front: Mapping[str, bytes], files: Sequence[tuple[str, BookPiece]]) -> bytes:
    content = {
        "format": verifier.DOSSIER_FORMAT,
        "candidate": dossier.candidate,
        "domain": dossier.domain._asdict(),
        "made_at": moment(dossier.made_at),
        "made_by": dossier.made_by,
        "verdict": dossier.verdict._asdict(),
        "framework": dossier.framework._asdict(),
        "key": dossier.key,
        "keys": {name: raw.hex() for name, raw in sorted(dossier.keys.items())},
        "files": listed(front, files),
        "pieces": [_piece(piece, folders) for piece, folders in dossier.places().values()],
        "parts": [
            {
                "establishment": {"finess": part.finess, "name": part.establishment},
                "chain": chain_entry(part.chain),
                "checkpoints": [checkpoint_entry(one) for one in part.checkpoints],
            }
            for part in dossier.parts
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def _piece(piece: BookPiece, folders: Sequence[str]) -> dict[str, object]:
    paths = [path for path in (piece_place(folder, piece) for folder in folders) if path is not None]
    return {**piece_entry(piece), "path": paths[0] if paths else None, "copies": paths[1:], "objectives": list(folders)}


# What both indexes say.

_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "fr": {
        "title": "Dossier de déclaration",
        "marking": "Diffusion restreinte",
        "finess": "FINESS",
        "other": "In English",
        "pdf": "Ce sommaire en PDF",
        "made": "Scellé le",
        "by": "par",
        "verdict": "Où en est le dossier",
        "objectives": "Objectifs",
        "objective": "Objectif",
        "status": "État",
        "why": "Pourquoi",
        "missing": "Ce qui manque",
        "evidence": "Preuves",
        "none": "aucune",
        "nothing": "rien n’est connu",
        "parameters": "Valeurs qui s’appliquaient",
        "framework": "Référentiel",
        "verify": "Vérifier ce dossier",
        "how": "Chaque fichier est nommé avec son empreinte dans manifest.json, signé. Le fichier LISEZMOI.txt dit "
        "comment vérifier l’ensemble hors ligne, avec verifier.py.",
        "key": "Empreinte de la clé",
        "address": "Adresse",
        "raw": "Les mêmes résultats en JSON",
        "page": "Page",
        "of": "sur",
        "colon": "\u00a0: ",
    },
    "en": {
        "title": "Declaration dossier",
        "marking": "Restricted circulation",
        "finess": "FINESS",
        "other": "En français",
        "pdf": "This index as PDF",
        "made": "Sealed on",
        "by": "by",
        "verdict": "Where the file stands",
        "objectives": "Objectives",
        "objective": "Objective",
        "status": "Status",
        "why": "Why",
        "missing": "What is missing",
        "evidence": "Evidence",
        "none": "none",
        "nothing": "nothing is known",
        "parameters": "Values that applied",
        "framework": "Framework",
        "verify": "Verify this dossier",
        "how": "Every file is named with its hash in manifest.json, which is signed. The file LISEZMOI.txt tells how "
        "to verify it all offline, with verifier.py.",
        "key": "Fingerprint of the key",
        "address": "Address",
        "raw": "The same results as JSON",
        "page": "Page",
        "of": "of",
        "colon": ": ",
    },
}


def _in(said: Said, lang: Lang) -> str:
    return said.fr if lang == "fr" else said.en


# The page: static, with no script and nothing from elsewhere.


def _index(dossier: Dossier, lang: Lang) -> str:
    words = _WORDS[lang]
    other: Lang = "en" if lang == "fr" else "fr"
    title = f"{words['title']} – {escape(_in(dossier.domain, lang))}"
    made = (
        f"{words['made']} {day(dossier.made_at.astimezone(UTC), lang)} (UTC) {words['by']} {escape(dossier.made_by)}."
    )
    facts = "".join(
        f"<dt>{escape(_in(name, lang))}</dt><dd>{escape(_in(value, lang))}</dd>" for name, value in dossier.facts
    )
    sections = "\n".join(_section(one, lang) for one in dossier.objectives)
    tables = "\n".join(_table(one, lang) for one in (*dossier.tables, dossier.parameters))
    raw = "".join(f'<li><a href="{RESULTS}{name}.json">{RESULTS}{name}.json</a></li>' for name in dossier.results)
    return f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – {escape(dossier.candidate)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p><strong>{escape(dossier.candidate)}</strong> · <a href="{INDEX[other]}.html" lang="{other}" hreflang="{other}">{
        words["other"]
    }</a> · <a href="{INDEX[lang]}.pdf">{words["pdf"]}</a></p>
<p>{escape(_in(dossier.numbering, lang))}</p>
<p>{made} {words["framework"]}{words["colon"]}{escape(_in(dossier.framework, lang))}.</p>
<h2>{words["verdict"]}</h2>
<p><strong>{escape(_in(dossier.verdict, lang))}</strong></p>
<dl>{facts}</dl>
{_summary(dossier, lang)}
{sections}
{tables}
<h2>{words["raw"]}</h2>
<ul>{raw}</ul>
<h2>{words["verify"]}</h2>
<p>{words["how"]}</p>
<p>{words["key"]}{words["colon"]}<code>{verifier.grouped(dossier.key)}</code></p>
</main>
</body>
</html>
"""


def _summary(dossier: Dossier, lang: Lang) -> str:
    words = _WORDS[lang]
    rows = "\n".join(
        f'<tr><th scope="row"><a href="#{escape(one.folder)}">{escape(one.number)}</a> '
        f"{escape(_in(one.title, lang))}</th>"
        f'<td>{escape(_in(one.status, lang))}</td><td class="num">{len(one.pieces)}</td></tr>'
        for one in dossier.objectives
    )
    head = "".join(f'<th scope="col">{words[name]}</th>' for name in ("objective", "status", "evidence"))
    return _framed(words["objectives"], head, rows)


def _section(one: DossierObjective, lang: Lang) -> str:
    words = _WORDS[lang]
    evidence = "".join(f"<li>{_evidence(one.folder, piece, lang)}</li>" for piece in one.pieces)
    return f"""<h2 id="{escape(one.folder)}">{escape(one.number)} – {escape(_in(one.title, lang))}</h2>
<p><strong>{escape(_in(one.status, lang))}</strong></p>
{_listed(words["why"], one.why, words["nothing"], lang)}
{_listed(words["missing"], one.missing, words["none"], lang)}
<h3>{words["evidence"]}</h3>
{f"<ul>{evidence}</ul>" if evidence else f"<p>{words['none']}</p>"}"""


def _listed(name: str, lines: Sequence[Said], empty: str, lang: Lang) -> str:
    items = "".join(f"<li>{escape(_in(line, lang))}</li>" for line in lines)
    return f"<h3>{name}</h3>\n" + (f"<ul>{items}</ul>" if items else f"<p>{empty}</p>")


def _evidence(folder: str, piece: BookPiece, lang: Lang) -> str:
    path = piece_place(folder, piece)
    about = f"{escape(piece.title)} ({escape(_in(piece.kind, lang))}, {_WORDS[lang]['finess']} "
    about += f"{escape(str(piece.filed['establishment']))}, {day(piece.added_at, lang)})"
    if path is None:
        address = f"{_WORDS[lang]['address']}{_WORDS[lang]['colon']}<code>{escape(str(piece.filed['link']))}</code>"
        return f"{about}<br>{address}"
    return f'<a href="{escape(path)}" rel="noopener">{about}</a><br><code>{piece.sha256}</code>'


def _table(table: DossierTable, lang: Lang) -> str:
    head = "".join(f'<th scope="col">{escape(_in(one, lang))}</th>' for one in table.columns)
    rows = "\n".join(_row([escape(_in(cell, lang)) for cell in row]) for row in table.rows)
    note = f"<p>{escape(_in(table.note, lang))}</p>\n" if _in(table.note, lang) else ""
    title = escape(_in(table.title, lang))
    return f"<h2>{title}</h2>\n{note}{_framed(title, head, rows)}"


def _row(cells: Sequence[str]) -> str:
    rest = "".join(f"<td>{cell}</td>" for cell in cells[1:])
    return f'<tr><th scope="row">{cells[0]}</th>{rest}</tr>'


def _framed(title: str, head: str, rows: str) -> str:
    return f"""<div class="table" role="region" aria-label="{title}" tabindex="0">
<table>
<caption>{title}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>"""


# The PDF.


def render_index(dossier: Dossier, lang: Lang, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The index as PDF/UA-1 and PDF/A-2a; the same dossier gives the same bytes."""
    return typeset("dossier", compose(dossier, lang), dossier.made_at, limits)


def compose(dossier: Dossier, lang: Lang) -> dict[str, Any]:
    """The document: JSON values only, texts safe to set."""
    return {
        "lang": lang,
        "words": _WORDS[lang],
        "candidate": name_line(dossier.candidate, lang),
        "domain": one_line(_in(dossier.domain, lang), lang),
        "numbering": plain(_in(dossier.numbering, lang), lang, SENTENCE),
        "issued": instant(dossier.made_at, lang),
        "issued_day": day(dossier.made_at, lang),
        "by": name_line(dossier.made_by, lang),
        "framework": one_line(_in(dossier.framework, lang), lang, 300),
        "verdict": one_line(_in(dossier.verdict, lang), lang, 300),
        "tone": dossier.tone,
        "facts": [
            {"name": one_line(_in(name, lang), lang), "value": one_line(_in(value, lang), lang, 300)}
            for name, value in dossier.facts
        ],
        "objectives": [_set_objective(one, lang) for one in dossier.objectives],
        "tables": [_set_table(one, lang) for one in (*dossier.tables, dossier.parameters)],
        "key": verifier.grouped(dossier.key),
    }


def _set_objective(one: DossierObjective, lang: Lang) -> dict[str, Any]:
    return {
        "number": one_line(one.number, lang),
        "title": one_line(_in(one.title, lang), lang, 300),
        "status": one_line(_in(one.status, lang), lang),
        "tone": one.tone,
        "why": [plain(_in(line, lang), lang, SENTENCE) for line in one.why],
        "missing": [plain(_in(line, lang), lang, SENTENCE) for line in one.missing],
        "pieces": [_set_piece(one.folder, piece, lang) for piece in one.pieces],
        "count": number(len(one.pieces), lang),
    }


def _set_piece(folder: str, piece: BookPiece, lang: Lang) -> dict[str, str]:
    return {
        "title": name_line(piece.title, lang, 160),
        "about": one_line(
            f"{_in(piece.kind, lang)}, {piece.filed['establishment']}, {day(piece.added_at, lang)}", lang
        ),
        "place": one_line(piece_place(folder, piece) or str(piece.filed["link"]), lang, 300),
        "sha256": piece.sha256,
    }


def _set_table(table: DossierTable, lang: Lang) -> dict[str, Any]:
    return {
        "title": one_line(_in(table.title, lang), lang),
        "note": plain(_in(table.note, lang), lang, SENTENCE),
        "columns": [one_line(_in(one, lang), lang) for one in table.columns],
        "rows": [[one_line(_in(cell, lang), lang, 300) or "–" for cell in row] for row in table.rows],
    }


# LISEZMOI.txt, in both languages.


def _read_me(dossier: Dossier) -> str:
    return "\n".join(_read_me_parts(dossier))


def _read_me_parts(dossier: Dossier) -> Iterator[str]:
    key, count = verifier.grouped(dossier.key), len(dossier.places())
    yield f"""DOSSIER DE DÉCLARATION SCELLÉ
{dossier.candidate}
{dossier.domain.fr}
{count} pièces, scellé le {day(dossier.made_at.astimezone(UTC), "fr")}. {dossier.verdict.fr}.

Lire : ouvrez index.html dans un navigateur, ou index.pdf. Un dossier par objectif contient ses preuves ; une pièce qui
sert plusieurs objectifs y figure plusieurs fois. Le dossier resultats contient ce que CaRE a calculé, en JSON.

Vérifier, sur un ordinateur qui a Python 3.8 ou plus récent, sans réseau :
  1. demandez au candidat l’empreinte de sa clé, par un autre moyen que ce dossier (téléphone, procès-verbal) ;
  2. prenez verifier.py d’une source de confiance : celui de ce dossier ne vaut que ce que vaut le dossier ;
  3. lancez : python3 verifier.py dossier.zip --empreinte "l’empreinte reçue"

L’empreinte que ce dossier déclare : {key}

La signature seule se vérifie aussi avec OpenSSL 3, sans notre script :
  openssl pkeyutl -verify -pubin -inkey cle-publique.pem -rawin -in manifest.json -sigfile manifest.sig
"""
    yield f"""SEALED DECLARATION DOSSIER
{dossier.candidate}
{dossier.domain.en}
{count} pieces, sealed on {day(dossier.made_at.astimezone(UTC), "en")}. {dossier.verdict.en}.

Read: open index.en.html in a browser, or index.en.pdf. One folder per objective holds its evidence; a piece that serves
several objectives stands in each. The folder resultats holds what CaRE computed, as JSON.

Verify, on a computer with Python 3.8 or later, without any network:
  1. ask the candidate for the fingerprint of its key by another way than this dossier (phone, minutes);
  2. take verifier.py from a source you trust: the one in here is worth what the dossier is worth;
  3. run: python3 verifier.py dossier.zip --fingerprint "the fingerprint you received"

The fingerprint that this dossier declares: {key}
"""
