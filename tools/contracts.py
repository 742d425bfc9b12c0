#!/usr/bin/env python3
"""Reads the contracts in api/*.proto and writes what follows from them.

  contracts.py cpp FILE.proto HEADER SOURCE   structs, JSON coding, service interface, route registration
  contracts.py openapi OUTPUT FILE.proto...   one OpenAPI 3.0 document
  contracts.py coverage OUTPUT KNOWN FILE.proto...   which of the known Databricks paths are served (Markdown)
  contracts.py known OUTPUT KNOWN             the known paths as a C++ table
  contracts.py routes FILE.proto...           method, path, access, audit: one line each

The language is the subset of proto3 that docs/adr/0003-contracts.md describes. A mistake ends with FILE:LINE: what is wrong.
"""
import json
import pathlib
import re
import sys

SCALARS = {
    "string": "std::string", "bool": "bool", "int32": "int32_t", "int64": "int64_t", "uint32": "uint32_t",
    "uint64": "uint64_t", "float": "float", "double": "double", "bytes": "http::Bytes",
    "google.protobuf.Value": "JsonValue", "google.protobuf.Struct": "JsonValue::Object",
    "google.protobuf.ListValue": "std::vector<JsonValue>",
}
CPP_WORDS = set("""alignas and asm auto bool break case catch char class const continue default delete do double else enum
explicit export extern false float for friend goto if inline int long mutable namespace new not nullptr operator or private
protected public register return short signed sizeof static struct switch template this throw true try typedef typename union
unsigned using virtual void volatile while xor concept requires""".split())
METHODS = {"GET": "kGet", "HEAD": "kHead", "POST": "kPost", "PUT": "kPut", "PATCH": "kPatch", "DELETE": "kDelete",
           "OPTIONS": "kOptions"}
ACCESS = {"public": "kPublic", "user": "kSignedIn", "admin": "kAdmin"}
ERROR_STYLES = {"databricks": "kDatabricks", "scim": "kScim", "oauth": "kOAuth", "mlflow": "kMlflow", "sharing": "kSharing",
                "iceberg": "kIceberg"}
METHOD_OPTIONS = {"route", "access", "audit", "run", "raw", "body", "response_body", "status", "errors", "content_type",
                  "deadline", "body_bytes_max", "privilege", "stability"}
SERVICE_OPTIONS = {"errors", "content_type"}
FIELD_OPTIONS = {"required", "always", "secret", "json_name", "deprecated"}


class ContractError(Exception):
    pass


class Node:
    def __init__(self, name, doc, line):
        self.name, self.doc, self.line, self.options = name, doc, line, {}


class Enum(Node):
    def __init__(self, *args):
        super().__init__(*args)
        self.values = []  # (name, number, doc)


class Field(Node):
    kind = None  # "scalar", "enum", "message"

    def __init__(self, name, doc, line, type_name, label):
        super().__init__(name, doc, line)
        self.type_name, self.label, self.oneof, self.boxed = type_name, label, None, False

    @property
    def key(self):
        return self.options.get("json_name", self.name)

    @property
    def cpp_name(self):
        return self.name + "_" if self.name in CPP_WORDS else self.name


class Message(Node):
    def __init__(self, *args):
        super().__init__(*args)
        self.fields = []


class Method(Node):
    def __init__(self, name, doc, line, request, response):
        super().__init__(name, doc, line)
        self.request, self.response = request, response

    @property
    def routes(self):
        return [tuple(r.split(" ", 1)) for r in self.options["route"]]


class Service(Node):
    def __init__(self, *args):
        super().__init__(*args)
        self.methods = []


TOKEN = re.compile(r"""(?P<space>[ \t\r]+)|(?P<newline>\n)|(?P<comment>//[^\n]*)|(?P<block>/\*.*?\*/)
    |(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<number>-?[0-9][0-9xXa-fA-F.]*)|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<mark>[{}()\[\]<>=;,])""",
                   re.X | re.S)


