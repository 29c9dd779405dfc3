"""The built application, driven as its user drives it: by keys, on a screen of its own, without any Python of ours."""
