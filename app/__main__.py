"""`python -m app` and the `scram` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    # One thread for linear algebra: the costly columns run beside the cycle, and more would take its cores for seconds.
    for library in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(library, "1")
    from app.relaunch import restore_environment

    restore_environment()
    from app.cli.commands import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
