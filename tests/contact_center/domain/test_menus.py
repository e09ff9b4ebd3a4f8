"""A menu leads every caller somewhere: to a queue, or to a goodbye after so many rounds."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.menus import MenuFlow, MenuOption, MenuStep, enter, step
from contact_center.domain.sentences import Sentence, sentence

GOODBYE = sentence(Sentence.NOT_UNDERSTOOD, "en-US")

SALES, SUPPORT, OPERATOR = 1, 2, 9

FLOW = MenuFlow(
    greeting="Welcome.",
    options=(
        MenuOption(key="1", label="sales", queue_id=SALES),
        MenuOption(key="#", label="support", queue_id=SUPPORT),
    ),
    no_input_text="I did not hear a key.",
    wrong_key_text="That key is not in the menu.",
    rounds=3,
    fallback_queue_id=None,
)


def walk(flow: MenuFlow, keys: list[str]) -> list[MenuStep]:
    """Let a caller press these keys ("" for none) until the menu is done with him."""
    steps = [enter(flow)]
    for key in keys:
        if not steps[-1].asks:
            break
        steps.append(step(flow, key=key, misses=steps[-1].misses))
    return steps


def test_a_caller_is_greeted_and_told_every_key() -> None:
    first = enter(FLOW)
    assert first.say == (
        "Welcome.",
        "Press 1 for sales.",
        "Press the hash key for support.",
    )
    assert first.asks
    assert first.misses == 0


def test_a_star_is_said_as_a_word() -> None:
    flow = replace(FLOW, options=(MenuOption(key="*", label="help", queue_id=SALES),))
    assert "Press star for help." in enter(flow).say


def test_a_key_of_the_menu_leads_to_its_queue_at_once() -> None:
    [_, after] = walk(FLOW, ["#"])
    assert after.queue_id == SUPPORT
    assert after.option == FLOW.options[1]
    assert after.say == ()
    assert not after.asks


def test_a_wrong_key_and_silence_are_told_apart_and_the_menu_is_said_again() -> None:
    [first, wrong, silent] = walk(FLOW, ["7", ""])
    assert wrong.say == ("That key is not in the menu.", *first.say)
    assert silent.say == ("I did not hear a key.", *first.say)
    assert wrong.asks
    assert silent.asks
    assert silent.misses == 2


def test_the_last_round_says_goodbye_where_nobody_takes_who_is_left() -> None:
    steps = walk(FLOW, ["", "7", ""])
    assert steps[-1].say == ("I did not hear a key.", GOODBYE)
    assert steps[-1].queue_id is None
    assert not steps[-1].asks


def test_the_last_round_leads_to_the_fallback_queue_where_there_is_one() -> None:
    steps = walk(replace(FLOW, fallback_queue_id=OPERATOR), ["7", "7", "7"])
    assert steps[-1].queue_id == OPERATOR
    assert steps[-1].option is None
    assert GOODBYE not in steps[-1].say


keys = st.text(max_size=2) | st.sampled_from(["", "1", "#", "7", "*"])


@given(
    pressed=st.lists(keys, min_size=12, max_size=12),
    rounds=st.integers(1, 10),
    fallback=st.none() | st.just(OPERATOR),
)
def test_whatever_a_caller_presses_the_menu_ends_within_its_rounds(
    pressed: list[str], rounds: int, fallback: int | None
) -> None:
    flow = replace(FLOW, rounds=rounds, fallback_queue_id=fallback)
    steps = walk(flow, pressed)
    assert len(steps) <= rounds + 1
    assert not steps[-1].asks
    valid = {option.key: option.queue_id for option in flow.options}
    heard = [key for key in pressed[: len(steps) - 1] if key in valid]
    if heard:
        assert steps[-1].queue_id == valid[heard[0]]
    else:
        assert steps[-1].queue_id == fallback
    # Only a key that was understood, or the fallback, leads into a queue; nothing earlier does.
    assert all(earlier.queue_id is None for earlier in steps[:-1])
