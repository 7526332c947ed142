"""The rules of OpenAPI, of examples and of the generator, each by an edit of a small contract that breaks it.

Those of this project's own are in test_conventions.py.
"""

from pathlib import Path

import pytest

from lint import Problem
from small import SMALL, assert_named, case, edited, lint_text, marked_line, only, read_text

pytestmark = pytest.mark.whole  # a tool of this repository is the same on every Python

GET = "#/paths/~1things~1{id}/get"
JSON = f"{GET}/responses/200/content/application~1json"
THING = "#/components/schemas/Thing"
COLOR = "#/components/schemas/Color"
CODE = "#/components/schemas/ErrorCode/x-codes/not_there"
FAILURE = f"{GET}/responses/404/content/application~1json/examples/unknown"

# Where the edits below take place.
LEFT = "            X-Left: {schema: {type: number}, example: 3}"
IN_HEADER = "      in: header\n"
INFO = "info: {title: Small, version: 1.0.0}"
NAME = "        name: {type: string, examples: [a]}"
DARK_RED = "        - dark red\n"
SCHEMA = '              schema: {$ref: "#/components/schemas/Thing"}\n'
PARAMETERS = '        - $ref: "#/components/parameters/Id"\n'
PLAIN = "                  value: {name: a, color: red}\n"
MARK = "                  x-deviates: true\n"
REASON = "                  description: The name is missing.\n"
SCHEMAS = "  schemas:\n"
OTHER = "components:\n  securitySchemes:"
OTHER_PATH = """\
  /things/{id}/parts:
    get:
      operationId: %s # <-
      tags: [things]
      summary: Retrieve its parts
      parameters:
        - {name: id, in: path, required: true, description: Its id., schema: {type: string}, example: a}
      responses: {"204": {description: Nothing.}}
"""
SUBTYPE = """\
    Both:
      allOf:
        - $ref: "#/components/schemas/Thing"
        - type: object
          required: [name, size]
          properties: {size: {type: number}}
"""

ROOT = Path(__file__).resolve().parent.parent

Edit = tuple[str, str]


def linted(*edits: Edit) -> list[Problem]:
    """Lint the small contract after edits."""
    return lint_text(edited(SMALL, *edits))


