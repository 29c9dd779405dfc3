"""The venues' dead-man's switches."""
