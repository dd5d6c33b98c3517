# The few verbs. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build web services service-programs up down test test-rust test-web test-browser test-engines bench crash fuzz lint fmt service install

WEB := services/gateway/web
TARGET := $(or $(CARGO_TARGET_DIR),target)
BUILT := $(WEB)/dist/.built

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: build ## Build, start, print the address and where the data lives
	@exec $(TARGET)/release/kith serve

build: $(BUILT) ## Build the program and its web app
	cargo build --release --locked -p kith-standalone

web: $(BUILT) ## Build the web app

$(BUILT): $(shell find $(WEB)/src $(WEB)/public $(WEB)/index.html $(WEB)/package-lock.json $(WEB)/*.ts -type f 2>/dev/null)
	@# Not `npm ci`: it refuses a lock file without the native packages of platforms that a registry
	@# does not carry. Versions are pinned, and the lock file's checksums hold here as well.
	cd $(WEB) && npm install --no-save --no-audit --no-fund && npm run build
	@touch $@

# A process per service, and `kith` to operate them: one call, so that dependencies are compiled once.
SERVICES := $(shell sed -n 's/^\[\(.*\)\]$$/\1/p' deploy/services.toml)
SERVICE_PACKAGES := -p kith-standalone $(SERVICES:%=-p kith-%)
space := $(subst ,, )
comma := ,
SERVICE_FEATURES := $(subst $(space),$(comma),$(SERVICES:%=kith-%/distributed))

services: $(BUILT) service-programs ## Build every service as a program of its own

service-programs: # The same where the web app has been built elsewhere, as in an image
	cargo build --release --locked $(SERVICE_PACKAGES) --bins --features $(SERVICE_FEATURES)

up: ## Start the engines and a process per service on this machine
	@deploy/local/engines check
	@$(MAKE) --no-print-directory services
	@KITH_BIN=$(TARGET)/release deploy/local/services up

down: ## End them; the data stays
	@deploy/local/services down

install: ## Install what the tests need and this machine lacks
	.ci/install

test: install test-rust test-web test-browser ## Everything that needs no engine: Rust, web app, browser

test-rust:
	cargo nextest run --workspace --locked --no-fail-fast
	cargo test --workspace --doc --locked -q

test-web: $(BUILT)
	cd $(WEB) && npm run test
	node --test tests/bench/

test-browser: $(BUILT)
	cargo build --locked -p kith-standalone
	cd tests/browser && npm ci --no-audit --no-fund && npm test

test-engines: ## The contract suites on PostgreSQL, RabbitMQ, Neo4j and Elasticsearch, started here
	deploy/local/test-engines

bench: build ## Measure; writes docs/benchmarks.md
	tests/bench/run

crash: ## Kill the program at a hundred moments of an import, and services and engines a hundred times
	KITH_KILLS=100 KITH_SEED=$${KITH_SEED:-$$RANDOM} cargo test -p kith-standalone --test killed -- --nocapture
	KITH_KILLS=100 KITH_SEED=$${KITH_SEED:-$$RANDOM} NEXTEST_PROFILE=crash deploy/local/test-engines -E 'test(whoever_is_killed)' --no-capture

fuzz: ## Feed the parsers for minutes: FUZZ_SECONDS=60 for each property
	KITH_FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) cargo test --release -p kith-formats --test it fuzz -- --nocapture

# Every script that there is, whatever its name.
SCRIPTS := $(shell git ls-files -co --exclude-standard 2>/dev/null | xargs -r grep -lE '^\#!.*\bbash|^\# shellcheck shell=bash' 2>/dev/null)

lint: $(BUILT) ## What can be seen without running it: format, lints, types, scripts, dependencies, generated code
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	@# Advisories need a database that is fetched; `cargo deny check advisories` asks it.
	cargo deny --locked check bans licenses sources
	cargo machete
	@# Programs outside of the workspace have locks of their own, which must follow its dependencies.
	@for lock in $$(git ls-files '*/Cargo.lock'); do \
		cargo metadata --locked --format-version 1 --manifest-path $${lock%.lock}.toml >/dev/null; done
	shellcheck -x $(SCRIPTS)
	cd $(WEB) && npm run format:check && npm run lint && npm run api:check

fmt: ## Format everything
	cargo fmt --all
	cd $(WEB) && npm run format

service: ## Clone the template: make service NAME=gifts
	skeleton/new-service $(NAME)
