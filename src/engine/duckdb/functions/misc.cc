#include <bit>
#include <mutex>
#include <random>

#include "engine/duckdb/functions/kit.h"
#include "engine/functions/spark_random.h"
#include "engine/functions/text_functions.h"

/// Bits, bitmaps, errors raised on purpose, row numbers of a run, and string functions that no other family has.
namespace crannog::engine::duck {
namespace {

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::idx_t;
using duckdb::string_t;
using duckdb::Vector;

const KernelOptions kSafe{.fallibility = Fallibility::kNever};
const KernelOptions kSees{.nulls = NullPolicy::kSeesNulls};

ExprPtr BindBitCount(KernelCall& call, PlanBuilder& builder) {
  const auto count = [](int64_t v) { return static_cast<int32_t>(std::popcount(static_cast<uint64_t>(v))); };
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kBoolean: return BindRows<int32_t, bool>(call, builder, [](KernelContext&, bool v) { return v ? 1 : 0; });
    case TypeKind::kByte: return BindRows<int32_t, int8_t>(call, builder, [count](KernelContext&, int8_t v) { return count(v); });
    case TypeKind::kShort: return BindRows<int32_t, int16_t>(call, builder, [count](KernelContext&, int16_t v) { return count(v); });
    case TypeKind::kInt: return BindRows<int32_t, int32_t>(call, builder, [count](KernelContext&, int32_t v) { return count(v); });
    default: return BindRows<int32_t, int64_t>(call, builder, [count](KernelContext&, int64_t v) { return count(v); });
  }
}

template <typename T>
ExprPtr BindBitGetOf(KernelCall& call, PlanBuilder& builder) {
  return BindRows<int8_t, T, int32_t>(call, builder, [](KernelContext& c, T value, int32_t position) {
    constexpr int kBits = sizeof(T) * 8;
    if (position < 0 || position >= kBits) {
      c.Fail("INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
             {{"functionName", "`getbit`"}, {"parameter", "`pos`"}, {"upper", std::to_string(kBits)}, {"invalidValue", std::to_string(position)}});
    }
    return static_cast<int8_t>(value >> position & 1);
  });
}

ExprPtr BindBitGet(KernelCall& call, PlanBuilder& builder) {
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kByte: return BindBitGetOf<int8_t>(call, builder);
    case TypeKind::kShort: return BindBitGetOf<int16_t>(call, builder);
    case TypeKind::kInt: return BindBitGetOf<int32_t>(call, builder);
    default: return BindBitGetOf<int64_t>(call, builder);
  }
}

constexpr int64_t kBitmapBits = 8 * 4096;

// assert_true(condition [, message]): NULL, or USER_RAISED_EXCEPTION.
ExprPtr BindAssertTrue(KernelCall& call, PlanBuilder& builder) {
  const bool has_message = call.arguments.size() > 1;
  auto kernel = [has_message](DataChunk& args, ExpressionState& state, Vector& result) {
    KernelContext context{DataOf(state), result};
    duckdb::UnifiedVectorFormat flags, messages;
    args.data[0].ToUnifiedFormat(args.size(), flags);
    if (has_message) args.data[1].ToUnifiedFormat(args.size(), messages);
    for (idx_t row = 0; row < args.size(); ++row) {
      const idx_t at = flags.sel->get_index(row);
      if (flags.validity.RowIsValid(at) && duckdb::UnifiedVectorFormat::GetData<bool>(flags)[at]) continue;
      std::string message = "assertion failed";
      if (has_message) {
        const idx_t m = messages.sel->get_index(row);
        message = messages.validity.RowIsValid(m) ? std::string(View(duckdb::UnifiedVectorFormat::GetData<string_t>(messages)[m])) : "null";
      }
      context.Fail("USER_RAISED_EXCEPTION", {{"errorMessage", message}});
    }
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
    duckdb::ConstantVector::SetNull(result, true);
  };
  return CallKernel(call, builder, kernel, kSees);
}

