#include "engine/duckdb/delta_scan.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/check.h"
#include "delta/path.h"
#include "delta/stats.h"
#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp"
#include "duckdb/common/multi_file/multi_file_list.hpp"
#include "duckdb/common/multi_file/multi_file_reader.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/function/table_function.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"
#include "duckdb/planner/filter/list.hpp"
#include "engine/duckdb/delta_predicate.h"
#include "engine/duckdb/delta_types.h"
#include "engine/duckdb/variant_cast.h"

namespace crannog::engine {
namespace {

using duckdb::column_t;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::MultiFileColumnDefinition;
using duckdb::Value;

// A local column name that no file has: the column is missing.
constexpr const char* kNoSuchColumn = "\x01missing";

struct ScanInfo : duckdb::TableFunctionInfo {
  std::shared_ptr<const delta::Scan> scan;
  duckdb::vector<MultiFileColumnDefinition> columns;  // table columns, then metadata columns
  std::vector<std::string> paths;                     // absolute, by file number
  std::unordered_map<std::string, size_t> file_of_path;
  std::vector<int32_t> partition_of_column;           // per table column: position among partition columns, or -1
};

MultiFileColumnDefinition Definition(const std::string& name, const LogicalType& type, const delta::Type* delta_type);

bool HoldsVariant(const delta::Type& type) {
  switch (type.kind) {
    case delta::TypeKind::kVariant: return true;
    case delta::TypeKind::kStruct:
      for (const delta::Field& field : type.Fields()) {
        if (HoldsVariant(field.type)) return true;
      }
      return false;
    case delta::TypeKind::kArray: return HoldsVariant(*type.element);
    case delta::TypeKind::kMap: return HoldsVariant(*type.key) || HoldsVariant(*type.element);
    default: return false;
  }
}

// Children are only described where there are struct fields to match inside; other nested types are cast whole.
// Variants inside are cast whole too: remapping of fields does not know them.
bool HoldsStruct(const delta::Type& type) {
  switch (type.kind) {
    case delta::TypeKind::kStruct: return true;
    case delta::TypeKind::kArray: return HoldsStruct(*type.element);
    case delta::TypeKind::kMap: return HoldsStruct(*type.key) || HoldsStruct(*type.element);
    default: return false;
  }
}

MultiFileColumnDefinition Definition(const std::string& name, const LogicalType& type, const delta::Type* delta_type) {
  MultiFileColumnDefinition column(name, type);
  column.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(Value(type));
  column.identifier = Value(name);
  if (delta_type == nullptr || !HoldsStruct(*delta_type) || HoldsVariant(*delta_type)) return column;
  switch (delta_type->kind) {
    case delta::TypeKind::kStruct:
      for (const delta::Field& field : delta_type->Fields()) column.children.push_back(Definition(field.name, ToDuckDbType(field.type), &field.type));
      break;
    case delta::TypeKind::kArray: column.children.push_back(Definition("element", ToDuckDbType(*delta_type->element), delta_type->element.get())); break;
    case delta::TypeKind::kMap:
      column.children.push_back(Definition("key", ToDuckDbType(*delta_type->key), delta_type->key.get()));
      column.children.push_back(Definition("value", ToDuckDbType(*delta_type->element), delta_type->element.get()));
      break;
    default: break;
  }
  return column;
}

bool AnyFieldIds(const duckdb::vector<MultiFileColumnDefinition>& columns) {
  for (const auto& column : columns) {
    if (column.identifier.type().id() == duckdb::LogicalTypeId::INTEGER && !column.identifier.IsNull()) return true;
    if (AnyFieldIds(column.children)) return true;
  }
  return false;
}

// Resolves table columns to the columns of one file: `identifier` becomes the name that the file uses.
// Source: PROTOCOL.md, "Reader Requirements for Column Mapping".
class FileMatcher {
 public:
  FileMatcher(delta::ColumnMappingMode mode, const duckdb::vector<MultiFileColumnDefinition>& file_columns, const std::string& path)
      : by_id_(mode == delta::ColumnMappingMode::kId && AnyFieldIds(file_columns)), path_(path) {}

