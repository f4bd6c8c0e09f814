#include "src/dist/mpi/api.h"

#include <mpi.h>

#include <vector>

namespace {
int ranks = 1, own = 0;
}  // namespace

int zo_mpi_open(int* rank, int* size, int* local_rank) {
  // Only the thread that opened communicates; the others compute.
  int granted = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &granted) != MPI_SUCCESS) return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &own);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Comm host = MPI_COMM_NULL;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
  MPI_Comm_rank(host, local_rank);
  MPI_Comm_free(&host);
  *rank = own;
  *size = ranks;
  return 0;
}

int zo_mpi_all_gather(const double* mine, const int* counts, double* all) {
  std::vector<int> offsets(ranks, 0);
  for (int r = 1; r < ranks; ++r) offsets[r] = offsets[r - 1] + counts[r - 1];
  return MPI_Allgatherv(
      mine, counts[own], MPI_DOUBLE, all, counts, offsets.data(), MPI_DOUBLE, MPI_COMM_WORLD);
}

void zo_mpi_close() { MPI_Finalize(); }

void zo_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }
