#include "services/spark/analysis.h"

#include <functional>

#include "connect/data_type_message.h"
#include "services/spark/persisted_relations.h"
#include "services/spark/schema_tree.h"
#include "sql/parser.h"

namespace crannog::spark_connect {

namespace sc = ::spark::connect;

namespace {

Result<plan::Schema> SchemaOf(ClientSession& session, const sc::Plan& plan) {
  if (!plan.has_root()) return Failure(ErrorCode::kInvalidParameterValue, "only a relation has a schema");
  TRY(plan::RelationPtr relation, connect::FromMessage(plan.root(), session.readers()));
  return session.session().Analyze(*relation);
}

const char* ExplainModeName(int mode) {
  switch (mode) {
    case sc::AnalyzePlanRequest_Explain::EXPLAIN_MODE_EXTENDED: return "extended";
    case sc::AnalyzePlanRequest_Explain::EXPLAIN_MODE_CODEGEN: return "codegen";
    case sc::AnalyzePlanRequest_Explain::EXPLAIN_MODE_COST: return "cost";
    case sc::AnalyzePlanRequest_Explain::EXPLAIN_MODE_FORMATTED: return "formatted";
    default: return "simple";
  }
}

bool IsLocal(const sc::Relation& relation) {
  return relation.has_local_relation() || relation.has_cached_local_relation() || relation.has_chunked_cached_local_relation();
}

std::string DdlOf(const plan::DataType& type) {
  if (!type.Is(plan::TypeKind::kStruct)) return type.Sql();
  std::string out;
  for (const plan::StructField& field : type.fields()) {
    if (!out.empty()) out += ",";
    out += sql::QuoteIdentifier(field.name) + " " + field.type.Sql();
    if (!field.nullable) out += " NOT NULL";
  }
  return out;
}

}  // namespace

Result<> Analyze(ClientSession& session, const sc::AnalyzePlanRequest& request, const std::string& spark_version, sc::AnalyzePlanResponse& response) {
  switch (request.analyze_case()) {
    case sc::AnalyzePlanRequest::kSchema: {
      TRY(plan::Schema schema, SchemaOf(session, request.schema().plan()));
      connect::ToMessage(plan::DataType::Struct(std::move(schema)), *response.mutable_schema()->mutable_schema());
      return {};
    }
    case sc::AnalyzePlanRequest::kExplain: {
      TRY(plan::RelationPtr relation, connect::FromMessage(request.explain().plan().root(), session.readers()));
      TRY(std::string text, session.session().Explain(*relation, ExplainModeName(request.explain().explain_mode())));
      response.mutable_explain()->set_explain_string(text);
      return {};
    }
    case sc::AnalyzePlanRequest::kTreeString: {
      TRY(plan::Schema schema, SchemaOf(session, request.tree_string().plan()));
      std::optional<int> level;
      if (request.tree_string().has_level()) level = request.tree_string().level();
      response.mutable_tree_string()->set_tree_string(SchemaTree(schema, level));
      return {};
    }
    case sc::AnalyzePlanRequest::kIsLocal: response.mutable_is_local()->set_is_local(IsLocal(request.is_local().plan().root())); return {};
    case sc::AnalyzePlanRequest::kIsStreaming: response.mutable_is_streaming()->set_is_streaming(false); return {};
    case sc::AnalyzePlanRequest::kSparkVersion: response.mutable_spark_version()->set_version(spark_version); return {};
    case sc::AnalyzePlanRequest::kDdlParse: {
      TRY(plan::DataType type, sql::ParseTableSchema(request.ddl_parse().ddl_string()));
      connect::ToMessage(type, *response.mutable_ddl_parse()->mutable_parsed());
      return {};
    }
    case sc::AnalyzePlanRequest::kJsonToDdl: {
      TRY(plan::DataType type, plan::ParseTypeJson(request.json_to_ddl().json_string()));
      response.mutable_json_to_ddl()->set_ddl_string(DdlOf(type));
      return {};
    }
    case sc::AnalyzePlanRequest::kSameSemantics:
      response.mutable_same_semantics()->set_result(PlanFingerprint(request.same_semantics().target_plan().root()) == PlanFingerprint(request.same_semantics().other_plan().root()));
      return {};
    case sc::AnalyzePlanRequest::kSemanticHash:
      response.mutable_semantic_hash()->set_result(static_cast<int32_t>(std::hash<std::string>{}(PlanFingerprint(request.semantic_hash().plan().root()))));
      return {};
    case sc::AnalyzePlanRequest::kInputFiles: return Failure(NotImplemented("DataFrame.inputFiles"));
    case sc::AnalyzePlanRequest::kPersist:
      response.mutable_persist();
      return session.Persist(request.persist().relation(), request.persist().storage_level());
    case sc::AnalyzePlanRequest::kUnpersist:
      response.mutable_unpersist();
      session.Unpersist(request.unpersist().relation());
      return {};
    case sc::AnalyzePlanRequest::kGetStorageLevel:
      *response.mutable_get_storage_level()->mutable_storage_level() = session.StorageLevelOf(request.get_storage_level().relation());
      return {};
    case sc::AnalyzePlanRequest::ANALYZE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "an analysis message asks nothing");
}

Result<> Configure(ClientSession& session, const sc::ConfigRequest& request, sc::ConfigResponse& response) {
  session::Session& settings = session.session();
  auto add = [&response](const std::string& key, const std::optional<std::string>& value) {
    auto* pair = response.add_pairs();
    pair->set_key(key);
    if (value) pair->set_value(*value);
  };
  const auto& operation = request.operation();
  switch (operation.op_type_case()) {
    case sc::ConfigRequest_Operation::kSet:
      for (const auto& pair : operation.set().pairs()) {
        Result<> set = settings.SetSetting(pair.key(), pair.value());
        if (!set && !operation.set().silent()) return set;
        if (!set) response.add_warnings(set.error().ToString());
      }
      return {};
    case sc::ConfigRequest_Operation::kGet:
      for (const std::string& key : operation.get().keys()) {
        TRY(std::string value, settings.GetSetting(key));
        add(key, value);
      }
      return {};
    case sc::ConfigRequest_Operation::kGetWithDefault:
      for (const auto& pair : operation.get_with_default().pairs()) {
        Result<std::string> value = settings.GetSetting(pair.key());
        if (value) add(pair.key(), *value);
        else add(pair.key(), pair.has_value() ? std::optional<std::string>(pair.value()) : std::nullopt);
      }
      return {};
    case sc::ConfigRequest_Operation::kGetOption:
      for (const std::string& key : operation.get_option().keys()) {
        Result<std::string> value = settings.GetSetting(key);
        add(key, value ? std::optional<std::string>(*value) : std::nullopt);
      }
      return {};
    case sc::ConfigRequest_Operation::kGetAll:
      for (const auto& [key, value] : settings.AllSettings()) {
        const std::string& prefix = operation.get_all().prefix();
        if (key.starts_with(prefix)) add(key.substr(prefix.size()), value);
      }
      return {};
    case sc::ConfigRequest_Operation::kUnset:
      for (const std::string& key : operation.unset().keys()) TRY(settings.UnsetSetting(key));
      return {};
    case sc::ConfigRequest_Operation::kIsModifiable:
      for (const std::string& key : operation.is_modifiable().keys()) add(key, settings.IsModifiable(key) ? "true" : "false");
      return {};
    case sc::ConfigRequest_Operation::OP_TYPE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a configuration message asks nothing");
}

}  // namespace crannog::spark_connect
