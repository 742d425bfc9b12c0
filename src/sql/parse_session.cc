#include <fmt/format.h>

#include <set>

#include "sql/parser_state.h"

/// SET, variables, EXPLAIN, EXECUTE IMMEDIATE.
namespace crannog::sql {
namespace {

std::string Trimmed(std::string_view text) {
  auto is_space = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool IsConfigKey(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == ':' || c == '\\';
    if (!plain) return false;
  }
  return true;
}

}  // namespace

Statement Parser::SetStatement(bool in_script) {
  size_t start = pos_;
  Expect(T::kSet);
  if (At(T::kCatalog) && (AtIdentifier(1) || AtString(1)) && !KindIn(1, {T::kEq})) {
    Advance();
    SetCatalog set;
    size_t at = pos_;
    if (AtString()) set.name.parts = {StringLiteral()};
    else set.name = ParseName();
    set.name.origin = From(at);
    return Done(std::move(set), start);
  }
  if (At(T::kCollation) && AtIdentifier(1)) {
    Advance();
    return Done(SetCollation{CollationName()}, start);
  }
  if (At(T::kRole)) return UnsupportedWords(2, start);
  if (At(T::kTime, T::kZone)) {
    Advance();
    Advance();
    SetTimeZone set;
    if (At(T::kLocal)) {
      Advance();
      set.is_local = true;
    } else if (AtString()) {
      set.zone = StringLiteral();
    } else if (AtIntervalLiteral()) {
      size_t at = pos_;
      set.interval = IntervalLiteral();
      const auto* literal = set.interval->As<Literal>();
      const int64_t* micros = literal ? std::get_if<int64_t>(&literal->value) : nullptr;
      constexpr int64_t kSecond = 1'000'000, kLimit = 18 * 3600 * kSecond;
      if (micros == nullptr || !literal->type.Is(TypeKind::kDayTimeInterval) || *micros > kLimit || *micros < -kLimit || *micros % kSecond != 0) {
        Semantic(ConditionError("INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE", {{"input", micros ? std::to_string(*micros / 3'600'000'000) : ""}}),
                 at);
      }
    } else {
      while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
      Semantic(ConditionError("_LEGACY_ERROR_TEMP_0045"), start);
    }
    return Done(std::move(set), start);
  }
  if (AtAny({T::kVariable, T::kVar}) && (AtIdentifier(1) || (Kind(1) == T::kLeftParen && AtIdentifier(2)))) {
    Advance();
    return SetVariableStatement(start);
  }
  if (AtWords({"SESSION", "AUTHORIZATION"})) return UnsupportedWords(2, start);
  if (AtWord("TAG") && Kind(1) == T::kOn) {
    Advance();
    Advance();
    AlterTags tags;
    auto kind = AcceptObjectKind();
    if (!kind) Fail("CATALOG, SCHEMA, TABLE, COLUMN, …");
    tags.kind = *kind;
    tags.name = ParseName();
    std::string key = PropertyKey();
    std::string value;
    if (Accept(T::kEq)) value = AtString() ? StringLiteral() : Identifier();
    tags.set.emplace_back(std::move(key), std::move(value));
    return Done(std::move(tags), start);
  }
  if (AtWord("PATH") && Kind(1) == T::kEq) {
    Advance();
    Advance();
    SetPath path;
    CommaList([&] { path.entries.push_back(ParseName()); });
    return Done(std::move(path), start);
  }
  if (in_script && (AtIdentifier() || (At(T::kLeftParen) && AtIdentifier(1)))) return SetVariableStatement(start);
  // SET [key [= value]]: the rest of the text as it stands.
  SetConfig set;
  size_t rest_at = pos_;
  if (At(T::kBackquoted) && KindIn(1, {T::kEq, T::kEnd, T::kSemicolon})) {
    set.key = IdentifierText(pos_);
    Advance();
    if (Accept(T::kEq)) {
      if (At(T::kBackquoted) && KindIn(1, {T::kEnd, T::kSemicolon})) {
        set.value = IdentifierText(pos_);
        Advance();
      } else {
        size_t at = pos_;
        while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
        set.value = SliceTokens(at, pos_);
      }
    }
    return Done(std::move(set), start);
  }
  while (!At(T::kEnd) && !At(T::kSemicolon)) Advance();
  size_t end_byte = tokens_[pos_].token == T::kEnd && !At(T::kSemicolon) ? text_.size() : tokens_[pos_].begin;
  size_t begin_byte = tokens_[start].end;
  (void)rest_at;
  std::string rest = Trimmed(text_.substr(begin_byte, end_byte - begin_byte));
  if (rest.empty()) return Done(std::move(set), start);
  if (rest == "-v") {
    set.verbose = true;
    return Done(std::move(set), start);
  }
  size_t eq = rest.find('=');
  if (eq != std::string::npos && IsConfigKey(Trimmed(rest.substr(0, eq)))) {
    set.key = Trimmed(rest.substr(0, eq));
    std::string value = Trimmed(rest.substr(eq + 1));
    if (value.size() >= 2 && value.front() == '`' && value.back() == '`') value = value.substr(1, value.size() - 2);
    set.value = std::move(value);
  } else if (eq == std::string::npos && IsConfigKey(rest)) {
    set.key = rest;
  } else {
    Semantic(ConditionError("INVALID_SET_SYNTAX"), start);
  }
  return Done(std::move(set), start);
}

// a = 1, b = 2 | (a, b) = (query)
Statement Parser::SetVariableStatement(size_t start) {
  SetVariable set;
  auto name = [&] {
    size_t at = pos_;
    Name out;
    out.parts = MultipartIdentifier();
    out.origin = From(at);
    return out;
  };
  if (Accept(T::kLeftParen)) {
    CommaList([&] { set.names.push_back(name()); });
    Expect(T::kRightParen);
    Expect(T::kEq);
    Expect(T::kLeftParen);
    set.query = ParseQuery();
    Expect(T::kRightParen);
  } else {
    CommaList([&] {
      set.names.push_back(name());
      ExpectRepairable(T::kEq, {T::kLeftParen});
      size_t at = pos_;
      if (At(T::kDefault) && !KindIn(1, {T::kDot, T::kLeftParen})) {
        Advance();
        set.values.push_back(MakeExpression(DefaultKeyword{}, From(at)));
      } else {
        set.values.push_back(ParseExpr());
      }
    });
  }
  return Done(std::move(set), start);
}

Statement Parser::DeclareStatement() {
  size_t start = pos_;
  Expect(T::kDeclare);
  DeclareVariable declare;
  if (At(T::kOr, T::kReplace)) {
    Advance();
    Advance();
    declare.replace = true;
  }
  if (AtAny({T::kVariable, T::kVar}) && AtIdentifier(1)) Advance();
  CommaList([&] { declare.names.push_back(ParseName()); });
  if (!AtAny({T::kDefault, T::kEq, T::kEnd, T::kSemicolon})) declare.type = ParseType();
  if (AtAny({T::kDefault, T::kEq})) {
    Advance();
    declare.default_value = ParseExpressionText();
  }
  if (!declare.type && !declare.default_value) SqlSyntax("VARIABLE_TYPE_OR_DEFAULT_REQUIRED", {}, start);
  return Done(std::move(declare), start);
}

Statement Parser::ExplainStatement() {
  Deeper deeper(*this);
  size_t start = pos_;
  Expect(T::kExplain);
  Explain explain;
  bool has_mode = AtAny({T::kLogical, T::kFormatted, T::kExtended, T::kCodegen, T::kCost}) && !KindIn(1, {T::kEnd, T::kSemicolon});
  if (has_mode) {
    switch (Kind()) {
      case T::kLogical: explain.mode = ExplainMode::kLogical; break;
      case T::kFormatted: explain.mode = ExplainMode::kFormatted; break;
      case T::kExtended: explain.mode = ExplainMode::kExtended; break;
      case T::kCodegen: explain.mode = ExplainMode::kCodegen; break;
      default: explain.mode = ExplainMode::kCost; break;
    }
    Advance();
  }
  size_t at = pos_;
  explain.statement = ParseStatementBody();
  explain.text = SliceTokens(at, pos_);
  if (explain.mode == ExplainMode::kLogical) SqlSyntax("UNSUPPORTED_SQL_STATEMENT", {{"sqlText", Slice(From(start))}}, start);
  return Done(std::move(explain), start);
}

Statement Parser::ExecuteImmediateStatement() {
  size_t start = pos_;
  Expect(T::kExecute);
  Expect(T::kImmediate);
  ExecuteImmediate execute;
  execute.text = ParseExpr();
  if (Accept(T::kInto)) {
    CommaList([&] {
      size_t at = pos_;
      Name name;
      name.parts = MultipartIdentifier();
      name.origin = From(at);
      execute.into.push_back(std::move(name));
    });
  }
  if (At(T::kUsing)) {
    size_t at = pos_;
    Advance();
    bool brackets = At(T::kLeftParen) && Try([&] {
      Advance();
      execute.arguments = NamedExpressionSeq();
      Expect(T::kRightParen);
      if (!AtAny({T::kEnd, T::kSemicolon})) Fail("the end of the statement");
    });
    if (!brackets) execute.arguments = NamedExpressionSeq();
    std::set<std::string> seen;
    std::vector<std::string> duplicates;
    for (const ExpressionPtr& argument : execute.arguments) {
      const auto* alias = argument->As<Alias>();
      if (alias != nullptr && !seen.insert(LowerAscii(alias->names[0])).second) duplicates.push_back(fmt::format("`{}`", alias->names[0]));
    }
    if (!duplicates.empty()) {
      Semantic(ConditionError("EXEC_IMMEDIATE_DUPLICATE_ARGUMENT_ALIASES", {{"aliases", fmt::format("{}", fmt::join(duplicates, ", "))}}), at);
    }
  }
  return Done(std::move(execute), start);
}

}  // namespace crannog::sql
