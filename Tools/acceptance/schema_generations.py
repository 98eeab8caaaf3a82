"""Answers held to random schemas validate, whatever the temperature; schemas made to hurt are refused at once."""

import collections
import itertools
import json
import time

import jsonschema
import rfc3339_validator  # noqa: F401  # without it jsonschema has no opinion of times
from jsonschema import Draft202012Validator as Validator

from random_schema import Writer

# Not every combination of keywords needs to be supported, but what is not must be refused by name, and be rare.
MOST_REFUSED = 0.25
# A small model may talk on in a free string or number; that is no fault of the grammar.
LEAST_ENDED = 0.6
HOSTILE_SECONDS = 0.100


def request(schema, **options):
    form = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
    return {"messages": [{"role": "user", "content": "Give an example."}], "response_format": form, **options}


def in_string(text):
    """Whether JSON text ends inside a string."""
    return text.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 1


def dead_ends(daemon):
    """After the last item that a schema allows there is no comma, after the last property neither: a model that has
    begun what cannot go on writes white space to the end of its days."""
    bounded = {"type": "array", "items": {"type": "null"}, "maxItems": 1}
    pair = {"type": "array", "prefixItems": [{"type": "null"}], "items": False}
    closed = {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"], "additionalProperties": False}
    few = {"type": "object", "additionalProperties": {"type": "null"}, "maxProperties": 1}
    ended = collections.Counter()
    comma = str(daemon.tokens(",")[-1])
    for schema in (bounded, pair, closed, few):
        for seed in range(6):
            body = request(schema, temperature=1, seed=seed, max_tokens=60, logit_bias={comma: 30})
            choice = daemon.ask("POST", "/v1/chat/completions", body, timeout=120).json["choices"][0]
            text = "".join(choice["message"]["content"].split())
            assert ",]" not in text and ",}" not in text, text
            cut = choice["finish_reason"] == "length" and not in_string(text)
            assert not (cut and text.endswith(",")), f"{json.dumps(schema)}: {text}"
            ended[choice["finish_reason"]] += 1
    return dict(ended)


def random_schemas(daemon, options):
    outcomes, refused, wrong, unfinished = collections.Counter(), collections.Counter(), [], []
    # A small model talks on in a free string or a list without an end; what was cut says nothing of the schema.
    for number in itertools.count():
        if outcomes["stop"] == options.schemas:
            break
        schema = Writer(options.seed * 100_000 + number).schema()
        body = request(schema, temperature=1, seed=number, max_tokens=400)
        answer = daemon.ask("POST", "/v1/chat/completions", body, timeout=300)
        if answer.status == 400 and answer.error_code == "unsupported_schema":
            outcomes["refused"] += 1
            refused[answer.json["error"].get("keyword") or answer.json["error"]["message"][:80]] += 1
            continue
        assert answer.status == 200, f"schema {number} {json.dumps(schema)}: {answer}"
        choice = answer.json["choices"][0]
        outcomes[choice["finish_reason"]] += 1
        if choice["finish_reason"] != "stop":
            unfinished.append(f"{number}: …{choice['message']['content'].rstrip()[-24:]}")
            continue
        try:
            value = json.loads(choice["message"]["content"])
            Validator(schema, format_checker=Validator.FORMAT_CHECKER).validate(value)
        except (ValueError, jsonschema.ValidationError) as error:
            text = str(error).splitlines()[0]
            wrong.append(f"schema {number} {json.dumps(schema)} gave {choice['message']['content']!r}: {text}")
    assert not wrong, f"{len(wrong)} of {options.schemas}:\n      " + "\n      ".join(wrong[:5])
    told = ", ".join(f"{count} {name}" for name, count in outcomes.items()) + (
        f"; refused {dict(refused)}" if refused else ""
    )
    assert outcomes["refused"] <= MOST_REFUSED * number, told
    assert outcomes["stop"] >= LEAST_ENDED * (outcomes["stop"] + outcomes["length"]), f"{told}; unfinished {unfinished}"
    return told


def nested(depth):
    schema = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


def exponential():
    """Each definition takes the one before twice: 2 to the 40th power of leaves."""
    definitions = {"d0": {"type": "object", "properties": {"a": {"type": "integer"}}}}
    for number in range(1, 41):
        definitions[f"d{number}"] = {"allOf": [{"$ref": f"#/$defs/d{number - 1}"}] * 2}
    return {"$defs": definitions, "$ref": "#/$defs/d40"}


def alternatives():
    """Two to the 40th power of alternatives."""
    definitions = {"d0": {"anyOf": [{"const": 0}, {"const": 1}]}}
    for number in range(1, 41):
        last = {"$ref": f"#/$defs/d{number - 1}"}
        definitions[f"d{number}"] = {
            "allOf": [{"anyOf": [last, {"const": number}]}, {"anyOf": [last, {"const": -number}]}]
        }
    return {"$defs": definitions, "$ref": "#/$defs/d40"}


HOSTILE = {
    "55 levels of arrays": lambda: nested(55),
    "120 levels of arrays": lambda: nested(110),
    "a reference to itself": lambda: {"$ref": "#"},
    "two references to each other": lambda: {
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
        "$ref": "#/$defs/a",
    },
    "a recursion without an end": lambda: {
        "$defs": {
            "n": {
                "type": "object",
                "properties": {"n": {"$ref": "#/$defs/n"}},
                "required": ["n"],
                "additionalProperties": False,
            }
        },
        "$ref": "#/$defs/n",
    },
    "a recursion through allOf": lambda: {"allOf": [{"$ref": "#"}, {"type": "object"}]},
    "a recursion through anyOf": lambda: {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
    "an enum of 100,000": lambda: {"enum": [f"value {number}" for number in range(100_000)]},
    "a hundred thousand properties": lambda: {
        "type": "object",
        "properties": {f"p{n}": {"type": "null"} for n in range(100_000)},
    },
    "nested repetitions": lambda: {"type": "string", "pattern": "^((((a{1,100}){1,100}){1,100}){1,100}){1,100}$"},
    "a repetition of a billion": lambda: {"type": "string", "pattern": "^a{1000000000}$"},
    "maxLength of a billion, minLength as well": lambda: {"type": "string", "minLength": 10**9, "maxLength": 10**9},
    "minItems of a billion": lambda: {"type": "array", "items": {"type": "null"}, "minItems": 10**9},
    "repetitions of arrays": lambda: {
        "type": "array",
        "minItems": 1000,
        "maxItems": 2000,
        "items": {
            "type": "array",
            "minItems": 1000,
            "maxItems": 2000,
            "items": {"type": "array", "minItems": 1000, "maxItems": 2000, "items": {"type": "null"}},
        },
    },
    "exponential allOf": exponential,
    "exponential alternatives": alternatives,
    "a look-ahead": lambda: {"type": "string", "pattern": "^(?=a)b$"},
    "a back reference": lambda: {"type": "string", "pattern": "^(a)\\1$"},
    "a pattern of 60,000 brackets": lambda: {"type": "string", "pattern": "(" * 60_000 + ")" * 60_000},
    "a pattern that is not closed": lambda: {"type": "string", "pattern": "^(a"},
    "an enum without values": lambda: {"enum": []},
    "bounds that cross": lambda: {"type": "integer", "minimum": 5, "maximum": 4},
    "lengths that cross": lambda: {"type": "string", "minLength": 5, "maxLength": 4},
    "nothing at all": lambda: False,
    "a type that is none": lambda: {"type": "spam"},
    "not": lambda: {"not": {}},
    "if": lambda: {"if": {"type": "string"}, "then": {"minLength": 2}},
    "a dynamic reference": lambda: {"$dynamicRef": "#x"},
    "a reference to the network": lambda: {"$ref": "https://json-schema.org/draft/2020-12/schema"},
}
# No reason to refuse them if the grammar counts and shares instead of copying: either way it must be quick.
MAY_BE_TAKEN = {
    "55 levels of arrays",
    "120 levels of arrays",
    "lengths that cross",
    "a recursion through anyOf",
    "maxLength of a billion, minLength as well",
    "minItems of a billion",
    "repetitions of arrays",
    "exponential allOf",
}


def hostile(daemon, name, make):
    body = request(make(), max_tokens=1)
    seconds = []
    for _ in range(2):
        answer = daemon.ask("POST", "/v1/chat/completions", body, timeout=60)
        if not (answer.status == 200 and name in MAY_BE_TAKEN):
            assert answer.status == 400, f"{answer}"
        seconds.append(answer.seconds)
    daemon.assert_healthy()
    # The better of two: the machine may have had something else to do.
    assert min(seconds) < HOSTILE_SECONDS, f"{answer.status} after {1000 * min(seconds):.0f} ms"
    return f"{answer.status} after {1000 * min(seconds):.0f} ms"


def hostile_tools(daemon):
    """Parameters of tools are schemas as well."""
    for name in ("exponential alternatives", "an enum of 100,000", "nested repetitions", "a recursion without an end"):
        function = {
            "name": "f",
            "parameters": {"type": "object", "properties": {"x": HOSTILE[name]()}, "required": ["x"]},
        }
        if name in ("exponential alternatives", "a recursion without an end"):
            function["parameters"] = {**HOSTILE[name](), "type": "object"}
        body = {
            "messages": [{"role": "user", "content": "hi"}],
            "tools": [{"type": "function", "function": function}],
            "tool_choice": "required",
            "max_tokens": 1,
        }
        began = time.monotonic()
        answer = daemon.ask("POST", "/v1/chat/completions", body, timeout=60)
        assert answer.status == 400, f"{name}: {answer}"
        assert time.monotonic() - began < 5, f"{name}: {time.monotonic() - began:.1f} s"
        daemon.assert_healthy()


def run(daemon, report, options):
    daemon.chat("Hello.", max_tokens=1)
    report.check("no dead ends", dead_ends, daemon)
    report.check("random schemas", random_schemas, daemon, options)
    for name, make in HOSTILE.items():
        report.check(f"hostile: {name}", hostile, daemon, name, make)
    report.check("hostile: parameters of tools", hostile_tools, daemon)
