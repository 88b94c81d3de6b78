#!/bin/sh
# Everything that decides whether a change lands: style, types, borders, and every test, lab and browser included.
set -eu
cd "$(dirname "$0")/.."
tools/packages.sh test
tools/venv.sh dev
tools/venv.sh kerberos  # an extra for users, proved here against the lab’s controller
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/lint-imports
# Each test has its own database: in memory, where there is room and programs may run, none waits for a disk.
memory=/dev/shm
if [ -z "${PYTEST_DEBUG_TEMPROOT:-}" ] && [ -w $memory ] && ! grep -q "^[^ ]* $memory [^ ]* [^ ]*noexec" /proc/mounts &&
  [ "$(df --output=avail --block-size=1G $memory | tail -n 1)" -ge 4 ] &&
  [ "$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -ge 8 ]; then
  export PYTEST_DEBUG_TEMPROOT=$memory
fi
exec .venv/bin/pytest -q -n 2 --durations 15
