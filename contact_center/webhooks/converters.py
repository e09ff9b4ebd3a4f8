"""`<row:…>` in an address: a number as a row's id can be; a longer one is no address of ours."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RowConverter(IntConverter):
    """Django's `<int:…>`, as far as a database counts."""

    regex = "[0-9]{1,18}"


register_converter(RowConverter, "row")
