#!/bin/sh
# Installs the Debian packages that are missing, in one call: those of the lab, and with `test` those of the tests too.
set -eu
cd "$(dirname "$0")/.."
lists=tools/packages.txt
[ "${1:-lab}" = test ] && lists="$lists tools/packages-test.txt"
# shellcheck disable=SC2086 # a list of files
missing=$(cat $lists | while read -r name; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || printf '%s ' "$name"
done)
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The hospital lab needs root on Debian and these packages: $missing" >&2
    echo "Ask an administrator for: apt-get install --no-install-recommends $missing" >&2
    echo "Without them, 'make run' starts the platform alone." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
exec 9>/tmp/care-apt.lock
flock 9
apt-get -q update >/dev/null
# No daemon starts by itself: the lab starts those it needs, on its own addresses, where others would stand in its way.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
    trap 'rm -f $policy' EXIT
fi
# shellcheck disable=SC2086 # a list of names, one word each
apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install --no-install-recommends \
    $missing </dev/null >/dev/null
