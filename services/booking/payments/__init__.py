"""The border to those who move money: a provider by configuration, or people by hand."""

from __future__ import annotations

from chassis.settings import Settings
from services.booking.payments.border import Notice, Provider, Unreachable
from services.booking.payments.offline import Offline

__all__ = ["Notice", "Provider", "Unreachable", "is_paid_first", "provider_of"]


def is_paid_first(settings: Settings) -> bool:
    """Whether what is bought can be used only once it is paid: people can not be that quick."""
    return settings.payments != Offline.name


def provider_of(settings: Settings) -> Provider:
    """Whoever the settings name."""
    if settings.payments == Offline.name:
        return Offline()
    from services.booking.payments.stripe import StripePayments  # its library is slow to import

    return StripePayments(
        settings.stripe_secret_key, settings.stripe_webhook_secret, settings.stripe_api_base
    )
