#include "sql/printer.h"

#include <fmt/format.h>

#include <utility>

#include <unordered_map>

#include "plan/command.h"
#include "sql/parser.h"

namespace crannog::sql {

using namespace plan;  // NOLINT: prints nothing but plans

namespace {

// How tightly a printed expression binds; brackets go around what binds less than its place asks for.
enum Binding { kOr = 1, kAnd, kNot, kPredicate, kComparison, kBitOr, kBitXor, kBitAnd, kShift, kSum, kProduct, kUnary, kPrimary };

struct OperatorRow {
  const char* text;
  int binding;
};

const OperatorRow* FindBinary(const std::string& name) {
  static const std::unordered_map<std::string, OperatorRow> kRows = {
      {"or", {"OR", kOr}}, {"and", {"AND", kAnd}}, {"=", {"=", kComparison}}, {"==", {"=", kComparison}}, {"<=>", {"<=>", kComparison}},
      {"<", {"<", kComparison}}, {"<=", {"<=", kComparison}}, {">", {">", kComparison}}, {">=", {">=", kComparison}}, {"!=", {"!=", kComparison}},
      {"|", {"|", kBitOr}}, {"^", {"^", kBitXor}}, {"&", {"&", kBitAnd}}, {"<<", {"<<", kShift}}, {">>", {">>", kShift}}, {">>>", {">>>", kShift}},
      {"+", {"+", kSum}}, {"-", {"-", kSum}}, {"||", {"||", kSum}}, {"*", {"*", kProduct}}, {"/", {"/", kProduct}}, {"%", {"%", kProduct}},
      {"div", {"DIV", kProduct}}};
  auto found = kRows.find(name);
  return found == kRows.end() ? nullptr : &found->second;
}

// What cannot be said in SQL ends printing; caught at the door of this file.
struct Unprintable {
  std::string what;
};

class Printer {
 public:
  // --- expressions
  std::string Expr(const Expression& expression, int least = kOr) {
    auto [text, binding] = Bound(expression);
    return binding < least ? "(" + text + ")" : text;
  }

  std::string Exprs(const std::vector<ExpressionPtr>& list) {
    std::string out;
    for (const ExpressionPtr& item : list) out += (out.empty() ? "" : ", ") + Expr(*item);
    return out;
  }

  // --- queries
  std::string Query(const Relation& relation) {
    // A form that no rule below prints comes back here through Term and From: that is said, not recursed on.
    if (relation_ == &relation) throw Unprintable{"this form of query"};
    const Relation* outer = std::exchange(relation_, &relation);
    std::string text = QueryText(relation);
    relation_ = outer;
    return text;
  }

 private:
  const Relation* relation_ = nullptr;

  std::string QueryText(const Relation& relation) {
    if (const auto* with = relation.As<With>()) {
      std::string out = with->is_recursive ? "WITH RECURSIVE " : "WITH ";
      bool first = true;
      for (const CommonTableExpression& definition : with->definitions) {
        if (!first) out += ", ";
        first = false;
        out += QuoteIdentifier(definition.name) + Columns(definition.columns);
        if (definition.max_recursion_level) out += fmt::format(" MAX RECURSION LEVEL {}", *definition.max_recursion_level);
        out += " AS (" + Query(*definition.query) + ")";
      }
      std::string body = with->input->As<With>() ? "(" + Query(*with->input) + ")" : Query(*with->input);
      return out + " " + body;
    }
    return Organized(relation);
  }

  using Piece = std::pair<std::string, int>;

  static std::string Columns(const std::vector<std::string>& names) {
    if (names.empty()) return "";
    std::string out = "(";
    for (size_t i = 0; i < names.size(); ++i) out += (i > 0 ? ", " : "") + QuoteIdentifier(names[i]);
    return out + ")";
  }

  static std::string Dotted(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : ".") + QuoteIdentifier(part);
    return out;
  }

  std::string NameText(const Name& name) {
    if (!name.identifier) return Dotted(name.parts);
    std::string out = "IDENTIFIER(" + Expr(*name.identifier) + ")";
    for (const std::string& part : name.parts) out += "." + QuoteIdentifier(part);
    return out;
  }

  std::string SortText(const SortOrder& order) {
    std::string out = Expr(*order.child);
    out += order.direction == SortDirection::kDescending ? " DESC" : " ASC";
    if (order.nulls == NullOrdering::kFirst) out += " NULLS FIRST";
    if (order.nulls == NullOrdering::kLast) out += " NULLS LAST";
    return out;
  }

  std::string Sorts(const std::vector<SortOrder>& orders) {
    std::string out;
    for (const SortOrder& order : orders) out += (out.empty() ? "" : ", ") + SortText(order);
    return out;
  }

