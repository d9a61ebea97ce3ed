# Needs make and Python 3.11, 3.12 or 3.13 with venv; all else goes into .venv.

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
OUT    ?= out
RECIPE ?= scripts/recipes/lecture.toml

# The first Python on the path that tensorflow has packages for: 3.11 to 3.13.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { command -v "$$p"; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help setup kernels lecture docs test quick lint recipe lock clean distclean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18
	@echo '  RECIPE=FILE and OUT=FOLDER change what "make lecture" renders and where to.'

setup: $(STAMP) ## make .venv with the pinned versions, once

# What is installed has a hash in requirements.lock, build tools too, and no package runs code of its own to install itself.
$(STAMP): pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11, 3.12 or 3.13 with venv found; install one (Debian: python3 python3-venv) or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(PIP) install --require-hashes --only-binary :all: -r requirements.lock
	$(PIP) install --no-index --no-deps --no-build-isolation -e .
	$(PIP) check
	$(BIN)/python -m landscape.compile_kernels
	@touch $@

kernels: setup ## compile what is compiled ahead of use, if the code has changed since
	$(BIN)/python -m landscape.compile_kernels

lecture: setup ## render the lecture set and the live page into out/
	$(BIN)/xorscape render $(RECIPE) --out $(OUT)

docs: lecture ## build the documentation in out/docs/, with the notebooks executed and the figures of out/lecture/
	$(BIN)/python -m sphinx -E -q -W --keep-going -D lecture_out=$(abspath $(OUT)) docs $(OUT)/docs
	@echo "see $(OUT)/docs/index.html"

test: setup kernels ## run all tests
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

# Two doctests write the live page, whose facts take some ten seconds each.
quick: setup kernels ## run the tests that take a second or two
	$(BIN)/python -m pytest -m "not slow and not heavy" --deselect figures/page/write_page.py --deselect figures/page/widget.py

lint: setup ## check format, style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

recipe: setup ## write scripts/recipes anew from the figures' settings
	$(BIN)/xorscape schema > scripts/recipes/recipe.schema.new
	mv scripts/recipes/recipe.schema.new scripts/recipes/recipe.schema.json
	$(BIN)/xorscape init scripts/recipes/lecture.toml --force

lock: ## write requirements.lock anew from the pins in constraints.txt; needs uv
	uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--generate-hashes --extra dev --constraint constraints.txt --output-file requirements.lock pyproject.toml

clean: ## remove what was rendered, built or cached
	rm -rf $(OUT) build dist docs/figures .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find landscape figures scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## clean, and remove .venv
	rm -rf $(VENV)
