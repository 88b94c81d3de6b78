"""Asks a host all its questions over UDP at once, twice at most, and reads what comes within a second.

Silence says nothing: a port that does not answer is open, filtered or closed, unless the host refuses it (ICMP). It is
never told to be closed.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from ipaddress import ip_address

from scanners.errors import system_reason
from scanners.exposure.collect_wire import ConversationOver, Pace
from scanners.exposure.facts import Port, Service, clean
from scanners.exposure.udp_questions import MAX_ANSWERS, Question
from scanners.model import Text

_TRIES = 2
_ANSWER_SECONDS = 1.0
_LOOK_SECONDS = 0.1
_MAX_BYTES = 4096
_REFUSALS = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.EACCES}
"""What the host or a filter on the way said by ICMP: the next send tells it."""
_RECVERR, _RECVERR6 = 11, 25
"""IP_RECVERR and IPV6_RECVERR: refusals are told even where answers may come from another port."""
_DATAGRAMS_A_CALL = 5
"""Where calls to a host are kept apart, so many datagrams may go in the place of one: *gentle* sends five a second."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a host answered, and why some questions could not be sent from here (None when all were)."""

    ports: tuple[Port, ...] = ()
    unsent: Text | None = None


@dataclass
class _Talk:
    """One question on its way. `over` when the host refuses, `unsent` when this machine does."""

    question: Question
    address: str
    line: socket.socket
    answers: list[bytes] = field(default_factory=list)
    over: bool = False
    unsent: OSError | None = None

    def begin(self) -> None:
        """Hear nobody but the port that is asked; except where answers come from another."""
        if not self.question.from_elsewhere:
            self.line.connect((self.address, self.question.port))

    def waits(self) -> bool:
        return not self.over and len(self.answers) < self.question.enough

    def send(self, message: bytes) -> None:
        try:
            self.line.sendto(message, (self.address, self.question.port))
        except OSError as error:
            self.over = True
            self.unsent = None if error.errno in _REFUSALS else error

    def receive(self) -> None:
        try:
            answer, sender = self.line.recvfrom(_MAX_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.over = True
            return
        if ip_address(sender[0]) == ip_address(self.address) and len(self.answers) < MAX_ANSWERS:
            self.answers.append(answer)

    def port(self) -> Port | None:
        """The port, named or not: who answers is there."""
        if not any(self.answers):
            return None
        heard = [answer for answer in self.answers if answer]
        service = self.question.read(heard) or Service(banner=clean(heard[0]))
        return Port(self.question.port, service, protocol="udp")


def ask_all(address: str, questions: Sequence[Question], pace: Pace) -> Heard:
    """What a host answers to the questions that may be asked of it."""
    wanted = [question for question in questions if not pace.forbids(question.port)]
    try:
        with pace.turn(), ExitStack() as lines:
            talks = [_Talk(one, address, lines.enter_context(_line(address))) for one in wanted]
            for talk in talks:
                talk.begin()
            for _ in range(_TRIES):
                _say(talks, pace)
                _listen(talks, pace)
    except ConversationOver:
        return Heard()
    except OSError as error:
        return Heard(unsent=system_reason(error))
    refused = next((talk.unsent for talk in talks if talk.unsent is not None), None)
    ports = tuple(port for talk in talks if (port := talk.port()) is not None)
    return Heard(ports, system_reason(refused) if refused else None)


def _line(address: str) -> socket.socket:
    """A socket that is told of refusals."""
    if ":" in address:
        line = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        line.setsockopt(socket.IPPROTO_IPV6, _RECVERR6, 1)
    else:
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        line.setsockopt(socket.IPPROTO_IP, _RECVERR, 1)
    line.setblocking(False)
    return line


def _say(talks: Sequence[_Talk], pace: Pace) -> None:
    for talk in talks:
        for message in talk.question.messages if talk.waits() else ():
            if pace.stop.wait(pace.seconds / _DATAGRAMS_A_CALL):
                return
            talk.send(message)


def _listen(talks: Sequence[_Talk], pace: Pace) -> None:
    until = time.monotonic() + _ANSWER_SECONDS
    with selectors.DefaultSelector() as selector:
        for talk in talks:
            selector.register(talk.line, selectors.EVENT_READ, talk)
        while any(talk.waits() for talk in talks) and time.monotonic() < until and not pace.stop.asked():
            for key, _ in selector.select(_LOOK_SECONDS):
                key.data.receive()
                if not key.data.waits():
                    selector.unregister(key.fileobj)
