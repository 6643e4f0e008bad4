#include "lsp/workspace/secrets.h"

#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

TEST(Secrets, AreFoundByTheirNames) {
  for (const char* const file :
       {"/p/.env", "/p/.env.local", "/p/.ENV.production", "/p/server.pem", "/p/tls/host.KEY",
        "/home/a/.ssh/config", "/home/a/.aws/config", "/p/id_rsa", "/p/.netrc", "/p/secrets.yaml",
        "/p/secret", "/p/passwords.txt", "/p/app.keystore", "/p/credentials.json", "/p/prod.tfvars",
        "/p/.npmrc", "/p/secrets-prod.json"}) {
    EXPECT_TRUE(looks_like_secret(file)) << file;
  }
}

TEST(Secrets, AreNotWhatProgramsSayAboutThem) {
  for (const char* const file :
       {"/p/secrets.py", "/p/secret_store.cc", "/p/password_hash.go", "/p/environment.py",
        "/p/keys.cc", "/p/credentials.py", "/p/secretary.txt", "/p/key.h", "/p/monkey",
        "/p/.envelope", "/p/pem.rs", ""}) {
    EXPECT_FALSE(looks_like_secret(file)) << file;
  }
}

}  // namespace
}  // namespace nextline::lsp
