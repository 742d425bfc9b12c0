#include "store/scheduler.h"

#include <algorithm>
#include <chrono>

namespace crannog::store {
namespace {

constexpr Migration kMigrations[] = {
    {1, "work",
     "CREATE TABLE work (id TEXT PRIMARY KEY, kind TEXT NOT NULL, payload TEXT NOT NULL, due_ms BIGINT NOT NULL, "
     "period_ms BIGINT NOT NULL, holder TEXT, lease_until_ms BIGINT NOT NULL, attempts BIGINT NOT NULL, last_error TEXT);"
     "CREATE INDEX work_due ON work (due_ms);"},
};

constexpr int64_t kBackoffMsMax = 3'600'000;

}  // namespace

Scheduler::Scheduler(Database& database, const Clock& clock, Random& random, SchedulerOptions options)
    : database_(database), clock_(clock), options_(options), holder_(random.NextUuid()) {}

Scheduler::~Scheduler() { Stop(); }

Result<> Scheduler::Prepare() { return database_.Migrate("scheduler", kMigrations, clock_); }

void Scheduler::Handle(std::string kind, std::function<Result<>(const Task&)> handler) {
  kinds_[std::move(kind)] = Kind{.handler = std::move(handler)};
}

Result<> Scheduler::Every(std::string kind, int64_t period_ms, std::function<Result<>(const Task&)> handler) {
  kinds_[kind] = Kind{.handler = std::move(handler), .period_ms = period_ms};
  TRY(database_.Execute("INSERT INTO work VALUES (?, ?, '', ?, ?, NULL, 0, 0, NULL) "
                        "ON CONFLICT (id) DO UPDATE SET period_ms = excluded.period_ms",
                        {"every:" + kind, kind, clock_.NowMillis() + period_ms, period_ms}));
  return {};
}

Result<> Scheduler::Enqueue(Transaction& transaction, std::string_view id, std::string_view kind,
                            std::string_view payload, int64_t due_ms) {
  TRY(transaction.Execute("INSERT INTO work VALUES (?, ?, ?, ?, 0, NULL, 0, 0, NULL) ON CONFLICT (id) DO NOTHING",
                          {id, kind, payload, due_ms}));
  return {};
}

Result<> Scheduler::Cancel(Transaction& transaction, std::string_view id) {
  TRY(transaction.Execute("DELETE FROM work WHERE id = ? AND holder IS NULL", {id}));
  return {};
}

void Scheduler::Wake() {
  std::lock_guard lock(mutex_);
  ++wakes_;
  wake_.notify_all();
}

Result<std::optional<Task>> Scheduler::Claim() {
  const int64_t now = clock_.NowMillis();
  constexpr std::string_view kDue =
      "SELECT id, kind, payload, attempts FROM work WHERE due_ms <= ? AND lease_until_ms <= ? AND attempts < ? "
      "ORDER BY due_ms, id LIMIT 64";
  const std::vector<Value> due = {now, now, int64_t{options_.attempts_max}};
  // Looking costs no write; only a candidate does.
  TRY(std::vector<Row> candidates, database_.Query(kDue, due));
  for (const Row& row : candidates) {
    if (!kinds_.contains(row.Text(1))) continue;
    TRY(int64_t claimed, database_.Execute("UPDATE work SET holder = ?, lease_until_ms = ?, attempts = attempts + 1 "
                                           "WHERE id = ? AND due_ms <= ? AND lease_until_ms <= ?",
                                           {holder_, now + options_.lease_ms, row.Text(0), now, now}));
    if (claimed == 0) continue;  // another server was first
    std::lock_guard lock(mutex_);
    running_.push_back(row.Text(0));
    return Task{row.Text(0), row.Text(1), row.Text(2), static_cast<int32_t>(row.Int(3)) + 1};
  }
  return std::nullopt;
}

void Scheduler::Perform(const Task& task) {
  const Kind& kind = kinds_.find(task.kind)->second;
  const Result<> outcome = kind.handler(task);
  const int64_t now = clock_.NowMillis();
  Result<int64_t> noted;
  if (kind.period_ms > 0) {
    noted = database_.Execute(
        "UPDATE work SET holder = NULL, lease_until_ms = 0, attempts = 0, due_ms = ?, last_error = ? "
        "WHERE id = ? AND holder = ?",
        {now + kind.period_ms, outcome ? Value() : Value(outcome.error().ToString()), task.id, holder_});
  } else if (outcome) {
    noted = database_.Execute("DELETE FROM work WHERE id = ? AND holder = ?", {task.id, holder_});
  } else {
    const int64_t wait = std::min(kBackoffMsMax, options_.backoff_ms << std::min(task.attempt - 1, 20));
    noted = database_.Execute(
        "UPDATE work SET holder = NULL, lease_until_ms = 0, due_ms = ?, last_error = ? WHERE id = ? AND holder = ?",
        {now + wait, outcome.error().ToString(), task.id, holder_});
  }
  // Where even this note failed, the lease runs out and the task is repeated.
  std::lock_guard lock(mutex_);
  std::erase(running_, task.id);
}

Result<int32_t> Scheduler::RunDue() {
  int32_t count = 0;
  while (true) {
    TRY(std::optional<Task> task, Claim());
    if (!task) return count;
    Perform(*task);
    ++count;
  }
}

void Scheduler::Start() {
  for (int32_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { WorkLoop(); });
  threads_.emplace_back([this] { LeaseLoop(); });
}

void Scheduler::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Scheduler::WorkLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const uint64_t seen = wakes_;
    lock.unlock();
    auto task = Claim();
    if (task && *task) Perform(**task);
    lock.lock();
    if (task && *task) continue;
    wake_.wait_for(lock, std::chrono::milliseconds(options_.poll_ms), [&] { return stopping_ || wakes_ != seen; });
  }
}

void Scheduler::ExtendLeases() {
  std::vector<std::string> running;
  {
    std::lock_guard lock(mutex_);
    running = running_;
  }
  for (const std::string& id : running) {
    (void)database_.Execute("UPDATE work SET lease_until_ms = ? WHERE id = ? AND holder = ?",
                            {clock_.NowMillis() + options_.lease_ms, id, holder_});
  }
}

void Scheduler::LeaseLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::milliseconds(options_.lease_ms / 3), [this] { return stopping_; });
    lock.unlock();
    ExtendLeases();
    lock.lock();
  }
}

}  // namespace crannog::store
