#include "lsp/workspace/secrets.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace nextline::lsp {
namespace {

// All in small letters, as names are compared.
constexpr std::array<std::string_view, 13> kExtensions = {
    ".asc", ".gpg", ".jks",    ".kdbx", ".key",    ".keystore",  ".p12",
    ".pem", ".pfx", ".pkcs12", ".ppk",  ".tfvars", ".truststore"};
constexpr std::array<std::string_view, 19> kNames = {
    ".dockercfg",       ".git-credentials", ".htpasswd",  ".my.cnf",          ".netrc",
    ".npmrc",           ".pgpass",          ".pypirc",    "_netrc",           "credentials",
    "credentials.json", "credentials.toml", "id_dsa",     "id_ecdsa",         "id_ed25519",
    "id_rsa",           "kubeconfig",       "master.key", "terraform.tfstate"};
/// What a name begins with that is then a word of its own: "secrets", "secrets.yaml", ".env.local".
constexpr std::array<std::string_view, 5> kStems = {".env", "secret", "secrets", "password",
                                                    "passwords"};
constexpr std::array<std::string_view, 5> kFolders = {".ssh", ".gnupg", ".aws", ".kube",
                                                      ".password-store"};

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Files of these kinds are programs or prose about secrets, whatever they are called.
bool is_source_code(std::string_view extension) {
  constexpr std::array<std::string_view, 18> kSource = {
      ".c",  ".cc", ".cpp", ".cs", ".go", ".h",  ".hpp",   ".java", ".js",
      ".kt", ".md", ".php", ".py", ".rb", ".rs", ".swift", ".ts",   ".tsx"};
  return std::find(kSource.begin(), kSource.end(), extension) != kSource.end();
}

}  // namespace

bool looks_like_secret(const std::filesystem::path& file) {
  const std::string name = in_small_letters(file.filename().string());
  const std::string extension = in_small_letters(file.extension().string());
  const auto is_among = [](const auto& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
  };
  for (const auto& folder : file.parent_path()) {
    if (is_among(kFolders, in_small_letters(folder.string()))) return true;
  }
  if (is_among(kNames, name) || is_among(kExtensions, extension)) return true;
  return std::any_of(kStems.begin(), kStems.end(), [&](std::string_view stem) {
    if (name.compare(0, stem.size(), stem) != 0) return false;
    if (name.size() == stem.size()) return true;
    const bool ends_there =
        name[stem.size()] == '.' || name[stem.size()] == '-' || name[stem.size()] == '_';
    return ends_there && !is_source_code(extension);
  });
}

}  // namespace nextline::lsp
