#include "session/statement.h"

#include <fmt/format.h>

#include "analyze/settings.h"
#include "base/clock.h"
#include "base/random.h"
#include "session/commands/expression_source.h"
#include "session/session_tables.h"
#include "session/value_text.h"

namespace crannog::session {
namespace {

// Byte offsets of characters [start, stop] of UTF-8 text.
std::string Fragment(const std::string& text, plan::Origin origin) {
  size_t at = 0, begin = text.size(), end = text.size();
  int32_t character = 0;
  while (at < text.size()) {
    if (character == origin.start) begin = at;
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    if (character == origin.stop) {
      end = at;
      break;
    }
    ++character;
  }
  return begin < end ? text.substr(begin, end - begin) : "";
}

}  // namespace

SessionCore::SessionCore(engine::Engine& engine, std::unique_ptr<analyze::CatalogClient> catalog_client, SessionOptions session_options)
    : engine(engine),
      catalog(std::move(catalog_client)),
      tables(std::make_unique<SessionTables>(engine, *catalog)),
      options(std::move(session_options)) {
  SessionFacts facts;
  facts.settings = options.settings;
  facts.current = catalog->DefaultSchema();
  if (!options.initial_catalog.empty()) facts.current.catalog = options.initial_catalog;
  if (!options.initial_schema.empty()) facts.current.schema = options.initial_schema;
  facts_ = std::make_shared<const SessionFacts>(std::move(facts));
}

SessionCore::~SessionCore() = default;

std::shared_ptr<std::atomic<bool>> SessionCore::Begin(const std::string& statement_id) {
  std::lock_guard lock(mutex_);
  auto& flag = running_[statement_id];
  if (!flag) flag = std::make_shared<std::atomic<bool>>(false);
  return flag;
}

void SessionCore::End(const std::string& statement_id) {
  std::lock_guard lock(mutex_);
  running_.erase(statement_id);
}

int32_t SessionCore::Cancel(std::string_view statement_id) {
  std::lock_guard lock(mutex_);
  int32_t told = 0;
  for (auto& [id, flag] : running_) {
    if (!statement_id.empty() && id != statement_id) continue;
    flag->store(true);
    ++told;
  }
  return told;
}

std::string SettingOf(const SessionFacts& facts, std::string_view key) {
  if (const auto found = facts.settings.find(std::string(key)); found != facts.settings.end()) return found->second;
  const analyze::SettingInfo* info = analyze::FindSetting(key);
  return info == nullptr ? "" : std::string(info->default_value);
}

bool IsSet(const SessionFacts& facts, std::string_view key) { return SettingOf(facts, key) == "true"; }

sql::ParserOptions ParserOptionsOf(const SessionFacts& facts) {
  sql::ParserOptions options;
  options.ansi = IsSet(facts, "spark.sql.ansi.enabled");
  options.enforce_reserved_keywords = IsSet(facts, "spark.sql.ansi.enforceReservedKeywords");
  options.double_quoted_identifiers = IsSet(facts, "spark.sql.ansi.doubleQuotedIdentifiers");
  options.exponent_literal_as_decimal = IsSet(facts, "spark.sql.legacy.exponentLiteralAsDecimal.enabled");
  options.escaped_string_literals = IsSet(facts, "spark.sql.parser.escapedStringLiterals");
  options.set_operation_precedence_legacy = IsSet(facts, "spark.sql.legacy.setopsPrecedence.enabled");
  options.legacy_identifier_clause = IsSet(facts, "spark.sql.legacy.identifierClause");
  options.regex_column_names = IsSet(facts, "spark.sql.parser.quotedRegexColumnNames");
  options.char_varchar_as_string = IsSet(facts, "spark.sql.legacy.charVarcharAsString");
  options.interval_legacy = IsSet(facts, "spark.sql.legacy.interval.enabled");
  options.parse_query_without_eof = IsSet(facts, "spark.sql.legacy.parseQueryWithoutEof");
  options.single_character_pipe = SettingOf(facts, "spark.sql.parser.singleCharacterPipeOperator.enabled") != "false";
  return options;
}

Statement::Statement(SessionCore& session_core, std::string statement_text, const StatementOptions& statement_options, std::string statement_id)
    : core(session_core), text(std::move(statement_text)), options(statement_options), id(std::move(statement_id)) {
  execution.cancelled = core.Begin(id);
  execution.query_id = id;
  execution.sql_text = text;
  analysis.catalog = core.catalog.get();
  analysis.tables = core.tables.get();
  analysis.named_parameters = &options.named_parameters;
  analysis.positional_parameters = &options.positional_parameters;
  analysis.statement_time_micros = SystemClock().NowMicros();
  analysis.user = core.options.user;
  analysis.sql_text = text;
  analysis.find_cached = core.find_cached;
  analysis.run_query = [this](const plan::ResolvedPlanPtr& plan) { return Collect(*plan); };
  Refresh();
}

Statement::~Statement() {
  if (owns_registration_) core.End(id);
}

void Statement::Refresh() {
  facts = core.facts();
  analysis.settings = &facts->settings;
  analysis.current_schema = facts->current;
  analysis.temporary_views = &facts->views;
  analysis.global_temporary_views = &facts->global_views;
  analysis.temporary_functions = &facts->functions;
  analysis.python_functions = &facts->python_functions;
  analysis.python_table_functions = &facts->python_table_functions;
  analysis.variables = &facts->variables;
  execution.settings = facts->settings;
  execution.time_zone = Setting("spark.sql.session.timeZone");
  if (execution.time_zone.empty()) execution.time_zone = "UTC";
}

Result<Rows> Statement::Collect(const plan::ResolvedPlan& plan) {
  TRY(const auto stream, Run(plan));
  return ReadAllRows(*stream);
}

Result<Rows> Statement::Collect(const plan::Relation& relation) {
  TRY(const analyze::AnalyzedQuery query, Analyze(relation));
  return Collect(*query.plan);
}

Result<plan::Literal> Statement::Evaluate(const plan::ExpressionPtr& expression) {
  // As a one-row query, so that subqueries, variables and every function work.
  plan::Project project{plan::MakeRelation(plan::OneRow{}), {expression}};
  TRY(Rows rows, Collect(*plan::MakeRelation(std::move(project))));
  if (rows.size() != 1 || rows[0].size() != 1) return Failure(ErrorCode::kInternal, "an expression gave no single value");
  return std::move(rows[0][0]);
}

Result<plan::Literal> Statement::EvaluateAs(const plan::ExpressionPtr& expression, const plan::DataType& type) {
  return Evaluate(plan::MakeExpression(plan::CastTo{expression, type, plan::CastMode::kSession}, expression->origin));
}

Result<std::string> Statement::EvaluateText(const plan::ExpressionPtr& expression) {
  TRY(const plan::Literal value, Evaluate(expression));
  TRY(const TextFormat format, TextFormat::Make(execution.time_zone));
  return value.IsNull() ? std::string() : format.Plain(value, value.type);
}

std::string SourceText(const plan::Expression& expression, const Statement& statement) {
  return expression.origin.start < 0 ? "" : Fragment(statement.text, expression.origin);
}

Error Statement::At(Error error, plan::Origin origin) const {
  if (origin.start < 0 || !error.contexts.empty()) return error;
  error.contexts.push_back({"", "", origin.start, origin.stop, Fragment(text, origin)});
  return error;
}

}  // namespace crannog::session
