#include "sql/parser_state.h"

/// SHOW and DESCRIBE.
namespace crannog::sql {

Statement Parser::ShowStatement() {
  size_t start = pos_;
  Expect(T::kShow);
  Show show;
  auto in = [&] {
    if (!AtAny({T::kFrom, T::kIn})) return;
    Advance();
    if (At(T::kCatalog) && AtIdentifier(1)) Advance();
    if (AtAny({T::kSchema, T::kDatabase}) && AtIdentifier(1)) Advance();
    show.in = ParseName();
  };
  auto list = [&](ShowKind kind) {
    show.kind = kind;
    in();
    show.pattern = OptionalPattern();
    return Done(std::move(show), start);
  };
  switch (Kind()) {
    case T::kCatalogs: Advance(); return list(ShowKind::kCatalogs);
    case T::kSchemas: case T::kDatabases: case T::kNamespaces: Advance(); return list(ShowKind::kSchemas);
    case T::kTables:
      Advance();
      if (AcceptWord("DROPPED")) {
        show.kind = ShowKind::kTablesDropped;
        in();
        if (Accept(T::kLimit)) IntegerValue();
        return Done(std::move(show), start);
      }
      return list(ShowKind::kTables);
    case T::kViews: Advance(); return list(ShowKind::kViews);
    case T::kTable: {
      Advance();
      Expect(T::kExtended);
      show.kind = ShowKind::kTableExtended;
      in();
      Expect(T::kLike);
      show.pattern = StringLiteral();
      show.partition = OptionalPartition();
      return Done(std::move(show), start);
    }
    case T::kTblproperties: {
      Advance();
      show.kind = ShowKind::kTableProperties;
      show.in = ParseName();
      if (Accept(T::kLeftParen)) {
        show.property_key = PropertyKey();
        Expect(T::kRightParen);
      }
      return Done(std::move(show), start);
    }
    case T::kColumns: {
      Advance();
      show.kind = ShowKind::kColumns;
      if (!AtAny({T::kFrom, T::kIn})) Fail("FROM or IN");
      Advance();
      show.in = ParseName();
      if (AtAny({T::kFrom, T::kIn})) {
        Advance();
        size_t at = pos_;
        Name schema;
        schema.parts = MultipartIdentifier();
        schema.origin = From(at);
        show.schema = std::move(schema);
      }
      return Done(std::move(show), start);
    }
    case T::kPartitions:
      Advance();
      show.kind = ShowKind::kPartitions;
      show.in = ParseName();
      show.partition = OptionalPartition();
      return Done(std::move(show), start);
    case T::kCreate:
      Advance();
      if (At(T::kView) || AtWords({"MATERIALIZED", "VIEW"}) || AtWords({"STREAMING", "TABLE"})) {
        if (Accept(T::kMaterialized)) {
        }
        Accept(T::kStreaming);
        Advance();
      } else {
        Expect(T::kTable);
      }
      show.kind = ShowKind::kCreateTable;
      show.in = ParseName();
      if (At(T::kAs, T::kSerde)) {
        Advance();
        Advance();
        show.as_serde = true;
      }
      return Done(std::move(show), start);
    case T::kCurrent:
      if (AtWord("ROLES", 1)) return UnsupportedWords(3, start);
      Advance();
      if (!AtAny({T::kNamespace, T::kDatabase, T::kSchema})) Fail("NAMESPACE or SCHEMA");
      Advance();
      show.kind = ShowKind::kCurrentNamespace;
      return Done(std::move(show), start);
    case T::kProcedures: Advance(); return list(ShowKind::kProcedures);
    case T::kPrincipals: case T::kRoles: case T::kCompactions: case T::kTransactions: case T::kIndexes: case T::kLocks: return UnsupportedWords(2, start);
    case T::kRole: return UnsupportedWords(Kind(2) == T::kGrant ? 3 : 2, start);
    case T::kGrant: break;
    case T::kMaterialized:
      Advance();
      Expect(T::kViews);
      return list(ShowKind::kMaterializedViews);
    default: break;
  }
  if (At(T::kGrant) || AtWord("GRANTS")) {
    Advance();
    ShowGrants grants;
    if (At(T::kTo) && AtWord("RECIPIENT", 1)) {
      Advance();
      Advance();
      grants.recipient = Identifier();
      return Done(std::move(grants), start);
    }
    if (!At(T::kOn) && !AtAny({T::kEnd, T::kSemicolon})) grants.principal = Principal();
    if (Accept(T::kOn)) {
      grants.kind = SecurableKind();
      bool unnamed = *grants.kind == ObjectKind::kMetastore || *grants.kind == ObjectKind::kAnyFile || *grants.kind == ObjectKind::kAnonymousFunction;
      if (!unnamed) grants.name = ParseName();
    }
    return Done(std::move(grants), start);
  }
  struct Row {
    std::initializer_list<std::string_view> words;
    ShowKind kind;
  };
  static const Row kRows[] = {{{"VOLUMES"}, ShowKind::kVolumes}, {{"MODELS"}, ShowKind::kModels}, {{"CONNECTIONS"}, ShowKind::kConnections},
                              {{"STORAGE", "CREDENTIALS"}, ShowKind::kCredentials}, {{"CREDENTIALS"}, ShowKind::kCredentials},
                              {{"SERVICE", "CREDENTIALS"}, ShowKind::kCredentials}, {{"EXTERNAL", "LOCATIONS"}, ShowKind::kExternalLocations},
                              {{"SHARES", "IN", "PROVIDER"}, ShowKind::kSharesInProvider}, {{"SHARES"}, ShowKind::kShares},
                              {{"RECIPIENTS"}, ShowKind::kRecipients}, {{"PROVIDERS"}, ShowKind::kProviders}, {{"GROUPS"}, ShowKind::kGroups},
                              {{"USERS"}, ShowKind::kUsers}, {{"COLLATIONS"}, ShowKind::kCollations}, {{"VARIABLES"}, ShowKind::kVariables}};
  for (const Row& row : kRows) {
    if (!AcceptWords(row.words)) continue;
    if (row.kind == ShowKind::kSharesInProvider) {
      show.kind = row.kind;
      show.in = ParseName();
      show.pattern = OptionalPattern();
      return Done(std::move(show), start);
    }
    return list(row.kind);
  }
  if (AtWords({"ALL", "IN", "SHARE"}) || AtWords({"ALL", "IN", "PROVIDER"})) {
    Advance();
    Advance();
    show.kind = AtWord("SHARE") ? ShowKind::kAllInShare : ShowKind::kAllInProvider;
    Advance();
    show.in = ParseName();
    return Done(std::move(show), start);
  }
  if (AtWord("POLICIES") || AtWords({"EFFECTIVE", "POLICIES"})) {
    show.kind = AcceptWord("EFFECTIVE") ? ShowKind::kEffectivePolicies : ShowKind::kPolicies;
    Advance();
    Expect(T::kOn);
    show.on_kind = SecurableKind();
    show.in = ParseName();
    return Done(std::move(show), start);
  }
  if (AtWords({"ARCHIVED", "FILES"})) {
    Advance();
    Advance();
    Expect(T::kFor);
    show.kind = ShowKind::kArchivedFiles;
    show.in = ParseName();
    return Done(std::move(show), start);
  }
  // SHOW [USER | SYSTEM | ALL] FUNCTIONS [IN schema] [[LIKE] name | 'pattern']
  if (At(T::kFunctions) || (AtIdentifier() && Kind(1) == T::kFunctions)) {
    show.kind = ShowKind::kFunctions;
    if (!At(T::kFunctions)) {
      size_t at = pos_;
      show.function_scope = UpperAscii(Identifier());
      if (show.function_scope != "ALL" && show.function_scope != "SYSTEM" && show.function_scope != "USER") {
        SqlSyntax("SHOW_FUNCTIONS_INVALID_SCOPE", {{"scope", QuoteIdentifier(std::string(TextOf(at)))}}, at);
      }
    }
    Expect(T::kFunctions);
    in();
    bool has_like = Accept(T::kLike);
    if (AtString()) {
      show.pattern = StringLiteral();
    } else if (AtIdentifier()) {
      size_t at = pos_;
      Name name;
      name.parts = MultipartIdentifier();
      name.origin = From(at);
      show.legacy_name = std::move(name);
    } else if (has_like) {
      Fail("a pattern");
    }
    return Done(std::move(show), start);
  }
  if (AtIdentifier()) {
    Advance();
    Fail("FUNCTIONS");
  }
  Fail("what to show");
}

Statement Parser::DescribeStatement() {
  size_t start = pos_;
  Advance();
  Describe describe;
  auto as_json = [&] {
    if (At(T::kAs, T::kJson)) {
      Advance();
      Advance();
      describe.as_json = true;
    }
  };
  if (At(T::kFunction) && !KindIn(1, {T::kEnd, T::kSemicolon})) {
    Advance();
    describe.kind = ObjectKind::kFunction;
    describe.is_extended = At(T::kExtended) && !KindIn(1, {T::kEnd, T::kSemicolon, T::kDot}) && Accept(T::kExtended);
    size_t at = pos_;
    if (AtString()) {
      describe.name.parts = {StringLiteral()};
    } else if (AtIdentifier() && !AtAny({T::kOr, T::kAnd, T::kIn, T::kNot, T::kDiv})) {
      describe.name = ParseName();
    } else if (!AtAny({T::kEnd, T::kSemicolon})) {
      describe.name.parts = {LowerAscii(Text())};
      Advance();
    } else {
      Fail("a function's name");
    }
    describe.name.origin = From(at);
    return Done(std::move(describe), start);
  }
  if (AtAny({T::kCatalog, T::kSchema, T::kDatabase, T::kNamespace}) && !KindIn(1, {T::kEnd, T::kSemicolon, T::kDot, T::kPartition})) {
    describe.kind = At(T::kCatalog) ? ObjectKind::kCatalog : ObjectKind::kSchema;
    Advance();
    describe.is_extended = At(T::kExtended) && AtIdentifier(1) && Accept(T::kExtended);
    describe.name = ParseName();
    return Done(std::move(describe), start);
  }
  if (AtWord("HISTORY") && !KindIn(1, {T::kEnd, T::kSemicolon, T::kDot})) {
    Advance();
    DescribeHistory history;
    history.table = PathOrName();
    if (Accept(T::kLimit)) history.limit = IntegerValue();
    return Done(std::move(history), start);
  }
  if (AtWord("DETAIL") && !KindIn(1, {T::kEnd, T::kSemicolon, T::kDot})) {
    Advance();
    return Done(DescribeDetail{PathOrName()}, start);
  }
  struct Row {
    std::initializer_list<std::string_view> words;
    ObjectKind kind;
  };
  static const Row kRows[] = {{{"PROCEDURE"}, ObjectKind::kProcedure}, {{"VOLUME"}, ObjectKind::kVolume}, {{"CONNECTION"}, ObjectKind::kConnection},
                              {{"EXTERNAL", "LOCATION"}, ObjectKind::kExternalLocation}, {{"STORAGE", "CREDENTIAL"}, ObjectKind::kStorageCredential},
                              {{"CREDENTIAL"}, ObjectKind::kStorageCredential}, {{"SHARE"}, ObjectKind::kShare},
                              {{"RECIPIENT"}, ObjectKind::kRecipient}, {{"PROVIDER"}, ObjectKind::kProvider}, {{"MODEL"}, ObjectKind::kModel},
                              {{"POLICY"}, ObjectKind::kPolicy}, {{"METASTORE"}, ObjectKind::kMetastore}};
  for (const Row& row : kRows) {
    if (!AtWords(row.words) || KindIn(row.words.size(), {T::kEnd, T::kSemicolon, T::kDot})) continue;
    if (!AtIdentifier(row.words.size())) continue;
    AcceptWords(row.words);
    describe.kind = row.kind;
    describe.is_extended = At(T::kExtended) && AtIdentifier(1) && Accept(T::kExtended);
    describe.name = ParseName();
    return Done(std::move(describe), start);
  }
  bool is_query = (At(T::kQuery) && AtQuery(1)) || (AtQuery() && !At(T::kTable));
  if (At(T::kQuery) && Kind(1) == T::kTable && AtIdentifier(2)) is_query = true;
  if (is_query) {
    DescribeQuery query;
    if (!AtQuery() || At(T::kQuery)) Advance();
    QueryText text = ParseQueryText();
    query.query = std::move(text.query);
    query.text = std::move(text.text);
    return Done(std::move(query), start);
  }
  if (At(T::kTable) && AtIdentifier(1)) Advance();
  if (AtAny({T::kExtended, T::kFormatted}) && AtIdentifier(1) && Kind(1) != T::kAs) {
    describe.is_extended = true;
    Advance();
  }
  describe.name = PathOrName();
  describe.partition = OptionalPartition();
  if (AtIdentifier() && !At(T::kAs, T::kJson)) {
    do describe.column.push_back(ErrorCapturingIdentifier());
    while (Accept(T::kDot));
  }
  as_json();
  if (describe.as_json && !describe.column.empty()) Semantic(ConditionError("UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_JSON"), start);
  if (!describe.partition.empty() && !describe.column.empty()) Semantic(ConditionError("UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_PARTITION"), start);
  if (describe.as_json && !describe.is_extended) {
    Semantic(ConditionError("DESCRIBE_JSON_NOT_EXTENDED"), start);
  }
  return Done(std::move(describe), start);
}

}  // namespace crannog::sql
