# Winnow: `make run` starts it, `make test` tests it; both prepare the checkout first. See README.md.
PORT ?= 8000
HOST ?= 127.0.0.1
.PHONY: run test test-slow check setup lock clean

run:
	@python=$$(sh tools/find-python) && "$$python" tools/setup.py run && exec .venv/bin/python manage.py up --host "$(HOST)" --port "$(PORT)"

test:
	@python=$$(sh tools/find-python) && "$$python" tools/setup.py test && exec .venv/bin/python tools/check.py

test-slow:
	@python=$$(sh tools/find-python) && "$$python" tools/setup.py test && exec .venv/bin/python tools/check.py --slow

# The linters and type checkers alone.
check:
	@python=$$(sh tools/find-python) && "$$python" tools/setup.py test && exec .venv/bin/python tools/check.py --no-tests

setup:
	@python=$$(sh tools/find-python) && "$$python" tools/setup.py test

# Compile constraints.txt anew: the newest versions that pyproject.toml admits and that work together.
lock:
	@test -x .venv/bin/pip-compile || { echo "winnow: pip-tools is missing; run make setup first" >&2; exit 1; }
	@exec .venv/bin/python tools/lock.py

clean:
	rm -rf .venv frontend/node_modules frontend/dist
