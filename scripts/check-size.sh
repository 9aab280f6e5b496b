#!/bin/sh
# Refuses Rust files that are too long to be one idea: 500 lines, 700 for tests and benches. (The length of functions is
# clippy's `too_many_lines`.) Prints the ten largest files and the median. Needs git and awk.
set -eu
cd "$(git rev-parse --show-toplevel)"

git ls-files -z '*.rs' | xargs -0 awk '
    FNR == 1 && FILENAME != file { if (file != "") print lines, file; file = FILENAME }
    { lines = FNR }
    END { if (file != "") print lines, file }
' | sort -k1,1nr -k2 | awk '
    { size[NR] = $1; path[NR] = substr($0, length($1) + 2) }
    END {
        if (NR == 0) { print "no Rust files found"; exit 1 }
        print "largest files:"
        for (i = 1; i <= NR && i <= 10; i++) printf "%6d  %s\n", size[i], path[i]
        printf "median: %d lines in %d files\n", size[int((NR + 1) / 2)], NR
        for (i = 1; i <= NR; i++) {
            limit = path[i] ~ /(^|\/)(tests|benches)\// ? 700 : 500
            if (size[i] > limit) { printf "too long: %s has %d lines, %d are allowed\n", path[i], size[i], limit; bad = 1 }
        }
        exit bad
    }
'
