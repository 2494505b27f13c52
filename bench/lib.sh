# shellcheck shell=bash
# What the benchmarks of this folder share; they source it.

# venv DIRECTORY REQUIREMENTS: a Python environment with these packages.
venv() {
  [ -x "$1/bin/python" ] || python3 -m venv "$1"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2"
}
