"""WSGI entry: `waitress-serve app:app`. Builds the application from the settings, nothing else."""

from __future__ import annotations

from care import config
from care.web import create_app
from care.wiring import build_platform

settings = config.from_environment()
app = create_app(build_platform(settings), settings)
