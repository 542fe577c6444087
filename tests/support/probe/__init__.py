"""A service of the tests' own: things that count up, an event for every step, and a consumer that notes each effect."""