FORM = [
    case("version 3.0", "openapi: 3.1.0", "openapi: 3.0.3 # <-", "#/openapi", "`3.0.3`", "`openapi: 3.1.0`"),
    case("version 3.2", "openapi: 3.1.0", "openapi: 3.2.0 # <-", "#/openapi", "`3.2.0`"),
    case("version a number", "openapi: 3.1.0", "openapi: 3.1 # <-", "#/openapi", "`3.1`"),
    case("Swagger", "openapi: 3.1.0", 'swagger: "2.0" # <-', "#", "Swagger 2", "`openapi: 3.1.0`"),
    case("misspelt key", "tags: [things]", "tag: [things] # <-", f"{GET}/tag", "`tag`", "Did you mean `tags`?"),
    case("missing key", INFO, "info: {title: Small} # <-", "#/info", "`version` is missing"),
    case("null", INFO, "info: # <-", "#/info", "null", "`object`"),
    case("text", INFO, "info: Small # <-", "#/info", "a text", "`object`"),
    case(
        "surplus",
        LEFT,
        "            X-Left: {name: X, schema: {}} # <-",
        f"{GET}/responses/200/headers/X-Left/name",
        "`name`",
    ),
    case(
        "header of nothing", LEFT, "            X-Left: {} # <-", f"{GET}/responses/200/headers/X-Left", "'schema' is"
    ),
    case(
        "no such place", IN_HEADER, "      in: head # <-\n", "#/components/parameters/Version/in", "'head' is not one"
    ),
]
SCHEMA_FORM = [
    case(
        "misspelt type",
        NAME,
        "        name: {type: strng} # <-",
        f"{THING}/properties/name/type",
        "Did you mean `string`?",
    ),
    case(
        "misspelt keyword",
        NAME,
        "        name: {type: string, dscription: x} # <-",
        f"{THING}/properties/name/dscription",
        "`description`?",
    ),
    case(
        "nullable",
        NAME,
        "        name: {nullable: true} # <-",
        f"{THING}/properties/name/nullable",
        'Write `type: [string, "null"]`',
    ),
    case("enum is a text", NAME, "        name: {enum: a} # <-", f"{THING}/properties/name/enum", "a text", "`array`"),
    case(
        "pattern is none",
        NAME,
        '        name: {pattern: "("} # <-',
        f"{THING}/properties/name/pattern",
        "'(' is not a 'regex'",
    ),
    case("required twice", "required: [name]", "required: [name, name] # <-", f"{THING}/required", "non-unique"),
]
REFERENCES = [
    case(
        "dangling",
        SCHEMA,
        SCHEMA.replace("Thing", "Thign").rstrip() + " # <-\n",
        f"{JSON}/schema/$ref",
        "Thign",
        "Did you mean `Thing`?",
    ),
    case(
        "remote",
        SCHEMA,
        SCHEMA.replace("#/", "all.yaml#/").rstrip() + " # <-\n",
        f"{JSON}/schema/$ref",
        "`all.yaml#/",
        "Copy it to",
    ),
    case(
        "elsewhere",
        SCHEMA,
        SCHEMA.replace("schemas/Thing", "examples/Shared").rstrip() + " # <-\n",
        f"{JSON}/schema/$ref",
        "`#/components/schemas/…`",
    ),
    case(
        "within",
        SCHEMA,
        SCHEMA.replace("Thing", "Thing/properties/name").rstrip() + " # <-\n",
        f"{JSON}/schema/$ref",
        "Move it there.",
    ),
    case(
        "response",
        "      responses:\n",
        '      responses:\n        "500": {$ref: "#/components/responses/No"} # <-\n',
        f"{GET}/responses/500/$ref",
        "leads nowhere",
    ),
    case(
        "parameter",
        '"#/components/parameters/Id"',
        '"#/components/parameters/ID" # <-',
        f"{GET}/parameters/0/$ref",
        "Did you mean `Id`?",
    ),
    case(
        "example",
        '{$ref: "#/components/examples/Shared"}',
        '{$ref: "#/components/examples/Shred"} # <-',
        f"{JSON}/examples/shared/$ref",
        "`Shared`?",
    ),
    case(
        "no text",
        '{$ref: "#/components/schemas/Color"}',
        "{$ref: 1} # <-",
        f"{THING}/properties/color/$ref",
        "a number",
    ),
    case(
        "itself",
        SCHEMAS,
        SCHEMAS + '    Loop: {$ref: "#/components/schemas/Loop"} # <-\n',
        "#/components/schemas/Loop/$ref",
        "defined by itself",
    ),
    case(
        "a circle",
        SCHEMAS,
        SCHEMAS + '    A: {$ref: "#/components/schemas/B"}\n    B: {allOf: [{$ref: "#/components/schemas/A"}]} # <-\n',
        "#/components/schemas/B/allOf/0/$ref",
        "Break the circle",
    ),
]
SECURITY = [
    case("unknown scheme of all", "paths:", "security: [{keys: []}] # <-\npaths:", "#/security/0/keys", "`key`?"),
    case(
        "unknown scheme", "[{key: []}]", "[{keys: []}] # <-", f"{GET}/security/0/keys", "`keys`", "Did you mean `key`?"
    ),
]
OPERATIONS = [
    case("no operationId", "      operationId: things_retrieve\n", "", GET, "no `operationId`"),
    case(
        "operationId twice",
        OTHER,
        OTHER_PATH % "things_retrieve" + OTHER,
        "#/paths/~1things~1{id}~1parts/get/operationId",
        "`things_retrieve`",
        f"{GET}, on line 7",
    ),
    case(
        "operationId alike",
        OTHER,
        OTHER_PATH % "thingsRetrieve" + OTHER,
        "#/paths/~1things~1{id}~1parts/get/operationId",
        "`thingsRetrieve`",
        "rename one",
    ),
    case("missing path parameter", PARAMETERS, "", GET, "`{id}`", "`in: path`"),
    case(
        "surplus path parameter",
        PARAMETERS,
        PARAMETERS + "        - {name: part, in: path, required: true, schema: {type: string}} # <-\n",
        f"{GET}/parameters/1",
        "no `{part}`",
    ),
    case(
        "path by reference",
        "components:\n  securitySchemes:",
        '  /other: {$ref: "#/components/pathItems/It"} # <-\ncomponents:\n  pathItems: {It: {}}\n  securitySchemes:',
        "#/paths/~1other/$ref",
        "leaves the path out",
    ),
]
REQUIRED = [
    case("typo", "required: [name]", "required: [nmae] # <-", f"{THING}/required/0", "`nmae`", "Did you mean `name`?"),
    case(
        "within",
        NAME,
        NAME.replace("}", ", properties: {a: {}}, required: [b]}") + " # <-",
        f"{THING}/properties/name/required/0",
        "`b`",
    ),
    case(
        "in a part",
        SCHEMAS,
        SCHEMAS + '    Both: {allOf: [{$ref: "#/components/schemas/Thing"}, {required: [nam]}]} # <-\n',
        "#/components/schemas/Both/allOf/1/required/0",
        "Did you mean `name`?",
    ),
    case(
        "without properties",
        SCHEMAS,
        SCHEMAS + "    Map: {type: object, required: [key]} # <-\n",
        "#/components/schemas/Map/required/0",
        "`key`",
    ),
]
PROPERTIES = [
    case(
        "alike",
        NAME,
        f"{NAME}\n        Name: {{}} # <-",
        f"{THING}/properties/Name",
        "`Name` and `name` are both `name`",
    ),
    case(
        "alike in a part",
        SCHEMAS,
        SCHEMAS + '    Both: {allOf: [{$ref: "#/components/schemas/Thing"}], properties: {NAME: {}}} # <-\n',
        "#/components/schemas/Both/properties/NAME",
        "`name`",
    ),
    case(
        "discriminator",
        "      required: [name]\n",
        "      required: [name]\n      discriminator: {propertyName: name} # <-\n",
        f"{THING}/discriminator",
        "ignores it",
    ),
]
ENUMS = [
    case("empty", "[not_found, gone]", "[] # <-", "#/components/schemas/ErrorType/enum", "without values"),
    case("twice", DARK_RED, f"{DARK_RED}        - red # <-\n", f"{COLOR}/enum/2", "`red` stands twice"),
    case(
        "by case",
        DARK_RED,
        f"{DARK_RED}        - Red # <-\n",
        f"{COLOR}/enum/2",
        "`Red` and `red` are both `RED`",
        "`x-enum-varnames`",
    ),
    case("by a dash", DARK_RED, f"{DARK_RED}        - dark-red # <-\n", f"{COLOR}/enum/2", "`DARK_RED`"),
    case(
        "by place",
        DARK_RED,
        f'{DARK_RED}        - "#ff0000"\n        - value_2 # <-\n',
        f"{COLOR}/enum/3",
        "`value_2` and `#ff0000`",
    ),
    case(
        "mixed",
        "      enum:\n        - red\n",
        "      enum: # <-\n        - 1\n        - red\n",
        f"{COLOR}/enum",
        "not mixed",
    ),
    case("of two lines", DARK_RED, f'{DARK_RED}        - "a\\u2028b" # <-\n', f"{COLOR}/enum/2", "the generator drops"),
    case(
        "booleans",
        "      enum:\n        - red\n        - dark red\n",
        "      enum: [true, false] # <-\n",
        f"{COLOR}/enum",
        "texts or of integers",
    ),
    case(
        "names too few",
        "      enum:\n        - red\n",
        "      x-enum-varnames: [RED] # <-\n      enum:\n        - red\n",
        f"{COLOR}/x-enum-varnames",
        "ignores them",
    ),
]
CLASSES = [
    case(
        "alike",
        SCHEMAS,
        f"{SCHEMAS}    color: {{type: object}}\n",
        COLOR,
        "the module `color`",
        "#/components/schemas/color",
    ),
    case(
        "alike by title",
        SCHEMAS,
        f"{SCHEMAS}    Zebra: {{title: Horse, type: object}}\n    Horse: {{type: object}} # <-\n",
        "#/components/schemas/Horse",
        "`horse`",
    ),
    case(
        "null",
        SCHEMAS,
        f'{SCHEMAS}    Maybe: {{type: [object, "null"]}} # <-\n',
        "#/components/schemas/Maybe/type",
        "where it is used",
    ),
]
TITLES = [
    case(
        "file name",
        "                plain:\n",
        "                a/b: # <-\n",
        f"{JSON}/examples/a~1b",
        "name of a file",
    ),
    case(
        "name of another",
        "                unknown:\n",
        "                plain: # <-\n",
        f"{FAILURE.removesuffix('unknown')}plain",
        "another example is named `plain`",
    ),
    case(
        "no value",
        "                  value: {name: a, color: red}\n",
        "                  externalValue: https://thing.test\n",
        f"{JSON}/examples/plain",
        "without a `value`",
    ),
]
MEANT = [
    case(
        "misspelt and required",
        "Id: {name: id, in: path, required: true,",
        "Id: {name: id, in: path, requried: true,",
        "#/components/parameters/Id/requried",
        "Did you mean `required`?",
    ),
    case("a tag, not a list", "tags: [things]", "tags: things # <-", f"{GET}/tags", "a list: `[things]`."),
]
EXAMPLES = [
    case(
        "type",
        PLAIN,
        "                  value: {name: 1, color: red} # <-\n",
        f"{JSON}/examples/plain/value/name",
        "1 is not of type",
        "`x-deviates: true`",
    ),
    case(
        "missing",
        PLAIN,
        "                  value: {color: red} # <-\n",
        f"{JSON}/examples/plain/value",
        "'name' is a required property",
    ),
    case(
        "enum",
        PLAIN,
        "                  value: {name: a, color: blue} # <-\n",
        f"{JSON}/examples/plain/value/color",
        "'blue' is not one of",
    ),
    case(
        "shared",
        "value: {name: b}",
        "value: {} # <-",
        "#/components/examples/Shared/value",
        "'name' is a required property",
    ),
    case("not marked", MARK, "", f"{JSON}/examples/odd/value", "'name' is a required property"),
    case(
        "not deviating",
        "value: {color: red}",
        "value: {name: c}",
        f"{JSON}/examples/odd/x-deviates",
        "keeps to its schema",
        "Remove the mark",
    ),
    case("no reason", MARK + REASON, MARK.rstrip() + " # <-\n", f"{JSON}/examples/odd/x-deviates", "`description`"),
    case(
        "misplaced mark",
        '      example: "1"\n',
        '      example: "1"\n      x-deviates: true # <-\n',
        "#/components/parameters/Version/x-deviates",
        "Remove the mark",
    ),
    case(
        "of a parameter",
        '      example: "1"\n',
        "      example: one # <-\n",
        "#/components/parameters/Version/example",
        "'one' does not match",
    ),
    case(
        "of a header",
        "example: 3}",
        "example: three} # <-",
        f"{GET}/responses/200/headers/X-Left/example",
        "'three' is not of type",
    ),
    case("of a schema", "examples: [a]", "examples: [a, 1]", f"{THING}/properties/name/examples/1", "1 is not of type"),
]
CODES = [
    case(
        "not in the catalogue",
        "enum: [not_there]",
        "enum: [not_there, gone] # <-",
        "#/components/schemas/ErrorCode/enum/1",
        "`gone`",
        "`x-codes`",
    ),
    case(
        "not in the enum",
        "enum: [not_there]",
        "enum: [not_ther]",
        CODE,
        "`not_there` is not in the enum",
        "Did you mean `not_ther`?",
    ),
    case("status", "status: [404]", "status: 404 # <-", f"{CODE}/status", "a list of HTTP statuses"),
    case("no status", "status: [404]", "status: [] # <-", f"{CODE}/status", "a list of HTTP statuses"),
    case(
        "type",
        "type: not_found\n          retry",
        "type: not_fond # <-\n          retry",
        f"{CODE}/type",
        "`not_found`",
        "null",
    ),
    case("retry", "retry: never", "retry: no # <-", f"{CODE}/retry", "`if_in_flight`"),
    case("source", "source: page", "source: hearsay # <-", f"{CODE}/source", "`mention`"),
    case(
        "no envelope",
        "{error: {code: not_there, message: No., type: not_found}}",
        "{error: {code: not_there}} # <-",
        f"{FAILURE}/value/error",
        "both texts",
    ),
    case("when", "          when: It is not there.\n", "", CODE, "`when`"),
    case(
        "surplus",
        "source: page",
        "source: page\n          remdy: Wait. # <-",
        f"{CODE}/remdy",
        "Did you mean `remedy`?",
    ),
    case(
        "shown with another status", "status: [404]", "status: [410]", f"{FAILURE}/value/error/code", "404", "`[410]`"
    ),
    case("shown with another type", "type: not_found}}", "type: gone}}", f"{FAILURE}/value/error/type", "`not_found`"),
]


