"""Speed side by side with the peers: every library in its own process, in turn, beside the same float64 numbers."""
