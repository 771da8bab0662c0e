"""What the command lines need now and then."""