class Parser:
    """One file: self.package, .imports, .messages, .enums, .service."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.text = self.path.read_text()
        self.tokens, self.at = [], 0
        self.package, self.imports, self.messages, self.enums, self.service, self.doc = "", [], [], [], None, ""
        self.scan()
        self.parse()

    def fail(self, line, what):
        raise ContractError(f"{self.path}:{line}: {what}")

    def scan(self):
        line, position, doc, fresh = 1, 0, [], True
        while position < len(self.text):
            match = TOKEN.match(self.text, position)
            if not match:
                self.fail(line, f"cannot read {self.text[position:position + 20]!r}")
            position, kind, value = match.end(), match.lastgroup, match.group()
            if kind == "newline":
                if fresh:
                    if self.tokens == [] and doc and not self.doc:
                        self.doc = " ".join(doc)
                    doc = []
                line, fresh = line + 1, True
                continue
            if kind == "comment":
                text = value.lstrip("/").strip()
                if fresh or not self.tokens:
                    doc.append(text)
                elif self.tokens:
                    self.tokens[-1][3] += (" " if self.tokens[-1][3] else "") + text
                fresh = False if not fresh else fresh
                # A comment alone on its line belongs to what follows.
                if self.text[position:position + 1] == "\n":
                    position, line = position + 1, line + 1
                    fresh = True
                continue
            if kind in ("space", "block"):
                line += value.count("\n")
                continue
            self.tokens.append([kind, value, line, "", " ".join(doc)])
            doc, fresh = [], False
        self.tokens.append(["end", "", line, "", ""])

    def peek(self):
        return self.tokens[self.at][1]

    def line(self):
        return self.tokens[self.at][2]

    def doc_here(self):
        return self.tokens[self.at][4]

    def take(self, expected=None):
        kind, value, line, _, _ = self.tokens[self.at]
        if expected is not None and value != expected:
            self.fail(line, f"expected {expected!r}, found {value!r}")
        if kind == "end":
            self.fail(line, "the file ends too early")
        self.at += 1
        return value

    def word(self):
        if self.tokens[self.at][0] != "word":
            self.fail(self.line(), f"expected a name, found {self.peek()!r}")
        return self.take()

    def constant(self):
        kind, value, line, _, _ = self.tokens[self.at]
        self.take()
        if kind == "string":
            text = json.loads(value)
            while self.tokens[self.at][0] == "string":
                text += json.loads(self.take())
            return text
        if kind == "number":
            return int(value, 0)
        if value in ("true", "false"):
            return value == "true"
        return value

    def option(self, allowed):
        """After the word `option`: (name) = value;  Gives name and value."""
        line = self.line()
        if self.peek() == "(":
            self.take()
            name = self.word()
            self.take(")")
        else:
            name = self.word()
        name = name.split(".")[-1]
        if allowed is not None and name not in allowed:
            self.fail(line, f"unknown option {name}; known: {', '.join(sorted(allowed))}")
        self.take("=")
        value = self.constant()
        self.take(";")
        return name, value

    def parse(self):
        while self.tokens[self.at][0] != "end":
            doc, line, word = self.doc_here(), self.line(), self.take()
            if word == "syntax":
                self.take("=")
                if self.constant() != "proto3":
                    self.fail(line, "only proto3 is read")
                self.take(";")
            elif word == "package":
                self.package = self.word()
                self.take(";")
            elif word == "import":
                self.imports.append(self.constant())
                self.take(";")
            elif word == "option":
                self.option(None)
            elif word == "message":
                self.message("", doc, line)
            elif word == "enum":
                self.enum("", doc, line)
            elif word == "service":
                if self.service:
                    self.fail(line, "one service per file")
                self.parse_service(doc, line)
            else:
                self.fail(line, f"unexpected {word!r}")

    def enum(self, prefix, doc, line):
        enum = Enum(prefix + self.word(), doc, line)
        self.take("{")
        while self.peek() != "}":
            doc = self.doc_here()
            name = self.word()
            if name == "option":
                self.option(None)
                continue
            self.take("=")
            number = self.constant()
            self.take(";")
            enum.values.append((name, number, doc or self.tokens[self.at - 1][3]))
        self.take("}")
        if not enum.values or enum.values[0][1] != 0:
            self.fail(line, f"enum {enum.name}: the first value must be 0")
        self.enums.append(enum)

    def message(self, prefix, doc, line):
        message = Message(prefix + self.word(), doc, line)
        self.take("{")
        self.members(message, None)
        self.messages.append(message)

    def members(self, message, oneof):
        while self.peek() != "}":
            doc, line = self.doc_here(), self.line()
            word = self.word()
            if word == "message" and self.tokens[self.at + 1][1] == "{":
                self.message(message.name, doc, line)
            elif word == "enum" and self.tokens[self.at + 1][1] == "{":
                self.enum(message.name, doc, line)
            elif word == "option":
                self.option(None)
            elif word == "reserved":
                while self.take() != ";":
                    pass
            elif word == "oneof":
                name = self.word()
                self.take("{")
                self.members(message, name)
            else:
                self.field(message, word, oneof, doc, line)
        self.take("}")

    def field(self, message, word, oneof, doc, line):
        label = ""
        if word in ("optional", "repeated"):
            label, word = word, self.word()
        if word == "map":
            self.take("<")
            if self.word() != "string":
                self.fail(line, "map keys are strings")
            self.take(",")
            word, label = self.word(), "map"
            self.take(">")
        name = self.word()
        field = Field(name, doc, line, word, label)
        field.oneof = oneof
        self.take("=")
        self.constant()
        if self.peek() == "[":
            self.take()
            while True:
                bracket = self.peek() == "("
                if bracket:
                    self.take("(")
                option = self.word().split(".")[-1]
                if bracket:
                    self.take(")")
                if option not in FIELD_OPTIONS:
                    self.fail(line, f"unknown field option {option}; known: {', '.join(sorted(FIELD_OPTIONS))}")
                self.take("=")
                field.options[option] = self.constant()
                if self.take() == "]":
                    break
        self.take(";")
        field.doc = field.doc or self.tokens[self.at - 1][3]
        if any(f.name == name or f.key == field.key for f in message.fields):
            self.fail(line, f"{message.name} has two fields {name}")
        message.fields.append(field)

    def parse_service(self, doc, line):
        self.service = Service(self.word(), doc, line)
        self.take("{")
        while self.peek() != "}":
            doc, line, word = self.doc_here(), self.line(), self.take()
            if word == "option":
                name, value = self.option(SERVICE_OPTIONS)
                self.service.options[name] = value
                continue
            if word != "rpc":
                self.fail(line, f"unexpected {word!r} in a service")
            name = self.word()
            self.take("(")
            request = self.word()
            self.take(")")
            self.take("returns")
            self.take("(")
            response = self.word()
            self.take(")")
            method = Method(name, doc, line, request, response)
            self.take("{")
            while self.peek() != "}":
                self.take("option")
                option, value = self.option(METHOD_OPTIONS)
                if option == "route":
                    method.options.setdefault("route", []).append(value)
                else:
                    method.options[option] = value
            self.take("}")
            if self.peek() == ";":
                self.take()
            self.service.methods.append(method)
        self.take("}")


def options_conflict(method):
    if method.options.get("run") == "inline" and (method.options["audit"] or "raw" in method.options):
        return "an inline method is neither audited nor raw: both may block"
    return ""


class Contract:
    """A parsed file with its names resolved and its rules checked."""

    def __init__(self, path):
        self.file = Parser(path)
        self.stem = self.file.path.stem
        if not self.file.package:
            self.file.fail(1, "a package is needed: it is the C++ namespace")
        self.namespace = self.file.package.replace(".", "::")
        self.imports = [Contract(self.file.path.parent / i) for i in self.file.imports
                        if not i.startswith("google/protobuf/") and i != "options.proto"]
        self.messages = {m.name: m for m in self.file.messages}
        self.enums = {e.name: e for e in self.file.enums}
        for name in self.messages:
            if name in self.enums:
                self.file.fail(self.messages[name].line, f"{name} is both a message and an enum")
        self.resolve()
        self.check()

    def find(self, name, scope=""):
        """Gives (kind, C++ name, node) of a type named in a message's scope."""
        if name in SCALARS:
            return "scalar", SCALARS[name], None
        flat = name.replace(".", "")
        while True:
            for kind, table in (("message", self.messages), ("enum", self.enums)):
                if scope + flat in table:
                    return kind, scope + flat, table[scope + flat]
            if not scope:
                break
            outer = [m for m in self.messages if scope.startswith(m) and m != scope]
            scope = max(outer, key=len) if outer else ""
        for imported in self.imports:
            short = name[len(imported.file.package) + 1:] if name.startswith(imported.file.package + ".") else name
            found = imported.find(short) if short not in SCALARS else None
            if found:
                return found[0], f"{imported.namespace}::{found[1]}" if "::" not in found[1] else found[1], found[2]
        return None

    def resolve(self):
        for message in self.file.messages:
            for field in message.fields:
                found = self.find(field.type_name, message.name)
                if not found:
                    self.file.fail(field.line, f"unknown type {field.type_name}")
                field.kind, field.cpp_type, field.node = found
        # A single message field from which its own message can be reached again needs a box.
        for message in self.file.messages:
            for field in message.fields:
                if field.kind == "message" and field.label in ("", "optional"):
                    field.boxed = self.reaches(field.node, message, set())

    def reaches(self, start, goal, seen):
        if start is goal:
            return True
        if start.name in seen:
            return False
        seen.add(start.name)
        return any(f.kind == "message" and f.label in ("", "optional") and self.reaches(f.node, goal, seen)
                   for f in start.fields)

    def check(self):
        service = self.file.service
        if not service:
            return
        fail = self.file.fail
        seen = {}
        for method in service.methods:
            where = f"{service.name}.{method.name}"
            for need in ("route", "access", "audit"):
                if need not in method.options:
                    fail(method.line, f"{where} does not say ({need})")
            if not method.doc:
                fail(method.line, f"{where} has no comment that says what it does")
            if method.options["access"] not in ACCESS:
                fail(method.line, f"{where}: access is one of {', '.join(ACCESS)}")
            style = method.options.get("errors", service.options.get("errors", "databricks"))
            if style not in ERROR_STYLES:
                fail(method.line, f"{where}: errors is one of {', '.join(ERROR_STYLES)}")
            if method.options.get("run", "worker") not in ("worker", "inline"):
                fail(method.line, f"{where}: run is worker or inline")
            if method.options.get("raw", "") not in ("", "buffer", "stream"):
                fail(method.line, f"{where}: raw is buffer or stream")
            raw = "raw" in method.options
            for type_name in (method.request, method.response):
                if type_name == "google.protobuf.Empty":
                    continue
                if type_name not in self.messages:
                    fail(method.line, f"{where}: unknown message {type_name}")
            for route in method.options["route"]:
                if not re.fullmatch(r"[A-Z]+ /\S*", route) or route.split(" ")[0] not in METHODS:
                    fail(method.line, f"{where}: a route is METHOD and path, not {route!r}")
                if re.search(r"=\*\*\}.*\{", route) or re.search(r"\{[^/]*\{", route):
                    fail(method.line, f"{where}: {route}: one hole per segment, and none after a tail")
                if options_conflict(method):
                    fail(method.line, f"{where}: {options_conflict(method)}")
                shape = re.sub(r"\{[^}]*\}", "{}", route)
                if shape in seen:
                    fail(method.line, f"{where}: {route} is the route of {seen[shape]} too")
                seen[shape] = where
                if raw or method.request == "google.protobuf.Empty":
                    continue
                for hole in re.findall(r"\{([a-z_A-Z0-9.]+)(?:=\*\*)?\}", route):
                    keys = {f.key: f for f in self.messages[method.request].fields}
                    if hole.split(".")[0] not in keys:
                        fail(method.line, f"{where}: {method.request} has no field for the hole {{{hole}}}")
        for message in self.file.messages:
            for field in message.fields:
                if field.options.get("required") and field.label == "" and field.kind == "scalar" and \
                        field.type_name not in ("string", "bytes") and not field.type_name.startswith("google"):
                    fail(field.line, f"{message.name}.{field.name}: a required number is declared optional, "
                                     "else absence cannot be seen")