@pytest.mark.parametrize(
    ("edit", "pointer", "words"),
    [
        *FORM,
        *SCHEMA_FORM,
        *REFERENCES,
        *SECURITY,
        *OPERATIONS,
        *REQUIRED,
        *PROPERTIES,
        *ENUMS,
        *CLASSES,
        *MEANT,
        *TITLES,
        *EXAMPLES,
        *CODES,
    ],
)
def test_a_broken_rule_is_named_by_place_and_remedy(edit: Edit, pointer: str, words: tuple[str, ...]) -> None:
    assert_named(edited(SMALL, edit), pointer, words)


# --- What is right, and what only the generator itself knows ---


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param((NAME, f"{NAME}\n        kind: {{}}"), id="anything"),
        pytest.param((NAME, f'{NAME}\n        kind: {{type: [string, "null"]}}'), id="null"),
        pytest.param((SCHEMAS, SCHEMAS + SUBTYPE), id="required of another part"),
        pytest.param((DARK_RED, f'{DARK_RED}        - "#ff0000"\n        - ""\n'), id="values that are no words"),
        pytest.param((OTHER, OTHER_PATH % "things_parts" + OTHER), id="another operation"),
        pytest.param(("title: Small,", 'title: Small, x-aurous-version: "1",'), id="extension"),
    ],
)
def test_what_is_right_is_let_pass(edit: Edit) -> None:
    assert linted(edit) == []


