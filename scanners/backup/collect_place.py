"""How a tool reaches a repository: a folder of this machine, another machine over SSH, a REST server, an S3 service.

Nothing of a plan becomes a word of a command: addresses and secrets travel in the environment or in files of ours. SSH
knows one machine by a name of ours, accepts no key but the declared one, no agent and no question.
"""

from __future__ import annotations

import http.client
import ipaddress
import shlex
import shutil
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from scanners.backup.collect_errors import meaning
from scanners.backup.collect_process import Call, ToolFailedError, environment, output_of
from scanners.backup.collect_repository import UnreadableError, short
from scanners.backup.facts import RepositoryPlan, RestPlace, S3Place, SshPlace
from scanners.backup.plan import remote_path
from scanners.errors import system_reason

CONNECT_SECONDS = 15
_NAME = "care-repository"
_SSH_FAILED = 255
"""What ssh ends with for a failure of its own; another code is that of what answered, which may refuse the command."""
_EVERYONE = ipaddress.ip_address("255.255.255.255")
_SSH_CONFIG = f"""Host {_NAME}
  HostName {{address}}
  HostKeyAlias {{known}}
  Port {{port}}
  User {{user}}
  IdentityFile "{{key}}"
  UserKnownHostsFile "{{hosts}}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  VerifyHostKeyDNS no
  CheckHostIP no
  IdentitiesOnly yes
  IdentityAgent none
  BatchMode yes
  PreferredAuthentications publickey
  PasswordAuthentication no
  KbdInteractiveAuthentication no
  ForwardAgent no
  ForwardX11 no
  ClearAllForwardings yes
  PermitLocalCommand no
  ProxyCommand none
  ControlMaster no
  ControlPath none
  RequestTTY no
  ConnectTimeout {CONNECT_SECONDS}
  ServerAliveInterval 15
  ServerAliveCountMax 4
  LogLevel ERROR
"""


@dataclass(frozen=True)
class Access:
    """Where a repository is, as its tool is told: `address`, words of ours before its own, variables.

    `folder` is set when it is on this machine: sizes, locks and settings are then read on the spot. `hidden` holds the
    secrets to strike from what the tool says.
    """

    address: str
    words: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    hidden: tuple[str, ...] = ()


def access_to(planned: RepositoryPlan, secret: str, scratch: Path) -> Access:
    """How to reach a repository, once the way there was tried. UnreadableError when it cannot be."""
    remote = planned.remote
    if remote is None:
        folder = Path(planned.location)
        return Access(str(folder), folder=folder)
    if not secret and not (remote.kind == "rest" and not remote.user):
        raise UnreadableError(
            "aucun secret d’accès n’a été donné (clé SSH, mot de passe du serveur ou clé secrète), ajoutez-le.",
            "no access secret was given (SSH key, password of the server or secret key), add it.",
        )
    address = reached(remote.host, remote.port)
    if remote.kind == "ssh":
        return _over_ssh(planned, remote, secret, address, scratch)
    if remote.kind == "rest":
        return _over_rest(remote, secret, scratch)
    return _over_s3(remote, secret, scratch)


def reached(host: str, port: int) -> str:
    """The address of a machine that answers there. UnreadableError when it does not, or is no single machine."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]).partition("%")[0] for one in found]
        if any(_no_machine(address) for address in addresses):
            raise UnreadableError(
                f"l’adresse de {host} n’est pas celle d’une machine (groupe, lien local ou aucune), corrigez-la.",
                f"the address of {host} is not that of a machine (group, link-local or none), correct it.",
            )
        with socket.create_connection((addresses[0], port), CONNECT_SECONDS):
            return addresses[0]
    except OSError as error:
        why = system_reason(error)
        raise UnreadableError(
            f"{host}:{port} n’est pas joignable ({why.fr}), vérifiez l’adresse, le pare-feu et le service.",
            f"{host}:{port} cannot be reached ({why.en}), check the address, the firewall and the service.",
        ) from error


def _no_machine(text: str) -> bool:
    address = ipaddress.ip_address(text)
    known = (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address
    return known.is_multicast or known.is_unspecified or known.is_link_local or known == _EVERYONE


# ---------------------------------------------------------------- SSH


def _over_ssh(planned: RepositoryPlan, place: SshPlace, secret: str, address: str, scratch: Path) -> Access:
    if shutil.which("ssh") is None:
        raise UnreadableError(
            "le programme ssh n’est pas installé, installez le paquet openssh-client.",
            "the program ssh is not installed, install the package openssh-client.",
        )
    key = _kept(scratch / "ssh_key", secret.replace("\r\n", "\n").rstrip("\n") + "\n")
    hosts = _kept(scratch / "known_hosts", place.host_keys.rstrip("\n") + "\n")
    known = place.host if place.port == 22 else f"[{place.host}]:{place.port}"
    words = _SSH_CONFIG.format(address=address, known=known, port=place.port, user=place.user, key=key, hosts=hosts)
    config = _kept(scratch / "ssh_config", words)
    _let_in(config, scratch)
    command = f"ssh -F {shlex.quote(str(config))}"
    hidden = tuple(line for line in secret.splitlines() if line)
    if planned.tool == "borg":
        return Access(f"ssh://{_NAME}{place.path}", variables={"BORG_RSH": command}, hidden=hidden)
    option = ("-o", f"sftp.command={command} {_NAME} -s sftp")
    return Access(f"sftp:{_NAME}:{place.path}", option, hidden=hidden)


def _let_in(config: Path, scratch: Path) -> None:
    """Knock once, so that a refusal is told as such: tools take it for a repository that cannot be read."""
    command = ("ssh", "-F", str(config), _NAME, "true")
    try:
        output_of(Call(command, environment(scratch), scratch, 2 * CONNECT_SECONDS))
    except ToolFailedError as error:
        if error.code == _SSH_FAILED:
            raise meaning(error.words) or UnreadableError(
                f"la connexion SSH échoue ({short(error.words)}).", f"the SSH connection fails ({short(error.words)})."
            ) from error


def _kept(path: Path, text: str) -> Path:
    """A file that only we can read."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


