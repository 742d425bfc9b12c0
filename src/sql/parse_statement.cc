#include <fmt/format.h>

#include "sql/parser_state.h"

/// Which statement it is. Source: statement of Spark's grammar; Databricks' own statements begin with words that are identifiers.
namespace crannog::sql {

QueryText Parser::ParseQueryText() {
  size_t start = pos_;
  QueryText out;
  out.query = ParseQuery();
  out.text = SliceTokens(start, pos_);
  return out;
}

ExpressionText Parser::ParseExpressionText() {
  size_t start = pos_;
  ExpressionText out;
  out.expression = ParseExpr();
  out.text = SliceTokens(start, pos_);
  return out;
}

// Hive's statements that Spark only recognises: named by their first words, refused.
Statement Parser::UnsupportedWords(size_t count, size_t start) {
  std::string words;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) words += " ";
    words += UpperAscii(TextOf(start + i));
  }
  while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
  Semantic(ConditionError("INVALID_STATEMENT_OR_CLAUSE", {{"operation", words}}), start);
  return Done(UnsupportedStatement{words}, start);
}

bool Parser::IfNotExists() {
  if (!(At(T::kIf) && KindIn(1, {T::kNot, T::kBang}))) return false;
  if (Kind(1) == T::kBang) Semantic(ConditionError("SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", {{"clause", "!"}}), Between(pos_ + 1, pos_ + 1));
  Advance();
  Advance();
  Expect(T::kExists);
  return true;
}

bool Parser::IfExistsClause() {
  if (!At(T::kIf, T::kExists)) return false;
  Advance();
  Advance();
  return true;
}

PartitionSpec Parser::Partition() {
  Expect(T::kPartition);
  Expect(T::kLeftParen);
  PartitionSpec spec;
  CommaList([&] {
    PartitionValue value;
    value.column = Identifier();
    if (Accept(T::kEq)) {
      size_t at = pos_;
      if (At(T::kDefault) && KindIn(1, {T::kComma, T::kRightParen})) {
        Advance();
        value.value = MakeExpression(DefaultKeyword{}, From(at));
      } else {
        value.value = Constant();
      }
    }
    spec.push_back(std::move(value));
  });
  Expect(T::kRightParen);
  return spec;
}

PartitionSpec Parser::OptionalPartition() { return At(T::kPartition, T::kLeftParen) ? Partition() : PartitionSpec{}; }

std::string Parser::PropertyKey() {
  if (AtString()) return StringLiteral();
  std::string key = ErrorCapturingIdentifier();
  while (Accept(T::kDot)) key += "." + ErrorCapturingIdentifier();
  return key;
}

std::string Parser::PropertyValue() {
  if (AtString()) return StringLiteral();
  std::string sign = At(T::kMinus) && KindIn(1, {T::kInteger, T::kDecimalValue}) && Accept(T::kMinus) ? "-" : "";
  if (AtAny({T::kInteger, T::kDecimalValue, T::kExponent, T::kBigintLiteral, T::kDoubleLiteral})) {
    std::string value = sign + std::string(Text());
    Advance();
    return value;
  }
  if (AtAny({T::kTrue, T::kFalse})) {
    std::string value = LowerAscii(Text());
    Advance();
    return value;
  }
  Fail("a string, a number, true or false");
}

std::pair<std::string, std::string> Parser::Property() {
  std::pair<std::string, std::string> property;
  property.first = PropertyKey();
  if (Accept(T::kEq)) property.second = PropertyValue();
  else if (!AtAny({T::kComma, T::kRightParen})) property.second = PropertyValue();
  return property;
}

Options Parser::PropertyList() {
  Expect(T::kLeftParen);
  Options options;
  CommaList([&] {
    size_t at = pos_;
    auto [key, value] = Property();
    if (!options.emplace(key, value).second) {
      Semantic(ConditionError("DUPLICATE_KEY", {{"keyColumn", fmt::format("`{}`", key)}}), at);
    }
  });
  Expect(T::kRightParen);
  return options;
}

