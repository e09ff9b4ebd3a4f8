"""Static files with a hash in their names, also where our own modules import each other.

A browser may then keep each file for ever and still never mixes two versions of the site. Django
can rewrite the imports of every module, but stumbles over comments in other people's; ours are
those in `static/js`.
"""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStaticFiles(ManifestStaticFilesStorage):
    """Django's manifest storage, its rewriting of imports kept to our own modules."""

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        # Django's own expressions for imports; its type stubs leave the name out.
        ManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]
    )
