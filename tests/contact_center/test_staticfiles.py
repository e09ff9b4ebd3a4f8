"""A browser keeps our files for ever and never mixes two versions of the site."""

import json
import re
from pathlib import Path

from django.core.management import call_command
from pytest_django import Settings


def test_our_modules_import_each_other_by_hashed_names(settings: Settings, tmp_path: Path) -> None:
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [
        entry for entry in settings.STATICFILES_DIRS if "lucide" not in str(entry)
    ]
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "contact_center.staticfiles.HashedStaticFiles"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    names: dict[str, str] = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    ours = [name for name in names if name.startswith("js/") and name.endswith(".js")]
    assert ours
    imported = set()
    for name in ours:
        module = tmp_path / names[name]
        for found in re.findall(r"""from "(\./|\.\./)([^"]+)";""", module.read_text()):
            target = (module.parent / "".join(found)).resolve()
            assert target.is_file(), f"{name} imports {''.join(found)}, which is not there"
            assert re.search(r"\.[0-9a-f]{12}\.js$", target.name), f"{name}: {target.name}"
            imported.add(target.name)
    assert imported
