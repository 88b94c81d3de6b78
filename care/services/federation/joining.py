"""Joining a region: ask with its code, over HTTPS or by file; take its answer; send once a person compared its key.

Nothing leaves before somebody enabled the link. A region that was left is asked again with the identifier it knows, and
numbers go on where they were.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.enrolments import (
    EnrolmentAnswer,
    EnrolmentRequest,
    normal_code,
    read_answer,
    write_request,
)
from care.domain.federation import DeliveryState
from care.domain.signed_documents import DocumentError, raw_public_key
from care.services.couriers import Answer, Question, UnreachedError
from care.services.errors import Invalid, NotFound, Refused
from care.services.federation.authorities import AuthorityFileError, read_authority
from care.services.federation.links import allow, locked_link, region_fingerprint, thing_of
from care.services.federation.refusals import told_in
from care.services.federation.region_keys import believe, was_left
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import record
from care.store.federation import RegionLink, SentBundle
from scanners.model import Scalar, Text

DEFAULT_MONTHS = 13
MOST_MONTHS = 60
MAX_NAME = 200
_MAX_URL = 500
_ENROLMENTS = "/federation/enrolments"
_FIELDS = {
    "url": Text("l’adresse", "the address"),
    "trusted_pem": Text("l’autorité du certificat", "the authority of the certificate"),
    "months": Text("le nombre de mois", "the number of months"),
}
_CODE = Text(
    "Ce n’est pas un code d’inscription : 24 signes en six groupes, donnés par la région.",
    "This is no code of enrolment: 24 signs in six groups, given by the region.",
)
_DROPPED = Text(
    "La région a été quittée avant que ce lot ne parte.", "The region was left before this bundle could leave."
)


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """Where a region is: `https://…`, empty when everything travels by file; `authority` is the file of its
    certificate's authority, when it is not one of the machine's."""

    url: str = ""
    authority: bytes = b""
    months: int = DEFAULT_MONTHS


def begin(platform: Platform, scope: Scope, draft: LinkDraft) -> int:
    """Remember the region that is going to be asked; nothing is sent. Returns the number of the link.

    One that was begun for the same address and never answered is taken up again: a wrong code or a network that is down
    leaves no second link behind.
    """
    allow(scope)
    now = platform.clock.now()
    url, trusted_pem = _checked(draft)
    with platform.database.write() as session:
        begun = session.scalars(_unanswered(url)).first() if url else None  # by file, several may be asked at once
        if begun is not None:
            begun.trusted_pem, begun.months = trusted_pem, draft.months
            _changed(begun, scope, now)
            detail: dict[str, Scalar] = {"url": url, "version": begun.version}
            record(session, scope, "region_link.begun", thing_of(begun), now, detail)
            return begun.id
        link = RegionLink(
            identifier=str(uuid.uuid4()),
            name="",
            url=url,
            region_key="",
            trusted_pem=trusted_pem,
            establishments=[],
            months=draft.months,
            enabled=False,
            joined_at=now,
            joined_by=scope.actor,
            changed_at=now,
            changed_by=scope.actor,
        )
        session.add(link)
        session.flush()
        record(session, scope, "region_link.begun", thing_of(link), now, {"url": url, "version": 1})
        return link.id


def _unanswered(url: str) -> Select[RegionLink]:
    return (
        select(RegionLink)
        .where(RegionLink.url == url, RegionLink.region_key == "", RegionLink.ended_at.is_(None))
        .order_by(RegionLink.id)
        .with_for_update()
    )


def request(platform: Platform, scope: Scope, link_id: int, code: str, name: str) -> bytes:
    """The request as a file, to be taken to the region: it holds the code, to be kept like a password until used."""
    allow(scope)
    with platform.database.write() as session:
        link = _open(session, link_id)
        content = _request(platform, link, code, name)
        record(session, scope, "region_link.asked", thing_of(link), platform.clock.now(), {"way": "file"})
    return content


def ask(platform: Platform, scope: Scope, link_id: int, code: str, name: str) -> None:
    """Ask the region over HTTPS and take its answer. Refused, and nothing changed, when it gives none."""
    allow(scope)
    with platform.database.write() as session:
        link = _open(session, link_id)
        if not link.url:
            raise Invalid({"url": _ADDRESS})
        content = _request(platform, link, code, name)
        question = Question(link.url + _ENROLMENTS, content, "application/json", link.trusted_pem)
    try:
        answer = platform.courier.ask(question)
    except UnreachedError as silence:
        raise Refused(silence.text) from silence
    if answer.status not in (200, 201):
        raise Refused(_refusal(answer))
    accept(platform, scope, link_id, answer.body)


def accept(platform: Platform, scope: Scope, link_id: int, content: bytes) -> None:
    """Take the answer of the region, which came back by any way. Refused when it answers another request.

    With another key than before, the fingerprint is to be compared again: nothing leaves until then.
    """
    allow(scope)
    now = platform.clock.now()
    try:
        answer = read_answer(content)
    except DocumentError as error:
        raise Refused(error.text) from error
    with platform.database.write() as session:
        link = _open(session, link_id)
        if answer.identifier != link.identifier:
            raise Refused(_ANOTHER)
        _refuse_left(session, link, answer)
        _take(platform, link, answer)
        _changed(link, scope, now)
        told: dict[str, Scalar] = {"region": link.name, "establishments": len(link.establishments)}
        detail = {**told, "version": link.version}
        record(session, scope, "region_link.answered", thing_of(link), now, detail)


def enable(platform: Platform, scope: Scope, link_id: int, fingerprint: str) -> None:
    """Send from now on: a person compared the fingerprint of the region's key. Refused when it is another by now."""
    with platform.database.write() as session:
        link = _answered(session, scope, link_id)
        if region_fingerprint(link) != fingerprint:
            raise Refused(_OTHER_KEY)
        link.enabled = True
        _changed(link, scope, platform.clock.now())
        believe(session, link, scope.actor, link.changed_at)
        detail: dict[str, Scalar] = {"key": fingerprint, "version": link.version}
        record(session, scope, "region_link.enabled", thing_of(link), link.changed_at, detail)


