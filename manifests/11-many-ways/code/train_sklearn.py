import argparse
import os

import joblib
from sklearn.ensemble import RandomForestClassifier

from passengers import read_channel, say_accuracy

parser = argparse.ArgumentParser()
parser.add_argument("--n_estimators", type=int, default=100)
parser.add_argument("--max_depth", type=int, default=None)
given = parser.parse_args()

labels, features = read_channel("train")
held_back, unseen = read_channel("validation")
model = RandomForestClassifier(given.n_estimators, max_depth=given.max_depth, random_state=0)
model.fit(features, labels)
say_accuracy(held_back, model.predict(unseen))
joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
