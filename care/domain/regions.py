"""The 18 regions as INSEE numbers them, the departments of each, and the overseas codes of the FINESS extract.

The names of the regional e-health groups (GRADeS) come with `to_check`: no official list was found, except three names
seen in official documents; they can be edited.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """A region: INSEE code, name, name of its GRADeS and whether that name still has to be checked."""

    code: str
    name: str
    grades: str
    to_check: bool = True


REGIONS: tuple[RegionFacts, ...] = (
    RegionFacts("01", "Guadeloupe", "Archipel 971 / e-santé"),
    RegionFacts("02", "Martinique", "SIS Martinique"),
    RegionFacts("03", "Guyane", "Guyasis"),
    RegionFacts("04", "La Réunion", "TESIS (océan Indien)"),
    RegionFacts("06", "Mayotte", "TESIS (océan Indien)"),
    RegionFacts("11", "Île-de-France", "SESAN"),
    RegionFacts("24", "Centre-Val de Loire", "e-santé Centre-Val de Loire"),
    RegionFacts("27", "Bourgogne-Franche-Comté", "GRADeS BFC"),
    RegionFacts("28", "Normandie", "Normand’e-Santé"),
    RegionFacts("32", "Hauts-de-France", "Inéa"),
    RegionFacts("44", "Grand Est", "Pulsy"),
    RegionFacts("52", "Pays de la Loire", "e-santé Pays de la Loire"),
    RegionFacts("53", "Bretagne", "e-santé Bretagne"),
    RegionFacts("75", "Nouvelle-Aquitaine", "ESEA", to_check=False),
    RegionFacts("76", "Occitanie", "e-santé Occitanie", to_check=False),
    RegionFacts("84", "Auvergne-Rhône-Alpes", "Sara"),
    RegionFacts("93", "Provence-Alpes-Côte d’Azur", "ieSS", to_check=False),
    RegionFacts("94", "Corse", "Corse e-santé"),
)

# Department (INSEE) of each region.
DEPARTMENTS: dict[str, tuple[str, ...]] = {
    "01": ("971",),
    "02": ("972",),
    "03": ("973",),
    "04": ("974",),
    "06": ("976",),
    "11": ("75", "77", "78", "91", "92", "93", "94", "95"),
    "24": ("18", "28", "36", "37", "41", "45"),
    "27": ("21", "25", "39", "58", "70", "71", "89", "90"),
    "28": ("14", "27", "50", "61", "76"),
    "32": ("02", "59", "60", "62", "80"),
    "44": ("08", "10", "51", "52", "54", "55", "57", "67", "68", "88"),
    "52": ("44", "49", "53", "72", "85"),
    "53": ("22", "29", "35", "56"),
    "75": ("16", "17", "19", "23", "24", "33", "40", "47", "64", "79", "86", "87"),
    "76": ("09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82"),
    "84": ("01", "03", "07", "15", "26", "38", "42", "43", "63", "69", "73", "74"),
    "93": ("04", "05", "06", "13", "83", "84"),
    "94": ("2A", "2B"),
}

REGION_OF_DEPARTMENT: dict[str, str] = {
    department: region for region, departments in DEPARTMENTS.items() for department in departments
}

# Codes of the FINESS extract for overseas departments, and their INSEE equivalent. Wallis-et-Futuna has no region.
OVERSEAS: dict[str, str] = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9F": "976", "9J": "986"}


def insee_department(code: str) -> str:
    """The INSEE code of a department as the extract writes it."""
    return OVERSEAS.get(code, code)


def region_of_department(code: str) -> str | None:
    """The region of a department, written as INSEE or as the extract does; None where there is none."""
    return REGION_OF_DEPARTMENT.get(insee_department(code))
