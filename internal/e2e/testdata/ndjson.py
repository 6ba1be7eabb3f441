"""Holds each line of an answer in NDJSON to the schema that openapi.json has for it: as a check of schemathesis, which reads JSON
alone, and by itself: ndjson.py METHOD PATH < answer. What was looked at is noted in the file that NDJSON_LINES names."""

import json
import os
import sys

import jsonschema_rs

with open("openapi.json", encoding="utf-8") as file:
    document = json.load(file)


def look(method, path, status, text):
    responses = document["paths"][path][method.lower()]["responses"]
    media = responses.get(str(status), {}).get("content", {}).get("application/x-ndjson")
    if media is None:
        raise AssertionError("an answer in NDJSON that is not described as one")
    schema = {**media["schema"], "components": document["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    lines = text.splitlines()
    for n, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
        except ValueError as err:
            raise AssertionError(f"line {n} is no JSON: {err}: {line[:200]}") from err
        for fault in validator.iter_errors(value):
            raise AssertionError(f"line {n}: {fault.instance_path}: {fault.message}: {line[:200]}")
    with open(os.environ["NDJSON_LINES"], "a", encoding="utf-8") as out:
        out.write(f"{method.upper()} {path} {len(lines)}\n")


if __name__ == "__main__":
    look(sys.argv[1], sys.argv[2], 200, sys.stdin.read())
else:
    import schemathesis

    @schemathesis.check
    def ndjson_lines(ctx, response, case):
        if response.headers.get("content-type", [""])[0].split(";")[0] == "application/x-ndjson":
            look(case.operation.method, case.operation.path, response.status_code, response.content.decode("utf-8"))
