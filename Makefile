# What a developer or a newcomer types. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
VENDOR := wfm/web/static/vendor
# pip warns when root installs; into an environment of its own that is no danger.
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help install run test check-static check bench docs lock clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/installed $(VENDOR)/installed  ## make .venv with wfm in it (PYTHON=python3.13 picks another Python)

run: $(VENV)/installed $(VENDOR)/installed  ## start everything with the demonstration data; Ctrl-C stops it
	@$(BIN)/wfm up --demo

test: $(VENV)/installed-dev  ## all tests: real servers, and a real browser where one is found
	$(BIN)/pytest -n logical --maxprocesses 8 --dist worksteal

check-static: $(VENV)/installed-dev  ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: check-static test  ## what CI runs: check-static, then test

bench: $(VENV)/installed-dev  ## one benchmark: make bench NAME=S1
	@test -n "$(NAME)" || { echo 'Which one? make bench NAME=S1; there are:'; ls benchmarks; exit 2; }
	$(BIN)/python -m benchmarks.$(NAME)

docs: $(VENV)/installed-dev  ## check the documentation: links and the commands it shows
	$(BIN)/pytest tests/docs

clean:  ## remove .venv, fetched files and caches; data in WFM_HOME stay
	rm -rf $(VENV) node_modules $(VENDOR) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Versions and hashes for every system and for Python 3.11 and later, the same for each where they can be. Needs uv (pip
# install uv), which nobody else does. Keeps what is locked; `make lock UPGRADE=--upgrade` takes what is new. dev first,
# so that all three agree.
LOCK := uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet $(UPGRADE) --group build pyproject.toml
SCHEMATRON := uv pip compile --no-deps --generate-hashes --no-emit-index-url --no-annotate --no-header \
	--quiet $(UPGRADE) --group schematron
lock:  ## rewrite requirements/*.txt from pyproject.toml
	$(LOCK) --extra embedded --extra assets --extra dev --output-file requirements/dev.txt
	$(LOCK) --extra embedded --extra assets --constraints requirements/dev.txt --output-file requirements/wfm.txt
	$(LOCK) --constraints requirements/dev.txt --output-file requirements/server.txt
	$(SCHEMATRON) --output-file requirements/schematron.txt

# ---- stamps: a second `make run` starts at once. pip comes last into an environment, so it tells a whole one ---------

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "wfm needs Python 3.11 or later; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)"; \
		echo "Choose another one: make install PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make environments. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements/wfm.txt pyproject.toml | $(BIN)/pip
	@echo "Installing wfm (once; about a minute) ..."
	@$(PIP) install --require-hashes -r requirements/wfm.txt
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

# Styles and scripts of the pages. The Node that fetches them comes with .venv.
$(VENDOR)/installed: package-lock.json assets.py | $(VENV)/installed
	@echo "Fetching styles and scripts of the pages ..."
	@$(BIN)/python assets.py

$(VENV)/installed-dev: requirements/dev.txt requirements/schematron.txt package-lock.json assets.py $(VENV)/installed
	@echo "Installing what tests and checks need ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --require-hashes --no-deps -r requirements/schematron.txt
	@$(BIN)/python assets.py --dev
	@touch $@
