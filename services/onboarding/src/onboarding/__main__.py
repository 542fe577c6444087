"""python -m onboarding serve | work | all | migrate"""

import sys

from chassis.service import main

from onboarding.main import definition

sys.exit(main(definition()))
