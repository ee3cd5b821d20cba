"""What happens from a start to the first paint: the system is checked, the application made, the window shown."""
