#!/bin/bash
# Makes the packages of the last commit twice, in folders whose names differ in length, and compares them byte by byte.
# Commits that are made meanwhile do not count.
#
#     Tools/check_reproducible.sh [ARCHITECTURE]
#
# Then checks the hardening of what is in them, and the flags of every call of the C compiler.
set -euo pipefail
cd "$(dirname "$0")/.."
architecture=${1:-$(dpkg --print-architecture)}
if ! command -v hardening-check >/dev/null || ! command -v blhc >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends devscripts blhc >/dev/null
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
Tools/fetch_models.sh .build/models
commit=$(git rev-parse HEAD)
for place in a a/longer/name; do
    git clone -q . "$work/$place/minke"
    git -C "$work/$place/minke" checkout -q --detach "$commit"
    mkdir -p "$work/$place/minke/.build"
    # The weights are the same file; everything else is made again.
    cp -r .build/models "$work/$place/minke/.build/"
    echo "building in $work/$place/minke"
    (cd "$work/$place/minke" && Tools/make_deb.sh "$architecture")
done
different=0
# There is no source package beside the packages of another architecture.
shopt -s nullglob
for package in "$work"/a/minke/.build/deb/*.{deb,orig*.tar.xz,debian.tar.xz}; do
    other=$work/a/longer/name/minke/.build/deb/$(basename "$package")
    if cmp "$package" "$other"; then
        echo "the same $(stat -c %s "$package") bytes: $(basename "$package")"
    else
        different=1
    fi
done
dpkg-deb -x "$work"/a/minke/.build/deb/minke_*_"$architecture".deb "$work/installed"
# Control flow protection is not for Swift's code: its compiler makes none (6.2 stops where it is asked to).
hardening-check --nocfprotection "$work"/installed/usr/bin/* || different=1
# The flags of every call of the C compiler, under the name that blhc knows.
{
    echo "dpkg-buildpackage: info: source package minke"
    cat "$work"/a/minke/.build/deb/*-"$architecture".log |
        sed -nE 's|^[^ ]*/clang (.* -c )|gcc \1|p'
} >"$work/calls.log"
echo "$(($(wc -l <"$work/calls.log") - 1)) calls of the C compiler"
blhc --all --arch="$architecture" "$work/calls.log" || different=1
exit $different