def test_names_of_members_tell_values_apart() -> None:
    named = "      x-enum-varnames: [RED, DARK, LIGHT]\n      enum:\n        - red\n"
    assert linted(("      enum:\n        - red\n", named), (DARK_RED, f"{DARK_RED}        - dark-red\n")) == []


def test_classes_that_the_generator_makes_up_do_not_collide_in_silence() -> None:
    inline = f"{NAME}\n        part_name: {{type: object, properties: {{a: {{}}}}}} # <-"
    text = edited(SMALL, (NAME, inline), (SCHEMAS, f"{SCHEMAS}    ThingPARTName: {{type: object}}\n"))
    problem = only(lint_text(text))
    assert (problem.pointer, problem.line) == (f"{THING}/properties/part_name", marked_line(text))
    assert "thing_part_name" in problem.message


def test_what_the_generator_would_leave_out_is_a_problem() -> None:
    text = edited(SMALL, (NAME, f"{NAME}\n        many: {{type: array}} # <-"))
    problem = only(lint_text(text))
    assert (problem.pointer, problem.line) == (f"{THING}/properties/many", marked_line(text))
    assert "the generator says" in problem.message
    assert "must have items" in problem.message


def test_a_character_beyond_the_first_plane_may_be_written_as_a_pair() -> None:
    contract = read_text(edited(SMALL, ("examples: [a]", 'examples: ["\\ud835\\udd1e"]')))
    assert contract.problems == ()
    assert contract.resolve(f"{THING}/properties/name/examples/0") == "\U0001d51e"