def pause(platform: Platform, scope: Scope, link_id: int) -> None:
    """Send nothing until somebody says so."""
    with platform.database.write() as session:
        link = _answered(session, scope, link_id)
        link.enabled = False
        _changed(link, scope, platform.clock.now())
        record(session, scope, "region_link.paused", thing_of(link), link.changed_at, {"version": link.version})


def resume(platform: Platform, scope: Scope, link_id: int, number: int) -> None:
    """Number on after a bundle that was not made here: a person says that a backup was restored, and that no copy of
    this installation sends. Refused when the region's last number is another by now."""
    with platform.database.write() as session:
        link = _answered(session, scope, link_id)
        if link.foreign_number is None or link.foreign_number != number:
            raise Refused(_OTHER_NUMBER)
        link.last_number = max(link.last_number, number)
        link.foreign_number = link.foreign_at = None
        _changed(link, scope, platform.clock.now())
        detail: dict[str, Scalar] = {"number": number, "version": link.version}
        record(session, scope, "region_link.resumed", thing_of(link), link.changed_at, detail)


def change(platform: Platform, scope: Scope, link_id: int, draft: LinkDraft, version: int, *, keep: bool) -> None:
    """Change where the region is and how many months are told; with `keep`, its authority stays as it is.

    Refused when somebody changed it since `version`.
    """
    allow(scope)
    url, trusted_pem = _checked(draft)
    with platform.database.write() as session:
        link = _open(session, link_id)
        if link.version != version:
            refuse_stale(platform, session, thing_of(link), (link.changed_at, link.changed_by), version, _FIELDS)
        wanted = {"url": url, "trusted_pem": link.trusted_pem if keep else trusted_pem, "months": draft.months}
        fields = [name for name, value in wanted.items() if getattr(link, name) != value]
        if not fields:
            return
        link.url, link.trusted_pem, link.months = url, str(wanted["trusted_pem"]), draft.months
        _changed(link, scope, platform.clock.now())
        detail: dict[str, Scalar] = {"fields": ", ".join(fields), "version": link.version}
        record(session, scope, "region_link.changed", thing_of(link), link.changed_at, detail)


def leave(platform: Platform, scope: Scope, link_id: int) -> None:
    """Send nothing to this region any more. What it received stays there; history stays here."""
    allow(scope)
    now = platform.clock.now()
    with platform.database.write() as session:
        link = _open(session, link_id)
        link.enabled, link.ended_at = False, now
        _changed(link, scope, now)
        session.execute(
            update(SentBundle)
            .where(SentBundle.link_id == link_id, SentBundle.state == DeliveryState.WAITING)
            .values(state=DeliveryState.DROPPED, next_at=None, told_fr=_DROPPED.fr, told_en=_DROPPED.en)
        )
        record(session, scope, "region_link.left", thing_of(link), now, {"region": link.name, "version": link.version})


def come_back(platform: Platform, scope: Scope, link_id: int) -> None:
    """Begin to join again a region that was left: it is to be asked with a new code."""
    allow(scope)
    now = platform.clock.now()
    with platform.database.write() as session:
        link = locked_link(session, link_id)
        if link.ended_at is None:
            raise NotFound
        link.ended_at, link.region_key, link.our_key = None, "", ""
        link.foreign_number = link.foreign_at = None
        _changed(link, scope, now)
        record(session, scope, "region_link.begun", thing_of(link), now, {"url": link.url, "version": link.version})


