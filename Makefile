# `make help` lists the targets. Each needs git, make and Python 3.11 or newer, and fetches the rest.

PYTHON ?= python3
PIP := 26.3
UV := 0.13.8
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check soak serve bench reference lock clean

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.runtime ## Load the sample programme, run the whole path, print the boards and what to try next
	.venv/bin/sangkien demo

test: check ## Check, run every test against a real PostgreSQL and a real Kafka, print the score card of the faults
	tools/prepare.sh servers
	@# The matcher's inner loops are compiled once: here, not by seven processes at once in a test that waits for them.
	.venv/bin/sangkien demo --data "$$(mktemp -d)/demo" >/dev/null
	.venv/bin/python -m pytest --engines=all --junitxml=.faults.xml
	.venv/bin/python -m tests.fault.card .faults.xml

check: .venv/.development ## Lint, format, types and who may import whom
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

soak: .venv/.development ## Make every fault as often as was promised (hours), and print the score card
	tools/prepare.sh servers
	.venv/bin/sangkien demo --data "$$(mktemp -d)/demo" >/dev/null
	SANGKIEN_SOAK=1 .venv/bin/python -m pytest --engines=all --timeout=7200 --junitxml=.faults.xml -m fault; \
	ended=$$?; .venv/bin/python -m tests.fault.card .faults.xml && exit $$ended

serve: .venv/.runtime ## Run every room in one process (ARGS="--data DIR --port 8000")
	.venv/bin/sangkien serve $(ARGS)

bench: .venv/.runtime ## Measure the quicker figures of the README again (ARGS="--input DIR" for texts of your own)
	.venv/bin/python -m benchmarks $(ARGS)

reference: .venv/.development ## Write docs/reference anew from the code
	.venv/bin/python -m tools.reference

lock: .venv/bin/python ## Resolve the dependencies into uv.lock and constraints.txt (ARGS=--upgrade for the newest)
	.venv/bin/python -m pip install -qq uv==$(UV)
	.venv/bin/uv lock --quiet --default-index https://pypi.org/simple $(ARGS)
	.venv/bin/uv export --quiet --frozen --group dev --no-emit-project --no-hashes --no-annotate --no-header --output-file .venv/exported
	sed -E "/sys_platform == '(win32|emscripten)'/d" .venv/exported > constraints.txt

clean: ## Remove the environment, the caches and the servers of the tests
	rm -rf .venv .servers build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/bin/python:
	tools/prepare.sh python
	$(PYTHON) -m venv .venv

# The stamps are newer than what they were installed from.
.venv/.runtime: pyproject.toml constraints.txt | .venv/bin/python
	.venv/bin/python -m pip install -qq --disable-pip-version-check pip==$(PIP)
	.venv/bin/python -m pip install -qq -c constraints.txt -e .
	touch $@

.venv/.development: .venv/.runtime
	.venv/bin/python -m pip install -qq -c constraints.txt --group dev
	touch $@
