#include "services/catalog/unity_catalog_api.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "http/contract.h"
#include "services/catalog/object_json.h"

namespace crannog::catalog {
namespace {

constexpr int64_t kPageDefault = 1'000;
constexpr int64_t kPageMax = 1'000;
constexpr int64_t kUnpagedMax = 100'000;

// max_results: absent gives everything (clients that know no pages), 0 a page of the server's size. Source: reference/rest.md section 1.2.
int64_t PageSize(const std::optional<int64_t>& max_results) {
  if (!max_results) return kUnpagedMax;
  return *max_results <= 0 ? kPageDefault : std::min(*max_results, kPageMax);
}

// Sets a key only when there is something to say.
void SetText(JsonValue& json, std::string_view key, const std::string& text) {
  if (!text.empty()) json.Set(key, text);
}

// The kind's own fields of a request as `details`: everything it has but what the catalog keeps in columns.
template <typename Message>
JsonValue DetailsOf(const Message& message) {
  constexpr std::string_view kColumns[] = {"name", "catalog_name", "schema_name", "full_name", "comment", "properties", "owner",
                                           "storage_root", "storage_location", "url", "skip_validation"};
  JsonValue json = ParseJson(http::ToJson(message)).value();
  std::erase_if(json.AsObject(), [&](const JsonValue::Member& member) {
    return std::ranges::find(kColumns, member.first) != std::end(kColumns) || member.second.IsNull();
  });
  return json;
}

// Databricks' clients send a map to replace the old one, and an absent one to keep it.
std::optional<std::map<std::string, std::string>> PropertiesOf(const JsonValue::Object& object) {
  if (object.empty()) return std::nullopt;
  std::map<std::string, std::string> properties;
  for (const auto& [key, value] : object) properties.emplace(key, value.IsString() ? value.AsString() : WriteJson(value));
  return properties;
}

std::string Rfc3339(int64_t time_ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(time_ms / 1000)), time_ms % 1000);
}

Names Schema(const wire::ListRequest& request) { return {request.catalog_name.value_or(""), request.schema_name.value_or("")}; }

// SQL's LIKE for the patterns of table summaries: % and _, without case.
bool Like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (Like(text.substr(skip), pattern.substr(1))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  const bool same = pattern[0] == '_' || std::tolower(static_cast<unsigned char>(pattern[0])) == std::tolower(static_cast<unsigned char>(text[0]));
  return same && Like(text.substr(1), pattern.substr(1));
}

}  // namespace

Actor ToActor(const http::Caller& caller) {
  auto parse = [](const std::string& text) {
    int64_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
  };
  Actor actor{.name = caller.name, .id = parse(caller.id), .is_admin = caller.is_admin};
  actor.ids.push_back(actor.id);
  for (const std::string& group : caller.group_ids) actor.ids.push_back(parse(group));
  std::ranges::sort(actor.ids);
  return actor;
}

// ---------------------------------------------------------------------------------------------------------------- shared by all kinds

JsonValue UnityCatalogApi::Describe(const Securable& securable) {
  JsonValue json = securable.details;
  json.Set("name", securable.Name());
  json.Set("full_name", securable.FullName());
  if (securable.names.size() >= 2) json.Set("catalog_name", securable.names[0]);
  if (securable.names.size() >= 3) json.Set("schema_name", securable.names[1]);
  SetText(json, "owner", catalog_.PrincipalName(securable.owner_id));
  SetText(json, "comment", securable.comment);
  if (securable.kind != Kind::kFunction) {
    JsonValue::Object properties;
    for (const auto& [key, value] : securable.properties) properties.emplace_back(key, value);
    json.Set("properties", std::move(properties));
  }
  json.Set("metastore_id", catalog_.MetastoreId());
  json.Set("securable_type", InfoOf(securable.kind).wire_name);
  json.Set("created_at", securable.created_ms);
  json.Set("created_by", securable.created_by);
  json.Set("updated_at", securable.updated_ms);
  json.Set("updated_by", securable.updated_by);
  switch (securable.kind) {
    case Kind::kCatalog:
      json.Set("id", securable.id);
      if (json.Find("isolation_mode") == nullptr) json.Set("isolation_mode", "OPEN");
      SetText(json, "storage_root", securable.location);
      break;
    case Kind::kSchema:
      json.Set("schema_id", securable.id);
      json.Set("catalog_type", "MANAGED_CATALOG");
      SetText(json, "storage_root", securable.location);
      break;
    case Kind::kTable:
      json.Set("table_id", securable.id);
      SetText(json, "storage_location", securable.location);
      break;
    case Kind::kVolume:
      json.Set("volume_id", securable.id);
      SetText(json, "storage_location", securable.location);
      break;
    case Kind::kFunction:
      json.Set("function_id", securable.id);
      json.Set("specific_name", securable.Name());
      break;
    case Kind::kExternalLocation:
      SetText(json, "url", securable.location);
      [[fallthrough]];
    case Kind::kStorageCredential:
      json.Set("id", securable.id);
      if (json.Find("isolation_mode") == nullptr) json.Set("isolation_mode", "ISOLATION_MODE_OPEN");
      break;
    case Kind::kModel:
      json.Set("id", securable.id);
      SetText(json, "storage_location", securable.location);
      break;
    case Kind::kMetastore:
    case Kind::kConnection:
    case Kind::kShare:
    case Kind::kRecipient:
    case Kind::kProvider:
    case Kind::kModelVersion: break;
  }
  return json;
}

