#!/usr/bin/env bash
# Prints the path of cargo-deny; built once into the tools folder if PATH has none.
set -euo pipefail
. "$(dirname "$0")/env.sh"

root="$NAUTA_TOOLS/cargo-deny-$CARGO_DENY_VERSION"
if command -v cargo-deny >/dev/null; then
  command -v cargo-deny
else
  if [ ! -x "$root/bin/cargo-deny" ]; then
    say "building cargo-deny $CARGO_DENY_VERSION (some minutes, once)"
    mkdir -p "$NAUTA_TOOLS"
    CARGO_TARGET_DIR="$root/build" cargo install --quiet --locked --root "$root" --version "$CARGO_DENY_VERSION" cargo-deny >&2
    rm -rf "$root/build"
  fi
  echo "$root/bin/cargo-deny"
fi
