#!/bin/sh
# Fuzzes each reader of model files for some time, starting from Tests/Corpora; one line per reader.
#
#     Tools/fuzz.sh [SECONDS]     60 by default
#     Tools/fuzz.sh --runs N      N inputs, drawn alike in every run: from Tests/Corpora only and from one seed
#                                 (what comparisons compare differs between processes and is left out)
#     Tools/fuzz.sh --minimise    fixtures, Tests/Corpora and what earlier runs found become the new Tests/Corpora
#
# A failing input is kept in Fuzzing/.build/crashes; give it to the reader to see it fail again:
#     Fuzzing/.build/release/fuzz-gguf Fuzzing/.build/crashes/…
set -eu
cd "$(dirname "$0")/.."
mode=search
length=-max_total_time=${1:-60}
case ${1:-} in
--minimise) mode=minimise ;;
--runs) mode=repeat length="-runs=$2 -seed=1 -use_cmp=0" ;;
esac
readers="gguf safetensors store"
binaries=Fuzzing/.build/release
log=Fuzzing/.build/fuzz.log

# Swift looks for the runtime of the sanitizers beside its own clang.
target=$(swift -print-target-info)
resources=$(printf '%s' "$target" | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
architecture=$(uname -m)
for library in asan fuzzer; do
    if [ -z "$(find -L "$resources" -name "libclang_rt.$library-$architecture.a")" ]; then
        echo "fuzzing needs libclang_rt.$library-$architecture.a, which this Swift installation lacks" >&2
        exit 1
    fi
done

mkdir -p Fuzzing/.build/crashes
for reader in $readers; do
    # One product at a time: without one SwiftPM builds the root package's programs too.
    swift build -c release --package-path Fuzzing --product "fuzz-$reader" --sanitize=address \
        -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
done

# The leak checker stops other threads by ptrace, which containers forbid. Memory that was freed is kept back for a
# while to find late uses: 16 MB of it, or it would hide how much the reader itself takes.
export ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16
# Swift's own report of a crash stops at the sanitizer's memory.
export SWIFT_BACKTRACE=enable=no
# Dictionaries in the same order in every process: the same inputs take the same ways.
export SWIFT_DETERMINISTIC_HASHING=1
for reader in $readers; do
    # The fixtures have no file of Minke's own format yet.
    if [ $mode = minimise ] && [ "$reader" = store ]; then continue; fi
    seeds=Tests/Corpora/$reader
    found=Fuzzing/.build/corpora/$reader
    if [ $mode = repeat ]; then
        found=Fuzzing/.build/repeat/$reader
        rm -rf "$found"
    fi
    mkdir -p "$seeds" "$found"
    if [ $mode = minimise ]; then
        all=Fuzzing/.build/all
        rm -rf "$all"
        Tools/make_fuzz_seeds.py Tests/Fixtures "$all"
        mkdir -p "$all/$reader" "$all/new"
        # The fewest files that reach every edge.
        $binaries/fuzz-"$reader" -set_cover_merge=1 -use_counters=0 "$all/new" "$seeds" "$all/$reader" "$found" 2>"$log"
        rm -rf "$seeds"
        mv "$all/new" "$seeds"
        echo "fuzz-$reader: $(find "$seeds" -type f | wc -l) files"
        continue
    fi
    dictionary=""
    if [ -f "$seeds.dict" ]; then dictionary=-dict=$seeds.dict; fi
    # shellcheck disable=SC2086  # no word where there is no dictionary, two where there is a seed
    if ! $binaries/fuzz-"$reader" $dictionary $length -max_len=8192 -timeout=2 -rss_limit_mb=512 \
        -malloc_limit_mb=64 -artifact_prefix=Fuzzing/.build/crashes/ \
        -print_final_stats=1 "$found" "$seeds" >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "fuzz-$reader: failed; the input is in Fuzzing/.build/crashes" >&2
        exit 1
    fi
    awk -v reader="$reader" '
        /^stat::number_of_executed_units/ { runs = $2 }
        / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") edges = $(i + 1); if ($i == "corp:") corpus = $(i + 1) } }
        END { print "fuzz-" reader ": " runs " executions, " edges " edges, corpus " corpus }' "$log"
done
