#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "analyze/resolver.h"
#include "analyze/settings.h"
#include "analyze/time_zone.h"
#include "base/check.h"

/// What builders of functions stand on: casts, calls, errors with their place, signatures applied, walks over resolved expressions.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::EvalMode;
using plan::Literal;
using plan::Origin;
using plan::ResolvedExpression;
using plan::ResolvedExpressionPtr;
using plan::TypeKind;

// The text form of a result type: a type's name with "$1" for the first argument's type; see function_registry.h.
class ResultTypeReader {
 public:
  ResultTypeReader(std::string_view text, std::span<const Bound> arguments) : text_(text), arguments_(arguments) {}

  DataType Read() {
    if (text_.starts_with('$')) return ReadReference();
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '<' && text_[at_] != '>' && text_[at_] != ',' && text_[at_] != '?' && text_[at_] != '!' && text_[at_] != '$') {
      if (text_[at_] == '(') {
        while (text_[at_] != ')') ++at_;
      }
      ++at_;
    }
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (Skip('$')) {
      --at_;
      return ReadReference();
    }
    if (name == "array") {
      Skip('<');
      DataType element = Read();
      const bool has_null = Skip('?');
      Skip('>');
      return DataType::Array(element, has_null);
    }
    if (name == "map") {
      Skip('<');
      DataType key = Read();
      Skip(',');
      DataType value = Read();
      const bool has_null = Skip('?');
      Skip('>');
      return DataType::Map(key, value, has_null);
    }
    if (name == "struct") return ReadStruct();
    return ByName(name);
  }

 private:
  bool Skip(char c) {
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  DataType ReadReference() {
    Skip('$');
    const auto index = static_cast<size_t>(text_[at_++] - '1');
    DataType type = index < arguments_.size() ? arguments_[index].type() : DataType::Null();
    while (at_ < text_.size() && text_[at_] == '.') {
      const size_t begin = ++at_;
      while (at_ < text_.size() && text_[at_] >= 'a' && text_[at_] <= 'z') ++at_;
      const std::string_view part = text_.substr(begin, at_ - begin);
      if (part == "element" && type.Is(TypeKind::kArray)) type = DataType(type.element());
      if (part == "key" && type.Is(TypeKind::kMap)) type = DataType(type.key());
      if (part == "value" && type.Is(TypeKind::kMap)) type = DataType(type.value());
    }
    return type;
  }

  DataType ReadStruct() {
    std::vector<plan::StructField> fields;
    Skip('<');
    while (at_ < text_.size() && text_[at_] != '>') {
      const size_t colon = text_.find(':', at_);
      std::string name(text_.substr(at_, colon - at_));
      at_ = colon + 1;
      DataType type = Read();
      const bool is_required = Skip('!');
      fields.push_back({std::move(name), type, !is_required, ""});
      Skip(',');
    }
    Skip('>');
    return DataType::Struct(std::move(fields));
  }

  static DataType ByName(std::string_view name) {
    if (name == "string") return DataType::String();
    if (name.starts_with("decimal(")) {
      const size_t comma = name.find(',');
      return DataType::Decimal(std::stoi(std::string(name.substr(8))), std::stoi(std::string(name.substr(comma + 1))));
    }
    if (name == "decimal") return DataType::Decimal(10, 0);
    if (name == "dtinterval") return DataType::DayTimeInterval();
    if (name == "yminterval") return DataType::YearMonthInterval();
    if (name == "time") return DataType::Time();
    auto spec = ParseTypeSpec(name);
    CHECK(spec.has_value());
    return spec->type;
  }

  std::string_view text_;
  std::span<const Bound> arguments_;
  size_t at_ = 0;
};

std::string ExpectedCounts(const Function& function) {
  if (function.argument_count_max < 0) return fmt::format("> {}", function.argument_count_min - 1);
  if (function.argument_count_min == function.argument_count_max) return std::to_string(function.argument_count_min);
  std::string out = "[";
  for (int32_t count = function.argument_count_min; count <= function.argument_count_max; ++count) {
    out += (count > function.argument_count_min ? ", " : "") + std::to_string(count);
  }
  return out + "]";
}

