#include <algorithm>
#include <cstring>

#include "engine/duckdb/functions/families.h"
#include "engine/duckdb/kernel_registry.h"
#include "engine/functions/text_functions.h"

/// Basic string functions on UTF-8: positions and lengths count characters.
namespace crannog::engine::duck {
namespace {

using duckdb::LogicalType;
using duckdb::string_t;
using plan::TypeKind;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

int64_t CountCharacters(std::string_view text) {
  int64_t count = 0;
  for (char c : text) count += IsContinuation(c) ? 0 : 1;
  return count;
}

// Byte offset of the n-th character, or the text's size.
size_t OffsetOf(std::string_view text, int64_t character) {
  size_t at = 0;
  for (; at < text.size() && character > 0; --character) {
    ++at;
    while (at < text.size() && IsContinuation(text[at])) ++at;
  }
  return at;
}

// UTF8String.substringSQL and ByteArray.subStringSQL: 1-based, negative from the end, 0 is 1.
std::string_view Substring(std::string_view text, int32_t position, int32_t length, bool is_binary) {
  const int64_t count = is_binary ? static_cast<int64_t>(text.size()) : CountCharacters(text);
  if (length <= 0) return {};
  int64_t start = position > 0 ? position - 1 : position < 0 ? count + position : 0;
  int64_t end = std::min<int64_t>(start + length, count);
  start = std::max<int64_t>(start, 0);
  if (start >= end) return {};
  if (is_binary || count == static_cast<int64_t>(text.size())) return text.substr(static_cast<size_t>(start), static_cast<size_t>(end - start));
  const size_t from = OffsetOf(text, start);
  return text.substr(from, OffsetOf(text.substr(from), end - start));
}

bool IsBinary(const KernelCall& call) { return call.ArgumentType(0).Is(TypeKind::kBinary); }

ExprPtr Call(PlanBuilder& builder, KernelCall& call, std::string name, LogicalType result, duckdb::scalar_function_t function,
             Fallibility fallibility = Fallibility::kNever) {
  return builder.Call({.name = std::move(name), .result = std::move(result), .function = std::move(function), .fallibility = fallibility, .origin = call.origin},
                      std::move(call.arguments));
}

ExprPtr BindLength(KernelCall& call, PlanBuilder& builder) {
  if (IsBinary(call))
    return Call(builder, call, "length_bytes", LogicalType::INTEGER, RowKernel<int32_t, string_t>([](KernelContext&, string_t v) { return static_cast<int32_t>(v.GetSize()); }));
  return Call(builder, call, "length", LogicalType::INTEGER, RowKernel<int32_t, string_t>([](KernelContext&, string_t v) { return static_cast<int32_t>(CountCharacters(View(v))); }));
}

KernelBinder ByteLength(int factor) {
  return [factor](KernelCall& call, PlanBuilder& builder) {
    return Call(builder, call, "byte_length_" + std::to_string(factor), LogicalType::INTEGER,
                RowKernel<int32_t, string_t>([factor](KernelContext&, string_t v) { return static_cast<int32_t>(v.GetSize()) * factor; }));
  };
}

template <typename F>
KernelBinder OfText(const char* name, F f) {
  return [name, f](KernelCall& call, PlanBuilder& builder) {
    return Call(builder, call, name, LogicalType::VARCHAR, RowKernel<string_t, string_t>([f](KernelContext& context, string_t v) { return context.String(f(View(v))); }));
  };
}

bool IsAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string ToUpper(std::string_view text) {
  if (!IsAscii(text)) return functions::Upper(text);
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return out;
}
std::string ToLower(std::string_view text) {
  if (!IsAscii(text)) return functions::Lower(text);
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

ExprPtr BindSubstring(KernelCall& call, PlanBuilder& builder) {
  const bool is_binary = IsBinary(call);
  LogicalType type = call.arguments[0]->return_type;
  std::string name = is_binary ? "substring_bytes" : "substring";
  if (call.arguments.size() == 2)
    return Call(builder, call, name, type, RowKernel<string_t, string_t, int32_t>([is_binary](KernelContext& context, string_t v, int32_t position) {
                  return context.String(Substring(View(v), position, INT32_MAX, is_binary));
                }));
  return Call(builder, call, name, type, RowKernel<string_t, string_t, int32_t, int32_t>([is_binary](KernelContext& context, string_t v, int32_t position, int32_t length) {
                return context.String(Substring(View(v), position, length, is_binary));
              }));
}

KernelBinder Side(bool is_left) {
  return [is_left](KernelCall& call, PlanBuilder& builder) {
    const bool is_binary = IsBinary(call);
    LogicalType type = call.arguments[0]->return_type;
    return Call(builder, call, std::string(is_left ? "left" : "right") + (is_binary ? "_bytes" : ""), type,
                RowKernel<string_t, string_t, int32_t>([is_left, is_binary](KernelContext& context, string_t v, int32_t length) {
                  if (length <= 0) return context.String("");
                  if (is_left) return context.String(Substring(View(v), 1, length, is_binary));
                  const int64_t count = is_binary ? static_cast<int64_t>(v.GetSize()) : CountCharacters(View(v));
                  return context.String(length >= count ? View(v) : Substring(View(v), -length, INT32_MAX, is_binary));
                }));
  };
}

// concat of strings or binaries: NULL if any is NULL. Arrays are a family of their own.
ExprPtr BindConcat(KernelCall& call, PlanBuilder& builder) {
  LogicalType type = ToLogicalType(call.type);
  if (type.id() == duckdb::LogicalTypeId::LIST) {
    // NULL if any is NULL; DuckDB's list_concat skips NULLs.
    ExprPtr any_null, all;
    for (auto& argument : call.arguments) {
      argument = builder.Reinterpret(std::move(argument), type);
      ExprPtr is_null = PlanBuilder::IsNull(argument->Copy());
      any_null = any_null ? PlanBuilder::Or(std::move(any_null), std::move(is_null)) : std::move(is_null);
      all = all ? builder.Builtin("list_concat", List(std::move(all), std::move(argument))) : std::move(argument);
    }
    if (!all) return PlanBuilder::Constant(duckdb::Value::LIST(duckdb::ListType::GetChildType(type), {}));
    return PlanBuilder::Case(std::move(any_null), PlanBuilder::Null(type), std::move(all));
  }
  if (call.arguments.empty()) return builder.Reinterpret(PlanBuilder::Constant(duckdb::Value("")), type);
  auto function = [](duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
    const size_t width = args.ColumnCount();
    std::vector<duckdb::UnifiedVectorFormat> formats(width);
    bool all_constant = true;
    for (size_t i = 0; i < width; ++i) {
      args.data[i].ToUnifiedFormat(args.size(), formats[i]);
      all_constant &= args.data[i].GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR;
    }
    result.SetVectorType(all_constant ? duckdb::VectorType::CONSTANT_VECTOR : duckdb::VectorType::FLAT_VECTOR);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    const duckdb::idx_t rows = all_constant ? 1 : args.size();
    for (duckdb::idx_t row = 0; row < rows; ++row) {
      size_t size = 0;
      bool is_null = false;
      for (auto& format : formats) {
        const auto at = format.sel->get_index(row);
        if (!format.validity.RowIsValid(at)) {
          is_null = true;
          break;
        }
        size += duckdb::UnifiedVectorFormat::GetData<string_t>(format)[at].GetSize();
      }
      if (is_null) {
        if (all_constant) {
          duckdb::ConstantVector::SetNull(result, true);
        } else {
          duckdb::FlatVector::SetNull(result, row, true);
        }
        continue;
      }
      out[row] = duckdb::StringVector::EmptyString(result, size);
      char* to = out[row].GetDataWriteable();
      for (auto& format : formats) {
        const auto& piece = duckdb::UnifiedVectorFormat::GetData<string_t>(format)[format.sel->get_index(row)];
        memcpy(to, piece.GetData(), piece.GetSize());
        to += piece.GetSize();
      }
      out[row].Finalize();
    }
  };
  for (auto& argument : call.arguments) argument = builder.Reinterpret(std::move(argument), type);
  return builder.Call({.name = "concat", .result = type, .function = function, .fallibility = Fallibility::kNever, .nulls = NullPolicy::kSeesNulls, .origin = call.origin},
                      std::move(call.arguments));
}

enum class TrimSides : uint8_t { kBoth = 3, kLeft = 1, kRight = 2 };

// The characters of `set` are taken off; without a set, spaces.
std::string_view Trim(std::string_view text, std::string_view set, TrimSides sides) {
  auto contains = [&](std::string_view character) { return set.find(character) != std::string_view::npos; };
  if ((static_cast<int>(sides) & 1) != 0) {
    while (!text.empty()) {
      const size_t length = OffsetOf(text, 1);
      if (!contains(text.substr(0, length))) break;
      text.remove_prefix(length);
    }
  }
  if ((static_cast<int>(sides) & 2) != 0) {
    while (!text.empty()) {
      size_t start = text.size() - 1;
      while (start > 0 && IsContinuation(text[start])) --start;
      if (!contains(text.substr(start))) break;
      text.remove_suffix(text.size() - start);
    }
  }
  return text;
}

// trim(text [, characters]).
KernelBinder Trimming(const char* name, TrimSides sides) {
  return [name, sides](KernelCall& call, PlanBuilder& builder) {
    if (call.arguments.size() == 1)
      return Call(builder, call, name, LogicalType::VARCHAR,
                  RowKernel<string_t, string_t>([sides](KernelContext& context, string_t v) { return context.String(Trim(View(v), " ", sides)); }));
    return Call(builder, call, name, LogicalType::VARCHAR,
                RowKernel<string_t, string_t, string_t>([sides](KernelContext& context, string_t v, string_t set) { return context.String(Trim(View(v), View(set), sides)); }));
  };
}

// A LIKE pattern, taken apart once.
struct LikePattern {
  struct Token {
    enum class Kind : uint8_t { kText, kOne, kAny } kind;
    std::string text;
  };
  std::vector<Token> tokens;
};

// Raises INVALID_FORMAT.ESC_IN_THE_MIDDLE and .ESC_AT_THE_END.
LikePattern CompileLike(std::string_view pattern, std::string_view escape, plan::Origin origin) {
  LikePattern out;
  auto literal = [&](std::string_view text) {
    if (out.tokens.empty() || out.tokens.back().kind != LikePattern::Token::Kind::kText) out.tokens.push_back({LikePattern::Token::Kind::kText, ""});
    out.tokens.back().text += text;
  };
  for (size_t i = 0; i < pattern.size();) {
    const size_t length = OffsetOf(pattern.substr(i), 1);
    std::string_view character = pattern.substr(i, length);
    i += length;
    if (character == escape) {
      if (i >= pattern.size()) RaiseCondition("INVALID_FORMAT.ESC_AT_THE_END", {{"format", "'" + std::string(pattern) + "'"}}, origin);
      const size_t next_length = OffsetOf(pattern.substr(i), 1);
      std::string_view next = pattern.substr(i, next_length);
      if (next != "_" && next != "%" && next != escape)
        RaiseCondition("INVALID_FORMAT.ESC_IN_THE_MIDDLE", {{"format", "'" + std::string(pattern) + "'"}, {"char", "'" + std::string(next) + "'"}}, origin);
      literal(next);
      i += next_length;
    } else if (character == "%") {
      if (out.tokens.empty() || out.tokens.back().kind != LikePattern::Token::Kind::kAny) out.tokens.push_back({LikePattern::Token::Kind::kAny, ""});
    } else if (character == "_") {
      out.tokens.push_back({LikePattern::Token::Kind::kOne, ""});
    } else {
      literal(character);
    }
  }
  return out;
}

// Greedy with one point to come back to: linear for all practical patterns.
bool MatchLike(std::string_view text, const LikePattern& pattern) {
  using Kind = LikePattern::Token::Kind;
  size_t at = 0, token = 0, back_at = 0, back_token = SIZE_MAX;
  const auto& tokens = pattern.tokens;
  while (true) {
    bool ok = false;
    if (token == tokens.size()) {
      if (at == text.size()) return true;
    } else if (tokens[token].kind == Kind::kAny) {
      if (token + 1 == tokens.size()) return true;
      back_token = token++;
      back_at = at;
      ok = true;
    } else if (tokens[token].kind == Kind::kOne) {
      if (at < text.size()) {
        at += OffsetOf(text.substr(at), 1);
        ++token;
        ok = true;
      }
    } else if (text.substr(at).starts_with(tokens[token].text)) {
      at += tokens[token].text.size();
      ++token;
      ok = true;
    }
    if (ok) continue;
    if (back_token == SIZE_MAX) return false;
    // A text right after % can be searched for.
    const auto& next = tokens[back_token + 1];
    if (back_at >= text.size()) return false;
    back_at += OffsetOf(text.substr(back_at), 1);
    if (next.kind == Kind::kText) {
      back_at = text.find(next.text, back_at);
      if (back_at == std::string_view::npos) return false;
    }
    at = back_at;
    token = back_token + 1;
  }
}

std::string EscapeOf(KernelCall& call) {
  const plan::Literal* literal = call.Constant(2);
  return literal != nullptr && !literal->IsNull() ? std::get<std::string>(literal->value) : "\\";
}

KernelBinder Like(bool ignores_case) {
  return [ignores_case](KernelCall& call, PlanBuilder& builder) -> ExprPtr {
    const std::string escape = EscapeOf(call);
    const plan::Literal* constant = call.Constant(1);
    ExprPtr text = std::move(call.arguments[0]);
    const std::string name = ignores_case ? "ilike" : "like";
    if (constant != nullptr) {
      if (constant->IsNull()) return PlanBuilder::Null(LogicalType::BOOLEAN);
      const std::string& pattern = std::get<std::string>(constant->value);
      LikePattern compiled = CompileLike(ignores_case ? ToLower(pattern) : pattern, escape, call.origin);
      // What DuckDB can push down, where it means the same.
      if (!ignores_case && compiled.tokens.size() == 1 && compiled.tokens[0].kind == LikePattern::Token::Kind::kText)
        return PlanBuilder::Compare(duckdb::ExpressionType::COMPARE_EQUAL, std::move(text), PlanBuilder::Constant(duckdb::Value(compiled.tokens[0].text)));
      auto function = RowKernel<bool, string_t>([ignores_case, compiled = std::move(compiled)](KernelContext&, string_t v) {
        return ignores_case ? MatchLike(ToLower(View(v)), compiled) : MatchLike(View(v), compiled);
      });
      return builder.Call({.name = name + "_" + escape + "_" + pattern, .result = LogicalType::BOOLEAN, .function = std::move(function), .fallibility = Fallibility::kNever,
                           .origin = call.origin},
                          List(std::move(text)));
    }
    auto function = RowKernel<bool, string_t, string_t>([ignores_case, escape](KernelContext& context, string_t v, string_t p) {
      LikePattern compiled = CompileLike(ignores_case ? ToLower(View(p)) : std::string(View(p)), escape, context.origin());
      return MatchLike(ignores_case ? ToLower(View(v)) : std::string(View(v)), compiled);
    });
    return builder.Call({.name = name + "_" + escape, .result = LogicalType::BOOLEAN, .function = std::move(function), .origin = call.origin},
                        List(std::move(text), std::move(call.arguments[1])));
  };
}

// like_all and kin: NULL patterns make the answer unknown unless the others decide.
KernelBinder LikeSeveral(bool is_all, bool is_negated) {
  return [is_all, is_negated](KernelCall& call, PlanBuilder& builder) {
    ExprPtr out;
    KernelBinder one = Like(false);
    for (size_t i = 1; i < call.arguments.size(); ++i) {
      std::vector<plan::ResolvedExpressionPtr> resolved{call.resolved[0], call.resolved[i]};
      KernelCall each{.function = "like", .mode = call.mode, .settings = call.settings, .resolved = resolved, .arguments = List(call.arguments[0]->Copy(), std::move(call.arguments[i])),
                      .type = call.type, .nullable = true, .origin = call.origin, .lambda = {}};
      ExprPtr match = one(each, builder);
      if (is_negated) match = PlanBuilder::Not(std::move(match));
      if (!out) {
        out = std::move(match);
      } else {
        out = is_all ? PlanBuilder::And(std::move(out), std::move(match)) : PlanBuilder::Or(std::move(out), std::move(match));
      }
    }
    return out;
  };
}

// Position of `needle`, 1-based; 0 when absent. locate starts at a character.
int32_t Locate(std::string_view needle, std::string_view text, int32_t start) {
  if (start < 1) return 0;
  const size_t from = OffsetOf(text, start - 1);
  if (start - 1 > CountCharacters(text)) return 0;
  const size_t found = text.find(needle, from);
  return found == std::string_view::npos ? 0 : static_cast<int32_t>(CountCharacters(text.substr(0, found))) + 1;
}

std::string Replace(std::string_view text, std::string_view search, std::string_view with) {
  if (search.empty()) return std::string(text);
  std::string out;
  size_t at = 0;
  for (size_t found; (found = text.find(search, at)) != std::string_view::npos; at = found + search.size()) {
    out += text.substr(at, found - at);
    out += with;
  }
  return out += text.substr(at);
}

std::string Pad(std::string_view text, int32_t length, std::string_view with, bool is_left, bool is_binary) {
  const int64_t count = is_binary ? static_cast<int64_t>(text.size()) : CountCharacters(text);
  if (length <= 0) return "";
  if (length <= count || with.empty()) return std::string(is_binary ? text.substr(0, static_cast<size_t>(length)) : text.substr(0, OffsetOf(text, length)));
  std::string padding;
  const int64_t unit = is_binary ? static_cast<int64_t>(with.size()) : CountCharacters(with);
  int64_t missing = length - count;
  for (; missing >= unit; missing -= unit) padding += with;
  padding += is_binary ? with.substr(0, static_cast<size_t>(missing)) : with.substr(0, OffsetOf(with, missing));
  return is_left ? padding + std::string(text) : std::string(text) + padding;
}

KernelBinder Padding(bool is_left) {
  return [is_left](KernelCall& call, PlanBuilder& builder) {
    const bool is_binary = IsBinary(call);
    LogicalType type = call.arguments[0]->return_type;
    std::string name = std::string(is_left ? "lpad" : "rpad") + (is_binary ? "_bytes" : "");
    if (call.arguments.size() == 2) call.arguments.push_back(builder.Reinterpret(PlanBuilder::Constant(is_binary ? duckdb::Value::BLOB_RAW(std::string(1, '\0')) : duckdb::Value(" ")), type));
    return Call(builder, call, name, type, RowKernel<string_t, string_t, int32_t, string_t>([=](KernelContext& context, string_t v, int32_t length, string_t with) {
                  return context.String(Pad(View(v), length, View(with), is_left, is_binary));
                }));
  };
}

template <typename F>
KernelBinder TextTest(const char* name, F f) {
  return [name, f](KernelCall& call, PlanBuilder& builder) {
    return Call(builder, call, name, LogicalType::BOOLEAN, RowKernel<bool, string_t, string_t>([f](KernelContext&, string_t a, string_t b) { return f(View(a), View(b)); }));
  };
}

ExprPtr BindReplace(KernelCall& call, PlanBuilder& builder) {
  if (call.arguments.size() == 2) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value("")));
  return Call(builder, call, "replace", LogicalType::VARCHAR, RowKernel<string_t, string_t, string_t, string_t>([](KernelContext& context, string_t v, string_t search, string_t with) {
                return context.String(Replace(View(v), View(search), View(with)));
              }));
}

ExprPtr BindLocate(KernelCall& call, PlanBuilder& builder) {
  // locate(needle, text[, start]); position is the same.
  if (call.arguments.size() == 2) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::INTEGER(1)));
  return Call(builder, call, "locate", LogicalType::INTEGER,
              RowKernel<int32_t, string_t, string_t, int32_t>([](KernelContext&, string_t needle, string_t text, int32_t start) { return Locate(View(needle), View(text), start); }));
}

}  // namespace

