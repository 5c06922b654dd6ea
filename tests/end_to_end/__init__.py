"""The whole platform, tried from outside: over HTTP, through its clock, and by its mails."""
