import argparse
import os

import torch

from passengers import read_channel, say_accuracy

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--hidden", type=int, default=16)
given = parser.parse_args()

torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
labels, features = (torch.tensor(each, dtype=torch.float32, device=device) for each in read_channel("train"))
held_back, unseen = read_channel("validation")
middle, spread = features.mean(0), features.std(0) + 1e-6
model = torch.nn.Sequential(
    torch.nn.Linear(features.shape[1], given.hidden), torch.nn.ReLU(), torch.nn.Linear(given.hidden, 1)
).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(given.epochs):
    optimizer.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        model((features - middle) / spread).squeeze(1), labels
    )
    loss.backward()
    optimizer.step()
with torch.no_grad():
    unseen = torch.tensor(unseen, dtype=torch.float32, device=device)
    predicted = (model((unseen - middle) / spread).squeeze(1) > 0).cpu().numpy()
say_accuracy(held_back, predicted)
torch.save(model.state_dict(), os.path.join(os.environ["SM_MODEL_DIR"], "model.pt"))