Literal DefaultLiteral(const std::string& text) {
  if (text[0] == '\'') return Literal::String(text.substr(1, text.size() - 2));
  if (text == "true" || text == "false") return Literal::Boolean(text == "true");
  if (text == "null") return Literal::Null();
  return Literal::Int(std::stoi(text));
}

std::vector<TextPtr> Texts(const std::vector<Bound>& arguments) {
  std::vector<TextPtr> texts;
  for (const Bound& argument : arguments) texts.push_back(argument.text);
  return texts;
}

// The characters [start, stop] of a text that may hold multi-byte characters.
std::string Fragment(const std::string& text, int32_t start, int32_t stop) {
  size_t begin = std::string::npos, end = text.size();
  int32_t index = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (index == start) begin = i;
    if (index == stop + 1) {
      end = i;
      break;
    }
    ++index;
  }
  return begin == std::string::npos ? "" : text.substr(begin, end - begin);
}

// Folds casts of constants where the value is plain: integers among each other, to double and to decimal.
std::optional<Literal> FoldCast(const Literal& literal, const DataType& type) {
  if (literal.IsNull()) return Literal::Null(type);
  const int64_t* integer = std::get_if<int64_t>(&literal.value);
  if (integer == nullptr || !literal.type.IsIntegral()) return {};
  switch (type.kind()) {
    case TypeKind::kLong: return Literal::OfInteger(type, *integer);
    case TypeKind::kInt:
      if (*integer < INT32_MIN || *integer > INT32_MAX) return {};
      return Literal::OfInteger(type, *integer);
    case TypeKind::kDouble: {
      if (*integer > (int64_t{1} << 53) || *integer < -(int64_t{1} << 53)) return {};
      return Literal::Double(static_cast<double>(*integer));
    }
    case TypeKind::kDecimal: {
      if (type.precision() - type.scale() < DecimalForLiteral(literal).precision()) return {};
      plan::Int128 unscaled = *integer;
      for (int i = 0; i < type.scale(); ++i) unscaled *= 10;
      return Literal::Decimal(unscaled, type.precision(), type.scale());
    }
    default: return {};
  }
}

}  // namespace

Resolver::Resolver(const AnalysisContext& context) : context_(context), text_(context.sql_text), current_schema_(context.current_schema) {
  rules_.is_ansi = IsSet("spark.sql.ansi.enabled");
  rules_.allow_precision_loss = IsSet("spark.sql.decimalOperations.allowPrecisionLoss");
  zone_ = Setting("spark.sql.session.timeZone");
}

std::string Resolver::Setting(std::string_view key) const {
  const std::string name(key);
  if (view_settings_ != nullptr) {
    if (auto found = view_settings_->find(name); found != view_settings_->end()) return found->second;
  }
  if (context_.settings != nullptr) {
    if (auto found = context_.settings->find(name); found != context_.settings->end()) return found->second;
  }
  const SettingInfo* info = FindSetting(key);
  return info == nullptr ? "" : std::string(info->default_value);
}

Error Resolver::At(Error error, Origin origin) const {
  if (origin.start < 0 || !error.contexts.empty()) return error;
  QueryContext context;
  context.object_type = object_type_;
  context.object_name = object_name_;
  context.start_index = origin.start;
  context.stop_index = origin.stop;
  context.fragment = Fragment(text_, origin.start, origin.stop);
  error.contexts.push_back(std::move(context));
  return error;
}

std::unexpected<Error> Resolver::Fail(std::string_view condition, std::map<std::string, std::string> parameters, Origin origin) const {
  return Failure(At(ConditionError(condition, std::move(parameters)), origin));
}

