"""The border to the telephone: a text is handed over HTTP to a provider that speaks as Twilio does.

As with mails, a text whose taking is not heard of is sent again.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from chassis.egress import Egress, NotReached
from chassis.settings import Settings
from services.notifications.rendering import Text
from services.notifications.senders import NotSent


@dataclass(frozen=True)
class Provider:
    """Whose texts come from `sender`: a number, or a name where the provider allows one."""

    egress: Egress
    url: str
    account: str
    token: str = field(repr=False)
    sender: str

    @classmethod
    def of(cls, settings: Settings) -> Provider | None:
        """The one that the settings name, if they name one."""
        if not settings.sms_url:
            return None
        return cls(
            egress=Egress(settings.egress_allow_loopback),
            url=settings.sms_url.rstrip("/"),
            account=settings.sms_account,
            token=settings.sms_token,
            sender=settings.sms_from,
        )

    def send(self, text: Text) -> None:
        """Hand the text over. Raises `NotSent`, without the number."""
        form = urlencode({"From": self.sender, "To": text.phone, "Body": text.words}).encode()
        try:
            answer = self.egress.post(self._address, form, self._headers)
        except NotReached as reason:
            raise NotSent(reason.word) from None
        if not answer.is_good:
            raise NotSent(f"HTTP {answer.status}")

    @property
    def _address(self) -> str:
        return f"{self.url}/2010-04-01/Accounts/{quote(self.account, safe='')}/Messages.json"

    @property
    def _headers(self) -> dict[str, str]:
        login = b64encode(f"{self.account}:{self.token}".encode()).decode()
        return {"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"}