# C++

def quoted(text):
    return json.dumps(text, ensure_ascii=True)


def camel(name):
    return "".join(part[:1].upper() + part[1:].lower() for part in name.split("_") if part) if name.upper() == name \
        else name[:1].upper() + name[1:]


def enumerator(name):
    words = camel(name)
    return "k" + (words if words[:1].isalpha() else "_" + words)


def field_type(field):
    base = field.cpp_type
    if field.label == "repeated":
        return f"std::vector<{base}>"
    if field.label == "map":
        return f"std::map<std::string, {base}>"
    if field.kind == "message":
        return f"http::Box<{base}>" if field.boxed else f"std::optional<{base}>"
    if (field.label == "optional" or field.oneof) and base != "JsonValue":
        return f"std::optional<{base}>"
    return base


def initializer(field):
    if field.label or field.oneof or field.kind == "message":
        return ""
    if field.kind == "enum":
        return f" = {field.cpp_type}::{enumerator(field.node.values[0][0])}"
    return {"bool": " = false"}.get(field.type_name, " = 0" if field.cpp_type.endswith("_t") or
                                    field.type_name in ("float", "double") else "")


def ordered(contract):
    """Messages so that every one stands after those it holds by value."""
    done, out = set(), []

    def visit(message):
        if message.name in done:
            return
        done.add(message.name)
        for field in message.fields:
            if field.kind == "message" and field.node.name in contract.messages and not field.boxed and \
                    field.label in ("", "optional"):
                visit(field.node)
        out.append(message)
    for message in contract.file.messages:
        visit(message)
    return out


