#include "engine/duckdb/delta_write.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/check.h"
#include "delta/path.h"
#include "delta/stats_writer.h"
#include "delta/value.h"
#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/copy_function_catalog_entry.hpp"
#include "duckdb/function/copy_function.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/parser/parsed_data/copy_info.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/operator/logical_copy_to_file.hpp"
#include "duckdb/planner/operator/logical_projection.hpp"
#include "engine/duckdb/delta_types.h"

namespace crannog::engine {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Value;

constexpr int64_t kRowGroupRows = 122880 * 4;
constexpr int64_t kZstdLevel = 3;

// Gives a nested value with other field names: the layout is the same, only the type says otherwise.
void Rename(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) { result.Reinterpret(arguments.data[0]); }

duckdb::unique_ptr<duckdb::Expression> Renamed(duckdb::unique_ptr<duckdb::Expression> value, const LogicalType& to) {
  if (value->return_type == to) return value;
  duckdb::ScalarFunction function("delta_physical_names", {value->return_type}, to, Rename);
  function.serialize = [](duckdb::Serializer&, const duckdb::optional_ptr<duckdb::FunctionData>, const duckdb::ScalarFunction&) {
    throw duckdb::NotImplementedException("serializing delta_physical_names");
  };
  function.deserialize = [](duckdb::Deserializer&, duckdb::ScalarFunction&) -> duckdb::unique_ptr<duckdb::FunctionData> {
    throw duckdb::NotImplementedException("deserializing delta_physical_names");
  };
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> children;
  children.push_back(std::move(value));
  return duckdb::make_uniq<duckdb::BoundFunctionExpression>(to, std::move(function), std::move(children), nullptr);
}

// FIELD_IDS of the writer: {name: id, struct: {__duckdb_field_id: id, child: id}}; list elements and map entries carry no id of their own.
std::optional<Value> FieldIdsOf(const delta::Type& type, std::optional<int32_t> id) {
  duckdb::child_list_t<Value> children;
  auto add = [&children](const std::string& name, std::optional<Value> value) {
    if (value) children.emplace_back(name, *std::move(value));
  };
  switch (type.kind) {
    case delta::TypeKind::kStruct:
      for (const delta::Field& field : type.Fields()) add(field.PhysicalName(), FieldIdsOf(field.type, field.FieldId()));
      break;
    case delta::TypeKind::kArray: add("element", FieldIdsOf(*type.element, std::nullopt)); break;
    case delta::TypeKind::kMap:
      add("key", FieldIdsOf(*type.key, std::nullopt));
      add("value", FieldIdsOf(*type.element, std::nullopt));
      break;
    default:
      if (id) return Value::INTEGER(*id);
      return std::nullopt;
  }
  if (id) children.emplace_back("__duckdb_field_id", Value::INTEGER(*id));
  if (children.empty()) return std::nullopt;
  return Value::STRUCT(std::move(children));
}

bool IsPartition(const DeltaWriteTarget& target, const std::string& name) {
  for (const std::string& partition : target.partition_columns) {
    if (delta::EqualIgnoringCase(partition, name)) return true;
  }
  return false;
}

std::string CodecOf(const delta::StringMap& configuration) {
  auto found = configuration.find("delta.parquet.compression.codec");
  if (found == configuration.end()) return "zstd";
  std::string codec;
  for (char c : found->second) codec += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (codec == "none") return "uncompressed";
  if (codec == "lz4" || codec == "lz4_raw") return "lz4_raw";
  return codec;
}

// Statistics of a file by physical path: the writer names nested leaves "a"."b" in quotes.
std::map<std::string, delta::LeafStatistics> LeavesOf(const Value& statistics) {
  std::map<std::string, delta::LeafStatistics> leaves;
  for (const Value& entry : duckdb::MapValue::GetChildren(statistics)) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    std::string path;
    const std::string& quoted = duckdb::StringValue::Get(pair[0]);
    bool inside = false;
    for (size_t i = 0; i < quoted.size(); ++i) {
      if (quoted[i] == '"') {
        if (inside && i + 1 < quoted.size() && quoted[i + 1] == '"') path += quoted[++i];
        else inside = !inside;
      } else {
        path += quoted[i];
      }
    }
    delta::LeafStatistics& leaf = leaves[path];
    for (const Value& item : duckdb::MapValue::GetChildren(pair[1])) {
      const auto& named = duckdb::StructValue::GetChildren(item);
      if (named[1].IsNull()) continue;
      const std::string& name = duckdb::StringValue::Get(named[0]);
      const std::string& text = duckdb::StringValue::Get(named[1]);
      if (name == "min") leaf.min = text;
      else if (name == "max") leaf.max = text;
      else if (name == "null_count") leaf.null_count = std::strtoll(text.c_str(), nullptr, 10);
      else if (name == "has_nan") leaf.has_nan = text == "true" || text == "1";
    }
  }
  return leaves;
}

