#!/usr/bin/env bash
# Runs every fuzz target for some seconds: `fuzz.sh 60`. Needs the nightly toolchain; cargo-fuzz is built once into the
# tools folder if PATH has none.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/tools/env.sh

seconds=${1:?usage: fuzz.sh SECONDS}
if ! cargo +nightly --version >/dev/null 2>&1; then
  echo "skipped: there is no nightly toolchain (\`rustup toolchain install nightly\`); \`make test\` runs the same properties"
  exit 0
fi

root="$NAUTA_TOOLS/cargo-fuzz-$CARGO_FUZZ_VERSION"
fuzz=$(command -v cargo-fuzz || echo "$root/bin/cargo-fuzz")
if [ ! -x "$fuzz" ]; then
  say "building cargo-fuzz $CARGO_FUZZ_VERSION (a minute, once)"
  mkdir -p "$NAUTA_TOOLS"
  CARGO_TARGET_DIR="$root/build" cargo install --quiet --locked --root "$root" --version "$CARGO_FUZZ_VERSION" cargo-fuzz >&2
  rm -rf "$root/build"
fi

for target in fuzz/fuzz_targets/*.rs; do
  target=$(basename "$target" .rs)
  say "fuzzing $target for $seconds seconds"
  seeds=$(find "fuzz/seeds/$target" -maxdepth 0 2>/dev/null || true)
  mkdir -p "fuzz/corpus/$target"
  # What was found stays in fuzz/artifacts, what was learned in fuzz/corpus; neither is part of the repository.
  RUSTUP_TOOLCHAIN=nightly "$fuzz" run --fuzz-dir fuzz "$target" "fuzz/corpus/$target" ${seeds:+"$seeds"} -- \
    -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -dict=fuzz/words.dict -print_final_stats=0 -verbosity=0
done
say "no fault was found"
