#include "src/dist/communicator.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "src/base/error.h"
#include "src/base/shared_library.h"
#include "src/dist/mpi/api.h"

namespace zo {
namespace {

constexpr const char* kLibrary = "libzotrain_mpi.so";

class Alone final : public Communicator {
 public:
  Alone() : Communicator(0, 1, 0) {}
  std::vector<double> gather(std::span<const double> mine, std::span<const int>) const override {
    return {mine.begin(), mine.end()};
  }
  void abort(int code) const override { std::_Exit(code); }
};

/// What libzotrain_mpi.so offers.
struct MpiLibrary {
  decltype(&zo_mpi_open) open = nullptr;
  decltype(&zo_mpi_all_gather) all_gather = nullptr;
  decltype(&zo_mpi_close) close = nullptr;
  decltype(&zo_mpi_abort) abort = nullptr;
};

MpiLibrary load_mpi_library() {
  // Open MPI looks its own plug-ins up among the global symbols.
  const auto library =
      SharedLibrary::open(program_folder(), kLibrary, SharedLibrary::Symbols::Shared);
  if (library.is_missing()) {
    fail_usage(
        "started as one of {} ranks, but {} is not beside the program; install libopenmpi-dev and "
        "build again, or start it without mpirun",
        launched_ranks(),
        kLibrary);
  }
  if (!library.is_open()) fail_usage("{}", library.why_not());
  MpiLibrary found;
  if (!library.look_up("zo_mpi_open", found.open) ||
      !library.look_up("zo_mpi_all_gather", found.all_gather) ||
      !library.look_up("zo_mpi_close", found.close) ||
      !library.look_up("zo_mpi_abort", found.abort)) {
    fail_usage("{} belongs to another version of zotrain", kLibrary);
  }
  return found;
}

struct Place {
  int rank = 0, size = 1, local_rank = 0;
};

class Mpi final : public Communicator {
 public:
  Mpi(const MpiLibrary& library, Place place)
      : Communicator(place.rank, place.size, place.local_rank), library_(library) {}
  ~Mpi() override { library_.close(); }

  std::vector<double> gather(std::span<const double> mine,
                             std::span<const int> counts) const override {
    std::vector<double> all(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
    if (library_.all_gather(mine.data(), counts.data(), all.data()) != 0) {
      fail_run("rank {}: MPI could not exchange losses", rank());
    }
    return all;
  }

  void abort(int code) const override {
    library_.abort(code);
    std::_Exit(code);
  }

 private:
  MpiLibrary library_;
};

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

}  // namespace

std::vector<double> Communicator::gather(double mine) const {
  const std::vector<int> counts(size_, 1);
  return gather(std::span(&mine, 1), counts);
}

const Communicator& one_process() {
  static const Alone alone;
  return alone;
}

int launched_ranks() {
  // Open MPI's mpirun, MPICH's and Slurm's PMI, and srun where no PMI was asked for.
  constexpr const char* kVariables[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
  int most = 1;
  for (const char* variable : kVariables) most = std::max(most, number_in(variable));
  return most;
}

std::unique_ptr<Communicator> open_communicator() {
  const int launched = launched_ranks();
  if (launched == 1) return std::make_unique<Alone>();
  const MpiLibrary library = load_mpi_library();
  Place place;
  if (library.open(&place.rank, &place.size, &place.local_rank) != 0) {
    fail_usage("MPI could not be started for one of {} ranks", launched);
  }
  auto ranks = std::make_unique<Mpi>(library, place);
  if (place.size != launched) {
    fail_usage(
        "the launcher has started {} ranks, but MPI knows {}; with Slurm start it by srun "
        "--mpi=pmix, or by mpirun of the Open MPI that it was built with",
        launched,
        place.size);
  }
  return ranks;
}

}  // namespace zo
