"""One window from the first start on: wizard, demo, and one engine after another behind the same stop button."""
