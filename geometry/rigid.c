/* Rotations, quaternions and rigid frames on plain arrays.
 * SPDX-License-Identifier: MIT */
#include "geometry/rigid.h"

#include "geometry/vector.h"

pleat_rigid pleat_rigid_identity(void) {
  return (pleat_rigid){{1, 0, 0, 0, 1, 0, 0, 0, 1}, {0, 0, 0}};
}

void pleat_rigid_apply(const pleat_rigid *frame, const double x[3], double out[3]) {
  const double *r = frame->rotation, a = x[0], b = x[1], c = x[2];
  for (int i = 0; i < 3; i++) out[i] = r[3 * i] * a + r[3 * i + 1] * b + r[3 * i + 2] * c + frame->translation[i];
}

void pleat_rigid_apply_inverse(const pleat_rigid *frame, const double x[3], double out[3]) {
  const double *r = frame->rotation;
  double d[3];
  pleat_vector_subtract(x, frame->translation, d);
  for (int i = 0; i < 3; i++) out[i] = r[i] * d[0] + r[3 + i] * d[1] + r[6 + i] * d[2];
}

pleat_rigid pleat_rigid_compose(const pleat_rigid *first, const pleat_rigid *second) {
  pleat_rigid result;
  const double *a = first->rotation, *b = second->rotation;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      result.rotation[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  pleat_rigid_apply(first, second->translation, result.translation);
  return result;
}

pleat_rigid pleat_rigid_inverse(const pleat_rigid *frame) {
  pleat_rigid result;
  const double origin[3] = {0, 0, 0};
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) result.rotation[3 * i + j] = frame->rotation[3 * j + i];
  pleat_rigid_apply_inverse(frame, origin, result.translation);
  return result;
}

void pleat_rigid_from_quaternion(const double quaternion[4], double rotation[9]) {
  double w = quaternion[0], x = quaternion[1], y = quaternion[2], z = quaternion[3];
  rotation[0] = w * w + x * x - y * y - z * z;
  rotation[1] = 2 * (x * y - w * z);
  rotation[2] = 2 * (x * z + w * y);
  rotation[3] = 2 * (x * y + w * z);
  rotation[4] = w * w - x * x + y * y - z * z;
  rotation[5] = 2 * (y * z - w * x);
  rotation[6] = 2 * (x * z - w * y);
  rotation[7] = 2 * (y * z + w * x);
  rotation[8] = w * w - x * x - y * y + z * z;
}

void pleat_rigid_update_quaternion(double quaternion[4], const double u[3]) {
  double w = quaternion[0], x = quaternion[1], y = quaternion[2], z = quaternion[3];
  double next[4] = {w - x * u[0] - y * u[1] - z * u[2], x + w * u[0] + y * u[2] - z * u[1],
                    y + w * u[1] - x * u[2] + z * u[0], z + w * u[2] + x * u[1] - y * u[0]};
  double length = sqrt(next[0] * next[0] + next[1] * next[1] + next[2] * next[2] + next[3] * next[3]);
  for (int i = 0; i < 4; i++) quaternion[i] = next[i] / length;
}

/* The frame at `origin` with x axis along e0 and y axis along the part of e1 that is normal to e0. */
static pleat_rigid frame_of_axes(double e0[3], double e1[3], const double origin[3], double epsilon) {
  pleat_rigid frame;
  double e2[3];
  pleat_vector_normalise(e0, epsilon);
  pleat_vector_reject(e1, e0);
  pleat_vector_normalise(e1, epsilon);
  pleat_vector_cross(e0, e1, e2);
  for (int i = 0; i < 3; i++) {
    frame.rotation[3 * i] = e0[i];
    frame.rotation[3 * i + 1] = e1[i];
    frame.rotation[3 * i + 2] = e2[i];
    frame.translation[i] = origin[i];
  }
  return frame;
}

pleat_rigid pleat_rigid_from_backbone(const double n[3], const double ca[3], const double c[3], double epsilon) {
  double e0[3], e1[3];
  pleat_vector_subtract(ca, n, e0);
  pleat_vector_subtract(c, ca, e1);
  return frame_of_axes(e0, e1, ca, epsilon);
}

pleat_rigid pleat_rigid_from_points(const double x_axis[3], const double origin[3], const double plane[3],
                                    double epsilon) {
  double e0[3], e1[3];
  pleat_vector_subtract(x_axis, origin, e0);
  pleat_vector_subtract(plane, origin, e1);
  return frame_of_axes(e0, e1, origin, epsilon);
}

static void to_double(const float *from, double *to, int count) {
  for (int i = 0; i < count; i++) to[i] = from[i];
}

static void to_float(const double *from, float *to, int count) {
  for (int i = 0; i < count; i++) to[i] = (float)from[i];
}

pleat_rigid pleat_rigid_from_flat_f(const float flat[12]) {
  pleat_rigid frame;
  to_double(flat, frame.rotation, 9);
  to_double(flat + 9, frame.translation, 3);
  return frame;
}

void pleat_rigid_to_flat_f(const pleat_rigid *frame, float flat[12]) {
  to_float(frame->rotation, flat, 9);
  to_float(frame->translation, flat + 9, 3);
}

void pleat_rigid_from_quaternion_f(const float quaternion[4], float rotation[9]) {
  double q[4], r[9];
  to_double(quaternion, q, 4);
  pleat_rigid_from_quaternion(q, r);
  to_float(r, rotation, 9);
}

void pleat_rigid_flat_from_seven_f(const float seven[7], float flat[12]) {
  pleat_rigid_from_quaternion_f(seven, flat);
  for (int i = 0; i < 3; i++) flat[9 + i] = seven[4 + i];
}

void pleat_rigid_update_quaternion_f(float quaternion[4], const float u[3]) {
  double q[4], v[3];
  to_double(quaternion, q, 4);
  to_double(u, v, 3);
  pleat_rigid_update_quaternion(q, v);
  to_float(q, quaternion, 4);
}

void pleat_rigid_from_backbone_f(const float n[3], const float ca[3], const float c[3], double epsilon,
                                 float flat[12]) {
  double points[3][3];
  to_double(n, points[0], 3);
  to_double(ca, points[1], 3);
  to_double(c, points[2], 3);
  pleat_rigid frame = pleat_rigid_from_backbone(points[0], points[1], points[2], epsilon);
  pleat_rigid_to_flat_f(&frame, flat);
}

void pleat_rigid_apply_f(const float flat[12], const float x[3], float out[3]) {
  pleat_rigid frame = pleat_rigid_from_flat_f(flat);
  double point[3];
  to_double(x, point, 3);
  pleat_rigid_apply(&frame, point, point);
  to_float(point, out, 3);
}

void pleat_rigid_apply_inverse_f(const float flat[12], const float x[3], float out[3]) {
  pleat_rigid frame = pleat_rigid_from_flat_f(flat);
  double point[3];
  to_double(x, point, 3);
  pleat_rigid_apply_inverse(&frame, point, point);
  to_float(point, out, 3);
}
