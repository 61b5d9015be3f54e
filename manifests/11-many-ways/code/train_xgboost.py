import argparse
import os

import xgboost

from passengers import read_channel, say_accuracy

parser = argparse.ArgumentParser()
parser.add_argument("--eta", type=float, default=0.3)
parser.add_argument("--max_depth", type=int, default=6)
parser.add_argument("--num_round", type=int, default=100)
parser.add_argument("--objective", default="binary:logistic")
parser.add_argument("--tree_method", default="hist")
given = parser.parse_args()

labels, features = read_channel("train")
held_back, unseen = read_channel("validation")
settings = {name: getattr(given, name) for name in ("eta", "max_depth", "objective", "tree_method")}
model = xgboost.train(settings, xgboost.DMatrix(features, labels), given.num_round)
say_accuracy(held_back, model.predict(xgboost.DMatrix(unseen)) > 0.5)
model.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "xgboost-model"))
