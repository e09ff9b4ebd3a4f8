"""The committed property lists are still what Twilio's description says."""

import json
import os
from pathlib import Path

import pytest

from tests.contact_center.simulator.contract.generate import properties
from tests.contact_center.simulator.contract.strict import PROPERTIES

NEARBY = Path(__file__).parents[5] / "shared" / "openapi" / "twilio_api_v2010.json"


def described() -> Path | None:
    """Where the description is: named by TWILIO_OPENAPI, or beside the checkout."""
    named = os.environ.get("TWILIO_OPENAPI")
    path = Path(named) if named else NEARBY
    if named and not path.is_file():
        raise AssertionError(f"TWILIO_OPENAPI names {named}, which is no file.")
    return path if path.is_file() else None


def test_the_committed_lists_are_those_of_twilios_description() -> None:
    path = described()
    if path is None:
        pytest.skip(
            "NOT CHECKED: Twilio's OpenAPI description is not here. Put spec/json/"
            "twilio_api_v2010.json of github.com/twilio/twilio-oai somewhere and name it in "
            "TWILIO_OPENAPI."
        )

    assert properties(json.loads(path.read_text())) == PROPERTIES