  std::string Edge(const FrameEdge& edge) {
    switch (edge.bound) {
      case FrameBound::kUnboundedPreceding: return "UNBOUNDED PRECEDING";
      case FrameBound::kUnboundedFollowing: return "UNBOUNDED FOLLOWING";
      case FrameBound::kCurrentRow: return "CURRENT ROW";
      case FrameBound::kPreceding: return Expr(*edge.offset) + " PRECEDING";
      case FrameBound::kFollowing: return Expr(*edge.offset) + " FOLLOWING";
    }
    return "";
  }

  std::string Window(const WindowSpec& spec) {
    if (!spec.reference.empty()) return QuoteIdentifier(spec.reference);
    std::string out;
    auto add = [&](const std::string& piece) { out += (out.empty() ? "" : " ") + piece; };
    if (!spec.partition_by.empty()) add("PARTITION BY " + Exprs(spec.partition_by));
    if (!spec.order_by.empty()) add("ORDER BY " + Sorts(spec.order_by));
    if (spec.frame) {
      add(fmt::format("{} BETWEEN {} AND {}", spec.frame->unit == FrameUnit::kRows ? "ROWS" : "RANGE", Edge(spec.frame->lower), Edge(spec.frame->upper)));
    }
    return "(" + out + ")";
  }

  Piece Bound(const Expression& expression) {
    return std::visit([&](const auto& node) { return Node(node); }, expression.node);
  }

  Piece Node(const Literal& literal) {
    std::string text = PrintLiteral(literal);
    return {text, text[0] == '-' ? kUnary : kPrimary};
  }
  Piece Node(const AttributeReference& attribute) {
    if (attribute.plan_id) throw Unprintable{"a column of a DataFrame by its plan id"};
    return {NameText(attribute.name), kPrimary};
  }
  Piece Node(const Star& star) {
    std::string out = star.target.empty() ? "*" : Dotted(star.target) + ".*";
    if (!star.except.empty()) {
      std::string names;
      for (const Name& name : star.except) names += (names.empty() ? "" : ", ") + NameText(name);
      out += " EXCEPT (" + names + ")";
    }
    return {out, kPrimary};
  }
  Piece Node(const RegexColumns& regex) { return {"`" + regex.pattern + "`", kPrimary}; }

  // base of [ ], ., ::, : and COLLATE
  std::string Base(const Expression& expression) {
    auto [text, binding] = Bound(expression);
    bool bare = binding == kPrimary && !expression.As<WindowExpression>() && !expression.As<Lambda>() && !expression.As<Star>();
    return bare ? text : "(" + text + ")";
  }

  std::string Like(const FunctionCall& call, const char* op) {
    std::string out = fmt::format("{} {} {}", Expr(*call.arguments[0], kComparison), op, Expr(*call.arguments[1], kComparison));
    if (call.arguments.size() > 2) out += " ESCAPE " + Expr(*call.arguments[2]);
    return out;
  }

  std::string TextArgument(const Expression& expression) {
    const auto* literal = expression.As<Literal>();
    const auto* text = literal ? std::get_if<std::string>(&literal->value) : nullptr;
    return text ? *text : "";
  }

