#!/bin/sh
# Installs the peers of the benchmarks into bench/.venv, by their hashes and without their
# dependencies: what both need (cryptography) is the product's own, so that both measure the same.
# Run by `make bench-setup`; may run again.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
place=$root/bench/.venv
[ -x "$place/bin/python" ] || "$root/.venv/bin/python" -m venv "$place"
"$place/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --requirement "$root/bench/peers/requirements.txt"
echo "the peers are in bench/.venv"
