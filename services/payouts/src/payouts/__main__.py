"""python -m payouts serve|work|all|migrate"""

import sys

from chassis.service import main

from payouts.main import definition

sys.exit(main(definition()))
