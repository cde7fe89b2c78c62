#!/usr/bin/env bash
# Checks licences, sources and bans of all dependencies, and that only kubectl-pack carries OpenSSL and an HTTP client.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/tools/env.sh

deny=$(tests/tools/deny.sh)
"$deny" check --hide-inclusion-graph bans licenses sources

for plugin in helm-nauta kubectl-tfjob; do
  for crate in openssl-sys reqwest; do
    if cargo tree --locked -p "$plugin" -e normal -i "$crate" 2>/dev/null | grep -q .; then
      die "$plugin carries $crate: only kubectl-pack may"
    fi
  done
done
if cargo tree --locked --workspace -e normal -i aws-lc-rs 2>/dev/null | grep -q .; then
  die "two TLS providers in one graph: aws-lc-rs must stay out"
fi
say "the dependencies are as they should be"
