#include "server/transport/attachment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace nextline::server {
namespace {

using ::testing::HasSubstr;

TEST(Attachment, IsReadAsItIsSpelled) {
  const Attachment attachment{1, "0.1.0", "secret", {"serve", "--stdio"}};
  EXPECT_EQ(read_attachment(to_json(attachment)), attachment);
}

TEST(Attachment, NeedsAProtocolAlone) {
  EXPECT_EQ(read_attachment(boost::json::parse(R"({"protocol":3})")), (Attachment{3, "", "", {}}));
}

TEST(Attachment, SaysWhichFieldIsWrong) {
  const auto problem_of = [](const char* params) {
    const auto read = read_attachment(boost::json::parse(params));
    return read ? "" : read.error();
  };
  EXPECT_THAT(problem_of("null"), HasSubstr("params must be an object"));
  EXPECT_THAT(problem_of("{}"), HasSubstr("params.protocol is missing"));
  EXPECT_THAT(problem_of(R"({"protocol":1,"token":1})"),
              HasSubstr("params.token must be a string"));
  EXPECT_THAT(problem_of(R"({"protocol":1,"arguments":["a",1]})"),
              HasSubstr("params.arguments[1] must be a string"));
}

}  // namespace
}  // namespace nextline::server