std::unexpected<Error> Resolver::Mismatch(std::string_view kind, std::map<std::string, std::string> parameters, const TextPtr& text, Origin origin) const {
  parameters["sqlExpr"] = QuoteExpression(text->Pretty());
  return Fail(fmt::format("DATATYPE_MISMATCH.{}", kind), std::move(parameters), origin);
}

std::string OrdinalText(size_t index) {
  static constexpr const char* kOrdinals[] = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"};
  return index < 10 ? kOrdinals[index] : fmt::format("{}th", index + 1);
}

std::unexpected<Error> Resolver::UnexpectedType(const TextPtr& call, size_t index, std::string required, const Bound& argument, Origin origin) const {
  return Mismatch("UNEXPECTED_INPUT_TYPE",
                  {{"paramIndex", OrdinalText(index)},
                   {"requiredType", std::move(required)},
                   {"inputSql", QuoteExpression(argument.text->Pretty())},
                   {"inputType", QuoteType(argument.type())}},
                  call, origin);
}

Bound Resolver::LiteralBound(Literal literal, Origin origin) {
  TextPtr text = LiteralText(literal, zone_);
  DataType type = literal.type;
  const bool nullable = literal.IsNull();
  return {plan::MakeResolved(std::move(literal), std::move(type), nullable, origin), std::move(text)};
}

Bound Resolver::Cast(const Bound& value, const DataType& type) {
  if (value.type() == type || (value.type().IsStringLike() && type.Is(TypeKind::kString))) return value;
  if (plan::SameTypeIgnoringNullability(value.type(), type)) {
    if (value.type() == type) return value;
  }
  TextPtr text = ImplicitCastText(value.text, type);
  if (const auto* literal = value.expression->As<Literal>()) {
    if (auto folded = FoldCast(*literal, type)) {
      const bool nullable = folded->IsNull();
      return {plan::MakeResolved(*std::move(folded), type, nullable, value.expression->origin), std::move(text)};
    }
  }
  const bool nullable = value.nullable() || (!is_ansi() && CastForcesNullable(value.type(), type));
  plan::ResolvedCast cast{value.expression, is_ansi() ? EvalMode::kAnsi : EvalMode::kLegacy, CastNeedsZone(value.type(), type) ? zone_ : ""};
  return {plan::MakeResolved(std::move(cast), type, nullable, value.expression->origin), std::move(text)};
}

Result<Bound> Resolver::ExplicitCast(const Bound& value, const DataType& wanted, EvalMode mode, Origin origin, bool) {
  DataType type = wanted;
  // CAST … AS CHAR(n) or VARCHAR(n) gives STRING; the length only matters to tables.
  if (type.Is(TypeKind::kChar) || type.Is(TypeKind::kVarchar)) type = DataType::String();
  const bool is_try = mode == EvalMode::kTry;
  TextPtr text = SpliceText({MakeText(is_try ? "TRY_CAST(" : "CAST("), value.text, MakeText(" AS " + type.Sql() + ")")});
  const bool ansi_rules = mode == EvalMode::kAnsi || (is_try && true);
  const bool possible = is_try ? CanTryCast(value.type(), type, true) : CanCast(value.type(), type, ansi_rules);
  if (!possible) {
    std::map<std::string, std::string> parameters = {{"srcType", QuoteType(value.type())}, {"targetType", QuoteType(type)}};
    if (mode == EvalMode::kAnsi) {
      std::string functions;
      if (value.type().IsNumeric() && type.Is(TypeKind::kDate)) functions = "`DATE_FROM_UNIX_DATE`";
      if (value.type().Is(TypeKind::kDate) && type.IsNumeric()) functions = "`UNIX_DATE`";
      if (!functions.empty()) {
        parameters["functionNames"] = functions;
        return Mismatch("CAST_WITH_FUNC_SUGGESTION", parameters, text, origin);
      }
      if (CanCast(value.type(), type, false)) {
        parameters["config"] = "\"spark.sql.ansi.enabled\"";
        parameters["configVal"] = "'false'";
        return Mismatch("CAST_WITH_CONF_SUGGESTION", parameters, text, origin);
      }
    }
    return Mismatch("CAST_WITHOUT_SUGGESTION", parameters, text, origin);
  }
  const bool may_fail = is_try ? !CanUpCast(value.type(), type) : mode == EvalMode::kLegacy && CastForcesNullable(value.type(), type);
  if (const auto* literal = value.expression->As<Literal>(); literal != nullptr && literal->IsNull()) {
    return Bound{plan::MakeResolved(Literal::Null(type), type, true, origin), std::move(text)};
  }
  plan::ResolvedCast cast{value.expression, mode, CastNeedsZone(value.type(), type) ? zone_ : ""};
  return Bound{plan::MakeResolved(std::move(cast), type, value.nullable() || may_fail, origin), std::move(text)};
}

