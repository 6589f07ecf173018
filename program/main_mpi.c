/* The command pleat_mpi: pleat under mpirun or srun, where all processes can make one prediction together.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "pleat_mpi.h"
#include "program/command.h"

int main(int count, char **argv) {
  int level;
  if (MPI_Init_thread(&count, &argv, MPI_THREAD_FUNNELED, &level)) return fprintf(stderr, "pleat_mpi: MPI does not start\n"), 2;
  pleat_mpi *mpi = pleat_mpi_create(MPI_COMM_WORLD);
  if (!mpi) return fprintf(stderr, "pleat_mpi: out of memory\n"), MPI_Abort(MPI_COMM_WORLD, 2);
  int code = pleat_command(count, argv, pleat_mpi_ranks(mpi));
  pleat_mpi_free(mpi);
  MPI_Finalize();
  return code;
}
