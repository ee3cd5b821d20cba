"""Everything of Minim that is not a window: engines, dialects, tools, conversations, workers. No Qt."""