template <typename Info>
Result<Info> UnityCatalogApi::Answer(const Securable& securable) {
  return http::FromJson<Info>(Describe(securable));
}

template <typename Info>
Result<Info> UnityCatalogApi::Get(const http::Caller& caller, Kind kind, const std::string& full_name) {
  TRY(Securable found, catalog_.Get(ToActor(caller), kind, SplitNames(full_name)));
  return Answer<Info>(found);
}

template <typename Info>
Result<std::vector<Info>> UnityCatalogApi::List(const http::Caller& caller, Kind kind, const Names& parent,
                                                const wire::ListRequest& request, std::optional<std::string>& next) {
  TRY(Listing listing, catalog_.List(ToActor(caller), kind, parent,
                                     {.after = request.page_token.value_or(""), .count_max = PageSize(request.max_results)}));
  std::vector<Info> infos;
  for (size_t i = 0; i < listing.objects.size(); ++i) {
    JsonValue json = Describe(listing.objects[i]);
    if (listing.browse_only[i]) json.Set("browse_only", true);
    std::erase_if(json.AsObject(), [&request](const JsonValue::Member& member) {
      return (member.first == "columns" && request.omit_columns.value_or(false)) ||
             (member.first == "properties" && request.omit_properties.value_or(false)) ||
             ((member.first == "owner" || member.first.ends_with("_by")) && request.omit_username.value_or(false));
    });
    TRY(Info info, http::FromJson<Info>(json));
    infos.push_back(std::move(info));
  }
  if (!listing.next.empty()) next = listing.next;
  return infos;
}

template <typename Info>
Result<Info> UnityCatalogApi::Update(const http::Caller& caller, Kind kind, const std::string& full_name, Change change,
                                     const std::optional<std::string>& new_name) {
  const Names names = SplitNames(full_name);
  if (new_name && !new_name->empty()) {
    change.new_names = names;
    // Some clients send the whole name, some the last part.
    change.new_names->back() = SplitNames(*new_name).back();
  }
  TRY(Securable saved, catalog_.Update(ToActor(caller), kind, names, change));
  return Answer<Info>(saved);
}

Result<> UnityCatalogApi::Drop(const http::Caller& caller, Kind kind, const std::string& full_name, bool force) {
  return catalog_.Drop(ToActor(caller), kind, SplitNames(full_name), force ? DropMode::kCascade : DropMode::kRestrict);
}

// ---------------------------------------------------------------------------------------------------------------- catalogs, schemas

Result<wire::CatalogInfo> UnityCatalogApi::CreateCatalog(const http::Caller& caller, const wire::CreateCatalogRequest& request) {
  if (request.connection_name) return Failure(NotImplemented("foreign catalogs"));
  if (request.provider_name || request.share_name) return Failure(NotImplemented("catalogs on received shares"));
  Draft draft{.kind = Kind::kCatalog, .names = {request.name}, .comment = request.comment.value_or(""), .properties = request.properties,
              .location = request.storage_root.value_or(""), .details = DetailsOf(request)};
  draft.details.Set("catalog_type", "MANAGED_CATALOG");
  TRY(Securable created, catalog_.Create(ToActor(caller), std::move(draft)));
  return Answer<wire::CatalogInfo>(created);
}

Result<wire::CatalogInfo> UnityCatalogApi::GetCatalog(const http::Caller& caller, const wire::NamedRequest& request) {
  return Get<wire::CatalogInfo>(caller, Kind::kCatalog, request.name);
}

Result<wire::ListCatalogsResponse> UnityCatalogApi::ListCatalogs(const http::Caller& caller, const wire::ListRequest& request) {
  wire::ListCatalogsResponse response;
  TRY(response.catalogs, List<wire::CatalogInfo>(caller, Kind::kCatalog, {}, request, response.next_page_token));
  return response;
}

Result<wire::CatalogInfo> UnityCatalogApi::UpdateCatalog(const http::Caller& caller, const wire::UpdateCatalogRequest& request) {
  Change change{.owner = request.owner, .comment = request.comment, .properties = PropertiesOf(request.properties)};
  change.edit = [&request](Securable& catalog) -> Result<> {
    if (!request.options.empty()) catalog.details.Set("options", JsonValue(request.options));
    if (request.isolation_mode) catalog.details.Set("isolation_mode", *request.isolation_mode);
    if (request.enable_predictive_optimization) catalog.details.Set("enable_predictive_optimization", *request.enable_predictive_optimization);
    return {};
  };
  return Update<wire::CatalogInfo>(caller, Kind::kCatalog, request.name, std::move(change), request.new_name);
}

