#!/usr/bin/env bash
# Prints the path of the stern that `make bench` compares with: PATH's if its minor version fits; otherwise it is built once
# from its Go module, in the folder of its own go.mod and go.sum, which say what from.
set -euo pipefail
cd "$(dirname "$0")/stern"
. ../env.sh

target="$NAUTA_TOOLS/bin/stern-$STERN_VERSION"
minor_of() { cut -d. -f1,2 <<<"${1#v}"; }
# stern prints `version: 1.34.0` among other lines.
version_of() { "$1" --version 2>/dev/null | sed -n 's/^version: v\{0,1\}//p'; }

# Two checkouts may get here at the same time where there is no flock: the last one wins, and both are the same.
build() {
  local flags="-s -w -X github.com/stern/stern/cmd.version=$STERN_VERSION"
  command -v go >/dev/null || die "stern is built with Go, which is not in PATH"
  grep -qF "github.com/stern/stern v$STERN_VERSION" go.mod || die "env.sh and stern/go.mod want different versions"
  say "building stern from its Go module (about 2 min on two cores, once)"
  made=$(mktemp "$target-XXXXXX")
  trap 'rm -f "$made"' EXIT
  CGO_ENABLED=0 GOWORK=off GOFLAGS="-trimpath -mod=readonly -buildvcs=false" \
    go build -ldflags "$flags" -o "$made" github.com/stern/stern >&2
  chmod 755 "$made"
  mv "$made" "$target"
}

found=$(command -v stern || true)
if [ -n "$found" ] && [ "$(minor_of "$(version_of "$found" || true)")" = "$(minor_of "$STERN_VERSION")" ]; then
  echo "$found"
  exit
fi
mkdir -p "$NAUTA_TOOLS/bin"
if [ ! -x "$target" ]; then
  # Two checkouts may want it at the same time: one builds, the other waits.
  exec 9>"$NAUTA_TOOLS/stern.lock"
  if command -v flock >/dev/null; then flock 9; fi
  [ -x "$target" ] || build
fi
echo "$target"
