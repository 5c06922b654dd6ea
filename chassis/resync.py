"""Have a service tell all that it owns again: `python -m chassis.resync booking`.

For copies that were lost, or are new: whoever has the same already ignores it. The running service is
asked over the broker as an admin asks it, so this needs the settings of the gateway, which alone can sign.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.context import Actor
from chassis.rpc import Asker, Fault
from chassis.settings import Settings, SettingsIncomplete, read_settings
from contracts.errors import Refusal, Unavailable
from contracts.message import load
from contracts.operations import Resync, ResyncView

ANY_ADMIN = Actor(role="admin")

_SERVICES = Path(__file__).resolve().parents[1] / "services"
_REACHED_WITHIN = 10.0


def resync(settings: Settings, service: str, patience: float) -> int:
    """How many events are told again. Raises `ConnectionError`, `Unavailable`, other refusals, `Fault`."""
    asker = Asker(settings.broker_url, load_pem_private_key(settings.gateway_signing_key.encode(), None))
    asker.start()
    try:
        if not asker.wait_until_ready(_REACHED_WITHIN):
            raise ConnectionError("The message broker is not reached.")
        return load(ResyncView, asker.ask(Resync(), ANY_ADMIN, timeout=patience, to=service).view).told
    finally:
        asker.stop()


def main(
    service: Annotated[str, typer.Argument(help="The service that is to tell, such as booking.")],
    patience: Annotated[float, typer.Option(min=1, help="How many seconds to wait for its answer.")] = 60,
) -> None:
    """Have a running service tell all that it owns again, with the settings of the gateway."""
    if not service.isidentifier() or not (_SERVICES / service).is_dir():
        raise typer.BadParameter(f"There is no service {service!r}.")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        told = resync(read_settings("gateway"), service, patience)
    except Fault:
        _give_up(f"{service} has failed to; its log says why.")
    except Unavailable:
        _give_up(f"{service} has not answered within {patience:g} s; if it has begun, it goes on.")
    except (SettingsIncomplete, ConnectionError, Refusal) as reason:
        _give_up(str(reason))
    else:
        typer.echo(f"{service} tells {told} events again.")


def _give_up(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
