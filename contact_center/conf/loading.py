"""Turn Django's settings into one checked Configuration and a list of what is wrong with them.

1.  Every dictionary is read; unknown ones and unknown keys are refused by name.
2.  Where one thing has several spellings, the specific dictionary wins over DJANGO_TWILIO_CALL,
    that over the top level, and that over the default; for a security switch True wins. Spellings
    that contradict each other are a warning either way.
3.  Every value is validated strictly; one that does not fit is an error, and its default is used
    so that the rest can still be looked at.
4.  A key that is not built yet is an error when somebody wrote it, and off otherwise.

`load` never raises: whoever is told of the problems decides (checks.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from contact_center.conf import calls, operations, recordings
from contact_center.conf.built import BUILT, BUILT_VALUES
from contact_center.conf.problems import Problem
from contact_center.conf.sections import Section
from contact_center.conf.site import site_problems
from contact_center.conf.twilio_account import TwilioAccount, load_account

PREFIX = "DJANGO_TWILIO_CALL"

#: The dictionaries, by the attribute of Configuration. STORAGE's model depends on its BACKEND.
SECTIONS: dict[str, type[Section]] = {
    "queue": calls.Queue,
    "agent": calls.Agent,
    "call": calls.Call,
    "ivr": calls.Ivr,
    "recording": recordings.Recording,
    "conference": calls.Conference,
    "analytics": operations.Analytics,
    "webhooks": operations.Webhooks,
    "storage": recordings.LocalStorage,
    "cache_keys": operations.CacheKeys,
    "rate_limit": operations.RateLimit,
    "monitoring": operations.Monitoring,
    "security": operations.Security,
    "performance": operations.Performance,
    "features": operations.Features,
    "migration": operations.Migration,
}

#: Keys of DJANGO_TWILIO_CALL that are another spelling of a section's key.
ALIASES = {
    "TWILIO_WEBHOOK_VALIDATE": "WEBHOOKS.VALIDATE_SIGNATURE",
    "WEBHOOK_VALIDATE": "WEBHOOKS.VALIDATE_SIGNATURE",
    "DEFAULT_QUEUE": "QUEUE.DEFAULT_NAME",
    "DEFAULT_TIMEOUT": "CALL.DEFAULT_TIMEOUT",
    "RECORDING_ENABLED": "RECORDING.ENABLED",
    "RECORDING_STORAGE": "RECORDING.STORAGE_BACKEND",
    "ENCRYPT_RECORDINGS": "RECORDING.COMPLIANCE.ENCRYPTION",
    "AUDIT_LOGGING": "SECURITY.AUDIT_LOG_ENABLED",
    "RATE_LIMITING": "RATE_LIMIT.ENABLED",
    "CONNECTION_POOL_SIZE": "PERFORMANCE.CONNECTION_POOLING.MAX_SIZE",
}
#: Top-level settings that are another spelling of a section's key.
TOP_LEVEL_ALIASES = {"TWILIO_WEBHOOK_VALIDATE": "WEBHOOKS.VALIDATE_SIGNATURE"}
#: Where spellings contradict each other, True wins whoever says it.
STRICTER_WINS = {
    "WEBHOOKS.VALIDATE_SIGNATURE",
    "RECORDING.COMPLIANCE.ENCRYPTION",
    "SECURITY.AUDIT_LOG_ENABLED",
    "RATE_LIMIT.ENABLED",
}


@dataclass(frozen=True)
class Configuration:
    """Every setting of the contact center, with defaults where nothing usable was written."""

    twilio: TwilioAccount = field(default_factory=TwilioAccount)
    general: operations.General = field(default_factory=operations.General)
    queue: calls.Queue = field(default_factory=calls.Queue)
    agent: calls.Agent = field(default_factory=calls.Agent)
    call: calls.Call = field(default_factory=calls.Call)
    ivr: calls.Ivr = field(default_factory=calls.Ivr)
    recording: recordings.Recording = field(default_factory=recordings.Recording)
    conference: calls.Conference = field(default_factory=calls.Conference)
    analytics: operations.Analytics = field(default_factory=operations.Analytics)
    webhooks: operations.Webhooks = field(default_factory=operations.Webhooks)
    storage: recordings.LocalStorage = field(default_factory=recordings.LocalStorage)
    cache_keys: operations.CacheKeys = field(default_factory=operations.CacheKeys)
    rate_limit: operations.RateLimit = field(default_factory=operations.RateLimit)
    monitoring: operations.Monitoring = field(default_factory=operations.Monitoring)
    security: operations.Security = field(default_factory=operations.Security)
    performance: operations.Performance = field(default_factory=operations.Performance)
    features: operations.Features = field(default_factory=operations.Features)
    migration: operations.Migration = field(default_factory=operations.Migration)


@dataclass(frozen=True)
class _Written:
    """One spelling of one key: how it is named to people, and what it says."""

    shown: str
    value: Any


def load(settings: Any) -> tuple[Configuration, list[Problem]]:
    """Return the configuration in `settings`, Django's or any object, and what is wrong."""
    problems: list[Problem] = []
    dictionaries = _dictionaries(settings, problems)
    general = dictionaries.pop(PREFIX, {})
    other_spellings = _other_spellings(settings, general, problems)
    sections: dict[str, Any] = {
        name: _load_section(
            name, dictionaries.get(_dictionary_of(name), {}), other_spellings, problems
        )
        for name in SECTIONS
    }
    configuration = Configuration(
        twilio=load_account(settings, problems),
        general=_load_general(settings, general, problems),
        **sections,
    )
    problems += site_problems(settings, configuration)
    return configuration, problems


