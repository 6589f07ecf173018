/* Rotations, quaternions and rigid frames on plain arrays.
 * SPDX-License-Identifier: MIT
 *
 * Rotations are row-major 3x3, quaternions (w,x,y,z), a frame maps x to R x + t. A flat frame is 12 numbers: the nine
 * of R, then t. Everything is computed in double; the functions ending in _f read and write float32. Outputs may alias
 * inputs. */
#ifndef PLEAT_GEOMETRY_RIGID_H
#define PLEAT_GEOMETRY_RIGID_H

typedef struct pleat_rigid {
  double rotation[9], translation[3];
} pleat_rigid;

pleat_rigid pleat_rigid_identity(void);

/* The frame that applies `second` first: x -> first(second(x)). */
pleat_rigid pleat_rigid_compose(const pleat_rigid *first, const pleat_rigid *second);
pleat_rigid pleat_rigid_inverse(const pleat_rigid *frame);

/* out = R x + t, and out = R^T (x - t). */
void pleat_rigid_apply(const pleat_rigid *frame, const double x[3], double out[3]);
void pleat_rigid_apply_inverse(const pleat_rigid *frame, const double x[3], double out[3]);

/* The rotation of a unit quaternion; one of length n gives n^2 times a rotation, as AlphaFold 2's formula does. */
void pleat_rigid_from_quaternion(const double quaternion[4], double rotation[9]);

/* AlphaFold 2's backbone update (algorithm 23): q + q (0,u), normalised. */
void pleat_rigid_update_quaternion(double quaternion[4], const double u[3]);

/* The frame at CA whose x axis points from N to CA and whose xy plane holds C, each axis divided by
 * sqrt(squared length + epsilon): the convention of FlashABB. */
pleat_rigid pleat_rigid_from_backbone(const double n[3], const double ca[3], const double c[3], double epsilon);

/* AlphaFold 2's algorithm 21: origin at `origin`, x axis towards `x_axis`, xy plane through `plane`. */
pleat_rigid pleat_rigid_from_points(const double x_axis[3], const double origin[3], const double plane[3],
                                    double epsilon);

pleat_rigid pleat_rigid_from_flat_f(const float flat[12]);
void pleat_rigid_to_flat_f(const pleat_rigid *frame, float flat[12]);

/* A flat frame from the model's (quaternion, translation) of 7 numbers. */
void pleat_rigid_from_quaternion_f(const float quaternion[4], float rotation[9]);
void pleat_rigid_flat_from_seven_f(const float seven[7], float flat[12]);
void pleat_rigid_update_quaternion_f(float quaternion[4], const float u[3]);
void pleat_rigid_from_backbone_f(const float n[3], const float ca[3], const float c[3], double epsilon, float flat[12]);
void pleat_rigid_apply_f(const float flat[12], const float x[3], float out[3]);
void pleat_rigid_apply_inverse_f(const float flat[12], const float x[3], float out[3]);

#endif
