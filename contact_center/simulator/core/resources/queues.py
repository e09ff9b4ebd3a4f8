"""The Queue resource. Source: twilio.com/docs/voice/api/queue-resource."""

from __future__ import annotations

from contact_center.simulator.core.errors import RestError
from contact_center.simulator.core.queues import (
    DEFAULT_MAX_SIZE,
    LARGEST_MAX_SIZE,
    LONGEST_NAME,
    Queue,
)
from contact_center.simulator.core.resources.base import Body, Context, Reply, Resource
from contact_center.simulator.core.resources.paging import page
from contact_center.simulator.core.times import rfc_2822


def _create(context: Context) -> Reply:
    name = _name(context)
    if not name:
        raise RestError(400, 20001, "FriendlyName is required.")
    size = context.form.integer("MaxSize", DEFAULT_MAX_SIZE, 1, LARGEST_MAX_SIZE)
    world = context.world
    queue = Queue(world.sids.new("QU"), context.account.sid, name, world.now, world.now, size)
    world.queues[queue.sid] = queue
    return Reply(201, _body(context, queue))


def _name(context: Context) -> str:
    name = context.form.get("FriendlyName")
    if len(name) > LONGEST_NAME:
        raise RestError(400, 20001, f"FriendlyName has at most {LONGEST_NAME} characters.")
    taken = any(queue.friendly_name == name for queue in _all(context))
    if name and taken:
        raise RestError(400, 22003, f"A queue named {name!r} already exists.")
    return name


def _all(context: Context) -> list[Queue]:
    return [
        queue for queue in context.world.queues.values() if queue.account_sid == context.account.sid
    ]


def _list(context: Context) -> Reply:
    return page(
        context,
        "queues",
        _all(context),
        lambda queue: queue.sid,
        lambda queue: _body(context, queue),
    )


def found(context: Context, sid: str) -> Queue | None:
    """The account's queue of this SID."""
    queue = context.world.queues.get(sid)
    return queue if queue is not None and queue.account_sid == context.account.sid else None


def _fetch(context: Context, sid: str) -> Reply | None:
    queue = found(context, sid)
    return None if queue is None else Reply(200, _body(context, queue))


def _update(context: Context, sid: str) -> Reply | None:
    if (queue := found(context, sid)) is None:
        return None
    size = context.form.integer("MaxSize", queue.max_size, 1, LARGEST_MAX_SIZE)
    if context.form.get("FriendlyName") not in ("", queue.friendly_name):
        queue.friendly_name = _name(context)
    queue.max_size = size
    queue.updated_at = context.world.now
    return Reply(200, _body(context, queue))


def _delete(context: Context, sid: str) -> Reply | None:
    if (queue := found(context, sid)) is None:
        return None
    if queue.members:
        raise RestError(400, 22002, "The queue is not empty; only empty queues can be deleted.")
    del context.world.queues[sid]
    return Reply(204)


def _body(context: Context, queue: Queue) -> Body:
    return {
        "account_sid": queue.account_sid,
        "average_wait_time": queue.average_wait(context.world.now),
        "current_size": len(queue.members),
        "date_created": rfc_2822(queue.created_at),
        "date_updated": rfc_2822(queue.updated_at),
        "friendly_name": queue.friendly_name,
        "max_size": queue.max_size,
        "sid": queue.sid,
        "uri": context.uri("Queues", queue.sid),
    }


RESOURCES = (
    Resource("*/Queues", {"GET": _list, "POST": _create}),
    Resource("*/Queues/*", {"GET": _fetch, "POST": _update, "DELETE": _delete}),
)
