"""The terrain of a relief: its mesh, and what it hides."""
