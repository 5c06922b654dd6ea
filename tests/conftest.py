"""What all tests share: the private servers and processes of `tests.stack`."""

import signal

from hypothesis import settings

from tests.stack import servers, stack

__all__ = ["servers", "stack"]

# How long an example takes says more of what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Told to end, a run stops all that it has started, as it does for Ctrl-C.
signal.signal(signal.SIGTERM, signal.default_int_handler)
