# The checkout's own set-up. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first Python that runs and is new enough; `make PYTHON=/path/to/python3` chooses another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$name; exit; fi; done)
BIN := .venv/bin
DATA ?= .secondlook
SAMPLE ?= 200

.PHONY: help install install-tests up test check fast faults lock cluster cluster-test

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: .venv/installed ## Install what is needed to run, into .venv

install-tests: .venv/installed-tests ## Install what the tests need as well

up: install ## Install, then run the whole product with a small sample docket
	@export SECONDLOOK_AS_OF=$${SECONDLOOK_AS_OF:-2011-12-05} SECONDLOOK_WITHDRAW_WINDOW=$${SECONDLOOK_WITHDRAW_WINDOW:-30s}; \
	if [ ! -e "$(DATA)/secondlook.db" ]; then \
	  echo "== Loading a sample docket of $(SAMPLE) synthetic cases; demonstration people then decide some of them"; \
	  $(BIN)/secondlook sample $(SAMPLE) --seed 1 | $(BIN)/secondlook load --data "$(DATA)" -; \
	  $(BIN)/secondlook demonstrate --data "$(DATA)" --wait 120 & \
	fi; \
	echo "== The sample stands as of 5 December 2011; decisions can be withdrawn for 30 seconds (10 minutes by default)"; \
	exec $(BIN)/secondlook up --data "$(DATA)"

test: install-tests check ## Install what tests need, then run all checks and all tests
	@echo "== Tests: fast ones first, then faults, load and browser (about 25 minutes on two cores)"
	$(BIN)/python -m pytest -q

check: install-tests fast ## The quick part while working: lint, types, imports, fast tests of the pure core
	$(BIN)/python -m pytest -q -x tests/policy tests/cases tests/intake

fast: .venv/installed-tests
	@echo "== Lint, types, imports"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports

faults: install-tests ## The trials of faults at their full size, with what each measures (an hour on two cores)
	@echo "== Another key, a bug for 1,000 of 20,000 cases, 1,000 events of a newer type among 5,000; PostgreSQL restarted,"
	@echo "== without connections, hanging and stopped for a minute each; 240 runs that an operator laid hands on; a data"
	@echo "== folder of the last release; receipts in any order. (The full disk is in tests/end_to_end/test_bad_days.py.)"
	FAULTS=full $(BIN)/python -m pytest -q -s tests/records/test_receipts_in_any_order.py tests/workers/test_poison.py tests/end_to_end/test_faults_*.py

cluster: .venv/installed ## Run the distributed Temporal server here (needs Go and PostgreSQL; four minutes the first time)
	@exec $(BIN)/python deploy/cluster/cluster.py --folder .cluster

cluster-test: install-tests ## Only the end-to-end tests on that server; `make test` runs them too
	$(BIN)/python -m pytest -q tests/end_to_end -k distributed

lock: .venv/installed-tests ## Lock the dependencies again (versions and hashes, no addresses)
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --extra build pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --extra build --extra dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --extra build --extra bench pyproject.toml -o requirements-bench.txt

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Second Look needs Python 3.11 or newer, and none was found (python3 is: $$(python3 --version 2>&1 | head -n 1))." >&2; \
	  echo "Install it (Debian: apt-get install python3 python3-venv), or run make PYTHON=/path/to/python3" >&2; exit 1; fi
	@echo "== Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing (Debian: apt-get install python3-venv)." >&2; rm -rf .venv; exit 1; }

.venv/installed: requirements.txt pyproject.toml deploy/install_pango.sh | .venv/bin/python
	@echo "== Installing Second Look and what it needs into .venv (about a minute the first time)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt \
	  || { echo "A package could not be installed: is a package index reachable?" >&2; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@deploy/install_pango.sh $(BIN)/python
	@touch $@

.venv/installed-tests: .venv/installed requirements-dev.txt deploy/install_chromium.sh
	@echo "== Installing what the tests need into .venv"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@deploy/install_chromium.sh
	@touch $@
