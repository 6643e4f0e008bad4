#include "engine/backend/cpu/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "engine/backend/cpu/cpu_backend.h"
#include "tests/support/random.h"

namespace nextline::cpu {
namespace {

constexpr double kEpsilon = 0x1p-23;  // Of float32.
/// Slots from here on hold what the first ones do: the same keys in another place.
constexpr std::uint32_t kCopy = 1001;
constexpr std::uint32_t kSlots = 2 * kCopy;
constexpr std::uint32_t kAngles = 2048;

Hyperparameters shape(std::uint32_t heads_per_kv, std::uint32_t dimension) {
  Hyperparameters h{};
  h.layer_count = 1;
  h.head_count = 2 * heads_per_kv;
  h.head_count_kv = 2;
  h.head_dimension = dimension;
  h.rope.dimensions = dimension;
  h.rope.base = 10000;
  h.rope.pairing = dimension == 64 ? RopePairing::kAdjacent : RopePairing::kHalves;
  return h;
}

std::vector<float> random_floats(test::Random& random, std::size_t count) {
  std::vector<float> values(count);
  for (float& value : values) value = random.normal();
  return values;
}

/// A random cache, and attention to it with some kernels and threads.
class Attending {
 public:
  Attending(const Hyperparameters& h, InstructionSet instruction_set, std::uint32_t threads,
            KvType type)
      : h_(h),
        kernels_(kernels_of(instruction_set)),
        threads_(threads),
        rope_(h.rope),
        storage_(h, kSlots, type, kernels_, threads_, rope_),
        attention_(h, kernels_, threads_, rope_) {
    rope_.reserve(kAngles);
    test::Random random(3);
    for (std::uint32_t head = 0; head < h.head_count_kv; ++head) {
      for (std::uint32_t slot = 0; slot < kCopy; ++slot) {
        const std::vector<float> key = random_floats(random, h.head_dimension);
        const std::vector<float> value = random_floats(random, h.head_dimension);
        for (const std::uint32_t copy : {slot, slot + kCopy}) {
          const KvKernels& kernels = storage_.kernels();
          kernels.store_key(key.data(), h.head_dimension, copy, storage_.keys(0, head));
          kernels.store_value(value.data(), h.head_dimension, copy, storage_.values(0, head));
        }
      }
    }
  }

  /// The outputs of the rows, whose queries follow from their tokens.
  std::vector<float> attend(const std::vector<View>& views, const std::vector<BatchRow>& rows) {
    const std::size_t length = h_.query_length();
    std::vector<std::vector<float>> heads;
    std::vector<float> outputs(rows.size() * length);
    std::vector<Attention::Query> queries;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      heads.push_back(query_of(rows[row]));
      for (float& value : heads.back()) value *= attention_.query_scale();
      queries.push_back({&rows[row], heads.back().data(), outputs.data() + row * length});
    }
    attention_.plan(views, queries);
    attention_.run(storage_, 0);
    return outputs;
  }

  std::vector<float> query_of(const BatchRow& row) const {
    test::Random random(static_cast<std::uint64_t>(row.token));
    return random_floats(random, h_.query_length());
  }

  /// The same in double, from what the storage holds.
  std::vector<double> expected(const View& view, const BatchRow& row) const {
    const std::uint32_t dimension = h_.head_dimension;
    std::vector<float> key(h_.kv_length());
    std::vector<float> value(h_.kv_length());
    std::vector<double> output(h_.query_length(), 0.0);
    std::vector<double> totals(h_.head_count, 0.0);
    for (const Run& run : view) {
      if (run.first_position > row.position) break;
      std::vector<float> query = query_of(row);
      for (std::uint32_t head = 0; head < h_.head_count; ++head) {
        rope_.rotate(std::span(query).subspan(head * dimension, dimension),
                     run.query_position(row.position));
      }
      for (std::uint32_t i = 0; i < run.length && run.first_position + i <= row.position; ++i) {
        storage_.read(run.first_slot + i, 0, key, value);
        for (std::uint32_t head = 0; head < h_.head_count; ++head) {
          const std::size_t from = head / h_.heads_per_kv() * dimension;
          double score = 0;
          for (std::uint32_t d = 0; d < dimension; ++d) {
            score += double{query[head * dimension + d]} * key[from + d];
          }
          const double weight = std::exp(score / std::sqrt(dimension));
          totals[head] += weight;
          for (std::uint32_t d = 0; d < dimension; ++d) {
            output[head * dimension + d] += weight * value[from + d];
          }
        }
      }
    }
    for (std::size_t i = 0; i < output.size(); ++i) output[i] /= totals[i / dimension];
    return output;
  }

 private:
  Hyperparameters h_;
  const Kernels& kernels_;
  ThreadPool threads_;
  RopeTable rope_;
  CpuKvStorage storage_;
  Attention attention_;
};

struct Case {
  InstructionSet instruction_set;
  KvType type;
};

/// All instruction sets with the type that is chosen, the last with the others.
std::vector<Case> cases() {
  const auto sets = supported_instruction_sets();
  std::vector<Case> all;
  for (const InstructionSet instruction_set : sets) {
    all.push_back({instruction_set, KvType::kFloat16});
  }
  all.push_back({sets.back(), KvType::kFloat32});
  all.push_back({sets.back(), KvType::kBFloat16});
  return all;
}

class AttentionTest : public ::testing::TestWithParam<Case> {
 protected:
  /// Positions [0, length), cut at random into runs anywhere in the storage, at any anchors.
  View scattered_view(std::uint32_t length) {
    View view;
    for (Position first = 0; first < length;) {
      const auto count = std::min(length - first, 1 + below(90));
      view.push_back({first, count, below(kSlots - count), below(700)});
      first += count;
    }
    return view;
  }
  /// Position p in slot p or its copy, at its own anchor.
  View current_view(std::uint32_t length, std::uint32_t longest_run) {
    View view;
    for (Position first = 0; first < length;) {
      const auto count = std::min(length - first, 1 + below(longest_run));
      view.push_back({first, count, first + kCopy * below(2), first});
      first += count;
    }
    return view;
  }
  /// So many rows at different positions of a view, from `first` on.
  void add_rows(std::uint32_t count, Position first, Position last, std::uint32_t view) {
    std::set<Position> positions;
    while (positions.size() < count) positions.insert(first + below(last - first));
    for (const Position position : positions) {
      rows_.push_back({static_cast<TokenId>(rows_.size()), position, 0, view, true});
    }
  }
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(random_.below(bound));
  }

