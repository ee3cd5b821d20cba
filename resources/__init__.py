"""What Minim ships beside its code: the built-in model, icons, translations."""
