"""pleat for Python: the C API by ctypes, no build step; arrays are numpy's, onto the library's own memory.

SPDX-License-Identifier: MIT

    import pleat
    with pleat.Context(threads=2) as context:
        model = context.model("flashabb")
        result, = model.predict([context.query("my_antibody", "EVQL...:DIQM...")])
        result["plddt"], result["positions"]         # (L,), (L,14,3) in angstrom: views, no copies
        result.write("my_antibody.cif")
        target = context.target("my_antibody", result.structure, omit_AA="C")
        print(context.model("proteinmpnn").design(target, samples=8, seed=37).sequences)

Every failure raises pleat.Error with the library's sentence and its status. Objects keep alive what they need, so that any
order of letting go is right. A context is for one thread at a time; several contexts can run in several threads at once
(ctypes lets the interpreter go meanwhile). The library is found as $PLEAT_LIBRARY, beside the installation that this file
lies in, or by the system's own search. include/pleat.h has the meaning of every call.
"""
import collections
import ctypes
import os
import weakref
from ctypes import POINTER, byref, c_char, c_char_p, c_double, c_float, c_int, c_size_t, c_uint64, c_void_p

import numpy

STATUSES = ("ok", "input", "format", "shape", "io", "memory", "limit", "unsupported", "not_found", "cancelled")


