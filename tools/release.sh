#!/bin/sh
# Makes a release in FOLDER and signs it with a key that stays elsewhere: tools/release.sh FOLDER [SSH_PRIVATE_KEY]
# The wheel is built twice from the last commit and must be the same to the byte. docs/livraison.md says how to verify.
set -eu
umask 022
[ $# -ge 1 ] || { echo "usage: tools/release.sh FOLDER [SSH_PRIVATE_KEY]" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
key=${2:-}
[ -z "$key" ] || key=$(cd "$(dirname "$key")" && pwd)/$(basename "$key")
cd "$(dirname "$0")/.."
python=${CARE_BUILD_PYTHON:-$PWD/.venv/bin/python}

[ -z "$(ls -A "$folder")" ] || { echo "$folder is not empty" >&2; exit 1; }
[ -z "$(git status --porcelain)" ] || { echo "some changes are not committed: a release is made from a commit" >&2; exit 1; }
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0 TZ=UTC LC_ALL=C.UTF-8

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for turn in first second; do
    mkdir -p "$work/$turn/source"
    git archive HEAD | tar -x -C "$work/$turn/source"
    (cd "$work/$turn/source" && "$python" -c "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])" .. >/dev/null)
done
wheel=$(basename "$work"/first/*.whl)
cmp "$work/first/$wheel" "$work/second/$wheel" || { echo "two builds of $wheel differ: nothing is released" >&2; exit 1; }

cp "$work/first/$wheel" "$folder/"
cp requirements/runtime.txt "$folder/wheelhouse.txt"
"$python" -m tools.sbom "$folder/care.cdx.json"
(cd "$folder" && sha256sum "$wheel" care.cdx.json wheelhouse.txt > SHA256SUMS)
if [ -n "$key" ]; then
    ssh-keygen -q -Y sign -n care-release -f "$key" "$folder/SHA256SUMS"
else
    echo "no key given: SHA256SUMS is not signed" >&2
fi
