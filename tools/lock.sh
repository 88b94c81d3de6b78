#!/bin/sh
# Locks pyproject.toml again, the collectors that ours is compared with and the S3 service of the lab, with hashes and without any registry address.
set -eu
cd "$(dirname "$0")/.."
lock() { .venv/bin/uv pip compile "$@" --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet; }
lock pyproject.toml -o requirements/runtime.txt
lock pyproject.toml --extra kerberos -o requirements/kerberos.txt
lock pyproject.toml --extra dev -o requirements/dev.txt
lock requirements/ad-peers.in -o requirements/ad-peers.txt
lock requirements/s3-lab.in -o requirements/s3-lab.txt
