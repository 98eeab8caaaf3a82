#!/bin/sh
# Checks release binaries, of this machine or of another: no ICU, stripped size within the limit, only libraries and symbol
# versions that Debian 12 and later have, position independent, relocations read-only from the start, no executable stack.
# usage: Tools/check_release.sh [FOLDER]
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.build/release}
limit=$((25 << 20))
fail() { echo "$binary: $1" >&2; exit 1; }

# newest PREFIX: the highest version of the symbols that are needed.
newest() { readelf -VW "$folder/$binary" | grep -oE "$1_[0-9.]+" | sed "s/$1_//" | sort -uV | tail -n 1; }
# at_most PREFIX VERSION
at_most() {
    version=$(newest "$1")
    [ "$(printf '%s\n%s\n' "$version" "$2" | sort -V | tail -n 1)" = "$2" ] || fail "needs $1_$version, Debian 12 has $2"
}

for binary in minke minked; do
    # strip knows the machine's own format only.
    stripped=$(mktemp)
    strip=$(command -v llvm-strip || ls /opt/swift/usr/bin/llvm-strip /usr/bin/llvm-strip-* 2>/dev/null | head -n 1 || true)
    "${strip:-strip}" -o "$stripped" "$folder/$binary"
    size=$(stat -c %s "$stripped")
    rm "$stripped"
    [ "$size" -le "$limit" ] || fail "$size bytes stripped are more than $limit"
    if nm "$folder/$binary" 2>/dev/null | grep -qE 'icudt|u_charType|ucol_open'; then fail "ICU is linked in"; fi
    for library in $(readelf -d "$folder/$binary" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'); do
        case "$library" in
            libc.so.6 | libm.so.6 | libgcc_s.so.1 | libstdc++.so.6 | ld-linux-*) ;;
            *) fail "needs $library" ;;
        esac
    done
    at_most GLIBC 2.36
    at_most GLIBCXX 3.4.30
    at_most GCC 12.0.0
    readelf -hW "$folder/$binary" | grep -q 'Type:.*DYN' || fail "is not position independent"
    readelf -lW "$folder/$binary" | grep -q GNU_RELRO || fail "has no RELRO"
    readelf -dW "$folder/$binary" | grep -qE 'BIND_NOW|FLAGS.*NOW' || fail "binds late (RELRO is partial)"
    readelf -lW "$folder/$binary" | grep GNU_STACK | grep -q 'RW ' || fail "has an executable stack"
    echo "$binary: $(readelf -hW "$folder/$binary" | sed -n 's/.*Machine: *//p'), $size bytes stripped," \
        "GLIBC $(newest GLIBC), GLIBCXX $(newest GLIBCXX), PIE, full RELRO"
done
