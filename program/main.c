/* The command pleat: one process.
 * SPDX-License-Identifier: MIT */
#include "program/command.h"

int main(int count, char **argv) { return pleat_command(count, argv, NULL); }
