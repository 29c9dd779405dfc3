"""The guardian as a service of the user's own session: what is written for the system, and how it is told."""
