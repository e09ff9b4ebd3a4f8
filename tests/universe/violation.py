"""What the universe says when something that must always hold does not."""


class Violation(AssertionError):
    """An invariant of the design did not hold.

    ``invariant`` is its number ("I5"; "end" for what only the end of a universe can tell),
    ``sentence`` says who suffered what, ``call_sid`` names the customer's call it is about ("" when
    it is about no single call).
    """

    def __init__(self, invariant: str, sentence: str, call_sid: str = "") -> None:
        self.invariant = invariant
        self.sentence = sentence
        self.call_sid = call_sid
        super().__init__(f"{invariant}: {sentence}" + (f" ({call_sid})" if call_sid else ""))

    def __reduce__(self) -> tuple[type["Violation"], tuple[str, str, str]]:
        """Let it pass between processes, as a failing test's does."""
        return type(self), (self.invariant, self.sentence, self.call_sid)
