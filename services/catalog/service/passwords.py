"""What the doors have in common that deal with passwords."""

from __future__ import annotations

from chassis.passwords import Passwords
from chassis.service import Service
from chassis.settings import Settings


class PasswordDoors(Service):
    """Doors that make or match passwords."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._passwords = Passwords(settings)
