/* Claims: which of several processes, on any number of nodes, does a job of a shared output folder.
 * SPDX-License-Identifier: MIT
 *
 * A claim is the file .NAME.claim beside the results. It comes to be by link(2), which one process wins, also on NFS; says who
 * its owner is; and is touched while the owner lives. A claim whose owner is dead is taken over: of this node's processes that
 * is known at once, of another node's when the file has not been touched for PLEAT_CLAIM_EXPIRY seconds (30), by the file
 * server's time or as long as it was watched. No node's clock is asked. Should an owner be thought dead that is not (its
 * node hung), both do the job: results have the same bytes and appear by rename, so that only the work is done twice. */
#ifndef PLEAT_PROGRAM_CLAIM_H
#define PLEAT_PROGRAM_CLAIM_H

#include <stdbool.h>

typedef struct pleat_claims pleat_claims;

typedef enum pleat_claim_state {
  PLEAT_CLAIM_MINE,    /* taken: until released, or the process ends */
  PLEAT_CLAIM_THEIRS,  /* another process has it and was seen at work */
  PLEAT_CLAIM_WATCHED, /* another process has it; whether it lives, later calls will tell */
  PLEAT_CLAIM_FAILED   /* the folder cannot be written; after a sentence */
} pleat_claim_state;

/* Claims of a folder that is there. */
pleat_claims *pleat_claims_open(const char *folder);

/* Releases all that are held. NULL is fine. */
void pleat_claims_close(pleat_claims *claims);

/* Tries to get the claim, without waiting. */
pleat_claim_state pleat_claims_take(pleat_claims *claims, const char *name);
void pleat_claims_release(pleat_claims *claims, const char *name);

/* Waits until the claim is taken: for the short work of one process at a time. False after a sentence. */
bool pleat_claims_lock(pleat_claims *claims, const char *name);

/* Lets some time go by (a second at most) before claims that are WATCHED are looked at again. */
void pleat_claims_pause(const pleat_claims *claims);

#endif
