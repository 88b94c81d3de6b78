"""The exposed zone of 128 addresses in network namespaces: started when asked for by its name only.

The code is in `tests.lab.exposure.zone`; `tests.lab.exposure` itself is the small zone on loopback.
"""

from tests.lab.exposure.zone import build, start, stop

__all__ = ["ON_DEMAND", "build", "start", "stop"]

ON_DEMAND = True
"""`python -m tests.lab start` leaves it out unless told `--parts zone`: nothing of the demonstration uses it."""
