"""ssh-audit on one port, at the pace of its host."""

from __future__ import annotations

import threading

from scanners.collect_ssh_audit import with_audit
from scanners.exposure.collect_wire import Reach
from scanners.ssh_offer import Ssh

_AT_ONCE = threading.BoundedSemaphore(4)


def audited(reach: Reach, offer: Ssh) -> Ssh:
    """The offer with what ssh-audit says of the server; as it was when it could not look."""
    with _AT_ONCE, reach.pace.turn():
        return with_audit(offer, reach.address, reach.port, reach.pace.seconds, reach.pace.stop)
