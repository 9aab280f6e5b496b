#!/usr/bin/env bash
# Builds the fuzz targets with coverage feedback on stable Rust (as `cargo fuzz build -s none` does, without needing it)
# and runs each one from its corpus: scripts/fuzz.sh [seconds per target] [target...]
# Inputs that are new are kept under target/fuzz/corpus, findings under target/fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-5}"
shift || true
out="${CARGO_TARGET_DIR:-target}/fuzz"
command -v c++ >/dev/null || { echo "a C++ compiler is needed to build libFuzzer" >&2; exit 1; }
triple="$(rustc -vV | sed -n 's/^host: //p')"

# libFuzzer needs these from the compiler; a target of its own keeps them away from build scripts.
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
coverage+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
coverage+=" -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0"
RUSTFLAGS="$coverage --cfg fuzzing" cargo build --locked --release --bins \
    --manifest-path fuzz/Cargo.toml --target-dir "$out" --target "$triple"

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for file in fuzz/fuzz_targets/*.rs; do
        targets+=("$(basename "$file" .rs)")
    done
fi
for target in "${targets[@]}"; do
    mkdir -p "$out/corpus/$target" "$out/artifacts/$target"
    printf '\n-- %s\n' "$target" >&2
    # The first folder takes what is new; the committed one is only read. One slow input must not be called a hang.
    log="$out/$target.log"
    if ! "$out/$triple/release/$target" "$out/corpus/$target" "fuzz/corpus/$target" -dict=fuzz/tokens.dict \
        -artifact_prefix="$out/artifacts/$target/" -max_total_time="$seconds" -max_len=8192 -timeout=20 \
        -rss_limit_mb=1024 -print_final_stats=1 >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "$target: a finding, see $out/artifacts/$target" >&2
        exit 1
    fi
    grep -E 'INITED|DONE|executed_units' "$log" >&2
done
