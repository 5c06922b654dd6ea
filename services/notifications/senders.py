"""The border to the world outside: a mail becomes an RFC 5322 message and is handed to an SMTP server.

A server that has taken a mail may fail to say so, and a process may end before it has noted
the answer: such a mail is sent again, under the same Message-ID, by which the reader's side
can tell. Everywhere else a message is sent once.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from services.notifications.rendering import Mail

TIMEOUT_SECONDS = 5  # for the connection, and for each word of the dialogue
_PORTS = {"smtp": 25, "smtps": 465}


class NotSent(Exception):
    """The mail was not taken; says why without naming anybody."""


@dataclass(frozen=True)
class Postbox:
    """An SMTP server. Where a name and a password are given, nothing is said before encryption."""

    host: str
    port: int
    encrypted: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def at(cls, url: str) -> Postbox:
        """smtp://host:port, or smtps:// for TLS from the first byte; with user:password@ it logs in."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or _PORTS.get(parts.scheme, 25),
            encrypted=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def put(self, message: EmailMessage) -> None:
        """Hand the message over. Raises `NotSent`."""
        try:
            with self._connected() as server:
                self._log_in(server)
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"{type(error).__name__} {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise NotSent(type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        if self.encrypted:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        return smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)

    def _log_in(self, server: smtplib.SMTP) -> None:
        if not self.user:
            return
        if not self.encrypted:
            server.starttls(context=ssl.create_default_context())
        server.login(self.user, self.password)


def compose(mail: Mail, mail_from: str, date: datetime) -> EmailMessage:
    """The message as it travels: text, HTML, and the invitation where there is one."""
    message = EmailMessage(policy=SMTP)
    message["From"] = mail_from
    message["To"] = _address(mail)
    message["Subject"] = mail.subject
    message["Date"] = date
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if mail.invitation:
        message.add_attachment(
            mail.invitation.content,
            subtype="calendar",
            filename="lesson.ics",
            params={"method": mail.invitation.method},
        )
    return message


def _address(mail: Mail) -> Address:
    local, _, domain = mail.reader.email.rpartition("@")
    return Address(mail.reader.name, local, domain)
