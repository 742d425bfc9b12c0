#include "services/mlflow/search_filter.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

namespace crannog::mlflow {
namespace {

enum class TokenKind : uint8_t { kWord, kString, kQuotedName, kNumber, kSymbol, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
};

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

Error Invalid(std::string message) { return MakeError(ErrorCode::kInvalidParameterValue, std::move(message)); }

bool IsWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '/' || c == ':' || static_cast<unsigned char>(c) >= 0x80; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> All() {
    std::vector<Token> tokens;
    for (;;) {
      TRY(Token token, Next());
      tokens.push_back(token);
      if (token.kind == TokenKind::kEnd) return tokens;
    }
  }

 private:
  Result<Token> Quoted(char quote, TokenKind kind) {
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) ++at_;
        else {
          ++at_;
          return Token{kind, std::move(out)};
        }
      }
      out += text_[at_];
    }
    return Failure(Invalid(fmt::format("Invalid filter '{}'. Could not be parsed.", text_)));
  }

  Result<Token> Next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    if (at_ == text_.size()) return Token{};
    const char c = text_[at_];
    if (c == '\'') return Quoted('\'', TokenKind::kString);
    if (c == '"') return Quoted('"', TokenKind::kQuotedName);
    if (c == '`') return Quoted('`', TokenKind::kQuotedName);
    if (std::isdigit(static_cast<unsigned char>(c)) || ((c == '-' || c == '+' || c == '.') && at_ + 1 < text_.size() &&
                                                         (std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) || text_[at_ + 1] == '.'))) {
      size_t start = at_;
      ++at_;
      while (at_ < text_.size() && (IsWordCharacter(text_[at_]) || text_[at_] == '.' || ((text_[at_] == '+') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E')))) ++at_;
      return Token{TokenKind::kNumber, std::string(text_.substr(start, at_ - start))};
    }
    for (std::string_view symbol : {">=", "<=", "!=", "<>", "=", ">", "<", "(", ")", ",", "."}) {
      if (text_.substr(at_).starts_with(symbol)) {
        at_ += symbol.size();
        return Token{TokenKind::kSymbol, std::string(symbol)};
      }
    }
    if (IsWordCharacter(c)) {
      size_t start = at_;
      while (at_ < text_.size() && IsWordCharacter(text_[at_])) ++at_;
      return Token{TokenKind::kWord, std::string(text_.substr(start, at_ - start))};
    }
    return Failure(Invalid(fmt::format("Invalid filter '{}'. Could not be parsed.", text_)));
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::optional<FilterEntity> EntityOf(std::string_view word) {
  const std::string name = Lower(word);
  if (name == "metric" || name == "metrics") return FilterEntity::kMetric;
  if (name == "param" || name == "params" || name == "parameter" || name == "parameters") return FilterEntity::kParam;
  if (name == "tag" || name == "tags") return FilterEntity::kTag;
  if (name == "attribute" || name == "attributes" || name == "attr" || name == "run") return FilterEntity::kAttribute;
  if (name == "dataset" || name == "datasets") return FilterEntity::kDataset;
  return std::nullopt;
}

class FilterParser {
 public:
  FilterParser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  Result<std::vector<FilterClause>> Parse() {
    std::vector<FilterClause> clauses;
    if (Peek().kind == TokenKind::kEnd) return clauses;
    for (;;) {
      TRY(FilterClause clause, Clause());
      clauses.push_back(std::move(clause));
      if (Peek().kind == TokenKind::kEnd) return clauses;
      if (!TakeWord("and")) return Failure(Invalid(fmt::format("Invalid clause(s) in filter string: '{}'", text_)));
    }
  }

  Result<OrderClause> Order() {
    OrderClause order;
    TRY(Left(order.entity, order.key));
    if (TakeWord("desc")) order.is_ascending = false;
    else TakeWord("asc");
    if (Peek().kind != TokenKind::kEnd) return Failure(Invalid(fmt::format("Invalid order_by clause '{}'. Could not be parsed.", text_)));
    return order;
  }

 private:
  const Token& Peek() const { return tokens_[at_]; }
  Token Take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool TakeWord(std::string_view word) {
    if (Peek().kind != TokenKind::kWord || Lower(Peek().text) != word) return false;
    Take();
    return true;
  }
  bool TakeSymbol(std::string_view symbol) {
    if (Peek().kind != TokenKind::kSymbol || Peek().text != symbol) return false;
    Take();
    return true;
  }

  // entity.key, or a bare attribute; keys may hold dots.
  Result<> Left(FilterEntity& entity, std::string& key) {
    const Token first = Take();
    if (first.kind != TokenKind::kWord && first.kind != TokenKind::kQuotedName && first.kind != TokenKind::kNumber) {
      return Failure(Invalid(fmt::format("Invalid clause(s) in filter string: '{}'", text_)));
    }
    if (!TakeSymbol(".")) {
      entity = FilterEntity::kAttribute;
      key = first.text;
      return {};
    }
    std::optional<FilterEntity> known = EntityOf(first.text);
    if (!known) {
      return Failure(Invalid(fmt::format("Invalid entity type '{}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']", first.text)));
    }
    entity = *known;
    key = Take().text;
    while (TakeSymbol(".")) key += "." + Take().text;
    return {};
  }

  Result<Comparator> ReadComparator() {
    const Token token = Take();
    if (token.kind == TokenKind::kSymbol) {
      if (token.text == "=") return Comparator::kEqual;
      if (token.text == "!=" || token.text == "<>") return Comparator::kNotEqual;
      if (token.text == "<") return Comparator::kLess;
      if (token.text == "<=") return Comparator::kLessEqual;
      if (token.text == ">") return Comparator::kGreater;
      if (token.text == ">=") return Comparator::kGreaterEqual;
    }
    const std::string word = Lower(token.text);
    if (word == "like") return Comparator::kLike;
    if (word == "ilike") return Comparator::kILike;
    if (word == "in") return Comparator::kIn;
    if (word == "not" && TakeWord("in")) return Comparator::kNotIn;
    if (word == "is") {
      const bool negated = TakeWord("not");
      if (TakeWord("null")) return negated ? Comparator::kIsNotNull : Comparator::kIsNull;
    }
    return Failure(Invalid(fmt::format("Invalid comparator '{}' in filter string: '{}'", token.text, text_)));
  }

  Result<std::string> ReadValue(bool& is_quoted) {
    const Token token = Take();
    is_quoted = token.kind == TokenKind::kString || token.kind == TokenKind::kQuotedName;
    if (is_quoted || token.kind == TokenKind::kNumber || token.kind == TokenKind::kWord) return token.text;
    return Failure(Invalid(fmt::format("Expected a quoted string value or a number in filter string: '{}'", text_)));
  }

  Result<FilterClause> Clause() {
    FilterClause clause;
    TRY(Left(clause.entity, clause.key));
    TRY(clause.comparator, ReadComparator());
    if (clause.comparator == Comparator::kIsNull || clause.comparator == Comparator::kIsNotNull) return clause;
    if (clause.comparator == Comparator::kIn || clause.comparator == Comparator::kNotIn) {
      if (!TakeSymbol("(")) return Failure(Invalid(fmt::format("Invalid clause(s) in filter string: '{}'", text_)));
      do {
        TRY(std::string value, ReadValue(clause.is_quoted));
        if (!clause.is_quoted) {
          return Failure(Invalid("While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: " + value));
        }
        clause.values.push_back(std::move(value));
      } while (TakeSymbol(","));
      if (!TakeSymbol(")")) return Failure(Invalid(fmt::format("Invalid clause(s) in filter string: '{}'", text_)));
      return clause;
    }
    TRY(std::string value, ReadValue(clause.is_quoted));
    clause.values.push_back(std::move(value));
    return clause;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<FilterClause>> ParseFilter(std::string_view text) {
  TRY(std::vector<Token> tokens, Lexer(text).All());
  return FilterParser(text, std::move(tokens)).Parse();
}

Result<OrderClause> ParseOrder(std::string_view text) {
  TRY(std::vector<Token> tokens, Lexer(text).All());
  return FilterParser(text, std::move(tokens)).Order();
}

std::string_view SqlComparator(Comparator comparator) {
  switch (comparator) {
    case Comparator::kEqual: return "=";
    case Comparator::kNotEqual: return "<>";
    case Comparator::kLess: return "<";
    case Comparator::kLessEqual: return "<=";
    case Comparator::kGreater: return ">";
    case Comparator::kGreaterEqual: return ">=";
    case Comparator::kLike:
    case Comparator::kILike: return "LIKE";
    case Comparator::kIn: return "IN";
    case Comparator::kNotIn: return "NOT IN";
    case Comparator::kIsNull: return "IS NULL";
    case Comparator::kIsNotNull: return "IS NOT NULL";
  }
  return "=";
}

}  // namespace crannog::mlflow
