#!/usr/bin/env bash
# Prints keyfob's speed as ratios against a hand-written floor, both measured in the same run.
# Arguments are handed to each benchmark; `--check` makes a missed bound an error.
set -euo pipefail
cd "$(dirname "$0")/.."
for bench in "keyfob-verify verify" "keyfob attach" "keyfob-cli token"; do
    read -r package name <<<"$bench"
    cargo bench --locked --quiet -p "$package" --bench "$name" -- "$@"
done
