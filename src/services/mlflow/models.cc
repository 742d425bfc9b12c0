#include "services/mlflow/models.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "services/mlflow/limits.h"
#include "services/mlflow/models_store.h"

namespace crannog::mlflow {
namespace {

constexpr std::string_view kStages[] = {"None", "Staging", "Production", "Archived"};

Error Invalid(std::string message) { return MakeError(ErrorCode::kInvalidParameterValue, std::move(message)); }
Error NoModel(const std::string& name) { return MakeError(ErrorCode::kNotFound, fmt::format("Registered Model with name={} not found", name)); }
Error NoVersion(const std::string& name, const std::string& version) {
  return MakeError(ErrorCode::kNotFound, fmt::format("Model Version (name={}, version={}) not found", name, version));
}

bool EqualsNoCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

Result<std::string> CanonicalStage(const std::string& stage) {
  for (std::string_view known : kStages) {
    if (EqualsNoCase(known, stage)) return std::string(known);
  }
  return Failure(Invalid(fmt::format("Invalid Model Version stage: {}. Value must be one of None, Staging, Production, Archived.", stage)));
}

Result<int64_t> VersionNumber(const std::string& text) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return Failure(Invalid(fmt::format("Model version must be an integer, got '{}'", text)));
  return number;
}

Result<> CheckAlias(const std::string& alias) {
  const bool plain = !alias.empty() && std::all_of(alias.begin(), alias.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
  const bool is_version = alias.size() > 1 && (alias[0] == 'v' || alias[0] == 'V') && std::all_of(alias.begin() + 1, alias.end(), [](unsigned char c) { return std::isdigit(c); });
  if (EqualsNoCase(alias, "latest")) return Failure(Invalid("'latest' alias name (case insensitive) is reserved."));
  if (!plain || is_version || alias.size() > 255) {
    return Failure(Invalid(fmt::format("Invalid alias name: '{}'. Names may only contain alphanumerics, underscores (_) and dashes (-), and are no version.", alias)));
  }
  return {};
}

Result<> CheckModelTag(const std::string& key, const std::string& value) {
  TRY(CheckKey("Tag", key));
  if (value.size() > kRegistryTagValueCharactersMax) {
    return Failure(Invalid(fmt::format("'{}' exceeds the maximum length of {} characters", key, kRegistryTagValueCharactersMax)));
  }
  return {};
}

Result<wire::RegisteredModel> Load(store::Reader& reader, const std::string& name) {
  TRY(std::optional<wire::RegisteredModel> model, models_store::Find(reader, name));
  if (!model) return Failure(NoModel(name));
  return *std::move(model);
}

Result<wire::ModelVersion> LoadVersion(store::Reader& reader, const std::string& name, const std::string& version) {
  TRY(int64_t number, VersionNumber(version));
  TRY(std::optional<wire::ModelVersion> found, models_store::FindVersion(reader, name, number));
  if (!found) return Failure(NoVersion(name, version));
  return *std::move(found);
}

Result<int64_t> PutTags(store::Transaction& transaction, const std::string& name, const std::vector<wire::ModelTag>& tags) {
  for (const wire::ModelTag& tag : tags) {
    TRY(transaction.Execute("INSERT INTO mlflow_registered_model_tag VALUES (?, ?, ?) ON CONFLICT (model_name, name) DO UPDATE SET value = excluded.value",
                            {name, tag.key.value_or(""), tag.value.value_or("")}));
  }
  return static_cast<int64_t>(tags.size());
}

// "models:/name/3" and "models:/m-abc" as the source of a version lead to where their files are.
Result<std::string> LocationOfSource(store::Reader& reader, const std::string& source) {
  constexpr std::string_view kModels = "models:/";
  if (!source.starts_with(kModels)) return source;
  std::string rest = source.substr(kModels.size());
  size_t slash = rest.rfind('/');
  if (slash == std::string::npos) {
    TRY(std::optional<store::Row> row, reader.QueryOne("SELECT artifact_uri FROM mlflow_logged_model WHERE model_id = ?", {rest}));
    if (!row) return Failure(ErrorCode::kNotFound, fmt::format("Logged model with ID '{}' not found.", rest));
    return row->Text(0);
  }
  TRY(int64_t number, VersionNumber(rest.substr(slash + 1)));
  TRY(std::optional<std::string> location, models_store::StorageLocation(reader, rest.substr(0, slash), number));
  if (!location) return Failure(NoVersion(rest.substr(0, slash), rest.substr(slash + 1)));
  return *location;
}

template <typename T, typename Work>
Result<T> ReadOne(store::Database& database, Work work) {
  std::optional<T> out;
  TRY(database.Read([&](store::Reader& reader) -> Result<> {
    TRY(out, work(reader));
    return {};
  }));
  return *std::move(out);
}

}  // namespace

Result<wire::RegisteredModel> Models::Create(const std::string& name, const std::string& user, const std::optional<std::string>& description,
                                             const std::vector<wire::ModelTag>& tags) {
  TRY(CheckModelName(name));
  for (const wire::ModelTag& tag : tags) TRY(CheckModelTag(tag.key.value_or(""), tag.value.value_or("")));
  std::optional<wire::RegisteredModel> model;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<store::Row> taken, transaction.QueryOne("SELECT 1 FROM mlflow_registered_model WHERE name = ?", {name}));
    if (taken) return Failure(ErrorCode::kAlreadyExists, fmt::format("Registered Model (name={}) already exists.", name));
    const int64_t now = clock_.NowMillis();
    TRY(transaction.Execute("INSERT INTO mlflow_registered_model VALUES (?, ?, ?, ?, ?, 0)", {name, description, user, now, now}));
    TRY(PutTags(transaction, name, tags));
    TRY(observer_(transaction, {"REGISTERED_MODEL_CREATED", name, "", "", "", fmt::format("Registered model '{}' created by {}.", name, user)}));
    TRY(model, Load(transaction, name));
    return {};
  }));
  return *std::move(model);
}