// raise_error(message): never gives a value.
ExprPtr BindRaiseError(KernelCall& call, PlanBuilder& builder) {
  auto kernel = [](DataChunk& args, ExpressionState& state, Vector& result) {
    KernelContext context{DataOf(state), result};
    if (args.size() > 0) {
      duckdb::UnifiedVectorFormat messages;
      args.data[0].ToUnifiedFormat(args.size(), messages);
      const idx_t at = messages.sel->get_index(0);
      const bool valid = messages.validity.RowIsValid(at);
      context.Fail("USER_RAISED_EXCEPTION", {{"errorMessage", valid ? std::string(View(duckdb::UnifiedVectorFormat::GetData<string_t>(messages)[at])) : "null"}});
    }
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
    duckdb::ConstantVector::SetNull(result, true);
  };
  KernelOptions options = kSees;
  options.is_volatile = true;
  return CallKernel(call, builder, kernel, options);
}

// Thread k numbers its rows from k << 33, as Spark's partitions do.
struct RowNumbers {
  mutable std::atomic<int64_t> threads{0};
};
struct RowNumberState : duckdb::FunctionLocalState {
  explicit RowNumberState(int64_t start) : next(start) {}
  int64_t next;
};

ExprPtr BindRowNumbers(KernelCall& call, PlanBuilder& builder) {
  static std::atomic<uint64_t> unique{0};
  Kernel kernel;
  kernel.name = CallName(call) + "#" + std::to_string(unique++);
  kernel.result = ToLogicalType(call.type);
  kernel.function = [](DataChunk& args, ExpressionState& state, Vector& result) {
    auto& local = duckdb::ExecuteFunctionState::GetFunctionState(state)->Cast<RowNumberState>();
    auto* out = duckdb::FlatVector::GetData<int64_t>(result);
    for (idx_t row = 0; row < args.size(); ++row) out[row] = local.next++;
  };
  kernel.nulls = NullPolicy::kSeesNulls;
  kernel.payload = std::make_shared<RowNumbers>();
  kernel.is_volatile = true;
  kernel.init_local_state = [](ExpressionState&, const duckdb::BoundFunctionExpression&, duckdb::FunctionData* data) -> duckdb::unique_ptr<duckdb::FunctionLocalState> {
    const auto& numbers = data->Cast<KernelData>().Payload<RowNumbers>();
    return duckdb::make_uniq<RowNumberState>(numbers.threads++ << 33);
  };
  return builder.Call(std::move(kernel), {});
}

// concat_ws(separator, text or array of texts, …): NULLs are left out.
ExprPtr BindConcatWs(KernelCall& call, PlanBuilder& builder) {
  std::vector<bool> is_list;
  for (const auto& argument : call.resolved) is_list.push_back(argument->type.Is(TypeKind::kArray));
  auto kernel = [is_list](DataChunk& args, ExpressionState& state, Vector& result) {
    KernelContext context{DataOf(state), result};
    const bool constant = args.AllConstant();
    const idx_t rows = constant ? 1 : args.size();
    std::vector<duckdb::UnifiedVectorFormat> formats(args.ColumnCount()), elements(args.ColumnCount());
    for (idx_t c = 0; c < args.ColumnCount(); ++c) {
      args.data[c].ToUnifiedFormat(rows, formats[c]);
      if (is_list[c]) duckdb::ListVector::GetEntry(args.data[c]).ToUnifiedFormat(duckdb::ListVector::GetListSize(args.data[c]), elements[c]);
    }
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    std::string text;
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t separator_at = formats[0].sel->get_index(row);
      if (!formats[0].validity.RowIsValid(separator_at)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const std::string_view separator = View(duckdb::UnifiedVectorFormat::GetData<string_t>(formats[0])[separator_at]);
      text.clear();
      bool first = true;
      const auto add = [&](string_t piece) {
        if (!first) text += separator;
        first = false;
        text += View(piece);
      };
      for (size_t c = 1; c < formats.size(); ++c) {
        const idx_t at = formats[c].sel->get_index(row);
        if (!formats[c].validity.RowIsValid(at)) continue;
        if (!is_list[c]) {
          add(duckdb::UnifiedVectorFormat::GetData<string_t>(formats[c])[at]);
          continue;
        }
        const auto list = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(formats[c])[at];
        for (idx_t i = 0; i < list.length; ++i) {
          const idx_t e = elements[c].sel->get_index(list.offset + i);
          if (elements[c].validity.RowIsValid(e)) add(duckdb::UnifiedVectorFormat::GetData<string_t>(elements[c])[e]);
        }
      }
      out[row] = context.String(text);
    }
    if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  };
  return CallKernel(call, builder, kernel, kSees);
}

