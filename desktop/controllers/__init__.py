"""Between the Qt models and the workers: a person's intents out, what the workers report in."""
