"""Rule packs: what each country asks of a contractor, as versioned data files."""

from onboarding.adapters.rule_packs.library import RulePackLibrary

__all__ = ["RulePackLibrary"]