  std::optional<Piece> Operator(const FunctionCall& call) {
    const std::string& name = call.name.parts[0];
    const auto& arguments = call.arguments;
    size_t count = arguments.size();
    if (count == 2) {
      if (const OperatorRow* row = FindBinary(name)) {
        // AND and OR chains read back balanced whatever their brackets; the others lean left.
        bool free = row->binding <= kAnd;
        return Piece{fmt::format("{} {} {}", Expr(*arguments[0], row->binding), row->text, Expr(*arguments[1], row->binding + (free ? 0 : 1))), row->binding};
      }
    }
    if (count == 1 && (name == "-" || name == "+" || name == "~")) {
      // -(5) is a negation, -5 a number.
      bool literal = arguments[0]->As<Literal>() != nullptr;
      std::string inner = literal ? "(" + Expr(*arguments[0]) + ")" : Expr(*arguments[0], kUnary);
      return Piece{name + (inner[0] == '-' || inner[0] == '+' ? " " : "") + inner, kUnary};
    }
    if (name == "not" && count == 1) return Piece{"NOT " + Expr(*arguments[0], kPredicate), kNot};
    if (name == "isnull") return Piece{Expr(*arguments[0], kComparison) + " IS NULL", kPredicate};
    if (name == "isnotnull") return Piece{Expr(*arguments[0], kComparison) + " IS NOT NULL", kPredicate};
    if (name == "isunknown") return Piece{Expr(*arguments[0], kComparison) + " IS UNKNOWN", kPredicate};
    if (name == "isnotunknown") return Piece{Expr(*arguments[0], kComparison) + " IS NOT UNKNOWN", kPredicate};
    if (name == "between" && count == 3) {
      return Piece{fmt::format("{} BETWEEN {} AND {}", Expr(*arguments[0], kComparison), Expr(*arguments[1], kComparison), Expr(*arguments[2], kComparison)),
                   kPredicate};
    }
    if (name == "in" && count > 1) {
      std::string list;
      for (size_t i = 1; i < count; ++i) list += (i > 1 ? ", " : "") + Expr(*arguments[i]);
      return Piece{fmt::format("{} IN ({})", Expr(*arguments[0], kComparison), list), kPredicate};
    }
    if (name == "like") return Piece{Like(call, "LIKE"), kPredicate};
    if (name == "ilike") return Piece{Like(call, "ILIKE"), kPredicate};
    if (name == "rlike") return Piece{Like(call, "RLIKE"), kPredicate};
    for (const char* op : {"like", "ilike"}) {
      for (const char* quantifier : {"all", "any"}) {
        for (const char* negation : {"", "not"}) {
          if (name != std::string(negation) + op + quantifier) continue;
          std::string list;
          for (size_t i = 1; i < count; ++i) list += (i > 1 ? ", " : "") + Expr(*arguments[i]);
          return Piece{fmt::format("{}{} {} {} ({})", Expr(*arguments[0], kComparison), *negation ? " NOT" : "", op[0] == 'l' ? "LIKE" : "ILIKE",
                                   quantifier[1] == 'l' ? "ALL" : "ANY", list), kPredicate};
        }
      }
    }
    if (name == "when") {
      std::string out = "CASE";
      size_t i = 0;
      for (; i + 1 < count; i += 2) out += fmt::format(" WHEN {} THEN {}", Expr(*arguments[i]), Expr(*arguments[i + 1]));
      if (i < count) out += " ELSE " + Expr(*arguments[i]);
      return Piece{out + " END", kPrimary};
    }
    if (name == "struct") return Piece{"STRUCT(" + Exprs(arguments) + ")", kPrimary};
    if (name == "collate") return Piece{Base(*arguments[0]) + " COLLATE " + QuoteIdentifier(TextArgument(*arguments[1])), kPrimary};
    if (name == "extract") return Piece{fmt::format("EXTRACT({} FROM {})", QuoteIdentifier(TextArgument(*arguments[0])), Expr(*arguments[1], kComparison)), kPrimary};
    if (name == "locate") return Piece{fmt::format("POSITION({} IN {})", Expr(*arguments[0], kComparison), Expr(*arguments[1], kComparison)), kPrimary};
    if (name == "substring") {
      std::string out = fmt::format("SUBSTRING({} FROM {}", Expr(*arguments[0], kComparison), Expr(*arguments[1], kComparison));
      if (count > 2) out += " FOR " + Expr(*arguments[2], kComparison);
      return Piece{out + ")", kPrimary};
    }
    if (name == "trim" || name == "ltrim" || name == "rtrim") {
      std::string out = name == "trim" ? "TRIM(BOTH " : name == "ltrim" ? "TRIM(LEADING " : "TRIM(TRAILING ";
      if (count > 1) out += Expr(*arguments[1], kComparison) + " ";
      return Piece{out + "FROM " + Expr(*arguments[0], kComparison) + ")", kPrimary};
    }
    if (name == "overlay") {
      std::string out = fmt::format("OVERLAY({} PLACING {} FROM {}", Expr(*arguments[0], kComparison), Expr(*arguments[1], kComparison),
                                    Expr(*arguments[2], kComparison));
      if (count > 3) out += " FOR " + Expr(*arguments[3], kComparison);
      return Piece{out + ")", kPrimary};
    }
    if (name == "timestampadd" || name == "timestampdiff") {
      return Piece{fmt::format("{}({}, {}, {})", name, TextArgument(*arguments[0]), Expr(*arguments[1], kComparison), Expr(*arguments[2], kComparison)), kPrimary};
    }
    if (name == "date_literal") return Piece{"DATE " + Expr(*arguments[0]), kPrimary};
    if (name == "timestamp_literal") return Piece{"TIMESTAMP_LTZ " + Expr(*arguments[0]), kPrimary};
    if (name == "timestamp_ntz_literal") return Piece{"TIMESTAMP_NTZ " + Expr(*arguments[0]), kPrimary};
    return std::nullopt;
  }

