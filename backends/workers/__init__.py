"""The processes that do the long work, and the supervisor that starts, watches and ends them."""
