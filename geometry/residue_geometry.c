/* Ideal geometry of the twenty amino acids: atoms of the rigid groups, torsion angles, bonds, bond angles, radii.
 * SPDX-License-Identifier: MIT
 *
 * The atom positions are the literature values of AlphaFold 2 (Jumper et al. 2021, supplement 1.8.1 and table 2,
 * after Engh & Huber 2001): each rigid group has its torsion's axis as x axis and its first atom in the xy plane.
 * Bonds and angles are those of Engh & Huber (1991, 2001) with their standard deviations. */
#include "geometry/residue_geometry.h"

#include <math.h>
#include <string.h>

#include "geometry/vector.h"

#define DEG(angle) ((angle) * 0.017453292519943295)

const char pleat_residue_letters[PLEAT_GEOMETRY_TYPES + 1] = "ARNDCQEGHILKMFPSTWYVX";
const char pleat_residue_names[PLEAT_GEOMETRY_TYPES][4] = {
    "ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE", "LEU",
    "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL", "UNK"};

const pleat_residue_atom pleat_residue_atoms[PLEAT_GEOMETRY_TYPES][PLEAT_GEOMETRY_ATOMS] = {
    {{"N", 0, {-0.525, 1.363, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.526, 0, 0}}, {"O", 3, {0.627, 1.062, 0}},
     {"CB", 0, {-0.529, -0.774, -1.205}}},
    {{"N", 0, {-0.524, 1.362, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.525, 0, 0}}, {"O", 3, {0.626, 1.062, 0}},
     {"CB", 0, {-0.524, -0.778, -1.209}}, {"CG", 4, {0.616, 1.39, 0}}, {"CD", 5, {0.564, 1.414, 0}},
     {"NE", 6, {0.539, 1.357, 0}}, {"CZ", 7, {0.758, 1.093, 0}}, {"NH1", 7, {0.206, 2.301, 0}},
     {"NH2", 7, {2.078, 0.978, 0}}},
    {{"N", 0, {-0.536, 1.357, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.526, 0, 0}}, {"O", 3, {0.625, 1.062, 0}},
     {"CB", 0, {-0.531, -0.787, -1.2}}, {"CG", 4, {0.584, 1.399, 0}}, {"OD1", 5, {0.633, 1.059, 0}},
     {"ND2", 5, {0.593, -1.188, 0.001}}},
    {{"N", 0, {-0.525, 1.362, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.527, 0, 0}}, {"O", 3, {0.626, 1.062, 0}},
     {"CB", 0, {-0.526, -0.778, -1.208}}, {"CG", 4, {0.593, 1.398, 0}}, {"OD1", 5, {0.61, 1.091, 0}},
     {"OD2", 5, {0.592, -1.101, -0.003}}},
    {{"N", 0, {-0.522, 1.362, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.524, 0, 0}}, {"O", 3, {0.625, 1.062, 0}},
     {"CB", 0, {-0.519, -0.773, -1.212}}, {"SG", 4, {0.728, 1.653, 0}}},
    {{"N", 0, {-0.526, 1.361, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.526, 0, 0}}, {"O", 3, {0.626, 1.062, 0}},
     {"CB", 0, {-0.525, -0.779, -1.207}}, {"CG", 4, {0.615, 1.393, 0}}, {"CD", 5, {0.587, 1.399, 0}},
     {"OE1", 6, {0.634, 1.06, 0}}, {"NE2", 6, {0.593, -1.189, -0.001}}},
    {{"N", 0, {-0.528, 1.361, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.526, 0, 0}}, {"O", 3, {0.626, 1.062, 0}},
     {"CB", 0, {-0.526, -0.781, -1.207}}, {"CG", 4, {0.615, 1.392, 0}}, {"CD", 5, {0.6, 1.397, 0}},
     {"OE1", 6, {0.607, 1.095, 0}}, {"OE2", 6, {0.589, -1.104, -0.001}}},
    {{"N", 0, {-0.572, 1.337, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.517, 0, 0}}, {"O", 3, {0.626, 1.062, 0}}},
    {{"N", 0, {-0.527, 1.36, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.525, 0, 0}}, {"O", 3, {0.625, 1.063, 0}},
     {"CB", 0, {-0.525, -0.778, -1.208}}, {"CG", 4, {0.6, 1.37, 0}}, {"ND1", 5, {0.744, 1.16, 0}},
     {"CD2", 5, {0.889, -1.021, 0.003}}, {"CE1", 5, {2.03, 0.851, 0.002}}, {"NE2", 5, {2.145, -0.466, 0.004}}},
    {{"N", 0, {-0.493, 1.373, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.527, 0, 0}}, {"O", 3, {0.627, 1.062, 0}},
     {"CB", 0, {-0.536, -0.793, -1.213}}, {"CG1", 4, {0.534, 1.437, 0}}, {"CG2", 4, {0.54, -0.785, -1.199}},
     {"CD1", 5, {0.619, 1.391, 0}}},
    {{"N", 0, {-0.52, 1.363, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.525, 0, 0}}, {"O", 3, {0.625, 1.063, 0}},
     {"CB", 0, {-0.522, -0.773, -1.214}}, {"CG", 4, {0.678, 1.371, 0}}, {"CD1", 5, {0.53, 1.43, 0}},
     {"CD2", 5, {0.535, -0.774, 1.2}}},
    {{"N", 0, {-0.526, 1.362, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.526, 0, 0}}, {"O", 3, {0.626, 1.062, 0}},
     {"CB", 0, {-0.524, -0.778, -1.208}}, {"CG", 4, {0.619, 1.39, 0}}, {"CD", 5, {0.559, 1.417, 0}},
     {"CE", 6, {0.56, 1.416, 0}}, {"NZ", 7, {0.554, 1.387, 0}}},
    {{"N", 0, {-0.521, 1.364, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.525, 0, 0}}, {"O", 3, {0.625, 1.062, 0}},
     {"CB", 0, {-0.523, -0.776, -1.21}}, {"CG", 4, {0.613, 1.391, 0}}, {"SD", 5, {0.703, 1.695, 0}},
     {"CE", 6, {0.32, 1.786, 0}}},
    {{"N", 0, {-0.518, 1.363, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.524, 0, 0}}, {"O", 3, {0.626, 1.062, 0}},
     {"CB", 0, {-0.525, -0.776, -1.212}}, {"CG", 4, {0.607, 1.377, 0}}, {"CD1", 5, {0.709, 1.195, 0}},
     {"CD2", 5, {0.706, -1.196, 0}}, {"CE1", 5, {2.102, 1.198, 0}}, {"CE2", 5, {2.098, -1.201, 0}},
     {"CZ", 5, {2.794, -0.003, -0.001}}},
    {{"N", 0, {-0.566, 1.351, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.527, 0, 0}}, {"O", 3, {0.621, 1.066, 0}},
     {"CB", 0, {-0.546, -0.611, -1.293}}, {"CG", 4, {0.382, 1.445, 0}}, {"CD", 5, {0.477, 1.424, 0}}},
    {{"N", 0, {-0.529, 1.36, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.525, 0, 0}}, {"O", 3, {0.626, 1.062, 0}},
     {"CB", 0, {-0.518, -0.777, -1.211}}, {"OG", 4, {0.503, 1.325, 0}}},
    {{"N", 0, {-0.517, 1.364, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.526, 0, 0}}, {"O", 3, {0.626, 1.062, 0}},
     {"CB", 0, {-0.516, -0.793, -1.215}}, {"OG1", 4, {0.472, 1.353, 0}}, {"CG2", 4, {0.55, -0.718, -1.228}}},
    {{"N", 0, {-0.521, 1.363, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.525, 0, 0}}, {"O", 3, {0.627, 1.062, 0}},
     {"CB", 0, {-0.523, -0.776, -1.212}}, {"CG", 4, {0.609, 1.37, 0}}, {"CD1", 5, {0.824, 1.091, 0}},
     {"CD2", 5, {0.854, -1.148, -0.005}}, {"NE1", 5, {2.14, 0.69, -0.004}}, {"CE2", 5, {2.186, -0.678, -0.007}},
     {"CE3", 5, {0.622, -2.53, -0.007}}, {"CZ2", 5, {3.283, -1.543, -0.011}}, {"CZ3", 5, {1.715, -3.389, -0.011}},
     {"CH2", 5, {3.028, -2.89, -0.013}}},
    {{"N", 0, {-0.522, 1.362, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.524, 0, 0}}, {"O", 3, {0.627, 1.062, 0}},
     {"CB", 0, {-0.522, -0.776, -1.213}}, {"CG", 4, {0.607, 1.382, 0}}, {"CD1", 5, {0.716, 1.195, 0}},
     {"CD2", 5, {0.713, -1.194, -0.001}}, {"CE1", 5, {2.107, 1.2, -0.002}}, {"CE2", 5, {2.104, -1.201, -0.003}},
     {"CZ", 5, {2.791, -0.001, -0.003}}, {"OH", 5, {4.168, -0.002, -0.005}}},
    {{"N", 0, {-0.494, 1.373, 0}}, {"CA", 0, {0, 0, 0}}, {"C", 0, {1.527, 0, 0}}, {"O", 3, {0.627, 1.062, 0}},
     {"CB", 0, {-0.533, -0.795, -1.213}}, {"CG1", 4, {0.54, 1.429, 0}}, {"CG2", 4, {0.533, -0.776, 1.203}}},
    {{"", 0, {0, 0, 0}}}
};

