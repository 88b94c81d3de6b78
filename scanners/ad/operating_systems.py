"""When Microsoft stops correcting each version of Windows Server (end of extended support, public life-cycle pages).

Paid extensions (ESU) are not counted: the directory does not tell who bought them.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_SERVERS: Final = (
    (r"windows nt", date(2004, 12, 31)),
    (r"windows 2000", date(2010, 7, 13)),
    (r"server\W*(®|™)?\W*2003", date(2015, 7, 14)),
    (r"server\W*(®|™)?\W*2008", date(2020, 1, 14)),
    (r"server\W*(®|™)?\W*2012", date(2023, 10, 10)),
    (r"server\W*(®|™)?\W*2016", date(2027, 1, 12)),
    (r"server\W*(®|™)?\W*2019", date(2029, 1, 9)),
    (r"server\W*(®|™)?\W*2022", date(2031, 10, 14)),
    (r"server\W*(®|™)?\W*2025", date(2034, 11, 14)),
)
_WORKSTATIONS: Final = (
    (r"windows xp", date(2014, 4, 8)),
    (r"windows vista", date(2017, 4, 11)),
    (r"windows 7", date(2020, 1, 14)),
    (r"windows 8\.1", date(2023, 1, 10)),
    (r"windows 8(?!\.)", date(2016, 1, 12)),
)


def end_of_support(operating_system: str) -> date | None:
    """The last day of corrections for a version as the directory names it, None when it is not in the table."""
    name = operating_system.lower()
    for pattern, end in (*_SERVERS, *_WORKSTATIONS):
        if re.search(pattern, name):
            return end
    return None