  Piece Node(const FunctionCall& call) {
    if (call.is_operator && !call.name.parts.empty()) {
      if (auto piece = Operator(call)) return *piece;
    }
    std::string out = NameText(call.name) + "(" + (call.is_distinct ? "DISTINCT " : "") + Exprs(call.arguments) + ")";
    if (!call.within_group.empty()) out += " WITHIN GROUP (ORDER BY " + Sorts(call.within_group) + ")";
    if (call.filter) out += " FILTER (WHERE " + Expr(*call.filter) + ")";
    if (call.nulls == NullTreatment::kIgnoreNulls) out += " IGNORE NULLS";
    if (call.nulls == NullTreatment::kRespectNulls) out += " RESPECT NULLS";
    return {out, kPrimary};
  }
  Piece Node(const NamedArgument& argument) { return {QuoteIdentifier(argument.name) + " => " + Expr(*argument.value), kOr}; }
  Piece Node(const CastTo& cast) {
    return {fmt::format("{}({} AS {})", cast.mode == CastMode::kTry ? "TRY_CAST" : "CAST", Expr(*cast.child), PrintType(cast.type)), kPrimary};
  }
  Piece Node(const Alias& alias) {
    std::string names = alias.names.size() == 1 ? QuoteIdentifier(alias.names[0]) : Columns(alias.names);
    return {Expr(*alias.child) + " AS " + names, kOr};
  }
  Piece Node(const SortExpression& sort) { return Bound(*sort.order.child); }
  Piece Node(const WindowExpression& window) { return {Expr(*window.function, kPrimary) + " OVER " + Window(window.spec), kPrimary}; }
  Piece Node(const Lambda& lambda) {
    std::string names = lambda.parameters.size() == 1 ? QuoteIdentifier(lambda.parameters[0]) : Columns(lambda.parameters);
    return {names + " -> " + Expr(*lambda.body), 0};
  }
  Piece Node(const LambdaVariable& variable) { return {Dotted(variable.name), kPrimary}; }
  Piece Node(const ExtractValue& extract) {
    if (extract.is_field) return {Base(*extract.child) + "." + QuoteIdentifier(TextArgument(*extract.extraction)), kPrimary};
    return {Base(*extract.child) + "[" + Expr(*extract.extraction, kComparison) + "]", kPrimary};
  }
  Piece Node(const SemiStructuredExtract& extract) { return {Base(*extract.child) + ":" + extract.path, kPrimary}; }
  Piece Node(const UpdateFields&) { throw Unprintable{"withField and dropFields"}; }
  Piece Node(const SubqueryExpression& subquery) {
    if (!subquery.query) throw Unprintable{"a subquery by its plan id"};
    switch (subquery.kind) {
      case SubqueryKind::kScalar: return {"(" + Query(*subquery.query) + ")", kPrimary};
      case SubqueryKind::kExists: return {"EXISTS (" + Query(*subquery.query) + ")", kNot};
      case SubqueryKind::kIn: {
        std::string left = subquery.values.size() == 1 ? Expr(*subquery.values[0], kComparison) : "(" + Exprs(subquery.values) + ")";
        return {left + " IN (" + Query(*subquery.query) + ")", kPredicate};
      }
      case SubqueryKind::kTableArgument: {
        const auto* table = subquery.query->As<NamedTable>();
        std::string out = "TABLE(" + (table ? NameText(table->name) : Query(*subquery.query)) + ")";
        const TableArgumentOptions& options = subquery.table_argument;
        if (options.with_single_partition) out += " WITH SINGLE PARTITION";
        if (!options.partition_by.empty()) out += " PARTITION BY (" + Exprs(options.partition_by) + ")";
        if (!options.order_by.empty()) out += " ORDER BY (" + Sorts(options.order_by) + ")";
        return {out, kOr};
      }
    }
    return {};
  }
  Piece Node(const ParameterMarker& marker) { return {marker.position >= 0 ? "?" : ":" + QuoteIdentifier(marker.name), kPrimary}; }
  Piece Node(const DefaultKeyword&) { return {"DEFAULT", kPrimary}; }
  Piece Node(const PythonFunction&) { throw Unprintable{"a Python function"}; }

  // --- queries: ORDER BY and its kin on top, then one term
  std::string Organized(const Relation& relation) {
    const Relation* at = &relation;
    std::string limit, offset, windows, order;
    if (const auto* node = at->As<Limit>()) {
      limit = " LIMIT " + Expr(*node->count);
      at = node->input.get();
    }
    if (const auto* node = at->As<Offset>()) {
      offset = " OFFSET " + Expr(*node->count);
      at = node->input.get();
    }
    if (const auto* node = at->As<NamedWindows>(); node != nullptr && (node->input->As<Sort>() || node->input->As<Repartition>())) {
      windows = WindowsText(*node);
      at = node->input.get();
    }
    if (const auto* node = at->As<Sort>()) {
      if (node->is_global) {
        order = " ORDER BY " + (node->order_by_all ? AllText(*node) : Sorts(node->orders));
        at = node->input.get();
      } else {
        order = " SORT BY " + Sorts(node->orders);
        at = node->input.get();
        if (const auto* repartition = at->As<Repartition>(); repartition != nullptr && !repartition->expressions.empty()) {
          order = " DISTRIBUTE BY " + Exprs(repartition->expressions) + order;
          at = repartition->input.get();
        }
      }
    } else if (const auto* repartition = at->As<Repartition>(); repartition != nullptr && !repartition->expressions.empty()) {
      order = " DISTRIBUTE BY " + Exprs(repartition->expressions);
      at = repartition->input.get();
    }
    std::string tail = order + windows + limit + offset;
    if (tail.empty()) return Term(*at);
    bool again = at->As<Sort>() || at->As<Limit>() || at->As<Offset>() || at->As<With>() || at->As<Repartition>();
    return (again ? "(" + Query(*at) + ")" : Term(*at)) + tail;
  }

