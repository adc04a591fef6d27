"""The restricted canonical JSON of audit-chain.md (RFC 8785 without floats or
null), and JSON objects with the exact text of each member."""

import json
import re

LIMIT = 2**53
SPACE = re.compile(r"[ \t\r\n]*")


class Bad(Exception):
    pass


def no_float(text):
    raise Bad("a number that is no integer")


def integer(text):
    if len(text) > 17 or abs(int(text)) >= LIMIT:
        raise Bad("an integer of 2^53 or more")
    return int(text)


def unique(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        raise Bad("a member twice")
    return out


DECODER = json.JSONDecoder(
    object_pairs_hook=unique, parse_float=no_float, parse_int=integer, parse_constant=no_float
)


def canonical(value):
    """The canonical text of a value."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        value.encode("utf-8")  # refuses lone surrogates
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(canonical(v) for v in value) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(n) + ":" + canonical(value[n]) for n in names) + "}"
    raise Bad("null")


def members(line):
    """The members of the object that line (bytes) holds: name to (value, text)."""
    try:
        return split(line.decode("utf-8"))
    except (ValueError, RecursionError) as err:
        raise Bad("not JSON") from err


def split(text):
    def skip(i):
        return SPACE.match(text, i).end()

    def expect(i, mark):
        if text[i : i + 1] != mark:
            raise Bad("not an object")
        return skip(i + 1)

    out, i = {}, expect(skip(0), "{")
    while text[i : i + 1] != "}":
        if out:
            i = expect(i, ",")
        name, i = DECODER.raw_decode(text, i)
        if not isinstance(name, str) or name in out:
            raise Bad("a member twice")
        start = expect(skip(i), ":")
        value, i = DECODER.raw_decode(text, start)
        out[name] = (value, text[start:i])
        i = skip(i)
    if skip(i + 1) != len(text):
        raise Bad("text after the object")
    return out


def exact(member):
    """The bytes of a member whose text must be canonical."""
    value, text = member
    if canonical(value) != text:
        raise Bad("not canonical")
    return text.encode("utf-8")