  void Match(MultiFileColumnDefinition& column, const delta::Field& field, const duckdb::vector<MultiFileColumnDefinition>& file_columns) const {
    const MultiFileColumnDefinition* found = Find(field, file_columns);
    if (found == nullptr) {
      column.identifier = Value(kNoSuchColumn);
      return;
    }
    column.identifier = Value(found->name);
    MatchInside(column, field.type, *found);
  }

 private:
  const MultiFileColumnDefinition* Find(const delta::Field& field, const duckdb::vector<MultiFileColumnDefinition>& file_columns) const {
    if (by_id_) {
      const std::optional<int32_t> id = field.FieldId();
      for (const auto& column : file_columns) {
        if (id && !column.identifier.IsNull() && column.identifier.type().id() == duckdb::LogicalTypeId::INTEGER && column.identifier.GetValue<int32_t>() == *id) return &column;
      }
      return nullptr;
    }
    const std::string name = field.PhysicalName();
    for (const auto& column : file_columns) {
      if (column.name == name) return &column;
    }
    for (const auto& column : file_columns) {
      if (delta::EqualIgnoringCase(column.name, name)) return &column;
    }
    return nullptr;
  }

  void MatchInside(MultiFileColumnDefinition& column, const delta::Type& type, const MultiFileColumnDefinition& file_column) const {
    if (column.children.empty()) return;
    if (file_column.type.id() != column.type.id()) {
      throw duckdb::InvalidInputException("file %s holds column %s as %s where the table has %s", path_, file_column.name, file_column.type.ToString(), column.type.ToString());
    }
    switch (type.kind) {
      case delta::TypeKind::kStruct:
        for (size_t i = 0; i < type.Fields().size(); ++i) Match(column.children[i], type.Fields()[i], file_column.children);
        break;
      case delta::TypeKind::kArray:
        column.children[0].identifier = Value(file_column.children[0].name);
        MatchInside(column.children[0], *type.element, file_column.children[0]);
        break;
      case delta::TypeKind::kMap: {
        const auto& pair = file_column.children[0].children;
        column.children[0].identifier = Value(pair[0].name);
        column.children[1].identifier = Value(pair[1].name);
        MatchInside(column.children[0], *type.key, pair[0]);
        MatchInside(column.children[1], *type.element, pair[1]);
        break;
      }
      default: break;
    }
  }

  const bool by_id_;
  const std::string& path_;
};

struct DeletedRows final : duckdb::DeleteFilter {
  std::shared_ptr<const delta::RowSet> rows;
  idx_t Filter(duckdb::row_t start, idx_t count, duckdb::SelectionVector& selection) override {
    if (!selection.data()) selection.Initialize(STANDARD_VECTOR_SIZE);
    return rows->SelectAbsent(static_cast<uint64_t>(start), count, selection.data());
  }
};

class FileList final : public duckdb::MultiFileList {
 public:
  FileList(duckdb::shared_ptr<ScanInfo> info, std::vector<size_t> kept) : info_(std::move(info)), kept_(std::move(kept)) {}

