#!/bin/sh
# Makes .venv from the first python3 >= 3.11 and installs one locked set into it: `tools/venv.sh runtime|dev`.
# Running it again costs nothing while the lock has not changed; `dev` holds all of `runtime`.
set -eu
cd "$(dirname "$0")/.."
set_name=${1:-dev}
lock=requirements/$set_name.txt

find_python() {
    for candidate in "${CARE_PYTHON:-}" /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] || continue
        "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        command -v "$candidate"
        return
    done
    echo "CaRE needs Python 3.11 or newer with its venv module; on Debian or Ubuntu: apt install python3 python3-venv" >&2
    return 1
}

stamp=.venv/.installed-$set_name
wanted=$(sha256sum pyproject.toml "$lock" requirements/bootstrap.txt | sha256sum | cut -d' ' -f1)
[ "$set_name" = runtime ] && [ -f .venv/.installed-dev ] && stamp=.venv/.installed-dev lock=requirements/dev.txt &&
    wanted=$(sha256sum pyproject.toml "$lock" requirements/bootstrap.txt | sha256sum | cut -d' ' -f1)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

if [ ! -x .venv/bin/python ]; then
    python=$(find_python)
    "$python" -m venv .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --compile-bytecode -r "$lock"
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps -e .
echo "$wanted" > "$stamp"
