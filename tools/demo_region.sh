#!/bin/sh
# One command: a simulated nation on a running platform, needing neither root nor the lab.
# DEMO_EXIT=1 ends once it answered; DEMO_PORT and DEMO_DIR move it aside from another one.
set -eu
cd "$(dirname "$0")/.."
tools/venv.sh runtime
exec .venv/bin/python -m tools.demo_region