// elt(n, text, …).
ExprPtr BindElt(KernelCall& call, PlanBuilder& builder) {
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  auto kernel = [ansi](DataChunk& args, ExpressionState& state, Vector& result) {
    KernelContext context{DataOf(state), result};
    const bool constant = args.AllConstant();
    const idx_t rows = constant ? 1 : args.size();
    std::vector<duckdb::UnifiedVectorFormat> formats(args.ColumnCount());
    for (idx_t c = 0; c < args.ColumnCount(); ++c) args.data[c].ToUnifiedFormat(rows, formats[c]);
    const auto size = static_cast<int64_t>(formats.size()) - 1;
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = formats[0].sel->get_index(row);
      duckdb::FlatVector::SetNull(result, row, true);
      if (!formats[0].validity.RowIsValid(at)) continue;
      const int64_t n = duckdb::UnifiedVectorFormat::GetData<int32_t>(formats[0])[at];
      if (n < 1 || n > size) {
        if (ansi) {
          context.Fail("INVALID_ARRAY_INDEX", {{"indexValue", std::to_string(n)}, {"arraySize", std::to_string(size)}, {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
        }
        continue;
      }
      const auto& chosen = formats[static_cast<size_t>(n)];
      const idx_t value = chosen.sel->get_index(row);
      if (!chosen.validity.RowIsValid(value)) continue;
      duckdb::FlatVector::Validity(result).SetValid(row);
      duckdb::FlatVector::GetData<string_t>(result)[row] = context.String(View(duckdb::UnifiedVectorFormat::GetData<string_t>(chosen)[value]));
    }
    if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  };
  return CallKernel(call, builder, kernel, kSees);
}

ExprPtr BindSplitPart(KernelCall& call, PlanBuilder& builder) {
  return BindRows<string_t, string_t, string_t, int32_t>(call, builder, [](KernelContext& c, string_t given, string_t delimiter, int32_t part) {
    if (part == 0) c.Fail("INVALID_INDEX_OF_ZERO", {});
    const std::string_view text = View(given), by = View(delimiter);
    std::vector<std::string_view> pieces;
    if (by.empty()) {
      pieces.push_back(text);
    } else {
      size_t at = 0;
      while (true) {
        const size_t found = text.find(by, at);
        pieces.push_back(text.substr(at, found == std::string_view::npos ? found : found - at));
        if (found == std::string_view::npos) break;
        at = found + by.size();
      }
    }
    const auto size = static_cast<int64_t>(pieces.size());
    const int64_t index = part > 0 ? part - 1 : size + part;
    if (index < 0 || index >= size) return string_t("", 0);
    return c.String(pieces[static_cast<size_t>(index)]);
  });
}

ExprPtr BindSubstringIndex(KernelCall& call, PlanBuilder& builder) {
  return BindRows<string_t, string_t, string_t, int32_t>(call, builder, [](KernelContext& c, string_t given, string_t delimiter, int32_t count) {
    const std::string_view text = View(given), by = View(delimiter);
    if (by.empty() || count == 0) return string_t("", 0);
    if (count > 0) {
      size_t at = 0;
      while (true) {
        const size_t found = text.find(by, at);
        if (found == std::string_view::npos) return c.String(text);
        if (--count == 0) return c.String(text.substr(0, found));
        at = found + 1;
      }
    }
    size_t end = text.size();
    while (true) {
      const size_t found = end == 0 ? std::string_view::npos : text.rfind(by, end - 1);
      if (found == std::string_view::npos) return c.String(text);
      if (++count == 0) return c.String(text.substr(found + by.size()));
      end = found;
    }
  });
}

string_t Character(KernelContext& c, int64_t code) {
  if (code < 0) return string_t("", 0);
  const auto byte = static_cast<unsigned char>(code & 0xFF);
  const char narrow[] = {static_cast<char>(byte)};
  const char wide[] = {static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))};
  return byte < 0x80 ? c.String({narrow, 1}) : c.String({wide, 2});
}

