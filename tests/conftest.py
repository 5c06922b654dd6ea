"""What all tests share: the private servers and processes of `tests.stack`."""

from tests.stack import servers, stack

__all__ = ["servers", "stack"]
