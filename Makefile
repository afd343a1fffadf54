# Two commands matter: `make assess` and `make test`.  Both make .venv first.
PYTHON ?= python3
VENV ?= .venv
STUDY ?= studies/japan.toml
OUT ?= runs/$(basename $(notdir $(STUDY)))
ARGS ?=
# Folder or address with the publishers' files, for `make baseline` and the tests marked mirror.
KEDGE_MIRROR ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help assess test check baseline lock bench clean
.DELETE_ON_ERROR:

help:
	@echo "make assess    run the study of Japan and write its brief (STUDY=, OUT=, ARGS=)"
	@echo "make test      linter, types, import contract and tests"
	@echo "make check     linter, types and import contract alone"
	@echo "make baseline  rebuild the embedded tables from the publishers' files"
	@echo "make bench     benchmarks"
	@echo "make lock      pin the dependencies anew (needs uv)"
	@echo "make clean     remove the virtual environment and caches"

assess: $(VENV)/.installed
	$(BIN)/kedge assess $(STUDY) --out $(OUT) --restart $(ARGS)

test: check
	$(BIN)/pytest -q $(ARGS)

check: $(VENV)/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

baseline: $(VENV)/.installed
	$(BIN)/python scripts/build_baseline.py $(ARGS)

bench: $(VENV)/.bench-installed
	@set -e; for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script $(ARGS); done

lock:
	$(UV_COMPILE) pyproject.toml requirements-build.in -o requirements.lock
	$(UV_COMPILE) pyproject.toml requirements-build.in --extra test -c requirements.lock -o requirements-test.lock
	$(UV_COMPILE) pyproject.toml requirements-build.in --extra benchmark -c requirements.lock -o requirements-bench.lock

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is the last thing written, so that an interrupted installation starts over.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Kedge needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Name another: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "'$(PYTHON)' cannot make virtual environments; install its venv module (on Debian: python3-venv)" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.made
	$(PIP) install -q --require-hashes -r requirements.lock
	$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test-installed: requirements-test.lock $(VENV)/.installed
	$(PIP) install -q --require-hashes -r requirements-test.lock
	@touch $@

$(VENV)/.bench-installed: requirements-bench.lock $(VENV)/.installed
	$(PIP) install -q --require-hashes -r requirements-bench.lock
	@touch $@
