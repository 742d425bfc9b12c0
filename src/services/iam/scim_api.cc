#include "services/iam/scim_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "services/iam/names.h"
#include "services/iam/scim.h"
#include "services/iam/scim_filter.h"

namespace crannog::iam {
namespace {

constexpr std::string_view kListSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

// An equality that an index answers goes into the query; true when it did.
bool NarrowByIndex(const ScimFilter& filter, PrincipalQuery& query) {
  const auto equality = filter.SingleEquality();
  if (!equality) return false;
  const std::string attribute = NameKey(equality->first);
  const bool is_name = (query.kind == PrincipalKind::kUser && attribute == "username") ||
                       (query.kind == PrincipalKind::kServicePrincipal && attribute == "applicationid") ||
                       (query.kind == PrincipalKind::kGroup && attribute == "displayname");
  if (is_name) query.name = equality->second;
  return is_name;
}

std::string SortKey(const JsonValue& resource, const std::string& attribute) {
  const JsonValue* value = FindScimAttribute(resource, attribute);
  if (value == nullptr) return "";
  return NameKey(value->IsString() ? value->AsString() : WriteJson(*value));
}

}  // namespace

Result<PrincipalId> ParsePrincipalId(const std::string& text) {
  PrincipalId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Failure(ErrorCode::kNotFound, fmt::format("there is no principal with id {}", text));
  }
  return id;
}

Result<JsonValue> ScimApi::Render(const Principal& principal) {
  TRY(std::vector<PrincipalReference> groups, principals_.GroupsOf(principal.id));
  std::vector<PrincipalReference> members;
  if (!principal.members.empty() || principal.kind == PrincipalKind::kGroup) {
    TRY(members, principals_.MembersOf(principal.id));
  }
  return ToScim(principal, groups, members);
}

Result<wire::ScimResource> ScimApi::Answer(const Principal& principal) {
  TRY(JsonValue resource, Render(principal));
  return wire::ScimResource{std::move(resource)};
}

Result<Principal> ScimApi::Find(PrincipalKind kind, const std::string& id) {
  TRY(PrincipalId parsed, ParsePrincipalId(id));
  return principals_.Get(kind, parsed);
}

Result<wire::ScimResource> ScimApi::Create(PrincipalKind kind, const JsonValue& resource) {
  TRY(Principal draft, FromScim(kind, resource));
  TRY(Principal created, principals_.Create(std::move(draft)));
  tokens_.ForgetCached();
  return Answer(created);
}

Result<wire::ScimResource> ScimApi::Get(PrincipalKind kind, const wire::GetScimRequest& request) {
  TRY(Principal principal, Find(kind, request.id));
  TRY(JsonValue resource, Render(principal));
  ProjectScim(resource, request.attributes.value_or(""), request.excluded_attributes.value_or(""));
  return wire::ScimResource{std::move(resource)};
}

Result<wire::ListScimResponse> ScimApi::List(PrincipalKind kind, const wire::ListScimRequest& request) {
  const int64_t start = std::max<int64_t>(1, request.start_index.value_or(1));
  const int64_t count = std::clamp<int64_t>(request.count.value_or(kCountDefault), 0, kCountMax);
  PrincipalQuery query{.kind = kind};
  std::optional<ScimFilter> filter;
  if (request.filter && !request.filter->empty()) {
    TRY(filter, ScimFilter::Parse(*request.filter));
    if (NarrowByIndex(*filter, query)) filter.reset();
  }
  // The database pages unless the order or the choice needs every resource.
  const bool in_memory = filter.has_value() || request.sort_by.has_value();
  wire::ListScimResponse response;
  response.schemas = {std::string(kListSchema)};
  if (!in_memory) {
    TRY(response.total_results, principals_.Count(query));
    query.offset = start - 1;
    query.count_max = count;
  }
  TRY(std::vector<Principal> principals, principals_.List(query));
  std::vector<JsonValue> resources;
  for (const Principal& principal : principals) {
    TRY(JsonValue resource, Render(principal));
    if (!filter || filter->Matches(resource)) resources.push_back(std::move(resource));
  }
  if (in_memory) {
    if (request.sort_by) {
      std::ranges::stable_sort(resources, {}, [&](const JsonValue& resource) { return SortKey(resource, *request.sort_by); });
      if (NameKey(request.sort_order.value_or("")) == "descending") std::ranges::reverse(resources);
    }
    response.total_results = static_cast<int64_t>(resources.size());
    const size_t skipped = std::min(resources.size(), static_cast<size_t>(start - 1));
    resources.erase(resources.begin(), resources.begin() + static_cast<std::ptrdiff_t>(skipped));
    if (resources.size() > static_cast<size_t>(count)) resources.resize(static_cast<size_t>(count));
  }
  for (JsonValue& resource : resources) {
    ProjectScim(resource, request.attributes.value_or(""), request.excluded_attributes.value_or(""));
  }
  response.start_index = start;
  response.items_per_page = static_cast<int64_t>(resources.size());
  response.resources = std::move(resources);
  return response;
}

