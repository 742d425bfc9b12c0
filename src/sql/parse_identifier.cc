#include <fmt/format.h>

#include "sql/parser_state.h"

namespace crannog::sql {
namespace {

// The value of a string literal, or of strings joined by ||.
std::optional<std::string> ConstantText(const Expression& expression) {
  if (const auto* literal = expression.As<Literal>()) {
    const auto* text = std::get_if<std::string>(&literal->value);
    if (text == nullptr || !literal->type.Is(TypeKind::kString)) return std::nullopt;
    return *text;
  }
  const auto* call = expression.As<FunctionCall>();
  if (call == nullptr || !call->is_operator || call->name.parts[0] != "||") return std::nullopt;
  auto left = ConstantText(*call->arguments[0]), right = ConstantText(*call->arguments[1]);
  if (!left || !right) return std::nullopt;
  return *left + *right;
}

}  // namespace

bool Parser::IsIdentifierToken(T token) const {
  if (token == T::kIdentifier_ || token == T::kBackquoted) return true;
  if (token == T::kDoubleQuoted) return options_.double_quoted_identifiers;
  if (!IsKeyword(token)) return false;
  return !options_.enforce_reserved_keywords || !IsReserved(token);
}

bool Parser::IsStrictIdentifierToken(T token) const {
  return IsIdentifierToken(token) && (options_.enforce_reserved_keywords || !IsStrictNonReserved(token));
}

std::string Parser::IdentifierText(size_t token) {
  std::string_view text = TextOf(token);
  T kind = tokens_[token].token;
  if (kind == T::kBackquoted || kind == T::kDoubleQuoted) {
    char quote = text[0];
    std::string out;
    out.reserve(text.size());
    for (size_t i = 1; i + 1 < text.size(); ++i) {
      out += text[i];
      if (text[i] == quote && i + 2 < text.size() && text[i + 1] == quote) ++i;
    }
    return out;
  }
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) {
      SemanticWithoutContext(ConditionError("INVALID_IDENTIFIER", {{"ident", std::string(text)}}));
      break;
    }
  }
  return std::string(text);
}

// IDENTIFIER('text') where a name stands: the text is parsed as one. Errors carry the clause as context.
std::vector<std::string> Parser::IdentifierLiteral(size_t start, const std::string& text) {
  auto parsed = ParseMultipartIdentifier(text, options_);
  if (parsed) return *std::move(parsed);
  Semantic(std::move(parsed).error(), start);
  return {text};
}

std::string Parser::Identifier() {
  if (!options_.legacy_identifier_clause && AtIdentifierClause() && AtString(2)) {
    size_t start = pos_;
    std::string name;
    bool taken = Try([&] {
      Advance();
      Advance();
      std::string text = StringLiteral();
      Expect(T::kRightParen);
      std::vector<std::string> parts = IdentifierLiteral(start, text);
      if (parts.size() != 1) {
        Semantic(ConditionError("IDENTIFIER_TOO_MANY_NAME_PARTS", {{"identifier", fmt::format("{}", fmt::join(parts, "."))}, {"limit", "1"}}), start);
      }
      name = parts.empty() ? "" : parts.back();
    });
    if (taken) return name;
  }
  if (!AtIdentifier()) {
    // ANTLR drops one stray token when an identifier follows it and nothing else could have been meant.
    Fail("an identifier");
  }
  size_t token = pos_;
  Advance();
  return IdentifierText(token);
}

std::string Parser::StrictIdentifier() {
  if (!IsStrictIdentifierToken(Kind())) Fail("an identifier");
  return Identifier();
}

std::string Parser::ErrorCapturingIdentifier() {
  size_t start = pos_;
  std::string name = Identifier();
  if (At(T::kMinus) && AtIdentifier(1)) {
    while (At(T::kMinus) && AtIdentifier(1)) {
      Advance();
      Advance();
    }
    SemanticWithoutContext(ConditionError("INVALID_IDENTIFIER", {{"ident", SliceTokens(start, pos_)}}));
  }
  return name;
}

std::vector<std::string> Parser::MultipartIdentifier() {
  std::vector<std::string> parts;
  do parts.push_back(ErrorCapturingIdentifier());
  while (Accept(T::kDot));
  return parts;
}

std::vector<std::string> Parser::QualifiedName() {
  std::vector<std::string> parts;
  do parts.push_back(Identifier());
  while (Accept(T::kDot));
  return parts;
}

Name Parser::ParseName() {
  size_t start = pos_;
  Name name;
  if (AtIdentifierClause()) {
    Advance();
    Advance();
    ExpressionPtr expression = ParseExpr();
    Expect(T::kRightParen);
    if (std::optional<std::string> text = ConstantText(*expression)) {
      name.parts = IdentifierLiteral(start, *text);
    } else {
      name.identifier = std::move(expression);
    }
    if (!options_.legacy_identifier_clause) {
      while (Accept(T::kDot)) name.parts.push_back(ErrorCapturingIdentifier());
    } else if (At(T::kDot)) {
      // The alternative IDENTIFIER('…').x exists in the grammar behind a switch; its refusal is reported where the name starts.
      pos_ = start;
      Fail("a name");
    }
  } else {
    name.parts = MultipartIdentifier();
  }
  name.origin = From(start);
  return name;
}

Name Parser::PathOrName() {
  if (!AtString()) return ParseName();
  size_t start = pos_;
  Name name;
  name.parts = {"delta", StringLiteral()};
  name.origin = From(start);
  return name;
}

std::vector<std::string> Parser::IdentifierSeq() {
  std::vector<std::string> names;
  CommaList([&] { names.push_back(ErrorCapturingIdentifier()); });
  return names;
}

std::vector<std::string> Parser::IdentifierList() {
  Expect(T::kLeftParen);
  std::vector<std::string> names = IdentifierSeq();
  Expect(T::kRightParen);
  return names;
}

}  // namespace crannog::sql
