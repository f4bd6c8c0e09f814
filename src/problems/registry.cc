#include "src/problems/registry.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <sstream>

#include "src/base/error.h"
#include "src/base/philox.h"
#include "src/problems/ackley.h"
#include "src/problems/logistic.h"
#include "src/problems/quadratic.h"
#include "src/problems/rosenbrock.h"
#include "src/problems/separable.h"

namespace zo {
namespace {

constexpr std::uint64_t kStartStream = 1u << 20;  // behind the streams of constants and rotations

using Maker = std::function<std::unique_ptr<Problem>(
    const ProblemOptions&, std::int64_t dim, std::uint64_t seed)>;

/// One line of the registry.
struct ProblemInfo {
  std::string name;
  std::int64_t dimension;  // customary; 0: the data decide
  std::int64_t least;
  std::vector<std::string> options;  // those of ProblemOptions that only some problems have
  Maker make;
};

template <class T>
Maker plain() {
  return [](const ProblemOptions&, std::int64_t dim, std::uint64_t) {
    return std::make_unique<T>(dim);
  };
}

std::unique_ptr<Problem> make_logistic(const ProblemOptions& options, std::int64_t dim) {
  if (options.data.empty()) {
    fail_usage("--problem logistic: needs --data FILE, examples in LIBSVM format");
  }
  return std::make_unique<Logistic>(
      read_libsvm(options.data, options.rows), dim, options.l2, options.bias);
}

const std::vector<ProblemInfo>& problems() {
  static const std::vector<ProblemInfo> all{
      {"rosenbrock",
       2,
       2,
       {"rosenbrock-alpha"},
       [](const ProblemOptions& o, std::int64_t dim, std::uint64_t) {
         return std::make_unique<Rosenbrock>(dim, o.rosenbrock_alpha);
       }},
      {"quadratic",
       20,
       1,
       {"lowest", "condition", "spectrum", "structure", "shifted"},
       [](const ProblemOptions& o, std::int64_t dim, std::uint64_t seed) {
         const QuadraticShape shape{o.lowest, o.condition, o.spectrum, o.structure, o.shifted};
         return std::make_unique<Quadratic>(dim, shape, seed);
       }},
      {"logistic",
       0,
       1,
       {"data", "rows", "l2", "bias"},
       [](const ProblemOptions& o, std::int64_t dim, std::uint64_t) {
         return make_logistic(o, dim);
       }},
      {"styblinski-tang",
       20,
       1,
       {"tilt"},
       [](const ProblemOptions& o, std::int64_t dim, std::uint64_t) {
         return std::make_unique<StyblinskiTang>(dim, o.tilt);
       }},
      {"levy", 20, 1, {}, plain<Levy>()},
      {"ackley", 20, 1, {}, plain<Ackley>()},
      {"quartic", 20, 1, {}, plain<Quartic>()},
      {"attack",
       0,
       1,
       {"data", "data-dir", "weights", "image", "target-class", "limit"},
       [](const ProblemOptions& o, std::int64_t dim, std::uint64_t) {
         if (dim > 0)
           fail_usage("--dim {}: the picture of --problem attack decides; leave it out", dim);
         return o.attack(o);
       }},
  };
  return all;
}

void refuse_foreign(const ProblemInfo& info, const OptionTable& table) {
  for (const auto& other : problems()) {
    for (const auto& option : other.options) {
      if (!table.given(option)) continue;
      if (std::find(info.options.begin(), info.options.end(), option) != info.options.end())
        continue;
      fail_usage("--{}: an option of --problem {}, which --problem {} does not have; leave it out",
                 option,
                 other.name,
                 info.name);
    }
  }
}

/// A method keeps some vectors of length d, and a refusal is better than being killed for memory.
void refuse_too_large(std::int64_t dim) {
  constexpr double kVectors = 16.0, kGiB = 1024.0 * 1024.0 * 1024.0;
  const double needed = kVectors * sizeof(double) * static_cast<double>(dim);
  const double present =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (needed <= present) return;
  fail_usage("--dim {}: would take some {:.0f} GiB, of which this machine has {:.0f}; choose less",
             dim,
             needed / kGiB,
             present / kGiB);
}

std::vector<double> normal_entries(std::int64_t d, const Philox& random) {
  std::vector<double> x;
  for (std::int64_t i = 0; i < d; ++i) x.push_back(random.normal(i));
  return x;
}

bool parse(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

std::vector<double> listed_numbers(const std::string& text, std::int64_t dimension) {
  std::vector<double> x;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) {
    double value = 0.0;
    if (!parse(word, value)) {
      fail_usage(
          "--start {}: '{}' is not a finite number; give standard, normal, ball:R, or numbers "
          "separated by commas",
          text,
          word);
    }
    x.push_back(value);
  }
  if (x.size() == 1) x.resize(static_cast<std::size_t>(dimension), x.front());
  if (static_cast<std::int64_t>(x.size()) != dimension) {
    fail_usage("--start {}: {} numbers for {} coordinates; give one for each, or one for all",
               text,
               x.size(),
               dimension);
  }
  return x;
}

}  // namespace

void ProblemOptions::describe(OptionTable& table) {
  std::vector<std::string> names;
  for (const auto& info : problems()) {
    if (info.name != "attack" || attack) names.push_back(info.name);
  }
  table.begin_group("Problem");
  table.add("problem", &problem, names, "the function");
  table.add(
      "dim",
      &dim,
      Range::between(0, 1e8),
      "number of coordinates; 0 = the customary (rosenbrock 2, logistic as the data, else 20)");
  table.add("start",
            &start,
            "starting point: standard, normal, ball:R, or numbers a,b,... (one number for all)");
  table.add(
      "rosenbrock-alpha", &rosenbrock_alpha, Range::positive(), "rosenbrock: depth of the valley");
  table.add("tilt",
            &tilt,
            Range::between(0, 1000),
            "styblinski-tang: factor of the linear term, 5 in its definition, 50 in some papers");
  table.add("lowest", &lowest, Range::positive(), "quadratic: least eigenvalue");
  table.add("condition",
            &condition,
            Range::at_least(1),
            "quadratic: ratio of the greatest to the least eigenvalue");
  table.add("spectrum",
            &spectrum,
            {"geometric", "linear", "two-valued"},
            "quadratic: how the eigenvalues are spaced");
  table.add("structure",
            &structure,
            {"rotated", "diagonal", "blocks", "permuted-blocks"},
            "quadratic: eigenvectors random, along the axes, or in 2x2 blocks");
  table.add("shifted", &shifted, "quadratic: add a random linear term and constant");
  table.add("data",
            &data,
            attack
                ? "logistic: file of examples in LIBSVM format; attack: data set of the picture, "
                  "by default the run's"
                : "logistic: file of examples in LIBSVM format");
  table.add("rows", &rows, Range::at_least(0), "logistic: read the first N examples; 0 = all");
  table.add("l2", &l2, Range::at_least(0), "logistic: factor of ½‖x‖²");
  table.add("bias", &bias, "logistic: one more coordinate for a constant feature");
  if (!attack) return;
  table.add("data-dir", &data_dir, "attack: folder of the data set, by default the run's");
  table.add("weights", &weights, "attack: the trained network, a run or a checkpoint folder");
  table.add("image", &image, Range::at_least(0), "attack: number of the test picture");
  table.add("target-class",
            &target_class,
            Range::at_least(-1),
            "attack: what the network is to say; -1 = the class after the picture's own");
  table.add("limit",
            &limit,
            Range::positive(),
            "attack: greatest change of a pixel, as a share of full brightness");
}

std::unique_ptr<Problem> make_problem(const ProblemOptions& options,
                                      const OptionTable& table,
                                      std::uint64_t seed) {
  const auto info = std::find_if(problems().begin(), problems().end(), [&](const ProblemInfo& p) {
    return p.name == options.problem;
  });
  refuse_foreign(*info, table);
  const std::int64_t dim = options.dim > 0 ? options.dim : info->dimension;
  if (options.dim > 0 && dim < info->least) {
    fail_usage("--dim {}: {} needs at least {}", dim, info->name, info->least);
  }
  refuse_too_large(dim);
  return info->make(options, dim, seed);
}

std::vector<double> starting_point(const Problem& problem,
                                   const std::string& text,
                                   std::uint64_t seed,
                                   std::uint64_t number) {
  const std::int64_t d = problem.dimension();
  const Philox random(seed, Purpose::Problem, kStartStream + number);
  if (text == "standard") return problem.start();
  if (text == "normal") return normal_entries(d, random);
  if (text.rfind("ball:", 0) == 0) {
    double radius = 0.0;
    if (!parse(std::string_view(text).substr(5), radius) || radius <= 0.0) {
      fail_usage("--start {}: the radius must be a number above 0, as in ball:100", text);
    }
    std::vector<double> x = normal_entries(d, random);
    // A normal vector has a uniform direction; the radius of a uniform point goes with u^(1/d).
    const double share = std::pow(random.uniform(2 * d + 2), 1.0 / static_cast<double>(d));
    const double factor = radius * share / std::sqrt(inner(x, x));
    for (double& value : x) value *= factor;
    return x;
  }
  return listed_numbers(text, d);
}

}  // namespace zo
