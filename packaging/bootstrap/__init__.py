"""Makes the environment and starts what was asked for; standard library only, because nothing else is there yet."""