  static std::string AllText(const Sort& sort) {
    std::string out = sort.all_direction == SortDirection::kDescending ? "ALL DESC" : "ALL ASC";
    if (sort.all_nulls == NullOrdering::kFirst) out += " NULLS FIRST";
    if (sort.all_nulls == NullOrdering::kLast) out += " NULLS LAST";
    return out;
  }

  std::string WindowsText(const NamedWindows& node) {
    std::string out;
    for (const auto& [name, spec] : node.windows) {
      out += (out.empty() ? " WINDOW " : ", ") + QuoteIdentifier(name) + " AS " + Window(spec);
    }
    return out;
  }

  // A query term in brackets unless it may stand bare as an operand.
  std::string Operand(const Relation& relation) {
    bool organized = relation.As<Sort>() || relation.As<Limit>() || relation.As<Offset>() || relation.As<With>() || relation.As<Repartition>();
    if (const auto* windows = relation.As<NamedWindows>()) organized = organized || windows->input->As<Sort>();
    return organized ? "(" + Query(relation) + ")" : Term(relation);
  }

  static bool IsSelect(const Relation& relation) {
    const Relation* at = &relation;
    while (const auto* hint = at->As<Hint>()) at = hint->input.get();
    if (const auto* node = at->As<NamedWindows>()) at = node->input.get();
    if (const auto* node = at->As<Distinct>()) at = node->input.get();
    if (const auto* node = at->As<Qualify>()) at = node->input.get();
    if (const auto* node = at->As<Having>()) at = node->input.get();
    const auto* project = at->As<Project>();
    const auto* aggregate = at->As<Aggregate>();
    return (project != nullptr && project->pipe_clause.empty()) || (aggregate != nullptr && !aggregate->is_pipe);
  }

  std::string Grouping(const GroupingElement& element) {
    auto set = [&](const std::vector<ExpressionPtr>& items) { return "(" + Exprs(items) + ")"; };
    std::string out;
    switch (element.kind) {
      case GroupingKind::kExpression: return Expr(*element.sets[0][0]);
      case GroupingKind::kRollup: out = "ROLLUP("; break;
      case GroupingKind::kCube: out = "CUBE("; break;
      case GroupingKind::kGroupingSets: out = "GROUPING SETS("; break;
    }
    bool first = true;
    for (const auto& items : element.sets) {
      out += (first ? "" : ", ") + set(items);
      first = false;
    }
    for (const GroupingElement& nested : element.nested) {
      out += (first ? "" : ", ") + Grouping(nested);
      first = false;
    }
    return out + ")";
  }

  std::string GroupBy(const Aggregate& aggregate) {
    if (aggregate.group_by_all) return " GROUP BY ALL";
    std::string out;
    for (const GroupingElement& element : aggregate.grouping) out += (out.empty() ? " GROUP BY " : ", ") + Grouping(element);
    return out;
  }

  std::string Select(const Relation& relation) {
    const Relation* at = &relation;
    std::string hints, windows, qualify, having;
    bool distinct = false;
    while (const auto* hint = at->As<Hint>()) {
      hints += (hints.empty() ? "" : ", ") + QuoteIdentifier(hint->name);
      if (!hint->parameters.empty()) {
        std::string parameters;
        for (const ExpressionPtr& parameter : hint->parameters) parameters += (parameters.empty() ? "" : ", ") + Expr(*parameter, kPrimary);
        hints += "(" + parameters + ")";
      }
      at = hint->input.get();
    }
    if (const auto* node = at->As<NamedWindows>()) {
      windows = WindowsText(*node);
      at = node->input.get();
    }
    if (const auto* node = at->As<Distinct>()) {
      distinct = true;
      at = node->input.get();
    }
    if (const auto* node = at->As<Qualify>()) {
      qualify = " QUALIFY " + Expr(*node->condition);
      at = node->input.get();
    }
    if (const auto* node = at->As<Having>()) {
      having = " HAVING " + Expr(*node->condition);
      at = node->input.get();
    }
    std::string out = "SELECT ";
    if (!hints.empty()) out += "/*+ " + hints + " */ ";
    if (distinct) out += "DISTINCT ";
    const Relation* from = nullptr;
    std::string group;
    if (const auto* project = at->As<Project>()) {
      out += Exprs(project->expressions);
      from = project->input.get();
    } else {
      const auto* aggregate = at->As<Aggregate>();
      out += Exprs(aggregate->expressions);
      from = aggregate->input.get();
      group = GroupBy(*aggregate);
    }
    std::string where;
    if (const auto* filter = from->As<Filter>()) {
      where = " WHERE " + Expr(*filter->condition);
      from = filter->input.get();
    }
    if (!from->As<OneRow>()) out += " FROM " + From(*from);
    return out + where + group + having + windows + qualify;
  }