Bound Resolver::Call(std::string_view kernel, std::vector<Bound> arguments, DataType type, bool nullable, TextPtr text, Origin origin, uint32_t flags) {
  plan::ResolvedCall call;
  call.function = kernel;
  call.mode = (flags & kTry) != 0 ? EvalMode::kTry : is_ansi() ? EvalMode::kAnsi : EvalMode::kLegacy;
  for (Bound& argument : arguments) call.arguments.push_back(std::move(argument.expression));
  if ((flags & kZone) != 0) call.settings["zone"] = zone_;
  if ((flags & kTimeParser) != 0) call.settings["time_parser_policy"] = Setting("spark.sql.legacy.timeParserPolicy");
  return {plan::MakeResolved(std::move(call), std::move(type), nullable, origin), std::move(text)};
}

Result<Bound> Resolver::BuildByEntry(const Function& function, CallSite& site) {
  const FunctionEntry& entry = *function.entry;
  const auto count = static_cast<int32_t>(site.arguments.size());
  if (count < function.argument_count_min || (function.argument_count_max >= 0 && count > function.argument_count_max)) {
    return Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                {{"functionName", QuoteName(site.call != nullptr && !site.call->name.parts.empty() && !site.call->is_operator ? site.call->name.parts.back() : site.name)}, {"expectedNum", ExpectedCounts(function)}, {"actualNum", std::to_string(count)}, {"docroot", "https://spark.apache.org/docs/latest"}},
                site.origin);
  }
  if (entry.build != nullptr && (entry.flags & kLambda) != 0) return entry.build(site);
  for (size_t i = site.arguments.size(); i < function.arguments.size() && !function.arguments[i].default_text.empty(); ++i) {
    site.arguments.push_back(LiteralBound(DefaultLiteral(function.arguments[i].default_text), site.origin));
  }
  if ((entry.flags & kUpperName) != 0) site.name = ToUpper(site.name);

  const TextPtr text = CallText(site.name, Texts(site.arguments), site.call != nullptr && site.call->is_distinct);
  if ((entry.flags & kSameTypes) != 0) {
    std::vector<DataType> types;
    for (const Bound& argument : site.arguments) types.push_back(argument.type());
    auto common = WiderType(types, rules_);
    if (!common) {
      std::string list;
      for (const auto& type : types) list += (list.empty() ? "" : " or ") + QuoteType(type);
      return Mismatch("DATA_DIFF_TYPES", {{"functionName", QuoteName(site.name)}, {"dataType", "(" + list + ")"}}, text, site.origin);
    }
    for (Bound& argument : site.arguments) argument = Cast(argument, *common);
  }
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    const ArgumentSpec& spec = function.arguments[std::min(i, function.arguments.size() - 1)];
    Bound& argument = site.arguments[i];
    auto type = spec.is_strict ? (Accepts(spec.type, argument.type()) || argument.type().Is(TypeKind::kNull) ? std::optional(argument.type()) : std::nullopt)
                               : ImplicitCastType(argument.type(), spec.type, is_ansi());
    if (spec.is_strict && argument.type().Is(TypeKind::kNull) && !Accepts(spec.type, argument.type())) type = ImplicitCastType(argument.type(), spec.type, is_ansi());
    if (!type) return UnexpectedType(text, i, SpecText(spec.type), argument, site.origin);
    argument = Cast(argument, *type);
    if (spec.is_foldable && !IsFoldable(*argument.expression)) {
      return Mismatch("NON_FOLDABLE_INPUT", {{"inputName", QuoteName(spec.name)}, {"inputType", QuoteType(argument.type())}, {"inputExpr", QuoteExpression(argument.text->Pretty())}}, text, site.origin);
    }
  }
  if (entry.build != nullptr) return entry.build(site);

  DataType type = ResultTypeReader(entry.result, site.arguments).Read();
  bool nullable = entry.nulls == NullRule::kAlways;
  if (entry.nulls == NullRule::kArguments) {
    nullable = std::any_of(site.arguments.begin(), site.arguments.end(), [](const Bound& argument) { return argument.nullable(); });
    if ((entry.flags & kAnsiNullable) != 0 && !is_ansi()) nullable = true;
  }
  if ((entry.flags & kTry) != 0) nullable = true;
  if (entry.kind == FunctionKind::kAggregate) {
    plan::ResolvedAggregate aggregate;
    aggregate.function = function.kernel();
    aggregate.mode = (entry.flags & kTry) != 0 ? EvalMode::kTry : is_ansi() ? EvalMode::kAnsi : EvalMode::kLegacy;
    for (const Bound& argument : site.arguments) aggregate.arguments.push_back(argument.expression);
    if (entry.nulls == NullRule::kArguments) nullable = true;  // no rows
    if ((entry.flags & kZone) != 0) aggregate.settings["zone"] = zone_;
    return Bound{plan::MakeResolved(std::move(aggregate), std::move(type), nullable, site.origin), text};
  }
  if (entry.kind == FunctionKind::kWindow) {
    plan::ResolvedWindowCall window;
    window.function = function.kernel();
    for (const Bound& argument : site.arguments) window.arguments.push_back(argument.expression);
    return Bound{plan::MakeResolved(std::move(window), std::move(type), nullable, site.origin), text};
  }
  return Call(function.kernel(), std::move(site.arguments), std::move(type), nullable, text, site.origin, entry.flags);
}