def comment(text, indent):
    return [f"{indent}/// {text}"] if text else []


def holds_secret(message, seen=None):
    seen = seen if seen is not None else set()
    if message.name in seen:
        return False
    seen.add(message.name)
    return any(f.options.get("secret") or (f.kind == "message" and holds_secret(f.node, seen)) for f in message.fields)


def request_type(method):
    return None if method.request == "google.protobuf.Empty" else method.request


def header(contract):
    out = [f"// Generated by tools/contracts.py from api/{contract.file.path.name}; edit that.", "#pragma once", "",
           "#include <cstdint>", "#include <map>", "#include <optional>", "#include <string>", "#include <string_view>",
           "#include <vector>", "", '#include "base/json.h"', '#include "http/contract.h"', '#include "http/router.h"']
    out += [f'#include "api/{i.stem}.h"' for i in contract.imports]
    out += ["", f"namespace crannog::{inner(contract)} {{", ""]
    for enum in contract.file.enums:
        out += comment(enum.doc, "")
        out.append(f"enum class {enum.name} {{")
        for name, number, doc in enum.values:
            out.append(f"  {enumerator(name)} = {number},{'  // ' + doc if doc else ''}")
        out += ["};", f"std::string_view EnumeratorName({enum.name} value);",
                f"bool FindEnumerator(std::string_view name, {enum.name}& out);",
                f"std::string_view EnumeratorNames({enum.name});", ""]
    messages = ordered(contract)
    for message in messages:
        out.append(f"struct {message.name};")
    out.append("" if messages else "")
    for message in messages:
        out += comment(message.doc, "")
        out.append(f"struct {message.name} {{")
        for field in message.fields:
            out += comment(field.doc, "  ")
            out.append(f"  {field_type(field)} {field.cpp_name}{initializer(field)};")
        out += ["", f"  bool operator==(const {message.name}&) const = default;", "};", ""]
    for message in messages:
        out += [f"Result<> ReadMembers(const JsonValue& json, const http::FieldPath& path, {message.name}& out);",
                f"void AppendMembers(std::string& out, const {message.name}& value);",
                f"Result<> CheckMembers(const {message.name}& value, const http::FieldPath& path);"]
        if holds_secret(message):
            out.append(f"void Redact({message.name}& value);")
    service = contract.file.service
    if service:
        out.append("")
        out += comment(service.doc, "")
        out += [f"class {service.name} {{", " public:", f"  virtual ~{service.name}() = default;"]
        for method in service.methods:
            routes = ", ".join(method.options["route"])
            out.append(f"  /// {method.doc}")
            out.append(f"  /// {routes}")
            if "raw" in method.options:
                out.append(f"  virtual Result<http::Response> {method.name}(const http::Caller& caller, http::Request& request) = 0;")
                continue
            response = "void" if method.response == "google.protobuf.Empty" else method.response
            argument = f", const {method.request}& request" if request_type(method) else ""
            returns = "Result<>" if response == "void" else f"Result<{response}>"
            out.append(f"  virtual {returns} {method.name}(const http::Caller& caller{argument}) = 0;")
        out += ["};", "", "/// Adds every route of the service; `service` outlives the router.",
                f"void Register{service.name}(http::Router& router, {service.name}& service);"]
    out += ["", f"}}  // namespace crannog::{inner(contract)}", ""]
    return "\n".join(out)


