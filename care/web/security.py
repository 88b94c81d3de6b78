"""What every response says to the browser so that a page can run, load and be framed by nothing but CaRE itself."""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap draws its select arrow with a data: image
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONE_YEAR_SECONDS = 31_536_000


def init_security(app: Flask, *, https: bool) -> None:
    """Put the headers on every response; strict transport only where CaRE is reached over https."""

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)  # a file is served under a stricter policy than a page
        if https:
            response.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_SECONDS}; includeSubDomains"
        if request.endpoint == "static" and "v" in request.args:
            response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR_SECONDS}, immutable"
        elif request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
