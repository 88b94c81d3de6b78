"""Whether a bundle may be taken: who signed it, for whom it was made, and whether it comes in its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.bundles import Bundle, presented_by
from care.domain.federation import BundleVerdict, InstallationState, KeyState
from care.services.federation.places import manages
from care.services.platform import Platform
from care.store.federation import Installation, InstallationKey, ReceivedBundle
from scanners.model import Scalar, Text

AHEAD = timedelta(days=1)
"""How far ahead the clock of a sender may be."""
MOST_AHEAD = 10_000
"""Bundles that may be missing before one: some thirty years of them. Otherwise whoever steals a key could use up the
numbers that there are, and its hospital would never be heard again."""
REPLACED = "replaced"
"""Why a key ended: a code, put into words where it is shown."""


class RefusedBundleError(Exception):
    """A bundle that is not taken: why, and who signed it when its signature says so."""

    def __init__(self, text: Text, installation: Installation | None = None) -> None:
        super().__init__(text.en)
        self.text = text
        self.installation = installation


@dataclass(frozen=True, slots=True)
class Senders:
    """The installations that may have signed some bundles, locked until the commit, and their keys by fingerprint."""

    rows: Mapping[int, Installation]
    keys: dict[str, InstallationKey]
    allowed: dict[str, bool] = field(default_factory=dict)
    rotated: list[tuple[Installation, dict[str, Scalar]]] = field(default_factory=list)

    def may_bring(self, session: Session, scope: Scope, place: str) -> bool:
        """Whether this person manages a territory; asked once for each."""
        if place not in self.allowed:
            self.allowed[place] = manages(session, scope, place)
        return self.allowed[place]


def lock_senders(session: Session, bundles: Sequence[Bundle]) -> Senders:
    """Lock the installations whose keys these bundles bear, in their order; keys are read once nobody else can change
    them."""
    named = {one.key_id for one in bundles} | {one.rotation.former for one in bundles if one.rotation}
    ids = select(InstallationKey.installation_id).where(InstallationKey.key_id.in_(named))
    query = select(Installation).where(Installation.id.in_(ids)).order_by(Installation.id).with_for_update()
    rows = {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}
    keys = session.scalars(select(InstallationKey).where(InstallationKey.installation_id.in_(rows)))
    return Senders(rows, {one.key_id: one for one in keys})


def sender_of(session: Session, scope: Scope, bundle: Bundle, senders: Senders, now: datetime) -> Installation:
    """The installation that signed a bundle; its new key becomes the active one when the former presents it.
    RefusedBundleError.

    A person who does not manage its territory learns nothing of it: to them its key is unknown.
    """
    key = senders.keys.get(bundle.key_id) or _former(senders, bundle)
    row = senders.rows.get(key.installation_id) if key is not None else None
    if key is None or row is None or not senders.may_bring(session, scope, row.place):
        raise RefusedBundleError(_unknown(bundle))
    if bundle.installation != row.identifier:
        raise RefusedBundleError(_another(row), row)
    _check_sending(row)
    _check_key(key, bundle, row)
    if key.key_id != bundle.key_id:
        senders.keys[bundle.key_id] = _rotated(session, key, bundle, now)
        senders.rotated.append((row, {"name": row.name, "key": bundle.key_id, "former": key.key_id}))
    return row


def _former(senders: Senders, bundle: Bundle) -> InstallationKey | None:
    """The key known here that presents that of the bundle."""
    key = senders.keys.get(bundle.rotation.former) if bundle.rotation else None
    return key if key is not None and presented_by(bundle, key.public_key) else None


def _rotated(session: Session, former: InstallationKey, bundle: Bundle, now: datetime) -> InstallationKey:
    former.state, former.until, former.why = KeyState.FORMER, now, REPLACED
    key = InstallationKey(
        installation_id=former.installation_id,
        key_id=bundle.key_id,
        public_key=bundle.public_key,
        state=KeyState.ACTIVE,
        since=now,
    )
    session.add(key)
    session.flush()
    return key


def verdict_on(platform: Platform, session: Session, row: Installation, bundle: Bundle) -> BundleVerdict:
    """Whether a bundle of this installation is taken, or was already. RefusedBundleError."""
    if bundle.audience not in platform.signer.public_keys:
        raise RefusedBundleError(_FOR_ANOTHER, row)
    if bundle.format < row.format:
        raise RefusedBundleError(_downgrade(bundle, row), row)
    if bundle.pseudonymous != row.pseudonymous:
        raise RefusedBundleError(_NAMES_ASKED if bundle.pseudonymous else _PSEUDONYMS_ASKED, row)
    if bundle.number == row.last_number and bundle.sha256 == row.last_sha256:
        return BundleVerdict.ALREADY
    if bundle.number <= row.last_number:
        raise RefusedBundleError(_too_late(session, bundle, row), row)
    if bundle.number > row.last_number + MOST_AHEAD:
        raise RefusedBundleError(_too_far(bundle, row), row)
    if bundle.made_at > platform.clock.now() + AHEAD:
        raise RefusedBundleError(_ahead(bundle), row)
    return BundleVerdict.TAKEN


def refuse_strangers(row: Installation, bundle: Bundle, spoken: int) -> None:
    """RefusedBundleError for more pseudonyms than establishments enrolled: each would count as one of the region."""
    if bundle.pseudonymous and len(bundle.holders) > spoken:
        raise RefusedBundleError(
            Text(
                f"Ce lot porte {len(bundle.holders)} pseudonymes, et « {row.name} » est inscrite pour {spoken}"
                " établissements : mettez sa liste à jour, puis remettez-lui la nouvelle réponse.",
                f"This bundle bears {len(bundle.holders)} pseudonyms, and “{row.name}” is enrolled for {spoken}"
                " establishments: bring its list up to date, then give it the new answer.",
            ),
            row,
        )


def _too_far(bundle: Bundle, row: Installation) -> Text:
    return Text(
        f"Ce lot porte le n° {bundle.number}, et le dernier pris est le n° {row.last_number} : il en manquerait trop"
        " pour que ce soit le suivant. Appelez l’hôpital : quelqu’un a peut-être sa clé.",
        f"This bundle is no. {bundle.number}, and the last one taken is no. {row.last_number}: too many would be"
        " missing for it to be the next one. Call the hospital: somebody may have its key.",
    )


def _check_sending(row: Installation) -> None:
    if row.state is not InstallationState.ENROLLED:
        raise RefusedBundleError(
            Text(
                f"L’inscription de « {row.name} » a été retirée : la région doit lui donner un code de réinscription.",
                f"The enrolment of “{row.name}” was withdrawn: the region must give it a code to enrol again.",
            ),
            row,
        )


def _check_key(key: InstallationKey, bundle: Bundle, row: Installation) -> None:
    if key.state is KeyState.ACTIVE:
        return
    since = key.until or key.since
    told = "remplacée" if key.state is KeyState.FORMER else "révoquée"
    told_en = "replaced" if key.state is KeyState.FORMER else "revoked"
    raise RefusedBundleError(
        Text(
            f"Ce lot est signé (ou sa clé est présentée) par une clé de « {row.name} » {told} le {since:%d/%m/%Y} :"
            " elle ne vaut plus. Refaites un lot avec la clé en cours, ou réinscrivez l’installation.",
            f"This bundle is signed (or its key presented) by a key of “{row.name}” {told_en} on {since:%Y-%m-%d}:"
            " it no longer holds. Make a bundle with the present key, or enrol the installation again.",
        ),
        row,
    )


def _unknown(bundle: Bundle) -> Text:
    return Text(
        f"La clé {bundle.key_id[:16]}… n’est pas celle d’une installation inscrite ici : inscrivez-la avec un code, ou"
        " réinscrivez-la si elle a été réinstallée.",
        f"The key {bundle.key_id[:16]}… is not that of an installation enrolled here: enrol it with a code, or enrol"
        " it again if it was installed anew.",
    )


def _another(row: Installation) -> Text:
    return Text(
        f"Le lot se dit d’une autre installation que « {row.name} », dont il porte la clé : il n’est pas pris.",
        f"The bundle says it is of another installation than “{row.name}”, whose key it bears: it is not taken.",
    )


_FOR_ANOTHER = Text(
    "Ce lot a été fait pour une autre région (une autre clé) : envoyez-le à celle qui l’attend.",
    "This bundle was made for another region (another key): send it to the one that expects it.",
)
_PSEUDONYMS_ASKED = Text(
    "Cette installation est inscrite sous pseudonymes, et ce lot nomme ses établissements : il n’a pas été lu.",
    "This installation is enrolled under pseudonyms, and this bundle names its establishments: it was not read.",
)
_NAMES_ASKED = Text(
    "Cette installation est inscrite sans pseudonymes, et ce lot en porte : vérifiez l’inscription, puis refaites-le.",
    "This installation is enrolled without pseudonyms, and this bundle bears some: check the enrolment, then make it"
    " again.",
)


def _downgrade(bundle: Bundle, row: Installation) -> Text:
    return Text(
        f"Ce lot est au format {bundle.format}, alors que « {row.name} » a déjà envoyé du format {row.format} : un"
        " retour en arrière n’est pas pris.",
        f"This bundle is of format {bundle.format}, while “{row.name}” already sent format {row.format}: going back is"
        " not taken.",
    )


def _ahead(bundle: Bundle) -> Text:
    return Text(
        f"Ce lot se dit fait le {bundle.made_at:%d/%m/%Y} : l’horloge de l’établissement avance. Remettez-la à l’heure,"
        " puis refaites un lot.",
        f"This bundle says it was made on {bundle.made_at:%Y-%m-%d}: the clock of the establishment is ahead. Set it"
        " right, then make a bundle again.",
    )


def _too_late(session: Session, bundle: Bundle, row: Installation) -> Text:
    """A replay, or the bundle of an installation that was restored and counts again from an old number."""
    taken = session.scalars(
        select(ReceivedBundle.received_at)
        .where(
            ReceivedBundle.installation_id == row.id,
            ReceivedBundle.sha256 == bundle.sha256,
            ReceivedBundle.verdict == BundleVerdict.TAKEN,
        )
        .limit(1)
    ).first()
    if taken is not None:
        return Text(
            f"Ce lot n° {bundle.number} a déjà été pris le {taken:%d/%m/%Y}, et le n° {row.last_number} depuis :"
            " rien n’a changé. Donnez le plus récent.",
            f"This bundle no. {bundle.number} was already taken on {taken:%Y-%m-%d}, and no. {row.last_number} since:"
            " nothing changed. Give the latest one.",
        )
    return Text(
        f"Ce lot porte le n° {bundle.number}, et le n° {row.last_number} a déjà été pris : un lot plus ancien n’est pas"
        " repris. L’installation a été restaurée d’une sauvegarde, ou une copie d’elle envoie à côté : sa page"
        " « Envois aux régions » le dit, et demande laquelle des deux avant de reprendre après ce numéro.",
        f"This bundle is no. {bundle.number}, and no. {row.last_number} was already taken: an older one is not taken"
        " again. The installation was restored from a backup, or a copy of it sends beside it: its page of regions"
        " says so, and asks which of the two before it goes on after that number.",
    )
