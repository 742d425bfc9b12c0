#include "sql/parser.h"

#include <fmt/format.h>

#include "base/json.h"
#include "sql/parser_state.h"

namespace crannog::sql {

Statement Parser::SingleStatement() {
  Statement statement = CompoundOrStatement();
  size_t semicolons = 0;
  while (Accept(T::kSemicolon)) ++semicolons;
  ExpectEnd("statement");
  return statement;
}

std::vector<ParsedStatement> Parser::Statements() {
  std::vector<ParsedStatement> out;
  for (;;) {
    while (Accept(T::kSemicolon)) {
    }
    if (At(T::kEnd)) break;
    size_t start = pos_;
    ParsedStatement parsed;
    parsed.statement = CompoundOrStatement();
    parsed.origin = From(start);
    parsed.text = SliceTokens(start, pos_);
    out.push_back(std::move(parsed));
    if (!At(T::kSemicolon)) ExpectEnd("statement");
    if (semantic_error_) break;
  }
  return out;
}

ExpressionPtr Parser::SingleExpression() {
  ExpressionPtr expression = NamedExpression();
  ExpectEnd("expression");
  return expression;
}

DataType Parser::SingleDataType() {
  DataType type = ParseType();
  ExpectEnd("type");
  return type;
}

DataType Parser::SingleTableSchema() {
  std::vector<StructField> fields;
  CommaList([&] { fields.push_back(ColumnOfType()); });
  ExpectEnd("schema");
  return DataType::Struct(std::move(fields));
}

std::vector<std::string> Parser::SingleMultipartIdentifier() {
  std::vector<std::string> parts = MultipartIdentifier();
  ExpectEnd("name");
  return parts;
}

std::vector<std::string> Parser::SingleTableIdentifier() {
  std::vector<std::string> parts = {ErrorCapturingIdentifier()};
  if (Accept(T::kDot)) parts.push_back(ErrorCapturingIdentifier());
  ExpectEnd("table name");
  return parts;
}

namespace {

// Runs one rule over a text and turns its two kinds of failure into an Error.
template <typename T, typename Rule>
Result<T> Run(std::string_view text, const ParserOptions& options, bool is_statement, Rule rule) {
  if (text.size() > UINT32_MAX / 2) return Failure(ConditionError("FAILED_TO_PARSE_TOO_COMPLEX"));
  Parser parser(text, options);
  try {
    T value = rule(parser);
    if (is_statement && parser.has_unclosed_comment()) {
      Error error = ConditionError("UNCLOSED_BRACKETED_COMMENT");
      return Failure(std::move(error));
    }
    if (parser.semantic_error()) return Failure(*parser.semantic_error());
    return value;
  } catch (const SyntaxFailure& failure) {
    return Failure(parser.ToError(failure));
  }
}

}  // namespace

Result<Statement> ParseStatement(std::string_view text, const ParserOptions& options) {
  return Run<Statement>(text, options, true, [](Parser& parser) { return parser.SingleStatement(); });
}

Result<std::vector<ParsedStatement>> ParseStatements(std::string_view text, const ParserOptions& options) {
  return Run<std::vector<ParsedStatement>>(text, options, true, [](Parser& parser) { return parser.Statements(); });
}

Result<ExpressionPtr> ParseExpression(std::string_view text, const ParserOptions& options) {
  return Run<ExpressionPtr>(text, options, false, [](Parser& parser) { return parser.SingleExpression(); });
}

Result<DataType> ParseDataType(std::string_view text, const ParserOptions& options) {
  return Run<DataType>(text, options, false, [](Parser& parser) { return parser.SingleDataType(); });
}

// Source: StructType.fromDDL and Spark Connect's parseDatatypeString: a schema first, then a type, then JSON.
Result<DataType> ParseTableSchema(std::string_view text, const ParserOptions& options) {
  size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (text[first] == '{' || text[first] == '"')) return ParseTypeJson(text);
  auto schema = Run<DataType>(text, options, false, [](Parser& parser) { return parser.SingleTableSchema(); });
  if (schema) return schema;
  auto type = ParseDataType(text, options);
  if (!type) return Failure(std::move(schema).error());
  if (type->Is(TypeKind::kStruct)) return type;
  return DataType::Struct({StructField{"value", *std::move(type), true, ""}});
}

Result<std::vector<std::string>> ParseMultipartIdentifier(std::string_view text, const ParserOptions& options) {
  return Run<std::vector<std::string>>(text, options, false, [](Parser& parser) { return parser.SingleMultipartIdentifier(); });
}

Result<std::vector<std::string>> ParseTableIdentifier(std::string_view text, const ParserOptions& options) {
  return Run<std::vector<std::string>>(text, options, false, [](Parser& parser) { return parser.SingleTableIdentifier(); });
}

std::string QuoteIdentifier(std::string_view name) {
  bool plain = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
  for (char c : name) {
    plain = plain && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
  }
  if (plain && FindKeyword(name) == Token::kIdentifier_) return std::string(name);
  std::string out = "`";
  for (char c : name) {
    out += c;
    if (c == '`') out += c;
  }
  return out + "`";
}

}  // namespace crannog::sql
