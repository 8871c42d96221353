"""Random JSON schemas over every keyword that constraints support, texts and lists bounded; the same ones for the same seed."""

import random

FORMATS = ["date", "time", "date-time", "duration", "uuid", "ipv4", "ipv6", "hostname", "email", "uri"]
PATTERNS = [
    "^[a-z]{1,8}$", "^[A-Z][a-z]{0,5}( [A-Z][a-z]{0,5})?$", "^\\d{3}-\\d{4}$", "^(red|green|blue)$", "^#[0-9a-fA-F]{6}$",
    "^v\\d{1,2}(\\.\\d{1,2}){0,2}$", "^[^\\s\"]{1,6}$", "^\\w{1,5}@\\w{1,5}$", "^.{2,5}$", "^[\\u00e0-\\u00ff]{1,4}$",
]
WORDS = ["name", "kind", "size", "list", "of", "a b", "caf\u00e9", "q\"x", "id", "type"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share):
        return self.random.random() < share

    def schema(self, depth=0):
        makers = [self.string, self.integer, self.number, self.boolean, self.enum]
        if depth < 3:
            makers += [self.array, self.object, self.object, self.any_of, self.all_of, self.one_of, self.types]
        made = self.random.choice(makers)(depth)
        if self.chance(0.15) and isinstance(made, dict):
            made["description"] = "Something."
        return made

    def boolean(self, depth):
        return self.random.choice([{"type": "boolean"}, {"type": "null"}])

    def string(self, depth):
        choice = self.random.randrange(4)
        if choice == 0:
            return {"type": "string", "format": self.random.choice(FORMATS)}
        if choice == 1:
            return {"type": "string", "pattern": self.random.choice(PATTERNS)}
        if choice == 2:
            return {"type": "string", "pattern": self.random.choice(["a", "^x", "[0-9]$"]), "maxLength": self.random.randrange(2, 9)}
        least = self.random.randrange(4)
        return {"type": "string", "minLength": least, "maxLength": least + self.random.randrange(1, 12)}

    def bounds(self, made, numbers):
        low, high = sorted(numbers)
        if self.chance(0.8):
            made[self.random.choice(["minimum", "exclusiveMinimum"])] = low
        if self.chance(0.8):
            made[self.random.choice(["maximum", "exclusiveMaximum"])] = high
        return made

    def integer(self, depth):
        made = {"type": "integer"}
        if self.chance(0.8):
            low = self.random.randrange(-2000, 2000)
            self.bounds(made, [low, low + self.random.randrange(50, 3000)])
            if self.chance(0.3):
                made["multipleOf"] = self.random.choice([2, 3, 5, 10, 12])
        return made

    def number(self, depth):
        made = {"type": "number"}
        if self.chance(0.8):
            low = round(self.random.uniform(-50, 50), self.random.randrange(3))
            self.bounds(made, [low, round(low + self.random.uniform(0.5, 100), 2)])
        return made

    def enum(self, depth):
        values = ["red", "a\nb", 3, 2.5, None, True, [1, "x"], {"k": []}, "\u00e9\""]
        if self.chance(0.3):
            return {"const": self.random.choice(values)}
        return {"enum": self.random.sample(values, self.random.randrange(1, 5))}

    def types(self, depth):
        return {"type": self.random.sample(["null", "boolean", "integer"], 2)}

    def array(self, depth):
        least = self.random.randrange(3)
        made = {"type": "array", "minItems": least, "maxItems": least + self.random.randrange(1, 4), "uniqueItems": False}
        if self.chance(0.3):
            made["prefixItems"] = [self.schema(depth + 2) for _ in range(self.random.randrange(1, 3))]
        if "prefixItems" not in made or self.chance(0.5):
            made["items"] = self.schema(depth + 1)
        if self.chance(0.05):
            del made["maxItems"]
            made.update(minItems=0, maxItems=0)
        # What is nowhere described may be any value, as deep as it likes.
        if "items" not in made:
            made["minItems"] = min(made["minItems"], len(made["prefixItems"]))
        return made

    def object(self, depth):
        names = self.random.sample(WORDS, self.random.randrange(1, 5))
        made = {"type": "object", "properties": {name: self.schema(depth + 1) for name in names}}
        made["required"] = [name for name in names if self.chance(0.6)]
        if self.chance(0.5):
            made["additionalProperties"] = False
        if self.chance(0.1):
            made["patternProperties"] = {"^x_[a-z]{1,3}$": self.schema(3)}
        if self.chance(0.1):
            made["minProperties"] = len(made["required"])
        return made

    def any_of(self, depth):
        return {"anyOf": [self.schema(depth + 1) for _ in range(self.random.randrange(1, 4))]}

    def all_of(self, depth):
        if self.chance(0.5):
            return {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 90, "exclusiveMinimum": 5}, {"multipleOf": 2}]}
        first, second = self.object(depth + 1), self.object(depth + 1)
        for part in (first, second):
            for keyword in ("additionalProperties", "patternProperties", "minProperties"):
                part.pop(keyword, None)
        # Of one name in both, nothing may suit both.
        for name in first["properties"]:
            second["properties"].pop(name, None)
        second["required"] = [name for name in second["required"] if name in second["properties"]]
        return {"allOf": [first, second]}

    def one_of(self, depth):
        if self.chance(0.5):
            return {"oneOf": [self.string(depth), self.integer(depth), {"type": "null"}]}
        branches = []
        for kind in self.random.sample(["circle", "square", "line"], 2):
            branches.append({
                "type": "object", "properties": {"kind": {"const": kind}, "size": self.schema(3)}, "required": ["kind"],
                "additionalProperties": False,
            })
        return {"oneOf": branches}

    def root(self):
        made = self.schema()
        if self.chance(0.2):
            return {
                "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A tree", "$ref": "#/$defs/tree",
                "$defs": {
                    "tree": {
                        "type": "object", "required": ["value"],
                        "properties": {
                            "value": {"type": "integer", "minimum": 0, "maximum": 9},
                            "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/tree"}]},
                        },
                    }
                },
            }
        if self.chance(0.2):
            return {"$defs": {"part": made}, "type": "array", "items": {"$ref": "#/$defs/part"}, "minItems": 1, "maxItems": 2}
        return made


def schemas(count, seed=1):
    return [Maker(f"{seed} {index}").root() for index in range(count)]
