// JSON codec of the actions. Source: PROTOCOL.md, "Actions".
#include <fmt/format.h>
#include <simdjson.h>

#include "delta/actions.h"
#include "delta/path.h"

namespace crannog::delta {
namespace {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

Error Malformed(std::string_view what) { return MakeError(ErrorCode::kDataLoss, fmt::format("malformed action: {}", what)); }

// Reads the fields of one object; the first that is of a wrong kind spoils the whole.
class Fields {
 public:
  explicit Fields(Element element, std::string_view owner) : owner_(owner) {
    if (element.get_object().get(object_) != simdjson::SUCCESS) Spoil("is no object");
  }

  template <typename T>
  void Required(std::string_view key, T& out) {
    if (!Optional(key, out)) Spoil(fmt::format("has no {}", key));
  }

  bool Optional(std::string_view key, std::string& out) {
    Element value;
    if (!Find(key, value)) return false;
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return Spoil(fmt::format("has {} that is no text", key));
    out = text;
    return true;
  }
  bool Optional(std::string_view key, int64_t& out) {
    Element value;
    if (!Find(key, value)) return false;
    if (value.get(out) != simdjson::SUCCESS) {
      double number = 0;
      if (value.get(number) != simdjson::SUCCESS || number != static_cast<double>(static_cast<int64_t>(number))) {
        return Spoil(fmt::format("has {} that is no integer", key));
      }
      out = static_cast<int64_t>(number);
    }
    return true;
  }
  bool Optional(std::string_view key, int32_t& out) {
    int64_t wide = 0;
    if (!Optional(key, wide)) return false;
    if (wide < INT32_MIN || wide > INT32_MAX) return Spoil(fmt::format("has {} beyond 32 bits", key));
    out = static_cast<int32_t>(wide);
    return true;
  }
  bool Optional(std::string_view key, bool& out) {
    Element value;
    if (!Find(key, value)) return false;
    if (value.get(out) != simdjson::SUCCESS) return Spoil(fmt::format("has {} that is no boolean", key));
    return true;
  }
  bool Optional(std::string_view key, StringMap& out) {
    Element value;
    if (!Find(key, value)) return false;
    Object map;
    if (value.get_object().get(map) != simdjson::SUCCESS) return Spoil(fmt::format("has {} that is no object", key));
    for (auto [name, item] : map) {
      std::string_view text;
      if (item.get(text) == simdjson::SUCCESS) out[std::string(name)] = text;
      else if (!item.is_null()) out[std::string(name)] = simdjson::minify(item);
    }
    return true;
  }
  bool Optional(std::string_view key, PartitionValues& out) {
    Element value;
    if (!Find(key, value)) return false;
    Object map;
    if (value.get_object().get(map) != simdjson::SUCCESS) return Spoil(fmt::format("has {} that is no object", key));
    for (auto [name, item] : map) {
      std::string_view text;
      if (item.is_null()) out.emplace_back(std::string(name), std::nullopt);
      else if (item.get(text) == simdjson::SUCCESS) out.emplace_back(std::string(name), std::string(text));
      else return Spoil(fmt::format("has {} with a value that is no text", key));
    }
    return true;
  }
  bool Optional(std::string_view key, std::vector<std::string>& out) {
    Element value;
    if (!Find(key, value)) return false;
    simdjson::dom::array list;
    if (value.get_array().get(list) != simdjson::SUCCESS) return Spoil(fmt::format("has {} that is no list", key));
    for (Element item : list) {
      std::string_view text;
      if (item.get(text) != simdjson::SUCCESS) return Spoil(fmt::format("has {} with an item that is no text", key));
      out.emplace_back(text);
    }
    return true;
  }
  template <typename T>
  bool Optional(std::string_view key, std::optional<T>& out) {
    T value{};
    if (!Optional(key, value)) return false;
    out = std::move(value);
    return true;
  }
  bool Optional(std::string_view key, std::optional<DeletionVectorDescriptor>& out) {
    Element value;
    if (!Find(key, value)) return false;
    Fields fields(value, "deletionVector");
    DeletionVectorDescriptor vector;
    fields.Required("storageType", vector.storage_type);
    fields.Required("pathOrInlineDv", vector.path_or_inline);
    fields.Optional("offset", vector.offset);
    fields.Required("sizeInBytes", vector.size_bytes);
    fields.Required("cardinality", vector.cardinality);
    if (!fields.wrong_.empty()) return Spoil(fields.wrong_);
    out = std::move(vector);
    return true;
  }
  // A member whose absence and null are the same.
  bool Find(std::string_view key, Element& out) {
    if (!wrong_.empty()) return false;
    return object_[key].get(out) == simdjson::SUCCESS && !out.is_null();
  }

