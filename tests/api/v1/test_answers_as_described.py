"""Every answer is as /openapi.json describes it: validated by JSON Schema, member by member."""

from __future__ import annotations

import json
from typing import Any

import httpx
import jsonschema
import pytest

from evidencehub.api.app import ApiApp
from evidencehub.api.openapi_parameters import COMMON_PARAMETER_TEXTS
from evidencehub.api.resources import ALL_RESOURCES, CODES_OF_LIST, RESOURCES
from evidencehub.formats.format import list_endings
from evidencehub.store.derived_rows import list_group_columns


@pytest.fixture(scope="module", params=["shipped", "rich"])
def application(request: pytest.FixtureRequest) -> ApiApp:
    fixture = {"shipped": "built", "rich": "rich_hub"}[request.param]
    return ApiApp(request.getfixturevalue(fixture))


async def get(application: ApiApp, path: str, **params: Any) -> Any:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        return (await client.get(path, params=params)).json()


@pytest.fixture
async def description(application: ApiApp) -> dict[str, Any]:
    return await get(application, "/openapi.json")


def validate(description: dict[str, Any], path: str, body: Any, status: str = "200") -> None:
    """Fail if the answer of a path is not as it is described."""
    response = description["paths"][path]["get"]["responses"][status]
    schema = response["content"]["application/json"]["schema"]
    whole = {**schema, "components": description["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(whole, format_checker=checker)
    errors = [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(body)]
    assert errors == []


def params_of(application: ApiApp, name: str) -> dict[str, str]:
    families = application.reference_data.value_sets["family"]
    family = "infant-mortality" if "infant-mortality" in families else next(iter(families))
    return {"compare": {"family": family}, "search": {"q": "a"}}.get(name, {})


@pytest.mark.parametrize("name", RESOURCES)
async def test_rows_are_as_described(
    application: ApiApp, description: dict[str, Any], name: str
) -> None:
    resource, params = RESOURCES[name], params_of(application, name)
    path = f"/api/v1/{name}"
    whole = await get(application, path, limit=500, **params)
    validate(description, path, whole)
    row_schema = description["components"]["schemas"][f"{name.replace('-', '_')}_row"]
    names = [column.name for column in resource.columns]
    for row in whole["data"]:
        assert list(row) == names == row_schema["required"]
        jsonschema.Draft202012Validator(row_schema).validate(row)
    selected = await get(application, path, fields=names[0], limit=3, **params)
    validate(description, path, selected)
    validate(description, path, await get(application, path, labels="false", limit=3, **params))


@pytest.mark.parametrize("name", [n for n, r in RESOURCES.items() if r.item_column])
async def test_an_item_is_as_described(
    application: ApiApp, description: dict[str, Any], name: str
) -> None:
    path = f"/api/v1/{name}/{{id}}"
    if path not in description["paths"]:
        pytest.skip("these have no single items")
    column = RESOURCES[name].item_column
    for identifier in application.reference_data.value_sets[column]:
        item = await get(application, path.replace("{id}", identifier))
        validate(description, path, item)
        schema = description["components"]["schemas"][f"{name}_item"]
        assert list(item["data"]) == schema["required"]


async def test_the_codes_of_a_list_and_the_index_are_as_described(
    application: ApiApp, description: dict[str, Any]
) -> None:
    for name in list(application.reference_data.value_sets["list"])[:10]:
        answer = await get(application, f"/api/v1/codes/{name}", limit=10_000)
        validate(description, "/api/v1/codes/{list}", answer)
    validate(description, "/api/v1", await get(application, "/api/v1"))


async def test_converted_rows_are_as_described(
    application: ApiApp, description: dict[str, Any]
) -> None:
    converted = 0
    for dataset in application.reference_data.datasets:
        answer = await get(
            application, "/api/v1/observations", dataset=dataset, convert="headings", limit=1_000
        )
        if "data" in answer:
            validate(description, "/api/v1/observations", answer)
            converted += len(answer["data"])
    assert converted


@pytest.mark.parametrize("name", [n for n, r in RESOURCES.items() if r.dimensions])
async def test_what_is_available_is_as_described(
    application: ApiApp, description: dict[str, Any], name: str
) -> None:
    path = f"/api/v1/{name}/availability"
    answer = await get(application, path, limit=1_000)
    assert answer["data"]
    validate(description, path, answer)
    row_schema = description["components"]["schemas"][f"{name}_availability_row"]
    for row in answer["data"]:
        assert list(row) == row_schema["required"]
        jsonschema.Draft202012Validator(row_schema).validate(row)
    parameters = {
        reference["$ref"].rpartition("/")[2]
        for reference in description["paths"][path]["get"]["parameters"]
    }
    for parameter in ("group_by", "convert"):  # it is counted, and in codes of the rows, already
        refused = await get(application, path, **{parameter: "sex"})
        assert refused["problems"][0]["code"] == "unknown-parameter"
        assert not {parameter, f"{name}_{parameter}"} & parameters
    assert {f"{name}_availability_fields", f"{name}_availability_sort"} <= parameters
    validate(description, path, await get(application, path, fields="code,rows", sort="-rows"))


@pytest.mark.parametrize("name", [n for n, r in RESOURCES.items() if not r.required_filter])
async def test_counted_rows_have_no_column_that_is_not_described(
    application: ApiApp, description: dict[str, Any], name: str
) -> None:
    schema = description["components"]["schemas"][f"{name.replace('-', '_')}_selection"]
    column = list_group_columns(RESOURCES[name])[0].name
    answer = await get(application, f"/api/v1/{name}", group_by=column)
    assert answer["data"]
    for row in answer["data"]:
        assert {column, "rows"} <= row.keys() <= schema["properties"].keys()
        jsonschema.Draft202012Validator(schema).validate(row)


def test_every_operation_has_a_name_a_text_and_its_refusals(description: dict[str, Any]) -> None:
    assert set(description["info"]) >= {"title", "version", "license", "contact", "description"}
    tags = {tag["name"] for tag in description["tags"]}
    operations = [
        (path, operation)
        for path, item in description["paths"].items()
        for operation in item.values()
    ]
    ids = [operation["operationId"] for _, operation in operations]
    assert len({*ids}) == len(ids)
    for path, operation in operations:
        assert operation["summary"], path
        assert operation["description"], path
        assert {*operation["tags"]} <= tags, path
        refusals = {s for s in operation["responses"] if s != "200"}
        assert {"400", "503"} <= refusals, path
    for name, response in description["components"]["responses"].items():
        (media_type,) = response["content"]
        assert media_type == "application/problem+json", name


def test_no_two_paths_can_mean_the_same_address(description: dict[str, Any]) -> None:
    def is_variable(segment: str) -> bool:
        return segment.startswith("{") and segment.endswith("}")

    paths = [path.split("/") for path in description["paths"]]
    for at, path in enumerate(paths):
        for other in paths[at + 1 :]:
            clashes = len(path) == len(other) and all(
                a == b or is_variable(a) or is_variable(b) for a, b in zip(path, other, strict=True)
            )
            same = sum(map(is_variable, path)) == sum(map(is_variable, other))
            assert not (clashes and same), (path, other)


def test_every_format_has_an_operation_of_its_own(description: dict[str, Any]) -> None:
    for resource in ALL_RESOURCES:
        base = "/api/v1/codes/{list}" if resource is CODES_OF_LIST else f"/api/v1/{resource.name}"
        assert list(description["paths"][base]["get"]["responses"]["200"]["content"]) == [
            "application/json"
        ]
        for ending in (*list_endings("rows")[1:], "csv-metadata.json"):
            assert f"{base}.{ending}" in description["paths"]


def test_codes_are_no_enumerations(application: ApiApp, description: dict[str, Any]) -> None:
    """What a publication may add to must not be a part of the contract."""
    value_sets = application.reference_data.value_sets
    for name, schema in description["components"]["schemas"].items():
        if name.startswith("value_"):
            assert schema["type"] == "string", name
            assert "enum" not in schema, name
            assert {*schema.get("examples", ())} <= {*value_sets[name.removeprefix("value_")]}
    text = json.dumps({**description["paths"], **description["components"]["parameters"]})
    assert '"enum"' not in text


def test_a_row_says_what_is_never_null_and_what_is_a_day(description: dict[str, Any]) -> None:
    properties = description["components"]["schemas"]["observations_row"]["properties"]
    assert properties["indicator"]["type"] == "string"
    assert properties["sex"]["type"] == "string"
    assert properties["value"]["type"] == ["number", "null"]
    assert properties["period_start"]["format"] == "date"
    assert properties["decimals"]["type"] == ["integer", "null"]
    every = [
        (name, column)
        for resource in ALL_RESOURCES
        for name, column in description["components"]["schemas"][
            f"{resource.name.replace('-', '_')}_row"
        ]["properties"].items()
    ]
    assert [name for name, column in every if not column["description"]] == []


def test_every_common_parameter_is_described(description: dict[str, Any]) -> None:
    parameters = description["components"]["parameters"].values()
    names = {parameter["name"] for parameter in parameters}
    assert {*COMMON_PARAMETER_TEXTS} <= names
    assert [p["name"] for p in parameters if not p["description"]] == []
