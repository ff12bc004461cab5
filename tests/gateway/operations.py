"""All operations of an OpenAPI document, and requests for them that mean somebody's things."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.gateway.place import Belongings

METHODS = ("get", "put", "post", "delete", "patch", "head")


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    description: Mapping[str, Any] = field(repr=False)

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def tags(self) -> list[str]:
        return list(self.description.get("tags", ()))

    @property
    def guarded(self) -> bool:
        return bool(self.description.get("security"))

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return list(self.description.get("parameters", ()))


@dataclass(frozen=True)
class Asked:
    """A request; `named`: whether it names things of the owner."""

    url: str
    query: dict[str, Any]
    body: Any
    named: bool

    @property
    def sent(self) -> str:
        return json.dumps([self.url, self.query, self.body])


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, description in item.items():
            if method in METHODS:
                yield Operation(method.upper(), path, description)


def request_for(operation: Operation, document: Mapping[str, Any], owned: Belongings) -> Asked:
    """A request that is right in every respect and means the owner's things wherever it can."""
    values = _Values(operation, document, owned)
    url, query = operation.path, {}
    for parameter in operation.parameters:
        name, place = parameter["name"], parameter["in"]
        if place == "path":
            url = url.replace(f"{{{name}}}", quote(str(values.of(name, parameter["schema"])), safe=""))
        elif place == "query" and (parameter.get("required") or name in values.known):
            query[name] = values.of(name, parameter["schema"])
    content = operation.description.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    body = None if schema is None else values.of("", schema)
    return Asked(url, query, body, values.named)


class _Values:
    """Values of the right shape; those with a known name are the owner's."""

    def __init__(self, operation: Operation, document: Mapping[str, Any], owned: Belongings) -> None:
        self._document = document
        self.named = False
        of_recording = operation.path.startswith("/api/live-monitoring")
        of_analysis = operation.path.startswith("/api/upload-video")
        in_parts = operation.path.startswith("/api/upload-video/parts")
        upload = owned.parts_key if in_parts else owned.file_key
        self.known: dict[str, Any] = {
            "project_id": owned.project_id,
            "job_id": owned.recording_job_id
            if of_recording
            else owned.analysis_id
            if of_analysis
            else owned.export_id,
            "camera_id": owned.camera_id,
            "archive_id": owned.archive_id,
            "channel_id": owned.channel_id,
            "key_id": owned.key_id,
            "file_key": upload,
            "fileKey": upload,
            "video_url": owned.file_key,
            "videoUrl": owned.file_key,
        }
        self._usual: dict[str, Any] = {
            "version": 1,
            "url": "rtsp://10.0.0.9/other",
            "from": "2026-01-01T00:00:00Z",
            "to": "2026-01-01T00:10:00Z",
            "scenario": {"cues": [{"text": "changed", "start": 0, "end": 1}]},
            "name": "changed",
            "format": "srt" if operation.method == "GET" else "mov",
            "file_name": "talk.mp4",
            "file_type": "video/mp4",
            "file_size": 9,
            "part_numbers": [1],
            "language": "auto",
        }

    def of(self, name: str, schema: Mapping[str, Any]) -> Any:
        if name in self.known:
            self.named = True
            return self.known[name]
        if name in self._usual:
            return self._usual[name]
        return self._made(schema)

    def _made(self, schema: Mapping[str, Any]) -> Any:
        schema = self._plain(schema)
        for given in ("default", "const"):
            if given in schema:
                return schema[given]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "object")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return [self._made(schema.get("items", {}))] * schema.get("minItems", 0)
        text, least = "x" * max(1, schema.get("minLength", 1)), schema.get("minimum", 1)
        return {"string": text, "integer": least, "number": 1.0, "boolean": False}.get(kind)

    def _plain(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Without references and choices."""
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._plain(schema[choice][0])
        if "$ref" not in schema:
            return schema
        found: Any = self._document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return self._plain(found)

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """What is required, and all that has a known name."""
        properties = schema.get("properties", {})
        named = [name for name in properties if name in self.known or name in self._usual]
        wanted = dict.fromkeys([*schema.get("required", ()), *named])
        return {name: self.of(name, properties[name]) for name in wanted}
