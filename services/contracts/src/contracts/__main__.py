"""`python -m contracts serve|work|all|migrate`."""

from __future__ import annotations

import sys

from chassis.service import main

from contracts.main import definition

if __name__ == "__main__":
    sys.exit(main(definition()))
