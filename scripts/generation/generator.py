"""Write the generated package with openapi-python-client: its parser, its models, our resources in place of its API.

    python scripts/generation/generator.py CONTRACT CONFIG TEMPLATES PACKAGE

Run in a process of its own by scripts/generate.py, on a contract that has passed the lint. It says nothing where all
went well. The stock functions and the raw client are not written: nothing needs them (see templates/).
"""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.strings import ClassName

from generation import operations, python_code
from openapi.contract import Contract, mapping
from openapi.handwritten import OVERLAY_TABLE, overlay_tables
from openapi.naming import parseable

PAGE = "operations.md"


class PackageProject(Project):
    """The package as this project wants it; `build` writes it."""

    def __init__(self, contract: Contract, openapi: GeneratorData, config: Config, templates: Path) -> None:
        super().__init__(openapi=openapi, config=config, custom_template_path=templates)
        self._contract = contract
        self._templates = templates
        self._resources = operations.resources_of(contract, openapi, config)
        self._models, self._enums = list(openapi.models), list(openapi.enums)
        self.env.filters["safe_text"] = python_code.safe_text
        self.env.globals.update(
            code=python_code,
            description_of=operations.description_of,
            overlays=overlay_tables(OVERLAY_TABLE),
            modules={str(one.class_info.name): one.class_info.module_name for one in (*self._models, *self._enums)},
        )

    def _create_package(self) -> None:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(self._templates / "package", self.package_dir, ignore=ignored, dirs_exist_ok=True)
        self._write("__init__.py", "package_init.py.jinja")

    def _build_api(self) -> None:
        """Write the resources, the TypedDicts for their arguments, the error codes, and the page of it all."""
        sent = list(self._sent_models())
        for resource in self._resources:
            self._write(f"resources/{resource.module}.py", "own/resource.py.jinja", resource=resource, sent_models=sent)
        top = [resource for resource in self._resources if "." not in resource.path]
        self._write("resources/__init__.py", "own/resources_init.py.jinja", resources=self._resources, top=top)
        self._write("params.py", "own/params.py.jinja", models=sent, optional=list(self._passed_on()))
        codes = error_codes(self._contract)
        self._write("error_codes.py", "own/error_codes.py.jinja", codes=codes)
        self._write(f"../{PAGE}", "own/operations.md.jinja", resources=self._resources, codes=codes)

    def _passed_on(self) -> Iterator[tuple[str, str, list[operations.Parameter]]]:
        """What the overlay may pass on: of each operation the name of what types it, its own name, and the fields."""
        tables = overlay_tables(OVERLAY_TABLE)
        for resource in self._resources:
            if resource.path in tables["resources"]:
                for one in resource.operations:
                    name = "".join(map(str.capitalize, one.id.split("_"))) + "Params"
                    own = tables["parameters"].get(one.name, ())
                    if fields := [each for each in one.body if not each.demanded and each.name not in own]:
                        yield name, one.name, fields

    def _sent_models(self) -> Iterator[ModelProperty]:
        """The models with fields that a request may hold, in the order of their names."""
        bodies = [
            body.prop
            for collection in self.openapi.endpoint_collections_by_tag.values()
            for endpoint in collection.endpoints
            for body in endpoint.bodies
        ]
        found: dict[ClassName, ModelProperty] = {}
        queue = [model for prop in bodies for model in python_code.models_in(prop)]
        while queue:
            model = next(one for one in self._models if one.class_info.name == queue[-1].class_info.name)
            queue.pop()
            if model.class_info.name not in found:
                found[model.class_info.name] = model
                queue += [inner for prop in python_code.parts_of(model) for inner in python_code.models_in(prop)]
        return (found[name] for name in sorted(found) if python_code.fields_of(found[name]))

    def _write(self, name: str, template: str, **values: Any) -> None:
        file = self.package_dir / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(self.env.get_template(template).render(**values), encoding="utf-8")


def error_codes(contract: Contract) -> list[tuple[str, tuple[object, ...]]]:
    """The catalogue of error codes: of each its type, statuses, whether to retry, when it occurs, what to do."""
    schemas = mapping(mapping(contract.data.get("components")).get("schemas"))
    catalogues = [mapping(mapping(schema).get("x-codes")) for schema in schemas.values()]
    return [
        (
            name,
            (
                mapping(entry).get("type") or "",
                tuple(mapping(entry).get("status") or ()),  # type: ignore[arg-type]
                mapping(entry).get("retry") or "",
                mapping(entry).get("when") or "",
                mapping(entry).get("remedy") or "",
            ),
        )
        for catalogue in catalogues
        for name, entry in catalogue.items()
    ]


def generate(contract: Contract, config: Config, templates: Path) -> Sequence[GeneratorError]:
    """Write the package to the folder that the configuration names; gives what the generator has to object."""
    data = GeneratorData.from_dict(parseable(contract), config=config)
    if isinstance(data, GeneratorError):
        return [data]
    return PackageProject(contract, data, config, templates).build()


def main(arguments: Sequence[str]) -> int:
    """Run the command line; 0 where all went well."""
    document, settings, templates, package = map(Path, arguments)
    contract = Contract(document, json.loads(document.read_text(encoding="utf-8")))
    config = Config.from_sources(
        ConfigFile.load_from_path(settings),
        MetaType.NONE,
        document_source=document,
        file_encoding="utf-8",
        overwrite=False,
        output_path=package,
    )
    errors = generate(contract, config, templates)
    for error in errors:
        print(*filter(None, (error.header, error.detail)), sep=": ")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
