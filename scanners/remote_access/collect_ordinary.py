"""What an ordinary account may read of a gateway, when the root collector may not be run.

The same frames as the collector's, produced by a script sent on standard input: nothing is left on the gateway.
"""

from __future__ import annotations

SCRIPT = rb"""
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C TZ=UTC
export PATH LC_ALL TZ
section() {
    echo "@section $1"
    shift
    { code=$( { { "$@" 2>&1 </dev/null; echo $? >&3; } |
        tr -d '\000' | head -c 262144 | sed 's/^/|/' >&4; } 3>&1 ); } 4>&1
    echo
    echo "@end ${code:-1}"
}
files() {
    name=$1
    shift
    for file in "$@"; do
        if [ -f "$file" ]; then section "$name $file" cat "$file"; fi
    done
}
within() {
    if command -v timeout >/dev/null; then timeout 20 "$@"; else "$@"; fi
}
people() {
    if command -v getent >/dev/null; then within getent "$1"; else cat "/etc/$1"; fi
}
echo "care-collect 1"
section meta sh -c 'echo "hostname $(hostname)"; echo "date $(date +%Y-%m-%dT%H:%M:%SZ)"'
section os cat /etc/os-release
section passwd people passwd
section group people group
section nsswitch sh -c '[ ! -f /etc/nsswitch.conf ] || cat /etc/nsswitch.conf'
files pam /etc/pam.d/sshd /etc/pam.d/common-auth /etc/pam.d/common-session /etc/pam.d/password-auth \
    /etc/pam.d/system-auth /etc/pam.d/system-remote-login /etc/pam.d/system-login /etc/pam.d/postlogin
if command -v lastlog >/dev/null; then section lastlog within lastlog
elif command -v lastlog2 >/dev/null; then section lastlog within lastlog2; fi
section last last -w -F -n 2000
section listening ss -H -lntu
section processes sh -c 'cat /proc/[0-9]*/comm 2>/dev/null | sort -u'
section journal sh -c '[ -d /run/systemd/journal ] || exit 0
    if [ -d /var/log/journal ]; then echo persistent; else echo volatile; fi'
section addresses ip -o addr show scope global
files syslog /etc/rsyslog.conf /etc/rsyslog.d/*.conf /etc/syslog-ng/syslog-ng.conf /etc/syslog-ng/conf.d/*.conf \
    /etc/systemd/journal-upload.conf
files logind /etc/systemd/logind.conf /usr/lib/systemd/logind.conf.d/*.conf /etc/systemd/logind.conf.d/*.conf
files logrotate /etc/logrotate.conf /etc/logrotate.d/rsyslog /etc/logrotate.d/syslog
files profile /etc/profile /etc/profile.d/*.sh /etc/bash.bashrc /etc/bashrc
echo "@done"
"""
"""Bourne shell; reads only, as the account it runs under."""
