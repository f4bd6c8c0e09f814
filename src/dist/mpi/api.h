#pragma once
// What libzotrain_mpi.so offers. Plain C, as it is looked up by name at run time.

extern "C" {
/// Joins the processes that the launcher has started. 0, or 1 when MPI cannot.
int zo_mpi_open(int* rank, int* size, int* local_rank);
/// Every rank r gives counts[r] numbers; `all` receives them in order of the ranks.
int zo_mpi_all_gather(const double* mine, const int* counts, double* all);
/// Leaves together with all others.
void zo_mpi_close();
/// Ends every rank at once.
void zo_mpi_abort(int code);
}
