"""What students say of their lessons, and the rating that follows from it."""
