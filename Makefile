# Kliping on one machine. `make` alone says what there is.

PYTHON ?= python3
BIN := .venv/bin
# Written when the environment is complete; what only looks, stops or removes does not install anything first.
COMPLETE := .venv/complete
CHECKED := settings spiders pipelines dags plugins local demo reader benchmarks tests
NEED_PYTHON = @command -v $(PYTHON) >/dev/null 2>&1 || { echo "Kliping: $(PYTHON) is not installed, and Python 3.11 or newer is needed (make PYTHON=/path/to/python3.11 ...)." >&2; exit 1; }
COMPILE = $(BIN)/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --python-version 3.11 $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Each process would compile all that it imports anew: two thirds of what it takes to start.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help environment test-environment up cluster news down status reset corpus lint check test test-deployments test-any-day chaos fuzz bench \
	bench-airflow bench-alarms bench-archive bench-backfill bench-cleaning bench-duplicates bench-hostile bench-index bench-pages bench-race \
	bench-rebuild bench-reextract bench-shared bench-scaling bench-spark bench-takedown bench-years block-model figures screenshots image-check requirements sbom

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

environment: ## Make .venv as requirements.txt says, unless it is there
	$(NEED_PYTHON)
	@$(PYTHON) -m local.install

test-environment: ## Add what requirements-test.txt says: tests, checks, benchmarks
	$(NEED_PYTHON)
	@$(PYTHON) -m local.install --for-tests

up: environment ## Start everything, crawl the demo sites, sum up
	@$(BIN)/python -m local up

down: ## Stop everything; the data stays
	@if [ -f $(COMPLETE) ]; then $(BIN)/python -m local down; else echo "Kliping was not running: nothing is installed here."; fi

status: ## Say what runs; fails when something that should run does not
	@if [ -f $(COMPLETE) ]; then $(BIN)/python -m local status; else echo "Kliping is not running: nothing is installed here."; exit 1; fi

reset: ## Remove the data, after asking (YES=1: without)
	@if [ -f $(COMPLETE) ]; then $(BIN)/python -m local reset $(if $(YES),--yes); else echo "Nothing is installed here, and nothing was removed."; fi

news: ## Have the demo sites publish and edit, and crawl them again
	@if [ -f $(COMPLETE) ]; then $(BIN)/python -m local news; else echo "Kliping is not running: nothing is installed here."; exit 1; fi

cluster: test-environment ## Start everything with PostgreSQL, a queue and WORKERS=2 Celery workers, in .kliping-cluster
	@KLIPING_HOME=$${KLIPING_HOME:-$(CURDIR)/.kliping-cluster} KLIPING_WORKERS=$(or $(WORKERS),2) $(BIN)/python -m local up

corpus: environment ## Print the articles
	@$(BIN)/python -m local corpus

lint: test-environment ## Run the checks alone: style, types, imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict $(CHECKED)
	@$(BIN)/lint-imports --no-logo

# Tests of one file share servers, so that a file is the least that a process takes. tests/conftest.py has their order.
check: lint ## Run the checks and the fast tests, while you work
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile -m "not slow"

test: lint ## Run the checks and all tests but those of whole deployments
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder -m "not deployment"

test-deployments: test-environment ## Run the tests of whole deployments, minutes each: a cluster, a server restored, an operator's morning
	@$(BIN)/pytest -m deployment tests/local

test-any-day: test-environment ## Run the tests on other days, in another zone and locale, on a busy machine (an hour)
	@$(BIN)/python -m tests.any_day

chaos: test-environment ## Strike crawls with faults, and judge what came of it (SEEDS=1-40 ROUNDS=5 JOBS=2; half an hour)
	@$(BIN)/python -m tests.chaos --seeds $(or $(SEEDS),1-40) --rounds $(or $(ROUNDS),5) $(if $(JOBS),--jobs $(JOBS))

fuzz: test-environment ## Fuzz what reads strangers' bytes (MINUTES=30 for each, TARGET=all that there are)
	@$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),30) $(if $(TARGET),--target $(TARGET))

bench: test-environment ## Measure speed and cost
	@$(BIN)/python -m benchmarks

# The other extractors are nothing that Kliping needs: they stand beside its environment.
bench-cleaning: test-environment ## Measure cleaning beside other extractors (PAGES="FOLDER ..." RIVALS=NAME,NAME)
	@$(BIN)/uv pip sync --quiet --require-hashes --target .peers --python $(BIN)/python benchmarks/requirements.txt
	@PYTHONPATH=.peers $(BIN)/python -m benchmarks.cleaning $(PAGES) $(if $(RIVALS),--rivals $(RIVALS))
	@$(BIN)/python -m benchmarks.cleaning.memory $(PAGES)

bench-hostile: test-environment ## Measure what inputs cost that are made to be expensive
	@$(BIN)/python -m benchmarks.hostile

bench-reextract: test-environment ## Measure what re-extraction costs beside cleaning (PAGES=400)
	@$(BIN)/python -m benchmarks.reextract --pages $(or $(PAGES),400)

bench-duplicates: test-environment ## Measure how copies are told from other texts (PAIRS=file.jsonl: others' pairs)
	@$(BIN)/python -m benchmarks.duplicates $(PAIRS)

bench-years: test-environment ## Measure what the archive's age costs (YEARS="1 5" kept up, DAYS=5 not, of SITES=50)
	@$(BIN)/python -m benchmarks.years --years $(or $(YEARS),1 5) --days $(or $(DAYS),5) --sites $(or $(SITES),50)

