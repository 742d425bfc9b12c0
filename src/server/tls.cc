#include "server/tls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

namespace crannog::server {
namespace {

template <auto Free>
struct Deleter {
  void operator()(auto* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using File = std::unique_ptr<FILE, Deleter<std::fclose>>;

constexpr int64_t kDay = 86'400;
constexpr int64_t kAuthorityLife = 3650 * kDay;
// Browsers refuse leaves that live longer than 398 days.
constexpr int64_t kCertificateLife = 397 * kDay;
constexpr int64_t kRenewBefore = 30 * kDay;

Error OpenSslError(std::string_view what) {
  char text[256] = "unknown";
  ERR_error_string_n(ERR_get_error(), text, sizeof(text));
  return MakeError(ErrorCode::kInternal, fmt::format("{}: {}", what, text));
}

Error FileError(const std::string& path) {
  return MakeError(ErrorCode::kUnavailable, fmt::format("{} cannot be written: {}", path, std::generic_category().message(errno)),
                   "check the owner and the free space of the data directory");
}

template <typename Write>
Result<> WritePem(const std::string& path, mode_t mode, Write write) {
  // Written beside and moved into place, so that a crash leaves the old file or the new one.
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const int descriptor = ::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
  if (descriptor < 0) return Failure(FileError(temporary));
  File file(::fdopen(descriptor, "w"));
  if (!write(file.get()) || std::fflush(file.get()) != 0 || ::fsync(descriptor) != 0) return Failure(FileError(temporary));
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return Failure(FileError(path));
  return {};
}

Key ReadKey(const std::string& path) {
  File file(std::fopen(path.c_str(), "r"));
  return file ? Key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr)) : nullptr;
}

Certificate ReadCertificate(const std::string& path) {
  File file(std::fopen(path.c_str(), "r"));
  return file ? Certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr)) : nullptr;
}

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate NewCertificate(EVP_PKEY* key, const std::string& name, int64_t now_s, int64_t life_s) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  unsigned char serial[16];
  RAND_bytes(serial, sizeof(serial));
  serial[0] &= 0x7f;
  BIGNUM* number = BN_bin2bn(serial, sizeof(serial), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  // A day back: a client's clock may be behind.
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), now_s - kDay);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), now_s + life_s);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  auto add = [subject](const char* field, const std::string& text) {
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  };
  add("O", "Crannog");
  add("CN", name);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

std::string AlternativeNames(const std::vector<std::string>& hosts) {
  std::set<std::string> names = {"DNS:localhost", "IP:127.0.0.1", "IP:::1"};
  char machine[256] = "";
  ::gethostname(machine, sizeof(machine) - 1);
  auto add = [&names](const std::string& host) {
    unsigned char address[16];
    if (host.empty() || host == "0.0.0.0" || host == "::") return;
    const bool is_ip = inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
    names.insert((is_ip ? "IP:" : "DNS:") + host);
  };
  add(machine);
  for (const std::string& host : hosts) add(host);
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

// Tells whether a certificate is signed by the authority, lives long enough and names every host.
bool StillFits(X509* certificate, X509* authority, EVP_PKEY* key, const std::vector<std::string>& hosts, int64_t now_s) {
  if (X509_check_private_key(certificate, key) != 1) return false;
  if (X509_verify(certificate, X509_get0_pubkey(authority)) != 1) return false;
  time_t renew = now_s + kRenewBefore;
  if (X509_cmp_time(X509_get0_notAfter(certificate), &renew) <= 0) return false;
  for (const std::string& host : hosts) {
    if (host.empty() || host == "0.0.0.0" || host == "::") continue;
    if (X509_check_host(certificate, host.c_str(), 0, 0, nullptr) != 1 && X509_check_ip_asc(certificate, host.c_str(), 0) != 1) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<TlsFiles> EnsureLocalCertificate(const std::string& directory, const std::vector<std::string>& hosts, const Clock& clock) {
  std::error_code made;
  std::filesystem::create_directories(directory, made);
  ::chmod(directory.c_str(), 0700);
  const std::string ca_path = directory + "/ca.pem";
  const std::string ca_key_path = directory + "/ca-key.pem";
  const TlsFiles files{directory + "/server.pem", directory + "/server-key.pem"};
  const int64_t now_s = clock.NowMicros() / 1'000'000;

  Key ca_key = ReadKey(ca_key_path);
  Certificate ca = ReadCertificate(ca_path);
  time_t ca_needed = now_s + kCertificateLife;
  if (!ca_key || !ca || X509_check_private_key(ca.get(), ca_key.get()) != 1 ||
      X509_cmp_time(X509_get0_notAfter(ca.get()), &ca_needed) <= 0) {
    ca_key.reset(EVP_EC_gen("P-256"));
    if (!ca_key) return Failure(OpenSslError("making a key"));
    ca = NewCertificate(ca_key.get(), "Crannog local authority", now_s, kAuthorityLife);
    X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
    AddExtension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    AddExtension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    AddExtension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
    if (X509_sign(ca.get(), ca_key.get(), EVP_sha256()) == 0) return Failure(OpenSslError("signing the local authority"));
    TRY(WritePem(ca_key_path, 0600, [&](FILE* file) {
      return PEM_write_PrivateKey(file, ca_key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
    }));
    TRY(WritePem(ca_path, 0644, [&](FILE* file) { return PEM_write_X509(file, ca.get()) == 1; }));
  }

  Key key = ReadKey(files.key);
  Certificate certificate = ReadCertificate(files.certificate);
  if (key && certificate && StillFits(certificate.get(), ca.get(), key.get(), hosts, now_s)) return files;
  key.reset(EVP_EC_gen("P-256"));
  if (!key) return Failure(OpenSslError("making a key"));
  certificate = NewCertificate(key.get(), "localhost", now_s, kCertificateLife);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca.get()));
  AddExtension(certificate.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(certificate.get(), ca.get(), NID_key_usage, "critical,digitalSignature");
  AddExtension(certificate.get(), ca.get(), NID_ext_key_usage, "serverAuth");
  AddExtension(certificate.get(), ca.get(), NID_authority_key_identifier, "keyid");
  AddExtension(certificate.get(), ca.get(), NID_subject_alt_name, AlternativeNames(hosts));
  if (X509_sign(certificate.get(), ca_key.get(), EVP_sha256()) == 0) return Failure(OpenSslError("signing the certificate"));
  TRY(WritePem(files.key, 0600, [&](FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  }));
  TRY(WritePem(files.certificate, 0644, [&](FILE* file) {
    return PEM_write_X509(file, certificate.get()) == 1 && PEM_write_X509(file, ca.get()) == 1;
  }));
  return files;
}

}  // namespace crannog::server
