// Soundness of file skipping: whatever the predicate, no file that holds a matching row is left out.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "delta/scan.h"
#include "delta/stats_writer.h"

namespace crannog::delta {
namespace {

struct Row {
  Value i, s, d, t, p;
};

enum class Truth { kFalse, kTrue, kNull };

const Value& Cell(const Row& row, const std::string& column) {
  switch (column[0]) {
    case 'i': return row.i;
    case 's': return row.s;
    case 'd': return row.d;
    case 't': return row.t;
    default: return row.p;
  }
}

// Spark's three-valued logic, row by row.
Truth Evaluate(const Predicate& predicate, const Row& row) {
  using Kind = Predicate::Kind;
  auto truth = [](bool value) { return value ? Truth::kTrue : Truth::kFalse; };
  switch (predicate.kind) {
    case Kind::kUnknown: return Truth::kTrue;
    case Kind::kConstant: return truth(predicate.constant);
    case Kind::kNot: {
      const Truth child = Evaluate(predicate.children[0], row);
      return child == Truth::kNull ? child : truth(child == Truth::kFalse);
    }
    case Kind::kAnd:
    case Kind::kOr: {
      const Truth absorbing = predicate.kind == Kind::kAnd ? Truth::kFalse : Truth::kTrue;
      bool any_null = false;
      for (const Predicate& child : predicate.children) {
        const Truth one = Evaluate(child, row);
        if (one == absorbing) return absorbing;
        any_null |= one == Truth::kNull;
      }
      return any_null ? Truth::kNull : absorbing == Truth::kFalse ? Truth::kTrue : Truth::kFalse;
    }
    case Kind::kIsNull: return truth(IsNull(Cell(row, predicate.column[0])));
    case Kind::kNullSafeEqual: {
      const Value &a = Cell(row, predicate.column[0]), &b = predicate.values[0];
      if (IsNull(a) || IsNull(b)) return truth(IsNull(a) && IsNull(b));
      return truth(CompareValues(a, b) == 0);
    }
    case Kind::kCompare: {
      const Value &a = Cell(row, predicate.column[0]), &b = predicate.values[0];
      if (IsNull(a) || IsNull(b)) return Truth::kNull;
      const int order = CompareValues(a, b);
      switch (predicate.comparison) {
        case Predicate::Comparison::kEqual: return truth(order == 0);
        case Predicate::Comparison::kNotEqual: return truth(order != 0);
        case Predicate::Comparison::kLess: return truth(order < 0);
        case Predicate::Comparison::kLessEqual: return truth(order <= 0);
        case Predicate::Comparison::kGreater: return truth(order > 0);
        case Predicate::Comparison::kGreaterEqual: return truth(order >= 0);
      }
      return Truth::kNull;
    }
    case Kind::kIn: {
      const Value& a = Cell(row, predicate.column[0]);
      if (IsNull(a)) return Truth::kNull;
      bool any_null = false;
      for (const Value& b : predicate.values) {
        if (IsNull(b)) any_null = true;
        else if (CompareValues(a, b) == 0) return Truth::kTrue;
      }
      return any_null ? Truth::kNull : Truth::kFalse;
    }
    case Kind::kStartsWith: {
      const Value& a = Cell(row, predicate.column[0]);
      if (IsNull(a)) return Truth::kNull;
      return truth(std::get<std::string>(a).starts_with(std::get<std::string>(predicate.values[0])));
    }
  }
  return Truth::kNull;
}

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}
  uint64_t Below(uint64_t n) { return random_() % n; }

  Value Integer() { return Below(8) == 0 ? Value() : Value(static_cast<int64_t>(Below(40)) - 20); }
  Value Text() {
    if (Below(8) == 0) return {};
    std::string text = Below(3) == 0 ? std::string(30 + Below(6), 'm') : "";  // around the 32 characters that are kept
    for (uint64_t n = Below(4); n > 0; --n) text += Below(6) == 0 ? "\xF4\x8F\xBF\xBF" : std::string(1, static_cast<char>('a' + Below(4)));
    return text;
  }
  Value Double() {
    constexpr double kValues[] = {-INFINITY, -1.5, -0.0, 0.0, 1.5, 1e300, INFINITY};
    if (Below(8) == 0) return {};
    if (Below(6) == 0) return std::nan("");
    return kValues[Below(7)];
  }
  Value Timestamp() {
    if (Below(8) == 0) return {};
    const int64_t base = Below(2) == 0 ? -3000000000000000 : 1700000000000000;  // 1874 and 2023
    return base + static_cast<int64_t>(Below(5000));
  }
  Row NewRow(const Value& partition) { return {Integer(), Text(), Double(), Timestamp(), partition}; }

