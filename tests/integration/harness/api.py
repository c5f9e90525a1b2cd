"""The admin API as its clients see it: requests with a token, and answers held to their schemas."""
import http.client
import json
from pathlib import Path

from harness.wait import patient

TOKEN = "a-token-that-nobody-guesses"


def token_file(directory):
    path = Path(directory) / "token"
    path.write_text(TOKEN + "\n")
    return str(path)


class Api:
    """Of one running weir. An answer that is not as the description says fails the test."""

    def __init__(self, running):
        self.running = running
        self.document = running.json("/api/v1/openapi.json")

    def request(self, method, path, body=None, token=TOKEN, headers=None, raw=None):
        """(status, text) of one request."""
        host, _, port = self.running.admin.rpartition(":")
        connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=patient(10))
        sent = dict(headers or {})
        if token:
            sent.setdefault("Authorization", f"Bearer {token}")
        if body is not None:
            raw = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=raw, headers=sent)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def read(self, path):
        return self._expect("GET", path, None)

    def put(self, path, body):
        return self._expect("PUT", path, body)

    def delete(self, path):
        return self._expect("DELETE", path, None)

    def _expect(self, method, path, body):
        status, text = self.request(method, path, body)
        assert status == 200, f"{method} {path}: {status} {text[:300]}"
        answer = json.loads(text)
        schema = self.operation(method, path)["responses"]["200"]["content"]["application/json"]
        faults = list(faults_of(answer, schema["schema"], self.document, ""))
        assert not faults, f"{method} {path} is not as described: {faults[:5]}"
        return answer

    def operation(self, method, path):
        parts = path.partition("?")[0].split("/")
        for pattern, operations in self.document["paths"].items():
            wanted = pattern.split("/")
            if len(wanted) == len(parts) and all(
                want == part or want.startswith("{") for want, part in zip(wanted, parts)
            ):
                return operations[method.lower()]
        raise AssertionError(f"{path} is not described")

    # Shorter words for what tests do most

    def backend(self, pool, name):
        for each in self.read("/api/v1/pools")["pools"]:
            if each["name"] == pool:
                return next(one for one in each["backends"] if one["name"] == name)
        raise AssertionError(f"no pool {pool}")

    def set_state(self, pool, backend, state, **more):
        path = f"/api/v1/pools/{pool}/backends/{backend}/state"
        return self.put(path, {"state": state, **more})

    def set_weight(self, pool, backend, weight):
        return self.put(f"/api/v1/pools/{pool}/backends/{backend}/weight", {"weight": weight})


_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def faults_of(value, schema, document, place):
    """How a value differs from an OpenAPI 3.0 schema: the part of them that ours uses."""
    if "$ref" in schema:
        schema = resolved(schema["$ref"], document)
    if value is None:
        if not schema.get("nullable"):
            yield f"{place}: null"
        return
    for part in schema.get("allOf", ()):
        yield from faults_of(value, part, document, place)
    kind = schema.get("type")
    is_truth = isinstance(value, bool)
    if kind and (not isinstance(value, _TYPES[kind]) or is_truth != (kind == "boolean")):
        yield f"{place}: {value!r} is not of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if kind == "array":
        for index, item in enumerate(value):
            yield from faults_of(item, schema["items"], document, f"{place}[{index}]")
    if kind == "object":
        yield from _faults_of_object(value, schema, document, place)


def _faults_of_object(value, schema, document, place):
    properties = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name}: missing"
    for name, item in value.items():
        if name in properties:
            yield from faults_of(item, properties[name], document, f"{place}.{name}")
        elif more is False:
            yield f"{place}.{name}: not described"
        elif isinstance(more, dict):
            yield from faults_of(item, more, document, f"{place}.{name}")


def resolved(reference, document):
    found = document
    for part in reference.lstrip("#/").split("/"):
        found = found[part]
    return found
