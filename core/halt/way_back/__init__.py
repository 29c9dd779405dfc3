"""From a stop back to trading: reset, reduce-only, fully."""
