#!/usr/bin/env python3
"""Makes the application for the system that this runs on, and packages of it.

    python3 packaging/build.py             everything that can be made here, into dist/
    python3 packaging/build.py --folder    the application's folder alone

Needs Python 3.11 or newer as a shared library, and binutils; it says what to install. See packaging/README.md.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("scram: Python 3.11 or newer is needed; {} is {}.{}.".format(sys.executable, *sys.version_info[:2]))

from building.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
