#!/bin/sh
# Keeps the house in order: who may import whom, what Sources must not contain, and the formatting.
set -u
cd "$(dirname "$0")/.."
failed=0
complain() { echo "check: $1" >&2; failed=1; }

# Dependency arrows: a target may import these and nothing else of ours.
allowed() {
    case "$1" in
        CGpio | CKernels | CLinux | JSON) echo "" ;;
        Memory) echo "" ;;
        Kernels) echo "CKernels CLinux Memory" ;;
        Checkpoint) echo "CLinux JSON Memory Kernels" ;;
        ExpertStore) echo "Memory Kernels Checkpoint" ;;
        Tokenizer | Grammar) echo "JSON" ;;
        Inference) echo "JSON Memory Kernels Checkpoint ExpertStore Tokenizer Grammar" ;;
        Import) echo "CLinux Memory Kernels Checkpoint" ;;
        Server) echo "CLinux" ;;
        API) echo "JSON Tokenizer Grammar Inference Server" ;;
        Board) echo "CGpio CLinux Memory" ;;
        Configuration) echo "Memory" ;;
        minked) echo "CLinux Memory Kernels Inference Server API Board Configuration" ;;
        minke) echo "CLinux JSON Memory Kernels Checkpoint ExpertStore Tokenizer Inference Import Server" ;;
        *) complain "Sources/$1 has no line in Tools/check_sources.sh" ;;
    esac
}
ours=$(ls Sources)
for target in $ours; do
    may=" $(allowed "$target") "
    for import in $(grep -rhoE '^ *(@[A-Za-z_()]+ )*(public |package |internal |private )?import [A-Za-z_]+' \
        "Sources/$target" --include=*.swift | awk '{print $NF}' | sort -u); do
        case " $(echo "$ours" | tr '\n' ' ') " in
            *" $import "*) case "$may" in *" $import "*) ;; *) complain "$target must not import $import" ;; esac ;;
        esac
    done
done

# One careless String(format:) of the full Foundation links 44 MB of ICU.
if grep -rnE '^ *(@[a-z_]+ )?(public |internal |private )?import Foundation$' Sources; then
    complain "import Foundation in Sources: use FoundationEssentials"
fi
# A trap takes the daemon down.
if grep -rnE '\btry!|\bas!|fatalError\(' Sources --include=*.swift; then complain "traps in Sources"; fi
# Pointers live in the leaves and in named files.
if grep -rlE 'Unsafe[A-Z]|Unmanaged' Sources --include=*.swift \
    | grep -vE '^Sources/(Memory|Kernels)/|^Sources/Checkpoint/(InputFile|OutputFile|DirectFile)\.swift$|^Sources/Import/PartialFile\.swift$|^Sources/Inference/ThreadExecutor\.swift$'; then
    complain "pointers outside the modules that may have them"
fi
if git ls-files 'Sources/*.swift' | xargs wc -l | awk '$2 != "total" && $1 > 800 { print; bad = 1 } END { exit !bad }'; then
    complain "files of over 800 lines"
fi
# Pages for people, where there is somebody to read them.
if command -v mandoc >/dev/null; then
    # Where our own pages are not installed, references to them lead nowhere.
    if mandoc -T lint Packaging/man/* 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db'; then
        complain "manual pages"
    fi
fi
swift format lint --strict --recursive --parallel Package.swift Sources Tests \
    Benchmarks/Package.swift Benchmarks/Sources Fuzzing/Package.swift Fuzzing/Sources || failed=1
exit $failed