class Error(Exception):
    """What went wrong, as the library says it; `status` is one of STATUSES."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = STATUSES[status] if 0 <= status < len(STATUSES) else str(status)


class _Array(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("data", c_void_p), ("rank", c_int), ("shape", c_size_t * 4)]


class _Atom(ctypes.Structure):
    _fields_ = [("chain", c_char * 8), ("residue_name", c_char * 8), ("residue_number", c_int), ("insertion_code", c_char),
                ("name", c_char * 8), ("element", c_char * 4), ("alternate", c_char), ("hetero", c_int),
                ("position", c_double * 3), ("occupancy", c_float), ("b_factor", c_float)]


class _Row(ctypes.Structure):
    _fields_ = [("header", c_char_p), ("name", c_char_p), ("residues", c_char_p), ("aligned", c_char_p),
                ("aligned_length", c_size_t), ("chain", c_int)]


class _Selection(ctypes.Structure):
    _fields_ = [("chains", c_char_p), ("zero_occupancy", c_int)]


class _TemplateSource(ctypes.Structure):
    _fields_ = [("folder", c_char_p), ("hits", c_char_p), ("latest", c_char_p)]


class _TemplateInfo(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("path", c_char_p), ("chain", c_int), ("coverage", c_double), ("identity", c_double),
                ("sum_probs", c_double), ("refused", c_char_p), ("digest", c_uint64)]


# One template that was looked at; refused says why it is not used, None that it is; sum_probs is NaN without hits.
Template = collections.namedtuple("Template", "name path chain coverage identity sum_probs refused digest")


class Plan(ctypes.Structure):
    """What a prediction would need: bytes, floating-point operations, seconds."""
    _fields_ = [("process_bytes", c_size_t), ("activation_bytes", c_size_t), ("weight_bytes", c_size_t),
                ("result_bytes", c_size_t), ("flops", c_double), ("seconds", c_double)]


class _Design(ctypes.Structure):
    _fields_ = [("samples", c_size_t), ("first_sample", c_size_t), ("seed", c_uint64), ("temperature", c_double)]


class _Score(ctypes.Structure):
    _fields_ = [("samples", c_size_t), ("first_sample", c_size_t), ("seed", c_uint64), ("single", c_int),
                ("use_sequence", c_int)]


class _Pack(ctypes.Structure):
    _fields_ = [("samples", c_size_t), ("first_sample", c_size_t), ("seed", c_uint64), ("steps", c_int),
                ("candidates", c_int), ("repack_everything", c_int), ("ligand_context", c_int)]


class Comparison(ctypes.Structure):
    """How well two structures agree; RMSDs in angstrom, scores 0 to 1."""
    _fields_ = [("residues", c_size_t), ("atoms", c_size_t), ("rmsd_ca", c_double), ("rmsd_all", c_double),
                ("tm_score", c_double), ("gdt_ts", c_double), ("gdt_ha", c_double), ("lddt", c_double),
                ("rotation", c_double * 3 * 3), ("translation", c_double * 3)]


_LOG = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p)
_PROGRESS = ctypes.CFUNCTYPE(c_int, c_void_p, c_double, c_char_p)

# name: result, arguments; "status" is checked by the caller
_FUNCTIONS = {
    "version": (c_char_p, []),
    "context_create": (c_int, [c_void_p, POINTER(c_void_p)]),
    "context_free": (None, [c_void_p]),
    "context_error": (c_char_p, [c_void_p]),
    "context_set_log": (None, [c_void_p, _LOG, c_void_p, c_int]),
    "context_set_progress": (None, [c_void_p, _PROGRESS, c_void_p]),
    "context_set_threads": (None, [c_void_p, c_int]),
    "context_threads": (c_int, [c_void_p]),
    "context_set_memory_limit": (None, [c_void_p, c_size_t]),
    "context_set_precision": (None, [c_void_p, c_int]),
    "context_set_models_dir": (c_int, [c_void_p, c_char_p]),
    "structure_read": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    "structure_write": (c_int, [c_void_p, c_char_p]),
    "structure_free": (None, [c_void_p]),
    "structure_atom_count": (c_size_t, [c_void_p]),
    "structure_atom": (_Atom, [c_void_p, c_size_t]),
    "structure_compare": (c_int, [c_void_p, c_void_p, POINTER(Comparison), c_void_p, c_size_t]),
    "query_create": (c_int, [c_void_p, c_char_p, c_char_p, POINTER(c_void_p)]),
    "query_free": (None, [c_void_p]),
    "query_name": (c_char_p, [c_void_p]),
    "query_set_msa": (c_int, [c_void_p, c_void_p]),
    "query_set_features": (c_int, [c_void_p, c_char_p]),
    "query_add_templates": (c_int, [c_void_p, POINTER(_TemplateSource)]),
    "query_template_count": (c_size_t, [c_void_p]),
    "query_template_at": (_TemplateInfo, [c_void_p, c_size_t]),
    "msa_read": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    "msa_parse": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, POINTER(c_void_p)]),
    "msa_free": (None, [c_void_p]),
    "msa_row_count": (c_size_t, [c_void_p]),
    "msa_column_count": (c_size_t, [c_void_p]),
    "msa_row_at": (_Row, [c_void_p, c_size_t]),
    "model_open": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    "model_open_file": (c_int, [c_void_p, c_char_p, c_char_p, POINTER(c_void_p)]),
    "model_free": (None, [c_void_p]),
    "model_name": (c_char_p, [c_void_p]),
    "model_sha256": (c_char_p, [c_void_p]),
    "model_set_option": (c_int, [c_void_p, c_char_p, c_char_p]),
    "model_does": (c_int, [c_void_p, c_char_p]),
    "predict": (c_int, [c_void_p, POINTER(c_void_p), c_size_t, POINTER(c_void_p)]),
    "plan_predict": (c_int, [c_void_p, POINTER(c_void_p), c_size_t, POINTER(Plan)]),
    "target_create": (c_int, [c_void_p, c_char_p, c_void_p, POINTER(_Selection), POINTER(c_void_p)]),
    "target_free": (None, [c_void_p]),
    "target_residue_count": (c_size_t, [c_void_p]),
    "target_set_option": (c_int, [c_void_p, c_char_p, c_char_p]),
    "target_add_bias": (c_int, [c_void_p, c_char_p, c_char, c_double]),
    "design": (c_int, [c_void_p, c_void_p, POINTER(_Design), POINTER(c_void_p)]),
    "score": (c_int, [c_void_p, c_void_p, POINTER(_Score), POINTER(c_void_p)]),
    "pack": (c_int, [c_void_p, c_void_p, POINTER(_Pack), POINTER(c_void_p)]),
    "result_free": (None, [c_void_p]),
    "result_name": (c_char_p, [c_void_p]),
    "result_structure": (c_void_p, [c_void_p]),
    "result_array": (c_int, [c_void_p, c_char_p, POINTER(_Array)]),
    "result_array_count": (c_size_t, [c_void_p]),
    "result_array_at": (_Array, [c_void_p, c_size_t]),
    "result_warning_count": (c_size_t, [c_void_p]),
    "result_warning": (c_char_p, [c_void_p, c_size_t]),
    "result_is_sane": (c_int, [c_void_p]),
    "result_write": (c_int, [c_void_p, c_char_p]),
    "result_sample_count": (c_size_t, [c_void_p]),
    "result_sample_sequence": (c_char_p, [c_void_p, c_size_t]),
    "result_sample_structure": (c_void_p, [c_void_p, c_size_t]),
}


def _load():
    """The shared library: $PLEAT_LIBRARY, then PREFIX/lib of PREFIX/share/pleat/python/pleat.py, then the system's search."""
    prefix = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
    tried = [os.environ["PLEAT_LIBRARY"]] if os.environ.get("PLEAT_LIBRARY") else [
        os.path.join(prefix, "lib", "libpleat.so.0"), "libpleat.so.0", "libpleat.so"]
    why = ""
    for path in tried:
        try:
            library = ctypes.CDLL(path)
            break
        except OSError as error:
            why = str(error)
    else:
        raise ImportError("libpleat is not found (%s); set PLEAT_LIBRARY to the path of libpleat.so" % why)
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, "pleat_" + name)
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()


