"""The first run: a demo, or an account that joins the desk, page by page and with the stop in sight."""
