# `make demo` serves the example project, `make test` runs the tests; both set up what they need.
# Nothing but Python 3.11 or newer is expected to be there.

PYTHON ?= python3
PORT ?= 8000
# `make test EXTRAS="test test-mariadb"` brings MariaDB's driver, which is built from source.
EXTRAS ?= test
TEST = .venv/test/bin
DEMO = .venv/demo/bin

.PHONY: demo test company lint types messages bench tox clean

demo:
	@$(PYTHON) .ci/environment.py .venv/demo demo rest-framework redis
	@$(DEMO)/python example_project/manage.py demo --port $(PORT)

test:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(TEST)/python -m pytest --numprocesses=auto --dist=loadfile $(ARGS)

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

# Needs GNU gettext. Collects the texts and compiles the catalogues; translate what it lists.
messages:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	cd django_http4xx && ../$(TEST)/django-admin makemessages --all --no-location --no-obsolete
	cd django_http4xx && ../$(TEST)/django-admin compilemessages
	cd example_project && ../$(TEST)/django-admin makemessages --all --no-location --no-obsolete
	cd example_project && ../$(TEST)/django-admin compilemessages

bench:
	@$(PYTHON) .ci/environment.py .venv/bench test bench
	.venv/bench/bin/python -m benchmarks $(ARGS)

tox:
	@$(PYTHON) .ci/environment.py .venv/test $(EXTRAS)
	$(TEST)/tox run $(ARGS)

clean:
	rm -rf .venv .tox build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
