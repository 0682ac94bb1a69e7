# Two commands: `make run` serves the day's lunch, `make test` runs every check.
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
# Compiled modules are kept, whatever the environment says: each program that starts would compile
# the house and its libraries anew, which is half of its start.
export PYTHONDONTWRITEBYTECODE :=
BABEL := $(VENV)/bin/pybabel -q

# The newest Python from 3.12 on, else 3.11 with a word about what is missing there.
PYTHON := $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: run test test-full test-long check audit words lock clean

run: $(VENV)/compiled words-compiled
	PORT=$(PORT) $(VENV)/bin/flask --app wsgi serve

test: check
	$(PY) -m pytest -m "not full" -n 2 --dist loadscope

test-full: test test-long

# The long tier alone: load, rivals, the whole path in a browser. Each file is a part of its own, of some
# minutes: one that fails hides no other, and is named at the end. TESTS=… names the parts to run.
PARTS = $(sort $(shell grep -rl 'mark\.full' tests --include='test_*.py'))
test-long: $(VENV)/test $(VENV)/nu words-compiled
	@for part in $(or $(TESTS),$(PARTS)); do echo "== $$part"; \
		$(PY) -m pytest -m full $$part || failed="$$failed $$part"; done; \
	test -z "$$failed" || { echo "Failed:$$failed"; exit 1; }

check: $(VENV)/test words-compiled
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# What bandit says of our source, and pip-audit of the lock; each where it is installed.
audit: | $(VENV)/bin/python
	@command -v bandit >/dev/null && bandit -q -r locomotive routing wsgi.py -c pyproject.toml || \
		! command -v bandit || exit 1
	@command -v pip-audit >/dev/null && pip-audit --strict --require-hashes --disable-pip \
		-r requirements.txt || ! command -v pip-audit || exit 1

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; 3.12 or newer is better."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 12) and print("Notice: Python 3.11 found. The house runs on it; the road network (pyvalhalla) needs 3.12.")'
	$(PYTHON) -m venv $(VENV)

# One stamp per lock file: a lock that has not changed installs nothing.
$(VENV)/run: requirements.txt | $(VENV)/bin/python
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.txt
	touch $@

# The compiled search is made anew with its source: a lock that stands still says nothing of it.
COMPILED := routing/instance/lists.py $(wildcard routing/search/*.py routing/search/compiled/*.py)
$(VENV)/compiled: $(COMPILED) $(VENV)/run
	$(PY) -m routing compile
	touch $@

$(VENV)/test: tests/requirements.txt $(VENV)/run | $(VENV)/compiled
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	touch $@

# The Nu HTML checker; where npm is missing, its test skips visibly.
$(VENV)/nu: | $(VENV)/bin/python
	! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --prefix $@ vnu-jar@26.9.27

.PHONY: words-compiled
words-compiled: $(patsubst %.po,%.mo,$(wildcard locomotive/translations/*/LC_MESSAGES/messages.po))

%.mo: %.po | $(VENV)/run
	$(BABEL) compile -f -i $< -o $@ -l $(word 3,$(subst /, ,$<))

# Bring the catalogue up to date with the code, then fill in what is empty by hand. The kitchen's
# words in further languages are few: tests/practice/test_languages.py names what one of them lacks.
words: $(VENV)/run
	$(BABEL) extract -F pyproject.toml -k N_ --no-location --sort-output -o build.pot .
	$(BABEL) update -i build.pot -d locomotive/translations -l fr -N --ignore-obsolete --omit-header -w 100
	rm build.pot

lock: $(VENV)/test
	$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml -o requirements.txt
	$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --group test pyproject.toml -c requirements.txt -o tests/requirements.txt

clean:
	rm -rf $(VENV) build.pot .mypy_cache .ruff_cache .pytest_cache