Result<> UnityCatalogApi::DeleteCatalog(const http::Caller& caller, const wire::NamedRequest& request) {
  return Drop(caller, Kind::kCatalog, request.name, request.force.value_or(false));
}

Result<wire::SchemaInfo> UnityCatalogApi::CreateSchema(const http::Caller& caller, const wire::CreateSchemaRequest& request) {
  Draft draft{.kind = Kind::kSchema, .names = {request.catalog_name, request.name}, .comment = request.comment.value_or(""),
              .properties = request.properties, .location = request.storage_root.value_or("")};
  TRY(Securable created, catalog_.Create(ToActor(caller), std::move(draft)));
  return Answer<wire::SchemaInfo>(created);
}

Result<wire::SchemaInfo> UnityCatalogApi::GetSchema(const http::Caller& caller, const wire::FullNameRequest& request) {
  return Get<wire::SchemaInfo>(caller, Kind::kSchema, request.full_name);
}

Result<wire::ListSchemasResponse> UnityCatalogApi::ListSchemas(const http::Caller& caller, const wire::ListRequest& request) {
  wire::ListSchemasResponse response;
  TRY(response.schemas, List<wire::SchemaInfo>(caller, Kind::kSchema, {request.catalog_name.value_or("")}, request, response.next_page_token));
  return response;
}

Result<wire::SchemaInfo> UnityCatalogApi::UpdateSchema(const http::Caller& caller, const wire::UpdateSchemaRequest& request) {
  Change change{.owner = request.owner, .comment = request.comment, .properties = PropertiesOf(request.properties)};
  change.edit = [&request](Securable& schema) -> Result<> {
    if (request.enable_predictive_optimization) schema.details.Set("enable_predictive_optimization", *request.enable_predictive_optimization);
    return {};
  };
  return Update<wire::SchemaInfo>(caller, Kind::kSchema, request.full_name, std::move(change), request.new_name);
}

Result<> UnityCatalogApi::DeleteSchema(const http::Caller& caller, const wire::FullNameRequest& request) {
  return Drop(caller, Kind::kSchema, request.full_name, request.force.value_or(false));
}

// ---------------------------------------------------------------------------------------------------------------- tables

Result<wire::TableInfo> UnityCatalogApi::CreateTable(const http::Caller& caller, const wire::CreateTableRequest& request) {
  if (request.table_type != "EXTERNAL") {
    return Failure(NotImplemented(fmt::format("creating a table of type {} over REST; EXTERNAL registers one, CREATE TABLE in SQL makes the others",
                                              request.table_type)));
  }
  if (request.storage_location.value_or("").empty()) {
    return Failure(ErrorCode::kInvalidParameterValue, "an external table needs a storage_location");
  }
  Draft draft{.kind = Kind::kTable, .names = {request.catalog_name, request.schema_name, request.name},
              .comment = request.comment.value_or(""), .properties = request.properties, .location = *request.storage_location,
              .details = DetailsOf(request)};
  if (draft.details.Find("data_source_format") == nullptr) draft.details.Set("data_source_format", "DELTA");
  TRY(Securable created, catalog_.Create(ToActor(caller), std::move(draft)));
  return Answer<wire::TableInfo>(created);
}

Result<wire::TableInfo> UnityCatalogApi::GetTable(const http::Caller& caller, const wire::FullNameRequest& request) {
  return Get<wire::TableInfo>(caller, Kind::kTable, request.full_name);
}

Result<wire::TableExistsResponse> UnityCatalogApi::TableExists(const http::Caller& caller, const wire::FullNameRequest& request) {
  TRY(std::optional<Securable> found, catalog_.Find(ToActor(caller), Kind::kTable, SplitNames(request.full_name)));
  return wire::TableExistsResponse{found.has_value()};
}

Result<wire::ListTablesResponse> UnityCatalogApi::ListTables(const http::Caller& caller, const wire::ListRequest& request) {
  wire::ListTablesResponse response;
  TRY(response.tables, List<wire::TableInfo>(caller, Kind::kTable, Schema(request), request, response.next_page_token));
  return response;
}

