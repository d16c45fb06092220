# Everything a person does here, one word each. `make` alone prints the list.
# Paths are relative, so the folder's own name may have spaces in it.

PYTHON ?= python3
RUNS ?= 10
REQUESTS ?= 100000
PROCESSES ?= 4
UV := uv==0.13.8
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Where it is set each of our many processes compiles all its sources anew.
unexport PYTHONDONTWRITEBYTECODE
QUIET := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

.DEFAULT_GOAL := help
.PHONY: help setup demo run migrate test test-slow test-gateway test-browser axe coverage lint check wheel bench chaos fuzz lock vendor clean

help: ## print this list
	@echo 'Qafila. Needs: make, Python 3.11 or later (PYTHON=... chooses another). Everything else is set up here.'
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ok ## make .venv with everything the program needs; then: .venv/bin/qafila --help

demo: .venv/.ok ## send a contract of 1,000 messages to a WhatsApp sandbox on this machine, and watch
	@$(BIN)/qafila demo $(ARGS)

run: .venv/.ok ## start everything (database, web, API, worker) in the data folder, until Ctrl-C
	@$(BIN)/qafila up $(ARGS)

migrate: .venv/.ok ## bring the database to the latest schema (every start does it by itself)
	@$(BIN)/qafila migrate $(ARGS)

test: .venv/.ok-dev ## run all tests but those in a browser; needs Python only, the database comes with it
	@$(PYTEST) $(if $(ARGS),$(ARGS),-n $(PROCESSES) --dist loadgroup)

test-slow: .venv/.ok-dev ## the tests that `make test` leaves out: a million rows, processes killed again and again, the longest stories of commands; one after the other
	@$(BIN)/python -m pytest -m "slow and not browser and not gateway" $(ARGS)

test-gateway: .venv/.ok-dev ## the Baileys gateway's own tests, and ours against it; needs Node 20 (or takes one from a wheel) and npm
	@$(BIN)/python tools/gateway_tests.py $(ARGS)

test-browser: .venv/.ok-dev ## whole journeys in a real browser, and axe over every page; installs Chromium if it may
	@$(chromium)
	@$(PYTEST) -m browser tests/journeys $(if $(ARGS),$(ARGS),-n $(PROCESSES) --dist loadgroup)

axe: .venv/.ok-dev ## axe over every page in 4 languages, 2 themes and 2 widths (test-browser takes them in turn)
	@$(chromium)
	@AXE=all $(BIN)/python -m pytest -m browser tests/journeys/test_axe.py $(ARGS)

coverage: .venv/.ok-dev ## run all tests of `make test`, say what they never reach, and show it line by line in htmlcov/
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-n $(PROCESSES) --dist loadgroup) --cov --cov-report=term:skip-covered --cov-report=html

lint: .venv/.ok-dev ## ruff, formatting, types, and which room may import which
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports

# What fails in the crowd is looked at once more, alone, and named if it passes then.
TWICE := PYTEST="$(BIN)/python tools/second_look.py"

check: $(if $(LINTED),,lint) .venv/.ok-dev ## everything CI does: lint, tests, the gateway's, journeys, and a small demo to the last receipt
	@# The gateway's tests wait more than they work: beside the others they cost little.
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=line $(TWICE) test test-gateway
	@# So do the journeys beside the demo, which has ports and a folder of its own.
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=line $(TWICE) test-browser demo-once

.PHONY: demo-once
demo-once: .venv/.ok
	@$(BIN)/qafila demo --once --recipients 200

wheel: .venv/.ok-dev ## build the wheel, install it far from here, and run its demo to the last receipt
	@$(BIN)/python tools/wheel_demo.py $(ARGS)

bench: .venv/.ok-dev ## measure, print a table, write bench/latest.json
	@$(BIN)/python -m bench $(ARGS)

chaos: .venv/.ok-dev ## RUNS=10 kill runs and as many deaths at each crash point; fails on one loss or double
	@$(BIN)/python -m chaos $(or $(TRIAL),all) --runs $(RUNS) $(ARGS)

fuzz: .venv/.ok-dev ## REQUESTS=100000 calls made from the API's own description; fails on a 5xx or an answer it does not allow
	@$(BIN)/python -m chaos.fuzz --requests $(REQUESTS) $(ARGS)

lock: .venv/.ok ## make requirements*.lock anew from pyproject.toml (hashes, no addresses)
	@$(BIN)/uv export -q --no-emit-project --no-dev -o requirements.lock
	@$(BIN)/uv export -q --no-emit-project -o requirements-dev.lock
	@rm -f uv.lock
	@if grep -nE '://|--(extra-)?index-url|--find-links' requirements.lock requirements-dev.lock; then \
	  echo 'A lock file holds an address: it would work behind one package index only.'; exit 1; fi

vendor: .venv/.ok-dev ## fetch again what the pages are made of (Tabler, htmx, uPlot, fonts), at the versions in tools/vendor.py
	@$(BIN)/python tools/vendor.py $(ARGS)

clean: ## remove .venv and what tools left behind (never the data folder)
	@rm -rf .venv .ruff_cache .mypy_cache .pytest_cache .import_linter_cache .coverage htmlcov

# --- what stands behind them -------------------------------------------------------------------------------------

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  if command -v $(PYTHON) > /dev/null; then found="$$($(PYTHON) --version 2>&1)"; else found='not there'; fi; \
	  echo "Qafila needs Python 3.11 or later, and '$(PYTHON)' is $$found."; \
	  echo 'If you have another: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. On Debian and Ubuntu:"; \
	  echo "  sudo apt-get install python3-venv"; echo 'Then run make again.'; exit 1; }
	@echo 'Setting up: a virtual environment in .venv'
	@$(PYTHON) -m venv --clear .venv

# .venv/bin/qafila runs this folder's code: no build step, no build tool to fetch.
.venv/.ok: requirements.lock | .venv/bin/python
	@echo 'Setting up: libraries from requirements.lock, checked against their hashes (about a minute the first time)'
	@$(QUIET) $(BIN)/python -m pip install -q --only-binary :all: $(UV) 2>/dev/null \
	  || echo 'Setting up: no uv for this platform, pip does it (slower)'
	@$(call install,requirements.lock)
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "qafila-src.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@printf '%s\n' '#!/bin/sh' 'here=$$(dirname -- "$$(readlink -f -- "$$0")")' 'exec "$$here/python" -m qafila.cli "$$@"' > $(BIN)/qafila
	@chmod +x $(BIN)/qafila
	@touch $@
	@echo 'Setting up: done'

.venv/.ok-dev: requirements-dev.lock .venv/.ok
	@echo 'Setting up: the tools for tests and checks from requirements-dev.lock'
	@$(call install,requirements-dev.lock)
	@touch $@

# A browser for the journeys: the machine's own, or Debian's.
define chromium
if ! $(BIN)/python tests/journeys/chromium.py > /dev/null; then \
  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
    echo 'Setting up: Chromium, by apt-get'; \
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null; \
  else \
    echo 'The journeys need Chromium, and there is none. On Debian:'; \
    echo '  sudo apt-get install chromium'; \
    echo 'Anywhere: .venv/bin/playwright install chromium, or QAFILA_CHROMIUM=/path/to/it'; exit 1; \
  fi; \
fi
endef

# uv reads no pip.conf: behind an index that only pip knows, pip takes over.
define install
if [ -x $(BIN)/uv ] && $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r $(1) 2> .venv/uv.log; then :; \
else $(QUIET) $(BIN)/python -m pip install -q --no-compile --require-hashes -r $(1); fi
endef
