"""`python -m app` and the `scram` command."""

from __future__ import annotations

import gc
import os
import sys

LOADING = 200_000
"""Allocations to a collection until a loop begins (`app.memory`): loading makes hardly any garbage."""


def main() -> None:
    gc.set_threshold(LOADING)
    # One thread for linear algebra: the costly columns run beside the cycle, and more would take its cores for seconds.
    for library in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(library, "1")
    from app.relaunch import restore_environment

    restore_environment()
    from app.cli.commands import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
