"""A peer for the measurement of messaging: the same command, outbox, broker, inbox and effect with
FastStream, and a relay written by hand, since it has none. Written for this measurement.

`peer.py serve` takes commands by HTTP, `peer.py relay` carries the outbox, `peer.py consume` writes
inbox and effect: three processes, since one of Python uses one core. Environment as in
../../messaging/src/settings.rs.
"""

import asyncio
import datetime
import json
import os
import signal
import sys
import time
import uuid

import asyncpg
import uvicorn
import uvloop
from faststream import AckPolicy
from faststream.rabbit import (
    Channel,
    ExchangeType,
    QueueType,
    RabbitBroker,
    RabbitExchange,
    RabbitQueue,
)
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

TOPIC = "template.thing-changed"
PREFETCH = 300
BATCH = 500  # rows that the relay carries in one transaction
SCHEMA_LOCK = 1  # of the advisory lock under which tables are made; each database is this peer's own
POLL_S = 0.005  # its pause when it found nothing
MOMENT = 16  # digits of the moment at which the command was sent, at the start of a name

TABLES = """
CREATE TABLE IF NOT EXISTS thing (id UUID PRIMARY KEY, account UUID NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS thing_of_account ON thing (account, id);
CREATE TABLE IF NOT EXISTS outbox (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, envelope TEXT NOT NULL);
"""
EFFECTS = """
CREATE TABLE IF NOT EXISTS inbox (id UUID PRIMARY KEY);
CREATE TABLE IF NOT EXISTS effect (thing UUID PRIMARY KEY, account UUID NOT NULL, name TEXT NOT NULL, times BIGINT NOT NULL);
"""
# Thing and event by one statement, which is one transaction.
CREATE = """
WITH event AS (INSERT INTO outbox (envelope) VALUES ($4))
INSERT INTO thing (id, account, version, name) VALUES ($1, $2, 1, $3)
"""
# Rows stay locked until they are deleted, after the broker has confirmed all of them.
TAKE = "SELECT id, envelope FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"
# Inbox and effect by one statement: an event known by its id has no effect again.
APPLY = """
WITH fresh AS (INSERT INTO inbox (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO effect (thing, account, name, times) SELECT $2, $3, $4, 1 FROM fresh
ON CONFLICT (thing) DO UPDATE SET times = effect.times + 1
"""


def new_id() -> uuid.UUID:
    """UUIDv7, which this Python has not yet."""
    value = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (0x7 << 76)
    return uuid.UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


async def pool(variable: str, tables: str) -> asyncpg.Pool:
    size = int(os.environ["BENCH_POOL"])
    made = await asyncpg.create_pool(os.environ[variable], min_size=1, max_size=size)
    # `IF NOT EXISTS` looks and creates in two steps, so two processes that start at once can both create. Statements
    # of one text are one transaction, to whose end the lock is held.
    await made.execute(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK});{tables}")
    return made


def broker() -> tuple[RabbitBroker, RabbitExchange, RabbitQueue]:
    name = os.environ["BENCH_EXCHANGE"]
    # Confirms are on, and a message that no queue takes is an error.
    channel = Channel(prefetch_count=PREFETCH, publisher_confirms=True, on_return_raises=True)
    exchange = RabbitExchange(name, type=ExchangeType.TOPIC, durable=True)
    queue = RabbitQueue(
        f"{name}.effects",
        queue_type=QueueType.QUORUM,
        durable=True,
        routing_key=TOPIC,
        arguments={"x-overflow": "reject-publish"},
    )
    # No line in the log for each message, no validation of types: what the handler takes is what came.
    carrier = RabbitBroker(os.environ["BENCH_RABBITMQ"], default_channel=channel, logger=None, apply_types=False)
    return carrier, exchange, queue


async def serve() -> None:
    database = await pool("BENCH_PUBLISHER_POSTGRES", TABLES)

    async def create(request):
        name = (await request.json()).get("name", "")
        if not 1 <= len(name) <= 100:
            return JSONResponse({"detail": "expected 1 to 100 characters"}, 422)
        thing, account, event = new_id(), new_id(), new_id()
        data = {"thing_id": str(thing), "account_id": str(account), "version": 1, "name": name}
        envelope = {
            "id": str(event),
            "source": "template",
            "type": TOPIC,
            "schemaversion": 1,
            "subject": str(thing),
            "subjectversion": 1,
            "account": str(account),
            "time": datetime.datetime.now(datetime.UTC).isoformat(),
            "correlationid": str(event),
            "data": data,
        }
        text = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
        await database.execute(CREATE, thing, account, name, text)
        return JSONResponse(data, 201)

    host, port = os.environ["BENCH_ADDRESS"].split(":")
    app = Starlette(routes=[Route("/api/v1/templates", create, methods=["POST"])])
    config = uvicorn.Config(app, host=host, port=int(port), http="httptools", access_log=False, log_level="warning")
    await uvicorn.Server(config).serve()


async def relay() -> None:
    database = await pool("BENCH_PUBLISHER_POSTGRES", TABLES)
    carrier, exchange, _ = broker()
    await carrier.start()
    await carrier.declare_exchange(exchange)

    async def publish(envelope: str) -> None:
        await carrier.publish(envelope.encode(), exchange=exchange, routing_key=TOPIC, persist=True, mandatory=True)

    async with database.acquire() as connection:
        while True:
            async with connection.transaction():
                rows = await connection.fetch(TAKE, BATCH)
                if rows:
                    await asyncio.gather(*(publish(row["envelope"]) for row in rows))
                    ids = [row["id"] for row in rows]
                    await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", ids)
            if not rows:
                await asyncio.sleep(POLL_S)


async def consume() -> None:
    database = await pool("BENCH_CONSUMER_POSTGRES", EFFECTS)
    lags = os.open(os.environ["BENCH_LAGS"], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)
    carrier, exchange, queue = broker()

    # FastStream hands messages over one by one, as many at once as the prefetch allows.
    @carrier.subscriber(queue, exchange, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def handle(event: dict) -> None:
        data = event["data"]
        await database.execute(
            APPLY, uuid.UUID(event["id"]), uuid.UUID(data["thing_id"]), uuid.UUID(data["account_id"]), data["name"]
        )
        os.write(lags, f"{data['name'][:MOMENT]} {time.time_ns() // 1000:016}\n".encode())

    await carrier.start()
    await asyncio.Event().wait()


async def until_told(task) -> None:
    """Ends at SIGTERM; uvicorn has its own way."""
    running = asyncio.ensure_future(task)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        pass


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            uvloop.run(serve())
        case ["relay"]:
            uvloop.run(until_told(relay()))
        case ["consume"]:
            uvloop.run(until_told(consume()))
        case _:
            sys.exit("expected serve, relay or consume")
