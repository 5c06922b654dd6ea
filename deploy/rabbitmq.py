"""A private RabbitMQ in a folder of ours: own node, own epmd, all ports free ones of the loopback interface.

Never looks at or touches another broker of the machine. Everything that the platform needs on it
is in the definitions it loads at boot (`deploy.definitions`); it runs without plugins.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import kombu
from amqp.exceptions import AMQPError
from kombu.exceptions import KombuError

from deploy.credentials import write_private
from deploy.definitions import ADMIN, definitions
from deploy.names import VHOST
from deploy.ports import LOOPBACK, free_ports
from deploy.postgres import give
from deploy.processes import Process, Served, StartFailed, account_for

ACCOUNT = "rabbitmq"
NODE = "tutoring@localhost"

# Idle schedulers sleep at once: on a small machine their busy waiting would take time from the services.
ERLANG_ARGUMENTS = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"


class RabbitMQ(Served):
    """A RabbitMQ server whose data live in `folder`; `passwords` has one for each of its users."""

    def __init__(
        self, folder: Path, logs: Path, passwords: dict[str, str], cookie: str, ports: tuple[int, ...] = ()
    ) -> None:
        self.folder, self.passwords, self._cookie = folder, passwords, cookie
        self.port, self._epmd_port, self._node_port = free_ports(3, ports)
        self._account = account_for(ACCOUNT)
        self.epmd = Process("epmd", self._epmd_command(), self._environment(), logs, folder, self._account)
        self.process = Process("rabbitmq", [_program()], self._environment(), logs, folder, self._account)

    def url(self, user: str) -> str:
        """Where a user connects."""
        return f"amqp://{user}:{self.passwords[user]}@{LOOPBACK}:{self.port}/{VHOST}"

    @property
    def admin_url(self) -> str:
        return self.url(ADMIN)

    def start(self) -> None:
        """Write the configuration and start the server; `wait` waits for it."""
        give(self.folder, self._account)
        for name, text in self._files().items():
            (self.folder / name).unlink(missing_ok=True)
            write_private(self.folder / name, text)
            give(self.folder / name, self._account)
        (self.folder / ".erlang.cookie").chmod(0o400)  # Erlang insists
        if not self.epmd.running:
            self.epmd.start()
        self.process.start()

    def wait(self, seconds: float = 90) -> None:
        """Wait until the server answers; raises `StartFailed`."""
        self.process.wait_until(self._answers, seconds)

    def stop(self) -> None:
        """End the server in order."""
        self.process.stop(grace=30)
        self.epmd.stop()

    def kill(self) -> None:
        """End the server at once, as a power cut would; `start` brings it back on the same port."""
        self.process.kill()
        self.epmd.kill()

    def _files(self) -> dict[str, str]:
        return {
            ".erlang.cookie": self._cookie,
            "rabbitmq.conf": self._configuration(),
            "definitions.json": json.dumps(definitions(self.passwords), indent=1),
            "enabled_plugins": "[].\n",
            "environment": "",
        }

    def _configuration(self) -> str:
        return f"""\
listeners.tcp.1 = {LOOPBACK}:{self.port}
load_definitions = {self.folder}/definitions.json
log.file = false
log.console = true
log.console.level = warning
disk_free_limit.absolute = 50MB
"""

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": folder,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/environment",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_PLUGINS_EXPAND_DIR": f"{folder}/plugins",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/config",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/logs",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": f"{folder}/rabbitmq.pid",
            "RUNNING_UNDER_SYSTEMD": "true",  # no shell between us and the server
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_ARGUMENTS,
        }

    def _epmd_command(self) -> list[str]:
        epmd = shutil.which("epmd")
        if epmd is None:
            raise StartFailed("epmd, a part of Erlang, is not installed.")
        return [epmd, "-port", str(self._epmd_port), "-address", LOOPBACK]

    def _answers(self) -> bool:
        try:
            with kombu.Connection(self.admin_url, connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=0)  # `connect` sleeps for two seconds in between
        except (OSError, AMQPError, KombuError):
            return False
        return True


def _program() -> str:
    """The server's start script itself: Debian's wrapper in /usr/sbin refuses ordinary users."""
    places = [
        os.environ.get("RABBITMQ_BIN", "/usr/lib/rabbitmq/bin"),
        "/opt/homebrew/sbin",
        "/usr/local/sbin",
    ]
    for place in map(Path, places):
        if (place / "rabbitmq-server").exists():
            return str(place / "rabbitmq-server")
    found = shutil.which("rabbitmq-server")
    if found is None:
        raise StartFailed("The programs of RabbitMQ are not installed.")
    return found
