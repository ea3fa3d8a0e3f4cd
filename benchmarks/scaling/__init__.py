"""What many sites need: reckoned from what was measured, and simulated."""
