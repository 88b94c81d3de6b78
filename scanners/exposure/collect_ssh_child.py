"""The child that runs ssh-audit: `PAUSE ADDRESS PORT`, its JSON on the output, each connection after a pause."""

from __future__ import annotations

import sys
import time

from ssh_audit.ssh_audit import main as ssh_audit
from ssh_audit.ssh_socket import SSH_Socket


def main(pause: float, address: str, port: str) -> int:
    """Run ssh-audit on one port; what it returns."""
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
