"""The perimeter seen from the Internet, drawn: networks, their addresses, what each serves for, its gravest weakness.

Colour never speaks alone: each severity has its shape and its word. The picture is as wide as its columns, so that
words stay readable on a telephone, on a screen and on paper; a long one is cut into sheets for a document.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from reports.layers_svg import wrapped
from reports.plain import one_line
from reports.words import COLON, SEVERITY_NAMES, Lang, Severity, counted, number

_BOX, _HIGH, _GAP, _MARGIN, _INDENT = 152.0, 74.0, 8.0, 6.0, 16.0
_TOP, _HEAD, _BETWEEN = 34.0, 28.0, 10.0
_NAME, _SMALL = 12.5, 10.5
_ROOM = _BOX - 8
"""For words, whose width is estimated from above."""
_FONT = "Inter, system-ui, sans-serif"
_INK, _SOFT, _LINE = "#1b2733", "#4a5b61", "#82949a"
_COLOURS: dict[Severity | None, tuple[str, str]] = {
    Severity.CRITICAL: ("#8c1c2f", "#fae7ea"),
    Severity.HIGH: ("#a63a08", "#fdeee3"),
    Severity.MEDIUM: ("#745200", "#faf1d2"),
    Severity.LOW: ("#1c5a85", "#e5f0f8"),
    Severity.INFO: ("#51606f", "#eef1f3"),
    None: (_LINE, "#ffffff"),
}
"""By severity: border and mark, background."""
_MARKS: dict[Severity | None, str] = {
    Severity.CRITICAL: "M5 0L10 5L5 10L0 5Z",
    Severity.HIGH: "M5 0L10 9.5H0Z",
    Severity.MEDIUM: "M.5 .5H9.5V9.5H.5Z",
    Severity.LOW: "M5 0a5 5 0 1 1 0 10a5 5 0 1 1 0-10",
    Severity.INFO: "M5 1a4 4 0 1 1 0 8a4 4 0 1 1 0-8M5 3a2 2 0 1 0 0 4a2 2 0 1 0 0-4",
}
_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Carte du périmètre vu d’Internet",
        "internet": "Internet",
        "alone": "Adresses isolées",
        "again": "(suite)",
        "safe": "aucun constat ouvert",
        "everything": "répond sur tous les ports",
        "none": "aucun service reconnu",
        "address": "adresse",
        "addresses": "adresses",
        "network": "réseau",
        "networks": "réseaux",
    },
    "en": {
        "title": "Map of the perimeter seen from the Internet",
        "internet": "Internet",
        "alone": "Lone addresses",
        "again": "(continued)",
        "safe": "no open finding",
        "everything": "answers on every port",
        "none": "no service recognised",
        "address": "address",
        "addresses": "addresses",
        "network": "network",
        "networks": "networks",
    },
}


@dataclass(frozen=True, slots=True)
class MapAddress:
    """One address: how many services of each family it shows, by their names; its gravest weakness, how many it has.

    `everything`: it answers on every port, so that its services are not known.
    """

    address: str
    families: tuple[tuple[str, int], ...]
    worst: Severity | None
    findings: int
    everything: bool = False


@dataclass(frozen=True, slots=True)
class MapSheet:
    """One picture, a complete `<svg>` element named for people who do not see it; `wide` is its width in pixels."""

    svg: str
    title: str
    description: str
    wide: float


@dataclass(frozen=True, slots=True)
class _Network:
    name: str
    addresses: tuple[MapAddress, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """What goes down the picture: the head of a network, or a row of its boxes."""

    network: _Network
    boxes: tuple[MapAddress, ...] = ()

    @property
    def high(self) -> float:
        return _HIGH + _GAP if self.boxes else _HEAD + _BETWEEN


def width_of_map(columns: int) -> float:
    """The width of a picture of so many columns, in pixels."""
    return 2 * _MARGIN + _INDENT + columns * _BOX + (columns - 1) * _GAP


def perimeter_map(
    addresses: Sequence[MapAddress], lang: Lang, columns: int, tallest: float = float("inf")
) -> tuple[MapSheet, ...]:
    """The picture, in sheets no higher than `tallest` pixels; none when there is no address."""
    networks = _networks(addresses, lang)
    if not networks:
        return ()
    most = min(columns, max(len(one.addresses) for one in networks))
    sheets = list(_sheets(networks, most, tallest))
    description = _described(addresses, networks, lang)
    return tuple(
        _drawn(pieces, most, lang, description, f" {place}/{len(sheets)}" if len(sheets) > 1 else "")
        for place, pieces in enumerate(sheets, start=1)
    )


def _networks(addresses: Sequence[MapAddress], lang: Lang) -> list[_Network]:
    """By /24 and /64, in order; those that have one address only stand together at the end."""
    by_network: dict[ipaddress.IPv4Network | ipaddress.IPv6Network, list[MapAddress]] = defaultdict(list)
    for one in addresses:
        address = ipaddress.ip_address(one.address)
        size = 24 if address.version == 4 else 64
        by_network[ipaddress.ip_network(f"{address}/{size}", strict=False)].append(one)
    several = [network for network, found in by_network.items() if len(found) > 1]
    ordered = sorted(several, key=lambda network: (network.version, network.network_address.packed))
    found = [_Network(str(network), _in_order(by_network[network])) for network in ordered]
    alone = [one for mine in by_network.values() if len(mine) == 1 for one in mine]
    return [*found, *([_Network(_WORDS[lang]["alone"], _in_order(alone))] if alone else [])]


def _in_order(addresses: Sequence[MapAddress]) -> tuple[MapAddress, ...]:
    return tuple(sorted(addresses, key=lambda one: (":" in one.address, ipaddress.ip_address(one.address).packed)))


def _sheets(networks: Sequence[_Network], columns: int, tallest: float) -> Iterator[list[_Piece]]:
    pieces: list[_Piece] = []
    used = _TOP
    for network in networks:
        head = _Piece(network)
        rows = [
            _Piece(network, network.addresses[at : at + columns]) for at in range(0, len(network.addresses), columns)
        ]
        for place, row in enumerate(rows):
            new = [row] if place else [head, row]
            if pieces and used + sum(one.high for one in new) > tallest:
                yield pieces
                pieces, used, new = [], _TOP, [head, row]
            pieces += new
            used += sum(one.high for one in new)
    yield pieces


def _described(addresses: Sequence[MapAddress], networks: Sequence[_Network], lang: Lang) -> str:
    """How many addresses, in how many networks, and how many of each severity."""
    words = _WORDS[lang]
    severities = Counter(one.worst for one in addresses)
    told = [f"{SEVERITY_NAMES[lang][one]} {number(severities[one], lang)}" for one in Severity if severities[one]]
    told += [f"{words['safe']} {number(severities[None], lang)}"] if severities[None] else []
    several = counted(len(networks), words["network"], words["networks"], lang)
    whole = counted(len(addresses), words["address"], words["addresses"], lang)
    return f"{whole}, {several}{COLON[lang]}{', '.join(told)}."


def _drawn(pieces: Sequence[_Piece], columns: int, lang: Lang, description: str, place: str) -> MapSheet:
    words = _WORDS[lang]
    wide, tall = width_of_map(columns), _TOP + sum(one.high for one in pieces) + _MARGIN
    title = words["title"] + place
    svg = _root(title, description, wide, tall, pieces)
    _internet(svg, words["internet"], wide, pieces)
    y = _TOP
    for piece in pieces:
        if piece.boxes:
            for column, one in enumerate(piece.boxes):
                _box(svg, one, _MARGIN + _INDENT + column * (_BOX + _GAP), y, lang)
        else:
            again = "" if _begins(piece.network, pieces) else f" {words['again']}"
            _head(svg, piece.network, y + _BETWEEN, again, lang)
        y += piece.high
    return MapSheet(ET.tostring(svg, encoding="unicode"), title, description, wide)


def _begins(network: _Network, pieces: Sequence[_Piece]) -> bool:
    """Whether a network of this sheet begins on it."""
    return any(network.addresses[0] in one.boxes for one in pieces if one.network is network)


def _root(title: str, description: str, wide: float, tall: float, pieces: Sequence[_Piece]) -> ET.Element:
    seed = f"{title}{description}{wide}{tall}{[one.address for piece in pieces for one in piece.boxes]}"
    name = "perimeter-" + hashlib.sha256(seed.encode()).hexdigest()[:12]
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {wide:.0f} {tall:.0f}",
            "width": f"{wide:.0f}",
            "role": "img",
            "class": "perimeter-map",
            "aria-labelledby": f"{name}-title {name}-desc",
            "font-family": _FONT,
            "font-size": f"{_SMALL:g}",
            "fill": _INK,
        },
    )
    ET.SubElement(root, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{name}-desc"}).text = description
    return root


def _internet(root: ET.Element, word: str, wide: float, pieces: Sequence[_Piece]) -> None:
    """The bar on top, and the line that leads from it to each network."""
    spine = _MARGIN + 5
    heads, y = [], _TOP
    for piece in pieces:
        if not piece.boxes:
            heads.append(y + _BETWEEN + _HEAD / 2)
        y += piece.high
    line = f"M{spine:g} {_TOP - 10:g}V{heads[-1]:g}" + "".join(f"M{spine:g} {head:g}h9" for head in heads)
    ET.SubElement(root, "path", {"d": line, "class": "tie", "fill": "none", "stroke": _LINE, "stroke-width": "1.4"})
    bar = {"x": f"{_MARGIN:g}", "y": "4", "width": f"{wide - 2 * _MARGIN:g}", "height": "22", "rx": "11"}
    ET.SubElement(root, "rect", {**bar, "class": "outside", "fill": "#e1efee", "stroke": "#0b5a60"})
    place = {"x": f"{wide / 2:g}", "y": "19", "text-anchor": "middle", "font-weight": "600"}
    ET.SubElement(root, "text", place).text = word


def _head(root: ET.Element, network: _Network, y: float, again: str, lang: Lang) -> None:
    words = _WORDS[lang]
    count = counted(len(network.addresses), words["address"], words["addresses"], lang)
    place = {"x": f"{_MARGIN + _INDENT:g}", "y": f"{y + _HEAD / 2 + 4:g}", "font-size": f"{_NAME:g}"}
    text = ET.SubElement(root, "text", {**place, "font-weight": "600"})
    text.text = network.name + again
    if len(network.addresses) > 1:
        ET.SubElement(text, "tspan", {"font-weight": "400", "class": "word-soft", "fill": _SOFT}).text = f" · {count}"


def _box(root: ET.Element, one: MapAddress, x: float, y: float, lang: Lang) -> None:
    border, back = _COLOURS[one.worst]
    group = ET.SubElement(root, "g", {"class": f"box tone-{one.worst}" if one.worst else "box"})
    size = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{_BOX:g}", "height": f"{_HIGH:g}", "rx": "5"}
    ET.SubElement(group, "rect", {**size, "fill": back, "stroke": border})
    left = x + 9
    if one.worst:
        mark = {"d": _MARKS[one.worst], "transform": f"translate({left:g} {y + 9:g})", "fill": border}
        ET.SubElement(group, "path", {**mark, "fill-rule": "evenodd"})
    shift = 15 if one.worst else 0
    _write(group, left + shift, y + 19, _short(one.address), {"font-size": f"{_NAME:g}", "font-weight": "600"})
    _write(
        group,
        left,
        y + 35,
        _severity(one, lang),
        {"class": "word-tone", "fill": border if one.worst else _SOFT},
    )
    for place, line in enumerate(wrapped(_families(one, lang), _ROOM, _SMALL, 2)):
        _write(group, left, y + 51 + 14 * place, line, {"class": "word-soft", "fill": _SOFT})


def _write(group: ET.Element, x: float, y: float, text: str, more: dict[str, str]) -> None:
    ET.SubElement(group, "text", {"x": f"{x:g}", "y": f"{y:g}", **more}).text = text


def _severity(one: MapAddress, lang: Lang) -> str:
    if one.worst is None:
        return _WORDS[lang]["safe"]
    return f"{SEVERITY_NAMES[lang][one.worst]} · {number(one.findings, lang)}"


def _families(one: MapAddress, lang: Lang) -> str:
    if one.everything:
        return _WORDS[lang]["everything"]
    told = (f"{name} {number(count, lang)}" if count > 1 else name for name, count in one.families)
    return one_line(", ".join(told), lang) or _WORDS[lang]["none"]


def _short(address: str) -> str:
    """An address whole when it fits, else the end of it, which tells neighbours apart."""
    return address if len(address) <= 15 else f"…{address[-14:]}"
