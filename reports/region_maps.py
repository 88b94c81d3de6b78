"""Maps of regional reports: the regions of the nation by indicator; for entitled readers, establishments.

A region whose figure may not be told is drawn like one without a figure; the table says which of both it is.
"""

from __future__ import annotations

from reports.charts import Chart
from reports.maps import RegionFigure as Painted
from reports.maps import Spot, SpotKind, place_map, region_map
from reports.plain import name_line
from reports.region_model import Extent, RegionIndicator, RegionPart, RegionReport, RegionSite
from reports.region_words import NOTHING, WORDS, ratio_text, share_text
from reports.words import Lang

_KINDS = (("disc", "#0b5a60"), ("diamond", "#2b7f83"), ("ring", "#51606f"), ("cross", "#51606f"))
"""Answered to everything, to a part, to nothing; under a pseudonym."""


def main_map(report: RegionReport) -> Chart | None:
    """The map of the first page: who answered, in the report of a region or of a GHT for entitled readers."""
    if report.extent not in (Extent.REGION, Extent.GHT) or report.public or not report.sites:
        return None
    words = _WORDS[report.lang]
    header = (words["establishment"], words["answered"])
    spots = [_spot(one, report.lang) for one in report.sites]
    return place_map(words["who"], report.place_code, header, spots, report.lang)


def _spot(site: RegionSite, lang: Lang) -> Spot:
    rank = 3 if site.masked else 0 if site.answered >= site.asked > 0 else 1 if site.answered else 2
    form, colour = _KINDS[rank]
    kind = SpotKind(form, colour, _WORDS[lang]["kinds"].split("|")[rank])
    answered = site_text(site, lang)
    return Spot(name_line(site.name, lang), kind, (answered,), site.longitude, site.latitude, site.department)


def site_text(site: RegionSite, lang: Lang) -> str:
    """To how many indicators an establishment answered."""
    return WORDS[lang]["masked"] if site.masked else ratio_text(site.answered, site.asked, lang)


def part_map(one: RegionIndicator, lang: Lang) -> Chart | None:
    """The regions painted by their share; None where there is no share to paint."""
    if not one.parts or not one.is_share:
        return None
    words = _WORDS[lang]
    header = (words["region"], words["share"], "n / N", words["answered_of"])
    legend = tuple(words["step"].format(low=20 * rank, high=20 * (rank + 1)) for rank in range(5))
    return region_map(name_line(one.title, lang), header, [_painted(part, lang) for part in one.parts], legend, lang)


def _painted(part: RegionPart, lang: Lang) -> Painted:
    counts = part.figure.counts
    if counts is None:
        return Painted(part.code, part.name, None, "", (WORDS[lang]["withheld_short"], NOTHING, NOTHING))
    answers = ratio_text(counts.answered, counts.asked, lang)
    if counts.share is None:
        return Painted(part.code, part.name, None, "", (NOTHING, NOTHING, answers))
    text = share_text(counts.share, lang)
    ratio = ratio_text(counts.numerator, counts.denominator, lang)
    return Painted(part.code, part.name, float(counts.share), text, (text, ratio, answers))


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "who": "Qui a répondu ce mois",
        "establishment": "Établissement",
        "answered": "Indicateurs répondus",
        "answered_of": "Répondants",
        "kinds": "A répondu à tout|A répondu en partie|N’a pas répondu|Répond sous pseudonyme",
        "region": "Région",
        "share": "Part",
        "step": "{low} à {high}\u00a0%",
    },
    "en": {
        "who": "Who answered this month",
        "establishment": "Establishment",
        "answered": "Indicators answered",
        "answered_of": "Answered",
        "kinds": "Answered everything|Answered in part|Did not answer|Answers under a pseudonym",
        "region": "Region",
        "share": "Share",
        "step": "{low} to {high}%",
    },
}
