"""What texts of requests must be (option kamai.type.v1.vocabulary): codes on a list others keep (countries, currencies, time
zones), and free text without the number of a payment card. The services refuse by it; clients ask it before they send.
"""

from kamai_vocabulary.lists import countries, currencies, time_zones
from kamai_vocabulary.rules import RULES, Rule

__all__ = ["RULES", "Rule", "countries", "currencies", "time_zones"]
