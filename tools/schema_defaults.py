"""Writes scanners/ad/subjects/published_schema.py: fingerprints of the default permissions of published schemas.

The texts are those of Microsoft’s Open Specifications (MS-ADSC), as Samba ships them in its `ad-schema` folder. Only
fingerprints are kept: the texts bear a copyright that Samba’s own note asks to be careful with.
`python -m tools.schema_defaults [FOLDER]`.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

from scanners.ad.sddl import digest

FOLDER = Path("/usr/share/samba/setup/ad-schema")
TARGET = Path("scanners/ad/subjects/published_schema.py")
FILES = (
    "MS-AD_Schema_2K8_Classes.txt",
    "Classes_for_AD_DS__Windows_Server_2008_R2.ldf",
    "Classes_for_AD_DS__Windows_Server_2012.ldf",
    "AD_DS_Classes__Windows_Server_2012_R2.ldf",
    "AD_DS_Classes__Windows_Server_2016.ldf",
)
HEAD = '''"""Default permissions of the classes that Microsoft publishes (MS-ADSC), from Windows Server 2008 to 2016.

Written by `python -m tools.schema_defaults`: do not edit. Each line is the fingerprint of a default descriptor
(`scanners.ad.sddl.digest`) and the classes that have it in one version of the schema at least.
"""

from __future__ import annotations

from typing import Final

_CLASSES: Final = {
'''
TAIL = """}
PUBLISHED: Final[frozenset[tuple[str, str]]] = frozenset(
    (name, fingerprint) for fingerprint, names in _CLASSES.items() for name in names.split()
)
\"\"\"Every published pair of a class, in small letters, and the fingerprint of its default permissions.\"\"\"
CLASSES: Final[frozenset[str]] = frozenset(name for name, _ in PUBLISHED)
\"\"\"The classes that are published; others were added by a product.\"\"\"
"""


def classes_of(text: str) -> dict[str, str]:
    """Default permissions by class, from one file of the folder."""
    found = {}
    for block in re.split(r"\n[ \t]*\n", text.replace("\r", "").replace("\n ", "")):
        name = re.search(r"(?mi)^ldapdisplayname: *(\S+)", block)
        permissions = re.search(r"(?mi)^defaultsecuritydescriptor: *(\S.*)$", block)
        if name and permissions:
            found[name[1].lower()] = permissions[1]
    return found


def module(folder: Path) -> str:
    """The text of the module."""
    names: dict[str, set[str]] = defaultdict(set)
    for file in FILES:
        for name, permissions in classes_of((folder / file).read_text(encoding="latin-1")).items():
            names[digest(permissions)].add(name)
    lines = []
    for fingerprint, classes in sorted(names.items()):
        lines.append(f'    "{fingerprint}": (\n')
        row = ""
        for name in sorted(classes):
            if len(row) + len(name) > 96:
                lines.append(f'        "{row}"\n')
                row = ""
            row += f"{name} "
        lines.append(f'        "{row.rstrip()}"\n    ),\n')
    return HEAD + "".join(lines) + TAIL


if __name__ == "__main__":
    TARGET.write_text(module(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER), encoding="utf-8")