  duckdb::vector<duckdb::OpenFileInfo> GetAllFiles() const override {
    duckdb::vector<duckdb::OpenFileInfo> files;
    for (size_t number : kept_) files.emplace_back(info_->paths[number]);
    return files;
  }
  duckdb::FileExpandResult GetExpandResult() const override {
    return kept_.empty() ? duckdb::FileExpandResult::NO_FILES : kept_.size() == 1 ? duckdb::FileExpandResult::SINGLE_FILE : duckdb::FileExpandResult::MULTIPLE_FILES;
  }
  idx_t GetTotalFileCount() const override { return kept_.size(); }
  duckdb::unique_ptr<duckdb::MultiFileList> Copy() const override { return duckdb::make_uniq<FileList>(info_, kept_); }

  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(duckdb::ClientContext&) const override {
    delta::Scan scan;
    int64_t bytes = 0;
    constexpr size_t kExactMax = 10000;  // parsing more statistics than this costs more than it gains
    if (kept_.size() <= kExactMax) {
      for (size_t number : kept_) scan.files.push_back(info_->scan->files[number]);
      if (const std::optional<int64_t> rows = scan.RowCount()) return duckdb::make_uniq<duckdb::NodeStatistics>(static_cast<idx_t>(*rows), static_cast<idx_t>(*rows));
    }
    for (size_t number : kept_) bytes += info_->scan->files[number]->size_bytes;
    constexpr int64_t kBytesPerRowGuess = 40;
    return duckdb::make_uniq<duckdb::NodeStatistics>(static_cast<idx_t>(bytes / kBytesPerRowGuess));
  }

  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(duckdb::ClientContext&, const duckdb::MultiFileOptions&, duckdb::MultiFilePushdownInfo& push,
                                                                  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const override {
    std::vector<delta::Predicate> all;
    const ColumnOfBinding column = [this, &push](const duckdb::ColumnBinding& binding) -> std::optional<size_t> {
      if (binding.table_index != push.table_index || binding.column_index >= push.column_ids.size()) return std::nullopt;
      return TableColumn(push.column_ids[binding.column_index]);
    };
    for (const auto& filter : filters) all.push_back(PredicateOfExpression(*filter, *info_->scan->snapshot, column));
    return Prune(delta::Predicate::And(std::move(all)));
  }

  duckdb::unique_ptr<duckdb::MultiFileList> DynamicFilterPushdown(duckdb::ClientContext&, const duckdb::MultiFileOptions&, const duckdb::vector<std::string>&,
                                                                  const duckdb::vector<LogicalType>&, const duckdb::vector<column_t>& column_ids,
                                                                  duckdb::TableFilterSet& filters) const override {
    std::vector<delta::Predicate> all;
    for (const auto& [position, filter] : filters.filters) {
      if (position >= column_ids.size()) continue;
      if (const std::optional<size_t> column = TableColumn(column_ids[position])) {
        all.push_back(PredicateOfFilter(*filter, info_->scan->snapshot->schema()[*column]));
      }
    }
    return Prune(delta::Predicate::And(std::move(all)));
  }

 protected:
  duckdb::OpenFileInfo GetFile(idx_t i) const override { return i < kept_.size() ? duckdb::OpenFileInfo(info_->paths[kept_[i]]) : duckdb::OpenFileInfo(); }

 private:
  std::optional<size_t> TableColumn(column_t id) const {
    if (id >= info_->scan->snapshot->schema().size()) return std::nullopt;
    return id;
  }

  duckdb::unique_ptr<duckdb::MultiFileList> Prune(const delta::Predicate& predicate) const {
    if (predicate.children.empty() || kept_.empty()) return nullptr;
    const delta::Snapshot& snapshot = *info_->scan->snapshot;
    const auto marks = delta::MatchingFiles(snapshot, predicate);
    std::unordered_map<const delta::FileEntry*, bool> matches;
    const auto parts = snapshot.files().parts();
    // Entries of one segment lie side by side: a pointer says which segment and row.
    auto is_match = [&](const delta::FileEntry* file) {
      for (size_t p = 0; p < parts.size(); ++p) {
        const auto entries = parts[p].segment->entries();
        if (file >= entries.data() && file < entries.data() + entries.size()) return marks[p][static_cast<size_t>(file - entries.data())] != 0;
      }
      return true;
    };
    std::vector<size_t> left;
    for (size_t number : kept_) {
      if (is_match(info_->scan->files[number])) left.push_back(number);
    }
    if (left.size() == kept_.size()) return nullptr;
    return duckdb::make_uniq<FileList>(info_, std::move(left));
  }

  const duckdb::shared_ptr<ScanInfo> info_;
  const std::vector<size_t> kept_;
};

class Reader final : public duckdb::MultiFileReader {
 public:
  explicit Reader(duckdb::shared_ptr<ScanInfo> info) : info_(std::move(info)) {}