def version():
    """The version of the library that is running."""
    return _library.pleat_version().decode()


def _bytes(text):
    return None if text is None else os.fsencode(text) if isinstance(text, os.PathLike) else str(text).encode()


class _Object:
    """A handle of the library, freed when nobody holds it; `holds` lives as long."""

    def __init__(self, context, handle, free=None, holds=()):
        self._context, self._handle, self._holds = context, handle, holds
        # what is freed after its context would be an error: so the finalizer holds the context
        if free:
            weakref.finalize(self, lambda free, handle, keep: free(handle), getattr(_library, free), handle, (context, holds))

    def _check(self, status):
        if status:
            raise Error(status, _library.pleat_context_error(self._context._handle).decode())


class Context:
    """Threads, memory limit, log and progress of all that is made from it."""

    def __init__(self, threads=0, memory_limit=0, models_dir=None, log=None, log_level=2, progress=None, precision="fp32"):
        """precision of the weights: "fp32", "bf16" or "int8"; log(level, text) gets messages up to `log_level` (0 errors .. 3 debug); progress(share, stage) is called on the way
        and may return True to stop the run, which then raises Error with status "cancelled"."""
        handle = c_void_p()
        if _library.pleat_context_create(None, byref(handle)):
            raise MemoryError("no memory for a pleat context")
        self._handle, self._context = handle, self
        self._callbacks = (_LOG(lambda user, level, text: log(level, text.decode(errors="replace"))) if log else _LOG(),
                           _PROGRESS(lambda user, share, stage: 1 if progress(share, (stage or b"").decode()) else 0)
                           if progress else _PROGRESS())
        weakref.finalize(self, lambda handle, keep: _library.pleat_context_free(handle), handle, self._callbacks)
        if log:
            _library.pleat_context_set_log(handle, self._callbacks[0], None, log_level)
        if progress:
            _library.pleat_context_set_progress(handle, self._callbacks[1], None)
        _library.pleat_context_set_threads(handle, threads)
        _library.pleat_context_set_memory_limit(handle, memory_limit)
        _library.pleat_context_set_precision(handle, ("fp32", "bf16", "int8").index(precision))
        if models_dir is not None:
            self._check(_library.pleat_context_set_models_dir(handle, _bytes(models_dir)))

    _check = _Object._check

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return False

    @property
    def threads(self):
        return _library.pleat_context_threads(self._handle)

    def _make(self, function, *arguments):
        handle = c_void_p()
        self._check(getattr(_library, function)(self._handle, *arguments, byref(handle)))
        return handle

    def model(self, name, weights=None):
        """An installed model by name, or one with the weights of a file."""
        if weights is None:
            return Model(self, self._make("pleat_model_open", _bytes(name)), "pleat_model_free")
        return Model(self, self._make("pleat_model_open_file", _bytes(name), _bytes(weights)), "pleat_model_free")

    def query(self, name, sequence, msa=None, features=None):
        """A sequence, chains joined by ':'. msa: an Msa, a path, or "none" to fold from the sequence alone with models that
        take alignments; features: a file of stored ones."""
        query = Query(self, self._make("pleat_query_create", _bytes(name), _bytes(sequence)), "pleat_query_free")
        if msa is not None:
            query.set_msa(msa)
        if features is not None:
            self._check(_library.pleat_query_set_features(query._handle, _bytes(features)))
        return query

    def read_msa(self, path):
        """A3M, Stockholm or FASTA, plain or gzipped."""
        return Msa(self, self._make("pleat_msa_read", _bytes(path)), "pleat_msa_free")

    def parse_msa(self, text, name="alignment.a3m"):
        data = _bytes(text)
        return Msa(self, self._make("pleat_msa_parse", data, len(data), _bytes(name)), "pleat_msa_free")

    def read_structure(self, path):
        """PDB or mmCIF, plain or gzipped."""
        return Structure(self, self._make("pleat_structure_read", _bytes(path)), "pleat_structure_free")

    def target(self, name, structure, chains=None, zero_occupancy=False, **settings):
        """A structure to design, score or pack; `settings` by LigandMPNN's names (fixed_residues="A12 A13", omit_AA="C")."""
        selection = _Selection(_bytes(chains), int(zero_occupancy))
        target = Target(self, self._make("pleat_target_create", _bytes(name), structure._handle, byref(selection)),
                        "pleat_target_free")
        for setting, value in settings.items():
            target.set(setting, value)
        return target


