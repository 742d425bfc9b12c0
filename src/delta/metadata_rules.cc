#include "delta/metadata_rules.h"

#include <fmt/format.h>

#include <functional>
#include <set>

#include "delta/features.h"

namespace crannog::delta {
namespace {

struct PropertyFeature {
  std::string_view property;
  std::string_view value;  ///< the value that asks for the feature, in lower case; "*": any but "none"
  std::string_view feature;
};
constexpr PropertyFeature kPropertyFeatures[] = {
    {"delta.appendOnly", "true", "appendOnly"},
    {"delta.enableDeletionVectors", "true", "deletionVectors"},
    {"delta.enableChangeDataFeed", "true", "changeDataFeed"},
    {"delta.enableRowTracking", "true", "rowTracking"},
    {"delta.enableInCommitTimestamps", "true", "inCommitTimestamp"},
    {"delta.enableTypeWidening", "true", "typeWidening"},
    {"delta.enableIcebergCompatV1", "true", "icebergCompatV1"},
    {"delta.enableIcebergCompatV2", "true", "icebergCompatV2"},
    {"delta.enableVariantShredding", "true", "variantShredding"},
    {"delta.checkpointPolicy", "v2", "v2Checkpoint"},
    {"delta.columnMapping.mode", "*", "columnMapping"},
};

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 32);
  }
  return text;
}

// Visits every field, at any depth.
void VisitFields(const std::vector<Field>& fields, const std::function<void(const Field&)>& visit) {
  std::function<void(const Type&)> inside = [&](const Type& type) {
    if (type.kind == TypeKind::kStruct) VisitFields(type.Fields(), visit);
    if (type.kind == TypeKind::kMap) inside(*type.key);
    if (type.kind == TypeKind::kArray || type.kind == TypeKind::kMap) inside(*type.element);
  };
  for (const Field& field : fields) {
    visit(field);
    inside(field.type);
  }
}

bool HoldsKind(const Type& type, TypeKind kind) {
  switch (type.kind) {
    case TypeKind::kStruct:
      for (const Field& field : type.Fields()) {
        if (HoldsKind(field.type, kind)) return true;
      }
      return false;
    case TypeKind::kArray: return HoldsKind(*type.element, kind);
    case TypeKind::kMap: return HoldsKind(*type.key, kind) || HoldsKind(*type.element, kind);
    default: return type.kind == kind;
  }
}

std::set<std::string> FeaturesOfSchema(const Schema& schema) {
  std::set<std::string> features;
  for (const Field& field : schema) {
    if (HoldsKind(field.type, TypeKind::kTimestampNtz)) features.insert("timestampNtz");
    if (HoldsKind(field.type, TypeKind::kVariant)) features.insert("variantType");
  }
  VisitFields(schema, [&features](const Field& field) {
    if (field.metadata.Find("delta.generationExpression") != nullptr) features.insert("generatedColumns");
    if (field.metadata.Find("delta.identity.start") != nullptr) features.insert("identityColumns");
    if (field.metadata.Find("CURRENT_DEFAULT") != nullptr) features.insert("allowColumnDefaults");
    if (field.metadata.Find("delta.invariants") != nullptr) features.insert("invariants");
    if (field.metadata.Find("delta.typeChanges") != nullptr) features.insert("typeWidening");
  });
  return features;
}

}  // namespace

Protocol LeastProtocol() { return Protocol{}; }

Result<Protocol> ProtocolFor(const Protocol& base, Metadata& metadata) {
  std::set<std::string> wanted;
  std::vector<std::string> spent;
  for (const auto& [key, value] : metadata.configuration) {
    for (const PropertyFeature& row : kPropertyFeatures) {
      const bool asks = row.value == "*" ? Lower(value) != "none" : Lower(value) == row.value;
      if (key == row.property && asks) wanted.insert(std::string(row.feature));
    }
    if (key.starts_with("delta.constraints.")) wanted.insert("checkConstraints");
    if (key.starts_with("delta.feature.")) {
      if (Lower(value) != "supported" && Lower(value) != "enabled") {
        return Failure(ConditionError("DELTA_UNSUPPORTED_FEATURE_STATUS", {{"feature", key.substr(14)}, {"status", value}}));
      }
      wanted.insert(key.substr(14));
      spent.push_back(key);
    }
    if (key == "delta.minReaderVersion" || key == "delta.minWriterVersion" || key == "delta.ignoreProtocolDefaults") spent.push_back(key);
  }
  TRY(const Schema schema, ParseSchema(metadata.schema_string));
  wanted.merge(FeaturesOfSchema(schema));
  Protocol protocol = base;
  auto number = [&metadata](const char* key) {
    auto found = metadata.configuration.find(key);
    return found == metadata.configuration.end() ? 0 : static_cast<int32_t>(std::strtol(found->second.c_str(), nullptr, 10));
  };
  // Legacy versions asked for by number.
  const int32_t reader = number("delta.minReaderVersion"), writer = number("delta.minWriterVersion");
  if (writer >= 7 || reader >= 3) {
    if (protocol.min_writer_version < 7) {
      const std::vector<std::string> names = SupportedFeatures(protocol);
      protocol.min_writer_version = 7;
      protocol.writer_features = names;
    }
    if (reader >= 3 && protocol.min_reader_version < 3) {
      protocol.min_reader_version = 3;
      protocol.reader_features.emplace();
    }
  } else {
    protocol.min_reader_version = std::max(protocol.min_reader_version, reader);
    if (protocol.min_writer_version < 7) protocol.min_writer_version = std::max(protocol.min_writer_version, writer);
  }
  for (const std::string& feature : wanted) {
    TRY(protocol, WithFeature(protocol, feature));
  }
  for (const std::string& key : spent) metadata.configuration.erase(key);
  return protocol;
}

