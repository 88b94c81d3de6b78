"""WSGI entry: `waitress-serve app:app`. Builds the application from the settings, and holds the installation."""

from __future__ import annotations

import atexit
from contextlib import ExitStack

from care import config
from care.services.instance.occupancy import working_in
from care.services.instance.restoring import finish_cut_restore
from care.web import create_app
from care.wiring import build_platform

settings = config.from_environment()
finish_cut_restore(settings)
here = ExitStack()  # nothing is restored under this process as long as it lives
here.enter_context(working_in(settings.data_dir))
atexit.register(here.close)
app = create_app(build_platform(settings), settings)