class Msa(_Object):
    """An alignment; len() counts its rows, [i] is the residues of one."""

    def __len__(self):
        return _library.pleat_msa_row_count(self._handle)

    @property
    def columns(self):
        return _library.pleat_msa_column_count(self._handle)

    def __getitem__(self, row):
        if not 0 <= row < len(self):
            raise IndexError(row)
        return _library.pleat_msa_row_at(self._handle, row).residues.decode()


class Query(_Object):
    """What to predict."""

    @property
    def name(self):
        return _library.pleat_query_name(self._handle).decode()

    def set_msa(self, msa):
        if isinstance(msa, str) and msa == "none":
            msa = None
        elif not isinstance(msa, Msa):
            msa = self._context.read_msa(msa)
        self._check(_library.pleat_query_set_msa(self._handle, msa._handle if msa else None))
        self._msa = msa  # the library reads it where it is

    def add_templates(self, folder, hits=None, latest=None):
        """Known structures of a folder: those of HHsearch's report `hits` (.hhr), or without it all, aligned here; only those
        released until `latest` ("2018-04-30"). After an Error let the query go."""
        source = _TemplateSource(_bytes(folder), _bytes(hits), _bytes(latest))
        self._check(_library.pleat_query_add_templates(self._handle, byref(source)))

    @property
    def templates(self):
        """Every Template that was looked at."""
        infos = [_library.pleat_query_template_at(self._handle, i)
                 for i in range(_library.pleat_query_template_count(self._handle))]
        texts = [[value.decode(errors="replace") if isinstance(value, bytes) else value
                  for value in (getattr(info, field) for field in Template._fields)] for info in infos]
        return [Template(*values) for values in texts]


