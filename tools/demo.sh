#!/bin/sh
# One command: installs what is missing, builds the hospital lab, audits it on a running platform, shows the result.
# DEMO_EXIT=1 ends after the summary; DEMO_PORT, DEMO_DIR and DEMO_OCTET move it aside from another one.
set -eu
cd "$(dirname "$0")/.."
echo "Paquets Debian, environnement Python…"
tools/packages.sh
tools/venv.sh runtime
exec .venv/bin/python -m tools.demo