int32_t Ascii(string_t given) {
  const std::string_view text = View(given);
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = fn::CharacterLength(text, 0);
  uint32_t code = length == 1 ? first : first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  // Java sees the first UTF-16 unit.
  return static_cast<int32_t>(code >= 0x10000 ? 0xD800 + ((code - 0x10000) >> 10) : code);
}

// reflect(class, method, …): the few static methods of the JDK that need no JVM.
ExprPtr BindReflect(KernelCall& call, PlanBuilder& builder) {
  const auto name = ConstantText(call, 0), method = ConstantText(call, 1);
  if (!name || !method) RefuseTypes(call);
  const std::string target = *name + "." + *method;
  const bool is_try = call.mode == plan::EvalMode::kTry || call.function == "try_reflect";
  if (target == "java.util.UUID.randomUUID") {
    call.arguments.clear();
    KernelOptions options = kSees;
    options.is_volatile = true;
    auto twister = std::make_shared<fn::MersenneTwister>(static_cast<int64_t>(std::random_device{}()));
    auto guard = std::make_shared<std::mutex>();  // one generator serves all threads
    return CallKernel(call, builder, [twister, guard](DataChunk& args, ExpressionState&, Vector& result) {
      std::lock_guard lock(*guard);
      for (idx_t row = 0; row < args.size(); ++row) duckdb::FlatVector::GetData<string_t>(result)[row] = duckdb::StringVector::AddString(result, twister->NextUuid());
    }, options);
  }
  if (target == "java.util.UUID.fromString" && call.arguments.size() == 3) {
    ExprList arguments;
    arguments.push_back(std::move(call.arguments[2]));
    call.arguments = std::move(arguments);
    return BindRows<string_t, string_t>(call, builder, [](KernelContext& c, string_t text) { return c.String(fn::Lower(View(text))); });
  }
  if (target == "java.net.URLDecoder.decode" && call.arguments.size() == 3) {
    ExprList arguments;
    arguments.push_back(std::move(call.arguments[2]));
    call.arguments = std::move(arguments);
    return BindRows<string_t, string_t>(call, builder, [is_try](KernelContext& c, string_t text) -> std::optional<string_t> {
      const auto out = fn::UrlDecode(View(text));
      if (out) return c.String(*out);
      if (!is_try) c.Fail("CANNOT_DECODE_URL", {{"url", std::string(View(text))}});
      return std::nullopt;
    });
  }
  Raise(NotImplemented("reflect of " + target + " (no JVM here)"), call.origin);
}

// CHAR(n) pads, VARCHAR(n) does not; both drop only spaces beyond their length. Source: Spark's CharVarcharCodegenUtils.
KernelBinder LengthCheck(bool pads) {
  return [pads](KernelCall& call, PlanBuilder& builder) {
    return BindRows<string_t, string_t, int32_t>(call, builder, [pads](KernelContext& c, string_t given, int32_t limit) {
      std::string_view text = View(given);
      int32_t count = 0;
      for (char ch : text) count += (static_cast<unsigned char>(ch) & 0xC0) != 0x80;
      if (count < limit && pads) return c.String(std::string(text) + std::string(static_cast<size_t>(limit - count), ' '));
      while (count > limit && !text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
        --count;
      }
      if (count > limit) c.Fail("EXCEED_LIMIT_LENGTH", {{"limit", std::to_string(limit)}});
      return c.String(text);
    });
  };
}

