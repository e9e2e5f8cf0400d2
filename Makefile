# What a newcomer needs: `make demo` and `make test`. Each sets up what is missing by itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: help demo test test-long check format setup system verifiers bench bench-setup generated lock clean clean-all

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: setup  ## Run the main job: three simulated nodes exchange sealed messages (KEEP=1 leaves it running)
	$(BIN)/python -m relec_exchange.demo $(if $(KEEP),--keep,)

# Every commit of a node waits for the disk. Where there is memory enough, the tests' nodes lie in it:
# they sync as always, and the suite takes half the time. (Some tests run programs that they put there.)
MEMORY := $(shell [ -w /dev/shm ] && awk '/MemAvailable/ {exit $$2 < 8000000}' /proc/meminfo \
	&& [ "$$(df --output=avail -k /dev/shm | tail -n 1)" -gt 6000000 ] \
	&& ! grep -q ' /dev/shm [^ ]* [^ ]*noexec' /proc/mounts && echo /dev/shm)

# Two at once: tests with real brokers mostly wait. A file stays with one worker, as its network does.
# In the order of the folders: long stories first, or one worker plays the last of them alone.
test: setup verifiers check  ## Static checks, then the whole suite at its small counts (the demo is one of the tests)
	$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=15

# A part is one file where its full counts take long, so that no more than that is done again. A mark
# stands for the commit it was made at; what is changed and not committed has marks of its own.
LONG := .work/long/$(shell git describe --always --dirty --exclude '*' 2>/dev/null || echo tree)
PARTS := $(LONG)/unit $(patsubst tests/%,$(LONG)/%,$(filter-out tests/unit/%,$(wildcard tests/test_*.py tests/*/test_*.py)))

test-long: setup verifiers check $(PARTS)  ## The same tests at their full counts, in parts: run it again to go on
	@echo "all parts have passed at their full counts"

$(LONG)/%:
	$(if $(MEMORY),TMPDIR=$(MEMORY)) RELEC_FULL=1 $(BIN)/pytest --timeout 5400 --durations=5 tests/$*
	@mkdir -p $(@D) && touch $@

check: setup  ## Lint, formatting, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: system $(READY)  ## Install what is missing: RabbitMQ and venv from Debian, Python packages in .venv

system:
	@deploy/install-rabbitmq.sh

verifiers: setup  ## Install the programs of others that verify our logs in the tests (Go, sigstore, pymerkle)
	@tests/strangers/setup.sh

$(READY): requirements-dev.lock pyproject.toml
	@echo "setup: Python packages into $(VENV)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $(READY)

bench: setup bench-setup  ## Benchmarks beside peers in the same run (see bench/README.md)
	$(BIN)/python bench/seal_open.py
	$(BIN)/python bench/end_to_end.py
	$(BIN)/python bench/appends.py
	$(BIN)/python bench/verify_log.py
	$(BIN)/python bench/growth.py

bench-setup: setup  ## Install the peers of the benchmarks in their own environment
	bench/setup.sh

generated: setup  ## Write again what is generated: schemas and the tables of the documentation
	$(BIN)/python -m relec_exchange.message.schema schemas
	$(BIN)/python -m relec_exchange.message.semantics schemas/semantic-rules.json
	$(BIN)/python -m relec_exchange.adapters.rabbitmq.asyncapi schemas/asyncapi.json
	$(BIN)/python -m relec_exchange.api.openapi schemas/openapi.json
	$(BIN)/python docs/generate_commands.py
	$(BIN)/python docs/generate_constants.py
	$(BIN)/python docs/generate_messages.py
	$(BIN)/python docs/generate_htcds.py

lock: setup  ## Pin the dependencies again, with hashes and without an index
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --upgrade -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --upgrade --extra reports --extra dev -o requirements-dev.lock pyproject.toml
	for place in python pymerkle; do $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --upgrade -o tests/strangers/$$place/requirements.txt tests/strangers/$$place/requirements.in || exit 1; done
	cd tests/strangers/npm && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

clean:  ## Remove caches and what tests and demonstrations left
	rm -rf .work .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

clean-all: clean  ## Remove the environments too, as in a fresh clone
	rm -rf $(VENV) bench/.venv node_modules src/*.egg-info
	rm -rf tests/strangers/go/build tests/strangers/npm/node_modules tests/strangers/python/.venv tests/strangers/pymerkle/.venv
