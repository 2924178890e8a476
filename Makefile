# The two commands of the README are `make demo` and `make test`; each does all its own set-up on a machine that
# has only Python 3.11+ with pip, and make. Everything lands in .venv/ and data/, both ignored by git.

PYTHON ?= python3
VENV   ?= .venv
HOME_DIR ?= data
DEMO_ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
BENCH_ESTIMATES_ARGS ?=

BIN := $(VENV)/bin
# pip of the system installs into the environment: Debian's venv module comes without ensurepip.
PIP := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow bench lint format dev browser update-golden lock clean

help:  ## Show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/runtime.stamp browser  ## A synthetic police: deliveries in, every report out
	@$(BIN)/politiemonitor demo --home $(HOME_DIR) $(DEMO_ARGS)

test: $(VENV)/dev.stamp browser lint  ## Everything continuous integration runs
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" $(PYTEST_ARGS)

test-slow: $(VENV)/dev.stamp browser  ## The checks that take minutes
	@$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

bench: $(VENV)/runtime.stamp  ## Time and memory of intake, staging and estimates, beside what DuckDB takes at least
	@$(BIN)/politiemonitor bench intake --home $(HOME_DIR)/bench $(BENCH_ARGS)
	@$(BIN)/politiemonitor bench estimates --home $(HOME_DIR)/bench_estimates $(BENCH_ESTIMATES_ARGS)

lint: $(VENV)/dev.stamp  ## ruff, mypy strict, import-linter, sqlfluff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint sql --processes 2 --disable-progress-bar

format: $(VENV)/dev.stamp  ## Let the formatters write
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/sqlfluff fix sql --disable-progress-bar

dev: $(VENV)/dev.stamp browser  ## The Dagster UI on the state of data/
	@$(BIN)/politiemonitor init --home $(HOME_DIR)
	@POLITIEMONITOR_HOME=$(abspath $(HOME_DIR)) DAGSTER_HOME=$(abspath $(HOME_DIR))/dagster \
		$(BIN)/dagster dev -m pipelines.definitions

update-golden: $(VENV)/dev.stamp browser  ## Rewrite the golden files after an intended change
	@$(BIN)/python -m pytest tests -m "not slow" --update-golden $(PYTEST_ARGS)

lock:  ## Resolve the lock files anew (needs uv and a network)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
		--extra build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
		--extra build --extra dev pyproject.toml -o requirements-dev.lock

clean:  ## Remove the environment and the demo's state
	rm -rf $(VENV) $(HOME_DIR) .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the pinned libraries into $(VENV) (once) ..." >&2
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing the pinned libraries and test tools into $(VENV) (once) ..." >&2
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/runtime.stamp

# Charts become pictures and pages become PDF in a browser that is already on the machine, or in Debian's own package.
# Without one that starts, the demo goes on with live charts and says so. (libatomic1: what drives the browser needs it.)
browser:
	@$(BIN)/python -m reports.browser 2>/dev/null && exit 0; \
	if ! command -v apt-get >/dev/null 2>&1; then sudo=none; \
	elif [ "$$(id -u)" = 0 ]; then sudo=; \
	elif sudo -n true >/dev/null 2>&1; then sudo="sudo -n"; else sudo=none; fi; \
	if [ "$$sudo" != none ]; then \
		echo "Installing Debian's Chromium (once) ..." >&2; \
		{ $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			$$sudo apt-get install -y -qq --no-install-recommends chromium fonts-liberation libatomic1; } \
			>/dev/null 2>&1 || echo "Chromium could not be installed: live charts, no PDF." >&2; \
	fi
