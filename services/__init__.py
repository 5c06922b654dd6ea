"""What each service decides; none imports another."""