Result<wire::ListTableSummariesResponse> UnityCatalogApi::ListTableSummaries(const http::Caller& caller,
                                                                             const wire::ListTableSummariesRequest& request) {
  const Actor actor = ToActor(caller);
  const int64_t count_max = request.max_results.value_or(0) <= 0 ? 10'000 : *request.max_results;
  const std::string after = request.page_token.value_or("");
  wire::ListTableSummariesResponse response;
  TRY(Listing schemas, catalog_.List(actor, Kind::kSchema, {request.catalog_name}));
  for (const Securable& schema : schemas.objects) {
    if (!Like(schema.Name(), request.schema_name_pattern.value_or("%"))) continue;
    TRY(Listing tables, catalog_.List(actor, Kind::kTable, schema.names));
    for (const Securable& table : tables.objects) {
      if (!Like(table.Name(), request.table_name_pattern.value_or("%")) || table.FullName() <= after) continue;
      if (static_cast<int64_t>(response.tables.size()) == count_max) {
        response.next_page_token = response.tables.back().full_name;
        return response;
      }
      response.tables.push_back({table.FullName(), table.details.StringOr("table_type", "MANAGED")});
    }
  }
  return response;
}

Result<wire::TableInfo> UnityCatalogApi::UpdateTable(const http::Caller& caller, const wire::UpdateTableRequest& request) {
  return Update<wire::TableInfo>(caller, Kind::kTable, request.full_name, {.owner = request.owner, .comment = request.comment}, {});
}

Result<> UnityCatalogApi::DeleteTable(const http::Caller& caller, const wire::FullNameRequest& request) {
  return Drop(caller, Kind::kTable, request.full_name, false);
}

Result<wire::ConstraintResponse> UnityCatalogApi::CreateConstraint(const http::Caller& caller, const wire::CreateConstraintRequest& request) {
  TRY(analyze::TableConstraint constraint, ConstraintFromRest(request.constraint));
  Change change;
  change.edit = [&](Securable& table) -> Result<> {
    TRY(analyze::TableInfo info, ToTableInfo(table, ""));
    for (const analyze::TableConstraint& one : info.constraints) {
      const bool second_key = one.kind == "PRIMARY KEY" && constraint.kind == "PRIMARY KEY";
      if (one.name == constraint.name || second_key) {
        return Failure(ErrorCode::kAlreadyExists, fmt::format("Constraint '{}' of table '{}' already exists", one.name, table.FullName()));
      }
    }
    info.constraints.push_back(constraint);
    table.details = ToDraft(info).details;
    return {};
  };
  TRY(catalog_.Update(ToActor(caller), Kind::kTable, SplitNames(request.full_name_arg), change));
  return wire::ConstraintResponse{request.constraint};
}

Result<> UnityCatalogApi::DeleteConstraint(const http::Caller& caller, const wire::DeleteConstraintRequest& request) {
  Change change;
  change.edit = [&](Securable& table) -> Result<> {
    TRY(analyze::TableInfo info, ToTableInfo(table, ""));
    if (std::erase_if(info.constraints, [&](const auto& one) { return one.name == request.constraint_name; }) == 0) {
      return Failure(ErrorCode::kNotFound, fmt::format("Constraint '{}' does not exist.", request.constraint_name));
    }
    table.details = ToDraft(info).details;
    return {};
  };
  TRY(catalog_.Update(ToActor(caller), Kind::kTable, SplitNames(request.full_name), change));
  return {};
}

// ---------------------------------------------------------------------------------------------------------------- volumes, functions, models

Result<wire::VolumeInfo> UnityCatalogApi::CreateVolume(const http::Caller& caller, const wire::CreateVolumeRequest& request) {
  if (request.volume_type != "MANAGED" && request.volume_type != "EXTERNAL") {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("volume_type must be MANAGED or EXTERNAL; it is {}", request.volume_type));
  }
  Draft draft{.kind = Kind::kVolume, .names = {request.catalog_name, request.schema_name, request.name},
              .comment = request.comment.value_or(""), .location = request.storage_location.value_or(""), .details = DetailsOf(request)};
  TRY(Securable created, catalog_.Create(ToActor(caller), std::move(draft)));
  return Answer<wire::VolumeInfo>(created);
}

Result<wire::VolumeInfo> UnityCatalogApi::GetVolume(const http::Caller& caller, const wire::NamedRequest& request) {
  return Get<wire::VolumeInfo>(caller, Kind::kVolume, request.name);
}

Result<wire::ListVolumesResponse> UnityCatalogApi::ListVolumes(const http::Caller& caller, const wire::ListRequest& request) {
  wire::ListVolumesResponse response;
  TRY(response.volumes, List<wire::VolumeInfo>(caller, Kind::kVolume, Schema(request), request, response.next_page_token));
  return response;
}

Result<wire::VolumeInfo> UnityCatalogApi::UpdateVolume(const http::Caller& caller, const wire::UpdateVolumeRequest& request) {
  return Update<wire::VolumeInfo>(caller, Kind::kVolume, request.name, {.owner = request.owner, .comment = request.comment}, request.new_name);
}

Result<> UnityCatalogApi::DeleteVolume(const http::Caller& caller, const wire::NamedRequest& request) {
  return Drop(caller, Kind::kVolume, request.name, false);
}

