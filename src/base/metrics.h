#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crannog {

/// Counts up. Threads: any.
class Counter {
 public:
  void Add(uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// Goes up and down. Threads: any.
class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

/// Counts durations into fixed buckets from 100 us to 60 s. Threads: any.
class Histogram {
 public:
  static constexpr int64_t kBoundsMicros[] = {100,     250,     500,       1'000,     2'500,     5'000,      10'000,    25'000,
                                              50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000, 60'000'000};
  static constexpr size_t kBucketCount = std::size(kBoundsMicros) + 1;
  void Record(int64_t duration_us);
  uint64_t count() const;
  int64_t sum_us() const { return sum_us_.load(std::memory_order_relaxed); }
  uint64_t bucket(size_t index) const { return buckets_[index].load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> buckets_[kBucketCount]{};
  std::atomic<int64_t> sum_us_{0};
};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// The numbers a server tells about itself, rendered in the Prometheus text format. Names begin with `crannog_`, end with their
/// unit (`_total`, `_seconds`, `_bytes`). Asking for the same name and labels again gives the same object; references live as
/// long as the registry. Keep references, look-ups take a lock. Threads: any.
class Metrics {
 public:
  Counter& GetCounter(std::string_view name, std::string_view help, MetricLabels labels = {});
  Gauge& GetGauge(std::string_view name, std::string_view help, MetricLabels labels = {});
  /// `name` ends with `_seconds`; values are recorded in microseconds.
  Histogram& GetHistogram(std::string_view name, std::string_view help, MetricLabels labels = {});
  /// Adds a gauge that is asked when the metrics are rendered; `read` must stay callable.
  void AddProbe(std::string_view name, std::string_view help, std::function<int64_t()> read);
  std::string Render() const;

 private:
  struct Family {
    std::string help;
    std::string_view type;
    std::map<std::string, std::unique_ptr<Counter>> counters;  // by rendered labels
    std::map<std::string, std::unique_ptr<Gauge>> gauges;
    std::map<std::string, std::unique_ptr<Histogram>> histograms;
    std::function<int64_t()> probe;
  };
  Family& Ensure(std::string_view name, std::string_view help, std::string_view type);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace crannog
