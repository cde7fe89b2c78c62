# `make help` lists the targets. Two of them do all the set-up: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export CARGO_TERM_PROGRESS_WHEN ?= auto

PLUGINS := helm-nauta kubectl-pack kubectl-tfjob

HELM3 ?= $(shell tests/tools/helm.sh 3)
HELM4 ?= $(shell tests/tools/helm.sh 4)
NAUTA_BED ?= $(shell tests/tools/bed.sh)
SSHD ?= $(shell tests/tools/sshd.sh)
STERN ?= $(shell tests/tools/stern.sh)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the plugins for development (target/debug)
	cargo build --workspace --locked

.PHONY: release
release: ## Build the plugins as they are shipped (target/release)
	@# One after the other: together, each would carry what any of them needs.
	@for plugin in $(PLUGINS); do (set -x; cargo build --locked --release -p $$plugin); done

.PHONY: demo
demo: build ## Show the main job: a pack from a git zoo, an experiment from it, and its run on a real control plane
	@bed="$(NAUTA_BED)"; [ -d "$$bed" ] || exit 1; \
	helm="$$(tests/tools/helm.sh 4 3.18)"; [ -x "$$helm" ] || exit 1; \
	echo '==> starting a control plane of its own for the demo' >&2; \
	NAUTA_BED="$$bed" HELM="$$helm" target/debug/nauta-bed run -- tests/demo.sh

.PHONY: test
test: ## Get what the tests need, then run all of them
	@h3="$(HELM3)"; h4="$(HELM4)"; bed="$(NAUTA_BED)"; sshd="$(SSHD)"; \
	[ -x "$$h3" ] && [ -x "$$h4" ] && [ -d "$$bed" ] && [ -x "$$sshd" ] || exit 1; \
	SSHD="$$sshd" HELM3="$$h3" HELM4="$$h4" NAUTA_BED="$$bed" cargo test --workspace --locked --no-fail-fast -- --show-output 2>&1 | tests/tools/summary.sh

.PHONY: cluster-up
cluster-up: ## Start a Kubernetes on this machine that stays, and print the line by which kubectl sees it
	@bed="$(NAUTA_BED)"; [ -d "$$bed" ] || exit 1; \
	NAUTA_BED="$$bed" cargo run --quiet --locked -p support --bin nauta-bed -- up

.PHONY: cluster-down
cluster-down: ## End it
	@cargo run --quiet --locked -p support --bin nauta-bed -- down

.PHONY: lint
lint: ## Check formatting, lints, documentation and dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@# Each as it is shipped, with what it alone needs of the library.
	@for plugin in $(PLUGINS); do (set -x; cargo clippy --locked -p $$plugin -- -D warnings); done
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
	tests/tools/dependencies.sh

.PHONY: advisories
advisories: ## Look for known faults in the dependencies (asks the advisory database; no part of lint, so that a new one cannot block work)
	@"$$(tests/tools/deny.sh)" check --hide-inclusion-graph advisories

.PHONY: bench
bench: release ## Print how long our commands take beside Helm's, kubectl's and stern's
	@h3="$(HELM3)"; h4="$(HELM4)"; [ -x "$$h3" ] && [ -x "$$h4" ] || exit 1; \
	HELM3="$$h3" HELM4="$$h4" cargo bench --locked -p helm-nauta --bench startup
	@stern="$(STERN)"; bed="$(NAUTA_BED)"; [ -x "$$stern" ] && [ -d "$$bed" ] || exit 1; \
	STERN="$$stern" NAUTA_BED="$$bed" cargo bench --locked -p kubectl-tfjob --bench lists --bench logs

.PHONY: fuzz-smoke
fuzz-smoke: ## Let a fuzzer look for a minute at each reader (nightly toolchain; builds cargo-fuzz once)
	@tests/tools/fuzz.sh 60

.PHONY: clean
clean: ## Remove what was built here (not the shared tools)
	cargo clean
