"""Trying the stop out, dry and live, with a kept report."""