Result<> SyncPath(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool fine = fd >= 0 && fsync(fd) == 0;
  const int error_number = errno;
  if (fd >= 0) close(fd);
  if (!fine) return Failure(ErrorCode::kUnavailable, fmt::format("cannot sync {}: {}", path, std::strerror(error_number)));
  return {};
}

}  // namespace

DeltaWriteTarget WriteTargetOf(const delta::Snapshot& snapshot) {
  DeltaWriteTarget target;
  target.folder = snapshot.store().LocalPath("").value_or("");
  target.schema = snapshot.schema();
  target.partition_columns = snapshot.partition_columns();
  target.column_mapping = snapshot.column_mapping();
  target.configuration = snapshot.metadata().configuration;
  if (const std::string size = snapshot.Property("delta.targetFileSize"); !size.empty()) {
    char* unit = nullptr;
    int64_t bytes = std::strtoll(size.c_str(), &unit, 10);
    switch (std::tolower(static_cast<unsigned char>(*unit))) {
      case 'k': bytes <<= 10; break;
      case 'm': bytes <<= 20; break;
      case 'g': bytes <<= 30; break;
      default: break;
    }
    if (bytes > 0) target.target_file_bytes = bytes;
  }
  return target;
}

duckdb::unique_ptr<duckdb::LogicalOperator> MakeDeltaCopy(duckdb::ClientContext& context, const std::function<idx_t()>& next_table_index,
                                                          duckdb::unique_ptr<duckdb::LogicalOperator> child, const DeltaWriteTarget& target) {
  if (target.folder.empty()) throw duckdb::NotImplementedException("writing data files to a store that is not local");
  std::filesystem::create_directories(target.folder);
  child->ResolveOperatorTypes();
  const auto bindings = child->GetColumnBindings();
  if (bindings.size() != target.schema.size()) throw duckdb::BinderException("the rows to write have %d columns, the table has %d", bindings.size(), target.schema.size());

  // Data columns first, then partition columns: nested names become physical.
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> expressions;
  duckdb::vector<std::string> names;
  duckdb::vector<LogicalType> types;
  duckdb::vector<idx_t> partitions;
  for (const bool want_partition : {false, true}) {
    for (size_t i = 0; i < target.schema.size(); ++i) {
      const delta::Field& field = target.schema[i];
      if (IsPartition(target, field.name) != want_partition) continue;
      if (want_partition) partitions.push_back(names.size());
      const LogicalType type = ToDuckDbType(field.type, FieldNames::kPhysical);
      expressions.push_back(Renamed(duckdb::make_uniq<duckdb::BoundColumnRefExpression>(field.name, child->types[i], bindings[i]), type));
      names.push_back(field.PhysicalName());
      types.push_back(type);
    }
  }
  auto projection = duckdb::make_uniq<duckdb::LogicalProjection>(next_table_index(), std::move(expressions));
  projection->children.push_back(std::move(child));

  auto& copy_function = duckdb::Catalog::GetSystemCatalog(context).GetEntry<duckdb::CopyFunctionCatalogEntry>(context, DEFAULT_SCHEMA, "parquet").function;
  auto info = duckdb::make_uniq<duckdb::CopyInfo>();
  info->format = "parquet";
  info->file_path = target.folder;
  info->is_from = false;
  const std::string codec = CodecOf(target.configuration);
  info->options["compression"] = {Value(codec)};
  if (codec == "zstd") info->options["compression_level"] = {Value::BIGINT(kZstdLevel)};
  info->options["row_group_size"] = {Value::BIGINT(kRowGroupRows)};
  if (target.column_mapping != delta::ColumnMappingMode::kNone) {
    delta::Schema data_columns;
    for (const delta::Field& field : target.schema) {
      if (!IsPartition(target, field.name)) data_columns.push_back(field);
    }
    if (std::optional<Value> ids = FieldIdsOf(delta::StructType(std::move(data_columns)), std::nullopt)) info->options["field_ids"] = {*std::move(ids)};
  }
  duckdb::CopyFunctionBindInput input(*info, copy_function.function_info);
  input.file_extension = "parquet";
  auto file_names = duckdb::LogicalCopyToFile::GetNamesWithoutPartitions(names, partitions, false);
  auto file_types = duckdb::LogicalCopyToFile::GetTypesWithoutPartitions(types, partitions, false);
  auto bind_data = copy_function.copy_to_bind(context, input, file_names, file_types);
  auto copy = duckdb::make_uniq<duckdb::LogicalCopyToFile>(copy_function, std::move(bind_data), std::move(info));
  copy->file_path = target.folder;
  copy->use_tmp_file = false;
  copy->overwrite_mode = duckdb::CopyOverwriteMode::COPY_APPEND;
  copy->filename_pattern.SetFilenamePattern("part-{uuidv4}");
  copy->file_extension = codec == "uncompressed" ? "parquet" : (codec == "lz4_raw" ? "lz4" : codec) + ".parquet";
  copy->per_thread_output = false;
  copy->rotate = partitions.empty();  // into files of the target size, in the folder
  if (partitions.empty()) copy->file_size_bytes = duckdb::optional_idx(static_cast<idx_t>(target.target_file_bytes));
  copy->return_type = duckdb::CopyFunctionReturnType::WRITTEN_FILE_STATISTICS;
  copy->partition_output = !partitions.empty();
  copy->write_partition_columns = false;
  copy->write_empty_file = !partitions.empty();  // partitions never have empty files; false would open the folder itself
  copy->partition_columns = partitions;
  copy->names = names;
  copy->expected_types = types;
  copy->preserve_order = duckdb::PreserveOrderType::DONT_PRESERVE_ORDER;
  copy->children.push_back(std::move(projection));
  return copy;
}

