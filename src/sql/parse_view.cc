#include <fmt/format.h>

#include "sql/parser_state.h"

/// Views, materialized views, streaming tables and the flows that feed them.
namespace crannog::sql {

ViewSchemaMode Parser::SchemaBinding() {
  Expect(T::kWith);
  Expect(T::kSchema);
  if (Accept(T::kBinding)) return ViewSchemaMode::kBinding;
  if (Accept(T::kCompensation)) return ViewSchemaMode::kCompensation;
  if (Accept(T::kEvolution)) return ViewSchemaMode::kEvolution;
  Expect(T::kType);
  Expect(T::kEvolution);
  return ViewSchemaMode::kTypeEvolution;
}

Statement Parser::CreateViewStatement(size_t start, IfExists mode, ViewScope scope) {
  bool replace = mode == IfExists::kReplace;
  bool if_not_exists = IfNotExists();
  Name name = ParseName();
  // CREATE TEMPORARY VIEW v [(schema)] USING format
  if (scope != ViewScope::kPersistent) {
    CreateTemporaryViewUsing create;
    bool is_using = Try([&] {
      if (At(T::kLeftParen)) {
        Advance();
        std::vector<StructField> fields;
        CommaList([&] { fields.push_back(ColumnOfType()); });
        Expect(T::kRightParen);
        create.schema = DataType::Struct(std::move(fields));
      }
      Expect(T::kUsing);
      create.provider = fmt::format("{}", fmt::join(MultipartIdentifier(), "."));
      if (Accept(T::kOptions)) create.options = PropertyList();
    });
    if (is_using) {
      create.name = std::move(name);
      create.if_exists = mode;
      create.scope = scope;
      return Done(std::move(create), start);
    }
  }
  CreateView create;
  create.name = std::move(name);
  create.if_exists = replace ? IfExists::kReplace : if_not_exists ? IfExists::kIgnore : IfExists::kFail;
  create.scope = scope;
  if (At(T::kLeftParen) && !AtQuery()) {
    Advance();
    CommaList([&] {
      size_t at = pos_;
      if (auto constraint = TableConstraint()) return;  // pipelines: expectations of a view
      ColumnDefinition column;
      column.name = {Identifier()};
      if (Accept(T::kComment)) column.comment = StringLiteral();
      if (AcceptWord("MASK")) column.mask = ParseMask();
      column.origin = From(at);
      create.columns.push_back(std::move(column));
    });
    Expect(T::kRightParen);
  }
  bool has_binding = false;
  auto once = [&](bool seen, const char* clause) {
    if (seen) Semantic(ConditionError("DUPLICATE_CLAUSES", {{"clauseName", clause}}), start);
  };
  for (;;) {
    if (Accept(T::kComment)) {
      once(create.comment.has_value(), "COMMENT");
      create.comment = StringLiteral();
    } else if (At(T::kWith, T::kSchema)) {
      once(has_binding, "WITH SCHEMA");
      has_binding = true;
      create.schema_mode = SchemaBinding();
    } else if (At(T::kPartitioned)) {
      Advance();
      Expect(T::kOn);
      IdentifierList();
      Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", "CREATE VIEW ... PARTITIONED ON"}}), start);
    } else if (Accept(T::kTblproperties)) {
      once(!create.properties.empty(), "TBLPROPERTIES");
      create.properties = PropertyList();
    } else if (At(T::kDefault, T::kCollation)) {
      once(create.default_collation.has_value(), "DEFAULT COLLATION");
      Advance();
      Advance();
      create.default_collation = CollationName();
    } else if (AtWords({"WITH", "TAGS"})) {
      Advance();
      Advance();
      create.tags = TagList();
    } else if (AtWords({"WITH", "METRICS"})) {
      Advance();
      Advance();
      create.is_metric_view = true;
    } else if (create.is_metric_view && Accept(T::kLanguage)) {
      Identifier();
    } else {
      break;
    }
  }
  Expect(T::kAs);
  if (create.is_metric_view && AtString()) {
    create.query.text = StringLiteral();
  } else {
    create.query = ParseQueryText();
  }
  if (if_not_exists && replace) Semantic(ConditionError("_LEGACY_ERROR_TEMP_0052"), start);
  if (if_not_exists && scope != ViewScope::kPersistent) Semantic(ConditionError("_LEGACY_ERROR_TEMP_0053"), start);
  if (scope != ViewScope::kPersistent) {
    if (!create.properties.empty() && false) LegacyOperationNotAllowed("TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW", start);
    if (has_binding) Semantic(ConditionError("UNSUPPORTED_FEATURE.TEMPORARY_VIEW_WITH_SCHEMA_BINDING_MODE"), start);
    if (!create.properties.empty()) LegacyOperationNotAllowed("TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW", start);
    if (create.name.parts.size() > 1 && !create.name.identifier) {
      // Global views live in global_temp, whichever qualifier was written.
      Semantic(ConditionError("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", {{"actualName", fmt::format("`{}`", fmt::join(create.name.parts, "`.`"))}}), start);
    }
  }
  return Done(std::move(create), start);
}

Statement Parser::AlterViewStatement(size_t start) {
  Name name = ParseName();
  if (At(T::kWith, T::kSchema)) {
    AlterViewSchemaMode alter;
    alter.name = std::move(name);
    alter.mode = SchemaBinding();
    return Done(std::move(alter), start);
  }
  if (At(T::kAs) || AtQuery()) {
    Accept(T::kAs);
    AlterViewQuery alter;
    alter.name = std::move(name);
    alter.query = ParseQueryText();
    return Done(std::move(alter), start);
  }
  // The rest is as for tables: go back over the name.
  while (tokens_[pos_ - 1].token != T::kView || pos_ - 1 != start + 1) --pos_;
  return AlterTableStatement(start, ObjectKind::kView);
}

Statement Parser::CreateMaterialized(size_t start, CreateMode mode, bool is_private) {
  CreateMaterializedView create;
  create.is_private = is_private;
  create.mode = IfNotExists() ? CreateMode::kCreateIfNotExists : mode;
  create.name = ParseName();
  if (At(T::kLeftParen) && !AtQuery()) TableSpecBody(create.spec, true, start);
  TableClauses(create.spec, start);
  Expect(T::kAs);
  create.query = ParseQueryText();
  return Done(std::move(create), start);
}

Statement Parser::CreateStreaming(size_t start, CreateMode mode, bool is_private) {
  CreateStreamingTable create;
  create.is_private = is_private;
  create.mode = IfNotExists() ? CreateMode::kCreateIfNotExists : mode;
  create.name = ParseName();
  if (At(T::kLeftParen) && !AtQuery()) TableSpecBody(create.spec, true, start);
  TableClauses(create.spec, start);
  if (Accept(T::kAs)) create.query = ParseQueryText();
  return Done(std::move(create), start);
}

Statement Parser::CreateFlowStatement(size_t start) {
  CreateFlow create;
  create.name = ParseName();
  if (Accept(T::kComment)) create.comment = StringLiteral();
  Expect(T::kAs);
  if (AtWord("AUTO") || AtWord("APPLY")) {
    create.auto_cdc = ParseAutoCdc();
    create.target = create.auto_cdc->target;
    return Done(std::move(create), start);
  }
  Expect(T::kInsert);
  Expect(T::kInto);
  create.is_once = AcceptWord("ONCE");
  create.target = ParseName();
  if (Accept(T::kBy)) {
    Expect(T::kName);
    create.by_name = true;
  }
  create.query = ParseQueryText();
  return Done(std::move(create), start);
}

// { AUTO CDC | APPLY CHANGES } INTO target FROM source KEYS (…) …
AutoCdc Parser::ParseAutoCdc() {
  AutoCdc cdc;
  bool is_auto = AcceptWords({"AUTO", "CDC"});
  if (!is_auto && !AcceptWords({"APPLY", "CHANGES"})) Fail("AUTO CDC");
  Expect(T::kInto);
  cdc.target = ParseName();
  Expect(T::kFrom);
  cdc.from_snapshot = AcceptWord("SNAPSHOT");
  cdc.source = RelationPrimary();
  auto names = [&](std::vector<std::string>& listed, std::vector<std::string>& except) {
    if (Accept(T::kAsterisk)) {
      Expect(T::kExcept);
      except = IdentifierList();
    } else {
      listed = IdentifierList();
    }
  };
  for (;;) {
    if (Accept(T::kKeys)) {
      Expect(T::kLeftParen);
      cdc.keys = ExpressionSeq();
      Expect(T::kRightParen);
    } else if (AcceptWords({"IGNORE", "NULL", "UPDATES"})) {
      cdc.ignore_null_updates = true;
      if (Accept(T::kOn)) names(cdc.ignore_null_columns, cdc.ignore_null_columns);
    } else if (Accept(T::kWhere)) {
      cdc.where = ParseExpr();
    } else if (AcceptWords({"APPLY", "AS", "DELETE", "WHEN"})) {
      cdc.apply_as_delete_when = ParseExpr();
    } else if (AcceptWords({"APPLY", "AS", "TRUNCATE", "WHEN"})) {
      cdc.apply_as_truncate_when = ParseExpr();
    } else if (AcceptWords({"SEQUENCE", "BY"})) {
      cdc.sequence_by = ParseExpr();
    } else if (Accept(T::kColumns)) {
      names(cdc.columns, cdc.columns_except);
    } else if (AcceptWords({"STORED", "AS", "SCD", "TYPE"})) {
      int64_t type = IntegerValue();
      cdc.scd_type = type == 2 ? ScdType::kType2 : ScdType::kType1;
    } else if (AcceptWords({"TRACK", "HISTORY", "ON"})) {
      names(cdc.track_history_columns, cdc.track_history_except);
    } else {
      break;
    }
  }
  return cdc;
}

}  // namespace crannog::sql
