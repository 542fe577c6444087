# `make help` lists what there is. Everything installs into .venv and runs below .local/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
PY := $(BIN)/python
SOURCES := libs/vocabulary/src libs/chassis/src libs/client/src services/onboarding/src services/contracts/src services/payouts/src deploy/local/src
PROJECTS := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml deploy/local/pyproject.toml)
PYTEST := $(PY) -m pytest -n 2 --dist loadfile

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{split($$1, name, ":"); printf "  %-15s %s\n", name[1], $$2}'

.venv/.ready: requirements/dev.lock tools/setup $(PROJECTS)
	@./tools/setup

.PHONY: setup
setup: .venv/.ready protos ## create .venv, install the locked requirements, generate the stubs

.PHONY: protos
protos: .venv/.ready ## generate libs/protos from protos/ (only when something changed)
	@$(PY) tools/protos.py

.PHONY: fmt
fmt: .venv/.ready ## format the code
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix . && $(BIN)/buf format -w protos

.PHONY: lint
lint: setup ## code, import rules, protos, migrations, licences, secrets
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q .
	@$(BIN)/lint-imports --no-logo
	@./tools/lint-protos
	@./tools/lint-migrations
	@$(PY) tools/docs.py --check
	@$(PY) tools/licences.py --check
	@$(PY) tools/secret_scan.py

.PHONY: types
types: setup ## mypy, strict
	@$(PY) -m mypy $(SOURCES) tests/support tests/bench

.PHONY: docs
docs: setup ## write the generated pages (events, errors, settings, permissions, licences) again
	@$(PY) tools/docs.py
	@$(PY) tools/licences.py

.PHONY: sbom
sbom: setup ## what each service is made of at runtime, as CycloneDX, to .local/sbom
	@$(PY) tools/sbom.py

.PHONY: test
test: setup ## all tests but the slow ones, on real Postgres and real Kafka
	@$(PYTEST) -m "not slow"

.PHONY: test-all
test-all: setup ## all tests, with the long crash run
	@$(PYTEST) --timeout 3600

.PHONY: demo
demo: setup ## contractors onboarded, contracted and paid end to end; ends with a table
	@$(BIN)/kamai demo

.PHONY: bench
bench: setup ## measure relay, latency, calls and consumer against references
	@PYTHONPATH=tests $(PY) -m bench

.PHONY: security-report
security-report: setup ## call every method as everybody who must be refused; ends with a table
	@PYTHONPATH=tests $(PY) -m support.security

.PHONY: up
up: setup ## start the development stack in the background
	@$(BIN)/kamai-stack up

.PHONY: down
down: .venv/.ready ## stop it
	@$(BIN)/kamai-stack down

.PHONY: status
status: .venv/.ready ## what runs, where
	@$(BIN)/kamai-stack status

.PHONY: logs
logs: .venv/.ready ## the newest lines of all parts
	@$(BIN)/kamai-stack logs

.PHONY: lock
lock: .venv/.ready ## resolve requirements/*.in again (hashes, no addresses)
	@./tools/lock

.PHONY: clean
clean: ## remove .venv, generated stubs, the stack's data and caches (stops the stack first)
	@if [ -x $(BIN)/kamai-stack ]; then $(BIN)/kamai-stack down >/dev/null 2>&1 || true; fi
	@rm -rf .venv .local libs/protos/src .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
