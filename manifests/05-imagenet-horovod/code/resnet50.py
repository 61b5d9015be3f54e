"""ResNet-50 on ImageNet TFRecords, data-parallel with Horovod: one process per GPU."""

import argparse
import glob
import os

import horovod.tensorflow.keras as hvd
import tensorflow as tf

IMAGES = 1_281_167  # of the training set of ImageNet-2012
CLASSES = 1000
SIDE = 224
# Learning rate of one process with a batch of 256 (Goyal et al., arXiv 1706.02677: 0.1 per 256 images, scaled with the batch).
RATE_PER_256 = 0.1


def main():
    options = read_options()
    hvd.init()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.set_visible_devices(gpus[hvd.local_rank()], "GPU")
    tf.keras.mixed_precision.set_global_policy("mixed_float16")

    steps = IMAGES // (options.batch_size * hvd.size())
    rate = options.learning_rate or RATE_PER_256 * options.batch_size / 256 * hvd.size()
    schedule = Schedule(rate, options.decay, options.warmup_epochs * steps, options.epochs * steps)
    optimizer = tf.keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True)

    model = tf.keras.applications.ResNet50(weights=None, classes=CLASSES, classifier_activation=None)
    add_weight_decay(model, options.weight_decay)
    model.compile(
        optimizer=hvd.DistributedOptimizer(optimizer),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        experimental_run_tf_function=False,
    )
    callbacks = [
        hvd.callbacks.BroadcastGlobalVariablesCallback(0),
        hvd.callbacks.MetricAverageCallback(),
    ]
    is_first = hvd.rank() == 0
    model.fit(
        read_images(options, hvd.rank(), hvd.size()),
        epochs=options.epochs,
        steps_per_epoch=steps,
        callbacks=callbacks,
        verbose=2 if is_first else 0,
    )
    if is_first:
        model.save(os.path.join(options.model, "1"))


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="folder of TFRecord files")
    parser.add_argument("--model", required=True, help="folder for the trained model")
    parser.add_argument("--epochs", type=int, default=90)
    parser.add_argument("--batch-size", "--batch_size", type=int, default=256, help="of one process")
    parser.add_argument("--learning-rate", "--learning_rate", type=float, help="of the whole job")
    parser.add_argument("--decay", choices=["poly", "cosine"], default="poly")
    parser.add_argument("--warmup-epochs", "--warmup_epochs", type=int, default=10)
    parser.add_argument("--weight-decay", "--weight_decay", type=float, default=1e-4)
    parser.add_argument("--model_dir", help="sent by SageMaker to TensorFlow scripts; not used")
    return parser.parse_args()


class Schedule(tf.keras.optimizers.schedules.LearningRateSchedule):
    """Rises in a line while warming up, then falls to 0: with the square of what is left, or with a half cosine."""

    def __init__(self, rate, decay, warmup_steps, steps):
        super().__init__()
        self.rate, self.decay = rate, decay
        self.warmup_steps, self.steps = float(warmup_steps), float(steps)

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        rising = self.rate * (step + 1) / tf.maximum(self.warmup_steps, 1.0)
        done = tf.clip_by_value((step - self.warmup_steps) / (self.steps - self.warmup_steps), 0.0, 1.0)
        left = (1 - done) ** 2 if self.decay == "poly" else 0.5 * (1 + tf.cos(3.14159265 * done))
        return tf.where(step < self.warmup_steps, rising, self.rate * left)

    def get_config(self):
        return {"rate": self.rate, "decay": self.decay, "warmup_steps": self.warmup_steps, "steps": self.steps}


def add_weight_decay(model, amount):
    for layer in model.layers:
        if isinstance(layer, (tf.keras.layers.Conv2D, tf.keras.layers.Dense)):
            model.add_loss(lambda layer=layer: amount * tf.nn.l2_loss(tf.cast(layer.kernel, tf.float32)))


def read_images(options, rank, size):
    """Batches of images and labels without end. Every process reads its own share of the files."""
    files = sorted(glob.glob(os.path.join(options.data, "train-*")))
    if len(files) < size:
        raise SystemExit(f"{options.data}: {len(files)} files named train-*, fewer than the {size} processes")
    data = tf.data.Dataset.from_tensor_slices(files[rank::size]).repeat().shuffle(1024)
    data = data.interleave(tf.data.TFRecordDataset, cycle_length=4, num_parallel_calls=tf.data.AUTOTUNE)
    data = data.shuffle(10_000).map(parse, num_parallel_calls=tf.data.AUTOTUNE)
    return data.batch(options.batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


def parse(record):
    example = tf.io.parse_single_example(
        record,
        {
            "image/encoded": tf.io.FixedLenFeature([], tf.string),
            "image/class/label": tf.io.FixedLenFeature([], tf.int64),
        },
    )
    image = tf.image.decode_jpeg(example["image/encoded"], channels=3)
    begin, extent, _ = tf.image.sample_distorted_bounding_box(
        tf.shape(image), tf.zeros([1, 0, 4]), area_range=(0.08, 1.0), use_image_if_no_bounding_boxes=True
    )
    image = tf.image.resize(tf.slice(image, begin, extent), (SIDE, SIDE))
    image = tf.image.random_flip_left_right(tf.ensure_shape(image, (SIDE, SIDE, 3)))
    # Labels of the records count from 1.
    return tf.keras.applications.resnet50.preprocess_input(image), example["image/class/label"] - 1


if __name__ == "__main__":
    main()
