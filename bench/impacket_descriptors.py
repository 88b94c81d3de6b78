"""How many descriptors a CPU second impacket decodes: `python impacket_descriptors.py FILE`, in the peers' environment.

`FILE` holds descriptors, each after its length on four bytes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from impacket.ldap.ldaptypes import SR_SECURITY_DESCRIPTOR


def main() -> None:
    """Decode them all, print the count and the seconds."""
    content = Path(sys.argv[1]).read_bytes()
    at, found = 0, []
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "little")
        found.append(content[at + 4 : at + 4 + size])
        at += 4 + size
    before = time.process_time()
    entries = sum(len(SR_SECURITY_DESCRIPTOR(data=one)["Dacl"].aces) for one in found)
    print(len(found), entries, time.process_time() - before)


if __name__ == "__main__":
    main()
