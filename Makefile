# Kliping on one machine. `make` alone says what there is.

PYTHON ?= python3
BIN := .venv/bin
# Written when the environment is complete; what only looks, stops or removes does not install anything first.
COMPLETE := .venv/complete
CHECKED := settings spiders pipelines dags local demo benchmarks tests

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help environment up news down status clean corpus test check test-any-day lint bench bench-cleaning requirements

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

environment: ## Make .venv as requirements.txt says, unless it is there
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Kliping: $(PYTHON) is not installed, and Python 3.11 or newer is needed (make PYTHON=/path/to/python3.11 ...)." >&2; exit 1; }
	@$(PYTHON) -m local.install

up: environment ## Start everything, crawl the demo sites, sum up
	@$(BIN)/python -m local up

down: ## Stop everything; the data stays
	@if [ -f $(COMPLETE) ]; then $(BIN)/python -m local down; else echo "Kliping did not run: nothing is installed here."; fi

status: ## Say what runs; fails when something that should run does not
	@if [ -f $(COMPLETE) ]; then $(BIN)/python -m local status; else echo "Kliping does not run: nothing is installed here."; exit 1; fi

clean: ## Remove the data, after asking (YES=1: without)
	@if [ -f $(COMPLETE) ]; then $(BIN)/python -m local clean $(if $(YES),--yes); else echo "Nothing is installed here, and nothing was removed."; fi

news: ## Have the demo sites publish and edit, and crawl them again
	@if [ -f $(COMPLETE) ]; then $(BIN)/python -m local news; else echo "Kliping does not run: nothing is installed here."; exit 1; fi

corpus: environment ## Print the articles
	@$(BIN)/python -m local corpus

# Tests of one file share servers, so that a file is the least that a process takes.
test: lint ## Run all checks and tests
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile

check: lint ## Run the checks, and the tests that take no servers: a minute
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile -m "not slow"

test-any-day: environment ## Run the tests on other days, in another zone and locale, on a busy machine (an hour)
	@$(BIN)/python -m tests.any_day

lint: environment ## Run the checks alone
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict $(CHECKED)

bench: environment ## Measure speed and cost
	@$(BIN)/python -m benchmarks

# The other extractors are nothing that Kliping needs: they stand beside its environment.
bench-cleaning: environment ## Measure the quality and cost of cleaning beside other extractors
	@$(BIN)/uv pip sync --quiet --require-hashes --target .peers --python $(BIN)/python benchmarks/requirements.txt
	@PYTHONPATH=.peers $(BIN)/python -m benchmarks.cleaning --memory 10000

requirements: environment ## Compile requirements.in (UPGRADE=1: to the newest versions)
	@$(BIN)/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --python-version 3.11 $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --python-version 3.11 $(if $(UPGRADE),--upgrade) -c requirements.txt benchmarks/requirements.in -o benchmarks/requirements.txt
