#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace crannog {
namespace {

// Prometheus text format: label values escape backslash, quote and newline.
std::string RenderLabels(const MetricLabels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name + "=\"";
    for (char c : value) {
      if (c == '\n') out += "\\n";
      else if (c == '"' || c == '\\') out.append(1, '\\').append(1, c);
      else out += c;
    }
    out += '"';
  }
  return out;
}

std::string Braced(std::string_view labels) { return labels.empty() ? "" : fmt::format("{{{}}}", labels); }

template <typename T>
T& Find(std::map<std::string, std::unique_ptr<T>>& all, const MetricLabels& labels) {
  std::unique_ptr<T>& slot = all[RenderLabels(labels)];
  if (!slot) slot = std::make_unique<T>();
  return *slot;
}

void RenderHistogram(std::string& out, std::string_view name, const std::string& labels, const Histogram& histogram) {
  const std::string comma = labels.empty() ? "" : ",";
  uint64_t below = 0;
  for (size_t i = 0; i < Histogram::kBucketCount; ++i) {
    below += histogram.bucket(i);
    const std::string bound =
        i + 1 < Histogram::kBucketCount ? fmt::format("{}", static_cast<double>(Histogram::kBoundsMicros[i]) / 1e6) : "+Inf";
    out += fmt::format("{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma, bound, below);
  }
  out += fmt::format("{}_sum{} {}\n", name, Braced(labels), static_cast<double>(histogram.sum_us()) / 1e6);
  out += fmt::format("{}_count{} {}\n", name, Braced(labels), below);
}

}  // namespace

void Histogram::Record(int64_t duration_us) {
  const auto bucket = std::ranges::lower_bound(kBoundsMicros, duration_us) - std::begin(kBoundsMicros);
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(duration_us, std::memory_order_relaxed);
}

uint64_t Histogram::count() const {
  uint64_t out = 0;
  for (size_t i = 0; i < kBucketCount; ++i) out += bucket(i);
  return out;
}

Metrics::Family& Metrics::Ensure(std::string_view name, std::string_view help, std::string_view type) {
  Family& family = families_[std::string(name)];
  family.help = help;
  family.type = type;
  return family;
}

Counter& Metrics::GetCounter(std::string_view name, std::string_view help, MetricLabels labels) {
  std::scoped_lock lock(mutex_);
  return Find(Ensure(name, help, "counter").counters, labels);
}

Gauge& Metrics::GetGauge(std::string_view name, std::string_view help, MetricLabels labels) {
  std::scoped_lock lock(mutex_);
  return Find(Ensure(name, help, "gauge").gauges, labels);
}

Histogram& Metrics::GetHistogram(std::string_view name, std::string_view help, MetricLabels labels) {
  std::scoped_lock lock(mutex_);
  return Find(Ensure(name, help, "histogram").histograms, labels);
}

void Metrics::AddProbe(std::string_view name, std::string_view help, std::function<int64_t()> read) {
  std::scoped_lock lock(mutex_);
  Ensure(name, help, "gauge").probe = std::move(read);
}

std::string Metrics::Render() const {
  std::scoped_lock lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, family.type);
    for (const auto& [labels, counter] : family.counters) out += fmt::format("{}{} {}\n", name, Braced(labels), counter->value());
    for (const auto& [labels, gauge] : family.gauges) out += fmt::format("{}{} {}\n", name, Braced(labels), gauge->value());
    for (const auto& [labels, histogram] : family.histograms) RenderHistogram(out, name, labels, *histogram);
    if (family.probe) out += fmt::format("{} {}\n", name, family.probe());
  }
  return out;
}

}  // namespace crannog
