"""What the demo data are: the people (`cast`), their lessons (`plan`), what else is on (`programme`).

The tables beside say who and what; how it all comes about is in `opening`, `living` and `attending`, and
`deploy.demo_data` is the program that makes it so.
"""