  std::string Term(const Relation& relation) {
    if (IsSelect(relation)) return Select(relation);
    if (const auto* operation = relation.As<SetOperation>()) {
      bool intersect = operation->kind == SetOperationKind::kIntersect;
      const char* word = intersect ? "INTERSECT" : operation->kind == SetOperationKind::kUnion ? "UNION" : "EXCEPT";
      if (operation->by_name) throw Unprintable{"unionByName"};
      auto side = [&](const Relation& operand, bool is_left) {
        const auto* inner = operand.As<SetOperation>();
        bool bare = inner != nullptr && is_left && (!intersect || inner->kind == SetOperationKind::kIntersect);
        if (inner == nullptr) bare = IsSelect(operand) || operand.As<InlineTable>() || operand.As<NamedTable>();
        return bare ? Term(operand) : "(" + Query(operand) + ")";
      };
      return fmt::format("{} {}{} {}", side(*operation->left, true), word, operation->is_all ? " ALL" : "", side(*operation->right, false));
    }
    if (const auto* table = relation.As<NamedTable>(); table != nullptr && !table->time_travel.version && !table->time_travel.timestamp &&
                                                      table->options.empty() && !table->is_streaming) {
      return "TABLE " + NameText(table->name);
    }
    if (relation.As<InlineTable>()) return From(relation);
    if (const auto* alias = relation.As<SubqueryAlias>()) {
      if (alias->input->As<InlineTable>()) return From(relation);
      return Operand(*alias->input) + " |> AS " + Dotted(alias->name);
    }
    // Pipe operators.
    if (const auto* filter = relation.As<Filter>()) return Operand(*filter->input) + " |> WHERE " + Expr(*filter->condition);
    if (const auto* project = relation.As<Project>()) {
      std::string input = Operand(*project->input);
      if (project->pipe_clause == "EXTEND") {
        std::vector<ExpressionPtr> added(project->expressions.begin() + 1, project->expressions.end());
        return input + " |> EXTEND " + Exprs(added);
      }
      const auto* star = project->expressions.size() == 1 ? project->expressions[0]->As<Star>() : nullptr;
      if (project->pipe_clause == "SET" && star != nullptr) {
        const auto* alias = star->replace[0]->As<Alias>();
        return input + " |> SET " + QuoteIdentifier(alias->names[0]) + " = " + Expr(*alias->child);
      }
      if (project->pipe_clause == "DROP" && star != nullptr) {
        std::string names;
        for (const Name& name : star->except) names += (names.empty() ? "" : ", ") + NameText(name);
        return input + " |> DROP " + names;
      }
      return input + " |> SELECT " + Exprs(project->expressions);
    }
    if (const auto* windows = relation.As<NamedWindows>()) return Operand(*windows->input) + WindowsText(*windows);
    if (const auto* distinct = relation.As<Distinct>()) {
      if (const auto* project = distinct->input->As<Project>()) return Operand(*project->input) + " |> SELECT DISTINCT " + Exprs(project->expressions);
    }
    if (const auto* aggregate = relation.As<Aggregate>()) {
      std::string list = Exprs(aggregate->expressions);
      return Operand(*aggregate->input) + " |> AGGREGATE" + (list.empty() ? "" : " " + list) + GroupBy(*aggregate);
    }
    if (const auto* join = relation.As<Join>()) return Operand(*join->left) + " |> " + JoinText(*join);
    if (const auto* pivot = relation.As<Pivot>()) return Operand(*pivot->input) + " |> " + PivotText(*pivot);
    if (const auto* unpivot = relation.As<Unpivot>()) return Operand(*unpivot->input) + " |> " + UnpivotText(*unpivot);
    if (const auto* sample = relation.As<Sample>()) return Operand(*sample->input) + " |> " + SampleText(*sample);
    if (relation.As<UnsupportedRelation>()) throw Unprintable{relation.As<UnsupportedRelation>()->feature};
    if (relation.As<Sort>() || relation.As<Limit>() || relation.As<Offset>() || relation.As<With>()) return "(" + Query(relation) + ")";
    return "SELECT * FROM " + From(relation);
  }

