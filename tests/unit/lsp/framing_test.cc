#include "lsp/protocol/framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr MessageReader::Limits kSmallLimits = {.message = 10, .header = 64};

/// What is ready: contents as they are, errors as "lost: …" and "broken: …".
std::vector<std::string> take_all(MessageReader& reader) {
  std::vector<std::string> taken;
  while (auto outcome = reader.next()) {
    if (*outcome) {
      taken.push_back(**outcome);
    } else {
      const FramingError& error = outcome->error();
      taken.push_back((error.stream_goes_on ? "lost: " : "broken: ") + error.error.message);
    }
  }
  return taken;
}

std::vector<std::string> read(std::string_view stream, MessageReader::Limits limits = {}) {
  MessageReader reader(limits);
  reader.feed(stream);
  return take_all(reader);
}

TEST(MessageReader, TakesMessagesOneAfterTheOther) {
  EXPECT_THAT(read(framed("{}") + framed("") + framed("[1]\r\n\r\n")),
              ElementsAre("{}", "", "[1]\r\n\r\n"));
}

TEST(MessageReader, AnotherLimitHoldsFromTheNextMessageOn) {
  MessageReader reader(kSmallLimits);
  reader.feed(framed("far too long"));
  reader.limit_messages(12);
  reader.feed(framed("not too long"));
  EXPECT_THAT(take_all(reader), ElementsAre(HasSubstr("lost: "), "not too long"));
}

TEST(MessageReader, EverySplitOfTheStreamGivesTheSameMessages) {
  const std::string stream =
      framed("{\"a\":1}") + "content-length:  2\nX-Other: 1\n\nok" + framed("far too long") +
      "Content-Length: 1\r\nContent-Type: text/plain; charset=latin1\r\n\r\nx" + framed("end") +
      "no field\r\n\r\n";
  const std::vector<std::string> whole = read(stream, kSmallLimits);
  ASSERT_EQ(whole.size(), 6u);
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      MessageReader reader(kSmallLimits);
      reader.feed(stream.substr(0, first));
      reader.feed(stream.substr(first, second - first));
      reader.feed(stream.substr(second));
      ASSERT_EQ(take_all(reader), whole) << first << ", " << second;
    }
  }
}

TEST(MessageReader, GivesAMessageWithItsLastByteAndNotBefore) {
  MessageReader reader;
  for (const char byte : framed("content").substr(0, framed("content").size() - 1)) {
    reader.feed({&byte, 1});
    EXPECT_FALSE(reader.next());
  }
  reader.feed("t");
  EXPECT_THAT(take_all(reader), ElementsAre("content"));
}

TEST(MessageReader, ToleratesContentTypesInUtf8) {
  for (const std::string type :
       {"application/vscode-jsonrpc; charset=utf-8", "application/vscode-jsonrpc;charset=UTF8",
        "application/json; charset=\"utf-8\"; q=1", "application/json"}) {
    EXPECT_THAT(read("Content-Type: " + type + "\r\nContent-Length: 2\r\n\r\n{}"),
                ElementsAre("{}"))
        << type;
  }
}

TEST(MessageReader, SkipsAMessageInAnotherCharsetAndGoesOn) {
  EXPECT_THAT(
      read("Content-Type: a; charset=utf-16\r\nContent-Length: 4\r\n\r\n{}{}" + framed("next")),
      ElementsAre("lost: A message in the charset 'utf-16' was skipped: only UTF-8 is read.",
                  "next"));
}

TEST(MessageReader, SkipsAnOversizedMessageAndGoesOn) {
  const std::string longest(kSmallLimits.message, 'x');
  EXPECT_THAT(
      read(framed(longest + "x") + framed(longest), kSmallLimits),
      ElementsAre("lost: A message of 11 bytes was skipped: at most 10 bytes are read.", longest));
}

TEST(MessageReader, SaysThatAMessageIsOversizedBeforeItHasCome) {
  EXPECT_THAT(read("Content-Length: 1000000000000\r\n\r\n"), ElementsAre(HasSubstr("lost: ")));
}

TEST(MessageReader, StopsWhereTheNextMessageCannotBeFound) {
  for (const std::string header :
       {"\r\n\r\n", "Content-Type: text/plain\r\n\r\n", "{}\r\n\r\n", "Content-Length 2\r\n\r\n",
        "Content-Length: \r\n\r\n", "Content-Length: -2\r\n\r\n", "Content-Length: +2\r\n\r\n",
        "Content-Length: 2x\r\n\r\n", "Content-Length: 0x2\r\n\r\n",
        "Content-Length: 99999999999999999999\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n"}) {
    EXPECT_THAT(read(header + "{}" + framed("next")), ElementsAre(HasSubstr("broken: "))) << header;
  }
}

TEST(MessageReader, LimitsTheHeaderWhetherItsLineEndsOrNot) {
  const std::string endless(kSmallLimits.header + 1, 'x');
  EXPECT_THAT(read(endless, kSmallLimits), ElementsAre(HasSubstr("longer than 64 bytes")));
  std::string many;
  for (int i = 0; i < 20; ++i) many += "X: 1\r\n";
  EXPECT_THAT(read(many, kSmallLimits), ElementsAre(HasSubstr("longer than 64 bytes")));
}

TEST(MessageReader, TellsACleanEndOfTheStreamFromATruncatedMessage) {
  const std::string stream = framed("content");
  for (std::size_t length = 0; length <= stream.size(); ++length) {
    MessageReader reader;
    reader.feed(stream.substr(0, length));
    const bool clean = length == 0 || length == stream.size();
    EXPECT_EQ(reader.end_of_stream().has_value(), !clean) << length;
  }
}

TEST(MessageReader, SaysOnlyOnceThatTheStreamIsBroken) {
  MessageReader reader;
  reader.feed("nonsense\r\n");
  EXPECT_THAT(take_all(reader), ElementsAre(HasSubstr("broken: ")));
  reader.feed(framed("next"));
  EXPECT_THAT(take_all(reader), IsEmpty());
  EXPECT_FALSE(reader.end_of_stream());
}

}  // namespace
}  // namespace nextline::lsp
