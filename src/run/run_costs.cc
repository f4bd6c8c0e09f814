#include "src/run/run_costs.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "src/run/evaluate.h"
#include "src/run/sampled_oracle.h"

namespace zo {
namespace {

// Steps that tell how long all take. Methods that draw their coordinates by what they have seen know nothing
// in their first period, and its draw is dearer (on ResNet-8 a probe of zo-sah takes 0.32 of a forward pass
// in the first five steps, 0.16 in the next, 0.34 after 100,000 queries): nine see both.
constexpr std::int64_t kMostSteps = 9;
constexpr double kShare = 0.02;              // of the run's expected time that they may take,
constexpr double kLeast = 2.0, kMost = 4.0;  // and at least and at most, in seconds

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct StepTimes {
  double query_s = 0.0, once_s = 0.0;
};

StepTimes own_times(const Session& session, const TrainCommand& command) {
  const BatchSource* source = session.batches.get();
  const auto whole = command.options.oracle.make(
      session.network,
      session.oracle->weights(),
      [source](std::int64_t number) { return source->batch(number); },
      session.device.place);
  SampledOracle oracle(*whole, now);
  const auto method = command.method.config->make(session.network.layout, session.plan);
  // Seconds that step k would take: all of its list in place of the sample.
  const auto time_of = [&](std::int64_t k) {
    const double start = now(), computing = oracle.computing_s(), asked = oracle.asked_s();
    oracle.begin_batch(k / method->steps_per_batch());
    method->step(oracle, k);
    return now() - start - (oracle.computing_s() - computing) + (oracle.asked_s() - asked);
  };
  const double first = time_of(0);  // allocates, and so tells nothing but what is asked for once
  const auto left = static_cast<double>(steps_left(command.options, session, 0).queries);
  const double start = now();
  double seconds = 0.0, queries = 0.0, allowed = kLeast;
  for (std::int64_t k = 1; k == 1 || (now() - start < allowed && k <= kMostSteps); ++k) {
    seconds += time_of(k);
    queries += static_cast<double>(method->queries_of_step(k));
    allowed = std::clamp(kShare * left * seconds / std::max(queries, 1.0), kLeast, kMost);
  }
  const double query_s = seconds / std::max(queries, 1.0);
  const std::int64_t once = method->queries_once();
  const auto steady = static_cast<double>(method->queries_of_step(0) - once);
  return {query_s, once > 0 ? std::max(first - steady * query_s, 0.0) : 0.0};
}

/// Seconds a picture takes in an evaluation.
double picture_seconds(const Session& session, const TrainCommand& command) {
  constexpr std::int64_t kPictures = 250;  // a thread
  Dataset some = session.data.test;
  const std::int64_t count = std::min(some.size(), kPictures * session.threads);
  some.images.resize(count * some.pixels());
  some.labels.resize(count);
  const auto evaluated = [&] {
    const double start = now();
    evaluate(session.network,
             session.oracle->weights(),
             some,
             command.options.oracle.precision(),
             session.threads,
             session.device.place);
    return (now() - start) / static_cast<double>(count);
  };
  const double warming = evaluated();
  return std::min(warming, evaluated());
}

/// How many multiples of `every` (0: none) lie in (from, to].
std::int64_t marks(std::int64_t from, std::int64_t to, std::int64_t every) {
  return every > 0 ? to / every - from / every : 0;
}

/// Seconds that the evaluations and checkpoints take on the way from `from` to `to` queries in
/// `steps` steps, those at the end included.
double report_seconds(const TrainOptions& options,
                      const Session& session,
                      const RunCosts& costs,
                      std::int64_t from,
                      std::int64_t to,
                      std::int64_t steps) {
  const bool at_start = session.loop.steps == 0 && session.loop.evaluated_step < 0 &&
                        options.eval_every > 0 && steps > 0;
  const std::int64_t evaluations =
      std::min(marks(from, to, options.eval_every), steps) + 1 + (at_start ? 1 : 0);
  const std::int64_t saves = std::min(marks(from, to, options.checkpoint_every), steps) + 1;
  constexpr std::int64_t kBatch = 250;  // pictures, of an evaluation and of statistics
  const std::int64_t retaken =
      session.network.norms.empty()
          ? 0
          : std::min(options.statistics_batches() * kBatch, session.data.train.size());
  // A checkpoint and an evaluation after the same step share them.
  const auto pictures = static_cast<double>(evaluations * session.data.test.size() +
                                            std::max(evaluations, saves) * retaken);
  return pictures * costs.picture_s;
}

}  // namespace

RunCosts measure_costs(const Session& session, const TrainCommand& command) {
  const StepTimes own = own_times(session, command);
  const auto together = [&](double seconds) {
    double rate = 0.0;
    for (const double each : session.ranks->gather(seconds)) rate += 1.0 / std::max(each, 1e-12);
    return seconds > 0.0 ? 1.0 / rate : 0.0;
  };
  const double query_s = together(own.query_s), once_s = together(own.once_s);
  return {query_s, once_s, picture_seconds(session, command)};
}

StepsLeft steps_left(const TrainOptions& options, const Session& session, std::int64_t spent) {
  const Method& method = *session.method;
  const std::int64_t done = session.loop.steps;
  constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  std::int64_t last = options.max_steps > 0 ? options.max_steps : kNone;
  if (options.max_epochs > 0) {
    last = std::min(last,
                    options.max_epochs * session.batches->per_epoch() * method.steps_per_batch());
  }
  const std::int64_t budget = options.max_queries > 0 ? options.max_queries - spent : kNone;
  StepsLeft left{.limited = last < kNone || budget < kNone};
  // Enough to see every period; where more steps are left, they are like these.
  constexpr std::int64_t kCounted = 10000;
  const std::int64_t counted = done + (left.limited ? kCounted : 1000);
  std::int64_t once = done == 0 ? method.queries_once() : 0;
  std::int64_t k = done;
  for (; k < std::min(last, counted); ++k) {
    const std::int64_t queries = method.queries_of_step(k) - (k == 0 ? once : 0);
    if (left.queries + once + queries > budget) return left;
    left.queries += queries;
    left.least = k == done ? queries : std::min(left.least, queries);
    left.most = std::max(left.most, queries);
    ++left.steps;
  }
  if (!left.limited || k == last) return left;
  const double mean = static_cast<double>(left.queries) / static_cast<double>(left.steps);
  left.steps = last < kNone ? last - done : kNone;
  if (budget < kNone) {
    left.steps =
        std::min(left.steps, static_cast<std::int64_t>(static_cast<double>(budget - once) / mean));
  }
  left.queries = std::llround(mean * static_cast<double>(left.steps));
  return left;
}

double seconds_left(const TrainOptions& options,
                    const Session& session,
                    const RunCosts& costs,
                    const RunPosition& at) {
  const StepsLeft left = steps_left(options, session, at.spent);
  const std::int64_t once = session.loop.steps == 0 ? session.method->queries_once() : 0;
  double seconds = std::numeric_limits<double>::infinity();
  if (left.limited) {
    const std::int64_t end = at.spent + once + left.queries;
    // Of the present step what has passed is gone; how many losses are known tells less, as the dearest
    // are computed first.
    const double once_s = once > 0 ? costs.once_s : 0.0;
    const std::int64_t k = session.loop.steps;
    const auto present = static_cast<double>(session.method->queries_of_step(k) - once);
    seconds = static_cast<double>(left.queries) * costs.query_s + once_s -
              std::min(at.step_s, present * costs.query_s + once_s) +
              report_seconds(options, session, costs, at.spent, end, left.steps);
  }
  if (options.max_time > 0) {
    // Evaluations on the way are part of the time; the last is not.
    const double last = report_seconds(options, session, costs, at.spent, at.spent, 0);
    seconds = std::min(seconds, options.max_time - at.wall_s + last);
  }
  return std::max(seconds, 0.0);
}

}  // namespace zo
