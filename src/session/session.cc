#include "session/session.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdlib>

#include "analyze/settings.h"
#include "base/random.h"
#include "engine/arrow_ipc.h"
#include "session/commands/commands.h"
#include "session/commands/settings_check.h"
#include "session/explain_text.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/show_string.h"

namespace crannog::session {
namespace {

// Keeps a statement registered (and so cancellable) until its rows are read or dropped.
class TrackedStream final : public engine::ResultStream {
 public:
  TrackedStream(std::unique_ptr<engine::ResultStream> inner, SessionCore& core, std::string id)
      : inner_(std::move(inner)), core_(core), id_(std::move(id)) {}
  ~TrackedStream() override {
    inner_.reset();
    core_.End(id_);
  }
  const plan::Schema& schema() const override { return inner_->schema(); }
  Result<std::optional<engine::ArrowBatch>> Next() override { return inner_->Next(); }
  void Cancel() override {
    core_.Cancel(id_);
    inner_->Cancel();
  }
  std::map<std::string, std::vector<std::pair<std::string, plan::Literal>>> ObservedMetrics() const override { return inner_->ObservedMetrics(); }

 private:
  std::unique_ptr<engine::ResultStream> inner_;
  SessionCore& core_;
  std::string id_;
};

// ${key}, ${spark:key}, ${hiveconf:key}, ${hivevar:key}, ${env:NAME}. Source: Spark's VariableSubstitution.
std::string Substitute(std::string_view text, const SessionFacts& facts) {
  if (text.find("${") == std::string_view::npos || SettingOf(facts, "spark.sql.variable.substitute") == "false") return std::string(text);
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = text.find("${", at);
    const size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    if (end == std::string_view::npos) return out.append(text.substr(at));
    out.append(text.substr(at, begin - at));
    std::string key(text.substr(begin + 2, end - begin - 2));
    std::optional<std::string> value;
    for (const char* prefix : {"spark:", "sparkconf:", "hivevar:", "hiveconf:"}) {
      if (key.starts_with(prefix)) key.erase(0, std::string_view(prefix).size());
    }
    if (key.starts_with("env:")) {
      if (const char* variable = std::getenv(key.c_str() + 4)) value = variable;
    } else if (facts.settings.contains(key) || analyze::FindSetting(key) != nullptr) {
      value = SettingOf(facts, key);
    }
    out.append(value ? *value : std::string(text.substr(begin, end - begin + 1)));
    at = end + 1;
  }
  return out;
}

class SessionImpl final : public Session {
 public:
  SessionImpl(engine::Engine& engine, std::unique_ptr<analyze::CatalogClient> catalog, SessionOptions options)
      : core_(engine, std::move(catalog), std::move(options)) {}

  Result<StatementResult> ExecuteSql(std::string_view text, const StatementOptions& options) override {
    const FactsPtr facts = core_.facts();
    const std::string substituted = Substitute(text, *facts);
    TRY(const plan::Statement parsed, sql::ParseStatement(substituted, ParserOptionsOf(*facts)));
    auto statement = Begin(substituted, options);
    return Finish(RunParsed(parsed, *statement), *statement, parsed.command != nullptr);
  }

  Result<StatementResult> ExecuteRelation(const plan::Relation& relation, const StatementOptions& options) override {
    if (const auto* command = relation.As<plan::CommandRelation>()) return ExecuteCommand(*command->command, options);
    if (const auto* query = relation.As<plan::SqlQuery>()) return ExecuteQueryText(*query, options);
    auto statement = Begin("", options);
    if (const auto* show = relation.As<plan::ShowString>()) return Finish(RunShow(*show, *statement), *statement, /*is_command=*/false);
    TRY(const plan::RelationPtr plain, WithoutCommands(std::make_shared<const plan::Relation>(relation), *statement));
    return Finish(RunParsed({plain, nullptr}, *statement), *statement, /*is_command=*/false);
  }

  Result<StatementResult> ExecuteCommand(const plan::Command& command, const StatementOptions& options) override {
    auto statement = Begin("", options);
    return Finish(RunCommand(command, *statement), *statement, /*is_command=*/true);
  }

  Result<bool> IsQuery(std::string_view text) override {
    const FactsPtr facts = core_.facts();
    TRY(const plan::Statement parsed, sql::ParseStatement(Substitute(text, *facts), ParserOptionsOf(*facts)));
    return parsed.query != nullptr;
  }