Result<wire::FunctionInfo> UnityCatalogApi::CreateFunction(const http::Caller& caller, const wire::CreateFunctionRequest& request) {
  const wire::FunctionInfo& info = *request.function_info;
  Draft draft{.kind = Kind::kFunction, .names = {info.catalog_name, info.schema_name, info.name}, .comment = info.comment.value_or(""),
              .details = DetailsOf(info)};
  for (const char* computed : {"metastore_id", "created_at", "created_by", "updated_at", "updated_by", "function_id", "securable_type"}) {
    std::erase_if(draft.details.AsObject(), [computed](const JsonValue::Member& member) { return member.first == computed; });
  }
  TRY(Securable created, catalog_.Create(ToActor(caller), std::move(draft)));
  return Answer<wire::FunctionInfo>(created);
}

Result<wire::FunctionInfo> UnityCatalogApi::GetFunction(const http::Caller& caller, const wire::NamedRequest& request) {
  return Get<wire::FunctionInfo>(caller, Kind::kFunction, request.name);
}

Result<wire::ListFunctionsResponse> UnityCatalogApi::ListFunctions(const http::Caller& caller, const wire::ListRequest& request) {
  wire::ListFunctionsResponse response;
  TRY(response.functions, List<wire::FunctionInfo>(caller, Kind::kFunction, Schema(request), request, response.next_page_token));
  return response;
}

Result<wire::FunctionInfo> UnityCatalogApi::UpdateFunction(const http::Caller& caller, const wire::UpdateOwnerRequest& request) {
  return Update<wire::FunctionInfo>(caller, Kind::kFunction, request.name, {.owner = request.owner}, {});
}

Result<> UnityCatalogApi::DeleteFunction(const http::Caller& caller, const wire::NamedRequest& request) {
  return Drop(caller, Kind::kFunction, request.name, false);
}

Result<wire::RegisteredModelInfo> UnityCatalogApi::CreateModel(const http::Caller& caller, const wire::CreateModelRequest& request) {
  if (request.storage_location) return Failure(NotImplemented("registered models at a storage_location of one's own"));
  Draft draft{.kind = Kind::kModel, .names = {request.catalog_name, request.schema_name, request.name}, .comment = request.comment.value_or("")};
  TRY(Securable created, catalog_.Create(ToActor(caller), std::move(draft)));
  return Answer<wire::RegisteredModelInfo>(created);
}

Result<wire::RegisteredModelInfo> UnityCatalogApi::GetModel(const http::Caller& caller, const wire::FullNameRequest& request) {
  return Get<wire::RegisteredModelInfo>(caller, Kind::kModel, request.full_name);
}

Result<wire::ListModelsResponse> UnityCatalogApi::ListModels(const http::Caller& caller, const wire::ListRequest& request) {
  wire::ListModelsResponse response;
  if (request.catalog_name && request.schema_name) {
    TRY(response.registered_models, List<wire::RegisteredModelInfo>(caller, Kind::kModel, Schema(request), request, response.next_page_token));
    return response;
  }
  // Without a schema the list is the metastore's: small enough to be given whole.
  const Actor actor = ToActor(caller);
  TRY(Listing catalogs, catalog_.List(actor, Kind::kCatalog, {}));
  for (const Securable& catalog : catalogs.objects) {
    TRY(Listing schemas, catalog_.List(actor, Kind::kSchema, catalog.names));
    for (const Securable& schema : schemas.objects) {
      TRY(Listing models, catalog_.List(actor, Kind::kModel, schema.names));
      for (const Securable& model : models.objects) {
        TRY(wire::RegisteredModelInfo info, Answer<wire::RegisteredModelInfo>(model));
        response.registered_models.push_back(std::move(info));
      }
    }
  }
  return response;
}

Result<wire::RegisteredModelInfo> UnityCatalogApi::UpdateModel(const http::Caller& caller, const wire::UpdateModelRequest& request) {
  return Update<wire::RegisteredModelInfo>(caller, Kind::kModel, request.full_name, {.owner = request.owner, .comment = request.comment},
                                           request.new_name);
}

Result<> UnityCatalogApi::DeleteModel(const http::Caller& caller, const wire::FullNameRequest& request) {
  return Drop(caller, Kind::kModel, request.full_name, true);
}

Result<wire::ModelAlias> UnityCatalogApi::SetModelAlias(const http::Caller& caller, const wire::SetModelAliasRequest& request) {
  const Actor actor = ToActor(caller);
  Names version = SplitNames(request.full_name);
  version.push_back(std::to_string(request.version_num));
  TRY(catalog_.Get(actor, Kind::kModelVersion, version));
  Change change;
  change.edit = [&request](Securable& model) -> Result<> {
    JsonValue::Array aliases;
    if (const JsonValue* old = model.details.Find("aliases")) aliases = old->AsArray();
    std::erase_if(aliases, [&](const JsonValue& one) { return one.StringOr("alias_name", "") == request.alias; });
    aliases.push_back(JsonValue::Object{{"alias_name", request.alias}, {"version_num", request.version_num}});
    model.details.Set("aliases", std::move(aliases));
    return {};
  };
  TRY(catalog_.Update(actor, Kind::kModel, SplitNames(request.full_name), change));
  return wire::ModelAlias{request.alias, request.version_num};
}

