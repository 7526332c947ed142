"""A resource that nobody planned for: what is added to the contract to see that nothing else has to be edited."""

from typing import Any

from small import read_text

UNPLANNED = """\
tags:
  - {name: things, description: Things of all kinds.}
  - {name: things.parts, description: What things are made of.}
paths:
  /v1/things:
    get:
      operationId: things_list
      tags: [things]
      summary: List the things
      description: |
        Returns the things of the team, page by page.

        - Those that are archived come last.
      parameters:
        - name: color
          in: query
          description: Only things of these colors.
          schema: {type: array, items: {$ref: "#/components/schemas/ThingColor"}}
        - {name: archived, in: query, description: Whether those that are archived come too., schema: {type: boolean}}
        - {name: madeSince, in: query, schema: {type: string, format: date-time, description: Only newer ones.}}
        - {name: url, in: query, schema: {type: string}}
        - {name: timeout, in: query, description: How long the server looks., schema: {type: number}}
        - {name: cursor, in: query, description: Where the page begins., schema: {type: string}}
        - {name: X-Trace, in: header, description: Named in the log., schema: {type: string}}
        - {$ref: "#/components/parameters/AurousVersion"}
      responses:
        "200":
          description: A page of things.
          content: {application/json: {schema: {$ref: "#/components/schemas/ThingPage"}}}
        "429":
          description: Too many.
          content: {application/json: {schema: {$ref: "#/components/schemas/ErrorEnvelope"}}}
    post:
      operationId: things_create
      tags: [things]
      summary: Create a thing
      parameters:
        - {name: Idempotency-Key, in: header, schema: {type: string}}
        - {name: dry_run, in: query, schema: {type: boolean}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name, content]
              properties:
                name: {type: string, description: What it is called.}
                content:
                  description: Words, a part, or several.
                  anyOf:
                    - {type: string}
                    - {$ref: "#/components/schemas/ThingPart"}
                    - {type: array, items: {$ref: "#/components/schemas/ThingPart"}}
                owner: {$ref: "#/components/schemas/ThingOwner", description: Whose it is.}
                color: {$ref: "#/components/schemas/ThingColor"}
                mood: {anyOf: [{$ref: "#/components/schemas/ThingMood"}, {type: string}]}
                note: {type: [string, "null"], description: Null removes it.}
                labels: {type: object, additionalProperties: {type: string}}
      responses:
        "201":
          description: The thing.
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
        "409": {description: There is one by that name., content: {application/json: {schema: {}}}}
  /v1/things/{id}:
    parameters:
      - name: id
        in: path
        required: true
        description: The id of the thing.
        schema: {type: string}
        example: thing_1
    get:
      operationId: things_retrieve
      tags: [things]
      summary: Retrieve a thing
      deprecated: true
      responses:
        "200":
          description: The thing.
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
    patch:
      operationId: things_update
      tags: [things]
      summary: Change a thing
      requestBody:
        content:
          application/merge-patch+json:
            schema:
              type: object
              properties:
                name: {type: string}
                made_on: {type: string, format: date}
                level: {$ref: "#/components/schemas/ThingLevel"}
                tint: {anyOf: [{$ref: "#/components/schemas/ThingColor"}, {type: "null"}]}
      responses:
        "200":
          description: The thing.
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
    delete:
      operationId: things_delete
      tags: [things]
      summary: Delete a thing
      responses: {"204": {description: Gone.}}
  /v1/things/{id}/parts:
    get:
      operationId: things_parts_list
      tags: [things.parts]
      summary: List the parts of a thing
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, format: uuid}}
      responses:
        "200":
          description: All parts.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/ThingPart"}}}}
  /v1/things/{id}/picture:
    put:
      operationId: things_upload_picture
      tags: [things]
      summary: Upload the picture
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties:
                file: {type: string, format: binary, description: The picture.}
                about: {$ref: "#/components/schemas/ThingPart"}
                primary: {type: boolean}
      responses: {"200": {description: Stored., content: {application/json: {schema: {}}}}}
    get:
      operationId: things_picture
      tags: [things]
      summary: Download the picture
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses:
        "200":
          description: The picture.
          content:
            image/png: {schema: {type: string, format: binary}}
            image/jpeg: {schema: {type: string, format: binary}}
        "302": {description: Elsewhere., x-cross-origin: true}
        "307": {description: Nearby.}
  /v1/things/rows/{row}:
    get:
      operationId: things_rows
      tags: [things]
      summary: Retrieve rows of numbers
      parameters:
        - {name: row, in: path, required: true, schema: {type: integer}}
      responses:
        "200":
          description: The rows.
          content: {application/json: {schema: {type: array, items: {type: array, items: {type: number}}}}}
  /v1/things/by_name/{name}:
    get:
      operationId: things_find
      tags: [things]
      summary: Find an owner
      parameters:
        - {name: name, in: path, required: true, schema: {$ref: "#/components/schemas/ThingColor"}}
      responses:
        "200":
          description: The owner, who has no id.
          content: {application/json: {schema: {$ref: "#/components/schemas/ThingOwner"}}}
    put:
      operationId: things_set
      tags: [things]
      summary: Set what is known of a name
      parameters:
        - {name: name, in: path, required: true, schema: {type: boolean}}
      requestBody:
        description: Anything.
        content: {application/json: {schema: {type: array, items: {type: string}}}}
      responses: {"200": {description: Set., content: {application/json: {schema: {type: string}}}}}
  # Methods by the names of builtins, which annotations must not hide.
  /v1/things/odd:
    get:
      operationId: things_type
      tags: [things]
      responses:
        "200":
          description: A thing, or whose it is.
          content:
            application/json:
              schema: {anyOf: [{$ref: "#/components/schemas/Thing"}, {$ref: "#/components/schemas/ThingOwner"}]}
    put: {operationId: things_id, tags: [things], responses: {"204": {description: Nothing.}}}
    post: {operationId: things_dict, tags: [things], responses: {"204": {description: Nothing.}}}
    delete: {operationId: things_set_all, tags: [things], responses: {"204": {description: Nothing.}}}
components:
  schemas:
    Thing:
      type: object
      required: [id, name]
      properties:
        id: {type: string}
        name: {type: string}
        content:
          anyOf:
            - {type: string}
            - {$ref: "#/components/schemas/ThingPart"}
            - {type: array, items: {$ref: "#/components/schemas/ThingPart"}}
        made_at: {type: string, format: date-time}
        color: {$ref: "#/components/schemas/ThingColor"}
      examples:
        - {id: thing_1, name: Lamp, content: [{size: 1}], made_at: "2026-05-04T10:00:00Z", color: red}
    ThingPage:
      type: object
      required: [data, has_more]
      properties:
        data: {type: array, items: {$ref: "#/components/schemas/Thing"}}
        has_more: {type: boolean}
        next_cursor: {type: [string, "null"]}
    ThingPart:
      type: object
      description: A part of a thing.
      required: [size]
      properties:
        size: {type: integer}
        "a-b": {type: string}
    ThingOwner:
      type: object
      properties:
        email: {type: string}
        parts: {type: array, items: {$ref: "#/components/schemas/ThingPart"}}
    ThingColor: {type: string, enum: [red, dark red]}
    ThingMood: {type: string, enum: [calm]}
    ThingLevel: {type: integer, enum: [1, 2]}
"""


def add_unplanned(data: dict[str, Any]) -> None:
    """Add the resource to a contract."""
    more: Any = read_text(UNPLANNED).data
    data["tags"] += more["tags"]
    data["paths"] |= more["paths"]
    data["components"]["schemas"] |= more["components"]["schemas"]
