"""Mail handed to the establishment's relay by SMTP, one connection a message.

The phases are told apart: until the relay has the whole message a failure means “surely not sent”; once the content
is on its way and no answer comes back, nobody can tell.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from pathlib import Path

from care.services.mailing import MaybeSent, NotSent
from scanners.model import Text

_TIMEOUT_SECONDS = 30.0
_OK = 250
_FORWARDED = 251
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail goes. `user` is empty when the relay asks for no sign-in.

    `ca_file` (PEM) holds the authority that signed its certificate, when it is not one the system knows.
    """

    host: str
    port: int
    starttls: bool
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    timeout: float = _TIMEOUT_SECONDS


class SmtpMailer:
    """Sends through one relay."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def send(self, message: EmailMessage) -> None:
        """Returns once the relay accepted the message. NotSent or MaybeSent say what is known otherwise."""
        try:
            connection = smtplib.SMTP(self._relay.host, self._relay.port, timeout=self._relay.timeout)
        except (OSError, smtplib.SMTPException) as error:
            raise self._not_sent(error) from error
        try:
            self._introduce(connection)
            self._address(connection, message)
            self._hand_over(connection, message)
        finally:
            connection.close()

    def _introduce(self, connection: smtplib.SMTP) -> None:
        try:
            connection.ehlo_or_helo_if_needed()
            if self._relay.starttls:
                connection.starttls(context=self._trusted())
                connection.ehlo()
            if self._relay.user and self._relay.password_file:
                connection.login(self._relay.user, self._relay.password_file.read_text(encoding="utf-8").strip())
        except (OSError, smtplib.SMTPException) as error:
            raise self._not_sent(error) from error

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._relay.ca_file)
        except OSError as error:
            raise NotSent(_unreadable(self._relay.ca_file, error), for_ever=False, unreachable=True) from error

    def _address(self, connection: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            sender = getaddresses([str(message["From"])])[0][1]
            answers = [connection.mail(sender)]
            answers += [connection.rcpt(address) for _, address in getaddresses([str(message["To"])])]
        except (OSError, smtplib.SMTPException) as error:
            raise self._not_sent(error, unreachable=False) from error
        for code, said in answers:
            if code not in (_OK, _FORWARDED):
                raise _refused(code, said)

    def _hand_over(self, connection: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            code, said = connection.data(message.as_bytes(policy=SMTP))
        except smtplib.SMTPDataError as error:  # refused before the content was sent
            raise _refused(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MaybeSent(
                Text(
                    f"Le relais {self._relay.host} s’est tu pendant l’envoi ({error}) : impossible de savoir si le "
                    "message est parti. Renvoyez-le si son destinataire ne l’a pas reçu.",
                    f"The relay {self._relay.host} fell silent while sending ({error}): nobody can tell whether the "
                    "message left. Send it again if its recipient did not get it.",
                )
            ) from error
        if code != _OK:
            raise _refused(code, said)

    def _not_sent(self, error: Exception, *, unreachable: bool = True) -> NotSent:
        relay = f"{self._relay.host}:{self._relay.port}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return NotSent(_unknown(relay, error.verify_message), for_ever=False, unreachable=True)
        return NotSent(
            Text(
                f"Le relais de messagerie {relay} n’a pas pu servir ({error}) ; vérifiez les réglages CARE_SMTP_*.",
                f"The mail relay {relay} could not be used ({error}); check the CARE_SMTP_* settings.",
            ),
            for_ever=False,
            unreachable=unreachable,
        )


class NoMailer:
    """Stands in when no relay is configured: messages wait in the outbox."""

    def send(self, message: EmailMessage) -> None:
        """Always NotSent."""
        raise NotSent(
            Text(
                "Aucun relais de messagerie n’est réglé ; donnez CARE_SMTP_HOST et CARE_SMTP_FROM.",
                "No mail relay is configured; set CARE_SMTP_HOST and CARE_SMTP_FROM.",
            ),
            for_ever=False,
            unreachable=True,
        )


def _unreadable(ca_file: Path | None, error: OSError) -> Text:
    return Text(
        f"Le certificat d’autorité {ca_file} ne peut pas être lu ({error}) : rien n’a été envoyé. Corrigez "
        "CARE_SMTP_CA_FILE.",
        f"The authority certificate {ca_file} cannot be read ({error}): nothing was sent. Fix CARE_SMTP_CA_FILE.",
    )


def _unknown(relay: str, why: str) -> Text:
    return Text(
        f"Le certificat du relais de messagerie {relay} n’est pas reconnu ({why}) : rien n’a été envoyé. Donnez le "
        "certificat de son autorité dans CARE_SMTP_CA_FILE.",
        f"The certificate of the mail relay {relay} is not recognised ({why}): nothing was sent. Give the certificate "
        "of its authority in CARE_SMTP_CA_FILE.",
    )


def _refused(code: int, said: bytes | str) -> NotSent:
    detail = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return NotSent(
        Text(f"Le relais a refusé le message ({code} {detail}).", f"The relay refused the message ({code} {detail})."),
        for_ever=code >= _PERMANENT,
    )
