"""What a stop can show for itself: the requests and listings behind its board, kept, exported and signed."""
