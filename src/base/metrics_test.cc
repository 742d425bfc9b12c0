#include "base/metrics.h"

#include <gmock/gmock.h>

namespace crannog {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, RendersThePrometheusTextFormat) {
  Metrics metrics;
  metrics.GetCounter("crannog_things_total", "Things.", {{"kind", "a\"b"}}).Add(3);
  metrics.GetGauge("crannog_open", "Open.").Set(-2);
  metrics.AddProbe("crannog_probe_bytes", "Asked.", [] { return int64_t{7}; });
  Histogram& histogram = metrics.GetHistogram("crannog_work_seconds", "Work.");
  histogram.Record(100);
  histogram.Record(101);
  histogram.Record(90'000'000);
  const std::string text = metrics.Render();
  EXPECT_THAT(text, HasSubstr("# TYPE crannog_things_total counter\ncrannog_things_total{kind=\"a\\\"b\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("crannog_open -2\n"));
  EXPECT_THAT(text, HasSubstr("crannog_probe_bytes 7\n"));
  EXPECT_THAT(text, HasSubstr("crannog_work_seconds_bucket{le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("crannog_work_seconds_bucket{le=\"0.00025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("crannog_work_seconds_bucket{le=\"60\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("crannog_work_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("crannog_work_seconds_count 3\n"));
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameNumber) {
  Metrics metrics;
  EXPECT_EQ(&metrics.GetCounter("crannog_a_total", "A."), &metrics.GetCounter("crannog_a_total", "A."));
  EXPECT_NE(&metrics.GetCounter("crannog_a_total", "A.", {{"x", "1"}}), &metrics.GetCounter("crannog_a_total", "A."));
}

}  // namespace
}  // namespace crannog
