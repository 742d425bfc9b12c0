#include "sql/parser_state.h"

/// Statements that begin with a word that is no keyword of Spark's: Delta's maintenance and Databricks' own.
namespace crannog::sql {

std::optional<Statement> Parser::WordStatement() {
  size_t start = pos_;
  if (AtWord("OPTIMIZE") || AtWord("VACUUM") || AtWord("RESTORE") || (AtWord("CONVERT") && Kind(1) == T::kTo) || AtWord("REORG") || AtWord("GENERATE") ||
      AtWord("FSCK") || AtWord("UNDROP") || (At(T::kSync) && KindIn(1, {T::kSchema, T::kTable, T::kDatabase}))) {
    return MaintenanceStatement(start);
  }
  if (AtWord("COPY") && Kind(1) == T::kInto) return CopyIntoStatement(start);
  if (AtWords({"APPLY", "CHANGES"}) || AtWords({"AUTO", "CDC"})) return Done(ParseAutoCdc(), start);
  if (AtWord("DENY")) return GrantStatement();
  if ((AtWord("PUT") || AtWord("GET")) && AtString(1)) {
    StageFile stage;
    stage.verb = UpperAscii(Text());
    Advance();
    stage.source = StringLiteral();
    if (!Accept(T::kInto)) Expect(T::kTo);
    stage.target = StringLiteral();
    stage.overwrite = Accept(T::kOverwrite);
    return Done(std::move(stage), start);
  }
  if (AtWord("REMOVE") && AtString(1)) {
    StageFile stage;
    stage.verb = "REMOVE";
    Advance();
    stage.source = StringLiteral();
    return Done(std::move(stage), start);
  }
  if (AtWord("SIGNAL") || AtWord("RESIGNAL")) {
    SignalStatement signal;
    signal.is_resignal = AtWord("RESIGNAL");
    Advance();
    if (Accept(T::kSqlstate)) {
      Accept(T::kValue);
      signal.sql_state = StringLiteral();
    } else if (AtIdentifier() && !At(T::kSet)) {
      signal.condition = MultipartIdentifier().back();
    } else if (!signal.is_resignal) {
      Fail("a condition or SQLSTATE");
    }
    if (Accept(T::kSet)) {
      CommaList([&] {
        if (AcceptWord("MESSAGE_TEXT")) {
          Expect(T::kEq);
          signal.message_text = ParseExpr();
        } else {
          ExpectWord("MESSAGE_ARGUMENTS");
          Expect(T::kEq);
          signal.message_arguments = ParseExpr();
        }
      });
    }
    return Done(std::move(signal), start);
  }
  if (in_script_) {
    if (AtWord("OPEN") && AtIdentifier(1)) {
      Advance();
      OpenCursor open;
      open.name = Identifier();
      if (Accept(T::kUsing)) {
        bool brackets = Accept(T::kLeftParen);
        open.arguments = NamedExpressionSeq();
        if (brackets) Expect(T::kRightParen);
      }
      return Done(std::move(open), start);
    }
    if (AtWord("CLOSE") && AtIdentifier(1)) {
      Advance();
      return Done(CloseCursor{Identifier()}, start);
    }
    if (At(T::kFetch)) {
      Advance();
      AcceptWord("NEXT");
      Accept(T::kFrom);
      FetchCursor fetch;
      fetch.name = Identifier();
      Expect(T::kInto);
      CommaList([&] { fetch.into.push_back(ParseName()); });
      return Done(std::move(fetch), start);
    }
    if (AtWords({"GET", "DIAGNOSTICS"})) {
      Advance();
      Advance();
      if (Accept(T::kCondition)) ParseExpr();
      GetDiagnostics get;
      CommaList([&] {
        Name target = ParseName();
        Expect(T::kEq);
        get.items.emplace_back(std::move(target), UpperAscii(Identifier()));
      });
      return Done(std::move(get), start);
    }
  }
  return std::nullopt;
}

Statement Parser::MaintenanceStatement(size_t start) {
  if (AcceptWord("OPTIMIZE")) {
    Optimize optimize;
    optimize.table = PathOrName();
    optimize.is_full = Accept(T::kFull);
    if (Accept(T::kWhere)) optimize.condition = ParseExpr();
    if (AcceptWord("ZORDER")) {
      Expect(T::kBy);
      bool brackets = Accept(T::kLeftParen);
      CommaList([&] { optimize.zorder_by.push_back(MultipartIdentifier()); });
      if (brackets) Expect(T::kRightParen);
    }
    return Done(std::move(optimize), start);
  }
  if (AcceptWord("VACUUM")) {
    Vacuum vacuum;
    if (At(T::kTable) && AtIdentifier(1)) Advance();
    vacuum.table = PathOrName();
    for (;;) {
      if (AcceptWord("RETAIN")) {
        if (!AtAny({T::kInteger, T::kDecimalValue})) Fail("a number of hours");
        vacuum.retain_hours = std::stod(std::string(Text()));
        Advance();
        if (!Accept(T::kHours)) Expect(T::kHour);
      } else if (AcceptWords({"DRY", "RUN"})) {
        vacuum.dry_run = true;
      } else if (Accept(T::kFull)) {
        vacuum.is_lite = false;
      } else if (AcceptWord("LITE")) {
        vacuum.is_lite = true;
      } else if (Accept(T::kUsing)) {
        ExpectWord("INVENTORY");
        vacuum.inventory = RelationPrimary();
      } else {
        break;
      }
    }
    return Done(std::move(vacuum), start);
  }
  if (AcceptWord("RESTORE")) {
    Restore restore;
    if (At(T::kTable) && (AtIdentifier(1) || AtString(1))) Advance();
    restore.table = PathOrName();
    Accept(T::kTo);
    if (!AtTemporalClause()) Fail("VERSION AS OF or TIMESTAMP AS OF");
    restore.to = TemporalClause();
    return Done(std::move(restore), start);
  }
  if (AcceptWord("CONVERT")) {
    Expect(T::kTo);
    ExpectWord("DELTA");
    ConvertToDelta convert;
    convert.table = ParseName();
    if (At(T::kNo, T::kStatistics)) {
      Advance();
      Advance();
      convert.no_statistics = true;
    }
    if (Accept(T::kPartitioned)) {
      Expect(T::kBy);
      Expect(T::kLeftParen);
      CommaList([&] {
        StructField field = ColumnOfType();
        convert.partition_columns.emplace_back(field.name, field.type);
      });
      Expect(T::kRightParen);
    }
    return Done(std::move(convert), start);
  }
  if (AcceptWord("REORG")) {
    Expect(T::kTable);
    Reorg reorg;
    reorg.table = PathOrName();
    if (Accept(T::kWhere)) reorg.condition = ParseExpr();
    ExpectWord("APPLY");
    Expect(T::kLeftParen);
    if (!Accept(T::kPurge)) {
      reorg.is_purge = false;
      ExpectWord("UPGRADE");
      ExpectWord("UNIFORM");
      if (At(T::kLeftParen)) reorg.uniform = PropertyList();
    }
    Expect(T::kRightParen);
    return Done(std::move(reorg), start);
  }
  if (AcceptWord("GENERATE")) {
    GenerateManifest generate;
    generate.mode = AtString() ? StringLiteral() : Identifier();
    Expect(T::kFor);
    Expect(T::kTable);
    generate.table = PathOrName();
    return Done(std::move(generate), start);
  }
  if (AcceptWord("FSCK")) {
    Expect(T::kRepair);
    Expect(T::kTable);
    FsckRepair fsck;
    fsck.table = PathOrName();
    fsck.dry_run = AcceptWords({"DRY", "RUN"});
    return Done(std::move(fsck), start);
  }
  if (AcceptWord("UNDROP")) {
    UndropTable undrop;
    if (auto kind = AcceptObjectKind()) undrop.kind = *kind;
    if (AtWords({"WITH", "ID"})) {
      Advance();
      Advance();
      undrop.id = StringLiteral();
    } else {
      undrop.name = ParseName();
    }
    return Done(std::move(undrop), start);
  }
  // SYNC SCHEMA | TABLE
  Expect(T::kSync);
  SyncObjects sync;
  sync.kind = At(T::kTable) ? ObjectKind::kTable : ObjectKind::kSchema;
  Advance();
  sync.target = ParseName();
  if (Accept(T::kAs)) {
    Expect(T::kExternal);
    sync.as_external = true;
  }
  Expect(T::kFrom);
  sync.source = ParseName();
  if (Accept(T::kSet)) {
    ExpectWord("OWNER");
    Principal();
  }
  sync.dry_run = AcceptWords({"DRY", "RUN"});
  return Done(std::move(sync), start);
}

Statement Parser::CacheStatement() {
  size_t start = pos_;
  Expect(T::kCache);
  if (At(T::kSelect)) {
    CacheSelect cache;
    cache.query = ParseQuery();
    return Done(std::move(cache), start);
  }
  CacheTable cache;
  cache.is_lazy = Accept(T::kLazy);
  Expect(T::kTable);
  cache.table = ParseName();
  if (Accept(T::kOptions)) cache.options = PropertyList();
  if (Accept(T::kAs) || AtQuery()) {
    cache.query = ParseQueryText();
    if (cache.table.parts.size() > 1) {
      std::string quoted;
      for (size_t i = 0; i + 1 < cache.table.parts.size(); ++i) quoted += (i > 0 ? "." : "") + QuoteIdentifier(cache.table.parts[i]);
      Semantic(ConditionError("_LEGACY_ERROR_TEMP_0037", {{"quoted", quoted}}), start);
    }
  }
  return Done(std::move(cache), start);
}

}  // namespace crannog::sql
