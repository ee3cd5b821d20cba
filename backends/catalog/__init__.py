"""Which models exist and what fits: specs in the JSON of Xinference, hardware, and the arithmetic of memory. Pure."""
