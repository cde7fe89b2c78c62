#!/usr/bin/env bash
# Passes the test runner's output on, and ends with one line that counts every test; fails if one failed.
set -uo pipefail
awk '
  { print; fflush() }
  /^test result:/ {
    for (i = 1; i <= NF; i++) {
      if ($(i + 1) ~ /^passed/) passed += $i
      if ($(i + 1) ~ /^failed/) failed += $i
    }
    seen = 1
  }
  /(^|[^[:alnum:]])skipped: / { skipped++ }
  END {
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit (failed > 0 || !seen) ? 1 : 0
  }'
