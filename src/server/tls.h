#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace crannog::server {

/// PEM files of a server's certificate (with its chain) and private key.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

/// Makes sure that `directory` holds a local authority (ca.pem) and a certificate signed by it for localhost, the loopback
/// addresses, this machine's name and `hosts`. What is there and still fits is kept; the certificate is renewed 30 days before it
/// ends. Keys are readable by the owner only. Errors: kUnavailable naming the file that could not be written.
Result<TlsFiles> EnsureLocalCertificate(const std::string& directory, const std::vector<std::string>& hosts, const Clock& clock);

}  // namespace crannog::server
