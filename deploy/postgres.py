"""A private PostgreSQL in a folder of ours: on a free port of the loopback interface, no socket file.

Never looks at or touches another PostgreSQL of the machine. Roles and databases are made by
`deploy.databases`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from deploy.credentials import write_private
from deploy.ports import LOOPBACK, free_ports
from deploy.processes import Process, Served, StartFailed, account_for, run_as

ACCOUNT = "postgres"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# For tests: quick, and safe against a killed process but not against a power cut.
QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}


class Postgres(Served):
    """A PostgreSQL server whose data live in `folder`."""

    def __init__(
        self, folder: Path, logs: Path, password: str, ports: tuple[int, ...] = (), *, quick: bool = False
    ) -> None:
        self.folder, self.data = folder, folder / "data"
        self.password, self.quick = password, quick
        (self.port,) = free_ports(1, ports)
        self._account = account_for(ACCOUNT)
        self.process = Process(
            "postgres", self._command(), self._environment(), logs, folder, self._account, signal.SIGINT
        )

    @property
    def admin_url(self) -> str:
        return f"postgresql://postgres:{self.password}@{LOOPBACK}:{self.port}/postgres"

    def start(self) -> None:
        """Make the data folder where there is none, and start the server; `wait` waits for it."""
        self.process.kill()  # what a killed server has left would keep the next from its memory
        if not self.data.exists():
            self._initialise()
        self._forget_stale_pid()
        self.process.start()

    def wait(self, seconds: float = 60) -> None:
        """Wait until the server answers; raises `StartFailed`."""
        self.process.wait_until(self._answers, seconds)

    def stop(self) -> None:
        """End the server in order; open connections are cut."""
        self.process.stop(grace=30)

    def _initialise(self) -> None:
        """Make the data in a draft and rename it, so that an interrupted start leaves nothing half done."""
        draft, secret = self.folder / "draft", self.folder / "password"
        shutil.rmtree(draft, ignore_errors=True)
        give(self.folder, self._account)
        write_private(secret, self.password)
        give(secret, self._account)
        made = subprocess.run(
            [str(self._program("initdb")), *self._initdb_arguments(draft, secret)],
            env=self._environment(), cwd=self.folder, capture_output=True, text=True, check=False,
            **run_as(self._account),
        )  # fmt: skip
        secret.unlink()
        if made.returncode:
            raise StartFailed(f"initdb failed:\n{made.stderr}")
        draft.rename(self.data)

    def _initdb_arguments(self, data: Path, secret: Path) -> list[str]:
        arguments = [
            f"--pgdata={data}", "--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        return [*arguments, "--no-sync"] if self.quick else arguments

    def _command(self) -> list[str]:
        settings = {**SETTINGS, "port": str(self.port), **(QUICK if self.quick else {})}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._program("postgres")), "-D", str(self.data), *words]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}

    def _program(self, name: str) -> Path:
        version = self.data / "PG_VERSION"
        return program_folder(version.read_text().strip() if version.exists() else None) / name

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _forget_stale_pid(self) -> None:
        """Remove a killed server's pid file: the number may by now be another process of the account."""
        lock = self.data / "postmaster.pid"
        if lock.exists() and str(self.data) not in _command_of(lock.read_text().split()[0]):
            lock.unlink()


def program_folder(version: str | None = None) -> Path:
    """Where the server's programs are; of that major version, where one is given. Raises `StartFailed`."""
    places = [Path(os.environ["POSTGRES_BIN"])] if "POSTGRES_BIN" in os.environ else _usual_places()
    for place in places:
        if (place / "initdb").exists() and (version is None or _version_of(place) == version):
            return place
    raise StartFailed(f"The programs of PostgreSQL{f' {version}' if version else ''} are not installed.")


def give(path: Path, account: str | None) -> None:
    """Hand a file or folder to the account, for nobody else to read."""
    path.mkdir(parents=True, exist_ok=True) if not path.exists() else None
    if account is not None:
        shutil.chown(path, account, account)
    path.chmod(0o700 if path.is_dir() else 0o600)


def _usual_places() -> list[Path]:
    found = [place for pattern in _PATTERNS for place in Path("/").glob(pattern)]
    newest_first = sorted(
        found, key=lambda place: int("0" + "".join(filter(str.isdigit, str(place)))), reverse=True
    )
    on_path = shutil.which("initdb")
    return [*newest_first, *([Path(on_path).resolve().parent] if on_path else [])]


_PATTERNS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)


def _version_of(place: Path) -> str:
    said = subprocess.run(
        [place / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return said.split()[2].split(".")[0]


def _command_of(pid: str) -> str:
    return subprocess.run(
        ["ps", "-o", "command=", "-p", pid], capture_output=True, text=True, check=False
    ).stdout
