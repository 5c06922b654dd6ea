"""Tells people, in the application and by e-mail, what happens to their lessons."""
