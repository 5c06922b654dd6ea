"""How the platform stands up: servers, users, databases, processes.

Nothing here is imported by what it starts; it gives each process its environment and leaves
the rest to `chassis.run`.
"""
