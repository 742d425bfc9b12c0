#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/expression_text.h"
#include "base/result.h"
#include "plan/resolved_expression.h"

/// Every builtin function, one entry in one place. Entries live in functions/<family>.cc as tables of FunctionEntry; functions/families.h lists the
/// families. To add a function: add one row to its family's table. A new family: a file with one table function, and one line in families.h.
///
/// Signatures are text, read once: `args` is a list "name:types[?|...][!]" separated by commas.
///   types   alternatives separated by "|": any, numeric, integral, fractional, decimal, string, binary, boolean, byte, short, int, bigint, float, double,
///           date, timestamp, timestamp_ntz, time, anytimestamp, datetime, interval (legacy), yminterval, dtinterval, ansiinterval, array, map, struct,
///           variant, null, array<T>, map<K,V>, or any concrete type (decimal(38,18)).
///   "="     in front of the types: no implicit cast, the type must match (Spark's ExpectsInputTypes); else Spark's ImplicitCastInputTypes rules.
///   "?"     optional (only at the end)       "..." zero or more of it (last)        "!" must be foldable
///   "?=v"   optional with a default that also shows in texts: 12, 'text', true, null
/// `result` is a type's text with "$1" the type of the first argument after casts, "$1.element", "$1.key", "$1.value"; "array<$1>" has no NULLs inside
/// ("array<$1?>" may have). Anything richer has a `build` function, which sees the whole call.
namespace crannog::analyze {

class Resolver;

enum class FunctionKind : uint8_t { kScalar, kAggregate, kWindow, kGenerator, kTable };

/// When a result may be NULL: if an argument may, never, always.
enum class NullRule : uint8_t { kArguments, kNever, kAlways };

enum FunctionFlags : uint32_t {
  kPlain = 0,
  kZone = 1,                ///< depends on the session time zone: settings["zone"]
  kRandom = 2,              ///< not deterministic
  kTimeParser = 4,          ///< depends on spark.sql.legacy.timeParserPolicy: settings["time_parser_policy"]
  kTry = 8,                 ///< EvalMode::kTry
  kAnsiNullable = 16,       ///< without ANSI the result may be NULL although the arguments may not
  kSameTypes = 32,          ///< all arguments are widened to one type first (DATATYPE_MISMATCH.DATA_DIFF_TYPES)
  kNotFoldable = 64,
  kDistinctAllowed = 128,   ///< aggregates: DISTINCT makes sense (all do by default; reserved)
  kFirstElementResult = 256,
  kWithinGroup = 512,       ///< aggregates: accepts WITHIN GROUP (ORDER BY …)
  kIgnoreNulls = 1024,      ///< accepts IGNORE NULLS
  kNumericIntervalUnary = 2048,
  kInternal = 4096,         ///< an operator or special form: no function of this name can be called by text
  kLambda = 8192,           ///< takes lambdas; the builder resolves them itself
  kUpperName = 16384,       ///< Spark shows the name in capitals: SIN(x)
};

/// An expression being resolved: what engines will see, and how Spark would write it.
struct Bound {
  plan::ResolvedExpressionPtr expression;
  TextPtr text;
  const plan::DataType& type() const { return expression->type; }
  bool nullable() const { return expression->nullable; }
};

struct FunctionEntry;

/// One call while it is resolved. Arguments are positional, named ones already moved to their places.
struct CallSite {
  const FunctionEntry& entry;
  std::string name;  ///< as Spark shows it in texts
  std::vector<Bound> arguments;
  plan::Origin origin;
  Resolver& resolver;
  const plan::FunctionCall* call = nullptr;  ///< as written; null for calls the analyzer makes
  /// The unresolved arguments, lambdas among them; same length as `arguments` for kLambda entries.
  std::vector<plan::ExpressionPtr> unresolved;
};

using FunctionBuilder = Result<Bound> (*)(CallSite& site);

struct FunctionEntry {
  /// Names separated by spaces; the first is the one shown. "*" after a name: shown as itself when called by it.
  std::string_view names;
  std::string_view args = "";
  std::string_view result = "";
  NullRule nulls = NullRule::kArguments;
  uint32_t flags = 0;
  /// Name of the engine's kernel; "" means the first name.
  std::string_view kernel = "";
  FunctionBuilder build = nullptr;
  FunctionKind kind = FunctionKind::kScalar;
  std::string_view usage = "";
  std::string_view since = "";
  std::string_view group = "";
};

struct TypeSpec {
  enum class Kind : uint8_t {
    kAny, kConcrete, kNumeric, kIntegral, kFractional, kDecimal, kString, kArray, kMap, kStruct, kAnyTimestamp, kDatetime, kAnsiInterval,
    kYearMonthInterval, kDayTimeInterval, kTime, kCollection
  };
  Kind kind = Kind::kAny;
  plan::DataType type;             ///< kConcrete
  std::vector<TypeSpec> children;  ///< kArray: element; kMap: key, value; kCollection: alternatives
};

struct ArgumentSpec {
  std::string name;
  TypeSpec type;
  bool is_strict = false;
  bool is_optional = false;
  bool is_repeated = false;
  bool is_foldable = false;
  std::string default_text;  ///< "" when there is none
};

/// An entry with its signature read.
struct Function {
  const FunctionEntry* entry = nullptr;
  std::vector<std::string> names;
  std::vector<bool> shows_itself;
  std::vector<ArgumentSpec> arguments;
  int32_t argument_count_min = 0;
  int32_t argument_count_max = -1;  ///< -1: no limit
  std::string_view kernel() const { return entry->kernel.empty() ? std::string_view(names[0]) : entry->kernel; }
};

/// Finds a builtin by any of its names (lower case); null when there is none. Threads: any.
const Function* FindFunction(std::string_view lower_name);
/// All builtins, for SHOW FUNCTIONS, DESCRIBE FUNCTION and the guide.
std::span<const Function> ListFunctions();
/// Finds the builtin that a resolved call's kernel name came from; null for kernels without a function.
const Function* FindKernel(std::string_view kernel);

/// Gives the type that `type` is cast to implicitly where `wanted` is expected; nothing when Spark refuses. Source: Spark's TypeCoercion.implicitCast.
std::optional<plan::DataType> ImplicitCastType(const plan::DataType& type, const TypeSpec& wanted, bool is_ansi);
bool Accepts(const TypeSpec& wanted, const plan::DataType& type);
/// The spec as errors show it: "NUMERIC", ("STRING" or "BINARY").
std::string SpecText(const TypeSpec& spec);
Result<TypeSpec> ParseTypeSpec(std::string_view text);

}  // namespace crannog::analyze