ExpressionOptions Parser::ExpressionPropertyList() {
  Expect(T::kLeftParen);
  ExpressionOptions options;
  CommaList([&] {
    std::string key = PropertyKey();
    ExpressionPtr value;
    if (Accept(T::kEq) || !AtAny({T::kComma, T::kRightParen})) value = ParseExpr();
    options.emplace_back(std::move(key), std::move(value));
  });
  Expect(T::kRightParen);
  return options;
}

Pattern Parser::OptionalPattern() {
  if (At(T::kLike)) {
    Advance();
    return StringLiteral();
  }
  return OptionalString();
}

bool Parser::AtDml() const { return AtAny({T::kInsert, T::kUpdate, T::kDelete, T::kMerge}); }

Statement Parser::ParseStatementBody() {
  size_t start = pos_;
  switch (Kind()) {
    case T::kWith: {
      if (!AtIdentifier(1)) break;
      // WITH … INSERT, UPDATE, DELETE, MERGE.
      std::optional<Statement> dml;
      std::pair<std::vector<CommonTableExpression>, bool> ctes;
      size_t after = 0;
      bool has_ctes = Try([&] {
        ctes = Ctes();
        after = pos_;
        if (!AtDml() && !At(T::kFrom)) Fail("a query");
      });
      if (has_ctes && AtDml()) {
        std::optional<Error> problem = std::move(query_error_);
        query_error_.reset();
        Statement statement = DmlStatement(std::move(ctes.first), ctes.second, start);
        if (problem) Semantic(*std::move(problem), start);
        return statement;
      }
      if (has_ctes && At(T::kFrom)) {
        // WITH … FROM … INSERT …
        std::optional<Statement> multi;
        bool is_multi = Try([&] {
          FromClause();
          if (!At(T::kInsert)) Fail("a query");
          pos_ = after;
          multi = MultiInsertStatement(start);
        });
        if (is_multi) {
          auto wrap = [&](Insert insert) {
            insert.source = MakeRelation(With{ctes.first, ctes.second, insert.source}, insert.source->origin);
            return insert;
          };
          if (const auto* one = multi->command->As<Insert>()) return Done(wrap(*one), start);
          MultiInsert wrapped = std::get<MultiInsert>(multi->command->node);
          for (Insert& insert : wrapped.inserts) insert = wrap(insert);
          return Done(std::move(wrapped), start);
        }
      }
      pos_ = start;
      query_error_.reset();
      return {ParseQuery(), nullptr};
    }
    case T::kSelect: case T::kLeftParen: case T::kValues:
      return {ParseQuery(), nullptr};
    case T::kTable:
      return {ParseQuery(), nullptr};
    case T::kFrom: {
      RelationPtr query = ParseQuery();
      if (!At(T::kInsert)) return {std::move(query), nullptr};
      pos_ = start;
      return MultiInsertStatement(start);
    }
    case T::kMap: case T::kReduce:
      if (AtTransform()) return {ParseQuery(), nullptr};
      break;
    case T::kInsert: case T::kUpdate: case T::kDelete: case T::kMerge:
      return DmlStatement({}, false, start);
    case T::kCreate: return CreateStatement();
    case T::kReplace: return CreateStatement();
    case T::kDrop: return DropStatement();
    case T::kAlter: return AlterStatement();
    case T::kUse: return UseStatement();
    case T::kSet: return SetStatement(in_script_);
    case T::kReset: {
      Advance();
      ResetConfig reset;
      if (AtAny({T::kBackquoted}) && KindIn(1, {T::kEnd, T::kSemicolon})) {
        reset.key = IdentifierText(pos_);
        Advance();
      } else {
        size_t at = pos_;
        while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
        std::string key = SliceTokens(at, pos_);
        if (!key.empty()) {
          bool plain = true;
          for (char c : key) plain = plain && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == ':' || c == '\\');
          if (!plain) {
            Semantic(ConditionError("_LEGACY_ERROR_TEMP_0043"), start);
          }
          reset.key = std::move(key);
        }
      }
      return Done(std::move(reset), start);
    }
    case T::kShow: return ShowStatement();
    case T::kDesc: case T::kDescribe: return DescribeStatement();
    case T::kExplain: return ExplainStatement();
    case T::kComment: return CommentStatement();
    case T::kRefresh: return RefreshStatement();
    case T::kCache: return CacheStatement();
    case T::kUncache: {
      Advance();
      Expect(T::kTable);
      UncacheTable uncache;
      uncache.if_exists = IfExistsClause();
      uncache.table = ParseName();
      return Done(std::move(uncache), start);
    }
    case T::kClear:
      Advance();
      Expect(T::kCache);
      return Done(ClearCache{}, start);
    case T::kLoad: {
      Advance();
      Expect(T::kData);
      LoadData load;
      load.is_local = Accept(T::kLocal);
      Expect(T::kInpath);
      load.path = StringLiteral();
      load.overwrite = Accept(T::kOverwrite);
      Expect(T::kInto);
      Expect(T::kTable);
      load.table = ParseName();
      load.partition = OptionalPartition();
      return Done(std::move(load), start);
    }
    case T::kTruncate: {
      Advance();
      Expect(T::kTable);
      TruncateTable truncate;
      truncate.name = ParseName();
      truncate.partition = OptionalPartition();
      return Done(std::move(truncate), start);
    }
    case T::kMsck: case T::kRepair: {
      Accept(T::kMsck);
      Expect(T::kRepair);
      Expect(T::kTable);
      RepairTable repair;
      repair.name = ParseName();
      if (AtAny({T::kAdd, T::kDrop, T::kSync}) && Kind(1) == T::kPartitions) {
        repair.option = At(T::kAdd) ? RepairOption::kAdd : At(T::kDrop) ? RepairOption::kDrop : RepairOption::kSync;
        Advance();
        Advance();
      } else if (At(T::kSync) && AtWord("METADATA", 1)) {
        Advance();
        Advance();
        repair.sync_metadata = true;
      }
      return Done(std::move(repair), start);
    }
    case T::kAnalyze: return AnalyzeStatement();
    case T::kAdd: case T::kList: {
      if (At(T::kList) && AtString(1)) {
        Advance();
        ListFiles list;
        list.path = StringLiteral();
        if (Accept(T::kLimit)) list.limit = IntegerValue();
        return Done(std::move(list), start);
      }
      ManageResource resource;
      resource.is_add = At(T::kAdd);
      Advance();
      resource.kind = LowerAscii(Identifier());
      size_t at = pos_;
      while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
      if (at + 1 == pos_ && tokens_[at].token == T::kString) resource.paths = {Unescape(at)};
      else if (pos_ > at) resource.paths = {SliceTokens(at, pos_)};
      std::string kind = resource.kind;
      if (kind != "jar" && kind != "jars" && kind != "file" && kind != "files" && kind != "archive" && kind != "archives") {
        LegacyOperationNotAllowed(fmt::format("{} with resource type '{}'", resource.is_add ? "ADD" : "LIST", kind), start);
      }
      return Done(std::move(resource), start);
    }
    case T::kDeclare: return DeclareStatement();
    case T::kExecute: return ExecuteImmediateStatement();
    case T::kCall: {
      Advance();
      CallProcedure call;
      call.name = ParseName();
      Expect(T::kLeftParen);
      if (!At(T::kRightParen)) CommaList([&] { call.arguments.push_back(FunctionArgument()); });
      Expect(T::kRightParen);
      return Done(std::move(call), start);
    }
    case T::kGrant: case T::kRevoke: return GrantStatement();
    case T::kExport: case T::kImport:
      if (Kind(1) == T::kTable) return UnsupportedWords(2, start);
      break;
    case T::kLock: case T::kUnlock:
      if (KindIn(1, {T::kTable, T::kDatabase})) return UnsupportedWords(2, start);
      break;
    case T::kStart:
      if (Kind(1) == T::kTransaction) return UnsupportedWords(2, start);
      break;
    case T::kCommit: case T::kRollback: case T::kDfs: return UnsupportedWords(1, start);
    default: break;
  }
  if (auto statement = WordStatement()) return *std::move(statement);
  Fail("a statement");
}

}  // namespace crannog::sql