  // --- FROM
  static bool IsRelation(const Relation& relation) {
    return relation.As<NamedTable>() || relation.As<TableFunction>() || relation.As<InlineTable>() || relation.As<SubqueryAlias>() || relation.As<Join>() ||
           relation.As<Pivot>() || relation.As<Unpivot>() || relation.As<LateralView>() || relation.As<Sample>() || relation.As<WithWatermark>();
  }

  // What an alias, a sample or a join's right side may stand behind.
  std::string FromPrimary(const Relation& relation) {
    if (relation.As<NamedTable>() || relation.As<TableFunction>() || relation.As<InlineTable>()) return From(relation);
    if (const auto* sample = relation.As<Sample>()) return FromPrimary(*sample->input) + " " + SampleText(*sample);
    if (const auto* watermark = relation.As<WithWatermark>()) {
      return FromPrimary(*watermark->input) + " WATERMARK " + watermark->event_time + " DELAY OF " + watermark->delay_threshold;
    }
    if (IsRelation(relation)) return "(" + From(relation) + ")";
    return "(" + Query(relation) + ")";
  }

  std::string From(const Relation& relation) {
    if (const auto* table = relation.As<NamedTable>()) {
      std::string out = (table->is_streaming ? "STREAM " : "") + NameText(table->name);
      if (table->time_travel.version) out += " VERSION AS OF " + VersionText(*table->time_travel.version);
      if (table->time_travel.timestamp) out += " TIMESTAMP AS OF " + Expr(*table->time_travel.timestamp, kComparison);
      if (!table->options.empty()) {
        std::string list;
        for (const auto& [key, value] : table->options) list += (list.empty() ? "" : ", ") + PrintString(key) + " = " + PrintString(value);
        out += " WITH (" + list + ")";
      }
      return out;
    }
    if (const auto* function = relation.As<TableFunction>()) {
      if (function->python) throw Unprintable{"a Python table function"};
      return (function->is_streaming ? "STREAM " : "") + NameText(function->name) + "(" + Exprs(function->arguments) + ")";
    }
    if (const auto* table = relation.As<InlineTable>()) {
      std::string out = "VALUES ";
      for (size_t i = 0; i < table->rows.size(); ++i) {
        const auto& row = table->rows[i];
        out += i > 0 ? ", " : "";
        out += row.size() == 1 ? (row[0]->As<FunctionCall>() && row[0]->As<FunctionCall>()->is_operator && row[0]->As<FunctionCall>()->name.parts[0] == "struct"
                                      ? "STRUCT(" + Exprs(row) + ")" : "(" + Exprs(row) + ")")
                               : "(" + Exprs(row) + ")";
      }
      return out;
    }
    if (const auto* alias = relation.As<SubqueryAlias>()) {
      if (alias->name.size() == 1 && alias->name[0] == "__auto_generated_subquery_name" && alias->columns.empty()) return FromPrimary(*alias->input);
      return FromPrimary(*alias->input) + " AS " + Dotted(alias->name) + Columns(alias->columns);
    }
    if (const auto* join = relation.As<Join>()) {
      if (join->is_lateral && join->left->As<OneRow>()) return "LATERAL " + Side(*join->right);
      return From(*join->left) + " " + JoinText(*join);
    }
    if (const auto* pivot = relation.As<Pivot>()) return From(*pivot->input) + " " + PivotText(*pivot);
    if (const auto* unpivot = relation.As<Unpivot>()) return From(*unpivot->input) + " " + UnpivotText(*unpivot);
    if (const auto* view = relation.As<LateralView>()) {
      std::string columns;
      for (const std::string& name : view->column_aliases) columns += (columns.empty() ? " AS " : ", ") + QuoteIdentifier(name);
      return fmt::format("{} LATERAL VIEW {}{} {}{}", From(*view->input), view->is_outer ? "OUTER " : "", Expr(*view->generator), QuoteIdentifier(view->table_alias),
                         columns);
    }
    if (relation.As<Sample>() || relation.As<WithWatermark>()) return FromPrimary(relation);
    if (relation.As<UnsupportedRelation>()) throw Unprintable{relation.As<UnsupportedRelation>()->feature};
    if (const auto* range = relation.As<RangeRelation>()) {
      return fmt::format("range({}, {}, {}{})", range->start, range->end, range->step, range->partition_count > 0 ? fmt::format(", {}", range->partition_count) : "");
    }
    if (relation.As<LocalRelation>() || relation.As<CachedRelation>() || relation.As<DataSource>() || relation.As<SqlQuery>()) {
      throw Unprintable{"rows and files named by a client"};
    }
    if (relation.As<Project>() || relation.As<Aggregate>() || relation.As<Filter>() || relation.As<Sort>() || relation.As<Limit>() || relation.As<Offset>() ||
        relation.As<With>() || relation.As<SetOperation>() || relation.As<Distinct>() || relation.As<Having>() || relation.As<Qualify>() ||
        relation.As<NamedWindows>() || relation.As<Hint>() || relation.As<Repartition>()) {
      return "(" + Query(relation) + ")";
    }
    throw Unprintable{"this operation of DataFrames"};
  }

