"""`python -m kamai_client` is `kamai`."""

import sys

from kamai_client.cli import main

sys.exit(main())