  static duckdb::unique_ptr<duckdb::MultiFileReader> Create(const duckdb::TableFunction& function) {
    return duckdb::make_uniq<Reader>(duckdb::shared_ptr_cast<duckdb::TableFunctionInfo, ScanInfo>(function.function_info));
  }
  duckdb::unique_ptr<duckdb::MultiFileReader> Copy() const override {
    auto copy = duckdb::make_uniq<Reader>(info_);
    copy->function_name = function_name;
    return copy;
  }

  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(duckdb::ClientContext&, const duckdb::vector<std::string>&, const duckdb::FileGlobInput&) override {
    std::vector<size_t> all(info_->paths.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    return duckdb::make_shared_ptr<FileList>(info_, std::move(all));
  }

  bool Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList&, duckdb::vector<LogicalType>& types, duckdb::vector<std::string>& names,
            duckdb::MultiFileReaderBindData& bind_data) override {
    options.auto_detect_hive_partitioning = false;
    options.hive_partitioning = false;
    bind_data.schema = info_->columns;
    bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_NAME;
    MultiFileColumnDefinition::ExtractNamesAndTypes(info_->columns, names, types);
    return true;
  }

  void FinalizeBind(duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileOptions& file_options, const duckdb::MultiFileReaderBindData& options,
                    const duckdb::vector<MultiFileColumnDefinition>& global_columns, const duckdb::vector<duckdb::ColumnIndex>& ids,
                    duckdb::ClientContext& context, duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState> state) override {
    duckdb::MultiFileReader::FinalizeBind(reader_data, file_options, options, global_columns, ids, context, state);
    const delta::Snapshot& snapshot = *info_->scan->snapshot;
    const size_t number = NumberOf(reader_data);
    const delta::FileEntry& file = *info_->scan->files[number];
    Result<std::vector<delta::Value>> partitions = delta::PartitionValuesOf(snapshot, file, info_->scan->local_to_utc);
    if (!partitions) throw duckdb::InvalidInputException(partitions.error().ToString());
    for (idx_t i = 0; i < ids.size(); ++i) {
      const idx_t id = ids[i].GetPrimaryIndex();
      if (duckdb::IsVirtualColumn(id)) continue;
      if (id < snapshot.schema().size()) {
        const int32_t partition = info_->partition_of_column[id];
        if (partition >= 0) {
          reader_data.constant_map.Add(duckdb::MultiFileGlobalIndex(i), ToDuckDbValue((*partitions)[static_cast<size_t>(partition)], snapshot.schema()[id].type));
        }
      } else if (std::optional<Value> value = Constant(static_cast<DeltaMetadataColumn>(id - snapshot.schema().size()), number, file)) {
        reader_data.constant_map.Add(duckdb::MultiFileGlobalIndex(i), *std::move(value));
      }
    }
    Result<std::shared_ptr<const delta::RowSet>> deleted = delta::DeletedRowsOf(snapshot, file);
    if (!deleted) throw duckdb::InvalidInputException(deleted.error().ToString());
    if (*deleted != nullptr) {
      auto filter = duckdb::make_uniq<DeletedRows>();
      filter->rows = *std::move(deleted);
      reader_data.reader->deletion_filter = std::move(filter);
    }
  }

  duckdb::ReaderInitializeType CreateMapping(duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
                                             const duckdb::vector<MultiFileColumnDefinition>& global_columns, const duckdb::vector<duckdb::ColumnIndex>& ids,
                                             duckdb::optional_ptr<duckdb::TableFilterSet> filters, duckdb::MultiFileList& list,
                                             const duckdb::MultiFileReaderBindData& bind_data, const duckdb::virtual_column_map_t& virtual_columns,
                                             duckdb::MultiFileColumnMappingMode) override {
    const delta::Snapshot& snapshot = *info_->scan->snapshot;
    const auto& file_columns = reader_data.reader->GetColumns();
    const std::string& path = info_->paths[NumberOf(reader_data)];
    const FileMatcher matcher(snapshot.column_mapping(), file_columns, path);
    duckdb::vector<MultiFileColumnDefinition> resolved = global_columns;
    for (size_t i = 0; i < snapshot.schema().size(); ++i) matcher.Match(resolved[i], snapshot.schema()[i], file_columns);
    return duckdb::MultiFileReader::CreateMapping(context, reader_data, resolved, ids, filters, list, bind_data, virtual_columns,
                                                  duckdb::MultiFileColumnMappingMode::BY_NAME);
  }