def _dictionary_of(section: str) -> str:
    return f"{PREFIX}_{section.upper()}"


def _dictionaries(settings: Any, problems: list[Problem]) -> dict[str, dict[str, Any]]:
    known = [PREFIX, *map(_dictionary_of, SECTIONS)]
    found: dict[str, dict[str, Any]] = {}
    for name in dir(settings):
        if not name.startswith(PREFIX):
            continue
        value = getattr(settings, name)
        if name not in known:
            hint = _suggestion(name, known)
            problems.append(Problem("E010", name, "there is no such dictionary", hint))
        elif not isinstance(value, Mapping):
            problems.append(
                Problem("E012", name, "is not a dictionary", "Write {…} or leave it out.")
            )
        else:
            found[name] = {str(key): item for key, item in value.items()}
    return found


def _suggestion(name: str, known: list[str]) -> str:
    by_capitals = {each.upper(): each for each in known}
    close = get_close_matches(name.upper(), by_capitals, n=1)
    return f"Did you mean {by_capitals[close[0]]}?" if close else f"There are {', '.join(known)}."


def _other_spellings(
    settings: Any, general: dict[str, Any], problems: list[Problem]
) -> dict[str, list[_Written]]:
    """Return, by the key they mean, what is written elsewhere, in order of precedence."""
    spellings: dict[str, list[_Written]] = {}
    for alias, target in ALIASES.items():
        if alias in general:
            shown = f"{PREFIX}['{alias}']"
            if alias in BUILT:
                spellings.setdefault(target, []).append(_Written(shown, general[alias]))
            else:
                problems.append(_not_built(shown))
    for alias, target in TOP_LEVEL_ALIASES.items():
        value = getattr(settings, alias, None)
        if value is not None:
            spellings.setdefault(target, []).append(_Written(alias, value))
    return spellings


def _load_section(
    name: str,
    written: dict[str, Any],
    other_spellings: dict[str, list[_Written]],
    problems: list[Problem],
) -> Section:
    dictionary = _dictionary_of(name)
    model = SECTIONS[name]
    if name == "storage":
        model = recordings.STORAGES.get(str(written.get("BACKEND", "local")), model)
    if model is not SECTIONS[name]:
        problems.append(_not_built(_shown(dictionary, ["BACKEND"]), ("local",)))
        return SECTIONS[name]()
    values = _copy(written)
    shown_as: dict[str, str] = {}
    for target, spellings in other_spellings.items():
        section, _dot, path = target.partition(".")
        if section == name.upper():
            shown_as[path] = _settle(target, path, spellings, dictionary, values, problems)
    problems += [
        _not_built(_shown(dictionary, path), BUILT_VALUES.get(".".join((name.upper(), *path)), ()))
        for path in _not_built_paths(name.upper(), model, values)
    ]
    valid = _valid(model, values, dictionary, shown_as, problems)
    for unbuilt in list(_not_built_paths(name.upper(), model, valid)):
        _remove(valid, unbuilt)
    return model.model_validate(valid)


def _settle(
    target: str,
    path: str,
    spellings: list[_Written],
    dictionary: str,
    values: dict[str, Any],
    problems: list[Problem],
) -> str:
    """Write the spelling that wins into `values`; return how it is named to people."""
    own = _at(values, path)
    if own is not _NOTHING:
        spellings = [_Written(_shown(dictionary, path.split(".")), own), *spellings]
    winner = spellings[0]
    if any(other.value != winner.value for other in spellings[1:]):
        if target in STRICTER_WINS:
            winner = next((each for each in spellings if each.value is True), winner)
        said = ", ".join(f"{each.shown} is {each.value!r}" for each in spellings)
        problems.append(
            Problem(
                "W001",
                winner.shown,
                f"is said in several places and differently ({said}); {winner.value!r} holds",
                "Say it once, in the specific dictionary.",
            )
        )
    *parents, key = path.split(".")
    inner = values
    for parent in parents:
        step = inner.setdefault(parent, {})
        if not isinstance(step, dict):
            return winner.shown  # E012 says of the container that it is no dictionary
        inner = step
    inner[key] = winner.value
    return winner.shown