Result<> UnityCatalogApi::DeleteModelAlias(const http::Caller& caller, const wire::SetModelAliasRequest& request) {
  Change change;
  change.edit = [&request](Securable& model) -> Result<> {
    JsonValue::Array aliases;
    if (const JsonValue* old = model.details.Find("aliases")) aliases = old->AsArray();
    if (std::erase_if(aliases, [&](const JsonValue& one) { return one.StringOr("alias_name", "") == request.alias; }) == 0) {
      return Failure(ErrorCode::kNotFound, fmt::format("Alias '{}' does not exist.", request.alias));
    }
    model.details.Set("aliases", std::move(aliases));
    return {};
  };
  TRY(catalog_.Update(ToActor(caller), Kind::kModel, SplitNames(request.full_name), change));
  return {};
}

// ---------------------------------------------------------------------------------------------------------------- storage

Result<wire::StorageCredentialInfo> UnityCatalogApi::CreateStorageCredential(const http::Caller& caller,
                                                                             const wire::CreateStorageCredentialRequest& request) {
  // Their secrets would have to be kept; nothing here could use them yet.
  if (!request.azure_service_principal.IsNull()) return Failure(NotImplemented("storage credentials of Azure service principals"));
  if (!request.cloudflare_api_token.IsNull()) return Failure(NotImplemented("storage credentials of Cloudflare"));
  if (!request.databricks_gcp_service_account.IsNull()) return Failure(NotImplemented("storage credentials of Google Cloud"));
  Draft draft{.kind = Kind::kStorageCredential, .names = {request.name}, .comment = request.comment.value_or(""), .details = DetailsOf(request)};
  TRY(Securable created, catalog_.Create(ToActor(caller), std::move(draft)));
  return Answer<wire::StorageCredentialInfo>(created);
}

Result<wire::StorageCredentialInfo> UnityCatalogApi::GetStorageCredential(const http::Caller& caller, const wire::NamedRequest& request) {
  return Get<wire::StorageCredentialInfo>(caller, Kind::kStorageCredential, request.name);
}

Result<wire::ListStorageCredentialsResponse> UnityCatalogApi::ListStorageCredentials(const http::Caller& caller, const wire::ListRequest& request) {
  wire::ListStorageCredentialsResponse response;
  TRY(response.storage_credentials,
      List<wire::StorageCredentialInfo>(caller, Kind::kStorageCredential, {}, request, response.next_page_token));
  return response;
}

Result<wire::StorageCredentialInfo> UnityCatalogApi::UpdateStorageCredential(const http::Caller& caller,
                                                                             const wire::UpdateStorageCredentialRequest& request) {
  Change change{.owner = request.owner, .comment = request.comment};
  change.edit = [&request](Securable& credential) -> Result<> {
    if (request.read_only) credential.details.Set("read_only", *request.read_only);
    if (!request.aws_iam_role.IsNull()) credential.details.Set("aws_iam_role", request.aws_iam_role);
    if (!request.azure_managed_identity.IsNull()) credential.details.Set("azure_managed_identity", request.azure_managed_identity);
    return {};
  };
  return Update<wire::StorageCredentialInfo>(caller, Kind::kStorageCredential, request.name, std::move(change), request.new_name);
}

Result<> UnityCatalogApi::DeleteStorageCredential(const http::Caller& caller, const wire::NamedRequest& request) {
  return Drop(caller, Kind::kStorageCredential, request.name, request.force.value_or(false));
}

Result<wire::ExternalLocationInfo> UnityCatalogApi::CreateExternalLocation(const http::Caller& caller,
                                                                           const wire::CreateExternalLocationRequest& request) {
  Draft draft{.kind = Kind::kExternalLocation, .names = {request.name}, .comment = request.comment.value_or(""), .location = request.url,
              .details = DetailsOf(request)};
  TRY(Securable created, catalog_.Create(ToActor(caller), std::move(draft)));
  return Answer<wire::ExternalLocationInfo>(created);
}

Result<wire::ExternalLocationInfo> UnityCatalogApi::GetExternalLocation(const http::Caller& caller, const wire::NamedRequest& request) {
  return Get<wire::ExternalLocationInfo>(caller, Kind::kExternalLocation, request.name);
}

Result<wire::ListExternalLocationsResponse> UnityCatalogApi::ListExternalLocations(const http::Caller& caller, const wire::ListRequest& request) {
  wire::ListExternalLocationsResponse response;
  TRY(response.external_locations,
      List<wire::ExternalLocationInfo>(caller, Kind::kExternalLocation, {}, request, response.next_page_token));
  return response;
}

