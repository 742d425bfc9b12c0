#include <algorithm>
#include <mutex>
#include <numeric>
#include <unordered_set>

#include "engine/duckdb/functions/lists.h"
#include "engine/duckdb/nested.h"
#include "engine/functions/spark_random.h"
#include "engine/functions/text_functions.h"

/// array_*, slice, sort_array, flatten, arrays_zip, reverse … Source: Spark's collectionOperations.scala.
namespace crannog::engine::duck {
namespace {

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::string_t;
using duckdb::Vector;

const KernelOptions kSees{.nulls = NullPolicy::kSeesNulls};

// Reads an INTEGER argument.
class Integers {
 public:
  Integers(Vector& vector, idx_t count) { vector.ToUnifiedFormat(count, format_); }
  bool IsNull(idx_t row) const { return !format_.validity.RowIsValid(format_.sel->get_index(row)); }
  int64_t operator[](idx_t row) const { return duckdb::UnifiedVectorFormat::GetData<int32_t>(format_)[format_.sel->get_index(row)]; }

 private:
  duckdb::UnifiedVectorFormat format_;
};

// A value per row beside lists: its key, and whether it is NULL.
class Values {
 public:
  Values(Vector& vector, idx_t count) : keys_(vector, count) { vector.ToUnifiedFormat(count, format_); }
  bool IsNull(idx_t row) const { return !format_.validity.RowIsValid(format_.sel->get_index(row)); }
  std::string_view operator[](idx_t row) const { return keys_[row]; }