 private:
  size_t NumberOf(const duckdb::MultiFileReaderData& reader_data) const {
    auto found = info_->file_of_path.find(reader_data.reader->GetFileName());
    CHECK(found != info_->file_of_path.end());
    return found->second;
  }

  // The value of a metadata column that is constant in the file; nothing for columns read from it.
  std::optional<Value> Constant(DeltaMetadataColumn column, size_t number, const delta::FileEntry& file) const {
    const std::string& path = info_->paths[number];
    switch (column) {
      case DeltaMetadataColumn::kFileNumber: return Value::BIGINT(static_cast<int64_t>(number));
      case DeltaMetadataColumn::kFilePath: return Value(path.starts_with('/') ? "file:" + delta::EncodePath(path) : path);
      case DeltaMetadataColumn::kFileName: return Value(path.substr(path.rfind('/') + 1));
      case DeltaMetadataColumn::kFileSize: return Value::BIGINT(file.size_bytes);
      case DeltaMetadataColumn::kFileModificationTime: return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(file.modification_time_ms * 1000));
      case DeltaMetadataColumn::kBaseRowId: return file.base_row_id >= 0 ? Value::BIGINT(file.base_row_id) : Value(LogicalType::BIGINT);
      case DeltaMetadataColumn::kDefaultRowCommitVersion: return file.default_row_commit_version >= 0 ? Value::BIGINT(file.default_row_commit_version) : Value(LogicalType::BIGINT);
      case DeltaMetadataColumn::kMaterializedRowId:
      case DeltaMetadataColumn::kMaterializedRowCommitVersion:
      case DeltaMetadataColumn::kRowIndex: return std::nullopt;
    }
    return std::nullopt;
  }