void RegisterStrings(KernelRegistry& registry) {
  registry.Add({"length", "char_length", "character_length", "len"}, BindLength);
  registry.Add({"octet_length"}, ByteLength(1));
  registry.Add({"bit_length"}, ByteLength(8));
  registry.Add({"upper", "ucase"}, OfText("upper", ToUpper));
  registry.Add({"lower", "lcase"}, OfText("lower", ToLower));
  registry.Add({"substring", "substr"}, BindSubstring);
  registry.Add({"left"}, Side(true));
  registry.Add({"right"}, Side(false));
  registry.Add({"concat"}, BindConcat);
  registry.Add({"trim", "btrim"}, Trimming("trim", TrimSides::kBoth));
  registry.Add({"ltrim"}, Trimming("ltrim", TrimSides::kLeft));
  registry.Add({"rtrim"}, Trimming("rtrim", TrimSides::kRight));
  registry.Add({"like"}, Like(false));
  registry.Add({"ilike"}, Like(true));
  registry.Add({"like_all"}, LikeSeveral(true, false));
  registry.Add({"not_like_all"}, LikeSeveral(true, true));
  registry.Add({"like_any"}, LikeSeveral(false, false));
  registry.Add({"not_like_any"}, LikeSeveral(false, true));
  registry.Add({"instr"}, [](KernelCall& call, PlanBuilder& builder) {
    return Call(builder, call, "instr", LogicalType::INTEGER,
                RowKernel<int32_t, string_t, string_t>([](KernelContext&, string_t text, string_t needle) { return Locate(View(needle), View(text), 1); }));
  });
  registry.Add({"locate", "position"}, BindLocate);
  registry.Add({"replace"}, BindReplace);
  registry.Add({"lpad"}, Padding(true));
  registry.Add({"rpad"}, Padding(false));
  registry.Add({"contains"}, TextTest("contains", [](std::string_view a, std::string_view b) { return a.find(b) != std::string_view::npos; }));
  registry.Add({"startswith"}, TextTest("startswith", [](std::string_view a, std::string_view b) { return a.starts_with(b); }));
  registry.Add({"endswith"}, TextTest("endswith", [](std::string_view a, std::string_view b) { return a.ends_with(b); }));
  registry.Add({"repeat"}, [](KernelCall& call, PlanBuilder& builder) {
    return Call(builder, call, "repeat", LogicalType::VARCHAR, RowKernel<string_t, string_t, int32_t>([](KernelContext& context, string_t v, int32_t times) {
                  std::string out;
                  for (int32_t i = 0; i < times; ++i) out += View(v);
                  return context.String(out);
                }));
  });
  registry.Add({"initcap"}, OfText("initcap", functions::InitCap));
}

}  // namespace crannog::engine::duck