class Structure(_Object):
    """Atoms of one or more chains."""

    def __len__(self):
        return _library.pleat_structure_atom_count(self._handle)

    def __getitem__(self, index):
        """One atom, with the fields of pleat_atom."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return _library.pleat_structure_atom(self._handle, index)

    @property
    def positions(self):
        """(atoms, 3) in angstrom, float64; a copy."""
        return numpy.array([self[i].position[:] for i in range(len(self))]).reshape(-1, 3)

    def write(self, path):
        self._check(_library.pleat_structure_write(self._handle, _bytes(path)))

    def compare(self, reference):
        comparison = Comparison()
        self._check(_library.pleat_structure_compare(self._handle, reference._handle, byref(comparison), None, 0))
        return comparison


class Target(_Object):
    """A structure whose sequence or side chains a model works on."""

    def __len__(self):
        return _library.pleat_target_residue_count(self._handle)

    def set(self, name, value):
        value = str(int(value)) if isinstance(value, bool) else value
        self._check(_library.pleat_target_set_option(self._handle, _bytes(name), _bytes(value)))

    def add_bias(self, letter, value, residue=None):
        self._check(_library.pleat_target_add_bias(self._handle, _bytes(residue), letter.encode(), value))


class Model(_Object):
    """A model with its weights."""

    @property
    def name(self):
        return _library.pleat_model_name(self._handle).decode()

    @property
    def sha256(self):
        return _library.pleat_model_sha256(self._handle).decode()

    def does(self, task):
        return bool(_library.pleat_model_does(self._handle, _bytes(task)))

    def set(self, name, value):
        self._check(_library.pleat_model_set_option(self._handle, _bytes(name), _bytes(value)))

    def predict(self, queries):
        """A batch of queries; a list of results in their order."""
        handles, results = _handles(queries), (c_void_p * len(queries))()
        self._check(_library.pleat_predict(self._handle, handles, len(queries), results))
        return [Result(self._context, c_void_p(handle), "pleat_result_free", holds=(self,)) for handle in results]

    def plan(self, queries):
        plan = Plan()
        self._check(_library.pleat_plan_predict(self._handle, _handles(queries), len(queries), byref(plan)))
        return plan

    def _run(self, function, target, settings):
        handle = c_void_p()
        self._check(getattr(_library, function)(self._handle, target._handle, byref(settings), byref(handle)))
        return Result(self._context, handle, "pleat_result_free", holds=(self,))

    def design(self, target, samples=1, seed=0, temperature=0.1, first_sample=0):
        return self._run("pleat_design", target, _Design(samples, first_sample, seed, temperature))

    def score(self, target, samples=1, seed=0, single=False, use_sequence=True, first_sample=0):
        return self._run("pleat_score", target, _Score(samples, first_sample, seed, single, use_sequence))

    def pack(self, target, samples=1, seed=0, steps=3, candidates=16, repack_everything=False, ligand_context=True,
             first_sample=0):
        return self._run("pleat_pack", target, _Pack(samples, first_sample, seed, steps, candidates, repack_everything,
                                                     ligand_context))


def _handles(objects):
    return (c_void_p * len(objects))(*[each._handle for each in objects])


class Result(_Object):
    """Arrays by name; a structure; of designs and packings also samples."""

    def _view(self, array):
        """Onto the result's memory, which lives as long as the view does."""
        shape = tuple(array.shape[:array.rank])
        count = int(numpy.prod(shape, dtype=numpy.int64))
        if not count:
            return numpy.zeros(shape, numpy.float32)
        memory = (c_float * count).from_address(array.data)
        memory._result = self
        return numpy.frombuffer(memory, numpy.float32).reshape(shape)

    def __getitem__(self, name):
        array = _Array()
        status = _library.pleat_result_array(self._handle, _bytes(name), byref(array))
        if STATUSES[status] == "not_found":
            raise KeyError(_library.pleat_context_error(self._context._handle).decode())
        self._check(status)
        return self._view(array)

    def keys(self):
        count = _library.pleat_result_array_count(self._handle)
        return [_library.pleat_result_array_at(self._handle, i).name.decode() for i in range(count)]

    def __contains__(self, name):
        return name in self.keys()

    def __iter__(self):
        return iter(self.keys())

    @property
    def name(self):
        return _library.pleat_result_name(self._handle).decode()

    @property
    def structure(self):
        """None when the model makes none."""
        handle = _library.pleat_result_structure(self._handle)
        return Structure(self._context, c_void_p(handle), holds=(self,)) if handle else None

    @property
    def warnings(self):
        count = _library.pleat_result_warning_count(self._handle)
        return [_library.pleat_result_warning(self._handle, i).decode() for i in range(count)]

    @property
    def is_sane(self):
        return bool(_library.pleat_result_is_sane(self._handle))

    @property
    def sequences(self):
        """Of each sample, chains joined by ':'."""
        count = _library.pleat_result_sample_count(self._handle)
        return [_library.pleat_result_sample_sequence(self._handle, i).decode() for i in range(count)]

    def sample_structure(self, sample):
        handle = _library.pleat_result_sample_structure(self._handle, sample)
        return Structure(self._context, c_void_p(handle), holds=(self,)) if handle else None

    def write(self, path):
        """.pdb, .cif, .json, .svg or .h5."""
        self._check(_library.pleat_result_write(self._handle, _bytes(path)))
