# Builds, encodes and decodes documents: many small blocks of many ages.
import collections
import json
import random

random.seed(1)
docs = []
for i in range(4000):
    docs.append({
        "id": i,
        "name": "user%d" % i,
        "tags": ["t%d" % random.randrange(5000) for _ in range(8)],
        "pos": {"x": random.random(), "y": i * 1.5},
        "s": "x" * random.randrange(1, 200),
    })
total = 0
for _ in range(3):
    text = json.dumps(docs)
    back = json.loads(text)
    tags = collections.Counter(t for d in back for t in d["tags"])
    groups = {}
    for d in back:
        groups.setdefault(d["id"] % 97, []).append(
            {k: str(v) for k, v in d.items()})
    words = sorted(w for d in back for w in (d["name"] + " " + d["s"]).split())
    total += len(text) + len(tags) + len(set(words))
    total += sum(len(v) for v in groups.values())
print(total)