def _load_general(
    settings: Any, general: dict[str, Any], problems: list[Problem]
) -> operations.General:
    values = {key: value for key, value in general.items() if key not in ALIASES}
    problems += [
        _not_built(_shown(PREFIX, [key]))
        for key in values
        if key.lower() in operations.General.model_fields and key not in BUILT
    ]
    known = [*(key.upper() for key in operations.General.model_fields), *ALIASES]
    valid = _valid(operations.General, values, PREFIX, {}, problems, known)
    valid = {key: value for key, value in valid.items() if key in BUILT}
    valid.setdefault("MOCK_TWILIO", bool(getattr(settings, "MOCK_TWILIO", False)))
    return operations.General.model_validate(valid)


_Model = TypeVar("_Model", bound=Section)


def _valid(
    model: type[_Model],
    values: dict[str, Any],
    dictionary: str,
    shown_as: dict[str, str],
    problems: list[Problem],
    known: list[str] | None = None,
) -> dict[str, Any]:
    """Return `values` without what does not fit, and add that to the problems."""
    values = _copy(values)
    said: list[list[str]] = []
    while True:
        try:
            model.model_validate(values)
        except ValidationError as error:
            if not values:
                return values  # what is missing was said, and has no default to fall back on
            for found in error.errors():
                path = [str(part) for part in found["loc"]]
                # One mistake may be found again: outside it, or once its key is taken out.
                if not path or not any(each[: len(path)] == path for each in said):
                    problems.append(_misfit(model, path, found, dictionary, shown_as, known))
                    said.append(path)
                _remove(values, path)
        else:
            return values


def _misfit(
    model: type[Section],
    path: list[str],
    found: Any,
    dictionary: str,
    shown_as: dict[str, str],
    known: list[str] | None,
) -> Problem:
    shown = shown_as.get(".".join(path)) or _shown(dictionary, path)
    if found["type"] == "extra_forbidden":
        names = known or _keys_beside(model, path)
        return Problem("E011", shown, "there is no such key", _suggestion(path[-1], names))
    if found["type"] == "missing":
        return Problem("E012", shown, "is missing", "It has no default; write it.")
    message = str(found["msg"]).removeprefix("Value error, ")
    return Problem("E012", shown, message, "docs/settings.md says what may stand here.")


def _keys_beside(model: type[Section], path: list[str]) -> list[str]:
    """Return the keys there are where an unknown one stands."""
    inner: type[BaseModel] = model
    for part in path[:-1]:
        field_ = next((f for f in inner.model_fields.items() if _key(*f) == part), None)
        nested = nested_model(field_[1].annotation) if field_ else None
        if nested is None:
            return []
        inner = nested
    return [_key(*item) for item in inner.model_fields.items()]


def _key(name: str, info: Any) -> str:
    return str(info.alias or name)


def nested_model(annotation: Any) -> type[Section] | None:
    """Return the section that a field of this type holds, or None when it holds a plain value."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, Section) else None


def _not_built_paths(
    name: str, model: type[Section], values: dict[str, Any]
) -> Iterator[list[str]]:
    """Yield the path of every written key that is not built; once where nothing inside is."""
    for field_name, info in model.model_fields.items():
        key = _key(field_name, info)
        if key not in values:
            continue
        dotted, value = f"{name}.{key}", values[key]
        nested = nested_model(info.annotation)
        if nested and any(built.startswith(f"{dotted}.") for built in BUILT):
            if isinstance(value, dict):
                for path in _not_built_paths(dotted, nested, value):
                    yield [key, *path]
        elif dotted not in BUILT or (
            dotted in BUILT_VALUES
            and _is_value_of(info, value)
            and value not in BUILT_VALUES[dotted]
        ):
            yield [key]


def _is_value_of(info: Any, value: Any) -> bool:
    """Whether a value could stand there at all; what could not is refused as such."""
    if info.annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) and value in info.annotation.__args__


def _not_built(shown: str, built_values: tuple[object, ...] = ()) -> Problem:
    if built_values:
        there_are = " and ".join(repr(value) for value in built_values)
        wrong = f"has a value that is not built yet: there is only {there_are}"
    else:
        wrong = "is not built yet, so it cannot be obeyed"
    return Problem("E013", shown, wrong, "Leave it out; docs/settings.md lists what is built.")


def _shown(dictionary: str, path: list[str]) -> str:
    return dictionary + "".join(f"['{part}']" for part in path)


_NOTHING = object()


def _at(values: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(values, dict) or part not in values:
            return _NOTHING
        values = values[part]
    return values


def _copy(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(key): _copy(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
    }


def _remove(values: dict[str, Any], path: list[str]) -> None:
    """Take out the innermost key that `path` names; a path that names none takes out all."""
    holder, last, inner = None, "", values
    for part in path:
        if not isinstance(inner, dict) or part not in inner:
            break
        holder, last, inner = inner, part, inner[part]
    if holder is None:
        values.clear()
    else:
        del holder[last]
