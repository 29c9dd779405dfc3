"""An account that joins the desk: which venue, which keys, tried out without a trace, then written down."""
