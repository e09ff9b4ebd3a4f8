"""What a caller hears in a menu, and where a key leads. Pure: values in, values out."""

from dataclasses import dataclass, field

from contact_center.domain.sentences import Sentence, key_words, sentence
from contact_center.domain.skills import Levels


@dataclass(frozen=True, kw_only=True)
class MenuOption:
    """A key and the queue it leads to; ``label`` is how the queue is said."""

    key: str
    label: str
    queue_id: int
    #: What the branch asks of whoever takes the call.
    needs: Levels = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MenuFlow:
    """A menu of fixed shape: a greeting, one key each for some queues, so many rounds."""

    greeting: str
    options: tuple[MenuOption, ...]
    no_input_text: str
    wrong_key_text: str
    rounds: int
    fallback_queue_id: int | None
    #: In which the menu is written and spoken (BCP 47).
    language: str = "en-US"


@dataclass(frozen=True, kw_only=True)
class MenuStep:
    """What comes next: sentences, and then one of ask again, a queue, or the goodbye."""

    say: tuple[str, ...]
    asks: bool = False
    queue_id: int | None = None
    #: The option that was understood.
    option: MenuOption | None = None
    misses: int = 0


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
    goodbye = sentence(Sentence.NOT_UNDERSTOOD, flow.language)
    return MenuStep(say=(complaint, goodbye), misses=misses)


def _offer(flow: MenuFlow) -> tuple[str, ...]:
    keys = tuple(
        sentence(
            Sentence.PRESS,
            flow.language,
            key=key_words(option.key, flow.language),
            label=option.label,
        )
        for option in flow.options
    )
    return (flow.greeting, *keys)