  void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
  }

  test::Random random_{17};
  std::vector<BatchRow> rows_;
};

INSTANTIATE_TEST_SUITE_P(InstructionSets, AttentionTest, ::testing::ValuesIn(cases()),
                         [](const auto& test_case) {
                           return std::string(name_of(test_case.param.instruction_set)) + "_" +
                                  std::string(name_of(test_case.param.type));
                         });

TEST_P(AttentionTest, AgreesWithSoftmaxInDoubleForAnyRowsHeadsAndRuns) {
  constexpr std::uint32_t kRows[] = {1, 2, 3, 7, 8, 9, 17, 63, 64, 65};
  constexpr std::uint32_t kDimensions[] = {16, 64, 80, 128};
  for (std::uint32_t i = 0; i < std::size(kRows); ++i) {
    Attending attending(shape(1 + i % 9, kDimensions[i % 4]), GetParam().instruction_set, 1 + i % 4,
                        GetParam().type);
    const std::vector<View> views = {scattered_view(650), scattered_view(300)};
    rows_.clear();
    add_rows((kRows[i] + 1) / 2, 0, 650, 0);
    add_rows(kRows[i] / 2, 200, 300, 1);
    const std::vector<float> outputs = attending.attend(views, rows_);
    const std::size_t length = outputs.size() / rows_.size();
    for (std::size_t row = 0; row < rows_.size(); row += 1 + rows_.size() / 9) {
      const auto expected = attending.expected(views[rows_[row].view], rows_[row]);
      for (std::size_t at = 0; at < length; ++at) {
        // Scores of order 5, summed over up to 128 products, carry their rounding into weights;
        // values are of order 1.
        ASSERT_NEAR(outputs[row * length + at], expected[at], 64 * kEpsilon)
            << kRows[i] << " rows, row " << row;
      }
    }
  }
}

TEST_P(AttentionTest, ARowDependsNeitherOnItsBatchNorOnThreadsNorOnTheInstructionSet) {
  constexpr std::uint32_t kDimensions[] = {64, 80};
  for (const std::uint32_t dimension : kDimensions) {
    const Hyperparameters h = shape(dimension == 64 ? 7 : 3, dimension);
    const std::vector<View> views = {scattered_view(900), scattered_view(520)};
    rows_.clear();
    add_rows(25, 0, 900, 0);
    add_rows(10, 505, 520, 1);
    Attending portable(h, InstructionSet::kPortable, 1, GetParam().type);
    const std::vector<float> expected = portable.attend(views, rows_);
    for (std::uint32_t threads = 1; threads <= 4; ++threads) {
      Attending attending(h, GetParam().instruction_set, threads, GetParam().type);
      expect_same_bits(attending.attend(views, rows_), expected);
      for (const std::size_t count : {1, 2, 5, 9, 17}) {
        for (std::size_t first = 0; first < rows_.size(); first += count) {
          const std::size_t last = std::min(first + count, rows_.size());
          const auto begin = [&](const auto& all, std::size_t row) {
            return all.begin() + static_cast<std::ptrdiff_t>(row * all.size() / rows_.size());
          };
          expect_same_bits(attending.attend(views, {begin(rows_, first), begin(rows_, last)}),
                           {begin(expected, first), begin(expected, last)});
        }
      }
    }
  }
}

TEST_P(AttentionTest, ARowDoesNotDependOnHowItsViewIsCutWhereAnchorsArePositions) {
  Attending attending(shape(7, 64), GetParam().instruction_set, 2, GetParam().type);
  add_rows(20, 0, 1000, 0);
  const std::vector<float> whole = attending.attend({{{0, 1000, 0, 0}}}, rows_);
  for (const std::uint32_t longest_run : {2U, 20U, 300U}) {
    expect_same_bits(attending.attend({current_view(1000, longest_run)}, rows_), whole);
  }
  // Rows with a view each, as the branches of a draft have.
  std::vector<View> views;
  for (BatchRow& row : rows_) {
    row.view = static_cast<std::uint32_t>(views.size());
    views.push_back(current_view(1000, 100));
  }
  expect_same_bits(attending.attend(views, rows_), whole);
}

TEST_P(AttentionTest, RunsBehindARowAskForNoAngles) {
  // Where its queries would stand for the second run, the first row has no position.
  Attending attending(shape(2, 64), GetParam().instruction_set, 1, GetParam().type);
  const std::vector<View> views = {{{0, 100, 0, 0}, {100, 50, 100, 0}}};
  rows_ = {{1, 98, 0, 0, true}, {2, 103, 0, 0, true}};
  const std::vector<float> both = attending.attend(views, rows_);
  const std::size_t length = both.size() / 2;
  expect_same_bits(attending.attend(views, {rows_[0]}), {both.begin(), both.begin() + length});
}

}  // namespace
}  // namespace nextline::cpu
