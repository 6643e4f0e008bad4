#include "lsp/workspace/commit_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using test::SampleRepository;

class CommitWalkTest : public testing::Test {
 protected:
  std::string commit(const std::vector<std::string>& parents) {
    return sample_.commit({{"a", std::to_string(sample_.time())}}, parents);
  }

  /// A walk from the last commit.
  CommitWalk walk(const std::vector<std::string>& hidden = {}) {
    CommitWalk made(repository_);
    for (const std::string& hash : hidden) made.hide(git_id(hash).value());
    made.start_at(git_id(sample_.head()).value());
    return made;
  }

  static std::vector<std::string> rest_of(CommitWalk& walk) {
    std::vector<std::string> hashes;
    while (const GitCommit commit = walk.next({})) {
      hashes.push_back(git_hash(*git_commit_id(commit.get())));
    }
    return hashes;
  }
  static std::vector<std::string> waiting(const CommitWalk& walk) {
    std::vector<std::string> hashes;
    for (const git_oid& id : walk.waiting()) hashes.push_back(git_hash(id));
    return hashes;
  }

  SampleRepository sample_;
  Repository repository_ = Repository::open(sample_.path(), Repository::Search::kHere).value();
};

TEST_F(CommitWalkTest, GoesAlongAllParentsByTime) {
  const std::string a = commit({});
  const std::string b = commit({a});
  const std::string c = commit({a});
  const std::string d = commit({b});
  const std::string e = commit({c, d});
  CommitWalk from_the_merge = walk();
  EXPECT_THAT(rest_of(from_the_merge), ElementsAre(e, d, c, b, a));
  EXPECT_THAT(waiting(from_the_merge), IsEmpty());
}

TEST_F(CommitWalkTest, SaysWhereItGoesOn) {
  const std::string a = commit({});
  const std::string b = commit({a});
  const std::string c = commit({a});
  const std::string d = commit({b, c});
  CommitWalk some = walk();
  some.next({});
  EXPECT_THAT(waiting(some), ElementsAre(c, b));

  some.put_back(git_id(d).value());
  EXPECT_THAT(waiting(some), ElementsAre(d, c, b));
  EXPECT_THAT(rest_of(some), ElementsAre(d, c, b, a)) << "Each of the others once.";
}

TEST_F(CommitWalkTest, LeavesOutWhatIsHiddenAndAllBeforeIt) {
  const std::string a = commit({});
  const std::string b = commit({a});
  const std::string hidden = commit({b});
  const std::string aside = commit({a});
  const std::string d = commit({hidden, aside});
  CommitWalk rest = walk({hidden});
  EXPECT_THAT(rest_of(rest), ElementsAre(d, aside));
  CommitWalk none = walk({d});
  EXPECT_THAT(rest_of(none), IsEmpty());
  CommitWalk all = walk({std::string(40, '1')});
  EXPECT_EQ(rest_of(all).size(), 5U);
  EXPECT_EQ(all.unreadable(), 0U);
}

TEST_F(CommitWalkTest, OfABranchThatWasLeftGivesWhatIsNew) {
  const std::string a = commit({});
  const std::string known = commit({commit({a})});
  const std::string b = commit({a});
  const std::string c = commit({b});
  CommitWalk of_the_other = walk({known});
  EXPECT_THAT(rest_of(of_the_other), ElementsAre(c, b));
}

TEST_F(CommitWalkTest, FollowsParentsWhateverClocksSay) {
  const std::string a = commit({});
  sample_.set_next_time(1'000);
  const std::string b = commit({a});
  const std::string c = commit({b});
  CommitWalk backwards = walk();
  EXPECT_THAT(rest_of(backwards), ElementsAre(c, b, a));
  CommitWalk hiding = walk({b});
  EXPECT_THAT(rest_of(hiding), ElementsAre(c));
}

TEST_F(CommitWalkTest, HidesWhatComesOfACommitThatWasGivenTooEarly) {
  const std::string a = commit({});
  sample_.set_next_time(2'000'000'000);
  const std::string early = commit({a});
  sample_.set_next_time(1'700'001'000);
  const std::string hidden = commit({early});
  const std::string d = commit({hidden, early});
  CommitWalk rest = walk({hidden});
  EXPECT_THAT(rest_of(rest), ElementsAre(d, early)) << "But not what was before both.";
}

TEST_F(CommitWalkTest, PassesDamagedCommits) {
  const std::string a = commit({});
  const std::string damaged = commit({a});
  const std::string c = commit({a});
  const std::string missing = commit({damaged});
  const std::string e = commit({c, missing, damaged});
  sample_.damage(damaged);
  sample_.remove(missing);
  CommitWalk rest = walk();
  EXPECT_THAT(rest_of(rest), ElementsAre(e, c, a));
  EXPECT_EQ(rest.unreadable(), 2U);
}

TEST_F(CommitWalkTest, StopsWhenToldTo) {
  commit({});
  std::stop_source stop;
  stop.request_stop();
  CommitWalk stopped = walk();
  EXPECT_FALSE(stopped.next(stop.get_token()));
  EXPECT_THAT(waiting(stopped), ElementsAre(sample_.head()));
}

}  // namespace
}  // namespace nextline::lsp
