"""The probe as a process of its own."""

import os
import sys

from chassis.service import main

from support.probe.service import definition

sys.exit(main(definition(os.environ.get("KAMAI_PROBE_TOPIC", "probe-things"))))
