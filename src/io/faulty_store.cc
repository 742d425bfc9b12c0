#include "io/faulty_store.h"

#include <fmt/format.h>

namespace crannog::io {
namespace {

class FaultyStoreImpl final : public FaultyStore {
 public:
  FaultyStoreImpl(std::shared_ptr<ObjectStore> inner, uint64_t seed, FaultRates rates)
      : inner_(std::move(inner)), state_(seed * 0x9E3779B97F4A7C15u + 1), rates_(rates) {}

  void CrashAfter(int64_t calls) override { calls_left_ = calls; }
  bool crashed() const override { return calls_left_ == 0; }
  int64_t mutation_count() const override { return mutations_; }
  int64_t read_count() const override { return reads_; }

  std::string_view RootUrl() const override { return inner_->RootUrl(); }

  Result<ObjectInfo> Head(std::string_view key) override {
    TRY(BeforeRead());
    return inner_->Head(key);
  }
  Result<std::string> Read(std::string_view key, ByteRange range) override {
    TRY(BeforeRead());
    return inner_->Read(key, range);
  }
  Result<> Write(std::string_view key, std::string_view bytes, WriteMode mode) override {
    TRY(BeforeMutation());
    TRY(inner_->Write(key, bytes, mode));
    return AfterMutation();
  }
  Result<std::unique_ptr<ObjectWriter>> OpenWriter(std::string_view key, WriteMode mode) override {
    TRY(BeforeRead());
    TRY(std::unique_ptr<ObjectWriter> writer, inner_->OpenWriter(key, mode));
    return std::make_unique<Writer>(*this, std::move(writer));
  }
  Result<> Delete(std::string_view key) override {
    TRY(BeforeMutation());
    TRY(inner_->Delete(key));
    return AfterMutation();
  }
  Result<std::vector<ObjectInfo>> List(std::string_view prefix, std::string_view start_after) override {
    TRY(BeforeRead());
    TRY(std::vector<ObjectInfo> infos, inner_->List(prefix, start_after));
    if (!infos.empty() && Happens(rates_.torn_list_permille)) infos.pop_back();
    return infos;
  }
  std::optional<std::string> LocalPath(std::string_view key) const override { return inner_->LocalPath(key); }

 private:
  class Writer final : public ObjectWriter {
   public:
    Writer(FaultyStoreImpl& store, std::unique_ptr<ObjectWriter> inner) : store_(store), inner_(std::move(inner)) {}
    Result<> Append(std::string_view bytes) override {
      TRY(store_.BeforeRead());
      return inner_->Append(bytes);
    }
    Result<> Finish() override {
      TRY(store_.BeforeMutation());
      TRY(inner_->Finish());
      return store_.AfterMutation();
    }

   private:
    FaultyStoreImpl& store_;
    std::unique_ptr<ObjectWriter> inner_;
  };

  bool Happens(int32_t permille) {
    if (permille == 0) return false;
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<int32_t>((state_ >> 20) % 1000) < permille;
  }
  Result<> Gone() const {
    if (crashed()) return Failure(ErrorCode::kUnavailable, "simulated crash");
    return {};
  }
  Result<> BeforeRead() {
    TRY(Gone());
    ++reads_;
    if (Happens(rates_.unavailable_permille)) return Failure(ErrorCode::kUnavailable, "simulated 503");
    return {};
  }
  Result<> BeforeMutation() {
    TRY(Gone());
    if (Happens(rates_.unavailable_permille)) return Failure(ErrorCode::kUnavailable, "simulated 503");
    ++mutations_;
    if (calls_left_ > 0) --calls_left_;
    return {};
  }
  // The mutation has happened: the reply may be lost, or this was the last thing the process did.
  Result<> AfterMutation() {
    TRY(Gone());
    if (Happens(rates_.lost_reply_permille)) return Failure(ErrorCode::kUnavailable, "simulated lost reply");
    return {};
  }

  const std::shared_ptr<ObjectStore> inner_;
  uint64_t state_;
  const FaultRates rates_;
  int64_t calls_left_ = -1;
  int64_t mutations_ = 0;
  int64_t reads_ = 0;
};

}  // namespace

std::shared_ptr<FaultyStore> MakeFaultyStore(std::shared_ptr<ObjectStore> inner, uint64_t seed, FaultRates rates) {
  return std::make_shared<FaultyStoreImpl>(std::move(inner), seed, rates);
}

}  // namespace crannog::io
