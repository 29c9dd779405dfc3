"""`python -m app` and the `scram` command."""

from __future__ import annotations

import sys


def main() -> None:
    from app.cli.commands import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
