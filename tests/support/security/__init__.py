"""A walk over every method of every running service with every kind of caller that must be refused, and its report."""
