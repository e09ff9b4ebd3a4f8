"""The desk is complete in Spanish and French: every sentence it can say has its translation."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "contact_center" / "locale"
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]

#: What only supervisors, admins and who runs the site read. It is in English for everybody.
NOT_OF_THE_DESK = (
    "contact_center/admin.py",
    "contact_center/management/",
    "contact_center/models/",
    "contact_center/simulator/",
    "contact_center/selectors/alert_words.py",
    "contact_center/selectors/figure_words.py",
    "contact_center/services/alerting.py",
    "contact_center/services/arranging.py",
    "contact_center/services/blocking.py",
    "contact_center/services/displaying.py",
    "contact_center/services/importing_contacts.py",
    "contact_center/services/keeping_",
    "contact_center/services/listening.py",
    "contact_center/services/overruling.py",
    "contact_center/services/saving_views.py",
    "contact_center/services/setting_aside.py",
    "contact_center/signed_webhooks.py",
    "templates/supervisors/",
)

CALLS = ("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext")
#: What `templatize` makes of {% translate %} and {% blocktranslate %}.
TEMPLATE_CALL = re.compile(
    r"""\b(?:gettext|_)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)"""
    r"""|\bngettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"),"""
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|{\w+}")


def sources(pattern: str, *folders: str) -> Iterator[tuple[str, str]]:
    """Every file of the desk, and what is written in it."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(NOT_OF_THE_DESK):
                yield name, path.read_text(encoding="utf-8")


def said_by_templates() -> Iterator[str]:
    for name, source in sources("*.html", "templates"):
        for one, many in TEMPLATE_CALL.findall(templatize(source, origin=name)):
            yield ast.literal_eval(one or many)


def said_by_code() -> Iterator[str]:
    for _name, source in sources("*.py", "agents", "contact_center"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
                texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                if texts and isinstance(texts[0], str):
                    yield texts[0]


def catalog(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def forms_of(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Catalog:
    return catalog(request.param)


def test_everything_the_desk_can_say_is_said_in_every_language(words: Catalog) -> None:
    said = {*said_by_templates(), *said_by_code()}
    assert len(said) > 600, "the desk was not found"
    known = {forms_of(message.id)[0] for message in words if message.id and message.string}
    assert sorted(said - known) == []


def test_nothing_is_half_translated_and_what_is_filled_in_stays(words: Catalog) -> None:
    for message in words:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        originals, translated = forms_of(message.id), forms_of(message.string)
        assert all(translated), message.id
        needed = set(PLACEHOLDER.findall(originals[-1]))
        for form in translated[-1:]:
            assert set(PLACEHOLDER.findall(form)) == needed, form
        for form in translated[:-1]:
            assert set(PLACEHOLDER.findall(form)) <= needed, form


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_site_has_the_words_as_they_were_last_written(language: str) -> None:
    """`make messages` compiles them."""
    folder = LOCALE / language / "LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalog(language):
        if message.id:
            one = forms_of(message.id)[0]
            plural = isinstance(message.id, tuple | list)
            found = compiled.ngettext(*message.id, 1) if plural else compiled.gettext(one)
            assert found == forms_of(message.string)[0], "run `make messages`"
