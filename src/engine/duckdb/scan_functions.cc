#include <algorithm>
#include <atomic>

#include "engine/duckdb/lowering.h"

/// Table functions of our own: rows in memory, and ranges of numbers. Both refuse serialization (rule 1).
namespace crannog::engine::duck {
namespace {

using duckdb::idx_t;
using duckdb::make_uniq;

struct MemoryBind : duckdb::TableFunctionData {
  std::shared_ptr<duckdb::ColumnDataCollection> rows;
  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    auto copy = make_uniq<MemoryBind>();
    copy->rows = rows;
    return copy;
  }
  bool Equals(const duckdb::FunctionData& other) const override { return rows == other.Cast<MemoryBind>().rows; }
};

struct MemoryGlobal : duckdb::GlobalTableFunctionState {
  duckdb::vector<duckdb::column_t> columns;
  duckdb::vector<idx_t> projection;
  duckdb::ColumnDataParallelScanState scan;
  idx_t MaxThreads() const override { return 8; }
};

struct MemoryLocal : duckdb::LocalTableFunctionState {
  duckdb::ColumnDataLocalScanState scan;
  duckdb::DataChunk chunk;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitMemory(duckdb::ClientContext&, duckdb::TableFunctionInitInput& input) {
  auto state = make_uniq<MemoryGlobal>();
  state->columns = input.column_ids;
  auto& rows = *input.bind_data->Cast<MemoryBind>().rows;
  rows.InitializeScan(state->scan, duckdb::ColumnDataScanProperties::DISALLOW_ZERO_COPY);
  return state;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitMemoryLocal(duckdb::ExecutionContext&, duckdb::TableFunctionInitInput& input,
                                                                    duckdb::GlobalTableFunctionState*) {
  auto state = make_uniq<MemoryLocal>();
  input.bind_data->Cast<MemoryBind>().rows->InitializeScanChunk(state->chunk);
  return state;
}

void ScanMemory(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  auto& global = input.global_state->Cast<MemoryGlobal>();
  auto& local = input.local_state->Cast<MemoryLocal>();
  auto& rows = *input.bind_data->Cast<MemoryBind>().rows;
  local.chunk.Reset();
  if (!rows.Scan(global.scan, local.scan, local.chunk)) {
    output.SetCardinality(0);
    return;
  }
  for (idx_t i = 0; i < global.columns.size(); ++i) {
    if (duckdb::IsVirtualColumn(global.columns[i])) {
      duckdb::ConstantVector::SetNull(output.data[i], true);
    } else {
      output.data[i].Reference(local.chunk.data[global.columns[i]]);
    }
  }
  output.SetCardinality(local.chunk.size());
}

struct RangeBind : duckdb::TableFunctionData {
  int64_t start = 0, step = 1;
  uint64_t count = 0;
  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    auto copy = make_uniq<RangeBind>();
    copy->start = start;
    copy->step = step;
    copy->count = count;
    return copy;
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    const auto& right = other.Cast<RangeBind>();
    return start == right.start && step == right.step && count == right.count;
  }
};

constexpr uint64_t kRangeTask = 60 * STANDARD_VECTOR_SIZE;

struct RangeGlobal : duckdb::GlobalTableFunctionState {
  std::atomic<uint64_t> next{0};
  uint64_t count = 0;
  idx_t MaxThreads() const override { return count / kRangeTask + 1; }
};

struct RangeLocal : duckdb::LocalTableFunctionState {
  uint64_t position = 0, stop = 0;
  uint64_t batch = 0;
};

void ScanRange(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  const auto& bind = input.bind_data->Cast<RangeBind>();
  auto& global = input.global_state->Cast<RangeGlobal>();
  auto& local = input.local_state->Cast<RangeLocal>();
  if (local.position >= local.stop) {
    local.position = global.next.fetch_add(kRangeTask);
    local.batch = local.position / kRangeTask;
    if (local.position >= bind.count) {
      local.position = local.stop = bind.count;
      output.SetCardinality(0);
      return;
    }
    local.stop = std::min<uint64_t>(bind.count, local.position + kRangeTask);
  }
  const idx_t rows = std::min<uint64_t>(STANDARD_VECTOR_SIZE, local.stop - local.position);
  // Unsigned arithmetic: the range may end at the largest number.
  const auto first = static_cast<int64_t>(static_cast<uint64_t>(bind.start) + local.position * static_cast<uint64_t>(bind.step));
  if (output.ColumnCount() > 0) output.data[0].Sequence(first, bind.step, rows);
  local.position += rows;
  output.SetCardinality(rows);
}

template <typename Function>
void RefuseSerialization(Function& function) {
  function.serialize = [](duckdb::Serializer&, const duckdb::optional_ptr<duckdb::FunctionData>, const duckdb::TableFunction&) {
    throw duckdb::NotImplementedException("own scan");
  };
  function.deserialize = [](duckdb::Deserializer&, duckdb::TableFunction&) -> duckdb::unique_ptr<duckdb::FunctionData> {
    throw duckdb::NotImplementedException("own scan");
  };
}

}  // namespace

OpPtr MemoryScan(idx_t table_index, std::shared_ptr<duckdb::ColumnDataCollection> rows, duckdb::vector<duckdb::string> names) {
  duckdb::TableFunction function("spark_memory_scan", {}, ScanMemory, nullptr, InitMemory, InitMemoryLocal);
  function.projection_pushdown = true;
  function.cardinality = [](duckdb::ClientContext&, const duckdb::FunctionData* bind) {
    idx_t count = bind->Cast<MemoryBind>().rows->Count();
    return make_uniq<duckdb::NodeStatistics>(count, count);
  };
  function.get_partition_data = [](duckdb::ClientContext&, duckdb::TableFunctionGetPartitionInput& input) {
    return duckdb::OperatorPartitionData(input.local_state->Cast<MemoryLocal>().scan.current_row_index);
  };
  RefuseSerialization(function);
  auto bind = make_uniq<MemoryBind>();
  auto types = rows->Types();
  bind->rows = std::move(rows);
  auto get = make_uniq<duckdb::LogicalGet>(table_index, std::move(function), std::move(bind), types, std::move(names));
  for (idx_t i = 0; i < types.size(); ++i) get->AddColumnId(i);
  return get;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedRange& node) {
  duckdb::TableFunction function("spark_range", {}, ScanRange, nullptr,
                                 [](duckdb::ClientContext&, duckdb::TableFunctionInitInput& input) -> duckdb::unique_ptr<duckdb::GlobalTableFunctionState> {
                                   auto state = make_uniq<RangeGlobal>();
                                   state->count = input.bind_data->Cast<RangeBind>().count;
                                   return state;
                                 },
                                 [](duckdb::ExecutionContext&, duckdb::TableFunctionInitInput&, duckdb::GlobalTableFunctionState*)
                                     -> duckdb::unique_ptr<duckdb::LocalTableFunctionState> { return make_uniq<RangeLocal>(); });
  function.projection_pushdown = true;
  function.cardinality = [](duckdb::ClientContext&, const duckdb::FunctionData* bind) {
    return make_uniq<duckdb::NodeStatistics>(bind->Cast<RangeBind>().count, bind->Cast<RangeBind>().count);
  };
  function.get_partition_data = [](duckdb::ClientContext&, duckdb::TableFunctionGetPartitionInput& input) {
    return duckdb::OperatorPartitionData(input.local_state->Cast<RangeLocal>().batch);
  };
  RefuseSerialization(function);
  auto bind = make_uniq<RangeBind>();
  bind->start = node.start;
  bind->step = node.step;
  if (node.step != 0 && (node.step > 0) == (node.start < node.end) && node.start != node.end) {
    const auto distance = node.step > 0 ? static_cast<__int128>(node.end) - node.start : static_cast<__int128>(node.start) - node.end;
    const auto step = node.step > 0 ? static_cast<__int128>(node.step) : -static_cast<__int128>(node.step);
    bind->count = static_cast<uint64_t>((distance + step - 1) / step);
  }
  idx_t index = builder_.NextIndex();
  auto get = make_uniq<duckdb::LogicalGet>(index, std::move(function), std::move(bind), duckdb::vector<duckdb::LogicalType>{duckdb::LogicalType::BIGINT},
                                           duckdb::vector<duckdb::string>{"id"});
  get->AddColumnId(0);
  Relation out;
  out.op = std::move(get);
  out.op->ResolveOperatorTypes();
  Bind(out, plan.output, index);
  return out;
}

}  // namespace crannog::engine::duck
