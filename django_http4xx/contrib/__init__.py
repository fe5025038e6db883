"""Single packages of others, each in a module that nobody imports but its users."""
