"""Unexpected errors of Scram's own: gathered once each, scrubbed, and kept on this machine alone."""
