"""What runs end on, and from which step on that is certain."""