Result<wire::RegisteredModel> Models::Get(const std::string& name) {
  return ReadOne<wire::RegisteredModel>(database_, [&](store::Reader& reader) { return Load(reader, name); });
}

Result<wire::RegisteredModel> Models::Rename(const std::string& name, const std::string& new_name) {
  TRY(CheckModelName(new_name));
  std::optional<wire::RegisteredModel> model;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::RegisteredModel old, Load(transaction, name));
    if (name != new_name) {
      TRY(std::optional<store::Row> taken, transaction.QueryOne("SELECT 1 FROM mlflow_registered_model WHERE name = ?", {new_name}));
      if (taken) return Failure(ErrorCode::kAlreadyExists, fmt::format("Registered Model (name={}) already exists.", new_name));
      TRY(transaction.Execute("UPDATE mlflow_registered_model SET name = ?, updated_ms = ? WHERE name = ?", {new_name, clock_.NowMillis(), name}));
    }
    TRY(model, Load(transaction, new_name));
    return {};
  }));
  return *std::move(model);
}

Result<wire::RegisteredModel> Models::Describe(const std::string& name, const std::optional<std::string>& description) {
  std::optional<wire::RegisteredModel> model;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::RegisteredModel old, Load(transaction, name));
    TRY(transaction.Execute("UPDATE mlflow_registered_model SET description = ?, updated_ms = ? WHERE name = ?", {description, clock_.NowMillis(), name}));
    TRY(model, Load(transaction, name));
    return {};
  }));
  return *std::move(model);
}

Result<> Models::Delete(const std::string& name) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(int64_t count, transaction.Execute("DELETE FROM mlflow_registered_model WHERE name = ?", {name}));
    if (count == 0) return Failure(NoModel(name));
    return {};
  });
}

Result<std::vector<wire::ModelVersion>> Models::LatestVersions(const std::string& name, const std::vector<std::string>& stages) {
  std::vector<std::string> wanted;
  for (const std::string& stage : stages) {
    TRY(std::string known, CanonicalStage(stage));
    wanted.push_back(std::move(known));
  }
  TRY(wire::RegisteredModel model, Get(name));
  if (!wanted.empty()) {
    std::erase_if(model.latest_versions, [&](const wire::ModelVersion& version) { return std::find(wanted.begin(), wanted.end(), version.current_stage) == wanted.end(); });
  }
  return std::move(model.latest_versions);
}