  std::string VersionText(const Expression& expression) {
    if (const auto* literal = expression.As<Literal>(); literal != nullptr && std::holds_alternative<int64_t>(literal->value)) {
      return fmt::format("{}", std::get<int64_t>(literal->value));
    }
    return Expr(expression);
  }

  std::string Side(const Relation& relation) {
    bool bare = relation.As<NamedTable>() || relation.As<TableFunction>() || relation.As<InlineTable>() || relation.As<SubqueryAlias>() || relation.As<Sample>();
    return bare ? From(relation) : "(" + (IsRelation(relation) ? From(relation) : Query(relation)) + ")";
  }

  std::string JoinText(const Join& join) {
    const char* type = "";
    switch (join.type) {
      case JoinType::kInner: break;
      case JoinType::kCross: type = "CROSS "; break;
      case JoinType::kLeftOuter: type = "LEFT OUTER "; break;
      case JoinType::kRightOuter: type = "RIGHT OUTER "; break;
      case JoinType::kFullOuter: type = "FULL OUTER "; break;
      case JoinType::kLeftSemi: type = "LEFT SEMI "; break;
      case JoinType::kLeftAnti: type = "LEFT ANTI "; break;
    }
    std::string out = fmt::format("{}{}JOIN {}{}", join.is_natural ? "NATURAL " : "", type, join.is_lateral ? "LATERAL " : "", Side(*join.right));
    if (join.condition) out += " ON " + Expr(*join.condition);
    if (!join.using_columns.empty()) out += " USING " + Columns(join.using_columns);
    return out;
  }

  std::string PivotText(const Pivot& pivot) {
    if (pivot.is_grouping_explicit) throw Unprintable{"groupBy().pivot()"};
    std::string columns = pivot.columns.size() == 1 ? Expr(*pivot.columns[0]) : "(" + Exprs(pivot.columns) + ")";
    std::string values;
    for (const PivotValue& value : pivot.values) {
      values += (values.empty() ? "" : ", ") + Expr(*value.value) + (value.alias.empty() ? "" : " AS " + QuoteIdentifier(value.alias));
    }
    return fmt::format("PIVOT({} FOR {} IN ({}))", Exprs(pivot.aggregates), columns, values);
  }

  std::string UnpivotText(const Unpivot& unpivot) {
    if (unpivot.ids || !unpivot.values) throw Unprintable{"unpivot with ids"};
    bool single = unpivot.value_columns.size() == 1;
    for (const UnpivotValue& value : *unpivot.values) single = single && value.columns.size() == 1;
    std::string values;
    for (const UnpivotValue& value : *unpivot.values) {
      values += values.empty() ? "" : ", ";
      values += single ? Expr(*value.columns[0]) : "(" + Exprs(value.columns) + ")";
      if (!value.alias.empty()) values += " AS " + QuoteIdentifier(value.alias);
    }
    return fmt::format("UNPIVOT {}({} FOR {} IN ({}))", unpivot.include_nulls ? "INCLUDE NULLS " : "",
                       single ? QuoteIdentifier(unpivot.value_columns[0]) : Columns(unpivot.value_columns), QuoteIdentifier(unpivot.variable_column), values);
  }

  std::string SampleText(const Sample& sample) {
    std::string method;
    if (sample.unit == SampleUnit::kRows) method = Expr(*sample.row_count) + " ROWS";
    else if (sample.bucket_count > 0) method = fmt::format("BUCKET {} OUT OF {}", sample.bucket, sample.bucket_count);
    else method = fmt::format("{:.15g} PERCENT", sample.upper_bound * 100);
    return fmt::format("TABLESAMPLE ({}){}", method, sample.seed ? fmt::format(" REPEATABLE ({})", *sample.seed) : "");
  }
};

}  // namespace

Result<std::string> PrintExpression(const Expression& expression) {
  try {
    return Printer().Expr(expression, 0);
  } catch (const Unprintable& problem) {
    return Failure(NotImplemented("writing as SQL text: " + problem.what));
  }
}

Result<std::string> PrintQuery(const Relation& relation) {
  try {
    return Printer().Query(relation);
  } catch (const Unprintable& problem) {
    return Failure(NotImplemented("writing as SQL text: " + problem.what));
  }
}

}  // namespace crannog::sql