def inner(contract):
    name = contract.namespace
    return name[len("crannog::"):] if name.startswith("crannog::") else name


def read_members(message):
    names = {o for o in (f.oneof for f in message.fields) if o}
    out = [f"Result<> ReadMembers(const JsonValue& json, const http::FieldPath& path, {message.name}& out) {{"]
    out.append("  for (const auto& [key, value] : json.AsObject()) {")
    # JSON null leaves a field absent, except where any JSON value is allowed.
    word = "if"
    for field in message.fields:
        null = "" if field.type_name == "google.protobuf.Value" and not field.label else " && !value.IsNull()"
        out.append(f"    {word} (key == {quoted(field.key)}{null}) {{")
        out.append(f"      TRY(http::contract::ReadField(value, http::FieldPath(path, key), out.{field.cpp_name}));")
        word = "} else if"
    out.append("    }" if message.fields else "    (void)key, (void)value;")
    out.append("  }")
    if not message.fields:
        out.append("  (void)path, (void)out;")
    for oneof in sorted(names):
        members = [f for f in message.fields if f.oneof == oneof]
        count = " + ".join(f"int{{{present(f)}}}" for f in members)
        labels = ", ".join(f.key for f in members)
        out.append(f"  if ({count} > 1) return Failure(http::contract::TwoOfOneof(path, {quoted(labels)}));")
    out += ["  return {};", "}", ""]
    return out


def present(field, owner="out"):
    if field.label in ("repeated", "map") or field_type(field) == "JsonValue::Object":
        return f"!{owner}.{field.cpp_name}.empty()"
    if field_type(field) == "JsonValue":
        return f"!{owner}.{field.cpp_name}.IsNull()"
    return f"{owner}.{field.cpp_name}.has_value()"


def append_members(message):
    out = [f"void AppendMembers(std::string& out, const {message.name}& value) {{"]
    for field in message.fields:
        always = ", http::contract::Empty::kWrite" if field.options.get("always") else ""
        key = quoted(quoted(field.key) + ":")
        out.append(f"  http::contract::AppendField(out, {key}, value.{field.cpp_name}{always});")
    if not message.fields:
        out.append("  (void)out, (void)value;")
    return out + ["}", ""]


def needs_check(message, seen=None):
    seen = seen if seen is not None else set()
    if message.name in seen:
        return False
    seen.add(message.name)
    return any(f.options.get("required") or (f.kind == "message" and needs_check(f.node, seen)) for f in message.fields)


