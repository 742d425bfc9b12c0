// PATCH of SCIM resources: RFC 7644 section 3.5.2, as identity providers and Databricks' clients use it.
#include <fmt/format.h>

#include <algorithm>

#include "services/iam/names.h"
#include "services/iam/scim.h"
#include "services/iam/scim_filter.h"

namespace crannog::iam {
namespace {

constexpr size_t kOperationsMax = 1000;

enum class Op : uint8_t { kAdd, kRemove, kReplace };

// `emails[type eq "work"].value` in its three parts.
struct Path {
  std::string attribute;
  std::optional<ScimFilter> filter;
  std::string sub_attribute;
};

Result<Path> ParsePath(std::string_view text) {
  // "urn:ietf:params:scim:schemas:core:2.0:Group:members" names the attribute after its schema.
  if (text.starts_with("urn:")) text = text.substr(text.rfind(':') + 1);
  Path path;
  const size_t open = text.find('[');
  const size_t close = text.rfind(']');
  std::string_view rest;
  if (open != std::string_view::npos) {
    if (close == std::string_view::npos || close < open) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("malformed path: {}", text));
    }
    path.attribute = text.substr(0, open);
    TRY(path.filter, ScimFilter::Parse(text.substr(open + 1, close - open - 1)));
    rest = text.substr(close + 1);
  } else {
    const size_t dot = text.find('.');
    path.attribute = text.substr(0, dot);
    rest = dot == std::string_view::npos ? "" : text.substr(dot);
  }
  if (rest.starts_with('.')) path.sub_attribute = rest.substr(1);
  else if (!rest.empty()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("malformed path: {}", text));
  if (path.attribute.empty()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("malformed path: {}", text));
  return path;
}

bool IsMultiValued(std::string_view attribute) {
  constexpr std::string_view kLists[] = {"members", "emails", "entitlements", "roles", "groups", "phonenumbers", "schemas"};
  return std::ranges::find(kLists, NameKey(attribute)) != std::end(kLists);
}

// The member's own spelling when it is there, else the given one.
std::string Spelling(const JsonValue& resource, std::string_view name) {
  const std::string key = NameKey(name);
  for (const auto& [member, value] : resource.AsObject()) {
    if (NameKey(member) == key) return member;
  }
  return std::string(name);
}

void Erase(JsonValue& resource, std::string_view name) {
  const std::string key = NameKey(name);
  std::erase_if(resource.AsObject(), [&key](const JsonValue::Member& member) { return NameKey(member.first) == key; });
}

std::string ValueOf(const JsonValue& element) {
  const JsonValue* value = FindScimAttribute(element, "value");
  return WriteJson(value != nullptr ? *value : element);
}

// Elements of a list attribute: a list as it is, one thing as a list of one; bare text stands for {"value": text}.
JsonValue::Array Elements(const JsonValue& value) {
  JsonValue::Array elements = value.IsArray() ? value.AsArray() : JsonValue::Array{value};
  for (JsonValue& element : elements) {
    if (element.IsString()) element = JsonValue(JsonValue::Object{{"value", element}});
  }
  return elements;
}

void SetAttribute(JsonValue& resource, std::string_view name, const JsonValue& value, Op op) {
  const std::string spelled = Spelling(resource, name);
  if (!IsMultiValued(name)) {
    const JsonValue* old = resource.Find(spelled);
    if (old != nullptr && old->IsObject() && value.IsObject()) {  // "name" is merged, not replaced
      JsonValue merged = *old;
      for (const auto& [member, inner] : value.AsObject()) merged.Set(member, inner);
      resource.Set(spelled, std::move(merged));
    } else {
      resource.Set(spelled, value);
    }
    return;
  }
  JsonValue::Array list;
  if (const JsonValue* old = resource.Find(spelled); op == Op::kAdd && old != nullptr && old->IsArray()) list = old->AsArray();
  for (JsonValue& element : Elements(value)) {
    const std::string key = ValueOf(element);
    std::erase_if(list, [&key](const JsonValue& one) { return ValueOf(one) == key; });
    list.push_back(std::move(element));
  }
  resource.Set(spelled, std::move(list));
}