 private:
  SortKeys keys_;
  duckdb::UnifiedVectorFormat format_;
};

void Contains(DataChunk& args, ExpressionState&, Vector& result) {
  const idx_t rows = RowsOf(args);
  const Lists lists(args.data[0], rows);
  const SortKeys keys(lists.child(), lists.child_count());
  const Values values(args.data[1], rows);
  auto* out = duckdb::FlatVector::GetData<bool>(result);
  for (idx_t row = 0; row < rows; ++row) {
    if (lists.IsNull(row) || values.IsNull(row)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    bool found = false, has_null = false;
    const auto list = lists[row];
    for (idx_t i = 0; i < list.length && !found; ++i) {
      if (lists.ElementIsNull(list.offset + i)) has_null = true;
      else found = keys[list.offset + i] == values[row];
    }
    if (!found && has_null) duckdb::FlatVector::SetNull(result, row, true);
    else out[row] = found;
  }
  FinishRows(args, result);
}

void Position(DataChunk& args, ExpressionState&, Vector& result) {
  const idx_t rows = RowsOf(args);
  const Lists lists(args.data[0], rows);
  const SortKeys keys(lists.child(), lists.child_count());
  const Values values(args.data[1], rows);
  auto* out = duckdb::FlatVector::GetData<int64_t>(result);
  for (idx_t row = 0; row < rows; ++row) {
    if (lists.IsNull(row) || values.IsNull(row)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    const auto list = lists[row];
    out[row] = 0;
    for (idx_t i = 0; i < list.length; ++i) {
      if (lists.ElementIsNull(list.offset + i) || keys[list.offset + i] != values[row]) continue;
      out[row] = static_cast<int64_t>(i) + 1;
      break;
    }
  }
  FinishRows(args, result);
}

// Kernels that pick elements of one list: f(picker, lists, list) between Start and Finish.
template <typename F>
duckdb::scalar_function_t PickKernel(F f) {
  return [f](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    const Lists lists(args.data[0], rows);
    KernelContext context{DataOf(state), result};
    ListPicker picker(result, rows);
    auto per_row = f(context, args, rows, lists);
    for (idx_t row = 0; row < rows; ++row) {
      if (lists.IsNull(row)) {
        picker.Null(row);
        continue;
      }
      picker.Start(row);
      if (per_row(picker, row, lists[row])) picker.Finish();
      else picker.Null(row);
    }
    picker.Copy(lists.child(), lists.child_count());
    FinishRows(args, result);
  };
}

ExprPtr BindRemove(KernelCall& call, PlanBuilder& builder) {
  return CallKernel(call, builder, PickKernel([](KernelContext&, DataChunk& args, idx_t rows, const Lists& lists) {
                      auto keys = std::make_shared<SortKeys>(lists.child(), lists.child_count());
                      auto values = std::make_shared<Values>(args.data[1], rows);
                      return [&lists, keys, values](ListPicker& picker, idx_t row, duckdb::list_entry_t list) {
                        if (values->IsNull(row)) return false;
                        for (idx_t at = list.offset; at < list.offset + list.length; ++at) {
                          if (lists.ElementIsNull(at) || (*keys)[at] != (*values)[row]) picker.Pick(at);
                        }
                        return true;
                      };
                    }),
                    kSees);
}

ExprPtr BindCompact(KernelCall& call, PlanBuilder& builder) {
  return CallKernel(call, builder, PickKernel([](KernelContext&, DataChunk&, idx_t, const Lists& lists) {
                      return [&lists](ListPicker& picker, idx_t, duckdb::list_entry_t list) {
                        for (idx_t at = list.offset; at < list.offset + list.length; ++at) {
                          if (!lists.ElementIsNull(at)) picker.Pick(at);
                        }
                        return true;
                      };
                    }),
                    kSees);
}

ExprPtr BindDistinct(KernelCall& call, PlanBuilder& builder) {
  return CallKernel(call, builder, PickKernel([](KernelContext&, DataChunk&, idx_t, const Lists& lists) {
                      auto keys = std::make_shared<SortKeys>(lists.child(), lists.child_count());
                      return [keys](ListPicker& picker, idx_t, duckdb::list_entry_t list) {
                        std::unordered_set<std::string_view> seen;
                        for (idx_t at = list.offset; at < list.offset + list.length; ++at) {
                          if (seen.insert((*keys)[at]).second) picker.Pick(at);
                        }
                        return true;
                      };
                    }),
                    kSees);
}

// sort_array: NULLs first ascending, last descending. array_sort: ascending, NULLs last.
ExprPtr BindSort(KernelCall& call, PlanBuilder& builder) {
  const bool is_array_sort = call.function == "array_sort";
  return CallKernel(call, builder, PickKernel([is_array_sort](KernelContext&, DataChunk& args, idx_t rows, const Lists& lists) {
                      using duckdb::OrderByNullType;
                      using duckdb::OrderType;
                      auto up = std::make_shared<SortKeys>(lists.child(), lists.child_count(), OrderType::ASCENDING,
                                                           is_array_sort ? OrderByNullType::NULLS_LAST : OrderByNullType::NULLS_FIRST);
                      auto flags = std::make_shared<duckdb::UnifiedVectorFormat>();
                      const bool has_flag = args.ColumnCount() > 1;
                      if (has_flag) args.data[1].ToUnifiedFormat(rows, *flags);
                      return [up, flags, has_flag](ListPicker& picker, idx_t row, duckdb::list_entry_t list) {
                        bool ascending = true;
                        if (has_flag) {
                          const idx_t at = flags->sel->get_index(row);
                          if (!flags->validity.RowIsValid(at)) return false;
                          ascending = duckdb::UnifiedVectorFormat::GetData<bool>(*flags)[at];
                        }
                        std::vector<idx_t> order(list.length);
                        std::iota(order.begin(), order.end(), list.offset);
                        // Descending order turns the whole order around, NULLs too.
                        std::stable_sort(order.begin(), order.end(), [&](idx_t a, idx_t b) { return ascending ? (*up)[a] < (*up)[b] : (*up)[b] < (*up)[a]; });
                        for (idx_t at : order) picker.Pick(at);
                        return true;
                      };
                    }),
                    kSees);
}

ExprPtr BindReverse(KernelCall& call, PlanBuilder& builder) {
  if (!call.ArgumentType(0).Is(TypeKind::kArray)) {
    return BindRows<string_t, string_t>(call, builder, [](KernelContext& c, string_t given) {
      const std::string_view text = View(given);
      std::string out(text.size(), '\0');
      for (size_t at = 0; at < text.size();) {
        const size_t length = fn::CharacterLength(text, at);
        text.copy(out.data() + text.size() - at - length, length, at);
        at += length;
      }
      return c.String(out);
    });
  }
  return CallKernel(call, builder, PickKernel([](KernelContext&, DataChunk&, idx_t, const Lists&) {
                      return [](ListPicker& picker, idx_t, duckdb::list_entry_t list) {
                        for (idx_t i = list.length; i-- > 0;) picker.Pick(list.offset + i);
                        return true;
                      };
                    }),
                    kSees);
}

ExprPtr BindShuffle(KernelCall& call, PlanBuilder& builder) {
  const auto seed = call.resolved.size() > 1 ? ConstantInteger(call, 1) : std::nullopt;
  KernelOptions options = kSees;
  options.is_volatile = true;
  const int64_t start = seed ? *seed : static_cast<int64_t>(std::hash<std::string>{}(call.Setting("seed")));
  auto twister = std::make_shared<fn::MersenneTwister>(start);
  auto guard = std::make_shared<std::mutex>();  // one generator serves all threads
  return CallKernel(call, builder, PickKernel([twister, guard](KernelContext&, DataChunk&, idx_t, const Lists&) {
                      return [twister, guard](ListPicker& picker, idx_t, duckdb::list_entry_t list) {
                        std::lock_guard lock(*guard);
                        for (int32_t i : twister->NextIndices(static_cast<int32_t>(list.length))) picker.Pick(list.offset + static_cast<idx_t>(i));
                        return true;
                      };
                    }),
                    options);
}

ExprPtr BindSlice(KernelCall& call, PlanBuilder& builder) {
  return CallKernel(call, builder, PickKernel([](KernelContext& context, DataChunk& args, idx_t rows, const Lists&) {
                      auto starts = std::make_shared<Integers>(args.data[1], rows), lengths = std::make_shared<Integers>(args.data[2], rows);
                      return [starts, lengths, &context](ListPicker& picker, idx_t row, duckdb::list_entry_t list) {
                        if (starts->IsNull(row) || lengths->IsNull(row)) return false;
                        const int64_t start = (*starts)[row], length = (*lengths)[row], size = static_cast<int64_t>(list.length);
                        if (start == 0) context.Fail("INVALID_PARAMETER_VALUE.START", {{"parameter", "`start`"}, {"functionName", "`slice`"}});
                        if (length < 0) {
                          context.Fail("INVALID_PARAMETER_VALUE.LENGTH", {{"parameter", "`length`"}, {"length", std::to_string(length)}, {"functionName", "`slice`"}});
                        }
                        const int64_t from = start > 0 ? start - 1 : size + start;
                        if (from < 0) return true;
                        for (int64_t i = from; i < std::min(size, from + length); ++i) picker.Pick(list.offset + static_cast<idx_t>(i));
                        return true;
                      };
                    }),
                    kSees);
}

// array_union, array_intersect, array_except over one vector of both sides' elements.
ExprPtr BindSetOperation(KernelCall& call, PlanBuilder& builder) {
  const std::string op = call.function;
  auto kernel = [op](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    const Lists left(args.data[0], rows), right(args.data[1], rows);
    Vector both = Concatenate(left.child(), left.child_count(), right.child(), right.child_count());
    const SortKeys keys(both, left.child_count() + right.child_count());
    ListPicker picker(result, rows);
    std::unordered_set<std::string_view> seen, other;
    for (idx_t row = 0; row < rows; ++row) {
      if (left.IsNull(row) || right.IsNull(row)) {
        picker.Null(row);
        continue;
      }
      picker.Start(row);
      seen.clear();
      other.clear();
      const auto l = left[row], r = right[row];
      if (op != "array_union") {
        for (idx_t i = 0; i < r.length; ++i) other.insert(keys[left.child_count() + r.offset + i]);
      }
      for (idx_t i = 0; i < l.length; ++i) {
        const auto key = keys[l.offset + i];
        const bool wanted = op == "array_union" || (op == "array_intersect") == other.contains(key);
        if (wanted && seen.insert(key).second) picker.Pick(l.offset + i);
      }
      if (op == "array_union") {
        for (idx_t i = 0; i < r.length; ++i) {
          const idx_t at = left.child_count() + r.offset + i;
          if (seen.insert(keys[at]).second) picker.Pick(at);
        }
      }
      picker.Finish();
    }
    picker.Copy(both, left.child_count() + right.child_count());
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

void Overlap(DataChunk& args, ExpressionState&, Vector& result) {
  const idx_t rows = RowsOf(args);
  const Lists left(args.data[0], rows), right(args.data[1], rows);
  const SortKeys left_keys(left.child(), left.child_count()), right_keys(right.child(), right.child_count());
  auto* out = duckdb::FlatVector::GetData<bool>(result);
  std::unordered_set<std::string_view> seen;
  for (idx_t row = 0; row < rows; ++row) {
    if (left.IsNull(row) || right.IsNull(row)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    const auto l = left[row], r = right[row];
    bool has_null = false, found = false;
    seen.clear();
    for (idx_t i = 0; i < l.length; ++i) {
      if (left.ElementIsNull(l.offset + i)) has_null = true;
      else seen.insert(left_keys[l.offset + i]);
    }
    for (idx_t i = 0; i < r.length && !found; ++i) {
      if (right.ElementIsNull(r.offset + i)) has_null = true;
      else found = seen.contains(right_keys[r.offset + i]);
    }
    if (!found && has_null && l.length > 0 && r.length > 0) duckdb::FlatVector::SetNull(result, row, true);
    else out[row] = found;
  }
  FinishRows(args, result);
}

// array_append, array_prepend: an element of any value, NULL too.
ExprPtr BindAppend(KernelCall& call, PlanBuilder& builder) {
  const bool prepend = call.function == "array_prepend";
  auto kernel = [prepend](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    const Lists lists(args.data[0], rows);
    Vector both = Concatenate(lists.child(), lists.child_count(), args.data[1], rows);
    ListPicker picker(result, rows);
    for (idx_t row = 0; row < rows; ++row) {
      if (lists.IsNull(row)) {
        picker.Null(row);
        continue;
      }
      picker.Start(row);
      const auto list = lists[row];
      if (prepend) picker.Pick(lists.child_count() + row);
      for (idx_t i = 0; i < list.length; ++i) picker.Pick(list.offset + i);
      if (!prepend) picker.Pick(lists.child_count() + row);
      picker.Finish();
    }
    picker.Copy(both, lists.child_count() + rows);
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

constexpr int64_t kArrayLengthMax = 2147483632;  // Spark's ByteArrayMethods.MAX_ROUNDED_ARRAY_LENGTH

// array_insert(array, position, value): 1-based; negative positions count from the end.
ExprPtr BindInsert(KernelCall& call, PlanBuilder& builder) {
  const bool legacy_negative = call.Setting("legacy_negative_index_in_array_insert") == "true";
  auto kernel = [legacy_negative](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const Lists lists(args.data[0], rows);
    const Integers positions(args.data[1], rows);
    Vector both = Concatenate(lists.child(), lists.child_count(), args.data[2], rows);
    ListPicker picker(result, rows);
    for (idx_t row = 0; row < rows; ++row) {
      if (lists.IsNull(row) || positions.IsNull(row)) {
        picker.Null(row);
        continue;
      }
      picker.Start(row);
      const auto list = lists[row];
      const int64_t position = positions[row], size = static_cast<int64_t>(list.length);
      if (position == 0) context.Fail("INVALID_INDEX_OF_ZERO", {});
      const idx_t value = lists.child_count() + row;
      const auto element = [&](int64_t i) { picker.Pick(list.offset + static_cast<idx_t>(i)); };
      if (std::abs(position) > kArrayLengthMax) {
        context.Fail("COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
                     {{"numberOfElements", std::to_string(std::abs(position))}, {"maxRoundedArrayLength", std::to_string(kArrayLengthMax)}, {"functionName", "`array_insert`"}});
      }
      if (position > 0) {
        const int64_t at = position - 1;
        for (int64_t i = 0; i < std::min(at, size); ++i) element(i);
        for (int64_t i = size; i < at; ++i) picker.PickNull();
        picker.Pick(value);
        for (int64_t i = at; i < size; ++i) element(i);
      } else {
        // -1 is behind the last element (before it in the legacy way).
        const int64_t at = size + position + (legacy_negative ? 0 : 1);
        if (at >= 0) {
          for (int64_t i = 0; i < at; ++i) element(i);
          picker.Pick(value);
          for (int64_t i = at; i < size; ++i) element(i);
        } else {
          picker.Pick(value);
          for (int64_t i = at; i < 0; ++i) picker.PickNull();
          for (int64_t i = 0; i < size; ++i) element(i);
        }
      }
      picker.Finish();
    }
    picker.Copy(both, lists.child_count() + rows);
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

void Repeat(DataChunk& args, ExpressionState&, Vector& result) {
  const idx_t rows = RowsOf(args);
  const Integers counts(args.data[1], rows);
  ListPicker picker(result, rows);
  for (idx_t row = 0; row < rows; ++row) {
    if (counts.IsNull(row)) {
      picker.Null(row);
      continue;
    }
    picker.Start(row);
    for (int64_t i = 0; i < counts[row]; ++i) picker.Pick(row);
    picker.Finish();
  }
  Vector values(args.data[0].GetType(), std::max<idx_t>(rows, 1));
  duckdb::VectorOperations::Copy(args.data[0], values, rows, 0, 0);
  picker.Copy(values, rows);
  FinishRows(args, result);
}

ExprPtr BindJoin(KernelCall& call, PlanBuilder& builder) {
  const bool replaces = call.arguments.size() == 3;
  auto kernel = [replaces](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const Lists lists(args.data[0], rows);
    duckdb::UnifiedVectorFormat elements, delimiters, replacements;
    lists.child().ToUnifiedFormat(lists.child_count(), elements);
    args.data[1].ToUnifiedFormat(rows, delimiters);
    if (replaces) args.data[2].ToUnifiedFormat(rows, replacements);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    const auto text = [](const duckdb::UnifiedVectorFormat& format, idx_t at) { return View(duckdb::UnifiedVectorFormat::GetData<string_t>(format)[format.sel->get_index(at)]); };
    const auto is_null = [](const duckdb::UnifiedVectorFormat& format, idx_t at) { return !format.validity.RowIsValid(format.sel->get_index(at)); };
    std::string joined;
    for (idx_t row = 0; row < rows; ++row) {
      if (lists.IsNull(row) || is_null(delimiters, row) || (replaces && is_null(replacements, row))) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      joined.clear();
      bool first = true;
      const auto list = lists[row];
      for (idx_t at = list.offset; at < list.offset + list.length; ++at) {
        const bool missing = is_null(elements, at);
        if (missing && !replaces) continue;
        if (!first) joined += text(delimiters, row);
        first = false;
        joined += missing ? text(replacements, row) : text(elements, at);
      }
      out[row] = context.String(joined);
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

// array_min, array_max: the element itself, not a list.
ExprPtr BindExtreme(KernelCall& call, PlanBuilder& builder) {
  const bool is_min = call.function == "array_min";
  auto kernel = [is_min](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    const Lists lists(args.data[0], rows);
    const SortKeys keys(lists.child(), lists.child_count());
    std::vector<duckdb::sel_t> picks(rows, 0);
    std::vector<bool> missing(rows, true);
    for (idx_t row = 0; row < rows; ++row) {
      if (lists.IsNull(row)) continue;
      const auto list = lists[row];
      for (idx_t at = list.offset; at < list.offset + list.length; ++at) {
        if (lists.ElementIsNull(at)) continue;
        if (missing[row] || (is_min ? keys[at] < keys[picks[row]] : keys[picks[row]] < keys[at])) picks[row] = static_cast<duckdb::sel_t>(at);
        missing[row] = false;
      }
    }
    if (lists.child_count() > 0) {
      duckdb::SelectionVector selection(picks.data());
      duckdb::VectorOperations::Copy(lists.child(), result, selection, rows, 0, 0);
    }
    for (idx_t row = 0; row < rows; ++row) {
      if (missing[row]) duckdb::FlatVector::SetNull(result, row, true);
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

// size(NULL) is NULL, or -1 in the legacy way (setting legacy_size_of_null).
ExprPtr BindSize(KernelCall& call, PlanBuilder& builder) {
  const bool legacy = call.Setting("legacy_size_of_null") == "true" && call.function != "array_size";
  auto kernel = [legacy](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    const Lists lists(args.data[0], rows);
    auto* out = duckdb::FlatVector::GetData<int32_t>(result);
    for (idx_t row = 0; row < rows; ++row) {
      if (!lists.IsNull(row)) out[row] = static_cast<int32_t>(lists[row].length);
      else if (legacy) out[row] = -1;
      else duckdb::FlatVector::SetNull(result, row, true);
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, {.nulls = NullPolicy::kSeesNulls, .fallibility = Fallibility::kNever});
}

ExprPtr BindFlatten(KernelCall& call, PlanBuilder& builder) {
  auto kernel = [](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    const Lists outer(args.data[0], rows);
    const Lists inner(outer.child(), outer.child_count());
    ListPicker picker(result, rows);
    for (idx_t row = 0; row < rows; ++row) {
      bool missing = outer.IsNull(row);
      if (!missing) {
        const auto list = outer[row];
        for (idx_t i = 0; i < list.length && !missing; ++i) missing = inner.IsNull(list.offset + i);
      }
      if (missing) {
        picker.Null(row);
        continue;
      }
      picker.Start(row);
      const auto list = outer[row];
      for (idx_t i = 0; i < list.length; ++i) {
        const auto nested = inner[list.offset + i];
        for (idx_t at = nested.offset; at < nested.offset + nested.length; ++at) picker.Pick(at);
      }
      picker.Finish();
    }
    picker.Copy(inner.child(), inner.child_count());
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

// concat of arrays: NULL when one is NULL.
ExprPtr BindConcat(KernelCall& call, PlanBuilder& builder) {
  auto kernel = [](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    std::vector<std::unique_ptr<Lists>> lists;
    std::vector<idx_t> bases;
    idx_t total = 0;
    for (idx_t c = 0; c < args.ColumnCount(); ++c) {
      lists.push_back(std::make_unique<Lists>(args.data[c], rows));
      bases.push_back(total);
      total += lists.back()->child_count();
    }
    Vector all(lists[0]->child().GetType(), std::max<idx_t>(total, 1));
    for (size_t c = 0; c < lists.size(); ++c) {
      if (lists[c]->child_count() > 0) duckdb::VectorOperations::Copy(lists[c]->child(), all, lists[c]->child_count(), 0, bases[c]);
    }
    ListPicker picker(result, rows);
    for (idx_t row = 0; row < rows; ++row) {
      if (std::any_of(lists.begin(), lists.end(), [&](const auto& l) { return l->IsNull(row); })) {
        picker.Null(row);
        continue;
      }
      picker.Start(row);
      for (size_t c = 0; c < lists.size(); ++c) {
        const auto list = (*lists[c])[row];
        for (idx_t i = 0; i < list.length; ++i) picker.Pick(bases[c] + list.offset + i);
      }
      picker.Finish();
    }
    picker.Copy(all, total);
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

// arrays_zip: structs of the elements at each position, NULL where an array is shorter.
ExprPtr BindZip(KernelCall& call, PlanBuilder& builder) {
  auto kernel = [](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args), columns = args.ColumnCount();
    std::vector<std::unique_ptr<Lists>> lists;
    for (idx_t c = 0; c < columns; ++c) lists.push_back(std::make_unique<Lists>(args.data[c], rows));
    auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
    idx_t total = duckdb::ListVector::GetListSize(result);
    for (idx_t row = 0; row < rows; ++row) {
      if (std::any_of(lists.begin(), lists.end(), [&](const auto& l) { return l->IsNull(row); })) {
        duckdb::FlatVector::SetNull(result, row, true);
        entries[row] = {total, 0};
        continue;
      }
      idx_t longest = 0;
      for (const auto& l : lists) longest = std::max<idx_t>(longest, (*l)[row].length);
      entries[row] = {total, longest};
      total += longest;
    }
    duckdb::ListVector::Reserve(result, total);
    auto& fields = duckdb::StructVector::GetEntries(duckdb::ListVector::GetEntry(result));
    for (idx_t c = 0; c < columns; ++c) {
      for (idx_t row = 0; row < rows; ++row) {
        if (entries[row].length == 0) continue;
        const auto list = (*lists[c])[row];
        if (list.length > 0) duckdb::VectorOperations::Copy(lists[c]->child(), *fields[c], list.offset + list.length, list.offset, entries[row].offset);
        for (idx_t i = list.length; i < entries[row].length; ++i) duckdb::FlatVector::SetNull(*fields[c], entries[row].offset + i, true);
      }
    }
    duckdb::ListVector::SetListSize(result, total);
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

enum class Missing : uint8_t { kNull, kInvalidIndex, kInvalidIndexInElementAt };

// One element per row by a position function: position(row, size) gives 0-based or -1.
template <typename F>
void PickElements(DataChunk& args, Vector& result, const Lists& lists, idx_t rows, F position) {
  std::vector<duckdb::sel_t> picks(rows, 0);
  std::vector<bool> missing(rows, false);
  for (idx_t row = 0; row < rows; ++row) {
    const int64_t at = lists.IsNull(row) ? -1 : position(row, static_cast<int64_t>(lists[row].length));
    if (at < 0) missing[row] = true;
    else picks[row] = static_cast<duckdb::sel_t>(lists[row].offset + static_cast<idx_t>(at));
  }
  if (lists.child_count() > 0) {
    duckdb::SelectionVector selection(picks.data());
    duckdb::VectorOperations::Copy(lists.child(), result, selection, rows, 0, 0);
  }
  for (idx_t row = 0; row < rows; ++row) {
    if (missing[row]) duckdb::FlatVector::SetNull(result, row, true);
  }
  FinishRows(args, result);
}

// The value of the key that equals the row's, or NULL.
ExprPtr BindMapValue(KernelCall& call, PlanBuilder& builder) {
  auto kernel = [](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    duckdb::UnifiedVectorFormat format;
    args.data[0].ToUnifiedFormat(rows, format);
    Vector& keys = duckdb::MapVector::GetKeys(args.data[0]);
    Vector& values = duckdb::MapVector::GetValues(args.data[0]);
    const idx_t child_count = duckdb::ListVector::GetListSize(args.data[0]);
    const SortKeys sort_keys(keys, child_count);
    const Values wanted(args.data[1], rows);
    const auto* entries = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format);
    std::vector<duckdb::sel_t> picks(rows, 0);
    std::vector<bool> missing(rows, true);
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at) || wanted.IsNull(row)) continue;
      for (idx_t i = entries[at].offset; i < entries[at].offset + entries[at].length; ++i) {
        if (sort_keys[i] != wanted[row]) continue;
        picks[row] = static_cast<duckdb::sel_t>(i);
        missing[row] = false;
        break;
      }
    }
    if (child_count > 0) {
      duckdb::SelectionVector selection(picks.data());
      duckdb::VectorOperations::Copy(values, result, selection, rows, 0, 0);
    }
    for (idx_t row = 0; row < rows; ++row) {
      if (missing[row]) duckdb::FlatVector::SetNull(result, row, true);
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

std::function<int64_t(idx_t)> IntegerReader(Vector& vector, idx_t rows, TypeKind kind, std::shared_ptr<duckdb::UnifiedVectorFormat> format) {
  vector.ToUnifiedFormat(rows, *format);
  return [format, kind](idx_t row) -> int64_t {
    const idx_t at = format->sel->get_index(row);
    switch (kind) {
      case TypeKind::kByte: return duckdb::UnifiedVectorFormat::GetData<int8_t>(*format)[at];
      case TypeKind::kShort: return duckdb::UnifiedVectorFormat::GetData<int16_t>(*format)[at];
      case TypeKind::kLong: return duckdb::UnifiedVectorFormat::GetData<int64_t>(*format)[at];
      default: return duckdb::UnifiedVectorFormat::GetData<int32_t>(*format)[at];
    }
  };
}

// array[i] (0-based), element_at(array, i) (1-based, negative from the end), get(array, i).
ExprPtr BindElement(KernelCall& call, PlanBuilder& builder) {
  if (call.ArgumentType(0).Is(TypeKind::kMap)) return BindMapValue(call, builder);
  const bool one_based = call.function == "element_at" || call.function == "try_element_at";
  const bool raise = call.mode == plan::EvalMode::kAnsi && call.function != "get" && call.function != "try_element_at";
  const bool is_element_at = one_based;
  const TypeKind kind = call.ArgumentType(1).kind();
  auto kernel = [one_based, raise, is_element_at, kind](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const Lists lists(args.data[0], rows);
    auto format = std::make_shared<duckdb::UnifiedVectorFormat>();
    const auto read = IntegerReader(args.data[1], rows, kind, format);
    PickElements(args, result, lists, rows, [&](idx_t row, int64_t size) -> int64_t {
      if (!format->validity.RowIsValid(format->sel->get_index(row))) return -1;
      const int64_t index = read(row);
      if (one_based && index == 0) context.Fail("INVALID_INDEX_OF_ZERO", {});
      const int64_t at = !one_based ? index : index > 0 ? index - 1 : size + index;
      if (at >= 0 && at < size) return at;
      if (!raise) return -1;
      context.Fail(is_element_at ? "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" : "INVALID_ARRAY_INDEX",
                   {{"indexValue", std::to_string(index)}, {"arraySize", std::to_string(size)}, {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
    });
  };
  return CallKernel(call, builder, kernel, kSees);
}

}  // namespace

void RegisterArray(KernelRegistry& registry) {
  registry.Add({"array_contains"}, [](KernelCall& call, PlanBuilder& builder) { return CallKernel(call, builder, Contains, kSees); });
  registry.Add({"array_position"}, [](KernelCall& call, PlanBuilder& builder) { return CallKernel(call, builder, Position, kSees); });
  registry.Add({"arrays_overlap"}, [](KernelCall& call, PlanBuilder& builder) { return CallKernel(call, builder, Overlap, kSees); });
  registry.Add({"array_repeat"}, [](KernelCall& call, PlanBuilder& builder) { return CallKernel(call, builder, Repeat, kSees); });
  registry.Add({"array_remove"}, BindRemove);
  registry.Add({"array_compact"}, BindCompact);
  registry.Add({"array_distinct"}, BindDistinct);
  registry.Add({"sort_array", "array_sort"}, BindSort);
  registry.Add({"reverse"}, BindReverse);
  registry.Add({"shuffle"}, BindShuffle);
  registry.Add({"slice"}, BindSlice);
  registry.Add({"array_union", "array_intersect", "array_except"}, BindSetOperation);
  registry.Add({"array_append", "array_prepend"}, BindAppend);
  registry.Add({"array_insert"}, BindInsert);
  registry.Add({"array_join"}, BindJoin);
  registry.Add({"array_min", "array_max"}, BindExtreme);
  registry.Add({"size", "cardinality", "array_size", "map_size"}, BindSize);
  registry.Add({"flatten"}, BindFlatten);
  registry.Add({"arrays_zip"}, BindZip);
  registry.Add({"element_at", "try_element_at", "get", "get_item"}, BindElement);
  registry.Add({"get_value"}, BindMapValue);
  // concat of texts and binaries is another family's.
  const KernelBinder* known = registry.Find("concat");
  const KernelBinder texts = known == nullptr ? KernelBinder() : *known;
  registry.Add({"concat"}, [texts](KernelCall& call, PlanBuilder& builder) {
    if (call.type.Is(TypeKind::kArray)) return BindConcat(call, builder);
    if (!texts) RefuseTypes(call);
    return texts(call, builder);
  });
}

}  // namespace crannog::engine::duck
