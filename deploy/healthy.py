"""Asks the process in this container whether it is ready; the container's health check."""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException


def is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(not is_ready(int(os.environ["HEALTH_PORT"])))
