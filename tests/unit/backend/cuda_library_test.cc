#include "engine/backend/cuda/cuda_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/engine_fixture.h"
#include "tests/support/temporary_folder.h"

namespace nextline::cuda {
namespace {

using ::testing::HasSubstr;

/// One of those in tests/support/stand_in_cuda.
Result<Library> load_stand_in(const std::string& name) {
  return Library::load(std::filesystem::path(NEXTLINE_STAND_IN_CUDA) / name /
                       "libnextline_cuda.so");
}

TEST(CudaLibraryTest, OfThisBuildIsUsed) {
  const auto library = load_stand_in("devices");
  ASSERT_TRUE(library) << library.error().message;
  const auto devices = library->find_devices();
  ASSERT_TRUE(devices);
  EXPECT_EQ(devices->at(3).name, "Sound");
}

TEST(CudaLibraryTest, BackendsOutliveIt) {
  const test::TestModel model{{}};
  std::unique_ptr<Backend> backend;
  {
    const auto library = load_stand_in("devices");
    ASSERT_TRUE(library);
    backend = std::move(*library->create_backend(*model, {.device = 3}));
  }
  test::Random random{1};
  EXPECT_EQ(test::TestSequence(*backend).append(test::random_tokens(random, 4, *model)).size(), 4U);
}

TEST(CudaLibraryTest, WhatADeviceCannotDoIsAnError) {
  const test::TestModel model{{}};
  const auto backend = load_stand_in("devices")->create_backend(*model, {.device = 2});
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().message, "cuda:2 (Broken) does not answer.");
}

TEST(CudaLibraryTest, OfAnotherBuildIsRefused) {
  const auto library = load_stand_in("another_build");
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().message, HasSubstr("of another build than this program"));
}

TEST(CudaLibraryTest, WhatIsNoLibraryIsRefused) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "libnextline_cuda.so";
  EXPECT_THAT(Library::load(file).error().message, HasSubstr("cannot be loaded"));
  std::ofstream(file) << "no library";
  EXPECT_THAT(Library::load(file).error().message, HasSubstr("cannot be loaded"));
}

TEST(CudaLibraryTest, ALibraryOfSomethingElseIsRefused) {
  EXPECT_THAT(Library::load("libm.so.6").error().message, HasSubstr("nextline_cuda_interface"));
}

}  // namespace
}  // namespace nextline::cuda
