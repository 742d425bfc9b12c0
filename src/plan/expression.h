#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plan/data_type.h"
#include "plan/literal.h"

/// Unresolved expressions: what SQL text and Spark Connect messages say, before any name or type is known.
/// Operators are function calls by Spark's names: "+", "-" (one argument: negation), "*", "/", "div", "%", "=", "==", "<=>", "<", "<=", ">", ">=",
/// "!=", "and", "or", "not", "||" (concat), "&", "|", "^", "~", "<<", ">>", ">>>", "isnull", "isnotnull", "between", "in", "like", "ilike", "rlike"
/// (third argument of like/ilike: escape character), "likeall", "notlikeall", "likeany", "notlikeany" (also ilike…), "when" (CASE: condition, value, …,
/// [else]), "struct" (row constructor), "collate", "extract"(field text, source), "isunknown", "isnotunknown", "locate"(needle, text: POSITION(a IN b)),
/// "substring"(text FROM start FOR length), "trim", "ltrim", "rtrim" (text, characters: TRIM(BOTH c FROM t)), "overlay", "timestampadd",
/// "timestampdiff"(unit text, …), "date_literal", "timestamp_literal", "timestamp_ntz_literal"(text; see sql/parser.h).
namespace crannog::plan {

struct Expression;
struct Relation;
using ExpressionPtr = std::shared_ptr<const Expression>;
using RelationPtr = std::shared_ptr<const Relation>;

/// Where a node stands in the statement's text: offsets in characters from 0, `stop` inclusive; -1 when it has no text.
struct Origin {
  int32_t start = -1;
  int32_t stop = -1;
};

/// A possibly qualified name as written, or IDENTIFIER(expression) when `identifier` is set (then `parts` are what follows it).
struct Name {
  std::vector<std::string> parts;
  ExpressionPtr identifier;
  Origin origin;
};

enum class SortDirection : uint8_t { kAscending, kDescending };
enum class NullOrdering : uint8_t { kDefault, kFirst, kLast };

struct SortOrder {
  ExpressionPtr child;
  SortDirection direction = SortDirection::kAscending;
  NullOrdering nulls = NullOrdering::kDefault;
};

struct AttributeReference {
  Name name;
  std::optional<int64_t> plan_id;    ///< Spark Connect: the relation that df["x"] names
  bool is_metadata_column = false;
};

struct Star {
  std::vector<std::string> target;   ///< "t" of t.*; may be a struct column's path
  std::optional<int64_t> plan_id;
  std::vector<Name> except;
  std::vector<ExpressionPtr> replace;  ///< aliases
};

/// df.colRegex / backquoted regular expression names.
struct RegexColumns {
  std::string pattern;
  std::optional<int64_t> plan_id;
};

enum class NullTreatment : uint8_t { kDefault, kRespectNulls, kIgnoreNulls };

struct FunctionCall {
  Name name;  ///< as written; operators in lower case as listed above
  std::vector<ExpressionPtr> arguments;
  bool is_distinct = false;
  bool is_operator = false;   ///< written as an operator or special syntax, never looked up as a user's function
  NullTreatment nulls = NullTreatment::kDefault;
  ExpressionPtr filter;                  ///< FILTER (WHERE …), may be null
  std::vector<SortOrder> within_group;   ///< WITHIN GROUP (ORDER BY …)
};

struct NamedArgument {
  std::string name;
  ExpressionPtr value;
};

enum class CastMode : uint8_t { kSession, kAnsi, kLegacy, kTry };

struct CastTo {
  ExpressionPtr child;
  DataType type;
  CastMode mode = CastMode::kSession;
};

struct Alias {
  ExpressionPtr child;
  std::vector<std::string> names;  ///< several for generators and multi-aliases
  std::string metadata_json;
};

struct SortExpression {
  SortOrder order;
};

enum class FrameUnit : uint8_t { kRows, kRange };
enum class FrameBound : uint8_t { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing };

struct FrameEdge {
  FrameBound bound = FrameBound::kCurrentRow;
  ExpressionPtr offset;  ///< of kPreceding and kFollowing; Spark Connect sends kFollowing with a signed value
};

struct WindowFrame {
  FrameUnit unit = FrameUnit::kRange;
  FrameEdge lower, upper;
};

struct WindowSpec {
  std::string reference;  ///< name of a window of the WINDOW clause, or ""
  std::vector<ExpressionPtr> partition_by;
  std::vector<SortOrder> order_by;
  std::optional<WindowFrame> frame;
};

struct WindowExpression {
  ExpressionPtr function;
  WindowSpec spec;
};

struct Lambda {
  std::vector<std::string> parameters;
  ExpressionPtr body;
};

struct LambdaVariable {
  std::vector<std::string> name;
};

/// child[extraction] or child.field (then `extraction` is a string literal and `is_field` is set).
struct ExtractValue {
  ExpressionPtr child;
  ExpressionPtr extraction;
  bool is_field = false;
};

/// child:path, the path as written after the colon ("a.b[0]['c']").
struct SemiStructuredExtract {
  ExpressionPtr child;
  std::string path;
};

/// Column.withField and dropFields; `value` is null for a drop.
struct UpdateFields {
  ExpressionPtr child;
  std::string field;
  ExpressionPtr value;
};

enum class SubqueryKind : uint8_t { kScalar, kExists, kIn, kTableArgument };

struct TableArgumentOptions {
  std::vector<ExpressionPtr> partition_by;
  std::vector<SortOrder> order_by;
  bool with_single_partition = false;
};

struct SubqueryExpression {
  SubqueryKind kind = SubqueryKind::kScalar;
  RelationPtr query;                    ///< null when Spark Connect names it by plan id
  std::optional<int64_t> plan_id;
  std::vector<ExpressionPtr> values;    ///< left side of IN
  TableArgumentOptions table_argument;
};

/// :name (then `name`) or ? (then `position`, from 0 in order of the text).
struct ParameterMarker {
  std::string name;
  int32_t position = -1;
};

/// The keyword DEFAULT as a value of INSERT, UPDATE or MERGE.
struct DefaultKeyword {};

/// A Python function sent by a client; `command` are PySpark's own pickled bytes.
struct PythonFunction {
  std::string name;
  bool is_deterministic = true;
  int32_t eval_type = 0;     ///< PySpark's PythonEvalType
  DataType output_type;
  std::string command;
  std::string python_version;
  std::vector<ExpressionPtr> arguments;
  std::vector<std::string> argument_names;  ///< "" for positional
};

struct Expression {
  using Node = std::variant<Literal, AttributeReference, Star, RegexColumns, FunctionCall, NamedArgument, CastTo, Alias, SortExpression,
                            WindowExpression, Lambda, LambdaVariable, ExtractValue, SemiStructuredExtract, UpdateFields,
                            SubqueryExpression, ParameterMarker, DefaultKeyword, PythonFunction>;
  Node node;
  Origin origin;

  template <typename T>
  const T* As() const { return std::get_if<T>(&node); }
};

template <typename T>
ExpressionPtr MakeExpression(T node, Origin origin = {}) {
  return std::make_shared<const Expression>(Expression{std::move(node), origin});
}

/// Makes a call of an operator or of a builtin by its one-part name.
ExpressionPtr MakeCall(std::string name, std::vector<ExpressionPtr> arguments, Origin origin = {});

}  // namespace crannog::plan
