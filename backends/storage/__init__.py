"""What is kept on disk: preferences, conversations, and which models are installed."""
