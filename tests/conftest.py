"""What all tests share: the private servers and processes of `tests.stack`."""

from hypothesis import settings

from tests.stack import servers, stack

__all__ = ["servers", "stack"]

# How long an example takes says more of what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
