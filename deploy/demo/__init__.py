"""What the demo data are: the people (`cast`), their lessons (`plan`), and how both come about.

The tables beside say who and what; `deploy.demo_data` is the program that makes it so.
"""
