#!/usr/bin/env bash
# Prints keyfob's speed as ratios against a hand-written floor, both measured in the same run,
# and against the original clients and other libraries.
# Arguments are handed to each benchmark; `--check` makes a missed bound an error.
set -euo pipefail
cd "$(dirname "$0")/.."
# The command is measured as it is shipped: its size decides over start-up time and memory.
# The original clients from PyPI are measured beside keyfob where scripts/test.sh has installed them.
for bench in "keyfob-verify verify bench" "keyfob-verify refresh bench" "keyfob-verify memory bench" "keyfob-verify layer bench" \
    "keyfob attach bench" "keyfob-cli token release" "keyfob-conformance originals bench" \
    "keyfob-conformance rivals bench"; do
    read -r package name profile <<<"$bench"
    cargo bench --locked --quiet --profile "$profile" -p "$package" --bench "$name" -- "$@"
done