# ---------------------------------------------------------------- REST and S3


def _over_rest(place: RestPlace, secret: str, scratch: Path) -> Access:
    status = ask_rest(place, secret, "GET", "config")
    if status in (401, 403):
        raise UnreadableError(
            "compte ou mot de passe du serveur refusé, corrigez le secret d’accès.",
            "account or password refused by the server, correct the access secret.",
        )
    if status != 200:
        raise UnreadableError(
            f"aucun dépôt à cet endroit du serveur (réponse {status}), vérifiez le chemin.",
            f"no repository at that place of the server (answer {status}), check the path.",
        )
    login = f"{quote(place.user, safe='')}:{quote(secret, safe='')}@" if place.user else ""
    path = f"{remote_path(place)}/" if place.path else ""
    address = f"rest:{_scheme(place)}://{login}{_written(place.host)}:{place.port}/{path}"
    return Access(address, _authority(place, scratch), hidden=_hidden(secret))


def ask_rest(place: RestPlace, secret: str, method: str, name: str) -> int:
    """The status a REST server answers with; UnreadableError when it does not speak that way."""
    login = b64encode(f"{place.user}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {login}"} if place.user else {}
    return _status(place, method, "/" + "/".join(part for part in (place.path, name) if part), headers)[0]


def _over_s3(place: S3Place, secret: str, scratch: Path) -> Access:
    return Access(
        f"s3:{_scheme(place)}://{_written(place.host)}:{place.port}/{remote_path(place)}",
        ("-o", "s3.bucket-lookup=path", *_authority(place, scratch)),
        {
            "AWS_ACCESS_KEY_ID": place.access_key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": place.region or "us-east-1",
        },
        hidden=_hidden(secret),
    )


def asked(place: RestPlace | S3Place, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """The status and the first bytes of the answer to a GET."""
    return _status(place, "GET", path, headers)


_ANSWER_BYTES = 64 << 10


def _status(place: RestPlace | S3Place, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    connection = _connection(place)
    try:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(_ANSWER_BYTES)
    except ssl.SSLCertVerificationError as error:
        raise UnreadableError(
            f"le certificat de {place.host} n’est pas reconnu, donnez son autorité (ca) ou corrigez le certificat.",
            f"the certificate of {place.host} is not trusted, give its authority (ca) or correct the certificate.",
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise UnreadableError(
            f"{place.host}:{place.port} ne répond pas comme un serveur de dépôts, vérifiez port et TLS.",
            f"{place.host}:{place.port} does not answer as a repository server, check the port and TLS.",
        ) from error
    finally:
        connection.close()


def _connection(place: RestPlace | S3Place) -> http.client.HTTPConnection:
    if not place.tls:
        return http.client.HTTPConnection(place.host, place.port, timeout=CONNECT_SECONDS)
    try:
        context = ssl.create_default_context(cadata=place.ca or None)
    except ssl.SSLError as error:
        raise UnreadableError(
            "l’autorité donnée (ca) n’est pas un certificat PEM lisible, copiez-la de nouveau.",
            "the authority given (ca) is not a readable PEM certificate, copy it again.",
        ) from error
    return http.client.HTTPSConnection(place.host, place.port, timeout=CONNECT_SECONDS, context=context)


def _authority(place: RestPlace | S3Place, scratch: Path) -> tuple[str, ...]:
    return ("--cacert", str(_kept(scratch / "authority.pem", place.ca))) if place.ca else ()


def _scheme(place: RestPlace | S3Place) -> str:
    return "https" if place.tls else "http"


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _hidden(secret: str) -> tuple[str, ...]:
    return tuple({secret, quote(secret, safe="")} - {""})
