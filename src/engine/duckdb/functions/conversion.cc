#include <cmath>
#include <limits>

#include "engine/duckdb/functions/cells.h"
#include "engine/functions/digest.h"
#include "engine/functions/java_format.h"
#include "engine/functions/number_pattern.h"
#include "engine/functions/numbers.h"
#include "engine/functions/text_functions.h"

/// Numbers to text and back by formats, hexadecimal, base64, character sets, ciphers, URLs.
namespace crannog::engine::duck {
namespace {

using duckdb::idx_t;
using duckdb::string_t;

std::string UpperText(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::optional<string_t> Optional(KernelContext& c, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return c.String(*text);
}

// Calls f with a function that reads argument 0 as a 128-bit unscaled value: f(Tag<T>) for decimal storage.
template <typename F>
ExprPtr WithDecimal(const plan::DataType& type, F f) {
  switch (ToLogicalType(type).InternalType()) {
    case duckdb::PhysicalType::INT16: return f(int16_t{});
    case duckdb::PhysicalType::INT32: return f(int32_t{});
    case duckdb::PhysicalType::INT64: return f(int64_t{});
    default: return f(duckdb::hugeint_t{});
  }
}
inline __int128 Wide(int16_t v) { return v; }
inline __int128 Wide(int32_t v) { return v; }
inline __int128 Wide(int64_t v) { return v; }
inline __int128 Wide(duckdb::hugeint_t v) { return ToInt128(v); }

ExprPtr BindHex(KernelCall& call, PlanBuilder& builder) {
  if (call.ArgumentType(0).Is(TypeKind::kLong)) {
    return BindRows<string_t, int64_t>(call, builder, [](KernelContext& c, int64_t v) { return c.String(fn::HexOfInteger(v)); });
  }
  if (call.ArgumentType(0).Is(TypeKind::kInt)) {
    return BindRows<string_t, int32_t>(call, builder, [](KernelContext& c, int32_t v) { return c.String(fn::HexOfInteger(v)); });
  }
  return BindRows<string_t, string_t>(call, builder, [](KernelContext& c, string_t v) { return c.String(fn::HexOfBytes(View(v))); });
}

ExprPtr BindConv(KernelCall& call, PlanBuilder& builder) {
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  return BindRows<string_t, string_t, int32_t, int32_t>(call, builder, [ansi](KernelContext& c, string_t text, int32_t from, int32_t to) {
    bool overflow;
    const auto out = fn::ConvertBase(View(text), from, to, overflow);
    if (overflow && ansi) {
      c.Fail("ARITHMETIC_OVERFLOW", {{"message", "Overflow in function conv()"}, {"alternative", ""}, {"config", "\"spark.sql.ansi.enabled\""}});
    }
    return Optional(c, out);
  });
}

// format_number(number, digits | pattern).
ExprPtr BindFormatNumber(KernelCall& call, PlanBuilder& builder) {
  const bool by_pattern = call.ArgumentType(1).IsStringLike();
  const plan::DataType type = call.ArgumentType(0);
  auto kernel = [by_pattern, type](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
    KernelContext context{DataOf(state), result};
    const idx_t count = args.AllConstant() ? 1 : args.size();
    const CellReader number(args.data[0], args.size(), type);
    duckdb::UnifiedVectorFormat format;
    args.data[1].ToUnifiedFormat(args.size(), format);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    std::optional<fn::DecimalFormat> compiled;
    std::string compiled_text;
    int32_t compiled_digits = -1;
    for (idx_t row = 0; row < count; ++row) {
      const idx_t at = format.sel->get_index(row);
      if (number.IsNull(row) || !format.validity.RowIsValid(at)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      if (by_pattern) {
        const auto text = View(duckdb::UnifiedVectorFormat::GetData<string_t>(format)[at]);
        if (!compiled || compiled_text != text) {
          auto made = text.empty() ? Result<fn::DecimalFormat>(fn::DecimalFormat::Grouped(0)) : fn::DecimalFormat::Compile(text);
          if (!made) context.Fail(made.error());
          compiled = *made;
          compiled_text = text;
        }
      } else {
        const int32_t digits = duckdb::UnifiedVectorFormat::GetData<int32_t>(format)[at];
        if (digits < 0) {
          duckdb::FlatVector::SetNull(result, row, true);
          continue;
        }
        if (compiled_digits != digits) {
          compiled = fn::DecimalFormat::Grouped(digits);
          compiled_digits = digits;
        }
      }
      std::string text;
      switch (type.kind()) {
        case TypeKind::kFloat: text = compiled->FormatDouble(number.Get<float>(row)); break;
        case TypeKind::kDouble: text = compiled->FormatDouble(number.Get<double>(row)); break;
        case TypeKind::kDecimal: text = compiled->Format(fn::DigitsOf(number.Decimal(row), type.scale())); break;
        default: text = compiled->Format(fn::DigitsOf(number.Integer(row), 0));
      }
      out[row] = context.String(text);
    }
    if (args.AllConstant()) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  };
  return CallKernel(call, builder, kernel, {.nulls = NullPolicy::kSeesNulls});
}

ExprPtr BindFormatString(KernelCall& call, PlanBuilder& builder) {
  std::vector<plan::DataType> types;
  for (const auto& argument : call.resolved) types.push_back(argument->type);
  auto zone = ZoneOf(call);
  auto kernel = [types, zone](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
    KernelContext context{DataOf(state), result};
    const bool constant = args.AllConstant();
    const idx_t count = constant ? 1 : args.size();
    std::vector<CellReader> cells;
    for (size_t i = 0; i < types.size(); ++i) cells.emplace_back(args.data[i], args.size(), types[i]);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    std::optional<fn::JavaFormat> format;
    std::string format_text;
    std::vector<fn::FormatArgument> values;
    for (idx_t row = 0; row < count; ++row) {
      if (cells[0].IsNull(row)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      if (!format || format_text != cells[0].Text(row)) {
        format_text = cells[0].Text(row);
        format = fn::JavaFormat::Compile(format_text);
      }
      values.clear();
      for (size_t i = 1; i < cells.size(); ++i) values.push_back(ReadFormatArgument(cells[i], row, *zone));
      auto text = format->Format(values);
      if (!text) context.Fail(text.error());
      out[row] = context.String(*text);
    }
    if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  };
  return CallKernel(call, builder, kernel, {.nulls = NullPolicy::kSeesNulls});
}

ExprPtr BindToNumber(KernelCall& call, PlanBuilder& builder) {
  const auto format = ConstantText(call, 1);
  if (!format) {
    if (IsNullConstant(call, 1)) return NullResult(call);
    RefuseTypes(call);
  }
  const bool raise = call.mode != plan::EvalMode::kTry && !call.function.starts_with("try_");
  const auto pattern = fn::NumberPattern::Compile(*format);
  return WithDecimal(call.type, [&](auto tag) {
    using T = decltype(tag);
    return BindRows<T, string_t, string_t>(call, builder, [pattern, raise](KernelContext& c, string_t text, string_t) -> std::optional<T> {
      const auto value = pattern.Parse(View(text));
      if (!value) {
        if (raise) c.Fail("INVALID_FORMAT.MISMATCH_INPUT", {{"inputType", "\"STRING\""}, {"input", std::string(View(text))}, {"format", pattern.format()}});
        return std::nullopt;
      }
      if constexpr (std::is_same_v<T, duckdb::hugeint_t>) return ToHugeint(*value);
      else return static_cast<T>(*value);
    });
  });
}

// to_char(number, format); to_char(binary, 'base64' | 'hex' | 'utf-8'); dates come as date_format.
ExprPtr BindToChar(KernelCall& call, PlanBuilder& builder) {
  const plan::DataType type = call.ArgumentType(0);
  if (type.Is(TypeKind::kBinary)) {
    return BindRows<string_t, string_t, string_t>(call, builder, [](KernelContext& c, string_t bytes, string_t format) -> string_t {
      const std::string name = UpperText(View(format));
      if (name == "BASE64") return c.String(fn::Base64(View(bytes)));
      if (name == "HEX") return c.String(fn::HexOfBytes(View(bytes)));
      if (name == "UTF-8" || name == "UTF8") return c.String(fn::MakeValidUtf8(View(bytes)));
      c.Fail("INVALID_PARAMETER_VALUE.BINARY_FORMAT",
             {{"functionName", "`to_char`"}, {"parameter", "`format`"}, {"invalidFormat", "'" + std::string(View(format)) + "'"}});
    });
  }
  if (!type.Is(TypeKind::kDecimal)) RefuseTypes(call);
  const int scale = type.scale();
  return WithDecimal(type, [&](auto tag) {
    using T = decltype(tag);
    return BindRows<string_t, T, string_t>(call, builder, [scale](KernelContext& c, T value, string_t format) {
      thread_local std::optional<fn::NumberPattern> pattern;
      if (!pattern || pattern->format() != View(format)) pattern = fn::NumberPattern::Compile(View(format));
      return c.String(pattern->Format(Wide(value), scale));
    });
  });
}

ExprPtr BindToBinary(KernelCall& call, PlanBuilder& builder) {
  const bool raise = call.mode != plan::EvalMode::kTry && !call.function.starts_with("try_");
  if (call.arguments.size() == 1) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value("hex")));
  return BindRows<string_t, string_t, string_t>(call, builder, [raise](KernelContext& c, string_t text, string_t format) -> std::optional<string_t> {
    const std::string name = UpperText(View(format));
    std::optional<std::string> out;
    if (name == "HEX") out = fn::Unhex(View(text));
    else if (name == "BASE64") {
      if (fn::IsBase64(View(text))) out = fn::DecodeBase64(View(text));
    } else if (name == "UTF-8" || name == "UTF8") {
      out = std::string(View(text));
    } else {
      if (!raise) return std::nullopt;
      c.Fail("INVALID_PARAMETER_VALUE.BINARY_FORMAT",
             {{"functionName", "`to_binary`"}, {"parameter", "`format`"}, {"invalidFormat", "'" + std::string(View(format)) + "'"}});
    }
    if (!out) {
      if (!raise) return std::nullopt;
      c.Fail("CONVERSION_INVALID_INPUT", {{"str", "'" + std::string(View(text)) + "'"},
                                          {"fmt", "'" + name + "'"},
                                          {"targetType", "\"BINARY\""},
                                          {"suggestion", "`try_to_binary`"}});
    }
    return c.String(*out);
  });
}

constexpr const char* kCharsets = "'iso-8859-1', 'us-ascii', 'utf-16', 'utf-16be', 'utf-16le', 'utf-32', 'utf-8'";

ExprPtr BindEncode(KernelCall& call, PlanBuilder& builder) {
  const bool encode = call.function == "encode";
  return BindRows<string_t, string_t, string_t>(call, builder, [encode](KernelContext& c, string_t value, string_t charset) {
    bool malformed;
    const auto out = encode ? fn::EncodeCharset(View(value), View(charset), malformed) : fn::DecodeCharset(View(value), View(charset), malformed);
    const char* name = encode ? "`encode`" : "`decode`";
    if (!out) c.Fail("INVALID_PARAMETER_VALUE.CHARSET", {{"functionName", name}, {"parameter", "`charset`"}, {"charset", std::string(View(charset))}, {"charsets", kCharsets}});
    if (malformed) c.Fail("MALFORMED_CHARACTER_CODING", {{"function", name}, {"charset", std::string(View(charset))}});
    return c.String(*out);
  });
}

// aes_encrypt(expr, key, mode, padding, iv, aad), aes_decrypt(expr, key, mode, padding, aad): missing ones are put in.
ExprPtr BindAes(KernelCall& call, PlanBuilder& builder) {
  const bool encrypt = call.function == "aes_encrypt";
  const bool raise = call.mode != plan::EvalMode::kTry && !call.function.starts_with("try_");
  const size_t wanted = encrypt ? 6 : 5;
  while (call.arguments.size() < wanted) {
    const size_t i = call.arguments.size();
    call.arguments.push_back(PlanBuilder::Constant(i == 2 ? duckdb::Value("GCM") : i == 3 ? duckdb::Value("DEFAULT") : duckdb::Value::BLOB_RAW("")));
  }
  KernelOptions options;
  const auto finish = [raise](KernelContext& c, Result<std::string> out) -> std::optional<string_t> {
    if (out) return c.String(*out);
    if (raise) c.Fail(out.error());
    return std::nullopt;
  };
  if (encrypt) {
    options.is_volatile = call.resolved.size() < 5;
    return CallKernel(call, builder,
                      RowKernel<string_t, string_t, string_t, string_t, string_t, string_t, string_t>(
                          [finish](KernelContext& c, string_t bytes, string_t key, string_t mode, string_t padding, string_t iv, string_t aad) {
                            return finish(c, fn::AesEncrypt(View(bytes), View(key), {View(mode), View(padding), View(iv), View(aad)}));
                          }),
                      options);
  }
  return CallKernel(call, builder,
                    RowKernel<string_t, string_t, string_t, string_t, string_t, string_t>(
                        [finish](KernelContext& c, string_t bytes, string_t key, string_t mode, string_t padding, string_t aad) {
                          return finish(c, fn::AesDecrypt(View(bytes), View(key), {View(mode), View(padding), {}, View(aad)}));
                        }),
                    options);
}

ExprPtr BindParseUrl(KernelCall& call, PlanBuilder& builder) {
  const bool raise = call.mode == plan::EvalMode::kAnsi && !call.function.starts_with("try_");
  const auto run = [raise](KernelContext& c, string_t url, string_t part, const std::string* key) {
    bool invalid;
    const auto out = fn::ParseUrl(View(url), View(part), key, invalid);
    if (invalid && raise) c.Fail("INVALID_URL", {{"url", std::string(View(url))}, {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
    return Optional(c, out);
  };
  if (call.arguments.size() == 2) {
    return BindRows<string_t, string_t, string_t>(call, builder, [run](KernelContext& c, string_t url, string_t part) { return run(c, url, part, nullptr); });
  }
  return BindRows<string_t, string_t, string_t, string_t>(call, builder, [run](KernelContext& c, string_t url, string_t part, string_t key) {
    const std::string name(View(key));
    return run(c, url, part, &name);
  });
}

ExprPtr BindUrlDecode(KernelCall& call, PlanBuilder& builder) {
  const bool raise = call.mode != plan::EvalMode::kTry && !call.function.starts_with("try_");
  return BindRows<string_t, string_t>(call, builder, [raise](KernelContext& c, string_t text) -> std::optional<string_t> {
    const auto out = fn::UrlDecode(View(text));
    if (!out && raise) c.Fail("CANNOT_DECODE_URL", {{"url", std::string(View(text))}});
    if (!out) return std::nullopt;
    return c.String(fn::MakeValidUtf8(*out));
  });
}

}  // namespace

void RegisterConversion(KernelRegistry& registry) {
  registry.Add({"hex"}, BindHex);
  registry.Add({"unhex"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return Optional(c, fn::Unhex(View(v))); }));
  registry.Add({"bin"}, Rows<string_t, int64_t>([](KernelContext& c, int64_t v) { return c.String(fn::BinaryOfInteger(v)); }));
  registry.Add({"conv"}, BindConv);
  registry.Add({"base64"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return c.String(fn::Base64(View(v))); }));
  registry.Add({"unbase64"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return Optional(c, fn::DecodeBase64(View(v))); }));
  registry.Add({"format_number"}, BindFormatNumber);
  registry.Add({"format_string", "printf"}, BindFormatString);
  registry.Add({"to_number", "try_to_number"}, BindToNumber);
  registry.Add({"to_char", "to_varchar", "to_character"}, BindToChar);
  registry.Add({"to_binary", "try_to_binary"}, BindToBinary);
  registry.Add({"encode", "decode"}, BindEncode);
  registry.Add({"aes_encrypt", "aes_decrypt", "try_aes_decrypt"}, BindAes);
  registry.Add({"parse_url", "try_parse_url"}, BindParseUrl);
  registry.Add({"url_encode"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return c.String(fn::UrlEncode(View(v))); }));
  registry.Add({"url_decode", "try_url_decode"}, BindUrlDecode);
}

}  // namespace crannog::engine::duck
