"""Follow what happens to bookings, from outside: `python examples/follow_bookings.py amqp://outside:…@host:5672/tutoring`.

The user `outside` may declare queues that begin with its name and bind them to `booking.events`;
it can send nothing and hear nothing else. Bind `booking_confirmed` instead of `#` to hear of
confirmations only. The queue is durable, so what happens while nobody follows is kept.
"""

import json
import sys

import kombu

bookings = kombu.Exchange("booking.events", type="topic", no_declare=True)
queue = kombu.Queue("outside.bookings", bookings, routing_key="#", durable=True)


def show(message: kombu.Message) -> None:
    event = json.loads(message.body)
    booking = event["data"].get("booking") or {"status": "-"}  # `#` brings what is about none as well
    print(event["time"], event["type"], event["subject"], booking["status"], flush=True)
    message.ack()


with kombu.Connection(sys.argv[1]) as connection, kombu.Consumer(connection, queue, on_message=show):
    while True:
        connection.drain_events()
