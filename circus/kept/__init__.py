"""Names of Circus 0.19 that are kept for programs that use them, on top of what is there now."""
