# make run    the dashboard at http://127.0.0.1:8050, on a machine with Python ≥ 3.11 and make
# make test   everything that must hold
# make bench  where the time goes, as ratios measured in one run
# make lint   style and the direction of imports
# make lock   pin the dependencies anew from pyproject.toml

VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip install -q --disable-pip-version-check
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)

.PHONY: run test bench lint lock clean
.DEFAULT_GOAL := run

run: $(VENV)/.run
	@$(BIN)/python app.py

test: lint
	@sh tests/install_tools.sh
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.dev
	@$(BIN)/python -m bench

lock: $(VENV)/.dev
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-options \
		--no-header -o requirements.txt pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-options \
		--no-header --extra dev -o requirements-dev.txt -c requirements.txt pyproject.toml

clean:
	rm -rf $(VENV) var .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed; none was found." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt requirements-alone.txt | $(BIN)/python
	@echo "Installing the libraries, once …"
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -r requirements-alone.txt
	@$(BIN)/python -m simulation prepare
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt requirements-alone.txt | $(BIN)/python
	@echo "Installing the libraries and the tools of development, once …"
	@$(PIP) -r requirements-dev.txt
	@$(PIP) --no-deps -r requirements-alone.txt
	@touch $@ $(VENV)/.run
