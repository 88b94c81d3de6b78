"""The page that a phone opens before it trusts the installation: open to all, over http and https."""

from __future__ import annotations

import hashlib
import plistlib
import uuid

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services.platform import OwnAuthority
from care.web.people import open_to_all, platform
from care.web.qr import qr

pages = Blueprint("trust", __name__, template_folder="templates")
_NAME = "CaRE"


@pages.get("/trust")
@open_to_all
def index() -> str:
    """What to install and how, with the fingerprint to compare; says so when there is nothing to trust."""
    authority = platform().authority
    if authority is None:
        return render_template("trust/index.html", authority=None)
    address = f"{authority.plain_url}{url_for('trust.index')}"
    return render_template(
        "trust/index.html",
        authority=authority,
        address=address,
        secure_address=platform().settings.base_url,
        fingerprint=fingerprint_lines(authority.certificate),
        qr=qr(address, _("Code QR qui ouvre cette page")),
    )


@pages.get("/trust/care.crt")
@open_to_all
def certificate() -> ResponseReturnValue:
    """The certificate of the authority, as Android, Windows and macOS take it."""
    authority = platform().authority
    return _file(authority.certificate, "application/x-x509-ca-cert", "care.crt") if authority else _nothing()


@pages.get("/trust/care.mobileconfig")
@open_to_all
def profile() -> ResponseReturnValue:
    """The same in a configuration profile, as iPhones and iPads take it."""
    authority = platform().authority
    if authority is None:
        return _nothing()
    return _file(profile_of(authority), "application/x-apple-aspen-config", "care.mobileconfig")


def fingerprint_lines(certificate_der: bytes) -> tuple[str, str]:
    """The SHA-256 of a certificate, two lines of sixteen pairs, to be compared by eye."""
    digits = hashlib.sha256(certificate_der).hexdigest().upper()
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    return " ".join(pairs[:16]), " ".join(pairs[16:])


def profile_of(authority: OwnAuthority) -> bytes:
    """A configuration profile that holds the certificate; the same authority gives the same bytes."""
    mark = hashlib.sha256(authority.certificate).hexdigest()
    root = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"care.authority.{mark[:16]}.root",
        "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{mark}.root")).upper(),
        "PayloadDisplayName": _NAME,
        "PayloadContent": authority.certificate,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"care.authority.{mark[:16]}",
            "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, mark)).upper(),
            "PayloadDisplayName": _NAME,
            "PayloadRemovalDisallowed": False,
            "PayloadContent": [root],
        }
    )


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _nothing() -> ResponseReturnValue:
    return redirect(url_for("trust.index"))
