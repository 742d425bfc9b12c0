#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "conformance/commands.h"
#include "conformance/report.h"
#include "conformance/worker.h"

namespace crannog::conformance {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<fs::path> paths;
  std::string file_filter;
  ReportOptions report;
  unsigned jobs = 2;
  double seconds = 20;
};

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

int Usage() {
  fmt::print(stderr,
             "crannog-conformance spark-sql DIR_OR_FILE... [--list-failures] [--show N] [--file-filter TEXT] [--json FILE] [--jobs N]\n"
             "  Runs recorded Spark statements (*.sql.out) and compares schema, rows and error conditions.\n");
  return 2;
}

bool Parse(const std::vector<std::string>& arguments, Options& options) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const auto value = [&]() -> std::string { return i + 1 < arguments.size() ? arguments[++i] : ""; };
    if (word == "--list-failures") options.report.list_failures = true;
    else if (word == "--show") options.report.show = std::atoi(value().c_str());
    else if (word == "--file-filter") options.file_filter = value();
    else if (word == "--json") options.report.json_path = value();
    else if (word == "--jobs") options.jobs = static_cast<unsigned>(std::max(1, std::atoi(value().c_str())));
    else if (word.starts_with("--")) return false;
    else options.paths.emplace_back(word);
  }
  return !options.paths.empty();
}

// The folder that says what the files expect: the path itself or the nearest one above it with SETTINGS.tsv.
fs::path CorpusRoot(const fs::path& path) {
  fs::path folder = fs::is_directory(path) ? fs::absolute(path).lexically_normal() : fs::absolute(path).parent_path();
  if (folder.filename().empty()) folder = folder.parent_path();
  for (fs::path at = folder; at.has_relative_path(); at = at.parent_path()) {
    if (fs::exists(at / "SETTINGS.tsv") || fs::exists(at / "FIXTURES.md")) return at;
  }
  return folder;
}

struct Corpus {
  fs::path root;
  GoldenSettings settings;
  std::vector<Fixture> fixtures;
};

Result<Corpus> OpenCorpus(const fs::path& path) {
  Corpus corpus;
  corpus.root = CorpusRoot(path);
  TRY(corpus.settings, GoldenSettings::Parse(ReadFile(corpus.root / "SETTINGS.tsv")));
  TRY(corpus.fixtures, ParseFixtures(ReadFile(corpus.root / "FIXTURES.md")));
  for (Fixture& fixture : corpus.fixtures) {
    if (fixture.file.empty()) continue;
    TRY(fixture.rows, ReadFixtureFile((corpus.root / fixture.file).string(), fixture));
  }
  return corpus;
}

struct GoldenJob {
  std::string name;
  std::vector<GoldenStatement> statements;
  Job job;
  std::vector<bool> skipped;
  std::vector<Actual> actuals;
};

Result<GoldenJob> MakeJob(const Corpus& corpus, const fs::path& file, double seconds) {
  GoldenJob job;
  job.name = fs::relative(file, corpus.root).string();
  const std::string text = ReadFile(file);
  TRY(job.statements, ParseGoldenFile(text));
  job.job.settings = corpus.settings.For(job.name);
  job.job.statement_seconds_max = seconds;
  for (const GoldenStatement& statement : job.statements) {
    bool needs_missing = false;
    for (const Fixture& fixture : corpus.fixtures) needs_missing |= fixture.is_missing && Mentions(statement.sql, fixture.name);
    job.skipped.push_back(needs_missing);
    job.job.statements.push_back(statement.sql);
  }
  for (const Fixture& fixture : corpus.fixtures) {
    if (Mentions(text, fixture.name)) job.job.fixtures.push_back(fixture);
  }
  return job;
}

std::vector<fs::path> GoldenFiles(const Options& options) {
  std::vector<fs::path> files;
  for (const fs::path& path : options.paths) {
    if (!fs::is_directory(path)) {
      files.push_back(fs::absolute(path).lexically_normal());
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && entry.path().string().ends_with(".sql.out")) files.push_back(fs::absolute(entry.path()).lexically_normal());
    }
  }
  std::erase_if(files, [&options](const fs::path& file) { return file.string().find(options.file_filter) == std::string::npos; });
  std::sort(files.begin(), files.end());
  return files;
}

void RunAll(std::vector<GoldenJob>& jobs, unsigned thread_count) {
  std::atomic<size_t> next = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < thread_count; ++i) {
    threads.emplace_back([&jobs, &next] {
      for (size_t at; (at = next.fetch_add(1)) < jobs.size();) jobs[at].actuals = RunIsolated(jobs[at].job);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int RunSparkSql(const std::vector<std::string>& arguments) {
  Options options;
  if (!Parse(arguments, options)) return Usage();
  std::map<fs::path, Corpus> corpora;
  std::vector<GoldenJob> jobs;
  Report report(options.report);
  for (const fs::path& file : GoldenFiles(options)) {
    const fs::path root = CorpusRoot(file);
    if (!corpora.contains(root)) {
      auto corpus = OpenCorpus(file);
      if (!corpus) {
        fmt::print(stderr, "{}\n", corpus.error().ToString());
        return 2;
      }
      corpora.emplace(root, std::move(*corpus));
    }
    auto job = MakeJob(corpora.at(root), file, options.seconds);
    if (!job) {
      fmt::print(stderr, "{}: {}\n", file.string(), job.error().ToString());
      return 2;
    }
    jobs.push_back(std::move(*job));
  }
  if (jobs.empty()) {
    fmt::print(stderr, "no *.sql.out files there\n");
    return 2;
  }
  RunAll(jobs, options.jobs);
  for (const GoldenJob& job : jobs) {
    for (size_t i = 0; i < job.statements.size(); ++i) {
      const Verdict verdict = job.skipped[i] ? Verdict{Mismatch::kSkipped, "needs a table that is not in the folder"}
                                             : Compare(job.statements[i], job.actuals[i]);
      report.Add(job.name, job.statements[i].line, job.statements[i].sql, verdict, Describe(job.statements[i]), Describe(job.actuals[i]));
    }
  }
  return report.Finish();
}

}  // namespace crannog::conformance
