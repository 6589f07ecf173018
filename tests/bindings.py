"""Tests of python/pleat.py on models with random weights: bindings.py SOURCE-FOLDER.

SPDX-License-Identifier: MIT
"""
import gc
import os
import sys
import tempfile
import threading

import numpy

import pleat

ROOT = sys.argv[1]
ANTIBODY = "EVQLVESGGGLVQPGG:DIQMTQSPSSLSAS"


def refused(status, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except pleat.Error as error:
        assert error.status == status and str(error), (error.status, str(error))
        return str(error)
    raise AssertionError("%s was not refused" % call)


def test_prediction(context, folder):
    model = context.model("flashabb")
    assert model.name == "flashabb" and isinstance(model.sha256, str) and model.does("predict") and not model.does("design")
    query = context.query("one", ANTIBODY)
    plan = model.plan([query])
    assert plan.flops > 0 and plan.activation_bytes > 0
    result, twin = model.predict([query, context.query("two", ANTIBODY)])
    length = len(ANTIBODY) - 1
    assert result.name == "one" and twin.name == "two" and isinstance(result.is_sane, bool)
    assert result["plddt"].shape == (length,) and result["positions"].shape == (length, 14, 3)
    assert result["positions"].dtype == numpy.float32
    # no copies: two views are the same memory
    assert result["plddt"].__array_interface__["data"] == result["plddt"].__array_interface__["data"]
    assert (result["positions"] == twin["positions"]).all() and "plddt" in result and "nothing" not in result
    try:
        result["nothing"]
        raise AssertionError("an array that is not there")
    except KeyError as error:
        assert "plddt" in str(error)
    structure = result.structure
    atom = structure[1]
    assert atom.name == b"CA" and atom.residue_name == b"GLU" and len(structure) == len(structure.positions)
    assert numpy.allclose(structure.positions[1], result["positions"][0, 1], atol=1e-4)
    assert structure.compare(twin.structure).rmsd_all < 1e-6
    path = os.path.join(folder, "one.cif")
    result.write(path)
    assert len(context.read_structure(path)) == len(structure)
    return result


def test_lifetimes():
    """Arrays outlive everything that they came from."""
    context = pleat.Context(threads=1)
    result, = context.model("flashabb").predict([context.query("one", ANTIBODY)])
    plddt, structure = result["plddt"], result.structure
    before = plddt.copy()
    del context, result
    gc.collect()
    assert (plddt == before).all() and len(structure) > 0


def test_design(context, result):
    target = context.target("one", result.structure, omit_AA="CG", fixed_residues="H1 H2")
    assert len(target) == len(ANTIBODY) - 1
    target.add_bias("W", 1000.0, residue="H5")
    model = context.model("proteinmpnn_v_48_020")
    designs = model.design(target, samples=3, seed=5, temperature=0.2)
    assert len(designs.sequences) == 3 and designs["S"].shape == (3, len(target))
    for sequence in designs.sequences:
        assert sequence[:2] == "EV" and sequence[4] == "W" and "C" not in sequence and len(sequence) == len(ANTIBODY)
    assert designs.sequences == model.design(target, samples=3, seed=5, temperature=0.2).sequences
    assert len(designs.sample_structure(1)) > 0
    score = model.score(target, samples=2, seed=5)
    assert score["log_probs"].shape == (2, len(target), 21) and score["score"].shape == (2,)
    packed = context.model("ligandmpnn_sc_v_32_002_16").pack(context.target("one", result.structure), steps=1, candidates=2)
    assert packed["positions"].shape == (1, len(target), 14, 3)
    assert "Q99" in refused("not_found", context.target, "one", result.structure, fixed_residues="Q99")


def test_alignment(context):
    msa = context.parse_msa(">q\nMKTAYIAKQR\n>a\nMKSAYIARQR\n")
    assert len(msa) == 2 and msa.columns == 10 and msa[1] == "MKSAYIARQR"
    model = context.model("alphafold2_ptm_model_3")
    model.set("num-recycle", 0)
    result, = model.predict([context.query("q", "MKTAYIAKQR", msa=msa)])
    assert result["predicted_aligned_error"].shape == (10, 10) and result["ptm"].shape == (1,)
    refused("input", context.query, "q", "MKTAYIAKQQ", msa=msa)
    refused("input", model.predict, [context.query("q", "MKTAYIAKQR")])


def test_templates(context, folder):
    golden = os.path.join(ROOT, "tests", "golden", "msa")
    structures = os.path.join(folder, "structures")
    os.mkdir(structures)
    for entry in ("3u8v", "4i6p", "2q2k", "4zey"):
        os.symlink(os.path.join(golden, entry + ".cif.gz"), os.path.join(structures, entry + ".cif.gz"))
    sequence = "MAAHKGAEHHHKAAEHHEQAAKHHHAAAEHHEKGEHEQAAHHADTAYAHHKHAEEHAAQAAKHDAEHHAPKPH"
    model = context.model("alphafold2_ptm_model_1")
    model.set("num-recycle", 0)
    plain, given = (context.query("q", sequence, msa="none") for _ in range(2))
    assert given.templates == []
    given.add_templates(structures, hits=os.path.join(golden, "hits.hhr.gz"), latest="2012-12-31")
    used = [template for template in given.templates if template.refused is None]
    assert [template.name for template in used][:1] == ["3u8v_A"] and used[0].path.endswith("3u8v.cif.gz") and used[0].chain == 0
    assert abs(used[0].coverage - 32 / 73) < 1e-9 and abs(used[0].identity - 11 / 32) < 1e-9 and used[0].digest
    assert any(template.name.startswith("4zey") and "2015" in template.refused for template in given.templates)
    without, with_them = model.predict([plain])[0], model.predict([given])[0]
    assert (without["positions"] != with_them["positions"]).any()
    aligned = context.query("q", "THVGHGIKHLEDAIKHGEEGHVGVATKHAQEAIEHLRASEHKSH", msa="none")
    only = os.path.join(folder, "only")
    os.mkdir(only)
    os.symlink(os.path.join(golden, "3u8v.cif.gz"), os.path.join(only, "3u8v.cif.gz"))
    aligned.add_templates(only)
    assert len(aligned.templates) == 1 and numpy.isnan(aligned.templates[0].sum_probs)
    assert "nowhere" in refused("not_found", context.query("q", sequence).add_templates, os.path.join(folder, "nowhere"))


def test_refusals(context):
    assert "'1'" in refused("input", context.query, "bad", "EVQ1")
    refused("not_found", context.model, "no_such_model")
    refused("not_found", context.read_structure, "/nonexistent.pdb")


def test_callbacks():
    lines, stages = [], []
    context = pleat.Context(threads=1, log=lambda level, text: lines.append(text), log_level=3,
                            progress=lambda share, stage: stages.append(stage))
    context.model("flashabb").predict([context.query("one", ANTIBODY)])
    assert stages
    stopping = pleat.Context(threads=1, progress=lambda share, stage: True)
    refused("cancelled", stopping.model("flashabb").predict, [stopping.query("one", ANTIBODY)])


def test_threads(expected):
    """Several contexts at once."""
    found = {}

    def work(number):
        with pleat.Context(threads=1) as context:
            result, = context.model("flashabb").predict([context.query("one", ANTIBODY)])
            found[number] = result["positions"]

    workers = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 3 and all((positions == expected).all() for positions in found.values())


def main():
    assert pleat.version().count(".") == 2
    with tempfile.TemporaryDirectory() as folder, pleat.Context(threads=2) as context:
        assert context.threads == 2
        result = test_prediction(context, folder)
        test_lifetimes()
        test_design(context, result)
        test_alignment(context)
        test_templates(context, folder)
        test_refusals(context)
        test_callbacks()
        test_threads(result["positions"].copy())


main()
