#!/usr/bin/env python3
"""Walks every declared route of a real server: route_walk.py --crannog BINARY [FILTER].

Each route is asked (1) without a token: only public ones may answer anything but 401; (2) as a user who is no administrator: admin
routes answer 403; (3) with a body that is no JSON and (4) with values of wrong types and absent things: the answer is an error of
the client's (4xx, or 501 for what is not built), JSON, and never a 5xx. Ends with `N passed, N failed`, one per route.
"""
import argparse
import http.client
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from crannog_server import CrannogServer  # noqa: E402

ABSENT = "does-not-exist-7"
WRONG = {"string": 7, "integer": "seven", "number": "seven", "boolean": "perhaps", "array": "list", "object": 7}


class Walk:
    def __init__(self, server, document):
        self.server, self.document = server, document
        self.connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)

    def ask(self, method, path, token, body=None):
        headers = {"Authorization": "Bearer " + token} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer, answer.read()
        except (http.client.HTTPException, OSError):
            self.connection.close()
            raise

    def wrong_body(self, operation):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        schema = self.document["components"]["schemas"].get(content.get("$ref", "").rsplit("/", 1)[-1], content)
        return {name: WRONG.get(value.get("type", "object"), 7) for name, value in schema.get("properties", {}).items()
                if value.get("type") or "$ref" in value}

    def problems(self, pattern, method, operation, user_token):
        path = re.sub(r"\{[^}]*\}", lambda hole: "/" + ABSENT if pattern[hole.start() - 1] != "/" else ABSENT, pattern)
        access, token, out = operation["x-crannog-access"], self.server.token, []

        def expect(what, answer, body, allowed):
            if not allowed(answer.status):
                out.append(f"{what}: {answer.status} {body[:300].decode(errors='replace')}")
            elif answer.status >= 400 and method != "HEAD" and "json" not in answer.headers.get("Content-Type", ""):
                out.append(f"{what}: an error that is no JSON")

        answer, body = self.ask(method, path, None)
        if access == "public":
            expect("anonymous", answer, body, lambda status: status < 500 or status == 501)
        else:
            expect("anonymous", answer, body, lambda status: status == 401)
        if access == "admin":
            answer, body = self.ask(method, path, user_token)
            expect("no administrator", answer, body, lambda status: status == 403)
        if access == "public":
            return out
        no_server_error = (lambda status: status < 500 or status == 501)
        if method in ("POST", "PUT", "PATCH"):
            answer, body = self.ask(method, path, token, b'{"a": ')
            expect("broken JSON", answer, body, no_server_error)
            if "requestBody" in operation:
                wrong = self.wrong_body(operation)
                answer, body = self.ask(method, path, token, json.dumps(wrong).encode())
                expect("wrong types", answer, body, (lambda s: 400 <= s < 500 or s == 501) if wrong else no_server_error)
                answer, body = self.ask(method, path, token, b"[]")
                expect("a list", answer, body, no_server_error)
                answer, body = self.ask(method, path, token, b"{}")
                expect("an empty body", answer, body, no_server_error)
        else:
            answer, body = self.ask(method, path, token)
            expect("absent", answer, body, no_server_error)
            query = "&".join(f"{p['name']}=%00%ff'" for p in operation.get("parameters", []) if p["in"] == "query")
            answer, body = self.ask(method, f"{path}?{query}", token)
            expect("strange query", answer, body, no_server_error)
        return out


def user_without_rights(server):
    """A user's own token: the administrator makes the user, then a token on its behalf."""
    client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    headers = {"Authorization": "Bearer " + server.token}

    def call(path, body):
        client.request("POST", path, json.dumps(body), headers)
        return json.loads(client.getresponse().read())
    robot = call("/api/2.0/preview/scim/v2/ServicePrincipals", {"displayName": "walker"})
    made = call("/api/2.0/token-management/on-behalf-of/tokens", {"application_id": robot["applicationId"], "comment": "walk"})
    return made["token_value"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crannog", required=True)
    parser.add_argument("filter", nargs="?", default="")
    arguments = parser.parse_args()
    passed = failed = 0
    with CrannogServer(arguments.crannog, "--log-requests=false") as server:
        client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        client.request("GET", "/api/openapi.json", headers={"Authorization": "Bearer " + server.token})
        document = json.loads(client.getresponse().read())
        walk, user_token = Walk(server, document), user_without_rights(server)
        for pattern, operations in document["paths"].items():
            for method, operation in operations.items():
                name = f"{method.upper()} {pattern}"
                if arguments.filter not in name:
                    continue
                try:
                    problems = walk.problems(pattern, method.upper(), operation, user_token)
                except (OSError, http.client.HTTPException) as failure:
                    problems = [f"the connection broke: {failure!r}"]
                # What a contract declares but the composition does not serve yet is not this walk's matter.
                if problems and all("No API found" in p or "is not served" in p or "is not implemented" in p for p in problems):
                    continue
                passed, failed = passed + (not problems), failed + bool(problems)
                if problems:
                    print(f"FAILED {name} ({operation['operationId']})\n  " + "\n  ".join(problems))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
