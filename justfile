# The verbs of the project, the same here and in CI.

# List them.
default:
    @just --list

# Install the package and all tools into the active environment.
setup:
    python -m pip install -e ".[test]"

# Lint, format, types, floors.
check:
    ruff check .
    ruff format --check .
    mypy
    lint-imports

# Tests and examples in docstrings; `just test -m slow` for the slow ones.
test *ARGS:
    python -m pytest {{ARGS}}

# Speed and quality at a fixed budget.
bench:
    python bench/hard_input.py
    python -m bench.targets --seeds 5

# Run every notebook from top to bottom.
notebooks:
    python -m pytest --nbmake notebooks

# The documentation as a site, and every example in it and in docstrings.
docs:
    python -m pip install -q -e ".[docs]"
    sphinx-build -q -W --keep-going docs docs/_build/html
    python -m pytest --doctest-glob="*.md" README.md docs gridpart

# Remove what tools leave behind; compiled loops are in the user's cache folder.
clean:
    find . -name __pycache__ -type d -prune -exec rm -rf {} +
    rm -rf build dist *.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache \
        .hypothesis .import_linter_cache .grimp_cache
