"""A visit with its visitors and pieces to read, for the tests of pages."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from care.domain.access import Level, Place
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.services.evidence import Details, Upload, add_evidence
from care.services.platform import Platform
from care.services.visits.entering import enter
from care.services.visits.planning import VisitDraft, plan_visit
from care.services.visits.viewing import View, note_view
from care.services.visits.visitors import LINK, Invited, VisitorDraft, invite_visitor
from tests.support.people import MACHINE

VISITOR = VisitorDraft("Inès Marchand", "HAS", "ines.marchand@has.test")


@dataclass(frozen=True)
class PlantedVisit:
    """`piece` is a PDF that proves `has:gouvernance_ssi`, `picture` an image; `token` opens the visit, `cookie` too;
    `outside` is a piece of the same establishment that the visit does not show."""

    visit: int
    access: int
    token: str
    cookie: str
    piece: int
    picture: int
    text: int
    outside: int


def plant_visit(platform: Platform, establishment_id: int, title: str = "Certification 2026") -> PlantedVisit:
    """A visit open since an hour and for three days, one visitor in."""
    now = platform.clock.now()
    here = Place(Level.ESTABLISHMENT, establishment_id)
    draft = VisitDraft(
        title, here, (establishment_id,), ("has", "care-d2"), now - timedelta(hours=1), now + timedelta(days=3)
    )
    visit = plan_visit(platform, MACHINE, establishment_id, draft)
    piece = _file(platform, establishment_id, "Politique de sécurité", "has:gouvernance_ssi", pdf("PSSI"))
    picture = _file(platform, establishment_id, "Salle de secours", "has:gouvernance_ssi", png(), "png")
    text = _file(platform, establishment_id, "Inventaire", "care-d2:O1.C", "activité;durée\n".encode() * 40, "csv")
    outside = _file(platform, establishment_id, "Analyse interne", "pgssi-s:1.1.1.1", pdf("Analyse"))
    invited = invite_visitor(platform, MACHINE, (establishment_id, visit), VISITOR)
    cookie, _ends = enter(platform, "fr", token_of(invited), "192.0.2.7")
    note_view(platform, invited.access_id, View("piece", f"evidence:{piece}", "192.0.2.7"), allowed=True)
    note_view(platform, invited.access_id, View("piece", f"evidence:{outside}", "192.0.2.7"), allowed=False)
    return PlantedVisit(visit, invited.access_id, token_of(invited), cookie, piece, picture, text, outside)


def token_of(invited: Invited) -> str:
    return invited.link.rpartition(LINK)[2]


def pdf(words: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, words)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 400), "#dfe8ea").save(out, format="PNG")
    return out.getvalue()


def _file(
    platform: Platform, establishment_id: int, title: str, ref: str, content: bytes, extension: str = "pdf"
) -> int:
    details = Details(EvidenceKind.POLICY, title, owner="Mme Responsable", note="note interne")
    upload = Upload(f"{title}.{extension}", io.BytesIO(content))
    tied = (ThingRef(ThingKind.REQUIREMENT, ref),)
    return add_evidence(platform, MACHINE, establishment_id, details, upload, tied)
