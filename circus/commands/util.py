"""Old names for the rules of option values, at Circus's path (spec §11.6)."""

from circus.spec.build import from_words as convert_option
from circus.spec.build import wire_check as validate_option

__all__ = ["convert_option", "validate_option"]
