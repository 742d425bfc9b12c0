#include <nanoarrow/nanoarrow.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/engine_test_plans.h"

namespace crannog::engine::testing {
namespace {

std::string ShowInt128(plan::Int128 value, int scale) {
  bool is_negative = value < 0;
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(is_negative ? -(value % 10) : value % 10)));
    value /= 10;
  } while (value != 0);
  while (static_cast<int>(digits.size()) <= scale) digits.insert(digits.begin(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return (is_negative ? "-" : "") + digits;
}

// Reads one value of an Arrow array as text; enough for the types that plans of these tests give out.
std::string ShowArrow(const ArrowArrayView* view, int64_t row) {
  if (ArrowArrayViewIsNull(view, row)) return "NULL";
  switch (view->storage_type) {
    case NANOARROW_TYPE_NA: return "NULL";
    case NANOARROW_TYPE_BOOL: return ArrowArrayViewGetIntUnsafe(view, row) != 0 ? "true" : "false";
    case NANOARROW_TYPE_FLOAT:
    case NANOARROW_TYPE_DOUBLE: return fmt::format("{}", ArrowArrayViewGetDoubleUnsafe(view, row));
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_BINARY: {
      auto text = ArrowArrayViewGetStringUnsafe(view, row);
      return std::string(text.data, static_cast<size_t>(text.size_bytes));
    }
    case NANOARROW_TYPE_DECIMAL128: {
      ArrowDecimal decimal;
      ArrowDecimalInit(&decimal, 128, 38, 0);
      ArrowArrayViewGetDecimalUnsafe(view, row, &decimal);
      uint64_t words[2];
      ArrowDecimalGetBytes(&decimal, reinterpret_cast<uint8_t*>(words));
      return ShowInt128(static_cast<__int128>(static_cast<unsigned __int128>(words[1]) << 64 | words[0]), 0);
    }
    case NANOARROW_TYPE_LIST: {
      std::string out = "[";
      for (int64_t i = ArrowArrayViewListChildOffset(view, row); i < ArrowArrayViewListChildOffset(view, row + 1); ++i)
        out += (out.size() > 1 ? "," : "") + ShowArrow(view->children[0], i);
      return out + "]";
    }
    case NANOARROW_TYPE_STRUCT: {
      std::string out = "{";
      for (int64_t i = 0; i < view->n_children; ++i) out += (i > 0 ? "," : "") + ShowArrow(view->children[i], row);
      return out + "}";
    }
    default: return std::to_string(ArrowArrayViewGetIntUnsafe(view, row));
  }
}

}  // namespace

std::string Show(const Literal& literal) {
  if (literal.IsNull()) return "NULL";
  if (const auto* value = std::get_if<bool>(&literal.value)) return *value ? "true" : "false";
  if (const auto* value = std::get_if<int64_t>(&literal.value)) return std::to_string(*value);
  if (const auto* value = std::get_if<double>(&literal.value)) return fmt::format("{}", *value);
  if (const auto* value = std::get_if<plan::Int128>(&literal.value)) return ShowInt128(*value, literal.type.scale());
  if (const auto* value = std::get_if<std::string>(&literal.value)) return *value;
  if (const auto* value = std::get_if<plan::CalendarIntervalValue>(&literal.value))
    return fmt::format("{}m{}d{}us", value->months, value->days, value->micros);
  const auto& children = *std::get<Literal::Children>(literal.value);
  const bool is_array = literal.type.Is(plan::TypeKind::kArray), is_map = literal.type.Is(plan::TypeKind::kMap);
  std::string out = is_array ? "[" : "{";
  for (size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out += is_map && i % 2 == 1 ? ":" : ",";
    out += Show(children[i]);
  }
  return out + (is_array ? "]" : "}");
}

Engine& TestEngine() {
  static std::unique_ptr<Engine> engine = MakeDuckDbEngine({.memory_bytes_max = int64_t{1} << 30, .thread_count = 2}).value();
  return *engine;
}

std::vector<std::string> Rows(const ResolvedPlanPtr& plan, ExecutionContext context) {
  auto stream = TestEngine().Execute(*plan, context);
  if (!stream) return {"ERROR " + (stream.error().condition.empty() ? stream.error().message : stream.error().condition)};
  std::vector<std::string> rows;
  while (true) {
    auto batch = (*stream)->Next();
    if (!batch) return {"ERROR " + (batch.error().condition.empty() ? batch.error().message : batch.error().condition)};
    if (!*batch) break;
    ArrowArrayView view;
    ArrowError error;
    EXPECT_EQ(ArrowArrayViewInitFromSchema(&view, &(*batch)->schema(), &error), NANOARROW_OK) << error.message;
    EXPECT_EQ(ArrowArrayViewSetArray(&view, &(*batch)->array(), &error), NANOARROW_OK) << error.message;
    for (int64_t row = 0; row < (*batch)->row_count(); ++row) {
      std::string text;
      for (int64_t i = 0; i < view.n_children; ++i) text += (i > 0 ? "|" : "") + ShowArrow(view.children[i], row);
      rows.push_back(std::move(text));
    }
    ArrowArrayViewReset(&view);
  }
  return rows;
}

std::string Value(const ResolvedExpressionPtr& expression, ExecutionContext context) {
  auto value = TestEngine().Evaluate(*expression, context);
  if (!value) return "ERROR " + (value.error().condition.empty() ? value.error().message : value.error().condition);
  return Show(*value);
}

Error ErrorOf(const ResolvedExpressionPtr& expression, ExecutionContext context) {
  auto value = TestEngine().Evaluate(*expression, context);
  return value ? Error{} : value.error();
}

}  // namespace crannog::engine::testing
