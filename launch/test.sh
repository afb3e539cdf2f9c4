#!/usr/bin/env bash
# The test suite in the clone's own environment, which the first call makes, on up to four cores. Arguments go to pytest.
#
#   ./launch/test.sh                                  everything
#   ./launch/test.sh tests/cores -k gru               a part
#   ./launch/test.sh --cov                            with coverage
set -euo pipefail
# shellcheck source=launch/environment.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/environment.sh"

prepare_environment requirements-dev.txt
cd -- "$clone"
exec "$venv/bin/python" -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadscope "$@"