  Result<> Verdict() const {
    if (!wrong_.empty()) return Failure(Malformed(wrong_));
    return {};
  }

 private:
  bool Spoil(std::string what) {
    if (wrong_.empty()) wrong_ = fmt::format("{} {}", owner_, what);
    return false;
  }
  std::string_view owner_;
  Object object_;
  std::string wrong_;
};

Result<Action> ParseAdd(Element element) {
  Fields fields(element, "add");
  AddFile add;
  fields.Required("path", add.path);
  fields.Optional("partitionValues", add.partition_values);
  fields.Required("size", add.size_bytes);
  fields.Optional("modificationTime", add.modification_time_ms);
  fields.Optional("dataChange", add.data_change);
  fields.Optional("stats", add.stats);
  fields.Optional("tags", add.tags);
  fields.Optional("deletionVector", add.deletion_vector);
  fields.Optional("baseRowId", add.base_row_id);
  fields.Optional("defaultRowCommitVersion", add.default_row_commit_version);
  fields.Optional("clusteringProvider", add.clustering_provider);
  TRY(fields.Verdict());
  return add;
}

Result<Action> ParseRemove(Element element) {
  Fields fields(element, "remove");
  RemoveFile remove;
  fields.Required("path", remove.path);
  fields.Optional("deletionTimestamp", remove.deletion_timestamp_ms);
  fields.Optional("dataChange", remove.data_change);
  fields.Optional("extendedFileMetadata", remove.extended_file_metadata);
  fields.Optional("partitionValues", remove.partition_values);
  fields.Optional("size", remove.size_bytes);
  fields.Optional("stats", remove.stats);
  fields.Optional("tags", remove.tags);
  fields.Optional("deletionVector", remove.deletion_vector);
  fields.Optional("baseRowId", remove.base_row_id);
  fields.Optional("defaultRowCommitVersion", remove.default_row_commit_version);
  TRY(fields.Verdict());
  return remove;
}

Result<Action> ParseCdc(Element element) {
  Fields fields(element, "cdc");
  AddCdcFile cdc;
  fields.Required("path", cdc.path);
  fields.Optional("partitionValues", cdc.partition_values);
  fields.Required("size", cdc.size_bytes);
  fields.Optional("tags", cdc.tags);
  TRY(fields.Verdict());
  return cdc;
}

Result<Action> ParseMetadata(Element element) {
  Fields fields(element, "metaData");
  Metadata metadata;
  fields.Optional("id", metadata.id);
  fields.Optional("name", metadata.name);
  fields.Optional("description", metadata.description);
  fields.Optional("schemaString", metadata.schema_string);
  fields.Optional("partitionColumns", metadata.partition_columns);
  fields.Optional("configuration", metadata.configuration);
  fields.Optional("createdTime", metadata.created_time_ms);
  if (Element value; fields.Find("format", value)) {
    Fields format(value, "format");
    format.Optional("provider", metadata.format_provider);
    format.Optional("options", metadata.format_options);
    TRY(format.Verdict());
  }
  TRY(fields.Verdict());
  return metadata;
}

Result<Action> ParseProtocol(Element element) {
  Fields fields(element, "protocol");
  Protocol protocol;
  fields.Required("minReaderVersion", protocol.min_reader_version);
  fields.Required("minWriterVersion", protocol.min_writer_version);
  fields.Optional("readerFeatures", protocol.reader_features);
  fields.Optional("writerFeatures", protocol.writer_features);
  TRY(fields.Verdict());
  return protocol;
}

Result<Action> ParseElement(std::string_view key, Element element) {
  if (key == "add") return ParseAdd(element);
  if (key == "remove") return ParseRemove(element);
  if (key == "cdc") return ParseCdc(element);
  if (key == "metaData") return ParseMetadata(element);
  if (key == "protocol") return ParseProtocol(element);
  if (key == "commitInfo") {
    TRY(JsonValue json, ParseJson(simdjson::minify(element)));
    return CommitInfo{std::move(json)};
  }
  Fields fields(element, key);
  Action action;
  if (key == "txn") {
    SetTransaction transaction;
    fields.Required("appId", transaction.app_id);
    fields.Required("version", transaction.version);
    fields.Optional("lastUpdated", transaction.last_updated_ms);
    action = std::move(transaction);
  } else if (key == "domainMetadata") {
    DomainMetadata domain;
    fields.Required("domain", domain.domain);
    fields.Optional("configuration", domain.configuration);
    fields.Optional("removed", domain.removed);
    action = std::move(domain);
  } else if (key == "checkpointMetadata") {
    CheckpointMetadata checkpoint;
    fields.Optional("version", checkpoint.version);
    fields.Optional("tags", checkpoint.tags);
    action = std::move(checkpoint);
  } else if (key == "sidecar") {
    Sidecar sidecar;
    fields.Required("path", sidecar.path);
    fields.Optional("sizeInBytes", sidecar.size_bytes);
    fields.Optional("modificationTime", sidecar.modification_time_ms);
    fields.Optional("tags", sidecar.tags);
    action = std::move(sidecar);
  } else {
    return Action();
  }
  TRY(fields.Verdict());
  return action;
}

Result<Action> ParseDocument(simdjson::dom::parser& parser, std::string_view line) {
  Element document;
  if (const auto code = parser.parse(line.data(), line.size()).get(document); code != simdjson::SUCCESS) {
    return Failure(Malformed(simdjson::error_message(code)));
  }
  Object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) return Failure(Malformed("a line that is no object"));
  // One member per line is the rule; null members (as engines that dump rows write them) say nothing.
  for (auto [key, value] : object) {
    if (!value.is_null()) return ParseElement(key, value);
  }
  return Action();
}

// Documents of several lines, one after the other, as some tools print them.
Result<std::vector<Action>> ParseSpreadActions(std::string_view text) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(text);
  simdjson::dom::document_stream stream;
  if (parser.parse_many(padded, padded.size() + 64).get(stream) != simdjson::SUCCESS) return Failure(Malformed("no JSON"));
  std::vector<Action> actions;
  for (auto document : stream) {
    Object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return Failure(Malformed("no JSON object"));
    for (auto [key, value] : object) {
      if (value.is_null()) continue;
      TRY(Action action, ParseElement(key, value));
      actions.push_back(std::move(action));
      break;
    }
  }
  if (stream.truncated_bytes() != 0) return Failure(Malformed("text cut off"));
  return actions;
}