bool Resolver::IsFoldable(const ResolvedExpression& expression) {
  bool foldable = true;
  Walk(std::make_shared<const ResolvedExpression>(expression), [&foldable](const ResolvedExpression& node) {
    if (std::holds_alternative<plan::ColumnReference>(node.node) || std::holds_alternative<plan::ResolvedAggregate>(node.node) ||
        std::holds_alternative<plan::ResolvedWindowCall>(node.node) || std::holds_alternative<plan::ResolvedSubquery>(node.node) ||
        std::holds_alternative<plan::ResolvedPythonCall>(node.node)) {
      foldable = false;
    }
    if (const auto* call = node.As<plan::ResolvedCall>()) {
      const Function* function = FindKernel(call->function);
      if (function != nullptr && (function->entry->flags & (kRandom | kNotFoldable)) != 0) foldable = false;
    }
    return foldable;
  });
  return foldable;
}

bool Resolver::IsDeterministic(const ResolvedExpression& expression) {
  bool deterministic = true;
  Walk(std::make_shared<const ResolvedExpression>(expression), [&deterministic](const ResolvedExpression& node) {
    if (const auto* call = node.As<plan::ResolvedCall>()) {
      const Function* function = FindKernel(call->function);
      if (function != nullptr && (function->entry->flags & kRandom) != 0) deterministic = false;
    }
    if (const auto* python = node.As<plan::ResolvedPythonCall>()) deterministic = deterministic && python->function->is_deterministic;
    return deterministic;
  });
  return deterministic;
}

