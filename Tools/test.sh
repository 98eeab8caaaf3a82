#!/bin/sh
# Runs the unit tests one after the other (some measure time) and says at the end which failed: the log is long.
set -eu
log=$(mktemp)
trap 'rm -f "$log" "$log.status"' EXIT
{ swift test --skip-build --no-parallel 2>&1 && echo 0 >"$log.status" || echo 1 >"$log.status"; } | tee "$log"
[ "$(cat "$log.status")" -eq 0 ] && exit 0
echo
echo "What failed:"
# The details of an issue follow its line, marked with an arrow.
grep -aE -A 3 '^(✘|error:|Fatal error|.*: Fatal error)' "$log" | grep -avE '^(✔|◇|--)'
exit 1
