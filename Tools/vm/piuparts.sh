#!/bin/bash
# Has piuparts install, remove and purge packages in a Debian without systemd running, and look at what is left.
# usage: Tools/vm/piuparts.sh bookworm|trixie FOLDER; needs root
set -eu
cd "$(dirname "$0")/../.."
suite=$1 packages=$2
if ! command -v piuparts >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends piuparts >/dev/null
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -1 <"$(Tools/vm/root.sh "$suite")" >"$work/base.tgz"
# apt's own folder for what packages ask: newer than the list of piuparts.
if piuparts -d "$suite" -b "$work/base.tgz" -m "$(Tools/mirror.sh) main" --no-eatmydata -i /var/cache/debconf/tmp.ci/ \
    "$packages"/*.deb >"$work/log" 2>&1; then
    grep -E 'PASS|WARN' "$work/log"
else
    grep -E -A 5 'FAIL|ERROR' "$work/log" || tail -n 20 "$work/log"
    exit 1
fi