Result<wire::ExternalLocationInfo> UnityCatalogApi::UpdateExternalLocation(const http::Caller& caller,
                                                                           const wire::UpdateExternalLocationRequest& request) {
  Change change{.owner = request.owner, .comment = request.comment};
  change.edit = [&request](Securable& location) -> Result<> {
    if (request.read_only) location.details.Set("read_only", *request.read_only);
    if (request.fallback) location.details.Set("fallback", *request.fallback);
    if (request.credential_name) location.details.Set("credential_name", *request.credential_name);
    return {};
  };
  return Update<wire::ExternalLocationInfo>(caller, Kind::kExternalLocation, request.name, std::move(change), request.new_name);
}

Result<> UnityCatalogApi::DeleteExternalLocation(const http::Caller& caller, const wire::NamedRequest& request) {
  return Drop(caller, Kind::kExternalLocation, request.name, request.force.value_or(false));
}

Result<> UnityCatalogApi::CreateTemporaryCredentials(const http::Caller&, const wire::TemporaryCredentialsRequest&) {
  return Failure(NotImplemented("temporary credentials for storage"));
}

// ---------------------------------------------------------------------------------------------------------------- metastore

wire::MetastoreInfo UnityCatalogApi::DescribeMetastore(const Securable& metastore) {
  return {.metastore_id = metastore.id, .global_metastore_id = fmt::format("local:{}", metastore.id), .name = "crannog", .cloud = "local",
          .region = "local", .storage_root = catalog_.options().managed_root, .owner = catalog_.PrincipalName(metastore.owner_id),
          .created_at = metastore.created_ms, .created_by = metastore.created_by, .updated_at = metastore.updated_ms,
          .updated_by = metastore.updated_by, .privilege_model_version = "1.0", .delta_sharing_scope = "INTERNAL"};
}

Result<wire::MetastoreInfo> UnityCatalogApi::GetMetastoreSummary(const http::Caller& caller) {
  TRY(Securable metastore, catalog_.Get(ToActor(caller), Kind::kMetastore, {}));
  return DescribeMetastore(metastore);
}

Result<wire::MetastoreInfo> UnityCatalogApi::GetMetastore(const http::Caller& caller, const wire::GetMetastoreRequest& request) {
  if (request.id != catalog_.MetastoreId()) return Failure(NotFoundError(Kind::kMetastore, request.id));
  return GetMetastoreSummary(caller);
}

Result<wire::ListMetastoresResponse> UnityCatalogApi::ListMetastores(const http::Caller& caller) {
  TRY(wire::MetastoreInfo info, GetMetastoreSummary(caller));
  return wire::ListMetastoresResponse{{std::move(info)}};
}

Result<wire::MetastoreAssignment> UnityCatalogApi::GetMetastoreAssignment(const http::Caller&) {
  return wire::MetastoreAssignment{catalog_.MetastoreId(), workspace_id_, "main"};
}

// ---------------------------------------------------------------------------------------------------------------- permissions

Result<UnityCatalogApi::Target> UnityCatalogApi::FindTarget(const Actor& actor, const std::string& type, const std::string& full_name) {
  const std::optional<Kind> kind = FindKind(type);
  if (!kind) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("SecurableType {} is unknown", type));
  if (*kind == Kind::kMetastore) return Target{Kind::kMetastore, {}, ""};
  Target target{*kind, SplitNames(full_name), ""};
  if (*kind == Kind::kFunction) {  // to Unity Catalog a registered model is a FUNCTION
    TRY(std::optional<Securable> function, catalog_.Find(actor, Kind::kFunction, target.names));
    if (!function) {
      TRY(std::optional<Securable> model, catalog_.Find(actor, Kind::kModel, target.names));
      if (model) target.kind = Kind::kModel;
    }
  }
  return target;
}

Result<wire::PermissionsList> UnityCatalogApi::GetPermissions(const http::Caller& caller, const wire::PermissionsRequest& request) {
  const Actor actor = ToActor(caller);
  TRY(Target target, FindTarget(actor, request.securable_type, request.full_name));
  TRY(auto rows, catalog_.ListGrants(actor, target.kind, target.names, request.principal.value_or(""), Catalog::Inherited::kNo));
  wire::PermissionsList list;
  for (const Catalog::GrantRow& row : rows) list.privilege_assignments.push_back({row.principal, PrivilegeNames(row.privileges)});
  return list;
}

Result<wire::PermissionsList> UnityCatalogApi::UpdatePermissions(const http::Caller& caller, const wire::UpdatePermissionsRequest& request) {
  const Actor actor = ToActor(caller);
  TRY(Target target, FindTarget(actor, request.securable_type, request.full_name));
  std::vector<Catalog::GrantChange> changes;
  for (const wire::PermissionsChange& change : request.changes) changes.push_back({change.principal, change.add, change.remove});
  TRY(catalog_.ChangeGrants(actor, target.kind, target.names, changes));
  return GetPermissions(caller, {.securable_type = request.securable_type, .full_name = request.full_name});
}

