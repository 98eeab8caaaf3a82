#!/bin/sh
# The units are valid in every word, and the daemon's sandbox holds: the exposure that systemd-analyze computes.
# usage: Tools/check_units.sh [FOLDER-OF-UNITS]
set -eu
cd "$(dirname "$0")/.."
units=${1:-systemd}
if ! command -v systemd-analyze >/dev/null; then
    echo "check: no systemd-analyze here: the units are not checked" >&2
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$units"/*.service "$units"/*.socket "$work"
# The daemon itself need not be installed.
sed -i 's|/usr/bin/minked|/bin/true|; s|/usr/lib/systemd/systemd-socket-proxyd|/bin/true|' "$work"/*.service
failed=0
systemd-analyze verify --man=no --recursive-errors=yes "$work"/minked.socket "$work"/minked.service \
    "$work"/minke-tcp.socket "$work"/minke-tcp.service || failed=1
# Exposure in tenths: 5 is 0.5.
exposure() {
    systemd-analyze security --offline=true --no-pager --threshold="$2" "$work/$1" >"$work/report" 2>&1 || {
        grep -v '✓' "$work/report" >&2
        echo "check: $1 is exposed more than $2 tenths" >&2
        failed=1
    }
    grep -a 'Overall exposure' "$work/report" || { cat "$work/report" >&2; failed=1; }
}
exposure minked.service 5
exposure minke-tcp.service 10
exit $failed
