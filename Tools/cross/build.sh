#!/bin/bash
# Builds for arm64 on an amd64 machine, with the Swift compiler and libraries that Debian has.
#
#     Tools/cross/build.sh programs [SWIFT_ARGUMENT…]  into .build/arm64/programs: minke and minked, for Debian 12 and later
#     Tools/cross/build.sh libraries  the folder of the libraries that they are linked with
#     Tools/cross/build.sh version    the version of the compiler and of the runtime in the programs
#     Tools/cross/build.sh tests      all unit tests, run by emulation as three processors
#
# SOURCES names another folder than this one to build the programs of. Needs root (chroot, mounts); installs mmdebstrap and
# qemu-user-static. Compiler and libraries, 2.5 GB, are cached below ~/.cache/minke/cross. Nothing is fetched but Debian's
# packages: the Swift packages are this machine's checkouts, or those that the sources have in their folder vendor. The
# compiler is older than the one of this machine: sources are written for both.
set -euo pipefail
cd "$(dirname "$0")/../.."
what=$1 && shift
cache=${XDG_CACHE_HOME:-$HOME/.cache}/minke/cross
compiler=$cache/compiler
mirror=$(Tools/mirror.sh)
target=aarch64-unknown-linux-gnu
# The suite with the newest Swift, for the compiler and for the libraries of the target.
swift_suite=sid

install_tools() {
    command -v mmdebstrap >/dev/null && command -v qemu-aarch64-static >/dev/null && return
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap qemu-user-static >/dev/null
}

