# Learning to Coordinate: `make book` builds the site, `make test` runs the tests.
# Both set up .venv first; give another interpreter with `make PYTHON=python3.12 book`.

PYTHON ?= python3
# Matrices are small and workers run side by side: more threads a process would only compete.
export OPENBLAS_NUM_THREADS ?= 1

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
QUICK  := tests/information tests/experiment $(filter-out tests/test_book.py tests/test_fresh.py tests/test_lean.py tests/test_ledger.py,$(wildcard tests/test_*.py))

.PHONY: book test colab setup site lint format bench claims lock clean help
.DELETE_ON_ERROR:

help:   ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

book: $(READY)   ## run the pages that changed and write the site to _build/html
	$(BIN)/python book/build.py . -W --keep-going --quiet

test: $(READY)   ## run the tests of the package and of the sources of the book
	$(BIN)/pytest -n 2 --dist loadgroup

# The versions of Google Colab, and the tools of the lock. Slow tests are left to `make test`, and so
# are figures: what matplotlib of that list calls is deprecated in its pyparsing, and warnings fail tests.
colab: $(READY)  ## run the quick tests of the package with the versions of Google Colab
	$(PYTHON) -m venv --clear $(VENV)/colab
	grep -oE '^(pytest|pytest-xdist|hypothesis|pyyaml|setuptools)==[^ ;]+' requirements.lock > $(VENV)/colab/tools.txt
	$(BIN)/uv pip install --quiet --python $(VENV)/colab/bin/python -r tests/colab.txt -r $(VENV)/colab/tools.txt
	$(BIN)/uv pip install --quiet --python $(VENV)/colab/bin/python --no-build-isolation -c tests/colab.txt --editable .
	$(VENV)/colab/bin/pytest -n 2 --dist loadgroup $(QUICK)

site: book       ## test the built site in headless Chromium (installs axe-core from npm)
	npm install --ignore-scripts --no-package-lock --no-audit --no-fund --silent
	$(BIN)/pytest tests/site

lint: $(READY)   ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY) ## mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## measure speed and weight as ratios
	@for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

claims: $(READY) ## print the table of claims
	@$(BIN)/python -m neurocoord_book claims

setup: $(READY)  ## only create .venv

lock: $(READY)   ## resolve the dependencies anew (hashes, no addresses)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --fork-strategy fewest \
	    --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade --quiet -o requirements.lock

clean:           ## remove what was built; .venv stays
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

# uv is installed by pip, at the version and hash of the lock, and installs everything else.
$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
	    echo "No '$(PYTHON)' on this machine. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed, but '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "'$(PYTHON)' cannot create virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