def checked_words(code: str, name: str) -> tuple[str, str]:
    """The code and the name of this installation in their plain form; Invalid."""
    fields: dict[str, Text] = {}
    if not normal_code(code):
        fields["code"] = _CODE
    told = " ".join(name.split())
    if not told or len(told) > MAX_NAME or not told.isprintable():
        fields["name"] = Text("Donnez un nom de 200 signes au plus.", "Give a name of 200 characters at most.")
    if fields:
        raise Invalid(fields)
    return normal_code(code), told


def _request(platform: Platform, link: RegionLink, code: str, name: str) -> bytes:
    own = platform.signer.public_keys[platform.signer.key_id]
    plain, told = checked_words(code, name)
    return write_request(EnrolmentRequest(plain, link.identifier, told, own), platform.signer.sign)


def _take(platform: Platform, link: RegionLink, answer: EnrolmentAnswer) -> None:
    if not link.region_key or raw_public_key(answer.key_pem) != raw_public_key(link.region_key):
        link.enabled = False
    link.name, link.place_name = answer.name, answer.place_name
    link.region_key, link.our_key = answer.key_pem, platform.signer.key_id
    link.establishments, link.pseudonymous = list(answer.establishments), answer.pseudonymous


def _refuse_left(session: Session, link: RegionLink, answer: EnrolmentAnswer) -> None:
    """An answer signed with a key that the region left since is an old file; a region joined anew is compared anew."""
    left = was_left(session, link, answer.key_pem) if link.region_key else None
    if left is not None:
        raise Refused(
            Text(
                f"Cette réponse est signée d’une clé que la région a remplacée le {left:%d/%m/%Y} : c’est un ancien"
                " fichier. Demandez-lui sa réponse d’aujourd’hui.",
                f"This answer is signed with a key that the region replaced on {left:%Y-%m-%d}: it is an old file. Ask"
                " it for its answer of today.",
            )
        )


def _changed(link: RegionLink, scope: Scope, now: datetime) -> None:
    link.changed_at, link.changed_by = now, scope.actor
    link.version += 1


def _open(session: Session, link_id: int) -> RegionLink:
    link = locked_link(session, link_id)
    if link.ended_at is not None:
        raise Refused(_LEFT)
    return link


def _answered(session: Session, scope: Scope, link_id: int) -> RegionLink:
    allow(scope)
    link = _open(session, link_id)
    if not link.region_key:
        raise Refused(_UNANSWERED)
    return link


def _checked(draft: LinkDraft) -> tuple[str, str]:
    """The address in its plain form, and the authority in PEM; Invalid."""
    fields: dict[str, Text] = {}
    trusted_pem = ""
    url = plain_url(draft.url)
    if url is None:
        fields["url"] = _ADDRESS
    if not 1 <= draft.months <= MOST_MONTHS:
        fields["months"] = Text(f"De 1 à {MOST_MONTHS} mois.", f"From 1 to {MOST_MONTHS} months.")
    try:
        trusted_pem = read_authority(draft.authority)
    except AuthorityFileError as error:
        fields["authority"] = error.text
    if fields or url is None:
        raise Invalid(fields)
    return url, trusted_pem


def plain_url(typed: str) -> str | None:
    """`https://host[:port][/path]` without its last slash, "" for nothing; none when it is no such address."""
    text = typed.strip().rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        return None
    plain = not (parts.username or parts.password or parts.query or parts.fragment) and text.isprintable()
    if parts.scheme != "https" or not parts.hostname or port == 0 or not plain or " " in text or len(text) > _MAX_URL:
        return None
    return parts.geturl()


def _refusal(answer: Answer) -> Text:
    told = told_in(answer.body)
    if told is not None:
        return Text(f"La région a refusé : {told.fr}", f"The region refused: {told.en}")
    return Text(
        f"Cette adresse n’a pas répondu comme une région CaRE (code {answer.status}) : vérifiez-la auprès d’elle.",
        f"This address did not answer as a CaRE region does (code {answer.status}): check it with the region.",
    )


_ADDRESS = Text(
    "Donnez l’adresse de la région, du type https://care.region.fr, sans mot de passe ni paramètre.",
    "Give the address of the region, such as https://care.region.fr, without password or parameter.",
)
_ANOTHER = Text(
    "Cette réponse est celle d’une autre demande : donnez le fichier qui répond à celle-ci.",
    "This answer is that of another request: give the file that answers this one.",
)
_OTHER_KEY = Text(
    "La clé de la région a changé depuis que cette page a été affichée : comparez de nouveau son empreinte.",
    "The key of the region changed since this page was shown: compare its fingerprint again.",
)
_OTHER_NUMBER = Text(
    "Le dernier numéro que la région a pris n’est plus celui que cette page montrait : relisez-la.",
    "The last number that the region took is no longer the one that this page showed: read it again.",
)
_UNANSWERED = Text("La région n’a pas encore répondu.", "The region has not answered yet.")
_LEFT = Text("Cette région a été quittée : rejoignez-la de nouveau.", "This region was left: join it again.")
