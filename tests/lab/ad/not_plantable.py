"""The rules of the directory that no domain of the lab can put at fault, each with what was tried."""

from __future__ import annotations

from typing import Final

NOT_PLANTABLE: Final = {
    "ad.controller_clock": (
        "Samba tells the time of the machine it runs on, and a time namespace of Linux only moves the clocks that "
        "count from the start, never the date. It is found on the lab's controller by making our own clock late "
        "(`test_ad_binds`)."
    ),
    "ad.ldaps_ssl": (
        "Samba speaks TLS through GnuTLS, which Debian builds without SSL 3.0 (the priority NORMAL:-VERS-ALL:"
        "+VERS-SSL3.0 is refused: no protocol is left) and which never spoke SSL 2.0. The answer of a server that "
        "does is scripted in `tests/unit/ad/test_transport.py`."
    ),
}