def check_members(message):
    out = [f"Result<> CheckMembers(const {message.name}& value, const http::FieldPath& path) {{"]
    for field in message.fields:
        here = f"http::FieldPath(path, {quoted(field.key)})"
        if field.options.get("required"):
            if field.kind == "scalar" and not field.label and not field.oneof and field.type_name == "string":
                absent = f"value.{field.cpp_name}.empty()"
            elif field.kind == "scalar" and not field.label and not field.oneof and field.type_name == "bytes":
                absent = f"value.{field.cpp_name}.data.empty()"
            elif field.kind == "enum" and not field.label and not field.oneof:
                absent = f"EnumeratorName(value.{field.cpp_name}).empty()"
            else:
                absent = "!(" + present(field, "value") + ")"
            out.append(f"  if ({absent}) return Failure(http::contract::MissingField({here}));")
        if field.kind == "message" and needs_check(field.node):
            member = f"value.{field.cpp_name}"
            if field.label == "repeated":
                out.append(f"  for (size_t i = 0; i < {member}.size(); ++i) {{")
                out.append(f"    const http::FieldPath list = {here};")
                out.append(f"    TRY(CheckMembers({member}[i], http::FieldPath(list, static_cast<int64_t>(i))));")
                out.append("  }")
            elif field.label == "map":
                out.append(f"  for (const auto& [key, element] : {member}) {{")
                out.append(f"    const http::FieldPath map = {here};")
                out.append("    TRY(CheckMembers(element, http::FieldPath(map, key)));")
                out.append("  }")
            else:
                out.append(f"  if ({member}.has_value()) TRY(CheckMembers(*{member}, {here}));")
    if not any("value" in line for line in out[1:]):
        out.append("  (void)value, (void)path;")
    return out + ["  return {};", "}", ""]


def redact(message):
    out = [f"void Redact({message.name}& value) {{"]
    for field in message.fields:
        member = f"value.{field.cpp_name}"
        if field.options.get("secret"):
            if field.type_name == "string" and field.label in ("", "optional"):
                test = f"{member}.has_value()" if field_type(field).startswith("std::optional") else f"!{member}.empty()"
                out.append(f"  if ({test}) {member} = \"***\";")
            else:
                out.append(f"  {member} = {{}};")
        elif field.kind == "message" and holds_secret(field.node):
            if field.label == "repeated":
                out.append(f"  for (auto& element : {member}) Redact(element);")
            elif field.label == "map":
                out.append(f"  for (auto& [key, element] : {member}) Redact(element);")
            else:
                out.append(f"  if ({member}.has_value()) Redact(*{member});")
    return out + ["}", ""]


def register(contract):
    service = contract.file.service
    out = [f"void Register{service.name}(http::Router& router, {service.name}& service) {{"]
    for method in service.methods:
        options = method.options
        raw = options.get("raw")
        message = contract.messages.get(method.request)
        out.append("  {")
        if raw:
            out.append("    auto handler = [&service](const http::Caller& caller, http::Request& request) -> Result<http::Response> {")
            out.append(f"      return service.{method.name}(caller, request);")
        else:
            empty_request = not message
            name = "" if empty_request and options["audit"] is False else " request"
            out.append(f"    auto handler = [&service](const http::Caller& caller, http::Request&{' request' if message else ''}) -> Result<http::Response> {{")
            argument = ""
            if message:
                body = f", {quoted(options['body'])}" if "body" in options else ""
                out.append(f"      {message.name} message;")
                out.append(f"      TRY(http::contract::ReadRequest(request, message{body}));")
                if options["audit"]:
                    if holds_secret(message):
                        out.append("      auto shown = message;")
                        out.append("      Redact(shown);")
                        out.append("      request.audit_parameters = http::ToJson(shown);")
                    else:
                        out.append("      request.audit_parameters = http::ToJson(message);")
                argument = ", message"
            status = f", {options['status']}" if "status" in options else ""
            call = f"service.{method.name}(caller{argument})"
            if method.response == "google.protobuf.Empty":
                out.append(f"      TRY({call});")
                json_text = '"{}"'
            else:
                out.append(f"      TRY({method.response} answer, {call});")
                json_text = f"http::ToJson(answer.{options['response_body']})" if "response_body" in options else "http::ToJson(answer)"
            content_type = options.get("content_type", service.options.get("content_type"))
            if options.get("status") == 204:
                out.append("      http::Response response;")
                out.append("      response.status = 204;")
                out.append("      return response;")
            elif content_type:
                out.append(f"      return http::TextResponse({json_text}, {quoted(content_type)}{status});")
            else:
                out.append(f"      return http::JsonResponse({json_text}{status});")
        out.append("    };")
        style = ERROR_STYLES[options.get("errors", service.options.get("errors", "databricks"))]
        for verb, pattern in method.routes:
            fields = [f".method = http::Method::{METHODS[verb]}", f".pattern = {quoted(pattern)}",
                      f".access = http::Access::{ACCESS[options['access']]}",
                      f".audit = http::Audit::{'kYes' if options['audit'] else 'kNo'}"]
            if options.get("run") == "inline":
                fields.append(".run_on = http::RunOn::kInline")
            if raw == "stream":
                fields.append(".body = http::BodyMode::kStream")
            if "body_bytes_max" in options:
                fields.append(f".body_bytes_max = {options['body_bytes_max']}")
            if options.get("deadline") is False or raw == "stream":
                fields.append(".has_deadline = false")
            if style != "kDatabricks":
                fields.append(f".errors = http::ErrorStyle::{style}")
            fields += [f".service = {quoted(service.name)}", f".action = {quoted(method.name)}",
                       f".doc = {quoted(method.doc)}", f".source = {quoted('api/' + contract.file.path.name)}",
                       ".handler = handler"]
            out.append("    router.Add({" + ",\n                ".join(fields) + "});")
        out.append("  }")
    return out + ["}", ""]


