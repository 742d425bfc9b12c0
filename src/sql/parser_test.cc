#include "sql/parser.h"

#include <gtest/gtest.h>

#include <chrono>

#include "sql/keywords.h"
#include "sql/printer.h"

namespace crannog::sql {
namespace {

using plan::DataType;

std::string Text(std::string_view expression, const ParserOptions& options = {}) {
  auto parsed = ParseExpression(expression, options);
  if (!parsed) return parsed.error().condition + ": " + parsed.error().message;
  return PrintExpression(**parsed).value_or("unprintable");
}

template <typename T>
T CommandOf(std::string_view text) {
  auto parsed = ParseStatement(text);
  EXPECT_TRUE(parsed) << text << "\n" << (parsed ? "" : parsed.error().message);
  if (!parsed || !parsed->command) return {};
  const T* command = parsed->command->As<T>();
  EXPECT_NE(command, nullptr) << text;
  return command ? *command : T{};
}

Error ErrorOf(std::string_view text, const ParserOptions& options = {}) {
  auto parsed = ParseStatement(text, options);
  EXPECT_FALSE(parsed) << text;
  return parsed ? Error{} : parsed.error();
}

TEST(Literals, TheirTypesFollowFromSuffixAndSize) {
  EXPECT_EQ(Text("2147483647"), "2147483647");
  EXPECT_EQ(Text("2147483648"), "2147483648L");
  EXPECT_EQ(Text("9223372036854775808"), "9223372036854775808BD");
  EXPECT_EQ(Text("-9223372036854775808"), "-9223372036854775808L");
  EXPECT_EQ(Text("1L + 2S + 3Y"), "1L + 2S + 3Y");
  EXPECT_EQ(Text("1.50"), "1.50BD");
  EXPECT_EQ(Text("1e3"), "1000D");
  EXPECT_EQ(Text("1e3BD"), "1000BD");
  EXPECT_EQ(Text("0.5F"), "0.5F");
  EXPECT_EQ(Text("X'1f'"), "X'1F'");
  EXPECT_EQ(Text("1a"), "`1a`");
  EXPECT_EQ(Text("128Y"), "INVALID_NUMERIC_LITERAL_RANGE: Numeric literal 128 is outside the valid range for tinyint with minimum value of -128 and maximum "
                          "value of 127. Please adjust the value accordingly.");
}

TEST(Literals, StringsUnescapeAndJoin) {
  auto value = [](std::string_view text) {
    auto parsed = ParseExpression(text);
    return parsed ? std::get<std::string>((*parsed)->As<plan::Literal>()->value) : parsed.error().message;
  };
  EXPECT_EQ(value(R"('a\tb\n\\\'\u0041\101\%')"), "a\tb\n\\'AA\\%");
  EXPECT_EQ(value("'It''s' \" \"\"ok\"\"\""), "It's \"ok\"");
  EXPECT_EQ(value(R"(r'a\tb')"), "a\\tb");
  EXPECT_EQ(value(R"('\U0001F600')"), "\xF0\x9F\x98\x80");
}

TEST(Literals, DatesTimesAndIntervals) {
  EXPECT_EQ(Text("DATE '2024-2-9'"), "DATE '2024-02-09'");
  EXPECT_EQ(Text("DATE '-0044-03-15'"), "DATE '-0044-03-15'");
  EXPECT_EQ(Text("TIMESTAMP_NTZ '2024-01-02T03:04:05.6'"), "TIMESTAMP_NTZ '2024-01-02 03:04:05.600000'");
  EXPECT_EQ(Text("TIMESTAMP '2024-01-02 03:04:05'"), "TIMESTAMP_LTZ '2024-01-02 03:04:05'");
  EXPECT_EQ(Text("TIME '23:59:59.5'"), "TIME '23:59:59.500000'");
  EXPECT_EQ(Text("INTERVAL '1-2' YEAR TO MONTH"), "INTERVAL '1-2' YEAR TO MONTH");
  EXPECT_EQ(Text("INTERVAL 2 WEEKS 1 DAY 3.25 SECONDS"), "INTERVAL '15 00:00:03.250000' DAY TO SECOND");
  EXPECT_EQ(Text("INTERVAL -'1 02:03:04.5' DAY TO SECOND"), "INTERVAL '-1 02:03:04.500000' DAY TO SECOND");
  EXPECT_EQ(Text("INTERVAL '3 hours 5 minutes'"), "INTERVAL '3:05' HOUR TO MINUTE");
}

TEST(Expressions, BindAsSparkBinds) {
  EXPECT_EQ(Text("1 + 2 * 3 - 4"), "1 + 2 * 3 - 4");
  EXPECT_EQ(Text("(1 + 2) * 3"), "(1 + 2) * 3");
  EXPECT_EQ(Text("a | b ^ c & d << 1 + 2"), "a | b ^ c & d << 1 + 2");
  EXPECT_EQ(Text("NOT a = b AND c OR d"), "NOT a = b AND c OR d");
  EXPECT_EQ(Text("NOT (a AND b)"), "NOT (a AND b)");
  EXPECT_EQ(Text("a = b IS NULL"), "a = b IS NULL");
  EXPECT_EQ(Text("-a[1].b::int"), "-CAST(a[1].b AS INT)");
  EXPECT_EQ(Text("c:store.book[0]['x y']::string"), "CAST(c:store.book[0]['x y'] AS STRING)");
  EXPECT_EQ(Text("k NOT IN (1, 2) AND y NOT LIKE 'a%' ESCAPE '!'"), "NOT k IN (1, 2) AND NOT y LIKE 'a%' ESCAPE '!'");
  EXPECT_EQ(Text("transform(a, (k, i) -> k + i)"), "`transform`(a, ((k, i) -> k + i))");
  EXPECT_EQ(Text("sum(DISTINCT k) FILTER (WHERE y > 1) OVER (PARTITION BY z ORDER BY w DESC NULLS LAST ROWS 2 PRECEDING)"),
            "sum(DISTINCT k) FILTER (WHERE y > 1) OVER (PARTITION BY z ORDER BY w DESC NULLS LAST ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)");
}

TEST(Expressions, OriginsCountCharacters) {
  auto parsed = ParseExpression("'中文' || abs(x)");
  ASSERT_TRUE(parsed);
  const auto* call = (*parsed)->As<plan::FunctionCall>();
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->arguments[1]->origin.start, 8);
  EXPECT_EQ(call->arguments[1]->origin.stop, 13);
}

TEST(Types, ReadDdlAndJson) {
  EXPECT_EQ(ParseDataType("map<string, array<struct<a: decimal(10,2), `b c` int not null>>>")->Sql(),
            "MAP<STRING, ARRAY<STRUCT<a: DECIMAL(10,2), `b c`: INT NOT NULL>>>");
  EXPECT_EQ(ParseDataType("interval day to second")->Sql(), "INTERVAL DAY TO SECOND");
  EXPECT_EQ(ParseTableSchema("a INT NOT NULL COMMENT 'x', b STRING")->fields().size(), 2u);
  EXPECT_EQ(ParseTableSchema("int")->fields()[0].name, "value");
  EXPECT_EQ(ParseTableSchema(R"({"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":{}}]})")->fields()[0].type, DataType::Long());
  EXPECT_EQ(ParseDataType("char").error().condition, "DATATYPE_MISSING_SIZE");
  EXPECT_EQ(ParseDataType("foo(3)").error().parameters.at("typeName"), "\"FOO(3)\"");
}

TEST(Errors, NameTheTokenThePlaceAndTheHint) {
  Error error = ErrorOf("SELECT 1\nFROM t WHERE a = ");
  EXPECT_EQ(error.condition, "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(error.sql_state, "42601");
  EXPECT_EQ(error.parameters.at("error"), "end of input");
  EXPECT_NE(error.message.find("(line 2, pos 17)"), std::string::npos) << error.message;
  EXPECT_EQ(ErrorOf("SELECT a b c").parameters.at("hint"), ": extra input 'c'");
  EXPECT_EQ(ErrorOf("  ").condition, "PARSE_EMPTY_STATEMENT");
  EXPECT_EQ(ErrorOf("SELECT 1 /* /* x */").condition, "UNCLOSED_BRACKETED_COMMENT");
  EXPECT_EQ(ErrorOf("SELECT * FROM a-b").parameters.at("ident"), "a-b");
  Error typed = ErrorOf("SELECT DATE '2024-13-01'");
  EXPECT_EQ(typed.condition, "INVALID_TYPED_LITERAL");
  ASSERT_EQ(typed.contexts.size(), 1u);
  EXPECT_EQ(typed.contexts[0].start_index, 7);
  EXPECT_EQ(typed.contexts[0].fragment, "DATE '2024-13-01'");
}

TEST(Statements, DatabricksWordsAreNamesElsewhere) {
  EXPECT_TRUE(ParseStatement("SELECT optimize, vacuum AS restore, mask FROM qualify AS clone WHERE zorder > 1"));
  EXPECT_EQ(CommandOf<plan::Optimize>("OPTIMIZE a.b.c WHERE d > 1 ZORDER BY (x, y.z)").zorder_by.size(), 2u);
  EXPECT_EQ(CommandOf<plan::Vacuum>("VACUUM delta.`/tmp/t` RETAIN 168 HOURS DRY RUN").retain_hours, 168.0);
  EXPECT_TRUE(CommandOf<plan::Restore>("RESTORE TABLE t TO VERSION AS OF 3").to.version);
  EXPECT_EQ(CommandOf<plan::DescribeHistory>("DESCRIBE HISTORY '/data/t' LIMIT 5").table.parts[1], "/data/t");
  EXPECT_EQ(CommandOf<plan::Grant>("GRANT SELECT, USE SCHEMA ON SCHEMA main.s TO `data eng`").privileges[1], "USE SCHEMA");
  EXPECT_EQ(CommandOf<plan::Grant>("GRANT SELECT ON SHARE s TO RECIPIENT r").is_share_to_recipient, true);
  EXPECT_EQ(CommandOf<plan::AlterShare>("ALTER SHARE s ADD TABLE a.b.c AS x.y WITH HISTORY").with_history, true);
  EXPECT_EQ(CommandOf<plan::CopyInto>("COPY INTO t FROM '/p' FILEFORMAT = CSV FORMAT_OPTIONS ('header' = 'true') COPY_OPTIONS ('mergeSchema' = 'true')").file_format,
            "CSV");
  EXPECT_EQ(CommandOf<plan::CloneTable>("CREATE OR REPLACE TABLE a SHALLOW CLONE b VERSION AS OF 2").is_shallow, true);
  EXPECT_EQ(CommandOf<plan::CreateStreamingTable>("CREATE OR REFRESH STREAMING TABLE s (a INT, CONSTRAINT c EXPECT (a > 0) ON VIOLATION DROP ROW) AS SELECT * FROM STREAM(t)")
                .spec.constraints[0].action,
            plan::ExpectationAction::kDropRow);
  EXPECT_EQ(CommandOf<plan::AutoCdc>("APPLY CHANGES INTO t FROM STREAM(s) KEYS (id) SEQUENCE BY ts STORED AS SCD TYPE 2").scd_type, plan::ScdType::kType2);
  auto table = CommandOf<plan::CreateTable>(
      "CREATE TABLE IF NOT EXISTS t (id BIGINT GENERATED ALWAYS AS IDENTITY, a INT DEFAULT 1 + 1, ssn STRING MASK f USING COLUMNS (a), "
      "CONSTRAINT pk PRIMARY KEY (id)) USING delta CLUSTER BY (a) TBLPROPERTIES (delta.x = true) WITH ROW FILTER g ON (a)");
  EXPECT_EQ(table.spec.columns[1].default_value->text, "1 + 1");
  EXPECT_EQ(table.spec.columns[2].mask->function.parts[0], "f");
  EXPECT_EQ(table.spec.properties.at("delta.x"), "true");
  EXPECT_EQ(table.spec.row_filter->columns.size(), 1u);
  auto merge = CommandOf<plan::Merge>(
      "MERGE WITH SCHEMA EVOLUTION INTO t USING s ON t.a = s.a WHEN MATCHED AND s.d THEN DELETE WHEN MATCHED THEN UPDATE SET * "
      "WHEN NOT MATCHED THEN INSERT (a, b) VALUES (s.a, DEFAULT) WHEN NOT MATCHED BY SOURCE THEN UPDATE SET b = 0");
  EXPECT_EQ(merge.clauses.size(), 4u);
  EXPECT_TRUE(merge.with_schema_evolution);
  EXPECT_EQ(CommandOf<plan::CreateFunction>("CREATE FUNCTION f(x INT, y INT DEFAULT 2) RETURNS INT RETURN CASE WHEN x > y THEN x ELSE y END").parameters.size(), 2u);
  EXPECT_EQ(CommandOf<plan::CreateFunction>("CREATE FUNCTION p(x STRING) RETURNS STRING LANGUAGE PYTHON AS $$ return x.upper() $$").body_text, " return x.upper() ");
}

TEST(Statements, ScriptsNest) {
  auto script = CommandOf<plan::CompoundStatement>(
      "lbl: BEGIN DECLARE x INT DEFAULT 1; DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO BEGIN SELECT 0; END; "
      "WHILE x < 3 DO SET x = x + 1; IF x = 2 THEN ITERATE lbl2; ELSEIF x = 3 THEN SELECT x; ELSE SELECT 9; END IF; END WHILE; "
      "FOR r AS SELECT * FROM t DO INSERT INTO u VALUES (r.a); END FOR; END lbl");
  ASSERT_TRUE(script.block);
  EXPECT_EQ(script.block->label, "lbl");
  EXPECT_EQ(script.block->handlers.size(), 1u);
  EXPECT_EQ(script.block->statements.size(), 3u);
  auto several = ParseStatements("SELECT 1; ; SELECT ';' -- x\n; BEGIN SELECT 1; END;");
  ASSERT_TRUE(several);
  ASSERT_EQ(several->size(), 3u);
  EXPECT_EQ((*several)[1].text, "SELECT ';'");
}

TEST(Keywords, AreSparks) {
  EXPECT_EQ(Keywords(false).size(), 395u);
  size_t reserved = 0;
  for (const Keyword& keyword : Keywords(true)) reserved += keyword.is_reserved;
  EXPECT_EQ(reserved, 77u);  // as recorded in keywords-enforced.sql.out
}

// Linear time and a clear error, whatever comes.
TEST(Limits, BigAndDeepTextsEndSoon) {
  auto seconds = [](const std::string& text, bool must_parse) {
    auto begin = std::chrono::steady_clock::now();
    auto parsed = ParseStatement(text);
    EXPECT_EQ(static_cast<bool>(parsed), must_parse) << text.substr(0, 60);
    if (!parsed) EXPECT_TRUE(parsed.error().condition == "FAILED_TO_PARSE_TOO_COMPLEX" || parsed.error().condition == "PARSE_SYNTAX_ERROR");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  std::string in = "SELECT * FROM t WHERE a IN (0";
  for (int i = 1; i < 100'000; ++i) in += ", " + std::to_string(i);
  EXPECT_LT(seconds(in + ")", true), 5);
  std::string ors = "SELECT * FROM t WHERE a = 0";
  for (int i = 1; i < 100'000; ++i) ors += " OR a = " + std::to_string(i);
  EXPECT_LT(seconds(ors, true), 5);
  std::string values = "INSERT INTO t VALUES (0, 'x')";
  for (int i = 1; i < 100'000; ++i) values += ", (" + std::to_string(i) + ", 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz')";
  EXPECT_LT(seconds(values, true), 5);
  std::string plus = "SELECT 1";
  for (int i = 0; i < 100'000; ++i) plus += " + 1";
  EXPECT_LT(seconds(plus, false), 5);
  for (const char* open : {"(", "f(", "NOT ", "- ", "CASE WHEN ", "array(", "(SELECT ", "[", "STRUCT("}) {
    std::string deep = "SELECT ";
    for (int i = 0; i < 100'000; ++i) deep += open;
    EXPECT_LT(seconds(deep, false), 5) << open;
  }
  std::string subqueries, closing;
  for (int i = 0; i < 300; ++i) subqueries += "SELECT * FROM (", closing += ")";
  EXPECT_LT(seconds(subqueries + "SELECT 1" + closing, true), 5);
}

}  // namespace
}  // namespace crannog::sql