namespace {

int64_t MaxId(const Schema& schema) {
  int64_t max = 0;
  VisitFields(schema, [&max](const Field& field) { max = std::max<int64_t>(max, field.FieldId().value_or(0)); });
  return max;
}

class Mapper {
 public:
  Mapper(int64_t max_id, bool keep_names, Random& random) : max_id_(max_id), keep_names_(keep_names), random_(random) {}
  int64_t max_id() const { return max_id_; }

  std::vector<Field> Fields(const std::vector<Field>& fields) {
    std::vector<Field> mapped;
    for (Field field : fields) {
      if (field.metadata.IsNull()) field.metadata = JsonValue::Object{};
      if (!field.FieldId()) field.metadata.Set("delta.columnMapping.id", ++max_id_);
      if (field.metadata.Find("delta.columnMapping.physicalName") == nullptr) {
        field.metadata.Set("delta.columnMapping.physicalName", keep_names_ ? field.name : "col-" + random_.NextUuid());
      }
      field.type = Inside(field.type);
      mapped.push_back(std::move(field));
    }
    return mapped;
  }

 private:
  Type Inside(const Type& type) {
    switch (type.kind) {
      case TypeKind::kStruct: return StructType(Fields(type.Fields()));
      case TypeKind::kArray: return ArrayType(Inside(*type.element), type.contains_null);
      case TypeKind::kMap: return MapType(Inside(*type.key), Inside(*type.element), type.contains_null);
      default: return type;
    }
  }
  int64_t max_id_;
  const bool keep_names_;
  Random& random_;
};

std::string ModeOf(const Metadata& metadata) {
  auto found = metadata.configuration.find("delta.columnMapping.mode");
  return found == metadata.configuration.end() ? "none" : Lower(found->second);
}

}  // namespace

Result<> AssignColumnMapping(Metadata& metadata, const Metadata* before, Random& random) {
  const std::string mode = ModeOf(metadata);
  const std::string old_mode = before != nullptr ? ModeOf(*before) : mode;
  if (mode != "none" && mode != "name" && mode != "id") {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("delta.columnMapping.mode is none, name or id, not '{}'", mode));
  }
  if (before != nullptr && mode != old_mode && !(old_mode == "none" && mode == "name")) {
    return Failure(ConditionError("DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE", {{"oldMode", old_mode}, {"newMode", mode}}));
  }
  if (mode == "none") return {};
  TRY(const Schema schema, ParseSchema(metadata.schema_string));
  int64_t max_id = MaxId(schema);
  if (auto known = metadata.configuration.find("delta.columnMapping.maxColumnId"); known != metadata.configuration.end()) {
    max_id = std::max<int64_t>(max_id, std::strtoll(known->second.c_str(), nullptr, 10));
  }
  const bool upgrades = before != nullptr && old_mode == "none";
  Mapper mapper(max_id, upgrades, random);
  metadata.schema_string = WriteSchema(mapper.Fields(schema));
  metadata.configuration["delta.columnMapping.maxColumnId"] = fmt::format("{}", mapper.max_id());
  return {};
}

void AssignRowTrackingColumns(Metadata& metadata, Random& random) {
  auto found = metadata.configuration.find("delta.enableRowTracking");
  if (found == metadata.configuration.end() || Lower(found->second) != "true") return;
  const std::pair<const char*, const char*> names[] = {
      {"delta.rowTracking.materializedRowIdColumnName", "_row-id-col-"},
      {"delta.rowTracking.materializedRowCommitVersionColumnName", "_row-commit-version-col-"}};
  for (const auto& [key, prefix] : names) {
    if (!metadata.configuration.contains(key)) metadata.configuration[key] = prefix + random.NextUuid();
  }
}

}  // namespace crannog::delta
