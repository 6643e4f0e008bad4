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

}  // namespace
}  // namespace nextline::lsp