Result<wire::EffectivePermissionsList> UnityCatalogApi::GetEffectivePermissions(const http::Caller& caller,
                                                                                const wire::PermissionsRequest& request) {
  const Actor actor = ToActor(caller);
  TRY(Target target, FindTarget(actor, request.securable_type, request.full_name));
  TRY(auto rows, catalog_.ListGrants(actor, target.kind, target.names, request.principal.value_or(""), Catalog::Inherited::kYes));
  wire::EffectivePermissionsList list;
  for (const Catalog::GrantRow& row : rows) {
    if (list.privilege_assignments.empty() || list.privilege_assignments.back().principal != row.principal) {
      list.privilege_assignments.push_back({row.principal, {}});
    }
    for (const std::string& name : PrivilegeNames(row.privileges)) {
      wire::EffectivePrivilege privilege{.privilege = name};
      if (row.on_kind != target.kind) {
        privilege.inherited_from_type = std::string(InfoOf(row.on_kind).wire_name);
        privilege.inherited_from_name = row.on_name;
      }
      list.privilege_assignments.back().privileges.push_back(std::move(privilege));
    }
  }
  return list;
}

// ---------------------------------------------------------------------------------------------------------------- tags

namespace {

// "columns" and "c.s.t.col", "tables" and "c.s.t" ...
Result<std::tuple<Kind, Names, std::string>> TagTarget(const std::string& type, const std::string& name) {
  Names names = SplitNames(name);
  if (type == "columns" || type == "COLUMN") {
    if (names.size() != 4) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("a column's name has four parts: {}", name));
    std::string column = names.back();
    names.pop_back();
    return std::tuple(Kind::kTable, std::move(names), std::move(column));
  }
  const std::optional<Kind> kind = FindKind(type);
  if (!kind) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("entity_type {} is unknown", type));
  return std::tuple(*kind, std::move(names), std::string());
}

}  // namespace

Result<wire::TagAssignment> UnityCatalogApi::PutTag(const http::Caller& caller, const wire::TagAssignment& request) {
  TRY(auto target, TagTarget(request.entity_type, request.entity_name));
  const auto& [kind, names, column] = target;
  if (request.tag_key.empty()) return Failure(ErrorCode::kInvalidParameterValue, "a tag needs a tag_key");
  TRY(catalog_.ChangeTags(ToActor(caller), kind, names, {{.column = column, .name = request.tag_key, .value = request.tag_value.value_or("")}}, {}));
  return GetTag(caller, {request.entity_type, request.entity_name, request.tag_key});
}

Result<wire::TagAssignment> UnityCatalogApi::CreateTag(const http::Caller& caller, const wire::TagAssignment& request) {
  return PutTag(caller, request);
}

Result<wire::TagAssignment> UnityCatalogApi::UpdateTag(const http::Caller& caller, const wire::TagAssignment& request) {
  TRY(GetTag(caller, {request.entity_type, request.entity_name, request.tag_key}));
  return PutTag(caller, request);
}

Result<wire::TagAssignment> UnityCatalogApi::GetTag(const http::Caller& caller, const wire::TagRequest& request) {
  TRY(wire::ListTagsResponse list, ListTags(caller, {request.entity_type, request.entity_name}));
  for (wire::TagAssignment& tag : list.tag_assignments) {
    if (tag.tag_key == request.tag_key) return std::move(tag);
  }
  return Failure(ErrorCode::kNotFound, fmt::format("Tag '{}' of {} '{}' does not exist.", request.tag_key, request.entity_type, request.entity_name));
}

Result<wire::ListTagsResponse> UnityCatalogApi::ListTags(const http::Caller& caller, const wire::ListTagsRequest& request) {
  TRY(auto target, TagTarget(request.entity_type, request.entity_name));
  const auto& [kind, names, column] = target;
  TRY(std::vector<Catalog::Tag> tags, catalog_.ListTags(ToActor(caller), kind, names));
  wire::ListTagsResponse response;
  for (const Catalog::Tag& tag : tags) {
    if (tag.column != column) continue;
    response.tag_assignments.push_back({request.entity_type, request.entity_name, tag.name, tag.value, Rfc3339(tag.updated_ms), tag.updated_by});
  }
  return response;
}

Result<> UnityCatalogApi::DeleteTag(const http::Caller& caller, const wire::TagRequest& request) {
  TRY(auto target, TagTarget(request.entity_type, request.entity_name));
  const auto& [kind, names, column] = target;
  return catalog_.ChangeTags(ToActor(caller), kind, names, {}, {{column, request.tag_key}});
}

}  // namespace crannog::catalog
