# `make help` lists what there is. Everything installs into .venv and runs below .local/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[36m%-12s\033[0m %s\n", $$1, $$2}'

.venv/.ready: requirements/dev.lock $(wildcard libs/*/pyproject.toml services/*/pyproject.toml deploy/local/pyproject.toml)
	@./tools/setup

.PHONY: setup
setup: .venv/.ready protos ## create .venv, install the locked requirements, generate the stubs

.PHONY: protos
protos: .venv/.ready ## generate libs/protos from protos/
	@$(PY) tools/protos.py

.PHONY: lock
lock: .venv/.ready ## resolve requirements/*.in again (hashes, no addresses)
	@./tools/lock