template <typename T>
void SetOptional(JsonValue& json, std::string_view key, const std::optional<T>& value) {
  if (value) json.Set(key, *value);
}

JsonValue MapToJson(const StringMap& map) {
  JsonValue::Object object;
  for (const auto& [key, value] : map) object.emplace_back(key, value);
  return object;
}

JsonValue ListToJson(const std::vector<std::string>& list) {
  JsonValue::Array array;
  for (const std::string& item : list) array.emplace_back(item);
  return array;
}

JsonValue PartitionsToJson(const PartitionValues& values) {
  JsonValue::Object object;
  for (const auto& [key, value] : values) object.emplace_back(key, value ? JsonValue(*value) : JsonValue());
  return object;
}

JsonValue ToJson(const AddCdcFile& cdc) {
  JsonValue json;
  json.Set("path", cdc.path);
  json.Set("partitionValues", PartitionsToJson(cdc.partition_values));
  json.Set("size", cdc.size_bytes);
  if (!cdc.tags.empty()) json.Set("tags", MapToJson(cdc.tags));
  json.Set("dataChange", false);
  return json;
}

JsonValue ToJson(const CheckpointMetadata& checkpoint) {
  JsonValue json;
  json.Set("version", checkpoint.version);
  if (!checkpoint.tags.empty()) json.Set("tags", MapToJson(checkpoint.tags));
  return json;
}