Result<std::optional<Literal>> Resolver::Evaluate(const Bound& value) {
  if (const auto* literal = value.expression->As<Literal>()) return std::optional(*literal);
  if (!IsFoldable(*value.expression) || !context_.run_query) return std::optional<Literal>();
  const plan::ColumnId id = NewColumnId();
  auto row = plan::MakePlan(plan::ResolvedValues{{{}}}, {});
  auto project = plan::MakePlan(plan::ResolvedProject{row, {{id, "value", value.expression}}}, {{id, "value", value.type(), value.nullable(), ""}});
  TRY(auto rows, context_.run_query(project));
  if (rows.size() != 1 || rows[0].size() != 1) return std::optional<Literal>();
  return std::optional(rows[0][0]);
}

plan::ColumnId NewColumnId() {
  static std::atomic<plan::ColumnId> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

ScopeColumn NewColumn(std::string name, DataType type, bool nullable, std::vector<std::string> qualifier) {
  ScopeColumn column;
  column.id = NewColumnId();
  column.name = std::move(name);
  column.type = std::move(type);
  column.nullable = nullable;
  column.qualifier = std::move(qualifier);
  return column;
}

plan::Schema AsSchema(const Columns& columns) {
  plan::Schema schema;
  for (const auto& column : columns) schema.push_back({column.name, column.type, column.nullable, column.metadata_json});
  return schema;
}

std::vector<plan::OutputColumn> AsOutput(const Columns& columns) {
  std::vector<plan::OutputColumn> output;
  for (const auto& column : columns) output.push_back({column.id, column.name, column.type, column.nullable, column.metadata_json});
  return output;
}

namespace {

void WalkKeys(const std::vector<plan::ResolvedSortKey>& keys, const std::function<bool(const ResolvedExpression&)>& visit) {
  for (const auto& key : keys) Walk(key.expression, visit);
}

void WalkAggregate(const plan::ResolvedAggregate& aggregate, const std::function<bool(const ResolvedExpression&)>& visit) {
  for (const auto& argument : aggregate.arguments) Walk(argument, visit);
  if (aggregate.filter != nullptr) Walk(aggregate.filter, visit);
  WalkKeys(aggregate.order_by, visit);
}

}  // namespace

void Walk(const ResolvedExpressionPtr& expression, const std::function<bool(const ResolvedExpression&)>& visit) {
  if (expression == nullptr || !visit(*expression)) return;
  if (const auto* call = expression->As<plan::ResolvedCall>()) {
    for (const auto& argument : call->arguments) Walk(argument, visit);
  } else if (const auto* cast = expression->As<plan::ResolvedCast>()) {
    Walk(cast->child, visit);
  } else if (const auto* aggregate = expression->As<plan::ResolvedAggregate>()) {
    WalkAggregate(*aggregate, visit);
  } else if (const auto* window = expression->As<plan::ResolvedWindowCall>()) {
    for (const auto& argument : window->arguments) Walk(argument, visit);
    if (window->aggregate) WalkAggregate(*window->aggregate, visit);
    for (const auto& key : window->partition_by) Walk(key, visit);
    WalkKeys(window->order_by, visit);
  } else if (const auto* lambda = expression->As<plan::ResolvedLambda>()) {
    Walk(lambda->body, visit);
  } else if (const auto* subquery = expression->As<plan::ResolvedSubquery>()) {
    for (const auto& value : subquery->values) Walk(value, visit);
  } else if (const auto* python = expression->As<plan::ResolvedPythonCall>()) {
    for (const auto& argument : python->arguments) Walk(argument, visit);
  }
}

namespace {

using Change = std::function<ResolvedExpressionPtr(const ResolvedExpressionPtr&)>;

bool RewriteAll(std::vector<ResolvedExpressionPtr>& expressions, const Change& change) {
  bool changed = false;
  for (auto& expression : expressions) {
    auto next = Rewrite(expression, change);
    changed = changed || next != expression;
    expression = std::move(next);
  }
  return changed;
}

bool RewriteKeys(std::vector<plan::ResolvedSortKey>& keys, const Change& change) {
  bool changed = false;
  for (auto& key : keys) {
    auto next = Rewrite(key.expression, change);
    changed = changed || next != key.expression;
    key.expression = std::move(next);
  }
  return changed;
}

bool RewriteAggregate(plan::ResolvedAggregate& aggregate, const Change& change) {
  bool changed = RewriteAll(aggregate.arguments, change);
  if (aggregate.filter != nullptr) {
    auto next = Rewrite(aggregate.filter, change);
    changed = changed || next != aggregate.filter;
    aggregate.filter = std::move(next);
  }
  return RewriteKeys(aggregate.order_by, change) || changed;
}

template <typename T>
ResolvedExpressionPtr Rebuilt(const ResolvedExpressionPtr& old, T node, bool changed) {
  return changed ? plan::MakeResolved(std::move(node), old->type, old->nullable, old->origin) : old;
}

}  // namespace

ResolvedExpressionPtr Rewrite(const ResolvedExpressionPtr& expression, const Change& change) {
  if (expression == nullptr) return nullptr;
  if (auto replaced = change(expression)) return replaced;
  if (const auto* call = expression->As<plan::ResolvedCall>()) {
    auto copy = *call;
    const bool changed = RewriteAll(copy.arguments, change);
    return Rebuilt(expression, std::move(copy), changed);
  }
  if (const auto* cast = expression->As<plan::ResolvedCast>()) {
    auto copy = *cast;
    copy.child = Rewrite(cast->child, change);
    const bool changed = copy.child != cast->child;
    return Rebuilt(expression, std::move(copy), changed);
  }
  if (const auto* aggregate = expression->As<plan::ResolvedAggregate>()) {
    auto copy = *aggregate;
    const bool changed = RewriteAggregate(copy, change);
    return Rebuilt(expression, std::move(copy), changed);
  }
  if (const auto* window = expression->As<plan::ResolvedWindowCall>()) {
    auto copy = *window;
    bool changed = RewriteAll(copy.arguments, change);
    if (copy.aggregate) changed = RewriteAggregate(*copy.aggregate, change) || changed;
    changed = RewriteAll(copy.partition_by, change) || changed;
    changed = RewriteKeys(copy.order_by, change) || changed;
    return Rebuilt(expression, std::move(copy), changed);
  }
  if (const auto* lambda = expression->As<plan::ResolvedLambda>()) {
    auto copy = *lambda;
    copy.body = Rewrite(lambda->body, change);
    const bool changed = copy.body != lambda->body;
    return Rebuilt(expression, std::move(copy), changed);
  }
  if (const auto* subquery = expression->As<plan::ResolvedSubquery>()) {
    auto copy = *subquery;
    const bool changed = RewriteAll(copy.values, change);
    return Rebuilt(expression, std::move(copy), changed);
  }
  if (const auto* python = expression->As<plan::ResolvedPythonCall>()) {
    auto copy = *python;
    const bool changed = RewriteAll(copy.arguments, change);
    return Rebuilt(expression, std::move(copy), changed);
  }
  return expression;
}

namespace {

bool SameAll(const std::vector<ResolvedExpressionPtr>& left, const std::vector<ResolvedExpressionPtr>& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!SameExpression(*left[i], *right[i])) return false;
  }
  return true;
}

