"""What is measured, and how: `make bench`. Nothing here is asserted; figures are for comparing runs."""