JsonValue ToJson(const Sidecar& sidecar) {
  JsonValue json;
  json.Set("path", sidecar.path);
  json.Set("sizeInBytes", sidecar.size_bytes);
  json.Set("modificationTime", sidecar.modification_time_ms);
  if (!sidecar.tags.empty()) json.Set("tags", MapToJson(sidecar.tags));
  return json;
}

}  // namespace

std::string DeletionVectorDescriptor::UniqueId() const {
  return offset ? fmt::format("{}{}@{}", storage_type, path_or_inline, *offset) : storage_type + path_or_inline;
}

std::optional<int64_t> CommitInfo::InCommitTimestampMs() const {
  const JsonValue* value = json.Find("inCommitTimestamp");
  if (value == nullptr || !value->IsInt()) return std::nullopt;
  return value->AsInt();
}

Result<Action> ParseAction(std::string_view line) {
  simdjson::dom::parser parser;
  return ParseDocument(parser, line);
}

Result<std::vector<Action>> ParseActions(std::string_view text) {
  simdjson::dom::parser parser;
  std::vector<Action> actions;
  const std::string_view whole = text;
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    Result<Action> action = ParseDocument(parser, line);
    if (!action) {
      if (number == 1 && !whole.empty() && line.size() < 3) {
        if (Result<std::vector<Action>> spread = ParseSpreadActions(whole)) return spread;
      }
      return Failure(WithContext(std::move(action).error(), fmt::format("reading line {}", number)));
    }
    actions.push_back(*std::move(action));
  }
  return actions;
}

JsonValue ToJson(const DeletionVectorDescriptor& vector) {
  JsonValue json;
  json.Set("storageType", vector.storage_type);
  json.Set("pathOrInlineDv", vector.path_or_inline);
  SetOptional(json, "offset", vector.offset);
  json.Set("sizeInBytes", vector.size_bytes);
  json.Set("cardinality", vector.cardinality);
  return json;
}

JsonValue ToJson(const AddFile& add) {
  JsonValue json;
  json.Set("path", add.path);
  json.Set("partitionValues", PartitionsToJson(add.partition_values));
  json.Set("size", add.size_bytes);
  json.Set("modificationTime", add.modification_time_ms);
  json.Set("dataChange", add.data_change);
  if (!add.stats.empty()) json.Set("stats", add.stats);
  if (!add.tags.empty()) json.Set("tags", MapToJson(add.tags));
  if (add.deletion_vector) json.Set("deletionVector", ToJson(*add.deletion_vector));
  SetOptional(json, "baseRowId", add.base_row_id);
  SetOptional(json, "defaultRowCommitVersion", add.default_row_commit_version);
  SetOptional(json, "clusteringProvider", add.clustering_provider);
  return json;
}

JsonValue ToJson(const RemoveFile& remove) {
  JsonValue json;
  json.Set("path", remove.path);
  SetOptional(json, "deletionTimestamp", remove.deletion_timestamp_ms);
  json.Set("dataChange", remove.data_change);
  SetOptional(json, "extendedFileMetadata", remove.extended_file_metadata);
  if (remove.partition_values) json.Set("partitionValues", PartitionsToJson(*remove.partition_values));
  SetOptional(json, "size", remove.size_bytes);
  if (!remove.stats.empty()) json.Set("stats", remove.stats);
  if (!remove.tags.empty()) json.Set("tags", MapToJson(remove.tags));
  if (remove.deletion_vector) json.Set("deletionVector", ToJson(*remove.deletion_vector));
  SetOptional(json, "baseRowId", remove.base_row_id);
  SetOptional(json, "defaultRowCommitVersion", remove.default_row_commit_version);
  return json;
}

