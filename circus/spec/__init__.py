"""What is asked for: options, their values, and the frozen specs that they make. Pure."""