Result<wire::ScimResource> ScimApi::Replace(PrincipalKind kind, const std::string& id, const JsonValue& resource) {
  TRY(Principal old, Find(kind, id));
  TRY(Principal draft, FromScim(kind, resource));
  draft.id = old.id;
  if (kind == PrincipalKind::kServicePrincipal) draft.name = old.name;  // an application id never changes
  TRY(Principal saved, principals_.Replace(draft));
  tokens_.ForgetCached();
  return Answer(saved);
}

Result<wire::ScimResource> ScimApi::Patch(PrincipalKind kind, const std::string& id, const JsonValue& patch) {
  const JsonValue* operations = FindScimAttribute(patch, "Operations");
  if (operations == nullptr) return Failure(ErrorCode::kInvalidParameterValue, "a PATCH needs a list of Operations");
  TRY(Principal old, Find(kind, id));
  TRY(JsonValue resource, Render(old));
  TRY(ApplyScimPatch(resource, *operations));
  return Replace(kind, id, resource);
}

Result<> ScimApi::Delete(PrincipalKind kind, const std::string& id) {
  TRY(PrincipalId parsed, ParsePrincipalId(id));
  TRY(principals_.Delete(kind, parsed));
  tokens_.ForgetCached();
  return {};
}

Result<wire::ScimResource> ScimApi::GetMe(const http::Caller& caller, const wire::GetScimRequest& request) {
  wire::GetScimRequest own = request;
  own.id = caller.id;
  return Get(caller.kind == http::PrincipalKind::kUser ? PrincipalKind::kUser : PrincipalKind::kServicePrincipal, own);
}

Result<wire::ScimResource> ScimApi::CreateUser(const http::Caller&, const wire::CreateUserRequest& request) {
  return Create(PrincipalKind::kUser, request.resource);
}
Result<wire::ScimResource> ScimApi::GetUser(const http::Caller&, const wire::GetScimRequest& request) {
  return Get(PrincipalKind::kUser, request);
}
Result<wire::ListScimResponse> ScimApi::ListUsers(const http::Caller&, const wire::ListScimRequest& request) {
  return List(PrincipalKind::kUser, request);
}
Result<wire::ScimResource> ScimApi::ReplaceUser(const http::Caller&, const wire::ReplaceUserRequest& request) {
  return Replace(PrincipalKind::kUser, request.id, request.resource);
}
Result<wire::ScimResource> ScimApi::PatchUser(const http::Caller&, const wire::PatchUserRequest& request) {
  return Patch(PrincipalKind::kUser, request.id, request.patch);
}
Result<> ScimApi::DeleteUser(const http::Caller&, const wire::DeleteScimRequest& request) {
  return Delete(PrincipalKind::kUser, request.id);
}
Result<wire::ScimResource> ScimApi::CreateGroup(const http::Caller&, const wire::CreateScimRequest& request) {
  return Create(PrincipalKind::kGroup, request.resource);
}
Result<wire::ScimResource> ScimApi::GetGroup(const http::Caller&, const wire::GetScimRequest& request) {
  return Get(PrincipalKind::kGroup, request);
}
Result<wire::ListScimResponse> ScimApi::ListGroups(const http::Caller&, const wire::ListScimRequest& request) {
  return List(PrincipalKind::kGroup, request);
}
Result<wire::ScimResource> ScimApi::ReplaceGroup(const http::Caller&, const wire::ReplaceScimRequest& request) {
  return Replace(PrincipalKind::kGroup, request.id, request.resource);
}
Result<wire::ScimResource> ScimApi::PatchGroup(const http::Caller&, const wire::PatchScimRequest& request) {
  return Patch(PrincipalKind::kGroup, request.id, request.patch);
}
Result<> ScimApi::DeleteGroup(const http::Caller&, const wire::DeleteScimRequest& request) {
  return Delete(PrincipalKind::kGroup, request.id);
}
Result<wire::ScimResource> ScimApi::CreateServicePrincipal(const http::Caller&, const wire::CreateScimRequest& request) {
  return Create(PrincipalKind::kServicePrincipal, request.resource);
}
Result<wire::ScimResource> ScimApi::GetServicePrincipal(const http::Caller&, const wire::GetScimRequest& request) {
  return Get(PrincipalKind::kServicePrincipal, request);
}
Result<wire::ListScimResponse> ScimApi::ListServicePrincipals(const http::Caller&, const wire::ListScimRequest& request) {
  return List(PrincipalKind::kServicePrincipal, request);
}
Result<wire::ScimResource> ScimApi::ReplaceServicePrincipal(const http::Caller&, const wire::ReplaceScimRequest& request) {
  return Replace(PrincipalKind::kServicePrincipal, request.id, request.resource);
}
Result<wire::ScimResource> ScimApi::PatchServicePrincipal(const http::Caller&, const wire::PatchScimRequest& request) {
  return Patch(PrincipalKind::kServicePrincipal, request.id, request.patch);
}
Result<> ScimApi::DeleteServicePrincipal(const http::Caller&, const wire::DeleteScimRequest& request) {
  return Delete(PrincipalKind::kServicePrincipal, request.id);
}

}  // namespace crannog::iam
