#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "sql/parser.h"
#include "sql/printer.h"

/// Statements bent at random: the parser must answer, soon, and what it accepts must print. CRANNOG_FUZZ_SEED replays, CRANNOG_FUZZ_ROUNDS lengthens.
namespace crannog::sql {
namespace {

const char* const kSeeds[] = {
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT /*+ BROADCAST(t) */ DISTINCT a.b, sum(x) FILTER (WHERE y > 0) OVER w, "
    "CASE WHEN c IN (1, 2) THEN 'x' ELSE d:e.f[0]::int END AS z FROM t TIMESTAMP AS OF '2024-01-01' TABLESAMPLE (10 PERCENT) AS a LEFT JOIN LATERAL (SELECT * "
    "FROM u WHERE u.id = a.id) USING (id) LATERAL VIEW OUTER explode(m) e AS k, v WHERE NOT EXISTS (SELECT 1) GROUP BY ROLLUP(a, b), GROUPING SETS ((a), ()) "
    "HAVING count(*) > 1 WINDOW w AS (PARTITION BY p ORDER BY o ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) QUALIFY rank() OVER w = 1 ORDER BY 1 DESC NULLS LAST "
    "LIMIT 10 OFFSET 5",
    "MERGE INTO t USING (SELECT * FROM s) AS s ON t.a = s.a WHEN MATCHED AND x > INTERVAL '1-2' YEAR TO MONTH THEN UPDATE SET t.b = DEFAULT WHEN NOT MATCHED THEN "
    "INSERT (a, b) VALUES (1, 2) WHEN NOT MATCHED BY SOURCE THEN DELETE",
    "CREATE OR REPLACE TABLE c.s.t (a BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 1), b STRUCT<x: INT, y: ARRAY<MAP<STRING, DECIMAL(10, 2)>>> NOT NULL COMMENT "
    "'c', CONSTRAINT k CHECK (a > 0)) USING delta PARTITIONED BY (b, bucket(4, a)) TBLPROPERTIES ('k' = 'v') AS SELECT 1",
    "BEGIN DECLARE x INT = 1; DECLARE CONTINUE HANDLER FOR SQLSTATE '42000', NOT FOUND SELECT 1; l: WHILE x < 3 DO SET x = x + 1; IF x = 2 THEN LEAVE l; END IF; END "
    "WHILE l; END",
    "FROM t |> WHERE a > 1 |> EXTEND a + 1 AS b |> SET b = 2 |> AGGREGATE sum(b) GROUP BY a |> PIVOT (max(x) FOR y IN (1 AS one, 2)) |> ORDER BY 1",
    "ALTER TABLE t ADD COLUMNS (a.b INT AFTER c), ALTER COLUMN d TYPE BIGINT; GRANT SELECT ON TABLE a.b TO `x`; VACUUM t RETAIN 1.5 HOURS; SET a.b = c d e",
    "SELECT r'raw', 'It''s \\u0041', X'1F', -1.5e10, .5BD, DATE'2020-01-01', ?, :p, `q``q`, f(a => 1, x -> x + 1), (a, b) = (1, 2), t.* EXCEPT (c) FROM VALUES (1), (2) v(a)"};

TEST(Fuzz, NeverCrashesAndAlwaysEnds) {
  uint64_t state = 88172645463325252ULL;
  if (const char* seed = std::getenv("CRANNOG_FUZZ_SEED")) state = std::strtoull(seed, nullptr, 10) | 1;
  int rounds = 20'000;
  if (const char* wanted = std::getenv("CRANNOG_FUZZ_ROUNDS")) rounds = std::atoi(wanted);
  auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  const char* const kPieces[] = {"(", ")", ",", ".", "'", "\"", "`", "SELECT", " FROM ", " AS ", "*", "[", "]", "<", ">>", "|>", "::", ":", "/*", "--", ";", "NOT ",
                                 " INTERVAL ", "1", "1e", "a", "\xE4\xB8\xAD", "\xFF", "$$", "->", "=>", " WITH ", " VALUES ", " END ", "{", "@", "\n"};
  for (int round = 0; round < rounds; ++round) {
    uint64_t seed = state;
    std::string text = kSeeds[next() % std::size(kSeeds)];
    for (uint64_t edits = next() % 6; edits > 0 && !text.empty(); --edits) {
      size_t at = next() % text.size();
      switch (next() % 5) {
        case 0: text.erase(at, next() % 12); break;
        case 1: text.insert(at, kPieces[next() % std::size(kPieces)]); break;
        case 2: text[at] = static_cast<char>(next()); break;
        case 3: text.insert(at, text.substr(next() % text.size(), next() % 40)); break;
        default: text.resize(at); break;
      }
    }
    auto begin = std::chrono::steady_clock::now();
    auto parsed = ParseStatement(text);
    if (parsed && parsed->query) {
      if (auto printed = PrintQuery(*parsed->query)) {
        auto again = ParseStatement(*printed);
        ASSERT_TRUE(again) << "seed " << seed << "\n" << text << "\n" << *printed << "\n" << again.error().message;
        EXPECT_EQ(PrintQuery(*again->query).value_or(""), *printed) << "seed " << seed << "\n" << text;
      }
    }
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 1.0) << "seed " << seed << "\n" << text;
  }
}

}  // namespace
}  // namespace crannog::sql
