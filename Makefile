# Verbs of the project. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench clean tools

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.ready ## Set everything up and do the whole job on the bundled painting
	$(BIN)/pellicle demo -o demo.pellicle

test: tools $(VENV)/.ready-dev ## Set everything up, check the code and run every test
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.ready-dev ## Lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.ready-dev ## Benchmark tables; WORKS=folder of photographs of paintings
	$(BIN)/pellicle bench condition --works $(WORKS)
	$(BIN)/pellicle bench infill --works $(WORKS)
	$(BIN)/pellicle bench job --works $(WORKS)

clean: ## Remove what make made, treatments excepted
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# Programs the tests compare with: they come from the system, never from us.
tools:
	@missing=""; \
	command -v gs >/dev/null || missing="$$missing ghostscript"; \
	command -v pdftoppm >/dev/null || missing="$$missing poppler-utils"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	if [ -n "$$missing" ]; then \
	  echo "Installing for the tests:$$missing"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq $$missing >/dev/null || \
	    { echo "Install these with your system's package manager:$$missing"; exit 1; }; \
	fi

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.ready: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.ready-dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[dev,bench,train]"
	touch $(VENV)/.ready $@