  Result<plan::Schema> Analyze(const plan::Relation& relation) override {
    auto statement = Begin("", {});
    if (const auto* command = relation.As<plan::CommandRelation>()) return SchemaOfCommand(*command->command, *statement);
    if (relation.As<plan::ShowString>() != nullptr) return plan::Schema{{"show_string", plan::DataType::String(), false, ""}};
    TRY(const analyze::AnalyzedQuery query, statement->Analyze(relation));
    return plan::OutputSchema(*query.plan);
  }

  Result<std::string> Explain(const plan::Relation& relation, std::string_view mode) override {
    auto statement = Begin("", {});
    return ExplainText(relation, mode, *statement);
  }

  Result<std::string> GetSetting(std::string_view key) override {
    const FactsPtr facts = core_.facts();
    if (!facts->settings.contains(std::string(key)) && analyze::FindSetting(key) == nullptr) return Failure(analyze::UnknownSetting(key));
    return SettingOf(*facts, key);
  }
  Result<> SetSetting(std::string_view key, std::string_view value) override {
    TRY(CheckSetting(key, value));
    core_.Update([&](SessionFacts& facts) { facts.settings[std::string(key)] = std::string(value); });
    return {};
  }
  Result<> UnsetSetting(std::string_view key) override {
    core_.Update([&](SessionFacts& facts) { ResetSetting(facts, core_.options, key); });
    return {};
  }
  std::map<std::string, std::string> AllSettings() override {
    std::map<std::string, std::string> all;
    for (const analyze::SettingInfo& info : analyze::ListSettings()) {
      if (!info.default_value.empty()) all[std::string(info.key)] = std::string(info.default_value);
    }
    for (const auto& [key, value] : core_.facts()->settings) all[key] = value;
    return all;
  }
  bool IsModifiable(std::string_view key) override {
    const analyze::SettingInfo* info = analyze::FindSetting(key);
    return info != nullptr && !info->is_static;
  }

  void CreateTemporaryView(std::string_view name, plan::RelationPtr relation, bool is_global) override {
    core_.Update([&](SessionFacts& facts) {
      (is_global ? facts.global_views : facts.views)[Lower(name)] = {std::move(relation), "", {}};
    });
  }
  bool DropTemporaryView(std::string_view name, bool is_global) override {
    bool dropped = false;
    core_.Update([&](SessionFacts& facts) { dropped = (is_global ? facts.global_views : facts.views).erase(Lower(name)) > 0; });
    return dropped;
  }
  std::vector<std::string> TemporaryViews() override {
    std::vector<std::string> names;
    for (const auto& [name, view] : core_.facts()->views) names.push_back(name);
    return names;
  }
  void RegisterPythonFunction(std::shared_ptr<const plan::PythonFunction> function) override {
    core_.Update([&](SessionFacts& facts) { facts.python_functions[Lower(function->name)] = std::move(function); });
  }
  void RegisterPythonTableFunction(std::shared_ptr<const plan::PythonTableFunction> function) override {
    core_.Update([&](SessionFacts& facts) { facts.python_table_functions[Lower(function->name)] = std::move(function); });
  }
  void SetCachedRelations(std::function<Result<plan::RelationPtr>(const plan::CachedRelation&)> find) override {
    core_.find_cached = std::move(find);
  }

