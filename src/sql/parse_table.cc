#include <fmt/format.h>

#include "sql/parser_state.h"

/// CREATE and REPLACE TABLE with all that may follow the name; ANALYZE, REFRESH, indexes. ALTER TABLE has its own file.
namespace crannog::sql {

ColumnMask Parser::ParseMask() {
  ColumnMask mask;
  mask.function = ParseName();
  if (At(T::kUsing, T::kColumns)) {
    Advance();
    Advance();
    Expect(T::kLeftParen);
    mask.using_columns = ExpressionSeq();
    Expect(T::kRightParen);
  }
  return mask;
}

RowFilter Parser::ParseRowFilter() {
  RowFilter filter;
  filter.function = ParseName();
  if (Accept(T::kOn)) {
    Expect(T::kLeftParen);
    if (!At(T::kRightParen)) filter.columns = ExpressionSeq();
    Expect(T::kRightParen);
  }
  return filter;
}

IdentityColumn Parser::ParseIdentity() {
  IdentityColumn identity;
  if (!Accept(T::kLeftParen)) return identity;
  auto number = [&] {
    bool negative = Accept(T::kMinus);
    if (!negative) Accept(T::kPlus);
    int64_t value = IntegerValue();
    return negative ? -value : value;
  };
  while (!At(T::kRightParen)) {
    if (Accept(T::kStart)) {
      Expect(T::kWith);
      identity.start = number();
    } else if (Accept(T::kIncrement)) {
      Expect(T::kBy);
      identity.step = number();
    } else {
      Fail("START WITH or INCREMENT BY");
    }
    Accept(T::kComma);
  }
  Expect(T::kRightParen);
  if (identity.step == 0) Semantic(ConditionError("IDENTITY_COLUMNS_ILLEGAL_STEP"), pos_ - 1);
  return identity;
}

ColumnPosition Parser::ParsePosition() {
  ColumnPosition position;
  if (Accept(T::kFirst)) {
    position.is_first = true;
  } else {
    Expect(T::kAfter);
    position.after = ErrorCapturingIdentifier();
  }
  return position;
}

void Parser::ConstraintCharacteristics(Constraint& constraint) {
  size_t at = pos_;
  std::vector<std::string> words;
  auto twice = [&](bool seen, const char* pair) {
    if (seen) Semantic(ConditionError("INVALID_CONSTRAINT_CHARACTERISTICS", {{"characteristics", pair}}), at);
  };
  for (;;) {
    if (At(T::kNot) && Kind(1) == T::kEnforced) {
      Advance();
      Advance();
      twice(constraint.enforced.has_value(), constraint.enforced.value_or(true) ? "ENFORCED, NOT ENFORCED" : "NOT ENFORCED, NOT ENFORCED");
      constraint.enforced = false;
    } else if (Accept(T::kEnforced)) {
      twice(constraint.enforced.has_value(), constraint.enforced.value_or(true) ? "ENFORCED, ENFORCED" : "NOT ENFORCED, ENFORCED");
      constraint.enforced = true;
    } else if (Accept(T::kRely)) {
      twice(constraint.rely.has_value(), "RELY, RELY");
      constraint.rely = true;
    } else if (Accept(T::kNorely)) {
      twice(constraint.rely.has_value(), "NORELY, NORELY");
      constraint.rely = false;
    } else if (AtWords({"NOT", "DEFERRABLE"}) || AtWords({"INITIALLY", "DEFERRED"}) || AtWords({"INITIALLY", "IMMEDIATE"})) {
      constraint.options.push_back(UpperAscii(SliceTokens(pos_, pos_ + 2)));
      Advance();
      Advance();
    } else if (AtWord("DEFERRABLE")) {
      constraint.options.emplace_back("DEFERRABLE");
      Advance();
    } else if (AtWords({"MATCH", "FULL"})) {
      constraint.options.emplace_back("MATCH FULL");
      Advance();
      Advance();
    } else if (AtWords({"ON", "UPDATE", "NO", "ACTION"}) || AtWords({"ON", "DELETE", "NO", "ACTION"})) {
      constraint.options.push_back(UpperAscii(SliceTokens(pos_, pos_ + 4)));
      pos_ += 4;
    } else {
      return;
    }
  }
}

// PRIMARY KEY, UNIQUE, FOREIGN KEY, REFERENCES, CHECK, EXPECT; `column` is set when it stands behind a column.
Constraint Parser::ConstraintBody(std::string name, const std::string& column, size_t start) {
  Constraint constraint;
  constraint.name = std::move(name);
  auto columns = [&] {
    if (!column.empty()) {
      constraint.columns = {column};
      if (AcceptWord("TIMESERIES")) constraint.timeseries_column = column;
      return;
    }
    Expect(T::kLeftParen);
    CommaList([&] {
      std::string key = ErrorCapturingIdentifier();
      if (AcceptWord("TIMESERIES")) constraint.timeseries_column = key;
      constraint.columns.push_back(std::move(key));
    });
    Expect(T::kRightParen);
  };
  if (Accept(T::kPrimary)) {
    Expect(T::kKey);
    constraint.kind = ConstraintKind::kPrimaryKey;
    columns();
  } else if (Accept(T::kUnique)) {
    constraint.kind = ConstraintKind::kUnique;
    columns();
  } else if (AtAny({T::kForeign, T::kReferences})) {
    constraint.kind = ConstraintKind::kForeignKey;
    if (Accept(T::kForeign)) {
      Expect(T::kKey);
      columns();
    } else {
      constraint.columns = {column};
    }
    Expect(T::kReferences);
    constraint.referenced_table = ParseName();
    if (At(T::kLeftParen)) constraint.referenced_columns = IdentifierList();
  } else if (Accept(T::kCheck)) {
    Expect(T::kLeftParen);
    constraint.condition = ParseExpressionText();
    Expect(T::kRightParen);
  } else if (AcceptWord("EXPECT")) {
    constraint.kind = ConstraintKind::kExpectation;
    Expect(T::kLeftParen);
    constraint.condition = ParseExpressionText();
    Expect(T::kRightParen);
    if (AcceptWords({"ON", "VIOLATION"})) {
      if (AcceptWords({"DROP", "ROW"})) constraint.action = ExpectationAction::kDropRow;
      else if (AcceptWords({"FAIL", "UPDATE"})) constraint.action = ExpectationAction::kFailUpdate;
      else Fail("DROP ROW or FAIL UPDATE");
    }
  } else {
    Fail("PRIMARY KEY, FOREIGN KEY, UNIQUE or CHECK");
  }
  ConstraintCharacteristics(constraint);
  constraint.origin = From(start);
  return constraint;
}

// A constraint of the table, not of a column; nothing when a column follows.
std::optional<Constraint> Parser::TableConstraint() {
  size_t start = pos_;
  if (At(T::kConstraint) && AtIdentifier(1) && (KindIn(2, {T::kPrimary, T::kForeign, T::kUnique, T::kCheck}) || AtWord("EXPECT", 2))) {
    Advance();
    std::string name = ErrorCapturingIdentifier();
    return ConstraintBody(std::move(name), "", start);
  }
  bool unnamed = At(T::kPrimary, T::kKey) || (At(T::kForeign, T::kKey)) || At(T::kUnique, T::kLeftParen) || At(T::kCheck, T::kLeftParen);
  if (!unnamed) return std::nullopt;
  return ConstraintBody("", "", start);
}

ColumnDefinition Parser::ParseColumnDefinition(bool type_required) {
  size_t start = pos_;
  ColumnDefinition column;
  column.name = {ErrorCapturingIdentifier()};
  bool has_type = !AtAny({T::kComma, T::kRightParen, T::kComment, T::kConstraint}) && !(At(T::kNot, T::kNull)) && !AtWord("MASK");
  if (type_required || has_type) column.type = ParseType();
  auto twice = [&](bool seen, const char* option) {
    if (seen) {
      Semantic(ConditionError("CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE", {{"columnName", column.name[0]}, {"optionName", option}}), start);
    }
  };
  for (;;) {
    size_t at = pos_;
    if (AtAny({T::kNot, T::kBang}) && Kind(1) == T::kNull) {
      twice(column.not_null, "NOT NULL");
      if (At(T::kBang)) Semantic(ConditionError("SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", {{"clause", "!"}}), Between(pos_, pos_));
      Advance();
      Advance();
      column.not_null = true;
    } else if (Accept(T::kNull)) {
      column.not_null = false;
    } else if (Accept(T::kDefault)) {
      twice(column.default_value.has_value(), "DEFAULT");
      column.default_value = ParseExpressionText();
    } else if (At(T::kGenerated)) {
      Advance();
      bool always = Accept(T::kAlways);
      if (!always) {
        Expect(T::kBy);
        Expect(T::kDefault);
      }
      Expect(T::kAs);
      if (Accept(T::kIdentity)) {
        twice(column.identity.has_value() || column.generated.has_value(), "GENERATED ALWAYS AS IDENTITY");
        column.identity = ParseIdentity();
        column.identity->is_always = always;
        if (column.type && !column.type->Is(TypeKind::kLong) && !column.type->Is(TypeKind::kInt)) {
          Semantic(ConditionError("IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE", {{"dataType", column.type->Sql()}}), start);
        }
      } else {
        if (!always) Fail("IDENTITY");
        twice(column.generated.has_value(), "GENERATED ALWAYS AS");
        Expect(T::kLeftParen);
        column.generated = ParseExpressionText();
        Expect(T::kRightParen);
      }
    } else if (Accept(T::kComment)) {
      twice(column.comment.has_value(), "COMMENT");
      column.comment = StringLiteral();
    } else if (AcceptWord("MASK")) {
      column.mask = ParseMask();
    } else if (Accept(T::kCollate)) {
      std::string collation = CollationName();
      if (column.type && column.type->Is(TypeKind::kString)) column.type = DataType::String(collation);
    } else if (At(T::kConstraint)) {
      Advance();
      std::string name = ErrorCapturingIdentifier();
      column.constraints.push_back(ConstraintBody(std::move(name), column.name[0], at));
    } else if (AtAny({T::kPrimary, T::kUnique, T::kReferences, T::kCheck}) || (At(T::kForeign, T::kKey))) {
      column.constraints.push_back(ConstraintBody("", column.name[0], at));
    } else {
      break;
    }
  }
  column.origin = From(start);
  return column;
}

// ( columns and constraints )
void Parser::TableSpecBody(TableSpec& spec, bool allow_expectations, size_t start) {
  Expect(T::kLeftParen);
  CommaList([&] {
    if (auto constraint = TableConstraint()) {
      spec.constraints.push_back(*std::move(constraint));
      return;
    }
    spec.columns.push_back(ParseColumnDefinition(!allow_expectations));
  });
  Expect(T::kRightParen);
  (void)start;
}

PartitionField Parser::ParsePartitionField() {
  size_t start = pos_;
  PartitionField field;
  if (AtIdentifier() && Kind(1) == T::kLeftParen) {
    field.transform = LowerAscii(Identifier());
    Advance();
    CommaList([&] {
      if (AtConstant() && !(AtIdentifier() && KindIn(1, {T::kComma, T::kRightParen, T::kDot}))) {
        field.arguments.push_back(Constant());
      } else {
        size_t at = pos_;
        Name name;
        name.parts = QualifiedName();
        name.origin = From(at);
        field.arguments.push_back(MakeExpression(AttributeReference{std::move(name), {}, false}, From(at)));
      }
    });
    Expect(T::kRightParen);
    return field;
  }
  bool is_reference = AtIdentifier() && KindIn(1, {T::kComma, T::kRightParen, T::kDot});
  if (is_reference) {
    Name name;
    name.parts = QualifiedName();
    name.origin = From(start);
    field.transform = "identity";
    field.arguments = {MakeExpression(AttributeReference{std::move(name), {}, false}, From(start))};
    return field;
  }
  ColumnDefinition column;
  StructField typed = ColumnOfType();
  column.name = {typed.name};
  column.type = typed.type;
  column.not_null = !typed.nullable;
  column.origin = From(start);
  field.transform = "identity";
  field.column = std::move(column);
  return field;
}

// ROW FORMAT SERDE 'class' [WITH SERDEPROPERTIES (…)] | ROW FORMAT DELIMITED …
SerdeSpec Parser::RowFormat() {
  SerdeSpec serde;
  Expect(T::kRow);
  Expect(T::kFormat);
  if (Accept(T::kSerde)) {
    serde.row_format = "SERDE";
    serde.serde_class = StringLiteral();
    if (At(T::kWith, T::kSerdeproperties)) {
      Advance();
      Advance();
      serde.properties = PropertyList();
    }
    return serde;
  }
  Expect(T::kDelimited);
  serde.row_format = "DELIMITED";
  if (Accept(T::kFields)) {
    Expect(T::kTerminated);
    Expect(T::kBy);
    serde.properties["field.delim"] = StringLiteral();
    if (Accept(T::kEscaped)) {
      Expect(T::kBy);
      serde.properties["escape.delim"] = StringLiteral();
    }
  }
  if (Accept(T::kCollection)) {
    Expect(T::kItems);
    Expect(T::kTerminated);
    Expect(T::kBy);
    serde.properties["colelction.delim"] = StringLiteral();
  }
  if (At(T::kMap, T::kKeys)) {
    Advance();
    Advance();
    Expect(T::kTerminated);
    Expect(T::kBy);
    serde.properties["mapkey.delim"] = StringLiteral();
  }
  if (Accept(T::kLines)) {
    Expect(T::kTerminated);
    Expect(T::kBy);
    serde.properties["line.delim"] = StringLiteral();
  }
  if (At(T::kNull, T::kDefined)) {
    Advance();
    Advance();
    Expect(T::kAs);
    serde.properties["serialization.null.format"] = StringLiteral();
  }
  return serde;
}

void Parser::FileFormat(SerdeSpec& serde) {
  Expect(T::kStored);
  if (Accept(T::kBy)) {
    serde.stored_by = StringLiteral();
    if (At(T::kWith, T::kSerdeproperties)) {
      Advance();
      Advance();
      PropertyList();
    }
    return;
  }
  Expect(T::kAs);
  if (Accept(T::kInputformat)) {
    serde.input_format = StringLiteral();
    Expect(T::kOutputformat);
    serde.output_format = StringLiteral();
  } else {
    serde.stored_as = Identifier();
  }
}

std::vector<std::vector<std::string>> Parser::ClusterBySpec(bool& is_auto, bool& is_none) {
  std::vector<std::vector<std::string>> columns;
  is_auto = is_none = false;
  if (AcceptWord("AUTO")) {
    is_auto = true;
    return columns;
  }
  if (Accept(T::kNone)) {
    is_none = true;
    return columns;
  }
  Expect(T::kLeftParen);
  if (!At(T::kRightParen)) CommaList([&] { columns.push_back(MultipartIdentifier()); });
  Expect(T::kRightParen);
  return columns;
}

// EVERY n HOURS | CRON '…' [AT TIME ZONE '…'] | TRIGGER ON UPDATE [AT MOST EVERY …]
RefreshSchedule Parser::ParseSchedule() {
  RefreshSchedule schedule;
  if (AcceptWords({"TRIGGER", "ON", "UPDATE"})) {
    schedule.on_update = true;
    if (AcceptWords({"AT", "MOST", "EVERY"})) {
      size_t at = pos_;
      ExpressionPtr interval = IntervalLiteral();
      const auto* literal = interval->As<Literal>();
      if (literal != nullptr && literal->type.Is(TypeKind::kDayTimeInterval)) schedule.at_most_every_seconds = std::get<int64_t>(literal->value) / 1'000'000;
      else Semantic(ConditionError("INVALID_INTERVAL_FORMAT.UNKNOWN_PARSING_ERROR", {{"input", SliceTokens(at, pos_)}}), at);
    }
    return schedule;
  }
  ExpectWord("SCHEDULE");
  AcceptWord("REFRESH");
  if (AcceptWord("CRON")) {
    schedule.cron = StringLiteral();
    if (Accept(T::kAt)) {
      Expect(T::kTime);
      Expect(T::kZone);
      schedule.time_zone = StringLiteral();
    }
    return schedule;
  }
  ExpectWord("EVERY");
  schedule.every = IntegerValue();
  schedule.unit = UpperAscii(Identifier());
  if (schedule.unit.ends_with("S")) schedule.unit.pop_back();
  return schedule;
}

// The clauses after the column list, in any order, each at most once.
void Parser::TableClauses(TableSpec& spec, size_t start) {
  bool has_options = false, has_partitioning = false, has_properties = false, has_skew = false, has_format = false, has_row_format = false;
  auto once = [&](bool seen, const char* clause) {
    if (seen) Semantic(ConditionError("DUPLICATE_CLAUSES", {{"clauseName", clause}}), start);
  };
  for (;;) {
    if (At(T::kUsing) && spec.provider.empty() && AtIdentifier(1)) {
      Advance();
      spec.provider = fmt::format("{}", fmt::join(MultipartIdentifier(), "."));
    } else if (At(T::kOptions, T::kLeftParen)) {
      once(has_options, "OPTIONS");
      has_options = true;
      Advance();
      spec.options = ExpressionPropertyList();
    } else if (Accept(T::kPartitioned)) {
      once(has_partitioning, "PARTITIONED BY");
      has_partitioning = true;
      Expect(T::kBy);
      Expect(T::kLeftParen);
      spec.partitioning.clear();
      std::vector<std::string> expressions, columns;
      CommaList([&] {
        size_t at = pos_;
        spec.partitioning.push_back(ParsePartitionField());
        (spec.partitioning.back().column ? columns : expressions).push_back(SliceTokens(at, pos_));
      });
      Expect(T::kRightParen);
      if (!expressions.empty() && !columns.empty()) {
        LegacyOperationNotAllowed(fmt::format("PARTITION BY: Cannot mix partition expressions and partition columns:\nExpressions: {}\nColumns: {}",
                                              fmt::join(expressions, ", "), fmt::join(columns, ", ")), start);
      }
    } else if (At(T::kSkewed)) {
      once(has_skew, "SKEWED BY");
      has_skew = true;
      size_t at = pos_;
      Advance();
      Expect(T::kBy);
      IdentifierList();
      Expect(T::kOn);
      int depth = 0;
      do {
        if (At(T::kLeftParen)) ++depth;
        if (At(T::kRightParen)) --depth;
        if (At(T::kEnd)) Fail("')'");
        Advance();
      } while (depth > 0);
      if (At(T::kStored, T::kAs)) {
        Advance();
        Advance();
        Expect(T::kDirectories);
      }
      Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", "CREATE TABLE ... SKEWED BY"}}), at);
    } else if (At(T::kCluster, T::kBy)) {
      once(spec.cluster_by.has_value() || spec.cluster_by_auto, "CLUSTER BY");
      Advance();
      Advance();
      bool is_auto = false, is_none = false;
      auto columns = ClusterBySpec(is_auto, is_none);
      spec.cluster_by_auto = is_auto;
      if (!is_auto) spec.cluster_by = std::move(columns);
    } else if (At(T::kClustered)) {
      once(spec.buckets.has_value(), "CLUSTERED BY");
      Advance();
      Expect(T::kBy);
      BucketSpec buckets;
      buckets.columns = IdentifierList();
      if (Accept(T::kSorted)) {
        Expect(T::kBy);
        Expect(T::kLeftParen);
        CommaList([&] {
          size_t at = pos_;
          std::string name = ErrorCapturingIdentifier();
          SortDirection direction = SortDirection::kAscending;
          if (Accept(T::kDesc)) {
            direction = SortDirection::kDescending;
            LegacyOperationNotAllowed(fmt::format("Column ordering must be ASC, was '{}'", TextOf(pos_ - 1)), at);
          } else {
            Accept(T::kAsc);
          }
          buckets.sort_columns.emplace_back(std::move(name), direction);
        });
        Expect(T::kRightParen);
      }
      Expect(T::kInto);
      buckets.bucket_count = static_cast<int32_t>(std::min<int64_t>(IntegerValue(), INT32_MAX));
      Expect(T::kBuckets);
      spec.buckets = std::move(buckets);
    } else if (At(T::kRow, T::kFormat)) {
      once(has_row_format, "ROW FORMAT");
      has_row_format = true;
      SerdeSpec serde = RowFormat();
      spec.serde.row_format = serde.row_format;
      spec.serde.serde_class = serde.serde_class;
      spec.serde.properties = serde.properties;
    } else if (At(T::kStored)) {
      once(has_format, "STORED AS/BY");
      has_format = true;
      size_t at = pos_;
      FileFormat(spec.serde);
      if (!spec.serde.stored_by.empty()) Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", "STORED BY"}}), at);
    } else if (At(T::kLocation) && AtString(1)) {
      once(spec.location.has_value(), "LOCATION");
      Advance();
      spec.location = StringLiteral();
      if (At(T::kWith, T::kLeftParen)) {
        Advance();
        Advance();
        AcceptWord("STORAGE");
        ExpectWord("CREDENTIAL");
        spec.storage_credential = Identifier();
        Expect(T::kRightParen);
      }
    } else if (At(T::kComment) && AtString(1)) {
      once(spec.comment.has_value(), "COMMENT");
      Advance();
      spec.comment = StringLiteral();
    } else if (At(T::kDefault, T::kCollation)) {
      once(spec.default_collation.has_value(), "DEFAULT COLLATION");
      Advance();
      Advance();
      spec.default_collation = CollationName();
    } else if (At(T::kTblproperties)) {
      once(has_properties, "TBLPROPERTIES");
      has_properties = true;
      Advance();
      spec.properties = PropertyList();
    } else if (AtWords({"WITH", "ROW", "FILTER"}) || AtWords({"ROW", "FILTER"})) {
      Accept(T::kWith);
      Advance();
      Advance();
      spec.row_filter = ParseRowFilter();
    } else if (AtWords({"WITH", "TAGS"})) {
      Advance();
      Advance();
      spec.tags = TagList();
    } else if (AtWord("SCHEDULE") || AtWords({"TRIGGER", "ON"})) {
      spec.schedule = ParseSchedule();
    } else {
      break;
    }
  }
  if (spec.cluster_by && !spec.cluster_by->empty() && has_partitioning) {
    Semantic(ConditionError("SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED"), start);
  }
  if (spec.cluster_by && !spec.cluster_by->empty() && spec.buckets) {
    Semantic(ConditionError("SPECIFY_CLUSTER_BY_WITH_BUCKETING_IS_NOT_ALLOWED"), start);
  }
  // Hive's formats go with their own row formats only.
  if (spec.serde.IsSet() && !spec.provider.empty()) {
    std::string clause = !spec.serde.stored_as.empty() ? fmt::format("STORED AS {} ", UpperAscii(spec.serde.stored_as))
                         : !spec.serde.input_format.empty() ? "STORED AS INPUTFORMAT" : "ROW FORMAT";
    Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", fmt::format("CREATE TABLE ... USING ... {}", clause)}}), start);
  }
  std::string stored = LowerAscii(spec.serde.stored_as);
  if (!stored.empty() && spec.serde.row_format == "SERDE" && stored != "sequencefile" && stored != "textfile" && stored != "rcfile") {
    LegacyOperationNotAllowed(fmt::format("ROW FORMAT SERDE is incompatible with format '{}', which also specifies a serde", stored), start);
  }
  if (!stored.empty() && spec.serde.row_format == "DELIMITED" && stored != "textfile") {
    LegacyOperationNotAllowed(fmt::format("ROW FORMAT DELIMITED is only compatible with 'textfile', not '{}'", stored), start);
  }
}

Statement Parser::CreateTableStatement(size_t start, CreateMode mode) {
  bool if_not_exists = IfNotExists();
  if (if_not_exists) {
    if (mode == CreateMode::kCreate) mode = CreateMode::kCreateIfNotExists;
    else Fail("a table's name");
  }
  Name name = ParseName();
  // CREATE TABLE a LIKE b
  if (At(T::kLike)) {
    Advance();
    CreateTableLike create;
    create.name = std::move(name);
    create.if_not_exists = if_not_exists;
    create.source = ParseName();
    TableClauses(create.spec, start);
    return Done(std::move(create), start);
  }
  // CREATE TABLE a [SHALLOW | DEEP] CLONE b
  if (AtWord("CLONE") || (AtWord("SHALLOW") && AtWord("CLONE", 1)) || (AtWord("DEEP") && AtWord("CLONE", 1))) {
    CloneTable clone;
    clone.name = std::move(name);
    clone.mode = mode;
    clone.is_shallow = AcceptWord("SHALLOW");
    AcceptWord("DEEP");
    ExpectWord("CLONE");
    clone.source = PathOrName();
    if (AtTemporalClause()) clone.time_travel = TemporalClause();
    if (Accept(T::kTblproperties)) clone.properties = PropertyList();
    if (Accept(T::kLocation)) clone.location = StringLiteral();
    return Done(std::move(clone), start);
  }
  CreateTable create;
  create.name = std::move(name);
  create.mode = mode;
  if (At(T::kLeftParen) && !AtQuery()) TableSpecBody(create.spec, false, start);
  else if (At(T::kLeftParen) && !KindIn(1, {T::kSelect, T::kWith, T::kValues, T::kFrom, T::kTable, T::kLeftParen})) TableSpecBody(create.spec, false, start);
  TableClauses(create.spec, start);
  if (Accept(T::kAs) || AtQuery()) {
    create.query = ParseQueryText();
    if (!create.spec.columns.empty()) {
      LegacyOperationNotAllowed(mode == CreateMode::kReplace || mode == CreateMode::kCreateOrReplace
                                    ? "Schema may not be specified in a Replace Table As Select (RTAS) statement"
                                    : "Schema may not be specified in a Create Table As Select (CTAS) statement", start);
    }
    for (const PartitionField& field : create.spec.partitioning) {
      if (!field.column) continue;
      LegacyOperationNotAllowed(mode == CreateMode::kReplace || mode == CreateMode::kCreateOrReplace
                                    ? "Partition column types may not be specified in Replace Table As Select (RTAS)"
                                    : "Partition column types may not be specified in Create Table As Select (CTAS)", start);
    }
  }
  return Done(std::move(create), start);
}

Statement Parser::AnalyzeStatement() {
  size_t start = pos_;
  Expect(T::kAnalyze);
  auto no_scan = [&] {
    if (!AtIdentifier()) return false;
    std::string word = Identifier();
    if (!EqualsIgnoreCase(word, "NOSCAN")) SqlSyntax("ANALYZE_TABLE_UNEXPECTED_NOSCAN", {{"ctx", UpperAscii(word)}}, start);
    return true;
  };
  if (Accept(T::kTables)) {
    AnalyzeTables analyze;
    if (AtAny({T::kFrom, T::kIn})) {
      Advance();
      analyze.schema = ParseName();
    }
    Expect(T::kCompute);
    Expect(T::kStatistics);
    analyze.no_scan = no_scan();
    return Done(std::move(analyze), start);
  }
  Expect(T::kTable);
  AnalyzeTable analyze;
  analyze.name = ParseName();
  analyze.partition = OptionalPartition();
  Expect(T::kCompute);
  analyze.is_delta = AcceptWord("DELTA");
  Expect(T::kStatistics);
  if (Accept(T::kFor)) {
    if (Accept(T::kAll)) {
      ExpectRepairable(T::kColumns, {T::kEnd});
      analyze.all_columns = true;
    } else {
      Expect(T::kColumns);
      analyze.columns = IdentifierSeq();
    }
  } else {
    analyze.no_scan = no_scan();
  }
  return Done(std::move(analyze), start);
}

Statement Parser::RefreshStatement() {
  size_t start = pos_;
  Expect(T::kRefresh);
  auto tail = [&](RefreshTable& refresh) {
    refresh.is_full = Accept(T::kFull);
    if (Accept(T::kSync)) refresh.is_async = false;
    else if (AcceptWord("ASYNC")) refresh.is_async = true;
  };
  if (AtString()) {
    RefreshPath refresh;
    refresh.path = StringLiteral();
    return Done(std::move(refresh), start);
  }
  if (At(T::kTable) && AtIdentifier(1)) {
    Advance();
    RefreshTable refresh;
    refresh.name = ParseName();
    tail(refresh);
    return Done(std::move(refresh), start);
  }
  if (At(T::kFunction) && AtIdentifier(1)) {
    Advance();
    return Done(RefreshFunction{ParseName()}, start);
  }
  if (At(T::kMaterialized, T::kView) || At(T::kStreaming, T::kTable)) {
    RefreshTable refresh;
    refresh.kind = At(T::kMaterialized) ? ObjectKind::kMaterializedView : ObjectKind::kStreamingTable;
    Advance();
    Advance();
    refresh.name = ParseName();
    tail(refresh);
    return Done(std::move(refresh), start);
  }
  if (At(T::kForeign)) {
    Advance();
    auto kind = AcceptObjectKind();
    if (!kind) Fail("CATALOG, SCHEMA or TABLE");
    return Done(RefreshForeign{*kind, ParseName()}, start);
  }
  // REFRESH name, or an unquoted path.
  RefreshTable refresh;
  bool is_name = AtIdentifier() && Try([&] {
    refresh.name = ParseName();
    tail(refresh);
    if (!AtAny({T::kEnd, T::kSemicolon})) Fail("the end of the statement");
  });
  if (is_name) return Done(std::move(refresh), start);
  size_t at = pos_;
  while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
  RefreshPath path;
  path.path = SliceTokens(at, pos_);
  if (path.path.empty()) {
    Semantic(ConditionError("INVALID_SQL_SYNTAX.REFRESH_TABLE_WITHOUT_PATH"), start);  // "Resource paths cannot be empty in REFRESH statements"
  } else if (path.path.find_first_of(" \t\r\n") != std::string::npos) {
    Semantic(ConditionError("_LEGACY_ERROR_TEMP_0064", {{"msg", "REFRESH statements cannot contain ' ', '\\n', '\\r', '\\t' inside unquoted resource paths"}}), start);
  }
  return Done(std::move(path), start);
}

Statement Parser::CreateIndexStatement(size_t start) {
  CreateIndex create;
  create.if_not_exists = IfNotExists();
  create.name = Identifier();
  Expect(T::kOn);
  Accept(T::kTable);
  create.table = ParseName();
  if (Accept(T::kUsing)) create.type = Identifier();
  Expect(T::kLeftParen);
  CommaList([&] {
    std::vector<std::string> column = MultipartIdentifier();
    Options options;
    if (Accept(T::kOptions)) options = PropertyList();
    create.columns.emplace_back(std::move(column), std::move(options));
  });
  Expect(T::kRightParen);
  if (Accept(T::kOptions)) create.options = PropertyList();
  return Done(std::move(create), start);
}

}  // namespace crannog::sql
