"""What services say to one another, said once.

Imports the standard library and marshmallow; nothing of ours.
"""
