"""Makes the application that needs no Python, and packages of it; standard library only: nothing else is there yet."""
