"""The crisis pack as a folder: documents, sheets one by one, contacts, an index that opens without a server, hashes."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from html import escape

from babel.dates import format_date

from reports.crisis_model import CrisisPack, PackContact, PackMode
from reports.crisis_pack import Sheet, render_mode, render_pack, render_sheets
from reports.crisis_words import WORDS
from reports.plain import unbroken
from reports.words import Lang, instant

SUMS = "SHA256SUMS"
INDEX = "index.html"
DOCUMENT: Mapping[Lang, str] = {"fr": "mallette-de-crise.pdf", "en": "crisis-pack.pdf"}
_SHEETS: Mapping[Lang, str] = {"fr": "fiches", "en": "sheets"}
_MODES: Mapping[Lang, str] = {"fr": "modes-degrades", "en": "degraded-modes"}
POSTERS: Mapping[Lang, str] = {"fr": "affiches", "en": "posters"}
_READ_ME: Mapping[Lang, str] = {"fr": "LISEZMOI.txt", "en": "README.txt"}
_LONGEST_NAME = 60
_DIALLED = re.compile(r"\+?\d[\d .-]+\Z")
_PAGES = tuple(sheet for sheet in Sheet if sheet is not Sheet.MODES)
"""Sheets of their own; degraded modes have a file each instead."""


def folder_of(pack: CrisisPack, extra: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every file of the folder by its path, in order; `extra` are files made elsewhere (contacts, posters).

    The same pack gives the same bytes. ReportError when a document cannot be made.
    """
    lang = pack.lang
    files = {DOCUMENT[lang]: render_pack(pack)}
    for path, sheet in _sheets(lang):
        files[path] = render_sheets(pack, [sheet])
    for path, mode in _modes(pack):
        files[path] = render_mode(pack, mode)
    files |= dict(sorted(extra.items()))
    files[INDEX] = _index(pack, files).encode()
    files[_READ_ME[lang]] = _read_me(pack).replace("\n", "\r\n").encode("utf-8-sig")
    files[SUMS] = sums(files)
    return files


def _sheets(lang: Lang) -> Iterator[tuple[str, Sheet]]:
    """The sheets that have a file of their own, and where it is."""
    for rank, sheet in enumerate(_PAGES, start=1):
        yield f"{_SHEETS[lang]}/{rank:02}-{slug(WORDS[lang][f'sheet_{sheet}'])}.pdf", sheet


def _modes(pack: CrisisPack) -> Iterator[tuple[str, PackMode]]:
    """The sheets of degraded modes, and where each is."""
    for rank, mode in enumerate(pack.modes, start=1):
        yield f"{_MODES[pack.lang]}/{rank:02}-{slug(f'{mode.activity} {mode.title}')}.pdf", mode


def sums(files: Mapping[str, bytes]) -> bytes:
    """The hash of every file, as `sha256sum -c` reads it."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()


def zipped(files: Mapping[str, bytes], made_at: datetime) -> bytes:
    """The folder as one archive, under one top folder; the same files and time give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
            entry.external_attr = 0o100600 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def poster_path(activity: str, title: str, lang: Lang) -> str:
    """Where the poster of a degraded mode is in the folder."""
    return f"{POSTERS[lang]}/{slug(f'{activity} {title}')}.pdf"


def slug(text: str) -> str:
    """A name that every file system takes: lower case, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text.replace("’", " ")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:_LONGEST_NAME].strip("-") or "x"


def _read_me(pack: CrisisPack) -> str:
    expires = format_date(pack.expires_on, "d MMMM y", locale=pack.lang) if pack.expires_on else "–"
    made = instant(pack.made_at, pack.lang)
    if pack.lang == "fr":
        return f"""MALLETTE DE CRISE – {pack.establishment} (FINESS {pack.finess})
Faite le {made}. PÉRIMÉE APRÈS LE {expires.upper()}.

Ouvrez {INDEX} dans un navigateur, ou {DOCUMENT["fr"]} : aucun réseau n’est nécessaire.
Imprimez {DOCUMENT["fr"]} en noir et blanc, sur A4.

contacts.csv s’ouvre dans un tableur ; contacts.vcf s’ajoute à un téléphone.

Vérifier que rien n’a changé, sans réseau :
  Linux, macOS : sha256sum -c {SUMS}
  Windows (PowerShell) : Get-FileHash -Algorithm SHA256 {DOCUMENT["fr"]}, à comparer avec {SUMS}

Ces fichiers contiennent des numéros personnels. Dès qu’une nouvelle mallette existe, effacez celle-ci.
"""
    return f"""CRISIS PACK – {pack.establishment} (FINESS {pack.finess})
Made on {made}. OUTDATED AFTER {expires.upper()}.

Open {INDEX} in a browser, or {DOCUMENT["en"]}: no network is needed.
Print {DOCUMENT["en"]} in black and white, on A4.

