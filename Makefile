# syncd: `make demo` shows the whole loop, `make test` checks everything. Both make their own environment.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test battery lint format types imports check bench wheel clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.run: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "syncd needs Python 3.11 or later; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 ..." >&2; exit 2; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run pyproject.toml
	@echo "Adding what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[postgres,dev]'
	@touch $@

demo: $(VENV)/.run ## the whole loop against a simulated portal and org, in about a minute
	@$(BIN)/syncd demo

test: $(VENV)/.dev check ## lint, types, import direction and the whole test suite
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m 'not battery'

battery: $(VENV)/.dev ## the long ones: hundreds of kills, swarms of faults, the whole loop on PostgreSQL (more than an hour)
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m battery

check: $(VENV)/.dev ## what needs no running: format, lint, types, import direction
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache | tail -n 3

format: $(VENV)/.dev ## put the code into the one format
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench: $(VENV)/.dev ## measure the loop on 20,000 contacts (some minutes)
	@$(BIN)/python -m benchmarks.loop

wheel: $(VENV)/.dev ## build the package
	@$(BIN)/python -m build --outdir dist .

clean: ## remove what was made here
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
