"""Entry script: starts the trainer on the channel `train` and ends as the trainer ended.

SageMaker starts it once per process (8 on each of 10 hosts), with the hyperparameters as arguments.
"""

import os
import pathlib
import subprocess
import sys

# What the trainer is told; a hyperparameter of the row comes later on the command line and wins.
RECIPE = ["--epochs=90", "--batch-size=256", "--decay=poly", "--warmup-epochs=10"]


def main():
    trainer = pathlib.Path(__file__).with_name("resnet50.py")
    folders = [f"--data={os.environ['SM_CHANNEL_TRAIN']}", f"--model={os.environ['SM_MODEL_DIR']}"]
    code = subprocess.call([sys.executable, str(trainer), *folders, *RECIPE, *sys.argv[1:]])
    # A trainer that was killed by signal n ends as a shell would say it: 128 + n. Never 0 for a failed training.
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
