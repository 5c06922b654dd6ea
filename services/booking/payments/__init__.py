"""The border to those who move money: a provider by configuration, or people by hand."""

from __future__ import annotations

from chassis.settings import Settings
from services.booking.payments.border import Notice, Provider, Unreachable
from services.booking.payments.offline import Offline
from services.booking.payments.stripe import StripePayments

__all__ = ["Notice", "Provider", "Unreachable", "is_paid_first", "provider_of"]

_KINDS: dict[str, type[Offline] | type[StripePayments]] = {
    Offline.name: Offline,
    StripePayments.name: StripePayments,
}


def is_paid_first(settings: Settings) -> bool:
    """Whether what is bought can be used only once it is paid."""
    return _KINDS[settings.payments].first


def provider_of(settings: Settings) -> Provider:
    """Whoever the settings name."""
    if settings.payments == StripePayments.name:
        return StripePayments(
            settings.stripe_secret_key, settings.stripe_webhook_secret, settings.stripe_api_base
        )
    return Offline()
