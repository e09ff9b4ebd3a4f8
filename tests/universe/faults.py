"""What goes wrong, how often, and which single fault it was.

Every kind of fault has a rate, drawn by the seed: some universes have none of a kind, some many.
Each fault that is drawn gets the next number; a scenario can leave single ones out by number.
"""

from collections import Counter
from collections.abc import Collection

from tests.universe.draws import stream

#: Kind: (its group, the usual chance at each opportunity, what it is).
KINDS: dict[str, tuple[str, float, str]] = {
    "duplicate": ("webhooks", 0.02, "a webhook arrives twice"),
    "repeat": ("webhooks", 0.02, "a request answered long ago is sent once more"),
    "reorder": ("webhooks", 0.05, "a webhook is overtaken by others"),
    "delay": ("webhooks", 0.01, "a webhook takes seconds, or half a minute"),
    "drop": ("webhooks", 0.02, "an attempt to deliver a webhook is lost on its way"),
    "refuse": ("webhooks", 0.01, "our site takes no connection for a moment"),
    "lose-answer": ("webhooks", 0.02, "our answer to a webhook is lost"),
    "lost": ("webhooks", 0.03, "a report never comes, whatever the network tries"),
    "blackout": ("webhooks", 0.0, "no report ever comes"),
    "unreachable": ("webhooks", 0.003, "every attempt to ask for instructions fails"),
    "forged": ("webhooks", 0.005, "somebody else's request, badly signed"),
    "rest-429": ("rest", 0.03, "the network refuses for a moment: too many requests"),
    "rest-500-before": ("rest", 0.02, "HTTP 500, and nothing was done"),
    "rest-500-after": ("rest", 0.02, "HTTP 500, and it was done all the same"),
    "rest-hang-before": ("rest", 0.01, "no answer, and nothing was done"),
    "rest-hang-after": ("rest", 0.02, "no answer, and it was done all the same"),
    "rest-connect": ("rest", 0.02, "the network takes no connection"),
    "legs": ("people", 0.02, "a line breaks"),
    "tabs": ("people", 0.02, "an agent's tab or machine dies"),
    "sockets": ("people", 0.03, "a desk loses its socket and has to poll"),
    "kill-web": ("kills", 0.004, "a web process is killed at some statement"),
    "kill-clock": ("kills", 0.002, "the clock is killed at some statement"),
    "kill-commit": ("kills", 0.002, "a process is killed between a commit and what follows it"),
    "wake-up": ("kills", 0.005, "a wake-up and the pushes of a commit are lost"),
    "clock": ("clock", 0.0008, "our machine's clock is set forwards or back"),
}
#: No kind happens more often than this: what always fails is an outage, not a fault.
MOST = 0.05
GROUPS = sorted({group for group, _rate, _what in KINDS.values()})


def kinds_named(words: Collection[str]) -> frozenset[str]:
    """Return the kinds that ``words`` name, each a kind or a group; "none" names nothing.

    Raises ValueError for a word that is neither.
    """
    named: set[str] = set()
    for word in words:
        if word in KINDS:
            named.add(word)
        elif word in GROUPS:
            named |= {kind for kind, (group, _rate, _what) in KINDS.items() if group == word}
        elif word != "none":
            raise ValueError(
                f"There is no fault {word!r}. Groups: {', '.join(GROUPS)}. "
                f"Kinds: {', '.join(KINDS)}."
            )
    return frozenset(named)


class Faults:
    """The faults of one universe."""

    def __init__(
        self, seed: int, kinds: frozenset[str] | None, without: frozenset[int] = frozenset()
    ) -> None:
        self.counts: Counter[str] = Counter()
        #: From here on nothing goes wrong any more.
        self.over = False
        self._without = without
        self._drawn = 0
        self._draws = {kind: stream(seed, "fault", kind) for kind in KINDS}
        # Some days are quiet, some are worse than anybody ever had.
        weather = stream(seed, "weather").choice([0.5, 1.0, 2.0, 5.0])
        self._rates = {
            kind: min(rate * weather * _how_often(seed, kind, chosen=kinds is not None), MOST)
            for kind, (_group, rate, _what) in KINDS.items()
            if kinds is None or kind in kinds
        }
        #: In some universes no report ever comes.
        wanted = kinds is not None and kinds == {"blackout"}
        draw = stream(seed, "blackout").random()
        self.blackout = wanted or ("blackout" in self._rates and draw < 0.1)

    def strike(self, kind: str) -> bool:
        """Whether a fault of ``kind`` happens now."""
        rate = self._rates.get(kind, 0.0)
        if self.over or not rate or self._draws[kind].random() >= rate:
            return False
        self._drawn += 1
        if self._drawn in self._without:
            return False
        self.counts[kind] += 1
        return True

    def blacks_out(self) -> bool:
        """Whether this report is lost because in this universe all of them are."""
        if not self.blackout or self.over:
            return False
        self.counts["blackout"] += 1
        return True

    @property
    def drawn(self) -> int:
        """How many were drawn so far, those left out included."""
        return self._drawn

    def between(self, kind: str, low: float, high: float) -> float:
        """Draw how large a fault of ``kind`` is."""
        return self._draws[kind].uniform(low, high)

    def choose(self, kind: str, most: int) -> int:
        """Draw a whole number below ``most`` for a fault of ``kind``."""
        return self._draws[kind].randrange(most)

    def choose_early(self, kind: str, most: int) -> int:
        """Draw one below ``most``, small ones more often: as many below 3 as from 3 to 15."""
        return int((most + 1) ** self._draws[kind].random()) - 1


def _how_often(seed: int, kind: str, *, chosen: bool) -> float:
    """How a universe's rate differs from the usual one: none at all, a quarter, or up to double.

    A kind that somebody asked for by name is never left out.
    """
    draw = stream(seed, "rate", kind)
    if draw.random() < 0.4 and not chosen:
        return 0.0
    return float(2 ** draw.uniform(-2, 1))
