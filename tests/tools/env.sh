# Sourced by the scripts here: where built tools are kept, and which versions the tests want.
# The folder is shared by all checkouts; delete it at any time.

NAUTA_TOOLS="${NAUTA_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/nauta-tools}"
HELM3_VERSION=3.21.4
HELM4_VERSION=4.2.4
CARGO_DENY_VERSION=0.20.2
CARGO_FUZZ_VERSION=0.13.2
STERN_VERSION=1.34.0
export NAUTA_TOOLS HELM3_VERSION HELM4_VERSION CARGO_DENY_VERSION CARGO_FUZZ_VERSION STERN_VERSION

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
