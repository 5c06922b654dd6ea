"""One connection to RabbitMQ, kept up: reads in a thread of its own, writes under a lock, waits with limits.

Written against kombu with plain threads, which are green where a process is patched and
real where it is not (the tests). What it disarms:
- a frozen or full broker can not hang a writer: every socket operation has a timeout, and
  confirms are awaited apart from the socket;
- closing never talks to a broker that may not answer: the connection is collected;
- a cut is noticed within a heartbeat of 10 s, usually at once, since somebody always reads;
- reconnecting waits 0.2 to 2 s, not 30;
- nothing but the reading thread connects: kombu would, wherever a lost connection is looked at.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import kombu
import structlog
from amqp.exceptions import AMQPError
from kombu.exceptions import KombuError

from chassis.wire import Outgoing
from contracts.errors import Unavailable

log = structlog.get_logger()

HEARTBEAT_SECONDS = 10
_CONNECT_SECONDS = 3.0
_WRITE_SECONDS = 4.0
_READ_SECONDS = 1.0
_PAUSES = (0.2, 0.4, 0.8, 1.6, 2.0)
_FAILURES = (OSError, AMQPError, KombuError, socket.timeout, AttributeError, KeyError)
# AttributeError and KeyError: what py-amqp raises where another thread has just collected the connection.


class Confirm:
    """The broker's word that it has taken a message."""

    def __init__(self, message_id: str | None = None) -> None:
        self.message_id = message_id
        self._said = threading.Event()
        self._taken = False

    def settle(self, taken: bool) -> None:
        """Keep the first word: an unroutable message is returned first and acked after."""
        if not self._said.is_set():
            self._taken = taken
            self._said.set()

    def wait(self, seconds: float) -> None:
        """Raises `Unavailable` unless the broker took the message in time."""
        if not self._said.wait(seconds) or not self._taken:
            raise Unavailable("The message broker did not take a message.")


