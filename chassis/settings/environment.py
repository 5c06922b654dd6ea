"""The environment, read so that all that is wrong with it can be told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from environs import Env, EnvValidationError


class SettingsIncomplete(Exception):
    """The environment lacks settings or has wrong ones; the message lists every one of them."""

    def __init__(self, whose: str, complaints: Sequence[str]) -> None:
        self.complaints = list(complaints)
        lines = "".join(f"\n  {complaint}" for complaint in self.complaints)
        super().__init__(f"The settings of {whose} are incomplete or wrong:{lines}")


class Environment(Env):
    """Any mapping, read as environs reads `os.environ`: with files for secrets, and empty meaning absent."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._source = environ
        self._unreadable: list[str] = []

    def complaints(self) -> list[str]:
        """Everything that was wrong with what was read. Nothing can be read after."""
        try:
            self.seal()
        except EnvValidationError as error:
            wrong = cast("dict[str, list[str]]", error.error_messages)
            return [*self._unreadable, *(f"{name}: {' '.join(texts)}" for name, texts in wrong.items())]
        return self._unreadable

    def _get_value(self, env_key: str, default: Any) -> Any:
        if file := self._source.get(f"{env_key}_FILE"):
            return self._content(f"{env_key}_FILE", file, default)
        return self._source.get(env_key) or default

    def _content(self, name: str, file: str, default: Any) -> Any:
        try:
            return Path(file).read_text().strip() or default
        except (OSError, ValueError):
            self._unreadable.append(f"{name}: The file can not be read.")
            return default