ExprPtr BindNanvl(KernelCall& call, PlanBuilder& builder) {
  const bool is_float = call.type.Is(TypeKind::kFloat);
  ExprPtr first = std::move(call.arguments[0]), other = std::move(call.arguments[1]);
  const auto type = first->return_type;
  ExprPtr nan = builder.Builtin("isnan", List(first->Copy()));
  (void)is_float;
  (void)type;
  return PlanBuilder::Case(std::move(nan), std::move(other), std::move(first));
}

}  // namespace

void RegisterMisc(KernelRegistry& registry) {
  registry.Add({"bit_count"}, BindBitCount);
  registry.Add({"bit_get", "getbit"}, BindBitGet);
  registry.Add({"bitmap_bit_position"}, Rows<int64_t, int64_t>([](KernelContext&, int64_t v) { return v > 0 ? (v - 1) % kBitmapBits : (-v) % kBitmapBits; }, kSafe));
  registry.Add({"bitmap_bucket_number"}, Rows<int64_t, int64_t>([](KernelContext&, int64_t v) { return v > 0 ? 1 + (v - 1) / kBitmapBits : v / kBitmapBits; }, kSafe));
  registry.Add({"bitmap_count"}, Rows<int64_t, string_t>([](KernelContext&, string_t bytes) {
                 int64_t count = 0;
                 for (char c : View(bytes)) count += std::popcount(static_cast<unsigned char>(c));
                 return count;
               }, kSafe));
  registry.Add({"assert_true"}, BindAssertTrue);
  registry.Add({"raise_error"}, BindRaiseError);
  registry.Add({"monotonically_increasing_id"}, BindRowNumbers);
  registry.Add({"spark_partition_id"}, [](KernelCall&, PlanBuilder&) { return PlanBuilder::Constant(duckdb::Value::INTEGER(0)); });
  registry.Add({"reflect", "java_method", "try_reflect"}, BindReflect);
  const auto add_missing = [&](std::string_view name, KernelBinder binder) {
    if (registry.Find(name) == nullptr) registry.Add({name}, std::move(binder));
  };
  add_missing("char_type_write_side_check", LengthCheck(true));
  add_missing("varchar_type_write_side_check", LengthCheck(false));
  add_missing("nanvl", BindNanvl);
  add_missing("input_file_name", [](KernelCall&, PlanBuilder&) { return PlanBuilder::Constant(duckdb::Value("")); });
  add_missing("input_file_block_start", [](KernelCall&, PlanBuilder&) { return PlanBuilder::Constant(duckdb::Value::BIGINT(-1)); });
  add_missing("input_file_block_length", [](KernelCall&, PlanBuilder&) { return PlanBuilder::Constant(duckdb::Value::BIGINT(-1)); });
  add_missing("concat_ws", BindConcatWs);
  add_missing("elt", BindElt);
  add_missing("split_part", BindSplitPart);
  add_missing("substring_index", BindSubstringIndex);
  const KernelBinder character = Rows<string_t, int64_t>([](KernelContext& c, int64_t code) { return Character(c, code); });
  add_missing("chr", character);
  add_missing("char", character);
  add_missing("ascii", Rows<int32_t, string_t>([](KernelContext&, string_t text) { return Ascii(text); }, kSafe));
  add_missing("space", Rows<string_t, int32_t>([](KernelContext& c, int32_t n) { return c.String(std::string(static_cast<size_t>(std::max(n, 0)), ' ')); }));
  add_missing("quote", Rows<string_t, string_t>([](KernelContext& c, string_t text) {
    std::string out = "'";
    for (char ch : View(text)) {
      if (ch == '\'' || ch == '\\') out.push_back('\\');
      out.push_back(ch);
    }
    return c.String(out + "'");
  }));
}

}  // namespace crannog::engine::duck
