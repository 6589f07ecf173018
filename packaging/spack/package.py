"""Spack recipe of pleat.
SPDX-License-Identifier: MIT
"""
from spack.package import *


class Pleat(AutotoolsPackage):
    """Protein structure models as a C library and a command, on CPUs."""

    license("MIT")
    version("main", branch="main")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("autoconf", type="build")
    depends_on("automake", type="build")
    depends_on("libtool", type="build")
    depends_on("openblas threads=none")
    depends_on("fftw precision=float ~mpi")
    depends_on("hdf5 ~mpi")
    depends_on("zlib-api")
    depends_on("libzip")
    depends_on("jansson")
    depends_on("openssl")
    depends_on("python", type="run")

    def autoreconf(self, spec, prefix):
        autoreconf("--force", "--install")
