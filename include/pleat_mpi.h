/* pleat over MPI: one prediction by all processes of a communicator. Of libpleat_mpi, beside libpleat.
 * SPDX-License-Identifier: MIT
 *
 *     pleat_mpi *mpi = pleat_mpi_create(MPI_COMM_WORLD);
 *     pleat_context_set_ranks(context, pleat_mpi_ranks(mpi));
 *     pleat_predict(model, &query, 1, &result);            all ranks, the same query; each gets the result
 *     ...                                                   the context is freed, or its ranks are set to NULL, first
 *     pleat_mpi_free(mpi);
 *
 * MPI_THREAD_FUNNELED is enough when the thread that started MPI makes these calls. Models say whether they can:
 * pleat_model_heeds(model, "ranks"). */
#ifndef PLEAT_MPI_H
#define PLEAT_MPI_H

#include <mpi.h>

#include "pleat.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pleat_mpi pleat_mpi;

/* Works on a duplicate of the communicator, so that nothing of the caller's is mixed up; collective. NULL: out of memory. */
PLEAT_API pleat_mpi *pleat_mpi_create(MPI_Comm communicator);
/* Collective; before MPI_Finalize. */
PLEAT_API void pleat_mpi_free(pleat_mpi *mpi);

/* The table for pleat_context_set_ranks. A rank that cannot go on says so on stderr, by its number and node, and ends all by
 * MPI_Abort. */
PLEAT_API const pleat_ranks *pleat_mpi_ranks(const pleat_mpi *mpi);

#ifdef __cplusplus
}
#endif
#endif
