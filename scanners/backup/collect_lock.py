"""What a server says of its locks: object lock of an S3 bucket, append-only mode of a REST server.

Asked with two requests that change nothing: the settings of the bucket are read; the REST server is asked to delete an
object that cannot be there (a SHA-256 of zeros only), which a server in append-only mode refuses before it looks.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from scanners.backup.collect_place import ask_rest, asked
from scanners.backup.facts import Protection, RestPlace, S3Place

_NOTHING = "0" * 64
_EMPTY = sha256(b"").hexdigest()
_SIGNED = "host;x-amz-content-sha256;x-amz-date"
_DAYS_A_YEAR = 365


def rest_protection(place: RestPlace, secret: str) -> Protection | None:
    """Append-only or not; None when the answer is neither."""
    status = ask_rest(place, secret, "DELETE", f"data/{_NOTHING}")
    if status == 403:
        return Protection("append_only")
    return Protection("none") if status == 404 else None


def bucket_protection(place: S3Place, secret: str) -> Protection | None:
    """The lock that a bucket sets on whatever lands in it; None when the account may not read it."""
    headers = signed(place, secret, "object-lock=", datetime.now(UTC))
    status, body = asked(place, f"/{place.bucket}?object-lock=", headers)
    if status == 404 and b"ObjectLockConfigurationNotFoundError" in body:
        return Protection("none")
    return protection_told(body) if status == 200 else None


def protection_told(body: bytes) -> Protection | None:
    """The lock that an answer describes: without a default rule, nothing locks what lands."""
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    mode = _word(root, "Mode").casefold()
    days, years = _word(root, "Days"), _word(root, "Years")
    if mode not in ("compliance", "governance") or not (days.isdecimal() or years.isdecimal()):
        return Protection("none")
    kept = float(days) if days.isdecimal() else float(years) * _DAYS_A_YEAR
    return Protection("compliance" if mode == "compliance" else "governance", kept)


def _word(root: Element, name: str) -> str:
    """The text of the first element of that name, whatever its namespace."""
    return next((str(one.text or "").strip() for one in root.iter() if str(one.tag).rpartition("}")[2] == name), "")


def signed(place: S3Place, secret: str, query: str, now: datetime) -> dict[str, str]:
    """The headers of a signed GET of a bucket (AWS signature, version 4)."""
    default = 443 if place.tls else 80
    host = f"[{place.host}]" if ":" in place.host else place.host
    host = host if place.port == default else f"{host}:{place.port}"
    moment, region = now.strftime("%Y%m%dT%H%M%SZ"), place.region or "us-east-1"
    lines = [f"host:{host}", f"x-amz-content-sha256:{_EMPTY}", f"x-amz-date:{moment}", ""]
    request = "\n".join(["GET", f"/{place.bucket}", query, *lines, _SIGNED, _EMPTY])
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, sha256(request.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"Credential={place.access_key}/{scope}"
    return {
        "Host": host,
        "x-amz-content-sha256": _EMPTY,
        "x-amz-date": moment,
        "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={_SIGNED}, Signature={signature}",
    }
