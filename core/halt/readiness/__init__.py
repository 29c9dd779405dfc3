"""Whether each account could be stopped now."""
