"""Somebody who uses the platform over HTTP, as the README describes it."""

from __future__ import annotations

import time
import uuid
from typing import Any
from urllib.parse import unquote

import requests

from deploy.interruption import heed
from deploy.tour.stage import Stage

PASSWORD = "a-tour-of-the-house"  # noqa: S105 - of accounts that only the tour uses


Body = dict[str, Any] | None
Query = dict[str, Any] | None


class Unexpected(Exception):
    """An answer that the tour does not know how to go on from."""


class Visitor:
    """One person with a session; every call is shown."""

    def __init__(self, name: str, url: str, stage: Stage) -> None:
        self.name = name
        self.account: dict[str, Any] = {}
        self._url, self._stage = url, stage
        self._tokens: dict[str, Any] = {}

    @property
    def email(self) -> str:
        return str(self.account["email"])

    def log_in(self, email: str, password: str = PASSWORD) -> bool:
        """Whether the account is there."""
        answer = self.answer("POST", "/api/auth/login", {"email": email, "password": password})
        if answer.status_code == 401:
            return False
        self._tokens = _expected(answer)
        self.account = self.get("/api/me")
        return True

    def get(self, path: str, **query: object) -> Any:
        """What is there. Raises `Unexpected`."""
        return _expected(self.answer("GET", path, query=query))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What came of it. Raises `Unexpected`."""
        return _expected(self.answer("POST", path, body or {}))

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """What stands now. Raises `Unexpected`."""
        return _expected(self.answer("PUT", path, body))

    def answer(self, method: str, path: str, body: Body = None, query: Query = None) -> requests.Response:
        """The answer, whatever it says; asked for with a fresh token where the last one has expired."""
        key, began = str(uuid.uuid4()), time.monotonic()
        answer = self._call(method, path, body, query, key)
        if answer.status_code == 401 and self._tokens:
            self._refresh()
            began = time.monotonic()
            answer = self._call(method, path, body, query, key)
        line = f"{method} {unquote(answer.request.path_url)}"
        self._stage.call(self.name, line, answer.status_code, time.monotonic() - began)
        return answer

    def _refresh(self) -> None:
        old, self._tokens = self._tokens, {}
        token = {"refresh_token": old["refresh_token"]}
        self._tokens = _expected(self._call("POST", "/api/auth/refresh", token, None, str(uuid.uuid4())))

    def _call(self, method: str, path: str, body: Body, query: Query, key: str) -> requests.Response:
        heed()
        headers = {"Idempotency-Key": key} if method == "POST" else {}
        if self._tokens:
            headers["Authorization"] = f"Bearer {self._tokens['access_token']}"
        return requests.request(
            method, f"{self._url}{path}", json=body, params=query, headers=headers, timeout=30
        )


def _expected(answer: requests.Response) -> Any:
    if not answer.ok:
        raise Unexpected(
            f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.text}"
        )
    return answer.json() if answer.content else None
