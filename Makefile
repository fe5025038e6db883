# `make demo` serves the example project, `make test` runs the tests; both set up what they need.
# Nothing but Python 3.11 or newer is expected to be there.

PYTHON ?= python3
PORT ?= 8000
# `make test EXTRAS="test test-mariadb"` brings MariaDB's driver, which is built from source.
EXTRAS ?= test
TEST = .venv/test/bin
DEMO = .venv/demo/bin
SPHINX = .venv/docs/bin/python -m sphinx -n -W --keep-going --quiet
PYTEST = $(TEST)/python -m pytest --numprocesses=auto --dist=loadfile

FAST = -m "not company and not slow"
# What depends most on the versions of Django, of Django REST framework and of the stores' clients.
VERSIONED = tests/test_internals.py tests/test_admin.py tests/test_doors.py tests/test_every_code.py \
	tests/rest_framework/test_drop_in.py tests/rest_framework/test_every_renderer.py \
	tests/throttling/test_redis.py

.PHONY: demo test test-fast coverage company lint types package docs links pictures screenshots messages language bench tox gate gate-full clean

demo:
	@$(PYTHON) .ci/environment.py .venv/demo demo rest-framework redis
	@$(DEMO)/python example_project/manage.py demo --port $(PORT)

test:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(PYTEST) $(ARGS)

# Without servers, browsers and all else that takes its time.
test-fast:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(PYTEST) $(FAST) $(ARGS)

# The tests, and how much of the package they run: `setup.cfg` has the least that will do. To count that
# takes a third of their time, so it is not part of the gate.
coverage:
	$(MAKE) test ARGS="--cov --cov-report=term $(ARGS)"

# The app beside other people's packages, which are installed in an environment of their own.
company:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(TEST)/tox run -e test-company $(if $(ARGS),-- $(ARGS))

lint:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(TEST)/ruff check .
	$(TEST)/ruff format --check .

types:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(TEST)/mypy

# The wheel and the sdist, as the package index would take them.
package:
	@$(PYTHON) .ci/environment.py .venv/package package
	rm -rf build dist
	.venv/package/bin/python -m build
	.venv/package/bin/twine check --strict dist/*
	.venv/package/bin/check-wheel-contents dist/*.whl
	rm -rf build

# Every warning is an error, and so is a link within the documents that leads nowhere.
docs:
	@$(PYTHON) .ci/environment.py .venv/docs docs
	$(SPHINX) -b html docs docs/_build/html

# Whether other sites still have what the documents link to. Needs the network, and is not part of the gate.
links:
	@$(PYTHON) .ci/environment.py .venv/docs docs
	$(SPHINX) -b linkcheck docs docs/_build/links

# Needs GNU gettext. Collects the texts and compiles the catalogues; translate what it lists.
messages:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	cd django_http4xx && ../$(TEST)/django-admin makemessages --all --no-location --no-obsolete
	cd django_http4xx && ../$(TEST)/django-admin compilemessages
	cd example_project && ../$(TEST)/django-admin makemessages --all --no-location --no-obsolete
	cd example_project && ../$(TEST)/django-admin compilemessages

# What the documents show that code draws.
pictures:
	@$(PYTHON) .ci/environment.py .venv/docs docs
	DJANGO_SETTINGS_MODULE=tests.settings .venv/docs/bin/python docs/pictures.py

# What the documents show of the example project. Needs Chromium.
screenshots:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(TEST)/python docs/screenshots.py

# A new language: `make language LOCALE=it`. Translate the file, then `make messages`.
language:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	mkdir -p django_http4xx/locale/$(LOCALE)
	cd django_http4xx && ../$(TEST)/django-admin makemessages --locale $(LOCALE) --no-location --no-obsolete

bench:
	@$(PYTHON) .ci/environment.py .venv/bench test bench
	.venv/bench/bin/python -m benchmarks $(ARGS)

tox:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(TEST)/tox run $(ARGS)

# What each change has to pass, with the servers that `.ci/run` starts: everything on the oldest Python and
# Django; what depends on versions on the newest and on the pair between, on the lowest versions of all
# that is needed, and on the Python that comes next, where it is there.
gate: lint types package docs test company
	$(TEST)/tox run -e py313-django61,lowest,py312-django60-drf317,py314-django61 -- $(VERSIONED)

# Before an issue is called done, and every night: each combination of parameters, on each pair of
# Python and Django that the machine has.
gate-full: lint types package docs coverage
	$(TEST)/tox run --skip-env company -x testenv.extras+=test-mariadb -- --whole
	$(TEST)/tox run -e test-company,py312-test-company,py313-test-company

clean:
	rm -rf .venv .tox build dist docs/_build *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