def source(contract):
    out = [f"// Generated by tools/contracts.py from api/{contract.file.path.name}; edit that.",
           f'#include "api/{contract.stem}.h"', "", f"namespace crannog::{inner(contract)} {{", ""]
    for enum in contract.file.enums:
        shown = [(n, v) for n, v, _ in enum.values if not (v == 0 and n.endswith("UNSPECIFIED"))]
        out.append(f"std::string_view EnumeratorName({enum.name} value) {{")
        out.append("  switch (value) {")
        for name, number, _ in enum.values:
            text = name if (name, number) in shown else ""
            out.append(f"    case {enum.name}::{enumerator(name)}: return {quoted(text)};")
        out += ["  }", '  return "";', "}", ""]
        out.append(f"bool FindEnumerator(std::string_view name, {enum.name}& out) {{")
        for name, _, _ in enum.values:
            out.append(f"  if (name == {quoted(name)}) return out = {enum.name}::{enumerator(name)}, true;")
        out += ["  return false;", "}", ""]
        out += [f"std::string_view EnumeratorNames({enum.name}) {{ return {quoted(', '.join(n for n, _ in shown))}; }}", ""]
    for message in ordered(contract):
        out += read_members(message) + append_members(message) + check_members(message)
        if holds_secret(message):
            out += redact(message)
    if contract.file.service:
        out += register(contract)
    out += [f"}}  // namespace crannog::{inner(contract)}", ""]
    return "\n".join(out)


# Documents

def schema_of(contract, field):
    scalars = {"string": {"type": "string"}, "bool": {"type": "boolean"}, "int32": {"type": "integer", "format": "int32"},
               "int64": {"type": "integer", "format": "int64"}, "uint32": {"type": "integer", "minimum": 0},
               "uint64": {"type": "integer", "minimum": 0}, "float": {"type": "number"}, "double": {"type": "number"},
               "bytes": {"type": "string", "format": "byte"}, "google.protobuf.Value": {},
               "google.protobuf.Struct": {"type": "object"}, "google.protobuf.ListValue": {"type": "array", "items": {}}}
    schema = scalars[field.type_name] if field.kind == "scalar" else {"$ref": "#/components/schemas/" + schema_name(contract, field.node)}
    if field.label == "repeated":
        schema = {"type": "array", "items": schema}
    elif field.label == "map":
        schema = {"type": "object", "additionalProperties": schema}
    if field.doc and "$ref" not in schema:
        schema = {**schema, "description": field.doc}
    return schema


def schema_name(contract, node):
    for candidate in [contract] + contract.imports:
        if node.name in candidate.messages or node.name in candidate.enums:
            return f"{candidate.stem}.{node.name}"
    return node.name