/* Number of chi angles, and the places along the side chain: chi k turns about path[k+1]-path[k+2]. */
static const struct {
  signed char count, path[7];
} chis[PLEAT_GEOMETRY_TYPES] = {
    {0, {0}}, {4, {0, 1, 4, 5, 6, 7, 8}}, {2, {0, 1, 4, 5, 6}}, {2, {0, 1, 4, 5, 6}}, {1, {0, 1, 4, 5}},
    {3, {0, 1, 4, 5, 6, 7}}, {3, {0, 1, 4, 5, 6, 7}}, {0, {0}}, {2, {0, 1, 4, 5, 6}}, {2, {0, 1, 4, 5, 7}},
    {2, {0, 1, 4, 5, 6}}, {4, {0, 1, 4, 5, 6, 7, 8}}, {3, {0, 1, 4, 5, 6, 7}}, {2, {0, 1, 4, 5, 6}},
    {2, {0, 1, 4, 5, 6}}, {1, {0, 1, 4, 5}}, {1, {0, 1, 4, 5}}, {2, {0, 1, 4, 5, 6}}, {2, {0, 1, 4, 5, 6}},
    {1, {0, 1, 4, 5}}, {0, {0}}};

static const pleat_residue_bond bonds_ala[] = {
    {1, 4, 1.52, 0.021}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_ala[] = {
    {0, 1, 4, DEG(110.1), DEG(1.4)}, {4, 1, 2, DEG(110.1), DEG(1.5)}, {0, 1, 2, DEG(111), DEG(2.7)},
    {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_arg[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.521, 0.027}, {5, 6, 1.515, 0.025}, {6, 7, 1.46, 0.017}, {7, 8, 1.326, 0.013},
    {8, 9, 1.326, 0.013}, {8, 10, 1.326, 0.013}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_arg[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.4), DEG(2.2)},
    {4, 5, 6, DEG(111.6), DEG(2.6)}, {5, 6, 7, DEG(111.8), DEG(2.1)}, {6, 7, 8, DEG(123.6), DEG(1.4)},
    {7, 8, 9, DEG(120.3), DEG(0.5)}, {7, 8, 10, DEG(120.3), DEG(0.5)}, {9, 8, 10, DEG(119.4), DEG(1.1)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_asn[] = {
    {1, 4, 1.527, 0.026}, {4, 5, 1.506, 0.023}, {5, 6, 1.235, 0.022}, {5, 7, 1.324, 0.025}, {0, 1, 1.459, 0.02},
    {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_asn[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.4), DEG(2.2)},
    {4, 5, 7, DEG(116.7), DEG(2.4)}, {4, 5, 6, DEG(121.6), DEG(2)}, {7, 5, 6, DEG(121.9), DEG(2.3)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_asp[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.513, 0.021}, {5, 6, 1.249, 0.023}, {5, 7, 1.249, 0.023}, {0, 1, 1.459, 0.02},
    {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_asp[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.4), DEG(2.2)},
    {4, 5, 6, DEG(118.3), DEG(0.9)}, {4, 5, 7, DEG(118.3), DEG(0.9)}, {6, 5, 7, DEG(123.3), DEG(1.9)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_cys[] = {
    {1, 4, 1.526, 0.013}, {4, 5, 1.812, 0.016}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_cys[] = {
    {0, 1, 4, DEG(110.8), DEG(1.5)}, {4, 1, 2, DEG(111.5), DEG(1.2)}, {1, 4, 5, DEG(114.2), DEG(1.1)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_gln[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.521, 0.027}, {5, 6, 1.506, 0.023}, {6, 7, 1.235, 0.022}, {6, 8, 1.324, 0.025},
    {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_gln[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.4), DEG(2.2)},
    {4, 5, 6, DEG(111.6), DEG(2.6)}, {5, 6, 7, DEG(121.6), DEG(2)}, {5, 6, 8, DEG(116.7), DEG(2.4)},
    {7, 6, 8, DEG(121.9), DEG(2.3)}, {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_glu[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.517, 0.019}, {5, 6, 1.515, 0.015}, {6, 7, 1.252, 0.011}, {6, 8, 1.252, 0.011},
    {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_glu[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.4), DEG(2.2)},
    {4, 5, 6, DEG(114.2), DEG(2.7)}, {5, 6, 7, DEG(118.3), DEG(2)}, {5, 6, 8, DEG(118.3), DEG(2)},
    {7, 6, 8, DEG(123.3), DEG(1.2)}, {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_gly[] = {
    {0, 1, 1.456, 0.015}, {1, 2, 1.514, 0.016}, {2, 3, 1.232, 0.016}};
static const pleat_residue_angle angles_gly[] = {
    {0, 1, 2, DEG(113.1), DEG(2.5)}, {1, 2, 3, DEG(120.6), DEG(1.8)}};
static const pleat_residue_bond bonds_his[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.492, 0.016}, {5, 6, 1.369, 0.015}, {5, 7, 1.353, 0.017}, {6, 8, 1.343, 0.025},
    {7, 9, 1.415, 0.021}, {8, 9, 1.322, 0.023}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_his[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.6), DEG(1.7)},
    {4, 5, 6, DEG(123.2), DEG(2.5)}, {4, 5, 7, DEG(130.8), DEG(3.1)}, {5, 6, 8, DEG(108.2), DEG(1.4)},
    {6, 8, 9, DEG(109.9), DEG(2.2)}, {8, 9, 7, DEG(106.6), DEG(2.5)}, {9, 7, 5, DEG(109.2), DEG(1.9)},
    {7, 5, 6, DEG(106), DEG(1.4)}, {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_ile[] = {
    {1, 4, 1.544, 0.023}, {4, 5, 1.536, 0.028}, {4, 6, 1.524, 0.031}, {5, 7, 1.5, 0.069}, {0, 1, 1.459, 0.02},
    {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_ile[] = {
    {0, 1, 4, DEG(110.8), DEG(2.3)}, {4, 1, 2, DEG(111.6), DEG(2)}, {1, 4, 5, DEG(111), DEG(1.9)},
    {4, 5, 7, DEG(113.9), DEG(2.8)}, {1, 4, 6, DEG(110.9), DEG(2)}, {5, 4, 6, DEG(111.4), DEG(2.2)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_leu[] = {
    {1, 4, 1.533, 0.023}, {4, 5, 1.521, 0.029}, {5, 6, 1.514, 0.037}, {5, 7, 1.514, 0.037}, {0, 1, 1.459, 0.02},
    {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_leu[] = {
    {0, 1, 4, DEG(110.4), DEG(2)}, {4, 1, 2, DEG(110.2), DEG(1.9)}, {1, 4, 5, DEG(115.3), DEG(2.3)},
    {4, 5, 6, DEG(111), DEG(1.7)}, {4, 5, 7, DEG(111), DEG(1.7)}, {6, 5, 7, DEG(110.5), DEG(3)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_lys[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.521, 0.027}, {5, 6, 1.52, 0.034}, {6, 7, 1.508, 0.025}, {7, 8, 1.486, 0.025},
    {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_lys[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.4), DEG(2.2)},
    {4, 5, 6, DEG(111.6), DEG(2.6)}, {5, 6, 7, DEG(111.9), DEG(3)}, {6, 7, 8, DEG(111.7), DEG(2.3)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_met[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.509, 0.032}, {5, 6, 1.807, 0.026}, {6, 7, 1.774, 0.056}, {0, 1, 1.459, 0.02},
    {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_met[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.3), DEG(1.7)},
    {4, 5, 6, DEG(112.4), DEG(3)}, {5, 6, 7, DEG(100.2), DEG(1.6)}, {0, 1, 2, DEG(111), DEG(2.7)},
    {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_phe[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.509, 0.017}, {5, 6, 1.383, 0.015}, {5, 7, 1.383, 0.015}, {6, 8, 1.388, 0.02},
    {7, 9, 1.388, 0.02}, {8, 10, 1.369, 0.019}, {9, 10, 1.369, 0.019}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026},
    {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_phe[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.9), DEG(2.4)},
    {4, 5, 6, DEG(120.8), DEG(0.7)}, {4, 5, 7, DEG(120.8), DEG(0.7)}, {6, 5, 7, DEG(118.3), DEG(1.3)},
    {5, 6, 8, DEG(120.8), DEG(1.1)}, {5, 7, 9, DEG(120.8), DEG(1.1)}, {6, 8, 10, DEG(120.1), DEG(1.2)},
    {7, 9, 10, DEG(120.1), DEG(1.2)}, {8, 10, 9, DEG(120), DEG(1.8)}, {0, 1, 2, DEG(111), DEG(2.7)},
    {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_pro[] = {
    {1, 4, 1.531, 0.02}, {4, 5, 1.495, 0.05}, {5, 6, 1.502, 0.033}, {6, 0, 1.474, 0.014}, {0, 1, 1.468, 0.017},
    {1, 2, 1.524, 0.02}, {2, 3, 1.228, 0.02}};
static const pleat_residue_angle angles_pro[] = {
    {0, 1, 4, DEG(103.3), DEG(1.2)}, {4, 1, 2, DEG(111.7), DEG(2.1)}, {1, 4, 5, DEG(104.8), DEG(1.9)},
    {4, 5, 6, DEG(106.5), DEG(3.9)}, {5, 6, 0, DEG(103.2), DEG(1.5)}, {1, 0, 6, DEG(111.7), DEG(1.4)},
    {0, 1, 2, DEG(112.1), DEG(2.6)}, {1, 2, 3, DEG(120.2), DEG(2.4)}};
static const pleat_residue_bond bonds_ser[] = {
    {1, 4, 1.525, 0.015}, {4, 5, 1.418, 0.013}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_ser[] = {
    {0, 1, 4, DEG(110.5), DEG(1.5)}, {4, 1, 2, DEG(110.1), DEG(1.9)}, {1, 4, 5, DEG(111.2), DEG(2.7)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_thr[] = {
    {1, 4, 1.529, 0.026}, {4, 5, 1.428, 0.02}, {4, 6, 1.519, 0.033}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026},
    {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_thr[] = {
    {0, 1, 4, DEG(110.3), DEG(1.9)}, {4, 1, 2, DEG(111.6), DEG(2.7)}, {1, 4, 5, DEG(109), DEG(2.1)},
    {1, 4, 6, DEG(112.4), DEG(1.4)}, {5, 4, 6, DEG(110), DEG(2.3)}, {0, 1, 2, DEG(111), DEG(2.7)},
    {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_trp[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.498, 0.018}, {5, 6, 1.363, 0.014}, {5, 7, 1.432, 0.017}, {6, 8, 1.375, 0.017},
    {8, 9, 1.371, 0.013}, {7, 9, 1.409, 0.012}, {7, 10, 1.399, 0.015}, {9, 11, 1.393, 0.017}, {10, 12, 1.38, 0.017},
    {11, 13, 1.369, 0.019}, {12, 13, 1.396, 0.016}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_trp[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.7), DEG(1.9)},
    {4, 5, 6, DEG(127), DEG(1.3)}, {4, 5, 7, DEG(126.6), DEG(1.3)}, {6, 5, 7, DEG(106.3), DEG(0.8)},
    {5, 6, 8, DEG(110.1), DEG(1)}, {6, 8, 9, DEG(109), DEG(0.9)}, {8, 9, 7, DEG(107.3), DEG(1)},
    {9, 7, 5, DEG(107.3), DEG(0.8)}, {5, 7, 10, DEG(133.9), DEG(0.9)}, {8, 9, 11, DEG(130.4), DEG(1.1)},
    {10, 7, 9, DEG(118.7), DEG(1.2)}, {7, 9, 11, DEG(122.3), DEG(1.2)}, {9, 11, 13, DEG(117.4), DEG(1)},
    {11, 13, 12, DEG(121.6), DEG(1.2)}, {13, 12, 10, DEG(121.2), DEG(1.1)}, {12, 10, 7, DEG(118.8), DEG(1.3)},
    {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_tyr[] = {
    {1, 4, 1.535, 0.022}, {4, 5, 1.512, 0.015}, {5, 6, 1.387, 0.013}, {5, 7, 1.387, 0.013}, {6, 8, 1.389, 0.015},
    {7, 9, 1.389, 0.015}, {8, 10, 1.381, 0.013}, {9, 10, 1.381, 0.013}, {10, 11, 1.374, 0.017}, {0, 1, 1.459, 0.02},
    {1, 2, 1.525, 0.026}, {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_tyr[] = {
    {0, 1, 4, DEG(110.6), DEG(1.8)}, {4, 1, 2, DEG(110.4), DEG(2)}, {1, 4, 5, DEG(113.4), DEG(1.9)},
    {4, 5, 6, DEG(121), DEG(0.6)}, {4, 5, 7, DEG(121), DEG(0.6)}, {6, 5, 7, DEG(117.9), DEG(1.1)},
    {5, 6, 8, DEG(121.3), DEG(0.8)}, {5, 7, 9, DEG(121.3), DEG(0.8)}, {6, 8, 10, DEG(119.8), DEG(0.9)},
    {7, 9, 10, DEG(119.8), DEG(0.9)}, {8, 10, 9, DEG(119.8), DEG(1.6)}, {8, 10, 11, DEG(120.1), DEG(2.7)},
    {9, 10, 11, DEG(120.1), DEG(2.7)}, {0, 1, 2, DEG(111), DEG(2.7)}, {1, 2, 3, DEG(120.1), DEG(2.1)}};
static const pleat_residue_bond bonds_val[] = {
    {1, 4, 1.543, 0.021}, {4, 5, 1.524, 0.021}, {4, 6, 1.524, 0.021}, {0, 1, 1.459, 0.02}, {1, 2, 1.525, 0.026},
    {2, 3, 1.229, 0.019}};
static const pleat_residue_angle angles_val[] = {
    {0, 1, 4, DEG(111.5), DEG(2.2)}, {4, 1, 2, DEG(111.4), DEG(1.9)}, {1, 4, 5, DEG(110.9), DEG(1.5)},
    {1, 4, 6, DEG(110.9), DEG(1.5)}, {5, 4, 6, DEG(110.9), DEG(1.6)}, {0, 1, 2, DEG(111), DEG(2.7)},
    {1, 2, 3, DEG(120.1), DEG(2.1)}};

static const struct {
  const pleat_residue_bond *bonds;
  const pleat_residue_angle *angles;
  int bond_count, angle_count;
} standards[PLEAT_GEOMETRY_TYPES] = {
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ROW(name) {bonds_##name, angles_##name, COUNT(bonds_##name), COUNT(angles_##name)}
    ROW(ala), ROW(arg), ROW(asn), ROW(asp), ROW(cys), ROW(gln), ROW(glu), ROW(gly), ROW(his), ROW(ile), ROW(leu),
    ROW(lys), ROW(met), ROW(phe), ROW(pro), ROW(ser), ROW(thr), ROW(trp), ROW(tyr), ROW(val), {NULL, NULL, 0, 0}
#undef ROW
};

int pleat_residue_type_of_letter(char letter) {
  const char *at = letter ? strchr(pleat_residue_letters, letter) : NULL;
  return at ? (int)(at - pleat_residue_letters) : PLEAT_GEOMETRY_UNKNOWN;
}

int pleat_residue_type_of_name(const char *name) {
  for (int type = 0; type < PLEAT_GEOMETRY_UNKNOWN; type++)
    if (strcmp(name, pleat_residue_names[type]) == 0) return type;
  return PLEAT_GEOMETRY_UNKNOWN;
}

int pleat_residue_has_atom(int type, int place) { return pleat_residue_atoms[type][place].name[0] != 0; }

int pleat_residue_place(int type, const char *name) {
  for (int place = 0; place < PLEAT_GEOMETRY_ATOMS && name[0]; place++)
    if (strcmp(pleat_residue_atoms[type][place].name, name) == 0) return place;
  return -1;
}

int pleat_residue_chi_count(int type) { return chis[type].count; }

void pleat_residue_chi_places(int type, int chi, int places[4]) {
  for (int i = 0; i < 4; i++) places[i] = chis[type].path[chi + i];
}

/* The frame at `origin` with x axis along ex and ey in the xy plane (AlphaFold 2, supplement 1.8.4). */
static pleat_rigid frame_along(const double ex[3], const double ey[3], const double origin[3]) {
  double x[3], y[3];
  for (int i = 0; i < 3; i++) {
    x[i] = origin[i] + ex[i];
    y[i] = origin[i] + ey[i];
  }
  return pleat_rigid_from_points(x, origin, y, 0);
}

pleat_rigid pleat_residue_default_frame(int type, int group) {
  static const double plus_x[3] = {1, 0, 0}, minus_x[3] = {-1, 0, 0};
  const pleat_residue_atom *atoms = pleat_residue_atoms[type];
  const double *n = atoms[PLEAT_ATOM_N].position, *ca = atoms[PLEAT_ATOM_CA].position;
  const double *c = atoms[PLEAT_ATOM_C].position;
  double ex[3], ey[3];
  int p[4];
  if (group <= 1) return pleat_rigid_identity();
  if (type == PLEAT_GEOMETRY_UNKNOWN || group - 4 >= chis[type].count) return (pleat_rigid){{0}, {0}};
  if (group == 2) return frame_along(n, plus_x, n);
  if (group == 3) {
    pleat_vector_subtract(ca, n, ey);
    return frame_along(c, ey, c);
  }
  pleat_residue_chi_places(type, group - 4, p);
  const double *end = atoms[p[2]].position;
  if (group > 4) return frame_along(end, minus_x, end);
  pleat_vector_subtract(end, atoms[p[1]].position, ex);
  pleat_vector_subtract(atoms[p[0]].position, atoms[p[1]].position, ey);
  return frame_along(ex, ey, end);
}

const pleat_residue_bond *pleat_residue_bonds(int type, int *count) {
  *count = standards[type].bond_count;
  return standards[type].bonds;
}

const pleat_residue_angle *pleat_residue_angles(int type, int *count) {
  *count = standards[type].angle_count;
  return standards[type].angles;
}

pleat_residue_peptide pleat_residue_peptide_geometry(int next_type) {
  static const pleat_residue_peptide any = {1.329, DEG(116.2), DEG(123.0), DEG(121.7)};
  static const pleat_residue_peptide glycine = {1.329, DEG(116.2), DEG(123.0), DEG(120.6)};
  static const pleat_residue_peptide proline = {1.341, DEG(116.9), DEG(122.0), DEG(122.6)};
  switch (pleat_residue_letters[next_type]) {
    case 'P': return proline;
    case 'G': return glycine;
    default: return any;
  }
}

double pleat_residue_radius(const char *atom_name) {
  switch (atom_name[0]) {
    case 'N': return 1.55;
    case 'O': return 1.52;
    case 'S': return 1.8;
    default: return 1.7;
  }
}
