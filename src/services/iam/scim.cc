#include "services/iam/scim.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "services/iam/names.h"
#include "services/iam/scim_filter.h"

namespace crannog::iam {
namespace {

constexpr std::string_view kCore = "urn:ietf:params:scim:schemas:core:2.0:";

// What is computed or has a column of its own.
constexpr std::string_view kNotKept[] = {"schemas", "id", "meta", "groups", "username", "displayname", "active", "members",
                                         "applicationid", "password"};

bool IsKept(std::string_view name) { return std::ranges::find(kNotKept, NameKey(name)) == std::end(kNotKept); }

bool IsGroupKind(PrincipalKind kind) { return kind == PrincipalKind::kGroup || kind == PrincipalKind::kSystemGroup; }

std::string_view Collection(PrincipalKind kind) {
  if (kind == PrincipalKind::kUser) return "Users";
  return kind == PrincipalKind::kServicePrincipal ? "ServicePrincipals" : "Groups";
}

JsonValue Reference(const PrincipalReference& reference) {
  JsonValue json(JsonValue::Object{});
  json.Set("display", reference.display_name.empty() ? reference.name : reference.display_name);
  json.Set("value", reference.id.ToString());
  json.Set("$ref", fmt::format("{}/{}", Collection(reference.kind), reference.id.value));
  return json;
}

Error WrongType(std::string_view attribute, std::string_view expected) {
  return MakeError(ErrorCode::kInvalidParameterValue, fmt::format("attribute {} must be {}", attribute, expected));
}

Result<std::string> TextAttribute(const JsonValue& resource, std::string_view name) {
  const JsonValue* found = FindScimAttribute(resource, name);
  if (found == nullptr || found->IsNull()) return std::string();
  if (!found->IsString()) return Failure(WrongType(name, "text"));
  return found->AsString();
}

Result<bool> ReadActive(const JsonValue& resource) {
  const JsonValue* found = FindScimAttribute(resource, "active");
  if (found == nullptr || found->IsNull()) return true;
  if (found->IsBool()) return found->AsBool();
  // Azure's provisioning sends "True".
  if (found->IsString()) return NameKey(found->AsString()) == "true";
  return Failure(WrongType("active", "true or false"));
}

Result<std::vector<PrincipalId>> ReadMembers(const JsonValue& resource) {
  std::vector<PrincipalId> members;
  const JsonValue* found = FindScimAttribute(resource, "members");
  if (found == nullptr || found->IsNull()) return members;
  if (!found->IsArray()) return Failure(WrongType("members", "a list"));
  for (const JsonValue& element : found->AsArray()) {
    TRY(std::string text, TextAttribute(element, "value"));
    PrincipalId id;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
    if (error != std::errc() || end != text.data() + text.size()) return Failure(WrongType("members.value", "the id of a principal"));
    if (std::ranges::find(members, id) == members.end()) members.push_back(id);
  }
  return members;
}

std::string DefaultDisplayName(const JsonValue& attributes, const std::string& name) {
  const JsonValue* full = attributes.Find("name");
  if (full == nullptr) return name;
  const std::string given = full->StringOr("givenName", ""), family = full->StringOr("familyName", "");
  if (given.empty() && family.empty()) return name;
  return given.empty() || family.empty() ? given + family : given + " " + family;
}

}  // namespace

JsonValue ToScim(const Principal& principal, const std::vector<PrincipalReference>& groups,
                 const std::vector<PrincipalReference>& members) {
  const bool is_group = IsGroupKind(principal.kind);
  JsonValue::Array schemas;
  if (principal.kind == PrincipalKind::kUser) {
    schemas = {fmt::format("{}User", kCore), "urn:ietf:params:scim:schemas:extension:workspace:2.0:User"};
  } else {
    schemas = {fmt::format("{}{}", kCore, is_group ? "Group" : "ServicePrincipal")};
  }
  JsonValue json(JsonValue::Object{});
  json.Set("schemas", std::move(schemas));
  json.Set("id", principal.id.ToString());
  if (principal.kind == PrincipalKind::kUser) json.Set("userName", principal.name);
  if (principal.kind == PrincipalKind::kServicePrincipal) json.Set("applicationId", principal.name);
  json.Set("displayName", principal.display_name);
  if (!is_group) json.Set("active", principal.active);
  for (const auto& [name, value] : principal.attributes.AsObject()) json.Set(name, value);
  if (is_group) {
    JsonValue::Array list;
    for (const PrincipalReference& member : members) list.push_back(Reference(member));
    if (!list.empty()) json.Set("members", std::move(list));
    json.Set("meta", JsonValue::Object{{"resourceType", "WorkspaceGroup"}});
  }
  JsonValue::Array list;
  for (const PrincipalReference& group : groups) {
    JsonValue reference = Reference(group);
    reference.Set("type", group.is_direct ? "direct" : "indirect");
    list.push_back(std::move(reference));
  }
  if (!list.empty()) json.Set("groups", std::move(list));
  return json;
}

Result<Principal> FromScim(PrincipalKind kind, const JsonValue& resource) {
  if (!resource.IsObject()) return Failure(ErrorCode::kInvalidParameterValue, "the body must be a SCIM resource: a JSON object");
  Principal principal;
  principal.kind = kind;
  JsonValue kept(JsonValue::Object{});
  for (const auto& [name, value] : resource.AsObject()) {
    if (IsKept(name) && !value.IsNull()) kept.Set(name, value);
  }
  TRY(principal.display_name, TextAttribute(resource, "displayName"));
  TRY(principal.active, ReadActive(resource));
  switch (kind) {
    case PrincipalKind::kUser: {
      TRY(principal.name, TextAttribute(resource, "userName"));
      if (principal.name.empty()) return Failure(ErrorCode::kInvalidParameterValue, "a user needs a userName");
      if (kept.Find("emails") == nullptr && principal.name.find('@') != std::string::npos) {
        JsonValue email(JsonValue::Object{{"type", "work"}, {"value", principal.name}, {"primary", true}});
        kept.Set("emails", JsonValue::Array{std::move(email)});
      }
      if (principal.display_name.empty()) principal.display_name = DefaultDisplayName(kept, principal.name);
      break;
    }
    case PrincipalKind::kServicePrincipal: {
      TRY(principal.name, TextAttribute(resource, "applicationId"));
      if (principal.display_name.empty()) principal.display_name = principal.name;
      break;
    }
    case PrincipalKind::kGroup:
    case PrincipalKind::kSystemGroup: {
      if (principal.display_name.empty()) return Failure(ErrorCode::kInvalidParameterValue, "a group needs a displayName");
      principal.name = principal.display_name;
      TRY(principal.members, ReadMembers(resource));
      break;
    }
  }
  principal.attributes = std::move(kept);
  return principal;
}

void ProjectScim(JsonValue& resource, std::string_view attributes, std::string_view excluded) {
  auto names = [](std::string_view list) {
    std::vector<std::string> keys;
    while (!list.empty()) {
      const size_t comma = list.find(',');
      std::string_view name = list.substr(0, comma);
      while (name.starts_with(' ')) name.remove_prefix(1);
      keys.push_back(NameKey(name.substr(0, name.find('.'))));
      list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
    }
    return keys;
  };
  const std::vector<std::string> wanted = names(attributes), unwanted = names(excluded);
  auto holds = [](const std::vector<std::string>& keys, const std::string& key) { return std::ranges::find(keys, key) != keys.end(); };
  std::erase_if(resource.AsObject(), [&](const JsonValue::Member& member) {
    const std::string key = NameKey(member.first);
    if (key == "id" || key == "schemas") return false;
    return (!wanted.empty() && !holds(wanted, key)) || holds(unwanted, key);
  });
}

}  // namespace crannog::iam
