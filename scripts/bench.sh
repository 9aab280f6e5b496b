#!/usr/bin/env bash
# Prints keyfob's speed as ratios against a hand-written floor, both measured in the same run.
# Arguments are handed to each benchmark; `--check` makes a missed bound an error.
set -euo pipefail
cd "$(dirname "$0")/.."
# The command is measured as it is shipped: its size decides over start-up time and memory.
for bench in "keyfob-verify verify bench" "keyfob attach bench" "keyfob-cli token release"; do
    read -r package name profile <<<"$bench"
    cargo bench --locked --quiet --profile "$profile" -p "$package" --bench "$name" -- "$@"
done
