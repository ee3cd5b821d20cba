"""What the window tells by itself: in its notice, in the status line, and through the system."""
