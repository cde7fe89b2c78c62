#!/usr/bin/env bash
# Prints the path of the ssh server of the tests; built into the tools folder whenever its sources have changed.
set -euo pipefail
cd "$(dirname "$0")/sshd"
. ../env.sh

# tests/pack/ssh.rs computes the same name.
# macOS has no sha256sum.
sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }
target="$NAUTA_TOOLS/bin/sshd-$(cat go.mod go.sum main.go | sha256 | cut -c1-12)"
if [ ! -x "$target" ]; then
  command -v go >/dev/null || die "the ssh server of the tests is not built yet, and building it needs Go"
  say "building the ssh server of the tests (some seconds, once)"
  mkdir -p "$NAUTA_TOOLS/bin"
  # Two checkouts may build it at the same time: the last one wins, and both are the same.
  made=$(mktemp "$target-XXXXXX")
  trap 'rm -f "$made"' EXIT
  CGO_ENABLED=0 GOFLAGS="-trimpath -mod=readonly -buildvcs=false" go build -o "$made" . >&2
  chmod 755 "$made"
  mv "$made" "$target"
fi
echo "$target"