bool SameKeys(const std::vector<plan::ResolvedSortKey>& left, const std::vector<plan::ResolvedSortKey>& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].is_ascending != right[i].is_ascending || left[i].nulls_first != right[i].nulls_first || !SameExpression(*left[i].expression, *right[i].expression)) return false;
  }
  return true;
}

bool SameMaybe(const ResolvedExpressionPtr& left, const ResolvedExpressionPtr& right) {
  return left == right || (left != nullptr && right != nullptr && SameExpression(*left, *right));
}

bool SameAggregate(const plan::ResolvedAggregate& a, const plan::ResolvedAggregate& b) {
  return a.function == b.function && a.is_distinct == b.is_distinct && a.ignore_nulls == b.ignore_nulls && a.mode == b.mode && a.settings == b.settings &&
         SameAll(a.arguments, b.arguments) && SameMaybe(a.filter, b.filter) && SameKeys(a.order_by, b.order_by);
}

}  // namespace

bool SameExpression(const ResolvedExpression& left, const ResolvedExpression& right) {
  if (&left == &right) return true;
  if (left.node.index() != right.node.index() || !(left.type == right.type)) return false;
  if (const auto* a = left.As<Literal>()) return *a == *right.As<Literal>();
  if (const auto* a = left.As<plan::ColumnReference>()) return a->id == right.As<plan::ColumnReference>()->id;
  if (const auto* a = left.As<plan::ResolvedCall>()) {
    const auto* b = right.As<plan::ResolvedCall>();
    if (a->function != b->function || a->mode != b->mode || !(a->settings == b->settings)) return false;
    if (SameAll(a->arguments, b->arguments)) return true;
    const bool commutes = a->function == "add" || a->function == "multiply" || a->function == "and" || a->function == "or" || a->function == "equal";
    return commutes && a->arguments.size() == 2 && b->arguments.size() == 2 && SameExpression(*a->arguments[0], *b->arguments[1]) && SameExpression(*a->arguments[1], *b->arguments[0]);
  }
  if (const auto* a = left.As<plan::ResolvedCast>()) {
    const auto* b = right.As<plan::ResolvedCast>();
    return a->mode == b->mode && SameExpression(*a->child, *b->child);
  }
  if (const auto* a = left.As<plan::ResolvedAggregate>()) return SameAggregate(*a, *right.As<plan::ResolvedAggregate>());
  if (const auto* a = left.As<plan::ResolvedWindowCall>()) {
    const auto* b = right.As<plan::ResolvedWindowCall>();
    if (a->aggregate.has_value() != b->aggregate.has_value() || (a->aggregate && !SameAggregate(*a->aggregate, *b->aggregate))) return false;
    return a->function == b->function && SameAll(a->arguments, b->arguments) && a->ignore_nulls == b->ignore_nulls && SameAll(a->partition_by, b->partition_by) &&
           SameKeys(a->order_by, b->order_by) && a->unit == b->unit && a->lower == b->lower && a->upper == b->upper && SameMaybe(a->lower_offset, b->lower_offset) &&
           SameMaybe(a->upper_offset, b->upper_offset);
  }
  if (const auto* a = left.As<plan::ResolvedLambdaVariable>()) return a->id == right.As<plan::ResolvedLambdaVariable>()->id;
  return false;
}

bool ContainsAggregate(const ResolvedExpressionPtr& expression) {
  bool found = false;
  Walk(expression, [&found](const ResolvedExpression& node) {
    if (node.As<plan::ResolvedAggregate>() != nullptr) found = true;
    return !found;
  });
  return found;
}

bool ContainsWindow(const ResolvedExpressionPtr& expression) {
  bool found = false;
  Walk(expression, [&found](const ResolvedExpression& node) {
    if (node.As<plan::ResolvedWindowCall>() != nullptr) found = true;
    return !found;
  });
  return found;
}

const Function* GeneratorOf(const ResolvedExpression& expression) {
  const auto* call = expression.As<plan::ResolvedCall>();
  if (call == nullptr) return nullptr;
  const Function* function = FindKernel(call->function);
  return function != nullptr && function->entry->kind == FunctionKind::kGenerator ? function : nullptr;
}

bool ContainsGenerator(const ResolvedExpressionPtr& expression) {
  bool found = false;
  Walk(expression, [&found](const ResolvedExpression& node) {
    if (GeneratorOf(node) != nullptr) found = true;
    return !found;
  });
  return found;
}

}  // namespace crannog::analyze