Result<> Models::SetTag(const std::string& name, const std::string& key, const std::string& value) {
  TRY(CheckModelTag(key, value));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::RegisteredModel model, Load(transaction, name));
    TRY(PutTags(transaction, name, {{key, value}}));
    return {};
  });
}

Result<> Models::DeleteTag(const std::string& name, const std::string& key) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::RegisteredModel model, Load(transaction, name));
    TRY(transaction.Execute("DELETE FROM mlflow_registered_model_tag WHERE model_name = ? AND name = ?", {name, key}));
    return {};
  });
}

Result<> Models::SetAlias(const std::string& name, const std::string& alias, const std::string& version) {
  TRY(CheckAlias(alias));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::ModelVersion found, LoadVersion(transaction, name, version));
    TRY(int64_t number, VersionNumber(version));
    TRY(transaction.Execute("INSERT INTO mlflow_model_alias VALUES (?, ?, ?) ON CONFLICT (model_name, alias) DO UPDATE SET version = excluded.version", {name, alias, number}));
    return {};
  });
}

Result<> Models::DeleteAlias(const std::string& name, const std::string& alias) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::RegisteredModel model, Load(transaction, name));
    TRY(transaction.Execute("DELETE FROM mlflow_model_alias WHERE model_name = ? AND alias = ?", {name, alias}));
    return {};
  });
}

Result<wire::ModelVersion> Models::GetByAlias(const std::string& name, const std::string& alias) {
  return ReadOne<wire::ModelVersion>(database_, [&](store::Reader& reader) -> Result<wire::ModelVersion> {
    TRY(wire::RegisteredModel model, Load(reader, name));
    for (const wire::ModelAlias& known : model.aliases) {
      if (known.alias == alias) return LoadVersion(reader, name, known.version);
    }
    return Failure(Invalid(fmt::format("Registered model alias {} not found.", alias)));
  });
}

Result<wire::ModelVersion> Models::CreateVersion(const wire::CreateModelVersionRequest& request, const std::string& user) {
  const std::string name = request.name.value_or("");
  TRY(CheckModelName(name));
  for (const wire::ModelTag& tag : request.tags) TRY(CheckModelTag(tag.key.value_or(""), tag.value.value_or("")));
  std::optional<wire::ModelVersion> created;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::RegisteredModel model, Load(transaction, name));
    TRY(std::string location, LocationOfSource(transaction, request.source.value_or("")));
    TRY(store::Row last, transaction.QueryRow("SELECT last_version FROM mlflow_registered_model WHERE name = ?", {name}));
    const int64_t number = last.Int(0) + 1;
    const int64_t now = clock_.NowMillis();
    wire::ModelVersion version;
    version.name = name;
    version.creation_timestamp = version.last_updated_timestamp = now;
    version.user_id = user;
    version.current_stage = "None";
    version.description = request.description;
    version.source = request.source;
    version.run_id = request.run_id;
    version.run_link = request.run_link;
    version.model_id = request.model_id;
    version.status = "READY";
    version.tags = request.tags;
    TRY(models_store::InsertVersion(transaction, version, number, location));
    TRY(transaction.Execute("UPDATE mlflow_registered_model SET last_version = ?, updated_ms = ? WHERE name = ?", {number, now, name}));
    const std::string text = std::to_string(number);
    TRY(observer_(transaction, {"MODEL_VERSION_CREATED", name, text, "", "", fmt::format("Version {} of registered model '{}' created by {}.", text, name, user)}));
    TRY(created, LoadVersion(transaction, name, text));
    return {};
  }));
  return *std::move(created);
}

Result<wire::ModelVersion> Models::GetVersion(const std::string& name, const std::string& version) {
  return ReadOne<wire::ModelVersion>(database_, [&](store::Reader& reader) { return LoadVersion(reader, name, version); });
}

