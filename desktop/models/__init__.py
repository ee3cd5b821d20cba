"""State as Qt models, changed on the GUI thread only."""
