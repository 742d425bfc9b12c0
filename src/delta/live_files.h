#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "delta/actions.h"

namespace crannog::delta {

/// One live file, compact. Texts live as long as the FileSegment (and so the LiveFiles) it came from.
struct FileEntry {
  std::string_view path;                 ///< as the log has it
  std::string_view partition_values;     ///< JSON object text, "{}" when there are none
  std::string_view stats;                ///< JSON text, "" when absent
  std::string_view tags;                 ///< JSON object text, "" when absent
  std::string_view clustering_provider;
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
  int64_t base_row_id = -1;                 ///< -1: none
  int64_t default_row_commit_version = -1;  ///< -1: none
  const DeletionVectorDescriptor* deletion_vector = nullptr;

  AddFile ToAddFile() const;
  PartitionValues Partitions() const;
  std::string Key() const;
};

/// A batch of live files that came together (a checkpoint, some commits). Immutable once shared. Threads: any.
class FileSegment {
 public:
  FileSegment() = default;
  FileSegment(const FileSegment&) = delete;
  FileSegment& operator=(const FileSegment&) = delete;

  void Reserve(size_t count) { entries_.reserve(count); }
  /// Copies what the entry borrows into the segment.
  void Append(const FileEntry& entry);
  void Append(const AddFile& add);

  std::span<const FileEntry> entries() const { return entries_; }
  /// Finds the row of a key (FileEntry::Key); -1 when absent. The first call builds the index.
  int64_t Find(std::string_view key) const;

  /// Anything derived from the segment and worth keeping as long as it (typed statistics of a column), by name.
  std::shared_ptr<const void> Cached(const std::string& name, const std::function<std::shared_ptr<const void>()>& make) const;

 private:
  std::string_view Keep(std::string_view text);

  std::vector<FileEntry> entries_;
  std::deque<std::string> blocks_;
  std::deque<DeletionVectorDescriptor> vectors_;
  mutable std::mutex mutex_;
  mutable std::unordered_multimap<uint64_t, uint32_t> index_;
  mutable bool indexed_ = false;
  mutable std::unordered_map<std::string, std::shared_ptr<const void>> cache_;
};

/// The live files of one version: shared segments and which of their rows are gone. A value; copies share. Threads: any.
class LiveFiles {
 public:
  int64_t count() const { return count_; }
  int64_t total_bytes() const { return total_bytes_; }

  void ForEach(const std::function<void(const FileEntry&)>& visit) const;
  /// Segments with the bitmap of dead rows (empty: none), for columnar work.
  struct Part {
    std::shared_ptr<const FileSegment> segment;
    std::shared_ptr<const std::vector<uint64_t>> dead;
    bool IsDead(size_t row) const { return dead != nullptr && ((*dead)[row >> 6] >> (row & 63) & 1); }
  };
  std::span<const Part> parts() const { return parts_; }
  /// Finds a live file by its key; null when absent.
  const FileEntry* Find(std::string_view key) const;

  /// Gives the files after these changes: keys that are gone, then adds (an add replaces an equal key).
  LiveFiles Apply(const std::vector<std::string>& removed_keys, const std::vector<AddFile>& added) const;
  static LiveFiles Of(std::shared_ptr<const FileSegment> segment);

 private:
  void Kill(std::string_view key);
  void Compact();

  std::vector<Part> parts_;
  int64_t count_ = 0;
  int64_t total_bytes_ = 0;
};

}  // namespace crannog::delta
