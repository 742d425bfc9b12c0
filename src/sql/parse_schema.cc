#include <fmt/format.h>

#include "sql/parser_state.h"

/// Catalogs, schemas, and the first words of CREATE, DROP and ALTER.
namespace crannog::sql {

// The noun after CREATE, DROP, ALTER, COMMENT ON, GRANT … ON; nothing is taken when there is none.
std::optional<ObjectKind> Parser::AcceptObjectKind() {
  switch (Kind()) {
    case T::kCatalog: Advance(); return ObjectKind::kCatalog;
    case T::kSchema: case T::kDatabase: case T::kNamespace: Advance(); return ObjectKind::kSchema;
    case T::kTable: Advance(); return ObjectKind::kTable;
    case T::kView: Advance(); return ObjectKind::kView;
    case T::kColumn: Advance(); return ObjectKind::kColumn;
    case T::kFunction: Advance(); return ObjectKind::kFunction;
    case T::kProcedure: Advance(); return ObjectKind::kProcedure;
    case T::kFlow: Advance(); return ObjectKind::kFlow;
    case T::kMaterialized:
      if (Kind(1) != T::kView) return std::nullopt;
      Advance();
      Advance();
      return ObjectKind::kMaterializedView;
    case T::kStreaming:
      if (Kind(1) != T::kTable) return std::nullopt;
      Advance();
      Advance();
      return ObjectKind::kStreamingTable;
    default: break;
  }
  struct Row {
    std::initializer_list<std::string_view> words;
    ObjectKind kind;
  };
  static const Row kRows[] = {{{"VOLUME"}, ObjectKind::kVolume}, {{"MODEL"}, ObjectKind::kModel}, {{"REGISTERED", "MODEL"}, ObjectKind::kModel},
                              {{"CONNECTION"}, ObjectKind::kConnection}, {{"SERVER"}, ObjectKind::kConnection},
                              {{"EXTERNAL", "LOCATION"}, ObjectKind::kExternalLocation}, {{"STORAGE", "CREDENTIAL"}, ObjectKind::kStorageCredential},
                              {{"SERVICE", "CREDENTIAL"}, ObjectKind::kServiceCredential}, {{"CREDENTIAL"}, ObjectKind::kStorageCredential},
                              {{"METASTORE"}, ObjectKind::kMetastore}, {{"SHARE"}, ObjectKind::kShare}, {{"RECIPIENT"}, ObjectKind::kRecipient},
                              {{"PROVIDER"}, ObjectKind::kProvider}, {{"POLICY"}, ObjectKind::kPolicy}, {{"ANY", "FILE"}, ObjectKind::kAnyFile},
                              {{"ANONYMOUS", "FUNCTION"}, ObjectKind::kAnonymousFunction}, {{"CLEAN", "ROOM"}, ObjectKind::kCleanRoom}};
  for (const Row& row : kRows) {
    if (AcceptWords(row.words)) return row.kind;
  }
  return std::nullopt;
}

Statement Parser::CreateStatement() {
  size_t start = pos_;
  IfExists mode = IfExists::kFail;
  if (Accept(T::kReplace)) {
    if (!At(T::kTable)) Fail("TABLE");
    Advance();
    return CreateTableStatement(start, CreateMode::kReplace);
  }
  Expect(T::kCreate);
  CreateMode table_mode = CreateMode::kCreate;
  if (At(T::kOr)) {
    Advance();
    if (Accept(T::kReplace)) {
      mode = IfExists::kReplace;
      table_mode = CreateMode::kCreateOrReplace;
    } else if (Accept(T::kRefresh)) {
      table_mode = CreateMode::kCreateOrRefresh;
    } else {
      Fail("REPLACE or REFRESH");
    }
  }
  bool is_private = AcceptWord("PRIVATE");
  if (At(T::kStreaming) && Kind(1) == T::kTable) {
    Advance();
    Advance();
    return CreateStreaming(start, table_mode, is_private);
  }
  if (AtWords({"LIVE", "TABLE"}) || AtWords({"LIVE", "VIEW"}) || AtWords({"STREAMING", "LIVE", "TABLE"})) {
    // The older spelling of pipelines.
    bool streaming = Accept(T::kStreaming);
    Advance();
    bool is_view = At(T::kView);
    Advance();
    if (streaming) return CreateStreaming(start, table_mode, is_private);
    if (is_view) return CreateViewStatement(start, IfExists::kReplace, ViewScope::kTemporary);
    return CreateMaterialized(start, table_mode, is_private);
  }
  if (At(T::kMaterialized) && Kind(1) == T::kView) {
    Advance();
    Advance();
    return CreateMaterialized(start, table_mode, is_private);
  }
  switch (Kind()) {
    case T::kCatalog: case T::kSchema: case T::kDatabase: case T::kNamespace: return CreateCatalogOrSchema(start);
    case T::kTable: Advance(); return CreateTableStatement(start, table_mode);
    case T::kFlow: Advance(); return CreateFlowStatement(start);
    case T::kExternal:
      if (Kind(1) == T::kTable) {
        Advance();
        Advance();
        Statement statement = CreateTableStatement(start, table_mode);
        const auto* table = statement.command->As<CreateTable>();
        if (table == nullptr) return statement;
        CreateTable command = *table;
        command.is_external = true;
        return Done(std::move(command), start);
      }
      break;
    case T::kTemporary:
      if (Kind(1) == T::kView) {
        Advance();
        Advance();
        return CreateViewStatement(start, mode, ViewScope::kTemporary);
      }
      if (Kind(1) == T::kFunction) {
        Advance();
        Advance();
        return CreateFunctionStatement(start, mode, true);
      }
      if (Kind(1) == T::kTable || (Kind(1) == T::kExternal && Kind(2) == T::kTable)) {
        Advance();
        Accept(T::kExternal);
        Advance();
        Statement statement = CreateTableStatement(start, table_mode);
        if (const auto* table = statement.command->As<CreateTable>()) {
          CreateTable command = *table;
          command.is_temporary = true;
          if (command.spec.provider.empty()) Semantic(ConditionError("_LEGACY_ERROR_TEMP_0046"), start);
          else LegacyOperationNotAllowed("CREATE TEMPORARY TABLE ... USING ..., use CREATE TEMPORARY VIEW instead", start);
          return Done(std::move(command), start);
        }
        return statement;
      }
      if (Kind(1) == T::kMacro) return UnsupportedWords(3, start);
      Advance();
      Fail("VIEW, FUNCTION or TABLE");
    case T::kGlobal:
      Advance();
      Expect(T::kTemporary);
      Expect(T::kView);
      return CreateViewStatement(start, mode, ViewScope::kGlobalTemporary);
    case T::kView: Advance(); return CreateViewStatement(start, mode, ViewScope::kPersistent);
    case T::kFunction: Advance(); return CreateFunctionStatement(start, mode, false);
    case T::kIndex: Advance(); return CreateIndexStatement(start);
    case T::kRole: return UnsupportedWords(2, start);
    default: break;
  }
  if (AcceptWords({"FOREIGN", "CATALOG"})) {
    CreateCatalog create;
    if (IfNotExists()) create.if_exists = IfExists::kIgnore;
    create.name = ParseName();
    Expect(T::kUsing);
    ExpectWord("CONNECTION");
    create.connection = ParseName();
    if (Accept(T::kComment)) create.comment = StringLiteral();
    if (Accept(T::kOptions)) create.options = PropertyList();
    return Done(std::move(create), start);
  }
  bool external_volume = AtWords({"EXTERNAL", "VOLUME"});
  if (external_volume) Advance();
  if (AcceptWord("VOLUME")) {
    CreateVolume create;
    create.is_external = external_volume;
    if (IfNotExists()) create.if_exists = IfExists::kIgnore;
    create.name = ParseName();
    for (;;) {
      if (Accept(T::kLocation)) create.location = StringLiteral();
      else if (Accept(T::kComment)) create.comment = StringLiteral();
      else break;
    }
    return Done(std::move(create), start);
  }
  if (AtWord("SHARE") || AtWord("RECIPIENT")) return ShareStatement(start, true);
  if (AcceptWords({"EXTERNAL", "LOCATION"})) {
    CreateExternalLocation create;
    if (IfNotExists()) create.if_exists = IfExists::kIgnore;
    create.name = ParseName();
    ExpectWord("URL");
    create.url = StringLiteral();
    Expect(T::kWith);
    Expect(T::kLeftParen);
    if (!AcceptWords({"STORAGE", "CREDENTIAL"})) ExpectWord("CREDENTIAL");
    create.credential = Identifier();
    Expect(T::kRightParen);
    if (Accept(T::kComment)) create.comment = StringLiteral();
    return Done(std::move(create), start);
  }
  if (AcceptWord("CONNECTION") || AcceptWord("SERVER")) {
    CreateConnection create;
    if (IfNotExists()) create.if_exists = IfExists::kIgnore;
    create.name = ParseName();
    Expect(T::kType);
    create.type = Identifier();
    Expect(T::kOptions);
    create.options = ExpressionPropertyList();
    if (Accept(T::kComment)) create.comment = StringLiteral();
    return Done(std::move(create), start);
  }
  if (AcceptWord("POLICY")) {
    CreatePolicy create;
    create.if_exists = mode;
    create.name = ParseName();
    Expect(T::kOn);
    auto kind = AcceptObjectKind();
    if (!kind) Fail("CATALOG, SCHEMA or TABLE");
    create.on_kind = *kind;
    create.on = ParseName();
    if (Accept(T::kComment)) create.comment = StringLiteral();
    if (AcceptWords({"ROW", "FILTER"})) {
      create.function = ParseName();
    } else {
      Expect(T::kColumn);
      ExpectWord("MASK");
      create.is_column_mask = true;
      create.function = ParseName();
    }
    Expect(T::kTo);
    CommaList([&] { create.to_principals.push_back(Principal()); });
    if (Accept(T::kExcept)) CommaList([&] { create.except_principals.push_back(Principal()); });
    Expect(T::kFor);
    Expect(T::kTables);
    if (Accept(T::kWhen)) create.when = ParseExpr();
    if (AcceptWords({"MATCH", "COLUMNS"})) {
      CommaList([&] {
        ExpressionPtr condition = ParseExpr();
        std::string alias;
        if (Accept(T::kAs)) alias = Identifier();
        else if (AtIdentifier() && !AtAny({T::kOn, T::kUsing})) alias = Identifier();
        create.match_columns.emplace_back(std::move(condition), std::move(alias));
      });
    }
    if (At(T::kOn) && Kind(1) == T::kColumn) {
      Advance();
      Advance();
      create.on_column = Identifier();
    }
    if (Accept(T::kUsing)) {
      Expect(T::kColumns);
      Expect(T::kLeftParen);
      create.using_columns = ExpressionSeq();
      Expect(T::kRightParen);
    }
    return Done(std::move(create), start);
  }
  Fail("what to create");
}

Statement Parser::CreateCatalogOrSchema(size_t start) {
  bool is_catalog = At(T::kCatalog);
  Advance();
  IfExists if_exists = IfNotExists() ? IfExists::kIgnore : IfExists::kFail;
  Name name = ParseName();
  std::optional<std::string> comment, location, managed, collation;
  std::optional<Name> share;
  Options properties, options;
  auto once = [&](bool seen, const char* clause) {
    if (seen) Semantic(ConditionError("DUPLICATE_CLAUSES", {{"clauseName", clause}}), start);
  };
  for (;;) {
    if (Accept(T::kComment)) {
      once(comment.has_value(), "COMMENT");
      comment = StringLiteral();
    } else if (AcceptWord("MANAGED")) {
      Expect(T::kLocation);
      managed = StringLiteral();
    } else if (Accept(T::kLocation)) {
      once(location.has_value(), "LOCATION");
      location = StringLiteral();
    } else if (Accept(T::kDefault)) {
      Expect(T::kCollation);
      collation = CollationName();
    } else if (At(T::kWith) && KindIn(1, {T::kDbproperties, T::kProperties})) {
      Advance();
      once(!properties.empty(), "WITH DBPROPERTIES");
      Advance();
      properties = PropertyList();
    } else if (is_catalog && At(T::kUsing) && AtWord("SHARE", 1)) {
      Advance();
      Advance();
      share = ParseName();
    } else if (is_catalog && Accept(T::kOptions)) {
      options = PropertyList();
    } else {
      break;
    }
  }
  if (is_catalog) {
    CreateCatalog create;
    create.name = std::move(name);
    create.if_exists = if_exists;
    create.comment = std::move(comment);
    create.location = managed ? std::move(managed) : std::move(location);
    create.share = std::move(share);
    create.default_collation = std::move(collation);
    create.options = options.empty() ? std::move(properties) : std::move(options);
    return Done(std::move(create), start);
  }
  CreateSchema create;
  create.name = std::move(name);
  create.if_exists = if_exists;
  create.comment = std::move(comment);
  create.location = std::move(location);
  create.managed_location = std::move(managed);
  create.default_collation = std::move(collation);
  create.properties = std::move(properties);
  return Done(std::move(create), start);
}

Statement Parser::DropStatement() {
  size_t start = pos_;
  Expect(T::kDrop);
  if (At(T::kTemporary)) {
    if (Kind(1) == T::kFunction) {
      Advance();
      Advance();
      DropFunction drop;
      drop.is_temporary = true;
      drop.if_exists = IfExistsClause();
      drop.name = ParseName();
      if (drop.name.parts.size() > 1) {
        SqlSyntax("MULTI_PART_NAME", {{"statement", "DROP TEMPORARY FUNCTION"}, {"name", fmt::format("`{}`", fmt::join(drop.name.parts, "`.`"))}}, start);
      }
      return Done(std::move(drop), start);
    }
    if (KindIn(1, {T::kVariable, T::kVar})) {
      Advance();
      Advance();
      DropVariable drop;
      drop.if_exists = IfExistsClause();
      drop.name = ParseName();
      return Done(std::move(drop), start);
    }
    if (Kind(1) == T::kMacro) return UnsupportedWords(3, start);
    Advance();
    Fail("FUNCTION or VARIABLE");
  }
  switch (Kind()) {
    case T::kCatalog: case T::kSchema: case T::kDatabase: case T::kNamespace: {
      bool is_catalog = At(T::kCatalog);
      Advance();
      bool if_exists = IfExistsClause();
      Name name = ParseName();
      bool cascade = false;
      if (Accept(T::kCascade)) cascade = true;
      else Accept(T::kRestrict);
      if (is_catalog) return Done(DropCatalog{std::move(name), if_exists, cascade}, start);
      return Done(DropSchema{std::move(name), if_exists, cascade}, start);
    }
    case T::kTable: {
      Advance();
      DropTable drop;
      drop.if_exists = IfExistsClause();
      drop.name = ParseName();
      drop.purge = Accept(T::kPurge);
      return Done(std::move(drop), start);
    }
    case T::kView: case T::kMaterialized: {
      DropView drop;
      drop.is_materialized = Accept(T::kMaterialized);
      Expect(T::kView);
      drop.if_exists = IfExistsClause();
      drop.name = ParseName();
      return Done(std::move(drop), start);
    }
    case T::kFunction: case T::kProcedure: {
      DropFunction drop;
      drop.is_procedure = At(T::kProcedure);
      Advance();
      drop.if_exists = IfExistsClause();
      drop.name = ParseName();
      return Done(std::move(drop), start);
    }
    case T::kIndex: {
      Advance();
      DropIndex drop;
      drop.if_exists = IfExistsClause();
      drop.name = Identifier();
      Expect(T::kOn);
      Accept(T::kTable);
      drop.table = ParseName();
      return Done(std::move(drop), start);
    }
    case T::kRole: return UnsupportedWords(2, start);
    default: break;
  }
  if (AcceptWord("VOLUME")) {
    DropVolume drop;
    drop.if_exists = IfExistsClause();
    drop.name = ParseName();
    return Done(std::move(drop), start);
  }
  if (auto kind = AcceptObjectKind()) {
    DropObject drop;
    drop.kind = *kind;
    drop.if_exists = IfExistsClause();
    drop.name = ParseName();
    if (*kind == ObjectKind::kPolicy && Accept(T::kOn)) {
      auto on = AcceptObjectKind();
      if (!on) Fail("CATALOG, SCHEMA or TABLE");
      drop.on_kind = *on;
      drop.on = ParseName();
    }
    if (AcceptWord("FORCE") || Accept(T::kCascade)) drop.force = true;
    else Accept(T::kRestrict);
    return Done(std::move(drop), start);
  }
  Fail("what to drop");
}

Tags Parser::TagList() {
  Expect(T::kLeftParen);
  Tags tags;
  CommaList([&] {
    auto [key, value] = Property();
    tags.emplace_back(std::move(key), std::move(value));
  });
  Expect(T::kRightParen);
  return tags;
}

std::vector<std::string> Parser::TagKeys() {
  Expect(T::kLeftParen);
  std::vector<std::string> keys;
  CommaList([&] { keys.push_back(PropertyKey()); });
  Expect(T::kRightParen);
  return keys;
}

// What ALTER may say of every kind alike: OWNER TO, SET TAGS, RENAME TO.
std::optional<Statement> Parser::CommonAlter(ObjectKind kind, const Name& name, size_t start) {
  if (AtWords({"OWNER", "TO"}) || AtWords({"SET", "OWNER", "TO"})) {
    Accept(T::kSet);
    Advance();
    Advance();
    return Done(AlterOwner{kind, name, Principal()}, start);
  }
  if (AtWords({"SET", "TAGS"})) {
    Advance();
    Advance();
    AlterTags alter;
    alter.kind = kind;
    alter.name = name;
    alter.set = TagList();
    return Done(std::move(alter), start);
  }
  if (AtWords({"UNSET", "TAGS"})) {
    Advance();
    Advance();
    AlterTags alter;
    alter.kind = kind;
    alter.name = name;
    alter.unset = TagKeys();
    return Done(std::move(alter), start);
  }
  if (At(T::kRename, T::kTo)) {
    Advance();
    Advance();
    RenameObject rename;
    rename.kind = kind;
    rename.name = name;
    size_t at = pos_;
    rename.new_name.parts = MultipartIdentifier();
    rename.new_name.origin = From(at);
    return Done(std::move(rename), start);
  }
  return std::nullopt;
}

Statement Parser::AlterStatement() {
  size_t start = pos_;
  Expect(T::kAlter);
  switch (Kind()) {
    case T::kCatalog: case T::kSchema: case T::kDatabase: case T::kNamespace: return AlterCatalogOrSchema(start);
    case T::kTable: Advance(); return AlterTableStatement(start, ObjectKind::kTable);
    case T::kView: Advance(); return AlterViewStatement(start);
    case T::kMaterialized:
      Advance();
      Expect(T::kView);
      return AlterTableStatement(start, ObjectKind::kMaterializedView);
    case T::kStreaming:
      Advance();
      Expect(T::kTable);
      return AlterTableStatement(start, ObjectKind::kStreamingTable);
    case T::kIndex: return UnsupportedWords(2, start);
    default: break;
  }
  if (AtWord("SHARE")) return ShareStatement(start, false);
  auto kind = AcceptObjectKind();
  if (!kind) Fail("what to alter");
  Name name = ParseName();
  if (*kind == ObjectKind::kRecipient || *kind == ObjectKind::kProvider) {
    if (At(T::kSet) && Kind(1) == T::kProperties) {
      Advance();
      Advance();
      AlterRecipient alter;
      alter.name = std::move(name);
      alter.set_properties = PropertyList();
      return Done(std::move(alter), start);
    }
    if (At(T::kUnset) && Kind(1) == T::kProperties) {
      Advance();
      Advance();
      AlterRecipient alter;
      alter.name = std::move(name);
      alter.unset_properties = TagKeys();
      return Done(std::move(alter), start);
    }
  }
  if (auto statement = CommonAlter(*kind, name, start)) return *std::move(statement);
  if (At(T::kSet) || At(T::kOptions)) {
    // Connections, external locations, credentials: SET key value …, OPTIONS (…).
    AlterSchema alter;
    alter.kind = *kind;
    alter.name = std::move(name);
    if (Accept(T::kOptions)) {
      for (auto& [key, value] : PropertyList()) alter.options[key] = value;
    } else {
      Advance();
      std::string key = UpperAscii(Text());
      Advance();
      if (AtWord("CREDENTIAL")) Advance();
      alter.options[key] = AtString() ? StringLiteral() : Identifier();
      AcceptWord("FORCE");
    }
    return Done(std::move(alter), start);
  }
  Fail("OWNER TO, RENAME TO or SET TAGS");
}

Statement Parser::AlterCatalogOrSchema(size_t start) {
  ObjectKind kind = At(T::kCatalog) ? ObjectKind::kCatalog : ObjectKind::kSchema;
  Advance();
  Name name = ParseName();
  if (auto statement = CommonAlter(kind, name, start)) return *std::move(statement);
  AlterSchema alter;
  alter.kind = kind;
  alter.name = std::move(name);
  if (At(T::kSet) && KindIn(1, {T::kDbproperties, T::kProperties})) {
    Advance();
    Advance();
    alter.set_properties = PropertyList();
  } else if (At(T::kUnset) && KindIn(1, {T::kDbproperties, T::kProperties})) {
    Advance();
    Advance();
    IfExistsClause();
    Expect(T::kLeftParen);
    CommaList([&] { alter.unset_properties.push_back(Property().first); });
    Expect(T::kRightParen);
  } else if (At(T::kSet, T::kLocation)) {
    Advance();
    Advance();
    alter.location = StringLiteral();
  } else if (AtWords({"SET", "MANAGED", "LOCATION"})) {
    pos_ += 3;
    alter.location = StringLiteral();
  } else if (At(T::kDefault, T::kCollation)) {
    Advance();
    Advance();
    alter.default_collation = CollationName();
  } else if (AcceptWords({"ENABLE", "PREDICTIVE", "OPTIMIZATION"})) {
    alter.predictive_optimization = true;
  } else if (AcceptWords({"DISABLE", "PREDICTIVE", "OPTIMIZATION"})) {
    alter.predictive_optimization = false;
  } else if (AcceptWords({"INHERIT", "PREDICTIVE", "OPTIMIZATION"})) {
    alter.inherit_predictive_optimization = true;
  } else if (Accept(T::kOptions)) {
    alter.options = PropertyList();
  } else {
    if (AtAny({T::kSet, T::kUnset})) Advance();
    Fail("DBPROPERTIES, LOCATION, TAGS or OWNER TO");
  }
  return Done(std::move(alter), start);
}

Statement Parser::CommentStatement() {
  size_t start = pos_;
  Expect(T::kComment);
  Expect(T::kOn);
  auto kind = AcceptObjectKind();
  if (!kind) Fail("CATALOG, SCHEMA, TABLE, COLUMN, VOLUME, …");
  CommentOn comment;
  comment.kind = *kind;
  comment.name = ParseName();
  Expect(T::kIs);
  if (!Accept(T::kNull)) comment.comment = StringLiteral();
  return Done(std::move(comment), start);
}

Statement Parser::UseStatement() {
  size_t start = pos_;
  Expect(T::kUse);
  Use use;
  if (AtAny({T::kCatalog, T::kSchema, T::kDatabase, T::kNamespace}) && !KindIn(1, {T::kEnd, T::kSemicolon, T::kDot, T::kMinus})) {
    use.kind = At(T::kCatalog) ? ObjectKind::kCatalog : ObjectKind::kSchema;
    Advance();
    if (AtString() && *use.kind == ObjectKind::kCatalog) {
      use.name.parts = {StringLiteral()};
      return Done(std::move(use), start);
    }
  }
  use.name = ParseName();
  return Done(std::move(use), start);
}

}  // namespace crannog::sql