Result<std::vector<delta::AddFile>> FinishDeltaWrite(duckdb::MaterializedQueryResult& result, const DeltaWriteTarget& target, int64_t now_ms) {
  std::vector<delta::AddFile> adds;
  const auto statistics_columns = delta::StatisticsColumns(target.schema, target.partition_columns, target.configuration);
  std::set<std::string> folders;
  const std::string root = target.folder.ends_with('/') ? target.folder : target.folder + "/";
  for (auto& row : result.Collection().GetRows()) {
    const std::string path = row.GetValue(0).GetValue<std::string>();
    const int64_t count = row.GetValue(1).GetValue<int64_t>();
    if (count == 0) {
      unlink(path.c_str());
      continue;
    }
    CHECK(path.starts_with(root));
    delta::AddFile add;
    add.path = delta::EncodePath(target.key_prefix + path.substr(root.size()));
    add.size_bytes = row.GetValue(2).GetValue<int64_t>();
    add.modification_time_ms = now_ms;
    add.stats = delta::WriteStats(target.schema, statistics_columns, count, LeavesOf(row.GetValue(4)));
    std::map<std::string, std::optional<std::string>> keys;
    const Value partition_keys = row.GetValue(5);
    if (!partition_keys.IsNull()) {
      for (const Value& entry : duckdb::MapValue::GetChildren(partition_keys)) {
        const auto& pair = duckdb::StructValue::GetChildren(entry);
        keys[duckdb::StringValue::Get(pair[0])] = pair[1].IsNull() ? std::nullopt : std::optional(duckdb::StringValue::Get(pair[1]));
      }
    }
    for (const std::string& name : target.partition_columns) {
      const delta::Field* field = delta::FindField(target.schema, name);
      CHECK(field != nullptr);
      std::optional<std::string> text = keys[field->PhysicalName()];
      if (text && field->type.kind != delta::TypeKind::kString) {
        TRY(const delta::Value value, delta::ParsePartitionValue(text, field->type));
        text = delta::WritePartitionValue(value, field->type);
      }
      if (text && text->empty()) text = std::nullopt;
      add.partition_values.emplace_back(field->PhysicalName(), std::move(text));
    }
    TRY(SyncPath(path));
    for (std::string folder = path.substr(0, path.rfind('/')); folder.size() + 1 >= root.size(); folder = folder.substr(0, folder.rfind('/'))) {
      if (!folders.insert(folder).second) break;
    }
    adds.push_back(std::move(add));
  }
  for (const std::string& folder : folders) TRY(SyncPath(folder));
  return adds;
}

}  // namespace crannog::engine
