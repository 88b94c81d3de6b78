"""What a system’s backups are worth in a word, and what to do first, in sentences that a director understands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from care.domain.durations import written
from scanners.backup.account import Account
from scanners.backup.facts import RestoreTest
from scanners.backup.fresh import LastGood
from scanners.backup.strategy import restore_ahead
from scanners.model import Text

State = Literal["danger", "watch", "word", "good"]
"""Data would be lost today; something is missing; only words say so; in order."""
STATES: tuple[State, ...] = ("danger", "watch", "word", "good")
TEST_DAYS = 365
OLD_MINUTES = 3 * 24 * 60
"""An audit older than three days tells little of last night: our choice."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The state of a system and the first thing to do about it."""

    state: State
    first: Text


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a system now: its account, its last good point and how old that is (minutes; None: none), for
    which PDMA.

    `read_age`: minutes since repositories were read. `told_age`: minutes since the end of the newest day that somebody
    gave to a copy.
    """

    account: Account
    good: LastGood
    age: int | None
    pdma: int | None
    read_age: int | None
    today: date
    told_age: int | None = None

    @property
    def late(self) -> bool:
        """Whether what was read, or what jobs say, is older than the PDMA, or nothing at all."""
        return self.good.held == "exceeded"

    @property
    def told_late(self) -> bool:
        """Whether copies are known by the dates that people gave only, and the newest is older than the PDMA."""
        unread = any(copy.ground in ("unread", "whose") for copy in self.account.copies)
        told = None if self.good.by or unread else self.told_age
        return told is not None and self.pdma is not None and told > self.pdma

    @property
    def test_age(self) -> int | None:
        """Days since the last full restore test that succeeded; None when there was none, or none yet."""
        test = self.account.system.last_restore_test
        if not isinstance(test, RestoreTest) or not test.success or restore_ahead(test, self.today):
            return None
        return (self.today - test.date).days


def advice(known: Known) -> Advice:
    """The worst first: data lost today, then what is missing, then what nothing proves."""
    danger = _danger(known)
    if danger is not None:
        return Advice("danger", danger)
    missing = _missing(known)
    if missing is not None:
        return Advice("watch", missing)
    unsure = _unsure(known)
    if unsure is not None:
        return Advice("word", unsure)
    return Advice("good", Text("Rien à faire.", "Nothing to do."))


def _danger(known: Known) -> Text | None:
    one, copies = known.account, known.account.copies
    if not copies:
        return Text("Aucune copie : mettez ce système en sauvegarde.", "No copy: have this system backed up.")
    damaged = next((copy.copy.name for copy in copies if copy.ground == "damaged"), None)
    if damaged is not None:
        return Text(
            f"La copie « {damaged} » est endommagée : refaites-la, puis restaurez pour vérifier.",
            f"Copy “{damaged}” is damaged: make it again, then restore to check.",
        )
    jobs_keep = known.good.by == "job" and known.good.held == "kept"
    if known.good.none or not (jobs_keep or any(copy.counts for copy in copies)):
        return Text("Aucune sauvegarde utilisable : lancez-en une aujourd’hui.", "No usable backup: start one today.")
    if known.late and known.age is not None and known.pdma is not None:
        return _late(known.good, known.age, known.pdma)
    if known.told_late and known.told_age is not None and known.pdma is not None:
        return Text(
            f"Dernière sauvegarde déclarée il y a {written(known.told_age, 'fr')}, {written(known.pdma, 'fr')} admis : "
            "relancez-la, ou notez la dernière.",
            f"Last backup told of {written(known.told_age, 'en')} ago, {written(known.pdma, 'en')} accepted: start it "
            "again, or write the last one.",
        )
    if one.verified.verdict == "error":
        return Text(
            "La dernière restauration a échoué : trouvez pourquoi et refaites-la.",
            "The last restore failed: find out why and make it again.",
        )
    return None


def _late(good: LastGood, age: int, pdma: int) -> Text:
    ago, asked = (Text(written(one, "fr"), written(one, "en")) for one in (age, pdma))
    if good.by == "job" and good.told is not None:
        return Text(
            f"Dernière réussite du travail « {good.told.job} » il y a {ago.fr}, {asked.fr} admis : relancez-le.",
            f"Last success of job “{good.told.job}” {ago.en} ago, {asked.en} accepted: start it again.",
        )
    if good.unread:
        return Text(
            f"Dernière bonne sauvegarde lue il y a {ago.fr}, {asked.fr} admis : relancez-la. Le dépôt de "
            f"« {good.unread[0]} » n’a pas été lu.",
            f"Last good backup read {ago.en} ago, {asked.en} accepted: start it again. The repository of "
            f"“{good.unread[0]}” was not read.",
        )
    return Text(
        f"Dernière bonne sauvegarde il y a {ago.fr}, {asked.fr} admis : relancez-la.",
        f"Last good backup {ago.en} ago, {asked.en} accepted: start it again.",
    )


def _missing(known: Known) -> Text | None:
    good, untold = known.good, (*known.good.unnamed, *known.good.unread)
    if good.held == "unsure" and good.by == "repository" and known.age is not None and untold:
        return Text(
            f"Dernière bonne sauvegarde lue il y a {written(known.age, 'fr')}, c’est trop ; rien n’a pu être lu de "
            f"« {untold[0]} » : rendez son dépôt lisible, ou écrivez sa machine.",
            f"Last good backup read {written(known.age, 'en')} ago, too old; nothing could be read of “{untold[0]}”: "
            "make its repository readable, or write its machine.",
        )
    doubtful = next((one for one in known.account.copies if one.ground in ("stale", "ahead")), None)
    if doubtful is not None and doubtful.ground == "stale":
        return Text(
            f"La copie « {doubtful.copy.name} » est trop ancienne pour compter : refaites-la, ou notez la dernière.",
            f"Copy “{doubtful.copy.name}” is too old to count: make it again, or write the last one.",
        )
    if doubtful is not None:
        return Text(
            f"La copie « {doubtful.copy.name} » est datée dans le futur : corrigez sa date, ou l’horloge de sa "
            "machine.",
            f"Copy “{doubtful.copy.name}” is dated in the future: correct its date, or the clock of its machine.",
        )
    lacking = known.account.missing
    if "outside" in lacking:
        return Text(
            "Toutes les copies tombent avec le bâtiment : sortez-en une, ou débranchez-la.",
            "All copies fall with the building: take one out, or unplug it.",
        )
    if "apart" in lacking:
        return Text(
            "Un rançongiciel atteindrait toutes les copies : gardez-en une hors ligne ou immuable.",
            "Ransomware would reach every copy: keep one offline or immutable.",
        )
    if "copies" in lacking or "media" in lacking:
        return Text(
            "Moins de trois copies ou un seul support : ajoutez une copie sur un autre support.",
            "Fewer than three copies or one medium only: add a copy on another medium.",
        )
    return _untested(known)


def _untested(known: Known) -> Text | None:
    if restore_ahead(known.account.system.last_restore_test, known.today):
        return Text(
            "Le dernier essai de restauration est daté dans le futur : corrigez sa date.",
            "The last restore test is dated in the future: correct its date.",
        )
    if known.test_age is None:
        return Text(
            "Jamais restauré en entier avec succès : planifiez un essai.",
            "Never restored as a whole with success: schedule a test.",
        )
    if known.test_age > TEST_DAYS:
        return Text(
            f"Dernier essai de restauration il y a {known.test_age} jours : refaites-le.",
            f"Last restore test {known.test_age} days ago: make it again.",
        )
    return None


def _unsure(known: Known) -> Text | None:
    whose = next((copy.copy.name for copy in known.account.copies if copy.ground == "whose"), None)
    if whose is not None:
        return Text(
            f"Le dépôt de la copie « {whose} » garde plusieurs machines : écrivez laquelle est la sienne.",
            f"The repository of copy “{whose}” holds several machines: write which is its own.",
        )
    unread = next((copy.copy.name for copy in known.account.copies if copy.ground == "unread"), None)
    if unread is not None:
        return Text(
            f"Le dépôt de la copie « {unread} » n’a pas été lu : donnez-en la lecture à CaRE.",
            f"The repository of copy “{unread}” was not read: let CaRE read it.",
        )
    if known.good.by == "job" and known.good.held == "unsure":
        return Text(
            "L’historique des travaux ne dit pas si la PDMA est tenue : apportez-en un du jour, ouvrez les "
            "avertissements.",
            "The job history does not tell whether the PDMA is kept: bring one of today, open the warnings.",
        )
    if not known.good.by:
        return Text(
            "Rien n’est mesuré : donnez à CaRE la lecture d’un dépôt, ou apportez l’historique des travaux.",
            "Nothing is measured: let CaRE read a repository, or bring the job history.",
        )
    if known.pdma is None:
        return Text(
            "Personne n’a dit combien de données peuvent être perdues : écrivez la PDMA.",
            "Nobody said how much data may be lost: write the PDMA.",
        )
    if known.read_age is not None and known.read_age > OLD_MINUTES:
        return Text(
            f"Dernière mesure il y a {written(known.read_age, 'fr')} : relancez l’audit.",
            f"Last measure {written(known.read_age, 'en')} ago: run the audit again.",
        )
    return None
