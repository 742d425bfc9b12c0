#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sql/lexer.h"
#include "sql/parser.h"

/// The recursive descent parser. Private to the room.
///
/// Inside, a syntax error is thrown (SyntaxFailure) and caught in parser.cc: several hundred rules would otherwise carry an error path each, and
/// speculation would pay for a Result<> per call. Nothing is thrown out of the room.
/// Two kinds of failure, as in Spark: a syntax error ends parsing at once; what Spark's AstBuilder refuses (Semantic) is only recorded, because a syntax
/// error further on in the text wins. The offending token of a syntax error is the furthest one that any attempted rule could not take.
namespace crannog::sql {

using namespace plan;  // NOLINT: the parser makes nothing but plans

struct SyntaxFailure {
  size_t at = 0;
  std::string expected;   ///< what would have fitted, for people
  std::string hint;       ///< Spark's: ": extra input 'x'", ": missing ')'"
  std::optional<Error> error;  ///< set when it is another condition than PARSE_SYNTAX_ERROR
};

/// Lower-case ASCII copy, upper-case ASCII copy, comparison of ASCII words in any case.
std::string LowerAscii(std::string_view text);
std::string UpperAscii(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

class Parser {
 public:
  Parser(std::string_view text, const ParserOptions& options);

  // Whole texts (parser.cc). Each ends at the end of the text.
  Statement SingleStatement();
  std::vector<ParsedStatement> Statements();
  ExpressionPtr SingleExpression();
  DataType SingleDataType();
  DataType SingleTableSchema();
  std::vector<std::string> SingleMultipartIdentifier();
  std::vector<std::string> SingleTableIdentifier();

  const std::optional<Error>& semantic_error() const { return semantic_error_; }
  bool has_unclosed_comment() const { return has_unclosed_comment_; }
  Error ToError(const SyntaxFailure& failure) const;

 private:
  using T = Token;

  // --- tokens (parser_state.cc)
  const Lexeme& Peek(size_t ahead = 0) const { return tokens_[std::min(pos_ + ahead, tokens_.size() - 1)]; }
  T Kind(size_t ahead = 0) const { return Peek(ahead).token; }
  bool At(T token) const { return tokens_[pos_].token == token; }
  bool At(T first, T second) const { return At(first) && Kind(1) == second; }
  bool AtAny(std::initializer_list<T> set) const;
  bool KindIn(size_t ahead, std::initializer_list<T> set) const;
  bool Accept(T token) {
    if (!At(token)) return false;
    Advance();
    return true;
  }
  bool Accept(T first, T second) {
    if (!At(first, second)) return false;
    Advance();
    Advance();
    return true;
  }
  void Advance() { if (pos_ + 1 < tokens_.size()) ++pos_; }
  void Expect(T token);
  /// Expect in places where ANTLR repairs by one token: names the hint as it would. `followers`: what may come after the missing token.
  void ExpectRepairable(T token, std::initializer_list<T> followers);
  std::string_view Text(size_t ahead = 0) const;
  std::string_view TextOf(size_t token) const { return text_.substr(tokens_[token].begin, tokens_[token].end - tokens_[token].begin); }
  /// Words that are no keywords of Spark's.
  bool AtWord(std::string_view word, size_t ahead = 0) const;
  bool AcceptWord(std::string_view word);
  bool AcceptWords(std::initializer_list<std::string_view> words);
  bool AtWords(std::initializer_list<std::string_view> words, size_t ahead = 0) const;
  void ExpectWord(std::string_view word);
  [[noreturn]] void Fail(std::string expected = "", std::string hint = "");
  [[noreturn]] void FailWith(Error error);
  void ExpectEnd(std::string_view after);
  std::string TokenError(size_t token) const;

  Origin From(size_t start) const;
  Origin Between(size_t start, size_t stop) const;   ///< tokens start … stop inclusive
  std::string Slice(Origin origin) const;
  std::string SliceTokens(size_t start, size_t stop) const;  ///< text of tokens [start, stop)
  void Semantic(Error error, size_t start);
  void Semantic(Error error, Origin origin);
  void SemanticWithoutContext(Error error);
  void LegacyOperationNotAllowed(std::string message, size_t start);  // "Operation not allowed: …"
  void SqlSyntax(std::string_view sub, std::map<std::string, std::string> parameters, size_t start);

  /// Runs `rule`; on a syntax failure goes back and gives false (the furthest failure is remembered).
  template <typename Rule>
  bool Try(Rule rule) {
    size_t start = pos_;
    auto semantic = semantic_error_;
    int depth = depth_;
    int32_t question_marks = question_marks_;
    int angles_used = angles_used_;
    ++try_depth_;
    try {
      rule();
      --try_depth_;
      return true;
    } catch (SyntaxFailure& failure) {
      --try_depth_;
      if (failure.error) throw;
      if (!furthest_ || failure.at > furthest_->at) furthest_ = std::move(failure);
    }
    pos_ = start;
    semantic_error_ = std::move(semantic);
    depth_ = depth;
    question_marks_ = question_marks;
    angles_used_ = angles_used;
    return false;
  }

  class Deeper {
   public:
    explicit Deeper(Parser& parser) : parser_(parser) { parser_.Enter(); }
    ~Deeper() { --parser_.depth_; }
   private:
    Parser& parser_;
  };
  void Enter();
  [[noreturn]] void TooComplex();

  template <typename Item>
  void CommaList(Item item) {
    do item();
    while (Accept(T::kComma));
  }

  // --- identifiers (parse_identifier.cc)
  bool IsIdentifierToken(T token) const;         ///< `identifier`
  bool IsStrictIdentifierToken(T token) const;   ///< `strictIdentifier`
  bool AtIdentifier(size_t ahead = 0) const { return IsIdentifierToken(Kind(ahead)); }
  std::string Identifier();                      ///< one name, no '-' check
  std::string ErrorCapturingIdentifier();
  std::string StrictIdentifier();
  std::string IdentifierText(size_t token);
  std::vector<std::string> MultipartIdentifier();
  std::vector<std::string> QualifiedName();
  Name ParseName();                              ///< identifierReference
  Name PathOrName();                             ///< also 'path' as a string, for Delta's statements
  std::vector<std::string> IdentifierList();     ///< ( a, b )
  std::vector<std::string> IdentifierSeq();
  bool AtIdentifierClause(size_t ahead = 0) const { return Kind(ahead) == T::kIdentifier && Kind(ahead + 1) == T::kLeftParen; }
  std::vector<std::string> IdentifierLiteral(size_t start, const std::string& text);

  // --- literals (parse_literal.cc, parse_interval.cc)
  bool AtString(size_t ahead = 0) const;
  std::string StringLiteral();                   ///< one or more adjacent strings
  std::string OneString();
  std::string Unescape(size_t token) const;
  std::optional<std::string> OptionalString();
  ExpressionPtr NumberLiteral(bool negative);
  int64_t IntegerValue();
  ExpressionPtr TypedLiteral();
  ExpressionPtr IntervalLiteral();
  bool AtIntervalLiteral() const;
  ExpressionPtr Constant();                      ///< literal or parameter marker only
  bool AtConstant() const;

  // --- types (parse_type.cc)
  DataType ParseType();
  void CloseAngle();
  StructField ComplexColumn();
  StructField ColumnOfType();                    ///< colType
  std::string CollationName();

  // --- expressions (parse_expression.cc, parse_primary.cc, parse_function.cc)
  ExpressionPtr ParseExpr();
  ExpressionPtr AndExpression();
  ExpressionPtr NotExpression();
  ExpressionPtr Predicated();
  ExpressionPtr Predicate(ExpressionPtr left, size_t start);
  ExpressionPtr ValueExpression(int min_precedence = 0);
  ExpressionPtr Unary();
  ExpressionPtr Primary();
  ExpressionPtr PrimaryBase();
  ExpressionPtr Postfix(ExpressionPtr base, size_t start);
  ExpressionPtr ParenthesizedExpression();
  ExpressionPtr CaseExpression();
  ExpressionPtr StringOrConcat();
  ExpressionPtr Parameter();
  ExpressionPtr StarExpression(std::vector<std::string> target, size_t start);
  int CountInCall(T token) const;
  ExpressionPtr SpecialCall();                   ///< null when the tokens are no special form
  ExpressionPtr CallArguments(Name name, size_t start);
  ExpressionPtr CallSuffix(FunctionCall call, size_t start);
  ExpressionPtr FunctionArgument();
  ExpressionPtr NamedExpression();
  std::vector<ExpressionPtr> NamedExpressionSeq();
  std::vector<ExpressionPtr> ExpressionSeq();
  SortOrder SortItem();
  std::vector<SortOrder> SortItems();
  WindowSpec ParseWindowSpec();
  FrameEdge ParseFrameEdge();
  bool CanStartExpression(size_t ahead = 0) const;
  bool AtQuery(size_t ahead = 0) const;          ///< a query may start here
  ExpressionPtr Balanced(const char* op, std::vector<ExpressionPtr>& operands, Origin origin);
  ExpressionPtr SubqueryOf(SubqueryKind kind, RelationPtr query, size_t start);

  /// Which clause words may stand where an alias could be.
  enum class AliasPlace { kSelectItem, kTable, kOther };
  bool AtAlias(AliasPlace place) const;

  // --- queries (parse_query.cc, parse_relation.cc, parse_pipe.cc)
  RelationPtr ParseQuery();
  RelationPtr ParseQueryOnce();
  RelationPtr QueryTerm(int min_precedence);
  RelationPtr QueryPrimary();
  RelationPtr QueryOrganization(RelationPtr input, size_t start);
  RelationPtr QuerySpecification(RelationPtr from, bool has_from);
  RelationPtr FromStatement();
  RelationPtr TransformClause(RelationPtr from, bool has_from, size_t start);
  bool AtTransform() const;
  RelationPtr FromClause();
  RelationPtr ParseRelation();
  RelationPtr RelationPrimary();
  RelationPtr RelationExtensions(RelationPtr left, size_t start, bool only_one);
  bool AtJoin() const;
  RelationPtr JoinWith(RelationPtr left, size_t start);
  RelationPtr PivotClause(RelationPtr input);
  RelationPtr UnpivotClause(RelationPtr input);
  RelationPtr LateralViewClause(RelationPtr input);
  RelationPtr SampleClause(RelationPtr input);
  RelationPtr InlineTableClause();
  RelationPtr TableAlias(RelationPtr input, size_t start, bool always = false);
  RelationPtr TableFunctionCall();
  ExpressionPtr TableFunctionArgument();
  RelationPtr TableReference();
  TimeTravel TemporalClause();
  bool AtTemporalClause() const;
  Aggregate AggregationClause(RelationPtr input);
  GroupingElement GroupingAnalytics();
  std::vector<ExpressionPtr> GroupingSet();
  std::vector<std::pair<std::string, WindowSpec>> WindowClause();
  RelationPtr Hints(RelationPtr input, const std::vector<Hint>& hints);
  std::vector<Hint> ParseHints();
  RelationPtr PipeOperator(RelationPtr input, size_t start);
  bool AtSetOperator() const;
  bool AtLimitClause() const;
  Options PropertyList();
  ExpressionOptions ExpressionPropertyList();
  std::pair<std::string, std::string> Property();
  std::string PropertyKey();
  std::string PropertyValue();

  // --- statements (parse_statement.cc and one file per noun)
  Statement ParseStatementBody();
  Statement StatementCommand(CommandPtr command) { return Statement{nullptr, std::move(command)}; }
  template <typename N>
  Statement Done(N node, size_t start) {
    return Statement{nullptr, MakeCommand(std::move(node), From(start))};
  }
  QueryText ParseQueryText();
  ExpressionText ParseExpressionText();
  Statement UnsupportedWords(size_t count, size_t start);
  bool IfNotExists();
  bool IfExistsClause();
  PartitionSpec Partition();
  PartitionSpec OptionalPartition();

  // parse_schema.cc
  Statement CreateStatement();
  Statement DropStatement();
  Statement AlterStatement();
  Statement CreateCatalogOrSchema(size_t start);
  Statement AlterCatalogOrSchema(size_t start);
  Statement CommentStatement();
  Statement UseStatement();
  std::optional<ObjectKind> AcceptObjectKind();
  std::optional<Statement> CommonAlter(ObjectKind kind, const Name& name, size_t start);
  Tags TagList();
  std::vector<std::string> TagKeys();

  // parse_table.cc, parse_alter_table.cc
  Statement CreateTableStatement(size_t start, CreateMode mode);
  void TableSpecBody(TableSpec& spec, bool allow_expectations, size_t start);
  void TableClauses(TableSpec& spec, size_t start);
  std::vector<ColumnDefinition> ColumnDefinitions(TableSpec& spec, std::string_view statement);
  ColumnDefinition ParseColumnDefinition(bool type_required);
  std::optional<Constraint> TableConstraint();
  Constraint ConstraintBody(std::string name, const std::string& column, size_t start);
  void ConstraintCharacteristics(Constraint& constraint);
  PartitionField ParsePartitionField();
  SerdeSpec RowFormat();
  void FileFormat(SerdeSpec& serde);
  ColumnMask ParseMask();
  RowFilter ParseRowFilter();
  RefreshSchedule ParseSchedule();
  IdentityColumn ParseIdentity();
  std::vector<std::vector<std::string>> ClusterBySpec(bool& is_auto, bool& is_none);
  Statement AlterTableStatement(size_t start, ObjectKind kind);
  ColumnDefinition QualifiedColumn(std::string_view operation);
  std::vector<ColumnDefinition> QualifiedColumns(std::string_view operation);
  AlterColumn ParseAlterColumn();
  Statement AnalyzeStatement();
  Statement RefreshStatement();
  Statement CreateIndexStatement(size_t start);
  ColumnPosition ParsePosition();

  // parse_view.cc, parse_function_ddl.cc, parse_pipeline.cc
  Statement CreateViewStatement(size_t start, IfExists mode, ViewScope scope);
  Statement CreateMaterialized(size_t start, CreateMode mode, bool is_private);
  Statement CreateStreaming(size_t start, CreateMode mode, bool is_private);
  Statement AlterViewStatement(size_t start);
  ViewSchemaMode SchemaBinding();
  Statement CreateFunctionStatement(size_t start, IfExists mode, bool temporary);
  RoutineParameter ParseRoutineParameter();
  Statement CreateFlowStatement(size_t start);
  AutoCdc ParseAutoCdc();

  // parse_write.cc, parse_maintenance.cc
  Statement DmlStatement(std::vector<CommonTableExpression> definitions, bool is_recursive, size_t start);
  bool AtDml() const;
  Insert InsertHeader(size_t start);
  Statement InsertStatement(size_t start, const std::vector<CommonTableExpression>& definitions, bool is_recursive);
  Statement MultiInsertStatement(size_t start);
  Statement UpdateStatement(size_t start);
  Statement DeleteStatement(size_t start);
  Statement MergeStatement(size_t start);
  MergeClause ParseMergeClause();
  std::vector<Assignment> AssignmentList();
  Statement CopyIntoStatement(size_t start);
  Statement MaintenanceStatement(size_t start);  ///< OPTIMIZE, VACUUM, RESTORE, CONVERT, REORG, GENERATE, FSCK, UNDROP, SYNC
  std::optional<Statement> WordStatement();
  Statement CacheStatement();
  void DmlAlias(std::string& alias, std::vector<std::string>& columns);
  std::pair<std::vector<CommonTableExpression>, bool> Ctes();

  // parse_show.cc, parse_session.cc, parse_governance.cc, parse_script.cc
  Statement ShowStatement();
  Statement DescribeStatement();
  Pattern OptionalPattern();
  Statement SetStatement(bool in_script);
  Statement SetVariableStatement(size_t start);
  Statement DeclareStatement();
  Statement ExplainStatement();
  Statement ExecuteImmediateStatement();
  Statement GrantStatement();
  Statement ShareStatement(size_t start, bool create);
  std::string Principal();
  ObjectKind SecurableKind();
  Statement CompoundOrStatement();
  BlockPtr CompoundBody(std::initializer_list<T> ends, bool allow_declarations);
  Statement BeginEnd(std::string label, size_t start);
  Statement ScriptControl(bool& handled);
  std::string BeginLabel();
  void EndLabel(const std::string& label, size_t start);
  std::optional<HandlerDeclaration> ParseHandler();
  void RequireSemicolon();
  bool AtScriptWord(T token) const;

  std::string_view text_;
  ParserOptions options_;
  std::vector<Lexeme> tokens_;
  bool has_unclosed_comment_ = false;
  size_t pos_ = 0;
  int depth_ = 0;
  int32_t question_marks_ = 0;
  bool in_script_ = false;
  bool no_call_before_query_ = false;  ///< name (SELECT …) is a name and then a query
  std::optional<SyntaxFailure> furthest_;
  /// What ParseQuery gave at a token, kept while alternatives are tried.
  struct Remembered {
    RelationPtr query;
    size_t end = 0;
    int32_t question_marks = 0;
    std::optional<Error> semantic_error;
    SyntaxFailure failure;
  };
  std::unordered_map<size_t, Remembered> remembered_;
  int try_depth_ = 0;
  int angles_used_ = 0;  ///< of a token >> or >>> that closes several types
  std::optional<Error> semantic_error_;
  std::optional<Error> query_error_;  ///< semantic, waits for the end of the whole query to be its context
};

}  // namespace crannog::sql
