"""How much a page may say."""

#: Characters of one message; the longest that ours send is under a hundred.
MAX_MESSAGE = 4096
#: … and of what the address of the floor may say.
MAX_QUERY = 1024
#: Messages a second in the long run, and at once.
RATE = 10.0
BURST = 20.0
#: Refusals, less what was allowed since, after which nobody believes in a mistake any more.
HOPELESS = 200


class MessageLimit:
    """A token bucket for the messages of one page. Times are seconds of the event loop's clock."""

    def __init__(self) -> None:
        self._tokens = BURST
        self._at = 0.0
        self._refused = 0
        self._refused_in_a_row = 0

    def allows(self, now: float) -> bool:
        """Take a token for a message that came in at ``now``; False when there is none."""
        self._tokens = min(BURST, self._tokens + (now - self._at) * RATE)
        self._at = now
        if self._tokens < 1.0:
            self._refused += 1
            self._refused_in_a_row += 1
            return False
        self._tokens -= 1.0
        self._refused = max(0, self._refused - 1)
        self._refused_in_a_row = 0
        return True

    @property
    def is_first_refusal(self) -> bool:
        """Whether the last message was the first one too many: that one is answered."""
        return self._refused_in_a_row == 1

    @property
    def is_hopeless(self) -> bool:
        """Whether refusals alone do not help."""
        return self._refused >= HOPELESS
