"""The Metadata API's own schema, as simple-salesforce carries it, and what it says against a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import simple_salesforce

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_NS = "{http://soap.sforce.com/2006/04/metadata}"
_PLAIN = {"string", "boolean", "int", "double", "date", "dateTime", "anyType"}


@dataclass(frozen=True)
class Element:
    """One element of a type, in its place."""

    name: str
    type: str
    is_required: bool
    repeats: bool


@cache
def _schema() -> tuple[dict[str, tuple[str, list[Element]]], dict[str, set[str]]]:
    """Types by name: what they extend and their elements; and the values of closed sets."""
    wsdl = Path(simple_salesforce.__file__).parent / "metadata.wsdl"
    root = ET.parse(wsdl).getroot()
    types: dict[str, tuple[str, list[Element]]] = {}
    for found in root.iter(f"{_XSD}complexType"):
        base = next((item.get("base", "") for item in found.iter(f"{_XSD}extension")), "")
        elements = [
            Element(
                item.get("name", ""), item.get("type", "").rpartition(":")[2],
                item.get("minOccurs", "1") != "0", item.get("maxOccurs", "1") == "unbounded",
            )
            for item in found.iter(f"{_XSD}element")
        ]  # fmt: skip
        types[found.get("name", "")] = (base.rpartition(":")[2], elements)
    closed = {
        found.get("name", ""): {item.get("value", "") for item in found.iter(f"{_XSD}enumeration")}
        for found in root.iter(f"{_XSD}simpleType")
    }
    return types, closed


def _elements(type_: str) -> list[Element]:
    """Of the type and what it extends, in their order."""
    base, own = _schema()[0][type_]
    return [*(_elements(base) if base else []), *own]


def said_against(text: str) -> list[str]:
    """Everything in a file that the schema does not allow: names, order, values, what is missing."""
    root = ET.fromstring(text)
    type_ = root.tag.removeprefix(_NS)
    assert root.tag == f"{_NS}{type_}"
    return list(_against(root, type_, type_))


def _against(node: ET.Element, type_: str, path: str) -> Iterator[str]:
    types, closed = _schema()
    if type_ not in types:
        yield from _against_value((node.text or "").strip(), type_, closed, path)
        return
    order = _elements(type_)
    names = [item.name for item in order]
    given = [child.tag.removeprefix(_NS) for child in node]
    unknown = [name for name in given if name not in names]
    if unknown:
        yield f"{path}: no such element {unknown}"
        return
    if given != sorted(given, key=names.index):
        yield f"{path}: elements stand in another order"
    for item in order:
        count = given.count(item.name)
        if item.is_required and not count and item.name != "fullName":
            yield f"{path}: {item.name} is missing"
        if count > 1 and not item.repeats:
            yield f"{path}: {item.name} stands {count} times"
    for child in node:
        item = order[names.index(child.tag.removeprefix(_NS))]
        yield from _against(child, item.type, f"{path}/{item.name}")


def _against_value(value: str, type_: str, closed: dict[str, set[str]], path: str) -> Iterator[str]:
    if type_ in closed and closed[type_] and value not in closed[type_]:
        yield f"{path}: {value!r} is none of {type_}"
    elif type_ == "boolean" and value not in {"true", "false"}:
        yield f"{path}: {value!r} is no boolean"
    elif type_ == "int" and not value.lstrip("-").isdigit():
        yield f"{path}: {value!r} is no number"
    elif type_ not in _PLAIN and type_ not in closed:
        yield f"{path}: no such type {type_}"


def values(text: str, name: str) -> list[str]:
    """The texts of every element of that name, in order."""
    return [node.text or "" for node in ET.fromstring(text).iter(f"{_NS}{name}")]


def value(text: str, name: str) -> str:
    """The text of the one element of that name, or nothing."""
    return next(iter(values(text, name)), "")