@pytest.mark.parametrize(
    ("edit", "line", "words"),
    [
        (("description: No such thing.", "description: Here: no such thing."), 32, "write the text in quotes"),
        (("      operationId", "\toperationId"), 8, "Indent with spaces"),
        (("tags: [things]", "tags: [things"), 10, "a comma is missing, or a bracket"),
        (("description: No such thing.", "description: @home"), 32, "is written in quotes"),
        (("examples: [a]", 'examples: ["\\ud835"]'), 58, "half of a surrogate pair"),
    ],
    ids=["colon", "tab", "bracket", "at sign", "half of a pair"],
)
def test_what_is_no_yaml_is_told_with_a_way_out(edit: Edit, line: int, words: str) -> None:
    problem = only(linted(edit))
    assert (problem.line, words in problem.message) == (line, True)


@pytest.mark.parametrize(
    "schema",
    ["{type: object, title: Page}", "{title: Things Resource, type: object}"],
)
def test_a_title_within_may_not_take_a_name_that_the_generated_code_needs(schema: str) -> None:
    problems = lint_text(edited(SMALL, (NAME, f"{NAME}\n        part: {schema}")), ROOT / "generator-config.yml")
    assert [(problem.pointer, "Choose another" in problem.message) for problem in problems] == [
        (f"{THING}/properties/part", True)
    ]


def test_a_fault_that_an_alias_repeats_is_told_once() -> None:
    shared = "            X-Left: &left {schema: {type: number}, example: a} # <-\n            X-Right: *left"
    text = edited(SMALL, (LEFT, shared))
    assert only(lint_text(text)).line == marked_line(text)


def test_problems_come_in_the_order_of_their_lines() -> None:
    problems = linted(
        ("required: [name]", "required: [nam]"),
        ("tags: [things]", "tags: [thing]"),
        ("operationId: things_retrieve", "x-a: 1"),
    )
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert len(problems) == 4
