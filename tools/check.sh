#!/bin/sh
# The quick gate while working: style, types, borders and the tests that need neither lab nor browser.
set -eu
cd "$(dirname "$0")/.."
tools/venv.sh dev
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/lint-imports
.venv/bin/pytest -q -n 2 -m "not lab and not browser and not postgresql"
