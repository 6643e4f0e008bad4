#include "server/sharing/meeting_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>
#include <optional>
#include <string>

#include "tests/unit/sharing/runtime_directory.h"

namespace nextline::server {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class MeetingPointTest : public ::testing::Test {
 protected:
  static MeetingPoint opened(const std::string& name = "engine") {
    auto point = MeetingPoint::open(name);
    EXPECT_TRUE(point.has_value());
    return std::move(*point);
  }
  static MeetingPoint::Lock locked(const MeetingPoint& point) {
    auto lock = point.lock(1s, {});
    EXPECT_TRUE(lock.has_value());
    return std::move(*lock);
  }
  static bool is_met(const MeetingPoint& point) {
    const auto connection = point.connect();
    EXPECT_TRUE(connection.has_value());
    return connection && *connection;
  }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777;
  }

  const test::RuntimeDirectory runtime_;
};

TEST_F(MeetingPointTest, NobodyIsMetBeforeSomebodyListens) {
  const MeetingPoint point = opened();
  EXPECT_FALSE(is_met(point));
  const auto socket = point.listen(locked(point));
  ASSERT_TRUE(socket.has_value());
  EXPECT_TRUE(is_met(point));
  EXPECT_FALSE(is_met(opened("another")));
}

TEST_F(MeetingPointTest, IsForThisUserAlone) {
  const MeetingPoint point = opened();
  const auto socket = point.listen(locked(point));
  EXPECT_EQ(mode_of(point.path()), 0600U);
  EXPECT_EQ(mode_of(point.path().parent_path()), 0700U);
}

TEST_F(MeetingPointTest, WhatWasLeftBehindIsReplaced) {
  const MeetingPoint point = opened();
  { const auto left = point.listen(locked(point)); }
  EXPECT_TRUE(std::filesystem::exists(point.path()));
  EXPECT_FALSE(is_met(point));
  const auto socket = point.listen(locked(point));
  EXPECT_TRUE(is_met(point));
}

TEST_F(MeetingPointTest, TheLockIsHeldByOneAtATime) {
  const MeetingPoint point = opened();
  const MeetingPoint same = opened();
  {
    const auto lock = locked(point);
    const auto second = same.lock(20ms, {});
    ASSERT_FALSE(second.has_value());
    EXPECT_THAT(second.error().message, HasSubstr("cannot be had"));
  }
  EXPECT_TRUE(same.lock(20ms, {}).has_value());
}

TEST_F(MeetingPointTest, WhoLeavesRemovesHisOwnSocketAlone) {
  const MeetingPoint point = opened();
  const auto first = point.listen(locked(point));
  const auto occupant = point.occupant();
  ASSERT_TRUE(occupant.has_value());
  point.leave(*occupant + 1);
  EXPECT_TRUE(is_met(point));
  point.leave(*occupant);
  EXPECT_FALSE(is_met(point));
  EXPECT_FALSE(point.occupant().has_value());
}

TEST_F(MeetingPointTest, APathThatNoAddressCanHoldIsAnError) {
  const auto connection = opened(std::string(120, 'x')).connect();
  ASSERT_FALSE(connection.has_value());
  EXPECT_THAT(connection.error().message, HasSubstr("is too long"));
}

TEST_F(MeetingPointTest, AFolderThatIsNoneIsAnError) {
  std::ofstream(runtime_.path() / "nextline") << "x";
  const auto point = MeetingPoint::open("engine");
  ASSERT_FALSE(point.has_value());
  EXPECT_THAT(point.error().message, HasSubstr("is not a folder"));
}

TEST_F(MeetingPointTest, TheOtherSideIsAProcessOfThisUser) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const FileDescriptor one(ends[0]);
  const FileDescriptor other(ends[1]);
  EXPECT_TRUE(is_own_peer(one.get()));
  EXPECT_FALSE(is_own_peer(-1));
}

}  // namespace
}  // namespace nextline::server
