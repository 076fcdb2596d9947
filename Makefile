# make run    the main job on data/sample: tables, report, findings
# make test   the same set-up, then the tests
# make soak   what is too long for make test: 100,000 broken rows per source, 2,000 random series of nights, 100 kills,
#             1,000 simulations of every kind of interval, findings of 250 simulated projects
# make evaluate  infer stages in worlds where they are known, and write docs/stage_inference.md (some ten minutes)
# make bench  loading, who is who, nights, journeys and analyses of a million events, beside what other tools need
# make peers  install the other tools for make bench, in an environment of their own
# make check  format, lint, types, import contracts, SQL style
# make docs   write the generated pages again
# make lock   resolve the dependencies anew (needs uv)

PYTHON ?= python3
BIN := .venv/bin
PEERS := .venv-bench/bin

# A temporary Prefect server of this project's own: no account, nothing outside this folder.
export PREFECT_HOME := $(CURDIR)/state/prefect
unexport PREFECT_API_URL PREFECT_API_KEY

.PHONY: run test soak bench evaluate peers check docs lock clean

run: .venv/installed
	$(BIN)/python pipelines/nightly.py

test: .venv/installed
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

soak: .venv/installed
	JOURNEY_FUZZ_ROWS=100000 JOURNEY_LAW_EXAMPLES=2000 JOURNEY_KILLS=100 JOURNEY_SIMULATIONS=1000 JOURNEY_PROJECTS=50 \
		$(BIN)/python -m pytest -n 2 --dist worksteal tests/properties tests/faults/test_kills.py \
		tests/simulations $(PYTEST_ARGS)

bench: .venv/installed
	$(BIN)/python benchmarks/ingest.py $(BENCH_ARGS)
	$(BIN)/python benchmarks/identity.py $(IDENTITY_ARGS)
	$(BIN)/python benchmarks/nights.py $(NIGHTS_ARGS)
	$(BIN)/python benchmarks/core.py $(CORE_ARGS)
	$(BIN)/python benchmarks/funnel.py $(FUNNEL_ARGS)
	$(BIN)/python benchmarks/sequences.py $(SEQUENCES_ARGS)
	$(BIN)/python benchmarks/analyses.py $(ANALYSES_ARGS)

evaluate: .venv/installed
	$(BIN)/python benchmarks/stage_inference.py $(EVALUATE_ARGS)

peers:
	$(PYTHON) -m venv .venv-bench
	$(PEERS)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r benchmarks/requirements.txt

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint sql

docs: .venv/installed
	$(BIN)/python -m tests.docs.write

lock:
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
		--no-emit-index-url --no-annotate --no-header --output-file requirements.lock
	uv pip compile benchmarks/requirements.in --generate-hashes --universal --python-version 3.11 \
		--no-emit-index-url --no-annotate --no-header --output-file benchmarks/requirements.txt

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch .venv/installed

clean:
	rm -rf .venv .venv-bench state warehouse reports
