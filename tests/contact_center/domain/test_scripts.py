"""What an agent reads of a script."""

from contact_center.domain.scripts import Block, Part, blocks_of


def test_a_script_has_headings_steps_points_and_words() -> None:
    script = "# Hello\nGood morning.\nHow are you?\n\nNext words.\n1. Ask\n2) Listen\n- a\n* b\n#no"
    assert blocks_of(script) == [
        Block(Part.HEADING, ("Hello",)),
        Block(Part.WORDS, ("Good morning.", "How are you?")),
        Block(Part.WORDS, ("Next words.",)),
        Block(Part.STEPS, ("Ask", "Listen")),
        Block(Part.POINTS, ("a", "b")),
        Block(Part.WORDS, ("#no",)),
    ]
    assert blocks_of("# A\n# B") == [Block(Part.HEADING, ("A",)), Block(Part.HEADING, ("B",))]
    assert blocks_of("\n \n") == []
