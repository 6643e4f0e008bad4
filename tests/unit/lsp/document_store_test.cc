#include "lsp/documents/document_store.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace nextline::lsp {
namespace {

const std::string kUri = "file:///a.c";

DidChangeTextDocumentParams insertion(std::string uri, std::string text) {
  return {{std::move(uri), 2}, {{Range{}, std::move(text)}}};
}

TEST(DocumentStore, FollowsADocumentFromOpenToClose) {
  DocumentStore store(PositionEncoding::kUtf8);
  const Document* const document = store.open({kUri, "c", 1, "b"}).value();
  EXPECT_EQ(store.find(kUri), document);
  ASSERT_TRUE(store.change(insertion(kUri, "a")));
  EXPECT_EQ(store.find(kUri)->text().bytes(), "ab");
  EXPECT_EQ(store.find(kUri)->version(), 2);
  EXPECT_EQ(store.find(kUri)->language_id(), "c");
  ASSERT_TRUE(store.close(kUri));
  EXPECT_EQ(store.find(kUri), nullptr);
  EXPECT_EQ(store.size(), 0u);
}

TEST(DocumentStore, RefusesToOpenTwiceAndKeepsTheFirst) {
  DocumentStore store(PositionEncoding::kUtf8);
  ASSERT_TRUE(store.open({kUri, "c", 1, "first"}));
  const auto again = store.open({kUri, "c", 1, "second"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "The document 'file:///a.c' is open already.");
  EXPECT_EQ(store.find(kUri)->text().bytes(), "first");
}

TEST(DocumentStore, RefusesToChangeOrCloseWhatIsNotOpen) {
  DocumentStore store(PositionEncoding::kUtf8);
  const auto change = store.change(insertion(kUri, "a"));
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().message, "The document 'file:///a.c' is not open.");
  EXPECT_FALSE(store.close(kUri));
}

TEST(DocumentStore, ADocumentMayBeOpenedAgainOnceClosed) {
  DocumentStore store(PositionEncoding::kUtf8);
  ASSERT_TRUE(store.open({kUri, "c", 1, "first"}));
  ASSERT_TRUE(store.close(kUri));
  ASSERT_TRUE(store.open({kUri, "c", 1, "second"}));
  EXPECT_EQ(store.find(kUri)->text().bytes(), "second");
}

TEST(DocumentStore, ADocumentStaysInItsPlaceWhileOthersComeAndGo) {
  DocumentStore store(PositionEncoding::kUtf8);
  const Document* const document = store.open({kUri, "c", 1, ""}).value();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store.open({std::to_string(i), "c", 1, ""}));
  EXPECT_EQ(store.find(kUri), document);
}

TEST(DocumentStore, LeavesOutWhatThereIsNoRoomForUntilItIsOpenedAgain) {
  DocumentStore store(PositionEncoding::kUtf8, DocumentRoom({.document_bytes = 4}));
  EXPECT_EQ(store.open({kUri, "c", 1, "12345"}).value(), nullptr);
  EXPECT_EQ(store.find(kUri), nullptr);
  ASSERT_TRUE(store.why_left_out(kUri));
  EXPECT_TRUE(store.why_left_out(kUri)->starts_with("The document is larger than 0 MB"));
  EXPECT_FALSE(store.open({kUri, "c", 1, ""})) << "it is open already";
  ASSERT_TRUE(store.close(kUri));
  EXPECT_FALSE(store.why_left_out(kUri));
  EXPECT_NE(store.open({kUri, "c", 1, "1234"}).value(), nullptr);
}

TEST(DocumentStore, LeavesOutWhatGrowsBeyondItsRoomAndGivesTheRoomBack) {
  const DocumentRoom room({.document_bytes = 4, .all_bytes = 4});
  DocumentStore store(PositionEncoding::kUtf8, room);
  ASSERT_NE(store.open({kUri, "c", 1, "123"}).value(), nullptr);
  ASSERT_TRUE(store.change(insertion(kUri, "0")));
  EXPECT_NE(store.find(kUri), nullptr);
  ASSERT_TRUE(store.change(insertion(kUri, "0")));
  EXPECT_EQ(store.find(kUri), nullptr);
  EXPECT_TRUE(store.why_left_out(kUri));
  EXPECT_NE(store.open({"file:///b.c", "c", 1, "1234"}).value(), nullptr);
}

TEST(DocumentStore, RemembersAsManyThatAreLeftOutAsThereMayBe) {
  DocumentStore store(PositionEncoding::kUtf8, DocumentRoom({.documents = 2}));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store.open({std::to_string(i), "c", 1, ""}));
  EXPECT_EQ(store.size(), 2U);
  EXPECT_TRUE(store.why_left_out("3"));
  EXPECT_FALSE(store.why_left_out("4"));
}

}  // namespace
}  // namespace nextline::lsp
