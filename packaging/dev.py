#!/usr/bin/env python3
"""One command for everything: makes the environment that is needed, then hands over.

    python3 packaging/dev.py demo

Needs Python 3.11 or newer and nothing else; see packaging/README.md.
"""

import sys

# Written for any Python 3, so that an old one gets a sentence and not a syntax error.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("scram: Python 3.11 or newer is needed; {} is {}.{}.".format(sys.executable, *sys.version_info[:2]))

from bootstrap.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
