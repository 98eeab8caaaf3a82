#!/bin/bash
# Prints the path of a tarball with a small Debian of systemd, made if it is not there yet, below ~/.cache/minke/roots.
# usage: Tools/vm/root.sh bookworm|trixie
set -eu
if ! command -v mmdebstrap >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null
fi
suite=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/minke/roots
# Another script makes another one.
tar=$cache/$suite-$(dpkg --print-architecture)-$(sha256sum "$0" | cut -c 1-8).tar
if ! test -e "$tar"; then
    mkdir -p "$cache"
    TMPDIR=/dev/shm mmdebstrap --quiet --mode=root --format=tar --variant=minbase \
        --include=systemd-sysv,dbus,udev,libstdc++6,curl,ca-certificates,gcc,libc6-dev,util-linux,autopkgtest,dpkg-dev,apt-utils "$suite" "$tar.part" >&2
    mv "$tar.part" "$tar"
fi
echo "$tar"