  Predicate NewPredicate(int depth) {
    const uint64_t kind = Below(depth > 0 ? 10 : 7);
    const std::string column(1, "isdtp"[Below(5)]);
    auto value = [&]() -> Value {
      switch (column[0]) {
        case 'i': return Integer();
        case 's': return Text();
        case 'd': return Double();
        case 't': return Timestamp();
        default: return Integer();
      }
    };
    switch (kind) {
      case 0: return Predicate::IsNull({column});
      case 1: return Predicate::In({column}, {value(), value(), value()});
      case 2: {
        if (column == "s") {
          Value prefix = Text();
          return Predicate::StartsWith({column}, IsNull(prefix) ? "a" : std::get<std::string>(prefix));
        }
        Predicate same = Predicate::Compare({column}, Predicate::Comparison::kEqual, value());
        same.kind = Predicate::Kind::kNullSafeEqual;
        return same;
      }
      case 7: return Predicate::Not(NewPredicate(depth - 1));
      case 8: return Predicate::And({NewPredicate(depth - 1), NewPredicate(depth - 1)});
      case 9: return Predicate::Or({NewPredicate(depth - 1), NewPredicate(depth - 1)});
      default: return Predicate::Compare({column}, static_cast<Predicate::Comparison>(Below(6)), value());
    }
  }

 private:
  std::mt19937_64 random_;
};

// Statistics as this library's writer, or (foreign) as writers that leave NaN out and that keep wide bounds.
std::string StatsOf(const Schema& schema, const std::vector<Row>& rows, bool foreign, bool wide) {
  std::map<std::string, LeafStatistics> leaves;
  for (const char* name : {"i", "s", "d", "t"}) {
    LeafStatistics leaf;
    leaf.null_count = 0;
    Value min, max;
    for (const Row& row : rows) {
      const Value& value = Cell(row, name);
      if (IsNull(value)) {
        ++*leaf.null_count;
        continue;
      }
      if (const auto* number = std::get_if<double>(&value); number != nullptr && std::isnan(*number)) {
        leaf.has_nan = !foreign;
        continue;
      }
      if (IsNull(min) || CompareValues(value, min) < 0) min = value;
      if (IsNull(max) || CompareValues(value, max) > 0) max = value;
    }
    const Type& type = FindField(schema, name)->type;
    auto text = [&type](const Value& value) -> std::optional<std::string> {
      if (IsNull(value)) return std::nullopt;
      if (const auto* plain = std::get_if<std::string>(&value)) return *plain;
      return WritePartitionValue(value, type);
    };
    leaf.min = text(min);
    leaf.max = text(max);
    leaves[name] = leaf;
  }
  std::string stats = WriteStats(schema, {{"i"}, {"s"}, {"d"}, {"t"}}, static_cast<int64_t>(rows.size()), leaves);
  return wide ? WithWideBounds(stats) : stats;
}

TEST(PruneTest, TenThousandRandomPredicatesLoseNoRow) {
  Generator generator(42);
  int64_t judged = 0, skipped = 0;
  for (int table = 0; table < 100; ++table) {
    TableState state;
    state.protocol = Protocol{};
    state.metadata = Metadata{};
    const Schema schema = {{"i", PrimitiveType(TypeKind::kLong), true, {}}, {"s", PrimitiveType(TypeKind::kString), true, {}}, {"d", PrimitiveType(TypeKind::kDouble), true, {}},
                           {"t", PrimitiveType(TypeKind::kTimestamp), true, {}}, {"p", PrimitiveType(TypeKind::kInteger), true, {}}};
    state.metadata->partition_columns = {"p"};
    auto segment = std::make_shared<FileSegment>();
    std::vector<std::vector<Row>> files;
    for (int f = 0; f < 6; ++f) {
      const Value partition = generator.Integer();
      std::vector<Row> rows;
      for (uint64_t n = generator.Below(4); n > 0; --n) rows.push_back(generator.NewRow(partition));
      AddFile add;
      add.path = std::to_string(f);
      add.partition_values = {{"p", WritePartitionValue(partition, schema[4].type)}};
      std::vector<Row> in_file = rows;
      const bool wide = generator.Below(4) == 0;
      if (wide) in_file.push_back(generator.NewRow(partition));  // a row deleted by a vector still shapes the bounds
      if (generator.Below(6) != 0) add.stats = StatsOf(schema, in_file, generator.Below(2) == 0, wide);
      segment->Append(add);
      files.push_back(std::move(rows));
    }
    state.files = LiveFiles::Of(std::move(segment));
    auto snapshot = std::make_shared<Snapshot>(Environment{io::MakeMemoryStore()}, LogSegment{}, std::move(state), schema);
    for (int round = 0; round < 100; ++round) {
      const Predicate predicate = generator.NewPredicate(3);
      const auto marks = MatchingFiles(*snapshot, predicate);
      for (size_t f = 0; f < files.size(); ++f) {
        ++judged;
        if (marks[0][f]) continue;
        ++skipped;
        for (const Row& row : files[f]) ASSERT_NE(Evaluate(predicate, row), Truth::kTrue) << "table " << table << " round " << round << " file " << f;
      }
    }
  }
  EXPECT_GT(skipped, judged / 10);
}

}  // namespace
}  // namespace crannog::delta