bench-airflow: test-environment ## Measure what Airflow costs while nothing is to be done, and for each run (MINUTES=10 CRAWLS=12)
	@$(BIN)/python -m benchmarks.airflow_idle --minutes $(or $(MINUTES),10) --crawls $(or $(CRAWLS),12)

# A plain archive needs what ours does not: see benchmarks/whole_crawl/rivals.py.
bench-pages: test-environment ## Measure what a page costs from announcement to archive, beside plain crawls (PAGES=500 of four sites, SAVED=folder)
	@$(BIN)/uv pip sync --quiet --require-hashes --target .peers --python $(BIN)/python benchmarks/requirements.txt
	@$(BIN)/python -m benchmarks.whole_crawl --pages $(or $(PAGES),500) $(if $(SAVED),--saved $(SAVED))

bench-index: test-environment ## Measure what the index costs as the archive grows (SIZES="10000 1000000" WINDOW=100000)
	@$(BIN)/python -m benchmarks.index_growth $(SIZES) --window $(or $(WINDOW),100000)

bench-alarms: test-environment ## Measure how often ordinary news alarms, and how soon faults are told (JOBS=2; ten minutes)
	@$(BIN)/python -m benchmarks.alarms --jobs $(or $(JOBS),2)

bench-archive: test-environment ## Measure what a large archive costs its readers (ARTICLES=1000000 OF_ONE_MONTH=100000 WARC_MB=500; an hour)
	@$(BIN)/python -m benchmarks.archive --articles $(or $(ARTICLES),1000000) --of-one-month $(or $(OF_ONE_MONTH),100000) \
		--warc-mb $(or $(WARC_MB),500)

bench-backfill: test-environment ## Measure which way links lead after backfills that go newest first
	@$(BIN)/python -m benchmarks.backfill_links

bench-takedown: test-environment ## Measure what it costs to take one article down (ARTICLES=1000000 WARC_MB=500)
	@$(BIN)/python -m benchmarks.takedown --articles $(or $(ARTICLES),1000000) --warc-mb $(or $(WARC_MB),500)

bench-race: test-environment ## Have processes bring the same texts at once, to SQLite and PostgreSQL (TEXTS=1000 PROCESSES=8)
	@$(BIN)/python -m benchmarks.index_race --texts $(or $(TEXTS),1000) --processes $(or $(PROCESSES),8)

bench-rebuild: test-environment ## Measure what it costs to make the index anew (ROWS=100000 WINDOW=10000: texts among them)
	@$(BIN)/python -m benchmarks.index_rebuild --rows $(or $(ROWS),100000) --window $(or $(WINDOW),10000)

bench-shared: test-environment ## Measure what workers bring that share work (WORK="index releases" SIZE=20000 WORKERS="1 2 4")
	@$(BIN)/python -m benchmarks.shared_work $(WORK) $(if $(SIZE),--size $(SIZE)) $(if $(WORKERS),--workers $(WORKERS))

bench-scaling: test-environment ## Reckon and simulate what many sites need (SITES="50 400" SLOTS="4 12")
	@$(BIN)/python -m benchmarks.scaling $(if $(SITES),--sites $(SITES)) $(if $(SLOTS),--slots $(SLOTS))

# Spark and its Java are half a gigabyte, and nothing that Kliping needs.
bench-spark: test-environment ## Find near copies over all time by Spark, beside Kliping's (SAMPLE=300 TEXTS="20000")
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .spark
	@$(BIN)/uv pip sync --quiet --require-hashes --python .spark/bin/python benchmarks/requirements-spark.txt
	@$(BIN)/python -m benchmarks.spark --sample $(or $(SAMPLE),300) --texts $(or $(TEXTS),20000)

# As are the trees' growers.
block-model: test-environment ## Train the model of which blocks are the article's (PAGES="FOLDER ..." NEWS=NAME,NAME; CHECK=1: cross-validate it)
	@$(BIN)/uv pip sync --quiet --require-hashes --target .growers --python $(BIN)/python benchmarks/requirements-training.txt
	@PYTHONPATH=.growers $(BIN)/python -m benchmarks.train_block_model $(PAGES) --news "$(NEWS)" $(if $(CHECK),--cross-validate)

figures: test-environment ## Draw the figures of the docs
	@$(BIN)/python -m docs.figures

screenshots: test-environment ## Take the pictures of the UI in the docs, of what a first `make up` runs
	@$(BIN)/python -m docs.screenshots

image-check: ## Build the image and start it without a container engine (as root, with debootstrap)
	@$(PYTHON) -m tests.image_check

requirements: test-environment ## Compile the lists of requirements (UPGRADE=1: to the newest versions)
	@$(COMPILE) requirements.in -o requirements.txt
	@$(COMPILE) -c requirements.txt requirements-test.in -o requirements-test.txt
	@$(COMPILE) tests/requirements-replay.in -o tests/requirements-replay.txt
	@$(COMPILE) -c requirements.txt tests/requirements-analysts.in -o tests/requirements-analysts.txt
	@$(COMPILE) -c requirements.txt tests/requirements-fab.in -o tests/requirements-fab.txt
	@$(COMPILE) -c requirements.txt benchmarks/requirements.in -o benchmarks/requirements.txt
	@$(COMPILE) -c requirements.txt benchmarks/requirements-training.in -o benchmarks/requirements-training.txt
	@$(COMPILE) -c requirements.txt benchmarks/requirements-spark.in -o benchmarks/requirements-spark.txt
	@$(COMPILE) -c requirements.txt deploy/kubernetes/requirements.in -o deploy/kubernetes/requirements.txt

sbom: test-environment ## Write sbom.json: the parts that Kliping runs with, as a CycloneDX bill of materials
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible -o sbom.json requirements.txt
