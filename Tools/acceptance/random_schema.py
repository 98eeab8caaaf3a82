"""Writes random JSON schemas of the keywords that answers are held to, small enough that a small model ends."""

import random

WORDS = [
    "red",
    "green",
    "blue",
    "north",
    "south",
    "apple",
    "pear",
    "on",
    "off",
    "größe",
    "a b",
    'quote"d',
    "back\\slash",
    "",
]
NAMES = ["name", "age", "city", "items", "kind", "value", "on", "note", "x", "größe", "a b"]
PATTERNS = [
    "^[a-z]{1,8}$",
    "^[A-Z]{2}-[0-9]{3}$",
    "^(yes|no)$",
    "^[0-9]{4}-[01][0-9]$",
    "^a+b?$",
    "^\\d{1,3}$",
    "^[^\\s]{1,5}$",
]
FORMATS = ["date", "time", "date-time", "uuid", "ipv4", "email"]


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def schema(self):
        """An object with some definitions; in one of four it refers to itself."""
        pick = self.random
        definitions = {"leaf": self.leaf()}
        schema = self.object(3)
        if pick.random() < 0.25:
            definitions["node"] = {
                "type": "object",
                "properties": {
                    "value": self.leaf(),
                    "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]},
                },
                "required": ["value", "next"],
                "additionalProperties": False,
            }
            schema["properties"]["tree"] = {"$ref": "#/$defs/node"}
            schema["required"].append("tree")
        if pick.random() < 0.5:
            schema["properties"]["ref"] = {"$ref": "#/$defs/leaf"}
            schema["required"].append("ref")
        schema["$defs"] = definitions
        return schema

    def any(self, depth):
        pick = self.random
        if depth == 0 or pick.random() < 0.5:
            return self.leaf()
        return pick.choice([self.object, self.array, self.tuple, self.choice])(depth - 1)

    def object(self, depth):
        names = self.random.sample(NAMES, self.random.randint(1, 4))
        required = [name for name in names if self.random.random() < 0.7]
        return {
            "type": "object",
            "properties": {name: self.any(depth) for name in names},
            "required": required,
            "additionalProperties": False,
        }

    def array(self, depth):
        least = self.random.randint(0, 2)
        return {
            "type": "array",
            "items": self.any(depth),
            "minItems": least,
            "maxItems": least + self.random.randint(0, 2),
        }

    def tuple(self, depth):
        parts = [self.any(depth) for _ in range(self.random.randint(1, 3))]
        return {"type": "array", "prefixItems": parts, "items": False, "minItems": len(parts), "maxItems": len(parts)}

    def choice(self, depth):
        return {"anyOf": [self.any(depth) for _ in range(self.random.randint(2, 3))]}

    def leaf(self):
        pick = self.random
        low = pick.randint(-50, 50)
        return pick.choice(
            [
                lambda: {"type": "boolean"},
                lambda: {"type": "null"},
                lambda: {"const": pick.choice([1, True, None, "fixed", [1, "a"], {"k": 2}])},
                lambda: {"enum": pick.sample(WORDS, 3)},
                lambda: {"enum": [1, "one", None, True]},
                lambda: {"type": "string", "enum": pick.sample(WORDS, 2)},
                lambda: {"type": "string", "maxLength": pick.randint(1, 20)},
                lambda: {"type": "string", "minLength": 2, "maxLength": pick.randint(2, 12)},
                lambda: (
                    {"type": "string", "pattern": pick.choice(PATTERNS), "maxLength": 20}
                    if pick.random() < 0.2
                    else {"type": "string", "pattern": pick.choice(PATTERNS)}
                ),
                lambda: {"type": "string", "format": pick.choice(FORMATS)},
                lambda: {"type": "integer", "minimum": low, "maximum": low + pick.randint(0, 500)},
                lambda: {"type": "integer", "exclusiveMinimum": low, "exclusiveMaximum": low + 10},
                lambda: {"type": "integer", "minimum": low},
                lambda: {"type": "integer"},
                lambda: {"type": "number"},
                lambda: {"type": "number", "minimum": 0, "maximum": 1},
                lambda: {"type": ["string", "null"], "maxLength": 8},
                lambda: {"type": ["integer", "boolean"]},
            ]
        )()
