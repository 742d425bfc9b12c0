#include <fmt/format.h>

#include "sql/parser_state.h"

/// ALTER TABLE and its many actions.
namespace crannog::sql {

// name type [NOT NULL | DEFAULT | COMMENT | position]*
ColumnDefinition Parser::QualifiedColumn(std::string_view operation) {
  size_t start = pos_;
  ColumnDefinition column;
  column.name = MultipartIdentifier();
  column.type = ParseType();
  auto twice = [&](bool seen, const char* option) {
    if (!seen) return;
    Semantic(ConditionError("ALTER_TABLE_COLUMN_DESCRIPTOR_DUPLICATE",
                            {{"type", std::string(operation)}, {"columnName", fmt::format("{}", fmt::join(column.name, "."))}, {"optionName", option}}), start);
  };
  for (;;) {
    size_t at = pos_;
    if (AtAny({T::kNot, T::kBang}) && Kind(1) == T::kNull) {
      twice(column.not_null, "NOT NULL");
      Advance();
      Advance();
      column.not_null = true;
    } else if (Accept(T::kDefault)) {
      twice(column.default_value.has_value(), "DEFAULT");
      column.default_value = ParseExpressionText();
    } else if (Accept(T::kComment)) {
      twice(column.comment.has_value(), "COMMENT");
      column.comment = StringLiteral();
    } else if (AtAny({T::kFirst, T::kAfter})) {
      twice(column.position.has_value(), "FIRST|AFTER");
      column.position = ParsePosition();
    } else if (AcceptWord("MASK")) {
      column.mask = ParseMask();
    } else if (At(T::kConstraint)) {
      Advance();
      std::string name = ErrorCapturingIdentifier();
      column.constraints.push_back(ConstraintBody(std::move(name), column.name.back(), at));
    } else if (AtAny({T::kPrimary, T::kUnique, T::kReferences, T::kCheck})) {
      column.constraints.push_back(ConstraintBody("", column.name.back(), at));
    } else {
      break;
    }
  }
  column.origin = From(start);
  return column;
}

std::vector<ColumnDefinition> Parser::QualifiedColumns(std::string_view operation) {
  std::vector<ColumnDefinition> columns;
  CommaList([&] { columns.push_back(QualifiedColumn(operation)); });
  return columns;
}

// column [TYPE t | COMMENT c | position | SET NOT NULL | DROP NOT NULL | SET DEFAULT e | DROP DEFAULT | SET MASK | DROP MASK | SYNC IDENTITY]
AlterColumn Parser::ParseAlterColumn() {
  size_t start = pos_;
  AlterColumn alter;
  alter.column = MultipartIdentifier();
  if (Accept(T::kType)) {
    alter.type = ParseType();
  } else if (Accept(T::kComment)) {
    alter.comment = StringLiteral();
  } else if (AtAny({T::kFirst, T::kAfter})) {
    alter.position = ParsePosition();
  } else if (AtAny({T::kSet, T::kDrop})) {
    bool set = At(T::kSet);
    Advance();
    if (AtAny({T::kNot, T::kBang})) {
      Advance();
      Expect(T::kNull);
      alter.not_null = set;
    } else if (Accept(T::kDefault)) {
      if (set) alter.default_value = ParseExpressionText();
      else alter.drop_default = true;
    } else if (AcceptWord("MASK")) {
      if (set) alter.mask = ParseMask();
      else alter.drop_mask = true;
    } else if (set && AtWords({"DATA", "TYPE"})) {
      Advance();
      Advance();
      alter.type = ParseType();
    } else {
      Fail("NOT NULL, DEFAULT or MASK");
    }
  } else if (At(T::kSync) && Kind(1) == T::kIdentity) {
    Advance();
    Advance();
    alter.sync_identity = true;
  } else if (Accept(T::kCollate)) {
    alter.collation = CollationName();
  } else {
    LegacyOperationNotAllowed("ALTER TABLE table ALTER COLUMN requires a TYPE, a SET/DROP, a COMMENT, or a FIRST/AFTER", start);
  }
  alter.origin = From(start);
  return alter;
}

Statement Parser::AlterTableStatement(size_t start, ObjectKind kind) {
  AlterTable alter;
  alter.kind = kind;
  alter.name = ParseName();
  PartitionSpec partition = OptionalPartition();
  auto done = [&](auto action) {
    alter.action = std::move(action);
    return Done(std::move(alter), start);
  };
  if (partition.empty()) {
    if (auto statement = CommonAlter(kind, alter.name, start)) return *std::move(statement);
  }
  switch (Kind()) {
    case T::kAdd: {
      Advance();
      if (AtAny({T::kColumn, T::kColumns})) {
        Advance();
        AddColumns add;
        add.if_not_exists = IfNotExists();
        if (At(T::kLeftParen)) {
          Advance();
          add.columns = QualifiedColumns("ADD");
          Expect(T::kRightParen);
        } else {
          add.columns = QualifiedColumns("ADD");
        }
        return done(std::move(add));
      }
      if (AtAny({T::kConstraint, T::kPrimary, T::kForeign, T::kUnique, T::kCheck})) {
        auto constraint = TableConstraint();
        if (!constraint) {
          Advance();
          ErrorCapturingIdentifier();
          Fail("PRIMARY KEY, FOREIGN KEY, UNIQUE or CHECK");
        }
        return done(AddConstraint{*std::move(constraint)});
      }
      AddPartitions add;
      add.if_not_exists = IfNotExists();
      do {
        PartitionSpec spec = Partition();
        std::optional<std::string> location;
        if (Accept(T::kLocation)) location = StringLiteral();
        add.partitions.emplace_back(std::move(spec), std::move(location));
      } while (At(T::kPartition));
      return done(std::move(add));
    }
    case T::kDrop: {
      Advance();
      if (AtAny({T::kColumn, T::kColumns})) {
        Advance();
        DropTableColumns drop;
        drop.if_exists = IfExistsClause();
        bool brackets = Accept(T::kLeftParen);
        CommaList([&] {
          size_t at = pos_;
          Name name;
          name.parts = MultipartIdentifier();
          name.origin = From(at);
          drop.columns.push_back(std::move(name));
        });
        if (brackets) Expect(T::kRightParen);
        return done(std::move(drop));
      }
      if (Accept(T::kConstraint)) {
        DropConstraint drop;
        drop.if_exists = IfExistsClause();
        drop.name = ErrorCapturingIdentifier();
        if (Accept(T::kCascade)) drop.cascade = true;
        else Accept(T::kRestrict);
        return done(std::move(drop));
      }
      if (At(T::kPrimary, T::kKey) || At(T::kForeign, T::kKey)) {
        DropConstraint drop;
        drop.kind = At(T::kPrimary) ? ConstraintKind::kPrimaryKey : ConstraintKind::kForeignKey;
        Advance();
        Advance();
        drop.if_exists = IfExistsClause();
        if (At(T::kLeftParen)) drop.columns = IdentifierList();
        if (Accept(T::kCascade)) drop.cascade = true;
        else Accept(T::kRestrict);
        return done(std::move(drop));
      }
      if (AcceptWords({"ROW", "FILTER"})) return done(DropRowFilter{});
      if (AcceptWord("FEATURE")) {
        DropFeature drop;
        drop.feature = AtString() ? StringLiteral() : Identifier();
        drop.truncate_history = AcceptWords({"TRUNCATE", "HISTORY"});
        return done(std::move(drop));
      }
      if (AcceptWord("SCHEDULE")) {
        AcceptWord("REFRESH");
        return done(AlterSchedule{});
      }
      DropPartitions drop;
      drop.if_exists = IfExistsClause();
      CommaList([&] { drop.partitions.push_back(Partition()); });
      drop.purge = Accept(T::kPurge);
      return done(std::move(drop));
    }
    case T::kRename: {
      Advance();
      if (Accept(T::kColumn)) {
        RenameColumn rename;
        rename.column = MultipartIdentifier();
        Expect(T::kTo);
        rename.new_name = ErrorCapturingIdentifier();
        return done(std::move(rename));
      }
      Expect(T::kTo);
      RenamePartition rename;
      rename.from = std::move(partition);
      rename.to = Partition();
      return done(std::move(rename));
    }
    case T::kAlter:
    case T::kChange: {
      bool change = At(T::kChange);
      Advance();
      bool has_column_word = false;
      if (At(T::kColumn) && AtIdentifier(1)) {
        Advance();
        has_column_word = true;
      }
      (void)has_column_word;
      // ALTER COLUMN c SET TAGS
      {
        std::optional<Statement> tags;
        size_t save = pos_;
        bool is_tags = Try([&] {
          std::vector<std::string> column = MultipartIdentifier();
          if (!AtWords({"SET", "TAGS"}) && !AtWords({"UNSET", "TAGS"})) Fail();
          tags = CommonAlter(ObjectKind::kColumn, alter.name, start);
          AlterTags with_column = std::get<AlterTags>(tags->command->node);
          with_column.column = std::move(column);
          tags = Done(std::move(with_column), start);
        });
        if (is_tags) return *std::move(tags);
        pos_ = save;
      }
      if (change) {
        // Hive: CHANGE old new type [COMMENT] [position]; else the same as ALTER COLUMN.
        size_t save = pos_;
        ChangeColumn hive;
        bool is_hive = Try([&] {
          size_t at = pos_;
          hive.column = MultipartIdentifier();
          if (AtAny({T::kComment, T::kType, T::kFirst, T::kAfter, T::kSet, T::kDrop}) && !AtIdentifier(2)) Fail();
          StructField field = ColumnOfType();
          hive.definition.name = {field.name};
          hive.definition.type = field.type;
          hive.definition.not_null = !field.nullable;
          if (AtAny({T::kFirst, T::kAfter})) hive.definition.position = ParsePosition();
          if (!AtAny({T::kEnd, T::kSemicolon})) Fail("the end of the statement");
          hive.definition.origin = From(at);
        });
        bool alter_form = tokens_[save].token != T::kEnd && is_hive && false;
        if (is_hive && !alter_form) {
          if (!partition.empty()) LegacyOperationNotAllowed("ALTER TABLE table PARTITION partition_spec CHANGE COLUMN", start);
          // "CHANGE COLUMN a TYPE bigint": the grammar's first alternative is ALTER COLUMN.
          bool type_form = EqualsIgnoreCase(hive.definition.name[0], "TYPE") && hive.column.size() >= 1;
          if (!type_form) {
            hive.partition = std::move(partition);
            return done(std::move(hive));
          }
          pos_ = save;
        }
      }
      AlterColumns columns;
      CommaList([&] { columns.columns.push_back(ParseAlterColumn()); });
      return done(std::move(columns));
    }
    case T::kReplace: {
      Advance();
      Expect(T::kColumns);
      Expect(T::kLeftParen);
      ReplaceColumns replace;
      replace.columns = QualifiedColumns("REPLACE");
      Expect(T::kRightParen);
      if (!partition.empty()) {
        Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", "ALTER TABLE ... PARTITION ... REPLACE COLUMNS"}}), start);
      }
      for (const ColumnDefinition& column : replace.columns) {
        auto unsupported = [&](const char* what, const char* more) {
          Semantic(ConditionError("_LEGACY_ERROR_TEMP_0034", {{"operation", what}, {"command", "REPLACE COLUMNS"}, {"msg", more}}), start);
        };
        if (column.name.size() > 1) unsupported("Replacing with a nested column", "");
        if (column.not_null) unsupported("NOT NULL", "");
        if (column.position) unsupported("Column position", "");
      }
      replace.partition = std::move(partition);
      return done(std::move(replace));
    }
    case T::kSet: {
      Advance();
      if (Accept(T::kTblproperties)) return done(SetTableProperties{PropertyList()});
      if (Accept(T::kLocation)) return done(SetTableLocation{StringLiteral(), std::move(partition)});
      if (Accept(T::kSerde)) {
        SetTableSerde serde;
        serde.serde_class = StringLiteral();
        serde.partition = std::move(partition);
        if (At(T::kWith, T::kSerdeproperties)) {
          Advance();
          Advance();
          serde.properties = PropertyList();
        }
        return done(std::move(serde));
      }
      if (Accept(T::kSerdeproperties)) {
        SetTableSerde serde;
        serde.properties = PropertyList();
        serde.partition = std::move(partition);
        return done(std::move(serde));
      }
      if (AcceptWords({"ROW", "FILTER"})) return done(SetRowFilter{ParseRowFilter()});
      if (AcceptWord("MANAGED")) {
        SetManaged set;
        if (AcceptWord("TRUNCATE")) {
          ExpectWord("HISTORY");
          set.truncate_history = true;
        }
        return done(std::move(set));
      }
      if (AtAny({T::kFileformat, T::kSkewed})) {
        while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
        Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", "ALTER TABLE SET FILEFORMAT"}}), start);
        return Done(UnsupportedStatement{"ALTER TABLE SET FILEFORMAT"}, start);
      }
      Fail("TBLPROPERTIES, LOCATION, TAGS or ROW FILTER");
    }
    case T::kUnset: {
      Advance();
      Expect(T::kTblproperties);
      UnsetTableProperties unset;
      unset.if_exists = IfExistsClause();
      Expect(T::kLeftParen);
      CommaList([&] { unset.keys.push_back(Property().first); });
      Expect(T::kRightParen);
      return done(std::move(unset));
    }
    case T::kRecover:
      Advance();
      Expect(T::kPartitions);
      return done(RecoverPartitions{});
    case T::kCluster: {
      Advance();
      Expect(T::kBy);
      AlterClusterBy cluster;
      cluster.columns = ClusterBySpec(cluster.is_auto, cluster.is_none);
      return done(std::move(cluster));
    }
    case T::kDefault:
      Advance();
      Expect(T::kCollation);
      return done(SetDefaultCollation{CollationName()});
    case T::kExchange: case T::kArchive: case T::kUnarchive: case T::kTouch: case T::kCompact: case T::kConcatenate: case T::kNot: case T::kClustered:
    case T::kSkewed: {
      std::string word = UpperAscii(Text());
      bool two = KindIn(1, {T::kPartition, T::kClustered, T::kSorted, T::kSkewed, T::kBy, T::kStored});
      std::string words = "ALTER TABLE " + word + (two ? " " + UpperAscii(Text(1)) : "");
      while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
      Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", words}}), start);
      return Done(UnsupportedStatement{words}, start);
    }
    default: break;
  }
  if (AcceptWords({"ENABLE", "PREDICTIVE", "OPTIMIZATION"})) return done(SetPredictiveOptimization{true});
  if (AcceptWords({"DISABLE", "PREDICTIVE", "OPTIMIZATION"})) return done(SetPredictiveOptimization{false});
  if (AcceptWords({"INHERIT", "PREDICTIVE", "OPTIMIZATION"})) return done(SetPredictiveOptimization{});
  if (AtWord("SCHEDULE") || AtWords({"TRIGGER", "ON"})) return done(AlterSchedule{ParseSchedule()});
  Fail("ADD, DROP, RENAME, ALTER, SET, …");
}

}  // namespace crannog::sql
