"""What a caller hears in a menu, and where a key leads. Pure: values in, values out."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MenuOption:
    """A key and the queue it leads to; ``label`` is how the queue is said."""

    key: str
    label: str
    queue_id: int


@dataclass(frozen=True, kw_only=True)
class MenuFlow:
    """A menu of fixed shape: a greeting, one key each for some queues, so many rounds."""

    greeting: str
    options: tuple[MenuOption, ...]
    no_input_text: str
    wrong_key_text: str
    rounds: int
    fallback_queue_id: int | None


@dataclass(frozen=True, kw_only=True)
class MenuStep:
    """What comes next: sentences, and then one of ask again, a queue, or the goodbye."""

    say: tuple[str, ...]
    asks: bool = False
    queue_id: int | None = None
    #: The option that was understood.
    option: MenuOption | None = None
    misses: int = 0


#: Said to a caller who is sent away after the last round.
GOODBYE = "We could not understand your choice. Please call again. Goodbye."


def enter(flow: MenuFlow) -> MenuStep:
    """Return what a caller hears first."""
    return MenuStep(say=_offer(flow), asks=True)


def step(flow: MenuFlow, *, key: str, misses: int) -> MenuStep:
    """Return what follows ``key`` ("" when nothing was pressed) after ``misses`` vain rounds."""
    for option in flow.options:
        if key and key == option.key:
            return MenuStep(say=(), queue_id=option.queue_id, option=option, misses=misses)
    complaint = flow.wrong_key_text if key else flow.no_input_text
    misses += 1
    if misses < flow.rounds:
        return MenuStep(say=(complaint, *_offer(flow)), asks=True, misses=misses)
    if flow.fallback_queue_id is not None:
        return MenuStep(say=(complaint,), queue_id=flow.fallback_queue_id, misses=misses)
    return MenuStep(say=(complaint, GOODBYE), misses=misses)


def _offer(flow: MenuFlow) -> tuple[str, ...]:
    keys = tuple(f"Press {_said(option.key)} for {option.label}." for option in flow.options)
    return (flow.greeting, *keys)


def _said(key: str) -> str:
    return {"*": "star", "#": "the hash key"}.get(key, key)
