#!/usr/bin/env python3
"""Asks llama.cpp what two models say behind every token of three source files.

It writes expected/MODEL.SOURCE.bin (the format stands in expected_distributions.h) and prints how
far Nextline's reference backend is from it: the Kullback-Leibler divergence in nats over the whole
vocabulary, of which the files keep only the likeliest tokens.

So that both sides compute with the same weights, each model's tensors are dequantised to float32
first; llama.cpp keeps its keys and values in float32 too. Needs 3 GB of disk and 8 GB of memory:

    python -m venv environment
    environment/bin/python -m pip install …      as requirements.txt says
    environment/bin/python make_expected.py --logits-dump build/release/logits_dump --scratch FOLDER
"""

import argparse
import os
import pathlib
import subprocess

import gguf
import llama_cpp
import numpy

HERE = pathlib.Path(__file__).parent
MODELS = ["smollm2-135m-instruct-q4_1", "qwen2.5-coder-0.5b-instruct-q4_k_m"]
KEPT = 8


def default_models():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "nextline" / "models"


def dequantize(source, target):
    """Copies a model file with every tensor in float32."""
    reader = gguf.GGUFReader(source)
    architecture = reader.get_field(gguf.Keys.General.ARCHITECTURE).contents()
    writer = gguf.GGUFWriter(target, architecture)
    written_by_itself = {gguf.Keys.General.ARCHITECTURE, gguf.Keys.General.FILE_TYPE}
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in written_by_itself:
            continue
        element = field.types[1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=element)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        # The reader counts columns first.
        writer.add_tensor(tensor.name, values.astype(numpy.float32).reshape(tensor.shape[::-1]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def nextline_logits(logits_dump, model, source, target):
    """The sequence of tokens and Nextline's logits [tokens × vocabulary]."""
    subprocess.run([logits_dump, model, "reference", source, target], check=True)
    count, vocabulary = numpy.fromfile(target, numpy.uint32, 2)
    tokens = numpy.fromfile(target, numpy.int32, count, offset=8)
    logits = numpy.fromfile(target, numpy.float32, offset=8 + 4 * count)
    target.unlink()
    return tokens, logits.reshape(count, vocabulary)


def llama_logits(llama, text, tokens):
    """llama.cpp's logits [tokens × vocabulary] for the sink and a source."""
    theirs = llama.tokenize(text, add_bos=False, special=False)
    if theirs != tokens[1:].tolist():
        raise SystemExit("Nextline and llama.cpp split the text into different tokens.")
    llama.reset()
    llama.eval(tokens.tolist())
    return llama.scores[: len(tokens)]


def log_probabilities(logits):
    logits = logits.astype(numpy.float64)
    logits -= logits.max()
    return logits - numpy.log(numpy.exp(logits).sum())


def kept_distribution(row):
    """The likeliest tokens, their log-probabilities, and that of all others together."""
    likeliest = numpy.argsort(-row, kind="stable")[:KEPT]
    rest = numpy.log(numpy.exp(numpy.delete(row, likeliest)).sum())
    return likeliest.astype("<i4").tobytes() + numpy.append(row[likeliest], rest).astype("<f4").tobytes()


def compare(name, source, tokens, ours, theirs):
    divergences = []
    with open(HERE / "expected" / f"{name}.{source.name}.bin", "wb") as expected:
        expected.write(numpy.array([theirs.shape[1], len(tokens)], "<u4").tobytes())
        expected.write(tokens.astype("<i4").tobytes())
        for our_row, their_row in zip(ours, theirs, strict=True):
            p, q = log_probabilities(their_row), log_probabilities(our_row)
            divergences.append(float((numpy.exp(p) * (p - q)).sum()))
            expected.write(kept_distribution(p))
    print(f"{name}, {source.name}: {len(tokens)} tokens, first {tokens[0]}, KL of the reference: "
          f"mean {numpy.mean(divergences):.2e}, worst {max(divergences):.2e}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logits-dump", required=True, help="the program logits_dump")
    parser.add_argument("--scratch", required=True, type=pathlib.Path,
                        help="a folder for the float32 models, which are deleted afterwards")
    parser.add_argument("--models", default=default_models(), type=pathlib.Path, help="where the models lie")
    parser.add_argument("--threads", default=os.cpu_count(), type=int)
    arguments = parser.parse_args()

    (HERE / "expected").mkdir(exist_ok=True)
    for name in MODELS:
        model = arguments.models / f"{name}.gguf"
        float_model = arguments.scratch / f"{name}.f32.gguf"
        dequantize(model, float_model)
        llama = llama_cpp.Llama(
            str(float_model), n_ctx=512, n_batch=512, n_threads=arguments.threads,
            n_threads_batch=arguments.threads, type_k=llama_cpp.GGML_TYPE_F32,
            type_v=llama_cpp.GGML_TYPE_F32, flash_attn=False, logits_all=True, verbose=False)
        for source in sorted((HERE / "sources").iterdir()):
            tokens, ours = nextline_logits(arguments.logits_dump, model, source,
                                           arguments.scratch / "logits.bin")
            theirs = llama_logits(llama, source.read_bytes(), tokens)
            compare(name, source, tokens, ours, theirs)
        llama.close()
        float_model.unlink()


if __name__ == "__main__":
    main()
