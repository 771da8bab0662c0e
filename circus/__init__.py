"""Circus: a process supervisor with a ZMQ control plane."""

import logging

__version__ = "0.19.100"

logger = logging.getLogger("circus")