def openapi(contracts):
    paths, schemas = {}, {"Error": {"type": "object", "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}}}}
    for contract in contracts:
        for enum in contract.file.enums:
            schemas[f"{contract.stem}.{enum.name}"] = {"type": "string", "enum": [n for n, v, _ in enum.values
                                                       if not (v == 0 and n.endswith("UNSPECIFIED"))]}
        for message in contract.file.messages:
            schema = {"type": "object", "properties": {f.key: schema_of(contract, f) for f in message.fields}}
            if message.doc:
                schema["description"] = message.doc
            required = [f.key for f in message.fields if f.options.get("required")]
            if required:
                schema["required"] = required
            schemas[f"{contract.stem}.{message.name}"] = schema
        for method in contract.file.service.methods if contract.file.service else []:
            for index, (verb, pattern) in enumerate(method.routes):
                path = pattern.replace("=**}", "}")
                operation = {"operationId": f"{contract.file.service.name}_{method.name}" + (f"_{index + 1}" if index else ""),
                             "tags": [contract.file.service.name], "summary": method.doc,
                             "x-crannog-access": method.options["access"], "x-crannog-audit": method.options["audit"],
                             "responses": {str(method.options.get("status", 200)): {"description": "done"},
                                           "default": {"description": "error", "content": {"application/json": {
                                               "schema": {"$ref": "#/components/schemas/Error"}}}}}}
                if method.options["access"] == "public":
                    operation["security"] = []
                holes = re.findall(r"\{([^}]+)\}", path)
                message = contract.messages.get(method.request)
                fields = {f.key: f for f in message.fields} if message and "raw" not in method.options else {}
                parameters = [{"name": h, "in": "path", "required": True,
                               "schema": schema_of(contract, fields[h]) if h in fields else {"type": "string"}} for h in holes]
                rest = [f for f in fields.values() if f.key not in holes]
                if verb in ("GET", "DELETE", "HEAD"):
                    parameters += [{"name": f.key, "in": "query", "required": bool(f.options.get("required")),
                                    "schema": schema_of(contract, f)} for f in rest if f.kind != "message"]
                elif fields:
                    body = fields.get(method.options.get("body"))
                    schema = schema_of(contract, body) if body else {"$ref": f"#/components/schemas/{contract.stem}.{message.name}"}
                    operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
                if parameters:
                    operation["parameters"] = parameters
                if method.response in contract.messages and "raw" not in method.options:
                    operation["responses"][str(method.options.get("status", 200))]["content"] = {
                        "application/json": {"schema": {"$ref": f"#/components/schemas/{contract.stem}.{method.response}"}}}
                paths.setdefault(path, {})[verb.lower()] = operation
    return {"openapi": "3.0.3",
            "info": {"title": "Crannog", "version": "0.1.0", "license": {"name": "Apache-2.0"}},
            "security": [{"token": []}],
            "paths": dict(sorted(paths.items())),
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                           "schemas": dict(sorted(schemas.items()))}}


def known_paths(path):
    """Lines `METHOD PATH NAME` below `## service` headings. Gives (service, method, path, name)."""
    service, out = "", []
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith("## "):
            service = line[3:].strip()
        elif line.strip() and not line.startswith("#"):
            verb, pattern, *name = line.split()
            out.append((service, verb, pattern, name[0] if name else ""))
    return out


def shape(verb, pattern):
    """The path without the names of its holes and without its version, so that 2.0 and 2.1 compare."""
    return verb, re.sub(r"\{[^}]*\}", "{}", pattern)


def coverage(known, contracts):
    served = {}
    for contract in contracts:
        for method in contract.file.service.methods if contract.file.service else []:
            for verb, pattern in method.routes:
                served[shape(verb, pattern)] = f"{contract.file.service.name}.{method.name}"
    groups = {}
    for service, verb, pattern, name in known:
        groups.setdefault(service, []).append((verb, pattern, name, served.get(shape(verb, pattern))))
    total = sum(len(rows) for rows in groups.values())
    done = sum(1 for rows in groups.values() for row in rows if row[3])
    out = ["# Which Databricks endpoints are served", "",
           "Generated by `./dev docs` from `api/*.proto` and `api/known_paths.txt`. What is not served answers 501",
           "`NOT_IMPLEMENTED` and names itself.", "",
           f"**{done} of {total}** endpoints of the public SDK.", "", "| service | served | of |", "|---|---|---|"]
    for service, rows in sorted(groups.items()):
        out.append(f"| {service} | {sum(1 for r in rows if r[3])} | {len(rows)} |")
    out += ["", "## Served", "", "| endpoint | contract |", "|---|---|"]
    for service, rows in sorted(groups.items()):
        out += [f"| `{verb} {pattern}` | {by} |" for verb, pattern, _, by in rows if by]
    return "\n".join(out) + "\n"


def main():
    command, *arguments = sys.argv[1:]
    if command == "cpp":
        contract = Contract(arguments[0])
        for path, text in ((arguments[1], header(contract)), (arguments[2], source(contract))):
            file = pathlib.Path(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    elif command == "openapi":
        document = openapi([Contract(p) for p in sorted(arguments[1:])])
        pathlib.Path(arguments[0]).write_text(json.dumps(document, indent=1) + "\n")
    elif command == "coverage":
        text = coverage(known_paths(arguments[1]), [Contract(p) for p in sorted(arguments[2:])])
        pathlib.Path(arguments[0]).write_text(text)
    elif command == "known":
        rows = sorted({(verb, pattern, f"{service}.{name}") for service, verb, pattern, name in known_paths(arguments[1])})
        pathlib.Path(arguments[0]).write_text("".join(f"{{{quoted(v)}, {quoted(p)}, {quoted(n)}}},\n" for v, p, n in rows))
    elif command == "routes":
        for path in sorted(arguments):
            contract = Contract(path)
            for method in contract.file.service.methods if contract.file.service else []:
                for verb, pattern in method.routes:
                    print(verb, pattern, method.options["access"], "audited" if method.options["audit"] else "-",
                          f"{contract.file.service.name}.{method.name}", f"api/{contract.file.path.name}")
    else:
        sys.exit(__doc__)


try:
    main()
except ContractError as error:
    sys.exit(f"contracts.py: {error}")
