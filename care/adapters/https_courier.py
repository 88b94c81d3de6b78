"""Questions to a region's installation, over HTTPS: certificate verified, no redirection, bounded time and size.

Proxies named in the environment are not used: what leaves goes where the page said, or through the one proxy that the
setting CARE_PROXY names. A server that sends its answer drop by drop is cut off at the end of the time allowed.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import SplitResult, urlsplit

from care.services.couriers import MAX_ANSWER_BYTES, Answer, Question, UnreachedError
from scanners.model import Text

CONNECT_SECONDS = 15.0
TOTAL_SECONDS = 120.0
"""From the first byte to the last: a bundle of 8 MiB over the slowest link of a hospital (1 Mbit/s) takes 70 s."""
_AGENT = "CaRE"
_SECURE_PORT = 443
_PROXY_PORT = 3128


class HttpsCourier:
    """One connection a question. `proxy` is `http://host:port`, or empty to connect directly."""

    def __init__(
        self, proxy: str = "", connect_seconds: float = CONNECT_SECONDS, seconds: float = TOTAL_SECONDS
    ) -> None:
        self._proxy = urlsplit(proxy) if proxy else None
        self._connect_seconds = connect_seconds
        self._seconds = seconds

    def ask(self, question: Question) -> Answer:
        """The answer, whatever its status, redirections excepted; UnreachedError when there is none to be used."""
        there = urlsplit(question.url)
        if there.scheme != "https" or not there.hostname:
            raise _not_https(question.url)
        try:
            connection = self._connection(there, question.trusted_pem)
            with self._cut_off(connection) as late:
                answer = _exchange(connection, there, question)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._said(there, error) from error
        if late.is_set():
            raise self._said(there, TimeoutError())
        if 300 <= answer.status < 400:
            raise _redirected(there)
        return answer

    def _connection(self, there: SplitResult, trusted_pem: str) -> http.client.HTTPSConnection:
        context = _context(trusted_pem)
        port = there.port or _SECURE_PORT
        host = there.hostname or ""
        if self._proxy is None:
            return http.client.HTTPSConnection(host, port, timeout=self._connect_seconds, context=context)
        made = http.client.HTTPSConnection(
            self._proxy.hostname or "", self._proxy.port or _PROXY_PORT, timeout=self._connect_seconds, context=context
        )
        made.set_tunnel(host, port)
        return made

    @contextmanager
    def _cut_off(self, connection: http.client.HTTPSConnection) -> Iterator[threading.Event]:
        """Connect, then end whatever goes on when the time is over: the event is set if that was needed."""
        late = threading.Event()

        def cut() -> None:
            late.set()
            with suppress(OSError):
                socket.socket.shutdown(connection_socket, socket.SHUT_RDWR)  # TLS would wait for the other side

        timer = threading.Timer(self._seconds, cut)
        timer.daemon = True
        try:
            connection.connect()
            connection_socket = connection.sock
            timer.start()
            yield late
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TimeoutError if late.is_set() else error from error
        finally:
            timer.cancel()
            connection.close()

    def _said(self, there: SplitResult, error: Exception) -> UnreachedError:
        place = there.netloc.rpartition("@")[2]
        if isinstance(error, ssl.SSLCertVerificationError):
            return _unknown(place, error.verify_message)
        if isinstance(error, TimeoutError):
            return UnreachedError(
                Text(
                    f"{place} n’a pas répondu à temps : un nouvel essai suivra.",
                    f"{place} did not answer in time: another attempt will follow.",
                )
            )
        through = f" ({self._proxy.netloc.rpartition('@')[2]})" if self._proxy is not None else ""
        detail = _cause(error)
        return UnreachedError(
            Text(
                f"{place} n’a pas pu être joint{through} : {detail.fr}. Vérifiez l’adresse, le pare-feu et CARE_PROXY.",
                f"{place} could not be reached{through}: {detail.en}. Check the address, the firewall and CARE_PROXY.",
            )
        )


def _context(trusted_pem: str) -> ssl.SSLContext:
    """TLS 1.2 at least; the authority given is then the only one believed."""
    if trusted_pem:
        return ssl.create_default_context(cadata=trusted_pem)
    return ssl.create_default_context()


def _exchange(connection: http.client.HTTPSConnection, there: SplitResult, question: Question) -> Answer:
    headers = {"User-Agent": _AGENT, "Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    if question.body is not None:
        headers["Content-Type"] = question.content_type
    target = (there.path or "/") + (f"?{there.query}" if there.query else "")
    connection.request("GET" if question.body is None else "POST", target, body=question.body, headers=headers)
    with connection.getresponse() as answer:
        body = answer.read(MAX_ANSWER_BYTES + 1)
        if len(body) > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too long")
        return Answer(answer.status, body)


def _cause(error: Exception) -> Text:
    """Why, in a few words: those of the machine are English."""
    if isinstance(error, ConnectionRefusedError):
        return Text("connexion refusée", "connection refused")
    if isinstance(error, socket.gaierror):
        return Text("ce nom est inconnu", "this name is unknown")
    if isinstance(error, ssl.SSLError):
        return Text("ce n’est pas un serveur TLS utilisable", "this is no usable TLS server")
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError):
        return Text("la connexion a été coupée", "the connection was cut")
    if isinstance(error, OSError) and error.strerror:
        return Text(error.strerror, error.strerror)
    return Text("la réponse est illisible", "the answer is unreadable")


def _unknown(place: str, why: str) -> UnreachedError:
    return UnreachedError(
        Text(
            f"Le certificat de {place} n’est pas reconnu ({why}) : rien n’a été envoyé. Donnez le certificat de son"
            " autorité, remis par la région.",
            f"The certificate of {place} is not recognised ({why}): nothing was sent. Give the certificate of its"
            " authority, as the region handed it over.",
        )
    )


def _not_https(url: str) -> UnreachedError:
    return UnreachedError(
        Text(
            f"L’adresse {url[:200]} n’est pas en https : rien n’a été envoyé.",
            f"The address {url[:200]} is not https: nothing was sent.",
        )
    )


def _redirected(there: SplitResult) -> UnreachedError:
    place = there.netloc.rpartition("@")[2]
    return UnreachedError(
        Text(
            f"{place} renvoie ailleurs : les redirections ne sont pas suivies. Demandez à la région l’adresse exacte.",
            f"{place} sends elsewhere: redirections are not followed. Ask the region for the exact address.",
        )
    )
