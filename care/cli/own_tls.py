"""`care serve --tls`: the settings and the certificate of an installation that is its own authority."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from care.cli.listening import tls_context
from care.config import ConfigError, Settings
from care.services.platform import OwnAuthority, Platform
from care.wiring import address_to_tell, server_certificate

_OPEN = ("/trust/", "/static/")
"""What a phone may ask for before it trusts us."""


def settings_under_tls(settings: Settings) -> Settings:
    """The settings of a server that speaks TLS itself. ConfigError when the address people are told says otherwise."""
    if settings.base_url_by_default:
        return _told(settings, "https")
    if not settings.secure:
        raise ConfigError(
            f"CARE_BASE_URL={settings.base_url} annonce une adresse sans TLS alors que --tls est demandé : écrivez-la"
            " en https://, ou retirez-la.",
            f"CARE_BASE_URL={settings.base_url} tells an address without TLS while --tls is asked for: write it with"
            " https://, or remove it.",
        )
    return settings


def settings_in_clear(settings: Settings) -> Settings:
    """The settings of a server that does not speak TLS."""
    return _told(settings, "http") if settings.base_url_by_default else settings


def _told(settings: Settings, scheme: str) -> Settings:
    host = address_to_tell(settings.bind)
    shown = f"[{host}]" if ":" in host else host
    return replace(settings, base_url=f"{scheme}://{shown}:{settings.port}")


def under_tls(platform: Platform) -> tuple[Platform, ssl.SSLContext]:
    """The platform with its own authority, and what its server speaks. AuthorityError when that cannot be made."""
    settings = platform.settings
    host = urlsplit(settings.base_url).hostname or ""
    made = server_certificate(settings, host, platform.clock.now())
    shown = f"[{host}]" if ":" in host else host
    authority = OwnAuthority(made.authority, f"http://{shown}:{settings.trust_port}")
    return replace(platform, authority=authority), tls_context(str(made.chain_file), str(made.key_file))


def only_trust(app: Callable[..., Iterable[bytes]], base_url: str) -> Callable[..., Iterable[bytes]]:
    """What is served without TLS: how to trust the authority; everything else is sent to the real address."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if f"{path}/".startswith(_OPEN) and environ.get("REQUEST_METHOD") in {"GET", "HEAD"}:
            return app(environ, start_response)
        target = "/trust" if path in {"", "/"} else base_url + "/"
        start_response("302 Found", [("Location", target), ("Content-Length", "0"), ("Cache-Control", "no-store")])
        return [b""]

    return serve