# Swift's packages for both machines, with an apt of its own.
download() {
    local state=$cache/apt
    ls "$cache"/packages/libswiftlang_*_arm64.deb >/dev/null 2>&1 && return
    echo "fetching Swift of Debian $swift_suite" >&2
    rm -rf "$cache/packages"
    mkdir -p "$cache/packages" "$state/lists/partial" "$state/cache/archives/partial" "$state/etc/"{preferences.d,apt.conf.d}
    : >"$state/status"
    echo "deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $swift_suite main" \
        >"$state/etc/sources.list"
    local options=(-qq -o APT::Architecture=amd64 -o 'APT::Architectures::=amd64' -o 'APT::Architectures::=arm64'
        -o "Dir::State=$state" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" -o "Dir::Etc=$state/etc"
        -o Acquire::Languages=none -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update
    (cd "$cache/packages" && apt-get "${options[@]}" download swiftlang:amd64 swiftlang:arm64 libswiftlang:arm64)
}

# unpack ARCHITECTURE SUITE FOLDER PACKAGES: files only; nothing is configured, so nothing of it is run.
unpack() {
    # A mirror may lag behind what its index says of itself.
    mmdebstrap --quiet --variant=extract --aptopt='Acquire::Check-Valid-Until "false"' --architectures="$1" --include="$4" "$2" "$3" "$mirror" >&2
}

make_compiler() {
    test -e "$compiler/complete" && return
    echo "unpacking the compiler" >&2
    rm -rf "$compiler"
    unpack amd64 $swift_suite "$compiler" base-files,bash,dash,coreutils,grep,sed,git,libc-bin,libc6-dev,g++,libswiftlang,\
libedit2,libncurses6,libsqlite3-0,libuuid1,zlib1g,libzstd1
    dpkg-deb --fsys-tarfile "$cache"/packages/swiftlang_*_amd64.deb | tar -x -C "$compiler" --exclude='*lldb*' \
        --exclude='*sourcekit*' --exclude='*/bin/clangd' --exclude='*/embedded/*' --exclude='*/libLTO*' --exclude='*/docc*' ./usr
    mkdir -p "$compiler"/{proc,dev,sdk,sysroot,sources,packages}
    touch "$compiler/complete"
}

# The target's files of a suite: what a program is linked with decides which C library it needs.
make_sysroot() {
    local suite=$1 gcc=$2 sysroot=$cache/$1 static file
    test -e "$sysroot/complete" && return
    echo "unpacking the libraries of $suite for arm64" >&2
    rm -rf "$sysroot"
    unpack arm64 "$suite" "$sysroot" "base-files,libc6-dev,libstdc++-$gcc-dev,libgcc-$gcc-dev,linux-libc-dev"
    for file in "$cache"/packages/{swiftlang,libswiftlang}_*_arm64.deb; do
        dpkg-deb --fsys-tarfile "$file" | tar -x -C "$sysroot" --wildcards --exclude='*/embedded/*' --exclude='*/host/*' \
            --exclude='*/migrator/*' './usr/libexec/swift/lib/swift*' './usr/libexec/swift/lib/clang/*' 2>/dev/null || true
    done
    # Where the compiler looks for them in a root.
    ln -sfn ../libexec/swift/lib/swift "$sysroot/usr/lib/swift"
    ln -sfn ../libexec/swift/lib/swift_static "$sysroot/usr/lib/swift_static"
    # A module for which the package lacks the library.
    test -e "$sysroot/usr/lib/swift/linux/lib_Testing_Foundation.so" ||
        rm -rf "$sysroot/usr/lib/swift/linux/Testing.swiftcrossimport"
    # Links that would lead out of the folder.
    find "$sysroot/usr/lib" -type l -lname '/*' | while read -r file; do
        ln -sfn "$(realpath -m --relative-to="$(dirname "$file")" "$sysroot$(readlink "$file")")" "$file"
    done
    touch "$sysroot/complete"
}

# What SwiftPM calls an SDK: it names the folders as the compiler will see them.
describe() {
    local bundle=$cache/sdk/arm64.artifactbundle
    mkdir -p "$bundle/arm64"
    cat >"$bundle/info.json" <<'J'
{"schemaVersion": "1.0", "artifacts": {"arm64": {"type": "swiftSDK", "version": "1", "variants": [
    {"path": "arm64", "supportedTriples": ["x86_64-unknown-linux-gnu", "x86_64-pc-linux-gnu"]}]}}}
J
    echo '{"schemaVersion": "1.0", "swiftCompiler": {"extraCLIOptions": ["-use-ld=lld"]}}' >"$bundle/arm64/toolset.json"
    cat >"$bundle/arm64/swift-sdk.json" <<J
{"schemaVersion": "4.0", "targetTriples": {"$target": {"sdkRootPath": "/sysroot",
    "swiftResourcesPath": "/sysroot/usr/lib/swift", "swiftStaticResourcesPath": "/sysroot/usr/lib/swift_static",
    "toolsetPaths": ["toolset.json"]}}}
J
}

# swift_build SYSROOT SOURCES ARGUMENT…: in the compiler's root, with the sources and this machine's checkouts in it.
swift_build() {
    local sysroot=$1 sources=$2 packages=$PWD/.build/checkouts
    shift 2
    if test -d "$sources/vendor"; then
        packages=$sources/vendor
    elif ! test -d "$packages"; then
        swift package resolve >&2
    fi
    mkdir -p "$sources/.build"
    unshare --mount --propagation private bash -c '
        root=$1 sysroot=$2 sdk=$3 sources=$4 packages=$5
        shift 5
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        # SwiftPM locks a folder by its name in /tmp, and all sources have one name here: builds must not wait for each other.
        mount -t tmpfs tmpfs "$root/tmp"
        mount --bind "$sysroot" "$root/sysroot"
        mount --bind "$sdk" "$root/sdk"
        # All but the list of what was resolved from the network, which nothing is.
        mount -t tmpfs tmpfs "$root/sources"
        for entry in "$sources"/* "$sources/.build"; do
            name=$(basename "$entry")
            test "$name" != Package.resolved || continue
            if test -d "$entry"; then mkdir "$root/sources/$name"; else : >"$root/sources/$name"; fi
            mount --bind "$entry" "$root/sources/$name"
        done
        mount --bind "$packages" "$root/packages"
        exec chroot "$root" /usr/bin/env -i HOME=/tmp PATH=/usr/libexec/swift/bin:/usr/bin:/bin LC_ALL=C.UTF-8 \
            MINKE_VENDOR=/packages sh -c "cd /sources && exec swift build --swift-sdks-path /sdk --swift-sdk arm64 \"\$@\"" - "$@"
    ' - "$compiler" "$sysroot" "$cache/sdk" "$sources" "$packages" --disable-sandbox --skip-update "$@"
}

build_programs() {
    local sources=${SOURCES:-$PWD} scratch=.build/arm64/release product flags
    mapfile -t flags < <(sed 's/^/-Xcc\n/' Packaging/hardening.flags)
    make_sysroot bookworm 12
    mkdir -p "$sources/.build/arm64/programs"
    clang --target=$target --sysroot="$cache/bookworm" -O2 -fPIC -c Tools/cross/glibc.c -o "$sources/.build/arm64/glibc.o"
    for product in minke minked; do
        swift_build "$cache/bookworm" "$sources" --scratch-path $scratch -c release --static-swift-stdlib \
            --product $product -Xlinker /sources/.build/arm64/glibc.o -Xlinker --gc-sections -Xlinker --build-id=none \
            -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now "${flags[@]}" "$@"
        cp "$sources/$scratch/$target/release/$product" "$sources/.build/arm64/programs/"
    done
}

# The processors of boards: NEON alone (Raspberry Pi 4), with dot products (Raspberry Pi 5, Orange Pi 5), with i8mm.
run_tests() {
    local scratch=.build/arm64/debug processor
    make_sysroot trixie 14
    # Optimised: the emulator is slow enough.
    swift_build "$cache/trixie" "$PWD" --scratch-path $scratch --build-tests -Xswiftc -O "$@"
    # Tests find their fixtures by the place that the sources were compiled at.
    mkdir -p /sources
    for processor in ${PROCESSORS:-cortex-a72 cortex-a76 max}; do
        echo "as $processor:"
        unshare --mount --propagation private sh -c 'mount --bind "$PWD" /sources && exec "$@"' - \
            qemu-aarch64-static -cpu "$processor" -L "$cache/trixie" -E LD_LIBRARY_PATH=/usr/libexec/swift/lib/swift/linux -E MINKE_TEST_SLOWNESS=20 \
            $scratch/$target/debug/minkePackageTests.xctest --testing-library swift-testing --no-parallel \
            ${FILTER:+--filter "$FILTER"} >".build/arm64/tests-$processor.log" 2>&1 || failed=1
        grep -a '✘' ".build/arm64/tests-$processor.log" || true
        tail -n 1 ".build/arm64/tests-$processor.log"
    done
    return ${failed:-0}
}

install_tools
mkdir -p "$cache"
download
make_compiler
describe
case $what in
programs) build_programs "$@" ;;
libraries) echo "$cache/bookworm" ;;
version) basename "$cache"/packages/libswiftlang_*_arm64.deb | sed 's/^libswiftlang_\([0-9.]*\).*/\1/' ;;
tests) run_tests "$@" ;;
*) echo "programs, libraries, version or tests, not $what" >&2 && exit 2 ;;
esac
