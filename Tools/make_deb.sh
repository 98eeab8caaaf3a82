#!/bin/sh
# Makes the Debian packages: source tarballs from the last commit, then the packages from nothing but them.
#
#     Tools/make_deb.sh [ARCHITECTURE]        into .build/deb
#
# Needs Swift, and installs debhelper if it is missing. Programs for arm64 are built by Tools/cross/build.sh from the same
# tree (as root), or MINKE_BINARIES names a folder with both, and MINKE_EMULATOR the command that runs them here.
set -eu
cd "$(dirname "$0")/.."
architecture=${1:-$(dpkg --print-architecture)}
if ! command -v dh_apparmor >/dev/null || ! command -v lintian >/dev/null || ! command -v fakeroot >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        debhelper dh-apparmor dpkg-dev fakeroot lintian xz-utils >/dev/null
fi

case $architecture in
"$(dpkg --print-architecture)") ;;
arm64)
    # What debhelper strips with.
    command -v aarch64-linux-gnu-strip >/dev/null ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends binutils-aarch64-linux-gnu >/dev/null
    ;;
*)
    if [ ! -x "${MINKE_BINARIES:-}/minked" ]; then
        echo "programs for $architecture are not built here: set MINKE_BINARIES to their folder" >&2
        exit 1
    fi
    ;;
esac

version=$(dpkg-parsechangelog -l Packaging/debian/changelog -S Version)
upstream=${version%-*}
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l Packaging/debian/changelog -S Timestamp)
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8 TZ=UTC
root=$PWD
work=$root/.build/deb
tree=$work/minke-$upstream
rm -rf "$tree"
mkdir -p "$work"

# archive NAME FOLDER LEVEL: a tarball that is the same every time.
archive() {
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
        -C "$(dirname "$2")" -cf - "$(basename "$2")" | xz "-$3" -T1 >"$work/minke_$upstream.$1.tar.xz"
}

git archive --prefix="minke-$upstream/" HEAD | tar -x -C "$work"
# The model's own file is a tarball of its own, and so are the Swift packages.
archive orig "$tree" 6

swift package resolve >/dev/null 2>&1
vendor=$work/vendor
rm -rf "$vendor"
mkdir "$vendor"
for package in .build/checkouts/*; do
    git -C "$package" archive --prefix="$(basename "$package")/" HEAD | tar -x -C "$vendor"
    # Name, version and place of what is in there, for the list of components.
    git -C "$package" describe --tags --exact-match >"$vendor/$(basename "$package")/.version" 2>/dev/null ||
        git -C "$package" rev-parse HEAD >"$vendor/$(basename "$package")/.version"
    rm -rf "$vendor/$(basename "$package")"/Tests "$vendor/$(basename "$package")"/.git*
done
archive orig-vendor "$vendor" 6

model=$work/model
rm -rf "$model"
mkdir "$model"
Tools/fetch_models.sh .build/models
cp .build/models/smollm2-135m-instruct-q4_1.gguf "$model"
archive orig-model "$model" 0

mv "$vendor" "$model" "$tree"
cp -r Packaging/debian "$tree/debian"
cd "$tree"
# Swift need not come from a Debian package.
options="-us -uc -d"
if [ "$architecture" != "$(dpkg --print-architecture)" ]; then
    options="$options -b --host-arch $architecture"
    if [ -z "${MINKE_BINARIES:-}" ]; then
        # With every command, so that their flags can be checked (blhc).
        log=$work/programs-$architecture.log
        SOURCES=$tree "$root/Tools/cross/build.sh" programs -v >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
        # Out of the tree: a package's build begins with cleaning it.
        rm -rf "$work/programs-$architecture"
        mv "$tree/.build/arm64/programs" "$work/programs-$architecture"
        rm -rf "$tree/.build"
        MINKE_BINARIES=$work/programs-$architecture
        MINKE_SWIFT=$("$root/Tools/cross/build.sh" version)
        MINKE_LIBRARIES=$("$root/Tools/cross/build.sh" libraries)
        MINKE_EMULATOR="qemu-aarch64-static -L $MINKE_LIBRARIES"
        export MINKE_BINARIES MINKE_LIBRARIES MINKE_EMULATOR MINKE_SWIFT
    fi
fi
# shellcheck disable=SC2086  # words
dpkg-buildpackage $options >"$work/build-$architecture.log" 2>&1 || { tail -n 40 "$work/build-$architecture.log" >&2; exit 1; }
cd "$work"
ls -l ./*.deb
lintian --fail-on error,warning "minke_${version}_$architecture.changes"
