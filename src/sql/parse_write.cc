#include <fmt/format.h>

#include "sql/parser_state.h"

/// INSERT, UPDATE, DELETE, MERGE, COPY INTO.
namespace crannog::sql {

Statement Parser::DmlStatement(std::vector<CommonTableExpression> definitions, bool is_recursive, size_t start) {
  if (At(T::kInsert)) return InsertStatement(start, definitions, is_recursive);
  auto with_ctes = [&](RelationPtr source) {
    if (definitions.empty()) return source;
    Origin origin = source->origin;
    return MakeRelation(With{definitions, is_recursive, std::move(source)}, origin);
  };
  if (At(T::kMerge)) {
    Statement statement = MergeStatement(start);
    if (definitions.empty()) return statement;
    Merge merge = std::get<Merge>(statement.command->node);
    merge.source = with_ctes(std::move(merge.source));
    return Done(std::move(merge), start);
  }
  if (!definitions.empty()) Semantic(NotImplemented("WITH before UPDATE or DELETE"), start);
  return At(T::kUpdate) ? UpdateStatement(start) : DeleteStatement(start);
}

// INSERT [WITH SCHEMA EVOLUTION] INTO | OVERWRITE … up to the query.
Insert Parser::InsertHeader(size_t start) {
  Insert insert;
  Expect(T::kInsert);
  if (At(T::kWith) && Kind(1) == T::kSchema) {
    Advance();
    Advance();
    Expect(T::kEvolution);
    insert.with_schema_evolution = true;
  }
  if (Accept(T::kOverwrite)) insert.mode = InsertMode::kOverwrite;
  else Expect(T::kInto);
  if (At(T::kTable) && AtIdentifier(1)) Advance();
  insert.table = ParseName();
  if (At(T::kWith, T::kLeftParen)) {
    Advance();
    insert.options = PropertyList();
  }
  // An alias of the target, for REPLACE ON.
  size_t alias_at = pos_;
  bool has_alias = false;
  if (At(T::kAs) && AtIdentifier(1)) {
    Advance();
    insert.target_alias = StrictIdentifier();
    has_alias = true;
  } else if (AtIdentifier() && (AtAny({T::kIdentifier_, T::kBackquoted}) || (Kind(1) == T::kReplace)) && !At(T::kReplace) && !At(T::kBy) &&
             KindIn(1, {T::kReplace, T::kBy})) {
    insert.target_alias = StrictIdentifier();
    has_alias = true;
  }
  if (At(T::kPartition, T::kLeftParen)) insert.partition = Partition();
  if (IfNotExists()) {
    insert.if_not_exists = true;
    if (insert.mode == InsertMode::kInto) {
      Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", "INSERT INTO ... IF NOT EXISTS"}}), start);
    }
  }
  if (At(T::kBy, T::kName)) {
    Advance();
    Advance();
    insert.by_name = true;
  } else if (At(T::kLeftParen) && !AtQuery()) {
    Advance();
    insert.columns = IdentifierSeq();
    ExpectRepairable(T::kRightParen, {T::kLeftParen, T::kSelect, T::kValues, T::kTable, T::kFrom});
  }
  if (At(T::kReplace) && KindIn(1, {T::kWhere, T::kUsing, T::kOn})) {
    size_t at = pos_;
    Advance();
    if (Accept(T::kWhere)) {
      insert.mode = InsertMode::kReplaceWhere;
      insert.replace_condition = ParseExpr();
      if (has_alias) {
        Semantic(MakeError(ErrorCode::kBadRequest, "Table alias is not allowed with INSERT INTO ... REPLACE WHERE"), alias_at);
      }
    } else if (Accept(T::kUsing)) {
      insert.mode = InsertMode::kReplaceUsing;
      insert.replace_columns = IdentifierList();
    } else {
      Advance();
      insert.mode = InsertMode::kReplaceOn;
      bool outer = no_call_before_query_;
      no_call_before_query_ = true;
      insert.replace_condition = ParseExpr();
      no_call_before_query_ = outer;
    }
    (void)at;
  }
  if (insert.mode == InsertMode::kOverwrite && insert.if_not_exists) {
    for (const PartitionValue& value : insert.partition) {
      if (value.value) continue;
      LegacyOperationNotAllowed(fmt::format("IF NOT EXISTS with dynamic partitions: {}", value.column), start);
      break;
    }
  }
  return insert;
}

Statement Parser::InsertStatement(size_t start, const std::vector<CommonTableExpression>& definitions, bool is_recursive) {
  auto with_ctes = [&](RelationPtr source) {
    if (definitions.empty()) return source;
    Origin origin = source->origin;
    return MakeRelation(With{definitions, is_recursive, std::move(source)}, origin);
  };
  // INSERT OVERWRITE [LOCAL] DIRECTORY
  if (Kind(1) == T::kOverwrite && (Kind(2) == T::kDirectory || (Kind(2) == T::kLocal && Kind(3) == T::kDirectory)) &&
      (AtString(3) || AtString(4) || KindIn(3, {T::kUsing, T::kDirectory}))) {
    Advance();
    Advance();
    InsertDirectory insert;
    insert.is_local = Accept(T::kLocal);
    Expect(T::kDirectory);
    if (auto path = OptionalString()) insert.path = *path;
    if (Accept(T::kUsing)) {
      insert.provider = fmt::format("{}", fmt::join(MultipartIdentifier(), "."));
      if (Accept(T::kOptions)) insert.options = PropertyList();
      bool option_path = insert.options.contains("path");
      if (insert.is_local) {
        LegacyOperationNotAllowed("LOCAL is not supported in INSERT OVERWRITE DIRECTORY to data source", start);
      } else if (option_path && !insert.path.empty()) {
        Semantic(ConditionError("_LEGACY_ERROR_TEMP_0049"), start);
      } else if (!option_path && insert.path.empty()) {
        Semantic(ConditionError("_LEGACY_ERROR_TEMP_0049"), start);
      }
      if (insert.path.empty() && option_path) insert.path = insert.options["path"];
    } else {
      if (At(T::kRow, T::kFormat)) insert.row_format = RowFormat().row_format;
      SerdeSpec serde;
      if (At(T::kStored)) FileFormat(serde);
      insert.provider = "hive";
    }
    insert.source = with_ctes(ParseQuery());
    return Done(std::move(insert), start);
  }
  Insert insert = InsertHeader(start);
  if (!AtQuery()) Fail("a query");
  size_t source_at = pos_;
  insert.source = with_ctes(ParseQuery());
  // (query) AS s names the source for REPLACE ON.
  if (tokens_[pos_ - 1].token == T::kRightParen && tokens_[source_at].token == T::kLeftParen && (At(T::kAs) || AtAlias(AliasPlace::kTable))) {
    insert.source = TableAlias(std::move(insert.source), source_at);
  }
  return Done(std::move(insert), start);
}

// FROM relation (INSERT … SELECT …)+
Statement Parser::MultiInsertStatement(size_t start) {
  RelationPtr from = FromClause();
  MultiInsert multi;
  while (At(T::kInsert)) {
    size_t at = pos_;
    Insert insert = InsertHeader(at);
    size_t body = pos_;
    RelationPtr select = QuerySpecification(from, true);
    insert.source = QueryOrganization(std::move(select), body);
    multi.inserts.push_back(std::move(insert));
  }
  if (multi.inserts.empty()) Fail("INSERT");
  if (multi.inserts.size() == 1) return Done(std::move(multi.inserts[0]), start);
  return Done(std::move(multi), start);
}

void Parser::DmlAlias(std::string& alias, std::vector<std::string>& columns) {
  if (Accept(T::kAs)) alias = StrictIdentifier();
  else if (AtAlias(AliasPlace::kTable)) alias = StrictIdentifier();
  else return;
  if (At(T::kLeftParen)) columns = IdentifierList();
}

std::vector<Assignment> Parser::AssignmentList() {
  std::vector<Assignment> out;
  CommaList([&] {
    size_t at = pos_;
    Assignment assignment;
    assignment.target.parts = MultipartIdentifier();
    assignment.target.origin = From(at);
    Expect(T::kEq);
    size_t value_at = pos_;
    if (At(T::kDefault) && !KindIn(1, {T::kDot, T::kLeftParen})) {
      Advance();
      assignment.value = MakeExpression(DefaultKeyword{}, From(value_at));
    } else {
      assignment.value = ParseExpr();
    }
    assignment.origin = From(at);
    out.push_back(std::move(assignment));
  });
  return out;
}

Statement Parser::UpdateStatement(size_t start) {
  Expect(T::kUpdate);
  Update update;
  update.table = ParseName();
  DmlAlias(update.alias, update.alias_columns);
  if (!update.alias_columns.empty()) Semantic(ConditionError("COLUMN_ALIASES_NOT_ALLOWED", {{"op", "UPDATE"}}), start);
  Expect(T::kSet);
  update.assignments = AssignmentList();
  if (Accept(T::kWhere)) update.condition = ParseExpr();
  return Done(std::move(update), start);
}

Statement Parser::DeleteStatement(size_t start) {
  Expect(T::kDelete);
  Expect(T::kFrom);
  Delete statement;
  statement.table = ParseName();
  DmlAlias(statement.alias, statement.alias_columns);
  if (!statement.alias_columns.empty()) Semantic(ConditionError("COLUMN_ALIASES_NOT_ALLOWED", {{"op", "DELETE"}}), start);
  if (Accept(T::kWhere)) statement.condition = ParseExpr();
  return Done(std::move(statement), start);
}

MergeClause Parser::ParseMergeClause() {
  size_t start = pos_;
  Expect(T::kWhen);
  MergeClause clause;
  if (AtAny({T::kNot, T::kBang})) {
    Advance();
    Expect(T::kMatched);
    clause.match = MergeMatch::kNotMatched;
    if (Accept(T::kBy)) {
      if (Accept(T::kSource)) clause.match = MergeMatch::kNotMatchedBySource;
      else Expect(T::kTarget);
    }
  } else {
    Expect(T::kMatched);
  }
  if (Accept(T::kAnd)) clause.condition = ParseExpr();
  Expect(T::kThen);
  auto except = [&] {
    if (!At(T::kExcept)) return;
    Advance();
    Expect(T::kLeftParen);
    CommaList([&] {
      size_t at = pos_;
      Name name;
      name.parts = MultipartIdentifier();
      name.origin = From(at);
      clause.except_columns.push_back(std::move(name));
    });
    Expect(T::kRightParen);
  };
  if (clause.match == MergeMatch::kNotMatched) {
    Expect(T::kInsert);
    if (Accept(T::kAsterisk)) {
      clause.action = MergeActionKind::kInsertAll;
      except();
    } else {
      clause.action = MergeActionKind::kInsert;
      std::vector<Name> columns;
      if (Accept(T::kLeftParen)) {
        CommaList([&] {
          size_t at = pos_;
          Name name;
          name.parts = MultipartIdentifier();
          name.origin = From(at);
          columns.push_back(std::move(name));
        });
        Expect(T::kRightParen);
      }
      Expect(T::kValues);
      Expect(T::kLeftParen);
      std::vector<ExpressionPtr> values;
      CommaList([&] {
        size_t at = pos_;
        if (At(T::kDefault) && KindIn(1, {T::kComma, T::kRightParen})) {
          Advance();
          values.push_back(MakeExpression(DefaultKeyword{}, From(at)));
        } else {
          values.push_back(ParseExpr());
        }
      });
      Expect(T::kRightParen);
      if (!columns.empty() && columns.size() != values.size()) Semantic(ConditionError("_LEGACY_ERROR_TEMP_0006"), start);
      for (size_t i = 0; i < values.size(); ++i) {
        Assignment assignment;
        if (i < columns.size()) assignment.target = columns[i];
        assignment.value = values[i];
        assignment.origin = values[i]->origin;
        clause.assignments.push_back(std::move(assignment));
      }
    }
  } else if (Accept(T::kDelete)) {
    clause.action = MergeActionKind::kDelete;
  } else {
    Expect(T::kUpdate);
    if (clause.match == MergeMatch::kMatched && At(T::kAsterisk)) {
      Advance();
      clause.action = MergeActionKind::kUpdateAll;
    } else {
      Expect(T::kSet);
      if (clause.match == MergeMatch::kMatched && Accept(T::kAsterisk)) {
        clause.action = MergeActionKind::kUpdateAll;
        except();
      } else {
        clause.action = MergeActionKind::kUpdate;
        clause.assignments = AssignmentList();
      }
    }
  }
  clause.origin = From(start);
  return clause;
}

Statement Parser::MergeStatement(size_t start) {
  Expect(T::kMerge);
  Merge merge;
  if (Accept(T::kWith)) {
    Expect(T::kSchema);
    Expect(T::kEvolution);
    merge.with_schema_evolution = true;
  }
  Expect(T::kInto);
  merge.target = ParseName();
  std::vector<std::string> columns;
  DmlAlias(merge.target_alias, columns);
  if (!columns.empty()) Semantic(ConditionError("COLUMN_ALIASES_NOT_ALLOWED", {{"op", "MERGE"}}), start);
  Expect(T::kUsing);
  size_t source_at = pos_;
  RelationPtr source;
  if (At(T::kLeftParen)) {
    Advance();
    source = ParseQuery();
    Expect(T::kRightParen);
    // A subquery without alias keeps none: MERGE's condition names its columns alone.
  } else if (AtIdentifier() && Kind(1) == T::kLeftParen && !At(T::kIdentifier)) {
    source = TableFunctionCall();
  } else {
    source = TableReference();
  }
  SubqueryAlias alias;
  std::string name;
  std::vector<std::string> alias_columns;
  DmlAlias(name, alias_columns);
  if (!alias_columns.empty()) Semantic(ConditionError("COLUMN_ALIASES_NOT_ALLOWED", {{"op", "MERGE"}}), start);
  if (!name.empty()) {
    alias.input = std::move(source);
    alias.name = {std::move(name)};
    source = MakeRelation(std::move(alias), From(source_at));
  }
  merge.source = std::move(source);
  Expect(T::kOn);
  merge.condition = ParseExpr();
  while (At(T::kWhen)) merge.clauses.push_back(ParseMergeClause());
  if (merge.clauses.empty()) {
    Semantic(ConditionError("MERGE_WITHOUT_WHEN"), start);
  }
  // Only the last clause of a kind may go without a condition.
  for (MergeMatch match : {MergeMatch::kMatched, MergeMatch::kNotMatched, MergeMatch::kNotMatchedBySource}) {
    std::vector<const MergeClause*> clauses;
    for (const MergeClause& clause : merge.clauses) {
      if (clause.match == match) clauses.push_back(&clause);
    }
    for (size_t i = 0; i + 1 < clauses.size(); ++i) {
      if (clauses[i]->condition) continue;
      Semantic(ConditionError(match == MergeMatch::kMatched      ? "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION"
                              : match == MergeMatch::kNotMatched ? "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION"
                                                                 : "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION"), start);
    }
  }
  return Done(std::move(merge), start);
}

// COPY INTO t [BY POSITION | (columns)] FROM { 'path' | (SELECT … FROM 'path') } [WITH (…)] FILEFORMAT = f …
Statement Parser::CopyIntoStatement(size_t start) {
  CopyInto copy;
  ExpectWord("COPY");
  Expect(T::kInto);
  copy.table = PathOrName();
  if (At(T::kBy) && AtWord("POSITION", 1)) {
    Advance();
    Advance();
    copy.by_position = true;
  } else if (At(T::kLeftParen)) {
    copy.columns = IdentifierList();
  }
  Expect(T::kFrom);
  if (AtString()) {
    copy.path = StringLiteral();
  } else {
    Expect(T::kLeftParen);
    size_t select_at = pos_;
    Expect(T::kSelect);
    Project project;
    project.expressions = NamedExpressionSeq();
    Expect(T::kFrom);
    size_t path_at = pos_;
    copy.path = StringLiteral();
    DataSource source;
    source.paths = {copy.path};
    RelationPtr input = MakeRelation(std::move(source), From(path_at));
    if (At(T::kWith, T::kLeftParen)) {
      Advance();
      PropertyList();
    }
    if (AtAlias(AliasPlace::kTable) || At(T::kAs)) input = TableAlias(std::move(input), path_at);
    if (Accept(T::kWhere)) {
      Filter filter;
      filter.input = std::move(input);
      filter.condition = ParseExpr();
      input = MakeRelation(std::move(filter), From(select_at));
    }
    project.input = std::move(input);
    copy.source = MakeRelation(std::move(project), From(select_at));
    Expect(T::kRightParen);
  }
  auto skip_credentials = [&] {
    // WITH (CREDENTIAL … ENCRYPTION …): what gives access is the catalog's business.
    int depth = 0;
    do {
      if (At(T::kEnd)) Fail("')'");
      if (At(T::kLeftParen)) ++depth;
      if (At(T::kRightParen)) --depth;
      Advance();
    } while (depth > 0);
  };
  if (At(T::kWith, T::kLeftParen)) {
    Advance();
    skip_credentials();
  }
  ExpectWord("FILEFORMAT");
  Expect(T::kEq);
  copy.file_format = UpperAscii(Identifier());
  for (;;) {
    if (AcceptWord("VALIDATE")) {
      copy.validate_rows = 0;
      if (Accept(T::kAll)) continue;
      if (At(T::kInteger)) {
        copy.validate_rows = IntegerValue();
        Expect(T::kRows);
      }
    } else if (AcceptWord("FILES")) {
      Expect(T::kEq);
      Expect(T::kLeftParen);
      CommaList([&] { copy.files.push_back(StringLiteral()); });
      Expect(T::kRightParen);
    } else if (AcceptWord("PATTERN")) {
      Expect(T::kEq);
      copy.pattern = StringLiteral();
    } else if (AcceptWord("FORMAT_OPTIONS")) {
      copy.format_options = PropertyList();
    } else if (AcceptWord("COPY_OPTIONS")) {
      copy.copy_options = PropertyList();
    } else {
      break;
    }
  }
  return Done(std::move(copy), start);
}

}  // namespace crannog::sql
