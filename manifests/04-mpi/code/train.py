"""Data-parallel softmax regression: each process takes its share of every batch, and the gradients are summed over all."""

import json
import os
import pathlib
import time
import zlib

import numpy
from mpi4py import MPI


def main():
    world = MPI.COMM_WORLD
    options = json.loads(os.environ["SM_HPS"])
    train = read_names(os.environ["SM_CHANNEL_TRAIN"])
    validation = read_names(os.environ["SM_CHANNEL_VALIDATION"])
    labels = sorted({language for language, _ in train})
    inputs, targets = as_arrays(train, labels, options)
    held_inputs, held_targets = as_arrays(validation, labels, options)

    weights = numpy.zeros((inputs.shape[1], len(labels)), dtype=numpy.float32)
    order = numpy.random.default_rng(1)  # the same order in every process
    world.Barrier()
    started = time.perf_counter()
    for epoch in range(1, options["epochs"] + 1):
        loss = 0.0
        rate = options["learning_rate"] / epoch**0.5
        shuffled = order.permutation(len(inputs))
        for at in range(0, len(shuffled), options["batch_size"]):
            batch = shuffled[at : at + options["batch_size"]]
            mine = batch[world.rank :: world.size]
            gradient, batch_loss = slope(weights, inputs[mine], targets[mine])
            total = numpy.empty_like(gradient)
            world.Allreduce(gradient, total, op=MPI.SUM)
            weights -= rate / len(batch) * total
            loss += batch_loss
        loss = world.allreduce(loss) / len(inputs)
        if world.rank == 0:
            print(f"epoch={epoch} train_loss={loss:.4f} accuracy={accuracy(weights, held_inputs, held_targets):.4f}", flush=True)
    seconds = time.perf_counter() - started

    names = world.gather(len(range(world.rank, options["batch_size"], world.size)))
    if world.rank == 0:
        print(f"processes={world.size} names_of_each_batch={names} train_seconds={seconds:.3f}", flush=True)
        target = pathlib.Path(os.environ["SM_MODEL_DIR"]) / "model.npz"
        numpy.savez_compressed(target, weights=weights, labels=labels)


def read_names(folder):
    """Pairs of language and name, from every file of a channel."""
    files = sorted(pathlib.Path(folder).iterdir())
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [tuple(line.split("\t")) for line in lines]


def as_arrays(names, labels, options):
    """One row of letter-group counts per name, scaled to length 1, and the position of its label."""
    inputs = numpy.zeros((len(names), 2 ** options["bits"]), dtype=numpy.float32)
    for row, (_, text) in enumerate(names):
        for group in letter_groups(text, options["ngram"]):
            inputs[row, zlib.crc32(group.encode()) >> (32 - options["bits"])] += 1
    inputs /= numpy.linalg.norm(inputs, axis=1, keepdims=True)
    return inputs, numpy.array([labels.index(language) for language, _ in names])


def letter_groups(text, longest):
    padded = f"<{text.lower()}>"
    for length in range(1, longest + 1):
        for at in range(len(padded) - length + 1):
            yield padded[at : at + length]


def slope(weights, inputs, targets):
    """Gradient and loss of these names, summed."""
    scores = inputs @ weights
    scores -= scores.max(axis=1, keepdims=True)
    probabilities = numpy.exp(scores)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    right = numpy.arange(len(targets)), targets
    loss = float(-numpy.log(numpy.maximum(probabilities[right], 1e-12)).sum())
    probabilities[right] -= 1
    return inputs.T @ probabilities, loss


def accuracy(weights, inputs, targets):
    return float(((inputs @ weights).argmax(axis=1) == targets).mean())


if __name__ == "__main__":
    main()