  analyze::SchemaName CurrentSchema() override { return core_.facts()->current; }
  Result<> SetCurrentSchema(const analyze::SchemaName& name) override {
    TRY(const auto schema, core_.catalog->FindSchema(name));
    if (!schema) return Failure(ConditionError("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(name)}}));
    core_.Update([&](SessionFacts& facts) { facts.current = name; });
    return {};
  }
  analyze::CatalogClient& Catalog() override { return *core_.catalog; }

  int32_t Cancel(std::string_view statement_id) override { return core_.Cancel(statement_id); }

 private:
  std::unique_ptr<Statement> Begin(std::string text, const StatementOptions& options) {
    std::string id = options.statement_id.empty() ? SystemRandom().NextUuid() : options.statement_id;
    return std::make_unique<Statement>(core_, std::move(text), options, std::move(id));
  }

  Result<StatementResult> Finish(Result<CommandResult> outcome, Statement& statement, bool is_command) {
    if (!outcome) return std::unexpected<Error>(std::move(outcome).error());
    StatementResult result;
    result.is_command = is_command;
    result.statement_id = statement.id;
    if (outcome->stream == nullptr) {
      result.rows = StreamOfRows(std::move(outcome->schema), std::move(outcome->rows));
      return result;
    }
    result.rows = std::make_unique<TrackedStream>(std::move(outcome->stream), core_, statement.id);
    statement.HandOver();
    return result;
  }

  // spark.sql(text, args): the arguments are constants.
  Result<StatementResult> ExecuteQueryText(const plan::SqlQuery& query, const StatementOptions& options) {
    StatementOptions with_arguments = options;
    auto statement = Begin("", options);
    for (const auto& [name, expression] : query.named_arguments) {
      TRY(with_arguments.named_parameters[name], statement->Evaluate(expression));
    }
    for (const auto& expression : query.positional_arguments) {
      TRY(plan::Literal value, statement->Evaluate(expression));
      with_arguments.positional_parameters.push_back(std::move(value));
    }
    statement.reset();
    return ExecuteSql(query.text, with_arguments);
  }

  Result<CommandResult> RunShow(const plan::ShowString& show, Statement& statement) {
    plan::Limit limit{show.input, plan::MakeExpression(plan::Literal::Int(show.row_count + 1))};
    if (show.row_count == INT32_MAX) limit.count = plan::MakeExpression(plan::Literal::Int(show.row_count));
    TRY(const plan::RelationPtr plain, WithoutCommands(plan::MakeRelation(std::move(limit)), statement));
    TRY(const analyze::AnalyzedQuery query, statement.Analyze(*plain));
    TRY(const Rows rows, statement.Collect(*query.plan));
    TRY(const TextFormat format, TextFormat::Make(statement.execution.time_zone, statement.Setting("spark.sql.binaryOutputStyle")));
    const ShowOptions options{show.row_count, show.truncate, show.vertical};
    const plan::Schema schema = plan::OutputSchema(*query.plan);
    const std::string text = show.html ? HtmlString(schema, rows, format, options) : ShowString(schema, rows, format, options);
    CommandResult result;
    result.schema = {{show.html ? "html_string" : "show_string", plan::DataType::String(), false, ""}};
    result.rows = {{plan::Literal::String(text)}};
    return result;
  }

  // Runs commands that are read like relations (Delta Connect under limit, filter, select) and puts their rows in their place.
  Result<plan::RelationPtr> WithoutCommands(plan::RelationPtr relation, Statement& statement) {
    if (const auto* command = relation->As<plan::CommandRelation>()) {
      TRY(CommandResult outcome, RunCommand(*command->command, statement));
      return LocalRelationOf(std::move(outcome));
    }
    return std::visit(
        [&]<typename Node>(const Node& node) -> Result<plan::RelationPtr> {
          if constexpr (requires(Node copy) { copy.input = plan::RelationPtr(); }) {
            if (node.input == nullptr) return relation;
            TRY(plan::RelationPtr input, WithoutCommands(node.input, statement));
            if (input == node.input) return relation;
            Node copy = node;
            copy.input = std::move(input);
            return plan::MakeRelation(std::move(copy), relation->origin, relation->plan_id);
          }
          return relation;
        },
        relation->node);
  }

  static Result<plan::RelationPtr> LocalRelationOf(CommandResult outcome) {
    if (outcome.stream != nullptr) {
      TRY(outcome.rows, ReadAllRows(*outcome.stream));
      outcome.schema = outcome.stream->schema();
    }
    TRY(const engine::ArrowBatch batch, BatchOfRows(outcome.rows, outcome.schema));
    TRY(std::string bytes, engine::WriteArrowStream(batch));
    return plan::MakeRelation(plan::LocalRelation{std::make_shared<const std::string>(std::move(bytes)), plan::DataType::Struct(outcome.schema)});
  }

  SessionCore core_;
};

}  // namespace

std::unique_ptr<Session> MakeSession(engine::Engine& engine, std::unique_ptr<analyze::CatalogClient> catalog, SessionOptions options) {
  return std::make_unique<SessionImpl>(engine, std::move(catalog), std::move(options));
}

}  // namespace crannog::session