contacts.csv opens in a spreadsheet; contacts.vcf is added to a phone.

Check that nothing changed, without network:
  Linux, macOS: sha256sum -c {SUMS}
  Windows (PowerShell): Get-FileHash -Algorithm SHA256 {DOCUMENT["en"]}, to compare with {SUMS}

These files hold personal numbers. As soon as there is a new pack, erase this one.
"""


# The index: one static page with no script and nothing from elsewhere.

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;color:#000;background:#fff;margin:1.5rem auto;max-width:60rem;padding:0 1rem}
h1{margin:0 0 .25rem}h2{margin:2rem 0 .5rem;border-bottom:2px solid #000}
.end{border:4px solid #000;padding:1rem;margin:1rem 0;text-align:center;font-size:1.6rem;font-weight:700}
table{border-collapse:collapse;width:100%}
caption{text-align:left;font-weight:700;padding:1rem 0 .25rem}
th,td{border:1px solid #777;padding:.4rem .6rem;text-align:left;vertical-align:top}
td.phone{white-space:nowrap;font-weight:700}
li{margin:.35rem 0}
a{color:#000}
.table{overflow-x:auto}
"""
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)


def _index(pack: CrisisPack, files: Collection[str]) -> str:
    """Whom to call comes first: at night, nobody reads a table of contents."""
    lang, words = pack.lang, WORDS[pack.lang]
    expires = format_date(pack.expires_on, "d MMMM y", locale=lang) if pack.expires_on else "–"
    made = instant(pack.made_at, lang)
    tables = "\n".join(_table(cell.name, cell.contacts, lang) for cell in pack.cells if cell.contacts)
    sheets = {path: words[f"sheet_{sheet}"] for path, sheet in _sheets(lang)}
    modes = "\n".join(_mode(path, mode, files, lang) for path, mode in _modes(pack))
    lists = {"contacts.csv": words["as_csv"], "contacts.vcf": words["as_vcard"]}
    return f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["title"]} – {escape(pack.establishment)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{words["title"]}</h1>
<p>{escape(pack.establishment)} · {words["finess"]} {escape(pack.finess)} · {words["made"]} {made}</p>
<p class="end">{words["expires"]} {expires}</p>
<ul>
{_links({DOCUMENT[lang]: words["whole"], **sheets})}
</ul>
<h2>{words["sheet_contacts"]}</h2>
<p>{words["fallback_help"]} {words["personal"]}</p>
{tables}
<ul>
{_links({path: title for path, title in lists.items() if path in files})}
</ul>
<h2>{words["sheet_modes"]}</h2>
<ul>
{modes or f"<li>{words['no_modes']}</li>"}
</ul>
<p>{words["use"]} {words["replace"]}</p>
</main>
</body>
</html>
"""


def _links(titles: Mapping[str, str]) -> str:
    return "\n".join(f'<li><a href="{escape(path)}">{escape(title)}</a></li>' for path, title in titles.items())


def _mode(path: str, mode: PackMode, files: Collection[str], lang: Lang) -> str:
    """A degraded mode, and its poster when there is one."""
    title, poster = escape(f"{mode.activity} – {mode.title}"), poster_path(mode.activity, mode.title, lang)
    beside = f' · <a href="{escape(poster)}">{WORDS[lang]["poster"]}</a>' if poster in files else ""
    return f'<li><a href="{escape(path)}">{title}</a>{beside}</li>'


def _table(name: str, contacts: tuple[PackContact, ...], lang: Lang) -> str:
    words = WORDS[lang]
    columns = "".join(f'<th scope="col">{words[key]}</th>' for key in ("function", "person", "phone", "fallback"))
    rows = "\n".join(_row(contact, words) for contact in contacts)
    return f"""<div class="table"><table>
<caption>{escape(name)}</caption>
<thead><tr>{columns}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>"""


def _row(contact: PackContact, words: Mapping[str, str]) -> str:
    person = ", ".join(filter(None, (contact.name, contact.organisation))) or words["to_appoint"]
    deputy = f"{words['deputy']}{words['colon']}{contact.deputy}" if contact.deputy else ""
    beside = "".join(f"<br>{escape(unbroken(one))}" for one in (deputy, contact.mail, contact.note) if one)
    lead = f"<br>{words['lead']}" if contact.lead else ""
    cells = (
        f'<th scope="row">{escape(contact.function)}{lead}</th>',
        f"<td>{escape(person)}{beside}</td>",
        f'<td class="phone">{_phone(contact.phone)}</td>',
        f'<td class="phone">{_phone(contact.fallback)}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _phone(number: str) -> str:
    """A number that a telephone dials when it is touched; one with words in it is only shown."""
    shown = escape(number)
    return f'<a href="tel:{re.sub(r"[^0-9+]", "", number)}">{shown}</a>' if _DIALLED.match(number) else shown
