"""Closing the positions of a stopped scope: previewed, armed, fired, read back."""
