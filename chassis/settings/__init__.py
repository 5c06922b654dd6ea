"""All configuration of one process, read once from the environment into one frozen object.

What a process does not need it does not hold, even where its environment has it. Every secret may
stand in a file instead, named by `<NAME>_FILE`. All gaps and errors are reported at once. Defaults
for secrets, and the moving clock, exist in demo mode only.
"""

from chassis.settings.environment import SettingsIncomplete
from chassis.settings.reading import read_secret, read_settings
from chassis.settings.settings import EVENT_WORKERS, Settings

__all__ = ["EVENT_WORKERS", "Settings", "SettingsIncomplete", "read_secret", "read_settings"]