void RemoveAt(JsonValue& resource, const Path& path, const JsonValue* value) {
  const std::string spelled = Spelling(resource, path.attribute);
  const JsonValue* found = resource.Find(spelled);
  if (found == nullptr) return;
  if (!path.sub_attribute.empty() && !path.filter) {
    JsonValue copy = *found;
    if (copy.IsObject()) Erase(copy, path.sub_attribute);
    resource.Set(spelled, std::move(copy));
    return;
  }
  if (!found->IsArray() || (!path.filter && value == nullptr)) return Erase(resource, path.attribute);
  JsonValue::Array list = found->AsArray();
  std::vector<std::string> unwanted;
  if (!path.filter) {
    for (const JsonValue& element : Elements(*value)) unwanted.push_back(ValueOf(element));
  }
  auto matches = [&](const JsonValue& element) {
    return path.filter ? path.filter->Matches(element) : std::ranges::find(unwanted, ValueOf(element)) != unwanted.end();
  };
  if (path.sub_attribute.empty()) {
    std::erase_if(list, matches);
  } else {
    for (JsonValue& element : list) {
      if (matches(element)) Erase(element, path.sub_attribute);
    }
  }
  resource.Set(spelled, std::move(list));
}

// Changes the elements that the path's filter picks.
Result<> ChangeElements(JsonValue& resource, const Path& path, const JsonValue& value) {
  const std::string spelled = Spelling(resource, path.attribute);
  const JsonValue* found = resource.Find(spelled);
  if (found == nullptr || !found->IsArray()) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("noTarget: the resource has no {}", path.attribute));
  }
  JsonValue::Array list = found->AsArray();
  bool any = false;
  for (JsonValue& element : list) {
    if (!path.filter->Matches(element)) continue;
    any = true;
    if (!path.sub_attribute.empty()) element.Set(Spelling(element, path.sub_attribute), value);
    else if (value.IsObject()) for (const auto& [member, inner] : value.AsObject()) element.Set(member, inner);
  }
  if (!any) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("noTarget: no element of {} matches", path.attribute));
  resource.Set(spelled, std::move(list));
  return {};
}

Result<Op> ReadOp(const JsonValue& operation) {
  const JsonValue* name = FindScimAttribute(operation, "op");
  const std::string key = name != nullptr && name->IsString() ? NameKey(name->AsString()) : "";
  if (key == "add") return Op::kAdd;
  if (key == "remove") return Op::kRemove;
  if (key == "replace") return Op::kReplace;
  return Failure(ErrorCode::kInvalidParameterValue, "op must be one of add, remove, replace");
}

Result<> ApplyOne(JsonValue& resource, const JsonValue& operation) {
  TRY(Op op, ReadOp(operation));
  const JsonValue* path_text = FindScimAttribute(operation, "path");
  const JsonValue* value = FindScimAttribute(operation, "value");
  if (value != nullptr && value->IsNull()) value = nullptr;
  if (path_text == nullptr || !path_text->IsString() || path_text->AsString().empty()) {
    if (op == Op::kRemove) return Failure(ErrorCode::kInvalidParameterValue, "noTarget: remove needs a path");
    if (value == nullptr || !value->IsObject()) {
      return Failure(ErrorCode::kInvalidParameterValue, "without a path, value must be an object of attributes");
    }
    for (const auto& [name, inner] : value->AsObject()) SetAttribute(resource, name, inner, op);
    return {};
  }
  TRY(Path path, ParsePath(path_text->AsString()));
  if (op == Op::kRemove) {
    RemoveAt(resource, path, value);
    return {};
  }
  if (value == nullptr) return Failure(ErrorCode::kInvalidParameterValue, "add and replace need a value");
  if (path.filter) return ChangeElements(resource, path, *value);
  if (!path.sub_attribute.empty()) {
    SetAttribute(resource, path.attribute, JsonValue(JsonValue::Object{{path.sub_attribute, *value}}), op);
    return {};
  }
  SetAttribute(resource, path.attribute, *value, op);
  return {};
}

}  // namespace

Result<> ApplyScimPatch(JsonValue& resource, const JsonValue& operations) {
  if (!operations.IsArray()) return Failure(ErrorCode::kInvalidParameterValue, "a PATCH needs a list of Operations");
  if (operations.AsArray().size() > kOperationsMax) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("a PATCH may hold {} operations", kOperationsMax));
  }
  for (const JsonValue& operation : operations.AsArray()) TRY(ApplyOne(resource, operation));
  return {};
}

}  // namespace crannog::iam