JsonValue ToJson(const Metadata& metadata) {
  JsonValue format;
  format.Set("provider", metadata.format_provider);
  format.Set("options", MapToJson(metadata.format_options));
  JsonValue json;
  json.Set("id", metadata.id);
  SetOptional(json, "name", metadata.name);
  SetOptional(json, "description", metadata.description);
  json.Set("format", std::move(format));
  json.Set("schemaString", metadata.schema_string);
  json.Set("partitionColumns", ListToJson(metadata.partition_columns));
  json.Set("configuration", MapToJson(metadata.configuration));
  SetOptional(json, "createdTime", metadata.created_time_ms);
  return json;
}

JsonValue ToJson(const Protocol& protocol) {
  JsonValue json;
  json.Set("minReaderVersion", int64_t{protocol.min_reader_version});
  json.Set("minWriterVersion", int64_t{protocol.min_writer_version});
  if (protocol.reader_features) json.Set("readerFeatures", ListToJson(*protocol.reader_features));
  if (protocol.writer_features) json.Set("writerFeatures", ListToJson(*protocol.writer_features));
  return json;
}

JsonValue ToJson(const SetTransaction& transaction) {
  JsonValue json;
  json.Set("appId", transaction.app_id);
  json.Set("version", transaction.version);
  SetOptional(json, "lastUpdated", transaction.last_updated_ms);
  return json;
}

JsonValue ToJson(const DomainMetadata& domain) {
  JsonValue json;
  json.Set("domain", domain.domain);
  json.Set("configuration", domain.configuration);
  json.Set("removed", domain.removed);
  return json;
}

std::string WriteAction(const Action& action) {
  JsonValue json;
  if (const auto* add = std::get_if<AddFile>(&action)) json.Set("add", ToJson(*add));
  else if (const auto* remove = std::get_if<RemoveFile>(&action)) json.Set("remove", ToJson(*remove));
  else if (const auto* cdc = std::get_if<AddCdcFile>(&action)) json.Set("cdc", ToJson(*cdc));
  else if (const auto* metadata = std::get_if<Metadata>(&action)) json.Set("metaData", ToJson(*metadata));
  else if (const auto* protocol = std::get_if<Protocol>(&action)) json.Set("protocol", ToJson(*protocol));
  else if (const auto* transaction = std::get_if<SetTransaction>(&action)) json.Set("txn", ToJson(*transaction));
  else if (const auto* domain = std::get_if<DomainMetadata>(&action)) json.Set("domainMetadata", ToJson(*domain));
  else if (const auto* info = std::get_if<CommitInfo>(&action)) json.Set("commitInfo", info->json);
  else if (const auto* checkpoint = std::get_if<CheckpointMetadata>(&action)) json.Set("checkpointMetadata", ToJson(*checkpoint));
  else if (const auto* sidecar = std::get_if<Sidecar>(&action)) json.Set("sidecar", ToJson(*sidecar));
  else json = JsonValue::Object{};
  return WriteJson(json);
}

RemoveFile RemoveOf(const AddFile& add, int64_t deletion_timestamp_ms, bool data_change) {
  RemoveFile remove;
  remove.path = add.path;
  remove.deletion_timestamp_ms = deletion_timestamp_ms;
  remove.data_change = data_change;
  remove.extended_file_metadata = true;
  remove.partition_values = add.partition_values;
  remove.size_bytes = add.size_bytes;
  remove.stats = add.stats;
  remove.tags = add.tags;
  remove.deletion_vector = add.deletion_vector;
  remove.base_row_id = add.base_row_id;
  remove.default_row_commit_version = add.default_row_commit_version;
  return remove;
}

std::string FileKey(std::string_view path, const std::optional<DeletionVectorDescriptor>& vector) {
  std::string key = CanonicalPath(path);
  if (vector) {
    key += '\0';
    key += vector->UniqueId();
  }
  return key;
}

}  // namespace crannog::delta
