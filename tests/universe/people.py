"""Who lives in a universe: two organisations, their queues, their agents and their numbers."""

from dataclasses import dataclass

from contact_center.models import Agent, Queue, Role, Strategy, User
from tests.cast import Cast, make_agent, make_cast, make_number, make_user
from tests.universe.draws import stream
from tests.universe.house_rules import set_up

#: So many callers for each desk, within limits: a busy floor has more to say in less time.
CALLS_FOR_EACH_DESK = 8
FEWEST_DESKS, MOST_DESKS = 6, 40
MENU_NUMBER = "+14155550100"
SALES_NUMBER = "+14155550101"
SUPPORT_NUMBER = "+14155550102"
ROOM_NUMBER = "+14155550103"
OTHER_NUMBER = "+14155550199"


@dataclass(frozen=True)
class People:
    """Everybody with a desk, and what they are worth to the callers."""

    cast: Cast
    agents: tuple[Agent, ...]
    #: They listen, coach, barge in and take over; in some universes nobody does.
    supervisors: tuple[User, ...]


def make_people(seed: int, calls: int) -> People:
    """Write a floor that the seed draws, for so many callers, into the database."""
    draw = stream(seed, "people")
    cast = make_cast()
    billing = Queue.objects.create(tenant=cast.tenant, name="Billing", priority=8, callback_key="")
    version = cast.menu
    version.choices.create(key="3", label="billing", queue=billing)
    version.fallback_queue = draw.choice([None, cast.support])
    version.save()
    agents = [cast.alice, cast.bob, cast.erin]
    queues = [cast.sales, cast.support, billing]
    desks = min(max(calls // CALLS_FOR_EACH_DESK, FEWEST_DESKS), MOST_DESKS)
    for number in range(desks - len(agents)):
        served = draw.sample(queues, draw.randint(1, 3))
        agents.append(make_agent(cast.tenant, f"agent{number + 1}", *served))
        if number % 7 == 0:
            name = f"other{number // 7 + 1}"
            agents.append(make_agent(cast.other_tenant, name, cast.other_queue))
    for queue in (*queues, cast.other_queue):
        queue.strategy = draw.choice(["", *Strategy.values])
        queue.ring_seconds = draw.choice([5, 10, 20])
        queue.wrap_up_seconds = draw.choice([5, 10, 15])
        queue.music_url = draw.choice(["", "/static/audio/hold.mp3"])
        queue.save()
    set_up(seed, cast.tenant, queues)
    make_number(cast.other_tenant, OTHER_NUMBER, queue=cast.other_queue)
    room = make_number(cast.tenant, ROOM_NUMBER)
    room.is_room = True
    room.save()
    watchful = stream(seed, "supervisors").choice([0, 1, 2, 3])
    more = [
        make_user(tenant, name, Role.SUPERVISOR)
        for tenant, name in ((cast.tenant, "nadia"), (cast.other_tenant, "mallory"))
    ]
    supervisors = (cast.carol, *more)[:watchful]
    return People(cast=cast, agents=tuple(agents), supervisors=supervisors)
