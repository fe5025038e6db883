"""What the admin shows to editors: the overview, the form with its preview, and the history."""
