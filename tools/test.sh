#!/bin/sh
# Everything that decides whether a change lands: style, types, borders, and every test, lab and browser included.
set -eu
cd "$(dirname "$0")/.."
tools/packages.sh test
tools/venv.sh dev
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/lint-imports
exec .venv/bin/pytest -q -n 2 --durations 15
