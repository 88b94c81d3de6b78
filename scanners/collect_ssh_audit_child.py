"""The child that runs ssh-audit: `PAUSE ADDRESS PORT`, its JSON on the output, each connection after a pause."""

from __future__ import annotations

import resource
import sys
import time

from ssh_audit.ssh_audit import main as ssh_audit
from ssh_audit.ssh_socket import SSH_Socket

MEMORY_BYTES = 512 << 20
"""It holds 25 MB; what a stranger sends must not cost what the whole collection may take."""


def main(pause: float, address: str, port: str) -> int:
    """Run ssh-audit on one port; what it returns."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    connect = SSH_Socket.connect

    def spaced(self: SSH_Socket) -> str | None:
        time.sleep(pause)
        failure: str | None = connect(self)
        return failure

    SSH_Socket.connect = spaced
    sys.argv = ["ssh-audit", "-j", "--skip-rate-test", "-t", "3", "-p", port, address]
    return int(ssh_audit())


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2], sys.argv[3]))
