#!/usr/bin/env bash
# Prints the path of the Helm 3 or Helm 4 of the tests, as env.sh names them: `helm.sh 3`. With a second version, any Helm
# in PATH that is at least that will do: `helm.sh 4 3.18`.
# One in PATH is taken if it fits; else it is built once from its Go module into the tools folder.
set -euo pipefail
. "$(dirname "$0")/env.sh"

case "${1:-}" in
  3) version=$HELM3_VERSION ;;
  4) version=$HELM4_VERSION ;;
  *) die 'usage: helm.sh 3|4 [LEAST]' ;;
esac
least=${2:-}
major=${version%%.*}
target="$NAUTA_TOOLS/bin/helm-$version"

version_of() { "$1" version --template '{{ .Version }}' 2>/dev/null; }
is_wanted() { [ "$(version_of "$1")" = "v$version" ]; }
is_enough() { [ -n "$least" ] && [ "$(printf '%s\n' "v$least" "$(version_of "$1")" | sort -V | head -1)" = "v$least" ]; }

build() {
  command -v go >/dev/null || die "Helm $version is not in PATH, and building it needs Go"
  say "building Helm $version from its Go module (about a minute, once)"
  local flags="-s -w -X helm.sh/helm/v$major/internal/version.version=v$version"
  if [ "$major" = 3 ]; then
    # Helm 3 takes the version of Kubernetes that it assumes without a cluster from the linker.
    local package
    for package in pkg/chartutil pkg/lint/rules; do
      flags="$flags -X helm.sh/helm/v3/$package.k8sVersionMajor=1 -X helm.sh/helm/v3/$package.k8sVersionMinor=35"
    done
  fi
  local folder
  folder=$(mktemp -d "$NAUTA_TOOLS/building-XXXXXX")
  # shellcheck disable=SC2064  # the folder is known now
  trap "rm -rf '$folder'" EXIT
  GOBIN="$folder" CGO_ENABLED=0 GOFLAGS=-trimpath \
    go install -ldflags "$flags" "helm.sh/helm/v$major/cmd/helm@v$version" >&2
  mv "$folder/helm" "$target"
}

mkdir -p "$NAUTA_TOOLS/bin"
if is_wanted "$target"; then
  echo "$target"
elif found=$(command -v helm) && { is_wanted "$found" || is_enough "$found"; }; then
  echo "$found"
else
  # Two checkouts may want it at the same time: one builds, the other waits.
  exec 9>"$target.lock"
  if command -v flock >/dev/null; then flock 9; fi
  is_wanted "$target" || build
  echo "$target"
fi
