#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "delta/deletion_vector.h"

namespace crannog::delta {
namespace {

constexpr uint32_t kMagicPortable = 1681511377;
constexpr uint32_t kMagicNative = 1681511376;
constexpr size_t kListMax = 4096;  // above it a bitmap is smaller
constexpr size_t kWords = 1024;
constexpr uint32_t kCookieWithRuns = 12347, kCookie = 12346;

Error Corrupt(std::string_view what) { return MakeError(ErrorCode::kDataLoss, fmt::format("malformed deletion vector: {}", what)); }

template <typename T>
bool Take(std::string_view& bytes, T& out) {
  if (bytes.size() < sizeof(T)) return false;
  std::memcpy(&out, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return true;
}

// Sets bits [first, last], both within a block.
void SetBits(std::vector<uint64_t>& words, uint32_t first, uint32_t last) {
  for (uint32_t word = first >> 6; word <= last >> 6; ++word) {
    uint64_t mask = ~uint64_t{0};
    if (word == first >> 6) mask &= ~uint64_t{0} << (first & 63);
    if (word == last >> 6) mask &= ~uint64_t{0} >> (63 - (last & 63));
    words[word] |= mask;
  }
}

uint32_t CountBits(const std::vector<uint64_t>& words) {
  uint32_t count = 0;
  for (uint64_t word : words) count += static_cast<uint32_t>(std::popcount(word));
  return count;
}

template <typename T>
void Put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace

bool RowSet::BlockContains(const Block& block, uint16_t low) {
  if (const auto* list = std::get_if<List>(&block.data)) return std::binary_search(list->begin(), list->end(), low);
  if (const auto* bitmap = std::get_if<Bitmap>(&block.data)) return ((*bitmap)[low >> 6] >> (low & 63)) & 1;
  const auto& runs = std::get<Runs>(block.data);
  auto after = std::upper_bound(runs.begin(), runs.end(), low, [](uint16_t value, const Run& run) { return value < run.first; });
  return after != runs.begin() && low <= std::prev(after)->last;
}

void RowSet::ToBitmap(Block& block) {
  if (std::holds_alternative<Bitmap>(block.data)) return;
  Bitmap bitmap(kWords, 0);
  if (const auto* list = std::get_if<List>(&block.data)) {
    for (uint16_t low : *list) bitmap[low >> 6] |= uint64_t{1} << (low & 63);
  } else {
    for (const Run& run : std::get<Runs>(block.data)) SetBits(bitmap, run.first, run.last);
  }
  block.data = std::move(bitmap);
}

// Picks the smallest form.
void RowSet::Shrink(Block& block) {
  if (std::holds_alternative<Runs>(block.data)) return;
  ToBitmap(block);
  const auto& bitmap = std::get<Bitmap>(block.data);
  uint32_t cardinality = 0, run_count = 0;
  uint64_t carry = 0;
  for (uint64_t word : bitmap) {
    cardinality += static_cast<uint32_t>(std::popcount(word));
    run_count += static_cast<uint32_t>(std::popcount(word & ~((word << 1) | carry)));
    carry = word >> 63;
  }
  block.cardinality = cardinality;
  const size_t list_bytes = cardinality <= kListMax ? cardinality * 2 : SIZE_MAX;
  const size_t run_bytes = 2 + run_count * 4;
  if (run_bytes >= std::min<size_t>(list_bytes, kWords * 8) && list_bytes == SIZE_MAX) return;
  List list;
  Runs runs;
  const bool as_runs = run_bytes < std::min<size_t>(list_bytes, kWords * 8);
  for (size_t w = 0; w < kWords; ++w) {
    for (uint64_t word = bitmap[w]; word != 0; word &= word - 1) {
      const auto low = static_cast<uint16_t>(w * 64 + static_cast<size_t>(std::countr_zero(word)));
      if (!as_runs) list.push_back(low);
      else if (!runs.empty() && runs.back().last + 1 == low) runs.back().last = low;
      else runs.push_back({low, low});
    }
  }
  if (as_runs) block.data = std::move(runs);
  else block.data = std::move(list);
}

void RowSet::Add(uint64_t row) {
  Block& block = blocks_[row >> 16];
  const auto low = static_cast<uint16_t>(row);
  if (auto* list = std::get_if<List>(&block.data)) {
    if (list->empty() || list->back() < low) {
      list->push_back(low);
    } else {
      auto at = std::lower_bound(list->begin(), list->end(), low);
      if (*at == low) return;
      list->insert(at, low);
    }
    ++block.cardinality;
    if (list->size() > kListMax) ToBitmap(block);
    return;
  }
  if (BlockContains(block, low)) return;
  ToBitmap(block);
  std::get<Bitmap>(block.data)[low >> 6] |= uint64_t{1} << (low & 63);
  ++block.cardinality;
}

void RowSet::AddRange(uint64_t first, uint64_t count) {
  if (count == 1) return Add(first);
  const uint64_t end = first + count;
  while (first < end) {
    const uint64_t block_end = std::min(end, ((first >> 16) + 1) << 16);
    Block added;
    added.data = Runs{{static_cast<uint16_t>(first), static_cast<uint16_t>(block_end - 1)}};
    added.cardinality = static_cast<uint32_t>(block_end - first);
    Block& block = blocks_[first >> 16];
    if (block.cardinality == 0) {
      block = std::move(added);
    } else {
      ToBitmap(block);
      auto& bitmap = std::get<Bitmap>(block.data);
      SetBits(bitmap, static_cast<uint32_t>(first & 65535), static_cast<uint32_t>((block_end - 1) & 65535));
      block.cardinality = CountBits(bitmap);
    }
    first = block_end;
  }
}

bool RowSet::Contains(uint64_t row) const {
  auto found = blocks_.find(row >> 16);
  return found != blocks_.end() && BlockContains(found->second, static_cast<uint16_t>(row));
}

uint64_t RowSet::Cardinality() const {
  uint64_t total = 0;
  for (const auto& [key, block] : blocks_) total += block.cardinality;
  return total;
}

uint64_t RowSet::CountRange(uint64_t first, uint64_t count) const {
  const uint64_t end = first + count;
  uint64_t total = 0;
  for (auto it = blocks_.lower_bound(first >> 16); it != blocks_.end() && (it->first << 16) < end; ++it) {
    const uint64_t base = it->first << 16;
    if (base >= first && base + 65536 <= end) {
      total += it->second.cardinality;
      continue;
    }
    const uint64_t from = std::max(base, first), to = std::min(base + 65536, end);
    for (uint64_t row = from; row < to; ++row) total += BlockContains(it->second, static_cast<uint16_t>(row));
  }
  return total;
}

void RowSet::UnionWith(const RowSet& other) {
  for (const auto& [key, theirs] : other.blocks_) {
    Block& block = blocks_[key];
    if (block.cardinality == 0) {
      block = theirs;
      continue;
    }
    Block copy = theirs;
    ToBitmap(copy);
    ToBitmap(block);
    auto& ours = std::get<Bitmap>(block.data);
    const auto& bits = std::get<Bitmap>(copy.data);
    for (size_t i = 0; i < kWords; ++i) ours[i] |= bits[i];
    Shrink(block);
  }
}

bool RowSet::Intersects(const RowSet& other) const {
  for (const auto& [key, theirs] : other.blocks_) {
    auto found = blocks_.find(key);
    if (found == blocks_.end()) continue;
    Block left = found->second, right = theirs;
    ToBitmap(left);
    ToBitmap(right);
    const auto& a = std::get<Bitmap>(left.data);
    const auto& b = std::get<Bitmap>(right.data);
    for (size_t i = 0; i < kWords; ++i) {
      if ((a[i] & b[i]) != 0) return true;
    }
  }
  return false;
}

std::vector<uint64_t> RowSet::ToVector() const {
  std::vector<uint64_t> rows;
  rows.reserve(Cardinality());
  for (const auto& [key, block] : blocks_) {
    const uint64_t base = key << 16;
    if (const auto* list = std::get_if<List>(&block.data)) {
      for (uint16_t low : *list) rows.push_back(base + low);
    } else if (const auto* bitmap = std::get_if<Bitmap>(&block.data)) {
      for (size_t w = 0; w < kWords; ++w) {
        for (uint64_t word = (*bitmap)[w]; word != 0; word &= word - 1) rows.push_back(base + w * 64 + static_cast<size_t>(std::countr_zero(word)));
      }
    } else {
      for (const Run& run : std::get<Runs>(block.data)) {
        for (uint32_t low = run.first; low <= run.last; ++low) rows.push_back(base + low);
      }
    }
  }
  return rows;
}

uint64_t RowSet::SelectAbsent(uint64_t first, uint64_t count, uint32_t* keep) const {
  uint64_t kept = 0;
  uint64_t row = first;
  const uint64_t end = first + count;
  while (row < end) {
    const uint64_t key = row >> 16;
    const uint64_t stop = std::min(end, (key + 1) << 16);
    auto found = blocks_.find(key);
    if (found == blocks_.end()) {
      for (; row < stop; ++row) keep[kept++] = static_cast<uint32_t>(row - first);
      continue;
    }
    const Block& block = found->second;
    if (const auto* bitmap = std::get_if<Bitmap>(&block.data)) {
      for (; row < stop; ++row) {
        keep[kept] = static_cast<uint32_t>(row - first);
        kept += !(((*bitmap)[(row & 65535) >> 6] >> (row & 63)) & 1);
      }
    } else if (const auto* list = std::get_if<List>(&block.data)) {
      auto next = std::lower_bound(list->begin(), list->end(), static_cast<uint16_t>(row));
      for (; row < stop; ++row) {
        if (next != list->end() && *next == static_cast<uint16_t>(row)) ++next;
        else keep[kept++] = static_cast<uint32_t>(row - first);
      }
    } else {
      const auto& runs = std::get<Runs>(block.data);
      auto run = std::lower_bound(runs.begin(), runs.end(), static_cast<uint16_t>(row), [](const Run& r, uint16_t value) { return r.last < value; });
      for (; row < stop; ++row) {
        const auto low = static_cast<uint16_t>(row);
        while (run != runs.end() && run->last < low) ++run;
        if (run == runs.end() || low < run->first) keep[kept++] = static_cast<uint32_t>(row - first);
      }
    }
  }
  return kept;
}

// RoaringFormatSpec: cookie, run flags, keys and cardinalities, offsets, containers; one such bitmap per upper 32 bits.
std::string RowSet::Serialize() const {
  std::map<uint32_t, std::vector<const std::pair<const uint64_t, Block>*>> buckets;
  for (const auto& entry : blocks_) {
    if (entry.second.cardinality > 0) buckets[static_cast<uint32_t>(entry.first >> 16)].push_back(&entry);
  }
  std::string out;
  Put(out, kMagicPortable);
  Put(out, static_cast<uint64_t>(buckets.size()));
  for (const auto& [high, entries] : buckets) {
    Put(out, high);
    const size_t start = out.size();
    std::vector<Block> blocks;
    bool any_runs = false;
    for (const auto* entry : entries) {
      blocks.push_back(entry->second);
      Shrink(blocks.back());
      any_runs |= std::holds_alternative<Runs>(blocks.back().data);
    }
    const size_t count = blocks.size();
    if (any_runs) {
      Put(out, kCookieWithRuns | static_cast<uint32_t>((count - 1) << 16));
      std::string flags((count + 7) / 8, '\0');
      for (size_t i = 0; i < count; ++i) {
        if (std::holds_alternative<Runs>(blocks[i].data)) flags[i / 8] = static_cast<char>(flags[i / 8] | (1 << (i % 8)));
      }
      out += flags;
    } else {
      Put(out, kCookie);
      Put(out, static_cast<uint32_t>(count));
    }
    for (size_t i = 0; i < count; ++i) {
      Put(out, static_cast<uint16_t>(entries[i]->first));
      Put(out, static_cast<uint16_t>(blocks[i].cardinality - 1));
    }
    const bool has_offsets = !any_runs || count >= 4;
    const size_t offsets_at = out.size();
    if (has_offsets) out.append(count * 4, '\0');
    for (size_t i = 0; i < count; ++i) {
      if (has_offsets) {
        const auto offset = static_cast<uint32_t>(out.size() - start);
        std::memcpy(out.data() + offsets_at + i * 4, &offset, 4);
      }
      if (const auto* list = std::get_if<List>(&blocks[i].data)) {
        for (uint16_t low : *list) Put(out, low);
      } else if (const auto* bitmap = std::get_if<Bitmap>(&blocks[i].data)) {
        for (uint64_t word : *bitmap) Put(out, word);
      } else {
        const auto& runs = std::get<Runs>(blocks[i].data);
        Put(out, static_cast<uint16_t>(runs.size()));
        for (const Run& run : runs) {
          Put(out, run.first);
          Put(out, static_cast<uint16_t>(run.last - run.first));
        }
      }
    }
  }
  return out;
}

Result<> RowSet::DeserializeBucket(std::string_view& bytes, uint64_t high, std::map<uint64_t, Block>& out) {
  uint32_t cookie = 0, count = 0;
  if (!Take(bytes, cookie)) return Failure(Corrupt("bitmap cut off"));
  std::string_view run_flags;
  if ((cookie & 0xFFFF) == kCookieWithRuns) {
    count = (cookie >> 16) + 1;
    const size_t flag_bytes = (count + 7) / 8;
    if (bytes.size() < flag_bytes) return Failure(Corrupt("run flags cut off"));
    run_flags = bytes.substr(0, flag_bytes);
    bytes.remove_prefix(flag_bytes);
  } else if (cookie == kCookie) {
    if (!Take(bytes, count)) return Failure(Corrupt("container count cut off"));
  } else {
    return Failure(Corrupt(fmt::format("bitmap cookie {}", cookie)));
  }
  if (count > 65536 || bytes.size() < size_t{count} * 4) return Failure(Corrupt("container headers cut off"));
  std::string_view headers = bytes.substr(0, size_t{count} * 4);
  bytes.remove_prefix(headers.size());
  if (run_flags.empty() || count >= 4) {
    if (bytes.size() < size_t{count} * 4) return Failure(Corrupt("container offsets cut off"));
    bytes.remove_prefix(size_t{count} * 4);
  }
  int32_t previous_key = -1;
  for (uint32_t i = 0; i < count; ++i) {
    uint16_t key = 0, cardinality_less_one = 0;
    Take(headers, key);
    Take(headers, cardinality_less_one);
    if (key <= previous_key) return Failure(Corrupt("container keys out of order"));
    previous_key = key;
    Block block;
    block.cardinality = uint32_t{cardinality_less_one} + 1;
    const bool is_run = !run_flags.empty() && ((run_flags[i / 8] >> (i % 8)) & 1);
    if (is_run) {
      uint16_t run_count = 0;
      if (!Take(bytes, run_count) || bytes.size() < size_t{run_count} * 4) return Failure(Corrupt("runs cut off"));
      Runs runs;
      uint32_t total = 0;
      int32_t end = -1;
      for (uint16_t r = 0; r < run_count; ++r) {
        uint16_t first = 0, length_less_one = 0;
        Take(bytes, first);
        Take(bytes, length_less_one);
        if (first <= end || uint32_t{first} + length_less_one > 65535) return Failure(Corrupt("runs out of order"));
        end = first + length_less_one;
        total += uint32_t{length_less_one} + 1;
        runs.push_back({first, static_cast<uint16_t>(end)});
      }
      if (total != block.cardinality) return Failure(Corrupt("run cardinality"));
      block.data = std::move(runs);
    } else if (block.cardinality <= kListMax) {
      if (bytes.size() < block.cardinality * 2) return Failure(Corrupt("list cut off"));
      List list(block.cardinality);
      std::memcpy(list.data(), bytes.data(), list.size() * 2);
      bytes.remove_prefix(list.size() * 2);
      for (size_t j = 1; j < list.size(); ++j) {
        if (list[j] <= list[j - 1]) return Failure(Corrupt("list out of order"));
      }
      block.data = std::move(list);
    } else {
      if (bytes.size() < kWords * 8) return Failure(Corrupt("bitmap container cut off"));
      Bitmap bitmap(kWords);
      std::memcpy(bitmap.data(), bytes.data(), kWords * 8);
      bytes.remove_prefix(kWords * 8);
      uint32_t total = 0;
      for (uint64_t word : bitmap) total += static_cast<uint32_t>(std::popcount(word));
      if (total != block.cardinality) return Failure(Corrupt("bitmap cardinality"));
      block.data = std::move(bitmap);
    }
    out.emplace_hint(out.end(), (high << 16) | key, std::move(block));
  }
  return {};
}

Result<RowSet> RowSet::Deserialize(std::string_view bytes) {
  uint32_t magic = 0;
  if (!Take(bytes, magic)) return Failure(Corrupt("no magic number"));
  RowSet rows;
  if (magic == kMagicPortable) {
    uint64_t count = 0;
    if (!Take(bytes, count)) return Failure(Corrupt("bucket count cut off"));
    int64_t previous = -1;
    for (uint64_t i = 0; i < count; ++i) {
      uint32_t high = 0;
      if (!Take(bytes, high)) return Failure(Corrupt("bucket cut off"));
      if (int64_t{high} <= previous || high > INT32_MAX) return Failure(Corrupt("bucket keys out of order"));
      previous = high;
      TRY(DeserializeBucket(bytes, high, rows.blocks_));
    }
  } else if (magic == kMagicNative || std::byteswap(magic) == kMagicNative) {
    // The native form: count of bitmaps, then per bitmap its size and bytes; the position is the upper half. The protocol's own
    // example has these numbers in big-endian order.
    const bool swapped = magic != kMagicNative;
    auto take = [&bytes, swapped](uint32_t& out) {
      if (!Take(bytes, out)) return false;
      if (swapped) out = std::byteswap(out);
      return true;
    };
    uint32_t count = 0;
    if (!take(count)) return Failure(Corrupt("bitmap count cut off"));
    for (uint32_t high = 0; high < count; ++high) {
      uint32_t size = 0;
      if (!take(size) || bytes.size() < size) return Failure(Corrupt("bitmap cut off"));
      std::string_view one = bytes.substr(0, size);
      bytes.remove_prefix(size);
      TRY(DeserializeBucket(one, high, rows.blocks_));
    }
  } else {
    return Failure(Corrupt(fmt::format("magic number {}", magic)));
  }
  if (!bytes.empty()) return Failure(Corrupt("bytes after the end"));
  return rows;
}

}  // namespace crannog::delta