Result<wire::ModelVersion> Models::DescribeVersion(const std::string& name, const std::string& version, const std::optional<std::string>& description) {
  std::optional<wire::ModelVersion> out;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::ModelVersion old, LoadVersion(transaction, name, version));
    TRY(int64_t number, VersionNumber(version));
    TRY(transaction.Execute("UPDATE mlflow_model_version SET description = ?, updated_ms = ? WHERE model_name = ? AND version = ?",
                            {description, clock_.NowMillis(), name, number}));
    TRY(out, LoadVersion(transaction, name, version));
    return {};
  }));
  return *std::move(out);
}

Result<wire::ModelVersion> Models::TransitionStage(const std::string& name, const std::string& version, const std::string& stage, bool archive_existing) {
  TRY(std::string to, CanonicalStage(stage));
  const bool is_active = to == "Staging" || to == "Production";
  if (archive_existing && !is_active) {
    return Failure(Invalid(fmt::format("Model version transition cannot archive existing model versions because '{}' is not an Active stage. Valid stages are ['Staging', 'Production']", to)));
  }
  std::optional<wire::ModelVersion> out;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::ModelVersion old, LoadVersion(transaction, name, version));
    TRY(int64_t number, VersionNumber(version));
    const int64_t now = clock_.NowMillis();
    if (archive_existing) {
      TRY(transaction.Execute("UPDATE mlflow_model_version SET stage = 'Archived', updated_ms = ? WHERE model_name = ? AND stage = ? AND version <> ?", {now, name, to, number}));
    }
    TRY(transaction.Execute("UPDATE mlflow_model_version SET stage = ?, updated_ms = ? WHERE model_name = ? AND version = ?", {to, now, name, number}));
    TRY(models_store::Touch(transaction, name, now));
    TRY(observer_(transaction, {"MODEL_VERSION_TRANSITIONED_STAGE", name, version, to, old.current_stage,
                                fmt::format("Version {} of registered model '{}' transitioned from {} to {}.", version, name, old.current_stage, to)}));
    TRY(out, LoadVersion(transaction, name, version));
    return {};
  }));
  return *std::move(out);
}

Result<> Models::DeleteVersion(const std::string& name, const std::string& version) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::ModelVersion old, LoadVersion(transaction, name, version));
    TRY(int64_t number, VersionNumber(version));
    TRY(transaction.Execute("DELETE FROM mlflow_model_alias WHERE model_name = ? AND version = ?", {name, number}));
    TRY(transaction.Execute("DELETE FROM mlflow_model_version WHERE model_name = ? AND version = ?", {name, number}));
    return models_store::Touch(transaction, name, clock_.NowMillis());
  });
}

Result<std::string> Models::DownloadUri(const std::string& name, const std::string& version) {
  return ReadOne<std::string>(database_, [&](store::Reader& reader) -> Result<std::string> {
    TRY(int64_t number, VersionNumber(version));
    TRY(std::optional<std::string> location, models_store::StorageLocation(reader, name, number));
    if (!location) return Failure(NoVersion(name, version));
    return *location;
  });
}

Result<> Models::SetVersionTag(const std::string& name, const std::string& version, const std::string& key, const std::string& value) {
  TRY(CheckModelTag(key, value));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::ModelVersion found, LoadVersion(transaction, name, version));
    TRY(int64_t number, VersionNumber(version));
    TRY(transaction.Execute("INSERT INTO mlflow_model_version_tag VALUES (?, ?, ?, ?) ON CONFLICT (model_name, version, name) DO UPDATE SET value = excluded.value",
                            {name, number, key, value}));
    return {};
  });
}

Result<> Models::DeleteVersionTag(const std::string& name, const std::string& version, const std::string& key) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::ModelVersion found, LoadVersion(transaction, name, version));
    TRY(int64_t number, VersionNumber(version));
    TRY(transaction.Execute("DELETE FROM mlflow_model_version_tag WHERE model_name = ? AND version = ? AND name = ?", {name, number, key}));
    return {};
  });
}

}  // namespace crannog::mlflow
