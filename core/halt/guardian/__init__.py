"""The guardian: a second process that can stop without the first, and the channel between the two."""