class Link:
    """One connection and channel that come back by themselves.

    `on_up(channel)` is called in the reading thread each time the link is up: declare and
    consume there. `on_down()` is called when it breaks.
    """

    def __init__(
        self,
        url: str,
        name: str,
        on_up: Callable[[Any], None] | None = None,
        on_down: Callable[[], None] | None = None,
    ) -> None:
        self.url, self.name = url, name
        self._on_up, self._on_down = on_up, on_down
        self._connection: kombu.Connection | None = None
        self._socket: socket.socket | None = None
        self._channel: Any = None
        self._writing = threading.RLock()
        self._up = threading.Event()
        self._stopping = threading.Event()
        self._confirms: dict[int, Confirm] = {}
        self._published = 0
        self._thread = threading.Thread(target=self._run, name=f"link-{name}", daemon=True)

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def wait_until_up(self, seconds: float) -> bool:
        """Whether the link came up in time."""
        return self._up.wait(seconds)

    def stop(self) -> None:
        """Let go of the connection and end the thread."""
        self._stopping.set()
        self._break()
        if self._thread.is_alive():
            self._thread.join(_READ_SECONDS + 1)

    def send(self, message: Outgoing, patience: float = 1.0) -> Confirm:
        """Write the message; the confirm may be awaited later. Raises `Unavailable`.

        `patience` is how many seconds to wait for a link that is down.
        """
        if not self._up.wait(patience):
            raise Unavailable("The message broker is not reached.")
        with self._writing:
            confirm = Confirm(message.message_id)
            self._published += 1
            self._confirms[self._published] = confirm
            try:
                self._write(message)
            except _FAILURES as error:
                self._break()
                raise Unavailable("The message broker is not reached.") from error
            return confirm

    def publish(self, message: Outgoing, seconds: float = 5.0) -> None:
        """Write the message and wait for the broker's confirm. Raises `Unavailable`."""
        self.send(message, patience=seconds).wait(seconds)

    def settle(self, action: Callable[[], None]) -> None:
        """Ack or requeue; a delivery whose connection is gone comes again by itself."""
        with self._writing:
            try:
                action()
            except _FAILURES:
                log.info("delivery_gone", link=self.name)

    def cancel(self, consumer_tags: list[str]) -> None:
        """Take no further deliveries; those under way may still be settled."""
        with self._writing:
            try:
                for tag in consumer_tags:
                    self._channel.basic_cancel(tag, nowait=True)
            except _FAILURES:
                log.info("cancel_without_link", link=self.name)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self._connect()
                failures = 0
                self._read()
            except _FAILURES as error:
                if not self._stopping.is_set():
                    log.warning(
                        "link_down", link=self.name, error=type(error).__name__, detail=str(error)[:200]
                    )
            finally:
                self._down()
            self._stopping.wait(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1

    def _connect(self) -> None:
        connection = kombu.Connection(self.url, heartbeat=HEARTBEAT_SECONDS, connect_timeout=_CONNECT_SECONDS)
        self._connection = connection
        connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)  # `connect` sleeps 2 s
        self._socket = connection.connection.transport.sock
        self._socket.settimeout(_WRITE_SECONDS)
        # Else every publish reads from the socket as well, in the midst of the reading thread's frames.
        connection.connection.client_properties.setdefault("capabilities", {})["connection.blocked"] = False
        channel = connection.channel()
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        with self._writing:
            self._channel = channel
            self._published = 0
        if self._on_up:
            self._on_up(channel)
        self._up.set()
        log.info("link_up", link=self.name)

    def _read(self) -> None:
        beat_at = time.monotonic()
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                self._live().drain_events(timeout=_READ_SECONDS)
            if time.monotonic() - beat_at >= _READ_SECONDS:
                beat_at = time.monotonic()
                with self._writing:
                    self._live().heartbeat_check(rate=2)

    def _write(self, message: Outgoing) -> None:
        properties = {
            "message_id": message.message_id,
            "correlation_id": message.correlation_id,
            "reply_to": message.reply_to,
        }
        kombu.Producer(self._channel, auto_declare=False).publish(
            message.body,
            exchange=message.exchange,
            routing_key=message.routing_key,
            headers=message.headers,
            content_type=message.content_type,
            content_encoding="utf-8",
            delivery_mode=2 if message.durable else 1,
            expiration=message.expires_in,  # kombu takes seconds
            mandatory=message.mandatory,
            **{name: value for name, value in properties.items() if value is not None},
        )

    def _live(self) -> kombu.Connection:
        if self._connection is None or not self._connection.connected:
            raise ConnectionError("the link was broken")
        return self._connection

    def _break(self) -> None:
        """Wake whoever waits on the socket; the reading thread cleans up."""
        self._up.clear()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _down(self) -> None:
        self._up.clear()
        with self._writing:
            connection, self._connection, self._channel = self._connection, None, None
            self._socket = None
            confirms, self._confirms = self._confirms, {}
        for confirm in confirms.values():
            confirm.settle(False)
        if self._on_down:
            self._on_down()
        if connection is not None:
            try:
                connection.collect(socket_timeout=0.2)
            except _FAILURES:
                log.info("collect_failed", link=self.name)

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        self._confirmed(delivery_tag, multiple, True)

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        self._confirmed(delivery_tag, multiple, False)

    def _confirmed(self, tag: int, multiple: bool, taken: bool) -> None:
        tags = [known for known in self._confirms if known <= tag] if multiple else [tag]
        for known in tags:
            confirm = self._confirms.pop(known, None)
            if confirm is not None:
                confirm.settle(taken)

    def _on_return(self, _: Exception, exchange: str, routing_key: str, message: Any) -> None:
        log.warning("unroutable", exchange=exchange, routing_key=routing_key)
        returned = message.properties.get("message_id")
        for confirm in self._confirms.values():
            if returned is not None and confirm.message_id == returned:
                confirm.settle(False)
