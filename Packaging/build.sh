#!/bin/sh
# Builds minke and minked of the tree in this folder, with the Swift packages in its folder vendor, into .build/release: the
# same bytes wherever the tree is.
#
# The compiler leaves the names of folders out of programs where it is told to, but not their length (of the file in which a
# withoutActuallyEscaping stands): what is compiled is a copy whose path is always as long. An identifier of the build would
# tell two folders apart as well.
set -eu
work=$(mktemp -d /tmp/minke-XXXXXXXXXX)
trap 'rm -rf "$work"' EXIT
cp -r Package.swift Sources Tests vendor "$work"
# The home that packages are cached in; nothing is.
mkdir "$work/home"
flags=$(sed 's/^/-Xcc /' Packaging/hardening.flags)
for product in minke minked; do
    # With every command, so that their flags can be checked (blhc).
    # shellcheck disable=SC2086  # words
    HOME=$work/home MINKE_VENDOR=vendor swift build -v -c release --package-path "$work" --static-swift-stdlib \
        --disable-sandbox --skip-update --product $product $flags \
        -Xcc -ffile-prefix-map="$work=." -Xcc -fdebug-prefix-map="$work=." -Xswiftc -file-prefix-map -Xswiftc "$work=." \
        -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now -Xlinker --gc-sections -Xlinker --build-id=none
done
mkdir -p .build/release
cp "$work/.build/release/minke" "$work/.build/release/minked" .build/release/