  const duckdb::shared_ptr<ScanInfo> info_;
};

void AddMetadataColumns(ScanInfo& info, const delta::Snapshot& snapshot) {
  constexpr const char* kNames[kDeltaMetadataColumns] = {"_metadata.file_number", "_metadata.file_path", "_metadata.file_name", "_metadata.file_size",
      "_metadata.file_modification_time", "_metadata.base_row_id", "_metadata.default_row_commit_version", "_metadata.materialized_row_id",
      "_metadata.materialized_row_commit_version", "_metadata.row_index"};
  for (size_t i = 0; i < kDeltaMetadataColumns; ++i) {
    const auto column = static_cast<DeltaMetadataColumn>(i);
    MultiFileColumnDefinition definition = Definition(kNames[i], DeltaMetadataType(column), nullptr);
    std::string physical = kNoSuchColumn;
    if (column == DeltaMetadataColumn::kMaterializedRowId) physical = snapshot.Property("delta.rowTracking.materializedRowIdColumnName", kNoSuchColumn);
    if (column == DeltaMetadataColumn::kMaterializedRowCommitVersion) physical = snapshot.Property("delta.rowTracking.materializedRowCommitVersionColumnName", kNoSuchColumn);
    definition.identifier = Value(physical);
    info.columns.push_back(std::move(definition));
  }
}

duckdb::shared_ptr<ScanInfo> MakeInfo(std::shared_ptr<const delta::Scan> scan) {
  auto info = duckdb::make_shared_ptr<ScanInfo>();
  const delta::Snapshot& snapshot = *scan->snapshot;
  for (const delta::Field& field : snapshot.schema()) {
    info->columns.push_back(Definition(field.name, ToDuckDbType(field.type), &field.type));
    int32_t partition = -1;
    for (size_t i = 0; i < snapshot.partition_columns().size(); ++i) {
      if (delta::EqualIgnoringCase(snapshot.partition_columns()[i], field.name)) partition = static_cast<int32_t>(i);
    }
    info->partition_of_column.push_back(partition);
  }
  AddMetadataColumns(*info, snapshot);
  for (size_t i = 0; i < scan->files.size(); ++i) {
    std::string path = delta::AbsolutePath(snapshot, scan->files[i]->path);
    if (!path.starts_with('/')) throw duckdb::NotImplementedException("reading data files of %s", path);
    info->file_of_path.emplace(path, i);
    info->paths.push_back(std::move(path));
  }
  info->scan = std::move(scan);
  return info;
}

duckdb::TableFunction ScanFunction(duckdb::ClientContext& context, duckdb::shared_ptr<ScanInfo> info) {
  auto& entry = duckdb::Catalog::GetSystemCatalog(context).GetEntry<duckdb::TableFunctionCatalogEntry>(context, DEFAULT_SCHEMA, "parquet_scan");
  duckdb::TableFunction function = entry.functions.GetFunctionByArguments(context, {LogicalType::VARCHAR});
  function.name = "delta_snapshot";
  function.get_multi_file_reader = Reader::Create;
  function.function_info = std::move(info);
  // Footers of single files say nothing about the snapshot; types are the table's.
  function.statistics = nullptr;
  function.statistics_extended = nullptr;
  function.get_partition_stats = nullptr;
  function.type_pushdown = nullptr;
  function.get_bind_info = nullptr;
  function.late_materialization = false;
  // Never null: the optimizer would merge scans of two snapshots (reference/deps-duckdb-plans.md, rule 1).
  function.serialize = [](duckdb::Serializer&, const duckdb::optional_ptr<duckdb::FunctionData>, const duckdb::TableFunction&) {
    throw duckdb::NotImplementedException("serializing a Delta scan");
  };
  function.deserialize = [](duckdb::Deserializer&, duckdb::TableFunction&) -> duckdb::unique_ptr<duckdb::FunctionData> {
    throw duckdb::NotImplementedException("deserializing a Delta scan");
  };
  return function;
}

}  // namespace

LogicalType DeltaMetadataType(DeltaMetadataColumn column) {
  switch (column) {
    case DeltaMetadataColumn::kFilePath:
    case DeltaMetadataColumn::kFileName: return LogicalType::VARCHAR;
    case DeltaMetadataColumn::kFileModificationTime: return LogicalType::TIMESTAMP_TZ;
    default: return LogicalType::BIGINT;
  }
}

duckdb::unique_ptr<duckdb::LogicalGet> MakeDeltaGet(duckdb::ClientContext& context, idx_t table_index, std::shared_ptr<const delta::Scan> scan,
                                                    const std::vector<DeltaScanColumn>& columns) {
  const size_t table_columns = scan->snapshot->schema().size();
  for (const delta::Field& field : scan->snapshot->schema()) {
    if (HoldsVariant(field.type)) EnsureVariantCast(context);
  }
  duckdb::TableFunction function = ScanFunction(context, MakeInfo(std::move(scan)));
  duckdb::vector<Value> parameters{Value("")};
  duckdb::named_parameter_map_t named;
  duckdb::vector<LogicalType> input_types, types;
  duckdb::vector<std::string> input_names, names;
  duckdb::TableFunctionRef reference;
  duckdb::TableFunctionBindInput input(parameters, named, input_types, input_names, function.function_info.get(), nullptr, function, reference);
  auto bind_data = function.bind(context, input, types, names);
  duckdb::virtual_column_map_t virtual_columns;
  if (function.get_virtual_columns) virtual_columns = function.get_virtual_columns(context, bind_data.get());
  auto get = duckdb::make_uniq<duckdb::LogicalGet>(table_index, function, std::move(bind_data), types, names, std::move(virtual_columns));
  get->parameters = parameters;
  for (const DeltaScanColumn& column : columns) {
    if (column.field) get->AddColumnId(*column.field);
    else if (column.metadata == DeltaMetadataColumn::kRowIndex) get->AddColumnId(duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER);
    else get->AddColumnId(table_columns + static_cast<size_t>(column.metadata));
  }
  return get;
}

delta::Predicate ToDeltaPredicate(const duckdb::Expression& condition, const delta::Snapshot& snapshot, idx_t table_index,
                                  const std::vector<DeltaScanColumn>& columns) {
  return PredicateOfExpression(condition, snapshot, [&columns, table_index](const duckdb::ColumnBinding& binding) -> std::optional<size_t> {
    if (binding.table_index != table_index || binding.column_index >= columns.size()) return std::nullopt;
    return columns[binding.column_index].field;
  });
}

}  // namespace crannog::engine
